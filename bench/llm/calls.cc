// Calls to a provider on this machine that answers after a fixed time: processor time of a call
// against half a millisecond, and wall time against calls x latency / connections; the same calls
// with every exchange recorded in a SQLite file on a disk, in batches against one by one; and an
// experiment of few episodes against their requests one after another. Prints ratios; ends with 1
// when one is over its gate.
//
// The server runs on a thread of its own, whose processor time is not counted.
#include <sys/resource.h>
#include <time.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <functional>
#include <span>
#include <string>
#include <utility>

#include "gym/experiment/experiment.h"
#include "platform/config/temporary_folder.h"
#include "platform/llm/chat_agents.h"
#include "platform/llm/chat_client.h"
#include "platform/llm/loopback_server.h"
#include "platform/llm/tiny_provider.h"
#include "platform/store/exchange_store.h"
#include "platform/store/open_store.h"

namespace causal_gym {
namespace {

constexpr std::chrono::milliseconds usual_latency{50};
constexpr double most_cpu_seconds_of_a_call = 0.5e-3;
constexpr int repetitions = 3;

struct Workload {
  const char* name;
  int calls;
  int connections;
  bool stream;
  double most_wall_ratio;
  std::chrono::milliseconds latency = usual_latency;
  int least_at_once = 0;  // requests that were under way together, or the width was not used
};

// With 2,000 connections and 50 ms the ideal is 40,000 calls a second, 25 us each: no core can, so
// that the wall time is bounded by the processor, and its gate only says that nothing stalls. Where
// an answer takes half a second, as the quickest models do, 2,000 are sustained.
constexpr Workload workloads[] = {
    {"10,000 calls, 100 connections", 10'000, 100, false, 1.10},
    {"10,000 streams, 100 connections", 10'000, 100, true, 1.10},
    {"20,000 calls, 2,000 connections", 20'000, 2'000, false, 6.0},
    {"20,000 calls of 500 ms, 2,000 connections", 20'000, 2'000, false, 1.10,
     std::chrono::milliseconds(500), 2'000},
};

// The gate leaves room for a disk that is slower than this workload.
constexpr Workload recorded_workload = {"5,000 recorded calls, 100 connections", 5'000, 100, false,
                                        2.0};
// One by one, each exchange waits for the disk; what a batch saves depends on it. A quick disk
// hides that behind the latency of the calls, so that the time in the sink is compared.
constexpr double most_ratio_of_batches = 0.8;

double seconds_of(const timeval& time) {
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) * 1e-6;
}

double process_cpu_seconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return seconds_of(usage.ru_utime) + seconds_of(usage.ru_stime);
}

double thread_cpu_seconds() {
  timespec time{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) * 1e-9;
}

struct Measured {
  double wall_seconds = 0;
  double cpu_seconds = 0;  // of the client alone
  int replies = 0;
  int most_at_once = 0;
  double recording_seconds = 0;  // what the second thread spent in the sink
};

ChatCall call_number(const std::string& url, int number, bool stream) {
  ChatCall call;
  call.provider = &tiny_provider;
  call.endpoint.base_url = url;
  call.endpoint.key = Secret(std::string(planted_key));
  call.request.model = "m-1";
  // The size of a prompt of the gym.
  call.request.messages = {{ChatRole::user, std::string(2'000, 'x') + std::to_string(number)}};
  call.request.stream = stream;
  call.key = {"bench", number, 0, 0};
  return call;
}

Measured measure(const Workload& workload, const ExchangeSink& sink) {
  double server_cpu_seconds = 0;  // read and written by the server's thread, until it has ended
  Measured measured;
  const SystemClock clock;
  const double cpu_before = process_cpu_seconds();
  {
    LoopbackServer server([&](const LoopbackRequest& request) {
      server_cpu_seconds = thread_cpu_seconds();
      auto answer = tiny_answer(request);
      answer.pieces.front().delay = workload.latency;
      return answer;
    });
    ChatClientOptions options;
    options.width.most = workload.connections;
    options.sink = sink;
    std::atomic<int> replies = 0;
    const auto client = ChatClient::start(std::move(options), clock);
    if (!client) return measured;
    const Stopwatch watch(clock);
    for (int i = 0; i < workload.calls; ++i) {
      const auto done = [&](const ChatResult& result) {
        replies += std::holds_alternative<ChatReply>(result.outcome) ? 1 : 0;
      };
      if (!(*client)->submit(call_number(server.url(), i, workload.stream), done)) break;
    }
    (*client)->wait();
    measured.wall_seconds = std::chrono::duration<double>(watch.elapsed()).count();
    measured.replies = replies;
    measured.most_at_once = server.most_at_once();
  }
  measured.cpu_seconds = process_cpu_seconds() - cpu_before - server_cpu_seconds;
  return measured;
}

// The best of several runs, as other work on the machine only adds.
Measured best_of(const std::function<Measured()>& once) {
  auto best = once();
  for (int i = 1; i < repetitions; ++i) {
    const auto again = once();
    best.wall_seconds = std::min(best.wall_seconds, again.wall_seconds);
    best.cpu_seconds = std::min(best.cpu_seconds, again.cpu_seconds);
    best.recording_seconds = std::min(best.recording_seconds, again.recording_seconds);
    best.replies = std::min(best.replies, again.replies);
    best.most_at_once = std::max(best.most_at_once, again.most_at_once);
  }
  return best;
}

enum class Recording { together, one_by_one };

// The calls with each exchange recorded in a file of their own. Replies count only when as many
// exchanges are in it afterwards.
Measured measure_recorded(Recording recording) {
  const TemporaryFolder folder("/var/tmp");  // /tmp may be memory, which needs no fsync
  const auto path = folder.file("runs.sqlite");
  const auto runs = open_store(path);
  ExperimentSpec spec;
  spec.environments = {"chain-v1"};
  spec.agents = {"ideal"};
  if (!runs || !(*runs)->create_run({"bench", "2026-01-01T00:00:00Z", spec})) return {};
  const auto store = ExchangeStore::open(path);
  if (!store) return {};
  const auto record = [&](std::span<const Exchange> exchanges) -> Status {
    if (recording == Recording::together) return (*store)->record(exchanges, 0);
    for (const auto& exchange : exchanges) CAUSAL_GYM_CHECKED((*store)->record({&exchange, 1}, 0));
    return {};
  };
  const SystemClock clock;
  double recording_seconds = 0;  // of the client's second thread, which ends before it is read
  auto measured = measure(recorded_workload, [&](std::span<const Exchange> exchanges) {
    const Stopwatch watch(clock);
    auto recorded = record(exchanges);
    recording_seconds += std::chrono::duration<double>(watch.elapsed()).count();
    return recorded;
  });
  measured.recording_seconds = recording_seconds;
  const auto kept = (*store)->of_run("bench");
  measured.replies = std::min(measured.replies, kept ? static_cast<int>(kept->size()) : 0);
  return measured;
}

bool report(const std::string& name, double measured, double plain, double gate) {
  const bool passed = measured <= gate * plain;
  std::printf("%-44s %12.2f %12.2f %10.4f %10.4f%s\n", name.c_str(), measured * 1e6, plain * 1e6,
              measured / plain, gate, passed ? "" : "  OVER ITS GATE");
  return passed;
}

bool all_replied(const Workload& workload, const Measured& best) {
  if (best.replies == workload.calls) return true;
  std::printf("%s: %d replies\n", workload.name, best.replies);
  return false;
}

bool report_calls(const Workload& workload, const Measured& best) {
  if (!all_replied(workload, best)) return false;
  const double ideal = std::chrono::duration<double>(workload.latency).count() * workload.calls /
                       workload.connections;
  const std::string name = workload.name;
  bool passed = report(name + ": wall", best.wall_seconds, ideal, workload.most_wall_ratio);
  passed &= report(name + ": cpu of a call", best.cpu_seconds / workload.calls,
                   most_cpu_seconds_of_a_call, 1);
  const bool wide = best.most_at_once >= workload.least_at_once;
  std::printf("    at most %d at once%s\n", best.most_at_once, wide ? "" : "  UNDER ITS GATE");
  return passed && wide;
}

bool report_recording() {
  const auto together = best_of([] { return measure_recorded(Recording::together); });
  const auto alone = best_of([] { return measure_recorded(Recording::one_by_one); });
  bool passed = report_calls(recorded_workload, together);
  passed &= all_replied(recorded_workload, alone) &&
            report("batches: time against one by one", together.recording_seconds,
                   alone.recording_seconds, most_ratio_of_batches);
  return passed;
}

// Of each phase all beliefs are asked at once, so that an experiment of few episodes, which cannot
// fill the connections, takes as long as its phases and not as its requests.
constexpr std::int64_t few_episodes = 4;
constexpr double most_ratio_of_phases = 0.5;

Measured measure_few_episodes() {
  const SystemClock clock;
  std::atomic<int> calls = 0;
  LoopbackServer server([&](const LoopbackRequest&) {
    ++calls;
    auto answer = whole_answer(
        200, R"({"id":"c","object":"chat.completion","model":"m","choices":[{"index":0,)"
             R"("finish_reason":"stop","message":{"role":"assistant","content":"0.5"}}]})");
    answer.pieces.front().delay = usual_latency;
    return answer;
  });
  auto client = ChatClient::start({}, clock);
  if (!client) return {};
  ChatAgentOptions options;
  options.sources.variable = [](const std::string&) { return std::nullopt; };
  options.base_url = server.url();
  options.run = "bench";
  ChatAgents agents(options, [&](ChatCall call, ChatDone done) {
    return (*client)->submit(std::move(call), std::move(done));
  });
  ExperimentSpec spec;
  spec.environments = {"sprinkler-v1"};
  spec.agents = {"compatible/m"};
  spec.trials = few_episodes;
  ExperimentOptions experiment;
  experiment.correspondents = &agents;
  experiment.in_flight = 100;
  Measured measured;
  const Stopwatch watch(clock);
  const auto results = run_experiment(spec, {}, experiment);
  measured.wall_seconds = std::chrono::duration<double>(watch.elapsed()).count();
  if (!results) {
    std::printf("few episodes: %s\n", results.error().message.c_str());
    return {};
  }
  measured.replies = calls;
  measured.most_at_once = server.most_at_once();
  return measured;
}

bool report_few_episodes() {
  const auto best = best_of(measure_few_episodes);
  if (best.replies == 0) return false;
  const double in_turn = std::chrono::duration<double>(usual_latency).count() * best.replies /
                         static_cast<double>(few_episodes);
  const auto name = std::to_string(few_episodes) + " episodes, " + std::to_string(best.replies) +
                    " calls: against in turn";
  return report(name, best.wall_seconds, in_turn, most_ratio_of_phases);
}

int run() {
  std::printf("%-44s %12s %12s %10s %10s\n", "", "us", "plain us", "ratio", "gate");
  bool passed = true;
  for (const auto& workload : workloads)
    passed &= report_calls(workload, best_of([&] { return measure(workload, {}); }));
  passed &= report_recording();
  passed &= report_few_episodes();
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  std::printf("    most memory %ld MB\n", usage.ru_maxrss / 1'024);
  return passed ? 0 : 1;
}

}  // namespace
}  // namespace causal_gym

int main() { return causal_gym::run(); }
