#include "http/client/curl_transport.hpp"

#include "tests/http_client/loopback_server.hpp"
#include "tests/http_client/recording_sink.hpp"

#include <cstdlib>

BOOST_AUTO_TEST_SUITE(curl_transport_suite)

using namespace easel;
using namespace easel::client;
using namespace easel::test;
using namespace std::chrono_literals;
using wants = recording_sink::wants;

namespace {

constexpr auto to = recipient::sub2api;

std::unique_ptr<curl_transport> transport_to(std::set<std::string> hosts, bool allow_loopback = true,
                                             std::size_t max_in_flight = 1024) {
  curl_settings settings;
  settings.hosts[to] = std::move(hosts);
  settings.allow_loopback = allow_loopback;
  settings.max_in_flight = max_in_flight;
  return make_curl_transport(settings);
}

http_call get(const std::string& url) {
  http_call call;
  call.to = to;
  call.method = "GET";
  call.url = url;
  return call;
}

http_call post(const std::string& url, std::string body, bool repeatable = true) {
  auto call = get(url);
  call.method = "POST";
  call.headers.emplace_back("Content-Type", "application/json");
  call.body = std::move(body);
  call.repeatable = repeatable;
  return call;
}

/// Answers every request with its own body, for as long as the client likes.
void echo(peer& client, int) {
  while (const auto got = client.read())
    client.answer(got->body, "Content-Type: Application/JSON; charset=utf-8\r\n");
}

/// Reads one request and then does as it is told.
auto after_one_request(std::function<void(peer&)> then) {
  return [then = std::move(then)](peer& client, int) {
    if (client.read())
      then(client);
  };
}

struct environment_variable {
  const char* name;
  environment_variable(const char* n, const std::string& value) : name(n) { ::setenv(n, value.c_str(), 1); }
  ~environment_variable() { ::unsetenv(name); }
};

} // namespace

BOOST_AUTO_TEST_CASE(a_call_is_carried_there_and_its_answer_back) {
  loopback_server server(echo);
  const auto net = transport_to({server.host()});
  for (const bool repeatable : {true, false}) {
    const auto got = call_and_wait(*net, post(server.url("/x"), "{\"a\":1}", repeatable));
    BOOST_TEST(got.end == wire_end::complete);
    BOOST_TEST(got.heads == 1);
    BOOST_TEST(got.head.status == 200);
    BOOST_TEST(got.head.content_type == "application/json");
    BOOST_TEST(got.head.content_length.value() == 7);
    BOOST_TEST(got.body == "{\"a\":1}");
    BOOST_TEST((got.thread != std::this_thread::get_id()));
  }
}

BOOST_AUTO_TEST_CASE(a_request_says_what_it_should_and_no_more) {
  std::promise<received_request> seen;
  loopback_server server([&](peer& client, int) {
    seen.set_value(client.read().value());
    client.answer("");
  });
  const auto net = transport_to({server.host()});
  auto call = post(server.url("/v1/x?y=1"), "text");
  call.headers.emplace_back("Authorization", "Bearer k");
  BOOST_TEST(call_and_wait(*net, std::move(call)).end == wire_end::complete);
  const auto got = seen.get_future().get();
  BOOST_TEST(got.head.rfind("POST /v1/x?y=1 HTTP/1.1\r\n", 0) == 0);
  BOOST_TEST(got.head.find("Host: " + server.host() + "\r\n") != std::string::npos);
  BOOST_TEST(got.head.find("User-Agent: easel/") != std::string::npos);
  BOOST_TEST(got.head.find("Authorization: Bearer k\r\n") != std::string::npos);
  BOOST_TEST(got.head.find("Content-Type: application/json\r\n") != std::string::npos);
  for (const auto* absent : {"Cookie", "Expect", "Accept-Encoding", "Proxy", "Referer"})
    BOOST_TEST(got.head.find(absent) == std::string::npos);
  BOOST_TEST(got.body == "text");
}

