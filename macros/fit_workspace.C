/// \file
/// Fits the top-quark mass from a workspace of ttjroofit, with nothing but ROOT.
///
///     root -l -b -q 'macros/fit_workspace.C("out/atlas_cms/workspace.root")'
///     root -l -b -q 'macros/fit_workspace.C("out/atlas_cms/workspace.root", "ModelConfig_full")'
///
/// The exit status is 0 if the fit converged, 1 if it did not and 2 if the file could not be used.

#include "open_workspace.h"

#include <RooAbsData.h>
#include <RooAbsPdf.h>
#include <RooArgSet.h>
#include <RooFitResult.h>
#include <RooGlobalFunc.h>
#include <RooHelpers.h>
#include <RooMinimizer.h>
#include <RooRealVar.h>

#include <cstdio>
#include <exception>
#include <memory>
#include <stdexcept>
#include <string>

namespace ttjroofit {

/// Status of each step of a fit, as Minuit2 gives it: 0 is good, and 3 for the covariance.
struct FitStatus {
   int migrad = -1;
   int hesse = -1;
   int minos = -1;
   int covQual = -1;
   double edm = -1.;

   bool good() const { return migrad == 0 && hesse == 0 && minos == 0 && covQual == 3; }
};

/// Negative log-likelihood of the model of `config`, with its constraints and global observables.
inline std::unique_ptr<RooAbsReal> makeLikelihood(RooStats::ModelConfig &config, RooAbsData &data)
{
   const RooArgSet none;
   const RooArgSet *nuisances = config.GetNuisanceParameters();
   const RooArgSet *globals = config.GetGlobalObservables();
   return std::unique_ptr<RooAbsReal>{config.GetPdf()->createNLL(data, RooFit::Constrain(nuisances ? *nuisances : none),
                                                                 RooFit::GlobalObservables(globals ? *globals : none),
                                                                 RooFit::Offset(true))};
}

/// Runs MIGRAD (again with strategy 2 if it fails), HESSE, and MINOS on the parameters of interest.
inline FitStatus minimise(RooAbsReal &likelihood, const RooArgSet &parametersOfInterest)
{
   RooMinimizer minimizer(likelihood);
   minimizer.setPrintLevel(-1);
   minimizer.setStrategy(1);
   // RooFit's default of 1 stops up to 0.1% of an error away from the minimum, which MINOS shows as asymmetry.
   minimizer.setEps(1e-5);
   FitStatus status;
   status.migrad = minimizer.minimize("Minuit2", "migrad");
   if (status.migrad != 0) {
      minimizer.setStrategy(2);
      status.migrad = minimizer.minimize("Minuit2", "migrad");
   }
   status.hesse = minimizer.hesse();
   const std::unique_ptr<RooFitResult> result{minimizer.save()};
   status.covQual = result->covQual();
   status.edm = result->edm();
   status.minos = minimizer.minos(parametersOfInterest);
   return status;
}

/// Prints one line a parameter of interest, then the status of the fit.
inline void printFit(const RooArgSet &parametersOfInterest, const FitStatus &status)
{
   for (const RooAbsArg *argument : parametersOfInterest) {
      const auto *poi = dynamic_cast<const RooRealVar *>(argument);
      if (!poi)
         continue;
      std::printf("%s = %.4f +- %.4f (HESSE) %+.4f %+.4f (MINOS) %s\n", poi->GetName(), poi->getVal(), poi->getError(),
                  poi->getErrorHi(), poi->getErrorLo(), poi->getUnit());
   }
   std::printf("status: migrad %d, hesse %d, minos %d, covQual %d, edm %.2g: %s\n", status.migrad, status.hesse, status.minos,
               status.covQual, status.edm, status.good() ? "converged" : "FAILED");
}

/// Fits the model of one ModelConfig to `data_obs`, from the snapshot `prefit`.
/// \throws std::runtime_error if the file lacks a part that the fit needs.
inline FitStatus fitFile(const std::string &path, const std::string &modelConfig)
{
   const OpenWorkspace opened = openWorkspace(path);
   RooWorkspace &workspace = *opened.workspace;
   RooStats::ModelConfig &config = findModelConfig(workspace, modelConfig);
   RooAbsData *data = workspace.data("data_obs");
   if (!data)
      throw std::runtime_error(path + ": holds no data set 'data_obs'");
   if (!workspace.loadSnapshot("prefit"))
      throw std::runtime_error(path + ": holds no snapshot 'prefit' to start from");
   const std::unique_ptr<RooAbsReal> likelihood = makeLikelihood(config, *data);
   const RooArgSet &parametersOfInterest = *config.GetParametersOfInterest();
   const FitStatus status = minimise(*likelihood, parametersOfInterest);
   printFit(parametersOfInterest, status);
   return status;
}

} // namespace ttjroofit

/// Entry of the macro. \return 0 if the fit converged with a good covariance, 1 if not, 2 if the file is of no use.
int fit_workspace(const char *path, const char *modelConfig = "ModelConfig")
{
   const RooHelpers::LocalChangeMsgLevel quiet{RooFit::WARNING};
   try {
      return ttjroofit::fitFile(path, modelConfig).good() ? 0 : 1;
   } catch (const std::exception &error) {
      std::fprintf(stderr, "fit_workspace: %s\n", error.what());
      return 2;
   }
}
