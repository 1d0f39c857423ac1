/// \file
/// Lists what a workspace of ttjroofit holds: measurements, masses, nuisance parameters, snapshots.
///
///     root -l -b -q 'macros/print_workspace.C("out/atlas_cms/workspace.root")'
///     root -l -b -q 'macros/print_workspace.C("out/atlas_cms/workspace.root", "full", "prefit")'
///
/// Models: `reduced`, `full`, or the name of a ModelConfig. The exit status is 0, or 2 if the file could not be used.

#ifdef TTJROOFIT_PRINT_WORKSPACE_C
#error "this session has loaded the macro: call print_workspace(...) by its name, without .x"
#else
#define TTJROOFIT_PRINT_WORKSPACE_C

#include "model_factors.h"
#include "open_workspace.h"

#include <RooAbsPdf.h>
#include <RooArgSet.h>
#include <RooHelpers.h>
#include <RooLinkedList.h>
#include <RooRealVar.h>

#include <cstdio>
#include <exception>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

namespace ttjroofit {

/// Prints each factor that depends on the data, with its bins and their observed values.
inline void printMeasurements(const std::vector<const RooAbsPdf *> &factors, const RooArgSet &observed)
{
   std::printf("measurements:\n");
   for (const RooAbsPdf *factor : factors) {
      const std::unique_ptr<RooArgSet> bins{factor->getObservables(observed)};
      if (bins->empty())
         continue;
      std::printf("  %s (%s, %zu bins)\n", factor->GetName(), factor->ClassName(), static_cast<std::size_t>(bins->size()));
      for (const RooAbsArg *bin : *bins)
         std::printf("    %-40s %14.7g\n", bin->GetName(), observed.getRealValue(bin->GetName()));
   }
}

/// Prints value, error and constraint of each parameter of a set; a set may be missing.
inline void printParameters(const char *title, const RooArgSet *parameters, const std::vector<const RooAbsPdf *> &factors,
                            const RooArgSet &observed)
{
   std::printf("%s: %zu\n", title, parameters ? static_cast<std::size_t>(parameters->size()) : std::size_t{0});
   if (!parameters)
      return;
   for (const RooAbsArg *argument : *parameters) {
      const auto *variable = dynamic_cast<const RooRealVar *>(argument);
      if (!variable)
         continue;
      const std::string constraint = constraintOf(*variable, factors, observed);
      std::printf("  %-40s %12.5g +- %-10.4g %s%s%s\n", variable->GetName(), variable->getVal(), variable->getError(),
                  variable->getUnit(), constraint.empty() ? "" : " constrained by ", constraint.c_str());
   }
}

/// Prints one ModelConfig: measurements, parameters of interest and nuisance parameters.
inline void printModel(RooWorkspace &workspace, const RooStats::ModelConfig &config)
{
   const RooArgSet &observed = *findData(workspace).get(0);
   const std::vector<const RooAbsPdf *> factors = factorsOf(*config.GetPdf());
   std::printf("model %s: pdf %s, %zu factors\n", config.GetName(), config.GetPdf()->GetName(), factors.size());
   printMeasurements(factors, observed);
   printParameters("parameters of interest", config.GetParametersOfInterest(), factors, observed);
   printParameters("nuisance parameters", config.GetNuisanceParameters(), factors, observed);
}

/// Prints the snapshots, then one model with its parameters as in the snapshot asked for.
/// \throws std::runtime_error if the file lacks a part that was asked for.
inline void printFile(const std::string &path, const std::string &model, const std::string &snapshot)
{
   const OpenWorkspace opened = openWorkspace(path);
   RooWorkspace &workspace = *opened.workspace;
   std::printf("%s\nmodels: %s\nsnapshots:", path.c_str(), namesOfModelConfigs(workspace).c_str());
   for (const TObject *object : workspace.getSnapshots())
      std::printf(" %s", object->GetName());
   std::printf("\nvalues are those of: %s\n", snapshot.c_str());
   const RooStats::ModelConfig &config = findModelConfig(workspace, model);
   loadSnapshot(workspace, snapshot);
   printModel(workspace, config);
}

} // namespace ttjroofit

/// Entry of the macro. \return 0, or 2 if the file is of no use.
int print_workspace(const char *path, const char *model = "reduced", const char *snapshot = "postfit")
{
   const RooHelpers::LocalChangeMsgLevel quiet{RooFit::WARNING};
   try {
      ttjroofit::printFile(path, model, snapshot);
      return 0;
   } catch (const std::exception &error) {
      std::fprintf(stderr, "print_workspace: %s\n", error.what());
      return 2;
   }
}

#endif
