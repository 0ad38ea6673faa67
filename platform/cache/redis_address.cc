#include "platform/cache/redis_address.h"

#include <fmt/format.h>

#include <charconv>
#include <optional>

namespace causal_gym {

namespace {

constexpr std::size_t longest_url = 2'048;
constexpr int most_databases = 1'024;

std::optional<std::string> decoded(std::string_view text) {
  std::string result;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      result += text[i];
      continue;
    }
    unsigned value = 0;
    const auto* const begin = text.data() + i + 1;
    if (i + 2 >= text.size()) return std::nullopt;
    const auto [end, error] = std::from_chars(begin, begin + 2, value, 16);
    if (error != std::errc() || end != begin + 2 || value == 0) return std::nullopt;
    result += static_cast<char>(value);
    i += 2;
  }
  return result;
}

template <class Number>
std::optional<Number> number_of(std::string_view text) {
  Number number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

tl::unexpected<Error> refuse(std::string_view what) {
  return fail(ErrorCode::invalid_argument, fmt::format("the address of Redis: {}", what), "",
              "write redis://[user[:password]@]host[:port][/database]");
}

Status read_credentials(std::string_view text, RedisAddress& address) {
  const auto colon = text.find(':');
  const auto user = decoded(text.substr(0, colon));
  const auto password =
      decoded(colon == std::string_view::npos ? std::string_view() : text.substr(colon + 1));
  if (!user || !password) return refuse("a broken percent escape in user or password");
  address.user = *user;
  address.password = *password;
  return {};
}

Status read_host(std::string_view text, RedisAddress& address) {
  std::string_view port;
  if (text.starts_with('[')) {
    const auto end = text.find(']');
    if (end == std::string_view::npos) return refuse("a '[' without ']'");
    address.host = text.substr(1, end - 1);
    port = text.substr(end + 1);
  } else {
    const auto colon = text.find(':');
    address.host = text.substr(0, colon);
    if (colon != std::string_view::npos) port = text.substr(colon);
  }
  if (address.host.empty()) return refuse("no host");
  if (port.empty()) return {};
  const auto number = number_of<std::uint16_t>(port.substr(1));
  if (port[0] != ':' || !number || *number == 0)
    return refuse(fmt::format("'{}' is no port from 1 to 65535", port.substr(1)));
  address.port = *number;
  return {};
}

}  // namespace

std::string RedisAddress::text() const { return fmt::format("{}:{}/{}", host, port, database); }

Result<RedisAddress> read_redis_address(std::string_view url) {
  if (url.size() > longest_url) return refuse(fmt::format("over {} characters", longest_url));
  constexpr std::string_view scheme = "redis://";
  if (url.starts_with("rediss://"))
    return refuse("rediss (TLS) is not supported: use a tunnel, as docs/operations/redis.md shows");
  if (!url.starts_with(scheme)) return refuse("it does not begin with redis://");
  url.remove_prefix(scheme.size());
  RedisAddress address;
  const auto slash = url.find('/', url.rfind('@') == std::string_view::npos ? 0 : url.rfind('@'));
  auto authority = url.substr(0, slash);
  if (const auto at = authority.rfind('@'); at != std::string_view::npos) {
    if (auto status = read_credentials(authority.substr(0, at), address); !status)
      return fail(status.error());
    authority.remove_prefix(at + 1);
  }
  if (auto status = read_host(authority, address); !status) return fail(status.error());
  if (slash == std::string_view::npos || slash + 1 == url.size()) return address;
  const auto database = number_of<int>(url.substr(slash + 1));
  if (!database || *database < 0 || *database >= most_databases)
    return refuse(fmt::format("'{}' is no database number", url.substr(slash + 1)));
  address.database = *database;
  return address;
}

}  // namespace causal_gym
