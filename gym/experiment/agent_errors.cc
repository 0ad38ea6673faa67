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

// `reason_of`: of an event's content; null where it has none.
template <class ReasonOf>
ReasonsByAgent counted(std::span<const EpisodeRecord> episodes, bool finished_alone,
                       ReasonOf reason_of) {
  std::map<std::string, std::map<std::string, std::int64_t>> counts;  // agent -> reason -> times
  for (const auto& episode : episodes) {
    if (finished_alone && !episode.result) continue;
    for (const auto& event : episode.events)
      if (const std::string* reason = reason_of(event.content))
        ++counts[episode.plan.agent][*reason];
  }
  ReasonsByAgent found;
  for (const auto& [agent, messages] : counts) {
    auto& of_agent = found[agent];
    for (const auto& [message, times] : messages) {
      of_agent.count += times;
      if (times <= of_agent.times) continue;
      of_agent.times = times;
      of_agent.commonest = message;
    }
    of_agent.commonest = on_one_line(std::move(of_agent.commonest));
  }
  return found;
}

std::string counted_text(const ReasonCount& reasons, const std::string& what) {
  const auto text = std::to_string(reasons.count) + what;
  if (reasons.count == 1) return text + ": " + reasons.commonest;
  return text + ", the commonest: " + reasons.commonest + ", " +
         (reasons.times == 1 ? "once" : std::to_string(reasons.times) + " times");
}

}  // namespace

ReasonsByAgent agent_errors(std::span<const EpisodeRecord> episodes, bool finished_alone) {
  return counted(episodes, finished_alone, [](const EventContent& content) {
    const auto* error = std::get_if<AgentError>(&content);
    return error == nullptr ? nullptr : &error->error.message;
  });
}

ReasonsByAgent unparseable_replies(std::span<const EpisodeRecord> episodes, bool finished_alone) {
  return counted(episodes, finished_alone, [](const EventContent& content) {
    const auto* reply = std::get_if<BeliefUnparseable>(&content);
    return reply == nullptr || reply->reason.empty() ? nullptr : &reply->reason;
  });
}

std::string agent_errors_text(const ReasonCount& errors) {
  return counted_text(errors, errors.count == 1 ? " error" : " errors");
}

std::string unparseable_text(const ReasonCount& replies) {
  return counted_text(replies, " unparseable");
}

}  // namespace causal_gym