BOOST_AUTO_TEST_CASE(a_deletion_leaves_its_method_to_no_call_after_it) {
  loopback_server server([](peer& client, int) {
    while (const auto got = client.read())
      client.answer(got->head.substr(0, got->head.find(' ')));
  });
  const auto net = transport_to({server.host()});
  auto removal = get(server.url());
  removal.method = "DELETE";
  for (const auto& call : {removal, get(server.url()), removal, post(server.url(), "x"), removal, get(server.url())})
    BOOST_TEST(call_and_wait(*net, call).body == call.method);
}

BOOST_AUTO_TEST_CASE(a_body_of_megabytes_travels_both_ways) {
  loopback_server server(echo);
  const auto net = transport_to({server.host()});
  const std::string big(3u << 20, 'x');
  for (const bool repeatable : {true, false}) {
    auto call = post(server.url(), big, repeatable);
    call.limits.max_body = 4u << 20;
    const auto got = call_and_wait(*net, std::move(call));
    BOOST_TEST(got.end == wire_end::complete);
    BOOST_TEST((got.body == big));
  }
}

BOOST_AUTO_TEST_CASE(interim_answers_are_not_heads) {
  loopback_server server(after_one_request([](peer& client) {
    client.write("HTTP/1.1 103 Early Hints\r\nRetry-After: 9\r\nContent-Type: text/odd\r\n\r\n");
    client.answer("done");
  }));
  const auto net = transport_to({server.host()});
  const auto got = call_and_wait(*net, get(server.url()));
  BOOST_TEST(got.end == wire_end::complete);
  BOOST_TEST(got.heads == 1);
  BOOST_TEST(got.head.status == 200);
  BOOST_TEST(got.head.content_type == "");
  BOOST_TEST(!got.head.retry_after);
}

BOOST_AUTO_TEST_CASE(chunks_and_trailers_are_read) {
  loopback_server server(after_one_request([](peer& client) {
    client.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: "
                 "X-End\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\nX-End: 1\r\n\r\n");
  }));
  const auto net = transport_to({server.host()});
  const auto got = call_and_wait(*net, get(server.url()));
  BOOST_TEST(got.end == wire_end::complete);
  BOOST_TEST(got.body == "abcde");
}

BOOST_AUTO_TEST_CASE(a_wish_to_be_asked_later_is_read_in_seconds_or_as_a_date) {
  const auto retry_after = [](const std::string& value) {
    loopback_server server(after_one_request(
      [&](peer& client) { client.answer("", "Retry-After: " + value + "\r\n", "429 Too Many Requests"); }));
    const auto net = transport_to({server.host()});
    const auto got = call_and_wait(*net, get(server.url()));
    BOOST_TEST(got.head.status == 429);
    return got.head.retry_after;
  };
  BOOST_TEST((retry_after("7") == duration(7s)));
  BOOST_TEST((retry_after("0") == duration(0s)));
  BOOST_TEST((retry_after("99999999999999999999999") == duration(1h)));
  BOOST_TEST((retry_after("Sun, 06 Nov 1994 08:49:37 GMT") == duration(0s)));
  BOOST_TEST((retry_after("Fri, 01 Jan 2038 00:00:00 GMT") == duration(1h)));
  BOOST_TEST((retry_after("soon") == std::nullopt));
  BOOST_TEST((retry_after("-5") == std::nullopt));
}

BOOST_AUTO_TEST_CASE(a_redirect_is_an_answer_and_not_followed) {
  loopback_server server([](peer& client, int) {
    while (client.read())
      client.answer("", "Location: /elsewhere\r\n", "302 Found");
  });
  const auto net = transport_to({server.host()});
  BOOST_TEST(call_and_wait(*net, get(server.url())).head.status == 302);
  BOOST_TEST(net->transport_counters().at(to).connections.at(server.host()) == 1);
}

BOOST_AUTO_TEST_CASE(a_connection_that_dies_before_the_answer_is_a_reset) {
  loopback_server resets(after_one_request([](peer& client) { client.reset(); }));
  loopback_server closes(after_one_request([](peer&) {}));
  const auto net = transport_to({resets.host(), closes.host()});
  for (const bool repeatable : {true, false}) {
    BOOST_TEST(call_and_wait(*net, post(resets.url(), "x", repeatable)).end == wire_end::reset);
    BOOST_TEST(call_and_wait(*net, post(closes.url(), "x", repeatable)).end == wire_end::reset);
  }
}

