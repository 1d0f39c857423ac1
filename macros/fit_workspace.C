/// \file
/// Fits the top-quark mass from a workspace of ttjroofit, with nothing but ROOT.
///
///     root -l -b -q 'macros/fit_workspace.C("out/atlas_cms/workspace.root")'
///     root -l -b -q 'macros/fit_workspace.C("out/atlas_cms/workspace.root", "full")'
///     root -l -b -q 'macros/fit_workspace.C("out/atlas_cms/workspace.root", "reduced", "strategy=2 freeze=tnp_*,pdf_* minos=none")'
///
/// Models: `reduced` (nuisances eliminated, fast), `full` (all of them explicit), or the name of a ModelConfig.
/// Options, separated by blanks:
///
///     strategy=0|1|2              of Minuit; 1 by default
///     minimizer=NAME[,ALGORITHM]  of ROOT; Minuit2,migrad by default
///     freeze=NAME,...             parameters held at their start values; * stands for any letters
///     set=NAME=VALUE,...          start values, with freeze also the values held
///     minos=NAME,...|none         parameters for MINOS; the parameters of interest by default
///     snapshot=NAME               loaded after prefit: scale_0.5_1 makes a scale variation the nominal prediction
///     save=FILE.root              writes the RooFitResult `fit`
///
/// The exit status is 0 if the fit converged, 1 if it did not and 2 if the file or an option could not be used.

#ifdef TTJROOFIT_FIT_WORKSPACE_C
#error "this session has loaded the macro: call fit_workspace(...) by its name, without .x"
#else
#define TTJROOFIT_FIT_WORKSPACE_C

#include "fit_model.h"
#include "names.h"
#include "open_workspace.h"
#include "options.h"

#include <RooHelpers.h>
#include <RooRealVar.h>

#include <cstdio>
#include <exception>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

namespace ttjroofit {

/// Sets the values of `NAME=VALUE,...`.
/// \throws std::runtime_error for an unknown name, or for a value outside the limits of its parameter.
inline void setValues(const RooArgSet &parameters, const std::string &list)
{
   for (const std::string &item : splitList(list)) {
      const std::size_t equals = item.find('=');
      if (equals == std::string::npos)
         throw std::runtime_error("set=" + list + ": write NAME=VALUE,...");
      const double value = Options::toNumber(item.substr(0, equals), item.substr(equals + 1));
      for (RooRealVar *variable : matching(parameters, item.substr(0, equals))) {
         if (!variable->inRange(value, nullptr))
            throw std::runtime_error("set=" + item + ": outside the limits of " + variable->GetName());
         variable->setVal(value);
      }
   }
}

/// Prints one line a parameter of interest, then the status of the fit.
inline void printFit(const RooArgSet &parametersOfInterest, const RooArgSet &scanned, const Fitted &fitted)
{
   RooArgSet shown(parametersOfInterest);
   shown.add(scanned, true);
   for (const RooAbsArg *argument : shown) {
      const auto *parameter = dynamic_cast<const RooRealVar *>(argument);
      if (!parameter)
         continue;
      if (parameter->isConstant()) {
         std::printf("%s = %.5f (held) %s\n", parameter->GetName(), parameter->getVal(), parameter->getUnit());
         continue;
      }
      std::printf("%s = %.5f +- %.5f (HESSE)", parameter->GetName(), parameter->getVal(),
                  errorOf(*fitted.result, parameter->GetName()));
      if (scanned.contains(*parameter))
         std::printf(" %+.5f %+.5f (MINOS)", parameter->getErrorHi(), parameter->getErrorLo());
      std::printf(" %s\n", parameter->getUnit());
   }
   printStatus(fitted.status);
}

/// Writes a RooFitResult under the name `fit`, as fit.root of a run has it.
inline void saveFit(const RooFitResult &result, const std::string &path)
{
   TFile file(path.c_str(), "RECREATE");
   if (file.IsZombie() || file.WriteObject(&result, "fit") == 0)
      throw std::runtime_error(path + ": cannot be written");
}

/// Fits one model of a file to `data_obs`, from the snapshot `prefit`.
/// \throws std::runtime_error if the file lacks a part that the fit needs, or for an option of no use.
inline FitStatus fitFile(const std::string &path, const std::string &model, const std::string &text)
{
   const Options options(text, {"strategy", "minimizer", "freeze", "set", "minos", "snapshot", "save"});
   const FitPlan plan = planOf(options);
   const OpenWorkspace opened = openWorkspace(path);
   RooWorkspace &workspace = *opened.workspace;
   RooStats::ModelConfig &config = findModelConfig(workspace, model);
   loadSnapshot(workspace, "prefit");
   if (!options.text("snapshot").empty())
      loadSnapshot(workspace, options.text("snapshot"));
   const RooArgSet parameters = parametersOf(config);
   const RooArgSet &parametersOfInterest = *config.GetParametersOfInterest();
   setValues(parameters, options.text("set"));
   freeze(config, options.text("freeze"));
   const std::string minos = options.text("minos", joinList(namesOf(parametersOfInterest), ","));
   const RooArgSet scanned = minos == "none" ? RooArgSet() : floating(parameters, minos);
   const std::unique_ptr<RooAbsReal> likelihood = startLikelihood(workspace, config);
   const Fitted fitted = minimise(*likelihood, plan, scanned);
   printFit(parametersOfInterest, scanned, fitted);
   if (!options.text("save").empty())
      saveFit(*fitted.result, options.text("save"));
   return fitted.status;
}

} // namespace ttjroofit

/// Entry of the macro. \return 0 if the fit converged with a good covariance, 1 if not, 2 if file or options are of no use.
int fit_workspace(const char *path, const char *model = "reduced", const char *options = "")
{
   const RooHelpers::LocalChangeMsgLevel quiet{RooFit::WARNING};
   try {
      return ttjroofit::fitFile(path, model, options).good() ? 0 : 1;
   } catch (const std::exception &error) {
      std::fprintf(stderr, "fit_workspace: %s\n", error.what());
      return 2;
   }
}

#endif
