// What a page says first: that what was asked for is done, or why it is not.
//
// They look and are announced apart: a status and an alert. Cost: linear in the text.
#pragma once

#include <string>

#include "engine/base/result.h"

namespace causal_gym {

struct Notice {
  std::string text;  // empty: nothing is to be said
  bool is_fault = false;
};

// The error's message, and what to do about it.
[[nodiscard]] Notice fault_notice(const Error& error);

// As HTML; empty when nothing is to be said.
[[nodiscard]] std::string notice_html(const Notice& notice);

}  // namespace causal_gym
