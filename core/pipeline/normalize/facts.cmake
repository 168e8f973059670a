# Normalizers of the values that say something about somebody (fact_values.hpp).
coterie_library(
  fact_values
  SOURCES fact_text.cpp icu_names.cpp number_text.cpp count.cpp share.cpp time_value.cpp place.cpp
          language.cpp topic.cpp flag.cpp money.cpp status.cpp text_value.cpp
  TESTS count_test.cpp share_test.cpp time_value_test.cpp place_test.cpp language_test.cpp
        topic_test.cpp flag_test.cpp money_test.cpp status_test.cpp text_value_test.cpp
        fact_corpus_test.cpp fact_properties_test.cpp
  DEPENDS base identity_values
  LIBRARIES ICU::i18n ICU::uc)
