// An answer that comes too late names the limit; every other answer stays what it is.
#include "apps/server/request_time.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>

#include "api/error_json.h"

namespace causal_gym {
namespace {

using nlohmann::json;
using testing::HasSubstr;

const Error given_up{ErrorCode::cancelled, "the computation was cancelled", "", ""};

TEST(RequestTime, IsOverAfterTheDeadlineWhenTheWorkWasGivenUp) {
  HttpRequest request;
  EXPECT_FALSE(is_out_of_time(request, {.status = 503})) << "without a deadline";
  request.deadline = std::chrono::steady_clock::now() + std::chrono::hours(1);
  EXPECT_FALSE(is_out_of_time(request, {.status = 503})) << "whose asker went away";
  request.deadline = std::chrono::steady_clock::now();
  EXPECT_TRUE(is_out_of_time(request, {.status = 503}));
  EXPECT_FALSE(is_out_of_time(request, {.status = 200})) << "what was computed is the answer";
}

TEST(RequestTime, TheErrorNamesTheLimitAndItsValue) {
  const auto error = out_of_time(2.5);
  EXPECT_EQ(error.where, "limits.request_seconds");
  EXPECT_THAT(error.message, HasSubstr("2.5 seconds"));
}

TEST(RequestTime, TheErrorTakesThePlaceOfTheOneThatWasAndTheIdStays) {
  auto body = error_json(given_up);
  body["id"] = "seven";
  const auto late = with_error({.status = 503, .body = body.dump()}, out_of_time(50));
  const auto said = json::parse(late.body);
  EXPECT_EQ(said["id"], "seven");
  EXPECT_EQ(said["error"]["code"], "cancelled");
  EXPECT_EQ(said["error"]["where"], "limits.request_seconds");
  EXPECT_EQ(late.status, 503);
}

TEST(RequestTime, AnotherErrorStays) {
  for (const auto& body : {error_json({ErrorCode::unavailable, "no store", "", ""}).dump(),
                           std::string("no JSON"), std::string()})
    EXPECT_EQ(with_error({.status = 503, .body = body}, out_of_time(50)).body, body);
}

}  // namespace
}  // namespace causal_gym
