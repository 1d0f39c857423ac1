/// \file
/// Lists the nuisance parameters before and after the fit, from the snapshots `prefit` and `postfit` of a workspace.
///
///     root -l -b -q 'macros/list_pulls.C("out/atlas_cms/workspace.root")'
///     root -l -b -q 'macros/list_pulls.C("out/atlas_cms/workspace.root", "sort=constraint largest=20 match=CMS_*")'
///
/// Columns, in units of the prior sigma: value before the fit (the published one for a profiled measurement), value after the
/// fit, the difference of the two, and the uncertainty after the fit, 1 where the data say nothing. Options, separated by blanks:
///
///     sort=pull|shift|constraint|name  |postfit| falling (default), |postfit - prefit| falling, uncertainty rising, or by name
///     largest=N                        the first N only
///     match=NAME,...                   these only; * stands for any letters
///
/// The exit status is 0, or 2 if the file or an option could not be used.

#ifdef TTJROOFIT_LIST_PULLS_C
#error "this session has loaded the macro: call list_pulls(...) by its name, without .x"
#else
#define TTJROOFIT_LIST_PULLS_C

#include "model_factors.h"
#include "names.h"
#include "open_workspace.h"
#include "options.h"

#include <RooHelpers.h>
#include <RooRealVar.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <exception>
#include <functional>
#include <map>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

