#include "engine/infer/elimination_order.h"

#include <algorithm>
#include <bit>
#include <cstdint>
#include <limits>
#include <tuple>

#include "engine/infer/factor_operations.h"

namespace causal_gym {
namespace {

// Which variables share a table, as rows of bits.
class InteractionGraph {
 public:
  InteractionGraph(std::span<const std::vector<std::size_t>> scopes, std::size_t count)
      : words_((count + 63) / 64), bits_(count * words_, 0) {
    for (const auto& scope : scopes) connect(scope);
  }

  [[nodiscard]] std::vector<std::size_t> neighbours(std::size_t v) const {
    std::vector<std::size_t> result;
    for (std::size_t w = 0; w < words_; ++w)
      for (auto rest = row(v)[w]; rest != 0; rest &= rest - 1)
        result.push_back(w * 64 + static_cast<std::size_t>(std::countr_zero(rest)));
    return result;
  }
  [[nodiscard]] std::size_t common_neighbours(std::size_t a, std::size_t b) const {
    std::size_t count = 0;
    for (std::size_t w = 0; w < words_; ++w)
      count += static_cast<std::size_t>(std::popcount(row(a)[w] & row(b)[w]));
    return count;
  }
  void connect(const std::vector<std::size_t>& clique) {
    for (const std::size_t a : clique)
      for (const std::size_t b : clique)
        if (a != b) row(a)[b / 64] |= std::uint64_t{1} << (b % 64);
  }
  void remove(std::size_t v) {
    for (const std::size_t u : neighbours(v)) row(u)[v / 64] &= ~(std::uint64_t{1} << (v % 64));
    std::fill_n(row(v), words_, 0);
  }

 private:
  [[nodiscard]] const std::uint64_t* row(std::size_t v) const { return bits_.data() + v * words_; }
  std::uint64_t* row(std::size_t v) { return bits_.data() + v * words_; }

  std::size_t words_;
  std::vector<std::uint64_t> bits_;
};

struct Score {
  std::size_t fill = 0;  // edges that eliminating the variable adds
  double cells = 1;      // of the product over the variable and its neighbours
};

Score score_of(const InteractionGraph& graph, std::span<const std::size_t> cardinalities,
               std::size_t v) {
  Score score;
  const auto neighbours = graph.neighbours(v);
  score.cells = static_cast<double>(cardinalities[v]);
  std::size_t missing = 0;
  for (const std::size_t u : neighbours) {
    missing += neighbours.size() - 1 - graph.common_neighbours(u, v);
    score.cells *= static_cast<double>(cardinalities[u]);
  }
  score.fill = missing / 2;
  return score;
}

enum class Criterion { min_fill, min_weight };

bool better(Criterion criterion, const Score& a, const Score& b) {
  return criterion == Criterion::min_fill
             ? std::tuple(a.fill, a.cells) < std::tuple(b.fill, b.cells)
             : std::tuple(a.cells, a.fill) < std::tuple(b.cells, b.fill);
}

// Which tables exist while variables go, by size alone.
class TableLedger {
 public:
  TableLedger(std::span<const std::vector<std::size_t>> scopes,
              std::span<const std::size_t> cardinalities, EliminationPlan& plan)
      : cardinalities_(cardinalities), tables_of_(cardinalities.size()), plan_(plan) {
    for (const auto& scope : scopes) add(scope);
  }

  void add(const std::vector<std::size_t>& scope) {
    std::size_t cells = 1;
    for (const std::size_t v : scope) {
      cells = saturating_product(cells, cardinalities_[v]);
      tables_of_[v].push_back(cells_.size());
    }
    cells_.push_back(cells);
    constexpr auto largest = std::numeric_limits<std::size_t>::max();
    live_ = cells > largest - live_ ? largest : live_ + cells;
    plan_.largest_table = std::max(plan_.largest_table, cells);
    plan_.live_cells = std::max(plan_.live_cells, live_);
  }
  void replace_tables_of(std::size_t v, const std::vector<std::size_t>& scope) {
    add(scope);
    for (const std::size_t table : tables_of_[v]) {
      live_ -= std::min(live_, cells_[table]);
      cells_[table] = 0;
    }
  }

 private:
  std::span<const std::size_t> cardinalities_;
  std::vector<std::vector<std::size_t>> tables_of_;
  std::vector<std::size_t> cells_;
  std::size_t live_ = 0;
  EliminationPlan& plan_;
};

Result<EliminationPlan> greedy_plan(std::span<const std::vector<std::size_t>> scopes,
                                    std::span<const std::size_t> cardinalities,
                                    const std::vector<bool>& kept, Criterion criterion,
                                    const CancellationToken& cancellation) {
  const std::size_t count = cardinalities.size();
  InteractionGraph graph(scopes, count);
  EliminationPlan plan;
  TableLedger ledger(scopes, cardinalities, plan);
  std::vector<std::size_t> waiting;
  for (std::size_t v = 0; v < count; ++v)
    if (!kept[v]) waiting.push_back(v);
  std::vector<Score> scores(count);
  for (const std::size_t v : waiting) scores[v] = score_of(graph, cardinalities, v);
  while (!waiting.empty()) {
    CAUSAL_GYM_CHECKED(cancellation.check());
    const auto best = std::min_element(
        waiting.begin(), waiting.end(),
        [&](std::size_t a, std::size_t b) { return better(criterion, scores[a], scores[b]); });
    const std::size_t v = *best;
    waiting.erase(best);  // the others keep their order, so that ties go to the smaller index
    const auto neighbours = graph.neighbours(v);
    plan.order.push_back(v);
    plan.visited_cells += scores[v].cells;
    ledger.replace_tables_of(v, neighbours);
    graph.connect(neighbours);
    graph.remove(v);
    // An edge that was added changes the scores of what is next to both of its ends, too.
    std::vector<bool> stale(count, false);
    for (const std::size_t u : neighbours) {
      stale[u] = true;
      if (scores[v].fill == 0) continue;
      for (const std::size_t w : graph.neighbours(u)) stale[w] = true;
    }
    for (const std::size_t u : waiting)
      if (stale[u]) scores[u] = score_of(graph, cardinalities, u);
  }
  std::vector<std::size_t> rest;
  for (std::size_t v = 0; v < count; ++v)
    if (kept[v]) rest.push_back(v);
  ledger.add(rest);
  return plan;
}

}  // namespace

Result<EliminationPlan> plan_elimination(std::span<const std::vector<std::size_t>> scopes,
                                         std::span<const std::size_t> cardinalities,
                                         const std::vector<bool>& kept,
                                         const CancellationToken& cancellation) {
  CAUSAL_GYM_TRY(by_fill,
                 greedy_plan(scopes, cardinalities, kept, Criterion::min_fill, cancellation));
  CAUSAL_GYM_TRY(by_weight,
                 greedy_plan(scopes, cardinalities, kept, Criterion::min_weight, cancellation));
  return by_weight.visited_cells < by_fill.visited_cells ? by_weight : by_fill;
}

}  // namespace causal_gym
