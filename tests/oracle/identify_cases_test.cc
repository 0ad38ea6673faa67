// Identification against cases from the test suites of other tools, each of them checked before by
// an independent computation. The number of cases run is asserted, so that a reader that loses
// cases cannot hide.
#include <gmock/gmock.h>

#include "engine/expression/evaluate.h"
#include "engine/identify/adjustment.h"
#include "engine/identify/front_door.h"
#include "engine/identify/identify.h"
#include "engine/infer/elimination.h"
#include "engine/infer/intervene.h"
#include "engine/model/random_model.h"
#include "tests/oracle/case_file.h"

namespace causal_gym {
namespace {

using Json = nlohmann::json;

// A case with its graph and names resolved.
class Case {
 public:
  explicit Case(const Json& json) : json_(json), graph_(graph_from_case(json["graph"]).value()) {}

  [[nodiscard]] const Graph& graph() const { return graph_; }
  [[nodiscard]] NodeSet set(const Json& names) const { return nodes_from_case(graph_, names); }
  [[nodiscard]] std::vector<NodeSet> sets(const Json& lists) const {
    std::vector<NodeSet> sets;
    for (const auto& names : lists) sets.push_back(set(names));
    return sets;
  }
  [[nodiscard]] NodeSet x() const { return set(json_["exposure"]); }
  [[nodiscard]] NodeSet y() const { return set(json_["outcome"]); }

  // A set with latent members is refused, and so not valid.
  [[nodiscard]] bool valid(const NodeSet& z) const {
    const auto check = check_adjustment(graph_, x(), y(), z);
    return check && check->valid;
  }
  [[nodiscard]] bool back_door(const NodeSet& z) const {
    const auto check = check_adjustment(graph_, x(), y(), z);
    return check && check->back_door;
  }

