#include "engine/linear/trek_separation.h"

#include <array>
#include <utility>

#include "engine/base/rng.h"
#include "engine/graph/relations.h"
#include "engine/linear/unit_flow.h"

namespace causal_gym {
namespace {

// The rank, for almost all parameters, of the covariances of two sets: the most treks between them
// that share no node on either side.
class TrekRank {
 public:
  // Edges into `cut_at` from `cut` are left out of the treks' second sides.
  TrekRank(const Graph& graph, NodeId cut_at, const NodeSet& cut)
      : graph_(graph), cut_at_(cut_at), cut_(cut) {}

  [[nodiscard]] std::size_t operator()(const NodeSet& from, const NodeSet& to) const {
    const auto n = graph_.node_count();
    const auto up = [](NodeId v) { return static_cast<std::size_t>(v); };
    const auto down = [n](NodeId v) { return n + static_cast<std::size_t>(v); };
    UnitFlow flow(2 * n);
    for (NodeId v = 0; static_cast<std::size_t>(v) < n; ++v) flow.add_arc(up(v), down(v));
    for (const auto& [a, b] : graph_.bidirected_edges()) {
      flow.add_arc(up(a), down(b));
      flow.add_arc(up(b), down(a));
    }
    for (const auto& [a, b] : graph_.directed_edges()) {
      flow.add_arc(up(b), up(a));
      if (b != cut_at_ || !cut_.contains(a)) flow.add_arc(down(a), down(b));
    }
    for (const NodeId v : from) flow.add_source_arc(up(v));
    for (const NodeId v : to) flow.add_sink_arc(down(v));
    return flow.maximise().value();
  }

 private:
  const Graph& graph_;
  NodeId cut_at_;
  NodeSet cut_;
};

constexpr std::uint64_t prime = 2'147'483'647;  // 2^31 - 1
constexpr std::size_t most_sources = 3;

std::uint64_t inverse(std::uint64_t value) {
  std::uint64_t result = 1;
  for (std::uint64_t exponent = prime - 2; exponent > 0; exponent >>= 1) {
    if ((exponent & 1) != 0) result = result * value % prime;
    value = value * value % prime;
  }
  return result;
}

// Covariances of one model whose parameters are residues modulo a prime: a determinant that is not
// zero there is not zero for almost all parameters. So this rules out most sets at little cost.
class SampleCovariance {
 public:
  SampleCovariance(const Graph& graph, NodeId cut_at, const NodeSet& cut)
      : n_(graph.node_count()), covariance_(n_ * n_, 0) {
    Rng rng(0, stream_of("trek separation"));
    // Loadings of each node on each noise: along all edges, and without those that are cut.
    std::vector<std::uint64_t> whole(n_ * n_, 0);
    auto without = whole;
    for (const NodeId v : graph.topological_order()) {
      whole[at(v, v)] = without[at(v, v)] = 1;
      for (const NodeId p : graph.parents(v)) {
        const auto coefficient = residue(rng);
        const bool kept = v != cut_at || !cut.contains(p);
        for (NodeId e = 0; static_cast<std::size_t>(e) < n_; ++e) {
          add(whole[at(v, e)], coefficient * whole[at(p, e)]);
          if (kept) add(without[at(v, e)], coefficient * without[at(p, e)]);
        }
      }
    }
    std::vector<std::uint64_t> noise(n_ * n_, 0);
    for (std::size_t v = 0; v < n_; ++v) noise[v * n_ + v] = residue(rng);
    for (const auto& [a, b] : graph.bidirected_edges())
      noise[at(a, b)] = noise[at(b, a)] = residue(rng);
    const auto half = product_with_transposed(whole, noise);
    covariance_ = product_with_transposed(half, without);
  }

