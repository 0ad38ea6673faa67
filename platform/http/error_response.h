// The one form of an error over HTTP: {"error":{"code","message","where","suggestion"}}.
// Cost: linear in the texts; bytes that are not UTF-8 are replaced.
#pragma once

#include "engine/base/result.h"
#include "platform/http/http_message.h"

namespace causal_gym {

// The body of an error answer, with the code's word of error_code_name().
[[nodiscard]] std::string error_body(const Error& error);

// A JSON answer with that status and body.
[[nodiscard]] HttpResponse error_response(int status, const Error& error);

// 500 for a defect of our own, in the same form, with the code "internal"; says nothing about it.
[[nodiscard]] HttpResponse internal_error_response();

}  // namespace causal_gym
