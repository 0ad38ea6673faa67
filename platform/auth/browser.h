// What keeps a browser from being used against its user: cookies that only we get, tokens that only
// our own pages know, and headers that say what a page may do.
//
// Source: RFC 6265bis (cookies and their __Host- names), OWASP's CSRF cheat sheet (a token signed
// with the session), Fetch metadata (Sec-Fetch-Site), CSP level 3. Cost: linear in the texts.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "platform/http/http_message.h"

namespace causal_gym {

// Did the browser speak TLS, to the proxy before us? A client may claim it, which only makes its
// own cookie stricter.
[[nodiscard]] bool came_over_tls(const HttpRequest& request);

enum class CookieKind { session, form };  // form: of a browser that has not signed in

// "__Host-causal_gym_session" over TLS. Without, the prefix is not to be had.
[[nodiscard]] std::string cookie_name(CookieKind kind, bool tls);

// The value of the first cookie of that kind in the request.
[[nodiscard]] std::optional<std::string> cookie_of(const HttpRequest& request, CookieKind kind);

// A Set-Cookie header's value: HttpOnly, SameSite=Lax, for the whole site, Secure over TLS. A
// lifetime of 0 takes the cookie away; without one it goes with the browser.
[[nodiscard]] std::string set_cookie(CookieKind kind, std::string_view value, bool tls,
                                     std::optional<std::chrono::seconds> lifetime = {});

// The token that a form of this session, or of a browser with this form cookie, must carry. Whoever
// does not know the cookie cannot make it.
[[nodiscard]] std::string form_token(std::string_view cookie);
[[nodiscard]] bool is_form_token(std::string_view token, std::string_view cookie);

// Does the browser say that another site's page sent this?
[[nodiscard]] bool is_cross_site(const HttpRequest& request);

// The fields of an application/x-www-form-urlencoded body. Errors: parse_error; limit_exceeded
// (more than 32 fields).
[[nodiscard]] Result<NamedTexts> form_fields(std::string_view body);

// What a client calls itself in User-Agent, for people to tell their sessions apart: at most
// longest_client_name bytes, and printable ASCII.
inline constexpr std::size_t longest_client_name = 100;
[[nodiscard]] std::string client_name(std::string_view user_agent);

// Adds what every answer carries, unless it is there: Content-Security-Policy,
// Referrer-Policy, Permissions-Policy, Cross-Origin-Opener-Policy, Cross-Origin-Resource-Policy,
// X-Frame-Options, and Strict-Transport-Security over TLS.
void add_security_headers(HttpResponse& response, bool tls);

}  // namespace causal_gym
