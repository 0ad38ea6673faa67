// What can be done about an error: each provider's errors, as they come, and the kind each is.
#include "platform/llm/failure_kinds.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "platform/llm/codec_probe.h"

namespace causal_gym {
namespace {

using testing::HasSubstr;
using testing::Optional;
using testing::SizeIs;

ChatFailure failure(int status, std::string body, HeaderFields headers = {}) {
  return failure_of(refused_outcome({status, std::move(headers), std::move(body)}));
}

std::string openai_error(const std::string& type, const std::string& code,
                         const std::string& message = "m", const std::string& param = "") {
  const auto text = [](const std::string& value) {
    return value.empty() ? std::string("null") : '"' + value + '"';
  };
  return R"({"error":{"message":")" + message + R"(","type":)" + text(type) + R"(,"param":)" +
         text(param) + R"(,"code":)" + text(code) + "}}";
}

TEST(FailureKinds, every_status_without_a_word) {
  const std::pair<int, FailureKind> kinds[] = {
      {301, FailureKind::not_found},       {400, FailureKind::invalid_request},
      {401, FailureKind::authentication},  {402, FailureKind::quota},
      {403, FailureKind::forbidden},       {404, FailureKind::not_found},
      {405, FailureKind::not_found},       {407, FailureKind::forbidden},
      {410, FailureKind::not_found},       {421, FailureKind::not_found},
      {426, FailureKind::not_found},       {451, FailureKind::forbidden},
      {408, FailureKind::timeout},         {409, FailureKind::server},
      {413, FailureKind::too_large},       {418, FailureKind::invalid_request},
      {422, FailureKind::invalid_request}, {429, FailureKind::rate_limited},
      {500, FailureKind::server},          {502, FailureKind::server},
      {503, FailureKind::overloaded},      {504, FailureKind::timeout},
      {529, FailureKind::overloaded}};
  for (const auto& [status, kind] : kinds) {
    const auto got = failure(status, "<html>Bad</html>");
    EXPECT_EQ(got.kind, kind) << status;
    EXPECT_EQ(got.status, status);
    EXPECT_NE(got.message, "");
  }
}

TEST(FailureKinds, quotas_that_waiting_does_not_mend) {
  for (const std::string code :
       {"insufficient_quota", "credit_balance_exhausted", "organization_spend_limit_exceeded",
        "project_spend_limit_exceeded", "organization_usage_limit_exceeded",
        "project_usage_limit_exceeded", "billing_hard_limit_reached", "billing_not_active",
        "access_terminated"}) {
    const auto got = failure(429, openai_error("insufficient_quota", code));
    EXPECT_EQ(got.kind, FailureKind::quota) << code;
    EXPECT_EQ(got.code, code);
  }
  for (const std::string code : {"enforced_spend_limit_reached", "contract_spend_limit_reached"}) {
    const auto got = failure(429, R"({"type":"error","error":{"type":"rate_limit_error","message":)"
                                  R"("m","details":{"error_code":")" +
                                      code + R"("}}})");
    EXPECT_EQ(got.kind, FailureKind::quota) << code;
    EXPECT_EQ(got.code, code);
  }
  EXPECT_EQ(failure(400, R"({"type":"error","error":{"type":"invalid_request_error","message":)"
                         R"("Your credit balance is too low to access the API."}})")
                .kind,
            FailureKind::quota);
}

TEST(FailureKinds, limits_that_waiting_mends) {
  for (const std::string code : {"rate_limit_exceeded", "slow_down", ""})
    EXPECT_EQ(failure(429, openai_error("rate_limit_error", code)).kind, FailureKind::rate_limited);
  const auto ramp = failure(429,
                            R"({"type":"error","error":{"type":"rate_limit_error","message":"m",)"
                            R"("details":{"error_code":"ramp_limit_exceeded"}}})",
                            {{"retry-after", "12"}, {"x-should-retry", "true"}});
  EXPECT_EQ(ramp.kind, FailureKind::rate_limited);
  EXPECT_THAT(ramp.retry_after, Optional(12.0));
  EXPECT_THAT(ramp.should_retry, Optional(true));
}

