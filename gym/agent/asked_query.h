// The question as a reply may name it: its text, what it is about, and which states it speaks of.
//
// A reply's statement counts only when it is about what was asked: literally the query, or a noun
// phrase that names the query's outcome. Cost: linear in the query.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "gym/environment/belief.h"

namespace causal_gym {

enum class AskedKind { probability, expectation, other };

struct AskedOutcome {
  std::string name;
  std::string state;  // empty: not written
};

struct AskedQuery {
  BeliefRange range;
  AskedKind kind = AskedKind::other;
  std::string form;                    // of compact_form; empty: the query is not known
  std::vector<AskedOutcome> outcomes;  // all of a probability's, or the expected variable
  bool is_nameable = true;             // false: no words tell its outcomes from their opposites

  // May a statement about the asked thing speak of `name` in this state? Not when the query speaks
  // of it in another; a bare outcome is in state 1 when it is in any.
  [[nodiscard]] bool allows(std::string_view name, std::string_view state) const;
  // Does the query mention a word, or is it not known?
  [[nodiscard]] bool mentions(std::string_view word) const;
  // Does a part of a reply (of plain_reply) name the outcomes? Yes when the query is not known.
  [[nodiscard]] bool is_named_in(std::string_view part) const;
};

// `query`: canonical text, or empty when it is not known; then the range tells its kind.
[[nodiscard]] AskedQuery read_asked_query(std::string_view query, const BeliefRange& range);

// A text of plain_reply without the signs that spell the same query differently: spaces, quotes,
// braces and dollars.
[[nodiscard]] std::string compact_form(std::string_view plain);
[[nodiscard]] constexpr bool is_in_compact_form(char c) {
  return std::string_view(" \n{}$\"'").find(c) == std::string_view::npos;
}

}  // namespace causal_gym
