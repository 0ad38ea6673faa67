#include "apps/server/run_launcher.h"

#include <algorithm>
#include <string>
#include <string_view>

#include "apps/server/model_launch.h"
#include "platform/auth/secret_text.h"
#include "platform/models/model_agents.h"
#include "platform/store/run_id.h"

namespace causal_gym {

namespace {

constexpr std::string_view id_prefix = "server-";
constexpr const char* key_header = "Idempotency-Key";
constexpr std::size_t longest_key = 255;
constexpr std::size_t key_digits = 32;  // hexadecimal ones, of the run's name

Status check_key(std::string_view key) {
  const bool is_visible =
      std::all_of(key.begin(), key.end(), [](char c) { return c > ' ' && c <= '~'; });
  if (is_visible && key.size() <= longest_key) return {};
  return fail(ErrorCode::invalid_argument, "the key is not 1 to 255 visible ASCII characters",
              key_header, "take a random UUID");
}

// The same on every server; keys of two users never meet. No id of a user holds a line end.
std::string name_of_key(const LaunchRequest& request) {
  return "key-" + digest_text(request.user + "\n" + request.idempotency_key).substr(0, key_digits);
}

}  // namespace

RunLauncher::RunLauncher(JobStore& store, const Clock& clock, Logger& logger,
                         const JobWorkersOptions& options)
    : store_(store), clock_(clock), workers_(store, logger, options) {}

Result<std::optional<LaunchedRun>> RunLauncher::launched_before(const RunId& id,
                                                                const LaunchRequest& request) {
  const auto found = store_.load_episodes(id, {0, 0});
  if (!found && found.error().code == ErrorCode::not_found) return std::optional<LaunchedRun>();
  if (!found) return fail(found.error());
  if (found->summary.spec == request.spec &&
      read_model_options(found->summary.model_options) == read_model_options(request.model_options))
    return std::optional(LaunchedRun{id, found->summary.state, false});
  return fail(ErrorCode::conflict,
              "another experiment was launched with this key, as run '" + id + "'", key_header,
              "take a new key for each experiment");
}

Result<LaunchedRun> RunLauncher::launch(const LaunchRequest& request,
                                        const std::function<Status(const RunId&)>& before) {
  const bool has_models = asks_models(request.spec);
  if (has_models && request.model_options.empty())
    return fail(ErrorCode::unauthorized, "no language models are allowed here", "agents");
  CAUSAL_GYM_CHECKED(check_launched(request.spec));
  const auto now = clock_.now();
  const bool has_key = !request.idempotency_key.empty();
  if (has_key) CAUSAL_GYM_CHECKED(check_key(request.idempotency_key));
  const NewRun run{std::string(id_prefix) + (has_key ? name_of_key(request) : new_run_id(now)),
                   timestamp_text(now), request.spec, request.model_options};
  if (has_key) {
    CAUSAL_GYM_TRY(found, launched_before(run.id, request));
    if (found) return *std::move(found);
  }
  const JobOptions options{.trace_id = request.trace_id};
  CAUSAL_GYM_CHECKED(before(run.id));
  if (const auto made = store_.create_job(run, options); !made) {
    if (!has_key || made.error().code != ErrorCode::conflict) return fail(made.error());
    // Another request with this key came in between.
    CAUSAL_GYM_TRY(found, launched_before(run.id, request));
    if (found) return *std::move(found);
    return fail(made.error());
  }
  workers_.wake();
  return LaunchedRun{run.id};
}

}  // namespace causal_gym
