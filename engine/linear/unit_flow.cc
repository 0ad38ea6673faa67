#include "engine/linear/unit_flow.h"

#include <limits>

namespace causal_gym {
namespace {

constexpr auto unseen = std::numeric_limits<std::size_t>::max();

}  // namespace

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
  while (find_levels()) {
    CAUSAL_GYM_CHECKED(cancellation.check());
    flow += send_along_levels();
  }
  return flow;
}

bool UnitFlow::carries_flow(std::size_t node) const { return !arcs_[through_[node]].open; }

// The distance of each vertex from the source along open arcs; is the sink within reach?
bool UnitFlow::find_levels() {
  level_.assign(arcs_out_.size(), unseen);
  level_[source_] = 0;
  std::vector<std::size_t> queue{source_};
  for (std::size_t head = 0; head < queue.size() && level_[sink_] == unseen; ++head) {
    for (const auto arc : arcs_out_[queue[head]]) {
      const auto to = arcs_[arc].to;
      if (!arcs_[arc].open || level_[to] != unseen) continue;
      level_[to] = level_[queue[head]] + 1;
      queue.push_back(to);
    }
  }
  return level_[sink_] != unseen;
}

// Sends units along shortest paths until none is left; an arc that leads nowhere is left behind.
std::size_t UnitFlow::send_along_levels() {
  std::size_t sent = 0;
  std::vector<std::size_t> next(arcs_out_.size(), 0);  // in arcs_out_
  std::vector<std::size_t> path;                       // arcs from the source
  while (true) {
    const auto at = path.empty() ? source_ : arcs_[path.back()].to;
    if (at == sink_) {
      for (const auto arc : path) {
        arcs_[arc].open = false;
        arcs_[arc ^ 1].open = true;
      }
      path.clear();
      ++sent;
      continue;
    }
    const auto& out = arcs_out_[at];
    auto& i = next[at];
    while (i < out.size() && !(arcs_[out[i]].open && level_[arcs_[out[i]].to] == level_[at] + 1))
      ++i;
    if (i < out.size()) {
      path.push_back(out[i]);
    } else if (path.empty()) {
      return sent;
    } else {
      path.pop_back();
      ++next[path.empty() ? source_ : arcs_[path.back()].to];
    }
  }
}

}  // namespace causal_gym
