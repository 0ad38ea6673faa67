// The attributes of nodes that graph texts share: their words, and positions as "x,y".
#pragma once

#include <array>
#include <charconv>
#include <cmath>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "engine/graph/graph.h"

namespace causal_gym {

struct NodeFlag {
  std::string_view word;
  bool Node::*member;
};

inline constexpr std::array<NodeFlag, 5> node_flags = {{{"latent", &Node::latent},
                                                        {"exposure", &Node::exposure},
                                                        {"outcome", &Node::outcome},
                                                        {"adjusted", &Node::adjusted},
                                                        {"selected", &Node::selected}}};

// The shortest text that reads back as the same number.
[[nodiscard]] inline std::string number_text(double number) {
  char buffer[32];
  return {buffer, std::to_chars(std::begin(buffer), std::end(buffer), number).ptr};
}

// The text with ASCII letters in lower case.
[[nodiscard]] inline std::string lowercase(std::string_view text) {
  std::string result(text);
  for (char& c : result)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return result;
}

// "0.5,-1" or "0.5, -1"; none when it is not two finite numbers.
[[nodiscard]] inline std::optional<std::pair<double, double>> parse_position(
    std::string_view text) {
  double numbers[2] = {};
  for (auto& number : numbers) {
    while (text.starts_with(' ')) text.remove_prefix(1);
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc() || !std::isfinite(number)) return std::nullopt;
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    while (text.starts_with(' ')) text.remove_prefix(1);
    if (&number == numbers) {
      if (!text.starts_with(',')) return std::nullopt;
      text.remove_prefix(1);
    }
  }
  if (!text.empty()) return std::nullopt;
  return std::pair(numbers[0], numbers[1]);
}

}  // namespace causal_gym
