# One interface target carries what all of our own code is compiled with; nothing is set globally.
add_library(easel_flags INTERFACE)
target_include_directories(easel_flags INTERFACE ${PROJECT_SOURCE_DIR})
target_compile_options(easel_flags INTERFACE
  -Wall -Wextra -Wshadow -Wnon-virtual-dtor -Woverloaded-virtual -Wimplicit-fallthrough -Werror)
# GCC 12 sees overlaps in inlined std::string concatenations that cannot be (its bug 105651).
target_compile_options(easel_flags INTERFACE $<$<CXX_COMPILER_ID:GNU>:-Wno-restrict>)
# For ccache, which reads what the preprocessor says of a precompiled header.
target_compile_options(easel_flags INTERFACE $<$<CXX_COMPILER_ID:GNU>:-fpch-preprocess>)
# GCC collects its garbage from 128 MB on, over and over in a file full of templates; a tenth of its time.
target_compile_options(easel_flags INTERFACE $<$<CXX_COMPILER_ID:GNU>:--param=ggc-min-heapsize=524288>)
# Bound at start: the loader that binds a function at its first call leaves the registers, and what they hold of a key,
# on the stack (RIGHT-3), and a table of functions that stays writable.
target_link_options(easel_flags INTERFACE -fuse-ld=lld -Wl,-z,relro,-z,now)

set(EASEL_SANITIZER "" CACHE STRING "address, undefined, address,undefined, or nothing")
if(EASEL_SANITIZER)
  # With a sanitizer's checks in between, GCC 12 takes members of std::optional and tl::expected for uninitialized.
  target_compile_options(easel_flags INTERFACE -fsanitize=${EASEL_SANITIZER} -Wno-maybe-uninitialized)
  target_link_options(easel_flags INTERFACE -fsanitize=${EASEL_SANITIZER})
endif()
if(EASEL_SANITIZER MATCHES "address")
  target_compile_options(easel_flags INTERFACE -fno-omit-frame-pointer)
endif()
if(EASEL_SANITIZER MATCHES "undefined")
  # CAF's headers bind references to null on purpose; these four checks would fire inside them.
  target_compile_options(easel_flags INTERFACE -fno-sanitize=null,object-size,alignment,vptr -fno-sanitize-recover=all)
endif()

# Several files in one translation unit: each of them alone parses and instantiates the same headers again, which is half
# of a build from nothing. The names in anonymous namespaces of one target must differ for that. Off where one file at a
# time is built anew (the dev preset), and where each has to include what it uses (ubsan).
option(EASEL_UNITY "Compile several files of a target in one translation unit" ON)
if(EASEL_UNITY)
  set(CMAKE_UNITY_BUILD ON)
  set(CMAKE_UNITY_BUILD_BATCH_SIZE 8)
  # The files are included, so that GCC takes their anonymous namespaces for those of a header; and what a local name
  # shadows in another file does not matter.
  target_compile_options(easel_flags INTERFACE $<$<CXX_COMPILER_ID:GNU>:-Wno-subobject-linkage;-Wno-shadow;-Wshadow=local>)
endif()

# Tests are compiled once and run once: what -O2 adds to -O1 takes longer than it saves.
function(easel_test_flags target)
  target_compile_options(${target} PRIVATE $<$<CONFIG:RelWithDebInfo>:-O1>)
endfunction()

# easel_library(NAME SOURCES... ): one static library per layer.
function(easel_library name)
  add_library(${name} STATIC ${ARGN})
  target_link_libraries(${name} PUBLIC easel_flags)
endfunction()

# easel_test(NAME LABELS l... SOURCES s... LIBRARIES l... [HEADERS set] [TIMEOUT seconds]): a Boost.Test program as one
# ctest entry. HEADERS names a set of PrecompiledHeaders.cmake.
function(easel_test name)
  cmake_parse_arguments(arg "" "HEADERS;TIMEOUT" "LABELS;SOURCES;LIBRARIES" ${ARGN})
  add_executable(${name} ${arg_SOURCES})
  target_link_libraries(${name} PRIVATE easel_flags ${arg_LIBRARIES} Boost::unit_test_framework)
  target_compile_definitions(${name} PRIVATE BOOST_TEST_DYN_LINK)
  if(NOT arg_HEADERS)
    set(arg_HEADERS tests)
  endif()
  easel_test_flags(${name})
  easel_precompiled(${arg_HEADERS} ${name})
  # Boost.Test makes a main() of the first inclusion, which must be the file's own.
  set(mains ${arg_SOURCES})
  list(FILTER mains INCLUDE REGEX "main[^/]*$")
  set_source_files_properties(${mains} PROPERTIES SKIP_PRECOMPILE_HEADERS ON SKIP_UNITY_BUILD_INCLUSION ON)
  add_test(NAME ${name} COMMAND ${name} --report_level=short --color_output=no)
  if(EASEL_SANITIZER)
    math(EXPR arg_TIMEOUT "${arg_TIMEOUT} * 5") # checks cost time
  endif()
  set_tests_properties(${name} PROPERTIES LABELS "${arg_LABELS}" TIMEOUT ${arg_TIMEOUT})
endfunction()
