/// \file
/// The macro list_pulls.C as a program.

#include "../list_pulls.C"

int main(int argc, char *argv[])
{
   if (argc < 2) {
      std::fprintf(stderr, "usage: ttjroofit-list-pulls FILE [OPTION=VALUE ...]\n");
      return 2;
   }
   return list_pulls(argv[1], ttjroofit::joinWords(argc, argv, 2).c_str());
}
