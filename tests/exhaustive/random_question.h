// Random questions for criteria: DAGs with latent nodes and ADMGs of five to nine nodes, with sets
// x and y of observed nodes.
#pragma once

#include <gtest/gtest.h>

#include <optional>

#include "engine/base/rng.h"
#include "engine/graph/text.h"
#include "engine/identify/effect_sets.h"

namespace causal_gym {

constexpr std::uint64_t trials = 2000;

NodeSet random_subset(const NodeSet& set, std::size_t size, Rng& rng);

// A random question: a graph with x and y, all observed; `rest` holds the other observed nodes.
struct Question {
  Graph graph;
  NodeSet x, y, rest;
};

// Nullopt when the graph has too few observed nodes.
std::optional<Question> random_question(Rng& rng);

template <class Visit>
void for_each_question(std::string_view stream, const Visit& visit,
                       std::uint64_t questions = trials) {
  std::size_t asked = 0;
  for (std::uint64_t seed = 0; seed < questions && !testing::Test::HasFailure(); ++seed) {
    Rng rng(seed, stream_of(stream));
    const auto question = random_question(rng);
    if (!question) continue;
    const auto& graph = question->graph;
    SCOPED_TRACE("seed " + std::to_string(seed) + ", x " + set_text(graph, question->x) + ", y " +
                 set_text(graph, question->y) + ", " + write_graph(graph));
    visit(*question, rng);
    ++asked;
  }
  EXPECT_GT(asked, questions / 2);
}

}  // namespace causal_gym
