// The two framings of streams: server-sent events, and JSON a line. Bytes come in pieces of any
// size; where they are cut changes nothing.
//
// Source: WHATWG HTML section 9.2.6 (event streams: CR, LF or CRLF, comments, fields, a byte order
// mark at the start; an event that no blank line ends is dropped); ndjson.org. Cost: linear.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace causal_gym {

inline constexpr std::size_t largest_event_bytes = 16 << 20;  // of one event, or one line

struct StreamEvent {
  std::string type;  // of its `event` field; empty: none
  std::string data;  // its `data` fields, a line feed between them
  friend bool operator==(const StreamEvent&, const StreamEvent&) = default;
};

class EventStream {
 public:
  explicit EventStream(std::size_t largest = largest_event_bytes) : largest_(largest) {}

  // The events that these bytes complete. After one that is too large: none.
  [[nodiscard]] std::vector<StreamEvent> feed(std::string_view bytes);
  [[nodiscard]] bool too_large() const { return too_large_; }

 private:
  void take_line(std::vector<StreamEvent>& events);
  void take_field(std::string_view name, std::string_view value);

  std::size_t largest_;
  std::string line_;
  StreamEvent event_;
  bool has_data_ = false;
  bool after_return_ = false;  // a line feed that follows belongs to the line's end
  bool first_line_ = true;
  bool too_large_ = false;
};

class LineStream {
 public:
  explicit LineStream(std::size_t largest = largest_event_bytes) : largest_(largest) {}

  // The lines that these bytes complete, without their ends; blank ones are left out.
  [[nodiscard]] std::vector<std::string> feed(std::string_view bytes);
  // What stands after the last line's end.
  [[nodiscard]] const std::string& rest() const { return line_; }
  [[nodiscard]] bool too_large() const { return too_large_; }

 private:
  std::size_t largest_;
  std::string line_;
  bool too_large_ = false;
};

}  // namespace causal_gym
