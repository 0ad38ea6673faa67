// Random runs, logs and results for tests: every kind of event, awkward texts, numbers of any bits.
#pragma once

#include <bit>
#include <cmath>

#include "engine/base/rng.h"
#include "gym/experiment/run_store.h"

namespace causal_gym {

class SampleRun {
 public:
  explicit SampleRun(std::uint64_t seed) : rng_(seed, stream_of("sample run")) {}

  std::size_t below(std::size_t bound) { return static_cast<std::size_t>(rng_.below(bound)); }
  bool coin() { return below(2) == 1; }

  std::string text() {
    static const std::vector<std::string> pieces = {
        "a", "rain", " ", "'", "\"", "\\", "\n", "%", "é", "\u2192", "{", "null", "P(x | do(y=1))"};
    std::string text;
    for (std::size_t i = below(5); i > 0; --i) text += pieces[below(pieces.size())];
    return text;
  }

  // Bytes that are no text at all: an agent may say anything.
  std::string bytes() {
    std::string bytes = text();
    if (coin()) bytes += std::string("\xff\x00\xc3", 3) + text();
    return bytes;
  }

  double number() {
    for (;;) {
      const double number = std::bit_cast<double>(rng_.next_bits());
      if (std::isfinite(number)) return number;
    }
  }

  double belief() {
    constexpr double edges[] = {0.0, 1.0, 5e-324, 0.1, 1.0 / 3.0};
    return coin() ? rng_.uniform() : edges[below(5)];
  }

  std::vector<std::string> texts() {
    std::vector<std::string> texts(below(3));
    for (std::string& each : texts) each = text();
    return texts;
  }

  std::vector<ShownValue> values() {
    std::vector<ShownValue> values(below(3));
    for (ShownValue& value : values) value = {text(), text()};
    return values;
  }

  ExperimentSpec specification() {
    ExperimentSpec spec;
    spec.environments = {"chain-v1", "asia-v1"};
    spec.agents = {"ideal", "noisy_ideal(0.1)"};
    spec.interface = text();
    if (coin()) spec.interventions = texts();
    if (coin()) spec.beliefs = texts();
    spec.first_seed = rng_.next_bits() >> 1;
    spec.trials = 3;
    return spec;
  }

  EpisodePlan plan(std::int64_t index) {
    return {index, "chain-v1", "agent " + text(), index, rng_.next_bits() >> 1};
  }

  ShownComponent component() {
    switch (below(6)) {
      case 0: return ShownStory{text(), text(), {{text(), text(), texts()}}};
      case 1: return ShownGraph{text()};
      case 2: {
        const bool has_value = coin();
        return ShownCorrelations{
            {{text(), texts(), {number(), belief()}}},
            {{text(), text(), has_value ? std::optional(number()) : std::nullopt, coin()}}};
      }
      case 3: return ShownUnit{values()};
      case 4: return ShownButtons{{{text(), text()}}};
      default: return ShownQueries{texts()};
    }
  }

  // Any kind but episode_ended.
  EventContent content() {
    switch (below(10)) {
      case 0: return EpisodeStarted{text(), text(), text(), rng_.next_bits(), texts(), texts()};
      case 1:
        return ObservationShown{{static_cast<int>(below(3)), text(), {component(), component()}}};
      case 2: return BeliefRequested{text()};
      case 3: return BeliefStated{text(), coin() ? belief() : number()};
      case 4: return BeliefRefused{text(), bytes()};
      case 5: return BeliefUnparseable{text(), bytes(), coin() ? text() : ""};
      case 6: return ActionTaken{bytes()};
      case 7: return InterventionApplied{};
      case 8: return DataDrawn{values()};
      default: return AgentError{text(), {all_error_codes[below(12)], bytes(), text(), text()}};
    }
  }

  EpisodeEvent event(std::int64_t sequence) {
    return {sequence, static_cast<int>(below(4)), text(), content()};
  }

  std::vector<EpisodeEvent> events(std::int64_t first, std::size_t count) {
    std::vector<EpisodeEvent> events;
    for (std::size_t i = 0; i < count; ++i)
      events.push_back(event(first + static_cast<std::int64_t>(i)));
    return events;
  }

  static EpisodeEvent end(std::int64_t sequence) { return {sequence, 0, "", EpisodeEnded{}}; }

  BeliefMeasurement measurement() {
    BeliefMeasurement each;
    each.phase = static_cast<int>(below(3));
    each.query = text();
    each.regime = text();
    each.outcome = static_cast<BeliefOutcome>(below(5));
    if (each.outcome == BeliefOutcome::stated) each.belief = belief();
    each.truth = belief();
    if (coin()) each.seeing = belief();
    if (coin()) each.before = belief();
    if (coin()) each.range = {-2.5, 1.5};
    each.causal = coin();
    each.discriminating = coin();
    return each;
  }

  EpisodeResult result(const EpisodePlan& plan) {
    EpisodeResult result;
    result.plan = plan;
    result.scores.scores = {{"causal_score", belief()}, {"brier_regret", std::nullopt}};
    result.scores.counts = {7, 4, 1, 0, 0, 2};
    for (std::size_t i = below(4); i > 0; --i) result.beliefs.push_back(measurement());
    for (std::size_t i = below(3); i > 0; --i)
      result.interventions.push_back({static_cast<int>(below(3)), text(), values()});
    return result;
  }

 private:
  Rng rng_;
};

}  // namespace causal_gym
