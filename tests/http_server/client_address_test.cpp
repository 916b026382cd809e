#include "server_fixture.hpp"

#include "http/server/client_address.hpp"

#include <asio/ip/address.hpp>
#include <boost/test/unit_test.hpp>

#include <deque>

using namespace easel;
using namespace easel::tests;
using server::forwarding_header;

namespace {

/// A request that is nothing but header fields.
class fields_only final : public server::exchange {
public:
  explicit fields_only(std::vector<std::pair<std::string, std::string>> fields) : fields_(std::move(fields)) {}
  const std::string& request_id() const override { return id_; }
  std::string_view method() const override { return "GET"; }
  std::string_view target() const override { return "/"; }
  std::string_view body() const override { return {}; }
  std::optional<std::string_view> field(std::string_view) const override { return std::nullopt; }
  void each_field(const std::function<void(std::string_view, std::string_view)>& see) const override {
    for (const auto& [name, value] : fields_)
      see(name, value);
  }
  void send(server::answer_head, std::vector<server::segment>, server::written) override {}
  std::shared_ptr<server::event_stream> open_stream(server::answer_head, server::stream_options) override {
    return nullptr;
  }
  std::shared_ptr<server::event_stream> open_body(server::answer_head, std::function<void()>) override {
    return nullptr;
  }

private:
  std::string id_;
  std::vector<std::pair<std::string, std::string>> fields_;
};

asio::ip::address ip(const std::string& text) { return asio::ip::make_address(text); }

std::string found(forwarding_header header, const std::string& peer,
                  std::vector<std::pair<std::string, std::string>> fields) {
  const server::client_addresses clients({"10.0.0.1", "10.0.0.2", "::1"}, header);
  return clients.find(ip(peer), fields_only(std::move(fields))).text;
}

std::string forwarded(const std::string& peer, const std::string& list) {
  return found(forwarding_header::x_forwarded_for, peer, {{"X-Forwarded-For", list}});
}

std::string connecting(const std::string& peer, std::vector<std::pair<std::string, std::string>> fields) {
  return found(forwarding_header::cf_connecting_ip, peer, std::move(fields));
}

} // namespace

BOOST_AUTO_TEST_SUITE(client_addresses)

BOOST_AUTO_TEST_CASE(forwarded_addresses_are_believed_from_the_edge_only) {
  BOOST_TEST(forwarded("1.2.3.4", "5.6.7.8") == "1.2.3.4");
  BOOST_TEST(forwarded("10.0.0.1", "5.6.7.8") == "5.6.7.8");
  BOOST_TEST(forwarded("::ffff:10.0.0.1", "5.6.7.8") == "5.6.7.8");
  BOOST_TEST(forwarded("::1", "5.6.7.8") == "5.6.7.8");
  BOOST_TEST(forwarded("10.0.0.1", "") == "10.0.0.1");
  BOOST_TEST(found(forwarding_header::x_forwarded_for, "10.0.0.1", {}) == "10.0.0.1");
}

BOOST_AUTO_TEST_CASE(only_what_the_edge_itself_has_added_to_the_list_counts) {
  BOOST_TEST(forwarded("10.0.0.1", "9.9.9.9, 5.6.7.8 ,10.0.0.2") == "5.6.7.8");
  BOOST_TEST(forwarded("10.0.0.1", "<script>, 5.6.7.8") == "5.6.7.8");
  BOOST_TEST(forwarded("10.0.0.1", "10.0.0.2") == "10.0.0.2");
  // A proxy may add a field of its own behind the client's.
  BOOST_TEST(found(forwarding_header::x_forwarded_for, "10.0.0.1",
                   {{"x-forwarded-for", "9.9.9.9"}, {"X-FORWARDED-FOR", "5.6.7.8"}})
             == "5.6.7.8");
}

