// How long a provider asks to be left alone, from the headers of its answer. Pure: "now" is the
// answer's own Date header, so that a clock which is wrong on this side does not matter.
//
// Source: RFC 9110 (Retry-After, HTTP-date), RFC 3339, Go's time.ParseDuration (x-ratelimit-reset-*
// of OpenAI and Azure), Anthropic's anthropic-ratelimit-*-reset. Cost: linear in the headers.
#pragma once

#include <optional>
#include <string_view>

#include "platform/llm/wire.h"

namespace causal_gym {

// The first header of that name in any case, without spaces around its value; empty: none.
[[nodiscard]] std::string_view header_value(const HeaderFields& headers, std::string_view name);

// "1m30.5s", "120ms", "6m0s" and a bare number, in seconds. Negative ones are none.
[[nodiscard]] std::optional<double> go_duration_seconds(std::string_view text);
// "Sun, 06 Nov 1994 08:49:37 GMT" and the two older forms, in seconds since 1970.
[[nodiscard]] std::optional<double> http_date_seconds(std::string_view text);
// "2026-11-23T23:51:02.5+01:00", in seconds since 1970.
[[nodiscard]] std::optional<double> rfc3339_seconds(std::string_view text);

// Seconds to wait: retry-after-ms, else retry-after, else, when `rate_limited`, the longest reset
// of the limits that have nothing remaining, or of all when none says so. From 0 to 31 days;
// anything else counts as not said. A moment counts only when a Date header came with it.
[[nodiscard]] std::optional<double> asked_wait_seconds(const HeaderFields& headers,
                                                       bool rate_limited);

// x-should-retry, when it is "true" or "false".
[[nodiscard]] std::optional<bool> asked_retry(const HeaderFields& headers);

}  // namespace causal_gym
