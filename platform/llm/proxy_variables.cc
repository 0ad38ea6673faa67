#include "platform/llm/proxy_variables.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <string>
#include <string_view>

namespace causal_gym {

namespace {

// The upper-case form of the first is not read: on a server it may come from a request's header.
constexpr std::array variables = {"http_proxy", "https_proxy", "HTTPS_PROXY", "all_proxy",
                                  "ALL_PROXY"};
constexpr std::array<std::string_view, 6> schemes = {"http",    "https",  "socks4",
                                                     "socks4a", "socks5", "socks5h"};
constexpr std::size_t longest_proxy_bytes = 2'048;

bool is_port(std::string_view digits) {
  std::uint16_t port = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
  return error == std::errc() && end == digits.data() + digits.size() && port > 0;
}

bool is_host(std::string_view host) {
  if (host.starts_with('[') && host.ends_with(']')) {
    host = host.substr(1, host.size() - 2);
    return !host.empty() && host.find_first_not_of("0123456789abcdefABCDEF:.%") == host.npos;
  }
  constexpr std::string_view letters =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._";
  return !host.empty() && host.find_first_not_of(letters) == host.npos;
}

// What is wrong with the address; empty: nothing.
std::string_view fault_of(std::string_view address) {
  if (address.size() > longest_proxy_bytes) return "it is too long";
  const auto is_plain = [](char c) { return c > 0x20 && c < 0x7F; };
  if (!std::all_of(address.begin(), address.end(), is_plain) ||
      address.find_first_of("?#\\\"<>") != address.npos)
    return "it holds a character that may not stand there";
  if (const auto end = address.find("://"); end != address.npos) {
    if (std::find(schemes.begin(), schemes.end(), address.substr(0, end)) == schemes.end())
      return "its scheme is none of a proxy";
    address.remove_prefix(end + 3);
  }
  if (address.ends_with('/')) address.remove_suffix(1);
  if (address.find('/') != address.npos) return "it holds a character that may not stand there";
  if (const auto at = address.find('@'); at != address.npos) address.remove_prefix(at + 1);
  if (address.find('@') != address.npos) return "it holds more than one @";
  const auto colon = address.rfind(':');
  if (colon != address.npos && !address.ends_with(']')) {
    if (!is_port(address.substr(colon + 1))) return "its port is none";
    address = address.substr(0, colon);
  }
  return is_host(address) ? "" : "it names no host";
}

}  // namespace

Status check_proxy_variables(const ConfigSources& sources) {
  for (const std::string name : variables) {
    const auto address = sources.variable(name);
    if (!address || address->empty()) continue;
    if (const auto fault = fault_of(*address); !fault.empty())
      return fail(ErrorCode::invalid_argument,
                  name + " holds no address of a proxy: " + std::string(fault), name,
                  "write [http://][user:password@]host[:port], in the password %23 for a # and so "
                  "on");
  }
  return {};
}

}  // namespace causal_gym
