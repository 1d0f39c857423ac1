/// \file
/// Fits a model of a workspace with Minuit; shared by the macros of this folder.

#ifndef TTJROOFIT_FIT_MODEL_H
#define TTJROOFIT_FIT_MODEL_H

#include "names.h"
#include "open_workspace.h"
#include "options.h"

#include <RooAbsReal.h>
#include <RooFitResult.h>
#include <RooGlobalFunc.h>
#include <RooMinimizer.h>
#include <RVersion.h>

#include <cmath>
#include <cstdio>
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

/// What the options say of the minimiser.
inline FitPlan planOf(const Options &options)
{
   FitPlan plan;
   plan.strategy = options.number("strategy", plan.strategy, 0);
   if (plan.strategy > 2)
      throw std::runtime_error("strategy=" + options.text("strategy") + ": give 0, 1 or 2");
   const std::vector<std::string> words = splitList(options.text("minimizer"));
   if (!words.empty())
      plan.minimizer = words[0];
   if (words.size() > 1)
      plan.algorithm = words[1];
   if ((plan.minimizer != "Minuit2" && plan.minimizer != "Minuit") || words.size() > 2)
      throw std::runtime_error("minimizer=" + options.text("minimizer") + ": give Minuit2 or Minuit, then a comma and the algorithm");
   return plan;
}

/// Status of each step of a fit, as Minuit2 gives it: 0 is good, and 3 for the covariance.
struct FitStatus {
   int migrad = -1;
   int hesse = -1;
   int minos = -1;
   int covQual = -1;
   double edm = -1.;

   bool good() const { return migrad == 0 && hesse == 0 && minos == 0 && covQual == 3; }
};

/// Prints the status on one line.
inline void printStatus(const FitStatus &status)
{
   std::printf("status: migrad %d, hesse %d, minos %d, covQual %d, edm %.2g: %s\n", status.migrad, status.hesse, status.minos,
               status.covQual, status.edm, status.good() ? "converged" : "FAILED");
}

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

/// Whether the likelihood can be evaluated at the present values; says nothing if not.
inline bool isFinite(RooAbsReal &likelihood)
{
   const RooAbsReal::ErrorLoggingMode mode = RooAbsReal::evalErrorLoggingMode();
   RooAbsReal::setEvalErrorLoggingMode(RooAbsReal::CountErrors);
   const double value = likelihood.getVal();
   RooAbsReal::clearEvalErrorLog();
   RooAbsReal::setEvalErrorLoggingMode(mode);
   return std::isfinite(value) && value < 1e30; // RooFit takes 1e30 for the logarithm of zero in some versions
}

/// Sets the parameters that float to their values in the snapshot `postfit`.
/// \throws std::runtime_error if there is none.
inline void moveToPostfit(RooWorkspace &workspace, const RooStats::ModelConfig &config)
{
   const RooArgSet *postfit = workspace.getSnapshot("postfit");
   if (!postfit)
      throw std::runtime_error("the likelihood is zero at the start values, and there is no snapshot 'postfit' to start from");
   for (RooAbsArg *argument : parametersOf(config)) {
      auto *parameter = dynamic_cast<RooRealVar *>(argument);
      if (parameter && !parameter->isConstant() && postfit->find(*parameter))
         parameter->setVal(postfit->getRealValue(parameter->GetName()));
   }
}

/// The likelihood to be minimised from the present values. Where correlations between measurements are close to 1 the prior of the
/// full model underflows at the values before the fit; then the fit starts from those after it.
/// \throws std::runtime_error if the likelihood is zero there, too.
inline std::unique_ptr<RooAbsReal> startLikelihood(RooWorkspace &workspace, RooStats::ModelConfig &config)
{
   RooAbsData &data = findData(workspace);
   std::unique_ptr<RooAbsReal> likelihood = makeLikelihood(config, data);
   if (isFinite(*likelihood))
      return likelihood;
   moveToPostfit(workspace, config);
   // made anew: its offset was taken where it could not be evaluated
   likelihood = makeLikelihood(config, data);
   if (!isFinite(*likelihood))
      throw std::runtime_error("the likelihood is zero before and after the fit: this workspace cannot be fitted");
   std::printf("note: the likelihood is zero at the start values; the fit starts from the snapshot postfit\n");
   return likelihood;
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