BOOST_AUTO_TEST_CASE(a_connection_that_dies_inside_the_answer_is_a_reset) {
  loopback_server server(
    after_one_request([](peer& client) { client.write("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc"); }));
  const auto net = transport_to({server.host()});
  const auto got = call_and_wait(*net, get(server.url()));
  BOOST_TEST(got.end == wire_end::reset);
  BOOST_TEST(got.heads == 1);
  BOOST_TEST(got.body == "abc");
}

BOOST_AUTO_TEST_CASE(words_that_are_no_http_are_a_reset) {
  loopback_server server(after_one_request([](peer& client) { client.write("220 mail.example ESMTP\r\n"); }));
  const auto net = transport_to({server.host()});
  const auto got = call_and_wait(*net, get(server.url()));
  BOOST_TEST(got.end == wire_end::reset);
  BOOST_TEST(got.heads == 0);
}

BOOST_AUTO_TEST_CASE(silence_longer_than_its_limit_ends_the_call) {
  loopback_server mute([](peer& client, int) { client.wait_for_close(); });
  loopback_server stalls(after_one_request([](peer& client) {
    client.write("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc");
    client.wait_for_close();
  }));
  const auto net = transport_to({mute.host(), stalls.host()});
  for (const auto* server : {&mute, &stalls}) {
    auto call = post(server->url(), "x");
    call.limits.idle = 200ms;
    BOOST_TEST(call_and_wait(*net, std::move(call)).end == wire_end::timed_out);
  }
}

BOOST_AUTO_TEST_CASE(the_total_limit_ends_a_call_that_keeps_dripping) {
  loopback_server server(after_one_request([](peer& client) {
    client.write("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc");
    client.wait_for_close();
  }));
  const auto net = transport_to({server.host()});
  auto call = get(server.url());
  call.limits.total = 200ms;
  BOOST_TEST(call_and_wait(*net, std::move(call)).end == wire_end::timed_out);
}

BOOST_AUTO_TEST_CASE(an_answer_beyond_its_limits_is_too_large) {
  loopback_server declared(after_one_request([](peer& client) {
    client.write("HTTP/1.1 200 OK\r\nContent-Length: 101\r\n\r\n");
    client.wait_for_close();
  }));
  loopback_server undeclared(after_one_request([](peer& client) {
    client.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n65\r\n" + std::string(101, 'x')
                 + "\r\n0\r\n\r\n");
  }));
  loopback_server fits(after_one_request([](peer& client) { client.answer(std::string(100, 'x')); }));
  loopback_server headers(
    after_one_request([](peer& client) { client.answer("", "X-Long: " + std::string(500, 'x') + "\r\n"); }));
  const auto net = transport_to({declared.host(), undeclared.host(), fits.host(), headers.host()});
  const auto end = [&](const loopback_server& server) {
    auto call = get(server.url());
    call.limits.max_body = 100;
    call.limits.max_headers = 400;
    return call_and_wait(*net, std::move(call)).end;
  };
  BOOST_TEST(end(declared) == wire_end::too_large);
  BOOST_TEST(end(undeclared) == wire_end::too_large);
  BOOST_TEST(end(headers) == wire_end::too_large);
  BOOST_TEST(end(fits) == wire_end::complete);
}

BOOST_AUTO_TEST_CASE(a_sink_that_has_enough_stops_the_call) {
  loopback_server server(echo);
  const auto net = transport_to({server.host()});
  for (const auto what : {wants::no_head, wants::no_data, wants::a_throw})
    BOOST_TEST(call_and_wait(*net, post(server.url(), "abc"), what).end == wire_end::stopped);
  BOOST_TEST(call_and_wait(*net, post(server.url(), "abc")).end == wire_end::complete);
}

BOOST_AUTO_TEST_CASE(proxy_variables_of_the_environment_have_no_effect) {
  loopback_server proxy(echo);
  loopback_server server(echo);
  const environment_variable lower("http_proxy", proxy.url());
  const environment_variable all("ALL_PROXY", proxy.url());
  const environment_variable none("no_proxy", "");
  const auto net = transport_to({server.host(), proxy.host()});
  BOOST_TEST(call_and_wait(*net, post(server.url(), "abc")).end == wire_end::complete);
  BOOST_TEST(server.connections() == 1);
  BOOST_TEST(proxy.connections() == 0);
}

