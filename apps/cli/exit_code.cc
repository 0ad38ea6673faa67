#include "apps/cli/exit_code.h"

#include "engine/base/check.h"

namespace causal_gym {

int exit_code(ErrorCode code) {
  switch (code) {
    case ErrorCode::parse_error:
    case ErrorCode::unknown_name:
    case ErrorCode::invalid_argument:
    case ErrorCode::cyclic_graph: return exit_usage;
    case ErrorCode::zero_probability:
    case ErrorCode::not_determined: return 3;
    case ErrorCode::limit_exceeded: return 4;
    case ErrorCode::not_found: return 5;
    case ErrorCode::conflict: return 6;
    case ErrorCode::unauthorized: return 7;
    case ErrorCode::unavailable: return 8;
    case ErrorCode::cancelled: return 130;
  }
  CHECK(false);
}

const char* exit_code_help() {
  return "Exit codes:\n"
         "  0    success (a \"no\" is an answer too)\n"
         "  1    an internal error\n"
         "  2    wrong usage or bad input\n"
         "  3    the question has no answer in this model (probability zero, not determined)\n"
         "  4    a limit, budget or quota does not allow more\n"
         "  5    not found (also a language model)\n"
         "  6    conflict\n"
         "  7    not allowed (also a key that a provider refuses)\n"
         "  8    unavailable (file, database, port or provider)\n"
         "  130  cancelled\n";
}

}  // namespace causal_gym
