#include "platform/llm/wire_json.h"

#include "engine/base/check.h"

namespace causal_gym {

namespace {

constexpr std::uint64_t largest_count = std::uint64_t{1} << 53;

// nlohmann's parser has no limit on depth; a value that is too deep would overflow its printer.
bool is_shallow(std::string_view text) {
  std::size_t depth = 0;
  bool in_string = false;
  for (std::size_t at = 0; at < text.size(); ++at) {
    const char c = text[at];
    if (in_string) {
      if (c == '\\') ++at;
      if (c == '"') in_string = false;
    } else if (c == '"') {
      in_string = true;
    } else if (c == '[' || c == '{') {
      if (++depth > largest_reply_depth) return false;
    } else if ((c == ']' || c == '}') && depth > 0) {
      --depth;
    }
  }
  return true;
}

}  // namespace

std::optional<WireJson> read_wire_json(std::string_view text) {
  if (text.size() > largest_reply_bytes || !is_shallow(text)) return std::nullopt;
  auto value = WireJson::parse(text, nullptr, /*allow_exceptions=*/false);
  if (value.is_discarded()) return std::nullopt;
  return value;
}

WrittenJson read_own_json(std::string_view text) {
  auto value = WrittenJson::parse(text, nullptr, /*allow_exceptions=*/false);
  CHECK(value.is_object());
  return value;
}

std::string wire_text(const WireJson& value) {
  return value.dump(-1, ' ', /*ensure_ascii=*/false, WireJson::error_handler_t::replace);
}

std::string wire_text(const WrittenJson& value) {
  return value.dump(-1, ' ', /*ensure_ascii=*/false, WrittenJson::error_handler_t::replace);
}

const WireJson* wire_member(const WireJson& value, std::string_view name) {
  if (!value.is_object()) return nullptr;
  const auto found = value.find(name);
  return found == value.end() || found->is_null() ? nullptr : &*found;
}

const WireJson& wire_list(const WireJson& value, std::string_view name) {
  static const WireJson empty = WireJson::array();
  const auto* member = wire_member(value, name);
  return member != nullptr && member->is_array() ? *member : empty;
}

const WireJson& wire_object(const WireJson& value, std::string_view name) {
  static const WireJson empty = WireJson::object();
  const auto* member = wire_member(value, name);
  return member != nullptr && member->is_object() ? *member : empty;
}

std::string wire_string(const WireJson& value, std::string_view name) {
  const auto* member = wire_member(value, name);
  const auto* text = member == nullptr ? nullptr : member->get_ptr<const std::string*>();
  return text == nullptr ? std::string() : *text;
}

std::optional<std::int64_t> wire_count(const WireJson& value, std::string_view name) {
  const auto* member = wire_member(value, name);
  const auto* number = member == nullptr ? nullptr : member->get_ptr<const std::uint64_t*>();
  if (number == nullptr || *number > largest_count) return std::nullopt;
  return static_cast<std::int64_t>(*number);
}

WrittenJson arguments_object(std::string_view arguments) {
  const auto value = read_wire_json(arguments);
  if (value && value->is_object()) return WrittenJson(*value);
  if (arguments.empty()) return WrittenJson::object();
  auto object = WrittenJson::object();
  object["unreadable"] = std::string(arguments);
  return object;
}

}  // namespace causal_gym
