// The lines of a prompt that a program can read back: "KEY: VALUE", each on a line of its own.
// Cost: linear.
#pragma once

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "gym/agent/plain_text.h"

namespace causal_gym {

inline constexpr std::string_view environment_key = "Environment: ";
inline constexpr std::string_view regime_key = "Intervention in force: ";
inline constexpr std::string_view question_key = "Question: ";
inline constexpr std::string_view offer_key = "Intervention offered: ";
inline constexpr std::string_view no_regime = "none";

class PromptLines {
 public:
  explicit PromptLines(std::string_view text) : lines_(lines_of(text)) {
    for (auto& line : lines_) line = line.substr(0, line.find_last_not_of(" \t\r") + 1);
  }

  // The value of the first or last line with the key; nothing when there is none.
  [[nodiscard]] std::optional<std::string_view> first(std::string_view key) const {
    const auto found = std::find_if(lines_.begin(), lines_.end(), begins_with(key));
    if (found == lines_.end()) return std::nullopt;
    return found->substr(key.size());
  }
  [[nodiscard]] std::optional<std::string_view> last(std::string_view key) const {
    const auto found = std::find_if(lines_.rbegin(), lines_.rend(), begins_with(key));
    if (found == lines_.rend()) return std::nullopt;
    return found->substr(key.size());
  }
  [[nodiscard]] std::size_t size() const { return lines_.size(); }
  // The regime in force; empty: none, or no line says so.
  [[nodiscard]] std::string regime() const {
    const auto line = last(regime_key);
    return line && *line != no_regime ? std::string(*line) : std::string();
  }
  // The lines after the last one that is `mark`; all of them when there is none.
  [[nodiscard]] PromptLines after(std::string_view mark) const {
    const auto found = std::find(lines_.rbegin(), lines_.rend(), mark);
    PromptLines rest("");
    rest.lines_.assign(found == lines_.rend() ? lines_.begin() : found.base(), lines_.end());
    return rest;
  }
  [[nodiscard]] std::vector<std::string> all(std::string_view key) const {
    std::vector<std::string> values;
    for (const auto line : lines_)
      if (begins_with(key)(line)) values.emplace_back(line.substr(key.size()));
    return values;
  }

 private:
  struct BeginsWith {
    std::string_view key;
    bool operator()(std::string_view line) const {
      return line.starts_with(key) && line.size() > key.size();
    }
  };
  static BeginsWith begins_with(std::string_view key) { return {key}; }

  std::vector<std::string_view> lines_;
};

}  // namespace causal_gym
