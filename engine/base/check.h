// CHECK(condition): a broken invariant is our bug; it ends the program, in release builds too,
// never on input.
#pragma once

namespace causal_gym {

[[noreturn]] void check_failed(const char* condition, const char* file, int line);

}  // namespace causal_gym

#define CHECK(condition)                  \
  (static_cast<bool>(condition) ? void(0) \
                                : ::causal_gym::check_failed(#condition, __FILE__, __LINE__))
