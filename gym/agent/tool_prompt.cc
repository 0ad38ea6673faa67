#include "gym/agent/tool_prompt.h"

#include "engine/base/exact_text.h"
#include "gym/agent/prompt_lines.h"

namespace causal_gym {

namespace {

constexpr std::string_view now_mark = "--- Now ---";

std::string_view thinking_rule(PromptStyle style) {
  switch (style) {
    case PromptStyle::plain: return "";
    case PromptStyle::chain_of_thought:
      return "Think step by step before you state a belief: say what you use of what is shown, and "
             "work the number out.\n\n";
    case PromptStyle::causal_chain_of_thought:
      return "Think step by step before you state a belief:\n"
             "1. Graph: write down which variables cause which, unobserved causes included.\n"
             "2. Intervention: find what is set from outside, by do(...) in the question or by the "
             "intervention in force.\n"
             "3. Cut: remove every arrow into a variable that is set.\n"
             "4. Compute: in the graph that remains, condition on what the question gives after "
             "'|' and work the number out.\n\n";
  }
  return "";
}

// What is asked now, or what can be done.
std::string now_text(const Standing& standing) {
  if (standing.ended) return "The episode has ended.\n";
  std::string text;
  if (!standing.open.empty()) {
    const auto& first = standing.open.front();
    text = std::string(question_key) + first.text + "\nIts value lies between " +
           exact_text(first.range.low) + " and " + exact_text(first.range.high) + ".\n";
    for (std::size_t i = 1; i < standing.open.size(); ++i)
      text += (i == 1 ? "Open after it: " : "; ") + standing.open[i].text;
    return standing.open.size() > 1 ? text + "\n" : text;
  }
  text = "Every question of this phase is answered.\n";
  for (const auto& offered : standing.offered) text.append(offer_key).append(offered) += '\n';
  return text;
}

}  // namespace

std::string tool_rules(PromptStyle style) {
  std::string text =
      "You are in a small world, in which some things may depend on others. You act with tools "
      "alone. In each phase you are asked questions about one number each: a probability such as "
      "P(rain) or P(rain | cloud=true), an expected value such as E[visits], an effect, or "
      "arithmetic of these. A variable with two states that is named without a state means its "
      "second state. Answer each with state_belief. Where a line says which intervention is in "
      "force, the questions are about the world under that intervention. When all are answered, "
      "begin the next phase with intervene, until none is offered any more. observe shows the "
      "world again, ask_history tells what you did; stop ends it early.\n\n";
  return text.append(thinking_rule(style));
}

std::string standing_text(const Standing& standing) {
  std::string text = std::string(environment_key) + standing.environment + "\n\n";
  auto number = standing.count - standing.observations.size();
  for (const auto& observation : standing.observations)
    text += observation_text(observation, ++number, standing.count);
  text.append(now_mark).append("\n").append(regime_key);
  text.append(standing.regime.empty() ? no_regime : std::string_view(standing.regime));
  return text + "\n" + now_text(standing);
}

Result<ReadStanding> read_standing(std::string_view text) {
  const PromptLines lines(text);
  const auto environment = lines.first(environment_key);
  const auto now = lines.after(now_mark);
  if (!text.starts_with(environment_key) || !environment || now.size() == lines.size())
    return fail(ErrorCode::parse_error, "the text does not tell where an episode stands", {},
                "it begins with 'Environment: ID' and ends with what stands below '--- Now ---'");
  ReadStanding read{std::string(*environment), now.regime(), std::nullopt, {}};
  if (const auto question = now.last(question_key))
    read.query = *question;
  else
    read.offered = now.all(offer_key);
  return read;
}

}  // namespace causal_gym
