// Variables: their defaults, what makes one malformed, and which state a text names.
#include "engine/model/variable.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace causal_gym {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

Variable categorical(std::vector<std::string> states) {
  return make_variable("x", VariableType::categorical, std::move(states));
}

// The state, or the code of the error.
std::string reading(const Variable& variable, std::string_view text) {
  const auto state = parse_state(variable, text);
  if (state) return std::to_string(*state);
  return std::string(error_code_name(state.error().code));
}

TEST(Variable, TypeNamesReadBack) {
  for (const auto type : {VariableType::binary, VariableType::categorical, VariableType::ordinal,
                          VariableType::count})
    EXPECT_EQ(parse_variable_type(variable_type_name(type)), type);
  const auto unknown = parse_variable_type("binry");
  ASSERT_FALSE(unknown);
  EXPECT_EQ(unknown.error().code, ErrorCode::unknown_name);
  EXPECT_EQ(unknown.error().suggestion, "did you mean 'binary'?");
}

TEST(Variable, BinaryHasNumbersAndBaselineByDefault) {
  const auto x = binary_variable("x");
  EXPECT_THAT(x.states, ElementsAre("false", "true"));
  EXPECT_THAT(x.numbers, ElementsAre(0, 1));
  EXPECT_EQ(x.baseline, 0);
  EXPECT_EQ(make_variable("x", VariableType::binary), x);
  EXPECT_THAT(binary_variable("x", "untreated", "treated").numbers, ElementsAre(0, 1));
}

TEST(Variable, BinaryWhoseWordsClashHasNoNumbersAndNoBaseline) {
  for (const auto& [a, b] : {std::pair("yes", "no"), std::pair("TRUE", "FALSE"),
                             std::pair("1", "0"), std::pair("present", "Off")}) {
    const auto x = binary_variable("x", a, b);
    EXPECT_THAT(x.numbers, IsEmpty()) << a;
    EXPECT_EQ(x.baseline, std::nullopt) << a;
  }
}

TEST(Variable, NamesThatAreNumbersAreTheNumbers) {
  EXPECT_THAT(make_variable("n", VariableType::count, {"-1", "0", "3"}).numbers,
              ElementsAre(-1, 0, 3));
  EXPECT_THAT(binary_variable("x", "1", "2").numbers, ElementsAre(1, 2));
  EXPECT_THAT(make_variable("o", VariableType::ordinal, {"1", "2", "3"}).numbers, IsEmpty());
  EXPECT_THAT(categorical({"0", "1", "2"}).numbers, IsEmpty());
}

TEST(ParseState, TableOfReadings) {
  struct Case {
    Variable variable;
    const char* text;
    const char* reading;
  };
  const auto no_yes = binary_variable("x", "no", "yes");
  const auto yes_no = binary_variable("x", "yes", "no");
  const auto low_high = binary_variable("x", "low", "high");
  const auto die = categorical({"1", "2", "3", "4", "5", "6"});
  const auto swapped = binary_variable("x", "1", "0");
  const auto levels = categorical({"low", "mid", "high"});
  const Case cases[] = {
      {no_yes, "yes", "1"},
      {no_yes, "1", "1"},
      {no_yes, "true", "1"},
      {no_yes, "OFF", "0"},
      {no_yes, "2", "unknown_name"},
      {low_high, "on", "1"},
      {low_high, "1", "1"},
      {low_high, "0", "0"},
      {low_high, "false", "0"},
      {low_high, "High", "unknown_name"},  // names are exact
      {yes_no, "yes", "0"},
      {yes_no, "no", "1"},
      {yes_no, "1", "invalid_argument"},
      {yes_no, "0", "invalid_argument"},
      {yes_no, "true", "invalid_argument"},
      {yes_no, "Yes", "invalid_argument"},
      {binary_variable("x", "untreated", "treated"), "1", "1"},
      {binary_variable("x", "0", "1"), "1", "1"},
      {binary_variable("x", "0", "1"), "0", "0"},
      {binary_variable("x", "0", "1"), "true", "1"},
      {binary_variable("x", "1", "2"), "1", "0"},
      {binary_variable("x", "1", "2"), "2", "1"},
      {binary_variable("x", "1", "2"), "0", "unknown_name"},
      {binary_variable("x", "1", "2"), "true", "1"},
      {swapped, "1", "invalid_argument"},
      {swapped, "0", "invalid_argument"},
      {categorical({"0", "1", "2"}), "2", "2"},
      {die, "3", "2"},
      {die, "0", "unknown_name"},
      {die, "6", "5"},
      {die, "true", "unknown_name"},
      {categorical({"1", "many"}), "1", "invalid_argument"},
      {categorical({"1", "many"}), "0", "0"},
      {levels, "2", "2"},
      {levels, "3", "unknown_name"},
      {levels, "-1", "unknown_name"},
      {levels, "yes", "unknown_name"},
      {levels, "", "unknown_name"},
      {levels, "99999999999999999999", "unknown_name"},
  };
  for (const auto& c : cases)
    EXPECT_EQ(reading(c.variable, c.text), c.reading)
        << c.variable.states[0] << ".. read '" << c.text << "'";
}

