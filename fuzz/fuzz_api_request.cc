// Requests to the API: whatever comes in, what goes out is one line of JSON with a result or an
// error that has a code and a message.
//
// The limits are small, so that a request which is merely large does not look like a hang.
#include "api/operations.h"
#include "fuzz/fuzz_input.h"

namespace causal_gym {
namespace {

OperationContext small_context() {
  OperationContext context;
  context.limits.nodes = 32;
  context.limits.edges = 128;
  context.limits.states = 16;
  context.limits.mechanism_cells = context.limits.factor_cells = 1 << 12;
  context.limits.listed_paths = 50;
  context.limits.path_search_steps = 10'000;
  context.limits.answer_rows = 1 << 8;
  return context;
}

void check_answer(const std::string& line) {
  CHECK(line.find('\n') == std::string::npos);
  const auto answer = nlohmann::json::parse(line, nullptr, false);
  CHECK(answer.is_object());
  CHECK(answer.contains("result") != answer.contains("error"));
  if (!answer.contains("error")) return;
  CHECK(!answer["error"].value("code", "").empty());
  CHECK(!answer["error"].value("message", "").empty());
}

}  // namespace
}  // namespace causal_gym

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace causal_gym;
  static const OperationContext context = small_context();
  check_answer(handle_request_text(fuzz_text(data, size), context));
  return 0;
}
