#include <charconv>

#include "engine/graph/listed_graph.h"
#include "engine/graph/node_attributes.h"
#include "engine/graph/node_name.h"
#include "engine/graph/text.h"
#include "engine/graph/text_lexer.h"

namespace causal_gym {
namespace {

enum class GmlKind { key, number, string, open, close, end };

struct GmlToken {
  GmlKind kind = GmlKind::end;
  std::string_view raw;
  std::size_t begin = 0;
};

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }

// The character that the inside of "&...;" stands for; none when it is no such name.
std::optional<char32_t> entity_code(std::string_view name) {
  constexpr std::pair<std::string_view, char32_t> named[] = {
      {"quot", '"'}, {"amp", '&'}, {"lt", '<'}, {"gt", '>'}, {"apos", '\''}};
  for (const auto& [word, code] : named)
    if (name == word) return code;
  if (!name.starts_with('#')) return std::nullopt;
  name.remove_prefix(1);
  const bool hexadecimal = name.starts_with('x') || name.starts_with('X');
  if (hexadecimal) name.remove_prefix(1);
  std::uint32_t code = 0;
  const auto [end, error] =
      std::from_chars(name.data(), name.data() + name.size(), code, hexadecimal ? 16 : 10);
  const bool whole = error == std::errc() && end == name.data() + name.size();
  const bool valid = code > 0 && code <= 0x10FFFF && (code < 0xD800 || code > 0xDFFF);
  if (!whole || !valid) return std::nullopt;
  return code;
}

// Entities resolved; what is none stays as it is.
std::string unescaped(std::string_view raw) {
  constexpr std::size_t longest_entity = 10;
  std::string text;
  for (std::size_t i = 0; i < raw.size(); ++i) {
    const auto close = raw[i] == '&' ? raw.substr(i, longest_entity).find(';') : std::string::npos;
    const auto code =
        close == std::string_view::npos ? std::nullopt : entity_code(raw.substr(i + 1, close - 1));
    if (!code) {
      text += raw[i];
      continue;
    }
    append_character(text, *code);
    i += close;
  }
  return text;
}

class GmlReader {
 public:
  GmlReader(std::string_view text, const Limits& limits) : text_(text), limits_(limits) {
    if (text.starts_with("\xEF\xBB\xBF")) at_ = 3;  // byte order mark
  }

  Result<ListedGraph> read() {
    CAUSAL_GYM_CHECKED(advance());
    bool found = false;
    while (current_.kind != GmlKind::end) {
      const auto place = current_.begin;
      CAUSAL_GYM_TRY(key, read_key());
      if (key != "graph") {
        CAUSAL_GYM_CHECKED(skip_value());
        continue;
      }
      if (found) return refuse("the text holds a second 'graph'", place);
      found = true;
      CAUSAL_GYM_CHECKED(read_graph());
    }
    if (!found) return refuse("expected 'graph [', found the end of the text", current_.begin);
    return std::move(listed_);
  }

 private:
  [[nodiscard]] tl::unexpected<Error> refuse(std::string message, std::size_t offset) const {
    return fail(ErrorCode::parse_error, std::move(message), text_position(text_, offset));
  }

  [[nodiscard]] tl::unexpected<Error> expected(const std::string& what) const {
    const auto found = current_.kind == GmlKind::end ? std::string("the end of the text")
                                                     : "'" + std::string(current_.raw) + "'";
    return refuse("expected " + what + ", found " + found, current_.begin);
  }

  // Reads the next token; blanks and comments ('#' to the end of the line) fall between them.
  Status advance() {
    while (at_ < text_.size()) {
      const char c = text_[at_];
      if (c == '#') {
        at_ = std::min(text_.find('\n', at_), text_.size());
      } else if (c == ' ' || c == '\t' || c == '\r' || c == '\n') {
        ++at_;
      } else {
        break;
      }
    }
    if (at_ == text_.size()) return take(GmlKind::end, 0);
    const char c = text_[at_];
    if (c == '[') return take(GmlKind::open, 1);
    if (c == ']') return take(GmlKind::close, 1);
    if (c == '"') {
      const auto close = text_.find('"', at_ + 1);
      if (close == std::string_view::npos) return refuse("the string is not closed", at_);
      return take(GmlKind::string, close + 1 - at_);
    }
    std::size_t size = 0;
    const auto rest = text_.substr(at_);
    const auto all = [&](auto belongs) {
      while (size < rest.size() && belongs(rest[size])) ++size;
    };
    if (is_letter(c)) {
      all([](char d) { return is_letter(d) || is_digit(d) || d == '.' || d == '-'; });
      return take(GmlKind::key, size);
    }
    all([](char d) {
      return is_digit(d) || d == '+' || d == '-' || d == '.' || d == 'e' || d == 'E';
    });
    if (size > 0) return take(GmlKind::number, size);
    const auto character = first_character(rest);
    if (character.size == 0) return refuse("the text is not UTF-8", at_);
    return refuse("unexpected character '" + std::string(rest.substr(0, character.size)) + "'",
                  at_);
  }

