// Specifications, events and units as the columns and JSON texts of the tables, and back.
// Reading what was written gives the same value, numbers to the bit. Cost: linear. Pure.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "gym/experiment/experiment.h"

namespace causal_gym {

// An event without its place in the log: what the columns kind, query, value, text, detail and
// reason hold.
struct EventColumns {
  std::string kind;
  std::optional<std::string> query = {};
  std::optional<double> value = {};
  std::optional<std::string> text = {};    // what an agent said or did; any bytes
  std::optional<std::string> detail = {};  // JSON
  std::optional<std::string> reason = {};  // why a text is no belief
};

[[nodiscard]] EventColumns encode_event(const EventContent& content);
// Errors: unavailable (columns that encode_event does not write: a damaged database).
[[nodiscard]] Result<EventContent> decode_event(const EventColumns& columns);

[[nodiscard]] std::string encode_specification(const ExperimentSpec& spec);
[[nodiscard]] Result<ExperimentSpec> decode_specification(const std::string& text);

[[nodiscard]] std::string encode_unit(std::span<const ShownValue> values);
[[nodiscard]] Result<std::vector<ShownValue>> decode_unit(const std::string& text);

}  // namespace causal_gym
