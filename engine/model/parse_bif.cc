// The reader of BIF texts: parse_bif of bif.h.
//
// Two passes, so that a probability block may come before its variables: the first reads networks
// and variables and remembers where each probability block begins; the second reads those.
#include <charconv>
#include <cmath>
#include <unordered_map>

#include "engine/base/spelling.h"
#include "engine/graph/node_name.h"
#include "engine/model/bif.h"
#include "engine/model/bif_lexer.h"

namespace causal_gym {
namespace {

using Kind = BifToken::Kind;

// Names to positions; the keys point into the text.
using Index = std::unordered_map<std::string_view, std::int32_t>;

class BifReader {
 public:
  BifReader(std::string_view text, const Limits& limits) : limits_(limits), lexer_(text, limits) {}

  Result<Model> read();

 private:
  // What a probability block says of one variable.
  struct Table {
    VariableId variable = 0;
    std::vector<VariableId> given;
    std::size_t rows = 1;
    std::vector<double> cells;
    std::vector<bool> filled;  // rows
    std::vector<double> default_row;
  };

  Status advance();
  [[nodiscard]] bool is_symbol(char symbol) const {
    return token_.kind == Kind::symbol && token_.text.front() == symbol;
  }
  [[nodiscard]] bool is_keyword(std::string_view word) const {
    return token_.kind == Kind::word && token_.text == word;
  }
  [[nodiscard]] tl::unexpected<Error> refuse(std::string message, std::size_t offset) const {
    return fail(ErrorCode::parse_error, std::move(message), lexer_.where(offset));
  }
  [[nodiscard]] tl::unexpected<Error> unexpected(std::string_view wanted) const;
  Status expect(char symbol);
  Status skip_separators();
  Status skip_property();
  Result<BifToken> name(std::string_view wanted);
  [[nodiscard]] tl::unexpected<Error> unknown(const std::string& what, const BifToken& token,
                                              const Index& index) const;

  Status read_blocks();
  Status read_network();
  Status read_variable();
  Status read_type(std::vector<std::string>& states, Index& index);
  Status read_state_list(std::vector<std::string>& states, Index& index);
  Status skip_probability();

  Status read_probability();
  Status read_head(Table& table);
  Status allocate(Table& table, std::size_t offset);
  Status read_body(Table& table);
  Result<std::size_t> read_row_states(const Table& table);
  Status read_numbers(std::span<double> numbers, std::size_t begin);
  Status fill_missing(Table& table, std::size_t end);
  [[nodiscard]] std::string row_text(const Table& table, std::size_t row) const;

  [[nodiscard]] const Variable& variable(VariableId v) const {
    return variables_[static_cast<std::size_t>(v)];
  }

