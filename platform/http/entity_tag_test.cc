// Tags of answers, and who is told that nothing has changed.
#include "platform/http/entity_tag.h"

#include <gtest/gtest.h>

namespace causal_gym {
namespace {

HttpResponse answer(const std::string& method, NamedTexts headers, HttpResponse response) {
  HttpRequest request;
  request.method = method;
  request.path = "/";
  request.headers = std::move(headers);
  return with_entity_tags([&](const HttpRequest&, const CancellationToken&) { return response; })(
      request, {});
}

std::string field(const HttpResponse& response, std::string_view name) {
  std::string found;
  for (const auto& [each, value] : response.headers)
    if (each == name) found.append(found.empty() ? "" : "|").append(value);
  return found;
}

TEST(EntityTag, IsTheDigestOfTheBytes) {
  // b2sum -l 128 of nothing and of "abc".
  EXPECT_EQ(entity_tag(""), "\"cae66941d9efbd404e4d88758ea67670\"");
  EXPECT_EQ(entity_tag("abc"), "\"cf4ab791c62b8d2b2109c90275287816\"");
}

TEST(EntityTag, IsNamedByWeakComparison) {
  for (const auto* naming : {"\"a\"", "W/\"a\"", "\"b\", \"a\"", "\"b\",W/\"a\" , \"c\"", "*",
                             " * ", ", \"a\",,", "\"x,y\", \"a\""})
    EXPECT_TRUE(names_entity_tag(naming, "\"a\"")) << naming;
  for (const auto* other : {"", "\"b\"", "a", "\"a", "W/a", "w/\"a\"", "\"a\" \"b\"", "\"a\" b",
                            "\"b a\", \"a\"", "*, \"a\"", "\"A\"", "\"x, \"a\""})
    EXPECT_FALSE(names_entity_tag(other, "\"a\"")) << other;
}

TEST(EntityTag, StandsAtAnswersToGetAndHead) {
  for (const auto* method : {"GET", "HEAD"})
    EXPECT_EQ(field(answer(method, {}, {.body = "abc"}), "ETag"), entity_tag("abc"));
  EXPECT_EQ(field(answer("POST", {}, {.body = "abc"}), "ETag"), "");
  EXPECT_EQ(field(answer("GET", {}, {.status = 404, .body = "abc"}), "ETag"), "");
  EXPECT_EQ(field(answer("GET", {}, {.headers = {{"etag", "\"own\""}}, .body = "abc"}), "ETag"),
            "");
}

TEST(EntityTag, WhoHasTheBytesIsToldSo) {
  const HttpResponse full = {.content_type = "text/csv",
                             .headers = {{"Vary", "Accept-Encoding"},
                                         {"Content-Encoding", "gzip"},
                                         {"Content-Disposition", "attachment"},
                                         {"Cache-Control", "no-store"}},
                             .body = "abc"};
  for (const auto* method : {"GET", "HEAD"}) {
    const auto same =
        answer(method, {{"if-none-match", "\"x\""}, {"If-None-Match", entity_tag("abc")}}, full);
    EXPECT_EQ(same.status, 304);
    EXPECT_EQ(same.body, "");
    EXPECT_EQ(same.content_type, "");
    EXPECT_EQ(field(same, "ETag"), entity_tag("abc"));
    EXPECT_EQ(field(same, "Vary"), "Accept-Encoding");
    EXPECT_EQ(field(same, "Cache-Control"), "no-store");
    EXPECT_EQ(field(same, "Content-Encoding"), "");
    EXPECT_EQ(field(same, "Content-Disposition"), "");
  }
  const auto other = answer("GET", {{"If-None-Match", entity_tag("abd")}}, full);
  EXPECT_EQ(other.status, 200);
  EXPECT_EQ(other.body, "abc");
  EXPECT_EQ(answer("POST", {{"If-None-Match", "*"}}, full).status, 200);
  EXPECT_EQ(answer("GET", {{"If-None-Match", "*"}}, {.status = 404}).status, 404);
}

}  // namespace
}  // namespace causal_gym
