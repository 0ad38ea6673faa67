// Without its exceptions, the library is this file's alone.
#define TOML_EXCEPTIONS 0
#define TOML_HEADER_ONLY 1
#define TOML_ENABLE_FORMATTERS 0
#include "platform/config/toml_file.h"

#include <toml++/toml.h>

#include <algorithm>
#include <utility>

namespace causal_gym {

namespace {

TextPlace place_of(const toml::source_region& region) {
  return {region.begin.line, region.begin.column};
}

std::string kind_of(const toml::node& node) {
  if (node.is_array()) return "a list that holds something else than texts";
  if (node.is_table()) return "a table";
  return node.is_date() ? "a date" : node.is_time() ? "a time" : "a date and time";
}

TomlValue value_of(const toml::node& node) {
  if (const auto* number = node.as_integer()) return number->get();
  if (const auto* number = node.as_floating_point()) return number->get();
  if (const auto* flag = node.as_boolean()) return flag->get();
  if (const auto* text = node.as_string()) return text->get();
  if (const auto* list = node.as_array()) {
    std::vector<std::string> items;
    for (const auto& item : *list)
      if (const auto* text = item.as_string()) items.push_back(text->get());
    if (items.size() == list->size()) return items;
  }
  return OtherToml{kind_of(node)};
}

std::string part(std::string_view name) {
  const bool bare = !name.empty() && std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '-';
  });
  return bare ? std::string(name) : toml_quoted(name);
}

void add_entries(const toml::table& table, const std::string& prefix,
                 std::vector<TomlEntry>& entries) {
  for (const auto& [key, node] : table) {
    const auto name = prefix + part(key.str());
    const auto* inner = node.as_table();
    if (inner != nullptr && !inner->empty())
      add_entries(*inner, name + ".", entries);
    else
      entries.push_back({name, value_of(node), place_of(key.source()), place_of(node.source())});
  }
}

// What toml++ says, without what it quotes of a value: that may be a secret.
std::string description_of(std::string_view text) {
  std::string said(text);
  if (said.find("redefine") != std::string::npos) return said;  // quotes names alone
  const std::string_view saw = ", saw '";
  if (const auto at = said.find(saw); at != std::string::npos) {
    const auto begin = at + saw.size();
    const auto characters =
        std::count_if(said.begin() + static_cast<std::ptrdiff_t>(begin), said.end(),
                      [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; });
    if (characters > 2) said.resize(at);  // one and the closing quote
    return said;
  }
  const auto first = said.find('\''), last = said.rfind('\'');
  if (first != last) said.replace(first, last - first + 1, "what stands there");
  return said;
}

}  // namespace

std::string place_text(TextPlace place) {
  return "line " + std::to_string(place.line) + ", column " + std::to_string(place.column);
}

Result<std::vector<TomlEntry>> read_toml(std::string_view text) {
  const auto parsed = toml::parse(text);
  if (parsed.failed()) {
    const auto& error = parsed.error();
    return fail(ErrorCode::parse_error, "not TOML: " + description_of(error.description()),
                place_text(place_of(error.source())));
  }
  std::vector<TomlEntry> entries;
  add_entries(parsed.table(), "", entries);
  std::stable_sort(entries.begin(), entries.end(), [](const TomlEntry& a, const TomlEntry& b) {
    return std::pair(a.key_place.line, a.key_place.column) <
           std::pair(b.key_place.line, b.key_place.column);
  });
  return entries;
}

}  // namespace causal_gym