TEST(FailureKinds, a_brief_quota_of_azure_is_a_limit_of_the_minute) {
  const WireResponse brief{
      429, {{"Retry-After", "3600"}}, openai_error("insufficient_quota", "insufficient_quota")};
  const auto kind = [](const WireResponse& response, QuotaMeaning meaning) {
    return failure_of(refused_outcome(response, meaning)).kind;
  };
  EXPECT_EQ(kind(brief, QuotaMeaning::throttle_if_brief), FailureKind::rate_limited);
  EXPECT_EQ(kind(brief, QuotaMeaning::final), FailureKind::quota);
  auto inactive = brief;
  inactive.body = openai_error("billing", "billing_not_active");
  EXPECT_EQ(kind(inactive, QuotaMeaning::throttle_if_brief), FailureKind::quota);
  auto longer = brief;
  longer.headers[0].second = "3601";
  EXPECT_EQ(kind(longer, QuotaMeaning::throttle_if_brief), FailureKind::quota);
  longer.headers = {{"x-ratelimit-reset-tokens", "30ms"}};
  EXPECT_EQ(kind(longer, QuotaMeaning::throttle_if_brief), FailureKind::quota);
}

TEST(FailureKinds, a_refused_parameter_is_named_by_its_field_or_in_the_sentence) {
  const auto parameter = [](std::string body, int status = 400) {
    const auto got = failure(status, std::move(body));
    EXPECT_EQ(got.kind, FailureKind::unsupported_parameter) << got.message;
    return got.parameter;
  };
  EXPECT_EQ(parameter(openai_error("invalid_request_error", "unsupported_value",
                                   "'temperature' does not support 0.5 with this model. Only the "
                                   "default (1) value is supported.",
                                   "temperature")),
            "temperature");
  EXPECT_EQ(parameter(openai_error("invalid_request_error", "unsupported_parameter",
                                   "'max_tokens' is not supported with this model. Use "
                                   "'max_completion_tokens' instead.")),
            "max_tokens");
  EXPECT_EQ(parameter(R"({"error":"unknown field 'max_completion_tokens', use 'max_tokens'"})"),
            "max_completion_tokens");
  EXPECT_EQ(parameter(R"({"type":"error","error":{"type":"invalid_request_error","message":)"
                      R"("`temperature` is deprecated for this model."}})"),
            "temperature");
  EXPECT_EQ(parameter(R"({"error":"registry.ollama.ai/library/x does not support tools"})"),
            "tools");
  EXPECT_EQ(parameter(R"({"detail":[{"loc":["body","max_completion_tokens"],"msg":)"
                      R"("Extra inputs are not permitted","type":"extra_forbidden"}]})",
                      422),
            "max_completion_tokens");
}

TEST(FailureKinds, other_complaints_are_no_refused_parameter) {
  for (const auto& body :
       {openai_error("invalid_request_error", "", "unknown role 'x'", "messages"),
        openai_error("invalid_request_error", "", "max_tokens: 9 > 8, the maximum allowed"),
        openai_error("invalid_request_error", "invalid_value", "Invalid 'temperature': too big")})
    EXPECT_EQ(failure(400, body).kind, FailureKind::invalid_request) << body;
  EXPECT_EQ(failure(404, openai_error("invalid_request_error", "model_not_found",
                                      "temperature is not supported"))
                .kind,
            FailureKind::not_found);
}

TEST(FailureKinds, a_request_that_is_too_large) {
  EXPECT_EQ(failure(400, openai_error("invalid_request_error", "context_length_exceeded")).kind,
            FailureKind::too_large);
  EXPECT_EQ(failure(400, R"({"type":"error","error":{"type":"invalid_request_error","message":)"
                         R"("prompt is too long: 210000 tokens > 200000 maximum"}})")
                .kind,
            FailureKind::too_large);
  EXPECT_EQ(failure(400, R"({"object":"error","message":"This model's maximum context length is )"
                         R"(4096 tokens.","type":"BadRequestError","param":null,"code":400})")
                .kind,
            FailureKind::too_large);
  EXPECT_EQ(failure(400, R"({"error":"the input length exceeds the context length"})").kind,
            FailureKind::too_large);
  EXPECT_EQ(failure(429, openai_error("tokens", "rate_limit_exceeded",
                                      "Request too large for gpt-4 on tokens per min"))
                .kind,
            FailureKind::too_large);
}

