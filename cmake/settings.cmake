# What every target of ours compiles with. Linked privately, so it never reaches third-party code.
add_library(bramley_settings INTERFACE)
target_include_directories(bramley_settings INTERFACE ${PROJECT_SOURCE_DIR})
target_compile_options(bramley_settings INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wswitch -Wnon-virtual-dtor -Wold-style-cast -Woverloaded-virtual
  -fstack-protector-strong)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
  # Wrong for every "text" + std::string when optimizing: https://gcc.gnu.org/bugzilla/show_bug.cgi?id=105651
  target_compile_options(bramley_settings INTERFACE -Wno-restrict)
endif()
if(BRAMLEY_WERROR)
  target_compile_options(bramley_settings INTERFACE -Werror)
endif()
if(BRAMLEY_SANITIZE)
  add_compile_options(-fsanitize=${BRAMLEY_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
  add_link_options(-fsanitize=${BRAMLEY_SANITIZE})
  add_compile_definitions(_GLIBCXX_ASSERTIONS)
  if(BRAMLEY_SANITIZE MATCHES "undefined")
    add_compile_definitions(BRAMLEY_UBSAN)
  endif()
endif()
if(BRAMLEY_FUZZ)
  # Everything counts its branches, so that libFuzzer sees what an input reaches.
  add_compile_options(-fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all)
  add_link_options(-fsanitize=address,undefined)
endif()
if(CMAKE_BUILD_TYPE STREQUAL "Release")
  add_compile_definitions(_FORTIFY_SOURCE=2)
endif()
find_package(Threads REQUIRED)

# Whoever has ccache gets it; nobody needs it.
find_program(CCACHE ccache)
mark_as_advanced(CCACHE)
if(CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  # What ccache(1) asks for where headers are precompiled.
  set(CMAKE_CXX_COMPILER_LAUNCHER env CCACHE_SLOPPINESS=pch_defines,time_macros ${CCACHE})
endif()
