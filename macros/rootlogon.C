/// \file
/// Loads the macros of this folder for a session, and prints what there is and how to call it.
///
///     root -l macros/rootlogon.C
///     fit_workspace("out/atlas_cms/workspace.root")
///     ttjroofit::help()
///
/// ROOT runs it by itself if it is started in this folder. A session that was not started so can run a macro with `.x` once and
/// call it by its name from then on: `.x` a second time unloads it first, and there ROOT 6.40 crashes.

#include "draw_correlation.C"
#include "draw_profile.C"
#include "fit_workspace.C"
#include "list_pulls.C"
#include "print_workspace.C"

#include <cstdio>

namespace ttjroofit {

/// The macros with their arguments, as one types them in a session.
constexpr const char *kHelp = R"(Macros of ttjroofit. W is "out/CARD/workspace.root" of a run: python -m ttjroofit CARD
  print_workspace(W)                what is inside: measurements, parameters, constraints, snapshots
  print_workspace(W, "full", "prefit")
  list_pulls(W)                     nuisances before and after the fit, the largest pulls first
  list_pulls(W, "sort=constraint largest=20 match=CMS_*")
  fit_workspace(W)                  fits again: MIGRAD, HESSE, MINOS
  fit_workspace(W, "full", "strategy=2 freeze=tnp_*,pdf_* minos=none save=again.root")
  draw_profile(W, "m_t")            -2 ln L against any parameter, with 68% and 95% intervals
  draw_profile(W, "tnp_1", "points=21 range=-3:3 save=tnp_1.pdf,tnp_1.png")
  draw_correlation("out/CARD/fit.root")   correlation matrix of a fit, or of a fresh fit if W is given
  draw_correlation(W, "model=full largest=25 save=correlation.pdf")
  ttjroofit::help()                 this text
Models: reduced (nuisances eliminated, fast) and full (every nuisance a parameter). All options: top of each macro, docs/root_session.md.
They return 0 for success, 1 for a failed fit, 2 for bad input: the exit status of root -l -b -q 'macros/fit_workspace.C("workspace.root")'.
Compiled: .x macros/fit_workspace.C+(W), or the programs of CMake: ttjroofit-fit-workspace workspace.root full strategy=2
)";

/// Prints the macros and how to call them.
inline void help()
{
   std::fputs(kHelp, stdout);
}

} // namespace ttjroofit

/// Entry of the macro.
void rootlogon()
{
   ttjroofit::help();
}
