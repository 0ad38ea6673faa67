#include "gym/agent/built_in.h"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "engine/base/spelling.h"
#include "gym/agent/associator.h"
#include "gym/agent/reversed_model.h"
#include "gym/environment/query_terms.h"
#include "gym/environment/seeing.h"

namespace causal_gym {

namespace {

constexpr double rounding = 1e-9;  // of the range's width

// A request with its texts read.
struct Question {
  Query query;
  Regime regime;
};

using Answerer = std::function<Result<Reply>(const BeliefRequest&, const Question&, Rng&)>;

// A number that rounding alone put outside the range is the range's end.
Reply within(const BeliefRange& range, Reply reply) {
  auto* stated = std::get_if<Stated>(&reply);
  if (stated == nullptr) return reply;
  const double nearest = std::clamp(stated->value, range.low, range.high);
  if (std::abs(nearest - stated->value) <= rounding * range.width()) stated->value = nearest;
  return reply;
}

class BuiltInAgent final : public Agent {
 public:
  BuiltInAgent(Model model, Answerer answer)
      : model_(std::move(model)), answer_(std::move(answer)) {}

  Result<Reply> state_belief(const BeliefRequest& request, Rng& rng) override {
    CAUSAL_GYM_TRY(query, parse_query(request.query));
    Question question{std::move(query), {}};
    if (!request.regime.empty()) {
      CAUSAL_GYM_TRY(regime, parse_regime(request.regime, model_));
      question.regime = std::move(regime);
    }
    auto reply = answer_(request, question, rng);
    if (reply) return within(request.range, *std::move(reply));
    // A way of thinking that has no answer is a refusal, not a breakdown.
    if (reply.error().code == ErrorCode::zero_probability ||
        reply.error().code == ErrorCode::not_determined)
      return Reply(Refused{reply.error().message});
    return reply;
  }

  bool repeats_itself() const override { return true; }

