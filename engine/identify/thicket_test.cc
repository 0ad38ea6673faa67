// Thickets: a right one, and each part of the definition broken.
#include "engine/identify/thicket.h"

#include <gtest/gtest.h>

#include "engine/identify/test_sets.h"

namespace causal_gym {
namespace {

using test::causal_graph;
using test::named;

class ThicketTest : public testing::Test {
 protected:
  [[nodiscard]] NodeSet nodes(const std::string& names) const { return named(graph_, names); }
  // What is said against the thicket; empty when it is one.
  [[nodiscard]] std::string against(const Thicket& thicket) const {
    const auto status = check_thicket(graph_, available_, thicket);
    return status ? "" : status.error().message;
  }
  [[nodiscard]] Thicket right() const {
    return {nodes("x"),
            nodes("y"),
            nodes("y"),
            {{Refusal::tied, nodes("x y")},
             {Refusal::intervened, nodes("y")},
             {Refusal::differs, nodes("y")}}};
  }

  Graph graph_ = causal_graph("w -> x -> y; x <-> y; z <-> y; h -> y");
  std::vector<AvailableDistribution> available_ = {
      {.observed = nodes("w x y z")},
      {.intervened = nodes("y"), .observed = nodes("x")},
      {.intervened = nodes("x"), .observed = nodes("y"), .population = 1, .differs = nodes("h")}};
};

TEST_F(ThicketTest, HoldsWhenEachDistributionHidesTheCFactor) { EXPECT_EQ(against(right()), ""); }

TEST_F(ThicketTest, NeedsAReasonForEachDistribution) {
  auto wrong = right();
  wrong.refusals.pop_back();
  EXPECT_EQ(against(wrong), "this is no thicket: it needs one reason for each distribution");
}

TEST_F(ThicketTest, NeedsADistrictOfWhatLeadsToTheOutcome) {
  for (const auto* c_factor : {"x", "x y", "z", "w"}) {
    auto wrong = right();
    wrong.c_factor = nodes(c_factor);
    EXPECT_EQ(against(wrong),
              "this is no thicket: the c-factor is no district of what leads to the outcome");
  }
  auto wrong = right();
  wrong.c_factor = {};
  EXPECT_NE(against(wrong), "");
}

TEST_F(ThicketTest, NeedsForestsThatLeadToTheCFactor) {
  const auto with = [&](const SourceRefusal& refusal, std::size_t source) {
    auto thicket = right();
    thicket.refusals[source] = refusal;
    return against(thicket);
  };
  EXPECT_NE(with({Refusal::tied, nodes("y")}, 0), "");      // no more than the c-factor
  EXPECT_NE(with({Refusal::tied, nodes("x")}, 0), "");      // without it
  EXPECT_NE(with({Refusal::tied, nodes("y z")}, 0), "");    // z does not lead to y
  EXPECT_NE(with({Refusal::tied, nodes("w x y")}, 0), "");  // no latent cause ties w
  EXPECT_NE(with({Refusal::tied, nodes("x y")}, 2), "");    // x is set
  EXPECT_NE(with({Refusal::tied, {}}, 0), "");
  EXPECT_NE(with({Refusal::tied, nodes("h y")}, 0), "");      // nothing speaks of h
  EXPECT_NE(with({Refusal::intervened, nodes("x")}, 2), "");  // not of the c-factor
  EXPECT_NE(with({Refusal::differs, nodes("y")}, 1), "");
  EXPECT_NE(with({Refusal::unmeasured, nodes("y")}, 1), "");
  EXPECT_NE(with({Refusal::conditioned, nodes("y")}, 1), "");
}

TEST_F(ThicketTest, SaysWhyInWords) {
  EXPECT_EQ(refusal_text(graph_, available_[2], {Refusal::differs, nodes("y")},
                         std::vector<std::string>{"", "trial"}),
            "in P^{trial}(y | do(x)), y has another mechanism");
  EXPECT_EQ(refusal_text(graph_, available_[1], {Refusal::unmeasured, nodes("w z")}),
            "in P(x | do(y)), {w, z} would have to be measured or set as well");
}

}  // namespace
}  // namespace causal_gym
