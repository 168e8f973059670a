# What is installed beside the programs and plugins, which each say so themselves: the SDK's headers
# and package, the schemas and the documents. find_package(Coterie) then gives Coterie::sdk and
# coterie_add_plugin; tests/install builds a plugin with it.
include(CMakePackageConfigHelpers)

set(package_folder lib/cmake/Coterie)
install(TARGETS coterie_sdk EXPORT CoterieTargets FILE_SET HEADERS DESTINATION
        ${CMAKE_INSTALL_INCLUDEDIR})
install(EXPORT CoterieTargets NAMESPACE Coterie:: DESTINATION ${package_folder})
# Apart, since they need libraries that who writes another kind of connector need not have.
install(TARGETS coterie_net EXPORT CoterieNetTargets ARCHIVE DESTINATION lib/coterie)
install(EXPORT CoterieNetTargets NAMESPACE Coterie:: DESTINATION ${package_folder})
install(TARGETS coterie_http EXPORT CoterieHttpTargets ARCHIVE DESTINATION lib/coterie)
install(EXPORT CoterieHttpTargets NAMESPACE Coterie:: DESTINATION ${package_folder})
install(TARGETS coterie_location EXPORT CoterieLocationTargets ARCHIVE DESTINATION lib/coterie)
install(EXPORT CoterieLocationTargets NAMESPACE Coterie:: DESTINATION ${package_folder})
install(TARGETS coterie_rest EXPORT CoterieRestTargets ARCHIVE DESTINATION lib/coterie)
install(EXPORT CoterieRestTargets NAMESPACE Coterie:: DESTINATION ${package_folder})
configure_package_config_file(
  ${PROJECT_SOURCE_DIR}/cmake/CoterieConfig.cmake.in ${PROJECT_BINARY_DIR}/CoterieConfig.cmake
  INSTALL_DESTINATION ${package_folder}
  PATH_VARS CMAKE_INSTALL_BINDIR)
# Until 1.0 a minor version may change the SDK.
write_basic_package_version_file(
  ${PROJECT_BINARY_DIR}/CoterieConfigVersion.cmake COMPATIBILITY SameMinorVersion ARCH_INDEPENDENT)
install(FILES ${PROJECT_BINARY_DIR}/CoterieConfig.cmake
              ${PROJECT_BINARY_DIR}/CoterieConfigVersion.cmake
              ${PROJECT_SOURCE_DIR}/cmake/CoterieAddPlugin.cmake
        DESTINATION ${package_folder})

install(DIRECTORY ${PROJECT_SOURCE_DIR}/schemas/ DESTINATION ${CMAKE_INSTALL_DATADIR}/coterie/schemas
        FILES_MATCHING PATTERN *.json)
install(DIRECTORY ${PROJECT_SOURCE_DIR}/docs/ DESTINATION ${CMAKE_INSTALL_DOCDIR}
        FILES_MATCHING PATTERN *.md)
foreach(document README.md CHANGELOG.md LICENSE)
  if(EXISTS ${PROJECT_SOURCE_DIR}/${document})
    install(FILES ${PROJECT_SOURCE_DIR}/${document} DESTINATION ${CMAKE_INSTALL_DOCDIR})
  endif()
endforeach()
