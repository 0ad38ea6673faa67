#include "platform/store/database_target.h"

#include <string_view>

namespace causal_gym {

namespace {

constexpr std::string_view scheme_mark = "://";

bool is_secret(std::string_view parameter) {
  const auto name = parameter.substr(0, parameter.find('='));
  // A name may be written with percent signs, so that only plain ones are known to be no secret.
  return name.find("password") != std::string_view::npos ||
         name.find('%') != std::string_view::npos;
}

std::string without_secrets(std::string_view parameters) {
  std::string kept;
  while (!parameters.empty()) {
    const auto each = parameters.substr(0, parameters.find('&'));
    parameters.remove_prefix(std::min(parameters.size(), each.size() + 1));
    if (is_secret(each)) continue;
    kept += kept.empty() ? '?' : '&';
    kept += each;
  }
  return kept;
}

}  // namespace

bool is_postgres_url(const std::string& target) {
  return target.starts_with("postgresql://") || target.starts_with("postgres://");
}

std::string shown_target(const std::string& target) {
  if (!is_postgres_url(target)) return target;
  const auto begin = target.find(scheme_mark) + scheme_mark.size();
  std::string rest = target.substr(begin);
  // A password that is not encoded may hold any of "/?@": whatever comes before the last '@' may be
  // a part of it.
  std::string user;
  if (const auto at = rest.rfind('@'); at != std::string::npos) {
    user = rest.substr(0, std::min(at, rest.find(':'))) + "@";
    rest = rest.substr(at + 1);
  }
  const auto question = rest.find('?');
  const std::string place = rest.substr(0, question);
  const std::string parameters =
      question == std::string::npos ? "" : without_secrets(rest.substr(question + 1));
  return target.substr(0, begin) + user + place + parameters;
}

Status check_target(const std::string& target) {
  const auto mark = target.find(scheme_mark);
  if (mark == std::string::npos || is_postgres_url(target)) return {};
  return fail(ErrorCode::invalid_argument,
              "'" + target.substr(0, mark + scheme_mark.size()) +
                  "...' is no database that this program knows",
              "database", "name a file, or postgresql://user@host/name");
}

}  // namespace causal_gym
