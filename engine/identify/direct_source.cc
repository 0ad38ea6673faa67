#include "engine/identify/direct_source.h"

namespace causal_gym {
namespace {

// P(y | do(set), seen) on its way from the query's form to the source's.
class Rewriting {
 public:
  Rewriting(const AdmgRows& rows, const EffectTarget& target)
      : rows_(rows), y_(target.outcome), set_(target.treatment), seen_(target.given) {}

  // Rule 1: may these conditions be dropped?
  bool drop_seen(const NodeSet& nodes) {
    seen_ -= nodes;
    return nodes.empty() || separated({rows_, rows_.nodes, set_}, nodes, y_, set_ | seen_);
  }
  // Rule 2: may these conditions be set?
  bool set_seen(const NodeSet& nodes) {
    seen_ -= nodes;
    const bool allowed =
        nodes.empty() || separated({rows_, rows_.nodes, set_, nodes}, nodes, y_, set_ | seen_);
    set_ |= nodes;
    return allowed;
  }
  // Rule 3: may these be set too?
  bool set_more(const NodeSet& nodes) {
    const bool allowed = nodes.empty() || idle(nodes);
    set_ |= nodes;
    return allowed;
  }
  // Rule 3: of what is set, leaves alone each of these nodes that it can.
  void leave_alone(const NodeSet& nodes) {
    for (const NodeId v : nodes) {
      set_.erase(v);
      if (!idle({v})) set_.insert(v);
    }
  }
  // Rule 2: may these be seen instead of set?
  bool see_set(const NodeSet& nodes) {
    set_ -= nodes;
    const bool allowed =
        nodes.empty() || separated({rows_, rows_.nodes, set_, nodes}, nodes, y_, set_ | seen_);
    seen_ |= nodes;
    return allowed;
  }
  // Rule 1: may these conditions be added?
  bool see_more(const NodeSet& nodes) {
    const bool allowed =
        nodes.empty() || separated({rows_, rows_.nodes, set_}, nodes, y_, set_ | seen_);
    seen_ |= nodes;
    return allowed;
  }
  // Rule 1 for a selection node that points to these nodes.
  [[nodiscard]] bool same_with_other(const NodeSet& mechanisms) const {
    if (mechanisms.empty()) return true;
    auto diagram = rows_;
    const auto root = static_cast<NodeId>(diagram.parents.size());
    diagram.nodes.insert(root);
    diagram.parents.emplace_back();
    diagram.spouses.emplace_back();
    diagram.children.push_back(mechanisms);
    for (const NodeId v : mechanisms) diagram.parents[static_cast<std::size_t>(v)].insert(root);
    return separated({diagram, diagram.nodes, set_}, {root}, y_, set_ | seen_);
  }

  [[nodiscard]] const NodeSet& set() const { return set_; }
  [[nodiscard]] const NodeSet& seen() const { return seen_; }

 private:
  // P(y | do(set, nodes), seen) = P(y | do(set), seen)?
  [[nodiscard]] bool idle(const NodeSet& nodes) const {
    NodeSet above = seen_;  // and its ancestors when `set` is cut off
    for (bool grown = true; grown;) {
      NodeSet next = above;
      for (const NodeId v : above - set_) next |= rows_.parents[static_cast<std::size_t>(v)];
      grown = next != above;
      above = std::move(next);
    }
    return separated({rows_, rows_.nodes, set_ | (nodes - above)}, nodes, y_, set_ | seen_);
  }

  const AdmgRows& rows_;
  const NodeSet& y_;
  NodeSet set_;
  NodeSet seen_;
};

}  // namespace

ExpressionPtr direct_term(const AdmgRows& rows, const SourceView& source,
                          const EffectTarget& target) {
  const auto& [x, y, z] = target;
  const auto& set_there = source.kernel.intervened;
  if (!y.is_subset_of(source.measured)) return nullptr;
  Rewriting term(rows, target);
  if (!term.drop_seen(z - source.held)) return nullptr;
  if (!term.set_seen(z & set_there)) return nullptr;
  if (!term.set_more(set_there - x - z)) return nullptr;
  term.leave_alone(x - set_there);
  const auto still_set = term.set() - set_there;
  if (!still_set.is_subset_of(source.held) || !term.see_set(still_set)) return nullptr;
  if (!term.see_more(source.kernel.given - term.seen())) return nullptr;
  if (!term.same_with_other(source.differs)) return nullptr;
  return probability(y.to_vector(), term.seen().to_vector(), set_there.to_vector(),
                     source.kernel.population);
}

}  // namespace causal_gym
