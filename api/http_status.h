// The HTTP status of each error code: the one table that the server and the API's document share.
#pragma once

#include "engine/base/check.h"
#include "engine/base/result.h"

namespace causal_gym {

[[nodiscard]] inline int http_status(ErrorCode code) {
  switch (code) {
    case ErrorCode::parse_error:
    case ErrorCode::unknown_name:
    case ErrorCode::invalid_argument:
    case ErrorCode::cyclic_graph: return 400;
    case ErrorCode::unauthorized: return 401;
    case ErrorCode::not_found: return 404;
    case ErrorCode::conflict: return 409;
    case ErrorCode::limit_exceeded: return 413;
    case ErrorCode::zero_probability:
    case ErrorCode::not_determined: return 422;
    case ErrorCode::cancelled:
    case ErrorCode::unavailable: return 503;
  }
  CHECK(false);
}

}  // namespace causal_gym