 private:
  Json json_;
  Graph graph_;
};

bool over_dags(const Json& json) {
  const auto type = json["graph"].value("type", "dag");
  return type == "dag" || type == "admg";
}

auto same_sets(const std::vector<NodeSet>& expected) {
  return testing::UnorderedElementsAreArray(expected);
}

TEST(IdentifyOracle, ListsTheMinimalAdjustmentSetsOfDagitty) {
  READ_CASES_OR_SKIP(cases, "dagitty_adjustment.json");
  int run = 0;
  for (const auto& json : cases) {
    if (!over_dags(json) || json["effect"] != "total" || !json["selected"].empty()) continue;
    if (json.contains("degenerate")) continue;  // no exposure, or an exposure adjusted for
    SCOPED_TRACE(json["id"]);
    const Case item(json);
    const auto must = item.set(json["must"]) | item.set(json["adjusted"]);
    const auto must_not = item.set(json["must_not"]);
    const auto expected = item.sets(json["expected"]["minimal_adjustment_sets"]);
    const auto listing =
        minimal_adjustment_sets(item.graph(), item.x(), item.y(), {must, must_not, 10'000}).value();
    EXPECT_TRUE(listing.complete);
    EXPECT_THAT(listing.sets, same_sets(expected));
    const auto found =
        find_adjustment_set(item.graph(), item.x(), item.y(), must, must_not).value();
    EXPECT_EQ(!found.has_value(), json["expected"]["none_exists"].get<bool>());
    if (found) {
      EXPECT_THAT(expected, testing::Contains(*found));
    }
    ++run;
  }
  EXPECT_EQ(run, 20);
}

TEST(IdentifyOracle, JudgesAdjustmentSetsAsDagittyDoes) {
  READ_CASES_OR_SKIP(cases, "dagitty_adjustment_check.json");
  int run = 0;
  for (const auto& json : cases) {
    const bool total = json["effect"] == "total" && json["S"].empty();
    const bool forbidden = json["effect"] == "forbidden_nodes_in_adjusted";
    if (!total && !forbidden) continue;
    SCOPED_TRACE(json["id"]);
    const Case item(json);
    const auto z = item.set(json["Z"]);
    if (total) {
      EXPECT_EQ(item.valid(z), json["expected"]["valid"].get<bool>());
    } else {
      EXPECT_EQ(z.intersects(forbidden_nodes(item.graph(), item.x(), item.y())),
                json["expected"]["violates"].get<bool>());
    }
    ++run;
  }
  EXPECT_EQ(run, 8);
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
  } else if (kind.starts_with("efficient_adjustment")) {
    for (const auto& [name, names] : expected.items())
      if (!names.is_null()) {
        EXPECT_TRUE(item.valid(item.set(names))) << name;
      }
  } else if (kind.starts_with("optimal_adjustment_set")) {
    const auto& names = expected["set"];
    EXPECT_EQ(names.is_null(), listed.empty());
    if (!names.is_null()) {
      EXPECT_TRUE(item.valid(item.set(names)));
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
    const auto found = find_front_door_set(item.graph(), item.x(), item.y()).value();
    EXPECT_EQ(found.has_value(), !family.empty());
    if (found && must.empty()) {
      EXPECT_THAT(item.sets(json["ref_minimal"]), testing::Contains(*found));
    }
    ++run;
  }
  EXPECT_EQ(run, 12);
  EXPECT_EQ(sets_checked, 78);
}

ExpressionPtr read_expression(const Case& item, const Json& ast) {
  const std::string op = ast["op"];
  const auto variables = [&](const char* key) { return item.set(ast[key]).to_vector(); };
  if (op == "P") return probability(variables("vars"), variables("given"));
  if (op == "sum") return sum(variables("over"), read_expression(item, ast["expr"]));
  if (op == "frac")
    return fraction(read_expression(item, ast["num"]), read_expression(item, ast["den"]));
  if (op == "one") return one();
  EXPECT_EQ(op, "prod");
  std::vector<ExpressionPtr> factors;
  for (const auto& factor : ast["args"]) factors.push_back(read_expression(item, factor));
  return product(std::move(factors));
}

Evaluator observed_joint(const Model& model, const Graph& graph) {
  const auto observed = graph.observed_nodes().to_vector();
  auto factor = joint_mass(model, observed, {}).value();
  return Evaluator::create({std::move(factor.variables), std::move(factor.cardinalities),
                            std::move(factor.values)})
      .value();
}

// Our estimand, theirs and the truncated factorisation give the same number, for one state of the
// treatment and every state of the other variables asked for. Variables that only their expression
// speaks of do not matter, and are in their first state.
void expect_same_values(const Case& item, const EffectTarget& target, const ExpressionPtr& ours,
                        const ExpressionPtr& theirs, std::uint64_t seed) {
  Rng rng(seed, stream_of("identify cases"));
  const auto model = random_model(item.graph(), rng, {2, 2, true, false});
  Assignment at{target.treatment.to_vector(), {}};
  Regime regime;
  for (const NodeId v : target.treatment) {
    at.states.push_back(static_cast<std::int32_t>(rng.below(2)));
    regime.emplace_back(SetIntervention{v, at.states.back()});
  }
  auto seen = observed_joint(model, item.graph());
  auto truth = observed_joint(intervene(model, regime).value(), item.graph());
  const auto asked = (target.outcome | target.given).to_vector();
  const auto others =
      item.graph().observed_nodes() - target.treatment - target.outcome - target.given;
  at.variables.insert(at.variables.end(), asked.begin(), asked.end());
  for (const NodeId v : others) at.variables.push_back(v);
  const auto fixed = target.treatment.size();
  at.states.resize(at.variables.size(), 0);
  const auto effect = probability(target.outcome.to_vector(), target.given.to_vector());
  for (std::size_t state = 0; state < std::size_t{1} << asked.size(); ++state) {
    for (std::size_t i = 0; i < asked.size(); ++i)
      at.states[fixed + i] = static_cast<std::int32_t>(state >> i & 1);
    const auto value = seen.evaluate(ours, at).value();
    EXPECT_NEAR(value, truth.evaluate(effect, at).value(), 1e-9) << "seed " << seed;
    EXPECT_NEAR(value, seen.evaluate(theirs, at).value(), 1e-9) << "seed " << seed;
  }
}

TEST(IdentifyOracle, IdentifiesWhatTheReferenceDoesAndGivesItsValues) {
  READ_CASES_OR_SKIP(cases, "id_cases.json");
  int run = 0;
  std::map<std::string_view, int> count;
  for (const auto& json : cases) {
    SCOPED_TRACE(json["id"]);
    const Case item(json);
    const auto& query = json["query"];
    const EffectTarget target{item.set(query["do"]), item.set(query["y"]),
                              item.set(query["given"])};
    const auto result = identify_effect(item.graph(), target).value();
    const bool identifiable = json["ref"]["identifiable"];
    const bool ours = result.verdict == Verdict::identifiable;
    EXPECT_EQ(ours, identifiable) << result.reason;
    if (result.hedge) {
      EXPECT_TRUE(check_hedge(item.graph(), *result.hedge)) << result.reason;
    }
    if (ours && identifiable) {
      const auto theirs = read_expression(item, json["ref"]["ast"]);
      for (std::uint64_t seed = 0; seed < 3; ++seed)
        expect_same_values(item, target, result.estimand, theirs, seed);
    }
    ++count[ours ? strategy_name(result.strategy) : "not identifiable"];
    ++run;
  }
  EXPECT_EQ(run, 100);
  EXPECT_EQ(count["not identifiable"], 24);
  EXPECT_EQ(count["general"], 21);
}

}  // namespace
}  // namespace causal_gym
