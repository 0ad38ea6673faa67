// Pieces of HTML: escaping, and the frame that every page shares.
#pragma once

#include <string>
#include <string_view>

namespace causal_gym {

// The text with & < > " ' escaped: safe in element content and in quoted attributes.
[[nodiscard]] std::string html_escape(std::string_view text);

// The text percent-encoded for one part of a query or path.
[[nodiscard]] std::string url_escape(std::string_view text);

// Who looks at a page; nobody in particular where access is off.
struct Visitor {
  std::string name;
  std::string form_token;  // which every form that changes something carries
  bool operates = false;   // may see how the server is
};

// A hidden field with that token.
[[nodiscard]] std::string form_token_field(const Visitor& visitor);

// A whole document. `title` is text; `body` is HTML. Light and dark follow the reader's system; no
// script.
[[nodiscard]] std::string html_page(std::string_view title, std::string_view body,
                                    const Visitor& visitor = {});

}  // namespace causal_gym
