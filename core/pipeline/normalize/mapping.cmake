# The mapping language, the normalize stage and its preview.
coterie_library(
  normalize
  SOURCES mapping_json.cpp mapping_compile.cpp mapping_read.cpp mapping_apply.cpp
          mapping_schema.cpp normalize.cpp preview.cpp
  TESTS mapping_json_test.cpp mapping_compile_test.cpp mapping_apply_test.cpp preview_test.cpp
  DEPENDS base record config identity_values fact_values
  LIBRARIES PkgConfig::re2 simdjson::simdjson)
