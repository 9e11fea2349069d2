# One folder is one layer: beamish/NAME becomes the target beamish_NAME (alias beamish::NAME), and
# its *_test.cpp files one test program, beamish_NAME_tests. Sources are found by globbing.
#
# A layer is an object library, so that each layer builds and is tested without those above it, and
# so that users still link one library, beamish::beamish, made of all of them.

# Sets `${out}_headers`, `${out}_sources` and `${out}_tests` to what the folder holds.
function(beamish_glob out folder)
  set(base ${PROJECT_SOURCE_DIR}/${folder})
  file(GLOB_RECURSE headers CONFIGURE_DEPENDS ${base}/*.hpp)
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${base}/*.cpp)
  set(tests ${sources})
  list(FILTER sources EXCLUDE REGEX "_test\\.cpp$")
  list(FILTER tests INCLUDE REGEX "_test\\.cpp$")
  foreach(kind headers sources tests)
    set(${out}_${kind} ${${kind}} PARENT_SCOPE)
  endforeach()
endfunction()

# beamish_layer(NAME [DEPENDS layer...] [TEST_DEPENDS layer...] [PRIVATE_HEADERS pattern...])
# TEST_DEPENDS: layers that only the tests may use. PRIVATE_HEADERS: never installed.
function(beamish_layer name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "DEPENDS;TEST_DEPENDS;PRIVATE_HEADERS")
  beamish_glob(layer beamish/${name})
  foreach(header IN LISTS arg_PRIVATE_HEADERS)
    string(REPLACE "*" "[^/]*" pattern ${header})
    list(FILTER layer_headers EXCLUDE REGEX "/${pattern}$")
  endforeach()
  if(layer_sources)
    add_library(beamish_${name} OBJECT ${layer_sources})
    target_include_directories(beamish_${name} PUBLIC ${PROJECT_SOURCE_DIR})
    if(BUILD_SHARED_LIBS)
      set_target_properties(beamish_${name} PROPERTIES POSITION_INDEPENDENT_CODE ON)
    endif()
    target_link_libraries(beamish_${name} PUBLIC Threads::Threads)
    beamish_compile(beamish_${name})
    # Compilers must not see through the one per-thread variable, or they keep its address in a
    # coroutine that has moved to another thread: this file never shares a source with its callers.
    set_source_files_properties(${PROJECT_SOURCE_DIR}/beamish/runtime/current.cpp
      PROPERTIES SKIP_UNITY_BUILD_INCLUSION ON)
  else()
    add_library(beamish_${name} INTERFACE)
    target_include_directories(beamish_${name} INTERFACE ${PROJECT_SOURCE_DIR})
    target_link_libraries(beamish_${name} INTERFACE Threads::Threads)
  endif()
  add_library(beamish::${name} ALIAS beamish_${name})

  set(below)
  foreach(dependency IN LISTS arg_DEPENDS)
    get_property(deeper GLOBAL PROPERTY beamish_${dependency}_below)
    list(APPEND below ${dependency} ${deeper})
  endforeach()
  list(REMOVE_DUPLICATES below)
  foreach(kind headers sources tests)
    set_property(GLOBAL PROPERTY beamish_${name}_${kind} ${layer_${kind}})
  endforeach()
  set_property(GLOBAL PROPERTY beamish_${name}_below ${below})
  set_property(GLOBAL PROPERTY beamish_${name}_test_depends ${arg_TEST_DEPENDS})
endfunction()

# The one library that users link: every layer's objects and headers.
function(beamish_library)
  file(GLOB headers CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/beamish/*.hpp)
  set(objects)
  foreach(layer IN LISTS ARGN)
    get_property(layer_headers GLOBAL PROPERTY beamish_${layer}_headers)
    get_property(layer_sources GLOBAL PROPERTY beamish_${layer}_sources)
    list(APPEND headers ${layer_headers})
    if(layer_sources)
      list(APPEND objects $<TARGET_OBJECTS:beamish_${layer}>)
    endif()
  endforeach()
  if(NOT objects)
    return()
  endif()
  add_library(beamish ${objects})
  add_library(beamish::beamish ALIAS beamish)
  target_sources(beamish PUBLIC
    FILE_SET HEADERS BASE_DIRS ${PROJECT_SOURCE_DIR} FILES ${headers})
  target_compile_features(beamish PUBLIC cxx_std_20)
  target_link_libraries(beamish PUBLIC Threads::Threads)
  set_target_properties(beamish PROPERTIES
    LINKER_LANGUAGE CXX
    VERSION ${PROJECT_VERSION}
    SOVERSION ${PROJECT_VERSION_MAJOR}.${PROJECT_VERSION_MINOR})
endfunction()

# beamish::stacktrace is apart: linking it hooks the throwing of exceptions in the whole program.
function(beamish_stacktrace)
  beamish_glob(stacktrace beamish/stacktrace)
  find_library(BEAMISH_LIBDW dw)
  if(NOT stacktrace_sources OR NOT BEAMISH_LIBDW)
    return()
  endif()
  add_library(beamish_stacktrace ${stacktrace_sources})
  add_library(beamish::stacktrace ALIAS beamish_stacktrace)
  target_sources(beamish_stacktrace PUBLIC
    FILE_SET HEADERS BASE_DIRS ${PROJECT_SOURCE_DIR} FILES ${stacktrace_headers})
  target_link_libraries(beamish_stacktrace PUBLIC beamish PRIVATE ${BEAMISH_LIBDW} ${CMAKE_DL_LIBS})
  # It defines a function of the C++ runtime, which no other file here may see declared.
  set_target_properties(beamish_stacktrace PROPERTIES EXPORT_NAME stacktrace UNITY_BUILD OFF)
  beamish_compile(beamish_stacktrace)
  set_property(GLOBAL PROPERTY beamish_stacktrace_tests ${stacktrace_tests})
endfunction()

# Links layers, and all below them, into a test program or the command.
function(beamish_link target)
  set(all)
  foreach(layer IN LISTS ARGN)
    get_property(below GLOBAL PROPERTY beamish_${layer}_below)
    list(APPEND all ${layer} ${below})
  endforeach()
  list(REMOVE_DUPLICATES all)
  list(TRANSFORM all PREPEND beamish_)
  target_link_libraries(${target} PRIVATE ${all})
endfunction()

# Adds one doctest program and notes it in the list that ./test works through.
function(beamish_test_program name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "SOURCES;COMMON_HEADERS")
  add_executable(${name} ${arg_SOURCES})
  set_target_properties(${name} PROPERTIES UNITY_BUILD OFF)
  beamish_compile(${name})
  # Most of what there is to compile; it is the library below that is debugged, and optimised.
  target_compile_options(${name} PRIVATE $<$<CONFIG:Debug>:-g1> $<$<CONFIG:Release>:-O1>)
  target_link_libraries(${name} PRIVATE beamish_doctest_main)
  # Read once instead of by each test: a third of the time that all tests take to build.
  target_precompile_headers(${name} PRIVATE <doctest/doctest.h> ${arg_COMMON_HEADERS})
  add_test(NAME ${name} COMMAND ${name})
  set_tests_properties(${name} PROPERTIES TIMEOUT 600)
  set_property(GLOBAL APPEND PROPERTY beamish_test_programs "${name}=$<TARGET_FILE:${name}>")
endfunction()

# One test program per layer.
function(beamish_tests)
  find_package(doctest QUIET)
  if(NOT doctest_FOUND)
    message(STATUS "beamish: doctest is not installed, so no tests are built")
    return()
  endif()
  add_library(beamish_doctest_main OBJECT ${PROJECT_SOURCE_DIR}/tests/doctest_main.cpp)
  target_link_libraries(beamish_doctest_main PUBLIC doctest::doctest)
  beamish_compile(beamish_doctest_main)
  set_property(GLOBAL PROPERTY beamish_test_programs "")
  foreach(layer IN LISTS ARGN)
    get_property(tests GLOBAL PROPERTY beamish_${layer}_tests)
    get_property(extra GLOBAL PROPERTY beamish_${layer}_test_depends)
    if(NOT tests)
      continue()
    endif()
    set(common)
    if("sim" IN_LIST extra OR layer STREQUAL sim)
      set(common <beamish/sim/testing.hpp>)
    endif()
    beamish_test_program(beamish_${layer}_tests SOURCES ${tests} COMMON_HEADERS ${common})
    if(layer STREQUAL stacktrace)
      target_link_libraries(beamish_stacktrace_tests PRIVATE beamish_stacktrace)
      # It looks for lines of its own file.
      target_compile_options(beamish_stacktrace_tests PRIVATE -g)
    else()
      beamish_link(beamish_${layer}_tests ${layer} ${extra})
    endif()
  endforeach()
endfunction()

# The `beamish` command: apps/main.cpp on top of everything else in apps/, which has tests as well.
function(beamish_command)
  beamish_glob(apps apps)
  beamish_glob(taught examples/taught)
  list(REMOVE_ITEM apps_sources ${PROJECT_SOURCE_DIR}/apps/main.cpp)
  find_package(CLI11 QUIET)
  find_package(nlohmann_json QUIET)
  if(NOT CLI11_FOUND OR NOT nlohmann_json_FOUND OR NOT TARGET beamish)
    message(STATUS "beamish: CLI11 or nlohmann-json is not installed, so the command is not built")
    return()
  endif()
  set(command_objects)
  if(apps_sources)
    add_library(beamish_apps OBJECT ${apps_sources})
    target_link_libraries(beamish_apps PUBLIC beamish CLI11::CLI11
      PRIVATE nlohmann_json::nlohmann_json)
    beamish_compile(beamish_apps)
    set(command_objects beamish_apps)
  endif()
  if(EXISTS ${PROJECT_SOURCE_DIR}/apps/main.cpp)
    add_executable(beamish_command ${PROJECT_SOURCE_DIR}/apps/main.cpp)
    set_target_properties(beamish_command PROPERTIES OUTPUT_NAME beamish)
    target_compile_definitions(beamish_command PRIVATE BEAMISH_VERSION="${PROJECT_VERSION}")
    target_link_libraries(beamish_command PRIVATE ${command_objects} beamish CLI11::CLI11)
    beamish_compile(beamish_command)
    if(TARGET beamish_stacktrace)
      target_link_libraries(beamish_command PRIVATE beamish_stacktrace)
    endif()
    # What install() puts beside the command, printed by itself.
    if(NOT CMAKE_CROSSCOMPILING)
      set(share ${PROJECT_BINARY_DIR}/share)
      add_custom_command(TARGET beamish_command POST_BUILD
        COMMAND ${CMAKE_COMMAND} -E make_directory ${share}
        COMMAND beamish_command completion bash > ${share}/beamish
        COMMAND beamish_command completion zsh > ${share}/_beamish
        COMMAND beamish_command completion fish > ${share}/beamish.fish
        COMMAND beamish_command man > ${share}/beamish.1
        BYPRODUCTS ${share}/beamish ${share}/_beamish ${share}/beamish.fish ${share}/beamish.1
        VERBATIM)
    endif()
  endif()
  if(TARGET beamish_doctest_main AND apps_tests)
    beamish_test_program(beamish_apps_tests SOURCES ${apps_tests} ${taught_tests})
    target_link_libraries(beamish_apps_tests PRIVATE ${command_objects} beamish
      nlohmann_json::nlohmann_json)
  endif()
endfunction()

# Every .cpp of a folder is a program of its own: examples/a/b.cpp becomes bin/examples/a/b.
function(beamish_programs folder)
  file(GLOB_RECURSE programs CONFIGURE_DEPENDS RELATIVE ${PROJECT_SOURCE_DIR}
    ${PROJECT_SOURCE_DIR}/${folder}/*.cpp)
  list(FILTER programs EXCLUDE REGEX "_test\\.cpp$")
  foreach(program IN LISTS programs)
    cmake_path(REMOVE_EXTENSION program OUTPUT_VARIABLE stem)
    cmake_path(GET stem PARENT_PATH parent)
    cmake_path(GET stem FILENAME name)
    string(REPLACE "/" "_" target ${stem})
    add_executable(${target} ${PROJECT_SOURCE_DIR}/${program})
    set_target_properties(${target} PROPERTIES OUTPUT_NAME ${name}
      RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/bin/${parent})
    target_link_libraries(${target} PRIVATE beamish)
    beamish_compile(${target})
    set_property(GLOBAL APPEND PROPERTY beamish_test_programs
      "${program}=$<TARGET_FILE:${target}>")
  endforeach()
endfunction()

# One program of all sources of a folder.
function(beamish_program_of folder target)
  file(GLOB sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/${folder}/*.cpp)
  add_executable(${target} ${sources})
  # Each source has names of its own that others use, too.
  set_target_properties(${target} PROPERTIES UNITY_BUILD OFF
    RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/bin)
  target_precompile_headers(${target} PRIVATE <beamish/beamish.hpp>)
  target_link_libraries(${target} PRIVATE beamish)
  beamish_compile(${target})
  # g++ takes three quarters longer for -O3, and only clang's figures of speed are looked at.
  target_compile_options(${target} PRIVATE
    $<$<AND:$<CONFIG:Release>,$<CXX_COMPILER_ID:GNU>>:-O1>)
endfunction()

# Writes test_programs.txt into the build directory: one `name=path` per line.
function(beamish_test_list)
  get_property(programs GLOBAL PROPERTY beamish_test_programs)
  list(JOIN programs "\n" text)
  file(GENERATE OUTPUT ${PROJECT_BINARY_DIR}/test_programs.txt CONTENT "${text}\n")
endfunction()
