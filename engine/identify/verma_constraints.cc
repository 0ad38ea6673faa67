#include "engine/identify/verma_constraints.h"

#include <algorithm>

#include "engine/expression/simplify.h"

namespace causal_gym {
namespace {

constexpr std::size_t widest_factor = 60;
constexpr std::uint64_t longest_expression = 500;

class VermaSearch {
 public:
  VermaSearch(const AdmgRows& rows, std::size_t limit, const CancellationToken& cancellation)
      : rows_(rows), limit_(limit), cancellation_(cancellation) {}

  VermaListing run() {
    for (const auto& district : districts(rows_, rows_.nodes)) {
      if (district.size() > widest_factor)
        listing_.complete = false;
      else
        visit(district_kernel(rows_, rows_.nodes, district));
    }
    while (!waiting_.empty() && !ended_) {
      const auto kernel = std::move(waiting_.back());
      waiting_.pop_back();
      for (const NodeId v : kernel.of) {
        if (rows_.children[static_cast<std::size_t>(v)].intersects(kernel.of)) continue;
        const auto rest = kernel.of - NodeSet{v};
        for (const auto& part : districts(rows_, rest))
          if (!seen(part)) visit(marginal_kernel(kernel, rest, part));
      }
    }
    return std::move(listing_);
  }

 private:
  [[nodiscard]] bool seen(const NodeSet& part) const {
    return std::find(seen_.begin(), seen_.end(), part) != seen_.end();
  }

  void visit(Kernel kernel) {
    if (seen_.size() >= limit_ || cancellation_.cancelled()) {
      listing_.complete = false;
      ended_ = true;
      return;
    }
    seen_.push_back(kernel.of);
    auto allowed = kernel.of;
    for (const NodeId v : kernel.of) allowed |= rows_.parents[static_cast<std::size_t>(v)];
    for (const auto& link : kernel.links) {
      if (link.expression->written_size() > longest_expression) {
        listing_.complete = false;
        continue;
      }
      auto expression = simplify(link.expression).expression;
      auto further = NodeSet(expression->free()) - allowed;
      if (further.empty() || known(expression)) continue;
      listing_.constraints.push_back(
          {link.variable, kernel.of, std::move(expression), std::move(further)});
    }
    waiting_.push_back(std::move(kernel));
  }

  [[nodiscard]] bool known(const ExpressionPtr& expression) const {
    return std::any_of(
        listing_.constraints.begin(), listing_.constraints.end(),
        [&](const VermaConstraint& one) { return equal(one.expression, expression); });
  }

  const AdmgRows& rows_;
  std::size_t limit_;
  const CancellationToken& cancellation_;
  bool ended_ = false;
  std::vector<NodeSet> seen_;
  std::vector<Kernel> waiting_;
  VermaListing listing_;
};

}  // namespace

VermaListing verma_constraints(const AdmgRows& rows, std::size_t limit,
                               const CancellationToken& cancellation) {
  return VermaSearch(rows, limit, cancellation).run();
}

}  // namespace causal_gym