TEST(ParseState, EveryStateReadsBackFromItsText) {
  for (const auto& states : std::vector<std::vector<std::string>>{
           {"yes", "no"}, {"1", "0"}, {"2", "0", "1"}, {"<5", "5-12", "12+"}, {"a b", "c"}}) {
    const auto type = states.size() == 2 ? VariableType::binary : VariableType::categorical;
    const auto variable = make_variable("x", type, states);
    for (State s = 0; s < static_cast<State>(states.size()); ++s) {
      const auto text = state_text(variable, s);
      const auto read = text.front() == '"'
                            ? parse_exact_state(variable, text.substr(1, text.size() - 2))
                            : parse_state(variable, text);
      EXPECT_EQ(read, s) << text;
    }
  }
  EXPECT_EQ(state_text(binary_variable("x", "1", "0"), 0), "\"1\"");
  EXPECT_EQ(state_text(binary_variable("x", "no", "yes"), 1), "yes");
}

TEST(ParseState, ErrorsListTheStates) {
  const auto misspelt = parse_state(categorical({"low", "normal", "high"}), "norml");
  ASSERT_FALSE(misspelt);
  EXPECT_EQ(misspelt.error().message, "no state 'norml': 'x' has the states low, normal, high");
  EXPECT_EQ(misspelt.error().suggestion, "did you mean 'normal'?");
  const auto clash = parse_state(binary_variable("lung", "yes", "no"), "1");
  ASSERT_FALSE(clash);
  EXPECT_THAT(clash.error().message, HasSubstr("'lung' has the states yes, no"));
  EXPECT_THAT(clash.error().suggestion, HasSubstr("write lung="));
}

TEST(TrueState, IsTheSecondOfABinaryVariable) {
  EXPECT_EQ(true_state(binary_variable("x")), 1);
  EXPECT_EQ(true_state(binary_variable("x", "untreated", "treated")), 1);
  EXPECT_EQ(true_state(binary_variable("x", "1", "2")), 1);
}

TEST(TrueState, OfAClashTellsWhatToWrite) {
  const auto clash = true_state(binary_variable("lung", "yes", "no"));
  ASSERT_FALSE(clash);
  EXPECT_EQ(clash.error().code, ErrorCode::invalid_argument);
  EXPECT_EQ(clash.error().suggestion, "write lung=yes");
  const auto wide = true_state(categorical({"a", "b", "c"}));
  ASSERT_FALSE(wide);
  EXPECT_EQ(wide.error().code, ErrorCode::invalid_argument);
}

TEST(CheckVariable, NamesWhatIsWrong) {
  struct Case {
    Variable variable;
    const char* message;
    const char* where;
  };
  auto numbers = binary_variable("x");
  numbers.numbers = {1};
  auto infinite = binary_variable("x");
  infinite.numbers = {0, std::numeric_limits<double>::infinity()};
  auto baseline = binary_variable("x");
  baseline.baseline = 2;
  const Case cases[] = {
      {categorical({}), "has no states", "variables.x"},
      {make_variable("x", VariableType::binary, {"a"}), "is binary but has 1 state", "variables.x"},
      {make_variable("x", VariableType::binary, {"a", "b", "c"}), "has 3 states", "variables.x"},
      {categorical({"a", ""}), "empty name", "variables.x.states[1]"},
      {categorical({"a", "b", "a"}), "the state 'a' twice", "variables.x.states[2]"},
      {categorical({"a\n"}), "control characters", "variables.x.states[0]"},
      {categorical({"\xff"}), "not UTF-8", "variables.x.states[0]"},
      {make_variable("x", VariableType::count, {"0", "few"}), "is a count", "variables.x"},
      {numbers, "has 2 states but 1 numbers", "variables.x"},
      {infinite, "not finite", "variables.x"},
      {baseline, "baseline 2", "variables.x"},
  };
  for (const auto& c : cases) {
    const auto status = check_variable(c.variable);
    ASSERT_FALSE(status) << c.message;
    EXPECT_EQ(status.error().code, ErrorCode::invalid_argument);
    EXPECT_THAT(status.error().message, HasSubstr(c.message));
    EXPECT_EQ(status.error().where, c.where);
  }
}

TEST(CheckVariable, LimitsHoldAtTheirEdge) {
  Limits limits;
  limits.states = 3;
  limits.name_length = 4;
  EXPECT_TRUE(check_variable(categorical({"abcd", "b", "c"}), limits));
  const auto many = check_variable(categorical({"a", "b", "c", "d"}), limits);
  ASSERT_FALSE(many);
  EXPECT_EQ(many.error().code, ErrorCode::limit_exceeded);
  const auto is_long = check_variable(categorical({"abcde"}), limits);
  ASSERT_FALSE(is_long);
  EXPECT_EQ(is_long.error().code, ErrorCode::limit_exceeded);
}

}  // namespace
}  // namespace causal_gym
