#include "engine/base/cancellation.h"

namespace causal_gym {

Status CancellationToken::check() const {
  if (cancelled()) return fail(ErrorCode::cancelled, "the computation was cancelled");
  return {};
}

}  // namespace causal_gym
