/// \file
/// Opens a workspace.root of ttjroofit and finds its parts; shared by the macros of this folder.

#ifndef TTJROOFIT_OPEN_WORKSPACE_H
#define TTJROOFIT_OPEN_WORKSPACE_H

#include <RooStats/ModelConfig.h>
#include <RooWorkspace.h>
#include <TFile.h>
#include <TObject.h>

#include <memory>
#include <stdexcept>
#include <string>

namespace ttjroofit {

/// An open file with its workspace `w`. The workspace belongs to the file, so the two live together.
struct OpenWorkspace {
   std::unique_ptr<TFile> file;
   RooWorkspace *workspace = nullptr;
};

/// Names of all ModelConfigs in a workspace, joined by a comma, for messages.
inline std::string namesOfModelConfigs(const RooWorkspace &workspace)
{
   std::string names;
   for (const TObject *object : workspace.allGenericObjects()) {
      if (object->InheritsFrom(RooStats::ModelConfig::Class()))
         names += (names.empty() ? "" : ", ") + std::string(object->GetName());
   }
   return names;
}

/// Opens `path` for reading and takes the workspace `w`.
/// \throws std::runtime_error if there is no such file or no such workspace in it.
inline OpenWorkspace openWorkspace(const std::string &path)
{
   OpenWorkspace opened;
   opened.file.reset(TFile::Open(path.c_str(), "READ"));
   if (!opened.file || opened.file->IsZombie())
      throw std::runtime_error(path + ": cannot be opened as a ROOT file; give the workspace.root of a run");
   opened.workspace = opened.file->Get<RooWorkspace>("w");
   if (!opened.workspace)
      throw std::runtime_error(path + ": holds no RooWorkspace 'w'; give the workspace.root of a run");
   return opened;
}

/// The ModelConfig `name` of a workspace.
/// \throws std::runtime_error that lists the ModelConfigs there are.
inline RooStats::ModelConfig &findModelConfig(RooWorkspace &workspace, const std::string &name)
{
   auto *config = dynamic_cast<RooStats::ModelConfig *>(workspace.obj(name.c_str()));
   if (!config || !config->GetPdf() || !config->GetParametersOfInterest())
      throw std::runtime_error("no usable ModelConfig '" + name + "'; the workspace has: " + namesOfModelConfigs(workspace));
   return *config;
}

} // namespace ttjroofit

#endif
