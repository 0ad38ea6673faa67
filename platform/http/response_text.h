// A response as the bytes of HTTP/1.1, rendered into one buffer so that it is written once.
// Source: RFC 9112. Cost: linear in the response. Pure, except that http_date formats a given time.
#pragma once

#include <ctime>
#include <string>

#include "platform/http/http_message.h"

namespace causal_gym {

struct ResponseFrame {
  std::string_view date = {};        // of http_date()
  std::string_view request_id = {};  // of is_request_id() form, or empty
  std::string_view trace = {};       // of trace_parent_text(), or empty
  bool head = false;                 // the request was HEAD: no body, but its length
  bool close = false;                // the connection ends after this response
  bool http_1_0 = false;             // the request was HTTP/1.0: no chunks, and told of keep-alive
};

// True when the status is 200..599, each header name is a token that the server does not write
// itself, and no value holds a control character: what a handler must return.
[[nodiscard]] bool is_sendable(const HttpResponse& response);

// Status line, headers and body; of a stream, all that comes before its pieces.
// A response that is not sendable becomes a 500: a line break in a header value
// would let its author write headers of their own.
[[nodiscard]] std::string response_text(const HttpResponse& response, const ResponseFrame& frame);
// Appends it to the text.
void add_response_text(std::string& text, const PreparedResponse& response,
                       const ResponseFrame& frame);

// For add_response_text(), of a response without a stream.
[[nodiscard]] PreparedResponse prepare_response(const HttpResponse& response);

// One chunk of a body in chunks; an empty piece is the end of the body.
[[nodiscard]] std::string chunk_text(std::string_view piece);

// "Sun, 06 Nov 1994 08:49:37 GMT" (RFC 9110, section 5.6.7), in any locale.
[[nodiscard]] std::string http_date(std::time_t seconds_since_1970);

}  // namespace causal_gym
