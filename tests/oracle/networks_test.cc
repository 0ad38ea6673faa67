// The twenty public networks: counts as published by the bnlearn repository, and BIF round trips.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <iterator>

#include "engine/model/bif.h"

namespace causal_gym {
namespace {

// Nodes, arcs and free parameters, https://www.bnlearn.com/bnrepository/ .
struct Network {
  const char* name;
  std::size_t nodes;
  std::size_t arcs;
  std::size_t parameters;
};

constexpr Network networks[] = {
    {"alarm", 37, 46, 509},         {"andes", 223, 338, 1157},    {"asia", 8, 8, 18},
    {"barley", 48, 84, 114005},     {"cancer", 5, 4, 10},         {"child", 20, 25, 230},
    {"diabetes", 413, 602, 429409}, {"earthquake", 5, 4, 10},     {"hailfinder", 56, 66, 2656},
    {"hepar2", 70, 123, 1453},      {"insurance", 27, 52, 1008},  {"link", 724, 1125, 14211},
    {"mildew", 35, 46, 540150},     {"munin", 1041, 1397, 80592}, {"pathfinder", 109, 195, 72079},
    {"pigs", 441, 592, 5618},       {"sachs", 11, 17, 178},       {"survey", 6, 6, 21},
    {"water", 32, 66, 10083},       {"win95pts", 76, 112, 574},
};

std::string read_network(const std::string& directory, const std::string& name) {
  std::ifstream file(directory + "/" + name + ".bif", std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

// Numbers that are free: all but one of each row.
std::size_t parameter_count(const Model& model) {
  std::size_t count = 0;
  for (VariableId v = 0; v < static_cast<VariableId>(model.variable_count()); ++v) {
    const auto cells = std::get<TableMechanism>(model.mechanism(v)).probabilities.size();
    count += cells - cells / model.state_count(v);
  }
  return count;
}

class NetworksOracle : public testing::TestWithParam<Network> {
 protected:
  void SetUp() override {
    const char* const directory = std::getenv("CAUSAL_GYM_NETWORKS");
    if (directory == nullptr) GTEST_SKIP() << "CAUSAL_GYM_NETWORKS is not set";
    text_ = read_network(directory, GetParam().name);
    ASSERT_FALSE(text_.empty()) << directory << "/" << GetParam().name << ".bif cannot be read";
  }

  std::string text_;
};

TEST_P(NetworksOracle, HasThePublishedCountsAndReadsBack) {
  Limits limits;
  limits.nodes = 2'000;  // munin has 1,041
  const auto model = parse_bif(text_, limits);
  ASSERT_TRUE(model) << error_text(model.error());
  EXPECT_EQ(model->variable_count(), GetParam().nodes);
  EXPECT_EQ(model->graph().directed_edges().size(), GetParam().arcs);
  EXPECT_EQ(parameter_count(*model), GetParam().parameters);
  const auto written = write_bif(*model);
  ASSERT_TRUE(written) << error_text(written.error());
  const auto again = parse_bif(*written, limits);
  ASSERT_TRUE(again) << error_text(again.error());
  EXPECT_TRUE(*again == *model);
}

TEST_P(NetworksOracle, FitsTheDefaultLimitsUnlessOverAThousandNodes) {
  const auto model = parse_bif(text_);
  EXPECT_EQ(model.has_value(), GetParam().nodes <= 1'000);
  if (!model) {
    EXPECT_EQ(model.error().code, ErrorCode::limit_exceeded);
  }
}

INSTANTIATE_TEST_SUITE_P(Bnlearn, NetworksOracle, testing::ValuesIn(networks),
                         [](const auto& tested) { return std::string(tested.param.name); });

}  // namespace
}  // namespace causal_gym
