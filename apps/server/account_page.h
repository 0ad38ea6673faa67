// The page of one's account: who one is, one's password and one's sessions. Pure.
#pragma once

#include <string>
#include <vector>

#include "apps/server/html.h"
#include "platform/auth/account_store.h"

namespace causal_gym {

struct AccountView {
  Caller caller;
  Visitor visitor;
  std::string said;               // what came of the last form
  std::vector<Session> sessions;  // of the caller
};

// While something is due, only that.
[[nodiscard]] std::string account_page(const AccountView& view);

}  // namespace causal_gym
