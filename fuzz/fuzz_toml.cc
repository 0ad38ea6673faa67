// Configuration files: no input crashes, every entry has a place, and what a key takes is written
// as TOML that reads back to the same value.
#include <algorithm>

#include "fuzz/fuzz_input.h"
#include "platform/config/keys.h"
#include "platform/config/toml_file.h"

namespace causal_gym {
namespace {

void check_value(const ConfigKey& key, const TomlValue& toml) {
  const auto value = value_from_toml(key.kind, toml);
  if (!value) return check_error(value.error());
  const auto shown = shown_value(key.kind, *value);
  const auto again = read_toml("k = " + shown);
  CHECK(again.has_value() && again->size() == 1);
  if (is_secret(key.kind)) return;  // what is masked is another value, and need be none
  const auto read = value_from_toml(key.kind, again->front().value);
  CHECK(read.has_value());
  CHECK(*read == *value);
}

}  // namespace
}  // namespace causal_gym

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace causal_gym;
  const auto text = fuzz_text(data, size);
  const auto lines = static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n')) + 1;
  const auto entries = read_toml(text);
  if (!entries) {
    check_error(entries.error());
    CHECK(entries.error().where.starts_with("line "));
    return 0;
  }
  for (const auto& entry : *entries) {
    CHECK(!entry.name.empty());
    CHECK(entry.key_place.line >= 1 && entry.key_place.line <= lines);
    CHECK(entry.key_place.column >= 1);
    for (const auto& key : all_config_keys()) check_value(key, entry.value);
  }
  return 0;
}