 private:
  Model model_;
  Answerer answer_;
};

Result<Reply> stated(const Result<double>& value) {
  if (!value) return fail(value.error());
  return Reply(Stated{*value});
}

Result<Reply> answer_seeing(const Model& model, const Question& question) {
  CAUSAL_GYM_TRY(seen, seeing_answer(model, question.regime, question.query));
  if (!seen) return Reply(Refused{"seeing has no answer to this question"});
  return Reply(Stated{*seen});
}

Result<Reply> answer_associating(const Model& model, const Question& question) {
  const auto seen = seeing_query(question.query, question.regime, model);
  if (!seen) return Reply(Refused{"association has no answer to this question"});
  CAUSAL_GYM_TRY(checked, check_query(*seen, model));
  return stated(associate(model, checked));
}

// What is asked, without conditions, interventions and worlds; effects are 0.
std::optional<Query> marginal_query(const Query& query) {
  TermMap map;
  map.probability = [](const ProbabilityQuery& term) -> std::optional<Query> {
    ProbabilityQuery marginal{term.events, {}, {}};
    for (auto& event : marginal.events) event.outcome.world.clear();
    return Query{std::move(marginal)};
  };
  map.expectation = [](const ExpectationQuery& term) -> std::optional<Query> {
    return Query{ExpectationQuery{{term.outcome.variable, {}}, {}, {}}};
  };
  map.effect = [](const EffectQuery&) -> std::optional<Query> { return Query{NumberQuery{0}}; };
  return map_terms(query, map);
}

Result<Reply> answer_stubbornly(const Model& model, const Question& question) {
  const auto marginal = marginal_query(question.query);
  if (!marginal) return Reply(Refused{"there is no marginal of this question"});
  return stated(truth_of(model, {}, *marginal));
}

Result<Reply> answer_at_random(const BeliefRequest& request, Rng& rng) {
  return Reply(Stated{request.range.low + rng.uniform() * request.range.width()});
}

Result<Reply> answer_noisily(const Model& model, double sigma, const BeliefRequest& request,
                             const Question& question, Rng& rng) {
  CAUSAL_GYM_TRY(truth, truth_of(model, question.regime, question.query));
  const double noisy = truth + sigma * request.range.width() * rng.normal();
  return Reply(Stated{std::clamp(noisy, request.range.low, request.range.high)});
}

using AgentMaker = Result<Answerer> (*)(const Environment& environment, double parameter);

Result<Answerer> make_ideal(const Environment& environment, double) {
  return Answerer(
      [model = environment.model](const BeliefRequest&, const Question& question, Rng&) {
        return stated(truth_of(model, question.regime, question.query));
      });
}

Result<Answerer> make_seeing(const Environment& environment, double) {
  return Answerer([model = environment.model](const BeliefRequest&, const Question& question,
                                              Rng&) { return answer_seeing(model, question); });
}

Result<Answerer> make_reverser(const Environment& environment, double) {
  CAUSAL_GYM_TRY(reversed, reversed_model(environment.model));
  return Answerer([reversed](const BeliefRequest&, const Question& question, Rng&) {
    return stated(truth_of(reversed, question.regime, question.query));
  });
}

Result<Answerer> make_associator(const Environment& environment, double) {
  return Answerer(
      [model = environment.model](const BeliefRequest&, const Question& question, Rng&) {
        return answer_associating(model, question);
      });
}

Result<Answerer> make_stubborn(const Environment& environment, double) {
  return Answerer([model = environment.model](const BeliefRequest&, const Question& question,
                                              Rng&) { return answer_stubbornly(model, question); });
}

Result<Answerer> make_random(const Environment&, double) {
  return Answerer([](const BeliefRequest& request, const Question&, Rng& rng) {
    return answer_at_random(request, rng);
  });
}

Result<Answerer> make_noisy_ideal(const Environment& environment, double sigma) {
  return Answerer([model = environment.model, sigma](const BeliefRequest& request,
                                                     const Question& question, Rng& rng) {
    return answer_noisily(model, sigma, request, question, rng);
  });
}

// The list of built-in agents: a new one is a maker above and a line here.
struct BuiltIn {
  AgentDescription description;
  AgentMaker make;
};

std::span<const BuiltIn> built_ins() {
  static const std::vector<BuiltIn> list = {
      {{"ideal", "", "States the exact truth under the regime."}, make_ideal},
      {{"seeing", "", "Answers P(Y | X=x) when asked P(Y | do(X=x))."}, make_seeing},
      {{"reverser", "", "Believes every edge reversed, with the same observational joint."},
       make_reverser},
      {{"stubborn", "", "States the observational marginal and never updates."}, make_stubborn},
      {{"associator", "", "Knows pairwise associations only and takes each for a cause."},
       make_associator},
      {{"random", "", "States a number drawn uniformly from the question's range."}, make_random},
      {{"noisy_ideal", "sigma",
        "States the truth plus normal noise of standard deviation sigma times the range."},
       make_noisy_ideal},
  };
  return list;
}

// "noisy_ideal(0.1)" -> {"noisy_ideal", "0.1"}; without parentheses the parameter is absent.
struct AgentText {
  std::string name;
  std::optional<std::string> parameter;
};

AgentText split(std::string_view text) {
  const auto open = text.find('(');
  if (open == std::string_view::npos || text.back() != ')')
    return {std::string(text), std::nullopt};
  return {std::string(text.substr(0, open)),
          std::string(text.substr(open + 1, text.size() - open - 2))};
}

Result<double> read_parameter(const AgentDescription& agent,
                              const std::optional<std::string>& text) {
  const auto form = agent.name + (agent.parameter.empty() ? "" : "(" + agent.parameter + ")");
  if (agent.parameter.empty() != !text)
    return fail(ErrorCode::invalid_argument,
                text ? "agent '" + agent.name + "' takes no parameter"
                     : "agent '" + agent.name + "' needs its parameter",
                {}, "write " + form);
  if (!text) return 0.0;
  double value = 0;
  const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), value);
  if (error != std::errc() || end != text->data() + text->size() || !std::isfinite(value) ||
      value < 0)
    return fail(ErrorCode::invalid_argument,
                "'" + *text + "' is not a number from 0 for agent '" + agent.name + "'", {},
                "write " + form);
  return value;
}

}  // namespace

std::span<const AgentDescription> built_in_agents() {
  static const std::vector<AgentDescription> descriptions = [] {
    std::vector<AgentDescription> list;
    for (const auto& agent : built_ins()) list.push_back(agent.description);
    return list;
  }();
  return descriptions;
}

Result<AgentPtr> make_agent(std::string_view text, const Environment& environment) {
  const auto [name, parameter] = split(text);
  std::vector<std::string> names;
  for (const auto& agent : built_ins()) {
    names.push_back(agent.description.name);
    if (agent.description.name != name) continue;
    CAUSAL_GYM_TRY(value, read_parameter(agent.description, parameter));
    CAUSAL_GYM_TRY(answer, agent.make(environment, value));
    return AgentPtr(std::make_unique<BuiltInAgent>(environment.model, std::move(answer)));
  }
  return fail(ErrorCode::unknown_name, "no agent '" + name + "'", {},
              spelling_suggestion(name, names));
}

}  // namespace causal_gym
