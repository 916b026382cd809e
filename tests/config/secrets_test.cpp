#include "config/secrets.hpp"
#include "sample.hpp"

#include <boost/test/unit_test.hpp>

#include <fstream>
#include <stdlib.h>

namespace easel::config::test {

namespace secrets_suite {

namespace fs = std::filesystem;

/// A folder that is gone after the test.
struct scratch_folder {
  scratch_folder() {
    std::string name = (fs::temp_directory_path() / "easel-config-XXXXXX").string();
    BOOST_REQUIRE(::mkdtemp(name.data()) != nullptr);
    path = name;
  }
  ~scratch_folder() { fs::remove_all(path); }
  scratch_folder(const scratch_folder&) = delete;
  scratch_folder& operator=(const scratch_folder&) = delete;

  [[nodiscard]] fs::path write(const std::string& name, const std::string& content, fs::perms mode) const {
    const auto file = path / name;
    std::ofstream(file, std::ios::binary) << content;
    fs::permissions(file, mode);
    return file;
  }

  fs::path path;
};

constexpr auto private_mode = fs::perms::owner_read | fs::perms::owner_write;

} // namespace secrets_suite

BOOST_FIXTURE_TEST_SUITE(secrets_suite, scratch_folder)

BOOST_AUTO_TEST_CASE(a_secret_is_read_from_a_file_beside_the_configuration) {
  std::ignore = write("key", "from-a-file\r\n", private_mode);
  const auto text = with(smallest, "\"k-key\"", R"({ file = "key" })");
  const auto loaded = load_text(text, path / "easel.toml", empty_environment);
  BOOST_REQUIRE(loaded.has_value());
  BOOST_TEST(loaded->upstreams.kie[0].key.reveal() == "from-a-file");
}

BOOST_AUTO_TEST_CASE(a_secret_is_read_from_the_environment) {
  const auto text = with(smallest, "\"k-key\"", R"({ env = "KIE" })");
  const environment env = [](std::string_view name) -> std::optional<std::string> {
    return name == "KIE" ? std::optional<std::string>("from-the-environment") : std::nullopt;
  };
  const auto loaded = load_text(text, "t", env);
  BOOST_REQUIRE(loaded.has_value());
  BOOST_TEST(loaded->upstreams.kie[0].key.reveal() == "from-the-environment");
  BOOST_TEST(holds(mistakes(text), "the environment variable KIE is not set"));
}

BOOST_AUTO_TEST_CASE(a_reference_is_exactly_one_of_the_two) {
  for (const auto* reference : {"{}", "{ env = 'A', file = 'b' }", "{ environment = 'A' }", "{ env = 1 }", "7"})
    BOOST_TEST(holds(mistakes(with(smallest, "\"k-key\"", reference)), "upstream.kie[0].key: must be { env"),
               reference);
}

BOOST_AUTO_TEST_CASE(a_file_that_everybody_may_read_is_refused) {
  const auto file = write("key", "hush", private_mode | fs::perms::others_read);
  const auto secret = read_secret_file(file);
  BOOST_REQUIRE(!secret.has_value());
  BOOST_TEST(secret.error().find("chmod 600") != std::string::npos);
  BOOST_TEST(secret.error().find("hush") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_file_without_a_secret_is_refused) {
  BOOST_TEST(!read_secret_file(write("empty", "\n", private_mode)).has_value());
  BOOST_TEST(!read_secret_file(write("huge", std::string(4097, 'x'), private_mode)).has_value());
  BOOST_TEST(read_secret_file(write("large", std::string(4096, 'x'), private_mode)).has_value());
  BOOST_TEST(!read_secret_file(path).has_value());
  BOOST_TEST(!read_secret_file(path / "missing").has_value());
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace easel::config::test
