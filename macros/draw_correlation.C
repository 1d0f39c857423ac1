/// \file
/// Draws the correlation matrix of a fit: of the fit.root of a run, or of a fresh fit to its workspace.root.
///
///     root -l 'macros/draw_correlation.C("out/atlas_cms/fit.root")'
///     root -l -b -q 'macros/draw_correlation.C("out/atlas_cms/workspace.root", "model=full largest=25 save=correlation.pdf")'
///
/// Options, separated by blanks:
///
///     parameters=NAME,...  these only, in the order of the fit; * stands for any letters
///     largest=N            the N parameters with the largest correlation to any other; 30 by default
///     save=FILE,...        writes the canvas: .pdf, .png, .svg
///     model=reduced|full   to be fitted, if the file is a workspace.root; reduced by default
///     freeze=NAME,...      parameters held in that fit
///     strategy=0|1|2       of Minuit in that fit; 1 by default
///
/// Prints the strongest correlations among the parameters drawn.
/// The exit status is 0, or 1 if the fit has no good covariance, or 2 if the file or an option could not be used.

#ifdef TTJROOFIT_DRAW_CORRELATION_C
#error "this session has loaded the macro: call draw_correlation(...) by its name, without .x"
#else
#define TTJROOFIT_DRAW_CORRELATION_C

#include "canvas.h"
#include "fit_model.h"
#include "names.h"
#include "open_workspace.h"
#include "options.h"

#include <RooFitResult.h>
#include <RooHelpers.h>
#include <TColor.h>
#include <TH2.h>
#include <TMatrixDSym.h>
#include <TPaletteAxis.h>
#include <TStyle.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <exception>
#include <iterator>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace ttjroofit {

/// Number of correlations that are printed at most.
constexpr std::size_t kPrinted = 20;

/// Parameters with their correlations.
struct Correlation {
   std::vector<std::string> names;
   TMatrixDSym matrix; ///< one row a name
};

/// The fit of the file: `fit` of a fit.root, or a fit made now to the workspace `w`.
/// \throws std::runtime_error if the file holds neither.
inline Fitted takeFit(const std::string &path, const Options &options)
{
   const std::unique_ptr<TFile> file = openFile(path);
   Fitted fitted;
   fitted.result.reset(file->Get<RooFitResult>("fit"));
   if (fitted.result) {
      for (const char *key : {"model", "freeze", "strategy"}) {
         if (!options.text(key).empty())
            throw std::runtime_error(path + ": is a fit already; " + key + "=... needs the workspace.root of a run");
      }
      const RooFitResult &fit = *fitted.result;
      fitted.status = {fit.status(), 0, 0, fit.covQual(), fit.edm()};
      return fitted;
   }
   if (!file->GetKey("w"))
      throw std::runtime_error(path + ": holds neither a RooFitResult 'fit' nor a RooWorkspace 'w'; "
                                      "give the fit.root or the workspace.root of a run");
   const OpenWorkspace opened = openWorkspace(path);
   RooWorkspace &workspace = *opened.workspace;
   RooStats::ModelConfig &config = findModelConfig(workspace, options.text("model", "reduced"));
   loadSnapshot(workspace, "prefit");
   freeze(config, options.text("freeze"));
   const std::unique_ptr<RooAbsReal> likelihood = startLikelihood(workspace, config);
   return minimise(*likelihood, planOf(options), RooArgSet());
}

/// Position of each of `count` parameters with the largest correlation to any other, in the order of the matrix.
inline std::vector<int> mostCorrelated(const TMatrixDSym &matrix, int count)
{
   std::vector<std::pair<double, int>> ranked;
   for (int i = 0; i < matrix.GetNrows(); ++i) {
      double largest = 0.;
      for (int j = 0; j < matrix.GetNrows(); ++j)
         largest = i == j ? largest : std::max(largest, std::abs(matrix(i, j)));
      ranked.emplace_back(-largest, i);
   }
   std::sort(ranked.begin(), ranked.end());
   ranked.resize(std::min(ranked.size(), static_cast<std::size_t>(count)));
   std::vector<int> positions;
   for (const auto &[rank, position] : ranked)
      positions.push_back(position);
   std::sort(positions.begin(), positions.end());
   return positions;
}

