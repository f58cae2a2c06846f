# Parsing the language's own headers costs a third of a second a file, and Google Test's another third. Where
# BRAMLEY_PCH is on they are parsed once; the lint preset does without, so that a missing include is noticed.

# bramley_precompiled_headers(NAME HEADER [LINK target...]): what others reuse, made once, with the flags of this folder.
function(bramley_precompiled_headers name header)
  cmake_parse_arguments(ARG "" "" "LINK" ${ARGN})
  if(NOT BRAMLEY_PCH)
    return()
  endif()
  add_library(${name} OBJECT ${PROJECT_SOURCE_DIR}/cmake/precompiled.cpp)
  target_link_libraries(${name} PRIVATE bramley_settings ${ARG_LINK} Threads::Threads)
  target_precompile_headers(${name} PRIVATE ${PROJECT_SOURCE_DIR}/cmake/${header})
endfunction()

# bramley_precompile(TARGET NAME): nothing where NAME was not made.
function(bramley_precompile target name)
  if(TARGET ${name})
    target_precompile_headers(${target} REUSE_FROM ${name})
  endif()
endfunction()
