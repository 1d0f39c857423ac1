/// \file
/// Opens a workspace.root of ttjroofit and finds its parts; shared by the macros of this folder.

#ifndef TTJROOFIT_OPEN_WORKSPACE_H
#define TTJROOFIT_OPEN_WORKSPACE_H

#include <RooAbsData.h>
#include <RooAbsPdf.h>
#include <RooArgSet.h>
#include <RooStats/ModelConfig.h>
#include <RooWorkspace.h>
#include <TError.h>
#include <TFile.h>
#include <TObject.h>

#include <memory>
#include <stdexcept>
#include <string>

namespace ttjroofit {

/// An open file with its workspace `w`.
struct OpenWorkspace {
   std::unique_ptr<TFile> file;
   std::unique_ptr<RooWorkspace> workspace;
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

/// Opens `path` for reading.
/// \throws std::runtime_error if it is no ROOT file, or not a whole one.
inline std::unique_ptr<TFile> openFile(const std::string &path)
{
   std::unique_ptr<TFile> file;
   {
      // our message says it all; that of TFile would come before it
      const int level = gErrorIgnoreLevel;
      gErrorIgnoreLevel = kFatal;
      file.reset(TFile::Open(path.c_str(), "READ"));
      gErrorIgnoreLevel = level;
   }
   if (!file || file->IsZombie())
      throw std::runtime_error(path + ": cannot be opened as a ROOT file; give the workspace.root of a run");
   // ROOT makes what it can of a file that is cut off, and may crash on it later
   if (file->TestBit(TFile::kRecovered) || file->GetSize() != file->GetEND())
      throw std::runtime_error(path + ": is cut off or was never finished; copy or make it again");
   return file;
}

/// Opens `path` for reading and takes the workspace `w`.
/// \throws std::runtime_error if there is no such file or no such workspace in it.
inline OpenWorkspace openWorkspace(const std::string &path)
{
   OpenWorkspace opened;
   opened.file = openFile(path);
   opened.workspace.reset(opened.file->Get<RooWorkspace>("w"));
   if (!opened.workspace)
      throw std::runtime_error(path + ": holds no RooWorkspace 'w'; give the workspace.root of a run");
   return opened;
}

/// Name of the ModelConfig that `model` stands for: the engines of ttjroofit have names of their own.
inline std::string modelConfigName(const std::string &model)
{
   if (model == "reduced")
      return "ModelConfig";
   return model == "full" ? "ModelConfig_full" : model;
}

/// The ModelConfig of a workspace: `reduced`, `full`, or its own name.
/// \throws std::runtime_error that lists the ModelConfigs there are.
inline RooStats::ModelConfig &findModelConfig(RooWorkspace &workspace, const std::string &model)
{
   const std::string name = modelConfigName(model);
   auto *config = dynamic_cast<RooStats::ModelConfig *>(workspace.obj(name.c_str()));
   if (!config || !config->GetPdf() || !config->GetParametersOfInterest())
      throw std::runtime_error("no usable ModelConfig '" + name + "'; the workspace has: " + namesOfModelConfigs(workspace));
   return *config;
}

/// The observed cross sections.
/// \throws std::runtime_error if there are none.
inline RooAbsData &findData(RooWorkspace &workspace)
{
   RooAbsData *data = workspace.data("data_obs");
   if (!data || data->numEntries() == 0)
      throw std::runtime_error("the workspace holds no data in 'data_obs'");
   return *data;
}

/// Sets all parameters as they are in a snapshot.
/// \throws std::runtime_error that lists the snapshots there are.
inline void loadSnapshot(RooWorkspace &workspace, const std::string &name)
{
   std::string names;
   for (const TObject *object : workspace.getSnapshots()) {
      if (object->GetName() == name) {
         workspace.loadSnapshot(name.c_str());
         return;
      }
      names += (names.empty() ? "" : ", ") + std::string(object->GetName());
   }
   throw std::runtime_error("the workspace holds no snapshot '" + name + "'; it has: " + names);
}

/// All that moves in a model: its parameters of interest and its nuisance parameters.
inline RooArgSet parametersOf(const RooStats::ModelConfig &config)
{
   RooArgSet parameters(*config.GetParametersOfInterest());
   if (config.GetNuisanceParameters())
      parameters.add(*config.GetNuisanceParameters());
   return parameters;
}

} // namespace ttjroofit

#endif
