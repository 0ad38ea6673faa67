// What the reference endpoint answers: a status and a body; and the pieces that its wires share.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/result.h"

namespace causal_gym {

using OrderedJson = nlohmann::ordered_json;  // members stay in the order of writing

struct WireAnswer {
  int status = 200;
  bool is_stream = false;  // text/event-stream, otherwise application/json
  std::string body;
};

// On one line; bytes that are not UTF-8 are replaced.
[[nodiscard]] std::string ordered_line(const OrderedJson& value);

[[nodiscard]] WireAnswer json_answer(const OrderedJson& body, int status = 200);

// The status of an error in a request: 404 for not_found, 413 for a body beyond the limits,
// otherwise 400.
[[nodiscard]] int wire_status(const Error& error);

// {"error": {message, type, param, code}}, as OpenAI writes it. One of not_found names the model.
[[nodiscard]] WireAnswer openai_error(const Error& error);
// With a status of the server's own: who asks is not known, or asks what is not there.
[[nodiscard]] WireAnswer openai_error(const Error& error, int status);

// {"type": "error", "error": {type, message}, "request_id"}, as Anthropic writes it.
[[nodiscard]] WireAnswer anthropic_error(const Error& error, int status,
                                         std::string_view request_id);

// "data: VALUE" and, with a type, "event: TYPE" before it.
[[nodiscard]] std::string stream_event(const OrderedJson& value, std::string_view type = {});

// The text in the pieces in which it is streamed: a word each.
[[nodiscard]] std::vector<std::string> stream_pieces(std::string_view text);

// prefix + sixteen hexadecimal digits that depend on the request and the place of what it names.
[[nodiscard]] std::string wire_id(std::string_view prefix, std::uint64_t request_hash,
                                  std::size_t place = 0);

}  // namespace causal_gym
