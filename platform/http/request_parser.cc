#include "platform/http/request_parser.h"

#include <algorithm>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/parser.hpp>
#include <charconv>

#include "engine/base/check.h"
#include "platform/http/chunked_body.h"

namespace causal_gym {
namespace {

namespace http = boost::beast::http;
using boost::beast::error_code;

RequestRefusal bad_request(std::string message, std::string where) {
  return {400, {ErrorCode::parse_error, std::move(message), std::move(where), ""}};
}

RequestRefusal over_limit(int status, const std::string& what, std::size_t limit) {
  return {status,
          {ErrorCode::limit_exceeded,
           what + " over the limit of " + std::to_string(limit) + " bytes", "request", ""}};
}

std::string text_of(boost::beast::string_view text) { return {text.data(), text.size()}; }

// "GET / HTTP/2.0": a request line that is whole, in a version that is not ours.
bool names_a_version(std::string_view input) {
  const std::string_view line = input.substr(0, input.find("\r\n"));
  const std::size_t at = line.rfind(" HTTP/");
  if (at == std::string_view::npos || line.find(' ', line.find(' ') + 1) != at) return false;
  const std::string_view version = line.substr(at + 6);
  return version.size() == 3 && version[1] == '.' &&
         version.find_first_not_of("0123456789.") == std::string_view::npos;
}

// Of what is left of a header: a line that goes on with a space (RFC 9112 section 5.2).
bool has_folded_line(std::string_view input) {
  for (std::size_t begin = 0;;) {
    const std::size_t end = input.find("\r\n", begin);
    if (end == std::string_view::npos || end == begin) return false;
    begin = end + 2;
    if (begin < input.size() && (input[begin] == ' ' || input[begin] == '\t')) return true;
  }
}

// No two names, no user, no path: what others could take for another host.
bool is_host(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view("-._~:[]%").find(c) != std::string_view::npos;
  });
}

bool is_chunked(std::string_view value) { return same_header_name(value, "chunked"); }

}  // namespace

struct RequestParser::Impl {
  using BeastParser = http::request_parser<http::empty_body>;

  explicit Impl(const HttpLimits& http_limits) : limits(http_limits) {}

  void refuse(RequestRefusal reason) {
    refusal = std::move(reason);
    state = ParserState::refused;
  }
  void refuse(const error_code& error, std::string_view input);
  void check_header();
  [[nodiscard]] std::optional<RequestRefusal> framing_error() const;
  [[nodiscard]] std::optional<RequestRefusal> host_error(
      const std::optional<std::string>& authority) const;
  [[nodiscard]] std::size_t count(http::field field) const;
  void read_header(std::string& input);
  void begin_body();
  void read_body(std::string& input);

  const HttpLimits limits;
  std::optional<BeastParser> parser;
  ParserState state = ParserState::empty;
  bool header_read = false;
  std::size_t body_bytes = 0;          // when Content-Length says how many
  std::optional<ChunkedBody> chunked;  // when they come in chunks
  bool wants_continue = false;
  RequestRefusal refusal;
  HttpRequest request;
};

void RequestParser::Impl::refuse(const error_code& error, std::string_view input) {
  const bool in_request_line = parser->get().target().empty();
  if (error == http::error::header_limit)
    return refuse(in_request_line ? over_limit(414, "the request line is", limits.target_bytes)
                                  : over_limit(431, "the headers are", limits.header_bytes));
  if (error == http::error::bad_version && names_a_version(input))
    return refuse({505,
                   {ErrorCode::invalid_argument, "not an HTTP/1.0 or HTTP/1.1 request",
                    "request line", "use HTTP/1.1"}});
  refuse(bad_request("malformed request: " + error.message(),
                     in_request_line ? "request line" : "headers"));
}

std::size_t RequestParser::Impl::count(http::field field) const {
  const auto [begin, end] = parser->get().equal_range(field);
  return static_cast<std::size_t>(std::distance(begin, end));
}

// What Beast lets pass although two readers could disagree on where the request ends.
std::optional<RequestRefusal> RequestParser::Impl::framing_error() const {
  const auto& message = parser->get();
  const std::size_t encodings = count(http::field::transfer_encoding);
  if (encodings > 0 && count(http::field::content_length) > 0)
    return bad_request("both Content-Length and Transfer-Encoding", "headers");
  if (encodings > 1) return bad_request("more than one Transfer-Encoding", "headers");
  if (encodings == 1) {
    if (message.version() < 11)
      return bad_request("Transfer-Encoding in an HTTP/1.0 request", "headers");
    if (!is_chunked(text_of(message[http::field::transfer_encoding])))
      return RequestRefusal{501,
                            {ErrorCode::invalid_argument, "unknown Transfer-Encoding", "headers",
                             "use chunked, or Content-Length"}};
  }
  // One field, one number: "5, 5" and "+5" are read differently by different servers.
  if (count(http::field::content_length) > 1)
    return bad_request("more than one Content-Length", "headers");
  const std::string length = text_of(message[http::field::content_length]);
  if (length.find_first_not_of("0123456789") != std::string::npos)
    return bad_request("Content-Length is not a number", "headers");
  return std::nullopt;
}

