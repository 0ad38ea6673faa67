#include "engine/identify/thicket.h"

#include "engine/graph/relations.h"
#include "engine/graph/surgery.h"
#include "engine/identify/effect_sets.h"

namespace causal_gym {
namespace {

tl::unexpected<Error> refused(const std::string& what) {
  return fail(ErrorCode::invalid_argument, "this is no thicket: " + what);
}

// The graph over what the distributions and the effect speak of, and the way to its ids.
class Spoken {
 public:
  Spoken(const Graph& graph, std::span<const AvailableDistribution> available,
         const Thicket& thicket)
      : spoken_(thicket.treatment | thicket.outcome) {
    for (const auto& one : available)
      spoken_ |= measured_nodes(graph, one) | one.intervened | one.given;
  }
  [[nodiscard]] Result<Graph> projection(const Graph& graph) const {
    std::vector<Node> nodes{graph.nodes().begin(), graph.nodes().end()};
    for (std::size_t v = 0; v < nodes.size(); ++v)
      nodes[v].latent = nodes[v].latent || !spoken_.contains(static_cast<NodeId>(v));
    CAUSAL_GYM_TRY(marked, Graph::create(std::move(nodes), to_vector(graph.directed_edges()),
                                         to_vector(graph.bidirected_edges())));
    return latent_projection(marked);
  }
  [[nodiscard]] NodeSet renumbered(const NodeSet& set) const {
    NodeSet result;
    NodeId next = 0;
    for (const NodeId v : spoken_) {
      if (set.contains(v)) result.insert(next);
      ++next;
    }
    return result;
  }
  // The c-factor and the nodes that nothing speaks of with a way to it through such nodes alone.
  [[nodiscard]] NodeSet law_of(const Graph& graph, const NodeSet& c_factor) const {
    const auto others = spoken_ - c_factor;
    return ancestors(cut_outgoing(graph, others), c_factor) - others;
  }
  [[nodiscard]] bool covers(const NodeSet& set) const { return set.is_subset_of(spoken_); }

 private:
  static std::vector<Edge> to_vector(std::span<const Edge> edges) {
    return {edges.begin(), edges.end()};
  }
  NodeSet spoken_;
};

Status check_c_factor(const Graph& graph, const NodeSet& x, const NodeSet& y, const NodeSet& c) {
  const auto relevant = ancestors(cut_incoming(graph, x), y) - x;
  for (const auto& one : districts(graph, relevant))
    if (one == c) return {};
  return refused("the c-factor is no district of what leads to the outcome");
}

// The outer forest of a hedge around the c-factor.
Status check_tied(const Graph& graph, const NodeSet& c, const NodeSet& outer,
                  const NodeSet& intervened) {
  if (outer == c || !c.is_subset_of(outer))
    return refused("the outer forest does not hold the c-factor and more");
  if (outer.intersects(intervened)) return refused("a node of the outer forest is set");
  if (districts(graph, outer).size() != 1)
    return refused("latent causes do not tie the outer forest together");
  const auto outside = graph.all_nodes() - outer;
  if (!outer.is_subset_of(ancestors(cut_outgoing(cut_incoming(graph, outside), outside), c)))
    return refused("a node of the outer forest does not lead to the c-factor inside it");
  return {};
}

Status check_refusal(const Graph& graph, const Graph& projection, const Spoken& spoken,
                     const AvailableDistribution& source, const NodeSet& c_factor,
                     const SourceRefusal& refusal) {
  if (refusal.nodes.empty()) return refused("a reason names no node");
  switch (refusal.why) {
    case Refusal::intervened:
      if (refusal.nodes.is_subset_of(c_factor & source.intervened)) return {};
      return refused("a node of the c-factor is not set");
    case Refusal::differs:
      if (spoken.law_of(graph, c_factor).intersects(source.differs)) return {};
      return refused("no mechanism of the c-factor differs");
    case Refusal::tied:
      if (!spoken.covers(refusal.nodes)) return refused("the outer forest is not spoken of");
      return check_tied(projection, spoken.renumbered(c_factor), spoken.renumbered(refusal.nodes),
                        spoken.renumbered(source.intervened));
    case Refusal::unmeasured:
    case Refusal::conditioned: break;
  }
  return refused("what is not measured proves nothing");
}

std::string why_text(std::string nodes, bool one, Refusal why) {
  switch (why) {
    case Refusal::intervened: return nodes + (one ? " is set" : " are set");
    case Refusal::differs: return nodes + (one ? " has" : " have") + " another mechanism";
    case Refusal::unmeasured: return nodes + " would have to be measured or set as well";
    case Refusal::conditioned:
      return nodes + (one ? " is a condition or leads" : " are conditions or lead") + " to one";
    case Refusal::tied:
      return "latent causes tie " + nodes + " together, and all of it leads there (a hedge)";
  }
  return nodes;
}

}  // namespace

Status check_thicket(const Graph& graph, std::span<const AvailableDistribution> available,
                     const Thicket& thicket) {
  if (thicket.refusals.size() != available.size())
    return refused("it needs one reason for each distribution");
  const Spoken spoken(graph, available, thicket);
  if (thicket.c_factor.empty() || !spoken.covers(thicket.c_factor))
    return refused("the c-factor is empty or not spoken of");
  CAUSAL_GYM_TRY(projection, spoken.projection(graph));
  CAUSAL_GYM_CHECKED(check_c_factor(projection, spoken.renumbered(thicket.treatment),
                                    spoken.renumbered(thicket.outcome),
                                    spoken.renumbered(thicket.c_factor)));
  for (std::size_t i = 0; i < available.size(); ++i)
    CAUSAL_GYM_CHECKED(check_refusal(graph, projection, spoken, available[i], thicket.c_factor,
                                     thicket.refusals[i]));
  return {};
}

std::string refusal_text(const Graph& graph, const AvailableDistribution& available,
                         const SourceRefusal& refusal, std::span<const std::string> populations) {
  const auto why = why_text(set_text(graph, refusal.nodes), refusal.nodes.size() == 1, refusal.why);
  return "in " + available_text(graph, available, populations) + ", " + why;
}

}  // namespace causal_gym
