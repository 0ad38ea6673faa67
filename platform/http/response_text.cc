#include "platform/http/response_text.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "platform/http/error_response.h"

namespace causal_gym {
namespace {

constexpr std::array<std::string_view, 5> server_headers = {
    "Content-Length", "Content-Type", "Transfer-Encoding", "Connection", "Date"};

bool is_token(std::string_view text) {
  constexpr std::string_view marks = "!#$%&'*+-.^_`|~";
  return !text.empty() && std::all_of(text.begin(), text.end(), [&](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           marks.find(c) != std::string_view::npos;
  });
}

bool is_field_value(std::string_view text) {
  return std::none_of(text.begin(), text.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return (byte < 0x20 && c != '\t') || byte == 0x7f;
  });
}

// Statuses without a body, RFC 9110 section 6.4.1.
bool has_body(int status) { return status != 204 && status != 304; }

void add_header(std::string& text, std::string_view name, std::string_view value) {
  text.append(name).append(": ").append(value).append("\r\n");
}

void add_two_digits(std::string& text, int number) {
  text += static_cast<char>('0' + number / 10);
  text += static_cast<char>('0' + number % 10);
}

PreparedResponse prepared_head(const HttpResponse& response, bool http_1_0) {
  PreparedResponse prepared;
  prepared.status = response.status;
  prepared.status_line.append("HTTP/1.1 ").append(std::to_string(response.status)).append(" ");
  prepared.status_line.append(reason_phrase(response.status)).append("\r\n");
  auto& fields = prepared.fields;
  if (has_body(response.status)) {
    if (!response.content_type.empty()) add_header(fields, "Content-Type", response.content_type);
    if (!response.stream)
      add_header(fields, "Content-Length", std::to_string(response.body.size()));
    else if (!http_1_0)
      add_header(fields, "Transfer-Encoding", "chunked");
  }
  add_header(fields, "X-Content-Type-Options", "nosniff");
  for (const auto& [name, value] : response.headers) add_header(fields, name, value);
  return prepared;
}

void add_framed(std::string& text, const PreparedResponse& head, std::string_view body,
                const ResponseFrame& frame) {
  text.reserve(text.size() + 256 + head.fields.size() + body.size());
  text.append(head.status_line);
  add_header(text, "Date", frame.date);
  if (!frame.request_id.empty()) add_header(text, "X-Request-Id", frame.request_id);
  if (!frame.trace.empty()) add_header(text, "traceresponse", frame.trace);
  if (frame.close)
    add_header(text, "Connection", "close");
  else if (frame.http_1_0)
    add_header(text, "Connection", "keep-alive");
  text.append(head.fields).append("\r\n");
  if (!frame.head) text.append(body);
}

}  // namespace

bool is_sendable(const HttpResponse& response) {
  if (response.status < 200 || response.status > 599 || !is_field_value(response.content_type))
    return false;
  return std::all_of(response.headers.begin(), response.headers.end(), [](const auto& header) {
    return is_token(header.first) && is_field_value(header.second) &&
           std::none_of(server_headers.begin(), server_headers.end(),
                        [&](std::string_view own) { return same_header_name(own, header.first); });
  });
}

std::string response_text(const HttpResponse& response, const ResponseFrame& frame) {
  if (!is_sendable(response)) return response_text(internal_error_response(), frame);
  const std::string_view body = has_body(response.status) ? response.body : std::string_view();
  std::string text;
  add_framed(text, prepared_head(response, frame.http_1_0), body, frame);
  return text;
}

PreparedResponse prepare_response(const HttpResponse& response) {
  if (!is_sendable(response)) return prepare_response(internal_error_response());
  auto prepared = prepared_head(response, false);
  if (has_body(response.status)) prepared.body = response.body;
  prepared.caller = response.caller;
  prepared.route = response.route;
  return prepared;
}

void add_response_text(std::string& text, const PreparedResponse& response,
                       const ResponseFrame& frame) {
  add_framed(text, response, response.body, frame);
}

std::string chunk_text(std::string_view piece) {
  std::array<char, 16> size{};
  const auto end = std::to_chars(size.data(), size.data() + size.size(), piece.size(), 16).ptr;
  std::string text(size.data(), end);
  text.append("\r\n").append(piece).append("\r\n");
  return text;
}

std::string http_date(std::time_t seconds_since_1970) {
  constexpr std::string_view days = "SunMonTueWedThuFriSat";
  constexpr std::string_view months = "JanFebMarAprMayJunJulAugSepOctNovDec";
  std::tm parts{};
  gmtime_r(&seconds_since_1970, &parts);
  std::string text(days.substr(static_cast<std::size_t>(parts.tm_wday) * 3, 3));
  text += ", ";
  add_two_digits(text, parts.tm_mday);
  text.append(" ").append(months.substr(static_cast<std::size_t>(parts.tm_mon) * 3, 3));
  text.append(" ").append(std::to_string(parts.tm_year + 1900)).append(" ");
  add_two_digits(text, parts.tm_hour);
  text += ':';
  add_two_digits(text, parts.tm_min);
  text += ':';
  add_two_digits(text, parts.tm_sec);
  text += " GMT";
  return text;
}

}  // namespace causal_gym
