#include "engine/graph/text_format.h"

#include <algorithm>

#include "engine/base/spelling.h"
#include "engine/graph/node_attributes.h"
#include "engine/graph/text.h"
#include "engine/graph/text_lexer.h"

namespace causal_gym {
namespace {

constexpr std::pair<GraphFormat, std::string_view> format_names[] = {
    {GraphFormat::any, "any"},         {GraphFormat::own, "own"},
    {GraphFormat::dagitty, "dagitty"}, {GraphFormat::dot, "dot"},
    {GraphFormat::lavaan, "lavaan"},   {GraphFormat::gml, "gml"},
    {GraphFormat::graphml, "graphml"}};

constexpr std::size_t looked_at = 4;

struct Opening {
  std::size_t count = 0;
  TokenKind kinds[looked_at] = {};
  std::string words[looked_at];
};

// The first tokens, as far as they can be read; line ends do not count.
Opening opening_of(std::string_view text) {
  TextLexer lexer(text);
  Opening opening;
  while (opening.count < looked_at) {
    const auto token = lexer.next();
    if (!token || token->kind == TokenKind::end) break;
    if (token->kind == TokenKind::newline) continue;
    opening.kinds[opening.count] = token->kind;
    opening.words[opening.count++] = lexer.value(*token);
  }
  return opening;
}

bool is_value(const Opening& opening, std::size_t i) {
  if (i >= opening.count) return false;
  const auto kind = opening.kinds[i];
  const char first = opening.words[i].empty() ? ' ' : opening.words[i].front();
  return kind == TokenKind::string || kind == TokenKind::number ||
         (kind == TokenKind::word && first >= '0' && first <= '9');
}

// A key and its value, `Creator "igraph"`, or a key and a list that begins so.
bool opens_gml(const Opening& opening) {
  if (opening.count < 2 || opening.kinds[0] != TokenKind::word) return false;
  if (is_value(opening, 1)) return true;
  if (opening.count < 4 || opening.kinds[1] != TokenKind::open_bracket) return false;
  return opening.kinds[2] == TokenKind::word &&
         (is_value(opening, 3) || opening.kinds[3] == TokenKind::open_bracket);
}

// `word {` or `word name {`.
bool opens_block(const Opening& opening) {
  for (std::size_t i = 1; i < std::min<std::size_t>(opening.count, 3); ++i)
    if (opening.kinds[i] == TokenKind::open_brace) return true;
  return false;
}

// The text from its first character that is no blank and in no comment.
std::string_view past_comments(std::string_view text) {
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  for (;;) {
    text.remove_prefix(std::min(text.find_first_not_of(" \t\r\n"), text.size()));
    if (text.empty() || (text.front() != '#' && text.front() != '!')) return text;
    text.remove_prefix(std::min(text.find('\n'), text.size()));
  }
}

// Does a '~' come before any arrow, outside of quotes and comments?
bool has_lavaan_operator(std::string_view text) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto rest = text.substr(i);
    if (rest.front() == '~') return true;
    if (rest.starts_with("->") || rest.starts_with("<-")) return false;
    if (rest.front() == '"') {
      i = text.find('"', i + 1);
    } else if (rest.front() == '#' || rest.front() == '!' || rest.starts_with("//")) {
      i = text.find('\n', i);
    } else if (rest.starts_with("/*")) {
      i = text.find("*/", i + 2);
    }
    if (i == std::string_view::npos) return false;
  }
  return false;
}

}  // namespace

std::string_view graph_format_name(GraphFormat format) {
  for (const auto& [value, name] : format_names)
    if (value == format) return name;
  return "";
}

Result<GraphFormat> find_graph_format(std::string_view word) {
  std::vector<std::string> names;
  for (const auto& [value, name] : format_names) {
    if (word == name) return value;
    names.emplace_back(name);
  }
  return fail(ErrorCode::unknown_name, "no graph format '" + std::string(word) + "'", "",
              spelling_suggestion(word, names));
}

GraphFormat detect_graph_format(std::string_view text) {
  const auto start = past_comments(text);
  if (start.starts_with('<') && !start.starts_with("<-")) return GraphFormat::graphml;
  const auto opening = opening_of(start);
  if (opening.count > 1 && opening.kinds[0] == TokenKind::word) {
    const auto word = lowercase(opening.words[0]);
    if (word == "strict" && opening.kinds[1] == TokenKind::word &&
        lowercase(opening.words[1]) == "digraph")
      return GraphFormat::dot;
    if (word == "digraph" && opens_block(opening)) return GraphFormat::dot;
    for (const auto* type : {"dag", "graph", "pdag", "mag", "pag"})
      if (word == type && opens_block(opening)) return GraphFormat::dagitty;
  }
  if (opens_gml(opening)) return GraphFormat::gml;
  return has_lavaan_operator(start) ? GraphFormat::lavaan : GraphFormat::own;
}

Result<Graph> read_graph_text(std::string_view text, GraphFormat format, const Limits& limits) {
  // Before a byte of it is looked at.
  CAUSAL_GYM_CHECKED(check_limit("bytes of a graph text", text.size(), limits.graph_text_bytes));
  const bool any = format == GraphFormat::any;
  switch (any ? detect_graph_format(text) : format) {
    case GraphFormat::dot: {
      auto graph = parse_dot(text, limits);
      if (graph || !any) return graph;
      auto block = parse_graph(text, limits);
      return block ? std::move(block) : std::move(graph);
    }
    case GraphFormat::lavaan: return parse_lavaan(text, limits);
    case GraphFormat::gml: return parse_gml(text, limits);
    case GraphFormat::graphml: return parse_graphml(text, limits);
    default: return parse_graph(text, limits);
  }
}

}  // namespace causal_gym
