#include "http/server/response_writer.hpp"

#include "policies/vocabulary/base64.hpp"

#include <algorithm>

namespace easel::server {

namespace {

/// A multiple of three, so that base64 pieces join without padding; 256 KiB on the wire.
constexpr std::size_t piece_bytes = 192u << 10;
constexpr std::size_t piece_text = 256u << 10;

} // namespace

void wire_state::count_cookies(const answer_head& head) {
  for (const auto& cookie : head.cookies) {
    const auto* known = std::find(all_cookies.begin(), all_cookies.end(), cookie.name());
    if (known == all_cookies.end())
      unknown_cookies.fetch_add(1);
    else
      cookies[static_cast<std::size_t>(known - all_cookies.begin())].fetch_add(1);
  }
  for (const auto& each : head.headers)
    if (set_cookie::is_field(each.name))
      unknown_cookies.fetch_add(1);
}

void wire_state::abandon_writers() {
  std::vector<std::shared_ptr<response_writer>> left;
  {
    std::lock_guard lock(writers_mutex);
    for (auto* writer : writers)
      if (auto alive = writer->weak_from_this().lock())
        left.push_back(std::move(alive));
  }
  for (const auto& writer : left)
    writer->abandon();
}

response_writer::response_writer(wire_loop& loop, std::variant<fixed_output, chunked_output> out,
                                 stream_options options, settle ended)
    : io_(loop.io),
      state_(loop.state),
      out_(std::move(out)),
      options_(std::move(options)),
      ended_(std::move(ended)),
      heartbeat_(loop.io) {
  std::lock_guard lock(state_->writers_mutex);
  state_->writers.insert(this);
}

response_writer::~response_writer() {
  std::lock_guard lock(state_->writers_mutex);
  state_->writers.erase(this);
}

void response_writer::abandon() {
  end(false);
  out_.reset(); // nobody else holds the connection now, and it closes
}

bool response_writer::push(std::vector<segment> frame) {
  std::lock_guard lock(mutex_);
  if (over_ || finished_)
    return false;
  if (frames_.size() >= static_cast<std::size_t>(options_.backlog)) {
    overflow();
    return false;
  }
  frames_.push_back(std::move(frame));
  schedule();
  return true;
}

void response_writer::finish(written done) {
  {
    std::lock_guard lock(mutex_);
    if (!over_ && !done_) {
      done_ = std::move(done);
      finished_ = true;
      schedule();
      return;
    }
  }
  if (done)
    done(false);
}

void response_writer::break_off() {
  std::lock_guard lock(mutex_);
  if (over_ || finished_)
    return;
  finished_ = true;
  broken_ = true;
  schedule();
}

void response_writer::start_stream() {
  asio::post(io_, [self = shared_from_this()] {
    {
      std::lock_guard lock(self->mutex_);
      if (self->busy_ || self->over_)
        return; // a first event is on its way already, and brings the head along
      self->busy_ = true;
    }
    self->write({}, false);
  });
  std::lock_guard lock(mutex_);
  arm_heartbeat();
}

void response_writer::schedule() {
  if (busy_ || over_)
    return;
  busy_ = true;
  asio::post(io_, [self = shared_from_this()] { self->pump(); });
}

void response_writer::pump() {
  bool last = false, broken = false;
  {
    std::lock_guard lock(mutex_);
    if (over_)
      return;
    if (frames_.empty() && !finished_) {
      busy_ = false;
      return;
    }
    last = frames_.empty();
    broken = broken_;
  }
  if (broken)
    return abandon();
  std::string piece = last ? std::string() : cut_piece();
  {
    std::lock_guard lock(mutex_);
    last = finished_ && !broken_ && frames_.empty();
  }
  write(std::move(piece), last);
}

std::string response_writer::cut_piece() {
  std::vector<segment>* frame = nullptr;
  {
    std::lock_guard lock(mutex_);
    frame = &frames_.front(); // stays where it is: others only append behind it
  }
  std::string piece;
  while (at_.part < frame->size() && piece.size() < piece_text) {
    const segment& part = (*frame)[at_.part];
    if (at_.in_text < part.text.size()) {
      const auto n = std::min(part.text.size() - at_.in_text, piece_text - piece.size());
      piece.append(part.text, at_.in_text, n);
      at_.in_text += n;
      continue;
    }
    const std::size_t size = part.bytes ? part.bytes->size() : 0;
    if (at_.in_bytes < size) {
      const auto room = (piece_text - piece.size()) / 4 * 3;
      const auto n = std::min({size - at_.in_bytes, piece_bytes, part.base64 ? room : piece_text - piece.size()});
      if (n == 0)
        break;
      const auto bytes = std::string_view(*part.bytes).substr(at_.in_bytes, n);
      if (part.base64)
        append_base64(piece, bytes);
      else
        piece.append(bytes);
      at_.in_bytes += n;
      continue;
    }
    at_ = {at_.part + 1, 0, 0};
  }
  if (at_.part == frame->size()) {
    at_ = {};
    std::lock_guard lock(mutex_);
    frames_.pop_front();
  }
  return piece;
}

void response_writer::write(std::string piece, bool last) {
  auto told = [self = shared_from_this(), last](const asio::error_code& ec) { self->on_written(!ec, last); };
  std::visit(
    [&](auto& out) {
      if constexpr (std::is_same_v<std::decay_t<decltype(out)>, fixed_output>)
        out.append_body(std::move(piece));
      else
        out.append_chunk(std::move(piece));
      if (last)
        out.done(std::move(told));
      else
        out.flush(std::move(told));
    },
    *out_);
}

void response_writer::on_written(bool ok, bool last) {
  if (!ok || last) {
    end(ok);
    return;
  }
  std::function<void()> hungry;
  {
    std::lock_guard lock(mutex_);
    written_since_heartbeat_ = true;
    busy_ = false;
    if (!frames_.empty() || finished_)
      schedule();
    else if (!over_)
      hungry = hungry_;
  }
  if (hungry)
    hungry();
}

void response_writer::end(bool complete) {
  written done;
  std::function<void()> hungry; // what it holds goes without the lock
  {
    std::lock_guard lock(mutex_);
    if (over_)
      return;
    over_ = true;
    complete = complete && !cut_off_;
    frames_.clear();
    done.swap(done_);
    hungry.swap(hungry_);
    heartbeat_.cancel();
  }
  if (done)
    done(complete);
  ended_(complete);
}

void response_writer::overflow() {
  // What is half sent must be sent whole, or the framing breaks; everything behind it gives way to the last word.
  if (frames_.size() > 1)
    frames_.erase(frames_.begin() + 1, frames_.end());
  frames_.push_back({segment{options_.overflow_event, nullptr, false}});
  cut_off_ = true;
  finished_ = true;
  schedule();
}

void response_writer::arm_heartbeat() {
  heartbeat_.expires_after(options_.heartbeat);
  heartbeat_.async_wait([weak = weak_from_this()](const asio::error_code& ec) {
    if (auto self = weak.lock(); self && !ec)
      self->on_heartbeat();
  });
}

void response_writer::on_heartbeat() {
  std::lock_guard lock(mutex_);
  if (over_ || finished_)
    return;
  if (!busy_ && !written_since_heartbeat_ && frames_.empty()) {
    frames_.push_back({segment{": ping\n\n", nullptr, false}});
    schedule();
  }
  written_since_heartbeat_ = false;
  arm_heartbeat();
}

} // namespace easel::server
