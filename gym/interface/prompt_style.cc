#include "gym/interface/prompt_style.h"

#include <array>
#include <string>
#include <vector>

#include "engine/base/spelling.h"

namespace causal_gym {

namespace {

constexpr std::array<std::string_view, 3> style_names = {"plain", "cot", "causal_cot"};

}  // namespace

std::string_view prompt_style_name(PromptStyle style) {
  return style_names[static_cast<std::size_t>(style)];
}

Result<PromptStyle> find_prompt_style(std::string_view name) {
  for (std::size_t i = 0; i < style_names.size(); ++i)
    if (style_names[i] == name) return static_cast<PromptStyle>(i);
  const std::vector<std::string> names(style_names.begin(), style_names.end());
  auto suggestion = spelling_suggestion(name, names);
  if (suggestion.empty()) suggestion = "use plain, cot or causal_cot";
  return fail(ErrorCode::unknown_name, "no prompt style '" + std::string(name) + "'", {},
              std::move(suggestion));
}

}  // namespace causal_gym
