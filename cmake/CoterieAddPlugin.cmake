# coterie_add_plugin(NAME SOURCES a.cpp … [TESTS a_test.cpp …] [LIBRARIES lib …])
#
# Builds one connector out of the folder that calls it: NAME/NAME.so with manifest.json and, where
# there is one, mapping.yaml beside it. The library sees coterie::sdk and LIBRARIES, nothing else of
# Coterie, and exports its entry point only. The conformance kit runs over each *.json in the folder
# conformance/, or over conformance.json. TESTS (GoogleTest), with SOURCES less the entry point, are
# one program: coterie_unit_tests in Coterie's own tree, elsewhere coterie_plugin_NAME_tests.
#
# Elsewhere tests are built where BUILD_TESTING is on (include(CTest) before this, or set it), the
# plugin lands in the build folder's lib/coterie/plugins (COTERIE_PLUGIN_OUTPUT_DIRECTORY), fit for
# COTERIE_PLUGIN_PATH, and is installed where Coterie looks for plugins.
function(coterie_add_plugin name)
  cmake_parse_arguments(ARG "" "" "SOURCES;TESTS;LIBRARIES" ${ARGN})
  if(NOT ARG_SOURCES)
    message(FATAL_ERROR "coterie_add_plugin(${name}): SOURCES is empty")
  endif()
  set(manifest ${CMAKE_CURRENT_SOURCE_DIR}/manifest.json)
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${manifest})
  file(READ ${manifest} manifest_text)
  string(JSON version GET "${manifest_text}" version)
  string(JSON manifest_name GET "${manifest_text}" name)
  if(NOT manifest_name STREQUAL name)
    message(FATAL_ERROR "coterie_add_plugin(${name}): ${manifest} names '${manifest_name}'")
  endif()
  if(NOT COTERIE_PLUGIN_OUTPUT_DIRECTORY)
    set(COTERIE_PLUGIN_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/lib/coterie/plugins)
  endif()
  set(folder ${COTERIE_PLUGIN_OUTPUT_DIRECTORY}/${name})

  coterie_plugin_code(${name} ${version} "${ARG_SOURCES}" "${ARG_LIBRARIES}")
  add_library(coterie_plugin_${name} MODULE $<TARGET_OBJECTS:coterie_plugin_${name}_code>)
  target_link_libraries(coterie_plugin_${name} PRIVATE Coterie::sdk ${ARG_LIBRARIES})
  coterie_plugin_linking(coterie_plugin_${name})
  set_target_properties(coterie_plugin_${name} PROPERTIES PREFIX "" OUTPUT_NAME ${name}
                                                          LIBRARY_OUTPUT_DIRECTORY ${folder})
  set(data_files ${manifest})
  if(EXISTS ${CMAKE_CURRENT_SOURCE_DIR}/mapping.yaml)
    list(APPEND data_files ${CMAKE_CURRENT_SOURCE_DIR}/mapping.yaml)
  endif()
  set(copies "")
  foreach(file ${data_files})
    get_filename_component(file_name ${file} NAME)
    # The loader refuses files that others may write to, whatever the umask of this build is.
    add_custom_command(
      OUTPUT ${folder}/${file_name}
      COMMAND ${CMAKE_COMMAND} -E copy ${file} ${folder}/${file_name}
      COMMAND chmod go-w ${folder} ${folder}/${file_name}
      DEPENDS ${file}
      VERBATIM)
    list(APPEND copies ${folder}/${file_name})
  endforeach()
  add_custom_target(coterie_plugin_${name}_files DEPENDS ${copies})
  add_dependencies(coterie_plugin_${name} coterie_plugin_${name}_files)
  add_custom_command(TARGET coterie_plugin_${name} POST_BUILD
                     COMMAND chmod go-w $<TARGET_FILE:coterie_plugin_${name}> VERBATIM)

  set(install_folder ${COTERIE_PLUGIN_INSTALL_DIRECTORY}/${name})
  if(NOT COTERIE_PLUGIN_SKIP_INSTALL)
    install(TARGETS coterie_plugin_${name} LIBRARY DESTINATION ${install_folder})
    install(FILES ${data_files} DESTINATION ${install_folder})
  endif()

  if(Coterie_FOUND)
    set(COTERIE_BUILD_TESTS ${BUILD_TESTING})
  endif()
  if(COTERIE_BUILD_TESTS)
    coterie_plugin_unit_tests(${name} ${version} "${ARG_TESTS}" "${ARG_LIBRARIES}")
    coterie_plugin_conformance(${name} ${folder})
  endif()
endfunction()

