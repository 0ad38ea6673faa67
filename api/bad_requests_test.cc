// Requests that ask for what cannot be: each is an error whose code, place and message name the
// culprit.
#include "api/operations.h"

namespace causal_gym {
namespace {

using nlohmann::json;
using testing::HasSubstr;

struct BadRequest {
  const char* fields;  // of a request, without its braces
  const char* code;
  const char* where;
  const char* message;  // a part of it, or of the suggestion
};

void expect_errors(const char* operation, std::span<const BadRequest> requests) {
  for (const auto& [fields, code, where, message] : requests) {
    SCOPED_TRACE(std::string(operation) + ": " + fields);
    const auto answer =
        json::parse(handle_request_text("{" + std::string(fields) + "}", {}, operation));
    ASSERT_TRUE(answer.contains("error")) << answer;
    const auto& error = answer["error"];
    EXPECT_EQ(error["code"], code) << error;
    EXPECT_EQ(error["where"], where) << error;
    EXPECT_THAT(error["message"].get<std::string>() + error["suggestion"].get<std::string>(),
                HasSubstr(message));
  }
}

TEST(BadRequests, identify) {
  constexpr BadRequest requests[] = {
      {R"("graph": "x -> y", "treatment": "x", "outcome": ["y", "x"])", "invalid_argument",
       "outcome", "'x' is both"},
      {R"("graph": "x -> y", "treatment": "x")", "invalid_argument", "outcome", "empty"},
      {R"("graph": "x -> y", "treatment": "x", "outcome": "y", "given": "y")", "invalid_argument",
       "given", "'y' is both"},
      {R"("graph": "u [latent]; u -> y", "treatment": "u", "outcome": "y")", "invalid_argument",
       "treatment", "'u' is latent"},
      {R"("graph": "rain -> wet", "treatment": "rian", "outcome": "wet")", "unknown_name",
       "treatment", "did you mean 'rain'?"},
      {R"j("graph": "x -> y", "query": "P(x, y | do(x))")j", "invalid_argument", "query",
       "'x' is both"},
      {R"j("graph": "x -> y", "query": "P(z | do(x))")j", "unknown_name", "query", "'z'"},
      {R"j("graph": "x -> y", "query": "P(y | do(x)")j", "parse_error", "query, column 12", ""},
      {R"j("graph": "x -> y", "query": "P(y)", "derivation": "yes")j", "invalid_argument",
       "derivation", "true or false"},
      {R"j("graph": "x -> y", "query": 7)j", "invalid_argument", "query", "a text"},
      {R"("graph": "x -> y")", "invalid_argument", "query", "either"},
      {R"("graph": "a -> b -> c -> a", "treatment": "a", "outcome": "b")", "cyclic_graph",
       "graph, line 1, column 11", "a -> b -> c -> a"},
  };
  expect_errors("identify", requests);
}

TEST(BadRequests, available_distributions) {
  constexpr BadRequest requests[] = {
      {R"j("graph": "x -> y", "query": "P(y | do(x))", "available": [])j", "invalid_argument",
       "available", "no distribution"},
      {R"j("graph": "x -> y", "query": "P(y | do(x))", "available": "trials")j", "invalid_argument",
       "available", "a list"},
      {R"j("graph": "x -> y", "query": "P(y | do(x))", "available": [{}, []])j", "invalid_argument",
       "available[1]", "an object"},
      {R"j("graph": "x -> y", "query": "P(y | do(x))", "available": [{"gven": "x"}])j",
       "unknown_name", "available[0].gven", "did you mean 'given'?"},
      {R"j("graph": "x -> y", "query": "P(y | do(x))", "available": [{"do": "z"}])j",
       "unknown_name", "available[0].do", "'z'"},
      {R"j("graph": "x -> y", "query": "P(y | do(x))", "available": [{"do": "x", "given": "x"}])j",
       "invalid_argument", "available[0]", "'x' is both"},
      {R"j("graph": "x -> y", "query": "P(y | do(x))", "available": [{"variables": []}])j",
       "invalid_argument", "available[0]", "measures nothing"},
      {R"j("graph": "x -> y", "query": "P(y | do(x))", "available": [{"differs": "y"}])j",
       "invalid_argument", "available[0]", "target population"},
      {R"j("graph": "x -> y", "query": "P(y | do(x))", "available": [
          {"population": "la", "differs": "x"}, {"do": "x", "population": "la"}])j",
       "invalid_argument", "available[1].differs", "'la'"},
  };
  expect_errors("identify", requests);
}

TEST(BadRequests, check_derivation) {
  constexpr BadRequest requests[] = {
      {R"("graph": "x -> y")", "invalid_argument", "derivation", "missing"},
      {R"("graph": "x -> y", "derivation": 7)", "invalid_argument", "derivation", "an object"},
      {R"("graph": "x -> y", "derivation": {"steps": []})", "invalid_argument", "derivation",
       "'goal'"},
      {R"("graph": "x -> y", "derivation": {"goal": {"op": "one"}})", "invalid_argument",
       "derivation", "'steps'"},
      {R"("graph": "x -> y", "derivation": {"goal": {"op": "Q"}, "steps": []})", "unknown_name",
       "derivation.goal.op", "known here: P, sum"},
      {R"("graph": "x -> y", "derivation": {"goal": {"op": "P", "vars": []}, "steps": []})",
       "invalid_argument", "derivation.goal", "a P of nothing"},
      {R"("graph": "x -> y", "derivation": {"goal": {"op": "P", "vars": ["w"]}, "steps": []})",
       "unknown_name", "derivation.goal.vars", "'w'"},
      {R"("graph": "x", "derivation": {"goal": {"op": "one"}, "steps": [{"rule": "rule_22"}]})",
       "unknown_name", "derivation.steps[0].rule", "did you mean 'rule_2'?"},
      {R"("graph": "x -> y", "derivation": {"goal": {"op": "one"}, "steps": []},
          "estimand": {"op": "sum", "over": [], "expr": {"op": "one"}})",
       "invalid_argument", "estimand", "a sum over nothing"},
      {R"("graph": "x -> y", "derivation": {"identifiable": false, "derivation": null})",
       "invalid_argument", "derivation.derivation", "holds no derivation"},
  };
  expect_errors("check_derivation", requests);
}

