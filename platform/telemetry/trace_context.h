// The trace that a request belongs to, as it comes in and as it is passed on.
//
// Source: W3C Recommendation "Trace Context", 23 November 2021, sections 3.2 (traceparent) and 3.3
// (tracestate). What is malformed is not repaired: a bad traceparent begins a new trace, a bad
// tracestate is left out. Cost: linear in the texts.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace causal_gym {

inline constexpr std::size_t trace_state_members = 32;
inline constexpr std::size_t trace_state_bytes = 512;  // of what is passed on; beyond: left out

struct TraceParent {
  std::string trace_id;   // 32 lower-case hexadecimal digits, not all zero
  std::string parent_id;  // 16 of them, not all zero
  bool sampled = false;
  friend bool operator==(const TraceParent&, const TraceParent&) = default;
};

// Of version 00, or the fields that a higher version keeps. Nothing when it is malformed.
[[nodiscard]] std::optional<TraceParent> parse_trace_parent(std::string_view text);

// The members without blanks and empty ones, in order. Nothing when a member is malformed, a key
// stands twice, or there are too many.
[[nodiscard]] std::optional<std::string> parse_trace_state(std::string_view text);

// Where this work stands in a trace.
struct TraceContext {
  std::string trace_id;
  std::string span_id;    // of this work
  std::string parent_id;  // of who asked for it; empty: the trace begins here
  bool sampled = false;
  std::string state;  // tracestate; may be empty
  friend bool operator==(const TraceContext&, const TraceContext&) = default;
};

// So many hexadecimal digits, other ones at each call.
using HexSource = std::function<std::string(std::size_t digits)>;

// Goes on with the trace of `parent` when it is well-formed, or begins one, whose flag says that
// nobody asked to keep it.
[[nodiscard]] TraceContext enter_trace(std::optional<std::string_view> parent,
                                       std::string_view state, const HexSource& source);

// "00-<trace id>-<span id>-01": the header traceparent of what this work asks for, and
// traceresponse of its answer.
[[nodiscard]] std::string trace_parent_text(const TraceContext& context);

}  // namespace causal_gym
