# bramley_layer(NAME FOLDER [USES layer...] [THIRD_PARTY target...])
# One folder, one static library. Third parties are linked privately: their headers stay inside the folder.
# tests/lint/check_layers.py holds the includes to the same picture.
function(bramley_layer name)
  cmake_parse_arguments(ARG "" "" "USES;THIRD_PARTY" ${ARGN})
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*.cpp)
  if(NOT sources)
    add_library(${name} INTERFACE)
    target_link_libraries(${name} INTERFACE ${ARG_USES})
    return()
  endif()
  add_library(${name} STATIC ${sources})
  target_link_libraries(${name} PUBLIC ${ARG_USES} PRIVATE bramley_settings ${ARG_THIRD_PARTY} Threads::Threads)
endfunction()
