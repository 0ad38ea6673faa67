#include "platform/store/run_cursor.h"

#include <nlohmann/json.hpp>

namespace causal_gym {

namespace {

using nlohmann::json;

constexpr std::string_view digits =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
constexpr std::size_t longest_cursor = 8192;

std::string base64url(std::string_view bytes) {
  std::string text;
  unsigned bits = 0;
  int count = 0;
  for (const unsigned char byte : bytes) {
    bits = bits << 8 | byte;
    for (count += 8; count >= 6; count -= 6) text += digits[bits >> (count - 6) & 63];
  }
  if (count > 0) text += digits[bits << (6 - count) & 63];
  return text;
}

std::optional<std::string> from_base64url(std::string_view text) {
  std::string bytes;
  unsigned bits = 0;
  int count = 0;
  for (const char c : text) {
    const auto digit = digits.find(c);
    if (digit == std::string_view::npos) return std::nullopt;
    bits = bits << 6 | static_cast<unsigned>(digit);
    count += 6;
    if (count < 8) continue;
    count -= 8;
    bytes += static_cast<char>(bits >> count & 255);
  }
  return bytes;
}

// What the listing is, each part by the name that clients know it by; without what is as by
// default.
json listing_json(const RunQuery& query) {
  const auto& filter = query.filter;
  json listing = json::object();
  if (query.order != RunOrder::newest) listing["order"] = run_order_name(query.order);
  std::string states;
  for (const auto state : all_run_states)
    for (const auto wanted : filter.states)
      if (wanted == state) {
        states += (states.empty() ? "" : ",") + std::string(run_state_name(state));
        break;
      }
  if (!states.empty()) listing["state"] = states;
  const std::pair<const char*, const std::optional<std::string>&> texts[] = {
      {"environment", filter.environment},
      {"agent", filter.agent},
      {"owner", filter.owner},
      {"since", filter.created_since},
      {"until", filter.created_before}};
  for (const auto& [name, value] : texts)
    if (value) listing[name] = *value;
  if (!filter.id_prefix.empty()) listing["id_prefix"] = filter.id_prefix;
  return listing;
}

std::string text_of(const json& value) {
  return value.dump(-1, ' ', false, json::error_handler_t::replace);
}

tl::unexpected<Error> no_cursor() {
  return fail(ErrorCode::invalid_argument, "no listing gave this cursor", "cursor",
              "take next_cursor of the page before");
}

// Names the first part in which the two differ.
tl::unexpected<Error> of_another_listing(const json& given, const json& asked) {
  for (const char* part :
       {"order", "state", "environment", "agent", "owner", "since", "until", "id_prefix"}) {
    const auto said = [&](const json& listing) {
      if (listing.contains(part)) return "'" + listing[part].get<std::string>() + "'";
      return std::string(part == std::string_view("order") ? "'newest'" : "none");
    };
    if (said(given) != said(asked))
      return fail(ErrorCode::invalid_argument,
                  "this cursor is of a listing with " + std::string(part) + " " + said(given) +
                      ", not " + said(asked),
                  "cursor", "keep order and filters from page to page, or begin without a cursor");
  }
  return no_cursor();
}

std::optional<RunPlace> plain_place(const std::string& cursor) {
  const auto slash = cursor.rfind('/');
  if (slash == std::string::npos) return std::nullopt;
  return RunPlace{0, cursor.substr(0, slash), cursor.substr(slash + 1)};
}

bool is_listing(const json& value) {
  if (!value.is_object()) return false;
  for (const auto& [name, part] : value.items())
    if (!part.is_string()) return false;
  return true;
}

}  // namespace

std::string write_cursor(const RunQuery& query, const RunPlace& last) {
  const json listing = listing_json(query);
  if (listing.empty()) return last.created_at + "/" + last.id;
  return base64url(text_of({listing, last.episodes_planned, last.created_at, last.id}));
}

Result<std::optional<RunPlace>> read_cursor(const RunQuery& query) {
  if (!query.cursor) return std::optional<RunPlace>();
  const auto& cursor = *query.cursor;
  if (cursor.size() > longest_cursor) return no_cursor();
  const json asked = json::parse(text_of(listing_json(query)));
  if (auto place = plain_place(cursor)) {
    if (!asked.empty()) return of_another_listing(json::object(), asked);
    return place;
  }
  const auto bytes = from_base64url(cursor);
  const auto parts = bytes ? json::parse(*bytes, nullptr, /*allow_exceptions=*/false) : json();
  if (!parts.is_array() || parts.size() != 4 || !is_listing(parts[0]) ||
      !parts[1].is_number_integer() || !parts[2].is_string() || !parts[3].is_string())
    return no_cursor();
  if (parts[0] != asked) return of_another_listing(parts[0], asked);
  return RunPlace{parts[1].get<std::int64_t>(), parts[2].get<std::string>(),
                  parts[3].get<std::string>()};
}

}  // namespace causal_gym