TEST(BadRequests, separation_and_paths) {
  constexpr BadRequest separated[] = {
      {R"("graph": "x -> y", "x": ["x", "y"], "y": "y")", "invalid_argument", "y", "'y'"},
      {R"("graph": "x -> y", "x": "x", "y": "y", "given": ["y"])", "invalid_argument", "given",
       "'y'"},
      {R"("graph": "x -> y", "y": "y")", "invalid_argument", "x", "missing"},
  };
  expect_errors("separated", separated);
  constexpr BadRequest paths[] = {
      {R"("graph": "x -> y", "x": "x", "y": "x")", "invalid_argument", "y", "'x'"},
      {R"("graph": "x -> y", "x": [], "y": "x")", "invalid_argument", "x", "one variable, not 0"},
      {R"("graph": "x -> y", "x": "x", "y": "y", "given": "x")", "invalid_argument", "given",
       "'x'"},
  };
  expect_errors("paths", paths);
  constexpr BadRequest separators[] = {
      {R"("graph": "x -> m -> y", "x": "x", "y": [])", "invalid_argument", "y", "empty"},
      {R"("graph": "x -> m -> y", "x": "x", "y": "y", "must": "x")", "invalid_argument", "must",
       "'x' is both"},
      {R"("graph": "x -> m -> y", "x": "x", "y": "y", "must": "m", "must_not": "m")",
       "invalid_argument", "must_not", "'m' is both"},
      {R"("graph": "u [latent]; u -> y; x", "x": "x", "y": "y", "must": "u")", "invalid_argument",
       "must", "'u' is latent"},
      {R"("graph": "x -> m -> y", "x": "x", "y": "y", "mode": "nearst")", "unknown_name", "mode",
       "did you mean 'nearest'?"},
      {R"("graph": "x -> m -> y", "x": "x", "y": "y", "limit": 0)", "invalid_argument", "limit",
       "1 to 10000"},
      {R"("graph": "x -> m -> y", "x": "x", "y": "y", "limit": 1.5)", "invalid_argument", "limit",
       "a whole number"},
  };
  expect_errors("separators", separators);
}

