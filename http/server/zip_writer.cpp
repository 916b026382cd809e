#include "http/server/zip_writer.hpp"

#include <archive.h>
#include <archive_entry.h>

#include <stdexcept>
#include <utility>

namespace easel::server {

namespace {

void need(int outcome) {
  if (outcome < ARCHIVE_WARN)
    throw std::runtime_error("the archive cannot be written");
}

struct free_archive {
  void operator()(archive* a) const { archive_write_free(a); }
};
struct free_entry {
  void operator()(archive_entry* e) const { archive_entry_free(e); }
};

la_ssize_t append(archive*, void* out, const void* bytes, std::size_t size) {
  static_cast<std::string*>(out)->append(static_cast<const char*>(bytes), size);
  return static_cast<la_ssize_t>(size);
}

} // namespace

struct zip_writer::state {
  std::string bytes; // outlives the archive, which may flush at its end
  std::unique_ptr<archive, free_archive> to{archive_write_new()};

  void begin_entry(std::string_view name, instant modified_at, const std::size_t* size) {
    const std::unique_ptr<archive_entry, free_entry> entry(archive_entry_new());
    archive_entry_set_pathname(entry.get(), std::string(name).c_str());
    archive_entry_set_filetype(entry.get(), AE_IFREG);
    archive_entry_set_perm(entry.get(), 0644);
    archive_entry_set_mtime(entry.get(),
                            std::chrono::floor<std::chrono::seconds>(modified_at).time_since_epoch().count(), 0);
    if (size != nullptr)
      archive_entry_set_size(entry.get(), static_cast<la_int64_t>(*size));
    need(size == nullptr ? archive_write_zip_set_compression_deflate(to.get())
                         : archive_write_zip_set_compression_store(to.get()));
    need(archive_write_header(to.get(), entry.get()));
  }

  void write(std::string_view data) {
    if (!data.empty() && archive_write_data(to.get(), data.data(), data.size()) < 0)
      throw std::runtime_error("the archive cannot be written");
  }
};

zip_writer::zip_writer() : self_(std::make_unique<state>()) {
  auto* to = self_->to.get();
  need(archive_write_set_format_zip(to));
  need(archive_write_set_bytes_per_block(to, 0)); // no padding, no buffer of its own
  need(archive_write_open(to, &self_->bytes, nullptr, append, nullptr));
}

zip_writer::~zip_writer() = default;

void zip_writer::begin(std::string_view name, instant modified_at) { self_->begin_entry(name, modified_at, nullptr); }

void zip_writer::write(std::string_view bytes) { self_->write(bytes); }

void zip_writer::store(std::string_view name, instant modified_at, std::string_view bytes) {
  const auto size = bytes.size();
  self_->bytes.reserve(self_->bytes.size() + size + 512); // moved once, not as it grows
  self_->begin_entry(name, modified_at, &size);
  self_->write(bytes);
}

void zip_writer::close() { need(archive_write_close(self_->to.get())); }

std::string zip_writer::take() { return std::exchange(self_->bytes, {}); }

} // namespace easel::server
