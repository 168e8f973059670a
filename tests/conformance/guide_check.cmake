# cmake -DGUIDE=plugins.md -DFILES="a;b" -P guide_check.cmake: each file stands in the guide, word for word.
file(READ ${GUIDE} guide)
foreach(path ${FILES})
  file(READ ${path} text)
  string(FIND "${guide}" "${text}" at)
  if(at EQUAL -1)
    message(FATAL_ERROR "${GUIDE} does not hold ${path} as it is; copy the file into the guide")
  endif()
endforeach()
