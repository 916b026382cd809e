#include "tools/simulator/answer.hpp"

#include "tools/simulator/picture.hpp"

#include <algorithm>

namespace easel::simulator {
namespace {

std::string_view reason(int status) {
  switch (status) {
  case 200:
    return "OK";
  case 400:
    return "Bad Request";
  case 401:
    return "Unauthorized";
  case 403:
    return "Forbidden";
  case 404:
    return "Not Found";
  case 429:
    return "Too Many Requests";
  case 500:
    return "Internal Server Error";
  case 502:
    return "Bad Gateway";
  case 503:
    return "Service Unavailable";
  default:
    return "Simulated";
  }
}

std::string hex(std::size_t value) {
  static constexpr std::string_view digits = "0123456789abcdef";
  std::string out;
  do
    out.insert(out.begin(), digits[value % 16]);
  while ((value /= 16) != 0);
  return out;
}

std::size_t body_size(const answer& from) {
  std::size_t total = 0;
  for (const auto& p : from.body)
    total += p.size();
  return total;
}

std::string make_head(const answer& from) {
  std::string head = "HTTP/1.1 " + std::to_string(from.status) + ' ' + std::string(reason(from.status));
  head += "\r\ncontent-type: " + from.content_type + "\r\nx-simulated: easel\r\n";
  for (const auto& [name, value] : from.headers)
    head += name + ": " + value + "\r\n";
  if (from.chunked)
    head += "transfer-encoding: chunked\r\n\r\n";
  else
    head += "content-length: " + std::to_string(body_size(from)) + "\r\n\r\n";
  return head;
}

std::string noise_text(std::size_t bytes) {
  std::uint64_t state = 4711;
  std::string out;
  while (out.size() < bytes)
    out += static_cast<char>(mix(state));
  return out;
}

void replace_body(answer& from, std::string text) {
  piece only{from.body.empty() ? milliseconds{0} : from.body.front().after, {make_segment(std::move(text))}};
  from.body.assign(1, std::move(only));
}

/// The first bytes of the true body, then filler in shared blocks, so that even 1 GiB costs no memory here.
void blow_up(answer& from, std::size_t bytes) {
  constexpr std::size_t block = 64u << 10;
  std::string start;
  for (const auto& p : from.body)
    for (const auto& s : p.data)
      if (start.size() < 32)
        start += s->substr(0, 32 - start.size());
  replace_body(from, start);
  auto filler = make_segment(std::string(block, 'A'));
  for (std::size_t sent = 0; sent < bytes; sent += block)
    from.body.push_back({milliseconds{0}, {filler}});
  from.chunked = true;
}

} // namespace

std::size_t piece::size() const {
  std::size_t total = 0;
  for (const auto& s : data)
    total += s->size();
  return total;
}

answer json_answer(int status, std::string text, milliseconds delay) {
  answer out;
  out.status = status;
  out.body.push_back({delay, {make_segment(std::move(text))}});
  return out;
}

script to_script(answer from) {
  script out;
  auto head = make_segment(make_head(from));
  if (from.body.empty())
    from.body.emplace_back();
  if (from.chunked) {
    static const auto chunk_end = make_segment("\r\n");
    for (auto& p : from.body) {
      auto size = p.size();
      if (size == 0)
        continue; // an empty chunk would end the body
      p.data.insert(p.data.begin(), make_segment(hex(size) + "\r\n"));
      p.data.push_back(chunk_end);
    }
    from.body.back().data.push_back(make_segment("0\r\n\r\n"));
  }
  from.body.front().data.insert(from.body.front().data.begin(), head);
  out.pieces = std::move(from.body);
  return out;
}

script silent(ending end, milliseconds after) {
  script out;
  out.pieces.push_back({after, {}});
  out.end = end;
  return out;
}

bool answers_nothing(const fault& how) {
  return (how.kind == fault_kind::reset || how.kind == fault_kind::hang) && !how.after_headers;
}

script bend(answer from, const fault& how, milliseconds delay) {
  switch (how.kind) {
  case fault_kind::reset:
  case fault_kind::hang: {
    auto end = how.kind == fault_kind::reset ? ending::reset : ending::hang;
    if (!how.after_headers)
      return silent(end, delay);
    auto out = silent(end, milliseconds{0});
    out.pieces.front() = {delay, {make_segment(make_head(from))}};
    return out;
  }
  case fault_kind::drip: {
    auto out = to_script(std::move(from));
    out.drip_bytes = std::max<std::size_t>(how.bytes, 1);
    out.drip_every = how.every;
    return out;
  }
  case fault_kind::truncate: {
    auto head = make_head(from).size();
    auto body = body_size(from);
    auto out = to_script(std::move(from));
    out.cut_after = head + (how.bytes != 0 ? std::min(how.bytes, body) : body / 2);
    out.end = ending::close;
    return out;
  }
  case fault_kind::garbage: {
    auto noise = noise_text(std::clamp<std::size_t>(body_size(from), 64, 1u << 20));
    if (how.form != "http") {
      replace_body(from, std::move(noise));
      return to_script(std::move(from));
    }
    auto out = silent(ending::close, milliseconds{0});
    out.pieces.front() = {delay, {make_segment(std::move(noise))}};
    return out;
  }
  case fault_kind::content_type:
    from.content_type = how.content_type;
    return to_script(std::move(from));
  case fault_kind::html:
    from.content_type = "text/html; charset=utf-8";
    from.status = how.status;
    from.chunked = false;
    replace_body(from, "<!doctype html><title>Simulated</title><h1>Bad gateway (simulated)</h1>\n");
    return to_script(std::move(from));
  case fault_kind::oversized:
    blow_up(from, how.bytes);
    return to_script(std::move(from));
  default:
    return to_script(std::move(from));
  }
}

} // namespace easel::simulator
