#include "persistence/postgres_revocations.hpp"

#include "persistence/postgres/connection.hpp"

#include <chrono>

namespace easel::persistence {

namespace {

using steady = std::chrono::steady_clock;

constexpr auto silence = std::chrono::seconds(5);      ///< after which a sign of life is asked for
constexpr auto sign_of_life = std::chrono::seconds(2); ///< how long it may take

class postgres_revocations final : public revocation_source {
public:
  postgres_revocations(postgres::connection to, std::shared_ptr<postgres_commons> commons)
      : to_(std::move(to)), commons_(std::move(commons)) {}

  bool listen() override {
    to_.drop();
    is_listening_ = to_.ready() && postgres::result(PQexec(to_.native(), "listen easel_ended")).is_ok();
    last_heard_ = steady::now();
    if (is_listening_)
      commons_->forget_all(); // of what ended until now nobody may have told
    return is_listening_;
  }

  std::optional<std::vector<revocation>> hear(duration limit) override {
    if (!is_listening_)
      return std::nullopt;
    bool alive = to_.take_input(limit);
    auto heard = alive ? collect() : std::nullopt;
    if (heard && steady::now() - last_heard_ > silence)
      heard = is_alive() ? collect_more(std::move(*heard)) : std::nullopt;
    if (!heard) {
      is_listening_ = false;
      to_.drop();
    }
    return heard;
  }

private:
  struct free_notification {
    void operator()(PGnotify* n) const { PQfreemem(n); }
  };

  std::optional<std::vector<revocation>> collect() { return collect_more({}); }

  std::optional<std::vector<revocation>> collect_more(std::vector<revocation> heard) {
    while (const std::unique_ptr<PGnotify, free_notification> one{PQnotifies(to_.native())}) {
      last_heard_ = steady::now();
      const auto what = read_revocation(one->extra);
      if (!what)
        return std::nullopt;
      if (const auto* account = std::get_if<account_id>(&*what))
        commons_->forget(*account);
      heard.push_back(*what);
    }
    return heard;
  }

  /// An empty query: its answer comes behind every notification that was sent before.
  bool is_alive() {
    if (PQsendQuery(to_.native(), "") == 0)
      return false;
    const auto deadline = steady::now() + sign_of_life;
    while (PQisBusy(to_.native()) != 0) {
      const auto left = std::chrono::ceil<duration>(deadline - steady::now());
      if (left <= duration::zero() || !to_.take_input(left))
        return false;
    }
    bool answered = true;
    while (PGresult* raw = PQgetResult(to_.native()))
      answered = postgres::result(raw).status() == PGRES_EMPTY_QUERY && answered;
    last_heard_ = steady::now();
    return answered;
  }

  postgres::connection to_;
  std::shared_ptr<postgres_commons> commons_;
  bool is_listening_ = false;
  steady::time_point last_heard_;
};

} // namespace

std::optional<revocation> read_revocation(std::string_view payload) {
  const auto gap = payload.find(' ');
  if (gap == std::string_view::npos)
    return std::nullopt;
  const auto kind = payload.substr(0, gap);
  const auto id = parse_uuid(payload.substr(gap + 1));
  if (!id)
    return std::nullopt;
  if (kind == "account")
    return account_id{*id};
  if (kind == "key")
    return key_id{*id};
  if (kind == "session")
    return session_id{*id};
  return std::nullopt;
}

std::unique_ptr<revocation_source> make_postgres_revocations(const store_settings& settings,
                                                             std::shared_ptr<postgres_commons> commons) {
  postgres::connection to(
    {settings.database_url, settings.connect_timeout, settings.statement_timeout, settings.lock_timeout}, nullptr);
  return std::make_unique<postgres_revocations>(std::move(to), std::move(commons));
}

} // namespace easel::persistence
