// Errors, spellings, limits and cancellation.
#include <gtest/gtest.h>

#include <set>

#include "engine/base/cancellation.h"
#include "engine/base/check.h"
#include "engine/base/limits.h"
#include "engine/base/printable.h"
#include "engine/base/result.h"
#include "engine/base/spelling.h"

namespace causal_gym {
namespace {

TEST(ErrorCodes, EachHasItsOwnName) {
  std::set<std::string_view> names;
  for (const auto code : all_error_codes) names.insert(error_code_name(code));
  EXPECT_EQ(names.size(), std::size(all_error_codes));
}

TEST(ErrorText, NamesCodeCulpritPlaceAndSuggestion) {
  EXPECT_EQ(error_text({ErrorCode::unknown_name, "no variable 'rian'", "column 3",
                        "did you mean 'rain'?"}),
            "unknown_name: no variable 'rian' (column 3); did you mean 'rain'?");
}

TEST(EditDistance, CountsTranspositionsAsOne) {
  EXPECT_EQ(edit_distance("rain", "rian"), 1);
  EXPECT_EQ(edit_distance("", "abc"), 3);
  EXPECT_EQ(edit_distance("kitten", "sitting"), 3);
  EXPECT_EQ(edit_distance("Rain", "rain"), 0);
}

TEST(NearestSpelling, FindsTheNearAndRefusesTheFar) {
  const std::vector<std::string> names = {"season", "rain", "sprinkler"};
  EXPECT_EQ(nearest_spelling("sprinler", names), "sprinkler");
  EXPECT_EQ(nearest_spelling("temperature", names), "");
  EXPECT_EQ(spelling_suggestion("rian", names), "did you mean 'rain'?");
  const std::vector<std::string> letters = {"x", "AB"};
  EXPECT_EQ(nearest_spelling("z", letters), "");
  EXPECT_EQ(nearest_spelling("xb", letters), "");
  EXPECT_EQ(nearest_spelling("X", letters), "x");
  EXPECT_EQ(nearest_spelling(std::string(1000, 'x'), names), "");
}

TEST(CheckLimit, AcceptsTheLimitAndNamesWhatIsOver) {
  EXPECT_TRUE(check_limit("nodes", 1000, 1000));
  const auto status = check_limit("nodes", 1001, 1000);
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().code, ErrorCode::limit_exceeded);
  EXPECT_EQ(status.error().message, "nodes: 1001 is over the limit of 1000");
}

TEST(Cancellation, TokensSeeTheirSource) {
  CancellationSource source;
  const auto token = source.token();
  EXPECT_TRUE(token.check());
  source.cancel();
  ASSERT_FALSE(token.check());
  EXPECT_EQ(token.check().error().code, ErrorCode::cancelled);
  EXPECT_FALSE(CancellationToken().cancelled());
}

TEST(CheckDeathTest, ABrokenInvariantEndsTheProgramAndNamesItself) {
  EXPECT_DEATH(CHECK(1 + 1 == 3), "broken invariant: 1 \\+ 1 == 3");
}

TEST(Printable, WritesControlCharactersAsEscapes) {
  EXPECT_EQ(printable("a\n\x1b[1m\t\x7f"), "a\n\\x1b[1m\\x09\\x7f");
  EXPECT_EQ(printable("\xc2\x80\xc2\x9f\xc2\xa0"), "\\u0080\\u009f\xc2\xa0");
  EXPECT_EQ(printable("\xc2"), "\xc2");
}

}  // namespace
}  // namespace causal_gym