BOOST_AUTO_TEST_CASE(cloudflare_names_one_address_in_one_field) {
  BOOST_TEST(connecting("10.0.0.1", {{"cf-connecting-ip", "5.6.7.8"}}) == "5.6.7.8");
  BOOST_TEST(connecting("10.0.0.1", {{"CF-Connecting-IP", "2001:db8:0::1"}}) == "2001:db8::1");
  BOOST_TEST(connecting("1.2.3.4", {{"cf-connecting-ip", "5.6.7.8"}}) == "1.2.3.4");
  BOOST_TEST(connecting("10.0.0.1", {{"cf-connecting-ip", "5.6.7.8"}, {"cf-connecting-ip", "9.9.9.9"}}) == "10.0.0.1");
  BOOST_TEST(connecting("10.0.0.1", {{"cf-connecting-ip", "9.9.9.9, 5.6.7.8"}}) == "10.0.0.1");
}

BOOST_AUTO_TEST_CASE(the_header_that_is_not_the_edges_own_is_not_looked_at) {
  BOOST_TEST(connecting("10.0.0.1", {{"x-forwarded-for", "5.6.7.8"}}) == "10.0.0.1");
  BOOST_TEST(found(forwarding_header::x_forwarded_for, "10.0.0.1", {{"cf-connecting-ip", "5.6.7.8"}}) == "10.0.0.1");
}

BOOST_AUTO_TEST_CASE(what_is_no_address_leaves_the_socket_s) {
  for (const auto* text : {"<script>", "5.6.7", "5.6.7.8:80", "[2001:db8::1]", "fe80::1%eth0", "unknown", ",", " ",
                           "5.6.7.8.9", "0x5060708", "256.1.1.1"})
    BOOST_TEST_CONTEXT(text) {
      BOOST_TEST(forwarded("10.0.0.1", text) == "10.0.0.1");
      BOOST_TEST(connecting("10.0.0.1", {{"cf-connecting-ip", text}}) == "10.0.0.1");
    }
  BOOST_TEST(forwarded("10.0.0.1", "5.6.7.8, nonsense, 10.0.0.2") == "10.0.0.1");
}

BOOST_AUTO_TEST_CASE(a_peer_that_has_proved_itself_is_believed_wherever_it_comes_from) {
  const server::client_addresses clients({"10.0.0.1"}, forwarding_header::x_forwarded_for, true);
  const auto find = [&](const std::string& list) {
    return clients.find(ip("192.0.2.1"), fields_only({{"x-forwarded-for", list}}));
  };
  BOOST_TEST(find("5.6.7.8").text == "5.6.7.8");
  // Only the last entry is the peer's own; what stands before it anybody may have written.
  BOOST_TEST(find("9.9.9.9, 5.6.7.8").text == "5.6.7.8");
  BOOST_TEST(find("5.6.7.8, 10.0.0.1").text == "5.6.7.8");
  BOOST_TEST(!find("5.6.7.8").unnamed);
  BOOST_TEST(find("nonsense").text == "192.0.2.1");
  BOOST_TEST(find("nonsense").unnamed);
  BOOST_TEST(find("").unnamed);
}

BOOST_AUTO_TEST_CASE(who_is_not_believed_is_never_missed_to_name_anybody) {
  const server::client_addresses clients({"10.0.0.1"}, forwarding_header::cf_connecting_ip);
  BOOST_TEST(!clients.find(ip("192.0.2.1"), fields_only({})).unnamed);
  BOOST_TEST(clients.find(ip("10.0.0.1"), fields_only({})).unnamed);
}

BOOST_AUTO_TEST_CASE(limits_count_an_ipv4_address_or_the_64_of_an_ipv6_one) {
  const auto block = [](const std::string& text) { return server::address_of(ip(text)).block; };
  BOOST_TEST((block("2001:db8:1:2:3:4:5:6") == block("2001:db8:1:2::1")));
  BOOST_TEST((block("2001:db8:1:2::1") != block("2001:db8:1:3::1")));
  BOOST_TEST((block("5.6.7.8") != block("5.6.7.9")));
  BOOST_TEST((block("::ffff:5.6.7.8") == block("5.6.7.8")));
  BOOST_TEST((block("0:0:506:708::1").is_v6 != block("5.6.7.8").is_v6));
  BOOST_TEST(server::address_of(ip("::ffff:5.6.7.8")).text == "5.6.7.8");
}

