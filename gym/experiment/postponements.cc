#include "gym/experiment/postponements.h"

#include <algorithm>
#include <utility>
#include <vector>

namespace causal_gym {

namespace {

std::string counted(std::size_t count, const std::string& what) {
  return std::to_string(count) + " " + what + (count == 1 ? "" : "s");
}

// "a, b and 3 more".
std::string listed(const std::set<std::string>& names, std::size_t most) {
  std::string text;
  std::size_t told = 0;
  for (const auto& name : names) {
    if (told == most) return text + " and " + std::to_string(names.size() - most) + " more";
    text += (told++ == 0 ? "" : ", ") + name;
  }
  return text;
}

}  // namespace

void Postponements::add(const std::string& agent, const Error& reason) {
  ++episodes_;
  auto& put = by_reason_[reason.message];
  put.code = reason.code;
  ++put.episodes;
  put.agents.insert(agent);
}

void Postponements::suspend(const std::string& agent, const Error& reason) {
  suspended_.try_emplace(agent, reason);
}

const Error* Postponements::suspended(const std::string& agent) const {
  const auto found = suspended_.find(agent);
  return found == suspended_.end() ? nullptr : &found->second;
}

Error Postponements::error(std::size_t planned) const {
  using Entry = std::map<std::string, Put>::value_type;
  std::vector<const Entry*> reasons;
  for (const auto& entry : by_reason_) reasons.push_back(&entry);
  std::stable_sort(reasons.begin(), reasons.end(), [](const Entry* a, const Entry* b) {
    return a->second.episodes > b->second.episodes;
  });
  auto text = std::to_string(episodes_) + " of " + counted(planned, "episode") +
              (episodes_ == 1 ? " is left: " : " are left: ");
  for (std::size_t i = 0; i < reasons.size() && i < most_told; ++i) {
    const auto& [reason, put] = *reasons[i];
    text += (i == 0 ? "" : "; ") + reason + " (" + counted(put.episodes, "episode") + " of " +
            listed(put.agents, most_told) + ")";
  }
  if (reasons.size() > most_told)
    text += "; and " + counted(reasons.size() - most_told, "other reason");
  const auto code = reasons.front()->second.code;
  const bool is_one = std::all_of(reasons.begin(), reasons.end(),
                                  [&](const Entry* entry) { return entry->second.code == code; });
  return {is_one ? code : ErrorCode::unavailable, std::move(text), {}, {}};
}

}  // namespace causal_gym
