// Operations that list sets, on random graphs: each listing against the check of one set, asked
// about every set there is.
#include <set>

#include "api/graph_json.h"
#include "api/operations.h"
#include "engine/graph/random_graph.h"

namespace causal_gym {
namespace {

using nlohmann::json;
using Names = std::set<std::string>;

constexpr std::uint64_t graphs = 60;

json ask_for(const char* operation, json request) {
  request["operation"] = operation;
  const auto answer = run_operation(request, {});
  EXPECT_TRUE(answer.contains("result")) << request << answer;
  return answer.value("result", json::object());
}

json with(json request, const json& more) {
  request.update(more);
  return request;
}

Graph small_graph(std::uint64_t seed) {
  Rng rng(seed, stream_of("set operations"));
  return random_admg(5, 0.4, 0.15, rng);
}

std::set<Names> listed(const json& result) {
  EXPECT_EQ(result["complete"], true) << result;
  EXPECT_EQ(result["exists"], !result["sets"].empty()) << result;
  std::set<Names> sets;
  for (const auto& set : result["sets"]) EXPECT_TRUE(sets.insert(set.get<Names>()).second) << set;
  return sets;
}

// Every set of those names, small ones before those that hold them.
std::vector<Names> all_subsets(const Names& names) {
  std::vector<Names> subsets = {{}};
  for (const auto& name : names)
    for (std::size_t i = 0, size = subsets.size(); i < size; ++i) {
      subsets.push_back(subsets[i]);
      subsets.back().insert(name);
    }
  return subsets;
}

std::set<Names> minimal_of(const std::set<Names>& sets) {
  std::set<Names> minimal;
  for (const auto& set : sets)
    if (std::none_of(sets.begin(), sets.end(), [&](const Names& other) {
          return other.size() < set.size() &&
                 std::includes(set.begin(), set.end(), other.begin(), other.end());
        }))
      minimal.insert(set);
  return minimal;
}

// Adjustment for the effect of a on b in each random graph; `sets` are those that are valid.
template <typename Check>
void for_each_adjustment(const Check& check) {
  for (std::uint64_t seed = 0; seed < graphs; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    const json effect = {
        {"graph", graph_json(small_graph(seed))}, {"exposure", "a"}, {"outcome", "b"}};
    std::set<Names> sets;
    for (const auto& set : all_subsets({"c", "d", "e"}))
      if (ask_for("check_adjustment", with(effect, {{"set", set}}))["valid"] == true)
        sets.insert(set);
    check(effect, sets);
  }
}

TEST(SetOperations, adjustment_sets_are_the_sets_that_check) {
  int found = 0;
  for_each_adjustment([&](const json& effect, const std::set<Names>& sets) {
    found += sets.empty() ? 0 : 1;
    EXPECT_EQ(listed(ask_for("adjustment_sets", with(effect, {{"mode", "all"}}))), sets);
    EXPECT_EQ(listed(ask_for("adjustment_sets", effect)), minimal_of(sets));
    std::set<Names> without_c;
    for (const auto& set : sets)
      if (!set.contains("c") && set.contains("d")) without_c.insert(set);
    EXPECT_EQ(listed(ask_for("adjustment_sets",
                             with(effect, {{"mode", "all"}, {"must", "d"}, {"must_not", "c"}}))),
              without_c);
  });
  EXPECT_GT(found, 20);
}

TEST(SetOperations, modes_of_adjustment_give_one_set_that_checks_whenever_there_is_one) {
  const std::map<std::string, double> weights = {{"c", 1.5}, {"d", 1}, {"e", 0.25}};
  const auto weight_of = [&](const Names& set) {
    double sum = 0;
    for (const auto& name : set) sum += weights.at(name);
    return sum;
  };
  for_each_adjustment([&](const json& effect, const std::set<Names>& sets) {
    for (const auto* mode : {"canonical", "optimal", "minimum"}) {
      const auto result = ask_for("adjustment_sets", with(effect, {{"mode", mode}}));
      EXPECT_EQ(result["exists"], !sets.empty()) << mode << result;
      for (const auto& set : listed(result)) EXPECT_TRUE(sets.contains(set)) << mode << result;
    }
    const auto cheapest =
        ask_for("adjustment_sets", with(effect, {{"mode", "minimum"}, {"weights", weights}}));
    double least = std::numeric_limits<double>::infinity();
    for (const auto& set : sets) least = std::min(least, weight_of(set));
    if (sets.empty()) {
      EXPECT_TRUE(cheapest["weight"].is_null());
    } else {
      EXPECT_EQ(cheapest["weight"], least);
      EXPECT_EQ(weight_of(*listed(cheapest).begin()), least);
    }
  });
}

TEST(SetOperations, separators_are_the_sets_that_separate) {
  for (std::uint64_t seed = 0; seed < graphs; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    const json pair = {{"graph", graph_json(small_graph(seed))}, {"x", "a"}, {"y", "b"}};
    std::set<Names> sets;
    for (const auto& set : all_subsets({"c", "d", "e"}))
      if (ask_for("separated", with(pair, {{"given", set}}))["separated"] == true) sets.insert(set);
    EXPECT_EQ(listed(ask_for("separators", with(pair, {{"mode", "all"}}))), sets);
    EXPECT_EQ(listed(ask_for("separators", pair)), minimal_of(sets));
    const auto nearest = listed(ask_for("separators", with(pair, {{"mode", "nearest"}})));
    EXPECT_EQ(nearest.empty(), sets.empty());
    for (const auto& set : nearest) EXPECT_TRUE(sets.contains(set));
  }
}

TEST(SetOperations, front_door_sets_identify_and_their_modes_agree) {
  int found = 0;
  for (std::uint64_t seed = 0; seed < graphs; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    const json effect = {
        {"graph", graph_json(small_graph(seed))}, {"exposure", "a"}, {"outcome", "b"}};
    const auto all = listed(ask_for("front_door_sets", with(effect, {{"mode", "all"}})));
    EXPECT_EQ(listed(ask_for("front_door_sets", effect)), minimal_of(all));
    Names largest;
    for (const auto& set : all) largest.insert(set.begin(), set.end());
    const auto maximum = listed(ask_for("front_door_sets", with(effect, {{"mode", "maximum"}})));
    EXPECT_EQ(maximum, all.empty() ? std::set<Names>() : std::set<Names>{largest});
    if (all.empty()) continue;
    ++found;
    EXPECT_EQ(ask_for("identify", effect)["identifiable"], true);
  }
  EXPECT_GT(found, 5);
}

// A node that is an instrument given an odd set only may be left off, but not the last one: see
// find_instrument.
TEST(SetOperations, listed_instruments_check_and_there_are_some_whenever_any_set_makes_one) {
  int found = 0;
  for (std::uint64_t seed = 0; seed < graphs; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    const json effect = {
        {"graph", graph_json(small_graph(seed))}, {"exposure", "a"}, {"outcome", "b"}};
    const auto valid = [&](const std::string& z, const Names& given) {
      return ask_for("instruments", with(effect, {{"instrument", z}, {"given", given}}))["valid"] ==
             true;
    };
    const auto listing = ask_for("instruments", effect);
    std::map<std::string, Names> instruments;
    for (const auto& one : listing["instruments"]) {
      instruments.emplace(one["instrument"], one["given"].get<Names>());
      EXPECT_TRUE(valid(one["instrument"], one["given"].get<Names>())) << one;
    }
    bool any = false;
    for (const std::string z : {"c", "d", "e"}) {
      Names rest = {"c", "d", "e"};
      rest.erase(z);
      for (const auto& given : all_subsets(rest)) any = any || valid(z, given);
      if (valid(z, {})) {
        EXPECT_EQ(instruments.at(z), Names()) << z;
      }
    }
    EXPECT_EQ(any, !instruments.empty());
    found += any ? 1 : 0;
  }
  EXPECT_GT(found, 5);
}

TEST(SetOperations, a_limit_cuts_a_listing_short_and_says_so) {
  const json pair = {{"graph", "x -> {a b c d} -> y"}, {"x", "x"}, {"y", "y"}};
  const json wide = {{"graph", "{a b c d} -> {x y}; x -> y; e; f; g"}, {"x", "x"}, {"y", "y"}};
  for (const auto limit : {1, 7}) {
    const auto some = ask_for("adjustment_sets", with(wide, {{"mode", "all"}, {"limit", limit}}));
    EXPECT_EQ(some["sets"].size(), limit);
    EXPECT_EQ(some["complete"], false);
  }
  EXPECT_EQ(ask_for("adjustment_sets", with(wide, {{"mode", "all"}, {"limit", 8}}))["complete"],
            true);
  EXPECT_EQ(ask_for("separators", with(pair, {{"limit", 1}}))["complete"], true);
  EXPECT_EQ(
      ask_for("implied_independencies", {{"graph", "a; b; c"}, {"limit", 2}})["independencies"]
          .size(),
      2U);
  EXPECT_EQ(ask_for("implied_independencies", {{"graph", "a; b; c"}, {"limit", 2}})["complete"],
            false);
}

}  // namespace
}  // namespace causal_gym
