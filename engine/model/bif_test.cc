// BIF texts: what is read, what is written, and what is refused where.
#include "engine/model/bif.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/graph/random_graph.h"
#include "engine/graph/text.h"
#include "engine/model/build.h"
#include "engine/model/random_model.h"

namespace causal_gym {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

constexpr std::string_view variables =
    "network n { }\n"
    "variable a { type discrete [ 2 ] { no, yes }; }\n"
    "variable b { type discrete [ 3 ] { <5, 5-12, 12+ }; }\n"
    "variable c { type discrete [ 2 ] { no, yes }; }\n"
    "probability ( a ) { table 0.25, 0.75; }\n"
    "probability ( b ) { table 0.2, 0.3, 0.5; }\n";

Result<Model> with_c(std::string_view block) {
  return parse_bif(std::string(variables) + std::string(block));
}

const std::vector<double>& numbers(const Model& model, VariableId v) {
  return std::get<TableMechanism>(model.mechanism(v)).probabilities;
}

TEST(ParseBif, ReadsRowsInAnyOrder) {
  const auto model = with_c(
      "probability ( c | a, b ) {\n"
      "  (yes, <5) 0.4, 0.6;\n  (no, 12+) 0.3, 0.7;\n  (no, <5) 0.1, 0.9;\n"
      "  (yes, 12+) 0.6, 0.4;\n  (no, 5-12) 0.2, 0.8;\n  (yes, 5-12) 0.5, 0.5;\n}\n");
  ASSERT_TRUE(model) << error_text(model.error());
  EXPECT_EQ(model->name(), "n");
  EXPECT_EQ(write_graph(model->graph()), write_graph(*parse_graph("a; b; c; a -> c; b -> c")));
  EXPECT_EQ(model->variable(0), binary_variable("a", "no", "yes"));
  EXPECT_EQ(model->variable(1).type, VariableType::categorical);
  EXPECT_THAT(model->variable(1).states, ElementsAre("<5", "5-12", "12+"));
  EXPECT_THAT(numbers(*model, 2),
              ElementsAre(0.1, 0.9, 0.2, 0.8, 0.3, 0.7, 0.4, 0.6, 0.5, 0.5, 0.6, 0.4));
}

TEST(ParseBif, ReadsATableWithTheFirstParentSlowest) {
  const auto model =
      with_c("probability ( c | a, b ) { table 0.1 0.9 0.2 0.8 0.3 0.7 0.4 0.6 0.5 0.5 0.6 0.4; }");
  ASSERT_TRUE(model) << error_text(model.error());
  EXPECT_THAT(numbers(*model, 2),
              ElementsAre(0.1, 0.9, 0.2, 0.8, 0.3, 0.7, 0.4, 0.6, 0.5, 0.5, 0.6, 0.4));
  EXPECT_THAT(std::get<TableMechanism>(model->mechanism(2)).given, ElementsAre(0, 1));
}

TEST(ParseBif, DefaultFillsTheRowsLeftOut) {
  const auto model = with_c("probability ( c | a ) { (yes) 1, 0; default 0.5, 0.5; }");
  ASSERT_TRUE(model) << error_text(model.error());
  EXPECT_THAT(numbers(*model, 2), ElementsAre(0.5, 0.5, 1, 0));
}

TEST(ParseBif, SkipsCommentsAndProperties) {
  const auto model = parse_bif(
      "// a comment {\n/* another\n } */ network \"my net\" { property author \"a; } b\"; }\n"
      "probability ( \"a b\" ) { property x = 3; table +1.0E-1, 0.9 /* sum: 1 */; }\n"
      "variable \"a b\" { property position = (1, 2); type discrete[2]{Asy/Patch \"x y\"}; }\n");
  ASSERT_TRUE(model) << error_text(model.error());
  EXPECT_EQ(model->name(), "my net");
  EXPECT_EQ(model->variable(0).name, "a b");
  EXPECT_THAT(model->variable(0).states, ElementsAre("Asy/Patch", "x y"));
  EXPECT_THAT(numbers(*model, 0), ElementsAre(0.1, 0.9));
}

TEST(ParseBif, ReadsNumbersTooSmallToTellFromZero) {
  const auto model = with_c("probability ( c ) { table 1e-400, 1; }");
  ASSERT_TRUE(model) << error_text(model.error());
  EXPECT_THAT(numbers(*model, 2), ElementsAre(0, 1));
  EXPECT_FALSE(with_c("probability ( c ) { table 1e400, 1; }"));
}

struct Refusal {
  const char* block;
  ErrorCode code;
  const char* message;
  const char* where;
};

constexpr auto parse = ErrorCode::parse_error;
// Each block follows the six lines of `variables`.
constexpr Refusal refusals[] = {
    {"", parse, "'c' has no probability block", "mechanisms.c"},
    {"hello", parse, "expected 'network', 'variable' or 'probability' but found 'hello'",
     "line 7, column 1"},
    {"probability ( c | a ) { (no) 0.1, 0.9; }", parse, "the row (yes) of 'c' is missing",
     "line 7, column 40"},
    {"probability ( c | a ) { (no) 0.1, 0.9; (no) 1, 0; }", parse,
     "the row (no) of 'c' is given twice", "line 7, column 40"},
    {"probability ( c ) { table 0.1, 0.2, 0.7; }", parse, "there are 3 numbers, not 2",
     "line 7, column 21"},
    {"probability ( c | a ) { (no) 0.1; }", parse, "there are 1 numbers, not 2",
     "line 7, column 25"},
    {"probability ( c | a ) { (no, yes) 0.1, 0.9; }", parse, "expected ')' but found 'yes'",
     "line 7, column 30"},
    {"probability ( c | a ) { () 0.1, 0.9; }", parse, "expected a state of 'a' but found ')'",
     "line 7, column 26"},
    {"probability ( c | a ) { (on) 0.1, 0.9; }", ErrorCode::unknown_name,
     "'on' is not a state of 'a'", "line 7, column 26"},
    {"probability ( c | aa ) { table 1, 0; }", ErrorCode::unknown_name, "no variable 'aa'",
     "line 7, column 19"},
    {"probability ( c ) { table x, 1; }", parse, "expected a number but found 'x'",
     "line 7, column 27"},
    {"probability ( c ) { table inf, 1; }", parse, "expected a number", "line 7, column 27"},
    {"probability ( c ) { table 0.5, 0.5 }", parse, "expected a number or ';' but found '}'",
     "line 7, column 36"},
    {"probability ( c ) { table 0.5, 0.5; table 0.5, 0.5; }", parse, "expected a row",
     "line 7, column 37"},
    {"probability ( c ) { table 0.5, 0.5;", parse, "expected '}' but found the end of the text",
     "line 7, column 36"},
    {"probability ( c ) { table 0.5, 0.5; } probability ( c ) { table 0.5, 0.5; }", parse,
     "'c' has two probability blocks", "line 7, column 53"},
    {"probability ( ) { }", parse, "expected a variable's name but found ')'", "line 7, column 15"},
    {"probability ( c ) { table 0.5, 0.6; }", ErrorCode::invalid_argument,
     "row 0 of mechanism 'c' sums to 1.1", "mechanisms.c.table[0]"},
    {"probability ( c | c ) { default 0.5, 0.5; }", ErrorCode::invalid_argument, "self-loop", ""},
    {"variable a { type discrete [ 1 ] { x }; }", parse, "'a' is declared twice",
     "line 7, column 10"},
    {"variable d { }", parse, "the variable 'd' has no type", ""},
    {"variable d { type discrete [ 3 ] { x, y }; }", parse, "'3' states are announced, but 2",
     "line 7, column 30"},
    {"variable d { type discrete [ 2 ] { x, x }; }", parse, "the state 'x' is listed twice",
     "line 7, column 39"},
    {"variable d { type discrete [ 0 ] { }; }", parse, "expected a state's name", ""},
    {"variable d { type continuous; }", parse, "expected 'discrete'", "line 7, column 19"},
    {"/* open", parse, "a comment is not closed", "line 7, column 1"},
    {"network \"open", parse, "a string is not closed", "line 7, column 9"},
    {"network x { property open }", parse, "expected ';' but found the end", ""},
    {"variable \xff { }", parse, "is not UTF-8", ""},
};
TEST(ParseBif, RefusesWithPlaceAndCulprit) {
  for (const auto& refusal : refusals) {
    const auto model = with_c(refusal.block);
    ASSERT_FALSE(model) << refusal.block;
    EXPECT_EQ(model.error().code, refusal.code) << refusal.block;
    EXPECT_THAT(model.error().message, HasSubstr(refusal.message)) << refusal.block;
    if (*refusal.where != '\0') {
      EXPECT_EQ(model.error().where, refusal.where) << refusal.block;
    }
  }
  EXPECT_FALSE(parse_bif(""));
  EXPECT_EQ(with_c("probability ( c | a ) { (yess) 1, 0; }").error().suggestion,
            "did you mean 'yes'?");
}

TEST(ParseBif, ShowsACycle) {
  const auto model = parse_bif(
      "variable a { type discrete [ 2 ] { x, y }; } variable b { type discrete [ 2 ] { x, y }; }\n"
      "probability ( a | b ) { default 1, 0; } probability ( b | a ) { default 1, 0; }");
  ASSERT_FALSE(model);
  EXPECT_EQ(model.error().code, ErrorCode::cyclic_graph);
  EXPECT_THAT(model.error().message, HasSubstr("a -> b -> a"));
}

TEST(ParseBif, LimitsHoldAtTheirEdge) {
  std::string text(variables);
  text += "probability ( c | a, b ) { default 0.5, 0.5; }";
  Limits exact;
  exact.nodes = 3;
  exact.edges = 2;
  exact.states = 3;
  exact.name_length = 11;  // "probability"
  exact.mechanism_cells = 2 + 3 + 12;
  exact.model_text_bytes = text.size();
  EXPECT_TRUE(parse_bif(text, exact)) << error_text(parse_bif(text, exact).error());
  for (auto limit : {&Limits::nodes, &Limits::edges, &Limits::states, &Limits::name_length,
                     &Limits::mechanism_cells, &Limits::model_text_bytes}) {
    auto tight = exact;
    --(tight.*limit);
    const auto model = parse_bif(text, tight);
    ASSERT_FALSE(model);
    EXPECT_EQ(model.error().code, ErrorCode::limit_exceeded) << error_text(model.error());
  }
}

// Thirty parents of a default row: a hundred bytes a table must not become gigabytes.
TEST(ParseBif, ADefaultRowIsLimitedBeforeItIsSpread) {
  std::string text = "variable x { type discrete [ 2 ] { f, t }; }\n";
  std::string given;
  for (int i = 0; i < 30; ++i) {
    const auto name = "p" + std::to_string(i);
    text += "variable " + name + " { type discrete [ 2 ] { f, t }; }\n";
    given += name + " ";
  }
  const auto model = parse_bif(text + "probability ( x | " + given + ") { default 0.5, 0.5; }");
  ASSERT_FALSE(model);
  EXPECT_EQ(model.error().code, ErrorCode::limit_exceeded);
  EXPECT_THAT(model.error().message, HasSubstr("'x'"));
}

TEST(WriteBif, ReadsBackToTheSameModel) {
  for (std::uint64_t seed = 0; seed < 300; ++seed) {
    SCOPED_TRACE(seed);
    Rng rng(seed, stream_of("bif_test"));
    const auto model = renamed(
        random_model(random_dag(1 + rng.below(7), 0.4, rng), rng, {1, 5, seed % 2 == 0, false}),
        seed % 3 == 0 ? "" : "a net");
    const auto text = write_bif(model);
    ASSERT_TRUE(text);
    const auto read = parse_bif(*text);
    ASSERT_TRUE(read) << error_text(read.error()) << "\n" << *text;
    EXPECT_EQ(*read, model) << *text;
  }
  EXPECT_EQ(*parse_bif(*write_bif(Model())), Model());
}

TEST(WriteBif, ReadsBackWithOddNames) {
  const auto model = ModelBuilder("", "\"a//b\" -> \"property\" -> \"x (y)\"")
                         .binary("a//b", "<5", ">=5 mm")
                         .binary("property", "table", "default")
                         .binary("x (y)", "/*", "12,5")
                         .table("a//b", {}, {0.1, 0.9})
                         .table("property", {"a//b"}, {0.3, 0.7, 0.6, 0.4})
                         .table("x (y)", {"property"}, {0.1, 0.9, 0.2, 0.8})
                         .build();
  ASSERT_TRUE(model) << error_text(model.error());
  const auto read = parse_bif(*write_bif(*model));
  ASSERT_TRUE(read) << error_text(read.error()) << "\n" << *write_bif(*model);
  EXPECT_EQ(*read, *model);
}

TEST(WriteBif, WritesEveryKindAsATable) {
  const auto model = *ModelBuilder("m", "a -> b -> c")
                          .table("a", {}, {0.5, 0.5})
                          .noisy_or("b", {{"a", 0.5}}, 0)
                          .deterministic("c", {"b"}, {1, 0})
                          .build();
  EXPECT_EQ(*write_bif(model),
            "network m {\n}\n"
            "variable a {\n  type discrete [ 2 ] { false, true };\n}\n"
            "variable b {\n  type discrete [ 2 ] { false, true };\n}\n"
            "variable c {\n  type discrete [ 2 ] { false, true };\n}\n"
            "probability ( a ) {\n  table 0.5, 0.5;\n}\n"
            "probability ( b | a ) {\n  (false) 1, 0;\n  (true) 0.5, 0.5;\n}\n"
            "probability ( c | b ) {\n  (false) 0, 1;\n  (true) 1, 0;\n}\n");
}

TEST(WriteBif, RefusesANameWithAQuote) {
  const auto model = ModelBuilder("m", "a").binary("a", "x", "y\"").table("a", {}, {1, 0}).build();
  const auto text = write_bif(*model);
  ASSERT_FALSE(text);
  EXPECT_EQ(text.error().code, ErrorCode::invalid_argument);
  EXPECT_THAT(text.error().message, HasSubstr("y\""));
}

}  // namespace
}  // namespace causal_gym
