#include "tests/support/virtual_database.hpp"

#include "persistence/memory_store.hpp"

namespace easel::testing {

namespace {

/// Its ids are repeatable by themselves. Its own counts are all it can tell of its tables.
class memory_in_virtual_time final : public virtual_database {
public:
  memory_in_virtual_time(std::function<instant()> clock, std::shared_ptr<const persistence::keyring> keys)
      : rows_(std::make_shared<persistence::memory_database>(std::move(clock))), keys_(std::move(keys)) {}

  std::function<std::unique_ptr<persistence::store>()> node(persistence::store_settings settings) override {
    return [rows = rows_, keys = keys_, settings] { return persistence::make_memory_store(rows, settings, keys); };
  }
  std::function<std::unique_ptr<persistence::revocation_source>()> revocations() override {
    return [rows = rows_] { return persistence::make_memory_revocations(rows); };
  }
  void restrict_account(account_id id) override { rows_->restrict_account(id, true); }
  void close_account(account_id id) override { rows_->close_account(id); }
  account_id make_repeatable(account_id minted, std::mt19937_64&) override { return minted; }
  [[nodiscard]] bool is_quick() const override { return true; }
  std::vector<std::string> offences(const moment&) override { return {}; }

private:
  std::shared_ptr<persistence::memory_database> rows_;
  std::shared_ptr<const persistence::keyring> keys_;
};

class silence final : public persistence::revocation_source {
public:
  bool listen() override { return true; }
  std::optional<std::vector<persistence::revocation>> hear(duration) override {
    return std::vector<persistence::revocation>{};
  }
};

} // namespace

std::function<std::unique_ptr<persistence::revocation_source>()> virtual_database::revocations() {
  return [] { return std::make_unique<silence>(); };
}

std::unique_ptr<virtual_database> in_memory(std::function<instant()> clock,
                                            std::shared_ptr<const persistence::keyring> keys) {
  return std::make_unique<memory_in_virtual_time>(std::move(clock), std::move(keys));
}

} // namespace easel::testing
