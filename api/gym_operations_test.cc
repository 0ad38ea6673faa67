// The operations on the gym: what reaches the run store, what comes back, and every environment as
// JSON that reads back to its model.
#include "api/gym_operations.h"

#include "api/model_json.h"
#include "gym/environments/registry.h"

namespace causal_gym {
namespace {

using nlohmann::json;

// Two runs, newest first, one a page; remembers what it was asked.
class TwoRuns : public RunReader {
 public:
  Result<RunListing> list_runs(std::size_t limit,
                               const std::optional<std::string>& cursor) override {
    asked_limit = limit;
    if (!cursor) return RunListing{{summary("second")}, "after-second"};
    if (*cursor == "after-second") return RunListing{{summary("first")}, std::nullopt};
    return fail(ErrorCode::invalid_argument, "no such cursor", "cursor");
  }
  Result<StoredRun> load_run(const RunId& run) override {
    if (run != "first") return fail(ErrorCode::not_found, "no run '" + run + "'", "run");
    return StoredRun{summary(run), {}};
  }

  std::size_t asked_limit = 0;

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
  EXPECT_EQ(store.asked_limit, 50U);
  EXPECT_EQ(first["runs"][0]["id"], "second");
  const auto last = run(store, {{"cursor", first["next_cursor"]}, {"limit", 200}})["result"];
  EXPECT_EQ(store.asked_limit, 200U);
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
