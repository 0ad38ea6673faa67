#include "gym/agent/prompt.h"

#include <algorithm>
#include <array>
#include <vector>

#include "engine/base/exact_text.h"
#include "engine/base/spelling.h"
#include "gym/agent/prompt_lines.h"

namespace causal_gym {

namespace {

std::string left_out(std::size_t first, std::size_t last) {
  return first == last ? "(Observation " + std::to_string(first) + " is left out.)"
                       : "(Observations " + std::to_string(first) + " to " + std::to_string(last) +
                             " are left out.)";
}

// The observations of the prompt, each under its number; the ones that are left out are named.
std::string told(std::span<const Observation> observations, std::size_t most) {
  const auto count = observations.size();
  const auto first_of_newest = most == 0 || count <= most + 1 ? 1 : count - most;
  std::string text;
  for (std::size_t i = 0; i < count; ++i) {
    if (i > 0 && i < first_of_newest) {
      text += left_out(2, first_of_newest) + "\n\n";
      i = first_of_newest;
    }
    text += observation_text(observations[i], i + 1, count);
  }
  return text;
}

bool begins_a_line(std::string_view text, std::string_view key) {
  return text.starts_with(key) || text.find("\n" + std::string(key)) != std::string_view::npos;
}

std::string user_text(const BeliefRequest& request, const std::string& environment,
                      std::size_t most_observations) {
  const auto shown = told(request.observations, most_observations);
  std::string text = std::string(environment_key) + environment + "\n\n" + shown + "--- Now ---\n";
  // Without a regime the line is left out, but for a reader who would take an earlier one for it.
  if (!request.regime.empty())
    text += std::string(regime_key) + request.regime + "\n";
  else if (begins_a_line(shown, regime_key))
    text += std::string(regime_key) + std::string(no_regime) + "\n";
  return text + std::string(question_key) + request.query + "\n";
}

std::string system_text(const BeliefRange& range, PromptStyle style) {
  std::string text =
      "You are shown what is known about a small world, in which some things may depend on others. "
      "At the end stands a question about one number: a probability such as P(rain) or "
      "P(rain | cloud=true), an expected value such as E[visits], an effect, or arithmetic of "
      "these. A variable with two states that is named without a state means its second state. "
      "Where a line says which intervention is in force, the question is about the world under "
      "that intervention.\n\n";
  if (style == PromptStyle::chain_of_thought)
    text +=
        "Think step by step before you answer: say what you use of what is shown, and work the "
        "number out.\n\n";
  if (style == PromptStyle::causal_chain_of_thought)
    text +=
        "Think step by step before you answer:\n"
        "1. Graph: write down which variables cause which, unobserved causes included.\n"
        "2. Intervention: find what is set from outside, by do(...) in the question or by the "
        "intervention in force. do(x=1) means that x is made to be 1; it does not mean that x was "
        "seen to be 1.\n"
        "3. Cut: remove every arrow into a variable that is set. Setting a variable changes "
        "nothing that is not its effect.\n"
        "4. Compute: in the graph that remains, condition on what the question gives after '|' "
        "and work the number out. Where variables go together because of a common cause, average "
        "over that cause.\n\n";
  text +=
      "The number lies between " + exact_text(range.low) + " and " + exact_text(range.high) + ". ";
  text += style == PromptStyle::plain
              ? "Answer with one JSON object, {\"belief\": number}, and nothing else."
              : "End your answer with one JSON object, {\"belief\": number}, on a line of its own.";
  return text + "\n";
}

tl::unexpected<Error> missing(std::string_view key) {
  return fail(ErrorCode::parse_error, "the prompt has no line '" + std::string(key) + "...'", {},
              "begin it with 'Environment: ID' and end it with 'Question: QUERY'");
}

}  // namespace

Prompt belief_prompt(const BeliefRequest& request, const std::string& environment,
                     PromptStyle style, std::size_t most_observations) {
  return {system_text(request.range, style), user_text(request, environment, most_observations)};
}

std::string observation_text(const Observation& observation, std::size_t number,
                             std::size_t count) {
  return "--- Observation " + std::to_string(number) + " of " + std::to_string(count) + " ---\n" +
         render_text(observation) + "\n";
}

// The first line names the environment, the last ones the regime and the question: what stories
// and observations say between cannot be taken for them.
Result<PromptQuestion> read_prompt(std::string_view user) {
  const PromptLines lines(user);
  const auto environment = lines.first(environment_key);
  if (!environment) return missing(environment_key);
  const auto question = lines.last(question_key);
  if (!question) return missing(question_key);
  return PromptQuestion{std::string(*environment), lines.regime(), std::string(*question)};
}

}  // namespace causal_gym
