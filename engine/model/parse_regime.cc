// The reader of regime texts: parse_regime of regime.h.
#include <charconv>
#include <cmath>

#include "engine/base/spelling.h"
#include "engine/graph/node_name.h"
#include "engine/graph/text_lexer.h"
#include "engine/model/regime.h"

namespace causal_gym {
namespace {

struct Word {
  std::string text;
  bool quoted = false;
  std::size_t begin = 0;
};

class RegimeReader {
 public:
  RegimeReader(std::string_view text, const Model& model) : text_(text), model_(model) {}

  Result<Regime> read() {
    skip_blanks();
    if (at_end()) return std::move(regime_);
    do CAUSAL_GYM_CHECKED(intervention());
    while (take(';'));
    if (!at_end()) return unexpected("';' or the end");
    CAUSAL_GYM_CHECKED(check_regime(model_, regime_));
    return std::move(regime_);
  }

 private:
  [[nodiscard]] bool at_end() const { return at_ == text_.size(); }

  void skip_blanks() { at_ = std::min(text_.find_first_not_of(" \t\r\n", at_), text_.size()); }

  bool take(char symbol) {
    if (at_end() || text_[at_] != symbol) return false;
    ++at_;
    skip_blanks();
    return true;
  }

  [[nodiscard]] tl::unexpected<Error> refuse(std::string message, std::size_t offset) const {
    return fail(ErrorCode::parse_error, std::move(message), text_position(text_, offset));
  }

  [[nodiscard]] tl::unexpected<Error> unexpected(std::string_view wanted) const {
    const auto size = std::max<std::size_t>(first_character(text_.substr(at_)).size, 1);
    const auto found =
        at_end() ? "the end of the text" : "'" + std::string(text_.substr(at_, size)) + "'";
    return refuse("expected " + std::string(wanted) + " but found " + found, at_);
  }

  // Bare words may also hold signs, for numbers and states such as -1.
  Result<Word> word(std::string_view wanted) {
    Word result{"", false, at_};
    if (!at_end() && text_[at_] == '"') return quoted_word();
    while (!at_end()) {
      const auto [code, size] = first_character(text_.substr(at_));
      if (size == 0) return refuse("the text is not UTF-8", at_);
      if (!is_bare_character(code) && code != U'-' && code != U'+') break;
      at_ += size;
    }
    if (at_ == result.begin) return unexpected(wanted);
    result.text = text_.substr(result.begin, at_ - result.begin);
    skip_blanks();
    return result;
  }

  Result<Word> quoted_word() {
    Word result{"", true, at_};
    for (++at_; !at_end() && text_[at_] != '"';) {
      if (text_[at_] == '\\' && at_ + 1 < text_.size()) ++at_;
      const auto size = first_character(text_.substr(at_)).size;
      if (size == 0) return refuse("the text is not UTF-8", at_);
      result.text += text_.substr(at_, size);
      at_ += size;
    }
    if (at_end()) return refuse("a quote is not closed", result.begin);
    ++at_;
    skip_blanks();
    return result;
  }

  [[nodiscard]] Result<VariableId> variable(const Word& name) const {
    auto found = model_.require(name.text);
    if (!found) found.error().where = text_position(text_, name.begin);
    return found;
  }

  // The state behind the '=' that comes next.
  Result<State> state(VariableId v) {
    const auto& variable = model_.variable(v);
    if (!take('=')) return unexpected("'=' and a state of '" + variable.name + "'");
    CAUSAL_GYM_TRY(text, word("a state of '" + variable.name + "'"));
    auto state =
        text.quoted ? parse_exact_state(variable, text.text) : parse_state(variable, text.text);
    if (!state) state.error().where = text_position(text_, text.begin);
    return state;
  }

  // A word that is neither a verb nor a variable, and no '=' after it: a verb was meant.
  [[nodiscard]] tl::unexpected<Error> no_verb(const Word& word) const {
    static const std::vector<std::string> verbs = {"set", "do", "randomize", "prevent",
                                                   "disconnect"};
    auto suggestion = spelling_suggestion(word.text, verbs);
    if (suggestion.empty())
      suggestion = "use x=1, do(x=1), set x=1, randomize x, prevent x or disconnect x";
    return fail(ErrorCode::unknown_name, "no intervention '" + word.text + "'",
                text_position(text_, word.begin), suggestion);
  }

  Status assignment(const Word& name) {
    if (!name.quoted && !next_is('=') && !model_.require(name.text)) return no_verb(name);
    CAUSAL_GYM_TRY(v, variable(name));
    CAUSAL_GYM_TRY(value, state(v));
    regime_.emplace_back(SetIntervention{v, value});
    return {};
  }

  Status do_list() {
    do {
      CAUSAL_GYM_TRY(name, word("a variable"));
      CAUSAL_GYM_CHECKED(assignment(name));
    } while (take(','));
    if (take(')')) return {};
    return unexpected("',' or ')'");
  }

  [[nodiscard]] bool next_is(char symbol) const { return !at_end() && text_[at_] == symbol; }
  // A verb, unless it is the name in "set=on".
  [[nodiscard]] bool is_verb(const Word& first, std::string_view verb) const {
    return !first.quoted && first.text == verb && !next_is('=');
  }

  Status one_set(Word first) {
    if (is_verb(first, "do") && take('(')) return do_list();
    if (is_verb(first, "set")) {
      CAUSAL_GYM_TRY(name, word("a variable"));
      first = std::move(name);
    }
    return assignment(first);
  }

  Status intervention() {
    CAUSAL_GYM_TRY(first, word("an intervention"));
    for (const auto* verb : {"randomize", "prevent", "disconnect"}) {
      if (!is_verb(first, verb)) continue;
      CAUSAL_GYM_TRY(name, word("a variable"));
      CAUSAL_GYM_TRY(v, variable(name));
      if (first.text == "prevent") regime_.emplace_back(PreventIntervention{v});
      if (first.text == "disconnect") regime_.emplace_back(DisconnectIntervention{v});
      return first.text == "randomize" ? randomize(v) : Status();
    }
    CAUSAL_GYM_CHECKED(one_set(std::move(first)));
    while (take(',')) {
      CAUSAL_GYM_TRY(next, word("a variable"));
      CAUSAL_GYM_CHECKED(one_set(std::move(next)));
    }
    return {};
  }

  Status randomize(VariableId v) {
    RandomizeIntervention intervention{v, {}};
    if (take('~')) {
      do {
        CAUSAL_GYM_TRY(text, word("a probability"));
        double number = 0;
        const auto* const end = text.text.data() + text.text.size();
        const auto read = std::from_chars(text.text.data(), end, number);
        if (read.ec != std::errc() || read.ptr != end || !std::isfinite(number))
          return refuse("'" + text.text + "' is not a number", text.begin);
        intervention.probabilities.push_back(number);
      } while (take(','));
    }
    regime_.emplace_back(std::move(intervention));
    return {};
  }

  std::string_view text_;
  const Model& model_;
  std::size_t at_ = 0;
  Regime regime_;
};

}  // namespace

Result<Regime> parse_regime(std::string_view text, const Model& model) {
  CAUSAL_GYM_CHECKED(check_limit("bytes of the regime", text.size(), max_regime_text_bytes));
  return RegimeReader(text, model).read();
}

}  // namespace causal_gym
