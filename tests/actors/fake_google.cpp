#include "tests/actors/fake_google.hpp"

#include "http/client/google_authorization.hpp"
#include "policies/vocabulary/base64.hpp"
#include "tests/http_client/signing.hpp"

namespace easel::testing {

namespace {

constexpr std::string_view issuer = "https://accounts.google.com";
constexpr std::string_view client_id = "easel-tests";

client::google::discovery_document published() {
  return {
    {"https://accounts.google.com/auth", "https://oauth2.googleapis.com/token", "https://www.googleapis.com/certs"},
    std::chrono::hours(1)};
}

class client_of_fake final : public client::google_client {
public:
  client_of_fake(fake_google& google, fake_upstreams::post post) : google_(google), post_(std::move(post)) {}

  void discover(client::completion<client::google::discovery_document> done) override {
    ++google_.discoveries;
    const auto how = google_.discovering();
    post_(how.after, [done, how] {
      if (how.fails)
        done(easel::unexpected(*how.fails));
      else
        done(published());
    });
  }

  void fetch_keys(const client::google::endpoints&, client::completion<client::key_set> done) override {
    ++google_.key_fetches;
    const auto how = google_.fetching_keys();
    post_(how.after, [this, done, how] {
      if (how.fails)
        done(easel::unexpected(*how.fails));
      else
        done(google_.keys());
    });
  }

  void exchange(const client::google::endpoints&, const client::google::code_exchange& what,
                client::completion<secret_text> done) override {
    ++google_.exchanges;
    const auto how = google_.exchanging();
    post_(how.after, [this, done, how, what] {
      if (how.fails)
        done(easel::unexpected(*how.fails));
      else
        done(google_.redeem(what));
    });
  }

private:
  fake_google& google_;
  fake_upstreams::post post_;
};

} // namespace

std::string parameter(const std::string& url, const std::string& name) {
  const auto at = url.find(name + "=");
  if (at == std::string::npos)
    return {};
  const auto begin = at + name.size() + 1;
  return url.substr(begin, url.find('&', begin) - begin);
}

std::string fake_google::agree(const std::string& location, const google_account& person) {
  auto code = "code-" + std::to_string(++last_code_);
  codes_[code] = {person, parameter(location, "nonce"), parameter(location, "code_challenge")};
  return code;
}

expected<secret_text, policies::upstream_failure> fake_google::redeem(const client::google::code_exchange& what) {
  auto node = codes_.extract(what.code.reveal()); // a code works once
  if (!node || client::google::code_challenge(what.verifier) != node.mapped().challenge)
    return easel::unexpected(
      policies::upstream_failure{policies::failure_class::refused, std::nullopt, "invalid_grant"});
  const auto& given = node.mapped();
  const auto now = unix_seconds(now_());
  nlohmann::json claims = {{"iss", issuer},
                           {"aud", client_id},
                           {"azp", client_id},
                           {"sub", given.person.subject},
                           {"email", given.person.email},
                           {"email_verified", true},
                           {"name", given.person.name},
                           {"picture", "https://canary.example/picture"},
                           {"nonce", given.nonce},
                           {"iat", now},
                           {"exp", now + 3600}};
  changes_claims(claims);
  const auto header = nlohmann::json{{"alg", "RS256"}, {"kid", key_id}}.dump();
  return secret_text(test::signed_token(test::rsa_pair::issuer(), header, claims.dump()));
}

client::key_set fake_google::keys() const {
  const auto jwk = test::rsa_pair::issuer().jwk(published_key_id);
  client::key_set out;
  out.keys.push_back({published_key_id, decode_base64url(jwk.at("n").get<std::string>()).value(),
                      decode_base64url(jwk.at("e").get<std::string>()).value()});
  out.max_age = std::chrono::hours(1);
  return out;
}

actors::google_parts fake_google::parts(const fake_upstreams::post& post) {
  actors::google_parts out;
  out.settings.token.client_id = client_id;
  out.client = std::make_shared<client_of_fake>(*this, post);
  return out;
}

} // namespace easel::testing