/// The part of the matrix with the parameters of some positions.
inline Correlation partOf(const TMatrixDSym &matrix, const std::vector<std::string> &names, const std::vector<int> &positions)
{
   const int size = static_cast<int>(positions.size());
   Correlation part{{}, TMatrixDSym(size)};
   for (int i = 0; i < size; ++i) {
      part.names.push_back(names[positions[i]]);
      for (int j = 0; j < size; ++j)
         part.matrix(i, j) = matrix(positions[i], positions[j]);
   }
   return part;
}

/// The parameters to be drawn: those asked for, of these the `largest` most correlated ones.
/// \throws std::runtime_error if fewer than two are left.
inline Correlation chooseCorrelation(const RooFitResult &fit, const Options &options)
{
   const std::vector<std::string> names = namesOf(fit.floatParsFinal());
   const std::vector<std::string> chosen = matchingNames(names, options.text("parameters", "*"));
   std::vector<int> positions;
   for (const std::string &name : chosen)
      positions.push_back(static_cast<int>(std::find(names.begin(), names.end(), name) - names.begin()));
   if (positions.size() < 2)
      throw std::runtime_error("a correlation needs two parameters; the fit gives: " + joinList(chosen));
   const Correlation asked = partOf(fit.correlationMatrix(), names, positions);
   return partOf(asked.matrix, asked.names, mostCorrelated(asked.matrix, options.number("largest", 30, 2)));
}

/// Prints pairs of parameters, the strongest correlation first.
inline void printCorrelation(const Correlation &correlation)
{
   std::vector<std::pair<int, int>> pairs;
   for (int i = 0; i < correlation.matrix.GetNrows(); ++i) {
      for (int j = i + 1; j < correlation.matrix.GetNrows(); ++j)
         pairs.emplace_back(i, j);
   }
   std::stable_sort(pairs.begin(), pairs.end(), [&correlation](const std::pair<int, int> &a, const std::pair<int, int> &b) {
      return std::abs(correlation.matrix(a.first, a.second)) > std::abs(correlation.matrix(b.first, b.second));
   });
   pairs.resize(std::min(pairs.size(), kPrinted));
   std::printf("the strongest correlations of %zu parameters:\n", correlation.names.size());
   for (const auto &[i, j] : pairs)
      std::printf("  %+.6f %s %s\n", correlation.matrix(i, j), correlation.names[i].c_str(), correlation.names[j].c_str());
}

/// Sizes of the drawing in pixels: cells that hold a number as long as the matrix stays on a screen.
struct Layout {
   int cell;
   int text;   ///< height of the letters
   int labels; ///< room for the names
   int width;
   int height;

   explicit Layout(const Correlation &correlation)
   {
      const int size = static_cast<int>(correlation.names.size());
      cell = size <= 12 ? 56 : size <= 40 ? 36 : 18;
      text = size <= 12 ? 18 : size <= 40 ? 15 : 13;
      std::size_t longest = 0;
      for (const std::string &name : correlation.names)
         longest = std::max(longest, name.size());
      labels = 24 + static_cast<int>(0.52 * text * static_cast<double>(longest));
      width = labels + size * cell + 100;
      height = labels + size * cell + 16;
   }
};

