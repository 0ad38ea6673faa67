// Operations as a whole: the two doors agree, ids are echoed, faults are answers, limits and
// cancellation reach every operation, estimands are worth what they say.
#include "api/operations.h"

#include <cmath>

#include "api/error_json.h"
#include "api/http_status.h"
#include "api/model_json.h"
#include "engine/graph/random_graph.h"
#include "engine/model/random_model.h"

namespace causal_gym {
namespace {

using nlohmann::json;
using testing::HasSubstr;

json answer(std::string_view body, std::string_view operation = {}) {
  return json::parse(handle_request_text(body, {}, operation));
}

std::string code_of(const json& answered) { return answered["error"]["code"]; }

TEST(Operations, ids_come_back_as_they_came) {
  for (const auto* id : {"7", "\"seven\"", "null", "[1, {\"a\": 2.5}]", "true"}) {
    const auto given = json::parse(id);
    const auto text = [&](std::string_view rest) {
      return "{\"id\": " + std::string(id) + ", " + std::string(rest) + "}";
    };
    EXPECT_EQ(
        answer(text(R"("operation": "separated", "graph": "x -> y", "x": "x", "y": "y")"))["id"],
        given);
    EXPECT_EQ(answer(text(R"("operation": "nothing")"))["id"], given);
    EXPECT_EQ(answer(text(R"("operation": "ask")"), "identify")["id"], given);
  }
  EXPECT_FALSE(answer(R"({"operation": "runs"})").contains("id"));
}

TEST(Operations, a_path_names_the_operation_and_the_body_may_not_name_another) {
  const auto* body = R"({"graph": "x -> y", "x": "x", "y": "y"})";
  EXPECT_EQ(answer(body, "separated")["result"]["separated"], false);
  EXPECT_EQ(code_of(answer(body)), "invalid_argument");
  EXPECT_EQ(code_of(answer(R"({"operation": "paths"})", "separated")), "invalid_argument");
}

TEST(Operations, text_that_is_no_request_is_an_error_answer) {
  for (const auto* body : {"", "{", "[]", "7", "null", "{\"id\": 1, \"id\": 2}", "\xff", "NaN"})
    EXPECT_TRUE(answer(body).contains("error")) << body;
  EXPECT_EQ(code_of(answer(std::string(65, '['))), "limit_exceeded");
}

TEST(Operations, broken_requests_never_escape) {
  const std::string good =
      R"j({"id": 1, "operation": "ask", "query": "P(y | do(x=1))", "model": {"graph": "x -> y", )j"
      R"j("mechanisms": {"x": {"table": [[0.5, 0.5]]}, )j"
      R"j("y": {"given": ["x"], "table": [[0.5, 0.5], [1, 0]]}}}})j";
  EXPECT_EQ(answer(good)["result"]["value"], 0);
  for (std::size_t length = 0; length < good.size(); ++length)
    EXPECT_TRUE(answer(good.substr(0, length)).contains("error")) << length;
  Rng rng(3, stream_of("broken requests"));
  for (int i = 0; i < 20'000; ++i) {
    auto text = good;
    for (auto changes = 1 + rng.below(3); changes > 0; --changes)
      text[rng.below(text.size())] = static_cast<char>(rng.below(128));
    const auto answered = answer(text);
    EXPECT_NE(answered.contains("error"), answered.contains("result")) << text;
  }
}

// A value of another type in place of each field, for every operation.
TEST(Operations, every_field_refuses_every_other_type) {
  const json values[] = {nullptr, true, -1, 1.5, "", "?", json::array(), {1}, {{"a", 1}}};
  for (const auto& operation : all_operations()) {
    for (const auto& field : operation.fields) {
      for (const auto& value : values) {
        json request = {{"operation", operation.name}};
        for (const auto& other : operation.fields)
          if (other.required) request[std::string(other.name)] = "x";
        if (operation.name != "environments" && operation.name != "runs")
          request["graph"] = "x -> y";
        if (operation.name == "ask") {
          request.erase("graph");
          request["model"] = "asia-v1";
          request["query"] = "P(dysp)";
        }
        request[std::string(field.name)] = value;
        const auto answered = run_operation(request, {});
        const bool accepted = answered.contains("result");
        EXPECT_TRUE(accepted || answered.contains("error")) << request;
        EXPECT_FALSE(accepted && field.type == FieldType::text && !value.is_string()) << request;
      }
    }
  }
}

TEST(Operations, cancellation_and_limits_reach_the_engine) {
  CancellationSource source;
  source.cancel();
  OperationContext cancelled;
  cancelled.cancellation = source.token();
  const json request = {{"operation", "ask"}, {"model", "asia-v1"}, {"query", "P(dysp)"}};
  EXPECT_EQ(code_of(run_operation(request, cancelled)), "cancelled");
  OperationContext small;
  small.limits.query_text_bytes = 6;
  EXPECT_EQ(code_of(run_operation(request, small)), "limit_exceeded");
  OperationContext short_texts;
  short_texts.json_limits.bytes = 10;
  EXPECT_EQ(code_of(json::parse(handle_request_text(json_line(request), short_texts))),
            "limit_exceeded");
  OperationContext few_nodes;
  few_nodes.limits.nodes = 1;
  EXPECT_EQ(
      code_of(run_operation(
          {{"operation", "separated"}, {"graph", "x -> y"}, {"x", "x"}, {"y", "y"}}, few_nodes)),
      "limit_exceeded");
}

TEST(Operations, errors_read_back_from_their_json) {
  for (const auto code : all_error_codes) {
    const Error error{code, "message", "where", "suggestion"};
    EXPECT_EQ(error_of(error_json(error)), error);
    EXPECT_GE(http_status(code), 400);
  }
  EXPECT_FALSE(error_of({{"result", 1}}).has_value());
  EXPECT_EQ(error_of({{"error", "?"}})->code, ErrorCode::unavailable);
}

// The value of an estimand's tree in a model, each P(...) asked of the model without
// interventions: a road from answer to number that shares no code with the evaluator.
class TreeValue {
 public:
  TreeValue(const Model& model) : model_(model), document_(model_json(model)) {}

