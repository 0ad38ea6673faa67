#include "api/json_text.h"

#include <optional>
#include <set>
#include <vector>

#include "engine/base/limits.h"

namespace causal_gym {

namespace {

using nlohmann::json;

// The first pass: accepts events until one is not allowed, and keeps why.
class JsonChecker : public nlohmann::json_sax<json> {
 public:
  explicit JsonChecker(const JsonLimits& limits) : limits_(limits) {}

  [[nodiscard]] const std::optional<Error>& error() const { return error_; }

  bool null() override { return true; }
  bool boolean(bool) override { return true; }
  bool number_integer(number_integer_t) override { return true; }
  bool number_unsigned(number_unsigned_t) override { return true; }
  bool number_float(number_float_t, const string_t&) override { return true; }
  bool string(string_t&) override { return true; }
  bool binary(binary_t&) override { return true; }
  bool start_object(std::size_t) override { return enter(); }
  bool start_array(std::size_t) override { return enter(); }
  bool end_object() override { return leave(); }
  bool end_array() override { return leave(); }

  bool key(string_t& name) override {
    if (keys_.back().insert(name).second) return true;
    error_ =
        Error{ErrorCode::parse_error, "the key '" + name + "' stands twice in one object", "", ""};
    return false;
  }

  bool parse_error(std::size_t position, const std::string& last_token,
                   const nlohmann::detail::exception& exception) override {
    // The library's text is "[json.exception....] parse error ...: syntax error while ...".
    const std::string text = exception.what();
    const auto reason = text.find("syntax error");
    const bool overflow = exception.id == 406;
    error_ =
        Error{ErrorCode::parse_error,
              overflow ? "the number " + last_token + " is beyond the range of a double"
                       : "not JSON: " + (reason == std::string::npos ? text : text.substr(reason)),
              "byte " + std::to_string(position), ""};
    return false;
  }

 private:
  bool enter() {
    keys_.emplace_back();
    const auto status = check_limit("depth of the JSON text", keys_.size(), limits_.depth);
    if (!status) error_ = status.error();
    return status.has_value();
  }
  bool leave() {
    keys_.pop_back();
    return true;
  }

  JsonLimits limits_;
  std::vector<std::set<std::string>> keys_;  // of each object that is open; none for a list
  std::optional<Error> error_;
};

}  // namespace

Result<json> parse_json(std::string_view text, const JsonLimits& limits) {
  CAUSAL_GYM_CHECKED(check_limit("bytes of the JSON text", text.size(), limits.bytes));
  JsonChecker checker(limits);
  if (!json::sax_parse(text, &checker) && checker.error()) return fail(*checker.error());
  auto value = json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (value.is_discarded()) return fail(ErrorCode::parse_error, "not JSON");
  return value;
}

std::string json_line(const json& value) {
  return value.dump(-1, ' ', /*ensure_ascii=*/false, json::error_handler_t::replace);
}

}  // namespace causal_gym
