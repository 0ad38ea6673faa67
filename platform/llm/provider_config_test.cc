// Names of models, and where a provider is according to the environment: every variable, every way
// to get one wrong, and that no message repeats a key.
#include "platform/llm/provider_config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <string>

#include "platform/llm/codec_probe.h"

namespace causal_gym {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using testing::Pair;

using Texts = std::map<std::string, std::string>;

ConfigSources sources_of(Texts variables, Texts files = {}) {
  return {[variables](const std::string& name) -> std::optional<std::string> {
            const auto found = variables.find(name);
            return found == variables.end() ? std::nullopt : std::optional(found->second);
          },
          [files](const std::string& path) -> Result<std::string> {
            const auto found = files.find(path);
            if (found == files.end()) return fail(ErrorCode::not_found, "is not there");
            return found->second;
          }};
}

Result<Endpoint> endpoint_of(std::string_view provider, Texts variables,
                             std::string_view base_url = {}, Texts files = {}) {
  return provider_endpoint(provider_named(provider),
                           sources_of(std::move(variables), std::move(files)), base_url);
}

Error error_of(const Result<Endpoint>& result) {
  EXPECT_FALSE(result);
  return result ? Error{} : result.error();
}

TEST(ProviderEndpoint, an_address_from_anywhere_is_one_that_the_operator_allows) {
  const Texts allowed = {{"OPENAI_API_KEY", "sk"}, {"CAUSAL_GYM_MODEL_HOSTS", "api.openai.com"}};
  EXPECT_TRUE(endpoint_of("openai", allowed));
  const auto refused = error_of(endpoint_of("openai", allowed, "http://169.254.169.254/v1"));
  EXPECT_EQ(refused.where, "CAUSAL_GYM_MODEL_HOSTS");
  EXPECT_THAT(refused.message, HasSubstr("'169.254.169.254:80'"));
  auto moved = allowed;
  moved["OPENAI_BASE_URL"] = "https://elsewhere.example/v1";
  EXPECT_EQ(error_of(endpoint_of("openai", moved)).where, "CAUSAL_GYM_MODEL_HOSTS");
  EXPECT_FALSE(endpoint_of("ollama", allowed));
}

TEST(ModelName, provider_model_and_options) {
  EXPECT_EQ(parse_model_name("openai/gpt-4o").value(), (ModelName{"openai", "gpt-4o"}));
  EXPECT_EQ(parse_model_name("compatible/meta-llama/Llama-3.1-8B").value(),
            (ModelName{"compatible", "meta-llama/Llama-3.1-8B"}));
  EXPECT_EQ(parse_model_name("ollama/llama3.2:3b( temperature = 0 ,style=cot)").value(),
            (ModelName{"ollama", "llama3.2:3b", {{"temperature", "0"}, {"style", "cot"}}}));
  EXPECT_EQ(parse_model_name("ollama/x()").value(), (ModelName{"ollama", "x"}));
}

TEST(ModelName, what_is_missing_is_named) {
  EXPECT_THAT(parse_model_name("gpt-4o").error().suggestion, HasSubstr("openai/gpt-4o"));
  EXPECT_THAT(parse_model_name("opnai/x").error().suggestion, HasSubstr("openai"));
  EXPECT_THAT(parse_model_name("openai/").error().message, HasSubstr("no model"));
  EXPECT_THAT(parse_model_name("openai/(a=1)").error().message, HasSubstr("no model"));
  EXPECT_THAT(parse_model_name("/x").error().message, HasSubstr("no provider"));
  EXPECT_THAT(parse_model_name("openai/x(a=1").error().message, HasSubstr("lacks the )"));
  EXPECT_THAT(parse_model_name("openai/x(a)").error().message, HasSubstr("'a' is not an option"));
  EXPECT_THAT(parse_model_name("openai/x(a=1,a=2)").error().message, HasSubstr("stands twice"));
  EXPECT_EQ(parse_model_name("openai/x\n").error().code, ErrorCode::invalid_argument);
  EXPECT_TRUE(parse_model_name("openai/" + std::string(505, 'x')));
  EXPECT_EQ(parse_model_name("openai/" + std::string(506, 'x')).error().code,
            ErrorCode::limit_exceeded);
}

TEST(ModelName, a_slash_tells_it_from_a_built_in_agent) {
  EXPECT_TRUE(is_model_name("openai/gpt-4o(a=1)"));
  EXPECT_FALSE(is_model_name("ideal"));
  EXPECT_FALSE(is_model_name("noisy_ideal(1/2)"));
}

TEST(ProviderEndpoint, openai_as_its_own_tools_read_it) {
  const auto plain = endpoint_of("openai", {{"OPENAI_API_KEY", " sk-1\n"}}).value();
  EXPECT_EQ(plain.base_url, "https://api.openai.com/v1");
  EXPECT_EQ(plain.key.reveal(), "sk-1");
  const auto full = endpoint_of("openai-responses", {{"OPENAI_API_KEY", "sk-1"},
                                                     {"OPENAI_BASE_URL", "https://h/v1/"},
                                                     {"OPENAI_ORG_ID", "org"},
                                                     {"OPENAI_PROJECT_ID", "proj"},
                                                     {"OPENAI_API_VERSION", "ignored"}})
                        .value();
  EXPECT_EQ(full.base_url, "https://h/v1");
  EXPECT_EQ(full.organization, "org");
  EXPECT_EQ(full.project, "proj");
  EXPECT_EQ(full.api_version, "");
}

TEST(ProviderEndpoint, anthropic_azure_and_the_keyless) {
  const auto anthropic = endpoint_of("anthropic", {{"ANTHROPIC_API_KEY", "k"},
                                                   {"ANTHROPIC_API_VERSION", "2026-10-21"},
                                                   {"OPENAI_ORG_ID", "org"}})
                             .value();
  EXPECT_EQ(anthropic.base_url, "https://api.anthropic.com");
  EXPECT_EQ(anthropic.api_version, "2026-10-21");
  EXPECT_EQ(anthropic.organization, "");
  const auto azure = endpoint_of("azure", {{"AZURE_OPENAI_API_KEY", "k"},
                                           {"AZURE_OPENAI_ENDPOINT", "https://r.azure.com/"},
                                           {"OPENAI_API_VERSION", "2024-10-21"}})
                         .value();
  EXPECT_EQ(azure.base_url, "https://r.azure.com");
  EXPECT_EQ(azure.api_version, "2024-10-21");
  const auto responses = endpoint_of("azure-responses", {{"AZURE_OPENAI_API_KEY", "k"},
                                                         {"AZURE_OPENAI_ENDPOINT", "https://r"},
                                                         {"OPENAI_API_VERSION", "preview"}})
                             .value();
  EXPECT_EQ(responses.base_url, "https://r");
  EXPECT_EQ(responses.api_version, "preview");
  EXPECT_EQ(endpoint_of("ollama", {}).value().base_url, "http://127.0.0.1:11434");
  EXPECT_TRUE(endpoint_of("ollama", {}).value().key.empty());
  const auto server = endpoint_of("compatible", {{"OPENAI_API_KEY", "sk-1"}}, "http://h:8000/v1");
  EXPECT_EQ(server.value().base_url, "http://h:8000/v1");
  EXPECT_TRUE(server.value().key.empty());  // another provider's key stays at home
}

TEST(ProviderEndpoint, no_key_names_the_variable_and_a_way_on) {
  const std::pair<std::string_view, std::string> variables[] = {
      {"openai", "OPENAI_API_KEY"},
      {"openai-responses", "OPENAI_API_KEY"},
      {"anthropic", "ANTHROPIC_API_KEY"},
      {"azure", "AZURE_OPENAI_API_KEY"},
      {"azure-responses", "AZURE_OPENAI_API_KEY"}};
  for (const auto& [provider, variable] : variables) {
    const auto error = error_of(
        endpoint_of(provider, {{"AZURE_OPENAI_ENDPOINT", "https://r.azure.com"}, {variable, ""}}));
    EXPECT_EQ(error.code, ErrorCode::unauthorized) << provider;
    EXPECT_THAT(error.message, HasSubstr(variable));
    EXPECT_THAT(error.suggestion, AllOf(HasSubstr(variable + "_FILE"), HasSubstr("'ideal'")));
  }
  for (const auto local : {"http://127.0.0.1:9/v1", "http://localhost", "http://[::1]:9"})
    EXPECT_TRUE(endpoint_of("openai", {}, local)) << local;
}

TEST(ProviderEndpoint, a_key_from_a_file) {
  const auto from = [](const std::string& text) {
    return endpoint_of("openai", {{"OPENAI_API_KEY_FILE", "/run/key"}}, {}, {{"/run/key", text}});
  };
  EXPECT_EQ(from("sk-2\r\n").value().key.reveal(), "sk-2");
  EXPECT_THAT(error_of(from(" \n")).message, HasSubstr("holds no key"));
  EXPECT_THAT(error_of(endpoint_of("openai", {{"OPENAI_API_KEY_FILE", "/gone"}})).message,
              AllOf(HasSubstr("OPENAI_API_KEY_FILE"), HasSubstr("/gone")));
  EXPECT_THAT(error_text(error_of(endpoint_of("openai", {{"OPENAI_API_KEY_FILE", "sk-planted"}}))),
              AllOf(HasSubstr("OPENAI_API_KEY_FILE"), Not(HasSubstr("planted"))));
  EXPECT_THAT(error_of(endpoint_of("openai", {{"OPENAI_API_KEY_FILE", "/run/key"},
                                              {"OPENAI_API_KEY", "sk-planted"}}))
                  .message,
              AllOf(HasSubstr("both"), Not(HasSubstr("sk-planted"))));
}

TEST(ProviderEndpoint, a_key_that_no_header_may_carry_is_not_repeated) {
  for (const std::string key :
       {"sk-planted\r\nx-evil: 1", "sk-planted more", "sk-planted\x01", "sk-planted\xC3\xA9"}) {
    const auto error = error_of(endpoint_of("openai", {{"OPENAI_API_KEY", key}}));
    EXPECT_EQ(error.code, ErrorCode::invalid_argument);
    EXPECT_THAT(error_text(error), AllOf(HasSubstr("OPENAI_API_KEY"), Not(HasSubstr("planted"))));
  }
}

TEST(ProviderEndpoint, addresses_are_checked_and_their_source_is_named) {
  for (const auto address : {"api.openai.com", "ftp://h", "https://", "http://", "http:///",
                             "https://:1", "https://h:x", "https://h:70000", "https://h/v1?a=b",
                             "https://h/#", "https://h h", "https://h/\xC3\xA9"}) {
    const auto error = error_of(endpoint_of("openai", {{"OPENAI_API_KEY", "k"}}, address));
    EXPECT_EQ(error.code, ErrorCode::invalid_argument) << address;
    EXPECT_EQ(error.where, "--base-url") << address;
  }
  EXPECT_EQ(error_of(endpoint_of("openai", {{"OPENAI_API_KEY", "k"}}, "http://")).message,
            "'http://' is no address of a server: it names no host");
  EXPECT_EQ(
      error_of(endpoint_of("openai", {{"OPENAI_API_KEY", "k"}, {"OPENAI_BASE_URL", "h"}})).where,
      "OPENAI_BASE_URL");
  EXPECT_THAT(error_of(endpoint_of("compatible", {})).suggestion, HasSubstr("--base-url"));
  EXPECT_THAT(error_of(endpoint_of("azure", {})).message, HasSubstr("AZURE_OPENAI_ENDPOINT"));
}

TEST(ProviderEndpoint, what_may_be_a_key_in_an_address_is_refused_and_not_repeated) {
  for (const std::string address :
       {"https://me:planted@h/v1", "me:planted@h", "http://me:planted@h:x",
        "https://me:pl?planted@h", "https://h/v1?key=planted", "https://h/v1?a=b@planted",
        "https://h#planted", "https://h:x/v1?key=planted", "ftp://h?key=planted",
        "https://me:planted@h?key=planted", "h?key=planted", "//h?key=planted",
        "h?see=https://planted", "?planted"})
    for (const auto& variables : provider_variables()) {
      const Texts texts = {{variables.key, "k"}, {variables.address, address}};
      for (const auto& overriding : {address, std::string()}) {
        const auto error = error_of(endpoint_of(variables.provider, texts, overriding));
        EXPECT_THAT(error_text(error), Not(HasSubstr("planted")))
            << variables.provider << ' ' << address;
        EXPECT_EQ(error.where, overriding.empty() ? variables.address : "--base-url");
      }
    }
  // The rest is shown: it tells what is wrong.
  EXPECT_THAT(error_of(endpoint_of("openai", {{"OPENAI_API_KEY", "k"}}, "https://h/v1?key=planted"))
                  .message,
              HasSubstr("'https://h/v1' and what follows it"));
  // A key in the variable of the address.
  EXPECT_THAT(error_text(error_of(endpoint_of("openai", {{"OPENAI_BASE_URL", "sk-planted"}}))),
              AllOf(HasSubstr("OPENAI_BASE_URL"), Not(HasSubstr("planted"))));
}

TEST(ProviderEndpoint, whether_there_is_an_address) {
  EXPECT_TRUE(has_address(provider_named("openai"), sources_of({})));
  EXPECT_FALSE(has_address(provider_named("azure"), sources_of({})));
  EXPECT_TRUE(has_address(provider_named("azure"), sources_of({}), "x"));
  EXPECT_TRUE(
      has_address(provider_named("compatible"), sources_of({{"COMPATIBLE_BASE_URL", "x"}})));
}

TEST(ProviderEndpoint, values_that_go_into_headers_are_checked) {
  EXPECT_EQ(
      error_of(endpoint_of("openai", {{"OPENAI_API_KEY", "k"}, {"OPENAI_ORG_ID", "a\r\nb"}})).where,
      "OPENAI_ORG_ID");
  const auto version = error_of(endpoint_of(
      "anthropic", {{"ANTHROPIC_API_KEY", "k"}, {"ANTHROPIC_API_VERSION", "2020-01-01"}}));
  EXPECT_THAT(version.suggestion, HasSubstr("2023-06-01"));
  for (const auto provider : {"azure", "azure-responses"}) {
    const auto bad = error_of(endpoint_of(provider, {{"AZURE_OPENAI_API_KEY", "k"},
                                                     {"AZURE_OPENAI_ENDPOINT", "https://r"},
                                                     {"OPENAI_API_VERSION", "2024"}}));
    EXPECT_EQ(bad.where, "OPENAI_API_VERSION") << provider;
    EXPECT_THAT(bad.message, HasSubstr("'2024'"));
  }
}

TEST(OllamaHost, forms_as_ollama_takes_them) {
  const std::pair<std::string, std::string> forms[] = {
      {"", "http://127.0.0.1:11434"},
      {"example.com", "http://example.com:11434"},
      {"example.com:56789", "http://example.com:56789"},
      {":12345", "http://127.0.0.1:12345"},
      {"0.0.0.0", "http://127.0.0.1:11434"},
      {"0.0.0.0:80", "http://127.0.0.1:80"},
      {"1.2.3.4", "http://1.2.3.4:11434"},
      {"::1", "http://[::1]:11434"},
      {"[::1]", "http://[::1]:11434"},
      {"[::1]:80", "http://[::1]:80"},
      {"::", "http://[::1]:11434"},
      {"[::]:80", "http://[::1]:80"},
      {"http://example.com", "http://example.com:80"},
      {"https://example.com", "https://example.com:443"},
      {"https://example.com:1234/ollama/", "https://example.com:1234/ollama"},
      {"example.com/a", "http://example.com:11434/a"},
      {"ollama.com", "https://ollama.com:443"},
      {" \"example.com\" ", "http://example.com:11434"}};
  for (const auto& [form, address] : forms) {
    const auto got = ollama_base_url(form);
    ASSERT_TRUE(got) << form << ": " << error_text(got.error());
    EXPECT_EQ(*got, address) << form;
    EXPECT_EQ(endpoint_of("ollama", {{"OLLAMA_HOST", form}}).value().base_url, address);
  }
  for (const auto form : {"example.com:x", "h:99999", "ftp://h", "a b", "[", "h:"})
    EXPECT_FALSE(ollama_base_url(form)) << form;
  EXPECT_THAT(
      error_of(endpoint_of("ollama", {{"OLLAMA_HOST", "http://127.0.0.1:11434/v1/"}})).message,
      HasSubstr("does not lie below /v1"));
}

TEST(SystemSources, files_and_variables_of_this_process) {
  const auto sources = system_sources();
  EXPECT_TRUE(sources.variable("PATH"));
  EXPECT_EQ(sources.variable("CAUSAL_GYM_NO_SUCH_VARIABLE"), std::nullopt);
  const auto file = std::string(CAUSAL_GYM_SOURCE_DIR) + "/platform/llm/secret.h";
  EXPECT_THAT(sources.file(file).value(), HasSubstr("class Secret"));
  EXPECT_THAT(sources.file("/no/such/file").error().message, Not(HasSubstr("/no/such/file")));
  EXPECT_FALSE(sources.file("/tmp"));
  EXPECT_EQ(sources.file("/dev/zero").error().code, ErrorCode::limit_exceeded);
}

TEST(ProviderVariables, AreThoseOfEachProviderInTurn) {
  ASSERT_EQ(provider_variables().size(), all_providers().size());
  for (std::size_t i = 0; i < all_providers().size(); ++i)
    EXPECT_EQ(provider_variables()[i].provider, all_providers()[i].name);
}

}  // namespace
}  // namespace causal_gym
