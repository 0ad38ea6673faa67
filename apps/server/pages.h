// The pages: plain HTML from the server, readable without script; of a run, one moves its progress.
//
// Each page function is pure: values in, a document out.
#pragma once

#include <string>

#include "apps/server/html.h"
#include "gym/environment/environment.h"
#include "platform/store/job_store.h"

namespace causal_gym {

// The environments, and the newest runs.
[[nodiscard]] std::string home_page(std::span<const Environment> environments,
                                    const RunListing& runs, const JobPlaces& places,
                                    const Visitor& visitor);

// Story, graph before and after the intervention, and what seeing and doing say of every other
// variable. `intervention` is regime text; empty: the environment's first one. Errors: those of
// parse_regime and ask.
[[nodiscard]] Result<std::string> environment_page(const Environment& environment,
                                                   const std::string& intervention,
                                                   const Visitor& visitor);

// The form to sign in with. `next` is where one goes then; `fault`, if any, is why the last try
// failed.
[[nodiscard]] std::string sign_in_page(const std::string& next, const std::string& token,
                                       const std::string& name, const std::string& fault);

// The form for the code of a second factor, after the password.
[[nodiscard]] std::string code_page(const std::string& next, const std::string& token,
                                    const std::string& challenge, const std::string& fault);

// What is shown in place of a page that cannot be.
[[nodiscard]] std::string error_page(int status, const Error& error);

}  // namespace causal_gym
