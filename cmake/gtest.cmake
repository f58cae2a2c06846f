# bramley_add_gtest(TARGET PREFIX): the tests of an executable, as ctest sees them. One by one; but under a sanitizer,
# where a start of the executable takes longer than most of its tests, in four shards whose output says the rest.
include(GoogleTest)

function(bramley_add_gtest target prefix)
  # In the folder that paths in __FILE__ start from, when ccache has made them relative.
  set(folder ${PROJECT_BINARY_DIR})
  if(NOT BRAMLEY_SANITIZE)
    gtest_discover_tests(${target} TEST_PREFIX ${prefix} DISCOVERY_TIMEOUT 60 WORKING_DIRECTORY ${folder})
    return()
  endif()
  set(shards 4)
  math(EXPR last "${shards} - 1")
  foreach(shard RANGE ${last})
    set(name ${prefix}shard_${shard})
    add_test(NAME ${name} COMMAND ${target} WORKING_DIRECTORY ${folder})
    set_tests_properties(${name} PROPERTIES TIMEOUT 900
      ENVIRONMENT "GTEST_TOTAL_SHARDS=${shards};GTEST_SHARD_INDEX=${shard}")
  endforeach()
endfunction()
