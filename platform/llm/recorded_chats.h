// Chats as they are on record of an earlier run, read anew by today's readers: nothing is sent.
//
// A call is found by its key, the last one where it was made again; it must ask just what was asked
// then. Cost: one encoding and one reading a call; the record in memory.
#pragma once

#include <map>
#include <tuple>
#include <vector>

#include "platform/llm/chat_carrier.h"

namespace causal_gym {

// A ChatCarrier by its `submit`.
class RecordedChats {
 public:
  // Exchanges of one run, the earlier ones of a call first.
  explicit RecordedChats(std::vector<StoredExchange> exchanges);

  // `done` is called before this returns; its result is not recorded, with the reason, when the
  // call is not on record or asks something else than it did. Errors: invalid_argument (no
  // provider).
  Result<std::uint64_t> submit(ChatCall call, ChatDone done);

 private:
  using Place = std::tuple<std::int64_t, std::int64_t, std::int64_t>;  // episode, sequence, trial
  std::map<Place, StoredExchange> exchanges_;
  std::uint64_t last_id_ = 0;
};

}  // namespace causal_gym
