// Replies of language models in a cache that processes share, so that a request that another run
// sent need not be sent again. Never truth: what it loses is looked up in the database, or asked.
//
// Keys are those of the exchanges: SHA-256 of provider, address, request and trial. Cost: as of the
// cache.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "platform/cache/cache.h"
#include "platform/llm/exchange.h"

namespace causal_gym {

// The form of what is kept, which builds of a rolling upgrade share.
inline constexpr const char* kept_replies_prefix = "causal-gym:reply:1:";

// A reply and when it was recorded, in seconds since 1970, as the text that is kept; and back:
// nothing when it is no such text.
struct KeptReply {
  std::int64_t recorded_at = 0;
  WireResponse response;
};
[[nodiscard]] std::string kept_reply_text(const KeptReply& reply);
[[nodiscard]] std::optional<KeptReply> read_kept_reply(std::string_view text);

// The reply under an exchange's key, recorded then or later.
[[nodiscard]] std::optional<WireResponse> find_reply(Cache& cache, const std::string& cache_key,
                                                     std::int64_t since);
// Keeps what came of it, when that is a whole reply of the provider.
void keep_reply(Cache& cache, const Exchange& exchange, std::int64_t recorded_at);

}  // namespace causal_gym
