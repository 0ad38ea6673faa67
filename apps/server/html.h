// Pieces of HTML: escaping, and the frame that every page shares.
#pragma once

#include <string>
#include <string_view>

namespace causal_gym {

// The text with & < > " ' escaped: safe in element content and in quoted attributes.
[[nodiscard]] std::string html_escape(std::string_view text);

// The text percent-encoded for one part of a query or path.
[[nodiscard]] std::string url_escape(std::string_view text);

// A whole document. `title` is text; `body` is HTML. Light and dark follow the reader's system; no
// script.
[[nodiscard]] std::string html_page(std::string_view title, std::string_view body);

}  // namespace causal_gym
