// Framing without sockets: every cut of the bytes gives the same requests, and what could be read
// in two ways is refused.
#include "platform/http/request_parser.h"

#include "engine/base/rng.h"

namespace causal_gym {
namespace {

constexpr HttpLimits small{
    .body_bytes = 64, .header_bytes = 512, .target_bytes = 128, .header_fields = 8};

struct Parsed {
  std::vector<std::string> requests;  // "METHOD path body"
  int refused = 0;                    // status, or 0
};

// Feeds the bytes in pieces of that size.
Parsed parse(const std::string& bytes, std::size_t piece, const HttpLimits& limits = small) {
  RequestParser parser(limits);
  std::string input;
  Parsed parsed;
  for (std::size_t at = 0; at < bytes.size(); at += piece) {
    input += bytes.substr(at, piece);
    for (;;) {
      const ParserState state = parser.feed(input);
      if (state == ParserState::refused) {
        parsed.refused = parser.refusal().status;
        return parsed;
      }
      if (state != ParserState::complete) break;
      const HttpRequest request = parser.take_request();
      parsed.requests.push_back(request.method + " " + request.path + " " + request.body);
      parser.begin();
    }
  }
  return parsed;
}

int refusal_of(const std::string& bytes) { return parse(bytes, bytes.size()).refused; }

TEST(RequestParser, GivesTheSameRequestsForEveryCutOfTheBytes) {
  const std::string bytes =
      "GET /a HTTP/1.1\r\nHost: h\r\n\r\n"
      "\r\nPOST /b HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nhello"
      "POST /c HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n"
      "3\r\nabc\r\n4;x=y\r\ndefg\r\n0\r\nTrailer: t\r\n\r\n"
      "POST /e HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: Chunked\r\n\r\n0\r\n\r\n"
      "GET /d HTTP/1.0\r\n\r\n";
  const std::vector<std::string> expected = {"GET /a ", "POST /b hello", "POST /c abcdefg",
                                             "POST /e ", "GET /d "};
  for (std::size_t piece = 1; piece <= bytes.size(); ++piece) {
    SCOPED_TRACE(piece);
    const Parsed parsed = parse(bytes, piece);
    EXPECT_EQ(parsed.requests, expected);
    EXPECT_EQ(parsed.refused, 0);
  }
}

TEST(RequestParser, RefusesFramingThatCanBeReadInTwoWays) {
  const std::string begin = "POST / HTTP/1.1\r\nHost: h\r\n";
  const std::string end = "\r\n0\r\n\r\n";
  for (const char* headers : {"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n",
                              "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n",
                              "Transfer-Encoding: identity\r\nContent-Length: 5\r\n",
                              "Content-Length: 5\r\nContent-Length: 6\r\n",
                              "Content-Length: 5\r\nContent-Length: 5\r\n",
                              "Content-Length: 5, 5\r\n",
                              "Content-Length: +5\r\n",
                              "Content-Length: -5\r\n",
                              "Content-Length: 0x5\r\n",
                              "Content-Length:\r\n",
                              "Content-Length: 5 5\r\n",
                              "Content-Length: 99999999999999999999\r\n",
                              "Content-Length : 5\r\n",
                              "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n",
                              "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n",
                              "Transfer-Encoding : chunked\r\n",
                              "Content-Length:\r\n 5\r\n",
                              "Transfer-Encoding:\r\n chunked\r\n",
                              "Host: other\r\n",
                              "X: a\r\n b\r\n",
                              "X: a\r\n\tb\r\n",
                              "X: a\nY: b\r\n",
                              "X: a\rY: b\r\n",
                              "X: a\x01\r\n"}) {
    SCOPED_TRACE(headers);
    EXPECT_EQ(refusal_of(begin + headers + end), 400);
  }
  for (const char* encoding : {"gzip", "gzip, chunked", "chunked, gzip", "xchunked", "chunked;q=1",
                               "\"chunked\"", "\vchunked"}) {
    SCOPED_TRACE(encoding);
    const int status = refusal_of(begin + "Transfer-Encoding: " + encoding + "\r\n" + end);
    EXPECT_TRUE(status == 501 || status == 400) << status;
  }
  EXPECT_EQ(refusal_of("POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"), 400);
}

TEST(RequestParser, RefusesBadRequestLines) {
  for (const char* line :
       {"GET", "GET /", "GET  / HTTP/1.1", "GET / HTTP/1.1 ", "GET /a b HTTP/1.1", "G@T / HTTP/1.1",
        " GET / HTTP/1.1", "GET / http/1.1", "GET / HTTP/x.y", "GET relative HTTP/1.1",
        "GET /%zz HTTP/1.1", "\x16\x03\x01", "GET / HTTP/1.1\n"}) {
    SCOPED_TRACE(line);
    EXPECT_EQ(refusal_of(std::string(line) + "\r\nHost: h\r\n\r\n"), 400);
  }
  EXPECT_EQ(refusal_of("GET / HTTP/2.0\r\nHost: h\r\n\r\n"), 505);
  EXPECT_EQ(refusal_of("GET / HTTP/1.1\r\n\r\n"), 400) << "no Host";
}

TEST(RequestParser, ALineThatGoesOnIsRefusedForEveryCutOfTheBytes) {
  const std::string folded = "GET / HTTP/1.1\r\nHost: h\r\nX: a\r\n b\r\n\r\n";
  const std::string body_of_space =
      "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\n\r\n \r\n";
  for (std::size_t piece = 1; piece <= folded.size(); ++piece) {
    SCOPED_TRACE(piece);
    EXPECT_EQ(parse(folded, piece).refused, 400);
    EXPECT_EQ(parse(body_of_space, piece).requests, std::vector<std::string>{"POST / \r\n \r\n"});
  }
}

TEST(RequestParser, RefusesHostsThatCanBeReadInTwoWays) {
  const auto host = [](const std::string& target, const std::string& value) {
    return refusal_of("GET " + target + " HTTP/1.1\r\nHost: " + value + "\r\n\r\n");
  };
  for (const char* value : {"", "h", "h.example:80", "[::1]:80", "fe80::1%25eth0", "a_b~c-d"})
    EXPECT_EQ(host("/", value), 0) << value;
  for (const char* value : {"h, other", "h other", "h@other", "h/other", "h?other", "h#other",
                            "h\\other", "\xc3\xa4", "\"h\""})
    EXPECT_EQ(host("/", value), 400) << value;
  EXPECT_EQ(host("http://H:80/", "h:80"), 0);
  for (const char* target : {"http://other/", "http://h:81/", "http:///", "http://u@h:80/"})
    EXPECT_EQ(host(target, "h:80"), 400) << target;
  EXPECT_EQ(refusal_of("GET http://h/ HTTP/1.0\r\n\r\n"), 0);
}

TEST(RequestParser, RefusesBadChunks) {
  const std::string begin = "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n";
  for (const char* body : {"x\r\n", "3\r\nabcd\r\n", "3\r\nabc0\r\n\r\n", "-1\r\n",
                           "0x3\r\nabc\r\n", "fffffffffffffffff\r\n", "\r\n", "3 abc\r\n"}) {
    SCOPED_TRACE(body);
    EXPECT_EQ(refusal_of(begin + body + "\r\n\r\n"), 400);
  }
}

TEST(RequestParser, HoldsEachLimitAtItsEdge) {
  const std::string host = " HTTP/1.1\r\nHost: h\r\n";
  EXPECT_EQ(refusal_of("GET /" + std::string(127, 'a') + host + "\r\n"), 0);
  EXPECT_EQ(refusal_of("GET /" + std::string(128, 'a') + host + "\r\n"), 414);
  EXPECT_EQ(refusal_of("GET /" + std::string(5'000, 'a')), 414) << "and no end in sight";
  const auto post = [&](std::size_t size) {
    return "POST /" + host + "Content-Length: " + std::to_string(size) + "\r\n\r\n" +
           std::string(size, 'b');
  };
  EXPECT_EQ(refusal_of(post(64)), 0);
  EXPECT_EQ(refusal_of(post(65)), 413);
  const auto chunks = [&](const char* second) {
    return "POST /" + host + "Transfer-Encoding: chunked\r\n\r\n20\r\n" + std::string(32, 'c') +
           "\r\n" + second + "\r\n" + std::string(32, 'c') + "\r\n0\r\n\r\n";
  };
  EXPECT_EQ(refusal_of(chunks("20")), 0);
  EXPECT_EQ(refusal_of(chunks("21")), 413);
  EXPECT_EQ(refusal_of("GET /" + host + "X: " + std::string(600, 'd') + "\r\n\r\n"), 431);
  EXPECT_EQ(refusal_of("GET /" + host + "X: " + std::string(600, 'd')), 431);
  std::string fields;
  for (int i = 0; i < 7; ++i) fields += "X: y\r\n";
  EXPECT_EQ(refusal_of("GET /" + host + fields + "\r\n"), 0);
  EXPECT_EQ(refusal_of("GET /" + host + fields + "X: y\r\n\r\n"), 431);
}

TEST(RequestParser, RefusesAChunkLineWithoutEnd) {
  const std::string begin = "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n";
  EXPECT_EQ(parse(begin + "3;" + std::string(100'000, 'e'), 100).refused, 431);
  EXPECT_EQ(parse(begin + "0\r\nX: " + std::string(100'000, 'f'), 100).refused, 431);
}

TEST(RequestParser, NeverFailsOnDamagedBytes) {
  const std::string good =
      "POST /c?a=b HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
      "3\r\nabc\r\n4;x=\"y\"\r\ndefg\r\n0\r\nTrailer: t\r\n u\r\n\r\n"
      "POST /b HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\nhello";
  constexpr std::string_view marks = "\r\n\r\n :;,=\t\"0a9\x01\xff%";
  Rng rng(20'261'124, stream_of("damaged requests"));
  for (int round = 0; round < 100'000; ++round) {
    std::string bytes = good;
    for (std::uint64_t edits = 1 + rng.below(4); edits > 0; --edits) {
      const auto at = static_cast<std::size_t>(rng.below(bytes.size()));
      const char mark = marks[static_cast<std::size_t>(rng.below(marks.size()))];
      const std::uint64_t kind = rng.below(3);
      if (kind == 0) bytes[at] = mark;
      if (kind == 1) bytes.insert(at, 1, mark);
      if (kind == 2) bytes.erase(at, 1 + static_cast<std::size_t>(rng.below(3)));
    }
    SCOPED_TRACE(bytes);
    const Parsed whole = parse(bytes, bytes.size());
    const Parsed cut = parse(bytes, 1 + static_cast<std::size_t>(rng.below(40)));
    ASSERT_EQ(whole.requests, cut.requests);
    // Which bytes an error waits for may differ; what is served may not.
  }
}

TEST(RequestParser, TellsOfKeepAliveAndContinue) {
  RequestParser parser(small);
  std::string input = "GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n";
  ASSERT_EQ(parser.feed(input), ParserState::complete);
  EXPECT_FALSE(parser.keep_alive());
  parser.begin();
  input = "GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n";
  ASSERT_EQ(parser.feed(input), ParserState::complete);
  EXPECT_TRUE(parser.keep_alive());
  EXPECT_TRUE(parser.http_1_0());
  parser.begin();
  input = "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n";
  ASSERT_EQ(parser.feed(input), ParserState::partial);
  EXPECT_TRUE(parser.take_continue());
  EXPECT_FALSE(parser.take_continue());
}

}  // namespace
}  // namespace causal_gym
