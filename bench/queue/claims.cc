// The queue of jobs with 100,000 that wait, on SQLite and PostgreSQL: the time to claim a job among
// many at once, against one by one; and one by one where 100,000 wait, against where 1,000 do, as
// nothing that waits is sorted or read. Prints microseconds a job and ratios; ends with 1 when one
// is over its gate, or a job was not claimed exactly once and in its turn.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <string>
#include <vector>

#include "platform/config/temporary_folder.h"
#include "platform/store/open_store.h"
#include "platform/store/sample_run.h"
#include "tests/store/postgres_server.h"

namespace causal_gym {
namespace {

constexpr int many = 100'000;
constexpr int few = 1'000;
constexpr int claims_one_by_one = 500;
constexpr int claims_in_batches = 10'000;
constexpr std::size_t batch = 500;
constexpr int repetitions = 3;
// A claim reaches the disk. A quick disk leaves what the statements take.
constexpr double most_ratio_of_batches = 0.3;
constexpr double most_ratio_of_many = 1.5;

// So many copies of the first job, a turn after another.
bool fill(const std::string& target, int jobs) {
  const auto store = open_store(target);
  if (!store ||
      !(*store)->create_job({"r", "2026-01-01T00:00:00.000Z", SampleRun(1).specification()}, {}))
    return false;
  const auto database = open_database(target, {});
  if (!database) return false;
  const std::string numbers =
      "WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1"
      " FROM numbers WHERE n < " +
      std::to_string(jobs - 1) + ")";
  const std::string runs =
      "INSERT INTO experiments (id, created_at, specification, episodes_planned) " + numbers +
      " SELECT 'r' || n, created_at, specification, episodes_planned FROM experiments, numbers"
      " WHERE id = 'r' ORDER BY n;";
  const std::string queued =
      "INSERT INTO jobs (experiment, user_id, trace_id, turn) SELECT number, '', '', number"
      " FROM experiments WHERE id <> 'r';";
  return (*database)->execute(runs).has_value() && (*database)->execute(queued).has_value();
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

struct Times {
  double one_by_one = 0;
  double in_batches = 0;
};

// The least of several repetitions on one queue.
Times measure(const std::string& target, int jobs, bool with_batches) {
  if (!fill(target, jobs)) return {-1, -1};
  const auto store = open_store(target);
  if (!store) return {-1, -1};
  int next = 0;
  Times best{1e9, 1e9};
  const int claims = jobs == few ? few / repetitions : claims_one_by_one;
  for (int i = 0; i < repetitions; ++i) {
    best.one_by_one = std::min(best.one_by_one, claim(**store, claims, 1, next));
    if (with_batches)
      best.in_batches = std::min(best.in_batches, claim(**store, claims_in_batches, batch, next));
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

bool report_store(const std::string& name, const std::string& with_many,
                  const std::string& with_few) {
  const auto among_many = measure(with_many, many, /*with_batches=*/true);
  const auto among_few = measure(with_few, few, /*with_batches=*/false);
  const bool batches = report(name + ": in batches of " + std::to_string(batch) + ", one by one",
                              among_many.in_batches, among_many.one_by_one, most_ratio_of_batches);
  return report(name + ": where 100,000 wait, 1,000", among_many.one_by_one, among_few.one_by_one,
                most_ratio_of_many) &&
         batches;
}

}  // namespace
}  // namespace causal_gym

int main() {
  using namespace causal_gym;
  const TemporaryFolder folder("/var/tmp");  // /tmp may be memory, which needs no fsync
  std::printf("%-44s %12s %12s %10s %10s\n", "claiming a job", "us", "plain us", "ratio", "gate");
  bool passed = report_store("SQLite", folder.file("many.sqlite"), folder.file("few.sqlite"));
  auto& server = postgres_server();
  passed &= report_store("PostgreSQL", server.new_database(), server.new_database());
  return passed ? 0 : 1;
}
