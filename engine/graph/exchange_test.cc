// lavaan, GML and GraphML: what is read as what, each fault at its place, round trips, and formats
// told by their look.
#include <gtest/gtest.h>

#include "engine/graph/test_graphs.h"
#include "engine/graph/text.h"
#include "engine/graph/text_format.h"

namespace causal_gym {
namespace {

using test::graph_of;
using enum ErrorCode;

using Parse = Result<Graph> (*)(std::string_view, const Limits&);

struct SameGraph {
  const char* text;
  const char* own;
};

void expect_same(Parse parse, std::span<const SameGraph> table) {
  for (const auto& [text, own] : table) {
    SCOPED_TRACE(text);
    const auto graph = parse(text, Limits{});
    ASSERT_TRUE(graph) << error_text(graph.error());
    EXPECT_EQ(*graph, graph_of(own)) << write_graph(*graph);
  }
}

struct BadText {
  const char* text;
  ErrorCode code;
  const char* where;
  const char* culprit;  // must stand in the message or the suggestion
};

void expect_faults(Parse parse, std::span<const BadText> table) {
  for (const auto& [text, code, where, culprit] : table) {
    SCOPED_TRACE(text);
    const auto graph = parse(text, Limits{});
    ASSERT_FALSE(graph);
    EXPECT_EQ(graph.error().code, code) << error_text(graph.error());
    EXPECT_EQ(graph.error().where, where) << error_text(graph.error());
    EXPECT_NE(error_text(graph.error()).find(culprit), std::string::npos)
        << error_text(graph.error());
  }
}

TEST(ParseLavaan, ReadsRegressionsMeasurementsAndCovariances) {
  const SameGraph table[] = {
      {"y ~ x", "y; x; x -> y"},
      {"y ~ x + m\nm ~ x", "y; x; m; x -> y; m -> y; x -> m"},
      {"y1 + y2 ~ x", "y1; y2; x; x -> y1; x -> y2"},
      {"x ~~ y", "x <-> y"},
      {"x ~~ y; y ~~ x", "x <-> y"},
      {"a ~~ b + c", "a <-> b; a <-> c"},
      {"x ~~ x", "x"},
      {"f =~ x1 + x2", "f [latent]; x1; x2; f -> x1; f -> x2"},
      {"f =~ 0", "f [latent]"},
      {"y ~ b*x", "y; x; x -> y"},
      {"y ~ -0.5*x + c(a, b)*z + \"q\"*w + NA*v", "y; x; z; w; v; x -> y; z -> y; w -> y; v -> y"},
      {"y ~ a*x + start(0.8)*x", "y; x; x -> y"},
      {"y ~ label(\"a\")*start(c(1, 2))*x", "y; x; x -> y"},
      {"y ~ 0*x + 0.0e3*z", "y; x; z"},
      {"x ~~ 0*y", "x; y"},
      {"y ~ 1", "y"},
      {"y ~ 1 + x", "y; x; x -> y"},
      {"y ~ 0.3*1", "y"},
      {"# c\ny ~ x ! d\n! e\n", "y; x; x -> y"},
      {"y ~ x +\n  m", "y; x; m; x -> y; m -> y"},
      {"y ~ x\n\n # c\n  + m", "y; x; m; x -> y; m -> y"},
      {"y ~\nb *\nx", "y; x; x -> y"},
      {"y ~ c(a,\nb)*x\nz ~ y", "y; x; z; x -> y; y -> z"},
      {"m ~ a*x\ny ~ b*m\nind := a*b\na == b\na > 0; b < (1 + 2)^2\nu | t1 + t2",
       "m; x; y; x -> m; m -> y"},
      {"größe ~ \"blood pressure\"", "\"größe\"; \"blood pressure\"; \"blood pressure\" -> größe"},
      {"\xEF\xBB\xBFy ~ x.1_\r\n", "y; x.1_; x.1_ -> y"},
      {"", "# nothing"},
  };
  expect_same(parse_lavaan, table);
}

TEST(ParseLavaan, ReadsTheDemocracyModelOfItsManual) {
  const auto graph = parse_lavaan(R"(
  # measurement model
    ind60 =~ x1 + x2 + x3
    dem60 =~ y1 + y2 + y3 + y4
    dem65 =~ y5 + y6 + y7 + y8
  # regressions
    dem60 ~ ind60
    dem65 ~ ind60 + dem60
  # residual correlations
    y1 ~~ y5
    y2 ~~ y4 + y6
    y3 ~~ y7
    y4 ~~ y8
    y6 ~~ y8
)")
                         .value();
  EXPECT_EQ(graph.node_count(), 14U);
  EXPECT_EQ(graph.latent_nodes().size(), 3U);
  EXPECT_EQ(graph.directed_edges().size(), 14U);
  EXPECT_EQ(graph.bidirected_edges().size(), 6U);
}

TEST(ParseLavaan, ReportsEachFaultAtItsPlace) {
  const BadText table[] = {
      {"y", parse_error, "line 1, column 2", "expected '~', '~~' or '=~', found the end"},
      {"y x", parse_error, "line 1, column 3", "found 'x'"},
      {"y ~", parse_error, "line 1, column 4", "expected a variable, found the end of the text"},
      {"y ~;x ~ y", parse_error, "line 1, column 4", "the end of the statement"},
      {"y ~ x z", parse_error, "line 1, column 7", "'+' or the end of the line, found 'z'"},
      {"a -> b", parse_error, "line 1, column 3", "'y ~ x'"},
      {"y ~ x\nb <-> y", parse_error, "line 2, column 3", "'<->'"},
      {"f <~ x + y", parse_error, "line 1, column 3", "composite"},
      {"y ~ a:b", parse_error, "line 1, column 5", "product"},
      {"y ~ 3", parse_error, "line 1, column 5", "a variable, 0 or 1, found '3'"},
      {"y ~ -x", parse_error, "line 1, column 6", "found 'x'"},
      {"y ~ b*", parse_error, "line 1, column 7", "expected a variable"},
      {"y ~ start(1", parse_error, "line 1, column 12", "')'"},
      {"y ~ start(1) x", parse_error, "line 1, column 14", "'*' after a modifier"},
      {"1 ~ x", parse_error, "line 1, column 1", "number"},
      {"x ~~ 1", parse_error, "line 1, column 6", "covariance"},
      {"y ~ \"x", parse_error, "line 1, column 5", "not closed"},
      {"y ~ x @", parse_error, "line 1, column 7", "'@'"},
      {"y ~ \xFF", parse_error, "line 1, column 5", "UTF-8"},
      {"y ~ \"\"", invalid_argument, "line 1, column 5", "empty"},
      {"z ~ y\ny ~ y", invalid_argument, "line 2, column 5", "'y -> y' is a self-loop"},
      {"y ~ x\nx ~ y", cyclic_graph, "line 2, column 5", "-> "},
  };
  expect_faults(parse_lavaan, table);
}

TEST(ParseGml, ReadsWhatNetworkxAndIgraphWrite) {
  const SameGraph table[] = {
      {"graph [\n  directed 1\n  node [\n    id 0\n    label \"a\"\n  ]\n  node [\n    id 1\n"
       "    label \"b\"\n    latent 1\n  ]\n  edge [\n    source 1\n    target 0\n  ]\n]\n",
       "a; b [latent]; b -> a"},
      {"Creator \"igraph version 1.5\"\nVersion 1\ngraph\n[\n  directed 1\n  node\n  [\n    id 0\n"
       "    name \"x\"\n  ]\n  node\n  [\n    id 1\n    name \"y\"\n    label \"shown\"\n  ]\n"
       "  edge\n  [\n    source 0\n    target 1\n    weight 0.5\n  ]\n]",
       "x; y; x -> y"},
      {"# c\ngraph [ directed 1 # d\n node [ id 3 ] node [ id -1 ] edge [ target 3 source -1 ] ]",
       "\"3\"; \"-1\"; \"-1\" -> \"3\""},
      {"graph [ edge [ source 1 target 2 bidirected 1 ] node [ id 1 ] node [ id 2 ] ]",
       "\"1\" <-> \"2\""},
      {"graph [ directed 1 node [ id 1 ] node [ id 2 ] edge [ source 1 target 2 type "
       "\"bidirected\" ] edge [ source 1 target 2 ] ]",
       "\"1\" -> \"2\"; \"1\" <-> \"2\""},
      // causaleffect: a pair of opposite edges with description "U".
      {"graph [ directed 1 node [ id 1 ] node [ id 2 ] edge [ source 1 target 2 description \"U\" ]"
       " edge [ source 2 target 1 description \"U\" ] edge [ source 1 target 2 ] ]",
       "\"1\" -> \"2\"; \"1\" <-> \"2\""},
      {"GRAPH [ Directed 1 node [ id 1 label \"a &quot;&#228;&#x1F600;&amp;&nbsp;&\" graphics [ x "
       "1.5 y -2 fill \"red\" line [ a 1 ] ] exposure 1 outcome \"yes\" latent 0 deep [ deep [ "
       "] ] ] ]",
       "\"a \\\"ä😀&&nbsp;&\" [exposure, outcome, pos=\"1.5,-2\"]"},
      {"graph [ ]", ""},
  };
  expect_same(parse_gml, table);
}

TEST(ParseGml, ReportsEachFaultAtItsPlace) {
  const BadText table[] = {
      {"", parse_error, "line 1, column 1", "'graph ['"},
      {"Version 1", parse_error, "line 1, column 10", "'graph ['"},
      {"graph", parse_error, "line 1, column 6", "expected '[', found the end of the text"},
      {"graph [ node", parse_error, "line 1, column 13", "expected '['"},
      {"graph [ node [ id 1 ]", parse_error, "line 1, column 22", "a key or ']'"},
      {"graph [ x [ [ ]", parse_error, "line 1, column 16", "']'"},
      {"graph [ ] graph [ ]", parse_error, "line 1, column 11", "second"},
      {"graph [ node [ label \"a\" ] ]", parse_error, "line 1, column 9", "'id'"},
      {"graph [ edge [ source 1 ] ]", parse_error, "line 1, column 9", "'target'"},
      {"graph [ edge [ target 1 ] ]", parse_error, "line 1, column 9", "'source'"},
      {"graph [ node [ id [ ] ] ]", parse_error, "line 1, column 19", "after 'id'"},
      {"graph [ node [ id \"1 ] ]", parse_error, "line 1, column 19", "not closed"},
      {"graph [ 1 ]", parse_error, "line 1, column 9", "found '1'"},
      {"graph [ directed 1 ?", parse_error, "line 1, column 20", "'?'"},
      {"graph [ \xFF", parse_error, "line 1, column 9", "UTF-8"},
      {"graph [ node [ id 1 latent 2 ] ]", parse_error, "line 1, column 21", "'2' of 'latent'"},
      {"graph [ node [ id 1 x \"a\" ] ]", parse_error, "line 1, column 21", "not a number"},
      {"graph [ node [ id 1 ]\nnode [ id 1 ] ]", invalid_argument, "line 2, column 1", "'1'"},
      {"graph [ node [ id 1 label \"a\" ] node [ id 2 label \"a\" ] ]", invalid_argument,
       "line 1, column 33", "'a' is declared twice"},
      {"graph [ directed 1 node [ id 17 ] edge [ source 17 target 18 ] ]", unknown_name,
       "line 1, column 35", "'18'"},
      {"graph [ node [ id 1 ] node [ id 2 ] edge [ source 1 target 2 ] ]", parse_error,
       "line 1, column 37", "no direction"},
      {"graph [ directed 0 node [ id 1 ] node [ id 2 ] edge [ source 1 target 2 ] ]", parse_error,
       "line 1, column 48", "no direction"},
      {"graph [ directed 1 node [ id 1 ] edge [ source 1 target 1 ] ]", invalid_argument,
       "line 1, column 34", "self-loop"},
      {"graph [ directed 1 node [ id 1 ] node [ id 2 ] edge [ source 1 target 2 ]\n"
       "edge [ source 2 target 1 ] ]",
       cyclic_graph, "line 2, column 1", "1 -> 2 -> 1"},
  };
  expect_faults(parse_gml, table);
}

// A document around the content of `graph`, with the keys of igraph and networkx.
std::string graphml(std::string_view content, std::string_view edgedefault = "directed") {
  return "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
         "<graphml xmlns=\"http://graphml.graphdrawing.org/xmlns\">\n"
         "<key id=\"v_name\" for=\"node\" attr.name=\"name\" attr.type=\"string\"/>"
         "<key id=\"d0\" for=\"node\" attr.name=\"latent\" attr.type=\"boolean\">"
         "<default>false</default></key>"
         "<key id=\"d1\" for=\"edge\" attr.name=\"type\" attr.type=\"string\"/>\n"
         "<graph id=\"G\" edgedefault=\"" +
         std::string(edgedefault) + "\">" + std::string(content) + "</graph></graphml>";
}

TEST(ParseGraphml, ReadsWhatNetworkxAndIgraphWrite) {
  const std::pair<std::string, const char*> table[] = {
      {graphml("<node id=\"a\"/><node id=\"b\"><data key=\"d0\">true</data></node>"
               "<edge source=\"b\" target=\"a\"/>"),
       "a; b [latent]; b -> a"},
      {graphml("<node id=\"n0\"><data key=\"v_name\">x &amp; &lt;z&gt;</data></node>"
               "<node id=\"n1\"><data key=\"v_name\"><![CDATA[<y>]]></data></node>"
               "<edge id=\"e0\" source=\"n0\" target=\"n1\"><data key=\"d1\">bidirected</data>"
               "</edge>"),
       "\"x & <z>\" <-> \"<y>\""},
      {graphml("<node id=\"a\"/><node id=\"b\"/><edge source=\"a\" target=\"b\" "
               "directed=\"true\"/>",
               "undirected"),
       "a -> b"},
      {"<graphml:graphml xmlns:graphml=\"g\"><graphml:graph edgedefault=\"directed\">"
       "<graphml:node id=\"ä\"/></graphml:graph></graphml:graphml>",
       "\"ä\""},
      {"<!DOCTYPE graphml [<!ENTITY a \"aaaa\">]><graphml><graph><node id=\"&a;\"/></graph>"
       "</graphml>",
       "\"&a;\""},
      {"<graphml><key id=\"k\" for=\"all\" attr.name=\"latent\"><default> true </default></key>"
       "<key id=\"q\" for=\"edge\" attr.name=\"exposure\"><default>true</default></key>"
       "<graph><node id=\"a\"/><node id=\"b\"><data key=\"k\">0</data></node></graph></graphml>",
       "a [latent]; b"},
  };
  for (const auto& [text, own] : table) {
    const SameGraph same[] = {{text.c_str(), own}};
    expect_same(parse_graphml, same);
  }
}

TEST(ParseGraphml, ReportsEachFaultAtItsPlace) {
  const auto nested = graphml("<node id=\"a\"><graph/></node>");
  const auto undirected =
      graphml("<node id=\"a\"/><node id=\"b\"/>\n<edge source=\"a\" target=\"b\"/>", "undirected");
  const BadText table[] = {
      {"", parse_error, "line 1, column 1", "XML"},
      {"<graphml>\n<graph></graphml>", parse_error, "line 2, column 10", "XML"},
      {"<svg/>", parse_error, "line 1, column 1", "found 'svg'"},
      {"<graphml/>", parse_error, "line 1, column 1", "element 'graph'"},
      {"<graphml><graph/><graph/></graphml>", parse_error, "line 1, column 18", "second"},
      {"<graphml><graph><node/></graph></graphml>", parse_error, "line 1, column 17", "'id'"},
      {"<graphml><graph><edge target=\"a\"/></graph></graphml>", parse_error, "line 1, column 17",
       "'source'"},
      {"<graphml><graph><hyperedge/></graph></graphml>", parse_error, "line 1, column 17",
       "hyperedge"},
      {"<graphml><key/><graph/></graphml>", parse_error, "line 1, column 10", "'id'"},
      {"<graphml><key id=\"k\"/><key id=\"k\"/><graph/></graphml>", parse_error,
       "line 1, column 23", "'k' is declared twice"},
      {"<graphml><graph><node id=\"a\"><data key=\"k\"/></node></graph></graphml>", unknown_name,
       "line 1, column 30", "'k'"},
      {"<graphml><graph>\n<node id=\"a\"/><node id=\"a\"/></graph></graphml>", invalid_argument,
       "line 2, column 15", "'a'"},
      {"<graphml><graph><node id=\"a&#10;b\"/></graph></graphml>", invalid_argument,
       "line 1, column 17", "control"},
      {"<graphml><graph edgedefault=\"directed\"><node id=\"rain\"/><edge source=\"rain\" "
       "target=\"rein\"/></graph></graphml>",
       unknown_name, "line 1, column 57", "did you mean 'rain'"},
      {nested.c_str(), parse_error, "line 4, column 51", "inside a node"},
      {undirected.c_str(), parse_error, "line 5, column 1", "no direction"},
  };
  expect_faults(parse_graphml, table);
  const std::string zero("<graphml><graph>\0</graph></graphml>", 35);
  EXPECT_EQ(parse_graphml(zero).error().where, "line 1, column 17");
}

TEST(ExchangeParsers, HoldTheirLimitsAtTheEdge) {
  const Limits limits{.nodes = 2, .edges = 1, .name_length = 3, .graph_text_bytes = 4096};
  const auto gml = [](int nodes) {
    std::string text = "graph [ directed 1 ";
    for (int i = 0; i < nodes; ++i) text += "node [ id " + std::to_string(i) + " ]";
    return text + "edge [ source 0 target 1 ] ]";
  };
  EXPECT_TRUE(parse_gml(gml(2), limits));
  EXPECT_EQ(parse_gml(gml(3), limits).error().code, limit_exceeded);
  EXPECT_EQ(parse_gml(gml(3), limits).error().where, "line 1, column 46");
  const auto one = graph_of("a -> b");
  EXPECT_TRUE(parse_graphml(write_graphml(one), limits));
  EXPECT_EQ(parse_graphml(write_graphml(graph_of("a; b; c")), limits).error().code, limit_exceeded);
  const auto two = write_graphml(graph_of("a -> b; a <-> b"));
  EXPECT_EQ(parse_graphml(two, limits).error().code, limit_exceeded);
  EXPECT_EQ(parse_lavaan("abc ~ x", limits).value().node_count(), 2U);
  EXPECT_EQ(parse_lavaan("abcd ~ x", limits).error().where, "line 1, column 1");
  EXPECT_EQ(parse_lavaan("a ~ b\na ~ c", limits).error().where, "line 2, column 5");
  for (const auto parse : {parse_lavaan, parse_gml, parse_graphml})
    EXPECT_EQ(parse(std::string(4097, ' '), limits).error().code, limit_exceeded);
}

TEST(ExchangeParsers, DeepAndRepetitiveTextsEndQuickly) {
  const auto repeated = [](std::string_view part, std::size_t count) {
    std::string text;
    for (std::size_t i = 0; i < count; ++i) text += part;
    return text;
  };
  EXPECT_FALSE(parse_gml("graph [ " + repeated("a [ ", 200'000)));
  EXPECT_TRUE(parse_gml("graph [ " + repeated("a [ ", 100'000) + repeated("] ", 100'000) + "]"));
  EXPECT_TRUE(parse_graphml("<graphml><graph>" + repeated("<a>", 100'000) +
                            repeated("</a>", 100'000) + "</graph></graphml>"));
  EXPECT_TRUE(parse_lavaan("y ~ x" + repeated("\n", 1'000'000) + "+ z"));
  EXPECT_TRUE(parse_lavaan("y ~ " + repeated("b*", 500'000) + "x"));
  EXPECT_FALSE(parse_lavaan("y ~ " + repeated("(", 1'000'000)));
  std::string keys = "<graphml>";
  for (int i = 0; i < 257; ++i) keys += "<key id=\"k" + std::to_string(i) + "\"/>";
  EXPECT_EQ(parse_graphml(keys + "<graph/></graphml>").error().code, limit_exceeded);
}

TEST(ExchangeParsers, SurviveEveryCutAndEveryOddByteOfAText) {
  const std::pair<Parse, std::string> texts[] = {
      {parse_lavaan, "f =~ b*x + start(1)*y\ny ~~ 0*x # c\ny ~ 1 + \"q\"*x; a := b"},
      {parse_gml,
       "Version 1 graph [ directed 1 node [ id 0 label \"&#9;\" x 1 y 2 ] edge [ source "
       "0 target 1 ] ]"},
      {parse_graphml,
       "<graphml><key id=\"k\" attr.name=\"x\"><default>1</default></key><graph>"
       "<node id=\"&amp;\"><data key=\"k\">2</data></node></graph></graphml>"}};
  for (const auto& [parse, text] : texts)
    for (std::size_t i = 0; i < text.size(); ++i) {
      (void)parse(text.substr(0, i), Limits{});
      for (int byte = 0; byte < 256; ++byte) {
        auto changed = text;
        changed[i] = static_cast<char>(byte);
        const auto graph = parse(changed, Limits{});
        if (!graph) {
          ASSERT_FALSE(graph.error().message.empty());
          continue;
        }
        ASSERT_EQ(parse_gml(write_gml(*graph)).value(), *graph) << changed;
        ASSERT_EQ(parse_graphml(write_graphml(*graph)).value(), *graph) << changed;
      }
    }
}

TEST(WriteLavaan, KeepsNodesLatentsAndEdgesOfRandomGraphs) {
  for (std::uint64_t seed = 0; seed < 300; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Rng rng(seed, 6);
    const auto graph = test::random_graph(
        {.nodes = seed % 9, .directed = 0.4, .bidirected = 0.2, .latent = 0.3}, rng);
    const auto text = write_lavaan(graph);
    ASSERT_TRUE(text) << error_text(text.error());
    const auto read = parse_lavaan(*text);
    ASSERT_TRUE(read) << error_text(read.error());
    EXPECT_EQ(*read, graph) << *text;
    EXPECT_EQ(read_graph_text(*text).value(), graph) << *text;
  }
  EXPECT_EQ(write_lavaan(graph_of("u -> x; u -> y; x -> y; x <-> z; u [latent]")).value(),
            "u =~ 0\nx ~~ x\ny ~~ y\nz ~~ z\nu =~ x\nu =~ y\ny ~ x\nx ~~ z\n");
  for (const auto* name : {"\"blood pressure\"", "\"1\"", "_a", "größe", "\"\\\"\""})
    EXPECT_EQ(write_lavaan(graph_of(name)).error().code, invalid_argument) << name;
}

TEST(WriteGml, WritesWhatNetworkxAndIgraphRead) {
  EXPECT_EQ(write_gml(graph_of("\"ä & \\\"b\\\"\" -> y; u [latent]")),
            "graph [\n  directed 1\n"
            "  node [ id 0 label \"&#228; &amp; &quot;b&quot;\" ]\n"
            "  node [ id 1 label \"y\" ]\n"
            "  node [ id 2 label \"u\" latent 1 ]\n"
            "  edge [ source 0 target 1 ]\n]\n");
  const auto is_multigraph = [](const char* text) {
    return write_gml(graph_of(text)).find("  multigraph 1\n") != std::string::npos;
  };
  EXPECT_TRUE(is_multigraph("x -> y; x <-> y"));
  EXPECT_FALSE(is_multigraph("x -> y; z <-> y"));
}

TEST(GraphFormat, IsToldByTheLook) {
  const std::pair<const char*, GraphFormat> table[] = {
      {"a -> b", GraphFormat::own},
      {"", GraphFormat::own},
      {"graph [latent]", GraphFormat::own},
      {"graph -> b", GraphFormat::own},
      {"digraph; a", GraphFormat::own},
      {"\"a ~ b\" -> c # ~", GraphFormat::own},
      {"a <- b /* ~ */", GraphFormat::own},
      {"a /* ~ */; b", GraphFormat::own},
      {"<- b", GraphFormat::own},
      {"a -> b; c ~ d", GraphFormat::own},
      {"dag { a }", GraphFormat::dagitty},
      {"# c\ndag name\n{ a }", GraphFormat::dagitty},
      {"pdag { a }", GraphFormat::dagitty},
      {"digraph { a }", GraphFormat::dot},
      {"strict DIGRAPH \"n\" { a }", GraphFormat::dot},
      {"// c\ndigraph n { a }", GraphFormat::dot},
      {"y ~ x", GraphFormat::lavaan},
      {"! c -> d\nf =~ x", GraphFormat::lavaan},
      {"a := b\nx ~~ y", GraphFormat::lavaan},
      {"graph [ directed 1 ]", GraphFormat::gml},
      {"# c\nCreator \"igraph\"\ngraph [ ]", GraphFormat::gml},
      {"Version 1\ngraph [ ]", GraphFormat::gml},
      {"graph [ node [ id 1 ] ]", GraphFormat::gml},
      {"<?xml version=\"1.0\"?><graphml/>", GraphFormat::graphml},
      {"\xEF\xBB\xBF\n<graphml/>", GraphFormat::graphml},
      {"<!-- c --><graphml/>", GraphFormat::graphml},
  };
  for (const auto& [text, format] : table) EXPECT_EQ(detect_graph_format(text), format) << text;
}

TEST(GraphFormat, EveryWritersTextIsReadByItsLook) {
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Rng rng(seed, 7);
    const auto graph = test::random_graph(
        {.nodes = seed % 9, .directed = 0.4, .bidirected = 0.2, .latent = 0.3}, rng);
    for (const auto& text : {write_graph(graph), write_dagitty(graph), write_dot(graph),
                             write_gml(graph), write_graphml(graph)}) {
      const auto read = read_graph_text(text);
      ASSERT_TRUE(read) << error_text(read.error()) << "\n" << text;
      EXPECT_EQ(*read, graph) << text;
    }
  }
}

TEST(GraphFormat, GivenFormatsAreObeyedAndNamed) {
  EXPECT_EQ(read_graph_text("digraph { x [e] y [outcome] x -> y }").value(),
            graph_of("x [exposure]; y [outcome]; x -> y"));
  EXPECT_EQ(read_graph_text("digraph { x [e] }", GraphFormat::dot).error().code, parse_error);
  EXPECT_EQ(read_graph_text("digraph { x -> }").error().where, "line 1, column 16");
  EXPECT_EQ(read_graph_text("digraph { a -> b [dir=both]; c [latent] }").error().code, parse_error);
  EXPECT_FALSE(read_graph_text("y ~ x", GraphFormat::own));
  EXPECT_TRUE(read_graph_text("", GraphFormat::lavaan));
  for (const auto format :
       {GraphFormat::any, GraphFormat::own, GraphFormat::dagitty, GraphFormat::dot,
        GraphFormat::lavaan, GraphFormat::gml, GraphFormat::graphml})
    EXPECT_EQ(find_graph_format(graph_format_name(format)).value(), format);
  EXPECT_EQ(find_graph_format("graphmI").error().code, unknown_name);
  EXPECT_NE(error_text(find_graph_format("graphmm").error()).find("graphml"), std::string::npos);
  EXPECT_EQ(read_graph_text(std::string((1 << 20) + 1, ' ')).error().code, limit_exceeded);
}

}  // namespace
}  // namespace causal_gym