BOOST_AUTO_TEST_CASE(a_host_that_is_not_the_recipients_is_not_called) {
  loopback_server server(echo);
  const auto net = transport_to({"api.example.net"});
  BOOST_TEST(call_and_wait(*net, get(server.url())).end == wire_end::not_sent);
  auto elsewhere = get("https://api.example.net/");
  elsewhere.to = recipient::kie;
  BOOST_TEST(call_and_wait(*net, std::move(elsewhere)).end == wire_end::not_sent);
  BOOST_TEST(server.connections() == 0);
  BOOST_TEST((net->transport_counters().at(to) == egress_counters{0, 1, {}}));
  BOOST_TEST((net->transport_counters().at(recipient::kie) == egress_counters{0, 1, {}}));
}

BOOST_AUTO_TEST_CASE(loopback_is_refused_at_the_socket_where_it_is_not_allowed) {
  loopback_server server(echo);
  const auto net = transport_to({server.host(), "localhost"}, false);
  for (const auto& url : {"https://" + server.host() + "/", std::string("https://localhost/")})
    BOOST_TEST(call_and_wait(*net, get(url)).end == wire_end::not_sent);
  BOOST_TEST(server.connections() == 0);
  const auto counted = net->transport_counters().at(to);
  BOOST_TEST(counted.calls == 2);
  BOOST_TEST(counted.refused >= 2);
  BOOST_TEST(counted.connections.empty());
}

BOOST_AUTO_TEST_CASE(private_addresses_are_refused_even_where_loopback_is_allowed) {
  const auto net = transport_to({"10.1.2.3", "169.254.169.254", "192.168.0.1:8080"});
  for (const auto* url : {"http://10.1.2.3/", "http://169.254.169.254/latest/meta-data", "http://192.168.0.1:8080/"})
    BOOST_TEST(call_and_wait(*net, get(url)).end == wire_end::not_sent);
  const auto counted = net->transport_counters().at(to);
  BOOST_TEST(counted.calls == 3);
  BOOST_TEST(counted.refused == 3);
  BOOST_TEST(counted.connections.empty());
}

BOOST_AUTO_TEST_CASE(THIRD_4_each_host_is_counted_that_is_called) {
  loopback_server one(echo), other(echo);
  const auto net = transport_to({one.host(), other.host()});
  for (const auto* server : {&one, &one, &other})
    BOOST_TEST(call_and_wait(*net, get(server->url())).end == wire_end::complete);
  BOOST_TEST(call_and_wait(*net, get("http://elsewhere.example/")).end == wire_end::not_sent);
  const auto counted = net->transport_counters().at(to);
  BOOST_TEST((counted.hosts == std::map<std::string, std::uint64_t>{{one.host(), 2}, {other.host(), 1}}));
  BOOST_TEST(counted.refused == 1); // and nowhere named
  BOOST_TEST(counted.mail == 0);
}

BOOST_AUTO_TEST_CASE(MAIL_1_no_socket_is_opened_to_a_port_of_mail) {
  const auto net = transport_to({"127.0.0.1:25", "127.0.0.1:465", "localhost:587", "127.0.0.1:2525"});
  for (const auto* url : {"http://127.0.0.1:25/", "https://127.0.0.1:465/", "http://127.0.0.1:2525/"})
    BOOST_TEST(call_and_wait(*net, get(url)).end == wire_end::not_sent, url);
  BOOST_TEST(net->transport_counters().at(to).mail == 3);
  BOOST_TEST(call_and_wait(*net, get("http://localhost:587/")).end == wire_end::not_sent);
  const auto counted = net->transport_counters().at(to);
  BOOST_TEST(counted.mail >= 4); // for each address of the name
  BOOST_TEST(counted.refused == counted.mail);
  BOOST_TEST(counted.connections.empty());
}

