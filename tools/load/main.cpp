#include "tools/load/load.hpp"

#include <csignal>
#include <iostream>
#include <string_view>

int main(int argc, char** argv) {
  if (argc == 2 && std::string_view(argv[1]) == "--help") {
    std::cout << easel::load::usage;
    return 0;
  }
  const auto what = easel::load::read_options(argc, argv);
  if (!what) {
    std::cerr << "easel-load: " << what.error() << '\n' << easel::load::usage;
    return 2;
  }
  std::signal(SIGPIPE, SIG_IGN);
  std::cout << easel::load::run(*what).dump() << '\n';
}
