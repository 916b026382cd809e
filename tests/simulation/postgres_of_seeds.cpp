#include "tests/simulation/postgres_of_seeds.hpp"

#include "persistence/postgres_store.hpp"
#include "tests/simulation/tables.hpp"
#include "tests/support/interposed_store.hpp"

#include <array>
#include <stdexcept>
#include <utility>

namespace easel::simulation {

namespace {

std::string quoted(account_id id) { return "'" + to_string(id.value) + "'"; }

std::string hex_of(std::string_view bytes) {
  std::string text;
  for (const char c : bytes)
    for (const int digit : {static_cast<unsigned char>(c) >> 4, c & 15})
      text += "0123456789abcdef"[digit];
  return text;
}

class postgres_in_virtual_time final : public testing::virtual_database {
public:
  postgres_in_virtual_time(postgres_of_seeds& all, std::function<instant()> clock,
                           std::shared_ptr<const persistence::keyring> keys)
      : all_(all), clock_(std::move(clock)), keys_(std::move(keys)) {
    all_.database().clear();
  }

  std::function<std::unique_ptr<persistence::store>()> node(persistence::store_settings settings) override {
    settings.database_url = all_.database().url();
    const auto commons = std::make_shared<persistence::postgres_commons>();
    const auto told = std::make_shared<instant>();
    const auto tell_time = [clock = clock_, commons, told](std::string_view,
                                                           bool before) -> std::optional<persistence::store_error> {
      if (before)
        commons->shift_clock(clock() - std::exchange(*told, clock()));
      return std::nullopt;
    };
    return [settings, commons, tell_time, keys = keys_] {
      return testing::interpose(persistence::make_postgres_store(settings, keys, commons), tell_time);
    };
  }

  void restrict_account(account_id id) override {
    all_.execute("update easel.account set restricted = true where id = " + quoted(id));
  }
  void close_account(account_id id) override {
    all_.execute("update easel.account set state = 2 where id = " + quoted(id));
  }

  // The key of its content is bound to its id, and is made anew.
  account_id make_repeatable(account_id minted, std::mt19937_64& chance) override {
    std::array<std::uint8_t, 10> random{};
    for (auto& byte : random)
      byte = static_cast<std::uint8_t>(chance());
    const account_id id{make_uuid_v7(minted_at(minted.value), random)};
    all_.execute("insert into easel.account select (jsonb_populate_record(a, jsonb_build_object('id', " + quoted(id)
                 + "))).* from easel.account a where id = " + quoted(minted)
                 + "; insert into easel.account_key values (" + quoted(id) + ", decode('"
                 + hex_of(keys_->wrap(keys_->new_content_key(), id))
                 + "', 'hex')); delete from easel.account_key where account_id = " + quoted(minted)
                 + "; delete from easel.account where id = " + quoted(minted));
    return id;
  }

  [[nodiscard]] bool is_quick() const override { return false; }

  std::vector<std::string> offences(const moment& at) override { return all_.offences(clock_(), at); }

private:
  postgres_of_seeds& all_;
  std::function<instant()> clock_;
  std::shared_ptr<const persistence::keyring> keys_;
};

} // namespace

postgres_of_seeds::postgres_of_seeds() : beside_(PQconnectdb(database_.url().c_str())) {
  execute("create or replace function easel.now() returns timestamptz language sql stable parallel safe as"
          " $$ select 'epoch'::timestamptz + coalesce(nullif(current_setting('easel.clock_shift', true), ''), "
          "'0')::interval $$;"
          " set jit = off; set plan_cache_mode = force_generic_plan");
  execute("prepare offences(bigint, boolean, uuid[]) as " + tables_against_promises());
}

testing::make_virtual_database postgres_of_seeds::maker() {
  return [this](auto clock, auto keys) {
    return std::make_unique<postgres_in_virtual_time>(*this, std::move(clock), std::move(keys));
  };
}

void postgres_of_seeds::execute(const std::string& sql) { rows_of(PQexec(beside_.get(), sql.c_str())); }

std::vector<std::string> postgres_of_seeds::offences(instant now, const testing::virtual_database::moment& at) {
  std::string accepted;
  for (const auto& id : at.accepted)
    accepted.append(accepted.empty() ? "" : ",").append(to_string(id.value));
  const auto asked = "execute offences(" + std::to_string(now.time_since_epoch().count()) + ", "
                     + (at.at_rest ? "true" : "false") + ", '{" + accepted + "}')";
  return rows_of(PQexec(beside_.get(), asked.c_str()));
}

std::vector<std::string> postgres_of_seeds::rows_of(PGresult* from) {
  const auto status = PQresultStatus(from);
  std::vector<std::string> rows;
  for (int row = 0; row < PQntuples(from); ++row)
    rows.emplace_back(PQgetvalue(from, row, 0));
  PQclear(from);
  if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK)
    throw std::runtime_error(PQerrorMessage(beside_.get()));
  return rows;
}

} // namespace easel::simulation