TEST(BadRequests, whole_graphs) {
  constexpr BadRequest implied[] = {
      {R"("graph": "x -> y", "mode": "all")", "unknown_name", "mode", "known here: minimal, basis"},
      {R"("graph": "x -> y", "limit": 10001)", "invalid_argument", "limit", "1 to 10000"},
      {R"("graph": "x -> x")", "invalid_argument", "graph, line 1, column 1", "self-loop"},
  };
  expect_errors("implied_independencies", implied);
  constexpr BadRequest project[] = {
      {R"("graph": "rain -> wet", "latent": "wett")", "unknown_name", "latent",
       "did you mean 'wet'?"},
      {R"("model": "asia-v1", "graph": "x")", "invalid_argument", "graph", "both"},
  };
  expect_errors("project", project);
  constexpr BadRequest compare[] = {
      {R"("truth": "x -> y", "guess": "x -> z")", "unknown_name", "guess", "'"},
      {R"("truth": "x -> y", "guess": {"model": "aisa-v1"})", "unknown_name", "guess.model",
       "asia-v1"},
      {R"("truth": 7, "guess": "x")", "invalid_argument", "truth", "number"},
      {R"("truth": "x")", "invalid_argument", "guess", "missing"},
      {R"("truth": "x -> y", "guess": "x -> y -> x")", "cyclic_graph", "guess, line 1, column 6",
       "x -> y -> x"},
  };
  expect_errors("compare_graphs", compare);
  constexpr BadRequest equivalence[] = {
      {R"("graph": "x <-> y")", "invalid_argument", "graph", "x <-> y"},
      {R"("graph": "u [latent]; u -> y")", "invalid_argument", "graph", "'u'"},
      {R"("graph": "x -> y", "other": "x <-> y")", "invalid_argument", "other", "x <-> y"},
      {R"("graph": "x -> y", "other": "x -> z")", "unknown_name", "other", "'y'"},
  };
  expect_errors("equivalence_class", equivalence);
}

TEST(BadRequests, adjustment) {
  constexpr BadRequest sets[] = {
      {R"("graph": "x -> y")", "invalid_argument", "treatment", "[exposure]"},
      {R"("graph": "x -> y", "x": "x", "y": "x")", "invalid_argument", "outcome", "'x' is both"},
      {R"("graph": "x -> y", "x": "x", "y": "y", "must": "x")", "invalid_argument", "must",
       "'x' is both"},
      {R"("graph": "x -> y; z", "x": "x", "y": "y", "must": "z", "must_not": "z")",
       "invalid_argument", "must_not", "'z' is both"},
      {R"("graph": "x -> y; z", "x": "x", "y": "y", "must": "z", "selected": "z")",
       "invalid_argument", "selected", "'z' is both"},
      {R"("graph": "x -> y", "x": "x", "y": "y", "effect": "indirect")", "unknown_name", "effect",
       "direct"},
      {R"("graph": "x -> y", "x": "x", "y": "y", "mode": "best")", "unknown_name", "mode",
       "known here: minimal, all, canonical, optimal, minimum"},
      {R"("graph": "x -> y", "x": "x", "y": "y", "weights": {"x": 1})", "invalid_argument",
       "weights", "mode minimum"},
      {R"("graph": "x -> y", "x": "x", "y": "y", "mode": "minimum", "weights": {"x": -1})",
       "invalid_argument", "weights.x", "below 0"},
      {R"("graph": "x -> y", "x": "x", "y": "y", "mode": "minimum", "weights": [1])",
       "invalid_argument", "weights", "an object"},
      {R"("graph": "x -> y", "x": "x", "y": "y", "mode": "optimal", "effect": "direct")",
       "invalid_argument", "mode", "total effects"},
  };
  expect_errors("adjustment_sets", sets);
  constexpr BadRequest check[] = {
      {R"("graph": "x -> y", "x": "x", "y": "y", "set": "y")", "invalid_argument", "set",
       "'y' is both"},
      {R"("graph": "u [latent]; u -> y; x -> y", "x": "x", "y": "y", "z": "u")", "invalid_argument",
       "set", "'u' is latent"},
      {R"("graph": "x -> y", "x": "x", "y": "y", "selected": "x")", "invalid_argument", "selected",
       "'x' is both"},
  };
  expect_errors("check_adjustment", check);
}

