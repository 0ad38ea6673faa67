// What a participant is shown at one moment, as data; text for an agent is rendered from it, and so
// is a page for a person.
#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "engine/model/regime.h"
#include "gym/environment/environment.h"
#include "gym/interface/interface.h"

namespace causal_gym {

struct ShownVariable {
  std::string name;
  std::string label;
  std::vector<std::string> states;
  friend bool operator==(const ShownVariable&, const ShownVariable&) = default;
};
struct ShownStory {
  std::string title;
  std::string text;
  std::vector<ShownVariable> variables;  // the observed ones
  friend bool operator==(const ShownStory&, const ShownStory&) = default;
};
struct ShownGraph {
  std::string text;  // graph syntax
  friend bool operator==(const ShownGraph&, const ShownGraph&) = default;
};
struct ShownMarginal {
  std::string variable;
  std::vector<std::string> states;
  std::vector<double> probabilities;
  friend bool operator==(const ShownMarginal&, const ShownMarginal&) = default;
};
struct ShownCorrelation {
  std::string first;
  std::string second;
  std::optional<double> value;  // absent when one of them is constant
  bool is_signed =
      true;  // true: Pearson's r of the numbers; false: Cramer's V, a variable has no numbers
  friend bool operator==(const ShownCorrelation&, const ShownCorrelation&) = default;
};
struct ShownCorrelations {
  std::vector<ShownMarginal> marginals;
  std::vector<ShownCorrelation> correlations;  // each pair once, in variable order
  friend bool operator==(const ShownCorrelations&, const ShownCorrelations&) = default;
};
struct ShownValue {
  std::string variable;
  std::string state;
  friend bool operator==(const ShownValue&, const ShownValue&) = default;
};
struct ShownUnit {
  std::vector<ShownValue> values;
  friend bool operator==(const ShownUnit&, const ShownUnit&) = default;
};
struct ShownButton {
  std::string intervention;  // what pressing it does, as regime text
  std::string label;
  friend bool operator==(const ShownButton&, const ShownButton&) = default;
};
struct ShownButtons {
  std::vector<ShownButton> buttons;
  friend bool operator==(const ShownButtons&, const ShownButtons&) = default;
};
struct ShownQueries {
  std::vector<std::string> queries;
  friend bool operator==(const ShownQueries&, const ShownQueries&) = default;
};

using ShownComponent =
    std::variant<ShownStory, ShownGraph, ShownCorrelations, ShownUnit, ShownButtons, ShownQueries>;

struct Observation {
  int phase = 0;       // 0: before any intervention
  std::string regime;  // in force, as text; empty: observational
  std::vector<ShownComponent> components;
  friend bool operator==(const Observation&, const Observation&) = default;
};

// What an observation is made from.
struct Scene {
  const Environment& environment;
  int phase = 0;
  Regime regime;
  std::vector<std::string> interventions;  // the protocol's, canonical
  std::vector<std::string> queries;        // the protocol's, canonical
  std::vector<ShownValue> unit;            // the unit drawn in this phase; empty when none was
};

// The components of the interface, in order. Phase 0 shows them all; later phases show what
// changed: the unit. Errors: unknown_name, invalid_argument (a component names a variable or state
// that is not there or is latent); those of joint_mass.
[[nodiscard]] Result<Observation> observe(const Interface& interface, const Scene& scene);

// Does the interface show units, so that one must be drawn?
[[nodiscard]] bool shows_units(const Interface& interface);

// The observation as plain text, one section a component; ends with a newline.
[[nodiscard]] std::string render_text(const Observation& observation);

}  // namespace causal_gym
