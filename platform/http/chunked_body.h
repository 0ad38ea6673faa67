// The chunked transfer coding, read strictly: exact line ends, a bounded line, no bare CR or LF,
// extensions and trailers checked for form and dropped.
// Source: RFC 9112 section 7.1. Cost: linear in the bytes.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace causal_gym {

enum class ChunkedState { partial, complete, malformed, body_too_large, line_too_long };

class ChunkedBody {
 public:
  // body_limit: bytes of the decoded body; line_limit: bytes of one size line, or of all trailers.
  ChunkedBody(std::size_t body_limit, std::size_t line_limit)
      : body_limit_(body_limit), line_limit_(line_limit) {}

  // Takes what belongs to the body from the front of input and appends what it decodes to body.
  // After a state other than partial it must not be called again.
  ChunkedState feed(std::string& input, std::string& body);

 private:
  enum class Part { size_line, data, data_end, trailer };

  ChunkedState step(std::string_view& rest, std::string& body);
  ChunkedState read_size_line(std::string_view line, std::size_t body_size);
  ChunkedState read_trailer_line(std::string_view line);

  std::size_t body_limit_;
  std::size_t line_limit_;
  Part part_ = Part::size_line;
  std::uint64_t remaining_ = 0;  // bytes of this chunk's data
  std::size_t trailer_bytes_ = 0;
  bool waiting_ = false;  // for bytes that are not there yet
};

}  // namespace causal_gym
