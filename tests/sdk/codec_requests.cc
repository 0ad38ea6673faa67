// Prints the requests that our codecs send for the chats of compare_requests.test.mjs, a line for
// each field: "chat NAME", "header NAME: VALUE", "key HEADER: PREFIX", "url URL", "body JSON", "".
//
// usage: codec_requests PROVIDER BASE_URL [API_VERSION]
#include <iostream>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "platform/llm/wire.h"

namespace causal_gym {

namespace {

constexpr std::string_view strict_schema =
    R"({"type":"object","properties":{"belief":{"type":"number"}},"required":["belief"],)"
    R"("additionalProperties":false})";

ChatRequest plain() {
  ChatRequest request;
  request.model = "test-model";
  request.messages = {{ChatRole::system, "Answer in JSON."},
                      {ChatRole::user, "How likely is rain? \u00e9"}};
  request.max_output_tokens = 200;
  return request;
}

std::vector<std::pair<std::string, ChatRequest>> chats() {
  std::vector<std::pair<std::string, ChatRequest>> all = {{"plain", plain()}};
  auto request = plain();
  request.stream = true;
  all.emplace_back("stream", request);
  request = plain();
  request.temperature = 0.5;
  request.seed = 7;
  all.emplace_back("sampling", request);
  request = plain();
  request.schema = ReplySchema{"belief", std::string(strict_schema)};
  all.emplace_back("schema", request);
  request = plain();
  request.tools = {{"observe", "Looks at a variable.", std::string(strict_schema)}};
  all.emplace_back("tools", request);
  request.messages.push_back(
      {ChatRole::assistant, "", {{"call_a", "observe", R"({"belief":0.25})"}}});
  request.messages.push_back({ChatRole::tool, "wet", {}, "call_a", "observe"});
  all.emplace_back("talk", request);
  return all;
}

int print_requests(std::string_view provider_name, Endpoint endpoint) {
  const auto provider = find_provider(provider_name);
  if (!provider) {
    std::cerr << provider.error().message << '\n';
    return 2;
  }
  for (const auto& [name, request] : chats()) {
    const auto wire = (*provider)->encode(request, endpoint, (*provider)->capabilities);
    std::cout << "chat " << name << '\n';
    for (const auto& [header, value] : wire.headers)
      std::cout << "header " << header << ": " << value << '\n';
    if (!wire.secret_header.empty())
      std::cout << "key " << wire.secret_header << ": " << wire.secret_prefix << '\n';
    std::cout << "url " << wire.url << "\nbody " << wire.body << "\n\n";
  }
  return 0;
}

}  // namespace

}  // namespace causal_gym

int main(int count, char** values) {
  const std::span<char*> arguments(values, static_cast<std::size_t>(count));
  if (arguments.size() < 3 || arguments.size() > 4) {
    std::cerr << "usage: codec_requests PROVIDER BASE_URL [API_VERSION]\n";
    return 2;
  }
  causal_gym::Endpoint endpoint;
  endpoint.base_url = arguments[2];
  endpoint.key = causal_gym::Secret("k");
  if (arguments.size() == 4) endpoint.api_version = arguments[3];
  return causal_gym::print_requests(arguments[1], endpoint);
}
