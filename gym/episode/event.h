// The events of an episode: the only truth about what happened. Deterministic; no clock, no truth
// values.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include <span>

#include "gym/interface/observation.h"

namespace causal_gym {

struct EpisodeStarted {
  std::string environment;  // id
  std::string interface;    // name
  std::string agent;        // as make_agent reads it
  std::uint64_t seed = 0;
  std::vector<std::string> interventions;  // the protocol, canonical texts
  std::vector<std::string> queries;
  friend bool operator==(const EpisodeStarted&, const EpisodeStarted&) = default;
};
struct ObservationShown {
  Observation observation;
  friend bool operator==(const ObservationShown&, const ObservationShown&) = default;
};
struct BeliefRequested {
  std::string query;
  friend bool operator==(const BeliefRequested&, const BeliefRequested&) = default;
};
struct BeliefStated {
  std::string query;
  double value = 0;  // within the question's range
  friend bool operator==(const BeliefStated&, const BeliefStated&) = default;
};
struct BeliefRefused {
  std::string query;
  std::string reason;
  friend bool operator==(const BeliefRefused&, const BeliefRefused&) = default;
};
struct BeliefUnparseable {
  std::string query;
  std::string text;    // what was said instead; a number outside the range is said here too
  std::string reason;  // why it is no belief; empty in logs that did not keep it
  friend bool operator==(const BeliefUnparseable&, const BeliefUnparseable&) = default;
};
struct ActionTaken {  // by the agent, in protocols that let it choose; the scripted one does not
  std::string action;
  friend bool operator==(const ActionTaken&, const ActionTaken&) = default;
};
struct InterventionApplied {  // the event's regime is now in force
  friend bool operator==(const InterventionApplied&, const InterventionApplied&) = default;
};
struct DataDrawn {  // one unit under the regime; observed variables only
  std::vector<ShownValue> values;
  friend bool operator==(const DataDrawn&, const DataDrawn&) = default;
};
struct AgentError {
  std::string query;
  Error error;
  friend bool operator==(const AgentError&, const AgentError&) = default;
};
struct EpisodeEnded {
  friend bool operator==(const EpisodeEnded&, const EpisodeEnded&) = default;
};

using EventContent = std::variant<EpisodeStarted, ObservationShown, BeliefRequested, BeliefStated,
                                  BeliefRefused, BeliefUnparseable, ActionTaken,
                                  InterventionApplied, DataDrawn, AgentError, EpisodeEnded>;

struct EpisodeEvent {
  std::int64_t sequence = 0;  // 0, 1, 2, ... within the episode
  int phase = 0;              // 0: before any intervention
  std::string regime;         // in force, canonical text; empty: observational
  EventContent content;
  friend bool operator==(const EpisodeEvent&, const EpisodeEvent&) = default;
};

// "episode_started", "observation_shown", ... in the order of EventContent.
[[nodiscard]] std::string_view event_kind_name(const EventContent& content);
[[nodiscard]] std::span<const std::string_view> event_kind_names();

// One event as readable text: a line, or for an observation also the lines it renders to, indented;
// ends with a newline. Numbers are written so that they read back to the same double.
[[nodiscard]] std::string event_text(const EpisodeEvent& event);
[[nodiscard]] std::string log_text(std::span<const EpisodeEvent> events);

}  // namespace causal_gym
