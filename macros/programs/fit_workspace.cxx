/// \file
/// The macro fit_workspace.C as a program, for batch nodes: no interpreter, the exit status tells if the fit converged.

#include "../fit_workspace.C"

int main(int argc, char *argv[])
{
   if (argc < 2) {
      std::fprintf(stderr, "usage: ttjroofit-fit-workspace FILE [MODEL [OPTION=VALUE ...]]\n");
      return 2;
   }
   return fit_workspace(argv[1], argc > 2 ? argv[2] : "reduced", ttjroofit::joinWords(argc, argv, 3).c_str());
}
