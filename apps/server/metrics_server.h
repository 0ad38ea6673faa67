// GET /metrics on a listener of its own: of a server, and of a worker that is given a port for it.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>

#include "engine/base/result.h"
#include "platform/config/configuration.h"
#include "platform/http/http_server.h"
#include "platform/store/job_store.h"
#include "platform/telemetry/metrics.h"

namespace causal_gym {

// At metrics.address, or else the server's. `refresh` sets what is measured only when somebody
// asks. Errors: those of HttpServer::start.
[[nodiscard]] Result<std::unique_ptr<HttpServer>> start_metrics_server(
    const Configuration& config, std::uint16_t port, const Metrics& metrics,
    std::function<void()> refresh);

// What the queue holds now. When that cannot be had, the figures of before stay.
void measure_queue(JobStore& store, Metrics& metrics);

}  // namespace causal_gym
