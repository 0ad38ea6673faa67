#include "platform/http/chunked_body.h"

#include <algorithm>
#include <charconv>

namespace causal_gym {
namespace {

constexpr std::size_t longest_size = 15;  // hexadecimal digits: below 2^60, so sums do not overflow

bool is_text(std::string_view line) {
  return std::all_of(line.begin(), line.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte == '\t' || (byte >= 0x20 && byte != 0x7f);
  });
}

}  // namespace

ChunkedState ChunkedBody::read_size_line(std::string_view line, std::size_t body_size) {
  const std::size_t digits =
      std::min(line.find_first_not_of("0123456789abcdefABCDEF"), line.size());
  if (digits == 0 || digits > longest_size) return ChunkedState::malformed;
  std::from_chars(line.data(), line.data() + digits, remaining_, 16);
  std::string_view extension = line.substr(digits);
  extension.remove_prefix(std::min(extension.find_first_not_of(" \t"), extension.size()));
  if (!extension.empty() && extension.front() != ';') return ChunkedState::malformed;
  if (extension.empty() && line.size() > digits) return ChunkedState::malformed;
  if (!is_text(extension)) return ChunkedState::malformed;
  if (remaining_ > body_limit_ - body_size) return ChunkedState::body_too_large;
  part_ = remaining_ == 0 ? Part::trailer : Part::data;
  return ChunkedState::partial;
}

ChunkedState ChunkedBody::read_trailer_line(std::string_view line) {
  if (line.empty()) return ChunkedState::complete;
  trailer_bytes_ += line.size();
  if (trailer_bytes_ > line_limit_) return ChunkedState::line_too_long;
  const bool is_field = line.front() != ' ' && line.front() != '\t' && line.front() != ':' &&
                        line.find(':') != std::string_view::npos;
  return is_field && is_text(line) ? ChunkedState::partial : ChunkedState::malformed;
}

ChunkedState ChunkedBody::step(std::string_view& rest, std::string& body) {
  if (part_ == Part::data) {
    const auto size = static_cast<std::size_t>(std::min<std::uint64_t>(remaining_, rest.size()));
    body.append(rest.substr(0, size));
    rest.remove_prefix(size);
    remaining_ -= size;
    if (remaining_ == 0) part_ = Part::data_end;
    return ChunkedState::partial;
  }
  if (part_ == Part::data_end) {
    if (!std::string_view("\r\n").starts_with(rest.substr(0, 2))) return ChunkedState::malformed;
    waiting_ = rest.size() < 2;
    if (waiting_) return ChunkedState::partial;
    rest.remove_prefix(2);
    part_ = Part::size_line;
    return ChunkedState::partial;
  }
  const std::size_t end = rest.find_first_of("\r\n");
  if (std::min(end, rest.size()) > line_limit_) return ChunkedState::line_too_long;
  if (end != std::string_view::npos && !std::string_view("\r\n").starts_with(rest.substr(end, 2)))
    return ChunkedState::malformed;
  waiting_ = end == std::string_view::npos || end + 2 > rest.size();
  if (waiting_) return ChunkedState::partial;
  const std::string_view line = rest.substr(0, end);
  rest.remove_prefix(end + 2);
  return part_ == Part::size_line ? read_size_line(line, body.size()) : read_trailer_line(line);
}

ChunkedState ChunkedBody::feed(std::string& input, std::string& body) {
  std::string_view rest = input;
  ChunkedState state = ChunkedState::partial;
  waiting_ = false;
  while (state == ChunkedState::partial && !waiting_ && !rest.empty()) state = step(rest, body);
  input.erase(0, input.size() - rest.size());
  return state;
}

}  // namespace causal_gym
