/// \file
/// The macro draw_correlation.C as a program, which opens no window: the option save=FILE,... writes what is drawn.

#include "../draw_correlation.C"

#include <TROOT.h>

int main(int argc, char *argv[])
{
   if (argc < 2) {
      std::fprintf(stderr, "usage: ttjroofit-draw-correlation FILE [OPTION=VALUE ...]\n");
      return 2;
   }
   gROOT->SetBatch();
   return draw_correlation(argv[1], ttjroofit::joinWords(argc, argv, 2).c_str());
}
