#include "platform/llm/recorded_chats.h"

#include <utility>

#include "platform/llm/transfer_outcome.h"

namespace causal_gym {

namespace {

std::tuple<std::int64_t, std::int64_t, std::int64_t> place_of(const CallKey& key) {
  return {key.episode, key.sequence, key.trial};
}

// Does the call ask what was asked then, of the same provider?
bool asks_the_same(const ChatCall& call, const StoredExchange& stored) {
  if (call.provider->name != stored.provider || call.request.stream != stored.stream) return false;
  auto endpoint = call.endpoint;
  endpoint.base_url = stored.base_url;
  const auto wire = call.provider->encode(call.request, endpoint, call.provider->capabilities);
  return stored.cache_key ==
         exchange_cache_key(stored.provider, stored.base_url, wire.body, call.key.trial);
}

ChatOutcome outcome_of(const Provider& provider, const StoredExchange& stored) {
  if (!stored.failure) return read_response(provider, stored.stream, stored.response);
  ChatFailure failure;
  failure.kind = *stored.failure;
  failure.status = stored.response.status;
  failure.message = stored.failure_message;
  return failure;
}

}  // namespace

RecordedChats::RecordedChats(std::vector<StoredExchange> exchanges) {
  for (auto& exchange : exchanges) {
    const auto place = place_of(exchange.key);
    exchanges_.insert_or_assign(place, std::move(exchange));
  }
}

Result<std::uint64_t> RecordedChats::submit(ChatCall call, ChatDone done) {
  if (call.provider == nullptr)
    return fail(ErrorCode::invalid_argument, "the call names no provider");
  const auto not_there = [&](const std::string& why) {
    done({ChatFailure(), {}, fail(ErrorCode::conflict, "call " + call_key_text(call.key) + why)});
  };
  const auto found = exchanges_.find(place_of(call.key));
  if (found == exchanges_.end()) {
    not_there(" is not on record");
  } else if (const auto& stored = found->second; !asks_the_same(call, stored)) {
    not_there(" asks something else than what is on record: the prompts or options are others now");
  } else if (stored.response_cut) {
    not_there(" is on record without the end of its reply, which was too long");
  } else {
    done({outcome_of(*call.provider, stored), {}, {}});
  }
  return ++last_id_;
}

}  // namespace causal_gym
