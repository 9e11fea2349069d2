# install(): headers, the library, the package that find_package(beamish) finds, and beamish.pc.

if(NOT TARGET beamish)
  return()
endif()

include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

set(beamish_cmake_dir ${CMAKE_INSTALL_LIBDIR}/cmake/beamish)
set(beamish_installed beamish)
if(TARGET beamish_stacktrace)
  list(APPEND beamish_installed beamish_stacktrace)
endif()

install(TARGETS ${beamish_installed} EXPORT beamishTargets FILE_SET HEADERS)
install(EXPORT beamishTargets NAMESPACE beamish:: DESTINATION ${beamish_cmake_dir})
if(TARGET beamish_command)
  install(TARGETS beamish_command)
endif()
if(TARGET beamish_command AND NOT CMAKE_CROSSCOMPILING)
  set(beamish_printed ${PROJECT_BINARY_DIR}/share)
  install(FILES ${beamish_printed}/beamish
    DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions)
  install(FILES ${beamish_printed}/_beamish
    DESTINATION ${CMAKE_INSTALL_DATADIR}/zsh/site-functions)
  install(FILES ${beamish_printed}/beamish.fish
    DESTINATION ${CMAKE_INSTALL_DATADIR}/fish/vendor_completions.d)
  install(FILES ${beamish_printed}/beamish.1 DESTINATION ${CMAKE_INSTALL_MANDIR}/man1)
endif()

# What gdb needs to show processes: doc/debugging.md.
set(beamish_data_dir ${CMAKE_INSTALL_DATADIR}/beamish)
install(FILES ${PROJECT_SOURCE_DIR}/tools/gdb_beamish.py DESTINATION ${beamish_data_dir})
install(DIRECTORY ${PROJECT_SOURCE_DIR}/tools/beamish_gdb DESTINATION ${beamish_data_dir}
  FILES_MATCHING PATTERN *.py PATTERN __pycache__ EXCLUDE)

configure_package_config_file(${CMAKE_CURRENT_LIST_DIR}/beamishConfig.cmake.in
  ${PROJECT_BINARY_DIR}/beamishConfig.cmake INSTALL_DESTINATION ${beamish_cmake_dir})
# Before 1.0 a new minor version may break its users.
write_basic_package_version_file(${PROJECT_BINARY_DIR}/beamishConfigVersion.cmake
  COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/beamishConfig.cmake
  ${PROJECT_BINARY_DIR}/beamishConfigVersion.cmake DESTINATION ${beamish_cmake_dir})

# The prefix is written relative to the file, so that an installed tree can be moved.
cmake_path(RELATIVE_PATH CMAKE_INSTALL_PREFIX
  BASE_DIRECTORY ${CMAKE_INSTALL_FULL_LIBDIR}/pkgconfig OUTPUT_VARIABLE beamish_pc_prefix)
configure_file(${CMAKE_CURRENT_LIST_DIR}/beamish.pc.in ${PROJECT_BINARY_DIR}/beamish.pc @ONLY)
install(FILES ${PROJECT_BINARY_DIR}/beamish.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