  double of(const json& tree, const std::map<std::string, std::string>& states) {
    const std::string op = tree["op"];
    if (op == "one") return 1;
    if (op == "P") return probability(tree, states);
    if (op == "fraction") return of(tree["num"], states) / of(tree["den"], states);
    if (op == "product") {
      double value = 1;
      for (const auto& factor : tree["args"]) value *= of(factor, states);
      return value;
    }
    return total(tree["expr"], tree["over"], 0, states);
  }

 private:
  double total(const json& tree, const json& over, std::size_t i,
               std::map<std::string, std::string> states) {
    if (i == over.size()) return of(tree, states);
    double value = 0;
    for (const auto& state : model_.variable(*model_.require(over[i].get<std::string>())).states) {
      states[over[i]] = state;
      value += total(tree, over, i + 1, states);
    }
    return value;
  }
  double probability(const json& tree, const std::map<std::string, std::string>& states) {
    std::string query;
    for (const auto* key : {"vars", "given"})
      for (const auto& name : tree[key])
        query += (query.empty()                           ? "P("
                  : key[0] == 'g' && name == tree[key][0] ? " | "
                                                          : ", ") +
                 name.get<std::string>() + "=" + states.at(name);
    const auto [found, fresh] = known_.try_emplace(query + ")", 0);
    if (fresh)
      found->second =
          run_operation({{"operation", "ask"}, {"model", document_}, {"query", query + ")"}},
                        {})["result"]["value"];
    return found->second;
  }

  Model model_;
  json document_;
  std::map<std::string, double> known_;
};

TEST(Operations, estimands_of_random_models_equal_what_doing_gives) {
  int identified = 0;
  for (std::uint64_t seed = 0; seed < 150; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Rng rng(seed, stream_of("estimands"));
    const auto model = random_model(random_admg(4, 0.5, 0.2, rng), rng);
    const auto document = model_json(model);
    const auto& outcome = model.variable(1);
    const auto query = "P(b=" + outcome.states[0] + " | do(a=" + model.variable(0).states[1] + "))";
    const auto asked =
        run_operation({{"operation", "ask"}, {"model", document}, {"query", query}}, {});
    ASSERT_TRUE(asked.contains("result")) << asked;
    const auto& identification = asked["result"]["identification"];
    const auto apart =
        run_operation({{"operation", "identify"}, {"model", document}, {"query", query}}, {});
    EXPECT_EQ(apart["result"], identification);
    if (identification["identifiable"] != true) continue;
    ++identified;
    const auto value =
        TreeValue(model).of(identification["estimand"]["tree"],
                            {{"a", model.variable(0).states[1]}, {"b", outcome.states[0]}});
    EXPECT_NEAR(value, asked["result"]["value"].get<double>(), 1e-9) << identification;
  }
  EXPECT_GT(identified, 50);
}

}  // namespace
}  // namespace causal_gym
