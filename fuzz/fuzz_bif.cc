// BIF networks: no input crashes, and a model that is read survives being written and read again.
#include "engine/model/bif.h"
#include "fuzz/fuzz_input.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace causal_gym;
  const auto model = parse_bif(fuzz_text(data, size));
  if (!model) {
    check_error(model.error());
    return 0;
  }
  const auto text = write_bif(*model);
  if (!text) {
    check_error(text.error());
    return 0;
  }
  const auto again = parse_bif(*text);
  CHECK(again.has_value());
  CHECK(*again == *model);
  return 0;
}
