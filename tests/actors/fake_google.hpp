#pragma once

#include "actors/google_parts.hpp"
#include "tests/support/fake_upstreams.hpp"

#include <nlohmann/json.hpp>

#include <map>
#include <string>

/// Google, as a strict provider with scripted faults: it binds each code to nonce and challenge, gives an ID token for
/// the right verifier once, and signs with a real key.
namespace easel::testing {

struct google_account {
  std::string subject = "10769150350006150715113082367";
  std::string email = "ada@example.com";
  std::string name = "Ada Lovelace";
};

class fake_google {
public:
  explicit fake_google(std::function<instant()> now) : now_(std::move(now)) {}

  // The script: replaced by tests; the default is a good answer after 20 ms.
  std::function<turn()> discovering = [] { return turn{}; };
  std::function<turn()> fetching_keys = [] { return turn{}; };
  std::function<turn()> exchanging = [] { return turn{}; };
  std::function<void(nlohmann::json&)> changes_claims = [](nlohmann::json&) {};
  std::string key_id = "k1"; ///< under which tokens are signed and the key is published from now on
  std::string published_key_id = "k1";

  // What was asked.
  int discoveries = 0;
  int key_fetches = 0;
  int exchanges = 0;

  /// The person agrees: the code that comes back for what `location` asked.
  [[nodiscard]] std::string agree(const std::string& location, const google_account& person = {});
  /// A client that answers through one house's clock.
  [[nodiscard]] actors::google_parts parts(const fake_upstreams::post& post);

  struct given_code {
    google_account person;
    std::string nonce;
    std::string challenge;
  };
  [[nodiscard]] expected<secret_text, policies::upstream_failure> redeem(const client::google::code_exchange& what);
  [[nodiscard]] client::key_set keys() const;

private:
  std::function<instant()> now_;
  std::map<std::string, given_code> codes_;
  int last_code_ = 0;
};

/// One parameter of a URL's query, decoded as far as base64url and these tests need.
[[nodiscard]] std::string parameter(const std::string& url, const std::string& name);

} // namespace easel::testing
