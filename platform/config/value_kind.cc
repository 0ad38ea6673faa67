#include "platform/config/value_kind.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "engine/base/spelling.h"

namespace causal_gym {

namespace {

constexpr std::size_t shown_bytes = 100;  // of a wrong value

template <class... Cases>
struct Overloaded : Cases... {
  using Cases::operator()...;
};

template <class Variant, class... Cases>
auto by_case(const Variant& variant, Cases... cases) {
  return std::visit(Overloaded<Cases...>{std::move(cases)...}, variant);
}

std::string lower_case(std::string_view text) {
  std::string lower(text);
  for (auto& c : lower)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return lower;
}

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

bool has_control(std::string_view text) {
  return std::any_of(text.begin(), text.end(),
                     [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
}

bool is_plain(std::string_view text, std::size_t longest_bytes) {
  return !text.empty() && text.size() <= longest_bytes && !has_control(text);
}

std::string cut(std::string text) {
  if (text.size() <= shown_bytes) return text;
  auto end = shown_bytes;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
  return text.substr(0, end) + "...";
}

std::string shown_text(const ValueKind& kind, std::string_view text) {
  if (std::holds_alternative<SecretKind>(kind)) return std::string(masked);
  const bool is_url = std::holds_alternative<UrlKind>(kind);
  return "'" + cut(is_url ? without_password(text) : std::string(text)) + "'";
}

tl::unexpected<Error> not_allowed(const ValueKind& kind, const std::string& is,
                                  std::string suggestion = {}) {
  return fail(ErrorCode::invalid_argument, "is " + is + ", not " + allowed_text(kind), {},
              std::move(suggestion));
}

template <class Number>
std::optional<Number> number_of(std::string_view text) {
  Number number{};
  const auto* end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc() || rest != end) return std::nullopt;
  return number;
}

template <class Kind, class Number>
bool within(const Kind& kind, Number number) {
  return number >= kind.low && number <= kind.high;  // which a NaN is not
}

std::optional<std::int64_t> bytes_of(std::string_view text) {
  std::int64_t unit = 1;
  const std::pair<std::string_view, int> units[] = {{"KiB", 10}, {"MiB", 20}, {"GiB", 30}};
  for (const auto& [name, shift] : units)
    if (text.ends_with(name)) {
      text = trimmed(text.substr(0, text.size() - name.size()));
      unit = std::int64_t{1} << shift;
    }
  const auto number = number_of<std::int64_t>(text);
  std::int64_t bytes = 0;
  if (!number || __builtin_mul_overflow(*number, unit, &bytes)) return std::nullopt;
  return bytes;
}

std::optional<std::string> choice_of(const ChoiceKind& kind, std::string_view text) {
  const auto lower = lower_case(text);
  for (const auto& word : kind.words)
    if (word == lower) return word;
  for (const auto& [synonym, word] : kind.synonyms)
    if (synonym == lower) return word;
  return std::nullopt;
}

std::optional<bool> boolean_of(std::string_view text) {
  const auto lower = lower_case(text);
  for (const char* yes : {"true", "1", "yes", "on"})
    if (lower == yes) return true;
  for (const char* no : {"false", "0", "no", "off"})
    if (lower == no) return false;
  return std::nullopt;
}

bool is_list(const ListKind& kind, const std::vector<std::string>& items) {
  return items.size() <= kind.most && std::all_of(items.begin(), items.end(), [&](const auto& one) {
           return is_plain(one, kind.longest_bytes);
         });
}

std::optional<std::vector<std::string>> list_of(const ListKind& kind, std::string_view text) {
  std::vector<std::string> items;
  while (!text.empty() && items.size() <= kind.most) {
    const auto comma = std::min(text.find(','), text.size());
    items.emplace_back(trimmed(text.substr(0, comma)));
    const bool at_end = comma == text.size();
    text.remove_prefix(at_end ? comma : comma + 1);
    if (!at_end && text.empty()) items.emplace_back();  // a comma at the end: an empty item
  }
  if (!is_list(kind, items)) return std::nullopt;
  return items;
}

bool is_url(const UrlKind& kind, std::string_view text) {
  if (text.empty()) return kind.may_be_empty;
  if (!is_plain(text, longest_path_bytes)) return false;
  const auto end = text.find("://");
  if (end == std::string_view::npos) return !kind.otherwise.empty();
  const auto scheme = lower_case(text.substr(0, end));
  return std::find(kind.schemes.begin(), kind.schemes.end(), scheme) != kind.schemes.end();
}

bool is_secret_text(const SecretKind& kind, std::string_view text) {
  if (text.empty()) return kind.may_be_empty;
  return text.size() >= kind.fewest_bytes && text.size() <= kind.longest_bytes &&
         text.find('\0') == std::string_view::npos;
}

template <class T>
Result<Value> checked(const ValueKind& kind, std::string_view text, std::optional<T> value,
                      bool allowed = true, std::string suggestion = {}) {
  if (value && allowed) return Value(*std::move(value));
  return not_allowed(kind, shown_text(kind, text), std::move(suggestion));
}

std::string toml_number(double number) {
  const auto text = fmt::format("{}", number);
  return text.find_first_of(".en") == std::string::npos ? text + ".0" : text;
}

}  // namespace

std::string allowed_text(const ValueKind& kind) {
  return by_case(
      kind,
      [](const IntegerKind& k) { return fmt::format("an integer from {} to {}", k.low, k.high); },
      [](const SecondsKind& k) {
        return fmt::format("a number of seconds from {} to {}", k.low, k.high);
      },
      [](const BytesKind& k) {
        return fmt::format("a number of bytes from {} to {}, which may end in KiB, MiB or GiB",
                           k.low, k.high);
      },
      [](const BooleanKind&) { return std::string("true or false"); },
      [](const TextKind& k) {
        return fmt::format("{}a text of 1 to {} bytes on one line",
                           k.may_be_empty ? "empty or " : "", k.longest_bytes);
      },
      [](const PathKind&) {
        return fmt::format("a path of 1 to {} bytes on one line", longest_path_bytes);
      },
      [](const ChoiceKind& k) { return fmt::format("one of {}", fmt::join(k.words, ", ")); },
      [](const ListKind& k) {
        return fmt::format("a list of at most {} texts of 1 to {} bytes", k.most, k.longest_bytes);
      },
      [](const UrlKind& k) {
        const auto url = k.schemes.front() + ":// URL";
        return (k.may_be_empty ? "empty or " : "") +
               (k.otherwise.empty() ? "a " : k.otherwise + " or a ") + url +
               fmt::format(" of at most {} bytes on one line", longest_path_bytes);
      },
      [](const SecretKind& k) {
        return fmt::format("{}a secret of {} to {} bytes", k.may_be_empty ? "empty or " : "",
                           k.fewest_bytes, k.longest_bytes);
      });
}

bool is_secret(const ValueKind& kind) {
  return std::holds_alternative<SecretKind>(kind) || std::holds_alternative<UrlKind>(kind);
}

Result<Value> value_from_text(const ValueKind& kind, std::string_view text) {
  const std::optional<std::string> whole{std::string(text)};
  return by_case(
      kind,
      [&](const IntegerKind& k) {
        const auto number = number_of<std::int64_t>(text);
        return checked(kind, text, number, number && within(k, *number));
      },
      [&](const SecondsKind& k) {
        const auto number = number_of<double>(text);
        return checked(kind, text, number, number && within(k, *number));
      },
      [&](const BytesKind& k) {
        const auto number = bytes_of(text);
        return checked(kind, text, number, number && within(k, *number));
      },
      [&](const BooleanKind&) { return checked(kind, text, boolean_of(text)); },
      [&](const TextKind& k) {
        return checked(kind, text, whole,
                       is_plain(text, k.longest_bytes) || (text.empty() && k.may_be_empty));
      },
      [&](const PathKind&) {
        return checked(kind, text, whole, is_plain(text, longest_path_bytes));
      },
      [&](const ChoiceKind& k) {
        return checked(kind, text, choice_of(k, text), true, spelling_suggestion(text, k.words));
      },
      [&](const ListKind& k) { return checked(kind, text, list_of(k, text)); },
      [&](const UrlKind& k) { return checked(kind, text, whole, is_url(k, text)); },
      [&](const SecretKind& k) { return checked(kind, text, whole, is_secret_text(k, text)); });
}

namespace {

// What a TOML value is, for the message that it is something else than what is wanted.
std::string shown_toml(const ValueKind& kind, const TomlValue& value) {
  if (const auto* other = std::get_if<OtherToml>(&value)) return other->what;
  if (std::holds_alternative<SecretKind>(kind)) return std::string(masked);
  if (const auto* text = std::get_if<std::string>(&value))
    return "the text " + shown_text(kind, *text);
  if (const auto* flag = std::get_if<bool>(&value)) return *flag ? "true" : "false";
  if (const auto* number = std::get_if<std::int64_t>(&value)) return fmt::format("{}", *number);
  if (const auto* number = std::get_if<double>(&value)) return toml_number(*number);
  return "a list";
}

}  // namespace

Result<Value> value_from_toml(const ValueKind& kind, const TomlValue& value) {
  const auto* text = std::get_if<std::string>(&value);
  const auto* number = std::get_if<std::int64_t>(&value);
  const auto* real = std::get_if<double>(&value);
  const auto* items = std::get_if<std::vector<std::string>>(&value);
  const auto refused = [&]() -> Result<Value> {
    return not_allowed(kind, shown_toml(kind, value));
  };
  const auto as_text = [&]() -> Result<Value> {
    return text != nullptr ? value_from_text(kind, *text) : refused();
  };
  return by_case(
      kind,
      [&](const IntegerKind& k) -> Result<Value> {
        return number != nullptr && within(k, *number) ? Value(*number) : refused();
      },
      [&](const SecondsKind& k) -> Result<Value> {
        const auto seconds = number != nullptr ? static_cast<double>(*number)
                             : real != nullptr ? *real
                                               : k.low - 1;
        return within(k, seconds) ? Value(seconds) : refused();
      },
      [&](const BytesKind& k) -> Result<Value> {
        if (number == nullptr) return as_text();
        return within(k, *number) ? Value(*number) : refused();
      },
      [&](const BooleanKind&) -> Result<Value> {
        const auto* flag = std::get_if<bool>(&value);
        return flag != nullptr ? Value(*flag) : refused();
      },
      [&](const ListKind& k) -> Result<Value> {
        return items != nullptr && is_list(k, *items) ? Value(*items) : refused();
      },
      [&](const auto&) -> Result<Value> { return as_text(); });
}

std::string toml_quoted(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\')
      out += '\\', out += c;
    else if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f)
      out += fmt::format("\\u{:04X}", static_cast<unsigned>(static_cast<unsigned char>(c)));
    else
      out += c;
  }
  return out + '"';
}

