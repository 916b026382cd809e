#pragma once

#include "persistence/erasure_journal.hpp"
#include "tests/persistence/contract/contract.hpp"

#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <stdexcept>
#include <string>

#include <stdlib.h>

namespace easel::persistence {

/// A folder with room for one journal, gone with this object.
class scratch_journal {
public:
  scratch_journal() {
    std::string name = (std::filesystem::temp_directory_path() / "easel-journal-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr)
      throw std::runtime_error("no folder for a journal");
    folder_ = name;
  }
  ~scratch_journal() { std::filesystem::remove_all(folder_); }
  scratch_journal(const scratch_journal&) = delete;
  scratch_journal& operator=(const scratch_journal&) = delete;

  [[nodiscard]] std::string path() const { return (folder_ / "erasures").string(); }
  [[nodiscard]] erasure_journal_settings settings() const {
    erasure_journal_settings out;
    out.path = path();
    return out;
  }
  /// The journal as another process would open it.
  [[nodiscard]] std::shared_ptr<erasure_journal> open() const {
    return std::make_shared<erasure_journal>(settings(), contract::test_keys());
  }
  [[nodiscard]] std::string text() const {
    std::ifstream in(path(), std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }
  void write(const std::string& text) const { std::ofstream(path(), std::ios::binary) << text; }

private:
  std::filesystem::path folder_;
};

/// Erasures of made-up accounts, told apart by a number.
[[nodiscard]] inline erasure_entry sample_entry(std::uint8_t number,
                                                instant at = instant(std::chrono::seconds(1'795'000'000))) {
  erasure_entry out;
  out.account.value.bytes.fill(number);
  out.asked_at = at;
  return out;
}

/// Deletions of made-up generations, whose ids were minted on the twenty-third of November 2025.
[[nodiscard]] inline deletion_entry sample_deletion(std::uint8_t number,
                                                    instant at = instant(std::chrono::seconds(1'795'000'000))) {
  return {generation_id{uuid{{0x01, 0x9a, 0xb0, 0, 0, 0, 0x70, 0, 0x80, 0, 0, 0, 0, 0, 0, number}}}, at};
}

} // namespace easel::persistence
