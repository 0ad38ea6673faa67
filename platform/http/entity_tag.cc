#include "platform/http/entity_tag.h"

#include <sodium.h>

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "engine/base/check.h"

namespace causal_gym {

namespace {

constexpr std::size_t digest_bytes = 16;

std::string_view without_leading_space(std::string_view text) {
  const auto at = text.find_first_not_of(" \t");
  return at == std::string_view::npos ? std::string_view() : text.substr(at);
}

// RFC 9110, section 8.8.3: etagc.
bool is_tag_character(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte == 0x21 || (byte >= 0x23 && byte != 0x7F);
}

// Takes `W/"..."` or `"..."` off the front, and gives it with its quotes and without `W/`.
std::optional<std::string_view> take_tag(std::string_view& text) {
  auto rest = text;
  if (rest.starts_with("W/")) rest.remove_prefix(2);
  if (!rest.starts_with('"')) return std::nullopt;
  const auto end = rest.find('"', 1);
  if (end == std::string_view::npos) return std::nullopt;
  const auto tag = rest.substr(0, end + 1);
  if (!std::all_of(tag.begin() + 1, tag.end() - 1, is_tag_character)) return std::nullopt;
  text = without_leading_space(rest.substr(end + 1));
  return tag;
}

bool is_about_body(const std::string& name) {
  constexpr std::string_view fields[] = {"Content-Encoding", "Content-Disposition",
                                         "Content-Language"};
  return std::any_of(std::begin(fields), std::end(fields),
                     [&](auto field) { return same_header_name(field, name); });
}

// The values of a field that stands several times are one list (RFC 9110, section 5.3).
std::optional<std::string> joined_values(const HttpRequest& request, std::string_view field) {
  std::optional<std::string> all;
  for (const auto& [name, value] : request.headers) {
    if (!same_header_name(name, field)) continue;
    if (all)
      all->append(", ").append(value);
    else
      all = value;
  }
  return all;
}

void become_not_modified(HttpResponse& response) {
  response.status = 304;
  response.content_type.clear();
  response.body.clear();
  std::erase_if(response.headers, [](const auto& field) { return is_about_body(field.first); });
}

}  // namespace

std::string entity_tag(std::string_view body) {
  static const bool ready = sodium_init() >= 0;
  CHECK(ready);
  std::array<unsigned char, digest_bytes> digest{};
  crypto_generichash(digest.data(), digest.size(),
                     reinterpret_cast<const unsigned char*>(body.data()), body.size(), nullptr, 0);
  std::string text(2 * digest_bytes + 1, '\0');
  sodium_bin2hex(text.data(), text.size(), digest.data(), digest.size());
  text.back() = '"';  // where a C text ends
  return '"' + text;
}

bool names_entity_tag(std::string_view if_none_match, std::string_view tag) {
  auto rest = without_leading_space(if_none_match);
  if (rest.starts_with('*')) return without_leading_space(rest.substr(1)).empty();
  bool named = false;
  while (!rest.empty()) {
    if (!rest.starts_with(',')) {  // a list may have empty members
      const auto member = take_tag(rest);
      if (!member || (!rest.empty() && !rest.starts_with(','))) return false;
      named = named || *member == tag;
    }
    if (!rest.empty()) rest = without_leading_space(rest.substr(1));
  }
  return named;
}

HttpHandler with_entity_tags(HttpHandler handler) {
  return [handler = std::move(handler)](const HttpRequest& request,
                                        const CancellationToken& cancellation) {
    auto response = handler(request, cancellation);
    if (response.status != 200 || response.stream ||
        (request.method != "GET" && request.method != "HEAD"))
      return response;
    const auto own =
        std::find_if(response.headers.begin(), response.headers.end(),
                     [](const auto& field) { return same_header_name(field.first, "ETag"); });
    const auto tag = own == response.headers.end() ? entity_tag(response.body) : own->second;
    if (own == response.headers.end()) response.headers.emplace_back("ETag", tag);
    const auto known = joined_values(request, "If-None-Match");
    if (known && names_entity_tag(*known, tag)) become_not_modified(response);
    return response;
  };
}

}  // namespace causal_gym