namespace ttjroofit {

/// A nuisance parameter before and after the fit.
struct Pull {
   std::string name;
   double prefit;
   double postfit;
   double sigma;       ///< after the fit
   std::string prior;  ///< factor of the likelihood that constrains it; empty if there is none
};

/// The model with most nuisance parameters: `full` where the workspace has it.
inline const RooStats::ModelConfig &modelWithNuisances(RooWorkspace &workspace)
{
   return findModelConfig(workspace, workspace.obj("ModelConfig_full") ? "full" : "reduced");
}

/// The nuisances as in the snapshot `prefit`, with their values in `postfit`.
inline std::vector<Pull> readPulls(RooWorkspace &workspace, const RooStats::ModelConfig &config)
{
   std::vector<Pull> pulls;
   if (!config.GetNuisanceParameters())
      return pulls;
   const RooArgSet &observed = *findData(workspace).get(0);
   const std::vector<const RooAbsPdf *> factors = factorsOf(*config.GetPdf());
   loadSnapshot(workspace, "prefit");
   for (const RooAbsArg *argument : *config.GetNuisanceParameters()) {
      if (const auto *nuisance = dynamic_cast<const RooRealVar *>(argument))
         pulls.push_back({nuisance->GetName(), nuisance->getVal(), 0., 0., constraintOf(*nuisance, factors, observed)});
   }
   loadSnapshot(workspace, "postfit");
   for (Pull &pull : pulls) {
      const RooRealVar *nuisance = workspace.var(pull.name.c_str());
      pull.postfit = nuisance->getVal();
      pull.sigma = nuisance->getError();
   }
   return pulls;
}

/// Names that equal another nuisance up to a sign (prior correlation of +1 or -1) are functions of it; they get pulls too.
inline std::vector<Pull> readTiedPulls(const RooWorkspace &workspace, const std::vector<Pull> &pulls)
{
   const std::string says = "the same parameter as ";
   std::vector<Pull> tied;
   for (const RooAbsArg *argument : workspace.allFunctions()) {
      const auto *function = dynamic_cast<const RooAbsReal *>(argument);
      const std::string title = argument->GetTitle();
      if (!function || title.compare(0, says.size(), says) != 0)
         continue;
      for (const Pull &pull : pulls) {
         if (title.substr(says.size()) != pull.name)
            continue;
         workspace.var(pull.name.c_str())->setVal(1.);
         const double sign = function->getVal();
         tied.push_back({function->GetName(), sign * pull.prefit, sign * pull.postfit, pull.sigma, pull.prior});
      }
   }
   return tied;
}

/// Puts the pulls in order by the measure that `key` names; equal ones keep theirs.
/// \throws std::runtime_error for an unknown key.
inline void sortPulls(std::vector<Pull> &pulls, const std::string &key)
{
   using Measure = std::function<double(const Pull &)>;
   const std::map<std::string, Measure> measures{
      {"pull", [](const Pull &pull) { return -std::abs(pull.postfit); }},
      {"shift", [](const Pull &pull) { return -std::abs(pull.postfit - pull.prefit); }},
      {"constraint", [](const Pull &pull) { return pull.sigma; }},
      {"name", [](const Pull &) { return 0.; }},
   };
   const auto measure = measures.find(key);
   if (measure == measures.end())
      throw std::runtime_error("sort=" + key + ": give pull, shift, constraint or name");
   std::stable_sort(pulls.begin(), pulls.end(), [&measure](const Pull &a, const Pull &b) {
      const double first = measure->second(a);
      const double second = measure->second(b);
      return first < second || (first == second && a.name < b.name);
   });
}

/// Leaves the pulls whose names match one of some patterns; all of them if there is no pattern.
/// \throws std::runtime_error for a pattern that matches nothing.
inline void selectPulls(std::vector<Pull> &pulls, const std::string &patterns)
{
   if (patterns.empty())
      return;
   std::vector<std::string> names;
   for (const Pull &pull : pulls)
      names.push_back(pull.name);
   const std::vector<std::string> chosen = matchingNames(names, patterns);
   const auto left = std::remove_if(pulls.begin(), pulls.end(), [&chosen](const Pull &pull) {
      return std::find(chosen.begin(), chosen.end(), pull.name) == chosen.end();
   });
   pulls.erase(left, pulls.end());
}

/// Prints one line a nuisance.
inline void printPulls(const std::vector<Pull> &pulls, std::size_t total)
{
   std::size_t width = 8;
   for (const Pull &pull : pulls)
      width = std::max(width, pull.name.size());
   const int columns = static_cast<int>(width);
   std::printf("%zu of %zu nuisance parameters, values in units of the prior sigma\n", pulls.size(), total);
   std::printf("%-*s %12s %12s %12s %12s  %s\n", columns, "nuisance", "prefit", "postfit", "shift", "constraint", "prior");
   for (const Pull &pull : pulls) {
      std::printf("%-*s %12.6g %12.6g %12.6g %12.6g  %s\n", columns, pull.name.c_str(), pull.prefit, pull.postfit,
                  pull.postfit - pull.prefit, pull.sigma, pull.prior.c_str());
   }
}

/// Lists the nuisances of a file.
/// \throws std::runtime_error if the file lacks a part, or for an option of no use.
inline void listFile(const std::string &path, const std::string &text)
{
   const Options options(text, {"sort", "largest", "match"});
   const OpenWorkspace opened = openWorkspace(path);
   RooWorkspace &workspace = *opened.workspace;
   std::vector<Pull> pulls = readPulls(workspace, modelWithNuisances(workspace));
   const std::vector<Pull> tied = readTiedPulls(workspace, pulls);
   pulls.insert(pulls.end(), tied.begin(), tied.end());
   // a normalisation has no prior sigma to be measured in
   pulls.erase(std::remove_if(pulls.begin(), pulls.end(), [](const Pull &pull) { return pull.prior.empty(); }), pulls.end());
   const std::size_t total = pulls.size();
   selectPulls(pulls, options.text("match"));
   sortPulls(pulls, options.text("sort", "pull"));
   const auto largest = static_cast<std::size_t>(options.number("largest", static_cast<int>(std::max<std::size_t>(total, 1)), 1));
   pulls.resize(std::min(pulls.size(), largest));
   printPulls(pulls, total);
}

} // namespace ttjroofit

/// Entry of the macro. \return 0, or 2 if file or options are of no use.
int list_pulls(const char *path, const char *options = "")
{
   const RooHelpers::LocalChangeMsgLevel quiet{RooFit::WARNING};
   try {
      ttjroofit::listFile(path, options);
      return 0;
   } catch (const std::exception &error) {
      std::fprintf(stderr, "list_pulls: %s\n", error.what());
      return 2;
   }
}

#endif
