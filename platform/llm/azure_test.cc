// Azure: the styles of its addresses for both interfaces, its key header, and where its answers
// differ from OpenAI's.
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
                   const std::string& deployment = "m-1", std::string_view provider = "azure") {
  auto endpoint = sample_endpoint(base);
  endpoint.api_version = version;
  auto request = sample_request();
  request.model = deployment;
  return encoded(provider, request, endpoint).url;
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

TEST(Azure, responses_never_have_the_deployment_in_their_address) {
  const auto url = [](const std::string& base, const std::string& version) {
    return url_of(base, version, "a b", "azure-responses");
  };
  EXPECT_EQ(url("https://r.openai.azure.com", "2025-04-01-preview"),
            "https://r.openai.azure.com/openai/responses?api-version=2025-04-01-preview");
  for (const auto version : {"", "v1"})
    EXPECT_EQ(url("https://r.openai.azure.com", version),
              "https://r.openai.azure.com/openai/v1/responses");
  EXPECT_EQ(url("https://r.openai.azure.com/openai", "v1"),
            "https://r.openai.azure.com/openai/v1/responses");
  EXPECT_EQ(url("https://r.openai.azure.com/openai/v1", "2025-04-01-preview"),
            "https://r.openai.azure.com/openai/v1/responses");
}

TEST(Azure, only_who_asks_for_the_preview_sends_it) {
  for (const auto base : {"https://h", "https://h/openai", "https://h/openai/v1"}) {
    EXPECT_EQ(url_of(base, "preview"), "https://h/openai/v1/chat/completions?api-version=preview");
    EXPECT_EQ(url_of(base, "preview", "m-1", "azure-responses"),
              "https://h/openai/v1/responses?api-version=preview");
  }
}

TEST(Azure, the_key_has_its_own_header_and_the_body_is_that_of_openai) {
  const auto wire = encoded("azure", sample_request_with_tools(), sample_endpoint("https://h"));
  EXPECT_EQ(wire.secret_header, "api-key");
  EXPECT_EQ(wire.secret_prefix, "");
  EXPECT_THAT(wire.headers, ElementsAre(Pair("content-type", "application/json"),
                                        Pair("accept", "application/json")));
  EXPECT_EQ(wire.body,
            encoded("openai", sample_request_with_tools(), sample_endpoint("https://h")).body);
  const auto responses =
      encoded("azure-responses", sample_request_with_tools(), sample_endpoint("https://h"));
  EXPECT_EQ(responses.secret_header, "api-key");
  EXPECT_EQ(responses.secret_prefix, "");
  EXPECT_EQ(responses.headers, wire.headers);
  EXPECT_EQ(
      responses.body,
      encoded("openai-responses", sample_request_with_tools(), sample_endpoint("https://h")).body);
}

// With the fields of the content filter that only Azure sends.
std::string response(const std::string& status, const std::string& incomplete) {
  return R"({"id":"resp_1","object":"response","status":")" + status +
         R"(","error":null,"incomplete_details":)" + incomplete +
         R"(,"model":"gpt-x","content_filters":[{"blocked":false,"source_type":"completion",)"
         R"("content_filter_results":{"hate":{"filtered":false,"severity":"safe"}}}],"output":[)"
         R"({"type":"message","id":"msg_1","role":"assistant","content":[)"
         R"({"type":"output_text","text":"0.4","annotations":[]}]}],"usage":{"input_tokens":20,)"
         R"("output_tokens":9}})";
}

std::string last_event(const std::string& type, const std::string& body) {
  return "event: " + type + "\ndata: {\"type\":\"" + type + "\",\"response\":" + body + "}\n\n";
}

TEST(Azure, responses_are_read_with_the_fields_of_its_filter) {
  const auto whole = response("completed", "null");
  const ChatReply said{ReplyKind::said, "0.4", {}, "completed", "resp_1", "gpt-x", {20, {}, 9, {}}};
  EXPECT_EQ(reply_of(decoded("azure-responses", whole)), said);
  EXPECT_EQ(reply_of(streamed("azure-responses", last_event("response.completed", whole))), said);
  const auto stopped = response("incomplete", R"({"reason":"content_filter"})");
  EXPECT_EQ(reply_of(decoded("azure-responses", stopped)).kind, ReplyKind::filtered);
  EXPECT_EQ(reply_of(streamed("azure-responses", last_event("response.incomplete", stopped))).kind,
            ReplyKind::filtered);
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
  for (const auto provider : {"azure", "azure-responses"})
    EXPECT_EQ(
        reply_of(decoded(provider,
                         R"({"error":{"code":"content_filter","param":"prompt","message":"m",)"
                         R"("innererror":{"code":"ResponsibleAIPolicyViolation",)"
                         R"("content_filter_result":{"violence":{"filtered":true}}}}})",
                         400))
            .kind,
        ReplyKind::filtered)
        << provider;
  EXPECT_EQ(
      reply_of(decoded("azure", R"({"id":"c-1","model":"gpt-x","choices":[{"index":0,)"
                                R"("finish_reason":"content_filter","message":{"content":""}}]})"))
          .kind,
      ReplyKind::filtered);
}

TEST(Azure, versions) {
  for (const auto version : {"", "v1", "preview", "2024-10-21", "2025-04-01-preview"})
    EXPECT_TRUE(is_azure_version(version)) << version;
  for (const auto version : {"v2", "V1", "latest", "2099-99-99", "2023-02-29", "1999-01-01",
                             "2024-10-2", "2024-10-21-beta", "2024/10/21"})
    EXPECT_FALSE(is_azure_version(version)) << version;
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
  const auto brief = [&](const char* provider) {
    return failure_of(decoded(provider, quota, 429, {{"retry-after", "30"}})).kind;
  };
  for (const auto provider : {"azure", "azure-responses"}) {
    EXPECT_EQ(brief(provider), FailureKind::rate_limited) << provider;
    EXPECT_EQ(failure_of(decoded(provider, quota, 429)).kind, FailureKind::quota) << provider;
  }
  for (const auto provider : {"openai", "openai-responses"})
    EXPECT_EQ(brief(provider), FailureKind::quota) << provider;
}

}  // namespace
}  // namespace causal_gym