// authority: of the target, which others may go by instead of Host.
std::optional<RequestRefusal> RequestParser::Impl::host_error(
    const std::optional<std::string>& authority) const {
  const auto& message = parser->get();
  if (count(http::field::host) > 1) return bad_request("more than one Host", "headers");
  if (message.version() >= 11 && count(http::field::host) == 0)
    return bad_request("an HTTP/1.1 request without Host", "headers");
  const std::string host = text_of(message[http::field::host]);
  if (!is_host(host)) return bad_request("Host is not the name of a host", "headers");
  if (authority && count(http::field::host) == 1 && !same_header_name(*authority, host))
    return bad_request("the request target and Host name different hosts", "headers");
  return std::nullopt;
}

void RequestParser::Impl::check_header() {
  const auto& message = parser->get();
  request.method = text_of(message.method_string());
  if (message.target().size() > limits.target_bytes)
    return refuse(over_limit(414, "the request target is", limits.target_bytes));
  auto target = parse_target(text_of(message.target()));
  if (!target) return refuse({400, std::move(target).error()});
  request.path = std::move(target->path);
  request.query = std::move(target->query);
  for (const auto& field : message)
    request.headers.emplace_back(text_of(field.name_string()), text_of(field.value()));
  if (request.headers.size() > limits.header_fields)
    return refuse(
        {431,
         {ErrorCode::limit_exceeded,
          "more than " + std::to_string(limits.header_fields) + " header fields", "headers", ""}});
  if (auto error = framing_error()) return refuse(*std::move(error));
  if (auto error = host_error(target->authority)) return refuse(*std::move(error));
  begin_body();
}

void RequestParser::Impl::begin_body() {
  const auto& message = parser->get();
  if (count(http::field::transfer_encoding) > 0) {
    chunked.emplace(limits.body_bytes, limits.header_bytes);
  } else {
    const std::string length = text_of(message[http::field::content_length]);
    const auto [end, error] =
        std::from_chars(length.data(), length.data() + length.size(), body_bytes);
    if (error == std::errc::result_out_of_range || body_bytes > limits.body_bytes)
      return refuse(over_limit(413, "the body is", limits.body_bytes));
  }
  const auto expect = request.header("Expect");
  wants_continue = expect && message.version() >= 11 && (chunked || body_bytes > 0) &&
                   same_header_name(*expect, "100-continue");
}

void RequestParser::Impl::read_header(std::string& input) {
  // Beast would unfold it; others read two fields, or none.
  if (has_folded_line(input)) return refuse(bad_request("a folded header line", "headers"));
  // Beast may stop between the request line and the headers.
  for (std::size_t taken = 1; taken > 0 && !input.empty() && !parser->is_header_done();) {
    error_code error;
    taken = parser->put({input.data(), input.size()}, error);
    if (error && error != http::error::need_more) return refuse(error, input);
    input.erase(0, taken);
  }
  header_read = parser->is_header_done();
  if (header_read) check_header();
}

void RequestParser::Impl::read_body(std::string& input) {
  ChunkedState body_state = ChunkedState::partial;
  if (chunked) {
    body_state = chunked->feed(input, request.body);
  } else {
    const std::size_t size = std::min(body_bytes - request.body.size(), input.size());
    request.body.append(input, 0, size);
    input.erase(0, size);
    if (request.body.size() == body_bytes) body_state = ChunkedState::complete;
  }
  switch (body_state) {
    case ChunkedState::partial: return;
    case ChunkedState::complete: state = ParserState::complete; return;
    case ChunkedState::malformed: return refuse(bad_request("malformed chunk", "body"));
    case ChunkedState::body_too_large:
      return refuse(over_limit(413, "the body is", limits.body_bytes));
    case ChunkedState::line_too_long:
      return refuse(over_limit(431, "a line of the body is", limits.header_bytes));
  }
}

RequestParser::RequestParser(const HttpLimits& limits) : impl_(std::make_unique<Impl>(limits)) {
  begin();
}
RequestParser::~RequestParser() = default;

void RequestParser::begin() {
  impl_->parser.emplace();
  impl_->parser->header_limit(static_cast<std::uint32_t>(impl_->limits.header_bytes));
  impl_->parser->skip(true);  // the body is read here, not by Beast
  impl_->state = ParserState::empty;
  impl_->header_read = false;
  impl_->body_bytes = 0;
  impl_->chunked.reset();
  impl_->wants_continue = false;
  impl_->request = {};
}

ParserState RequestParser::feed(std::string& input) {
  CHECK(impl_->state == ParserState::empty || impl_->state == ParserState::partial);
  if (impl_->state == ParserState::empty) {
    // RFC 9112 section 2.2: empty lines before a request line are ignored.
    while (input.starts_with("\r\n")) input.erase(0, 2);
    if (input.empty() || input == "\r") return impl_->state;
  }
  impl_->state = ParserState::partial;
  if (!impl_->header_read) impl_->read_header(input);
  if (impl_->header_read && impl_->state == ParserState::partial) impl_->read_body(input);
  return impl_->state;
}

const RequestRefusal& RequestParser::refusal() const {
  CHECK(impl_->state == ParserState::refused);
  return impl_->refusal;
}

HttpRequest RequestParser::take_request() { return std::move(impl_->request); }

ParserState RequestParser::state() const { return impl_->state; }

std::size_t RequestParser::body_size() const { return impl_->request.body.size(); }

bool RequestParser::keep_alive() const { return impl_->parser->keep_alive(); }

bool RequestParser::http_1_0() const { return impl_->parser->get().version() == 10; }

bool RequestParser::take_continue() { return std::exchange(impl_->wants_continue, false); }

}  // namespace causal_gym
