// Model documents: no input crashes, and a model that is read survives being written and read
// again, number for number.
#include "api/model_json.h"
#include "fuzz/fuzz_input.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace causal_gym;
  const auto model = parse_model_json(fuzz_text(data, size));
  if (!model) {
    check_error(model.error());
    return 0;
  }
  const auto again = parse_model_json(model_json(*model).dump());
  CHECK(again.has_value());
  CHECK(*again == *model);
  return 0;
}
