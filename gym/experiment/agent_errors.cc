#include "gym/experiment/agent_errors.h"

#include <utility>
#include <variant>

namespace causal_gym {

namespace {

constexpr std::size_t longest_told = 240;  // bytes

// Line ends and other control characters of ASCII become spaces; cut between characters.
std::string on_one_line(std::string text) {
  for (char& c : text)
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = ' ';
  if (text.size() <= longest_told) return text;
  auto length = longest_told;
  while (length > 0 && (static_cast<unsigned char>(text[length]) & 0xC0) == 0x80) --length;
  return text.substr(0, length) + "...";
}

}  // namespace

std::map<std::string, AgentErrors> agent_errors(std::span<const EpisodeRecord> episodes,
                                                bool finished_alone) {
  std::map<std::string, std::map<std::string, std::int64_t>> counts;  // agent -> message -> times
  for (const auto& episode : episodes) {
    if (finished_alone && !episode.result) continue;
    for (const auto& event : episode.events)
      if (const auto* error = std::get_if<AgentError>(&event.content))
        ++counts[episode.plan.agent][error->error.message];
  }
  std::map<std::string, AgentErrors> found;
  for (const auto& [agent, messages] : counts) {
    auto& errors = found[agent];
    for (const auto& [message, times] : messages) {
      errors.count += times;
      if (times <= errors.times) continue;
      errors.times = times;
      errors.commonest = message;
    }
    errors.commonest = on_one_line(std::move(errors.commonest));
  }
  return found;
}

std::string agent_errors_text(const AgentErrors& errors) {
  if (errors.count == 1) return "1 error: " + errors.commonest;
  return std::to_string(errors.count) + " errors, the commonest: " + errors.commonest + ", " +
         (errors.times == 1 ? "once" : std::to_string(errors.times) + " times");
}

}  // namespace causal_gym
