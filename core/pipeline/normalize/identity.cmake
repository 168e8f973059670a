# Who somebody is: names, e-mails, phones, profiles; and what a reading is.
coterie_library(
  identity_values
  SOURCES reading.cpp characters.cpp email.cpp person_name.cpp phone.cpp platforms.cpp profile.cpp
  TESTS reading_test.cpp characters_test.cpp email_test.cpp person_name_test.cpp phone_test.cpp profile_test.cpp
  DEPENDS base
  LIBRARIES ICU::uc ${PHONENUMBER_LIBRARY})
