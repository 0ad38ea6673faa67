// Requests to the built-in agents on the wires of language models: whatever comes in, what goes out
// has a known status, and is JSON or a stream.
//
// The first byte chooses the wire.
#include "api/json_text.h"
#include "api/reference/chat_completions.h"
#include "api/reference/messages.h"
#include "api/reference/responses.h"
#include "fuzz/fuzz_input.h"

namespace causal_gym {
namespace {

void check_answer(const WireAnswer& answer) {
  CHECK(answer.status >= 200 && answer.status < 600);
  if (answer.is_stream) {
    CHECK(answer.body.ends_with("\n\n"));
    return;
  }
  const auto body = parse_json(answer.body);
  CHECK(body && body->is_object());
  CHECK((answer.status == 200) != (body->contains("error") && !body->at("error").is_null()));
}

}  // namespace
}  // namespace causal_gym

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace causal_gym;
  constexpr std::int64_t now = 1'790'000'000;
  if (size < 1) return 0;
  const auto body = fuzz_text(data + 1, size - 1);
  switch (data[0] % 3) {
    case 0: check_answer(answer_chat_completions(body, now)); break;
    case 1: check_answer(answer_responses(body, now)); break;
    default: check_answer(answer_messages(body, "req_1")); break;
  }
  return 0;
}
