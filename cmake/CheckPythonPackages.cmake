# Says at configuration time which Python packages the program will miss; it can be installed without them.
execute_process(
  COMMAND "${Python3_EXECUTABLE}" "${CMAKE_CURRENT_LIST_DIR}/missing_packages.py" "${CMAKE_CURRENT_SOURCE_DIR}/pyproject.toml"
  OUTPUT_VARIABLE missing_packages
  OUTPUT_STRIP_TRAILING_WHITESPACE
  COMMAND_ERROR_IS_FATAL ANY
)
if(missing_packages)
  message(WARNING "${Python3_EXECUTABLE} lacks packages that ttjroofit needs. To get them: "
                  "${Python3_EXECUTABLE} -m pip install --user ${missing_packages}")
endif()
