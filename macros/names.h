/// \file
/// Patterns of names, and what is said when a name is unknown; shared by the macros of this folder.

#ifndef TTJROOFIT_NAMES_H
#define TTJROOFIT_NAMES_H

#include <RooAbsCollection.h>
#include <RooRealVar.h>

#include <fnmatch.h>

#include <algorithm>
#include <cstddef>
#include <numeric>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

namespace ttjroofit {

/// Number of letters to add, drop or change to make one word of the other.
inline std::size_t editDistance(const std::string &first, const std::string &second)
{
   std::vector<std::size_t> row(second.size() + 1);
   std::iota(row.begin(), row.end(), std::size_t{0});
   for (std::size_t i = 0; i < first.size(); ++i) {
      std::size_t diagonal = row[0];
      row[0] = i + 1;
      for (std::size_t j = 0; j < second.size(); ++j) {
         const std::size_t changed = diagonal + (first[i] == second[j] ? 0 : 1);
         diagonal = row[j + 1];
         row[j + 1] = std::min({changed, row[j + 1] + 1, row[j] + 1});
      }
   }
   return row.back();
}

/// The parts of a list separated by `separator`; empty parts are dropped.
inline std::vector<std::string> splitList(const std::string &text, char separator = ',')
{
   std::vector<std::string> parts;
   std::istringstream stream(text);
   for (std::string part; std::getline(stream, part, separator);) {
      if (!part.empty())
         parts.push_back(part);
   }
   return parts;
}

/// The parts in one text.
inline std::string joinList(const std::vector<std::string> &parts, const std::string &separator = ", ")
{
   std::string text;
   for (const std::string &part : parts)
      text += (text.empty() ? "" : separator) + part;
   return text;
}

/// Names of the members of a collection.
inline std::vector<std::string> namesOf(const RooAbsCollection &collection)
{
   std::vector<std::string> names;
   for (const RooAbsArg *argument : collection)
      names.emplace_back(argument->GetName());
   return names;
}

/// The `count` names that are most like `name`, the nearest first.
inline std::vector<std::string> nearestNames(const std::string &name, std::vector<std::string> known, std::size_t count = 5)
{
   std::stable_sort(known.begin(), known.end(), [&name](const std::string &a, const std::string &b) {
      return editDistance(name, a) < editDistance(name, b);
   });
   known.resize(std::min(known.size(), count));
   return known;
}

/// The names that match one of some patterns separated by commas, where `*` stands for any letters, in the order of `names`.
/// \throws std::runtime_error for a pattern that matches nothing; it gives the nearest names.
inline std::vector<std::string> matchingNames(const std::vector<std::string> &names, const std::string &patterns)
{
   std::vector<bool> chosen(names.size(), false);
   for (const std::string &pattern : splitList(patterns)) {
      bool any = false;
      for (std::size_t i = 0; i < names.size(); ++i) {
         if (fnmatch(pattern.c_str(), names[i].c_str(), 0) == 0)
            any = chosen[i] = true;
      }
      if (!any)
         throw std::runtime_error("no parameter '" + pattern + "'; the nearest: " + joinList(nearestNames(pattern, names)));
   }
   std::vector<std::string> found;
   for (std::size_t i = 0; i < names.size(); ++i) {
      if (chosen[i])
         found.push_back(names[i]);
   }
   return found;
}

/// The variables of a collection whose names match one of some patterns.
/// \throws std::runtime_error for a pattern that matches nothing; it gives the nearest names.
inline std::vector<RooRealVar *> matching(const RooAbsCollection &collection, const std::string &patterns)
{
   std::vector<RooRealVar *> found;
   for (const std::string &name : matchingNames(namesOf(collection), patterns)) {
      if (auto *variable = dynamic_cast<RooRealVar *>(collection.find(name.c_str())))
         found.push_back(variable);
   }
   return found;
}

} // namespace ttjroofit

#endif
