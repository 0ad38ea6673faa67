#include "platform/llm/provider_config.h"

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <mutex>
#include <system_error>

#include "engine/base/limits.h"
#include "platform/llm/allowed_hosts.h"
#include "platform/llm/anthropic.h"
#include "platform/llm/azure.h"
#include "platform/llm/proxy_variables.h"
#include "platform/llm/wire_json.h"

namespace causal_gym {

namespace {

constexpr std::size_t longest_name_bytes = 512;
constexpr std::size_t longest_address_bytes = 2'048;
constexpr std::size_t longest_key_file_bytes = 64 << 10;
constexpr std::size_t longest_shown = 200;  // bytes of an address
constexpr std::string_view ollama_port = "11434";

const std::vector<ProviderVariables>& all_variables() {
  static const std::vector<ProviderVariables> list = {
      {"openai", "OPENAI_API_KEY", true, "OPENAI_BASE_URL", "https://api.openai.com/v1", ""},
      {"openai-responses", "OPENAI_API_KEY", true, "OPENAI_BASE_URL", "https://api.openai.com/v1",
       ""},
      {"anthropic", "ANTHROPIC_API_KEY", true, "ANTHROPIC_BASE_URL", "https://api.anthropic.com",
       "ANTHROPIC_API_VERSION"},
      {"azure", "AZURE_OPENAI_API_KEY", true, "AZURE_OPENAI_ENDPOINT", "", "OPENAI_API_VERSION"},
      {"azure-responses", "AZURE_OPENAI_API_KEY", true, "AZURE_OPENAI_ENDPOINT", "",
       "OPENAI_API_VERSION"},
      {"ollama", "OLLAMA_API_KEY", false, "OLLAMA_HOST", "http://127.0.0.1:11434", ""},
      {"compatible", "COMPATIBLE_API_KEY", false, "COMPATIBLE_BASE_URL", "", ""},
  };
  return list;
}

std::string_view trimmed(std::string_view text, std::string_view what = " \t\r\n") {
  const auto begin = std::min(text.find_first_not_of(what), text.size());
  text.remove_prefix(begin);
  const auto end = text.find_last_not_of(what);
  return text.substr(0, end == std::string_view::npos ? 0 : end + 1);
}

bool is_control(char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; }

bool is_visible_ascii(char c) { return c > 0x20 && c < 0x7F; }

std::string value_of(const ConfigSources& sources, const std::string& variable) {
  const auto value = sources.variable(variable);
  return std::string(trimmed(value.value_or("")));
}

// A value that goes into a header or a URL.
Result<std::string> plain_value(const ConfigSources& sources, const std::string& variable) {
  auto value = value_of(sources, variable);
  if (!std::all_of(value.begin(), value.end(), is_visible_ascii) || value.size() > 256)
    return fail(ErrorCode::invalid_argument,
                variable + " holds something other than at most 256 visible ASCII characters",
                variable);
  return value;
}

// Model names -----------------------------------------------------------------------------------

Status read_options(std::string_view text, ModelName& name) {
  while (!trimmed(text).empty()) {
    const auto comma = std::min(text.find(','), text.size());
    const auto option = trimmed(text.substr(0, comma));
    const auto equals = option.find('=');
    const auto key = std::string(trimmed(option.substr(0, equals)));
    if (equals == std::string_view::npos || key.empty())
      return fail(ErrorCode::parse_error, "'" + std::string(option) + "' is not an option", {},
                  "write " + name.provider + "/" + name.model + "(name=value,name=value)");
    for (const auto& [known, value] : name.options)
      if (known == key)
        return fail(ErrorCode::invalid_argument, "the option '" + key + "' stands twice");
    name.options.emplace_back(key, trimmed(option.substr(equals + 1)));
    text.remove_prefix(std::min(comma + 1, text.size()));
  }
  return {};
}

// Addresses -------------------------------------------------------------------------------------

tl::unexpected<Error> bad_address(std::string_view address, const std::string& why,
                                  const std::string& where) {
  // Before an @ may stand a password, behind a ? or # a key, and what has no scheme may be a key
  // put in the wrong variable. Which @ ends a password and which ? a path, nobody can tell.
  const auto end = address.find_first_of("?#");
  std::string shown = "this";
  if (address.find('@') == std::string_view::npos && address.find("://") < end)
    shown = "'" + std::string(address.substr(0, std::min(end, longest_shown))) + "'" +
            (end == std::string_view::npos ? "" : " and what follows it");
  return fail(ErrorCode::invalid_argument, shown + " is no address of a server: " + why, where,
              "write http(s)://host[:port][/path]");
}

// "host", "host:port", "[::1]:port" -> its host without the port; nothing when the port is none.
std::optional<std::string_view> host_of(std::string_view authority) {
  const auto colon = authority.rfind(':');
  if (colon == std::string_view::npos || authority.ends_with(']')) return authority;
  std::uint16_t port = 0;
  const auto digits = authority.substr(colon + 1);
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
  if (error != std::errc() || end != digits.data() + digits.size()) return std::nullopt;
  return authority.substr(0, colon);
}

std::string_view authority_of(std::string_view address) {
  const auto after_scheme = address.substr(address.find("://") + 3);
  return after_scheme.substr(0, after_scheme.find('/'));
}

Result<std::string> checked_address(std::string_view text, const std::string& where) {
  auto address = trimmed(text);
  while (address.ends_with('/')) address.remove_suffix(1);
  if (address == "http:" || address == "https:")
    return bad_address(trimmed(text), "it names no host", where);
  if (!address.starts_with("http://") && !address.starts_with("https://"))
    return bad_address(address, "it does not begin with http:// or https://", where);
  if (address.size() > longest_address_bytes) return bad_address("", "it is too long", where);
  if (address.find('@') != std::string_view::npos)
    return bad_address(address, "it carries a user name; keys have their own variable", where);
  if (!std::all_of(address.begin(), address.end(), is_visible_ascii) ||
      address.find_first_of("?#\\\"<>") != std::string_view::npos)
    return bad_address(address, "it holds a character that may not stand there", where);
  const auto host = host_of(authority_of(address));
  if (!host) return bad_address(address, "its port is none", where);
  const bool bracketed = host->size() > 2 && host->front() == '[' && host->back() == ']';
  if (host->empty() || (!bracketed && host->find_first_of("[]:") != std::string_view::npos))
    return bad_address(address, "it names no host", where);
  return std::string(address);
}

bool is_this_machine(std::string_view address) {
  const auto host = host_of(authority_of(address)).value_or("");
  return host == "localhost" || host == "[::1]" || host.starts_with("127.");
}

const ProviderVariables* variables_of(const Provider& provider) {
  const auto& list = all_variables();
  const auto found = std::find_if(list.begin(), list.end(), [&](const auto& variables) {
    return variables.provider == provider.name;
  });
  return found == list.end() ? nullptr : &*found;
}

Result<std::string> address_of(const ProviderVariables& variables, const ConfigSources& sources,
                               std::string_view override_address) {
  const auto set = value_of(sources, variables.address);
  const bool overridden = !override_address.empty();
  const std::string where = overridden ? "--base-url" : variables.address;
  const std::string_view text = overridden     ? override_address
                                : !set.empty() ? std::string_view(set)
                                               : variables.default_address;
  if (text.empty())
    return fail(ErrorCode::invalid_argument,
                "no address for provider '" + std::string(variables.provider) +
                    "': " + variables.address + " is not set",
                where, "set " + variables.address + " or give --base-url");
  if (variables.provider != "ollama") return checked_address(text, where);
  auto address = ollama_base_url(text);
  if (address && address->ends_with("/v1"))
    return fail(ErrorCode::invalid_argument,
                "Ollama's own interface does not lie below /v1, where it speaks as OpenAI does",
                where, "leave /v1 out, or take the provider 'compatible'");
  if (address) return address;
  auto error = std::move(address).error();
  error.where = where;
  return fail(std::move(error));
}

// Keys ------------------------------------------------------------------------------------------

// A name without a slash may be a key that was put into the wrong variable.
std::string shown_file(const std::string& path, const std::string& variable) {
  const bool is_path = path.find('/') != std::string::npos;
  return "the file that " + variable + " names" + (is_path ? ", '" + path + "'," : "");
}

Result<std::string> key_in_file(const ConfigSources& sources, const std::string& path,
                                const std::string& variable) {
  auto text = sources.file(path);
  const auto shown = shown_file(path, variable);
  if (!text)
    return fail(text.error().code, shown + " " + text.error().message, variable,
                "name a file that can be read and holds the key alone");
  auto key = std::string(trimmed(*text));
  if (key.empty()) return fail(ErrorCode::invalid_argument, shown + " holds no key", variable);
  return key;
}

Result<Secret> key_of(const ProviderVariables& variables, const ConfigSources& sources) {
  const auto file_variable = variables.key + "_FILE";
  auto key = value_of(sources, variables.key);
  const auto path = value_of(sources, file_variable);
  if (!key.empty() && !path.empty())
    return fail(ErrorCode::invalid_argument,
                "both " + variables.key + " and " + file_variable + " are set", variables.key,
                "unset one of them");
  const auto& source = path.empty() ? variables.key : file_variable;
  if (!path.empty()) {
    CAUSAL_GYM_TRY(text, key_in_file(sources, path, file_variable));
    key = std::move(text);
  }
  if (!std::all_of(key.begin(), key.end(), is_visible_ascii) || key.size() > longest_key_file_bytes)
    return fail(ErrorCode::invalid_argument,
                "the key in " + source + " holds a character that no header may carry", source,
                "write the key alone, on one line");
  return Secret(std::move(key));
}

Status check_version(const Endpoint& endpoint, const ProviderVariables& variables) {
  if (variables.provider.starts_with("azure") && !is_azure_version(endpoint.api_version))
    return fail(ErrorCode::invalid_argument,
                "'" + endpoint.api_version + "' is no version of Azure's interface",
                variables.api_version, "use v1, preview, or a date such as 2024-10-21");
  if (variables.provider != "anthropic" || endpoint.api_version.empty() ||
      endpoint.api_version == anthropic_version_with_api_key ||
      endpoint.api_version == anthropic_version_with_bearer)
    return {};
  return fail(ErrorCode::invalid_argument,
              "no version '" + endpoint.api_version + "' of Anthropic's interface is known",
              variables.api_version,
              "use " + std::string(anthropic_version_with_api_key) + " or " +
                  std::string(anthropic_version_with_bearer));
}

Result<std::string> read_key_file(const std::string& path) {
  std::ifstream stream(path, std::ios::binary);
  std::string text(longest_key_file_bytes + 1, '\0');
  stream.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (!stream.is_open() || stream.bad()) return fail(ErrorCode::not_found, "cannot be read");
  text.resize(static_cast<std::size_t>(stream.gcount()));
  if (text.size() > longest_key_file_bytes)
    return fail(ErrorCode::limit_exceeded,
                "is larger than " + std::to_string(longest_key_file_bytes) + " bytes");
  return text;
}

// A pipe gives what it holds once, and a key is asked for by each agent.
Result<std::string> read_key_file_once(const std::string& path) {
  static std::mutex mutex;
  static std::map<std::string, std::string> pipes;
  std::error_code none;
  if (std::filesystem::is_regular_file(path, none)) return read_key_file(path);
  const std::lock_guard lock(mutex);
  if (const auto found = pipes.find(path); found != pipes.end()) return found->second;
  CAUSAL_GYM_TRY(text, read_key_file(path));
  pipes[path] = text;
  return text;
}

}  // namespace

std::span<const ProviderVariables> provider_variables() { return all_variables(); }

bool is_model_name(std::string_view text) {
  return text.substr(0, text.find('(')).find('/') != std::string_view::npos;
}

Result<ModelName> parse_model_name(std::string_view text) {
  CAUSAL_GYM_CHECKED(check_limit("bytes of the model's name", text.size(), longest_name_bytes));
  if (std::any_of(text.begin(), text.end(), is_control))
    return fail(ErrorCode::invalid_argument, "the model's name holds a control character");
  // What goes out as JSON must come back from it.
  const auto written = WireJson(std::string(text));
  if (const auto back = read_wire_json(wire_text(written)); !back || *back != written)
    return fail(ErrorCode::invalid_argument, "the model's name is not UTF-8");
  const auto shown = "'" + std::string(text) + "'";
  const auto slash = text.find('/');
  if (slash == std::string_view::npos || slash == 0)
    return fail(ErrorCode::parse_error, shown + " names no provider", {},
                "write provider/model, such as openai/" + std::string(text.substr(slash == 0)));
  CAUSAL_GYM_TRY(provider, find_provider(text.substr(0, slash)));
  ModelName name{std::string(provider->name), {}};
  auto model = text.substr(slash + 1);
  std::string_view options;
  if (const auto open = model.rfind('('); open != std::string_view::npos && model.ends_with(')')) {
    options = model.substr(open + 1, model.size() - open - 2);
    model = model.substr(0, open);
  } else if (open != std::string_view::npos) {
    return fail(ErrorCode::parse_error, shown + " lacks the ) of its options");
  }
  name.model = trimmed(model);
  if (name.model.empty())
    return fail(ErrorCode::parse_error, shown + " names no model of '" + name.provider + "'");
  CAUSAL_GYM_CHECKED(read_options(options, name));
  return name;
}

ConfigSources system_sources() {
  return {[](const std::string& variable) -> std::optional<std::string> {
            const char* value = std::getenv(variable.c_str());
            return value == nullptr ? std::nullopt : std::optional<std::string>(value);
          },
          read_key_file_once};
}

Result<Endpoint> provider_endpoint(const Provider& provider, const ConfigSources& sources,
                                   std::string_view base_url) {
  const auto* const found = variables_of(provider);
  if (found == nullptr)
    return fail(ErrorCode::unknown_name,
                "no variables are known for provider '" + std::string(provider.name) + "'");
  Endpoint endpoint;
  CAUSAL_GYM_CHECKED(check_proxy_variables(sources));
  CAUSAL_GYM_TRY(address, address_of(*found, sources, base_url));
  endpoint.base_url = std::move(address);
  CAUSAL_GYM_TRY(hosts, plain_value(sources, model_hosts_variable));
  CAUSAL_GYM_CHECKED(check_allowed_host(endpoint.base_url, hosts));
  CAUSAL_GYM_TRY(key, key_of(*found, sources));
  if (key.empty() && found->needs_key && !is_this_machine(endpoint.base_url))
    return fail(
        ErrorCode::unauthorized,
        "no key for provider '" + std::string(provider.name) + "': " + found->key + " is not set",
        found->key, how_to_have_a_key(provider));
  endpoint.key = std::move(key);
  if (!found->api_version.empty()) {
    CAUSAL_GYM_TRY(version, plain_value(sources, found->api_version));
    endpoint.api_version = std::move(version);
    CAUSAL_GYM_CHECKED(check_version(endpoint, *found));
  }
  if (found->key == "OPENAI_API_KEY") {
    CAUSAL_GYM_TRY(organization, plain_value(sources, "OPENAI_ORG_ID"));
    CAUSAL_GYM_TRY(project, plain_value(sources, "OPENAI_PROJECT_ID"));
    endpoint.organization = std::move(organization);
    endpoint.project = std::move(project);
  }
  return endpoint;
}

std::string how_to_have_a_key(const Provider& provider) {
  const auto* const variables = variables_of(provider);
  const std::string key(variables == nullptr ? "" : variables->key);
  return "set " + key + " or " + key + "_FILE, or take an agent that needs no key, such as 'ideal'";
}

bool has_address(const Provider& provider, const ConfigSources& sources,
                 std::string_view base_url) {
  const auto* const variables = variables_of(provider);
  return variables != nullptr && (!base_url.empty() || !variables->default_address.empty() ||
                                  !value_of(sources, variables->address).empty());
}

Status check_base_url(std::string_view base_url) {
  if (trimmed(base_url).empty()) return bad_address("", "it is empty", "--base-url");
  // A host alone is what Ollama takes, and nobody else.
  const bool has_scheme = base_url.find("://") != std::string_view::npos;
  auto address = has_scheme ? checked_address(base_url, "--base-url") : ollama_base_url(base_url);
  if (address) return {};
  auto error = std::move(address).error();
  error.where = "--base-url";
  return fail(std::move(error));
}

Result<std::string> ollama_base_url(std::string_view host) {
  auto text = trimmed(trimmed(host), "\"'");
  std::string scheme = "http";
  std::string port(ollama_port);
  if (const auto end = text.find("://"); end != std::string_view::npos) {
    scheme = text.substr(0, end);
    port = scheme == "https" ? "443" : "80";
    text.remove_prefix(end + 3);
  } else if (text == "ollama.com") {
    scheme = "https";
    port = "443";
  }
  const auto slash = std::min(text.find('/'), text.size());
  const auto path = std::string(text.substr(slash));
  std::string authority(text.substr(0, slash));
  // More than one colon without brackets: an IPv6 address alone.
  if (std::count(authority.begin(), authority.end(), ':') > 1 && authority.front() != '[')
    authority = "[" + authority + "]";
  const auto name = host_of(authority);
  if (!name) return bad_address(host, "its port is none", "OLLAMA_HOST");
  std::string machine(*name);
  if (name->size() < authority.size()) port = authority.substr(name->size() + 1);
  if (machine.empty() || machine == "0.0.0.0") machine = "127.0.0.1";
  if (machine == "[::]") machine = "[::1]";
  return checked_address(scheme + "://" + machine + ":" + port + path, "OLLAMA_HOST");
}

}  // namespace causal_gym
