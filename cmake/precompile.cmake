# Parsing the language's own headers costs a third of a second a file, and Google Test's another third. Where
# BRAMLEY_PCH is on they are parsed once; the lint preset does without, so that a missing include is noticed.

# ccache(1): so that it knows what came out of a precompiled header.
function(bramley_keep_in_cache target)
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    target_compile_options(${target} PRIVATE -fpch-preprocess)
  endif()
endfunction()

# bramley_precompiled_headers(NAME HEADER [LINK target...]): what others reuse, made once, with the flags of this folder.
function(bramley_precompiled_headers name header)
  cmake_parse_arguments(ARG "" "" "LINK" ${ARGN})
  if(NOT BRAMLEY_PCH)
    return()
  endif()
  add_library(${name} OBJECT ${PROJECT_SOURCE_DIR}/cmake/precompiled.cpp)
  target_link_libraries(${name} PRIVATE bramley_settings ${ARG_LINK} Threads::Threads)
  target_precompile_headers(${name} PRIVATE ${PROJECT_SOURCE_DIR}/cmake/${header})
  bramley_keep_in_cache(${name})
endfunction()

# bramley_precompile(TARGET NAME): nothing where NAME was not made.
function(bramley_precompile target name)
  if(TARGET ${name})
    target_precompile_headers(${target} REUSE_FROM ${name})
    bramley_keep_in_cache(${target})
  endif()
endfunction()
