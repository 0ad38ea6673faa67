#include "platform/llm/belief_json.h"

#include <cmath>
#include <cstddef>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "gym/agent/plain_reply.h"
#include "platform/llm/wire_json.h"

namespace causal_gym {

namespace {

constexpr std::string_view belief_key = "belief";
constexpr std::string_view spaces = " \t\r\n";

// The outermost pairs of braces; one that is not closed reaches to the end.
struct Braces {
  std::size_t begin = 0;
  std::size_t end = 0;
  bool is_closed = false;
};

std::vector<Braces> outer_braces(std::string_view text) {
  std::vector<Braces> found;
  std::size_t depth = 0;
  bool in_string = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (in_string && c == '\\') {
      ++i;
    } else if (depth > 0 && c == '"') {
      in_string = !in_string;
    } else if (in_string) {
      continue;
    } else if (c == '{') {
      if (depth++ == 0) found.push_back({i, text.size(), false});
    } else if (c == '}' && depth > 0 && --depth == 0) {
      found.back().end = i + 1;
      found.back().is_closed = true;
    }
  }
  return found;
}

// An object's belief; `is_repeated` when the key stands in it more than once.
struct StatedObject {
  WireJson belief;
  bool is_repeated = false;
};

std::optional<StatedObject> read_object(std::string_view text) {
  if (text.find(belief_key) == std::string_view::npos || !read_wire_json(text)) return std::nullopt;
  int beliefs = 0;
  const auto count = [&beliefs](int depth, WireJson::parse_event_t event, WireJson& value) {
    if (event == WireJson::parse_event_t::key && depth == 1 && value == belief_key) ++beliefs;
    return true;
  };
  auto object = WireJson::parse(text, count, /*allow_exceptions=*/false);
  if (beliefs == 0) return std::nullopt;
  return StatedObject{std::move(object[std::string(belief_key)]), beliefs > 1};
}

// Nothing but a fence's end and points may follow the object that a reply ends with.
bool is_end(std::string_view rest) {
  return rest.find_first_not_of(" \t\r\n`.*$") == std::string_view::npos;
}

// A list or a word around the object makes it another thing than was asked for.
bool begins_well(std::string_view before) {
  const auto last = before.find_last_not_of(spaces);
  return last == std::string_view::npos ||
         std::string_view("[{(,\"").find(before[last]) == std::string_view::npos;
}

class ReplyReader {
 public:
  ReplyReader(std::string_view said, const BeliefRange& range) : said_(said), range_(range) {}

  [[nodiscard]] BeliefReading read() const {
    const auto answer = without_thinking(said_);
    if (!answer) return unparseable("its thinking is cut off");
    std::optional<StatedObject> last;
    std::size_t begin = 0, end = 0;
    for (const auto& braces : outer_braces(*answer)) {
      const auto text = answer->substr(braces.begin, braces.end - braces.begin);
      if (!braces.is_closed) {
        if (text.find("\"belief\"") != std::string_view::npos)
          return unparseable("its JSON is cut off");
        break;
      }
      auto object = read_object(text);
      if (!object) continue;
      if (object->is_repeated || (last && last->belief != object->belief))
        return unparseable("it states two beliefs");
      last = std::move(object);
      begin = braces.begin;
      end = braces.end;
    }
    if (last && is_end(answer->substr(end)) && begins_well(answer->substr(0, begin)))
      return value_of(last->belief);
    return with_words(read_belief_text(*answer, range_));
  }

 private:
  [[nodiscard]] BeliefReading unparseable(std::string_view reason) const {
    return {Unparseable{std::string(said_)}, std::string(reason)};
  }

  // What is recorded as said is the whole reply.
  [[nodiscard]] BeliefReading with_words(BeliefReading reading) const {
    if (auto* refused = std::get_if<Refused>(&reading.reply)) refused->reason = said_;
    if (auto* other = std::get_if<Unparseable>(&reading.reply)) other->text = said_;
    return reading;
  }

  [[nodiscard]] BeliefReading value_of(const WireJson& belief) const {
    if (belief.is_null()) return {Refused{std::string(said_)}, "its belief is null"};
    if (belief.is_string())
      return with_words(read_belief_text(belief.get_ref<const std::string&>(), range_));
    if (!belief.is_number()) return unparseable("its belief is no number");
    const auto value = belief.get<double>();
    if (!range_.contains(value)) return unparseable(belief.dump() + " is outside the range");
    return {Stated{value}, "JSON"};
  }

  std::string_view said_;
  BeliefRange range_;
};

}  // namespace

BeliefReading read_belief_reply(std::string_view reply, const BeliefRange& range) {
  if (reply.size() > largest_reply_bytes)
    return {Unparseable{std::string(reply)},
            "it is longer than " + std::to_string(largest_reply_bytes) + " bytes"};
  return ReplyReader(reply, range).read();
}

}  // namespace causal_gym
