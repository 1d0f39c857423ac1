/// \file
/// The macro draw_profile.C as a program, which opens no window: the option save=FILE,... writes what is drawn.

#include "../draw_profile.C"

#include <TROOT.h>

int main(int argc, char *argv[])
{
   if (argc < 2) {
      std::fprintf(stderr, "usage: ttjroofit-draw-profile FILE [PARAMETER [OPTION=VALUE ...]]\n");
      return 2;
   }
   gROOT->SetBatch();
   return draw_profile(argv[1], argc > 2 ? argv[2] : "", ttjroofit::joinWords(argc, argv, 3).c_str());
}
