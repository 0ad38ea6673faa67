// A key that is never shown: no stream, log, JSON or comparison by value takes it. `reveal` is
// called where the request's header is written, and nowhere else.
#pragma once

#include <string>

namespace causal_gym {

class Secret {
 public:
  Secret() = default;
  explicit Secret(std::string text) : text_(std::move(text)) {}

  [[nodiscard]] bool empty() const { return text_.empty(); }
  [[nodiscard]] const std::string& reveal() const { return text_; }

 private:
  std::string text_;
};

}  // namespace causal_gym
