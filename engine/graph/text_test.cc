// Graph texts: what is accepted, each error with its place, and round trips of the writers.
#include "engine/graph/text.h"

#include <gtest/gtest.h>

#include "engine/graph/test_graphs.h"

namespace causal_gym {
namespace {

using test::graph_of;

TEST(ParseGraph, ReadsTheExampleOfTheSyntax) {
  const auto graph = graph_of(R"(
season -> rain; season -> sprinkler          # a comment
rain -> wet <- sprinkler; wet -> slippery    // another
x <-> y /* and
one more */
u [latent]; x [exposure]; y [outcome]; z
"blood pressure" -> stroke
a -> {b c}; {d e} -> f
)");
  EXPECT_EQ(graph.node_count(), 17U);
  EXPECT_EQ(graph.directed_edges().size(), 10U);
  EXPECT_TRUE(graph.has_edge(*graph.find("sprinkler"), *graph.find("wet")));
  EXPECT_TRUE(graph.has_bidirected_edge(*graph.find("x"), *graph.find("y")));
  EXPECT_TRUE(graph.is_latent(*graph.find("u")));
  EXPECT_TRUE(graph.nodes()[static_cast<std::size_t>(*graph.find("x"))].exposure);
  EXPECT_TRUE(graph.nodes()[static_cast<std::size_t>(*graph.find("y"))].outcome);
  EXPECT_EQ(graph.find("blood pressure"), 9);
}

TEST(ParseGraph, TextsThatMeanTheSame) {
  const std::pair<const char*, const char*> same[] = {
      {"a -> b -> c", "a -> b; b -> c"},
      {"a -> b <- c", "a -> b\nc -> b"},
      {"{a b} <-> c", "a; b; c; a <-> c; b <-> c"},
      {"{a, b} -> {c; d}", "a; b; c; d; a -> c; a -> d; b -> c; b -> d"},
      {"a -> {b\n c}", "a -> b; a -> c"},
      {"{u v} [latent]", "u [latent]; v [latent]"},
      {"a -> u; u [latent]", "a; u [latent]; a -> u"},
      {"a -> b; a", "a -> b"},
      {"u [latent,\n adjusted, pos=\"1,-2.5e1\"]", "u [adjusted, latent, pos=\"1, -25\"]"},
      {";;\n;a;\r\n\tb # c", "a; b"},
      {"\xEF\xBB\xBF"
       "a",
       "a"},
      {"größe -> \"größe 2\"", "\"größe\" -> \"größe 2\""},
      {"a'.1_b", "\"a'.1_b\""},
      {"dag -> x", "\"dag\" -> x"},
      {"dag", "\"dag\""},
      {"dag { a -> b }", "a -> b"},
      {"\n # c\ndag\n{\na b a\n->\nb }", "a; b; a -> b"},
      {"digraph \"g\" { bb=\"0,0,1,1\" a [e,pos=\"0.1,0.2\"] b [outcome] a -> b [beta=-.5] };\n",
       "a [exposure,pos=\"0.1,0.2\"]; b [outcome]; a -> b"},
      {"dag { u [u] s [selected] a [a] t [target] }",
       "u [latent]; s [selected]; a [adjusted]; t [outcome]"},
      {"", "  # nothing"},
  };
  for (const auto& [left, right] : same) {
    SCOPED_TRACE(left);
    const auto graph = parse_graph(left);
    ASSERT_TRUE(graph) << error_text(graph.error());
    EXPECT_EQ(*graph, graph_of(right));
  }
}

struct BadText {
  const char* text;
  ErrorCode code;
  const char* where;
  const char* culprit;  // must stand in the message or the suggestion
};

using enum ErrorCode;

const BadText faulty_texts[] = {
    {"a ->", parse_error, "line 1, column 5", "after '->', found the end of the text"},
    {"a ->\nb", parse_error, "line 1, column 5", "found the end of the line"},
    {"a b", parse_error, "line 1, column 3", "found 'b'"},
    {"blood pressure -> x", parse_error, "line 1, column 7", "quote a name"},
    {"-> b", parse_error, "line 1, column 1", "'->'"},
    {"a -- b", parse_error, "line 1, column 3", "'--'"},
    {"a --> b", parse_error, "line 1, column 3", "'->'"},
    {"a => b", parse_error, "line 1, column 3", "'='"},
    {"a \u2192 b", parse_error, "line 1, column 3", "write '->'"},
    {"\u201Ca\u201D", parse_error, "line 1, column 1", "quoted"},
    {"größe > b", parse_error, "line 1, column 7", "'>'"},
    {"a!", parse_error, "line 1, column 2", "'!'"},
    {"a\xC2\xA0-> b", parse_error, "line 1, column 2", "unexpected character"},
    {"a \xFF", parse_error, "line 1, column 3", "255"},
    {"a \x01", parse_error, "line 1, column 3", "control"},
    {"x\n\"a", parse_error, "line 2, column 1", "not closed"},
    {"\"a\nb\"", parse_error, "line 1, column 1", "not closed"},
    {"a /* b", parse_error, "line 1, column 3", "'/*'"},
    {"a -> {b", parse_error, "line 1, column 8", "'}' in the set"},
    {"a -> {}", parse_error, "line 1, column 6", "'{}'"},
    {"a -> {{b}}", parse_error, "line 1, column 7", "'{'"},
    {"a }", parse_error, "line 1, column 3", "'}'"},
    {"a [latnet]", parse_error, "line 1, column 4", "did you mean 'latent'?"},
    {"a [latent, latent]", parse_error, "line 1, column 12", "repeated"},
    {"a [latent", parse_error, "line 1, column 10", "']'"},
    {"a [latent=1]", parse_error, "line 1, column 11", "takes no value"},
    {"a [pos]", parse_error, "line 1, column 4", "pos"},
    {"a [pos=\"1\"]", parse_error, "line 1, column 8", "pos"},
    {"a [pos=\"1,nan\"]", parse_error, "line 1, column 8", "pos"},
    {"a [pos=]", parse_error, "line 1, column 8", "a value after '='"},
    {"a -> b [latent]", parse_error, "line 1, column 8", "u [latent]"},
    {"a -> b [u]", parse_error, "line 1, column 8", "attributes"},
    {"a [u]", parse_error, "line 1, column 4", "'u'"},
    {"\"\" -> b", invalid_argument, "line 1, column 1", "empty"},
    {"\"a\tb\"", invalid_argument, "line 1, column 1", "control"},
    {"b\na -> a", invalid_argument, "line 2, column 1", "'a -> a' is a self-loop"},
    {"a <-> a", invalid_argument, "line 1, column 1", "'a <-> a'"},
    {"a -> b\nb <- a", invalid_argument, "line 2, column 1", "first at line 1, column 1"},
    {"a <-> b; b <-> a", invalid_argument, "line 1, column 10", "'a <-> b'"},
    {"a -> {b b}", invalid_argument, "line 1, column 1", "listed twice"},
    {"z\nz", invalid_argument, "line 2, column 1", "'z' is declared twice"},
    {"z [latent]; z [exposure]", invalid_argument, "line 1, column 13", "'z'"},
    {"b -> c\na -> b; c -> a; c -> d", cyclic_graph, "line 2, column 9", "b -> c -> a -> b"},
    {"dag { a -> b", parse_error, "line 1, column 13", "the end of the text"},
    {"dag { a } b", parse_error, "line 1, column 11", "'b'"},
    {"pdag { a }", parse_error, "line 1, column 1", "'pdag'"},
    {"dag { a -- b }", parse_error, "line 1, column 9", "'--'"},
    {"dag { a -> b [latent] }", parse_error, "line 1, column 15", "'latent'"},
    {"digraph { a -> b [dir=both] }", parse_error, "line 1, column 19", "write '<->'"},
    {"dag { a [colour=1] }", parse_error, "line 1, column 10", "'colour'"},
};

TEST(ParseGraph, ReportsEachFaultAtItsPlaceWithItsCulprit) {
  for (const auto& [text, code, where, culprit] : faulty_texts) {
    SCOPED_TRACE(text);
    const auto graph = parse_graph(text);
    ASSERT_FALSE(graph);
    EXPECT_EQ(graph.error().code, code) << error_text(graph.error());
    EXPECT_EQ(graph.error().where, where) << error_text(graph.error());
    EXPECT_NE(error_text(graph.error()).find(culprit), std::string::npos)
        << error_text(graph.error());
  }
}

TEST(ParseGraph, HoldsItsLimitsAtTheEdge) {
  Limits limits;
  limits.nodes = 4;
  limits.edges = 4;
  limits.name_length = 3;
  limits.graph_text_bytes = 16;
  EXPECT_TRUE(parse_graph("{a b} -> {c d}  ", limits));
  EXPECT_EQ(parse_graph("{a b} -> {c d}   ", limits).error().code, ErrorCode::limit_exceeded);
  EXPECT_EQ(parse_graph("a;b;c;d;e", limits).error().where, "line 1, column 9");
  EXPECT_EQ(parse_graph("{a b} <- {c d}", limits)->directed_edges().size(), 4U);
  EXPECT_EQ(parse_graph("{a b}->{c d};a<->b", Limits{.nodes = 4, .edges = 4}).error().code,
            ErrorCode::limit_exceeded);
  EXPECT_TRUE(parse_graph("abc", limits));
  EXPECT_EQ(parse_graph("abcd", limits).error().code, ErrorCode::limit_exceeded);
}

TEST(ParseGraph, ABombOfSetsStopsAtTheLimit) {
  std::string set = "{";
  for (int i = 0; i < 500; ++i) set += "a" + std::to_string(i) + " ";
  std::string other = "{";
  for (int i = 0; i < 500; ++i) other += "b" + std::to_string(i) + " ";
  EXPECT_EQ(parse_graph(set + "} -> " + other + "}").error().code, ErrorCode::limit_exceeded);
}

TEST(ParseDot, ReadsWhatGraphvizWrites) {
  const auto graph = parse_dot(R"(// a comment
strict DiGraph "name" {
  rankdir=LR; graph [bgcolor="white"]; node [shape=box]
  edge [color=red];
  a [label="A", pos="1,2!"]; "b c" [style="filled,dashed"]
  a -> "b c" -> d:port:n [dir=forward] [weight=2]
  a -> d; a -> d
  d -> e [dir=back]; a -> e [dir=both, style=dashed]
  subgraph cluster_0 { edge [dir=both] f -> 1; } -> {g -1.5}
  f -> g [style=invis];
})")
                         .value();
  EXPECT_EQ(write_graph(graph),
            write_graph(graph_of("a [pos=\"1,-2\"]; \"b c\" [latent]; d; e; f; \"1\"; g; \"-1.5\";"
                                 "a -> \"b c\" -> d; a -> d; e -> d; f -> g; f -> \"-1.5\";"
                                 "\"1\" -> g; \"1\" -> \"-1.5\"; a <-> e; f <-> \"1\"")));
}

TEST(ParseDot, ReportsFaultsAtTheirPlace) {
  const BadText table[] = {
      {"graph { a }", parse_error, "line 1, column 1", "'digraph'"},
      {"digraph { a -- b }", parse_error, "line 1, column 13", "'--'"},
      {"digraph { a -> }", parse_error, "line 1, column 16", "expected a node"},
      {"digraph { a [dashed] }", parse_error, "line 1, column 20", "'=' after 'dashed'"},
      {"digraph { a -> b [dir=none] }", parse_error, "line 1, column 23", "dir=none"},
      {"digraph { a [pos=\"x\"] }", parse_error, "line 1, column 18", "pos"},
      {"digraph { a -> b; a -> b }", invalid_argument, "line 1, column 19", "listed twice"},
      {"digraph { a -> b -> a }", cyclic_graph, "line 1, column 11", "a -> b -> a"},
      {"digraph { a", parse_error, "line 1, column 12", "the end of the text"},
      {"digraph { a } x", parse_error, "line 1, column 15", "'x'"},
      {"digraph { subgraph a b }", parse_error, "line 1, column 22", "'{'"},
  };
  for (const auto& [text, code, where, culprit] : table) {
    SCOPED_TRACE(text);
    const auto graph = parse_dot(text);
    ASSERT_FALSE(graph);
    EXPECT_EQ(graph.error().code, code) << error_text(graph.error());
    EXPECT_EQ(graph.error().where, where) << error_text(graph.error());
    EXPECT_NE(error_text(graph.error()).find(culprit), std::string::npos);
  }
}

TEST(ParseDot, NestingIsBounded) {
  const auto nested = [](std::size_t depth) {
    return "digraph " + std::string(depth + 1, '{') + "a" + std::string(depth + 1, '}');
  };
  EXPECT_TRUE(parse_dot(nested(64)));
  EXPECT_EQ(parse_dot(nested(65)).error().code, ErrorCode::limit_exceeded);
  EXPECT_EQ(parse_dot("digraph " + std::string(1 << 19, '{')).error().code,
            ErrorCode::limit_exceeded);
}

TEST(Writers, RoundTripRandomGraphsWithStrangeNames) {
  const std::vector<std::string> strange = {
      "blood pressure", "\"",      "\\", "a\\\"b",   "größe",  "血圧", "😀", "#",
      "a->b",           "dag",     "1",  "-1.5",     "do",     "a'b",  ";", "{x}",
      "node",           "digraph", "//", "subgraph", "strict", "\\n",  " ", "a\\"};
  for (std::uint64_t seed = 0; seed < 400; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Rng rng(seed, 5);
    const auto plain = test::random_graph(
        {.nodes = seed % 9, .directed = 0.4, .bidirected = 0.2, .latent = 0.2}, rng);
    std::vector<Node> nodes(plain.nodes().begin(), plain.nodes().end());
    for (std::size_t i = 0; i < nodes.size(); ++i) {
      if (rng.below(2) == 0) nodes[i].name = strange[(i * 7 + seed) % strange.size()];
      nodes[i].exposure = rng.below(5) == 0;
      nodes[i].outcome = rng.below(5) == 0;
      nodes[i].adjusted = rng.below(5) == 0;
      nodes[i].selected = rng.below(5) == 0;
      if (rng.below(3) == 0) nodes[i].position = {rng.uniform() - 0.5, 1e6 * rng.normal()};
    }
    const auto copy = [](std::span<const Edge> edges) {
      return std::vector<Edge>(edges.begin(), edges.end());
    };
    const auto graph =
        Graph::create(nodes, copy(plain.directed_edges()), copy(plain.bidirected_edges()));
    ASSERT_TRUE(graph) << error_text(graph.error());
    const auto check = [&](const Result<Graph>& read, const std::string& text) {
      ASSERT_TRUE(read) << error_text(read.error()) << "\n" << text;
      EXPECT_EQ(*read, *graph) << text;
    };
    check(parse_graph(write_graph(*graph)), write_graph(*graph));
    check(parse_graph(write_dagitty(*graph)), write_dagitty(*graph));
    check(parse_dot(write_dot(*graph)), write_dot(*graph));
    check(parse_gml(write_gml(*graph)), write_gml(*graph));
    check(parse_graphml(write_graphml(*graph)), write_graphml(*graph));
  }
}

TEST(Writers, WriteWhatOneExpects) {
  const auto graph = graph_of("a -> \"b & <c>\"; a <-> \"b & <c>\"; u_1 [latent]");
  EXPECT_EQ(write_graph(graph), "a -> \"b & <c>\"\na <-> \"b & <c>\"\nu_1 [latent]\n");
  EXPECT_EQ(write_dagitty(graph),
            "dag {\n  a\n  \"b & <c>\"\n  u_1 [latent]\n  a -> \"b & <c>\"\n"
            "  a <-> \"b & <c>\"\n}\n");
}

TEST(ParseGraph, SurvivesEveryCutAndEveryOddByteOfAText) {
  const std::string text = "dag n { a [latent,pos=\"1,2\"] \"b\\\"\" <-> {c d} -> e } # x";
  for (std::size_t i = 0; i <= text.size(); ++i) {
    (void)parse_graph(text.substr(0, i));
    (void)parse_dot(text.substr(0, i));
    for (int byte = 0; byte < 256; ++byte) {
      auto changed = text;
      if (i < text.size()) changed[i] = static_cast<char>(byte);
      const auto graph = parse_graph(changed);
      if (graph) {
        EXPECT_EQ(parse_graph(write_graph(*graph)).value(), *graph);
      }
      (void)parse_dot(changed);
    }
  }
}

}  // namespace
}  // namespace causal_gym
