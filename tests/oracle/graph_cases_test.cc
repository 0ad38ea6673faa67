// Separation, districts, cycles and cut edges against the published cases of other libraries.
#include <gtest/gtest.h>

#include "engine/graph/relations.h"
#include "engine/graph/separation.h"
#include "engine/graph/surgery.h"
#include "engine/graph/text.h"
#include "tests/oracle/case_file.h"

namespace causal_gym {
namespace {

TEST(GraphOracle, SeparationAgreesWithDagitty) {
  READ_CASES_OR_SKIP(cases, "dagitty_dsep.json");
  int compared = 0;
  for (const auto& test : cases) {
    SCOPED_TRACE(test.at("id").get<std::string>());
    // An override of the ancestors of Z is dagitty's own and no separation.
    if (!is_admg(test.at("graph")) || test.contains("AnZ_override")) continue;
    const auto graph = graph_from_case(test.at("graph"));
    ASSERT_TRUE(graph) << error_text(graph.error());
    const auto x = nodes_from_case(*graph, test.at("X"));
    const auto y = nodes_from_case(*graph, test.at("Y"));
    const auto z = nodes_from_case(*graph, test.at("Z"));
    const auto answer = separation(*graph, x, y, z);
    ASSERT_TRUE(answer) << error_text(answer.error());
    EXPECT_EQ(!answer->separated, test.at("expected").at("connected").get<bool>());
    if (answer->open_path) {
      EXPECT_TRUE(is_open(*graph, *answer->open_path, z));
    }
    ++compared;
  }
  EXPECT_GE(compared, 130);
}

TEST(GraphOracle, EveryDagittyGraphSurvivesItsWriters) {
  READ_CASES_OR_SKIP(cases, "dagitty_dsep.json");
  for (const auto& test : cases) {
    if (!is_admg(test.at("graph"))) continue;
    const auto graph = graph_from_case(test.at("graph")).value();
    EXPECT_EQ(parse_graph(write_graph(graph)).value(), graph);
    EXPECT_EQ(parse_graph(write_dagitty(graph)).value(), graph);
    EXPECT_EQ(parse_dot(write_dot(graph)).value(), graph);
  }
}

TEST(GraphOracle, DistrictsAgreeWithAnanke) {
  READ_CASES_OR_SKIP(cases, "admg_ops.json");
  int compared = 0;
  for (const auto& test : cases) {
    if (test.at("op") != "districts") continue;
    SCOPED_TRACE(test.at("id").get<std::string>());
    const auto graph = graph_from_case(test.at("graph")).value();
    std::vector<NodeSet> expected;
    for (const auto& names : test.at("expected")) expected.push_back(nodes_from_case(graph, names));
    std::sort(expected.begin(), expected.end(),
              [](const NodeSet& a, const NodeSet& b) { return *a.begin() < *b.begin(); });
    EXPECT_EQ(districts(graph), expected);
    ++compared;
  }
  EXPECT_EQ(compared, 2);
}

TEST(GraphOracle, MarkovBlanketsOfDagittySeparateTheirNodeFromTheRest) {
  READ_CASES_OR_SKIP(cases, "dagitty_misc.json");
  int compared = 0;
  for (const auto& test : cases) {
    if (test.at("op") != "markovBlanket") continue;
    SCOPED_TRACE(test.at("id").get<std::string>());
    const auto graph = graph_from_case(test.at("graph")).value();
    const auto of = nodes_from_case(graph, test.at("args"));
    const auto blanket = nodes_from_case(graph, test.at("expected").at("nodes"));
    const auto rest = graph.all_nodes() - of - blanket;
    EXPECT_TRUE(separation(graph, of, rest, blanket)->separated);
    // No smaller set does.
    for (const NodeId v : blanket) {
      auto others = rest;
      others.insert(v);
      EXPECT_FALSE(separation(graph, of, others, blanket - NodeSet{v})->separated);
    }
    ++compared;
  }
  EXPECT_EQ(compared, 3);
}

TEST(GraphOracle, TheCyclesOfDagittyAreErrorsThatShowThem) {
  READ_CASES_OR_SKIP(cases, "dagitty_misc.json");
  int compared = 0;
  for (const auto& test : cases) {
    if (test.at("op") != "containsCycle") continue;
    auto cycle = test.at("expected").at("value").get<std::string>();
    for (auto at = cycle.find("&rarr;"); at != std::string::npos; at = cycle.find("&rarr;"))
      cycle.replace(at, 6, " -> ");
    const auto graph = graph_from_case(test.at("graph"));
    ASSERT_FALSE(graph);
    EXPECT_EQ(graph.error().code, ErrorCode::cyclic_graph);
    EXPECT_EQ(graph.error().message, "the directed edges form a cycle: " + cycle);
    ++compared;
  }
  EXPECT_EQ(compared, 2);
}

}  // namespace
}  // namespace causal_gym
