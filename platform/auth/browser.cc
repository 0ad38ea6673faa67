#include "platform/auth/browser.h"

#include <algorithm>

#include "platform/auth/secret_text.h"

namespace causal_gym {

namespace {

constexpr std::size_t form_fields_limit = 32;
constexpr std::size_t longest_cookie_bytes = 512;

std::string_view trimmed(std::string_view text) {
  const auto begin = text.find_first_not_of(' ');
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(' ') - begin + 1);
}

// What stands before the separator, which is taken off the text with it.
std::string_view take_part(std::string_view& text, char separator) {
  const auto end = text.find(separator);
  const auto part = text.substr(0, end);
  text = end == std::string_view::npos ? std::string_view() : text.substr(end + 1);
  return part;
}

bool has_header(const HttpResponse& response, std::string_view name) {
  return std::any_of(response.headers.begin(), response.headers.end(),
                     [&](const auto& header) { return same_header_name(header.first, name); });
}

// "https://host:1" -> "host:1"; empty for "null" and what else is no origin.
std::string_view authority_of(std::string_view origin) {
  const auto scheme = origin.find("://");
  return scheme == std::string_view::npos ? std::string_view() : origin.substr(scheme + 3);
}

}  // namespace

bool came_over_tls(const HttpRequest& request) {
  const auto scheme = request.header("X-Forwarded-Proto");
  return scheme && trimmed(scheme->substr(0, scheme->find(','))) == "https";
}

std::string cookie_name(CookieKind kind, bool tls) {
  const auto* name = kind == CookieKind::session ? "causal_gym_session" : "causal_gym_form";
  return (tls ? "__Host-" : "") + std::string(name);
}

std::optional<std::string> cookie_of(const HttpRequest& request, CookieKind kind) {
  const auto name = cookie_name(kind, came_over_tls(request));
  for (const auto& [header, value] : request.headers) {
    if (!same_header_name(header, "Cookie")) continue;
    for (std::string_view rest = value; !rest.empty();) {
      auto found = trimmed(take_part(rest, ';'));
      if (take_part(found, '=') == name && !found.empty() && found.size() <= longest_cookie_bytes)
        return std::string(found);
    }
  }
  return std::nullopt;
}

std::string set_cookie(CookieKind kind, std::string_view value, bool tls,
                       std::optional<std::chrono::seconds> lifetime) {
  auto cookie =
      cookie_name(kind, tls) + "=" + std::string(value) + "; Path=/; HttpOnly; SameSite=Lax";
  if (tls) cookie += "; Secure";
  if (lifetime) cookie += "; Max-Age=" + std::to_string(lifetime->count());
  return cookie;
}

std::string form_token(std::string_view cookie) { return keyed_digest(cookie, "form"); }

bool is_form_token(std::string_view token, std::string_view cookie) {
  return !cookie.empty() && same_secret(token, form_token(cookie));
}

bool is_cross_site(const HttpRequest& request) {
  if (const auto site = request.header("Sec-Fetch-Site"))
    if (*site != "same-origin" && *site != "none") return true;
  const auto origin = request.header("Origin");
  return origin && authority_of(*origin) != request.header("Host").value_or("");
}

Result<NamedTexts> form_fields(std::string_view body) {
  NamedTexts fields;
  while (!body.empty()) {
    if (fields.size() == form_fields_limit)
      return fail(ErrorCode::limit_exceeded,
                  "the form has more than " + std::to_string(form_fields_limit) + " fields");
    auto field = take_part(body, '&');
    CAUSAL_GYM_TRY(name, percent_decoded(take_part(field, '='), true));
    CAUSAL_GYM_TRY(value, percent_decoded(field, true));
    fields.emplace_back(std::move(name), std::move(value));
  }
  return fields;
}

std::string client_name(std::string_view user_agent) {
  std::string name(user_agent.substr(0, longest_client_name));
  for (auto& c : name)
    if (c < ' ' || c > '~') c = '?';
  return name;
}

void add_security_headers(HttpResponse& response, bool tls) {
  static constexpr std::pair<const char*, const char*> headers[] = {
      {"Content-Security-Policy",
       "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"},
      {"X-Frame-Options", "DENY"},
      {"Referrer-Policy", "same-origin"},
      {"Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=(), usb=()"},
      {"Cross-Origin-Opener-Policy", "same-origin"},
      {"Cross-Origin-Resource-Policy", "same-origin"},
  };
  for (const auto& [name, value] : headers)
    if (!has_header(response, name)) response.headers.emplace_back(name, value);
  if (tls && !has_header(response, "Strict-Transport-Security"))
    response.headers.emplace_back("Strict-Transport-Security",
                                  "max-age=31536000; includeSubDomains");
}

}  // namespace causal_gym
