#include <algorithm>

#include "engine/base/spelling.h"
#include "engine/graph/graph_builder.h"
#include "engine/graph/node_attributes.h"
#include "engine/graph/text.h"
#include "engine/graph/text_lexer.h"

namespace causal_gym {
namespace {

// dagitty's other words for the same attributes.
constexpr NodeFlag dagitty_flags[] = {
    {"l", &Node::latent},       {"u", &Node::latent},        {"unobserved", &Node::latent},
    {"e", &Node::exposure},     {"source", &Node::exposure}, {"o", &Node::outcome},
    {"target", &Node::outcome}, {"a", &Node::adjusted},      {"s", &Node::selected},
};

struct Mention {
  NodeId node = 0;
  std::size_t offset = 0;
};
using Operand = std::vector<Mention>;  // one node, or the nodes of a set

class GraphReader {
 public:
  GraphReader(std::string_view text, const Limits& limits) : lexer_(text), builder_(text, limits) {}

  Result<Graph> read() {
    do CAUSAL_GYM_CHECKED(advance());
    while (is(TokenKind::newline));
    CAUSAL_GYM_TRY(in_block, enter_block());
    const auto last = in_block ? TokenKind::close_brace : TokenKind::end;
    for (;;) {
      while (is(TokenKind::semicolon) || is(TokenKind::newline)) CAUSAL_GYM_CHECKED(advance());
      if (is(last)) break;
      CAUSAL_GYM_CHECKED(read_statement());
    }
    if (in_block) CAUSAL_GYM_CHECKED(leave_block());
    return std::move(builder_).finish();
  }

 private:
  [[nodiscard]] bool is(TokenKind kind) const { return current_.kind == kind; }
  [[nodiscard]] bool is_name() const { return is(TokenKind::word) || is(TokenKind::string); }
  [[nodiscard]] bool is_arrow() const {
    return is(TokenKind::forward) || is(TokenKind::backward) || is(TokenKind::bidirected);
  }

  // Line ends count only outside braces and brackets.
  Status advance() {
    do {
      CAUSAL_GYM_TRY(token, lexer_.next());
      current_ = token;
    } while (is(TokenKind::newline) && (in_block_ || nested_));
    return {};
  }

  [[nodiscard]] tl::unexpected<Error> expected(const std::string& what,
                                               std::string suggestion = {}) const {
    return fail(ErrorCode::parse_error, "expected " + what + ", found " + lexer_.describe(current_),
                lexer_.where(current_.begin), std::move(suggestion));
  }

  // True, and past the brace, when the text opens with `dag {`, `dag name {` or the same with
  // `digraph`; at other texts nothing is consumed.
  Result<bool> enter_block() {
    const auto start = lexer_;
    const auto type = current_;
    in_block_ = true;
    const bool opens = opens_block();
    if (const auto word = lexer_.value(type); opens && word != "dag" && word != "digraph")
      return fail(ErrorCode::parse_error, "a '" + word + "' block is not a directed graph",
                  lexer_.where(type.begin), "write 'dag { ... }'");
    if (opens) {
      CAUSAL_GYM_CHECKED(advance());
      return true;
    }
    in_block_ = false;
    lexer_ = start;
    current_ = type;
    return false;
  }

  // An error on the way is met again, in its place, when the text is read as no block.
  bool opens_block() {
    if (!is(TokenKind::word)) return false;
    constexpr std::string_view types[] = {"dag", "digraph", "graph", "pdag", "mag", "pag"};
    if (std::find(std::begin(types), std::end(types), lexer_.value(current_)) == std::end(types))
      return false;
    if (!advance()) return false;
    if (is_name() && !advance()) return false;
    return is(TokenKind::open_brace);
  }

  Status leave_block() {
    CAUSAL_GYM_CHECKED(advance());
    while (is(TokenKind::semicolon)) CAUSAL_GYM_CHECKED(advance());
    if (!is(TokenKind::end)) return expected("the end of the text after '}'");
    return {};
  }

