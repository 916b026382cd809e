#include "tools/simulator/picture_store.hpp"

#include "policies/vocabulary/base64.hpp"

#include <algorithm>

#include <asio/post.hpp>

namespace easel::simulator {
namespace {

/// A small PNG target cannot hold a landscape; it gets two colours instead.
constexpr std::size_t smallest_landscape = 600'000;

std::string make_file(const picture_order& order) {
  const auto& what = order.what;
  bool plain = order.as == codec::png && order.exact_bytes != 0 && order.exact_bytes < smallest_landscape;
  auto file = plain ? encode_plain_png(what.seed, what.width, what.height)
                    : encode(draw(what), order.as, what.transparent, order.quality);
  return order.exact_bytes == 0 ? file : pad_to(std::move(file), order.as, order.exact_bytes, what.seed);
}

picture_ptr make_picture(const picture_order& order) {
  auto made = std::make_shared<picture>();
  made->file = make_file(order);
  made->base64.reserve(base64_length(made->file.size()));
  append_base64(made->base64, made->file);
  return made;
}

} // namespace

std::string picture_order::key() const {
  std::string out;
  for (auto part : {what.seed, std::uint64_t(what.width), std::uint64_t(what.height), std::uint64_t(what.transparent),
                    std::uint64_t(what.blocks), std::uint64_t(as), std::uint64_t(quality), std::uint64_t(exact_bytes)})
    out.append(reinterpret_cast<const char*>(&part), sizeof part);
  return out;
}

segment file_of(const picture_ptr& p) { return {p, &p->file}; }

segment base64_of(const picture_ptr& p) { return {p, &p->base64}; }

picture_store::picture_store(std::size_t threads, std::size_t max_bytes)
    : max_bytes_(max_bytes), drawing_(std::make_unique<asio::thread_pool>(std::max<std::size_t>(threads, 1))) {}

picture_store::~picture_store() { stop(); }

void picture_store::stop() {
  if (drawing_ == nullptr)
    return;
  drawing_->stop();
  drawing_->join();
  drawing_.reset();
}

void picture_store::get(std::vector<picture_order> orders, std::function<void(std::vector<picture_ptr>)> done) {
  std::vector<picture_ptr> found;
  for (const auto& order : orders)
    found.push_back(find(order.key()));
  if (std::all_of(found.begin(), found.end(), [](const auto& p) { return p != nullptr; })) {
    done(std::move(found));
    return;
  }
  asio::post(*drawing_, [this, orders = std::move(orders), found = std::move(found), done = std::move(done)]() mutable {
    for (std::size_t i = 0; i < orders.size(); ++i) {
      if (found[i] != nullptr)
        continue;
      auto key = orders[i].key();
      found[i] = find(key); // another call may have drawn it meanwhile
      if (found[i] == nullptr)
        keep(key, found[i] = make_picture(orders[i]));
    }
    done(std::move(found));
  });
}

picture_ptr picture_store::find(const std::string& key) {
  std::lock_guard lock(mutex_);
  auto it = by_key_.find(key);
  if (it == by_key_.end())
    return nullptr;
  recent_.splice(recent_.begin(), recent_, it->second);
  return it->second->value;
}

void picture_store::keep(const std::string& key, const picture_ptr& value) {
  auto weight = [](const entry& e) { return e.value->file.size() + e.value->base64.size(); };
  std::lock_guard lock(mutex_);
  if (by_key_.contains(key))
    return;
  recent_.push_front({key, value});
  by_key_[key] = recent_.begin();
  bytes_ += weight(recent_.front());
  while (bytes_ > max_bytes_ && recent_.size() > 1) {
    bytes_ -= weight(recent_.back());
    by_key_.erase(recent_.back().key);
    recent_.pop_back();
  }
}

} // namespace easel::simulator
