// Who is sent gzip, of what, and that it is what was to be sent.
#include "platform/http/content_coding.h"

#include <gtest/gtest.h>
#include <zlib.h>

#include "platform/http/entity_tag.h"

namespace causal_gym {
namespace {

std::string unzipped(const std::string& coded) {
  z_stream stream{};
  EXPECT_EQ(inflateInit2(&stream, 15 + 16), Z_OK);
  std::string text(1 << 20, '\0');
  std::string input = coded;
  stream.next_in = reinterpret_cast<Bytef*>(input.data());
  stream.avail_in = static_cast<uInt>(input.size());
  stream.next_out = reinterpret_cast<Bytef*>(text.data());
  stream.avail_out = static_cast<uInt>(text.size());
  EXPECT_EQ(inflate(&stream, Z_FINISH), Z_STREAM_END);
  EXPECT_EQ(stream.avail_in, 0U);
  text.resize(stream.total_out);
  inflateEnd(&stream);
  return text;
}

std::string json_of(std::size_t bytes) {
  std::string text = "[";
  for (int i = 0; text.size() + 8 < bytes; ++i) text += std::to_string(i % 1'000) + ",";
  text.append(bytes - 1 - text.size(), ' ');
  return text + "]";
}

std::string field(const HttpResponse& response, std::string_view name) {
  for (const auto& [each, value] : response.headers)
    if (each == name) return value;
  return {};
}

HttpResponse answer(NamedTexts headers, const HttpResponse& response,
                    const std::string& method = "GET") {
  HttpRequest request;
  request.method = method;
  request.headers = std::move(headers);
  return with_entity_tags(with_gzip(
      [&](const HttpRequest&, const CancellationToken&) { return response; }))(request, {});
}

TEST(ContentCoding, GzipIsSentToWhoTakesItNoLessThanPlainText) {
  for (const auto* yes :
       {"gzip", "GZip", "x-gzip", "deflate, gzip;q=0.5, br", "*", "*;q=0.1", "gzip;q=1.000",
        "gzip ; q=0.001", "identity;q=0.5, gzip;q=0.5", "identity;q=0, *", ",gzip,"})
    EXPECT_TRUE(prefers_gzip(yes)) << yes;
  for (const auto* no :
       {"", "br", "identity", "gzip;q=0", "gzip;q=0.000", "*;q=1, gzip;q=0",
        "gzip;q=0.4, identity;q=0.5", "*;q=0", "gzip;q=2", "gzip;q=1.001", "gzip;q=.5",
        "gzip;q=0.1234", "gzip;q=", "gzip;level=9", ";q=1", "gzips", "gzip;q=-1", "gzip;q=0,5"})
    EXPECT_FALSE(prefers_gzip(no)) << no;
  EXPECT_FALSE(prefers_gzip(std::nullopt));
}

TEST(ContentCoding, TextsForProgramsAreCoded) {
  for (const auto* yes : {"application/json", "text/csv; charset=utf-8", "Application/YAML"})
    EXPECT_TRUE(is_coded_type(yes)) << yes;
  for (const auto* no : {"text/html; charset=utf-8", "text/event-stream", "image/png", ""})
    EXPECT_FALSE(is_coded_type(no)) << no;
}

TEST(ContentCoding, WhatIsUnzippedIsWhatWasToBeSent) {
  for (const std::size_t size : {least_coded_bytes, std::size_t{70'000}, std::size_t{1'000'000}}) {
    const auto text = json_of(size);
    const auto coded = answer({{"Accept-Encoding", "gzip"}}, {.body = text});
    EXPECT_EQ(field(coded, "Content-Encoding"), "gzip");
    EXPECT_EQ(field(coded, "Vary"), "Accept-Encoding");
    EXPECT_LT(coded.body.size(), text.size());
    EXPECT_EQ(unzipped(coded.body), text);
    EXPECT_EQ(coded.body, gzip_text(text));
  }
}

TEST(ContentCoding, TheTagDiffersByCoding) {
  const auto text = json_of(5'000);
  const auto plain = answer({}, {.body = text});
  const auto coded = answer({{"Accept-Encoding", "gzip"}}, {.body = text});
  EXPECT_EQ(plain.body, text);
  EXPECT_EQ(field(plain, "Vary"), "Accept-Encoding");  // a cache must not give it to all
  EXPECT_EQ(field(plain, "Content-Encoding"), "");
  EXPECT_EQ(field(plain, "ETag"), entity_tag(text));
  EXPECT_EQ(field(coded, "ETag"), entity_tag(gzip_text(text)));
  EXPECT_NE(field(coded, "ETag"), field(plain, "ETag"));
  const auto again = answer({{"Accept-Encoding", "gzip"}, {"If-None-Match", field(coded, "ETag")}},
                            {.body = text});
  EXPECT_EQ(again.status, 304);
  EXPECT_EQ(field(again, "Vary"), "Accept-Encoding");
  EXPECT_EQ(answer({{"If-None-Match", field(coded, "ETag")}}, {.body = text}).status, 200);
}

TEST(ContentCoding, HeadHasTheFieldsOfGet) {
  const HttpResponse full = {.body = json_of(5'000)};
  const auto get = answer({{"Accept-Encoding", "gzip"}}, full);
  const auto head = answer({{"Accept-Encoding", "gzip"}}, full, "HEAD");
  EXPECT_EQ(head.headers, get.headers);
  EXPECT_EQ(head.body.size(), get.body.size());  // the server sends its length alone
}

TEST(ContentCoding, SmallLargePageErrorAndCodedAnswersStayAsTheyAre) {
  const NamedTexts takes = {{"Accept-Encoding", "gzip"}};
  const auto is_plain = [&](const HttpResponse& response) {
    const auto sent = answer(takes, response);
    return sent.body == response.body && field(sent, "Vary").empty();
  };
  EXPECT_TRUE(is_plain({.body = json_of(least_coded_bytes - 1)}));
  EXPECT_TRUE(is_plain({.body = std::string(most_coded_bytes + 1, 'a')}));
  EXPECT_FALSE(is_plain({.body = std::string(most_coded_bytes, 'a')}));
  EXPECT_TRUE(is_plain({.content_type = "text/html; charset=utf-8", .body = json_of(5'000)}));
  EXPECT_TRUE(is_plain({.content_type = "text/event-stream", .body = json_of(5'000)}));
  EXPECT_TRUE(is_plain({.status = 400, .body = json_of(5'000)}));
  EXPECT_TRUE(is_plain({.headers = {{"Content-Encoding", "br"}}, .body = json_of(5'000)}));
}

}  // namespace
}  // namespace causal_gym
