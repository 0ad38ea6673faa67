// The page of one's account: who one is, one's password and one's sessions. Pure.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "apps/server/html.h"
#include "apps/server/notice.h"
#include "platform/auth/second_factors.h"

namespace causal_gym {

struct FactorView {
  bool may_be_added = false;
  std::optional<SecondFactor> kept = {};
  FactorState state = FactorState::none;         // of that
  std::optional<Enrolment> enrolment = {};       // just begun
  std::vector<std::string> recovery_codes = {};  // just made
};

struct AccountView {
  Caller caller;
  Visitor visitor;
  Notice said;                    // what came of the last form
  std::vector<Session> sessions;  // of the caller
  FactorView factor;
};

// While something is due, only that.
[[nodiscard]] std::string account_page(const AccountView& view);

}  // namespace causal_gym
