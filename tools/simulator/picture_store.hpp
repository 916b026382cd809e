#pragma once

#include "tools/simulator/answer.hpp"
#include "tools/simulator/image_codec.hpp"

#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>
#include <vector>

#include <asio/thread_pool.hpp>

namespace easel::simulator {

/// One picture file as it was asked for.
struct picture_order {
  scene what;
  codec as = codec::png;
  int quality = 90;
  std::size_t exact_bytes = 0; ///< 0: as long as it comes

  [[nodiscard]] std::string key() const;
};

/// A drawn file and its base64 text, shared by every answer that carries it.
struct picture {
  std::string file;
  std::string base64;
};

using picture_ptr = std::shared_ptr<const picture>;

[[nodiscard]] segment file_of(const picture_ptr&);
[[nodiscard]] segment base64_of(const picture_ptr&);

/// Draws on threads of its own and keeps what it drew, least recently used out first. Any thread.
class picture_store {
public:
  explicit picture_store(std::size_t threads, std::size_t max_bytes = 256u << 20);
  ~picture_store();
  picture_store(const picture_store&) = delete;
  picture_store& operator=(const picture_store&) = delete;

  /// Calls `done` with one picture per order: at once when all are known, else from a drawing thread.
  /// Never after `stop`.
  void get(std::vector<picture_order> orders, std::function<void(std::vector<picture_ptr>)> done);

  /// Ends the drawing threads and forgets what they had not begun. The owner calls it once nothing asks any more.
  void stop();

private:
  picture_ptr find(const std::string& key);
  void keep(const std::string& key, const picture_ptr&);

  struct entry {
    std::string key;
    picture_ptr value;
  };

  const std::size_t max_bytes_;
  std::mutex mutex_;
  std::list<entry> recent_; ///< most recently used first
  std::unordered_map<std::string, std::list<entry>::iterator> by_key_;
  std::size_t bytes_ = 0;
  std::unique_ptr<asio::thread_pool> drawing_;
};

} // namespace easel::simulator
