/// \file
/// The macro fit_workspace.C as a program, for batch nodes: no interpreter, the exit status tells if the fit converged.

#include "../fit_workspace.C"

int main(int argc, char *argv[])
{
   if (argc < 2 || argc > 3) {
      std::fprintf(stderr, "usage: ttjroofit-fit-workspace FILE [MODELCONFIG]\n");
      return 2;
   }
   return argc == 2 ? fit_workspace(argv[1]) : fit_workspace(argv[1], argv[2]);
}