  Status read_statement() {
    const auto start = lexer_;
    const auto first_token = current_;
    if (in_block_ && is_name()) {
      CAUSAL_GYM_CHECKED(advance());
      // A setting of the whole block, such as bb="0,0,1,1", says nothing of the graph.
      if (is(TokenKind::equals)) return read_value().map([](const Token&) {});
      lexer_ = start;
      current_ = first_token;
    }
    CAUSAL_GYM_TRY(left, read_operand("a node"));
    if (!is_arrow()) {
      CAUSAL_GYM_CHECKED(read_declaration(left));
    } else {
      CAUSAL_GYM_CHECKED(read_chain(std::move(left)));
    }
    return end_statement();
  }

  Status end_statement() {
    const bool ends =
        in_block_ || is(TokenKind::semicolon) || is(TokenKind::newline) || is(TokenKind::end);
    if (ends) return {};
    const bool spaced_name = is_name();
    return expected("an arrow, ';' or the end of the line",
                    spaced_name ? "quote a name that holds a blank: \"blood pressure\"" : "");
  }

  Result<Mention> read_name() {
    const auto token = current_;
    CAUSAL_GYM_CHECKED(advance());
    CAUSAL_GYM_TRY(node, builder_.mention(lexer_.value(token), token.begin));
    return Mention{node, token.begin};
  }

  Result<Operand> read_operand(const std::string& what) {
    if (is_name()) {
      CAUSAL_GYM_TRY(name, read_name());
      return Operand{name};
    }
    if (!is(TokenKind::open_brace)) return expected(what);
    const auto open = current_;
    Operand set;
    nested_ = true;
    CAUSAL_GYM_CHECKED(advance());
    while (!is(TokenKind::close_brace)) {
      if (!is_name()) return expected("a node or '}' in the set");
      CAUSAL_GYM_TRY(name, read_name());
      set.push_back(name);
      if (is(TokenKind::comma) || is(TokenKind::semicolon)) CAUSAL_GYM_CHECKED(advance());
    }
    nested_ = false;
    CAUSAL_GYM_CHECKED(advance());
    if (set.empty())
      return fail(ErrorCode::parse_error, "the set '{}' names no node", lexer_.where(open.begin));
    return set;
  }

  Status read_chain(Operand left) {
    while (is_arrow()) {
      const auto arrow = current_;
      CAUSAL_GYM_CHECKED(advance());
      CAUSAL_GYM_TRY(right, read_operand("a node after " + lexer_.describe(arrow)));
      for (const auto& a : left)
        for (const auto& b : right) CAUSAL_GYM_CHECKED(connect(a, arrow.kind, b));
      left = std::move(right);
    }
    if (!is(TokenKind::open_bracket)) return {};
    if (!in_block_)
      return fail(ErrorCode::parse_error, "an edge has no attributes", lexer_.where(current_.begin),
                  "declare the node on its own: 'u [latent]'");
    return read_edge_attributes();
  }

  Status connect(const Mention& a, TokenKind arrow, const Mention& b) {
    switch (arrow) {
      case TokenKind::forward: return builder_.add_directed(a.node, b.node, a.offset);
      case TokenKind::backward: return builder_.add_directed(b.node, a.node, a.offset);
      default: return builder_.add_bidirected(a.node, b.node, a.offset);
    }
  }

  Status read_declaration(const Operand& nodes) {
    for (const auto& [node, offset] : nodes) CAUSAL_GYM_CHECKED(builder_.declare(node, offset));
    if (!is(TokenKind::open_bracket)) return {};
    std::vector<std::string> seen;
    return read_attributes([&](const Token& token, const std::optional<Token>& value) -> Status {
      const auto word = lexer_.value(token);
      if (std::find(seen.begin(), seen.end(), word) != seen.end())
        return fail(ErrorCode::parse_error, "the attribute '" + word + "' is repeated",
                    lexer_.where(token.begin));
      seen.push_back(word);
      for (const auto& mention : nodes)
        CAUSAL_GYM_CHECKED(set_attribute(builder_.node(mention.node), token, value));
      return {};
    });
  }

