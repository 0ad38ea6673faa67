#include "platform/telemetry/trace_context.h"

#include <algorithm>
#include <vector>

namespace causal_gym {
namespace {

constexpr std::size_t version_size = 2;
constexpr std::size_t trace_id_size = 32;
constexpr std::size_t span_id_size = 16;
constexpr std::size_t flags_size = 2;
constexpr std::size_t parent_size = version_size + trace_id_size + span_id_size + flags_size + 3;
constexpr std::size_t key_size = 256;     // of the first form
constexpr std::size_t tenant_size = 241;  // before the '@' of the second form
constexpr std::size_t system_size = 14;   // after it
constexpr std::size_t value_size = 256;

bool is_lower(char c) { return c >= 'a' && c <= 'z'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_hex(char c) { return is_digit(c) || (c >= 'a' && c <= 'f'); }

bool is_hex_text(std::string_view text) { return std::all_of(text.begin(), text.end(), is_hex); }

bool is_id(std::string_view text) {
  return is_hex_text(text) && text.find_first_not_of('0') != std::string_view::npos;
}

bool is_key_part(std::string_view text, std::size_t most, bool may_begin_with_digit) {
  if (text.empty() || text.size() > most) return false;
  if (!is_lower(text[0]) && !(may_begin_with_digit && is_digit(text[0]))) return false;
  return std::all_of(text.begin(), text.end(), [](char c) {
    return is_lower(c) || is_digit(c) || c == '_' || c == '-' || c == '*' || c == '/';
  });
}

bool is_key(std::string_view text) {
  const auto at = text.find('@');
  if (at == std::string_view::npos) return is_key_part(text, key_size, false);
  return is_key_part(text.substr(0, at), tenant_size, true) &&
         is_key_part(text.substr(at + 1), system_size, false);
}

bool is_value(std::string_view text) {
  if (text.empty() || text.size() > value_size || text.back() == ' ') return false;
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return c >= ' ' && c <= '~' && c != ',' && c != '='; });
}

std::string_view without_blanks(std::string_view text) {
  const auto first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

}  // namespace

std::optional<TraceParent> parse_trace_parent(std::string_view text) {
  if (text.size() < parent_size) return std::nullopt;
  const auto version = text.substr(0, version_size);
  if (!is_hex_text(version) || version == "ff") return std::nullopt;
  // Later versions may add fields, never change these.
  const bool longer = text.size() > parent_size;
  if (longer && (version == "00" || text[parent_size] != '-')) return std::nullopt;
  if (text[2] != '-' || text[35] != '-' || text[52] != '-') return std::nullopt;
  const auto trace_id = text.substr(3, trace_id_size);
  const auto parent_id = text.substr(36, span_id_size);
  const auto flags = text.substr(53, flags_size);
  if (!is_id(trace_id) || !is_id(parent_id) || !is_hex_text(flags)) return std::nullopt;
  const char low = flags[1];
  const int bits = is_digit(low) ? low - '0' : low - 'a' + 10;
  return TraceParent{std::string(trace_id), std::string(parent_id), (bits & 1) != 0};
}

std::optional<std::string> parse_trace_state(std::string_view text) {
  std::string state;
  std::vector<std::string_view> keys;
  while (!text.empty()) {
    const auto comma = std::min(text.find(','), text.size());
    // Blanks that lead a value are its own; those around a member are not.
    const auto member = without_blanks(text.substr(0, comma));
    text.remove_prefix(std::min(comma + 1, text.size()));
    if (member.empty()) continue;
    const auto equals = member.find('=');
    if (equals == std::string_view::npos) return std::nullopt;
    const auto key = member.substr(0, equals);
    if (!is_key(key) || !is_value(member.substr(equals + 1))) return std::nullopt;
    if (std::find(keys.begin(), keys.end(), key) != keys.end()) return std::nullopt;
    keys.push_back(key);
    if (keys.size() > trace_state_members) return std::nullopt;
    if (!state.empty()) state += ',';
    state += member;
  }
  if (state.size() > trace_state_bytes) return std::nullopt;
  return state;
}

TraceContext enter_trace(std::optional<std::string_view> parent, std::string_view state,
                         const HexSource& source) {
  TraceContext context;
  context.span_id = source(span_id_size);
  const auto known = parent ? parse_trace_parent(*parent) : std::nullopt;
  if (!known) {
    context.trace_id = source(trace_id_size);
    return context;
  }
  context.trace_id = known->trace_id;
  context.parent_id = known->parent_id;
  context.sampled = known->sampled;
  context.state = parse_trace_state(state).value_or("");
  return context;
}

std::string trace_parent_text(const TraceContext& context) {
  std::string text;
  text.reserve(parent_size);
  text.append("00-").append(context.trace_id).append("-").append(context.span_id);
  return text.append(context.sampled ? "-01" : "-00");
}

}  // namespace causal_gym
