// A page of the list of runs; part of the store over SQL. Each call is to be made within one
// transaction, so that it sees one state of the database.
//
// Cost: a page of a listing by any one filter, in any order, is read off an index. With several,
// the walk goes along a short list if there is one, and looks each run up in the others; where all
// are long, the first runs of one usually are enough, and when they are not, when next to nothing
// is in all of the lists, the others are read whole.
#pragma once

#include "gym/experiment/run_store.h"
#include "platform/store/database.h"

namespace causal_gym {

// As RunReader::find_runs.
[[nodiscard]] Result<RunListing> read_listing(Database& database, const RunQuery& query);

}  // namespace causal_gym
