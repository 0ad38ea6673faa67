// The canary: a bug planted on purpose, which the smoke run must find or fail.
//
// The bug is of the kind that fuzzing exists for: a buffer that fits every value anyone writes by
// hand, behind a real parser. To reach it the fuzzer must make a valid query with a condition and a
// do(), and in the do() a value longer than the buffer.
#include <memory>

#include "engine/query/query.h"
#include "fuzz/fuzz_input.h"

namespace causal_gym {
namespace {

constexpr std::size_t buffer_bytes = 8;

std::size_t letters_in(const std::string& value) {
  const auto buffer = std::make_unique<char[]>(buffer_bytes);
  std::size_t size = 0;
  for (const char c : value) {
    if (c < '0' || c > '9') buffer[size++] = c;  // the planted bug: no bound on size
  }
  return size;
}

}  // namespace
}  // namespace causal_gym

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace causal_gym;
  const auto query = parse_query(fuzz_text(data, size));
  if (!query) return 0;
  const auto* asked = std::get_if<ProbabilityQuery>(&query->node);
  if (asked == nullptr || asked->conditions.empty()) return 0;
  std::size_t letters = 0;
  for (const auto& assignment : asked->interventions)
    if (assignment.value) letters += letters_in(*assignment.value);
  CHECK(letters <= size);
  return 0;
}
