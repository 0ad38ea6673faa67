// A key that is never shown: no stream, log, JSON or comparison by value takes it. `reveal` is
// called where the request's header is written, and nowhere else; `hide_in` is for what a server
// says back.
#pragma once

#include <cstddef>
#include <string>

namespace causal_gym {

class Secret {
 public:
  Secret() = default;
  explicit Secret(std::string text) : text_(std::move(text)) {}

  [[nodiscard]] bool empty() const { return text_.empty(); }
  [[nodiscard]] const std::string& reveal() const { return text_; }

  // Replaces the key wherever it stands in `text` by "[key]". A key of fewer than eight characters
  // is a placeholder ("none", "EMPTY") that protects nothing and would deface ordinary words.
  void hide_in(std::string& text) const {
    if (text_.size() < 8) return;
    for (auto at = text.find(text_); at != std::string::npos; at = text.find(text_, at))
      text.replace(at, text_.size(), "[key]");
  }

 private:
  std::string text_;
};

}  // namespace causal_gym
