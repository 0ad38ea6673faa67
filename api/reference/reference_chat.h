// The built-in agents as language models: a chat as every wire means it, and what an agent says.
//
// A model is named "causal-gym/" and an agent as make_agent reads it: "causal-gym/ideal",
// "causal-gym/noisy_ideal(0.1)". It reads the last user message (or a tool's result after it that
// is a prompt too) with read_prompt and answers {"belief": x}, x being the shortest text that reads
// back to the same double; or it calls the tool state_belief with that, where there is one and it
// may. An agent that has no answer refuses. Where an episode is played with tools, the last result
// that tells where it stands (tool_prompt.h) decides: an open question is answered, otherwise the
// first intervention that is offered begins, until nothing is left to do.
//
// A token is a word, a run of characters without white space; a request has those of every text in
// its messages and tools. A text ends before the first of the request's stop sequences, and a
// reply longer than its limit is cut there. The same request gives the same answer: random agents
// draw from (seed, request). Cost: a few exact inferences for each choice.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/result.h"

namespace causal_gym {

enum class ReferenceRole { system, user, assistant, tool_result };

struct ReferenceTurn {
  ReferenceRole role = ReferenceRole::user;
  std::string text;
  std::string tool = {};  // of a tool's result: the name of the tool that was called
};

struct ReferenceTool {
  std::string name;
  nlohmann::json schema;  // of its arguments; null: none was given
  std::string path;       // where the schema stands in the request
};

enum class ReferenceToolUse { allowed, required, forbidden };

// As a wire's reader makes it: types and bounds are checked.
struct ReferenceRequest {
  std::string model;
  std::vector<ReferenceTurn> turns;
  std::string turns_path;  // "messages" or "input", for errors
  std::vector<ReferenceTool> tools = {};
  ReferenceToolUse tool_use = ReferenceToolUse::allowed;
  std::string named_tool = {};      // the only one that may be called; empty: any
  nlohmann::json schema = nullptr;  // of structured output; null: none
  std::string schema_path = {};     // where it stands in the request
  std::optional<std::int64_t> seed = {};
  std::size_t choices = 1;
  std::optional<std::int64_t> most_tokens = {};  // of a reply
  std::vector<std::string> stops = {};           // a text ends before the first that is whole
  bool stream = false;
  std::int64_t input_tokens = 0;
  std::uint64_t hash = 0;  // of everything but how the answer is delivered
};

inline constexpr std::size_t most_choices = 128;
inline constexpr std::size_t most_turns = 10'000;
inline constexpr std::size_t most_tools = 128;
inline constexpr std::size_t most_stops = 64;

enum class ReferenceKind { text, tool_call, refusal };

struct ReferenceChoice {
  ReferenceKind kind = ReferenceKind::text;
  std::string text;       // said, the call's arguments, or why it refuses
  std::string tool = {};  // that is called
  bool is_cut = false;    // at most_tokens
  std::string stop = {};  // the sequence that it ends before; empty: none
  std::int64_t tokens = 0;
};

// Errors, whose `where` is the field at fault as "messages[0].content": not_found (no such model);
// invalid_argument, parse_error and unknown_name (a prompt that asks nothing answerable, a tool or
// schema that no agent can fill); what the inference meets.
[[nodiscard]] Result<std::vector<ReferenceChoice>> answer_reference_chat(
    const ReferenceRequest& request);

// The names of the models, with an example's parameter where an agent takes one.
[[nodiscard]] std::vector<std::string> reference_models();
// Errors: not_found with the nearest spelling.
[[nodiscard]] Status check_reference_model(std::string_view model);

[[nodiscard]] std::int64_t count_tokens(std::string_view text);
// Of every text in the value; the keys do not count.
[[nodiscard]] std::int64_t count_tokens_in(const nlohmann::json& value);
// Of the body without "stream" and "stream_options".
[[nodiscard]] std::uint64_t hash_of_request(const nlohmann::json& body);

}  // namespace causal_gym
