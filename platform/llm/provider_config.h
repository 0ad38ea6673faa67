// Which model is meant, where its provider is, and with which key: from a name as users write it
// and from the environment variables that the vendors' own tools read.
//
//   provider            key                    address                 besides
//   openai(-responses)  OPENAI_API_KEY         OPENAI_BASE_URL         OPENAI_ORG_ID, _PROJECT_ID
//   anthropic           ANTHROPIC_API_KEY      ANTHROPIC_BASE_URL      ANTHROPIC_API_VERSION
//   azure(-responses)   AZURE_OPENAI_API_KEY   AZURE_OPENAI_ENDPOINT   OPENAI_API_VERSION
//   ollama              OLLAMA_API_KEY         OLLAMA_HOST
//   compatible          COMPATIBLE_API_KEY     COMPATIBLE_BASE_URL
//
// A key may also stand in the file that NAME_FILE names. The last two need none, nor does a server
// on this machine. An empty variable counts as not set. No message repeats a key, nor what may be
// one in an address: what stands before an @ or after a ?. Cost: none.
#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/base/result.h"
#include "platform/llm/wire.h"

namespace causal_gym {

struct ModelName {
  std::string provider;  // as written; find_provider knows whether there is one
  std::string model;     // may hold slashes and colons: "meta-llama/Llama-3.1-8B", "llama3.2:3b"
  std::vector<std::pair<std::string, std::string>> options = {};  // in the order of writing
  friend bool operator==(const ModelName&, const ModelName&) = default;
};

// Whether an agent's name means a model: a provider stands before a slash.
[[nodiscard]] bool is_model_name(std::string_view text);

// "openai/gpt-4o", "ollama/llama3.2:3b(temperature=0,style=cot)". Errors: parse_error naming what
// is missing; unknown_name (no such provider); invalid_argument (an option twice, a control
// character, or what is not UTF-8); limit_exceeded (512 bytes).
[[nodiscard]] Result<ModelName> parse_model_name(std::string_view text);

// Where a provider's key and address are looked for.
struct ProviderVariables {
  std::string_view provider;
  std::string key;
  bool needs_key;
  std::string address;
  std::string_view default_address;  // empty: there is none
  std::string api_version;           // empty: not read
};
// One for each provider, in their order.
[[nodiscard]] std::span<const ProviderVariables> provider_variables();

// The outside world, so that tests need none.
struct ConfigSources {
  std::function<std::optional<std::string>(const std::string& variable)> variable;
  // At most 64 KiB. Errors say what is wrong without the path, which may be a misplaced key.
  std::function<Result<std::string>(const std::string& path)> file;
};

// This process's environment and files.
[[nodiscard]] ConfigSources system_sources();

// `base_url` overrides the variable; empty: none. Errors: unauthorized (no key: names the variable
// and an agent that needs none); invalid_argument (a key both ways, or one that no header may
// carry; an address that is not http(s)://host[:port][/path], or missing, or that allowed_hosts.h
// does not allow; a version that is not known), naming the variable; what reading the file meets.
[[nodiscard]] Result<Endpoint> provider_endpoint(const Provider& provider,
                                                 const ConfigSources& sources,
                                                 std::string_view base_url = {});

// For whoever has none: the variables that hold it, and an agent that needs none.
[[nodiscard]] std::string how_to_have_a_key(const Provider& provider);

// Whether there is an address, right or wrong; without one there is nowhere to ask.
[[nodiscard]] bool has_address(const Provider& provider, const ConfigSources& sources,
                               std::string_view base_url = {});

// Ok for an address that some provider takes as base_url. Errors: invalid_argument, as
// provider_endpoint.
[[nodiscard]] Status check_base_url(std::string_view base_url);

// The address that OLLAMA_HOST means, as Ollama reads it: "", "host", ":port", "host:port",
// "[::1]", "http://host/path"; the port is 11434, or the scheme's own when one is written. An
// address to listen on (0.0.0.0, [::]) means this machine. Errors: invalid_argument.
[[nodiscard]] Result<std::string> ollama_base_url(std::string_view host);

}  // namespace causal_gym
