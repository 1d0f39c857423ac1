# Finds ROOT: first the one of the environment (LCG, conda, thisroot.sh), then the PyPI wheel `root` of the Python interpreter.
#
# The CMake package of the wheel looks for its files in <prefix>/mock_site_packages/ROOT, a folder that existed only where the
# wheel was built. It works if it is entered through a symbolic link of that name, so one is made in the build tree.

set(root_minimum 6.28)
set(root_components RooFitCore RooFit RooStats Minuit2)

# Sets ${result} to TRUE if `cmake_dir` is the CMake package of a wheel.
function(is_wheel_package cmake_dir result)
  set(found "")
  if(EXISTS "${cmake_dir}/ROOTConfig-targets.cmake")
    file(STRINGS "${cmake_dir}/ROOTConfig-targets.cmake" found REGEX "/mock_site_packages/ROOT/" LIMIT_COUNT 1)
  endif()
  if(found)
    set(${result} TRUE PARENT_SCOPE)
  else()
    set(${result} FALSE PARENT_SCOPE)
  endif()
endfunction()

# Sets ${result} to the folder of the CMake package that the interpreter's `ROOT` brings; empty if there is none.
function(ask_python_for_root result)
  set(question "import importlib.util as u; s = u.find_spec('ROOT'); print((s.submodule_search_locations or [''])[0] if s else '')")
  execute_process(
    COMMAND "${Python3_EXECUTABLE}" -c "${question}"
    OUTPUT_VARIABLE root_package
    OUTPUT_STRIP_TRAILING_WHITESPACE
    ERROR_QUIET
  )
  set(${result} "" PARENT_SCOPE)
  if(root_package AND EXISTS "${root_package}/cmake/ROOTConfig.cmake")
    set(${result} "${root_package}/cmake" PARENT_SCOPE)
  endif()
endfunction()

# Points ROOT_DIR at the wheel's package `cmake_dir`, seen through the link that it needs.
function(enter_wheel_package cmake_dir)
  get_filename_component(site_packages "${cmake_dir}/../.." REALPATH)
  set(link "${CMAKE_BINARY_DIR}/wheel_root/mock_site_packages")
  file(MAKE_DIRECTORY "${CMAKE_BINARY_DIR}/wheel_root")
  file(CREATE_LINK "${site_packages}" "${link}" SYMBOLIC)
  set(ROOT_DIR "${link}/ROOT/cmake" CACHE PATH "CMake package of ROOT" FORCE)
  # The libraries that the wheel carries in root.libs need each other without saying where they are.
  add_link_options("LINKER:-rpath-link,${site_packages}/root.libs")
  message(STATUS "ROOT is the PyPI wheel in ${site_packages}/ROOT")
endfunction()

is_wheel_package("${ROOT_DIR}" given_is_wheel)
if(given_is_wheel)
  enter_wheel_package("${ROOT_DIR}")
else()
  find_package(ROOT ${root_minimum} QUIET COMPONENTS ${root_components})
  if(NOT ROOT_FOUND)
    ask_python_for_root(wheel_package)
    if(NOT wheel_package)
      message(FATAL_ERROR "No ROOT >= ${root_minimum} with ${root_components} found. Source thisroot.sh or the setup of an LCG "
                          "view, activate the conda environment, or run: ${Python3_EXECUTABLE} -m pip install root==0.1a12")
    endif()
    enter_wheel_package("${wheel_package}")
  endif()
endif()
find_package(ROOT ${root_minimum} REQUIRED COMPONENTS ${root_components})
message(STATUS "ROOT ${ROOT_VERSION} in ${ROOT_LIBRARY_DIR}")

# Libraries are linked through the build tree where ROOT is a wheel; the installed programs must not depend on that.
set(CMAKE_INSTALL_RPATH "${ROOT_LIBRARY_DIR}")
