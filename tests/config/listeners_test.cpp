#include "sample.hpp"

#include "config/listeners.hpp"
#include "tests/support/certificates.hpp"

#include <boost/test/unit_test.hpp>

namespace easel::config::test {

namespace listeners_suite {

namespace {

struct workshop : tests::certificate_workshop {
  workshop() {
    authority("ca");
    certificate("server", "ca");
  }

  /// The mistakes of a file beside the certificates, without its name.
  [[nodiscard]] std::vector<std::string> mistakes_here(const std::string& more, const std::string& base = smallest,
                                                       const environment& env = empty_environment) const {
    std::vector<std::string> out;
    if (const auto loaded = load_text(base + more, file("easel.toml"), env); !loaded)
      for (const auto& one : loaded.error())
        out.push_back(one.key + ": " + one.reason);
    return out;
  }
};

constexpr std::string_view tls = "[server.tls]\ncertificate = 'server.pem'\nkey = 'server.key'\n";
const std::string edge = std::string(tls) + "client_ca = 'ca.pem'\n";
const std::string open_tls = std::string(tls) + "keep_alive = '1 min'\n";

} // namespace

} // namespace listeners_suite

BOOST_FIXTURE_TEST_SUITE(listeners_suite, workshop)

BOOST_AUTO_TEST_CASE(without_a_certificate_or_a_path_there_is_the_plain_one_alone) {
  const auto loaded = load_text(smallest, "test.toml", empty_environment);
  BOOST_REQUIRE(loaded);
  const auto all = public_listeners(*loaded);
  BOOST_REQUIRE(all.size() == 1u);
  BOOST_TEST(all.front().name == "public");
  BOOST_TEST(!all.front().has_tls());
  BOOST_TEST(!all.front().proves_peers());
}

BOOST_AUTO_TEST_CASE(each_has_limits_of_its_own_and_shares_what_is_said_of_requests) {
  const auto text = smallest + "[server]\nread_timeout = '7 s'\nmax_body = '64 KiB'\n" + edge
                    + "keep_alive = '20 min'\nread_timeout = '9 s'\nmax_connections = 5\n"
                      "[server.unix]\npath = 'edge.sock'\nmode = '0600'\nclient_address_header = 'CF-Connecting-IP'\n";
  const auto loaded = load_text(text, file("easel.toml"), empty_environment);
  BOOST_REQUIRE(loaded);
  const auto all = public_listeners(*loaded);
  BOOST_REQUIRE(all.size() == 3u);
  using namespace std::chrono_literals;
  BOOST_TEST((all[0].read_limit == 7s && all[0].keep_alive_limit == 7s));
  BOOST_TEST((all[1].read_limit == 9s && all[1].keep_alive_limit == 20min));
  BOOST_TEST((all[2].read_limit == 15s && all[2].keep_alive_limit == 16min));
  BOOST_TEST(all[1].max_connections == 5);
  for (const auto& one : all)
    BOOST_TEST(one.soft_body == 64u << 10);
  BOOST_TEST(all[1].tls.certificate == file("server.pem")); // relative to the configuration file
  BOOST_TEST(all[2].socket_path == file("edge.sock"));
  BOOST_TEST(all[2].socket_mode == 0600u);
  BOOST_TEST((all[1].proves_peers() && all[2].proves_peers()));
  BOOST_TEST((all[2].forwarded_by == server::forwarding_header::cf_connecting_ip));
}

BOOST_AUTO_TEST_CASE(files_that_are_not_fit_for_use_are_mistakes) {
  BOOST_TEST(mistakes_here(edge).empty());
  BOOST_TEST(mistakes_here(open_tls).empty());
  certificate("other", "ca");
  certificate("expired", "ca", -1);
  const auto found = [&](std::string_view part, std::string_view other) {
    const auto all = mistakes_here(with(edge, part, other));
    return all.size() == 1 ? all.front() : std::to_string(all.size());
  };
  BOOST_TEST(found("server.key", "other.key").starts_with("server.tls.key: ") == true);
  BOOST_TEST(found("server.key", "other.key").ends_with("does not belong to the certificate") == true);
  BOOST_TEST(found("server.key", "nowhere.key").starts_with("server.tls.key: cannot read ") == true);
  BOOST_TEST(found("server.pem", "nowhere.pem").starts_with("server.tls.certificate: cannot read ") == true);
  BOOST_TEST(found("server.pem", "expired.pem").ends_with("certificate 1 has expired") == true);
  BOOST_TEST(found("ca.pem", "server.key").starts_with("server.tls.client_ca: ") == true);
}

BOOST_AUTO_TEST_CASE(what_belongs_to_a_certificate_needs_one) {
  BOOST_TEST(holds(mistakes_here("[server.tls]\nclient_ca = 'ca.pem'\n"), "server.tls.certificate: is required"));
  BOOST_TEST(holds(mistakes_here("[server.tls]\nkey = 'server.key'\n"), "server.tls.certificate: is required"));
}

BOOST_AUTO_TEST_CASE(only_who_proves_themselves_may_idle_for_long) {
  BOOST_TEST(holds(mistakes_here(std::string(tls)), "server.tls.keep_alive: must not exceed 5 min without"));
}

BOOST_AUTO_TEST_CASE(production_refuses_the_authority_that_all_of_cloudflare_shares) {
  authority("shared", 30, "origin-pull.cloudflare.net");
  const auto text = with(edge, "ca.pem", "shared.pem");
  BOOST_TEST(holds(mistakes_here(text, production, production_environment),
                   "server.tls.client_ca: production refuses the authority"));
  BOOST_TEST(mistakes_here(text).empty());
  BOOST_TEST(mistakes_here(edge, production, production_environment).empty());
}

BOOST_AUTO_TEST_CASE(memory_is_added_up_over_all_listeners) {
  const std::string budget = "[server]\nmax_connections = 100\nmemory_budget = '300 MiB'\n";
  BOOST_TEST(mistakes_here(budget).empty()); // 100 and the operators' 100, of 1 MiB
  BOOST_TEST(holds(mistakes_here(budget + edge), "server.max_connections: of all listeners"));
  BOOST_TEST(holds(mistakes_here(budget + "[server.unix]\npath = 'edge.sock'\n"), "bodies of 1200 MiB at a time"));
  BOOST_TEST(mistakes_here(budget + "[server.unix]\npath = 'edge.sock'\nmax_connections = 100\n").empty());
  BOOST_TEST(!mistakes_here(budget + "[server.unix]\npath = 'edge.sock'\nmax_connections = 101\n").empty());
}

BOOST_AUTO_TEST_CASE(ports_and_addresses_are_checked) {
  BOOST_TEST(holds(mistakes_here(edge + "port = 8080\n"), "server.tls.port: must not be server.port"));
  BOOST_TEST(holds(mistakes_here(edge + "port = 8081\n"), "server.tls.port: must not be server.port"));
  BOOST_TEST(holds(mistakes_here(edge + "address = 'localhost'\n"), "server.tls.address: must be an IP address"));
  BOOST_TEST(holds(mistakes_here("[server.unix]\nmode = '0777'\n"), "server.unix.mode"));
}

BOOST_AUTO_TEST_CASE(the_path_of_a_socket_fits_where_the_system_puts_it) {
  // Short as written, too long from the root.
  BOOST_TEST(holds(mistakes_here("[server.unix]\npath = '" + std::string(100, 'x') + "'\n"),
                   "server.unix.path: must be at most 107 bytes from the root"));
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace easel::config::test
