// Replies of models: whatever is said, what is read is a number in its range, a refusal or nothing,
// the same each time; and a tool's arguments mean something or say why not.
//
// The first byte chooses the question's range and the query.
#include <cmath>

#include "fuzz/fuzz_input.h"
#include "platform/llm/belief_json.h"
#include "platform/llm/tool_arguments.h"

namespace causal_gym {
namespace {

void check_reading(const BeliefReading& reading, const BeliefRange& range) {
  const auto* stated = std::get_if<Stated>(&reading.reply);
  if (stated != nullptr) CHECK(std::isfinite(stated->value) && range.contains(stated->value));
  CHECK(!reading.reason.empty());
  const auto* other = std::get_if<Unparseable>(&reading.reply);
  if (other != nullptr) CHECK(other->reason == reading.reason);
}

void check_action(const Action& action) {
  if (const auto* unreadable = std::get_if<UnreadableAction>(&action))
    CHECK(!unreadable->problem.empty());
  const auto* belief = std::get_if<StateBeliefAction>(&action);
  if (belief == nullptr) return;
  const auto* stated = std::get_if<Stated>(&belief->reply);
  if (stated != nullptr) CHECK(std::isfinite(stated->value));
}

}  // namespace
}  // namespace causal_gym

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace causal_gym;
  static constexpr BeliefRange ranges[] = {{0, 1}, {-1, 1}, {0, 100}, {-1.5, 10}};
  static constexpr std::string_view queries[] = {"", "P(rain)", "P(y=1 | do(x=1))",
                                                 "E[visits | do(drug=yes)]", "ATE(x -> y)"};
  if (size < 1) return 0;
  const auto& range = ranges[data[0] % std::size(ranges)];
  const auto& query = queries[data[0] / std::size(ranges) % std::size(queries)];
  const auto text = fuzz_text(data + 1, size - 1);
  const auto reading = read_belief_reply(text, range, query);
  check_reading(reading, range);
  const auto again = read_belief_reply(text, range, query);
  CHECK(again.reply == reading.reply && again.reason == reading.reason);
  for (const auto& tool : agent_tools()) check_action(read_tool_call(std::string(tool.name), text));
  check_action(read_tool_call(std::string(text.substr(0, 64)), text));
  return 0;
}
