// The queue of jobs with 100,000 that wait, on SQLite and PostgreSQL: the time to claim a job among
// many at once, against one by one; and one by one where 100,000 wait, against where 1,000 do, as
// nothing that waits is sorted or read; and on PostgreSQL how many jobs a second several who claim
// at once are handed, of 200,000 that wait, one by one and in batches, of which one must be within
// its gate. Prints microseconds a job and ratios, then jobs a second; ends with 1 when a ratio is
// over its gate, both rates are under theirs, or a job was not claimed exactly once and, by one who
// claims, in its turn.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <memory>
#include <set>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "platform/config/temporary_folder.h"
#include "platform/store/open_store.h"
#include "platform/store/sample_run.h"
#include "tests/store/postgres_server.h"

namespace causal_gym {
namespace {

constexpr int many = 100'000;
constexpr int few = 1'000;
constexpr int most_in_a_statement = 20'000;
constexpr int wait_for_several = 200'000;
constexpr int claims_one_by_one = 500;
constexpr int claims_in_batches = 10'000;
constexpr std::size_t batch = 500;
constexpr int repetitions = 3;
constexpr int claimants = 8;
constexpr int batched_of_each = 4'000;
constexpr double least_one_by_one = 3'000;  // a second
constexpr double least_in_batches = 20'000;
// A claim reaches the disk. A quick disk leaves what the statements take.
constexpr double most_ratio_of_batches = 0.3;
constexpr double most_ratio_of_many = 2.0;

// So many copies of the first job, a turn after another.
bool fill(const std::string& target, int jobs) {
  const auto store = open_store(target);
  if (!store ||
      !(*store)->create_job({"r", "2026-01-01T00:00:00.000Z", SampleRun(1).specification()}, {}))
    return false;
  const auto database = open_database(target, {});
  if (!database) return false;
  for (int first = 1; first < jobs; first += most_in_a_statement) {
    const int last = std::min(jobs, first + most_in_a_statement) - 1;
    const std::string runs =
        "WITH RECURSIVE numbers(n) AS (SELECT " + std::to_string(first) +
        " UNION ALL SELECT n + 1 FROM numbers WHERE n < " + std::to_string(last) +
        ") INSERT INTO experiments (id, created_at, specification, episodes_planned)"
        " SELECT 'r' || n, created_at, specification, episodes_planned FROM experiments, numbers"
        " WHERE id = 'r' ORDER BY n;";
    if (!(*database)->execute(runs)) return false;
  }
  const std::string queued =
      "INSERT INTO jobs (experiment, user_id, trace_id, turn) SELECT number, '', '', number"
      " FROM experiments WHERE id <> 'r';";
  // As PostgreSQL does by itself within a minute; without, its plans are those of an empty queue.
  return (*database)->execute(queued).has_value() && (*database)->execute("ANALYZE").has_value();
}

// Seconds of a claim; negative when it did not go as it must.
double claim(JobStore& store, int claims, std::size_t at_once, int& next) {
  std::vector<Job> taken;
  const auto begun = std::chrono::steady_clock::now();
  for (int i = 0; i < claims; i += static_cast<int>(at_once)) {
    auto jobs = store.take_jobs(at_once);
    if (!jobs || jobs->size() != at_once) return -1;
    for (auto& job : *jobs) taken.push_back(std::move(job));
  }
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begun;
  for (const auto& job : taken) {
    const auto expected = next == 0 ? "r" : "r" + std::to_string(next);
    if (job.run != expected) {
      std::printf("'%s' came where it was the turn of '%s'\n", job.run.c_str(), expected.c_str());
      return -1;
    }
    ++next;
  }
  return took.count() / claims;
}

struct Queue {
  std::unique_ptr<JobStore> store;
  int next = 0;  // whose turn it is
};

Queue filled(const std::string& target, int jobs) {
  if (!fill(target, jobs)) return {};
  auto store = open_store(target);
  return store ? Queue{*std::move(store)} : Queue{};
}

struct Times {
  double one_by_one = 1e9;
  double in_batches = 1e9;
  double among_few = 1e9;
};

// The least of several repetitions, side by side, as what else the disk does changes.
Times measure(Queue& many_wait, Queue& few_wait) {
  Times best;
  const auto keep = [](double& least, double seconds) { least = std::min(least, seconds); };
  for (int i = 0; i < repetitions; ++i) {
    keep(best.one_by_one, claim(*many_wait.store, claims_one_by_one, 1, many_wait.next));
    keep(best.among_few, claim(*few_wait.store, few / (repetitions + 1), 1, few_wait.next));
    keep(best.in_batches, claim(*many_wait.store, claims_in_batches, batch, many_wait.next));
  }
  return best;
}

bool report(const std::string& name, double measured, double plain, double gate) {
  const bool is_right = measured > 0 && plain > 0;
  const bool passed = is_right && measured <= gate * plain;
  std::printf("%-44s %12.2f %12.2f %10.4f %10.4f%s\n", name.c_str(), measured * 1e6, plain * 1e6,
              measured / plain, gate, passed ? "" : "  OVER ITS GATE");
  return passed;
}

// Jobs a second that are handed to several at once, each with connections of its own; negative when
// one of them failed or two had the same job.
double handed_out(const std::string& target, int each, std::size_t at_once) {
  std::vector<std::unique_ptr<JobStore>> stores;
  for (int i = 0; i < claimants; ++i) {
    auto store = open_store(target);
    if (!store) return -1;
    stores.push_back(*std::move(store));
  }
  std::vector<std::vector<std::string>> taken(claimants);
  std::vector<std::thread> threads;
  for (auto& store : stores)  // which connects, and looks after runs
    if (const auto jobs = store->take_jobs(at_once); !jobs || jobs->empty()) return -1;
  const auto begun = std::chrono::steady_clock::now();
  for (std::size_t i = 0; i < claimants; ++i)
    threads.emplace_back([&, i] {
      while (taken[i].size() < static_cast<std::size_t>(each)) {
        const auto jobs = stores[i]->take_jobs(at_once);
        if (!jobs || jobs->empty()) return;
        for (const auto& job : *jobs) taken[i].push_back(job.run);
      }
    });
  for (auto& thread : threads) thread.join();
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begun;
  std::set<std::string> runs;
  std::size_t count = 0;
  for (const auto& some : taken) {
    count += some.size();
    runs.insert(some.begin(), some.end());
  }
  if (runs.size() != count || count < claimants * static_cast<std::size_t>(each)) return -1;
  return static_cast<double>(count) / took.count();
}

bool report_rate(const std::string& name, double rate, double least) {
  std::printf("%-44s %12.0f %12.0f %10.4f %10.4f\n", name.c_str(), rate, least, rate / least, 1.0);
  return rate >= least;
}

bool report_rates(const std::string& target) {
  if (!fill(target, wait_for_several)) return false;
  std::printf("%-44s %12s %12s %10s %10s\n", "jobs that 8 are handed", "a second", "least a s",
              "ratio", "gate");
  double single = 0, batched = 0;
  for (int i = 0; i < repetitions; ++i) {
    const double one_by_one = handed_out(target, claims_one_by_one, 1);
    const double in_batches = handed_out(target, batched_of_each, batch);
    if (one_by_one < 0 || in_batches < 0) return false;
    single = std::max(single, one_by_one);
    batched = std::max(batched, in_batches);
  }
  const bool one_by_one = report_rate("PostgreSQL: one by one", single, least_one_by_one);
  const bool in_batches =
      report_rate("PostgreSQL: in batches of " + std::to_string(batch), batched, least_in_batches);
  if (!one_by_one && !in_batches) std::printf("BOTH UNDER THEIR GATES: one of them is needed\n");
  return one_by_one || in_batches;
}

bool report_store(const std::string& name, const std::string& with_many,
                  const std::string& with_few) {
  auto many_wait = filled(with_many, many);
  auto few_wait = filled(with_few, few);
  if (!many_wait.store || !few_wait.store) return false;
  const auto best = measure(many_wait, few_wait);
  const bool batches = report(name + ": in batches of " + std::to_string(batch) + ", one by one",
                              best.in_batches, best.one_by_one, most_ratio_of_batches);
  return report(name + ": where 100,000 wait, 1,000", best.one_by_one, best.among_few,
                most_ratio_of_many) &&
         batches;
}

}  // namespace
}  // namespace causal_gym

int main() {
  using namespace causal_gym;
  const TemporaryFolder folder("/var/tmp");  // /tmp may be memory, which needs no fsync
  auto& server = postgres_server();  // before anything is printed, which its start would print too
  std::printf("%-44s %12s %12s %10s %10s\n", "claiming a job", "us", "plain us", "ratio", "gate");
  bool passed = report_store("SQLite", folder.file("many.sqlite"), folder.file("few.sqlite"));
  passed &= report_store("PostgreSQL", server.new_database(), server.new_database());
  passed &= report_rates(server.new_database());
  return passed ? 0 : 1;
}