  [[nodiscard]] bool has_full_rank(const std::vector<NodeId>& from,
                                   const std::vector<NodeId>& to) const {
    std::array<std::array<std::uint64_t, most_sources>, most_sources> rows{};
    for (std::size_t i = 0; i < from.size(); ++i)
      for (std::size_t j = 0; j < to.size(); ++j) rows[i][j] = covariance_[at(from[i], to[j])];
    for (std::size_t c = 0; c < to.size(); ++c) {
      std::size_t pivot = c;
      while (pivot < from.size() && rows[pivot][c] == 0) ++pivot;
      if (pivot == from.size()) return false;
      std::swap(rows[c], rows[pivot]);
      if (c + 1 == to.size()) break;
      const auto unit = inverse(rows[c][c]);
      for (std::size_t r = c + 1; r < from.size(); ++r) {
        const auto factor = prime - rows[r][c] * unit % prime;
        for (std::size_t j = c; j < to.size(); ++j) add(rows[r][j], factor * rows[c][j]);
      }
    }
    return true;
  }

 private:
  [[nodiscard]] std::size_t at(NodeId a, NodeId b) const {
    return static_cast<std::size_t>(a) * n_ + static_cast<std::size_t>(b);
  }
  static std::uint64_t residue(Rng& rng) { return 1 + rng.below(prime - 1); }
  static void add(std::uint64_t& sum, std::uint64_t term) { sum = (sum + term % prime) % prime; }
  // a b'
  [[nodiscard]] std::vector<std::uint64_t> product_with_transposed(
      const std::vector<std::uint64_t>& a, const std::vector<std::uint64_t>& b) const {
    std::vector<std::uint64_t> result(n_ * n_, 0);
    for (std::size_t i = 0; i < n_; ++i)
      for (std::size_t j = 0; j < n_; ++j)
        for (std::size_t k = 0; k < n_; ++k) add(result[i * n_ + j], a[i * n_ + k] * b[j * n_ + k]);
    return result;
  }

  std::size_t n_;
  std::vector<std::uint64_t> covariance_;
};

// The subsets of `set` with `size` members, each in increasing order.
std::vector<std::vector<NodeId>> subsets_of_size(const NodeSet& set, std::size_t size) {
  std::vector<std::vector<NodeId>> subsets{{}};
  for (std::size_t round = 0; round < size; ++round) {
    std::vector<std::vector<NodeId>> larger;
    for (const auto& subset : subsets)
      for (const NodeId v : set) {
        if (!subset.empty() && subset.back() >= v) continue;
        larger.push_back(subset);
        larger.back().push_back(v);
      }
    subsets = std::move(larger);
  }
  return subsets;
}

std::vector<NodeId> with(std::vector<NodeId> set, NodeId v) {
  set.push_back(v);
  return set;
}

}  // namespace

std::optional<SeparatedEdge> find_separated_edge(const Graph& graph, NodeId from, NodeId to,
                                                 const NodeSet& known) {
  const auto n = graph.node_count();
  const std::size_t most = n <= max_nodes_for_pairs ? 2 : n <= max_nodes_for_singles ? 1 : 0;
  if (most == 0) return std::nullopt;
  const auto cut = known | NodeSet{from};
  const SampleCovariance sample(graph, to, {});
  const SampleCovariance sample_without(graph, to, cut);
  const TrekRank rank_without(graph, to, cut);
  const auto candidates = graph.all_nodes() - descendants(graph, NodeSet{to}) - NodeSet{from};
  for (std::size_t size = 1; size <= most; ++size) {
    const auto all_sources = subsets_of_size(graph.all_nodes(), size + 1);
    for (const auto& beside : subsets_of_size(candidates, size)) {
      const auto with_from = with(beside, from);
      const auto with_to = with(beside, to);
      for (const auto& sources : all_sources)
        if (!sample_without.has_full_rank(sources, with_to) &&
            sample.has_full_rank(sources, with_from) &&
            rank_without(NodeSet(sources), NodeSet(with_to)) <= size)
          return SeparatedEdge{NodeSet(sources), NodeSet(beside)};
    }
  }
  return std::nullopt;
}

}  // namespace causal_gym
