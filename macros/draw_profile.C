/// \file
/// Draws the profile likelihood of any parameter of a workspace: -2 ln L relative to its minimum, all others fitted at each point.
///
///     root -l 'macros/draw_profile.C("out/atlas_cms/workspace.root")'
///     root -l -b -q 'macros/draw_profile.C("out/atlas_cms/workspace.root", "tnp_1", "points=21 range=-3:3 save=tnp_1.pdf,tnp_1.png")'
///     root -l -b -q 'macros/draw_profile.C("out/cms13/workspace.root", "CMS_lumi", "model=full")'
///
/// The second argument names the parameter; without it the first parameter of interest is taken. Options, separated by blanks:
///
///     model=reduced|full   reduced by default; every nuisance is a parameter of full, and each of its points is a long fit
///     points=N             of the curve; 31 by default
///     range=LOW:HIGH       of the curve; by default somewhat more than the 95% interval
///     freeze=NAME,...      parameters held at their start values
///     strategy=0|1|2       of Minuit; 1 by default
///     save=FILE,...        writes the canvas: .pdf, .png, .svg
///
/// The ends of the 68% and 95% intervals (-2 ln L higher by 1 and 3.84) are those of MINOS.
/// The exit status is 0, or 1 if a fit failed, or 2 if the file or an option could not be used.

#ifdef TTJROOFIT_DRAW_PROFILE_C
#error "this session has loaded the macro: call draw_profile(...) by its name, without .x"
#else
#define TTJROOFIT_DRAW_PROFILE_C

#include "canvas.h"
#include "fit_model.h"
#include "names.h"
#include "open_workspace.h"
#include "options.h"

#include <RooHelpers.h>
#include <RooRealVar.h>
#include <TGraph.h>
#include <TH1.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <exception>
#include <limits>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace ttjroofit {

/// Height of -2 ln L above its minimum, for one parameter, and the probability it stands for.
struct Level {
   double height;
   const char *name;
};

constexpr std::array<Level, 2> kLevels{{{1., "68%"}, {3.841459, "95%"}}};

/// Ends of an interval; NaN where it reaches beyond the limits of the parameter.
struct Interval {
   double low = std::numeric_limits<double>::quiet_NaN();
   double high = std::numeric_limits<double>::quiet_NaN();
};

/// The profile of one parameter.
struct ProfileCurve {
   double best = 0.;
   std::array<Interval, kLevels.size()> intervals;
   std::vector<double> values;
   std::vector<double> heights; ///< -2 ln L above the minimum
   int failed = 0;              ///< fits without a minimum
};

/// Fits, and runs MINOS for one level on `parameter`, which is left at the minimum.
inline Interval findInterval(RooAbsReal &likelihood, RooRealVar &parameter, const FitPlan &plan, const Level &level, FitStatus &status)
{
   const std::unique_ptr<RooMinimizer> minimizer = makeMinimizer(likelihood, plan);
   minimizer->setErrorLevel(0.5 * level.height);
   status.migrad = minimizer->minimize(plan.minimizer.c_str(), plan.algorithm.c_str());
   status.hesse = minimizer->hesse();
   parameter.removeAsymError();
   status.minos = minimizer->minos(RooArgSet(parameter));
   Interval interval;
   if (parameter.hasAsymError() && parameter.getErrorLo() < 0.)
      interval.low = parameter.getVal() + parameter.getErrorLo();
   if (parameter.hasAsymError() && parameter.getErrorHi() > 0.)
      interval.high = parameter.getVal() + parameter.getErrorHi();
   return interval;
}

/// The range asked for, or somewhat more than the 95% interval, within the limits of the parameter.
/// \throws std::runtime_error if the text is no range, or if none was given and none can be found.
inline std::pair<double, double> scanRange(const RooRealVar &parameter, const ProfileCurve &curve, const std::string &text)
{
   const std::vector<std::string> ends = splitList(text, ':');
   if (!text.empty() && ends.size() != 2)
      throw std::runtime_error("range=" + text + ": write LOW:HIGH");
   if (ends.size() == 2) {
      const std::pair<double, double> range{Options::toNumber("range", ends[0]), Options::toNumber("range", ends[1])};
      if (!(range.first < range.second) || !parameter.inRange(range.first, nullptr) || !parameter.inRange(range.second, nullptr))
         throw std::runtime_error("range=" + text + ": LOW must be less than HIGH, both within the limits of " + parameter.GetName() +
                                  ", " + std::to_string(parameter.getMin()) + " to " + std::to_string(parameter.getMax()));
      return range;
   }
   const Interval &wide = curve.intervals.back();
   const double low = std::isnan(wide.low) ? parameter.getMin() : wide.low - 0.15 * (curve.best - wide.low);
   const double high = std::isnan(wide.high) ? parameter.getMax() : wide.high + 0.15 * (wide.high - curve.best);
   if (!std::isfinite(low) || !std::isfinite(high))
      throw std::runtime_error(std::string("MINOS found no end of the 95% interval of ") + parameter.GetName() +
                               ", which has no limits: give range=LOW:HIGH");
   return {std::max(low, parameter.getMin()), std::min(high, parameter.getMax())};
}

