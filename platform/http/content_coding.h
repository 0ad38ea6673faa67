// gzip of answers, for who takes it.
//
// Pages are never coded: they hold the token of their forms beside what a request said, and the
// length of such a text, once compressed, tells of the token (BREACH). Event streams are not, since
// each event is to go out at once. Source: RFC 9110, sections 8.4, 12.4.2, 12.5.3; RFC 1952. Cost:
// about 20 ms for each MB, on the thread of the handler.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "platform/http/server_options.h"

namespace causal_gym {

inline constexpr std::size_t least_coded_bytes = 1'024;      // below, coding saves no packet
inline constexpr std::size_t most_coded_bytes = 16'777'216;  // beyond, it would take too long

// Is gzip taken, and no less than the text as it is? No field, or one that is no list of codings
// with weights 0 to 1: no.
[[nodiscard]] bool prefers_gzip(const std::optional<std::string>& accept_encoding);

// Texts for programs: JSON, YAML, CSV, Markdown and their like; no HTML, no event stream.
[[nodiscard]] bool is_coded_type(std::string_view content_type);

// One gzip member, the same for the same text from the same zlib: it holds no time and no name.
[[nodiscard]] std::string gzip_text(std::string_view text);

// The handler, whose answers 200 of such types and sizes say that they vary by Accept-Encoding, and
// are sent with gzip to who prefers it.
[[nodiscard]] HttpHandler with_gzip(HttpHandler handler);

}  // namespace causal_gym
