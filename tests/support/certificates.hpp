#pragma once

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>

namespace easel::tests {

/// A folder of its own, gone with its owner.
class scratch_folder {
public:
  scratch_folder() {
    std::string name = (std::filesystem::temp_directory_path() / "easel-test.XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr)
      throw std::runtime_error("no temporary folder");
    path_ = name;
  }
  ~scratch_folder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  scratch_folder(const scratch_folder&) = delete;
  scratch_folder& operator=(const scratch_folder&) = delete;

  [[nodiscard]] std::string file(const std::string& name) const { return (path_ / name).string(); }
  std::string write(const std::string& name, const std::string& content) const {
    std::ofstream(file(name), std::ios::binary) << content;
    return file(name);
  }
  [[nodiscard]] std::string read(const std::string& name) const {
    std::ifstream in(file(name), std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }

private:
  std::filesystem::path path_;
};

/// Authorities and certificates of a test, made by the openssl program: NAME.pem and NAME.key.
class certificate_workshop : public scratch_folder {
public:
  void authority(const std::string& name, int days = 30, const std::string& common_name = "test authority") const {
    run("req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout " + file(name + ".key") + " -out "
        + file(name + ".pem") + " -subj '/CN=" + common_name + "' -days " + std::to_string(days));
  }

  /// Negative days: expired when it is made.
  void certificate(const std::string& name, const std::string& authority, int days = 30) const {
    run("req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout " + file(name + ".key") + " -out "
        + file(name + ".csr") + " -subj '/CN=" + name + ".test'");
    run("x509 -req -in " + file(name + ".csr") + " -CA " + file(authority + ".pem") + " -CAkey "
        + file(authority + ".key") + " -out " + file(name + ".pem") + " -days " + std::to_string(days));
  }

  void run(const std::string& words) const {
    // NOLINTNEXTLINE(concurrency-mt-unsafe): tests of one program run one after the other
    if (std::system(("openssl " + words + " >/dev/null 2>&1").c_str()) != 0)
      throw std::runtime_error("openssl " + words);
  }
};

} // namespace easel::tests
