// An environment: a causal model with the story people and agents are told, the roles its variables
// play, and the beliefs and interventions it asks about. Immutable once released under its id
// `name-vN`.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "engine/model/model.h"
#include "engine/model/regime.h"
#include "engine/query/query.h"

namespace causal_gym {

// The parts variables play between treatment and outcome; names of the model's variables.
struct Roles {
  std::string treatment;
  std::string outcome;
  std::vector<std::string> confounders = {};  // may be latent
  std::vector<std::string> mediators = {};
  std::vector<std::string> colliders = {};
  std::vector<std::string> instruments = {};
  friend bool operator==(const Roles&, const Roles&) = default;
};

struct Environment {
  std::string id;      // "sprinkler-v1"
  std::string title;   // for people
  std::string story;   // says what every observed variable means
  std::string source;  // where the graph and the numbers come from
  Roles roles;
  Model model;
  std::vector<std::string> queries;        // default beliefs, texts of the query language
  std::vector<std::string> interventions;  // default regimes, texts of parse_regime
  std::string notes = {};                  // what the environment is there to show; may be empty
  // Why no default query tells doing from seeing; empty when one does.
  std::string why_not_discriminating = {};
};

// The exact value of a query under a regime in the environment's model. Errors: those of ask_value.
[[nodiscard]] Result<double> truth_of(const Model& model, const Regime& regime, const Query& query);

// The conformance check that every environment must pass:
// the id is `name-vN` with lower-case letters, digits and `_` in the name; title, story and source
// are there, and the story names every observed variable (name with `_` as space, or label); roles
// agree with the graph (check_roles); queries and regimes parse, check, are distinct and never ask
// for latent variables; for every query, under the observational and every default regime, the
// truth exists, and seeing (gym/environment/seeing.h) never conditions on an event of probability
// zero; some query discriminates, or `why_not_discriminating` says why none does.
// Errors: invalid_argument, or the code of what failed; the message begins with the id and names
// the culprit.
[[nodiscard]] Status check_environment(const Environment& environment);

// Treatment and outcome are distinct observed variables. A confounder is an ancestor of the
// treatment, and of the outcome by a path that avoids the treatment. A mediator lies on a directed
// path from treatment to outcome. A collider has two arrows in on some path between them. An
// instrument is connected to the treatment, and separated from the outcome once the edges out of
// the treatment are cut. No name twice in one role. Errors: unknown_name, invalid_argument.
[[nodiscard]] Status check_roles(const Roles& roles, const Graph& graph);

}  // namespace causal_gym
