#pragma once

#include "policies/vocabulary/bytes.hpp"
#include "policies/vocabulary/expected.hpp"

#include <nlohmann/json.hpp>

#include <string>

namespace easel::easelctl {

/// Asks the operator's listener, one question at a time; waits at most 10 seconds for each.
class operator_client {
public:
  /// `url` as "http://127.0.0.1:8081".
  operator_client(std::string url, secret_text token) : url_(std::move(url)), token_(std::move(token)) {}
  virtual ~operator_client() = default;

  /// The document at `target`, or a sentence that says why not. Answers beyond 16 MiB are refused.
  [[nodiscard]] virtual expected<nlohmann::json, std::string> get(const std::string& target) const;
  /// The same for an action, whose refusal is a document too: its `outcome` says so.
  [[nodiscard]] virtual expected<nlohmann::json, std::string> post(const std::string& target,
                                                                   const nlohmann::json& body) const;
  /// Ends what is at `target`; what it was, or why it could not be ended.
  [[nodiscard]] virtual expected<nlohmann::json, std::string> remove(const std::string& target) const;

private:
  [[nodiscard]] expected<nlohmann::json, std::string> ask(const std::string& target, const nlohmann::json* body,
                                                          const char* method = nullptr) const;

  std::string url_;
  secret_text token_;
};

/// %XX for what has a meaning in a query.
[[nodiscard]] std::string percent_encoded(const std::string& text);

} // namespace easel::easelctl
