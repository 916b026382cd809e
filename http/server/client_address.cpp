#include "http/server/client_address.hpp"

#include "policies/vocabulary/ascii.hpp"

#include <algorithm>
#include <optional>

namespace easel::server {

namespace {

asio::ip::address plain(const asio::ip::address& address) {
  return address.is_v6() && address.to_v6().is_v4_mapped()
           ? asio::ip::make_address_v4(asio::ip::v4_mapped, address.to_v6())
           : address;
}

std::optional<asio::ip::address> parse(std::string_view text) {
  const auto first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos)
    return std::nullopt;
  text = text.substr(first, text.find_last_not_of(" \t") - first + 1);
  if (text.find('%') != std::string_view::npos)
    return std::nullopt; // a zone means nothing beyond the machine that wrote it
  asio::error_code bad;
  const auto address = asio::ip::make_address(std::string(text), bad);
  return bad ? std::nullopt : std::optional(plain(address));
}

/// All fields of that name, as one list.
std::string field_list(const exchange& asked, std::string_view lower_name, int& count) {
  std::string all;
  asked.each_field([&](std::string_view name, std::string_view value) {
    if (!same_but_for_case(name, lower_name))
      return;
    all += count++ == 0 ? "" : ",";
    all += value;
  });
  return all;
}

} // namespace

client_address address_of(const asio::ip::address& address) {
  const auto known = plain(address);
  client_address out;
  if (known.is_v4()) {
    out.block = {known.to_v4().to_uint(), false};
    out.text = known.to_string();
    return out;
  }
  auto v6 = known.to_v6();
  v6.scope_id(0); // of this machine's interfaces, and no part of an address as PostgreSQL knows it
  const auto bytes = v6.to_bytes();
  out.block.is_v6 = true;
  for (std::size_t i = 0; i < 8; ++i)
    out.block.bits = out.block.bits << 8 | bytes[i];
  out.text = v6.to_string();
  return out;
}

client_addresses::client_addresses(const std::vector<std::string>& trusted, forwarding_header header, bool proven)
    : header_(header), proven_(proven) {
  for (const auto& text : trusted)
    if (const auto address = parse(text))
      trusted_.push_back(*address);
}

bool client_addresses::is_listed(const asio::ip::address& address) const {
  return std::find(trusted_.begin(), trusted_.end(), plain(address)) != trusted_.end();
}

bool client_addresses::is_trusted(const asio::ip::address& peer) const { return proven_ || is_listed(peer); }

client_address client_addresses::find(const asio::ip::address& peer, const exchange& asked) const {
  auto itself = address_of(peer);
  if (!is_trusted(peer))
    return itself;
  itself.unnamed = true;
  int fields = 0;
  if (header_ == forwarding_header::cf_connecting_ip) {
    const auto told = parse(field_list(asked, "cf-connecting-ip", fields));
    return told && fields == 1 ? address_of(*told) : itself;
  }
  const auto list = field_list(asked, "x-forwarded-for", fields);
  auto known = itself;
  for (std::string_view rest = list; !rest.empty();) {
    const auto comma = rest.rfind(',');
    const auto told = parse(comma == std::string_view::npos ? rest : rest.substr(comma + 1));
    if (!told)
      return itself;
    known = address_of(*told);
    if (!is_listed(*told)) // that the peer has proved itself says nothing about who stood before it
      break;
    rest = comma == std::string_view::npos ? std::string_view{} : rest.substr(0, comma);
  }
  return known;
}

} // namespace easel::server
