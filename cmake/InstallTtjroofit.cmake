# Installs the package, its cards and inputs, a launcher, and a script to source. All of it finds its place at run time, so
# the installation can be moved.

set(TTJROOFIT_PYTHON_DIR "lib/python${Python3_VERSION_MAJOR}.${Python3_VERSION_MINOR}/site-packages" CACHE STRING
  "Where the Python package goes, relative to the prefix")
set(share_dir "${CMAKE_INSTALL_DATADIR}/ttjroofit")

install(DIRECTORY python/ttjroofit DESTINATION "${TTJROOFIT_PYTHON_DIR}" PATTERN "__pycache__" EXCLUDE)
install(DIRECTORY cards inputs DESTINATION "${share_dir}")
install(DIRECTORY macros DESTINATION "${share_dir}" FILES_MATCHING PATTERN "*.C" PATTERN "*.h" PATTERN "programs" EXCLUDE)
install(FILES LICENSE CITATION.cff DESTINATION "${share_dir}")

file(RELATIVE_PATH bin_to_prefix "/${CMAKE_INSTALL_BINDIR}" "/")
foreach(script ttjroofit thisttjroofit.sh)
  configure_file("cmake/${script}.in" "${CMAKE_CURRENT_BINARY_DIR}/${script}" @ONLY)
endforeach()
install(PROGRAMS "${CMAKE_CURRENT_BINARY_DIR}/ttjroofit" DESTINATION "${CMAKE_INSTALL_BINDIR}")
install(FILES "${CMAKE_CURRENT_BINARY_DIR}/thisttjroofit.sh" DESTINATION "${CMAKE_INSTALL_BINDIR}")
