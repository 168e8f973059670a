# What every target of this tree is built with, and the libraries it may use.
set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_CXX_VISIBILITY_PRESET hidden)
# For all alike, programs too, so that one precompiled header serves every target.
add_compile_options(-fPIC -pthread)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
# The program runs from the build folder as it does when installed: bin/ beside lib/coterie/plugins/.
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/bin)
set(COTERIE_PLUGIN_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/lib/coterie/plugins)

# Not where CMAKE_INSTALL_LIBDIR may say: the program looks for plugins in ../lib/coterie/plugins.
set(COTERIE_PLUGIN_INSTALL_DIRECTORY lib/coterie/plugins)
# The loader trusts no plugin that others may write to, whatever the umask of who installs is.
set(CMAKE_INSTALL_DEFAULT_DIRECTORY_PERMISSIONS
    OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE WORLD_READ WORLD_EXECUTE)

find_program(CCACHE_PROGRAM ccache)
if(CCACHE_PROGRAM AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  # By itself ccache keeps nothing that was built with a precompiled header, and what it keeps is of
  # use in the same folder alone. So a second clone, or a second worktree, takes seconds.
  set(launcher ${CMAKE_COMMAND} -E env CCACHE_SLOPPINESS=pch_defines,time_macros
               CCACHE_BASEDIR=${PROJECT_SOURCE_DIR} CCACHE_NOHASHDIR=1 ${CCACHE_PROGRAM})
  set(CMAKE_C_COMPILER_LAUNCHER ${launcher})
  set(CMAKE_CXX_COMPILER_LAUNCHER ${launcher})
endif()

find_package(Threads REQUIRED)
find_package(Boost 1.74 REQUIRED)
find_package(fmt REQUIRED)
find_package(nlohmann_json REQUIRED)
find_package(yaml-cpp REQUIRED)
find_package(simdjson REQUIRED)
find_package(SQLite3 REQUIRED)
find_package(ICU REQUIRED COMPONENTS uc i18n data)
find_package(CLI11 REQUIRED)
find_package(CURL 7.85 REQUIRED)
find_package(OpenSSL 3.0 REQUIRED COMPONENTS Crypto)
find_package(ZLIB REQUIRED)
find_package(PkgConfig REQUIRED)
pkg_check_modules(zstd REQUIRED IMPORTED_TARGET libzstd)
pkg_check_modules(xxhash REQUIRED IMPORTED_TARGET libxxhash)
pkg_check_modules(libzip REQUIRED IMPORTED_TARGET libzip)
pkg_check_modules(sodium REQUIRED IMPORTED_TARGET libsodium)
pkg_check_modules(re2 REQUIRED IMPORTED_TARGET re2)
pkg_check_modules(xlsxwriter REQUIRED IMPORTED_TARGET xlsxwriter)
find_library(PHONENUMBER_LIBRARY phonenumber REQUIRED)

add_library(coterie_options INTERFACE)
target_compile_options(
  coterie_options INTERFACE -Wall -Wextra -Wpedantic -Wconversion -Wshadow
                            $<$<BOOL:${COTERIE_WERROR}>:-Werror>
  # g++ 12 sees overflows and uninitialized bytes in std::string that are not there
  # (gcc.gnu.org/PR105651, PR105329).
  $<$<CXX_COMPILER_ID:GNU>:-Wno-array-bounds -Wno-maybe-uninitialized -Wno-restrict
                               -Wno-stringop-overflow>)
target_compile_definitions(coterie_options INTERFACE BOOST_DLL_USE_STD_FS)
target_include_directories(coterie_options INTERFACE ${PROJECT_SOURCE_DIR}/core)
if(COTERIE_SANITIZE)
  add_compile_options(-fsanitize=${COTERIE_SANITIZE} -fno-omit-frame-pointer
                      -fno-sanitize-recover=all)
  add_link_options(-fsanitize=${COTERIE_SANITIZE})
endif()

# Plugins in Coterie's own tree are held to its warnings, without seeing core/.
add_library(coterie_plugin_warnings INTERFACE)
target_compile_options(
  coterie_plugin_warnings INTERFACE -Wall -Wextra -Wpedantic -Wconversion -Wshadow
                                    $<$<BOOL:${COTERIE_WERROR}>:-Werror>)

# Precompiled headers: the standard library and JSON are most of what a file reads. One for the core, one for plugins,
# which are position-independent and hide their symbols, and one for tests, which are not worth being optimized.
set(coterie_usual_headers
    <algorithm> <array> <chrono> <cstdint> <filesystem> <functional> <map> <memory> <optional> <set> <span> <string>
    <string_view> <unordered_map> <utility> <variant> <vector> <nlohmann/json.hpp>)
add_library(coterie_pch OBJECT ${PROJECT_SOURCE_DIR}/cmake/pch.cpp)
target_link_libraries(coterie_pch PRIVATE coterie_options nlohmann_json::nlohmann_json fmt::fmt Threads::Threads)
target_precompile_headers(coterie_pch PRIVATE ${coterie_usual_headers} <fmt/format.h>)

add_library(coterie_plugin_pch OBJECT ${PROJECT_SOURCE_DIR}/cmake/pch.cpp)
target_link_libraries(coterie_plugin_pch PRIVATE coterie_plugin_warnings nlohmann_json::nlohmann_json Threads::Threads)
set_target_properties(coterie_plugin_pch PROPERTIES POSITION_INDEPENDENT_CODE ON CXX_VISIBILITY_PRESET hidden
                                                    VISIBILITY_INLINES_HIDDEN ON)
target_precompile_headers(coterie_plugin_pch PRIVATE ${coterie_usual_headers})

if(COTERIE_BUILD_TESTS)
  find_package(GTest REQUIRED)
  add_library(coterie_test_pch OBJECT ${PROJECT_SOURCE_DIR}/cmake/pch.cpp)
  target_link_libraries(coterie_test_pch PRIVATE coterie_options nlohmann_json::nlohmann_json fmt::fmt Threads::Threads
                                                 GTest::gmock GTest::gtest)
  target_compile_options(coterie_test_pch PRIVATE -O0)
  target_precompile_headers(coterie_test_pch PRIVATE ${coterie_usual_headers} <fmt/format.h> <gmock/gmock.h>
                                                     <gtest/gtest.h>)
endif()

# What a program of tests is compiled with.
function(coterie_test_target target)
  target_compile_options(${target} PRIVATE -O0)
  target_precompile_headers(${target} REUSE_FROM coterie_test_pch)
endfunction()

# One target a folder of core/, one namespace: coterie_library(store SOURCES a.cpp DEPENDS base TESTS a_test.cpp)
# DEPENDS names other folders of core/, LIBRARIES anything else.
function(coterie_library name)
  cmake_parse_arguments(ARG "" "" "SOURCES;TESTS;DEPENDS;LIBRARIES" ${ARGN})
  add_library(coterie_${name} STATIC ${ARG_SOURCES})
  add_library(coterie::${name} ALIAS coterie_${name})
  list(TRANSFORM ARG_DEPENDS PREPEND coterie::)
  target_link_libraries(
    coterie_${name}
    PUBLIC coterie::sdk ${ARG_DEPENDS} fmt::fmt nlohmann_json::nlohmann_json Threads::Threads
    PRIVATE coterie_options ${ARG_LIBRARIES})
  target_precompile_headers(coterie_${name} REUSE_FROM coterie_pch)
  foreach(test ${ARG_TESTS})
    set_property(GLOBAL APPEND PROPERTY COTERIE_UNIT_TESTS ${CMAKE_CURRENT_SOURCE_DIR}/${test})
  endforeach()
  if(ARG_TESTS)
    set_property(GLOBAL APPEND PROPERTY COTERIE_UNIT_TEST_LIBRARIES coterie::${name} ${ARG_LIBRARIES})
  endif()
endfunction()
