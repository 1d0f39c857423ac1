# Registers the tests with CTest: one a folder of tests, then the compiled macro on a workspace of the program.
set(run_python ${CMAKE_COMMAND} -E env "PYTHONPATH=${PROJECT_SOURCE_DIR}/python" "MPLBACKEND=Agg" "${Python3_EXECUTABLE}")

file(GLOB test_files CONFIGURE_DEPENDS RELATIVE "${PROJECT_SOURCE_DIR}/tests" "${PROJECT_SOURCE_DIR}/tests/*/test_*.py")
set(folders "")
foreach(test_file ${test_files})
  get_filename_component(folder "${test_file}" DIRECTORY)
  list(APPEND folders "${folder}")
endforeach()
list(REMOVE_DUPLICATES folders)

foreach(folder ${folders})
  add_test(
    NAME "pytest.${folder}"
    COMMAND ${run_python} -m pytest -p no:cacheprovider -m "not slow" "tests/${folder}"
    WORKING_DIRECTORY "${PROJECT_SOURCE_DIR}"
  )
  # pytest's status where a folder holds slow tests only.
  set_tests_properties("pytest.${folder}" PROPERTIES SKIP_RETURN_CODE 5)
endforeach()

set(output "${CMAKE_CURRENT_BINARY_DIR}/tests/cms13")
add_test(NAME program.workspace COMMAND ${run_python} -m ttjroofit "${PROJECT_SOURCE_DIR}/cards/cms13.txt" -o "${output}" --no-plots)
add_test(NAME macro.fit_workspace COMMAND ttjroofit-fit-workspace "${output}/workspace.root")
add_test(NAME macro.print_workspace COMMAND ttjroofit-print-workspace "${output}/workspace.root")
add_test(NAME macro.list_pulls COMMAND ttjroofit-list-pulls "${output}/workspace.root" largest=10)
add_test(NAME macro.draw_profile COMMAND ttjroofit-draw-profile "${output}/workspace.root" m_t "save=${output}/profile.pdf")
add_test(NAME macro.draw_correlation COMMAND ttjroofit-draw-correlation "${output}/fit.root" "save=${output}/correlation.pdf")
set_tests_properties(program.workspace PROPERTIES FIXTURES_SETUP workspace)
set_tests_properties(macro.fit_workspace macro.print_workspace macro.list_pulls macro.draw_profile macro.draw_correlation PROPERTIES
  FIXTURES_REQUIRED workspace)
