// Azure: both styles of its addresses, its key header, and where its answers differ from OpenAI's.
#include "platform/llm/azure.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "platform/llm/codec_probe.h"

namespace causal_gym {
namespace {

using testing::ElementsAre;
using testing::Pair;

std::string url_of(const std::string& base, const std::string& version,
                   const std::string& deployment = "m-1") {
  auto endpoint = sample_endpoint(base);
  endpoint.api_version = version;
  auto request = sample_request();
  request.model = deployment;
  return encoded("azure", request, endpoint).url;
}

TEST(Azure, both_styles_of_addresses) {
  EXPECT_EQ(url_of("https://r.openai.azure.com", "2024-10-21"),
            "https://r.openai.azure.com/openai/deployments/m-1/chat/completions"
            "?api-version=2024-10-21");
  for (const auto version : {"", "v1"})
    EXPECT_EQ(url_of("https://r.openai.azure.com", version),
              "https://r.openai.azure.com/openai/v1/chat/completions");
  EXPECT_EQ(url_of("https://r.openai.azure.com/openai/v1", "2024-10-21"),
            "https://r.openai.azure.com/openai/v1/chat/completions");
  EXPECT_EQ(url_of("https://h/openai", "2024-10-21", "a b/\xC3\xA9?"),
            "https://h/openai/deployments/a%20b%2F%C3%A9%3F/chat/completions"
            "?api-version=2024-10-21");
}

TEST(Azure, the_key_has_its_own_header_and_the_body_is_that_of_openai) {
  const auto wire = encoded("azure", sample_request_with_tools(), sample_endpoint("https://h"));
  EXPECT_EQ(wire.secret_header, "api-key");
  EXPECT_EQ(wire.secret_prefix, "");
  EXPECT_THAT(wire.headers, ElementsAre(Pair("content-type", "application/json"),
                                        Pair("accept", "application/json")));
  EXPECT_EQ(wire.body,
            encoded("openai", sample_request_with_tools(), sample_endpoint("https://h")).body);
}

TEST(Azure, the_first_chunk_has_no_choices) {
  const std::string text =
      R"(data: {"choices":[],"created":0,"id":"","model":"","object":"","prompt_filter_results":)"
      R"([{"prompt_index":0,"content_filter_results":{"hate":{"filtered":false}}}]})"
      "\n\n"
      R"(data: {"id":"c-1","model":"gpt-x","choices":[{"index":0,"delta":{"content":"0.4"},)"
      R"("content_filter_results":{},"finish_reason":null}]})"
      "\n\n"
      R"(data: {"id":"c-1","choices":[{"index":0,"delta":{},"finish_reason":"stop"}]})"
      "\n\n"
      "data: [DONE]\n\n";
  EXPECT_EQ(reply_of(streamed("azure", text)),
            (ChatReply{ReplyKind::said, "0.4", {}, "stop", "c-1", "gpt-x", {}}));
  expect_cut_is_interrupted("azure", text, "data: [DONE]\n\n");
}

TEST(Azure, what_the_filter_stops_is_filtered) {
  EXPECT_EQ(reply_of(decoded("azure",
                             R"({"error":{"code":"content_filter","param":"prompt","message":"m",)"
                             R"("innererror":{"code":"ResponsibleAIPolicyViolation",)"
                             R"("content_filter_result":{"violence":{"filtered":true}}}}})",
                             400))
                .kind,
            ReplyKind::filtered);
  EXPECT_EQ(
      reply_of(decoded("azure", R"({"id":"c-1","model":"gpt-x","choices":[{"index":0,)"
                                R"("finish_reason":"content_filter","message":{"content":""}}]})"))
          .kind,
      ReplyKind::filtered);
}

TEST(Azure, errors_of_its_own) {
  const auto missing = failure_of(decoded(
      "azure", R"({"error":{"code":"DeploymentNotFound","message":"The API deployment ..."}})",
      404));
  EXPECT_EQ(missing.kind, FailureKind::not_found);
  EXPECT_EQ(missing.code, "DeploymentNotFound");
  EXPECT_EQ(
      failure_of(decoded("azure", R"({"error":{"code":"401","message":"Denied"}})", 401)).kind,
      FailureKind::authentication);
  const auto quota = R"({"error":{"code":"insufficient_quota","message":"m"}})";
  EXPECT_EQ(failure_of(decoded("azure", quota, 429, {{"retry-after", "30"}})).kind,
            FailureKind::rate_limited);
  EXPECT_EQ(failure_of(decoded("azure", quota, 429)).kind, FailureKind::quota);
  EXPECT_EQ(failure_of(decoded("openai", quota, 429, {{"retry-after", "30"}})).kind,
            FailureKind::quota);
}

}  // namespace
}  // namespace causal_gym
