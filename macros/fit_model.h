/// \file
/// Fits a model of a workspace with Minuit; shared by the macros of this folder.

#ifndef TTJROOFIT_FIT_MODEL_H
#define TTJROOFIT_FIT_MODEL_H

#include "names.h"
#include "open_workspace.h"

#include <RooAbsReal.h>
#include <RooFitResult.h>
#include <RooGlobalFunc.h>
#include <RooMinimizer.h>
#include <RVersion.h>

#include <cmath>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

namespace ttjroofit {

/// How to fit.
struct FitPlan {
   int strategy = 1;                  ///< of Minuit
   std::string minimizer = "Minuit2"; ///< of ROOT
   std::string algorithm = "migrad";  ///< of the minimiser
};

/// Status of each step of a fit, as Minuit2 gives it: 0 is good, and 3 for the covariance.
struct FitStatus {
   int migrad = -1;
   int hesse = -1;
   int minos = -1;
   int covQual = -1;
   double edm = -1.;

   bool good() const { return migrad == 0 && hesse == 0 && minos == 0 && covQual == 3; }
};

/// The result of a fit. Errors are those of its covariance: Minuit's own are distorted where a parameter has limits.
struct Fitted {
   FitStatus status;
   std::unique_ptr<RooFitResult> result;
};

/// Negative log-likelihood of the model of `config`, with its constraints and global observables.
inline std::unique_ptr<RooAbsReal> makeLikelihood(RooStats::ModelConfig &config, RooAbsData &data)
{
   const RooArgSet none;
   const RooArgSet *nuisances = config.GetNuisanceParameters();
   const RooArgSet *globals = config.GetGlobalObservables();
   const RooCmdArg constrained = RooFit::Constrain(nuisances ? *nuisances : none);
   const RooCmdArg observed = RooFit::GlobalObservables(globals ? *globals : none);
#if ROOT_VERSION_CODE >= ROOT_VERSION(6, 32, 0)
   // for a single data point the caches of the legacy backend beat the vectorised one by an order of magnitude
   return std::unique_ptr<RooAbsReal>{config.GetPdf()->createNLL(data, constrained, observed, RooFit::Offset(true),
                                                                 RooFit::EvalBackend::Legacy())};
#else
   return std::unique_ptr<RooAbsReal>{config.GetPdf()->createNLL(data, constrained, observed, RooFit::Offset(true))};
#endif
}

/// A minimiser that prints nothing.
inline std::unique_ptr<RooMinimizer> makeMinimizer(RooAbsReal &likelihood, const FitPlan &plan)
{
   auto minimizer = std::make_unique<RooMinimizer>(likelihood);
   minimizer->setPrintLevel(-1);
   minimizer->setPrintEvalErrors(-1);
   minimizer->setStrategy(plan.strategy);
   // RooFit's default of 1 stops up to 0.1% of an error away from the minimum, which MINOS shows as asymmetry
   minimizer->setEps(1e-5);
   // the default of 500 a parameter is too few for the full model
   minimizer->setMaxFunctionCalls(10000000);
   return minimizer;
}

/// Minimises (again with strategy 2 if it fails), then runs HESSE, and MINOS on the parameters given.
inline Fitted minimise(RooAbsReal &likelihood, const FitPlan &plan, const RooArgSet &minos)
{
   const std::unique_ptr<RooMinimizer> minimizer = makeMinimizer(likelihood, plan);
   Fitted fitted;
   fitted.status.migrad = minimizer->minimize(plan.minimizer.c_str(), plan.algorithm.c_str());
   if (fitted.status.migrad != 0) {
      minimizer->setStrategy(2);
      fitted.status.migrad = minimizer->minimize(plan.minimizer.c_str(), plan.algorithm.c_str());
   }
   fitted.status.hesse = minimizer->hesse();
   fitted.status.minos = minos.empty() ? 0 : minimizer->minos(minos);
   fitted.result.reset(minimizer->save("fit", "fit of a ttjroofit workspace"));
   fitted.status.covQual = fitted.result->covQual();
   fitted.status.edm = fitted.result->edm();
   return fitted;
}

/// Error of a parameter of a fit, of its covariance; 0 if it was held.
inline double errorOf(const RooFitResult &result, const std::string &name)
{
   const int position = result.floatParsFinal().index(name.c_str());
   return position < 0 ? 0. : std::sqrt(result.covarianceMatrix()(position, position));
}

/// Holds the parameters that match some patterns at their values.
/// \throws std::runtime_error if nothing is left to fit.
inline void freeze(const RooStats::ModelConfig &config, const std::string &patterns)
{
   const RooArgSet parameters = parametersOf(config);
   for (RooRealVar *variable : matching(parameters, patterns))
      variable->setConstant(true);
   for (const RooAbsArg *argument : parameters) {
      if (!argument->isConstant())
         return;
   }
   throw std::runtime_error("freeze=" + patterns + " leaves no parameter to fit");
}

/// The parameters that match some patterns and float, for MINOS.
inline RooArgSet floating(const RooAbsCollection &parameters, const std::string &patterns)
{
   RooArgSet chosen;
   for (RooRealVar *variable : matching(parameters, patterns)) {
      if (!variable->isConstant())
         chosen.add(*variable);
   }
   return chosen;
}

} // namespace ttjroofit

#endif