BOOST_AUTO_TEST_CASE(plain_http_is_refused_outside_development) {
  const auto net = transport_to({"api.example.net"}, false);
  BOOST_TEST(call_and_wait(*net, get("http://api.example.net/")).end == wire_end::not_sent);
  BOOST_TEST((net->transport_counters().at(to) == egress_counters{0, 1, {}}));
}

BOOST_AUTO_TEST_CASE(a_closed_port_and_a_failed_handshake_leave_nothing_sent) {
  std::string closed;
  {
    loopback_server gone(echo);
    closed = gone.host();
  }
  loopback_server no_tls([](peer& client, int) { client.write("220 mail.example ESMTP\r\n"); });
  const auto net = transport_to({closed, no_tls.host()});
  BOOST_TEST(call_and_wait(*net, post("http://" + closed + "/", "x")).end == wire_end::not_sent);
  BOOST_TEST(call_and_wait(*net, post("https://" + no_tls.host() + "/", "x")).end == wire_end::not_sent);
}

BOOST_AUTO_TEST_CASE(a_handshake_that_never_ends_leaves_nothing_sent) {
  loopback_server mute([](peer& client, int) { client.wait_for_close(); });
  const auto net = transport_to({mute.host()});
  auto connecting = get("https://" + mute.host() + "/");
  connecting.limits.connect = 200ms;
  BOOST_TEST(call_and_wait(*net, std::move(connecting)).end == wire_end::not_sent);
  auto silent = get("https://" + mute.host() + "/");
  silent.limits.idle = 200ms;
  BOOST_TEST(call_and_wait(*net, std::move(silent)).end == wire_end::not_sent);
}

BOOST_AUTO_TEST_CASE(a_call_that_cannot_be_written_is_not_sent) {
  loopback_server server(echo);
  const auto net = transport_to({server.host()});
  auto split = post(server.url(), "x");
  split.headers.emplace_back("X-Note", "a\r\nX-Other: b");
  auto nameless = post(server.url(), "x");
  nameless.headers.emplace_back("X Note", "a");
  auto odd = post(server.url(), "x");
  odd.method = "BREW";
  for (auto* call : {&split, &nameless, &odd})
    BOOST_TEST(call_and_wait(*net, std::move(*call)).end == wire_end::not_sent);
  BOOST_TEST(call_and_wait(*net, get("")).end == wire_end::not_sent);
  BOOST_TEST(server.connections() == 0);
  BOOST_TEST(call_and_wait(*net, post(server.url(), "x")).end == wire_end::complete);
}

BOOST_AUTO_TEST_CASE(a_connection_is_kept_and_counted_once) {
  loopback_server server(echo);
  const auto net = transport_to({server.host()});
  for (int i = 0; i < 5; ++i)
    BOOST_TEST(call_and_wait(*net, post(server.url(), "x", i % 2 == 0)).end == wire_end::complete);
  BOOST_TEST(server.connections() == 1);
  BOOST_TEST((net->transport_counters().at(to) == egress_counters{5, 0, {{server.host(), 1}}, {{server.host(), 5}}}));
}

/// Serves one request per connection, then takes another one and drops it unanswered.
struct dropping_server {
  std::atomic<int> bodies = 0;
  loopback_server server{[this](peer& client, int number) {
    const int served = number == 0 ? 1 : 100;
    for (int i = 0; i < served && count(client); ++i)
      client.answer("ok");
    count(client);
  }};

  bool count(peer& client) {
    const auto got = client.read();
    bodies += got ? 1 : 0;
    return got.has_value();
  }
};

BOOST_AUTO_TEST_CASE(a_call_that_must_not_be_repeated_is_sent_once_even_if_a_kept_connection_dies) {
  std::atomic<int> bodies = 0;
  std::string on_other_connections; // libcurl opens one before it finds that the body cannot be had again
  {
    loopback_server server([&](peer& client, int number) {
      if (number > 0) {
        on_other_connections += client.wait_for_close();
        return;
      }
      bodies += client.read() ? 1 : 0;
      client.answer("ok");
      bodies += client.read() ? 1 : 0;
    });
    const auto net = transport_to({server.host()});
    BOOST_TEST(call_and_wait(*net, post(server.url(), "first", false)).end == wire_end::complete);
    BOOST_TEST(call_and_wait(*net, post(server.url(), "second", false)).end == wire_end::reset);
  }
  BOOST_TEST(bodies == 2);
  BOOST_TEST(on_other_connections == "");
}