BOOST_AUTO_TEST_SUITE_END()

namespace {

server::listener_settings behind_an_edge() {
  server::listener_settings net;
  net.trusted_proxies = {"127.0.0.1"};
  return net;
}

struct edge_fixture : server_fixture {
  edge_fixture() : server_fixture({}, behind_an_edge()) {}
};

server::listener_settings few_connections() {
  server::listener_settings net;
  net.connections_per_address = 3;
  return net;
}

struct crowded_fixture : server_fixture {
  crowded_fixture() : server_fixture({}, few_connections()) {}
};

} // namespace

BOOST_AUTO_TEST_SUITE(the_edge)

BOOST_FIXTURE_TEST_CASE(the_access_log_shows_whom_the_edge_names, edge_fixture) {
  exchange(request_text("GET", "/healthz", "X-Forwarded-For: 9.9.9.9, 2001:db8::7\r\n"));
  BOOST_TEST(log.take().ip == "2001:db8::7");
  exchange(request_text("GET", "/healthz", "X-Forwarded-For: nobody\r\n"));
  BOOST_TEST(log.take().ip == "127.0.0.1");
}

BOOST_FIXTURE_TEST_CASE(who_is_not_the_edge_is_not_believed, server_fixture) {
  exchange(request_text("GET", "/healthz", "X-Forwarded-For: 9.9.9.9\r\nCF-Connecting-IP: 9.9.9.9\r\n"));
  BOOST_TEST(log.take().ip == "127.0.0.1");
}

BOOST_FIXTURE_TEST_CASE(one_address_has_so_many_connections_and_gets_another_when_one_ends, crowded_fixture) {
  std::deque<raw_client> open;
  for (int i = 0; i < 3; ++i) {
    open.emplace_back(listener->port(), 0);
    open.back().send(request_text("GET", "/healthz"));
    BOOST_TEST(open.back().read().status == 200);
  }
  auto refused = connect();
  refused.send_whatever_is_taken(request_text("GET", "/healthz"));
  BOOST_TEST(refused.read().closed);
  BOOST_TEST(listener->open_connections() == 3);
  open.pop_back();
  // The server learns of the end when it reads it; until then a newcomer is refused as before.
  int status = 0;
  for (int tries = 0; tries < 10'000 && status != 200; ++tries) {
    auto again = connect();
    again.send_whatever_is_taken(request_text("GET", "/healthz"));
    status = again.read().status;
  }
  BOOST_TEST(status == 200);
}

BOOST_FIXTURE_TEST_CASE(who_hangs_up_in_the_middle_is_no_longer_counted, crowded_fixture) {
  for (int i = 0; i < 300; ++i) {
    auto rude = connect();
    if (i % 3 != 0)
      rude.send_whatever_is_taken(i % 3 == 1 ? "GET /heal" : request_text("GET", "/healthz"));
    rude.hang_up();
  }
  int status = 0;
  for (int tries = 0; tries < 10'000 && status != 200; ++tries) {
    auto next = connect();
    next.send_whatever_is_taken(request_text("GET", "/healthz"));
    status = next.read().status;
  }
  BOOST_TEST(status == 200);
}

BOOST_FIXTURE_TEST_CASE(the_edge_itself_has_as_many_connections_as_it_likes, edge_fixture) {
  std::deque<raw_client> open;
  for (int i = 0; i < 150; ++i)
    open.emplace_back(listener->port(), 0);
  open.back().send(request_text("GET", "/healthz"));
  BOOST_TEST(open.back().read().status == 200);
}

BOOST_AUTO_TEST_SUITE_END()
