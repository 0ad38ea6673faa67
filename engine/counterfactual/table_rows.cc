#include "engine/counterfactual/table_rows.h"

#include <algorithm>

#include "engine/base/check.h"

namespace causal_gym {
namespace {

// The offsets of all joint states of some axes of a table, last axis fastest.
class Offsets {
 public:
  void add_axis(std::size_t cardinality, std::size_t stride) {
    std::vector<std::size_t> longer;
    longer.reserve(values.size() * cardinality);
    for (const std::size_t offset : values)
      for (std::size_t s = 0; s < cardinality; ++s) longer.push_back(offset + s * stride);
    values = std::move(longer);
  }
  std::vector<std::size_t> values{0};
};

bool is_open(std::span<const double> row) {
  return std::count_if(row.begin(), row.end(), [](double p) { return p > 0; }) > 1;
}

}  // namespace

TableRows::TableRows(const ParallelWorlds& worlds, std::span<const CopyId> copies,
                     const Factor& table)
    : table_(table.values), states_(table.cardinalities.back()) {
  CHECK(copies.size() > 1);
  const std::size_t parent_count = table.variables.size() - 1;
  const auto& first = worlds.copies()[copies[0]].parents;
  for (const CopyId id : copies) copies_.push_back({id, {}, {}, {0}});
  Offsets contexts;
  Offsets cases;
  std::size_t stride = table.values.size();
  for (std::size_t j = 0; j < parent_count; ++j) {
    const std::size_t cardinality = table.cardinalities[j];
    stride /= cardinality;
    const bool shared = std::all_of(copies.begin(), copies.end(), [&](CopyId id) {
      return worlds.copies()[id].parents[j] == first[j];
    });
    if (shared && first[j].known()) {
      for (auto& offset : contexts.values)
        offset += static_cast<std::size_t>(first[j].state) * stride;
    } else if (shared) {
      shared_.push_back(first[j].copy);
      shared_cardinalities_.push_back(cardinality);
      contexts.add_axis(cardinality, stride);
    } else {
      cases.add_axis(cardinality, stride);
      for (auto& rows : copies_) {
        const auto& parent = worlds.copies()[rows.copy].parents[j];
        std::vector<std::size_t> longer;
        for (const std::size_t row_case : rows.cases)
          for (std::size_t s = 0; s < cardinality; ++s)
            if (!parent.known() || static_cast<std::size_t>(parent.state) == s)
              longer.push_back(row_case * cardinality + s);
        rows.cases = std::move(longer);
        if (parent.known()) continue;
        rows.parents.push_back(parent.copy);
        rows.cardinalities.push_back(cardinality);
      }
    }
  }
  contexts_ = std::move(contexts.values);
  cases_ = std::move(cases.values);
}

std::vector<std::size_t> TableRows::seen_cases() const {
  std::vector<std::size_t> result;
  for (const auto& rows : copies_)
    result.insert(result.end(), rows.cases.begin(), rows.cases.end());
  std::sort(result.begin(), result.end());
  result.erase(std::unique(result.begin(), result.end()), result.end());
  return result;
}

std::size_t TableRows::seers(std::size_t row_case) const {
  return static_cast<std::size_t>(
      std::count_if(copies_.begin(), copies_.end(), [&](const CopyRows& rows) {
        return std::binary_search(rows.cases.begin(), rows.cases.end(), row_case);
      }));
}

bool TableRows::coupling_matters() const {
  for (std::size_t context = 0; context < contexts_.size(); ++context) {
    std::vector<std::vector<std::size_t>> open;  // cases that each copy may see, of the open rows
    for (const auto& rows : copies_) {
      auto& mine = open.emplace_back();
      for (const std::size_t row_case : rows.cases)
        if (is_open(row(context, row_case))) mine.push_back(row_case);
      if (mine.empty()) open.pop_back();
    }
    // Two copies that see open rows see the same one only if both see no other.
    const auto differs = [&](const auto& mine) { return mine.size() > 1 || mine != open[0]; };
    if (open.size() > 1 && std::any_of(open.begin(), open.end(), differs)) return true;
  }
  return false;
}

}  // namespace causal_gym
