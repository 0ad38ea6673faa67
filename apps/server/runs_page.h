// The page of all runs: a form of filters and orders, the runs of one page of the listing, and the
// way to the next. Pure.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "apps/server/html.h"
#include "apps/server/run_standing.h"
#include "platform/http/http_message.h"

namespace causal_gym {

// The query of a request in the fields of api/run_query_json.h. What is there without a value, as a
// form sends what was left empty, is as if it were not there.
[[nodiscard]] nlohmann::json run_query_of(const HttpRequest& request);

// A table of runs. `places`: those of find_places.
[[nodiscard]] std::string run_table(const RunListing& runs, const JobPlaces& places);

// `fields` are those that the listing was asked for with.
[[nodiscard]] std::string runs_page(const RunListing& runs, const JobPlaces& places,
                                    const nlohmann::json& fields, const Visitor& visitor);

}  // namespace causal_gym
