# One folder is one module: a library of its *.cc files and, beside it, one test program of its *_test.cc files.
find_package(Threads REQUIRED)
find_package(Eigen3 REQUIRED NO_MODULE)  # an imported target: its headers are system headers

option(CAUSAL_GYM_TESTS "Build the tests" ON)
option(CAUSAL_GYM_FUZZ "Build the fuzz targets (clang only)" OFF)
set(CAUSAL_GYM_SANITIZE "" CACHE STRING "Sanitizers, as -fsanitize takes them")

if(CAUSAL_GYM_TESTS)
  find_package(GTest REQUIRED)
  find_package(Python3 REQUIRED COMPONENTS Interpreter)
  # Before the command of a test that is no GoogleTest program: what it leaves behind makes it fail.
  set(CAUSAL_GYM_RUN_TEST ${Python3_EXECUTABLE} ${CMAKE_SOURCE_DIR}/tools/run_test --)
endif()

# ccache trusts a precompiled header only when told that its macros and its times do not matter, and by a checksum of
# our own (below). Paths are relative to this folder: every checkout on the machine finds what another one compiled.
find_program(CCACHE ccache)
if(CCACHE)
  set(CMAKE_CXX_COMPILER_LAUNCHER
      ${CMAKE_COMMAND} -E env CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime
      CCACHE_BASEDIR=${CMAKE_SOURCE_DIR} CCACHE_NOHASHDIR=1 CCACHE_PCH_EXTSUM=1 ${CCACHE})
endif()
find_program(MOLD mold)
find_program(LLD NAMES ld.lld ld.lld-14)
if(MOLD AND NOT CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
  add_link_options(-fuse-ld=mold)
elseif(LLD)
  add_link_options(-fuse-ld=lld)
endif()

# The same bits on every platform: no fused multiply-add, no reassociation.
add_compile_options(-Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor -Woverloaded-virtual -Wconversion
                    -Wno-sign-conversion -Werror -ffp-contract=off)
# gcc 12 reports members of an empty std::optional as maybe uninitialized (its bug 105562 and kin).
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  add_compile_options(-Wno-maybe-uninitialized)
endif()
if(CAUSAL_GYM_SANITIZE)
  add_compile_options(-fsanitize=${CAUSAL_GYM_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
  add_link_options(-fsanitize=${CAUSAL_GYM_SANITIZE})
endif()
if(CAUSAL_GYM_FUZZ)
  add_compile_options(-fsanitize=fuzzer-no-link)
endif()

add_library(causal_gym_options INTERFACE)
target_include_directories(causal_gym_options INTERFACE ${CMAKE_SOURCE_DIR})
target_link_libraries(causal_gym_options INTERFACE Threads::Threads)

# Two precompiled headers serve every target: one for libraries and programs, one for tests. Compiling one costs
# seconds, so no target has its own. What ccache compares is a checksum of its text with every header it reaches: the
# compiled header itself differs from one checkout to the next.
function(causal_gym_precompile name header)
  file(CONFIGURE OUTPUT ${CMAKE_BINARY_DIR}/${name}.cc CONTENT "")
  add_library(${name} OBJECT ${CMAKE_BINARY_DIR}/${name}.cc)
  target_link_libraries(${name} PRIVATE causal_gym_options ${ARGN})
  target_precompile_headers(${name} PRIVATE ${CMAKE_SOURCE_DIR}/cmake/${header})
  execute_process(COMMAND ${CMAKE_CXX_COMPILER} -std=c++20 -E -P -I${CMAKE_SOURCE_DIR} ${CMAKE_SOURCE_DIR}/cmake/${header}
                  OUTPUT_VARIABLE text RESULT_VARIABLE failed ERROR_QUIET)
  if(CCACHE AND NOT failed)
    string(SHA1 checksum "${text}")
    set(compiled ${CMAKE_CURRENT_BINARY_DIR}/CMakeFiles/${name}.dir/cmake_pch.hxx)
    foreach(suffix gch pch)
      file(CONFIGURE OUTPUT ${compiled}.${suffix}.sum CONTENT "${checksum}")
    endforeach()
  endif()
endfunction()
causal_gym_precompile(precompiled precompiled.h)
if(CAUSAL_GYM_TESTS)
  causal_gym_precompile(precompiled_test precompiled_test.h GTest::gmock GTest::gtest)
endif()

# causal_gym_module(NAME DEPS library...): a library of this folder's sources and its test program NAME_test.
function(causal_gym_module name)
  cmake_parse_arguments(MODULE "" "" "DEPS" ${ARGN})
  file(GLOB sources CONFIGURE_DEPENDS *.cc)
  set(tests ${sources})
  list(FILTER sources EXCLUDE REGEX "_test\\.cc$")
  list(FILTER tests INCLUDE REGEX "_test\\.cc$")
  if(sources)
    add_library(${name} STATIC ${sources})
    target_link_libraries(${name} PUBLIC causal_gym_options ${MODULE_DEPS})
    target_precompile_headers(${name} REUSE_FROM precompiled)
  else()
    add_library(${name} INTERFACE)
    target_link_libraries(${name} INTERFACE causal_gym_options ${MODULE_DEPS})
  endif()
  if(tests)
    causal_gym_test(${name}_test SOURCES ${tests} DEPS ${name})
  endif()
endfunction()

# causal_gym_test(NAME SOURCES file... DEPS library...): one test program, run by ctest as one test, which fails when
# a test in it skips without being on tests/allowed_skips.txt.
function(causal_gym_test name)
  if(NOT CAUSAL_GYM_TESTS)
    return()
  endif()
  cmake_parse_arguments(TEST "" "" "SOURCES;DEPS" ${ARGN})
  add_executable(${name} ${TEST_SOURCES})
  target_link_libraries(${name} PRIVATE causal_gym_options ${TEST_DEPS} GTest::gmock GTest::gtest_main)
  target_precompile_headers(${name} REUSE_FROM precompiled_test)
  # Only where it is used: ccache finds nothing again under another path.
  foreach(source ${TEST_SOURCES})
    file(STRINGS ${source} uses REGEX "CAUSAL_GYM_SOURCE_DIR")
    if(uses)
      set_source_files_properties(${source} PROPERTIES COMPILE_DEFINITIONS CAUSAL_GYM_SOURCE_DIR="${CMAKE_SOURCE_DIR}")
    endif()
  endforeach()
  add_test(NAME ${name} COMMAND ${Python3_EXECUTABLE} ${CMAKE_SOURCE_DIR}/tools/run_test $<TARGET_FILE:${name}>
           ${CMAKE_BINARY_DIR}/test_results/${name}.xml)
  set_tests_properties(${name} PROPERTIES TIMEOUT 900)
endfunction()
