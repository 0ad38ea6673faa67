// What CallFlow knows of a lane and of a call. Part of it.
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "platform/llm/call_flow.h"

namespace causal_gym {

inline constexpr const char* time_of_call_is_used_up = "the time of the call is used up";

struct CallFlow::Lane {
  Lane(std::string its_name, const WidthOptions& options)
      : name(std::move(its_name)), width(options) {}
  const std::string name;  // the same in every process
  Width width;
  int in_flight = 0;
  bool held = false;  // until others are asked again
  std::deque<CallPointer> ready;
  std::optional<ChatFailure> stopped;  // why nothing more is sent
  std::map<std::string, ChatFailure> stopped_models;
  int failures = 0;  // of calls by outages, since one was answered
};

struct CallFlow::Call {
  Call(PreparedCall prepared_call, Lane& its_lane, RetryPolicy retry_policy)
      : prepared(std::move(prepared_call)), lane(its_lane), retry(retry_policy) {}

  [[nodiscard]] const ChatCall& asked() const { return prepared.call; }
  [[nodiscard]] Exchange& exchange() { return prepared.exchange; }
  [[nodiscard]] bool is_under_way() const { return transfer != 0 || is_asking; }

  PreparedCall prepared;
  Lane& lane;
  RetryPolicy retry;
  ChatCapabilities capabilities;
  Charge worst;
  std::unique_ptr<ChatStreamReader> reader;
  std::optional<double> deadline_seconds;  // from the first request on
  std::uint64_t transfer = 0;              // 0: nothing is under way
  bool is_asking = false;                  // others whether it may be sent
  double waited_seconds = 0;               // before the next attempt
  double cost_usd = 0;
  bool cost_is_known = true;
  int attempts = 0;  // but those that a refused parameter ended
  int fallbacks = 0;
  bool cancelled = false;
  bool ended = false;  // it may still stand in its lane, which passes over it
};

}  // namespace causal_gym
