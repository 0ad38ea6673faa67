// Adjustment, front-door sets and instruments against cases from the test suites of other tools,
// each of them checked before by an independent computation. The number of cases run is asserted,
// so that a reader that loses cases cannot hide.
#include <gmock/gmock.h>

#include "engine/identify/adjustment_explanation.h"
#include "engine/identify/front_door.h"
#include "engine/identify/instruments.h"
#include "engine/identify/optimal_adjustment.h"
#include "engine/identify/optimal_instruments.h"
#include "tests/oracle/criterion_case.h"

namespace causal_gym {
namespace {

constexpr AdjustmentScope direct{EffectReach::direct, {}};

bool over_dags(const Json& json) {
  const auto type = json["graph"].value("type", "dag");
  return type == "dag" || type == "admg";
}

auto same_sets(const std::vector<NodeSet>& expected) {
  return testing::UnorderedElementsAreArray(expected);
}

AdjustmentScope scope_of(const Case& item, const Json& effect, const Json& selected) {
  return {effect == "direct" ? EffectReach::direct : EffectReach::total, item.set(selected)};
}

TEST(IdentifyOracle, ListsTheMinimalAdjustmentSetsOfDagitty) {
  READ_CASES_OR_SKIP(cases, "dagitty_adjustment.json");
  int run = 0;
  int refused = 0;
  for (const auto& json : cases) {
    if (!over_dags(json)) continue;  // 10 are over PDAGs, MAGs and PAGs
    SCOPED_TRACE(json["id"]);
    const Case item(json);
    const auto must = item.set(json["must"]) | item.set(json["adjusted"]);
    const auto must_not = item.set(json["must_not"]);
    const auto scope = scope_of(item, json["effect"], json["selected"]);
    const auto answer =
        minimal_adjustment_sets(item.graph(), item.x(), item.y(), {must, must_not, 10'000, scope});
    if (json.contains("degenerate")) {  // no exposure, or an exposure adjusted for
      EXPECT_EQ(answer.error().code, ErrorCode::invalid_argument);
      ++refused;
      continue;
    }
    const auto& listing = answer.value();
    const auto expected = item.sets(json["expected"]["minimal_adjustment_sets"]);
    EXPECT_TRUE(listing.complete);
    EXPECT_THAT(listing.sets, same_sets(expected));
    const auto found =
        find_adjustment_set(item.graph(), item.x(), item.y(), must, must_not, scope).value();
    EXPECT_EQ(!found.has_value(), json["expected"]["none_exists"].get<bool>());
    if (found) {
      EXPECT_THAT(expected, testing::Contains(*found));
    }
    ++run;
  }
  EXPECT_EQ(run, 28);
  EXPECT_EQ(refused, 2);
}

TEST(IdentifyOracle, JudgesAdjustmentSetsAsDagittyDoes) {
  READ_CASES_OR_SKIP(cases, "dagitty_adjustment_check.json");
  int run = 0;
  for (const auto& json : cases) {
    if (json["effect"] == "causal_odds_ratio") continue;  // an effect that is not asked for here
    SCOPED_TRACE(json["id"]);
    const Case item(json);
    const auto z = item.set(json["Z"]);
    if (json["effect"] == "forbidden_nodes_in_adjusted") {
      EXPECT_EQ(z.intersects(forbidden_nodes(item.graph(), item.x(), item.y())),
                json["expected"]["violates"].get<bool>());
    } else {
      const auto scope = scope_of(item, json["effect"], json["S"]);
      const auto check = check_adjustment(item.graph(), item.x(), item.y(), z, scope).value();
      EXPECT_EQ(check.valid, json["expected"]["valid"].get<bool>()) << check.reason;
      const auto explained = explain_adjustment(item.graph(), item.x(), item.y(), z, scope).value();
      EXPECT_EQ(explained.valid, check.valid);
    }
    ++run;
  }
  EXPECT_EQ(run, 21);
}

// Sets of the static and dynamic rules of Smucler, Sapienza & Rotnitzky 2022: the nodes that the
// rule looks at are in every set.
void expect_efficient_sets(const Case& item, const Json& json) {
  const auto& expected = json["expected"];
  const auto must = item.set(json["conditional_nodes"]);
  const auto best = optimal_adjustment_set(item.graph(), item.x(), item.y(), must).value();
  EXPECT_EQ(best.set.has_value(), !expected["optimal"].is_null()) << best.reason;
  if (best.set) {
    EXPECT_EQ(*best.set, item.set(expected["optimal"]));
  }
  EXPECT_EQ(best.minimal, item.set(expected["optimal_minimal"]));
  std::vector<double> costs(item.graph().node_count(), 1);
  for (const auto& [name, cost] : json["costs"].items())
    costs[static_cast<std::size_t>(item.graph().require(name).value())] = cost.get<double>();
  EXPECT_EQ(minimum_adjustment_set(item.graph(), item.x(), item.y(), costs, {must, {}, 1, {}})
                .value()
                ->set,
            item.set(expected["optimal_mincost"]));
}

// One kind of question in adjustment_cases.json; false when the kind is not known here.
bool check_kind(const Case& item, const Json& json) {
  const std::string kind = json["kind"];
  const auto& expected = json["expected"];
  const auto listed = minimal_adjustment_sets(item.graph(), item.x(), item.y()).value().sets;
  if (kind.starts_with("is_adjustment_set")) {
    const bool upstream_wrong = json.value("UPSTREAM_WRONG", false);
    EXPECT_EQ(item.valid(item.set(json["Z"])), expected["valid"].get<bool>() != upstream_wrong);
  } else if (kind == "is_backdoor_set") {
    EXPECT_EQ(item.back_door(item.set(json["Z"])), expected["valid"].get<bool>());
  } else if (kind == "all_minimal_backdoor_sets") {
    EXPECT_THAT(listed, same_sets(item.sets(expected["sets"])));
  } else if (kind == "one_minimal_backdoor_set") {
    EXPECT_THAT(listed, same_sets(item.sets(expected["one_of"])));
  } else if (kind == "all_backdoor_sets(max_size=2)") {
    std::vector<NodeSet> sets;
    const auto rest = item.graph().observed_nodes() - item.x() - item.y();
    if (item.back_door({})) sets.emplace_back();
    for (const NodeId a : rest)
      for (const NodeId b : rest)
        if (a <= b && item.back_door({a, b})) sets.push_back({a, b});
    EXPECT_THAT(sets, same_sets(item.sets(expected["sets"])));
  } else if (kind == "backdoor_gallery") {
    EXPECT_THAT(listed, same_sets(item.sets(json["all_minimal"])));
    for (const auto& set : item.sets(expected["maximal"])) EXPECT_TRUE(item.back_door(set));
    for (const auto& set : item.sets(expected["invalid"])) EXPECT_FALSE(item.back_door(set));
    for (const auto& set : item.sets(expected.value("direct_maximal", Json::array())))
      EXPECT_TRUE(check_adjustment(item.graph(), item.x(), item.y(), set, direct)->valid);
  } else if (kind.starts_with("efficient_adjustment")) {
    expect_efficient_sets(item, json);
  } else if (kind.starts_with("optimal_adjustment_set")) {
    const auto best = optimal_adjustment_set(item.graph(), item.x(), item.y()).value();
    const auto& names = expected["set"];
    EXPECT_EQ(best.status, names.is_null() ? Optimality::no_valid_set : Optimality::optimal);
    if (best.set) {
      EXPECT_EQ(*best.set, item.set(names));
    }
  } else {
    return false;
  }
  return true;
}

TEST(IdentifyOracle, AgreesWithAdjustmentCasesOfOtherTools) {
  READ_CASES_OR_SKIP(cases, "adjustment_cases.json");
  int run = 0;
  for (const auto& json : cases) {
    if (!over_dags(json)) continue;
    SCOPED_TRACE(json["id"]);
    EXPECT_TRUE(check_kind(Case(json), json)) << json["kind"];
    ++run;
  }
  EXPECT_EQ(run, 64);
}

TEST(IdentifyOracle, FindsTheFrontDoorSetsOfTheFullFamilies) {
  READ_CASES_OR_SKIP(cases, "frontdoor_cases.json");
  int run = 0;
  int sets_checked = 0;
  for (const auto& json : cases) {
    SCOPED_TRACE(json["id"]);
    const Case item(json);
    const auto must = item.set(json["I"]);
    const auto family = item.sets(json["ref_all_sets"]);
    std::vector<NodeSet> candidates{must};
    for (const NodeId v : item.set(json["R"]) - must)
      for (std::size_t i = 0, size = candidates.size(); i < size; ++i)
        candidates.push_back(candidates[i] | NodeSet{v});
    for (const auto& z : candidates) {
      const bool in_family = std::find(family.begin(), family.end(), z) != family.end();
      EXPECT_EQ(check_front_door(item.graph(), item.x(), item.y(), z).value().valid, in_family);
      ++sets_checked;
    }
    const FrontDoorLimits bounds{must, item.graph().observed_nodes() - item.set(json["R"]), 1'000};
    const auto listing = list_front_door_sets(item.graph(), item.x(), item.y(), bounds).value();
    EXPECT_THAT(listing.sets, same_sets(family));
    const auto found = find_front_door_set(item.graph(), item.x(), item.y(), bounds).value();
    const auto largest = largest_front_door_set(item.graph(), item.x(), item.y(), bounds).value();
    EXPECT_EQ(found.has_value(), !family.empty());
    EXPECT_EQ(largest.has_value(), !json["ref_maximum"].is_null());
    if (found) {
      EXPECT_THAT(item.sets(json["ref_minimal"]), testing::Contains(*found));
      EXPECT_EQ(*largest, item.set(json["ref_maximum"]));
    }
    ++run;
  }
  EXPECT_EQ(run, 12);
  EXPECT_EQ(sets_checked, 78);
}

// The conditioning sets of each instrument, by the check alone.
std::map<NodeId, std::vector<NodeSet>> instruments_by_check(const Case& item, NodeId x, NodeId y) {
  std::map<NodeId, std::vector<NodeSet>> valid;
  const auto rest = item.graph().observed_nodes() - NodeSet{x, y};
  for (const NodeId z : rest) {
    std::vector<NodeSet> candidates{NodeSet{}};
    for (const NodeId v : rest - NodeSet{z})
      for (std::size_t i = 0, size = candidates.size(); i < size; ++i)
        candidates.push_back(candidates[i] | NodeSet{v});
    for (const auto& w : candidates)
      if (check_instrument(item.graph(), x, y, z, w).value().valid) valid[z].push_back(w);
  }
  return valid;
}

TEST(IdentifyOracle, FindsTheInstrumentsOfDagitty) {
  READ_CASES_OR_SKIP(cases, "dagitty_instruments.json");
  int run = 0;
  for (const auto& json : cases) {
    SCOPED_TRACE(json["id"]);
    const Case item(json);
    const NodeId x = item.node(json["x"]);
    const NodeId y = item.node(json["y"]);
    ++run;
    if (json["kind"] == "ancestral_instrument_for") {
      const NodeId z = item.node(json["z"]);
      const auto found = find_instrument(item.graph(), x, y, z).value();
      EXPECT_EQ(found, (Instrument{z, item.set(json["expected"]["Z"])}));
      continue;
    }
    std::map<NodeId, std::vector<NodeSet>> all_valid;
    for (const auto& [name, sets] : json["all_valid"].items())
      all_valid[item.node(name)] = item.sets(sets);
    auto checked = instruments_by_check(item, x, y);
    EXPECT_EQ(checked.size(), all_valid.size());
    for (const auto& [z, sets] : all_valid) EXPECT_THAT(checked[z], same_sets(sets));
    const auto listed = list_instruments(item.graph(), x, y).value();
    EXPECT_EQ(listed.size(), all_valid.size());
    for (const auto& [z, w] : listed) EXPECT_THAT(all_valid[z], testing::Contains(w));
    // Which of several sets is named is a matter of taste; theirs are valid by our check.
    for (const auto& theirs : json["expected"]["instruments"])
      EXPECT_THAT(checked[item.node(theirs["I"])], testing::Contains(item.set(theirs["Z"])));
  }
  EXPECT_EQ(run, 10);
}

TEST(IdentifyOracle, FindsAnInstrumentWhereCiflyDoesAndTheOptimalOnes) {
  READ_CASES_OR_SKIP(cases, "instrument_cases.json");
  int run = 0;
  int optimal = 0;
  for (const auto& json : cases) {
    SCOPED_TRACE(json["id"]);
    const Case item(json);
    const NodeId x = item.node(json["x"]);
    const NodeId y = item.node(json["y"]);
    const auto& expected = json["expected"]["instrument"];
    ++run;
    if (json["kind"] == "one_conditional_instrument") {
      ASSERT_FALSE(expected.is_null());
      EXPECT_FALSE(list_instruments(item.graph(), x, y).value().empty());
      const auto w = item.set(expected["W"]);
      for (const NodeId z : item.set(expected["I"]))
        EXPECT_TRUE(check_instrument(item.graph(), x, y, z, w).value().valid);
      continue;
    }
    const auto best = optimal_instruments(item.graph(), x, y).value();
    EXPECT_EQ(best.has_value(), !expected.is_null());
    if (best) {
      EXPECT_EQ(best->instruments, item.set(expected["I"]));
      EXPECT_EQ(best->given, item.set(expected["W"]));
      ++optimal;
    }
  }
  EXPECT_EQ(run, 10);
  EXPECT_EQ(optimal, 3);
}

}  // namespace
}  // namespace causal_gym
