#include <algorithm>
#include <cctype>
#include <set>

#include "gym/environment/belief.h"
#include "gym/environment/seeing.h"

namespace causal_gym {
namespace {

tl::unexpected<Error> invalid(std::string message, std::string where = {}) {
  return fail(ErrorCode::invalid_argument, std::move(message), std::move(where));
}

// name-vN: the name starts with a letter, N is a positive whole number without leading zeros.
bool is_environment_id(std::string_view id) {
  const auto dash = id.rfind("-v");
  if (dash == std::string_view::npos || dash == 0) return false;
  const auto name = id.substr(0, dash);
  const auto version = id.substr(dash + 2);
  const auto lower = [](char c) { return c >= 'a' && c <= 'z'; };
  const auto digit = [](char c) { return c >= '0' && c <= '9'; };
  return id.size() <= Limits{}.name_length && lower(name[0]) &&
         std::all_of(name.begin(), name.end(),
                     [&](char c) { return lower(c) || digit(c) || c == '_'; }) &&
         !version.empty() && version[0] != '0' &&
         std::all_of(version.begin(), version.end(), digit);
}

// Lower case, with every run of other characters than letters and digits as one space.
std::string words_of(std::string_view text) {
  std::string words = " ";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (std::isalnum(byte) || byte >= 0x80)
      words += static_cast<char>(std::tolower(byte));
    else if (words.back() != ' ')
      words += ' ';
  }
  if (words.back() != ' ') words += ' ';
  return words;
}

Status check_texts(const Environment& environment) {
  if (environment.title.empty()) return invalid("has no title");
  if (environment.source.empty()) return invalid("does not say where its numbers come from");
  const auto story = words_of(environment.story);
  for (const NodeId v : environment.model.graph().observed_nodes()) {
    const auto& variable = environment.model.variable(v);
    const bool named =
        story.find(words_of(variable.name)) != std::string::npos ||
        (!variable.label.empty() && story.find(words_of(variable.label)) != std::string::npos);
    if (!named) return invalid("the story does not name '" + variable.name + "'", "story");
  }
  return {};
}

Result<std::vector<Regime>> read_regimes(const Environment& environment) {
  std::vector<Regime> regimes = {{}};
  std::set<std::string> seen;
  for (std::size_t i = 0; i < environment.interventions.size(); ++i) {
    const auto where = "interventions[" + std::to_string(i) + "]";
    auto regime = read_intervention(environment.interventions[i], environment.model);
    if (!regime) return fail(regime.error().code, regime.error().message, where);
    if (!seen.insert(regime_text(*regime, environment.model)).second)
      return invalid("'" + environment.interventions[i] + "' is there twice", where);
    regimes.push_back(*std::move(regime));
  }
  return regimes;
}

// Asks one question under every regime; true when it discriminates under some of them.
Result<bool> check_question(const Model& model, const BeliefQuestion& question,
                            const std::vector<Regime>& regimes) {
  bool discriminates = false;
  for (const auto& regime : regimes) {
    const auto under = regime.empty() ? "" : " under '" + regime_text(regime, model) + "'";
    const auto about = [&](const Error& error) {
      return fail(error.code, "'" + question.text + "'" + under + ": " + error.message);
    };
    const auto truth = truth_of(model, regime, question.query);
    if (!truth) return about(truth.error());
    const auto seeing = seeing_answer(model, regime, question.query);
    if (!seeing) return about(seeing.error());
    if (!*seeing && seeing_query(question.query, regime, model))
      return invalid("'" + question.text + "'" + under +
                     ": seeing conditions on an event of probability zero");
    const bool causal = question.causal || !regime.empty();
    if (causal && *seeing && discriminates_doing(*truth, **seeing, question.range))
      discriminates = true;
  }
  return discriminates;
}

Status check_questions(const Environment& environment, const std::vector<Regime>& regimes) {
  if (environment.queries.empty()) return invalid("asks for no belief", "queries");
  bool discriminates = false;
  std::set<std::string> seen;
  for (std::size_t i = 0; i < environment.queries.size(); ++i) {
    const auto where = "queries[" + std::to_string(i) + "]";
    const auto question = read_belief_question(environment.queries[i], environment.model);
    if (!question) return fail(question.error().code, question.error().message, where);
    if (!seen.insert(question->text).second)
      return invalid("'" + question->text + "' is there twice", where);
    const auto one = check_question(environment.model, *question, regimes);
    if (!one) return fail(one.error().code, one.error().message, where);
    discriminates = discriminates || *one;
  }
  if (!discriminates && environment.why_not_discriminating.empty())
    return invalid("no query tells doing from seeing, and no reason is given", "queries");
  if (discriminates && !environment.why_not_discriminating.empty())
    return invalid("says why no query tells doing from seeing, but one does",
                   "why_not_discriminating");
  return {};
}

Status check_parts(const Environment& environment) {
  if (!is_environment_id(environment.id)) return invalid("the id is not of the form name-vN", "id");
  CAUSAL_GYM_CHECKED(check_texts(environment));
  CAUSAL_GYM_CHECKED(check_roles(environment.roles, environment.model.graph()));
  CAUSAL_GYM_TRY(regimes, read_regimes(environment));
  return check_questions(environment, regimes);
}

}  // namespace

Status check_environment(const Environment& environment) {
  auto status = check_parts(environment);
  if (status) return status;
  Error error = std::move(status).error();
  error.message = environment.id + ": " + error.message;
  return fail(std::move(error));
}

}  // namespace causal_gym
