/// \file
/// Options of the macros as one text, `strategy=2 freeze=tnp_*,pdf_*`: the same for a ROOT session and for a shell.

#ifndef TTJROOFIT_OPTIONS_H
#define TTJROOFIT_OPTIONS_H

#include "names.h"

#include <algorithm>
#include <cstddef>
#include <map>
#include <sstream>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace ttjroofit {

/// What stands in a text of `key=value` separated by blanks.
class Options {
public:
   /// \throws std::runtime_error for a word without `=` or a key that is not in `known`.
   Options(const std::string &text, const std::vector<std::string> &known)
   {
      std::istringstream words(text);
      for (std::string word; words >> word;) {
         const std::size_t equals = word.find('=');
         const std::string key = word.substr(0, equals);
         if (equals == std::string::npos || std::find(known.begin(), known.end(), key) == known.end())
            throw std::runtime_error("option '" + word + "' is not known; write key=value with a key among: " + joinList(known));
         fValues[key] = word.substr(equals + 1);
      }
   }

   /// The text of an option, or `missing` if it was not given.
   std::string text(const std::string &key, const std::string &missing = "") const
   {
      const auto found = fValues.find(key);
      return found == fValues.end() ? missing : found->second;
   }

   /// An option that is a whole number of at least `least`.
   /// \throws std::runtime_error if it is none.
   int number(const std::string &key, int missing, int least) const
   {
      const std::string given = text(key, std::to_string(missing));
      const double value = toNumber(key, given);
      if (value != static_cast<int>(value) || value < least)
         throw std::runtime_error(key + "=" + given + ": give a whole number of at least " + std::to_string(least));
      return static_cast<int>(value);
   }

   /// `value` as a number.
   /// \throws std::runtime_error that names the option if it is none.
   static double toNumber(const std::string &key, const std::string &value)
   {
      std::istringstream stream(value);
      double number = 0.;
      if (!(stream >> number) || !stream.eof())
         throw std::runtime_error(key + "=" + value + ": '" + value + "' is no number");
      return number;
   }

private:
   std::map<std::string, std::string> fValues;
};

/// The words of a command line from the `first` on, as one text for `Options`.
inline std::string joinWords(int argc, char *argv[], int first)
{
   std::string text;
   for (int i = first; i < argc; ++i)
      text += (text.empty() ? "" : " ") + std::string(argv[i]);
   return text;
}

} // namespace ttjroofit

#endif
