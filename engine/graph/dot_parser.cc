#include <algorithm>

#include "engine/graph/graph_builder.h"
#include "engine/graph/node_attributes.h"
#include "engine/graph/text.h"
#include "engine/graph/text_lexer.h"

namespace causal_gym {
namespace {

constexpr int max_subgraph_depth = 64;

bool is_true(std::string_view value) { return value == "true" || value == "yes" || value == "1"; }

// Is `word` one of the comma-separated words of `list`?
bool lists(std::string_view list, std::string_view word) {
  while (!list.empty()) {
    const auto comma = std::min(list.find(','), list.size());
    auto item = list.substr(0, comma);
    while (item.starts_with(' ')) item.remove_prefix(1);
    while (item.ends_with(' ')) item.remove_suffix(1);
    if (item == word) return true;
    list.remove_prefix(std::min(comma + 1, list.size()));
  }
  return false;
}

struct Attribute {
  std::string key;
  std::string value;
  std::size_t offset = 0;  // of the value
};
using Attributes = std::vector<Attribute>;  // later ones override earlier ones

// What `node [...]` and `edge [...]` set for the rest of their braces.
struct Scope {
  Attributes node;
  Attributes edge;
};

using Operand = std::vector<NodeId>;

class DotReader {
 public:
  DotReader(std::string_view text, const Limits& limits) : lexer_(text), builder_(text, limits) {}

  Result<Graph> read() {
    CAUSAL_GYM_CHECKED(advance());
    if (is_keyword("strict")) {
      builder_.merge_repeated_edges();
      CAUSAL_GYM_CHECKED(advance());
    }
    if (!is_keyword("digraph")) return expected("'digraph'");
    CAUSAL_GYM_CHECKED(advance());
    if (is_id()) CAUSAL_GYM_CHECKED(advance());
    if (!is(TokenKind::open_brace)) return expected("'{'");
    CAUSAL_GYM_TRY(nodes, read_braces({}, 0));
    while (is(TokenKind::semicolon)) CAUSAL_GYM_CHECKED(advance());
    if (!is(TokenKind::end)) return expected("the end of the text after '}'");
    return std::move(builder_).finish();
  }

 private:
  [[nodiscard]] bool is(TokenKind kind) const { return current_.kind == kind; }
  [[nodiscard]] bool is_id() const {
    return is(TokenKind::word) || is(TokenKind::string) || is(TokenKind::number);
  }
  [[nodiscard]] bool is_keyword(std::string_view word) const {
    return is(TokenKind::word) && lowercase(lexer_.value(current_)) == word;
  }

  Status advance() {
    do {
      CAUSAL_GYM_TRY(token, lexer_.next());
      current_ = token;
    } while (is(TokenKind::newline));
    return {};
  }

  [[nodiscard]] tl::unexpected<Error> expected(const std::string& what) const {
    return fail(ErrorCode::parse_error, "expected " + what + ", found " + lexer_.describe(current_),
                lexer_.where(current_.begin));
  }

  // '{' statements '}'; gives the nodes named inside.
  Result<Operand> read_braces(Scope scope, int depth) {
    if (depth > max_subgraph_depth)
      return fail(ErrorCode::limit_exceeded,
                  "subgraphs are nested more than " + std::to_string(max_subgraph_depth) + " deep",
                  lexer_.where(current_.begin));
    CAUSAL_GYM_CHECKED(advance());
    Operand nodes;
    while (!is(TokenKind::close_brace)) {
      CAUSAL_GYM_CHECKED(read_statement(scope, depth, nodes));
      if (is(TokenKind::semicolon) || is(TokenKind::comma)) CAUSAL_GYM_CHECKED(advance());
    }
    CAUSAL_GYM_CHECKED(advance());
    std::sort(nodes.begin(), nodes.end());
    nodes.erase(std::unique(nodes.begin(), nodes.end()), nodes.end());
    return nodes;
  }

  Status read_statement(Scope& scope, int depth, Operand& nodes) {
    const auto first = current_;
    if (is_id()) {
      const auto start = lexer_;
      CAUSAL_GYM_CHECKED(advance());
      if (is(TokenKind::equals)) return read_value().map([](const Attribute&) {});
      if (is(TokenKind::open_bracket)) {
        const auto word = first.kind == TokenKind::word ? lowercase(lexer_.value(first)) : "";
        if (word == "node") return read_attributes(scope.node);
        if (word == "edge") return read_attributes(scope.edge);
        Attributes ignored;
        if (word == "graph") return read_attributes(ignored);
      }
      lexer_ = start;
      current_ = first;
    }
    CAUSAL_GYM_TRY(left, read_operand(scope, depth));
    std::vector<Operand> chain{std::move(left)};
    while (is(TokenKind::forward)) {
      CAUSAL_GYM_CHECKED(advance());
      CAUSAL_GYM_TRY(right, read_operand(scope, depth));
      chain.push_back(std::move(right));
    }
    for (const auto& operand : chain) nodes.insert(nodes.end(), operand.begin(), operand.end());
    auto attributes = chain.size() > 1 ? scope.edge : Attributes();
    CAUSAL_GYM_CHECKED(read_attributes(attributes));
    if (chain.size() > 1) return connect(chain, attributes, first.begin);
    for (const NodeId v : chain.front()) CAUSAL_GYM_CHECKED(apply(attributes, builder_.node(v)));
    return {};
  }

