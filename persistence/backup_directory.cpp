#include "persistence/backup_directory.hpp"

#include "persistence/keyring.hpp"
#include "persistence/locked_file.hpp"

#include <openssl/evp.h>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <fstream>
#include <memory>
#include <sstream>

namespace easel::persistence {

namespace {

namespace fs = std::filesystem;
template <class T>
using outcome = backup_directory::outcome<T>;

constexpr const char* place_file = "easel-backups";
constexpr const char* manifest_file = "manifest.json";
constexpr std::string_view partial_ending = ".partial";
constexpr std::uintmax_t largest_manifest = 1 << 20;

tl::unexpected<std::string> fault(const fs::path& at, const char* what) {
  return unexpected(at.string() + ": " + what);
}

bool make_durable(const fs::path& what) {
  const descriptor file(::open(what.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
  return file.is_open() && ::fsync(file.number()) == 0;
}

/// A new file for its owner alone, durable when this returns true.
bool write_file(const fs::path& at, const std::string& text) {
  const descriptor file(::open(at.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
  return file.is_open() && write_all(file.number(), text) && ::fsync(file.number()) == 0;
}

outcome<std::string> read_text(const fs::path& at) {
  std::error_code failed;
  const auto size = fs::file_size(at, failed);
  if (failed || size > largest_manifest)
    return fault(at, "cannot be read");
  std::ifstream in(at, std::ios::binary);
  std::ostringstream text;
  text << in.rdbuf();
  if (!in || !text)
    return fault(at, "cannot be read");
  return text.str();
}

/// Written beside and linked into place: of two that open a new directory one wins, and both read the winner's.
outcome<uuid> place_of(const fs::path& where) {
  const auto at = where / place_file;
  std::error_code failed;
  if (!fs::exists(at, failed)) {
    uuid made;
    fill_random(made.bytes.data(), made.bytes.size());
    const auto beside = where / (std::string(place_file) + '.' + to_string(made));
    if (!write_file(beside, to_string(made) + '\n'))
      return fault(where, "cannot be written to");
    fs::create_hard_link(beside, at, failed);
    std::error_code ignored;
    fs::remove(beside, ignored);
    if (!make_durable(where))
      return fault(where, "cannot be made durable");
  }
  const auto text = read_text(at);
  const auto place = text ? parse_uuid(text->substr(0, text->find('\n'))) : std::nullopt;
  if (!place)
    return fault(at, "names no directory of backups");
  return *place;
}

struct free_digest {
  void operator()(EVP_MD_CTX* c) const { EVP_MD_CTX_free(c); }
};

outcome<policies::backup_file> measure_file(const fs::path& at, std::string_view name) {
  const std::unique_ptr<EVP_MD_CTX, free_digest> sum(EVP_MD_CTX_new());
  const descriptor file(::open(at.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
  if (!sum || EVP_DigestInit_ex(sum.get(), EVP_sha256(), nullptr) != 1 || !file.is_open())
    return fault(at, "cannot be read");
  policies::backup_file out{std::string(name), 0, {}};
  std::string buffer(1 << 20, '\0');
  for (;;) {
    const auto some = ::read(file.number(), buffer.data(), buffer.size());
    if (some < 0)
      return fault(at, "cannot be read");
    if (some == 0)
      break;
    out.bytes += some;
    EVP_DigestUpdate(sum.get(), buffer.data(), static_cast<std::size_t>(some));
  }
  std::array<unsigned char, EVP_MAX_MD_SIZE> hash{};
  unsigned size = 0;
  EVP_DigestFinal_ex(sum.get(), hash.data(), &size);
  for (unsigned i = 0; i < size; ++i) {
    out.sha256 += "0123456789abcdef"[hash[i] >> 4];
    out.sha256 += "0123456789abcdef"[hash[i] & 15];
  }
  return out;
}

bool remove_tree(const fs::path& what) {
  std::error_code ignored; // somebody else may remove it, too: what counts is that it is gone
  fs::remove_all(what / "keys", ignored);
  fs::remove_all(what, ignored);
  return fs::symlink_status(what, ignored).type() == fs::file_type::not_found;
}

} // namespace

outcome<backup_directory> backup_directory::open(const fs::path& where) {
  std::error_code failed;
  if (!fs::is_directory(where, failed))
    return fault(where, "is no directory: make it, for the server's user alone");
  const auto there = fs::canonical(where, failed); // it may be a link to another disk
  if (failed)
    return fault(where, "cannot be found");
  const auto place = place_of(there);
  if (!place)
    return unexpected(place.error());
  return backup_directory(there, *place);
}

fs::path backup_directory::path_of(const uuid& id) const { return where_ / to_string(id); }

fs::path backup_directory::partial_path_of(const uuid& id) const {
  return where_ / (to_string(id) + std::string(partial_ending));
}

/// Ids of backups are UUIDv7: no other directory is ever taken for one.
outcome<std::vector<policies::seen_backup>> backup_directory::look() const {
  std::vector<policies::seen_backup> found;
  std::error_code failed;
  for (fs::directory_iterator it(where_, failed), end; !failed && it != end; it.increment(failed)) {
    auto name = it->path().filename().string();
    const bool is_partial = name.ends_with(partial_ending);
    if (is_partial)
      name.resize(name.size() - partial_ending.size());
    const auto id = parse_uuid(name);
    std::error_code vanished; // somebody may remove it in this moment
    if (!id || (id->bytes[6] >> 4) != 7 || it->is_symlink(vanished) || !it->is_directory(vanished))
      continue;
    policies::seen_backup one{*id, is_partial, std::nullopt};
    if (!is_partial)
      if (const auto manifest = read_manifest(*id))
        one.ends = policies::end_of(manifest->created_at, manifest->expires_at);
    found.push_back(one);
  }
  if (failed)
    return fault(where_, "cannot be listed");
  return found;
}

outcome<fs::path> backup_directory::begin(const uuid& id) const {
  const auto at = partial_path_of(id);
  if (::mkdir(at.c_str(), 0700) != 0 || ::mkdir((at / "keys").c_str(), 0700) != 0)
    return fault(at, "cannot be made");
  return at;
}

outcome<void> backup_directory::complete(const policies::backup_manifest& manifest) const {
  const auto at = partial_path_of(manifest.id);
  if (!write_file(at / manifest_file, to_json(manifest)))
    return fault(at, "the manifest cannot be written");
  for (const auto& file : manifest.files)
    if (!make_durable(at / file.name))
      return fault(at / file.name, "cannot be made durable");
  if (!make_durable(at / "keys") || !make_durable(at))
    return fault(at, "cannot be made durable");
  std::error_code failed;
  fs::rename(at, path_of(manifest.id), failed);
  if (failed || !make_durable(where_))
    return fault(at, "cannot be given its name");
  return {};
}

outcome<std::vector<policies::backup_file>> backup_directory::measure(const fs::path& backup) {
  std::vector<policies::backup_file> found;
  for (const auto name : {policies::data_dump, policies::keys_dump}) {
    const auto at = backup / name;
    std::error_code ignored;
    if (!fs::exists(at, ignored))
      continue;
    auto file = measure_file(at, name);
    if (!file)
      return unexpected(file.error());
    found.push_back(*std::move(file));
  }
  return found;
}

std::vector<std::string> backup_directory::missing_files(const policies::backup_manifest& manifest) const {
  std::vector<std::string> missing;
  for (const auto& file : manifest.files) {
    std::error_code failed;
    const auto size = fs::file_size(path_of(manifest.id) / file.name, failed);
    if (failed || size != static_cast<std::uintmax_t>(file.bytes))
      missing.push_back(file.name);
  }
  return missing;
}

outcome<policies::backup_manifest> backup_directory::read_manifest(const uuid& id) const {
  const auto text = read_text(path_of(id) / manifest_file);
  if (!text)
    return unexpected(text.error());
  return parse_manifest(*text);
}

outcome<void> backup_directory::remove(const uuid& id) const {
  for (const auto& at : {path_of(id), partial_path_of(id)})
    if (!remove_tree(at))
      return fault(at, "cannot be removed");
  if (!make_durable(where_))
    return fault(where_, "cannot be made durable");
  return {};
}

} // namespace easel::persistence
