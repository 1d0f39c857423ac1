/// \file
/// Canvases, text and lines of the drawing macros of this folder.

#ifndef TTJROOFIT_CANVAS_H
#define TTJROOFIT_CANVAS_H

#include "names.h"

#include <TCanvas.h>
#include <TError.h>
#include <TLine.h>
#include <TObject.h>
#include <TROOT.h>
#include <TSystem.h>
#include <TText.h>

#include <stdexcept>
#include <string>

namespace ttjroofit {

/// Helvetica with its size in pixels.
constexpr int kPixelFont = 43;

/// A new canvas that ROOT owns; one of the same name is deleted, so that a macro can be called again.
inline TCanvas &makeCanvas(const std::string &name, int width, int height)
{
   delete gROOT->GetListOfCanvases()->FindObject(name.c_str());
   auto *canvas = new TCanvas(name.c_str(), name.c_str(), width, height);
   // in a window the frame takes a part of the size asked for
   canvas->SetCanvasSize(width, height);
   canvas->SetTicks(1, 1);
   return *canvas;
}

/// Draws an object that the current pad then owns.
template <class Drawn>
Drawn &drawOwned(Drawn *object, const char *option = "")
{
   object->SetBit(kCanDelete);
   object->Draw(option);
   return *object;
}

/// Text at a place given in parts of the pad. No TLatex: it would take the `_` of a name for a subscript.
inline TText &drawText(double x, double y, const std::string &text, int pixels, int align)
{
   auto *drawn = new TText(x, y, text.c_str());
   drawn->SetNDC();
   drawn->SetTextFont(kPixelFont);
   drawn->SetTextSize(static_cast<float>(pixels));
   drawn->SetTextAlign(static_cast<short>(align));
   return drawOwned(drawn);
}

/// A line in the coordinates of the axes.
inline TLine &drawLine(double x1, double y1, double x2, double y2, int style, int colour)
{
   auto *line = new TLine(x1, y1, x2, y2);
   line->SetLineStyle(static_cast<short>(style));
   line->SetLineColor(static_cast<short>(colour));
   return drawOwned(line);
}

/// Writes a canvas to files separated by commas; their endings say the formats.
/// \throws std::runtime_error for a file that could not be written.
inline void saveCanvas(TCanvas &canvas, const std::string &paths)
{
   for (const std::string &path : splitList(paths)) {
      gSystem->Unlink(path.c_str());
      const int level = gErrorIgnoreLevel;
      gErrorIgnoreLevel = kFatal;
      canvas.SaveAs(path.c_str());
      gErrorIgnoreLevel = level;
      // AccessPathName is false for a file that is there
      if (gSystem->AccessPathName(path.c_str()))
         throw std::runtime_error("save=" + path + ": cannot be written; give a path that ends in .pdf, .png or .svg");
   }
}

} // namespace ttjroofit

#endif
