// JSON text, graphs and models as JSON: round trips, and every fault with its place.
#include "api/graph_json.h"
#include "api/json_text.h"
#include "api/model_json.h"
#include "engine/graph/random_graph.h"
#include "engine/graph/text.h"
#include "engine/model/bif.h"
#include "engine/model/build.h"
#include "engine/model/random_model.h"

namespace causal_gym {
namespace {

using nlohmann::json;
using testing::HasSubstr;

Error json_error(std::string_view text, const JsonLimits& limits = {}) {
  const auto value = parse_json(text, limits);
  EXPECT_FALSE(value.has_value()) << text;
  return value ? Error{} : value.error();
}

TEST(ParseJson, faults_have_a_message_and_a_byte) {
  EXPECT_THAT(json_error("{\"a\": }").message, HasSubstr("not JSON"));
  EXPECT_EQ(json_error("{\"a\": }").where, "byte 7");
  EXPECT_THAT(json_error("").message, HasSubstr("not JSON"));
  EXPECT_THAT(json_error("{\"a\": 1, \"b\": 2, \"a\": 3}").message, HasSubstr("'a' stands twice"));
  EXPECT_TRUE(parse_json(R"([{"a": {"a": 1}}, {"a": 2}])").has_value()) << "each in its own object";
  EXPECT_THAT(json_error("[1e999]").message, HasSubstr("beyond the range of a double"));
  for (const auto* text :
       {"NaN", "[Infinity]", "[1] [2]", "{\"a\": 'b'}", "\"\xff\"", "[01]", "// c"})
    EXPECT_EQ(json_error(text).code, ErrorCode::parse_error) << text;
}

TEST(ParseJson, each_limit_holds_at_its_edge) {
  JsonLimits limits;
  limits.depth = 3;
  EXPECT_TRUE(parse_json("[[[1], [2]]]", limits).has_value());
  EXPECT_EQ(json_error("[[{\"a\": []}]]", limits).code, ErrorCode::limit_exceeded);
  limits.bytes = 3;
  EXPECT_TRUE(parse_json("[1]", limits).has_value());
  EXPECT_EQ(json_error("[12]", limits).code, ErrorCode::limit_exceeded);
  EXPECT_EQ(json_error(std::string(1 << 20, '[')).code, ErrorCode::limit_exceeded);
}

Error graph_error(const json& value) {
  const auto graph = read_graph_json(value, "graph");
  EXPECT_FALSE(graph.has_value()) << value;
  return graph ? Error{} : graph.error();
}

Graph graph_of(const char* text) {
  const auto graph = read_graph_json(json::parse(text), "graph");
  EXPECT_TRUE(graph.has_value()) << text;
  return graph ? *graph : Graph();
}

TEST(GraphJson, the_three_forms_say_the_same) {
  const auto text = graph_of(R"("x; z; y; z -> x; z -> y; x -> y")");
  EXPECT_TRUE(text == graph_of(R"({"nodes": ["x", "z", "y"],
                                   "directed": [["z", "x"], ["z", "y"], ["x", "y"]]})"));
  const auto adjacency = graph_of(R"({"x": ["z"], "y": ["x", "z"]})");
  EXPECT_EQ(graph_json(adjacency)["nodes"], (json{"x", "y", "z"})) << "in byte order";
  EXPECT_TRUE(adjacency.has_edge(2, 0) && adjacency.has_edge(2, 1) && adjacency.has_edge(0, 1));
  const auto mentioned =
      graph_of(R"({"directed": [["b", "a"]], "bidirected": [["a", "c"]], "latent": ["b"]})");
  EXPECT_TRUE(mentioned == *parse_graph("b [latent]; b -> a; a <-> c"));
}

TEST(GraphJson, reading_what_was_written_gives_the_same_graph) {
  for (const auto* text :
       {"", "a", "b -> a; a <-> c; u [latent]; u -> {a c}", "\"a b\" -> \"q\\\"\""}) {
    const auto graph = parse_graph(text);
    ASSERT_TRUE(graph.has_value()) << text;
    const auto again = read_graph_json(graph_json(*graph), "graph");
    ASSERT_TRUE(again.has_value()) << text;
    EXPECT_TRUE(*again == *graph) << text;
  }
  const auto plain = parse_graph("a; b; c; a -> b; a -> c; b -> c");
  EXPECT_TRUE(*read_graph_json(*adjacency_json(*plain), "") == *plain);
  EXPECT_FALSE(adjacency_json(*parse_graph("a <-> b")).has_value());
  EXPECT_FALSE(adjacency_json(*parse_graph("a -> nodes")).has_value());
}

TEST(GraphJson, faults_name_their_place) {
  struct Fault {
    const char* graph;
    ErrorCode code;
    const char* where;
  };
  const auto invalid = ErrorCode::invalid_argument;
  const auto unknown = ErrorCode::unknown_name;
  const Fault faults[] = {
      {"7", invalid, "graph"},
      {R"("a -> ")", ErrorCode::parse_error, "graph, line 1"},
      {R"({"a": ["b"], "b": ["a"]})", ErrorCode::cyclic_graph, "graph"},
      {R"({"a": "b"})", invalid, "graph.a"},
      {R"({"nodes": ["a", 1]})", invalid, "graph.nodes[1]"},
      {R"({"nodes": ["a", "a"]})", invalid, "graph"},
      {R"({"directed": 1})", invalid, "graph.directed"},
      {R"({"directed": [["a", "b", "c"]]})", invalid, "graph.directed[0]"},
      {R"({"directed": [["a", "a"]]})", invalid, "graph"},
      {R"({"directed": [["a", "b"], ["a", "b"]]})", invalid, "graph"},
      {R"({"nodes": ["a"], "bidirected": [["a", "b"]]})", unknown, "graph.bidirected[0]"},
      {R"({"nodes": ["a"], "latent": ["b"]})", unknown, "graph.latent"},
      {R"({"nodes": ["a"], "edges": []})", unknown, "graph.edges"},
  };
  for (const auto& fault : faults) {
    const auto error = graph_error(json::parse(fault.graph));
    EXPECT_EQ(error.code, fault.code) << fault.graph;
    EXPECT_THAT(error.where, testing::StartsWith(fault.where)) << fault.graph;
  }
}

void expect_round_trip(const Model& model) {
  const auto text = json_line(model_json(model));
  const auto again = parse_model_json(text);
  ASSERT_TRUE(again.has_value()) << error_text(again.error()) << "\n" << text;
  EXPECT_TRUE(*again == model) << text;
  EXPECT_EQ(json_line(model_json(*again)), text);
}

TEST(ModelJson, random_models_read_back_number_for_number) {
  for (std::uint64_t seed = 0; seed < 300; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Rng rng(seed, stream_of("model json"));
    const auto graph = random_dag(1 + rng.below(6), 0.5, rng);
    expect_round_trip(random_model(graph, rng, {.positive = rng.below(2) == 0, .all_kinds = true}));
  }
}

TEST(ModelJson, every_kind_of_variable_and_mechanism_reads_back) {
  const auto model =
      ModelBuilder("all \"kinds\"", "a -> b; a -> c; {b c} -> d; u [latent]; u -> e")
          .binary("a", "off", "on")
          .categorical("b", {"red", "green", "very blue"})
          .ordinal("c", {"low", "high", "top"}, {-1, 0.5, 1e9})
          .count("d", 0, 2)
          .label("a", "A switch")
          .unit("c", "mg/l")
          .baseline("b", "green")
          .table("a", {}, {0.1, 0.9}, Coupling::independent)
          .table("b", {"a"}, {0.2, 0.3, 0.5, 1.0 / 3, 1.0 / 3, 1.0 / 3})
          .deterministic("c", {"a"}, {2, 0})
          .table("d", {"c", "b"}, std::vector<double>(27, 1.0 / 3), Coupling::monotone)
          .table("u", {}, {0.5, 0.5})
          .noisy_or("e", {{"u", 0.25}}, 0.125)
          .build();
  ASSERT_TRUE(model.has_value()) << error_text(model.error());
  expect_round_trip(*model);
}

TEST(ModelJson, the_story_passes_through) {
  json value = model_json(*ModelBuilder("m", "x").table("x", {}, {0.5, 0.5}).build());
  value["story"] = {{"any", {"thing", 1}}};
  const auto document = read_model_document(value);
  ASSERT_TRUE(document.has_value());
  EXPECT_EQ(model_json(document->model, document->story), value);
}

// The document with the value put at the pointer; null takes an object's field or a row away.
json changed(json document, const char* at, const json& value) {
  const json::json_pointer pointer(at);
  auto& parent = document[pointer.parent_pointer()];
  if (!value.is_null())
    document[pointer] = value;
  else if (parent.is_array())
    parent.erase(std::stoul(pointer.back()));
  else
    parent.erase(pointer.back());
  return document;
}

struct ModelFault {
  const char* pointer;  // where in the document the value goes; null takes the field away
  json value;
  ErrorCode code;
  const char* where;
};
constexpr auto invalid = ErrorCode::invalid_argument;
constexpr auto unknown = ErrorCode::unknown_name;
const ModelFault model_faults[] = {
    {"/graph", nullptr, invalid, "graph"},
    {"/graph", "x -> y -> x", ErrorCode::cyclic_graph, "graph"},
    {"/graph", "x -> y; x <-> y", invalid, "graph"},
    {"/grahp", "x", unknown, "grahp"},
    {"/name", 3, invalid, "name"},
    {"/name", std::string(129, 'n'), ErrorCode::limit_exceeded, ""},
    {"/noise_covariance", json::array(), invalid, "noise_covariance"},
    {"/variables", json::array(), invalid, "variables"},
    {"/variables/z", json::object(), unknown, "variables.z"},
    {"/variables/y/type", "ordnal", unknown, "variables.y.type"},
    {"/variables/y/type", "continuous", invalid, "variables.y.type"},
    {"/variables/y/type", "binary", invalid, "variables.y"},
    {"/variables/y/sates", 1, unknown, "variables.y.sates"},
    {"/variables/y/states", "a", invalid, "variables.y.states"},
    {"/variables/y/states", {"a", "a", "b"}, invalid, "variables.y.states"},
    {"/variables/y/states", json::array(), invalid, "variables.y"},
    {"/variables/y/states/0", 1.5, invalid, "variables.y.states[0]"},
    {"/variables/y/numbers", {1, 2}, invalid, "variables.y"},
    {"/variables/y/numbers", {1, 2, "3"}, invalid, "variables.y.numbers[2]"},
    {"/variables/y/baseline", "d", unknown, "variables.y.baseline"},
    {"/variables/y/label", 1, invalid, "variables.y.label"},
    {"/mechanisms", nullptr, invalid, "mechanisms"},
    {"/mechanisms/x", nullptr, invalid, "mechanisms.x"},
    {"/mechanisms/w", json::object(), unknown, "mechanisms.w"},
    {"/mechanisms/x", 5, invalid, "mechanisms.x"},
    {"/mechanisms/x", json::object(), invalid, "mechanisms.x"},
    {"/mechanisms/x/logistic", json::object(), invalid, "mechanisms.x.logistic"},
    {"/mechanisms/x/tabel", json::array(), unknown, "mechanisms.x.tabel"},
    {"/mechanisms/x/noisy_or", json::object(), invalid, "mechanisms.x"},
    {"/mechanisms/x/table", 0.5, invalid, "mechanisms.x.table"},
    {"/mechanisms/x/table/0", {0.5, 0.4}, invalid, "mechanisms.x.table[0]"},
    {"/mechanisms/x/table/0", {0.5}, invalid, "mechanisms.x.table[0]"},
    {"/mechanisms/x/table/0", {-0.5, 1.5}, invalid, "mechanisms.x.table[0]"},
    {"/mechanisms/x/table/0/1", "0.5", invalid, "mechanisms.x.table[0][1]"},
    {"/mechanisms/x/coupling", "monotonic", unknown, "mechanisms.x.coupling"},
    {"/mechanisms/y/table/1", nullptr, invalid, "mechanisms.y.table"},
    {"/mechanisms/y/given", nullptr, invalid, "mechanisms.y"},
    {"/mechanisms/y/given", {"w"}, unknown, "mechanisms.y.given"},
    {"/mechanisms/y/given", {"x", "x"}, invalid, "mechanisms.y"},
    {"/mechanisms/x", {{"deterministic", {2}}}, invalid, "mechanisms.x.deterministic[0]"},
    {"/mechanisms/x", {{"deterministic", {"maybe"}}}, unknown, "mechanisms.x.deterministic[0]"},
    {"/mechanisms/x",
     {{"deterministic", {0}}, {"coupling", "monotone"}},
     invalid,
     "mechanisms.x.coupling"},
    {"/mechanisms/x", {{"noisy_or", {{"leak", 2}}}}, invalid, "mechanisms.x"},
    {"/mechanisms/x", {{"noisy_or", {{"leek", 0}}}}, unknown, "mechanisms.x.noisy_or.leek"},
};

TEST(ModelJson, faults_name_their_place) {
  const json good = {{"graph", "x -> y"},
                     {"variables", {{"y", {{"type", "ordinal"}, {"states", {"a", "b", "c"}}}}}},
                     {"mechanisms",
                      {{"x", {{"table", {{0.5, 0.5}}}}},
                       {"y", {{"given", {"x"}}, {"table", {{0.2, 0.3, 0.5}, {0, 0, 1}}}}}}}};
  ASSERT_TRUE(read_model_document(good).has_value());
  for (const auto& fault : model_faults) {
    const auto value = changed(good, fault.pointer, fault.value);
    const auto document = read_model_document(value);
    ASSERT_FALSE(document.has_value()) << value;
    EXPECT_EQ(document.error().code, fault.code) << value << error_text(document.error());
    EXPECT_THAT(document.error().where, testing::StartsWith(fault.where)) << value;
  }
}

}  // namespace
}  // namespace causal_gym