  Status set_attribute(Node& node, const Token& token, const std::optional<Token>& value) {
    const auto word = lexer_.value(token);
    if (word == "pos") {
      if (value) node.position = parse_position(lexer_.value(*value));
      if (value && node.position) return {};
      return fail(ErrorCode::parse_error, "'pos' of the node '" + node.name + "' is not a position",
                  lexer_.where(value ? value->begin : token.begin), "write pos=\"0.5,1\"");
    }
    const auto flag = find_flag(word);
    if (!flag) return unknown_attribute(token);
    if (value)
      return fail(ErrorCode::parse_error, "the attribute '" + word + "' takes no value",
                  lexer_.where(value->begin));
    node.*flag->member = true;
    return {};
  }

  [[nodiscard]] std::optional<NodeFlag> find_flag(std::string_view word) const {
    for (const auto& flag : node_flags)
      if (flag.word == word) return flag;
    for (const auto& flag : dagitty_flags)
      if (in_block_ && flag.word == word) return flag;
    return std::nullopt;
  }

  [[nodiscard]] tl::unexpected<Error> unknown_attribute(const Token& token) const {
    std::vector<std::string> words{"pos"};
    for (const auto& flag : node_flags) words.emplace_back(flag.word);
    const auto word = lexer_.value(token);
    return fail(ErrorCode::parse_error, "unknown attribute '" + word + "' of a node",
                lexer_.where(token.begin), spelling_suggestion(word, words));
  }

  // Positions, weights and labels of edges are drawn by dagitty and say nothing of the graph; DOT's
  // `dir` would say something, and is not passed over.
  Status read_edge_attributes() {
    return read_attributes([&](const Token& token, const std::optional<Token>& value) -> Status {
      if (value && lexer_.value(token) == "dir")
        return fail(ErrorCode::parse_error, "the attribute 'dir' of an edge is no dagitty",
                    lexer_.where(token.begin), "write '<->' for a bidirected edge");
      if (value) return {};
      return fail(ErrorCode::parse_error,
                  "the attribute '" + lexer_.value(token) + "' of an edge has no value",
                  lexer_.where(token.begin), "declare the node on its own: 'u [latent]'");
    });
  }

  // '[' word ['=' value] { [',' | ';'] word ['=' value] } ']', each handed to `take`.
  template <class Take>
  Status read_attributes(const Take& take) {
    nested_ = true;
    CAUSAL_GYM_CHECKED(advance());
    while (!is(TokenKind::close_bracket)) {
      if (!is_name()) return expected("an attribute or ']'");
      const auto word = current_;
      CAUSAL_GYM_CHECKED(advance());
      std::optional<Token> value;
      if (is(TokenKind::equals)) {
        CAUSAL_GYM_TRY(token, read_value());
        value = token;
      }
      CAUSAL_GYM_CHECKED(take(word, value));
      if (is(TokenKind::comma) || is(TokenKind::semicolon)) CAUSAL_GYM_CHECKED(advance());
    }
    nested_ = false;
    return advance();
  }

  // The value after '='.
  Result<Token> read_value() {
    CAUSAL_GYM_CHECKED(advance());
    if (!is_name() && !is(TokenKind::number)) return expected("a value after '='");
    const auto value = current_;
    CAUSAL_GYM_CHECKED(advance());
    return value;
  }

  TextLexer lexer_;
  GraphBuilder builder_;
  Token current_;
  bool in_block_ = false;
  bool nested_ = false;  // inside a set or attributes
};

}  // namespace

Result<Graph> parse_graph(std::string_view text, const Limits& limits) {
  CAUSAL_GYM_CHECKED(check_limit("bytes of a graph text", text.size(), limits.graph_text_bytes));
  return GraphReader(text, limits).read();
}

}  // namespace causal_gym
