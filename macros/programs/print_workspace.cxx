/// \file
/// The macro print_workspace.C as a program.

#include "../print_workspace.C"

int main(int argc, char *argv[])
{
   if (argc < 2 || argc > 4) {
      std::fprintf(stderr, "usage: ttjroofit-print-workspace FILE [MODEL [SNAPSHOT]]\n");
      return 2;
   }
   return print_workspace(argv[1], argc > 2 ? argv[2] : "reduced", argc > 3 ? argv[3] : "postfit");
}
