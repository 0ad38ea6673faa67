#include "apps/server/ops_figures.h"

#include <cmath>
#include <functional>
#include <initializer_list>
#include <optional>

#include "apps/server/ops_rates.h"

namespace causal_gym {

namespace {

using Samples = std::span<const OpsSample>;

// The value of a point, from the samples of the minute before it, the last of which is its own.
using PointValue = std::function<std::optional<double>(Samples)>;

struct LineRule {
  std::string name;
  PointValue value;
  bool is_fault = false;
};

PointValue rate(std::initializer_list<OpsNumber> counters, double seconds = 1) {
  return [counters = std::vector(counters), seconds](Samples window) -> std::optional<double> {
    const double duration = duration_seconds(window);
    if (!(duration > 0)) return std::nullopt;
    double sum = 0;
    for (const auto counter : counters) sum += increase(window, counter).value_or(0);
    return sum / duration * seconds;
  };
}

PointValue gauge(OpsNumber number) {
  return [number](Samples window) -> std::optional<double> {
    const double value = window.back()[number];
    return std::isnan(value) ? std::nullopt : std::optional(value);
  };
}

// Of the minute's increase of `all`, the share that was `part`.
PointValue share(OpsNumber part, std::vector<OpsNumber> all) {
  return [part, all = std::move(all)](Samples window) -> std::optional<double> {
    double sum = 0;
    for (const auto counter : all) sum += increase(window, counter).value_or(0);
    if (!(sum > 0)) return std::nullopt;
    return increase(window, part).value_or(0) / sum;
  };
}

PointValue time_of(OpsTimes which, double quantile_share) {
  return [=](Samples window) { return quantile(quantile_share, increase(window, which)); };
}

PointValue failures(OpsNumber all, OpsNumber well, double seconds) {
  return [=](Samples window) -> std::optional<double> {
    const double duration = duration_seconds(window);
    if (!(duration > 0)) return std::nullopt;
    return (increase(window, all).value_or(0) - increase(window, well).value_or(0)) / duration *
           seconds;
  };
}

std::vector<LineRule> times(OpsTimes which) {
  return {{"half within", time_of(which, 0.5)},
          {"95 % within", time_of(which, 0.95)},
          {"99 % within", time_of(which, 0.99)}};
}

// Draws lines over the samples.
class Drafter {
 public:
  Drafter(Samples samples, std::chrono::nanoseconds now) : samples_(samples), now_(now) {}

  [[nodiscard]] Chart chart(Chart frame, const std::vector<LineRule>& rules) const {
    const bool is_young =
        samples_.empty() || seconds(now_ - samples_[0].at) < ops_short_span_seconds;
    frame.span_seconds = is_young ? ops_short_span_seconds : ops_long_span_seconds;
    for (const auto& rule : rules)
      frame.lines.push_back({rule.name, points(rule.value), rule.is_fault});
    return frame;
  }

 private:
  [[nodiscard]] std::vector<ChartPoint> points(const PointValue& value) const {
    std::vector<ChartPoint> found;
    std::size_t first = 0;
    for (std::size_t i = 0; i < samples_.size(); ++i) {
      // A sample that was taken a little late still counts.
      while (seconds_between(first, i) > ops_look_back_seconds + 1) ++first;
      const auto point = value(samples_.subspan(first, i - first + 1));
      if (point) found.push_back({seconds(now_ - samples_[i].at), *point});
    }
    return found;
  }
  [[nodiscard]] double seconds_between(std::size_t from, std::size_t to) const {
    return seconds(samples_[to].at - samples_[from].at);
  }
  static double seconds(std::chrono::nanoseconds duration) {
    return std::chrono::duration<double>(duration).count();
  }

