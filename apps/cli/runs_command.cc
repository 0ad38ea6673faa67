// runs list, show, export, resume, cancel, pause, retry, priority: what was run before, or is.
#include <array>
#include <fstream>
#include <memory>

#include "api/run_json.h"
#include "api/run_query_json.h"
#include "apps/cli/commands.h"
#include "apps/cli/experiment_driver.h"
#include "apps/cli/run_text.h"
#include "platform/models/model_agents.h"
#include "platform/store/exchange_store.h"

namespace causal_gym {

namespace {

using nlohmann::json;

// A filter of the list by the name that requests have for it, with its option.
struct ListFilter {
  const char* field;
  const char* option;
  const char* meaning;
};

constexpr ListFilter list_filters[] = {
    {"order", "--order", "newest, oldest, most_episodes or fewest_episodes (planned)"},
    {"state", "--state",
     "only runs in one of these, with commas between: running, finished, cancelled, failed, "
     "interrupted"},
    {"environment", "--environment", "only runs whose specification holds this one"},
    {"agent", "--agent", "only runs whose specification holds it, as written there"},
    {"owner", "--owner", "only runs of the user with that name"},
    {"since", "--since", "only runs created then or later: 2026-11-23, 2026-11-23T14:30Z"},
    {"until", "--until", "only runs created before then, or by the end of that date"},
    {"id_prefix", "--id-prefix", "only runs whose id begins so"}};

struct RunsArguments {
  DriverOptions driver;
  std::size_t limit = 20;
  std::string cursor;
  std::array<std::string, std::size(list_filters)> filters;
  std::string id;
  std::int64_t priority = 0;
  std::string format = "json";
  std::string output = "-";
};

void say_interrupted(CommandContext& context, const RunSummary& run,
                     const RunsArguments& arguments) {
  context.shell.err << "run " << run.id << " was interrupted; go on with: "
                    << resume_command(run.id, arguments.driver.database) << '\n';
}

Result<RunQuery> list_query(const RunsArguments& arguments) {
  json fields = {{"limit", arguments.limit}};
  if (!arguments.cursor.empty()) fields["cursor"] = arguments.cursor;
  for (std::size_t i = 0; i < std::size(list_filters); ++i)
    if (const auto& value = arguments.filters[i]; !value.empty())
      fields[list_filters[i].field] = std::string_view(list_filters[i].field) == "state"
                                          ? json(comma_separated(value))
                                          : json(value);
  return read_run_query(fields);
}

// The command for the next page, which has the same filters.
std::string next_page(const RunsArguments& arguments, const std::string& cursor) {
  std::string command = "causal-gym runs list";
  for (std::size_t i = 0; i < std::size(list_filters); ++i)
    if (const auto& value = arguments.filters[i]; !value.empty())
      command += std::string(" ") + list_filters[i].option + " '" + value + "'";
  return command + " --cursor '" + cursor + "'";
}

Status list(CommandContext& context, const RunsArguments& arguments) {
  CAUSAL_GYM_TRY(query, list_query(arguments));
  CAUSAL_GYM_TRY(store, open_configured_store(arguments.driver.database, StoreAccess::read));
  CAUSAL_GYM_TRY(listing, store->find_runs(query));
  if (arguments.driver.as_json) {
    context.shell.out << run_listing_json(listing).dump(2) << '\n';
    return {};
  }
  context.shell.out << run_list_text(listing.runs);
  for (const auto& run : listing.runs)
    if (run.state == RunState::interrupted) say_interrupted(context, run, arguments);
  if (listing.next_cursor)
    context.shell.err << "more: " << next_page(arguments, *listing.next_cursor) << '\n';
  return {};
}

// What the run's models did not take, a line for each.
Result<std::string> left_out_of(const StoredRun& run, const std::string& database) {
  if (!asks_models(run.summary.spec)) return std::string();
  CAUSAL_GYM_TRY(path, database_path(database));
  DatabaseOptions reading;
  reading.read_only = true;
  CAUSAL_GYM_TRY(exchanges, ExchangeStore::open(path, reading));
  return left_out_text(*exchanges, run.summary.id);
}

Status show(CommandContext& context, const RunsArguments& arguments) {
  CAUSAL_GYM_TRY(store, open_configured_store(arguments.driver.database, StoreAccess::read));
  CAUSAL_GYM_TRY(run, store->load_run(arguments.id));
  context.shell.out << (arguments.driver.as_json ? stored_run_json(run, false).dump(2) + "\n"
                                                 : stored_run_text(run));
  if (arguments.driver.as_json) return {};
  CAUSAL_GYM_TRY(left_out, left_out_of(run, arguments.driver.database));
  context.shell.out << left_out;
  if (run.summary.state == RunState::interrupted) say_interrupted(context, run.summary, arguments);
  return {};
}

Status export_to(CommandContext& context, const RunsArguments& arguments) {
  CAUSAL_GYM_TRY(format, find_export_format(arguments.format));
  CAUSAL_GYM_TRY(store, open_configured_store(arguments.driver.database, StoreAccess::read));
  CAUSAL_GYM_TRY(run, store->load_run(arguments.id));
  const auto text = export_run(run, format);
  if (arguments.output == "-") {
    context.shell.out << text;
    return {};
  }
  std::ofstream file(arguments.output, std::ios::binary);
  if (!(file << text << std::flush))
    return fail(ErrorCode::unavailable, "cannot write '" + arguments.output + "'");
  return {};
}

// What is said of a run that is a job of servers and workers (job_store.h).
using JobAction = Status (JobStore::*)(const RunId&);

template <JobAction action>
Status act_on_job(CommandContext&, const RunsArguments& arguments) {
  CAUSAL_GYM_TRY(store, open_configured_store(arguments.driver.database, StoreAccess::write));
  return (store.get()->*action)(arguments.id);
}

Status set_priority(CommandContext&, const RunsArguments& arguments) {
  CAUSAL_GYM_TRY(store, open_configured_store(arguments.driver.database, StoreAccess::write));
  return store->set_job_priority(arguments.id, arguments.priority);
}

using RunsAction = Status (*)(CommandContext&, const RunsArguments&);

void call(CLI::App& command, CommandContext& context,
          const std::shared_ptr<RunsArguments>& arguments, RunsAction action) {
  command.add_option("--database", arguments->driver.database,
                     "where the runs are: a file, or postgresql://user@host/name");
  command.callback([&context, arguments, action] {
    const auto status = action(context, *arguments);
    if (!status) context.code = report(context.shell, status.error());
  });
}

void add_export(CLI::App& runs, CommandContext& context,
                const std::shared_ptr<RunsArguments>& arguments) {
  auto* command = runs.add_subcommand(
      "export", "Write a run as JSON (with its logs), CSV (a belief a line) or Markdown");
  command->add_option("ID", arguments->id, "the run")->required();
  command->add_option("--format", arguments->format, "json, csv or markdown")
      ->capture_default_str();
  command->add_option("-o,--output", arguments->output, "a file; - is standard output")
      ->capture_default_str();
  add_examples(*command, {"causal-gym runs export ID --format csv -o beliefs.csv"});
  call(*command, context, arguments, export_to);
}

void add_job_commands(CLI::App& runs, CommandContext& context,
                      const std::shared_ptr<RunsArguments>& arguments) {
  struct Row {
    const char* name;
    const char* meaning;
    RunsAction action;
    const char* example;
  };
  static constexpr Row rows[] = {
      {"cancel", "End a run; whoever works on it is refused at its next write",
       act_on_job<&JobStore::cancel_job>, "causal-gym runs cancel ID"},
      {"pause", "Let nobody work on a run of a server until it is retried",
       act_on_job<&JobStore::pause_job>, "causal-gym runs pause ID"},
      {"retry", "Let servers and workers go on with a paused, cancelled or failed run of a server",
       act_on_job<&JobStore::resume_job>, "causal-gym runs retry ID"}};
  for (const auto& row : rows) {
    auto* command = runs.add_subcommand(row.name, row.meaning);
    command->add_option("ID", arguments->id, "the run")->required();
    add_examples(*command, {row.example});
    call(*command, context, arguments, row.action);
  }
  auto* priority =
      runs.add_subcommand("priority", "Let a run of a server go before or behind others");
  priority->add_option("ID", arguments->id, "the run")->required();
  priority->add_option("PRIORITY", arguments->priority, "higher goes first; 0 unless told")
      ->check(CLI::Range(-job_priority_limit, job_priority_limit))
      ->required();
  add_examples(*priority, {"causal-gym runs priority ID 10", "causal-gym runs priority ID -- -10"});
  call(*priority, context, arguments, set_priority);
}

}  // namespace

void add_runs_command(CLI::App& app, CommandContext& context) {
  auto arguments = std::make_shared<RunsArguments>();
  auto* runs = app.add_subcommand(
      "runs", "List, show, export, resume, cancel, pause, retry or prefer stored runs");
  runs->require_subcommand(1);
  add_examples(*runs, {"causal-gym runs list", "causal-gym runs show ID"});

  auto* listing = runs->add_subcommand("list", "The stored runs, newest first unless told");
  listing->add_option("--limit", arguments->limit, "how many")
      ->check(CLI::Range(std::size_t{1}, run_listing_limit))
      ->capture_default_str();
  listing->add_option("--cursor", arguments->cursor, "where the page before ended");
  for (std::size_t i = 0; i < std::size(list_filters); ++i)
    listing->add_option(list_filters[i].option, arguments->filters[i], list_filters[i].meaning);
  listing->add_flag("--json", arguments->driver.as_json, "print as JSON");
  add_examples(*listing, {"causal-gym runs list --limit 5", "causal-gym runs list --json",
                          "causal-gym runs list --state failed,interrupted --since 2026-11-23",
                          "causal-gym runs list --agent ideal --order most_episodes"});
  call(*listing, context, arguments, list);

  auto* shown = runs->add_subcommand("show", "One run: its state, scores and findings");
  shown->add_option("ID", arguments->id, "the run")->required();
  shown->add_flag("--json", arguments->driver.as_json, "print as JSON");
  add_examples(*shown, {"causal-gym runs show ID", "causal-gym runs show ID --json"});
  call(*shown, context, arguments, show);

  add_export(*runs, context, arguments);
  add_job_commands(*runs, context, arguments);

  auto* resumed = runs->add_subcommand(
      "resume", "Finish a run that was interrupted, from its last stored event");
  resumed->add_option("ID", arguments->id, "the run")->required();
  add_driver_options(*resumed, arguments->driver);
  add_examples(*resumed, {"causal-gym runs resume ID"});
  resumed->callback([&context, arguments] {
    context.code = drive_resumption(context.shell, arguments->id, arguments->driver);
  });
}

}  // namespace causal_gym
