// The conformance check: a good environment passes, and each planted fault is refused with its
// culprit.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

#include "engine/graph/text.h"
#include "engine/model/build.h"
#include "gym/environment/environment.h"

namespace causal_gym {
namespace {

Model confounded(const std::string& graph = "z -> x; z -> y; x -> y") {
  return *ModelBuilder("confounded", graph)
              .label("y", "Recovery")
              .table("z", {}, {0.6, 0.4})
              .table("x", {"z"}, {0.9, 0.1, 0.2, 0.8})
              .table("y", {"z", "x"}, {0.7, 0.3, 0.5, 0.5, 0.6, 0.4, 0.2, 0.8})
              .build();
}

Environment good() {
  return {.id = "confounded-v1",
          .title = "Confounded",
          .story = "Z decides on X, and both act on recovery.",
          .source = "made for this test",
          .roles = {.treatment = "x", .outcome = "y", .confounders = {"z"}},
          .model = confounded(),
          .queries = {"P(y)", "P(y | do(x=1))"},
          .interventions = {"x=1"}};
}

TEST(CheckEnvironment, AGoodOnePasses) {
  const auto status = check_environment(good());
  EXPECT_TRUE(status) << error_text(status.error());
}

struct Fault {
  const char* name;
  std::function<void(Environment&)> plant;
  ErrorCode code;
  const char* says;
};

std::vector<Fault> faults_in_texts() {
  using enum ErrorCode;
  return {
      {"no version", [](Environment& e) { e.id = "confounded"; }, invalid_argument, "name-vN"},
      {"version zero", [](Environment& e) { e.id = "confounded-v0"; }, invalid_argument, "name-vN"},
      {"leading zero", [](Environment& e) { e.id = "confounded-v01"; }, invalid_argument,
       "name-vN"},
      {"no number", [](Environment& e) { e.id = "confounded-v"; }, invalid_argument, "name-vN"},
      {"capitals", [](Environment& e) { e.id = "Confounded-v1"; }, invalid_argument, "name-vN"},
      {"space", [](Environment& e) { e.id = "con founded-v1"; }, invalid_argument, "name-vN"},
      {"no name", [](Environment& e) { e.id = "-v1"; }, invalid_argument, "name-vN"},
      {"too long", [](Environment& e) { e.id.replace(0, 1, 200, 'a'); }, invalid_argument,
       "name-vN"},
      {"no title", [](Environment& e) { e.title = ""; }, invalid_argument, "title"},
      {"no source", [](Environment& e) { e.source = ""; }, invalid_argument, "where its numbers"},
      {"no story", [](Environment& e) { e.story = ""; }, invalid_argument, "does not name 'z'"},
      {"a variable not told of", [](Environment& e) { e.story = "Z decides on X."; },
       invalid_argument, "does not name 'y'"},
      {"a name inside a word", [](Environment& e) { e.story = "Zebras: X and recovery."; },
       invalid_argument, "does not name 'z'"},
  };
}

std::vector<Fault> faults_in_roles() {
  using enum ErrorCode;
  return {
      {"unknown treatment", [](Environment& e) { e.roles.treatment = "w"; }, unknown_name, "'w'"},
      {"unknown outcome", [](Environment& e) { e.roles.outcome = ""; }, unknown_name, "''"},
      {"one for both", [](Environment& e) { e.roles.outcome = "x"; }, invalid_argument,
       "both treatment and outcome"},
      {"outcome as confounder", [](Environment& e) { e.roles.confounders = {"y"}; },
       invalid_argument, "confounder"},
      {"treatment as confounder", [](Environment& e) { e.roles.confounders = {"x"}; },
       invalid_argument, "confounder"},
      {"confounder twice",
       [](Environment& e) {
         e.roles.confounders = {"z", "z"};
       },
       invalid_argument, "listed twice"},
      {"confounder as mediator", [](Environment& e) { e.roles.mediators = {"z"}; },
       invalid_argument, "mediator"},
      {"outcome as mediator", [](Environment& e) { e.roles.mediators = {"y"}; }, invalid_argument,
       "mediator"},
      {"confounder as collider", [](Environment& e) { e.roles.colliders = {"z"}; },
       invalid_argument, "collider"},
      {"confounder as instrument", [](Environment& e) { e.roles.instruments = {"z"}; },
       invalid_argument, "instrument"},
      {"unknown instrument", [](Environment& e) { e.roles.instruments = {"zz"}; }, unknown_name,
       "'zz'"},
      {"latent treatment",
       [](Environment& e) { e.model = confounded("x [latent]; z -> x; z -> y; x -> y"); },
       invalid_argument, "'x' is latent"},
  };
}

std::vector<Fault> faults_in_questions() {
  using enum ErrorCode;
  return {
      {"no queries", [](Environment& e) { e.queries = {}; }, invalid_argument, "no belief"},
      {"malformed query", [](Environment& e) { e.queries = {"P(y"}; }, parse_error, "P(y"},
      {"unknown variable", [](Environment& e) { e.queries = {"P(w)"}; }, unknown_name, "w"},
      {"a table", [](Environment& e) { e.queries = {"P(y=*)"}; }, invalid_argument, "table"},
      {"do without value", [](Environment& e) { e.queries = {"P(y | do(x))"}; }, invalid_argument,
       "value"},
      {"query twice",
       [](Environment& e) {
         e.queries = {"P(y | do(x=1))", "P(y|do( x=1 ))"};
       },
       invalid_argument, "twice"},
      {"constant query", [](Environment& e) { e.queries = {"2 - 1"}; }, invalid_argument,
       "one value only"},
      {"unbounded query", [](Environment& e) { e.queries = {"P(y) / P(x)"}; }, invalid_argument,
       "no bounded range"},
      {"latent query",
       [](Environment& e) {
         e.model = confounded("z [latent]; z -> x; z -> y; x -> y");
         e.queries = {"P(y | z)"};
       },
       invalid_argument, "'z' is latent"},
      {"latent intervention",
       [](Environment& e) {
         e.model = confounded("z [latent]; z -> x; z -> y; x -> y");
         e.interventions = {"z=1"};
       },
       invalid_argument, "'z' is latent"},
      {"empty intervention", [](Environment& e) { e.interventions = {" "}; }, invalid_argument,
       "change something"},
      {"intervention twice",
       [](Environment& e) {
         e.interventions = {"x=1", "set x=true"};
       },
       invalid_argument, "twice"},
      {"unknown state", [](Environment& e) { e.interventions = {"x=maybe"}; }, unknown_name,
       "maybe"},
      {"impossible condition", [](Environment& e) { e.queries = {"P(y | x=0)"}; }, zero_probability,
       "x=0"},
      {"nothing discriminates", [](Environment& e) { e.queries = {"P(y | x, z)"}; },
       invalid_argument, "no reason is given"},
      {"a reason for nothing", [](Environment& e) { e.why_not_discriminating = "because"; },
       invalid_argument, "but one does"},
  };
}

class Faults : public ::testing::TestWithParam<Fault> {};

TEST_P(Faults, IsRefusedAndNamed) {
  Environment environment = good();
  GetParam().plant(environment);
  const auto status = check_environment(environment);
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().code, GetParam().code) << error_text(status.error());
  EXPECT_THAT(status.error().message, ::testing::HasSubstr(GetParam().says));
  EXPECT_THAT(status.error().message, ::testing::StartsWith(environment.id));
}

std::string test_name(const ::testing::TestParamInfo<Fault>& info) {
  std::string name = info.param.name;
  std::replace(name.begin(), name.end(), ' ', '_');
  return name;
}

INSTANTIATE_TEST_SUITE_P(Texts, Faults, ::testing::ValuesIn(faults_in_texts()), test_name);
INSTANTIATE_TEST_SUITE_P(Roles, Faults, ::testing::ValuesIn(faults_in_roles()), test_name);
INSTANTIATE_TEST_SUITE_P(Questions, Faults, ::testing::ValuesIn(faults_in_questions()), test_name);

TEST(CheckEnvironment, AReasonStandsInForADiscriminatingQuery) {
  Environment environment = good();
  environment.queries = {"P(y | x, z)"};
  environment.why_not_discriminating = "given z nothing is confounded";
  EXPECT_TRUE(check_environment(environment));
}

TEST(CheckEnvironment, SeeingThatConditionsOnTheImpossibleIsRefused) {
  Environment environment = good();
  environment.model = *ModelBuilder("m", "z -> x; z -> y; x -> y")
                           .label("y", "Recovery")
                           .table("z", {}, {0.6, 0.4})
                           .table("x", {"z"}, {1, 0, 1, 0})
                           .table("y", {"z", "x"}, {0.7, 0.3, 0.5, 0.5, 0.6, 0.4, 0.2, 0.8})
                           .build();
  environment.queries = {"P(y)"};
  const auto status = check_environment(environment);
  ASSERT_FALSE(status);
  EXPECT_THAT(status.error().message, ::testing::HasSubstr("probability zero"));
}

TEST(CheckRoles, EachRoleIsFoundInItsGraph) {
  const auto roles_fit = [](const char* text, const Roles& roles) {
    return check_roles(roles, *parse_graph(text)).has_value();
  };
  EXPECT_TRUE(roles_fit("x -> m -> y", {.treatment = "x", .outcome = "y", .mediators = {"m"}}));
  EXPECT_FALSE(roles_fit("x -> y -> m", {.treatment = "x", .outcome = "y", .mediators = {"m"}}));
  EXPECT_TRUE(roles_fit("x -> c <- y", {.treatment = "x", .outcome = "y", .colliders = {"c"}}));
  EXPECT_TRUE(roles_fit("u -> x; u -> c; w -> c; w -> y",
                        {.treatment = "x", .outcome = "y", .colliders = {"c"}}));  // M-bias
  EXPECT_FALSE(roles_fit("x -> c -> y", {.treatment = "x", .outcome = "y", .colliders = {"c"}}));
  EXPECT_TRUE(roles_fit("u -> a -> x; u -> b -> y",
                        {.treatment = "x", .outcome = "y", .confounders = {"u"}}));
  EXPECT_FALSE(roles_fit("u -> x -> y", {.treatment = "x", .outcome = "y", .confounders = {"u"}}));
  EXPECT_TRUE(roles_fit("z -> x -> y; u -> x; u -> y",
                        {.treatment = "x", .outcome = "y", .instruments = {"z"}}));
  EXPECT_FALSE(
      roles_fit("z -> x -> y; z -> y", {.treatment = "x", .outcome = "y", .instruments = {"z"}}));
  EXPECT_FALSE(roles_fit("z; x -> y", {.treatment = "x", .outcome = "y", .instruments = {"z"}}));
}

}  // namespace
}  // namespace causal_gym
