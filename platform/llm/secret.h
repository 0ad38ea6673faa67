// A key that is never shown: no stream, log, JSON or comparison by value takes it. `reveal` is
// called where the request's header is written, and nowhere else; `hide_in` is for what a server
// says back.
//
// Source: RFC 8259 (escapes), RFC 3986 (percent-encoding), RFC 4648 (base64).
#pragma once

#include <memory>
#include <string>
#include <vector>

namespace causal_gym {

class Secret {
 public:
  Secret() = default;
  explicit Secret(std::string text);

  [[nodiscard]] bool empty() const { return text_.empty(); }
  [[nodiscard]] const std::string& reveal() const { return text_; }

  // Replaces the key wherever it stands in `text` by "[key]": as it is, with any of its characters
  // escaped as JSON or URLs do it, and inside what is encoded in base64; also its beginning where
  // the text breaks off in it. Tells whether it stood there. A key of fewer than eight characters
  // is a placeholder ("none", "EMPTY") that protects nothing and would deface ordinary words. Cost:
  // a few passes over the text.
  bool hide_in(std::string& text) const;

 private:
  std::string text_;
  std::shared_ptr<const std::vector<std::string>> base64_;  // its digits; null: nothing to hide
};

}  // namespace causal_gym
