#include "platform/llm/event_stream.h"

#include <algorithm>
#include <utility>

namespace causal_gym {

namespace {
constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";
}

std::vector<StreamEvent> EventStream::feed(std::string_view bytes) {
  std::vector<StreamEvent> events;
  while (!bytes.empty() && !too_large_) {
    if (std::exchange(after_return_, false) && bytes.front() == '\n') {
      bytes.remove_prefix(1);
      continue;
    }
    const auto end = std::min(bytes.find_first_of("\r\n"), bytes.size());
    line_.append(bytes.substr(0, end));
    too_large_ = line_.size() + event_.data.size() > largest_;
    if (end == bytes.size() || too_large_) break;
    after_return_ = bytes[end] == '\r';
    bytes.remove_prefix(end + 1);
    take_line(events);
  }
  return events;
}

void EventStream::take_line(std::vector<StreamEvent>& events) {
  std::string_view line = line_;
  if (std::exchange(first_line_, false) && line.starts_with(byte_order_mark))
    line.remove_prefix(byte_order_mark.size());
  if (line.empty()) {
    if (has_data_) events.push_back(std::move(event_));
    event_ = {};
    has_data_ = false;
  } else {
    const auto colon = line.find(':');
    auto value = colon == std::string_view::npos ? std::string_view() : line.substr(colon + 1);
    if (value.starts_with(' ')) value.remove_prefix(1);
    take_field(line.substr(0, colon), value);
  }
  line_.clear();
}

void EventStream::take_field(std::string_view name, std::string_view value) {
  if (name == "event") event_.type = value;
  if (name != "data")
    return;  // a comment has an empty name; ids and retry times are of no use here
  if (std::exchange(has_data_, true)) event_.data += '\n';
  event_.data += value;
}

std::vector<std::string> LineStream::feed(std::string_view bytes) {
  std::vector<std::string> lines;
  while (!bytes.empty() && !too_large_) {
    const auto end = std::min(bytes.find('\n'), bytes.size());
    line_.append(bytes.substr(0, end));
    too_large_ = line_.size() > largest_;
    if (end == bytes.size() || too_large_) break;
    bytes.remove_prefix(end + 1);
    if (line_.ends_with('\r')) line_.pop_back();
    if (line_.find_first_not_of(" \t") != std::string::npos) lines.push_back(line_);
    line_.clear();
  }
  return lines;
}

}  // namespace causal_gym
