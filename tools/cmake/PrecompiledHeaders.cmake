# Headers of other people that are parsed once instead of in every file, which was most of a file's compile time. Our own
# headers are never among them, so that a change to one rebuilds only its users. A file still includes what it uses: the
# ubsan preset builds without, and finds the one that forgot.
option(EASEL_PRECOMPILE "Parse the headers of libraries once" ON)

set(easel_standard_headers
  <algorithm> <array> <atomic> <charconv> <chrono> <cstddef> <cstdint> <deque> <functional> <map> <memory> <mutex>
  <optional> <set> <span> <stdexcept> <string> <string_view> <unordered_map> <utility> <variant> <vector>)
set(easel_caf_headers
  <caf/actor.hpp> <caf/actor_system.hpp> <caf/actor_system_config.hpp> <caf/allowed_unsafe_message_type.hpp>
  <caf/event_based_actor.hpp> <caf/send.hpp>)

# easel_header_set(NAME HEADERS h... LIBRARIES l...): the set, and a target that compiles it.
function(easel_header_set name)
  cmake_parse_arguments(arg "" "" "HEADERS;LIBRARIES" ${ARGN})
  set(empty ${CMAKE_CURRENT_BINARY_DIR}/precompiled/${name}.cpp)
  file(GENERATE OUTPUT ${empty} CONTENT "// The headers are the content.\n")
  add_library(easel_headers_${name} OBJECT ${empty})
  target_link_libraries(easel_headers_${name} PRIVATE easel_flags ${arg_LIBRARIES})
  target_precompile_headers(easel_headers_${name} PRIVATE ${arg_HEADERS})
  if("Boost::unit_test_framework" IN_LIST arg_LIBRARIES)
    target_compile_definitions(easel_headers_${name} PRIVATE BOOST_TEST_DYN_LINK)
  endif()
endfunction()

# easel_precompiled(SET TARGET...): the targets see the set's headers already parsed.
function(easel_precompiled set)
  if(EASEL_PRECOMPILE)
    foreach(target IN LISTS ARGN)
      target_precompile_headers(${target} REUSE_FROM easel_headers_${set})
    endforeach()
  endif()
endfunction()

if(EASEL_PRECOMPILE)
  # GCC 12 forgets that an inlined std::string came from a system header, and reports overlaps that cannot be.
  target_compile_options(easel_flags INTERFACE
    $<$<CXX_COMPILER_ID:GNU>:-Wno-array-bounds;-Wno-stringop-overflow;-Wno-stringop-overread>)
  easel_header_set(standard HEADERS ${easel_standard_headers})
  easel_header_set(json HEADERS ${easel_standard_headers} <nlohmann/json.hpp> LIBRARIES nlohmann_json::nlohmann_json)
  easel_header_set(actors HEADERS ${easel_standard_headers} ${easel_caf_headers} LIBRARIES caf_core)
  if(BUILD_TESTING)
    easel_header_set(tests
      HEADERS ${easel_standard_headers} <nlohmann/json.hpp> <boost/test/unit_test.hpp>
      LIBRARIES nlohmann_json::nlohmann_json Boost::unit_test_framework)
    easel_header_set(actor_tests
      HEADERS ${easel_standard_headers} ${easel_caf_headers} <boost/test/unit_test.hpp>
      LIBRARIES caf_core Boost::unit_test_framework)
    easel_test_flags(easel_headers_tests)
    easel_test_flags(easel_headers_actor_tests)
  endif()
endif()