/// Fits all other parameters at `points` values of `parameter`.
inline void scan(RooAbsReal &likelihood, RooRealVar &parameter, const FitPlan &plan, ProfileCurve &curve,
                 const std::pair<double, double> &range, int points)
{
   const double minimum = likelihood.getVal();
   const std::unique_ptr<RooArgSet> variables{likelihood.getVariables()};
   RooArgSet atMinimum;
   variables->snapshot(atMinimum);
   std::vector<double> values;
   for (int i = 0; i < points; ++i)
      values.push_back(range.first + (range.second - range.first) * i / (points - 1));
   // away from the minimum on either side, so that each fit starts where its neighbour ended
   const auto middle = std::lower_bound(values.begin(), values.end(), curve.best);
   std::vector<double> ordered(std::make_reverse_iterator(middle), values.rend());
   const std::size_t below = ordered.size();
   ordered.insert(ordered.end(), middle, values.end());
   std::vector<std::pair<double, double>> found;
   for (std::size_t i = 0; i < ordered.size(); ++i) {
      if (i == 0 || i == below)
         variables->assign(atMinimum);
      parameter.setVal(ordered[i]);
      parameter.setConstant(true);
      const int status = makeMinimizer(likelihood, plan)->minimize(plan.minimizer.c_str(), plan.algorithm.c_str());
      if (status == 0)
         found.emplace_back(ordered[i], 2. * (likelihood.getVal() - minimum));
      else
         ++curve.failed;
   }
   std::sort(found.begin(), found.end());
   for (const auto &[value, height] : found) {
      curve.values.push_back(value);
      curve.heights.push_back(height);
   }
}

/// Prints the minimum, the intervals, and how many fits failed.
inline void printProfile(const RooRealVar &parameter, const ProfileCurve &curve)
{
   std::printf("%s = %.5f %s\n", parameter.GetName(), curve.best, parameter.getUnit());
   for (std::size_t i = 0; i < kLevels.size(); ++i) {
      const Interval &interval = curve.intervals[i];
      std::printf("%s interval: %.5f %.5f%s\n", kLevels[i].name, interval.low, interval.high,
                  std::isnan(interval.low + interval.high) ? " (nan: an end lies beyond the limits of the parameter)" : "");
   }
   std::printf("points: %zu, failed: %d\n", curve.values.size(), curve.failed);
}

/// Draws the levels, named above the minimum, where the curve is not, and the ends of their intervals.
inline void drawLevels(const ProfileCurve &curve, double left, double right)
{
   for (std::size_t i = 0; i < kLevels.size(); ++i) {
      const double height = kLevels[i].height;
      drawLine(left, height, right, height, 2, kGray + 2);
      const double place = std::min(std::max((curve.best - left) / (right - left), 0.05), 0.95);
      const double x = gPad->GetLeftMargin() + place * (1. - gPad->GetLeftMargin() - gPad->GetRightMargin());
      const double part = height / gPad->GetUymax();
      const double y = gPad->GetBottomMargin() + part * (1. - gPad->GetBottomMargin() - gPad->GetTopMargin());
      drawText(x, y + 0.008, kLevels[i].name, 18, 21);
      for (const double end : {curve.intervals[i].low, curve.intervals[i].high}) {
         if (end > left && end < right)
            drawLine(end, 0., end, height, 3, kGray + 3);
      }
   }
}

/// The minimum with its 68% interval, to three digits of the smaller error.
inline std::string heading(const RooRealVar &parameter, const ProfileCurve &curve)
{
   const Interval &interval = curve.intervals.front();
   const double up = interval.high - curve.best, down = interval.low - curve.best;
   // an end that was not found is not compared
   const double smaller = std::fmin(std::abs(up), std::abs(down));
   const int digits = smaller > 0. ? std::max(0, 2 - static_cast<int>(std::floor(std::log10(smaller)))) : 3;
   return Form("%s = %.*f  %+.*f  %+.*f %s", parameter.GetName(), digits, curve.best, digits, up, digits, down, parameter.getUnit());
}