BOOST_AUTO_TEST_CASE(a_repeatable_call_survives_the_death_of_a_kept_connection) {
  dropping_server dropping;
  const auto net = transport_to({dropping.server.host()});
  BOOST_TEST(call_and_wait(*net, post(dropping.server.url(), "first")).end == wire_end::complete);
  BOOST_TEST(call_and_wait(*net, post(dropping.server.url(), "second")).end == wire_end::complete);
  BOOST_TEST(dropping.bodies == 3);
}

BOOST_AUTO_TEST_CASE(a_full_transport_turns_the_next_call_away) {
  loopback_server mute([](peer& client, int) { client.wait_for_close(); });
  const auto net = transport_to({mute.host()}, true, 2);
  auto first = start(*net, get(mute.url()));
  auto second = start(*net, get(mute.url()));
  const auto third = call_and_wait(*net, get(mute.url()));
  BOOST_TEST(third.end == wire_end::not_sent);
  BOOST_TEST((third.thread != std::this_thread::get_id()));
  BOOST_TEST((first.wait_for(0s) == std::future_status::timeout));
  BOOST_TEST((second.wait_for(0s) == std::future_status::timeout));
}

BOOST_AUTO_TEST_CASE(the_end_of_the_transport_ends_all_that_is_in_flight) {
  loopback_server mute([](peer& client, int) { client.wait_for_close(); });
  auto net = transport_to({mute.host()});
  std::vector<std::future<delivered>> pending;
  for (int i = 0; i < 20; ++i)
    pending.push_back(start(*net, post(mute.url(), "x", i % 2 == 0)));
  net.reset();
  for (auto& each : pending)
    BOOST_TEST(outcome(each).end == wire_end::shut_down);
}

/// Starts another call from its own end.
class chaining_sink final : public response_sink {
public:
  chaining_sink(transport& net, http_call next, std::unique_ptr<response_sink> sink)
      : net_(net), next_(std::move(next)), sink_(std::move(sink)) {}
  bool on_head(const response_head&) override { return true; }
  bool on_data(std::string_view) override { return true; }
  void on_end(wire_end) override { net_.start(std::move(next_), std::move(sink_)); }

private:
  transport& net_;
  http_call next_;
  std::unique_ptr<response_sink> sink_;
};

BOOST_AUTO_TEST_CASE(the_end_of_one_call_may_start_the_next) {
  loopback_server server(echo);
  const auto net = transport_to({server.host()});
  auto last = std::make_unique<recording_sink>();
  auto pending = last->future();
  net->start(post(server.url(), "a"), std::make_unique<chaining_sink>(*net, post(server.url(), "b"), std::move(last)));
  BOOST_TEST(outcome(pending).body == "b");
}

BOOST_AUTO_TEST_CASE(a_call_started_by_the_end_of_the_transport_ends_too) {
  loopback_server mute([](peer& client, int) { client.wait_for_close(); });
  auto net = transport_to({mute.host()});
  auto last = std::make_unique<recording_sink>();
  auto pending = last->future();
  net->start(get(mute.url()), std::make_unique<chaining_sink>(*net, get(mute.url()), std::move(last)));
  net.reset();
  BOOST_TEST(outcome(pending).end == wire_end::shut_down);
}

BOOST_AUTO_TEST_CASE(many_calls_run_beside_each_other) {
  loopback_server server(echo);
  const auto net = transport_to({server.host()});
  std::vector<std::future<delivered>> pending;
  for (int i = 0; i < 200; ++i)
    pending.push_back(start(*net, post(server.url(), std::to_string(i), i % 2 == 0)));
  for (int i = 0; i < 200; ++i) {
    const auto got = outcome(pending[static_cast<std::size_t>(i)]);
    BOOST_TEST(got.end == wire_end::complete);
    BOOST_TEST(got.body == std::to_string(i));
  }
  BOOST_TEST(net->transport_counters().at(to).calls == 200);
}

BOOST_AUTO_TEST_SUITE_END()