  // A node, `{ ... }` or `subgraph name { ... }`.
  Result<Operand> read_operand(const Scope& scope, int depth) {
    if (is_keyword("subgraph")) {
      CAUSAL_GYM_CHECKED(advance());
      if (is_id()) CAUSAL_GYM_CHECKED(advance());
      if (!is(TokenKind::open_brace)) return expected("'{'");
    }
    if (is(TokenKind::open_brace)) return read_braces(scope, depth + 1);
    if (!is_id()) return expected("a node");
    const auto token = current_;
    const auto known = builder_.node_count();
    CAUSAL_GYM_CHECKED(advance());
    CAUSAL_GYM_TRY(v, builder_.mention(lexer_.value(token), token.begin));
    if (builder_.node_count() > known) CAUSAL_GYM_CHECKED(apply(scope.node, builder_.node(v)));
    while (is(TokenKind::colon)) {  // a port or compass point
      CAUSAL_GYM_CHECKED(advance());
      if (!is_id()) return expected("a port after ':'");
      CAUSAL_GYM_CHECKED(advance());
    }
    return Operand{v};
  }

  // Any number of `[key=value, ...]`.
  Status read_attributes(Attributes& attributes) {
    while (is(TokenKind::open_bracket)) {
      CAUSAL_GYM_CHECKED(advance());
      while (!is(TokenKind::close_bracket)) {
        if (!is_id()) return expected("an attribute or ']'");
        auto key = lowercase(lexer_.value(current_));
        CAUSAL_GYM_CHECKED(advance());
        if (!is(TokenKind::equals)) return expected("'=' after '" + key + "'");
        CAUSAL_GYM_TRY(attribute, read_value());
        attribute.key = std::move(key);
        attributes.push_back(std::move(attribute));
        if (is(TokenKind::comma) || is(TokenKind::semicolon)) CAUSAL_GYM_CHECKED(advance());
      }
      CAUSAL_GYM_CHECKED(advance());
    }
    return {};
  }

  Result<Attribute> read_value() {
    CAUSAL_GYM_CHECKED(advance());
    if (!is_id()) return expected("a value after '='");
    Attribute attribute{"", lexer_.value(current_), current_.begin};
    CAUSAL_GYM_CHECKED(advance());
    return attribute;
  }

  // DOT has hundreds of attributes of style; only these say something of the graph.
  Status apply(const Attributes& attributes, Node& node) {
    for (const auto& [key, value, offset] : attributes) {
      if (key == "style" && lists(value, "dashed")) node.latent = true;
      for (const auto& flag : node_flags)
        if (key == flag.word) node.*flag.member = is_true(lowercase(value));
      if (key != "pos") continue;
      const auto pinned = value.ends_with('!') ? value.substr(0, value.size() - 1) : value;
      const auto position = parse_position(pinned);
      if (!position)
        return fail(ErrorCode::parse_error,
                    "'pos' of the node '" + node.name + "' is not a position", lexer_.where(offset),
                    "write pos=\"0.5,1\"");
      node.position = {position->first, -position->second};
    }
    return {};
  }

  Status connect(const std::vector<Operand>& chain, const Attributes& attributes,
                 std::size_t offset) {
    std::string direction = "forward";
    for (const auto& [key, value, value_offset] : attributes) {
      if (key == "style" && lists(value, "invis")) return {};  // only moves nodes about
      if (key != "dir") continue;
      direction = lowercase(value);
      if (direction != "forward" && direction != "back" && direction != "both")
        return fail(ErrorCode::parse_error, "an edge cannot have dir=" + value,
                    lexer_.where(value_offset), "use forward, back or both");
    }
    for (std::size_t i = 0; i + 1 < chain.size(); ++i)
      for (const NodeId a : chain[i])
        for (const NodeId b : chain[i + 1])
          CAUSAL_GYM_CHECKED(direction == "both"   ? builder_.add_bidirected(a, b, offset)
                             : direction == "back" ? builder_.add_directed(b, a, offset)
                                                   : builder_.add_directed(a, b, offset));
    return {};
  }

  TextLexer lexer_;
  GraphBuilder builder_;
  Token current_;
};

}  // namespace

Result<Graph> parse_dot(std::string_view text, const Limits& limits) {
  CAUSAL_GYM_CHECKED(check_limit("bytes of a graph text", text.size(), limits.graph_text_bytes));
  return DotReader(text, limits).read();
}

}  // namespace causal_gym
