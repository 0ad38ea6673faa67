// Expected failures as values: Result<T> holds a T or an Error that names the culprit.
//
// Bad input and limits travel as Error; a "no" (not separated, not identifiable) is an ordinary
// value; a broken invariant is CHECK (check.h). Nothing in engine/ or gym/ throws.
#pragma once

#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <utility>

namespace causal_gym {

enum class ErrorCode {
  parse_error,
  unknown_name,
  invalid_argument,
  cyclic_graph,
  zero_probability,
  not_determined,
  limit_exceeded,
  cancelled,
  conflict,
  not_found,
  unauthorized,
  unavailable,
};

// All codes, in the order of the enumeration: the tables that map codes elsewhere are tested over
// it.
inline constexpr ErrorCode all_error_codes[] = {
    ErrorCode::parse_error,    ErrorCode::unknown_name,     ErrorCode::invalid_argument,
    ErrorCode::cyclic_graph,   ErrorCode::zero_probability, ErrorCode::not_determined,
    ErrorCode::limit_exceeded, ErrorCode::cancelled,        ErrorCode::conflict,
    ErrorCode::not_found,      ErrorCode::unauthorized,     ErrorCode::unavailable,
};

// "parse_error", "unknown_name", ...: the word used in answers, logs and documents.
[[nodiscard]] std::string_view error_code_name(ErrorCode code);

struct Error {
  ErrorCode code = ErrorCode::invalid_argument;
  std::string message;  // one sentence that names the culprit
  std::string where;  // position or path: "line 2, column 5", "mechanisms.x.table[3]"; may be empty
  std::string suggestion;  // nearest valid spelling or the next step; may be empty

  friend bool operator==(const Error&, const Error&) = default;
};

// "unknown_name: no variable 'rian' (graph, line 1, column 3); did you mean 'rain'?"
[[nodiscard]] std::string error_text(const Error& error);

template <class T>
using Result = tl::expected<T, Error>;

using Status = Result<void>;

// fail(ErrorCode::parse_error, "...") converts to any Result<T>.
[[nodiscard]] inline tl::unexpected<Error> fail(ErrorCode code, std::string message,
                                                std::string where = {},
                                                std::string suggestion = {}) {
  return tl::unexpected<Error>(
      Error{code, std::move(message), std::move(where), std::move(suggestion)});
}

[[nodiscard]] inline tl::unexpected<Error> fail(Error error) {
  return tl::unexpected<Error>(std::move(error));
}

}  // namespace causal_gym

// CAUSAL_GYM_TRY(name, expression): name becomes the value, or the enclosing function returns the
// error.
#define CAUSAL_GYM_TRY(name, ...)                                                  \
  auto name##_result = (__VA_ARGS__);                                              \
  if (!name##_result) return ::causal_gym::fail(std::move(name##_result).error()); \
  auto name = *std::move(name##_result)

// CAUSAL_GYM_CHECKED(expression): the enclosing function returns the error of a Status, if it is
// one.
#define CAUSAL_GYM_CHECKED(...)                              \
  do {                                                       \
    if (auto status_ = (__VA_ARGS__); !status_)              \
      return ::causal_gym::fail(std::move(status_).error()); \
  } while (false)