TEST(FailureKinds, a_request_that_arrived_cut_may_be_sent_again) {
  EXPECT_EQ(failure(400, openai_error("invalid_request_error", "",
                                      "The request is not valid JSON: unexpected end of data"))
                .kind,
            FailureKind::interrupted);
}

TEST(FailureKinds, a_stopped_prompt_is_filtered) {
  const auto azure = reply_of(refused_outcome(
      {400,
       {},
       R"({"error":{"code":"content_filter","param":"prompt","message":"m","status":400,)"
       R"("innererror":{"code":"ResponsibleAIPolicyViolation"}}})"}));
  EXPECT_EQ(azure.kind, ReplyKind::filtered);
  EXPECT_EQ(azure.finish_reason, "content_filter");
  EXPECT_EQ(azure.text, "");
  const auto anthropic = reply_of(
      refused_outcome({400,
                       {},
                       R"({"type":"error","error":{"type":"invalid_request_error","message":)"
                       R"("Output blocked by content filtering policy"}})"}));
  EXPECT_EQ(anthropic.kind, ReplyKind::filtered);
  const auto openai = reply_of(inner_error_outcome(
      {"", "invalid_prompt", "Your prompt was flagged as potentially violating a policy.", ""}));
  EXPECT_EQ(openai.kind, ReplyKind::filtered);
  EXPECT_EQ(openai.finish_reason, "invalid_prompt");
}

TEST(FailureKinds, errors_inside_a_success_are_told_by_their_words) {
  const std::pair<std::string, FailureKind> kinds[] = {
      {"overloaded_error", FailureKind::overloaded},
      {"rate_limit_error", FailureKind::rate_limited},
      {"timeout_error", FailureKind::timeout},
      {"api_error", FailureKind::server},
      {"server_error", FailureKind::server},
      {"", FailureKind::server},
      {"invalid_request_error", FailureKind::invalid_request},
      {"authentication_error", FailureKind::authentication},
      {"insufficient_quota", FailureKind::quota}};
  for (const auto& [type, kind] : kinds) {
    const auto got = failure_of(inner_error_outcome({type, "", "m", ""}));
    EXPECT_EQ(got.kind, kind) << type;
    EXPECT_EQ(got.status, 200);
    EXPECT_EQ(got.code, type);
  }
  EXPECT_EQ(failure_of(inner_error_outcome({"server_error", "rate_limit_exceeded", "m", ""})).kind,
            FailureKind::rate_limited);
}

TEST(FailureKinds, bodies_of_gateways_are_read) {
  EXPECT_EQ(failure(401, R"({"statusCode":401,"message":"Access denied"})").message,
            "Access denied");
  EXPECT_EQ(failure(404, R"({"detail":"Not Found"})").message, "Not Found");
  EXPECT_EQ(failure(429, R"([{"error":{"code":429,"message":"slow","status":"X"}}])").code, "429");
  EXPECT_THAT(failure(502, "<html>").message, HasSubstr("not JSON"));
  EXPECT_THAT(failure(307, "").message, HasSubstr("redirect"));
  // As with an address where nothing is: no other request is worth its while.
  for (const int status : {301, 302, 303, 307, 308})
    EXPECT_EQ(failure(status, "").kind, FailureKind::not_found) << status;
  EXPECT_EQ(failure(500, "[[[[]]]]").kind, FailureKind::server);
  EXPECT_EQ(failure(500, "[]").kind, FailureKind::server);
}

TEST(FailureKinds, long_messages_are_cut_between_characters) {
  std::string words = "x";
  for (int i = 0; i < 1'000; ++i) words += "\xC3\xA9";
  const auto message = failure(500, openai_error("t", "c", words)).message;
  EXPECT_THAT(message, SizeIs(999 + 3));  // 1 + 499 * 2 bytes, and the dots
  EXPECT_TRUE(message.ends_with("\xC3\xA9..."));
}

}  // namespace
}  // namespace causal_gym
