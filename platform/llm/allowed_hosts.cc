#include "platform/llm/allowed_hosts.h"

#include <algorithm>
#include <cctype>
#include <string>
#include <vector>

#include "engine/base/limits.h"

namespace causal_gym {

namespace {

std::string lower(std::string_view text) {
  std::string result(text);
  for (char& c : result) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return result;
}

// "host:443", whichever way it is written.
std::string with_port(std::string authority, std::string_view port) {
  const auto bracket = authority.rfind(']');
  const auto colon = authority.rfind(':');
  const bool has_port =
      colon != std::string::npos && (bracket == std::string::npos || colon > bracket);
  if (!has_port) authority.append(":").append(port);
  return authority;
}

Result<std::vector<std::string>> entries_of(std::string_view list) {
  std::vector<std::string> entries;
  constexpr std::string_view separators = ", \t\r\n";
  for (auto at = list.find_first_not_of(separators); at != std::string_view::npos;) {
    const auto end = std::min(list.find_first_of(separators, at), list.size());
    CAUSAL_GYM_CHECKED(check_limit(std::string("hosts in ") + model_hosts_variable,
                                   entries.size() + 1, model_hosts_limit));
    entries.push_back(lower(list.substr(at, end - at)));
    at = list.find_first_not_of(separators, end);
  }
  return entries;
}

}  // namespace

Status check_allowed_host(std::string_view base_url, std::string_view list) {
  CAUSAL_GYM_TRY(entries, entries_of(list));
  if (entries.empty()) return {};
  const auto url = lower(base_url);
  const auto scheme = url.find("://");
  const auto begin = scheme == std::string::npos ? 0 : scheme + 3;
  const auto authority = url.substr(begin, url.find_first_of("/?#", begin) - begin);
  const std::string_view port = url.starts_with("http://") ? "80" : "443";
  const auto wanted = with_port(authority, port);
  std::string allowed;
  for (const auto& entry : entries) {
    if (with_port(entry, port) == wanted) return {};
    allowed.append(allowed.empty() ? "" : ", ").append(entry);
  }
  return fail(ErrorCode::invalid_argument, "models may not be asked at '" + wanted + "'",
              model_hosts_variable, "it allows " + allowed);
}

}  // namespace causal_gym
