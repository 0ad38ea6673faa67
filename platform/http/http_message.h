// An HTTP request and response as plain structs, and the few facts of RFC 9110 that they need.
// Source: RFC 9110 (semantics), RFC 3986 section 2.1 (percent-encoding). Cost: linear in the text.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/base/result.h"
#include "platform/http/body_stream.h"
#include "platform/telemetry/trace_context.h"

namespace causal_gym {

// Pairs in the order of arrival; names may repeat.
using NamedTexts = std::vector<std::pair<std::string, std::string>>;

struct HttpRequest {
  std::string method;  // as sent: "GET"
  std::string path;    // begins with '/', still percent-encoded; the router decodes each segment
  NamedTexts query;    // decoded, "+" is a space
  NamedTexts headers;
  std::string body;
  std::string request_id;   // 1..64 printable characters without spaces or quotes
  std::string remote;       // "127.0.0.1:40312"
  TraceContext trace = {};  // as traceparent and tracestate say, or a new one
  // Then the token of its handler is cancelled.
  std::chrono::steady_clock::time_point deadline = std::chrono::steady_clock::time_point::max();

  // The first header of that name in any case, or the first query parameter of exactly that name.
  [[nodiscard]] std::optional<std::string_view> header(std::string_view name) const;
  [[nodiscard]] std::optional<std::string_view> parameter(std::string_view name) const;
};

struct HttpResponse {
  int status = 200;
  std::string content_type = "application/json";
  NamedTexts headers =
      {};  // not Content-Length, Content-Type, Connection, Date: the server writes them
  std::string body = {};
  std::shared_ptr<BodyStream> stream = {};  // in place of a body
  // For the log, and never sent: whose request it was, and the route that answered it.
  std::string caller = {};
  std::string route = {};
};

// A response that is rendered but for what differs from request to request, so that it can be sent
// many times. Of prepare_response().
struct PreparedResponse {
  int status = 200;
  std::string status_line;
  std::string fields;  // all header lines that are the same for every request
  std::string body;
  std::string caller;  // as HttpResponse's
  std::string route;
};

struct HttpTarget {
  std::string path;
  NamedTexts query;
  std::optional<std::string> authority;  // "host:80"; of an absolute form alone
};

// The path and the decoded query of a request target in origin form ("/a?b=c") or absolute form
// ("http://host/a"). Errors: parse_error (neither form, or a broken percent escape, an
// escaped NUL byte).
[[nodiscard]] Result<HttpTarget> parse_target(std::string_view target);

// "%2Fa" -> "/a". Errors: parse_error (broken escape, or an escaped NUL byte).
[[nodiscard]] Result<std::string> percent_decoded(std::string_view text, bool plus_is_space);

// "Not Found" for 404; "Unknown" for a number that is not registered here.
[[nodiscard]] std::string_view reason_phrase(int status);

// Header names are compared without regard to ASCII case.
[[nodiscard]] bool same_header_name(std::string_view a, std::string_view b);

// A request id that may be repeated in headers and logs.
[[nodiscard]] bool is_request_id(std::string_view text);

}  // namespace causal_gym
