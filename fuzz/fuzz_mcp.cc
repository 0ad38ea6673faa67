// Messages of MCP clients: whatever comes in, each answer is one line of JSON-RPC with a result or
// an error, and a notification gets none.
//
// A line is a message; the session has had its handshake when the first byte is odd.
#include "api/json_text.h"
#include "api/mcp/mcp_session.h"
#include "fuzz/fuzz_input.h"

namespace causal_gym {
namespace {

constexpr const char* handshake =
    R"({"jsonrpc":"2.0","id":0,"method":"initialize","params":{"protocolVersion":"2025-11-25",)"
    R"("capabilities":{},"clientInfo":{"name":"fuzz","version":"1"}}})";

McpOptions small_options() {
  McpOptions options;
  options.version = "1";
  options.new_handle = [handle = 0]() mutable { return "e" + std::to_string(++handle); };
  options.now = [] { return std::chrono::nanoseconds(0); };
  options.limits.episodes.episodes = 4;
  auto& limits = options.operations.limits;
  limits.nodes = 32;
  limits.edges = 128;
  limits.states = 16;
  limits.mechanism_cells = limits.factor_cells = 1 << 12;
  limits.listed_paths = 50;
  limits.path_search_steps = 10'000;
  limits.answer_rows = 1 << 8;
  return options;
}

// One message, or a list of them.
template <class Json>
void check_message(const Json& message) {
  if (message.is_array()) {
    for (const auto& one : message) check_message(one);
    return;
  }
  CHECK(message.is_object() && message.value("jsonrpc", "") == "2.0");
  if (message.contains("method")) return;  // a notification of ours
  CHECK(message.contains("result") != message.contains("error"));
  if (message.contains("error")) CHECK(!message["error"].value("message", "").empty());
}

void check_answer(const McpAnswer& answer) {
  for (const auto& line : answer.messages) {
    CHECK(line.find('\n') == std::string::npos);
    const auto message = parse_json(line);
    CHECK(message.has_value());
    check_message(*message);
  }
}

}  // namespace
}  // namespace causal_gym

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace causal_gym;
  static McpServer server(small_options());
  if (size < 1) return 0;
  McpSession session(server);
  if (data[0] % 2 == 1) check_answer(session.answer(session.receive(handshake)));
  auto text = fuzz_text(data + 1, size - 1);
  while (!text.empty()) {
    const auto end = std::min(text.find('\n'), text.size());
    check_answer(session.answer(session.receive(text.substr(0, end))));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return 0;
}