std::string shown_value(const ValueKind& kind, const Value& value) {
  if (std::holds_alternative<SecretKind>(kind)) {
    const auto* text = std::get_if<std::string>(&value);
    return toml_quoted(text != nullptr && text->empty() ? "" : masked);
  }
  return by_case(
      value, [](std::int64_t number) { return fmt::format("{}", number); },
      [](double number) { return toml_number(number); },
      [](bool flag) { return std::string(flag ? "true" : "false"); },
      [&](const std::string& text) {
        return toml_quoted(is_secret(kind) ? without_password(text) : text);
      },
      [](const std::vector<std::string>& items) {
        std::string out;
        for (const auto& item : items) {
          out += out.empty() ? "" : ", ";
          out += toml_quoted(item);
        }
        return "[" + out + "]";
      });
}

std::string without_password(std::string_view text) {
  std::string shown(text);
  if (const auto scheme = shown.find("://"); scheme != std::string::npos) {
    const auto colon = shown.find(':', scheme + 3), at = shown.rfind('@');
    if (colon != std::string::npos && at != std::string::npos && colon < at)
      shown.replace(colon + 1, at - colon - 1, masked);
  }
  for (std::size_t from = 0;;) {
    const auto at = lower_case(shown).find("password=", from);
    if (at == std::string::npos) return shown;
    from = at + std::string_view("password=").size();
    const auto end = std::min(shown.find_first_of("& ", from), shown.size());
    shown.replace(from, end - from, masked);
  }
}

}  // namespace causal_gym
