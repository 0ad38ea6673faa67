// Graph transformations, separators, implications, classes and distances against the published
// cases of other libraries.
#include <gtest/gtest.h>

#include <set>

#include "engine/graph/back_door_graph.h"
#include "engine/graph/cpdag.h"
#include "engine/graph/equivalence_class_size.h"
#include "engine/graph/markov_blanket.h"
#include "engine/graph/minimum_separator.h"
#include "engine/graph/nested_markov.h"
#include "engine/graph/paths.h"
#include "engine/graph/relations.h"
#include "engine/graph/separators.h"
#include "engine/graph/surgery.h"
#include "engine/graph/transformations.h"
#include "engine/identify/adjustment_identification_distance.h"
#include "engine/identify/implied_independencies.h"
#include "tests/oracle/case_file.h"

namespace causal_gym {
namespace {

using nlohmann::json;

// "a -> b", "a <-> b" and "a -- b", the ends of the latter two in order of names.
using EdgeTexts = std::set<std::string>;

std::string edge_text(std::string a, const std::string& joint, std::string b) {
  if (joint != " -> " && b < a) std::swap(a, b);
  return a + joint + b;
}

EdgeTexts edges_of(const json& graph) {
  EdgeTexts texts;
  for (const auto& [kind, joint] : {std::pair("directed", " -> "), std::pair("bidirected", " <-> "),
                                    std::pair("undirected", " -- ")})
    if (graph.contains(kind))
      for (const auto& edge : graph.at(kind))
        texts.insert(
            edge_text(edge.at(0).get<std::string>(), joint, edge.at(1).get<std::string>()));
  return texts;
}

EdgeTexts edges_of(const Graph& graph) {
  EdgeTexts texts;
  for (const auto& [a, b] : graph.directed_edges())
    texts.insert(edge_text(graph.name(a), " -> ", graph.name(b)));
  for (const auto& [a, b] : graph.bidirected_edges())
    texts.insert(edge_text(graph.name(a), " <-> ", graph.name(b)));
  return texts;
}

EdgeTexts edges_of(const Graph& names, const UndirectedGraph& graph) {
  EdgeTexts texts;
  for (const auto& [a, b] : graph.edges())
    texts.insert(edge_text(names.name(a), " -- ", names.name(b)));
  return texts;
}

// A maximal ancestral graph without undirected edges is a graph of ours too.
bool is_ours(const json& graph) {
  auto without_type = graph;
  if (graph.value("type", "dag") == "mag") without_type.erase("type");
  return is_admg(without_type);
}

struct Roles {
  NodeSet x, y, adjusted;
  bool direct = false;
};

// From the statement of the graph, or from the arguments of the call.
Roles roles_of(const Graph& graph, const json& test) {
  Roles roles{
      nodes_from_case(graph, test.at("exposure")), nodes_from_case(graph, test.at("outcome")),
      nodes_from_case(graph, test.at("adjusted")) | nodes_from_case(graph, test.at("selected"))};
  const auto& args = test.at("args");
  if (args.size() == 2) {
    roles.x = nodes_from_case(graph, args.at(0));
    roles.y = nodes_from_case(graph, args.at(1));
  } else if (args.size() == 1 && args.at(0).is_object()) {
    roles.x = nodes_from_case(graph, args.at(0).at("X"));
    roles.y = nodes_from_case(graph, args.at(0).at("Y"));
    roles.direct = args.at(0).value("direct", false);
  }
  return roles;
}

void add_edges(EdgeTexts& texts, const Graph& graph, const Path& path) {
  for (std::size_t i = 0; i < path.steps.size(); ++i) {
    const auto& a = graph.name(path.nodes[i]);
    const auto& b = graph.name(path.nodes[i + 1]);
    texts.insert(path.steps[i] == Step::forward    ? edge_text(a, " -> ", b)
                 : path.steps[i] == Step::backward ? edge_text(b, " -> ", a)
                                                   : edge_text(a, " <-> ", b));
  }
}

// Open paths from x to y, given what is adjusted for, that meet x at their start alone.
std::vector<ListedPath> open_paths(const Graph& graph, const Roles& roles) {
  std::vector<ListedPath> paths;
  for (const NodeId x : roles.x)
    for (const NodeId y : roles.y) {
      auto listing = list_paths(graph, x, y, roles.adjusted).value();
      EXPECT_TRUE(listing.complete);
      for (auto& listed : listing.paths)
        if (const NodeSet after{std::span(listed.path.nodes).subspan(1)};
            listed.open && !after.intersects(roles.x))
          paths.push_back(std::move(listed));
    }
  return paths;
}

// The edges of open paths that bias the effect (the direct one: of all but the edge itself), and of
// causal paths of which something is adjusted for that comes after them, with the way to it.
EdgeTexts biasing_edges(const Graph& graph, const Roles& roles) {
  EdgeTexts texts;
  for (const auto& listed : open_paths(graph, roles)) {
    const bool causal = listed.kind == PathKind::causal;
    if (roles.direct ? listed.path.steps.size() > 1 || !causal : !causal)
      add_edges(texts, graph, listed.path);
    if (!causal || roles.direct) continue;
    const NodeSet after{std::span(listed.path.nodes).subspan(1)};
    for (const auto& way : open_paths(graph, {after, roles.adjusted, {}})) {
      if (way.kind != PathKind::causal) continue;
      add_edges(texts, graph, listed.path);
      add_edges(texts, graph, way.path);
    }
  }
  return texts;
}

EdgeTexts causal_flow(const Graph& graph, const Roles& roles) {
  EdgeTexts texts;
  for (const auto& listed : open_paths(graph, roles))
    if (listed.kind == PathKind::causal) add_edges(texts, graph, listed.path);
  return texts;
}

// What our function for dagitty's gives; nullopt when there is none.
std::optional<EdgeTexts> transformed(const Graph& graph, const json& test) {
  const auto op = test.at("op").get<std::string>();
  if (op == "moralGraph") return edges_of(graph, moral_graph(graph));
  if (op == "skeleton") return edges_of(graph, skeleton(graph));
  if (op == "dag2DependencyGraph") return edges_of(graph, dependency_graph(graph));
  if (op == "canonicalDag") return edges_of(canonical_dag(graph).value());
  if (op == "transitiveClosure") return edges_of(transitive_closure(graph).value());
  if (op == "transitiveReduction") return edges_of(transitive_reduction(graph));
  if (op == "trekGraph") return edges_of(trek_graph(graph).value());
  if (op == "dagToMag") return edges_of(maximal_ancestral_graph(graph).value());
  if (op == "dagToCpdag") {
    const auto pattern = cpdag(graph).value();
    auto texts = edges_of(graph, pattern.undirected);
    for (const auto& [a, b] : pattern.directed)
      texts.insert(edge_text(graph.name(a), " -> ", graph.name(b)));
    return texts;
  }
  const auto roles = roles_of(graph, test);
  if (op == "ancestorGraph") {
    const auto& args = test.at("args");
    const auto of =
        args.empty() ? roles.x | roles.y | roles.adjusted : nodes_from_case(graph, args.at(0));
    return edges_of(ancestral_graph(graph, of));
  }
  if (op == "backDoorGraph") return edges_of(proper_back_door_graph(graph, roles.x, roles.y));
  if (op == "indirectGraph") return edges_of(indirect_graph(graph, roles.x, roles.y));
  if (op == "activeBiasGraph") return biasing_edges(graph, roles);
  if (op == "causalFlowGraph") return causal_flow(graph, roles);
  return std::nullopt;
}

TEST(GraphOperationsOracle, TransformsGraphsAsDagittyDoes) {
  READ_CASES_OR_SKIP(cases, "dagitty_transforms.json");
  std::map<std::string, int> compared;
  std::map<std::string, int> not_ours;
  for (const auto& test : cases) {
    SCOPED_TRACE(test.at("id").get<std::string>() + " " + test.at("op").get<std::string>());
    const auto op = test.at("op").get<std::string>();
    if (!is_ours(test.at("graph"))) {
      ++not_ours[op];
      continue;
    }
    const auto graph = graph_from_case(test.at("graph"));
    ASSERT_TRUE(graph) << error_text(graph.error());
    if (op == "markovEquivalentDags") {
      EXPECT_EQ(equivalence_class_size(*graph)->digits,
                std::to_string(test.at("expected").at("count").get<int>()));
      ++compared[op];
      continue;
    }
    const auto edges = transformed(*graph, test);
    if (!edges) {
      ++not_ours[op];
      continue;
    }
    EXPECT_EQ(*edges, edges_of(test.at("expected").at("graph")));
    ++compared[op];
  }
  const std::map<std::string, int> expected = {
      {"activeBiasGraph", 59},  {"ancestorGraph", 13},
      {"backDoorGraph", 8},     {"canonicalDag", 5},
      {"causalFlowGraph", 2},   {"dag2DependencyGraph", 3},
      {"dagToCpdag", 4},        {"dagToMag", 2},
      {"indirectGraph", 2},     {"markovEquivalentDags", 2},
      {"moralGraph", 15},       {"skeleton", 2},
      {"transitiveClosure", 1}, {"transitiveReduction", 1},
      {"trekGraph", 2}};
  EXPECT_EQ(compared, expected);
  // Graphs with undirected or circle edges, which no graph of ours has; and the line digraph, whose
  // nodes are edges and which no operation of ours needs.
  const std::map<std::string, int> expected_not_ours = {
      {"activeBiasGraph", 2}, {"ancestorGraph", 2}, {"backDoorGraph", 5}, {"canonicalDag", 2},
      {"cgToRcg", 4},         {"indirectGraph", 2}, {"lineDigraph", 3},   {"moralGraph", 2},
      {"pagToPdag", 1},       {"skeleton", 2}};
  EXPECT_EQ(not_ours, expected_not_ours);
}

std::optional<NodeSet> separator_from_case(const Graph& graph, const json& expected) {
  const auto& separator = expected.at("separator");
  if (separator.is_boolean()) return std::nullopt;
  return nodes_from_case(graph, separator);
}

TEST(GraphOperationsOracle, FindsTheSeparatorsOfDagitty) {
  READ_CASES_OR_SKIP(cases, "dagitty_separators.json");
  int compared = 0;
  int undirected = 0;
  for (const auto& test : cases) {
    SCOPED_TRACE(test.at("id").get<std::string>());
    const auto kind = test.at("kind").get<std::string>();
    if (!is_ours(test.at("graph")) || kind == "all_minimal_vertex_separators_undirected") {
      ++undirected;
      continue;
    }
    const auto graph = graph_from_case(test.at("graph")).value();
    const auto x = nodes_from_case(graph, test.at("X"));
    const auto y = nodes_from_case(graph, test.at("Y"));
    const auto must = nodes_from_case(graph, test.at("must"));
    const auto may = graph.observed_nodes() - nodes_from_case(graph, test.at("must_not"));
    const auto expected = separator_from_case(graph, test.at("expected"));
    const auto minimal = minimal_separator(graph, x, y, must, may).value();
    const auto mirrored = minimal_separator(graph, y, x, must, may).value();
    ASSERT_EQ(minimal.has_value(), expected.has_value());
    ASSERT_EQ(mirrored.has_value(), expected.has_value());
    ++compared;
    if (!expected) continue;
    // dagitty gives the one nearest to either side.
    EXPECT_TRUE(is_minimal_separator(graph, x, y, *expected, must).value());
    EXPECT_TRUE(*minimal == *expected || *mirrored == *expected);
  }
  EXPECT_EQ(compared, 20);
  EXPECT_EQ(undirected, 16);
}

// The undirected graph as a causal graph with the same separators: an edge a - b is a -> s <- b
// with s given.
Graph with_selected_edges(const json& graph) {
  auto causal = graph;
  causal["type"] = "dag";
  causal["directed"] = json::array();
  causal["undirected"] = json::array();
  std::size_t number = 0;
  for (const auto& edge : graph.value("undirected", json::array())) {
    const auto selection = "selected " + std::to_string(number++);
    causal["nodes"].push_back(selection);
    causal["directed"].push_back({edge.at(0), selection});
    causal["directed"].push_back({edge.at(1), selection});
  }
  return graph_from_case(causal).value();
}

std::set<std::vector<NodeId>> as_vectors(const std::vector<NodeSet>& sets, const NodeSet& without) {
  std::set<std::vector<NodeId>> result;
  for (const auto& set : sets) result.insert((set - without).to_vector());
  return result;
}

TEST(GraphOperationsOracle, ListsTheVertexSeparatorsOfUndirectedGraphsOfDagitty) {
  READ_CASES_OR_SKIP(cases, "dagitty_separators.json");
  int compared = 0;
  for (const auto& test : cases) {
    if (test.at("kind") != "all_minimal_vertex_separators_undirected" ||
        test.at("graph").at("type") != "graph")
      continue;
    SCOPED_TRACE(test.at("id").get<std::string>());
    const auto graph = with_selected_edges(test.at("graph"));
    const auto named = nodes_from_case(graph, test.at("graph").at("nodes"));
    const auto selections = graph.all_nodes() - named;
    const auto x = nodes_from_case(graph, test.at("X"));
    const auto y = nodes_from_case(graph, test.at("Y"));
    const auto must = nodes_from_case(graph, test.at("must")) | selections;
    auto may = named;  // must_not names nodes that this part of a graph has not
    for (const auto& name : test.at("must_not"))
      if (const auto v = graph.find(name.get<std::string>())) may.erase(*v);
    const auto found =
        as_vectors(list_minimal_separators(graph, x, y, {must, may}, 1'000).sets, selections);
    std::vector<NodeSet> sets;
    for (const auto& set : test.at("expected").at("separators"))
      sets.push_back(nodes_from_case(graph, set));
    const auto expected = as_vectors(sets, {});
    if (test.at("max_nr").is_null()) {
      EXPECT_EQ(found, expected);
    }
    EXPECT_TRUE(std::includes(found.begin(), found.end(), expected.begin(), expected.end()));
    // The cheapest by count is as small as the smallest listed.
    const std::vector<double> ones(graph.node_count(), 1);
    const auto cheapest = minimum_separator(graph, x, y, must, may, ones).value();
    ASSERT_EQ(cheapest.has_value(), !found.empty());
    for (const auto& set : found)
      EXPECT_LE(cheapest->weight, static_cast<double>(NodeSet(std::span(set)).size()));
    ++compared;
  }
  EXPECT_EQ(compared, 14);
}

TEST(GraphOperationsOracle, FindsTheSeparatorsOfCifly) {
  READ_CASES_OR_SKIP(cases, "separator_cases.json");
  int compared = 0;
  for (const auto& test : cases) {
    SCOPED_TRACE(test.at("id").get<std::string>());
    const auto graph = graph_from_case(test.at("graph")).value();
    const auto x = nodes_from_case(graph, test.at("X"));
    const auto y = nodes_from_case(graph, test.at("Y"));
    const bool nearest = test.at("kind") == "nearest_separator";
    const auto found =
        (nearest ? nearest_separator : minimal_separator)(graph, x, y, {}, graph.all_nodes());
    bool listed = false;
    for (const auto& set : test.at("expected").at("one_of"))
      listed = listed || nodes_from_case(graph, set) == **found;
    EXPECT_TRUE(listed);
    ++compared;
  }
  EXPECT_EQ(compared, 5);
}

TEST(GraphOperationsOracle, AgreesWithDagittyOnBlanketsCutsChordsAndCausalPaths) {
  READ_CASES_OR_SKIP(cases, "dagitty_misc.json");
  std::map<std::string, int> compared;
  for (const auto& test : cases) {
    SCOPED_TRACE(test.at("id").get<std::string>());
    const auto op = test.at("op").get<std::string>();
    const auto& expected = test.at("expected");
    if (op == "isChordal") {
      std::vector<Edge> pairs;
      const auto causal = with_selected_edges(test.at("graph"));
      for (const auto& edge : test.at("graph").at("undirected"))
        pairs.push_back({causal.find(edge.at(0).get<std::string>()).value(),
                         causal.find(edge.at(1).get<std::string>()).value()});
      EXPECT_EQ(is_chordal(UndirectedGraph(causal.node_count(), pairs)),
                expected.at("value").get<bool>());
      ++compared[op];
    }
    if (!is_admg(test.at("graph")) || op == "containsCycle") continue;
    const auto graph = graph_from_case(test.at("graph")).value();
    if (op == "markovBlanket") {
      EXPECT_EQ(markov_blanket(graph, nodes_from_case(graph, test.at("args"))).value(),
                nodes_from_case(graph, expected.at("nodes")));
      ++compared[op];
    } else if (op == "minVertexCut") {
      const auto x = nodes_from_case(graph, test.at("args").at(0));
      const auto y = nodes_from_case(graph, test.at("args").at(1));
      const auto cut = minimum_directed_cut(graph, x, y);
      // dagitty has no cut between overlapping sets, for us an error; nor between adjacent nodes.
      if (expected.at("value").is_null())
        EXPECT_TRUE(!cut || !*cut);
      else
        EXPECT_EQ((*cut)->size(), expected.at("value").get<std::size_t>());
      ++compared[op];
    } else if (op == "intermediates" || op == "properPossibleCausalPaths" ||
               op == "directEffectEqualsTotalEffect") {
      const auto x = nodes_from_case(graph, test.at("exposure"));
      const auto y = nodes_from_case(graph, test.at("outcome"));
      const auto on_paths = nodes_on_proper_causal_paths(graph, x, y);
      if (op == "directEffectEqualsTotalEffect")
        EXPECT_EQ(on_paths.is_subset_of(y), expected.at("value").get<bool>());
      else
        EXPECT_EQ(op == "intermediates" ? on_paths - y : on_paths | x,
                  nodes_from_case(graph, expected.at("nodes")));
      ++compared[op];
    }
  }
  const std::map<std::string, int> all = {{"directEffectEqualsTotalEffect", 4},
                                          {"intermediates", 2},
                                          {"isChordal", 8},
                                          {"markovBlanket", 3},
                                          {"minVertexCut", 33},
                                          {"properPossibleCausalPaths", 1}};
  EXPECT_EQ(compared, all);
}

TEST(GraphOperationsOracle, ImpliesTheIndependenciesOfDagitty) {
  READ_CASES_OR_SKIP(cases, "dagitty_implications.json");
  int compared = 0;
  for (const auto& test : cases) {
    SCOPED_TRACE(test.at("id").get<std::string>());
    const auto graph = graph_from_case(test.at("graph")).value();
    using Text = std::vector<std::vector<NodeId>>;
    std::set<Text> expected;
    for (const auto& statement : test.at("expected").at("independencies"))
      for (const auto& set : statement.at("sets")) {
        auto x = nodes_from_case(graph, json::array({statement.at("X")})).to_vector();
        const auto& others = statement.at("Y");
        auto y =
            nodes_from_case(graph, others.is_array() ? others : json::array({others})).to_vector();
        if (test.at("kind") == "listMinimalImplications" && y < x) std::swap(x, y);
        expected.insert({x, y, nodes_from_case(graph, set).to_vector()});
      }
    std::set<Text> found;
    if (test.at("kind") == "listBasisImplications") {
      const auto basis = basis_independencies(graph).value();
      for (const auto& local : basis.statements)
        found.insert({{local.x}, local.others.to_vector(), local.given.to_vector()});
    } else {
      const auto implied = minimal_independencies(graph, {100'000, 10'000});
      EXPECT_TRUE(implied.complete);
      for (const auto& pair : implied.pairs)
        for (const auto& given : pair.given) found.insert({{pair.x}, {pair.y}, given.to_vector()});
    }
    if (test.at("max_nr").is_null()) {
      EXPECT_EQ(found, expected);
    }
    EXPECT_TRUE(std::includes(found.begin(), found.end(), expected.begin(), expected.end()));
    ++compared;
  }
  EXPECT_EQ(compared, 7);
}

TEST(GraphOperationsOracle, GivesTheCpdagsAndClassSizesOfPcalg) {
  READ_CASES_OR_SKIP(cases, "cpdag_cases.json");
  int compared = 0;
  for (const auto& test : cases) {
    SCOPED_TRACE(test.at("id").get<std::string>());
    const auto dag = graph_from_case(test.at("dag")).value();
    json call = {{"op", "dagToCpdag"}};
    EXPECT_EQ(*transformed(dag, call), edges_of(test.at("expected")));
    EXPECT_EQ(equivalence_class_size(dag)->digits,
              std::to_string(test.at("ref_class_size").get<int>()));
    ++compared;
  }
  EXPECT_EQ(compared, 10);
}

TEST(GraphOperationsOracle, MeasuresTheParentDistanceOfCifly) {
  READ_CASES_OR_SKIP(cases, "aid_cases.json");
  int compared = 0;
  for (const auto& test : cases) {
    SCOPED_TRACE(test.at("id").get<std::string>());
    // CPDAGs cannot be given.
    if (!is_admg(test.at("true")) || !is_admg(test.at("guess"))) continue;
    const auto distance = adjustment_identification_distance(
        graph_from_case(test.at("true")).value(), graph_from_case(test.at("guess")).value(),
        AdjustmentStrategy::parents);
    EXPECT_EQ(distance->wrong, test.at("expected").at("distance").get<std::size_t>());
    ++compared;
  }
  EXPECT_EQ(compared, 1);
}

TEST(GraphOperationsOracle, AgreesWithAnankeOnNestedMarkovModels) {
  READ_CASES_OR_SKIP(cases, "admg_ops.json");
  std::map<std::string, int> compared;
  for (const auto& test : cases) {
    SCOPED_TRACE(test.at("id").get<std::string>());
    const auto graph = graph_from_case(test.at("graph")).value();
    const auto op = test.at("op").get<std::string>();
    const auto& expected = test.at("expected");
    if (op == "maximal_arid_projection") {
      EXPECT_EQ(edges_of(maximal_arid_projection(graph).value()), edges_of(expected));
    } else if (op == "nonparametric_saturated") {
      EXPECT_EQ(is_nonparametrically_saturated(graph).value(), expected.get<bool>());
    } else if (test.contains("args")) {
      const auto of = nodes_from_case(graph, test.at("args"));
      std::vector<NodeId> order;
      for (const auto& name : test.value("order", json::array()))
        order.push_back(graph.find(name.get<std::string>()).value());
      const auto found = op == "markov_pillow"    ? markov_pillow(graph, of, order)
                         : op == "markov_blanket" ? district_blanket(graph, of)
                                                  : reachable_closure(graph, of);
      EXPECT_EQ(found, nodes_from_case(graph, expected));
    }
    ++compared[op];
  }
  const std::map<std::string, int> all = {{"districts", 2},
                                          {"markov_blanket", 2},
                                          {"markov_pillow", 2},
                                          {"maximal_arid_projection", 3},
                                          {"nonparametric_saturated", 3},
                                          {"reachable_closure(nested Markov)", 1}};
  EXPECT_EQ(compared, all);
}

}  // namespace
}  // namespace causal_gym
