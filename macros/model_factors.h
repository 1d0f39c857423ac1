/// \file
/// The factors of a likelihood and what they constrain; shared by the macros of this folder.

#ifndef TTJROOFIT_MODEL_FACTORS_H
#define TTJROOFIT_MODEL_FACTORS_H

#include <RooAbsPdf.h>
#include <RooArgSet.h>
#include <RooProdPdf.h>

#include <string>
#include <vector>

namespace ttjroofit {

/// The factors of a likelihood that are no product themselves.
inline std::vector<const RooAbsPdf *> factorsOf(const RooAbsPdf &pdf)
{
   const auto *product = dynamic_cast<const RooProdPdf *>(&pdf);
   if (!product)
      return {&pdf};
   std::vector<const RooAbsPdf *> factors;
   for (const RooAbsArg *argument : product->pdfList()) {
      if (const auto *factor = dynamic_cast<const RooAbsPdf *>(argument)) {
         const std::vector<const RooAbsPdf *> inner = factorsOf(*factor);
         factors.insert(factors.end(), inner.begin(), inner.end());
      }
   }
   return factors;
}

/// Name of the factor that constrains `parameter`: the one that depends on it but on no bin; empty if there is none.
inline std::string constraintOf(const RooAbsArg &parameter, const std::vector<const RooAbsPdf *> &factors, const RooArgSet &observed)
{
   for (const RooAbsPdf *factor : factors) {
      if (factor->dependsOn(parameter) && !factor->dependsOn(observed))
         return factor->GetName();
   }
   return {};
}

} // namespace ttjroofit

#endif