  Status take(GmlKind kind, std::size_t size) {
    current_ = {kind, text_.substr(at_, size), at_};
    at_ += size;
    return {};
  }

  Result<std::string> read_key() {
    if (current_.kind != GmlKind::key) return expected("a key such as 'graph'");
    auto key = lowercase(current_.raw);
    CAUSAL_GYM_CHECKED(advance());
    return key;
  }

  [[nodiscard]] bool is_scalar() const {
    return current_.kind == GmlKind::number || current_.kind == GmlKind::string;
  }

  Result<std::string> read_scalar(const std::string& key) {
    if (!is_scalar()) return expected("a number or a string after '" + key + "'");
    const auto raw = current_.raw;
    auto value = current_.kind == GmlKind::string ? unescaped(raw.substr(1, raw.size() - 2))
                                                  : std::string(raw);
    CAUSAL_GYM_CHECKED(advance());
    return value;
  }

  Status skip_value() {
    if (is_scalar()) return advance();
    if (current_.kind != GmlKind::open) return expected("a number, a string or '['");
    std::size_t depth = 0;
    do {
      if (current_.kind == GmlKind::open) ++depth;
      if (current_.kind == GmlKind::close) --depth;
      if (current_.kind == GmlKind::end) return expected("']'");
      CAUSAL_GYM_CHECKED(advance());
    } while (depth > 0);
    return {};
  }

  // '[' key value ... ']': `take` reads the value of each key.
  template <class Take>
  Status read_list(const Take& take) {
    if (current_.kind != GmlKind::open) return expected("'['");
    CAUSAL_GYM_CHECKED(advance());
    while (current_.kind != GmlKind::close) {
      if (current_.kind != GmlKind::key) return expected("a key or ']'");
      const auto place = current_.begin;
      CAUSAL_GYM_TRY(key, read_key());
      CAUSAL_GYM_CHECKED(take(key, place));
    }
    return advance();
  }

  Status read_graph() {
    bool directed = false;
    CAUSAL_GYM_CHECKED(read_list([&](const std::string& key, std::size_t place) -> Status {
      if (key == "node") return read_node(place);
      if (key == "edge") return read_edge(place);
      if (key != "directed") return skip_value();
      CAUSAL_GYM_TRY(value, read_scalar(key));
      directed = value == "1";
      return {};
    }));
    for (auto& edge : listed_.edges) edge.directed = directed;
    return {};
  }

  Status read_node(std::size_t offset) {
    ListedNode node{"", offset, {}};
    bool has_id = false;
    CAUSAL_GYM_CHECKED(read_list([&](const std::string& key, std::size_t place) -> Status {
      if (key == "graphics" && current_.kind == GmlKind::open) return read_graphics(node);
      if (key != "id") return read_attribute(key, place, node.attributes);
      CAUSAL_GYM_TRY(id, read_scalar(key));
      node.id = std::move(id);
      has_id = true;
      return {};
    }));
    if (!has_id) return refuse("a node has no 'id'", offset);
    listed_.nodes.push_back(std::move(node));
    return check_listed_size(text_, listed_, offset, limits_);
  }

  // Only the position counts.
  Status read_graphics(ListedNode& node) {
    return read_list([&](const std::string& key, std::size_t place) -> Status {
      if (key != "x" && key != "y") return skip_value();
      return read_attribute(key, place, node.attributes);
    });
  }

  Status read_edge(std::size_t offset) {
    ListedEdge edge;
    edge.offset = offset;
    const char* missing = nullptr;
    bool has_ends[2] = {};
    CAUSAL_GYM_CHECKED(read_list([&](const std::string& key, std::size_t place) -> Status {
      if (key != "source" && key != "target") return read_attribute(key, place, edge.attributes);
      CAUSAL_GYM_TRY(id, read_scalar(key));
      (key == "source" ? edge.source : edge.target) = std::move(id);
      has_ends[key == "source" ? 0 : 1] = true;
      return {};
    }));
    if (!has_ends[1]) missing = "an edge has no 'target'";
    if (!has_ends[0]) missing = "an edge has no 'source'";
    if (missing != nullptr) return refuse(missing, offset);
    listed_.edges.push_back(std::move(edge));
    return check_listed_size(text_, listed_, offset, limits_);
  }

  Status read_attribute(const std::string& key, std::size_t place,
                        std::vector<ListedAttribute>& attributes) {
    if (current_.kind == GmlKind::open) return skip_value();
    CAUSAL_GYM_TRY(value, read_scalar(key));
    attributes.push_back({key, std::move(value), place});
    return {};
  }

  std::string_view text_;
  const Limits& limits_;
  std::size_t at_ = 0;
  GmlToken current_;
  ListedGraph listed_;
};

}  // namespace

Result<Graph> parse_gml(std::string_view text, const Limits& limits) {
  CAUSAL_GYM_CHECKED(check_limit("bytes of a graph text", text.size(), limits.graph_text_bytes));
  CAUSAL_GYM_TRY(listed, GmlReader(text, limits).read());
  return graph_of_lists(text, listed, limits);
}

}  // namespace causal_gym
