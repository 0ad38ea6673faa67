// How long a provider asks to be left alone: every form of the headers, and what counts as not
// said.
#include "platform/llm/wait_hints.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace causal_gym {
namespace {

using testing::DoubleNear;
using testing::Eq;
using testing::Optional;

constexpr auto date = "Sun, 06 Nov 1994 08:49:37 GMT";
constexpr double date_seconds = 784111777;  // date -u -d '1994-11-06 08:49:37' +%s

TEST(WaitHints, durations_of_go) {
  EXPECT_THAT(go_duration_seconds("120ms"), Optional(DoubleNear(0.12, 1e-12)));
  EXPECT_THAT(go_duration_seconds("6m0s"), Optional(360.0));
  EXPECT_THAT(go_duration_seconds("1m30.951s"), Optional(DoubleNear(90.951, 1e-9)));
  EXPECT_THAT(go_duration_seconds("1h2m3s"), Optional(3723.0));
  EXPECT_THAT(go_duration_seconds("1\xC2\xB5s"), Optional(DoubleNear(1e-6, 1e-15)));
  EXPECT_THAT(go_duration_seconds("0s"), Optional(0.0));
  EXPECT_THAT(go_duration_seconds("7"), Optional(7.0));
  for (const auto text : {"", "s", "5x", "-5s", "1m30", "5 s", "1..2s", "ms1", "1e3s"})
    EXPECT_EQ(go_duration_seconds(text), std::nullopt) << text;
}

TEST(WaitHints, dates_in_the_three_forms_of_http) {
  EXPECT_THAT(http_date_seconds(date), Optional(date_seconds));
  EXPECT_THAT(http_date_seconds("Sunday, 06-Nov-94 08:49:37 GMT"), Optional(date_seconds));
  EXPECT_THAT(http_date_seconds("Sun Nov  6 08:49:37 1994"), Optional(date_seconds));
  EXPECT_THAT(http_date_seconds("Thu, 01 Jan 1970 00:00:00 GMT"), Optional(0.0));
  EXPECT_THAT(http_date_seconds("Thu, 29 Feb 2024 00:00:00 GMT"), Optional(1709164800.0));
  for (const auto text : {"", "now", "12", "Sun, 06 Nov 1994", "Sun, 31 Feb 1994 08:49:37 GMT",
                          "Sun, 06 Nov 1994 25:49:37 GMT", "Sun, 06 Nov 1994 8:49:37 GMT"})
    EXPECT_EQ(http_date_seconds(text), std::nullopt) << text;
}

TEST(WaitHints, moments_of_rfc3339) {
  EXPECT_THAT(rfc3339_seconds("1994-11-06T08:49:37Z"), Optional(date_seconds));
  EXPECT_THAT(rfc3339_seconds("1994-11-06T09:49:37.5+01:00"), Optional(date_seconds + 0.5));
  EXPECT_THAT(rfc3339_seconds("1994-11-06t07:19:37-01:30"), Optional(date_seconds));
  for (const auto text : {"", "1994-11-06", "1994-11-06T08:49:37", "1994-13-06T08:49:37Z",
                          "1994-11-06T08:49:37+0100", "1994-11-06T08:49:37Zx"})
    EXPECT_EQ(rfc3339_seconds(text), std::nullopt) << text;
}

TEST(WaitHints, milliseconds_go_before_seconds_before_resets) {
  HeaderFields headers = {{"x-ratelimit-reset-tokens", "9s"}};
  EXPECT_THAT(asked_wait_seconds(headers, true), Optional(9.0));
  headers.emplace_back("Retry-After", " 4.5 ");
  EXPECT_THAT(asked_wait_seconds(headers, true), Optional(4.5));
  headers.emplace_back("RETRY-AFTER-MS", "1500.5");
  EXPECT_THAT(asked_wait_seconds(headers, true), Optional(1.5005));
}

TEST(WaitHints, a_moment_counts_from_the_date_of_the_answer) {
  const std::string later = "Sun, 06 Nov 1994 08:50:07 GMT";
  EXPECT_THAT(asked_wait_seconds({{"date", date}, {"retry-after", later}}, false), Optional(30.0));
  EXPECT_THAT(asked_wait_seconds({{"date", later}, {"retry-after", date}}, false), Optional(0.0));
  EXPECT_EQ(asked_wait_seconds({{"retry-after", later}}, false), std::nullopt);
  const HeaderFields anthropic = {{"date", date},
                                  {"anthropic-ratelimit-tokens-reset", "1994-11-06T08:50:37Z"},
                                  {"anthropic-ratelimit-requests-reset", "1994-11-06T08:49:39Z"}};
  EXPECT_THAT(asked_wait_seconds(anthropic, true), Optional(60.0));
}

TEST(WaitHints, resets_matter_when_limited_and_of_what_is_used_up) {
  HeaderFields headers = {{"x-ratelimit-reset-requests", "6m0s"},
                          {"x-ratelimit-remaining-requests", "4999"},
                          {"x-ratelimit-reset-tokens", "350ms"}};
  EXPECT_EQ(asked_wait_seconds(headers, false), std::nullopt);
  EXPECT_THAT(asked_wait_seconds(headers, true), Optional(360.0));
  headers.emplace_back("x-ratelimit-remaining-tokens", "0");
  EXPECT_THAT(asked_wait_seconds(headers, true), Optional(DoubleNear(0.35, 1e-12)));
}

TEST(WaitHints, what_is_no_wait_is_not_said) {
  for (const auto text : {"", "-1", "soon", "inf", "nan", "1e3", "2678401", "99999999999999999999"})
    EXPECT_EQ(asked_wait_seconds({{"retry-after", text}}, false), std::nullopt) << text;
  EXPECT_THAT(asked_wait_seconds({{"retry-after", "2678400"}}, false), Optional(2678400.0));
  EXPECT_THAT(asked_wait_seconds({{"retry-after", "0"}}, false), Optional(0.0));
  EXPECT_THAT(asked_wait_seconds({{"retry-after-ms", "x"}, {"retry-after", "3"}}, false),
              Optional(3.0));
}

TEST(WaitHints, the_providers_own_word_on_trying_again) {
  EXPECT_THAT(asked_retry({{"X-Should-Retry", "true"}}), Optional(true));
  EXPECT_THAT(asked_retry({{"x-should-retry", "False"}}), Optional(false));
  EXPECT_EQ(asked_retry({{"x-should-retry", "maybe"}}), std::nullopt);
  EXPECT_EQ(asked_retry({}), std::nullopt);
}

}  // namespace
}  // namespace causal_gym
