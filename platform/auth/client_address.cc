#include "platform/auth/client_address.h"

#include <arpa/inet.h>

#include <algorithm>
#include <charconv>
#include <optional>
#include <system_error>

namespace causal_gym {

namespace {

using Bytes = std::array<unsigned char, 16>;

constexpr std::size_t networks_limit = 64;
constexpr unsigned all_bits = 128;
constexpr unsigned mapped_bits = 96;  // of ::ffff:0:0/96, where the IPv4 addresses are

std::optional<Bytes> bytes_of(std::string_view text) {
  if (text.starts_with('[') && text.ends_with(']')) text = text.substr(1, text.size() - 2);
  const std::string address(text);
  Bytes bytes{};
  if (inet_pton(AF_INET6, address.c_str(), bytes.data()) == 1) return bytes;
  bytes = {};
  bytes[10] = bytes[11] = 0xFF;
  if (inet_pton(AF_INET, address.c_str(), bytes.data() + 12) == 1) return bytes;
  return std::nullopt;
}

bool is_mapped(const Bytes& bytes) {
  return std::all_of(bytes.begin(), bytes.begin() + 10, [](auto b) { return b == 0; }) &&
         bytes[10] == 0xFF && bytes[11] == 0xFF;
}

bool same_prefix(const Bytes& a, const Bytes& b, unsigned bits) {
  const auto whole = bits / 8;
  if (!std::equal(a.begin(), a.begin() + whole, b.begin())) return false;
  const auto rest = bits % 8;
  return rest == 0 || ((a[whole] ^ b[whole]) >> (8 - rest)) == 0;
}

std::optional<unsigned> prefix_of(std::string_view digits, bool is_ipv4) {
  unsigned bits = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), bits);
  if (error != std::errc() || end != digits.data() + digits.size()) return std::nullopt;
  if (bits > (is_ipv4 ? all_bits - mapped_bits : all_bits)) return std::nullopt;
  return bits + (is_ipv4 ? mapped_bits : 0);
}

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

}  // namespace

Result<AddressList> AddressList::read(std::string_view text) {
  constexpr std::string_view separators = ", \t";
  AddressList list;
  while (true) {
    const auto begin = text.find_first_not_of(separators);
    if (begin == std::string_view::npos) return list;
    text.remove_prefix(begin);
    const auto entry = text.substr(0, text.find_first_of(separators));
    text.remove_prefix(entry.size());
    const auto slash = std::min(entry.find('/'), entry.size());
    const auto bytes = bytes_of(entry.substr(0, slash));
    const auto prefix = !bytes ? std::nullopt
                        : slash == entry.size()
                            ? std::optional(all_bits)
                            : prefix_of(entry.substr(slash + 1), is_mapped(*bytes));
    if (!prefix)
      return fail(ErrorCode::invalid_argument, "'" + std::string(entry) + "' is not an address", {},
                  "write addresses as 10.0.0.0/8, 192.0.2.7 or ::1");
    if (list.networks_.size() == networks_limit)
      return fail(ErrorCode::limit_exceeded,
                  "more than " + std::to_string(networks_limit) + " addresses");
    list.networks_.push_back({*bytes, *prefix});
  }
}

bool AddressList::contains(std::string_view address) const {
  const auto bytes = bytes_of(address);
  return bytes && std::any_of(networks_.begin(), networks_.end(), [&](const auto& network) {
           return same_prefix(network.bytes, *bytes, network.prefix);
         });
}

std::string_view without_port(std::string_view remote) {
  if (remote.starts_with('[')) return remote.substr(1, remote.find(']') - 1);
  const auto colon = remote.find(':');
  if (colon == std::string_view::npos || remote.find(':', colon + 1) != std::string_view::npos)
    return remote;  // an IPv6 address without a port
  return remote.substr(0, colon);
}

std::string client_address(std::string_view remote, std::string_view forwarded_for,
                           const AddressList& trusted) {
  auto nearest = without_port(remote);
  while (trusted.contains(nearest) && !forwarded_for.empty()) {
    const auto comma = forwarded_for.rfind(',');
    const auto begin = comma == std::string_view::npos ? 0 : comma + 1;
    const auto before = without_port(trimmed(forwarded_for.substr(begin)));
    if (!bytes_of(before)) break;
    nearest = before;
    forwarded_for = forwarded_for.substr(0, begin == 0 ? 0 : comma);
  }
  return std::string(nearest);
}

std::string address_group(std::string_view address) {
  auto bytes = bytes_of(address);
  if (!bytes) return std::string(address);
  std::array<char, INET6_ADDRSTRLEN> text{};
  if (is_mapped(*bytes)) {
    inet_ntop(AF_INET, bytes->data() + 12, text.data(), text.size());
    return text.data();
  }
  std::fill(bytes->begin() + 8, bytes->end(), 0);
  inet_ntop(AF_INET6, bytes->data(), text.data(), text.size());
  return std::string(text.data()) + "/64";
}

bool is_loopback_address(std::string_view address) {
  static const auto loopback = AddressList::read("127.0.0.0/8 ::1");
  return loopback && loopback->contains(address);
}

}  // namespace causal_gym