/// Draws the curve with the levels of its intervals. \return the canvas, which ROOT owns.
inline TCanvas &drawProfile(const RooRealVar &parameter, const ProfileCurve &curve, const std::string &model)
{
   TCanvas &canvas = makeCanvas(std::string("profile_") + parameter.GetName(), 800, 640);
   canvas.SetMargin(0.12, 0.03, 0.13, 0.12);
   const double left = curve.values.front(), right = curve.values.back();
   const double highest = *std::max_element(curve.heights.begin(), curve.heights.end());
   TH1F *frame = canvas.DrawFrame(left, 0., right, 1.08 * std::max(highest, kLevels.back().height));
   frame->GetYaxis()->SetTitle("#minus2 #Delta ln L");
   frame->GetYaxis()->SetTitleOffset(1.3f);
   for (TAxis *axis : {frame->GetXaxis(), frame->GetYaxis()}) {
      axis->SetLabelFont(kPixelFont);
      axis->SetLabelSize(20);
      axis->SetTitleFont(kPixelFont);
      axis->SetTitleSize(22);
   }
   canvas.Update();
   drawLevels(curve, left, right);
   auto *graph = new TGraph(static_cast<int>(curve.values.size()), curve.values.data(), curve.heights.data());
   graph->SetLineColor(kAzure + 2);
   graph->SetLineWidth(3);
   drawOwned(graph, "C");
   const std::string unit = parameter.getUnit();
   drawText(0.97, 0.03, parameter.GetName() + (unit.empty() ? "" : " [" + unit + "]"), 22, 31);
   drawText(0.12, 0.94, heading(parameter, curve), 20, 11);
   drawText(0.12, 0.895, "profile likelihood, model " + model, 16, 11);
   canvas.RedrawAxis();
   canvas.Update();
   return canvas;
}

/// The parameter `name` of a model; the first parameter of interest for an empty name.
/// \throws std::runtime_error if it is not there or held, and tells if the full model has it.
inline RooRealVar &findParameter(RooWorkspace &workspace, const RooStats::ModelConfig &config, const std::string &name)
{
   const RooArgSet parameters = parametersOf(config);
   auto *parameter = dynamic_cast<RooRealVar *>(
      name.empty() ? config.GetParametersOfInterest()->first() : parameters.find(name.c_str()));
   if (parameter && !parameter->isConstant())
      return *parameter;
   if (parameter)
      throw std::runtime_error("parameter '" + name + "' is held: it has no profile");
   const auto *full = dynamic_cast<const RooStats::ModelConfig *>(workspace.obj("ModelConfig_full"));
   if (full && parametersOf(*full).find(name.c_str()))
      throw std::runtime_error("parameter '" + name + "' is eliminated from this model: give the option model=full");
   throw std::runtime_error("no parameter '" + name + "'; the nearest: " +
                            joinList(nearestNames(name, namesOf(full ? parametersOf(*full) : parameters))));
}

/// Scans one parameter of a file and draws what comes out.
/// \throws std::runtime_error if the file lacks a part, or for an option of no use.
/// \return true if all fits succeeded.
inline bool profileFile(const std::string &path, const std::string &name, const std::string &text)
{
   const Options options(text, {"model", "points", "range", "freeze", "strategy", "save"});
   const int points = options.number("points", 31, 3);
   const FitPlan plan = planOf(options);
   const std::string model = options.text("model", "reduced");
   const OpenWorkspace opened = openWorkspace(path);
   RooWorkspace &workspace = *opened.workspace;
   RooStats::ModelConfig &config = findModelConfig(workspace, model);
   loadSnapshot(workspace, "prefit");
   freeze(config, options.text("freeze"));
   RooRealVar &parameter = findParameter(workspace, config, name);
   ProfileCurve curve;
   if (!options.text("range").empty())
      scanRange(parameter, curve, options.text("range")); // a range of no use is told before the long fits
   const std::unique_ptr<RooAbsReal> likelihood = startLikelihood(workspace, config);
   FitStatus status;
   for (std::size_t i = 0; i < kLevels.size(); ++i)
      curve.intervals[i] = findInterval(*likelihood, parameter, plan, kLevels[i], status);
   curve.best = parameter.getVal();
   scan(*likelihood, parameter, plan, curve, scanRange(parameter, curve, options.text("range")), points);
   printProfile(parameter, curve);
   if (curve.values.empty())
      throw std::runtime_error("no fit of the curve converged");
   saveCanvas(drawProfile(parameter, curve, model), options.text("save"));
   return status.migrad == 0 && status.hesse == 0 && curve.failed == 0;
}

} // namespace ttjroofit

/// Entry of the macro. \return 0 if all fits converged, 1 if not, 2 if file or options are of no use.
int draw_profile(const char *path, const char *parameter = "", const char *options = "")
{
   const RooHelpers::LocalChangeMsgLevel quiet{RooFit::WARNING};
   try {
      return ttjroofit::profileFile(path, parameter, options) ? 0 : 1;
   } catch (const std::exception &error) {
      std::fprintf(stderr, "draw_profile: %s\n", error.what());
      return 2;
   }
}

#endif
