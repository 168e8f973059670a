# Normalizers of the values that say something about somebody (fact_values.hpp).
coterie_library(
  fact_values
  SOURCES fact_text.cpp icu_names.cpp number_text.cpp count.cpp share.cpp time_value.cpp place.cpp language.cpp
          topic.cpp flag.cpp money.cpp status.cpp text_value.cpp
  DEPENDS base identity_values
  LIBRARIES ICU::i18n ICU::uc)