/// Writes the names beside the rows and below the columns, and the numbers into the cells where they fit.
inline void drawNames(const Correlation &correlation, const Layout &layout)
{
   const int size = static_cast<int>(correlation.names.size());
   const double width = layout.width, height = layout.height;
   for (int i = 0; i < size; ++i) {
      const double along = layout.labels + (i + 0.5) * layout.cell;
      drawText((layout.labels - 8) / width, along / height, correlation.names[i], layout.text, 32);
      drawText(along / width, (layout.labels - 8) / height, correlation.names[i], layout.text, 32).SetTextAngle(90);
      for (int j = 0; j < size && layout.cell > 30; ++j) {
         const double value = correlation.matrix(i, j);
         const char *text = std::abs(value) < 0.005 ? "0" : Form("%.2f", value);
         TText &number = drawText((layout.labels + (j + 0.5) * layout.cell) / width, along / height, text, layout.text - 3, 22);
         if (std::abs(value) > 0.7)
            number.SetTextColor(kWhite);
      }
   }
}

/// Sets the colours of -1 to 1: blue, white, red, which colour-blind readers can tell apart.
inline void setPalette()
{
   double stops[] = {0., 0.5, 1.};
   double red[] = {0.13, 1., 0.70}, green[] = {0.40, 1., 0.09}, blue[] = {0.67, 1., 0.17};
   TColor::CreateGradientColorTable(3, stops, red, green, blue, 100);
   gStyle->SetNumberContours(100);
}

/// Draws the matrix. \return the canvas, which ROOT owns.
inline TCanvas &drawCorrelation(const Correlation &correlation)
{
   const Layout layout(correlation);
   const int size = static_cast<int>(correlation.names.size());
   TCanvas &canvas = makeCanvas("correlation", layout.width, layout.height);
   canvas.SetMargin(layout.labels / static_cast<float>(layout.width), 100.f / layout.width,
                    layout.labels / static_cast<float>(layout.height), 16.f / layout.height);
   setPalette();
   auto *cells = new TH2D("correlation_matrix", "", size, 0., size, size, 0., size);
   cells->SetDirectory(nullptr);
   cells->SetStats(false);
   for (int i = 0; i < size; ++i) {
      for (int j = 0; j < size; ++j)
         cells->SetBinContent(i + 1, j + 1, correlation.matrix(i, j));
   }
   cells->SetMinimum(-1.);
   cells->SetMaximum(1.);
   for (TAxis *axis : {cells->GetXaxis(), cells->GetYaxis()}) {
      axis->SetLabelSize(0.);
      axis->SetTickLength(0.);
   }
   cells->GetZaxis()->SetLabelFont(kPixelFont);
   cells->GetZaxis()->SetLabelSize(static_cast<float>(layout.text));
   drawOwned(cells, "COLZ");
   drawNames(correlation, layout);
   canvas.Update();
   // its width is a part of the canvas by default, which leaves its numbers no room beside a large matrix
   if (auto *scale = dynamic_cast<TPaletteAxis *>(cells->GetListOfFunctions()->FindObject("palette"))) {
      scale->SetX1NDC(1. - 90. / layout.width);
      scale->SetX2NDC(1. - 60. / layout.width);
   }
   canvas.Update();
   return canvas;
}

/// Draws the correlations of the fit of a file.
/// \throws std::runtime_error if the file lacks a part, or for an option of no use.
/// \return true if the covariance of the fit is good.
inline bool correlationOfFile(const std::string &path, const std::string &text)
{
   const Options options(text, {"parameters", "largest", "save", "model", "freeze", "strategy"});
   const Fitted fitted = takeFit(path, options);
   const Correlation correlation = chooseCorrelation(*fitted.result, options);
   printCorrelation(correlation);
   saveCanvas(drawCorrelation(correlation), options.text("save"));
   printStatus(fitted.status);
   return fitted.status.good();
}

} // namespace ttjroofit

/// Entry of the macro. \return 0, or 1 if the fit has no good covariance, or 2 if file or options are of no use.
int draw_correlation(const char *path, const char *options = "")
{
   const RooHelpers::LocalChangeMsgLevel quiet{RooFit::WARNING};
   try {
      return ttjroofit::correlationOfFile(path, options) ? 0 : 1;
   } catch (const std::exception &error) {
      std::fprintf(stderr, "draw_correlation: %s\n", error.what());
      return 2;
   }
}

#endif
