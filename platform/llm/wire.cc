#include "platform/llm/wire.h"

#include <algorithm>
#include <optional>

#include "engine/base/spelling.h"
#include "platform/llm/anthropic.h"
#include "platform/llm/azure.h"
#include "platform/llm/ollama.h"
#include "platform/llm/openai_chat.h"
#include "platform/llm/openai_responses.h"

namespace causal_gym {

namespace {

constexpr ChatCapabilities without_seed = [] {
  ChatCapabilities capabilities;
  capabilities.seed = false;
  return capabilities;
}();

constexpr ChatCapabilities without_tool_choice = [] {
  ChatCapabilities capabilities;
  capabilities.tool_choice = false;
  return capabilities;
}();

// Servers of other makers know the older name of the limit, and not all know the newer.
constexpr ChatCapabilities with_older_limit = [] {
  ChatCapabilities capabilities;
  capabilities.max_completion_tokens = false;
  return capabilities;
}();

constexpr Provider providers[] = {
    {"openai",
     "OpenAI, Chat Completions",
     {},
     encode_openai_chat,
     decode_openai_chat,
     openai_chat_stream_reader},
    {"openai-responses", "OpenAI, Responses", without_seed, encode_openai_responses,
     decode_openai_responses, openai_responses_stream_reader},
    {"anthropic", "Anthropic, Messages", without_seed, encode_anthropic, decode_anthropic,
     anthropic_stream_reader, 1},
    {"azure",
     "Azure OpenAI, Chat Completions; the model is a deployment's name",
     {},
     encode_azure,
     decode_azure,
     openai_chat_stream_reader},
    {"azure-responses", "Azure OpenAI, Responses; the model is a deployment's name", without_seed,
     encode_azure_responses, decode_azure_responses, openai_responses_stream_reader},
    {"ollama", "Ollama's own interface", without_tool_choice, encode_ollama, decode_ollama,
     ollama_stream_reader},
    {"compatible", "any server that speaks OpenAI's Chat Completions, by --base-url",
     with_older_limit, encode_openai_chat, decode_openai_chat, openai_chat_stream_reader},
};

struct NamedCapability {
  std::string_view name;  // of the parameter, or of a member inside it
  bool ChatCapabilities::*capability;
  bool after;  // what a refusal makes of it
};

// In the order in which a path such as "tools.0.strict" is tried: what is inside goes first.
constexpr NamedCapability named_capabilities[] = {
    {"strict", &ChatCapabilities::schema, false},
    {"json_schema", &ChatCapabilities::schema, false},
    {"response_format", &ChatCapabilities::schema, false},
    {"output_config", &ChatCapabilities::schema, false},
    {"format", &ChatCapabilities::schema, false},
    {"temperature", &ChatCapabilities::temperature, false},
    {"seed", &ChatCapabilities::seed, false},
    {"tool_choice", &ChatCapabilities::tool_choice, false},
    {"tools", &ChatCapabilities::tools, false},
    {"stream_options", &ChatCapabilities::stream_usage, false},
    {"max_completion_tokens", &ChatCapabilities::max_completion_tokens, false},
    {"max_tokens", &ChatCapabilities::max_completion_tokens, true},
};

// Whether `path` ("text.format", "tools[0].strict") names `name` as one of its steps.
bool has_step(std::string_view path, std::string_view name) {
  while (!path.empty()) {
    const auto length = std::min(path.find_first_of(".[]"), path.size());
    if (path.substr(0, length) == name) return true;
    path.remove_prefix(std::min(length + 1, path.size()));
  }
  return false;
}

}  // namespace

std::span<const Provider> all_providers() { return providers; }

Result<const Provider*> find_provider(std::string_view name) {
  std::vector<std::string> names;
  for (const auto& provider : providers) {
    if (provider.name == name) return &provider;
    names.emplace_back(provider.name);
  }
  std::string list;
  for (const auto& known : names) list += (list.empty() ? "" : ", ") + known;
  auto suggestion = spelling_suggestion(name, names);
  return fail(ErrorCode::unknown_name, "no provider '" + std::string(name) + "'", {},
              suggestion.empty() ? "the providers are " + list : std::move(suggestion));
}

std::optional<ChatCapabilities> without_parameter(const ChatCapabilities& before,
                                                  std::string_view parameter) {
  for (const auto& named : named_capabilities) {
    if (!has_step(parameter, named.name)) continue;
    if (before.*named.capability == named.after) return std::nullopt;
    auto without = before;
    without.*named.capability = named.after;
    return without;
  }
  return std::nullopt;
}

}  // namespace causal_gym
