// What the client of models tells an operator of each request to a provider: counts, and a line
// "llm_error" in the log when it failed, which names the provider before the word error.
//
// Such a line is a warning where the same request may yet succeed, and an error where it will not.
// Cost: three counts a request, one line a failure.
#pragma once

#include <string>

#include "platform/llm/chat_client.h"
#include "platform/telemetry/log.h"
#include "platform/telemetry/metrics.h"

namespace causal_gym {

// For ChatClientOptions::observer. Metrics and logger outlive the client; `trace_id`, of the
// request that the calls are made for, stands in the lines and may be empty.
[[nodiscard]] AttemptObserver attempts_told_to(Metrics& metrics, Logger& logger,
                                               std::string trace_id);

// The values of the labels `provider` and `status`.
[[nodiscard]] std::vector<std::string> llm_provider_names();
[[nodiscard]] std::vector<std::string> llm_status_names();  // "ok", and each kind of failure

}  // namespace causal_gym