# coterie_add_rest_plugin(NAME [TESTS a_test.cpp …])
#
# The same for a connector that is a description of an API: api.yaml beside the manifest, and no code
# (docs/guides/rest.md).
function(coterie_add_rest_plugin name)
  cmake_parse_arguments(ARG "" "" "TESTS" ${ARGN})
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/api.yaml
                                         ${CMAKE_CURRENT_SOURCE_DIR}/manifest.json)
  file(READ ${CMAKE_CURRENT_SOURCE_DIR}/api.yaml api)
  file(READ ${CMAKE_CURRENT_SOURCE_DIR}/manifest.json manifest)
  string(JSON kinds GET "${manifest}" kinds)
  if(kinds MATCHES source AND kinds MATCHES destination)
    set(base Connector)
  elseif(kinds MATCHES source)
    set(base SourceConnector)
  else()
    set(base DestinationConnector)
  endif()
  set(source ${CMAKE_CURRENT_BINARY_DIR}/${name}.cpp)
  file(CONFIGURE OUTPUT ${source} @ONLY CONTENT [=[
#include "coterie/rest.hpp"

namespace {

constexpr char kApi[] = R"coterie_api(@api@)coterie_api";
constexpr char kManifest[] = R"coterie_api(@manifest@)coterie_api";

struct Described final : coterie::rest::@base@ {
    explicit Described(const nlohmann::json& config)
        : coterie::rest::@base@(coterie::rest::Engine(config, kApi, kManifest)) {}
};

}  // namespace

COTERIE_EXPORT_CONNECTOR(Described, "@name@");
]=])
  coterie_add_plugin(${name} SOURCES ${source} TESTS ${ARG_TESTS} LIBRARIES Coterie::rest)
endfunction()

# What the plugin's code is compiled with, in the library and in the tests alike.
function(coterie_plugin_target target version)
  target_link_libraries(${target} PRIVATE Coterie::sdk ${ARGN})
  target_compile_definitions(${target} PRIVATE COTERIE_PLUGIN_VERSION="${version}")
  if(TARGET coterie_plugin_warnings)
    target_link_libraries(${target} PRIVATE coterie_plugin_warnings)
  endif()
  set_target_properties(${target} PROPERTIES C_VISIBILITY_PRESET hidden CXX_VISIBILITY_PRESET hidden
                                             VISIBILITY_INLINES_HIDDEN ON POSITION_INDEPENDENT_CODE ON)
  if(TARGET coterie_plugin_pch)
    target_precompile_headers(${target} REUSE_FROM coterie_plugin_pch)
  endif()
endfunction()

# Exports the entry point alone, and lets no symbol be missing until it is called.
function(coterie_plugin_linking target)
  set(version_script ${CMAKE_CURRENT_BINARY_DIR}/${target}.map)
  file(WRITE ${version_script} "{ global: coterie_plugin_entry; local: *; };\n")
  set_target_properties(${target} PROPERTIES LINKER_LANGUAGE CXX LINK_DEPENDS ${version_script})
  target_link_options(${target} PRIVATE -Wl,--version-script=${version_script})
  # clang leaves the sanitizers' runtime to the program that loads the library.
  if(NOT (COTERIE_SANITIZE AND CMAKE_CXX_COMPILER_ID MATCHES Clang))
    target_link_options(${target} PRIVATE -Wl,--no-undefined)
  endif()
endfunction()

# The plugin's sources as objects, for the library and for what tests them.
function(coterie_plugin_code name version sources libraries)
  add_library(coterie_plugin_${name}_code OBJECT ${sources})
  coterie_plugin_target(coterie_plugin_${name}_code ${version} ${libraries})
  target_compile_definitions(coterie_plugin_${name}_code PRIVATE COTERIE_WEAK_ENTRY_POINT)
endfunction()

# The plugin's own tests, with its sources, as objects of coterie_unit_tests.
function(coterie_plugin_unit_tests name version tests libraries)
  if(NOT tests)
    return()
  endif()
  set(target coterie_plugin_${name}_unit_tests)
  find_package(GTest REQUIRED)
  add_library(${target} OBJECT EXCLUDE_FROM_ALL ${tests})
  target_link_libraries(${target} PRIVATE Coterie::sdk ${libraries} GTest::gtest GTest::gmock)
  target_include_directories(${target} PRIVATE ${PROJECT_SOURCE_DIR})
  target_compile_definitions(${target} PRIVATE COTERIE_WEAK_ENTRY_POINT COTERIE_PLUGIN_VERSION="${version}")
  if(COMMAND coterie_test_target)
    target_link_libraries(${target} PRIVATE coterie_options fmt::fmt)
    coterie_test_target(${target})
  endif()
  if(Coterie_FOUND)
    add_executable(coterie_plugin_${name}_tests)
    target_link_libraries(coterie_plugin_${name}_tests
                          PRIVATE ${target} coterie_plugin_${name}_code GTest::gmock GTest::gtest_main)
    add_test(NAME unit.${name} COMMAND coterie_plugin_${name}_tests)
    return()
  endif()
  set_property(GLOBAL APPEND PROPERTY COTERIE_UNIT_TESTS $<TARGET_OBJECTS:${target}>
                                      $<TARGET_OBJECTS:coterie_plugin_${name}_code>)
  set_property(GLOBAL APPEND PROPERTY COTERIE_UNIT_TEST_LIBRARIES coterie::sdk ${libraries})
endfunction()

# One test a case, so that a failure names it. In Coterie's own tree tests/conformance registers them,
# elsewhere the package says where the installed kit is.
function(coterie_plugin_conformance name folder)
  file(GLOB cases CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/conformance/*.json
       ${CMAKE_CURRENT_SOURCE_DIR}/conformance.json)
  foreach(case ${cases})
    if(COTERIE_CONFORMANCE_PROGRAM)
      get_filename_component(case_name ${case} NAME_WE)
      add_test(NAME conformance.${name}.${case_name} COMMAND ${COTERIE_CONFORMANCE_PROGRAM} ${folder}
                                                             ${case})
    else()
      set_property(GLOBAL APPEND PROPERTY COTERIE_CONFORMANCE_CASES "${name}|${folder}|${case}")
    endif()
  endforeach()
endfunction()
