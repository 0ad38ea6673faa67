// The query language: no input crashes, and what is read survives being printed and read again.
#include "engine/query/query.h"
#include "fuzz/fuzz_input.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace causal_gym;
  const auto query = parse_query(fuzz_text(data, size));
  if (!query) {
    check_error(query.error());
    return 0;
  }
  // Printing may take more room than the text that was read: a bound on input is no bound on it.
  Limits limits;
  limits.query_text_bytes *= 16;
  const auto text = query_text(*query);
  const auto again = parse_query(text, limits);
  CHECK(again.has_value());
  CHECK(*again == *query);
  CHECK(query_text(*again) == text);
  return 0;
}