TEST(BadRequests, other_roads_and_pictures) {
  constexpr BadRequest front_door[] = {
      {R"("graph": "x -> m -> y", "x": "x", "y": [])", "invalid_argument", "outcome", "empty"},
      {R"("graph": "x -> m -> y", "x": "x", "y": "y", "must": "y")", "invalid_argument", "must",
       "'y' is both"},
      {R"("graph": "x -> m -> y", "x": "x", "y": "y", "must": "m", "must_not": "m")",
       "invalid_argument", "must_not", "'m' is both"},
  };
  expect_errors("front_door_sets", front_door);
  constexpr BadRequest instruments[] = {
      {R"("graph": "z -> x -> y", "x": "x", "y": ["y", "z"])", "invalid_argument", "outcome",
       "one outcome"},
      {R"("graph": "z -> x -> y", "x": "x", "y": "y", "instrument": "x")", "invalid_argument",
       "instrument", "'x' is both"},
      {R"("graph": "z -> x -> y", "x": "x", "y": "y", "instrument": "z", "given": "z")",
       "invalid_argument", "given", "'z' is both"},
      {R"("graph": "z -> x -> y", "x": "x", "y": "y", "given": "z")", "invalid_argument", "given",
       "'instrument'"},
      {R"("graph": "z -> x -> y; w", "x": "x", "y": "y", "instrument": "z", "must_not": "w")",
       "invalid_argument", "must_not", "a list"},
  };
  expect_errors("instruments", instruments);
  constexpr BadRequest draw[] = {
      {R"("graph": "x -> y", "format": "png")", "unknown_name", "format", "known here: svg"},
      {R"("graph": "x -> y", "theme": "drak")", "unknown_name", "theme", "did you mean 'dark'?"},
      {R"("graph": "x -> y", "open_path": "x")", "invalid_argument", "open_path", "not 1"},
      {R"("graph": "x -> y", "open_path": ["x", "z"])", "unknown_name", "open_path", "'z'"},
      {R"("graph": "x -> y", "open_path": ["x", "x"])", "invalid_argument", "open_path", "'x'"},
      {R"("graph": "x -> y", "highlight": "z")", "unknown_name", "highlight", "'z'"},
      {R"("graph": "x -> y", "title": "\u0000")", "invalid_argument", "title", "control"},
      {R"("graph": "x -> y", "title": ["t"])", "invalid_argument", "title", "a text"},
  };
  expect_errors("draw", draw);
  constexpr BadRequest explain[] = {
      {R"("graph": "x -> y", "x": "x")", "invalid_argument", "outcome", "[outcome]"},
      {R"("graph": "x -> y", "x": "x", "y": "x")", "invalid_argument", "outcome", "'x' is both"},
  };
  expect_errors("explain", explain);
}

}  // namespace
}  // namespace causal_gym
