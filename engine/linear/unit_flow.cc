#include "engine/linear/unit_flow.h"

#include <limits>

namespace causal_gym {

UnitFlow::UnitFlow(std::size_t node_count)
    : source_(2 * node_count), sink_(2 * node_count + 1), arcs_out_(2 * node_count + 2) {
  through_.reserve(node_count);
  for (std::size_t v = 0; v < node_count; ++v) {
    through_.push_back(arcs_.size());
    connect(entry(v), exit(v));
  }
}

void UnitFlow::connect(std::size_t from, std::size_t to) {
  arcs_out_[from].push_back(arcs_.size());
  arcs_.push_back({to, true});
  arcs_out_[to].push_back(arcs_.size());
  arcs_.push_back({from, false});
}

void UnitFlow::add_arc(std::size_t from, std::size_t to) { connect(exit(from), entry(to)); }
void UnitFlow::add_source_arc(std::size_t to) { connect(source_, entry(to)); }
void UnitFlow::add_sink_arc(std::size_t from) { connect(exit(from), sink_); }

Result<std::size_t> UnitFlow::maximise(const CancellationToken& cancellation) {
  std::size_t flow = 0;
  while (augment()) {
    CAUSAL_GYM_CHECKED(cancellation.check());
    ++flow;
  }
  return flow;
}

bool UnitFlow::carries_flow(std::size_t node) const { return !arcs_[through_[node]].open; }

// Sends one more unit along a shortest path of open arcs, if there is one.
bool UnitFlow::augment() {
  constexpr auto unseen = std::numeric_limits<std::size_t>::max();
  std::vector<std::size_t> came_by(arcs_out_.size(), unseen);
  std::vector<std::size_t> queue{source_};
  for (std::size_t head = 0; head < queue.size() && came_by[sink_] == unseen; ++head) {
    for (const auto arc : arcs_out_[queue[head]]) {
      const auto to = arcs_[arc].to;
      if (!arcs_[arc].open || to == source_ || came_by[to] != unseen) continue;
      came_by[to] = arc;
      queue.push_back(to);
    }
  }
  if (came_by[sink_] == unseen) return false;
  for (auto at = sink_; at != source_;) {
    const auto arc = came_by[at];
    arcs_[arc].open = false;
    arcs_[arc ^ 1].open = true;
    at = arcs_[arc ^ 1].to;
  }
  return true;
}

}  // namespace causal_gym