  const Limits& limits_;
  BifLexer lexer_;
  BifToken token_;
  std::string name_;
  std::vector<Variable> variables_;
  Index ids_;
  std::vector<Index> states_;  // of each variable
  std::vector<BifLexer> probabilities_;
  std::vector<std::optional<Mechanism>> mechanisms_;
  std::vector<Edge> edges_;
  std::size_t cells_ = 0;  // of all tables so far
};

Status BifReader::advance() {
  CAUSAL_GYM_TRY(token, lexer_.next());
  token_ = token;
  return {};
}

tl::unexpected<Error> BifReader::unexpected(std::string_view wanted) const {
  const auto found = token_.kind == Kind::end ? std::string("the end of the text")
                                              : "'" + std::string(token_.text) + "'";
  return refuse("expected " + std::string(wanted) + " but found " + found, token_.offset);
}

Status BifReader::expect(char symbol) {
  if (is_symbol(symbol)) return advance();
  return unexpected(std::string("'") + symbol + "'");
}

// The standard counts ',' and '|' among the blanks.
Status BifReader::skip_separators() {
  while (is_symbol(',') || is_symbol('|')) CAUSAL_GYM_CHECKED(advance());
  return {};
}

Status BifReader::skip_property() {
  CAUSAL_GYM_CHECKED(lexer_.skip_statement());
  return advance();
}

Result<BifToken> BifReader::name(std::string_view wanted) {
  if (token_.kind != Kind::word && token_.kind != Kind::string) return unexpected(wanted);
  const auto token = token_;
  CAUSAL_GYM_CHECKED(advance());
  return token;
}

tl::unexpected<Error> BifReader::unknown(const std::string& what, const BifToken& token,
                                         const Index& index) const {
  std::vector<std::string> names(index.size());
  for (const auto& [known, position] : index) names[static_cast<std::size_t>(position)] = known;
  return fail(ErrorCode::unknown_name, what, lexer_.where(token.offset),
              spelling_suggestion(token.text, names));
}

Status BifReader::read_blocks() {
  CAUSAL_GYM_CHECKED(advance());
  do {
    if (is_keyword("network")) {
      CAUSAL_GYM_CHECKED(read_network());
    } else if (is_keyword("variable")) {
      CAUSAL_GYM_CHECKED(read_variable());
    } else if (is_keyword("probability")) {
      CAUSAL_GYM_CHECKED(skip_probability());
    } else {
      return unexpected("'network', 'variable' or 'probability'");
    }
  } while (token_.kind != Kind::end);
  return {};
}

Status BifReader::read_network() {
  CAUSAL_GYM_CHECKED(advance());
  CAUSAL_GYM_TRY(network, name("the network's name"));
  name_ = network.text;
  CAUSAL_GYM_CHECKED(expect('{'));
  while (is_keyword("property")) CAUSAL_GYM_CHECKED(skip_property());
  return expect('}');
}

Status BifReader::read_variable() {
  CAUSAL_GYM_CHECKED(advance());
  CAUSAL_GYM_TRY(declared, name("a variable's name"));
  CAUSAL_GYM_CHECKED(check_limit("variables", variables_.size() + 1, limits_.nodes));
  if (!ids_.emplace(declared.text, static_cast<VariableId>(variables_.size())).second)
    return refuse("the variable '" + std::string(declared.text) + "' is declared twice",
                  declared.offset);
  CAUSAL_GYM_CHECKED(expect('{'));
  std::vector<std::string> states;
  Index index;
  while (!is_symbol('}')) {
    if (is_keyword("property")) {
      CAUSAL_GYM_CHECKED(skip_property());
    } else if (is_keyword("type") && states.empty()) {
      CAUSAL_GYM_CHECKED(read_type(states, index));
    } else {
      return unexpected(states.empty() ? "'type' or 'property'" : "'property' or '}'");
    }
  }
  if (states.empty())
    return refuse("the variable '" + std::string(declared.text) + "' has no type", token_.offset);
  const auto type = states.size() == 2 ? VariableType::binary : VariableType::categorical;
  variables_.push_back(make_variable(std::string(declared.text), type, std::move(states)));
  states_.push_back(std::move(index));
  return advance();
}

// type discrete [ 3 ] { low, normal, high };
Status BifReader::read_type(std::vector<std::string>& states, Index& index) {
  CAUSAL_GYM_CHECKED(advance());
  if (!is_keyword("discrete")) return unexpected("'discrete'");
  CAUSAL_GYM_CHECKED(advance());
  CAUSAL_GYM_CHECKED(expect('['));
  const auto count = token_;
  CAUSAL_GYM_CHECKED(advance());
  CAUSAL_GYM_CHECKED(expect(']'));
  CAUSAL_GYM_CHECKED(read_state_list(states, index));
  if (count.text != std::to_string(states.size()))
    return refuse("'" + std::string(count.text) + "' states are announced, but " +
                      std::to_string(states.size()) + " are listed",
                  count.offset);
  return expect(';');
}

Status BifReader::read_state_list(std::vector<std::string>& states, Index& index) {
  CAUSAL_GYM_CHECKED(expect('{'));
  while (!is_symbol('}')) {
    CAUSAL_GYM_TRY(state, name("a state's name"));
    CAUSAL_GYM_CHECKED(check_limit("states of a variable", states.size() + 1, limits_.states));
    if (!index.emplace(state.text, static_cast<State>(states.size())).second)
      return refuse("the state '" + std::string(state.text) + "' is listed twice", state.offset);
    states.emplace_back(state.text);
    CAUSAL_GYM_CHECKED(skip_separators());
  }
  if (states.empty()) return unexpected("a state's name");
  return advance();
}

Status BifReader::skip_probability() {
  probabilities_.push_back(lexer_);  // stands behind the word `probability`
  while (!is_symbol('}')) {
    if (token_.kind == Kind::end) return unexpected("'}'");
    CAUSAL_GYM_CHECKED(is_keyword("property") ? skip_property() : advance());
  }
  return advance();
}

// ( x | a, b )
Status BifReader::read_head(Table& table) {
  CAUSAL_GYM_CHECKED(expect('('));
  const auto child = token_;
  std::vector<VariableId> listed;
  while (!is_symbol(')')) {
    CAUSAL_GYM_TRY(token, name("a variable's name or ')'"));
    const auto found = ids_.find(token.text);
    if (found == ids_.end())
      return unknown("no variable '" + std::string(token.text) + "' in the network", token, ids_);
    listed.push_back(found->second);
    CAUSAL_GYM_CHECKED(skip_separators());
  }
  if (listed.empty()) return unexpected("a variable's name");
  CAUSAL_GYM_CHECKED(advance());
  table.variable = listed.front();
  table.given.assign(listed.begin() + 1, listed.end());
  if (mechanisms_[static_cast<std::size_t>(table.variable)])
    return refuse("'" + std::string(child.text) + "' has two probability blocks", child.offset);
  CAUSAL_GYM_CHECKED(check_limit("edges", edges_.size() + table.given.size(), limits_.edges));
  for (const VariableId parent : table.given) edges_.push_back({parent, table.variable});
  return allocate(table, child.offset);
}

Status BifReader::allocate(Table& table, std::size_t offset) {
  const auto width = variable(table.variable).states.size();
  std::vector<std::size_t> cardinalities{width};
  for (const VariableId parent : table.given)
    cardinalities.push_back(variable(parent).states.size());
  const auto left = limits_.mechanism_cells - cells_;
  const auto cells = joint_state_count(cardinalities, left);
  if (cells > left)
    return fail(ErrorCode::limit_exceeded,
                "cells of the tables up to that of '" + variable(table.variable).name +
                    "': over the limit of " + std::to_string(limits_.mechanism_cells),
                lexer_.where(offset));
  cells_ += cells;
  table.rows = cells / width;
  table.cells.resize(cells);
  table.filled.assign(table.rows, false);
  return {};
}

Status BifReader::read_probability() {
  CAUSAL_GYM_CHECKED(advance());
  Table table;
  CAUSAL_GYM_CHECKED(read_head(table));
  CAUSAL_GYM_CHECKED(expect('{'));
  CAUSAL_GYM_CHECKED(read_body(table));
  CAUSAL_GYM_CHECKED(fill_missing(table, token_.offset));
  mechanisms_[static_cast<std::size_t>(table.variable)] =
      TableMechanism{std::move(table.given), std::move(table.cells), Coupling::undeclared};
  return {};
}

// The statements up to the closing brace.
Status BifReader::read_body(Table& table) {
  const auto width = variable(table.variable).states.size();
  while (!is_symbol('}')) {
    const auto begin = token_.offset;
    if (is_keyword("property")) {
      CAUSAL_GYM_CHECKED(skip_property());
    } else if (is_keyword("table") &&
               std::find(table.filled.begin(), table.filled.end(), true) == table.filled.end()) {
      CAUSAL_GYM_CHECKED(advance());
      CAUSAL_GYM_CHECKED(read_numbers(table.cells, begin));
      table.filled.assign(table.rows, true);
    } else if (is_keyword("default") && table.default_row.empty()) {
      CAUSAL_GYM_CHECKED(advance());
      table.default_row.resize(width);
      CAUSAL_GYM_CHECKED(read_numbers(table.default_row, begin));
    } else if (is_symbol('(')) {
      CAUSAL_GYM_TRY(row, read_row_states(table));
      if (table.filled[row]) return refuse(row_text(table, row) + " is given twice", begin);
      CAUSAL_GYM_CHECKED(read_numbers(std::span(table.cells).subspan(row * width, width), begin));
      table.filled[row] = true;
    } else {
      return unexpected("a row, one 'table', one 'default', 'property' or '}'");
    }
  }
  return {};
}

// (yes, low): the row of these states of the parents.
Result<std::size_t> BifReader::read_row_states(const Table& table) {
  CAUSAL_GYM_CHECKED(advance());
  std::size_t row = 0;
  for (const VariableId parent : table.given) {
    const auto wanted = [&] { return "a state of '" + variable(parent).name + "'"; };
    if (token_.kind != Kind::word && token_.kind != Kind::string) return unexpected(wanted());
    const auto& index = states_[static_cast<std::size_t>(parent)];
    const auto found = index.find(token_.text);
    if (found == index.end())
      return unknown("'" + std::string(token_.text) + "' is not " + wanted(), token_, index);
    row = row * index.size() + static_cast<std::size_t>(found->second);
    CAUSAL_GYM_CHECKED(advance());
    CAUSAL_GYM_CHECKED(skip_separators());
  }
  CAUSAL_GYM_CHECKED(expect(')'));
  return row;
}

Status BifReader::read_numbers(std::span<double> numbers, std::size_t begin) {
  std::size_t count = 0;
  for (; !is_symbol(';'); ++count) {
    auto text = token_.text;
    if (token_.kind != Kind::word) return unexpected("a number or ';'");
    if (text.starts_with('+')) text.remove_prefix(1);
    double number = 0;
    const auto read = std::from_chars(text.data(), text.data() + text.size(), number);
    const bool whole = read.ptr == text.data() + text.size();
    // Words are short, so only an exponent can take a number out of range.
    const bool underflow = read.ec == std::errc::result_out_of_range &&
                           (text.find("e-") != text.npos || text.find("E-") != text.npos);
    if (!whole || (read.ec != std::errc() && !underflow) || !std::isfinite(number))
      return unexpected("a number");
    if (count < numbers.size()) numbers[count] = number;
    CAUSAL_GYM_CHECKED(advance());
    CAUSAL_GYM_CHECKED(skip_separators());
  }
  if (count != numbers.size())
    return refuse(
        "there are " + std::to_string(count) + " numbers, not " + std::to_string(numbers.size()),
        begin);
  return advance();
}

Status BifReader::fill_missing(Table& table, std::size_t end) {
  const auto width = variable(table.variable).states.size();
  for (std::size_t row = 0; row < table.rows; ++row) {
    if (table.filled[row]) continue;
    if (table.default_row.empty()) return refuse(row_text(table, row) + " is missing", end);
    std::copy(table.default_row.begin(), table.default_row.end(),
              table.cells.begin() + static_cast<std::ptrdiff_t>(row * width));
  }
  return {};
}

std::string BifReader::row_text(const Table& table, std::size_t row) const {
  std::string states;
  for (std::size_t i = table.given.size(); i-- > 0;) {
    const auto& parent = variable(table.given[i]);
    if (!states.empty()) states.insert(0, ", ");
    states.insert(0, parent.states[row % parent.states.size()]);
    row /= parent.states.size();
  }
  return "the row (" + states + ") of '" + variable(table.variable).name + "'";
}

Result<Model> BifReader::read() {
  CAUSAL_GYM_CHECKED(read_blocks());
  mechanisms_.resize(variables_.size());
  for (const auto& block : probabilities_) {
    lexer_ = block;
    CAUSAL_GYM_CHECKED(read_probability());
  }
  std::vector<Node> nodes(variables_.size());
  std::vector<Mechanism> mechanisms;
  for (std::size_t i = 0; i < variables_.size(); ++i) {
    nodes[i].name = variables_[i].name;
    if (!mechanisms_[i])
      return fail(ErrorCode::parse_error,
                  "the variable '" + variables_[i].name + "' has no probability block",
                  "mechanisms." + variables_[i].name);
    mechanisms.push_back(*std::move(mechanisms_[i]));
  }
  CAUSAL_GYM_TRY(graph, Graph::create(std::move(nodes), std::move(edges_), {}, limits_));
  return Model::create(std::move(name_), std::move(graph), std::move(variables_),
                       std::move(mechanisms), limits_);
}

Status check_encoding(std::string_view text) {
  for (std::size_t i = 0; i < text.size();) {
    const auto size =
        static_cast<unsigned char>(text[i]) < 0x80 ? 1 : first_character(text.substr(i)).size;
    if (size == 0)
      return fail(ErrorCode::parse_error, "byte " + std::to_string(i + 1) + " is not UTF-8");
    i += size;
  }
  return {};
}

}  // namespace

Result<Model> parse_bif(std::string_view text, const Limits& limits) {
  CAUSAL_GYM_CHECKED(check_limit("bytes of the BIF text", text.size(), limits.model_text_bytes));
  CAUSAL_GYM_CHECKED(check_encoding(text));
  return BifReader(text, limits).read();
}

}  // namespace causal_gym
