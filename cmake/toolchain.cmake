# How our own files are compiled and linked. Nothing here reaches a consumer: the flags are PRIVATE,
# and launcher and linker are chosen only when Beamish is the top-level project.

function(beamish_compile target)
  target_compile_features(${target} PUBLIC cxx_std_20)
  set_target_properties(${target} PROPERTIES CXX_EXTENSIONS OFF)
  if(PROJECT_IS_TOP_LEVEL)
    target_compile_options(${target} PRIVATE -Wall -Wextra -Wpedantic -Wshadow)
    # g++ 12 suspects an overlapping copy in `"text" + some_string` where there is none: GCC 105651.
    if(CMAKE_CXX_COMPILER_ID STREQUAL GNU AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
      target_compile_options(${target} PRIVATE -Wno-restrict)
    endif()
    # Sources that are joined for the build look like headers to g++.
    if(CMAKE_CXX_COMPILER_ID STREQUAL GNU AND CMAKE_UNITY_BUILD)
      target_compile_options(${target} PRIVATE -Wno-subobject-linkage)
    endif()
  endif()
endfunction()

if(PROJECT_IS_TOP_LEVEL)
  set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
  set(CMAKE_RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/bin)

  find_program(CCACHE_PROGRAM ccache)
  if(CCACHE_PROGRAM AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
    # One clone finds what another has compiled.
    file(RELATIVE_PATH here ${PROJECT_BINARY_DIR} ${PROJECT_SOURCE_DIR})
    string(REGEX REPLACE "/$" "" here ${here})
    set(CMAKE_CXX_COMPILER_LAUNCHER
      ${PROJECT_SOURCE_DIR}/cmake/compile.sh ${PROJECT_SOURCE_DIR} ${here})
    add_compile_options(-fmacro-prefix-map=${here}/=)
  endif()
  if(CMAKE_CXX_COMPILER_ID MATCHES Clang)
    add_compile_options("SHELL:-Xclang -fno-pch-timestamp")
  endif()

  include(CheckLinkerFlag)
  check_linker_flag(CXX -fuse-ld=lld BEAMISH_LLD_WORKS)
  if(BEAMISH_LLD_WORKS)
    add_link_options(-fuse-ld=lld)
  endif()
endif()