  const Samples samples_;
  const std::chrono::nanoseconds now_;
};

OpsSection requests(const Drafter& draft) {
  using N = OpsNumber;
  return {"Requests",
          {draft.chart({"requests",
                        "Requests",
                        "requests",
                        ChartUnit::per_second,
                        {},
                        "Answered requests by the class of their status: 2xx well, 3xx elsewhere, "
                        "4xx the client's fault, 5xx the server's."},
                       {{"2xx", rate({N::requests_2xx})},
                        {"3xx", rate({N::requests_3xx})},
                        {"4xx", rate({N::requests_4xx})},
                        {"5xx", rate({N::requests_5xx}), true}}),
           draft.chart({"request-time",
                        "Time of a request",
                        "",
                        ChartUnit::seconds,
                        {},
                        "From a request's last byte to its response."},
                       times(OpsTimes::requests)),
           draft.chart({"request-failures",
                        "Requests that failed",
                        "",
                        ChartUnit::share,
                        {},
                        "The share of requests that the server could not answer (5xx)."},
                       {{"failed",
                         share(N::requests_5xx, {N::requests_2xx, N::requests_3xx, N::requests_4xx,
                                                 N::requests_5xx}),
                         true}})}};
}

OpsSection answers(const Drafter& draft) {
  using N = OpsNumber;
  return {"Causal answers",
          {draft.chart(
               {"answers",
                "Causal questions",
                "questions",
                ChartUnit::per_second,
                {},
                "Operations of the engine that were answered, and those with an error."},
               {{"answered", rate({N::answers_ok})}, {"error", rate({N::answers_error}), true}}),
           draft.chart({"answer-time",
                        "Time of an answer",
                        "",
                        ChartUnit::seconds,
                        {},
                        "From a question to the engine's answer, kept ones among them."},
                       times(OpsTimes::answers)),
           draft.chart({"known-answers",
                        "Known answers right",
                        "",
                        ChartUnit::share,
                        {},
                        "Of the causal questions whose answers were worked out by hand, the share "
                        "that the engine gets right. Anything below all is an alarm."},
                       {{"right", gauge(N::self_check_ratio)}})}};
}

OpsSection runs(const Drafter& draft) {
  using N = OpsNumber;
  return {"Runs",
          {draft.chart({"queue",
                        "Runs in the queue",
                        "runs",
                        ChartUnit::count,
                        {},
                        "Runs of all servers and workers, by state."},
                       {{"waiting", gauge(N::queue_waiting)},
                        {"running", gauge(N::queue_running)},
                        {"paused", gauge(N::queue_paused)}}),
           draft.chart({"active",
                        "Runs carried out here",
                        "runs",
                        ChartUnit::count,
                        {},
                        "Runs that this server carries out itself."},
                       {{"here", gauge(N::active_runs)}}),
           draft.chart({"ended",
                        "Runs ended here",
                        "runs",
                        ChartUnit::per_minute,
                        {},
                        "Runs that ended on this server, by how."},
                       {{"finished", rate({N::runs_finished}, 60)},
                        {"cancelled", rate({N::runs_cancelled}, 60)},
                        {"failed", rate({N::runs_failed}, 60), true}}),
           draft.chart({"oldest",
                        "Oldest waiting run",
                        "",
                        ChartUnit::seconds,
                        {},
                        "How long the run that has waited longest for its first turn has waited."},
                       {{"waits", gauge(N::queue_oldest_seconds)}})}};
}

OpsSection language_models(const Drafter& draft) {
  using N = OpsNumber;
  constexpr double minute = 60, hour = 3'600;
  return {"Language models",
          {draft.chart({"llm",
                        "Calls",
                        "calls",
                        ChartUnit::per_minute,
                        {},
                        "Requests of this server to providers of models, by how they ended."},
                       {{"answered", rate({N::llm_ok}, minute)},
                        {"error", failures(N::llm_all, N::llm_ok, minute), true}}),
           draft.chart({"llm-time",
                        "Time of a call",
                        "",
                        ChartUnit::seconds,
                        {},
                        "From a request to a provider to the end of its reply."},
                       times(OpsTimes::llm)),
           draft.chart({"llm-cost",
                        "Cost",
                        "",
                        ChartUnit::dollars,
                        {},
                        "What the calls cost, where prices are known, at the pace of the minute."},
                       {{"cost", rate({N::llm_dollars}, hour)}})}};
}

OpsSection storage(const Drafter& draft) {
  using N = OpsNumber;
  return {"Cache and store",
          {draft.chart({"cache",
                        "Answers found in a cache",
                        "",
                        ChartUnit::share,
                        {},
                        "Of the looks for a kept answer, the share that found one."},
                       {{"memory", share(N::memory_hits, {N::memory_looks})},
                        {"redis", share(N::redis_hits, {N::redis_looks})}}),
           draft.chart({"store",
                        "Calls of the store",
                        "calls",
                        ChartUnit::per_second,
                        {},
                        "Calls of the database: ok; refused, as what is asked for cannot be; "
                        "failed, as it could not be reached."},
                       {{"ok", rate({N::store_ok})},
                        {"refused", rate({N::store_refused})},
                        {"failed", rate({N::store_error}), true}}),
           draft.chart({"store-time",
                        "Time of a call of the store",
                        "",
                        ChartUnit::seconds,
                        {},
                        "From a call of the database to its answer."},
                       times(OpsTimes::store))}};
}

OpsSection process(const Drafter& draft) {
  using N = OpsNumber;
  return {"This process",
          {draft.chart(
               {"memory", "Memory", "", ChartUnit::bytes, {}, "Resident memory of the process."},
               {{"resident", gauge(N::resident_bytes)}}),
           draft.chart({"processor",
                        "Processor",
                        "",
                        ChartUnit::cores,
                        {},
                        "Processors that the process keeps busy: 1 is one of them all the time."},
                       {{"busy", rate({N::cpu_seconds})}}),
           draft.chart({"open-files",
                        "Open files and connections",
                        "open",
                        ChartUnit::count,
                        {},
                        "File descriptors in use: one for each connection, and for each file."},
                       {{"open", gauge(N::open_files)}})}};
}

}  // namespace

std::vector<OpsSection> ops_figures(Samples samples, std::chrono::nanoseconds now) {
  const Drafter draft(samples, now);
  return {requests(draft),        answers(draft), runs(draft),
          language_models(draft), storage(draft), process(draft)};
}

}  // namespace causal_gym
