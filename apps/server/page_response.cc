#include "apps/server/page_response.h"

#include <utility>

#include "apps/server/html.h"
#include "apps/server/pages.h"
#include "engine/draw/svg.h"
#include "platform/auth/secret_text.h"

namespace causal_gym {

namespace {

// What stands in the first style element of a document.
std::string style_of(std::string_view document) {
  constexpr std::string_view begin = "<style>";
  const auto at = document.find(begin);
  if (at == std::string_view::npos) return {};
  const auto from = at + begin.size();
  return std::string(document.substr(from, document.find("</style>", from) - from));
}

std::string make_policy() {
  return "default-src 'none'; style-src 'sha256-" + digest_base64(style_of(html_page("", ""))) +
         "' 'sha256-" + digest_base64(style_of(draw_svg(Graph()))) +
         "'; img-src data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";
}

}  // namespace

HttpResponse page_response(int status, std::string html, std::string_view script) {
  static const std::string without_script = make_policy();
  auto policy = without_script;
  if (!script.empty())
    policy += "; script-src 'sha256-" + digest_base64(script) + "'; connect-src 'self'";
  return {status,
          "text/html; charset=utf-8",
          {{"Content-Security-Policy", std::move(policy)}},
          std::move(html)};
}

HttpResponse page_of_error(int status, const Error& error) {
  return page_response(status, error_page(status, error));
}

HttpResponse see_other(const std::string& path) {
  return {303, "text/plain; charset=utf-8", {{"Location", path}}, "see " + path + "\n"};
}

std::string_view field_of(const NamedTexts& fields, std::string_view name) {
  for (const auto& [field, value] : fields)
    if (field == name) return value;
  return {};
}

std::string retry_after(std::chrono::nanoseconds wait) {
  return std::to_string(std::chrono::ceil<std::chrono::seconds>(wait).count());
}

}  // namespace causal_gym
