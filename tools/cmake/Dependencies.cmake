# Everything comes from Debian 12 (packages.debian). CAF, SOCI and jemalloc install no CMake package; they get
# targets here.
find_package(Threads REQUIRED)
find_package(OpenSSL 3 REQUIRED)
find_package(fmt REQUIRED) # before restinio, whose package file uses it without asking for it
find_package(restinio REQUIRED)
find_package(nlohmann_json 3.11 REQUIRED)
find_package(simdjson 3 REQUIRED)
find_package(CURL REQUIRED)
find_package(PostgreSQL REQUIRED)
find_package(spdlog REQUIRED)
find_package(tomlplusplus REQUIRED)
find_package(prometheus-cpp REQUIRED)
find_package(Boost 1.74 REQUIRED COMPONENTS unit_test_framework)

function(easel_plain_library target header)
  find_path(${target}_INCLUDE ${header} REQUIRED)
  add_library(${target} INTERFACE IMPORTED GLOBAL)
  target_include_directories(${target} SYSTEM INTERFACE ${${target}_INCLUDE})
  foreach(lib IN LISTS ARGN)
    find_library(${target}_${lib} ${lib} REQUIRED)
    target_link_libraries(${target} INTERFACE ${${target}_${lib}})
  endforeach()
endfunction()

easel_plain_library(caf_core caf/all.hpp caf_core)
easel_plain_library(jemalloc jemalloc/jemalloc.h jemalloc)
easel_plain_library(soci_postgresql soci/soci.h soci_postgresql soci_core)
target_link_libraries(soci_postgresql INTERFACE PostgreSQL::PostgreSQL)
