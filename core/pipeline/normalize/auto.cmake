# `mapping: auto`: lexicons, inference, drift. The lexicons are data in config/lexicon.
file(GLOB lexicon_files CONFIGURE_DEPENDS RELATIVE ${PROJECT_SOURCE_DIR}/config/lexicon
     ${PROJECT_SOURCE_DIR}/config/lexicon/*.yaml ${PROJECT_SOURCE_DIR}/config/lexicon/exports/*.yaml)
set(COTERIE_LEXICON_FILES "")
foreach(lexicon_file ${lexicon_files})
  file(READ ${PROJECT_SOURCE_DIR}/config/lexicon/${lexicon_file} lexicon_text)
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS
                                         ${PROJECT_SOURCE_DIR}/config/lexicon/${lexicon_file})
  string(APPEND COTERIE_LEXICON_FILES
         "    LexiconFile{\"${lexicon_file}\", R\"lexicon(${lexicon_text})lexicon\"},\n")
endforeach()
configure_file(auto/built_in.cpp.in auto_built_in.cpp @ONLY)
install(DIRECTORY ${PROJECT_SOURCE_DIR}/config/lexicon DESTINATION ${CMAKE_INSTALL_DATADIR}/coterie
        FILES_MATCHING PATTERN *.yaml)

coterie_library(
  automap
  SOURCES auto/columns.cpp auto/lexicon.cpp auto/header.cpp auto/decide.cpp auto/infer.cpp auto/write.cpp auto/drift.cpp
          ${CMAKE_CURRENT_BINARY_DIR}/auto_built_in.cpp
  TESTS auto/infer_test.cpp auto/drift_test.cpp
  DEPENDS base record config normalize identity_values fact_values)
