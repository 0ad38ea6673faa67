// Answers of providers: no bytes crash a decoder or a stream's reader, where a stream is cut
// changes nothing, and what a model wrote goes back in a request that can be read.
//
// The first byte chooses the provider, the second the status; the rest is the body, the stream, the
// value of headers and a text of a model.
#include <variant>

#include "fuzz/fuzz_input.h"
#include "platform/llm/provider_config.h"
#include "platform/llm/wait_hints.h"
#include "platform/llm/wire.h"
#include "platform/llm/wire_json.h"

namespace causal_gym {
namespace {

void check_outcome(const ChatOutcome& outcome) {
  if (const auto* failure = std::get_if<ChatFailure>(&outcome)) {
    CHECK(!failure->message.empty());
    CHECK(!failure->retry_after || *failure->retry_after >= 0);
    return;
  }
  for (const auto& call : std::get<ChatReply>(outcome).tool_calls) {
    CHECK(!call.id.empty());
    CHECK(!call.name.empty());
  }
}

ChatOutcome read_stream(const Provider& provider, std::string_view text, std::size_t cut) {
  const auto reader = provider.stream_reader();
  if (!reader->feed(text.substr(0, cut))) reader->feed(text.substr(cut));
  return reader->finish();
}

void check_streams(const Provider& provider, std::string_view text) {
  const auto whole = read_stream(provider, text, text.size());
  check_outcome(whole);
  for (const std::size_t part : {1, 2, 3}) {
    CHECK(read_stream(provider, text, text.size() * part / 4) == whole);
  }
}

void check_decoder(const Provider& provider, int status, std::string_view text) {
  const std::string value(text.substr(0, 80));
  HeaderFields headers = {{"Date", "Sun, 06 Nov 1994 08:49:37 GMT"}};
  for (const auto* name : {"retry-after", "retry-after-ms", "x-ratelimit-reset-tokens",
                           "anthropic-ratelimit-tokens-reset", "x-should-retry"})
    headers.emplace_back(name, value);
  check_outcome(provider.decode({status, std::move(headers), std::string(text)}));
}

void check_encoder(const Provider& provider, std::string_view text) {
  ChatRequest request;
  request.model = text.substr(0, 80);
  request.messages = {{ChatRole::user, std::string(text)},
                      {ChatRole::assistant, "", {{"a", "f", std::string(text)}}},
                      {ChatRole::tool, std::string(text), {}, "a", "f"}};
  const auto wire = provider.encode(request, Endpoint{"http://h", Secret("k")}, {});
  for (const char c : wire.url) CHECK(provider.name != "azure" || (c > 0x20 && c < 0x7F));
  // What comes back nested may be as deep as it came, inside the request's own levels.
  CHECK(WireJson::accept(wire.body));
}

void check_name(std::string_view text) {
  const auto name = parse_model_name(text);
  if (!name) return check_error(name.error());
  CHECK(!name->model.empty());
}

}  // namespace
}  // namespace causal_gym

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace causal_gym;
  static constexpr int statuses[] = {200, 200, 400, 429, 500};
  if (size < 2) return 0;
  const auto providers = all_providers();
  const auto& provider = providers[data[0] % providers.size()];
  const auto text = fuzz_text(data + 2, size - 2);
  check_decoder(provider, statuses[data[1] % std::size(statuses)], text);
  check_streams(provider, text);
  check_encoder(provider, text);
  check_name(text);
  return 0;
}
