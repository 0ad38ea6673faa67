// HTTP/1.1 requests from bytes, one after the other, without a socket: the part that must not be
// fooled. Framing that two readers could understand differently is refused (request smuggling).
// Source: RFC 9112 sections 2 to 7 and 11.2; the grammar itself is Boost.Beast's parser.
// Cost: linear in the bytes. One object serves one connection, from one thread.
#pragma once

#include <memory>
#include <string>

#include "engine/base/result.h"
#include "platform/http/http_message.h"
#include "platform/http/server_options.h"

namespace causal_gym {

enum class ParserState {
  empty,     // no byte of a request yet
  partial,   // bytes are missing
  complete,  // request() may be taken
  refused,   // refusal() says why; the connection cannot be used for another request
};

// A status 400, 408, 413, 414, 431, 501 or 505 with its reason.
struct RequestRefusal {
  int status = 400;
  Error error;
};

class RequestParser {
 public:
  explicit RequestParser(const HttpLimits& limits);
  ~RequestParser();
  RequestParser(const RequestParser&) = delete;
  RequestParser& operator=(const RequestParser&) = delete;

  // Forgets the last request.
  void begin();

  // Takes what belongs to this request from the front of input, never a byte of the next one.
  // To be called again with more input while the state is empty or partial.
  ParserState feed(std::string& input);

  [[nodiscard]] const RequestRefusal& refusal() const;  // state refused

  [[nodiscard]] ParserState state() const;
  // All but request_id and remote; state complete, or what is known of a refused request.
  [[nodiscard]] HttpRequest take_request();

  // Of the body, as far as it has been read.
  [[nodiscard]] std::size_t body_size() const;
  [[nodiscard]] bool keep_alive() const;  // state complete
  [[nodiscard]] bool http_1_0() const;
  // The headers are complete, and the client waits for "100 Continue"; true once per request.
  [[nodiscard]] bool take_continue();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace causal_gym
