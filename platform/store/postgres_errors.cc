#include "platform/store/postgres_errors.h"

#include <algorithm>
#include <iterator>

namespace causal_gym {

namespace {

struct Meaning {
  std::string_view state;  // or its class, of two letters
  std::string_view what;   // of the database
  std::string_view suggestion;
};

constexpr Meaning meanings[] = {
    {"53100", "cannot grow: the disk is full", "free some space"},
    {"53200", "is out of memory", "try again"},
    {"25006", "is read-only", "name the server that may be written to"},
    {"55P03", "is busy: another one is writing there", "try again"},
    {"57014", "took too long", "try again"},
    {"40", "is busy: others write the same", "try again"},
    {"42501", "refuses it", "give the user the right"},
    {"XX001", "is damaged", "restore it from a copy"},
    {"XX002", "is damaged", "rebuild its index"},
    {"58", "cannot read or write its disk", "look into the server's log"},
};

// Values of the wrong form or range, nulls and failed checks.
bool is_bad_value(std::string_view state) {
  return state.starts_with("22") || state == "23502" || state == "23514";
}

// Foreign, unique and exclusion constraints; what a trigger raises.
bool is_conflict(std::string_view state) { return state.starts_with("23") || state == "P0001"; }

}  // namespace

bool ends_connection(std::string_view state) {
  constexpr std::string_view ending[] = {"57P01", "57P02", "57P03", "57P05", "25P03", "53300"};
  return state.starts_with("08") ||
         std::find(std::begin(ending), std::end(ending), state) != std::end(ending);
}

Error postgres_error(std::string_view state, const std::string& message,
                     const std::string& database) {
  if (is_bad_value(state)) return {ErrorCode::invalid_argument, message, "database", ""};
  if (is_conflict(state)) return {ErrorCode::conflict, message, "database", ""};
  const auto* const meaning =
      std::find_if(std::begin(meanings), std::end(meanings),
                   [&](const Meaning& each) { return state.starts_with(each.state); });
  const std::string name = "database '" + database + "' ";
  if (meaning == std::end(meanings))
    return {ErrorCode::unavailable, name + "failed: " + message, "database", ""};
  return {ErrorCode::unavailable, name + std::string(meaning->what) + " (" + message + ")",
          "database", std::string(meaning->suggestion)};
}

}  // namespace causal_gym
