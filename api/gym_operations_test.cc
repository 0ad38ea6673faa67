// The operations on the gym: what reaches the run store, what comes back, and every environment as
// JSON that reads back to its model.
#include "api/gym_operations.h"

#include "api/model_json.h"
#include "api/moment_text.h"
#include "gym/environments/registry.h"

namespace causal_gym {
namespace {

using nlohmann::json;

// Two runs, newest first, one a page; remembers what it was asked.
class TwoRuns : public RunReader {
 public:
  Result<RunListing> find_runs(const RunQuery& query) override {
    asked = query;
    if (!query.cursor) return RunListing{{summary("second")}, "after-second"};
    if (*query.cursor == "after-second") return RunListing{{summary("first")}, std::nullopt};
    return fail(ErrorCode::invalid_argument, "no such cursor", "cursor");
  }
  Result<StoredRun> load_run(const RunId& run) override {
    if (run != "first") return fail(ErrorCode::not_found, "no run '" + run + "'", "run");
    return StoredRun{summary(run), {}};
  }

  RunQuery asked;

 private:
  static RunSummary summary(const RunId& id) {
    RunSummary summary;
    summary.id = id;
    summary.created_at = "2026-01-01T00:00:00Z";
    return summary;
  }
};

json run(TwoRuns& store, json request) {
  OperationContext context;
  context.runs = &store;
  request["operation"] = "runs";
  return run_operation(request, context);
}

TEST(RunsOperation, pages_follow_the_cursor) {
  TwoRuns store;
  const auto first = run(store, json::object())["result"];
  EXPECT_EQ(store.asked.limit, 50U);
  EXPECT_EQ(first["runs"][0]["id"], "second");
  const auto last = run(store, {{"cursor", first["next_cursor"]}, {"limit", 200}})["result"];
  EXPECT_EQ(store.asked.limit, 200U);
  EXPECT_EQ(last["runs"][0]["id"], "first");
  EXPECT_TRUE(last["next_cursor"].is_null());
}

TEST(RunsOperation, one_run_is_shown_by_its_id) {
  TwoRuns store;
  const auto shown = run(store, {{"run", "first"}, {"events", true}});
  EXPECT_TRUE(shown.contains("result")) << shown;
  EXPECT_EQ(run(store, {{"run", "third"}})["error"]["code"], "not_found");
}

TEST(RunsOperation, limits_and_cursors_that_cannot_be_are_errors) {
  TwoRuns store;
  for (const auto& limit : {json(0), json(201), json(-1), json("5"), json(1e300)})
    EXPECT_EQ(run(store, {{"limit", limit}})["error"]["code"], "invalid_argument") << limit;
  EXPECT_EQ(run(store, {{"cursor", "?"}})["error"]["where"], "cursor");
  EXPECT_EQ(run(store, {{"cursor", 7}})["error"]["where"], "cursor");
}

TEST(RunsOperation, filters_and_orders_reach_the_store) {
  TwoRuns store;
  run(store, {{"state", {"failed", "running"}},
              {"environment", "chain-v1"},
              {"agent", "noisy_ideal(0.1)"},
              {"owner", "ada"},
              {"mine", true},
              {"since", "2026-11-23T14:30+01:00"},
              {"until", "2026-11-30"},
              {"id_prefix", "server-"},
              {"order", "most_episodes"}});
  const RunFilter expected{.states = {RunState::failed, RunState::running},
                           .environment = "chain-v1",
                           .agent = "noisy_ideal(0.1)",
                           .owner = "ada",
                           .mine = true,
                           .created_since = "2026-11-23T13:30:00.000Z",
                           .created_before = "2026-12-01T00:00:00.000Z",
                           .id_prefix = "server-"};
  EXPECT_EQ(store.asked.filter, expected);
  EXPECT_EQ(store.asked.order, RunOrder::most_episodes);
}

TEST(RunsOperation, filters_that_cannot_be_are_errors_with_the_nearest_spelling) {
  TwoRuns store;
  struct Case {
    const char* field;
    json value;
    const char* code;
    const char* suggestion;
  };
  for (const auto& [field, value, code, suggestion] : std::initializer_list<Case>{
           {"state", {"finishd"}, "unknown_name", "did you mean 'finished'?"},
           {"state",
            {"x"},
            "unknown_name",
            "one of running, finished, cancelled, failed, interrupted"},
           {"state", {7}, "invalid_argument", ""},
           {"state", true, "invalid_argument", ""},
           {"order", "newst", "unknown_name", "did you mean 'newest'?"},
           {"environment", "chian-v1", "unknown_name", "did you mean 'chain-v1'?"},
           {"agent", "steing", "unknown_name", "did you mean 'seeing'?"},
           {"mine", "yes", "invalid_argument", ""},
           {"since", "yesterday", "invalid_argument",
            "write it as 2026-11-23 or 2026-11-23T14:30:00Z"},
           {"until", "2026-02-30", "invalid_argument",
            "write it as 2026-11-23 or 2026-11-23T14:30:00Z"}}) {
    const auto error = run(store, {{field, value}})["error"];
    EXPECT_EQ(error["code"], code) << field << value;
    if (*suggestion != '\0') {
      EXPECT_EQ(error["suggestion"], suggestion);
    }
    EXPECT_EQ(error["where"].get<std::string>().substr(0, std::string(field).size()), field);
  }
  EXPECT_TRUE(run(store, {{"agent", "openai/gpt-5.5"}}).contains("result"));
}

TEST(Moments, are_read_in_every_form_of_iso_8601_that_people_write) {
  const std::pair<const char*, const char*> moments[] = {
      {"2026-11-23", "2026-11-23T00:00:00.000Z"},
      {"2026-11-23T14:30", "2026-11-23T14:30:00.000Z"},
      {"2026-11-23 14:30:05Z", "2026-11-23T14:30:05.000Z"},
      {"2026-11-23T14:30:05.25Z", "2026-11-23T14:30:05.250Z"},
      {"2026-11-23T14:30:05.123456789Z", "2026-11-23T14:30:05.123Z"},
      {"2026-01-01T00:30+01:00", "2025-12-31T23:30:00.000Z"},
      {"2026-12-31T23:30-0100", "2027-01-01T00:30:00.000Z"},
      {"2024-02-29", "2024-02-29T00:00:00.000Z"}};
  for (const auto& [text, moment] : moments) EXPECT_EQ(read_moment(text).value(), moment) << text;
  EXPECT_EQ(read_moment("2024-02-29", true).value(), "2024-03-01T00:00:00.000Z");
  EXPECT_EQ(read_moment("2024-02-29T00:00", true).value(), "2024-02-29T00:00:00.000Z");
  for (const char* text :
       {"", "2026", "2026-13-01", "2025-02-29", "2026-11-23T", "2026-11-23T25:00", "2026-11-23T14",
        "2026-11-23T14:30:", "2026-11-23T14:30:05.", "2026-11-23T14:30 01:00", "2026-11-23x",
        "26-11-23", "2026-11-23T14:30Zz", "2026-1-1"})
    EXPECT_FALSE(read_moment(text)) << text;
}

TEST(EnvironmentsOperation, every_environment_is_listed_and_reads_back_to_its_model) {
  const auto listed = run_operation({{"operation", "environments"}}, {})["result"]["environments"];
  ASSERT_EQ(listed.size(), all_environments().size());
  for (std::size_t i = 0; i < listed.size(); ++i) {
    const auto& environment = all_environments()[i];
    SCOPED_TRACE(environment.id);
    EXPECT_EQ(listed[i]["id"], environment.id);
    const auto shown = run_operation(
        {{"operation", "environments"}, {"environment", environment.id}}, {})["result"];
    const auto document = read_model_document(shown["model"]);
    ASSERT_TRUE(document.has_value()) << error_text(document.error());
    EXPECT_TRUE(document->model == environment.model);
    for (const auto& query : environment.queries) {
      const json by_id = {{"operation", "ask"}, {"model", environment.id}, {"query", query}};
      const json by_value = {{"operation", "ask"}, {"model", shown["model"]}, {"query", query}};
      const auto answer = run_operation(by_id, {});
      EXPECT_TRUE(answer.contains("result")) << query << answer;
      EXPECT_EQ(answer, run_operation(by_value, {})) << query;
    }
  }
}

}  // namespace
}  // namespace causal_gym
