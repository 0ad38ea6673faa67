#include "platform/llm/belief_json.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "gym/agent/plain_reply.h"
#include "gym/agent/plain_text.h"
#include "platform/llm/belief_surroundings.h"
#include "platform/llm/wire_json.h"

namespace causal_gym {

namespace {

constexpr std::string_view belief_key = "belief";
constexpr std::string_view quoted_key = "\"belief\"";

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

// What a pair of braces says of a belief.
struct ReadObject {
  WireJson belief;  // null also where there is none
  bool is_json = true;
  int beliefs = 0;                       // how often the key stands in the object itself
  int inner_beliefs = 0;                 // and in its values
  std::optional<std::string> objection;  // what stands beside it says that it is none
};

ReadObject read_object(std::string_view text, std::string_view query) {
  ReadObject object;
  if (text.find(belief_key) == std::string_view::npos) return object;
  object.is_json = read_wire_json(text).has_value();
  if (!object.is_json) return object;
  const auto count = [&object](int depth, WireJson::parse_event_t event, WireJson& value) {
    if (event != WireJson::parse_event_t::key) return true;
    if (value == belief_key) ++(depth == 1 ? object.beliefs : object.inner_beliefs);
    return true;
  };
  auto json = WireJson::parse(text, count, /*allow_exceptions=*/false);
  if (object.beliefs == 0) return object;
  object.belief = std::move(json[std::string(belief_key)]);
  object.objection =
      objection_beside(WrittenJson::parse(text, nullptr, /*allow_exceptions=*/false), query);
  return object;
}

// The value's text in braces that hold nothing but a belief which JSON forbids: {"belief": .4,}.
std::optional<std::string_view> loose_belief(std::string_view text) {
  auto inside = trimmed(text.substr(1, text.size() - 2));
  if (!inside.starts_with(quoted_key)) return std::nullopt;
  inside = trimmed(inside.substr(quoted_key.size()));
  if (!inside.starts_with(":")) return std::nullopt;
  inside = trimmed(inside.substr(1));
  if (inside.ends_with(",")) inside = trimmed(inside.substr(0, inside.size() - 1));
  return inside.find_first_of("\"{}[]:\\") == std::string_view::npos ? std::optional(inside)
                                                                     : std::nullopt;
}

// A list, a value or a text around the object makes it another thing than was asked for.
bool stands_free(std::string_view before, std::string_view after) {
  before = trimmed(before);
  after = trimmed(after);
  if (!before.empty() && std::string_view("[{\"").find(before.back()) != std::string_view::npos)
    return false;
  const auto last = before.empty() ? before : trimmed(before.substr(0, before.size() - 1));
  const bool is_value = before.ends_with(":") && last.ends_with("\"");
  const bool is_item = before.ends_with(",") && !last.empty() &&
                       std::string_view("}]\"").find(last.back()) != std::string_view::npos;
  const auto next = after.starts_with(",") ? trimmed(after.substr(1)).substr(0, 1) : after;
  const bool goes_on =
      after.starts_with("]") || (after.starts_with(",") && !next.empty() &&
                                 std::string_view("{[\"").find(next[0]) != std::string_view::npos);
  return !is_value && !is_item && !goes_on;
}

class ReplyReader {
 public:
  ReplyReader(std::string_view said, const BeliefRange& range, std::string_view query)
      : said_(said), range_(range), query_(query) {}

  [[nodiscard]] BeliefReading read() const {
    const auto answer = without_thinking(said_);
    if (!answer) return unparseable("its thinking is cut off");
    std::optional<WireJson> belief;
    std::optional<std::string_view> loose;
    std::size_t begin = 0, end = 0;
    for (const auto& braces : outer_braces(*answer)) {
      const auto text = answer->substr(braces.begin, braces.end - braces.begin);
      if (!braces.is_closed) {
        if (text.find(quoted_key) == std::string_view::npos) break;
        return unparseable("its JSON is cut off");
      }
      auto object = read_object(text, query_);
      if (object.inner_beliefs > 0) return unparseable("its belief stands inside another value");
      const bool is_loose = !object.is_json && text.find(quoted_key) != std::string_view::npos &&
                            std::any_of(text.begin(), text.end(), is_digit);
      if (object.beliefs == 0 && !is_loose) continue;
      if (object.beliefs > 1 || loose || (belief && (is_loose || *belief != object.belief)))
        return unparseable("it states two beliefs");
      if (!stands_free(answer->substr(0, braces.begin), answer->substr(braces.end)))
        return unparseable("its belief stands inside another value");
      if (object.objection) return unparseable(*object.objection);
      if (is_loose)
        loose = text;
      else
        belief = std::move(object.belief);
      begin = braces.begin;
      end = braces.end;
    }
    if (!belief && !loose) return with_words(read_belief_text(*answer, range_, query_));
    return unless_words_object(belief ? value_of(*belief) : loose_value(*loose), *answer, begin,
                               end);
  }

 private:
  [[nodiscard]] BeliefReading unparseable(std::string_view reason) const {
    return unparseable_reading(said_, std::string(reason));
  }

  // What is recorded as said is the whole reply.
  [[nodiscard]] BeliefReading with_words(BeliefReading reading) const {
    if (auto* refused = std::get_if<Refused>(&reading.reply)) refused->reason = said_;
    if (auto* other = std::get_if<Unparseable>(&reading.reply)) other->text = said_;
    return reading;
  }

  // The object stands in `answer` from `begin` to `end`.
  [[nodiscard]] BeliefReading unless_words_object(BeliefReading reading, std::string_view answer,
                                                  std::size_t begin, std::size_t end) const {
    if (std::holds_alternative<Unparseable>(reading.reply)) return reading;
    AskedBelief asked{range_, query_};
    if (const auto* stated = std::get_if<Stated>(&reading.reply)) asked.value = stated->value;
    const auto before = answer.substr(0, begin);
    auto objection = objection_to_lead(before, asked);
    if (!objection) objection = objection_before(before, asked);
    if (!objection) objection = objection_behind(answer.substr(end), asked);
    return objection ? unparseable(*objection) : reading;
  }

  [[nodiscard]] BeliefReading value_of(const WireJson& belief) const {
    if (belief.is_null()) return {Refused{std::string(said_)}, "its belief is null"};
    if (belief.is_string())
      return with_words(read_belief_text(belief.get_ref<const std::string&>(), range_, query_));
    if (!belief.is_number()) return unparseable("its belief is no number");
    const auto value = belief.get<double>();
    if (!range_.contains(value)) return unparseable(belief.dump() + " is outside the range");
    return {Stated{value}, "JSON"};
  }

  [[nodiscard]] BeliefReading loose_value(std::string_view braces) const {
    const auto text = loose_belief(braces);
    if (!text) return unparseable("its JSON is malformed");
    return with_words(read_belief_text(*text, range_, query_));
  }

  std::string_view said_;
  BeliefRange range_;
  std::string_view query_;
};

}  // namespace

BeliefReading read_belief_reply(std::string_view reply, const BeliefRange& range,
                                std::string_view query) {
  if (reply.size() > largest_reply_bytes)
    return unparseable_reading(
        reply, "it is longer than " + std::to_string(largest_reply_bytes) + " bytes");
  return ReplyReader(reply, range, query).read();
}

}  // namespace causal_gym
