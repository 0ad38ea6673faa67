#include "platform/cache/redis_connection.h"

#include <hiredis/hiredis.h>

#include <algorithm>

namespace causal_gym {

namespace {

timeval timeval_of(std::chrono::milliseconds duration) {
  return {duration.count() / 1'000, (duration.count() % 1'000) * 1'000};
}

struct FreeReply {
  void operator()(redisReply* reply) const { freeReplyObject(reply); }
};
using ReplyPointer = std::unique_ptr<redisReply, FreeReply>;

ReplyPointer ask(redisContext& context, Redis::Words words) {
  std::vector<const char*> texts;
  std::vector<std::size_t> sizes;
  texts.reserve(words.size());
  sizes.reserve(words.size());
  for (const auto word : words) {
    texts.push_back(word.data());
    sizes.push_back(word.size());
  }
  return ReplyPointer(static_cast<redisReply*>(
      redisCommandArgv(&context, static_cast<int>(words.size()), texts.data(), sizes.data())));
}

bool accepted(redisContext& context, Redis::Words words) {
  const auto reply = ask(context, words);
  return reply && reply->type != REDIS_REPLY_ERROR;
}

std::optional<RedisReply> read_reply(const redisReply& reply) {
  const auto text = [&] { return std::string(reply.str, reply.len); };
  switch (reply.type) {
    case REDIS_REPLY_NIL: return RedisReply();
    case REDIS_REPLY_INTEGER: return RedisReply(std::int64_t{reply.integer});
    case REDIS_REPLY_STATUS:
    case REDIS_REPLY_STRING: return RedisReply(text());
    case REDIS_REPLY_ERROR: return RedisReply(RedisRefusal{text()});
    default: return std::nullopt;  // a list: no command here asks for one
  }
}

}  // namespace

void Redis::Close::operator()(redisContext* context) const { redisFree(context); }

Redis::Redis(RedisAddress address, const Clock& clock, const RedisLimits& limits)
    : address_(std::move(address)), clock_(clock), limits_(limits) {}

Redis::~Redis() = default;

std::optional<RedisReply> Redis::command(Words words) {
  if (!may_try()) return std::nullopt;
  auto connection = take();
  const bool kept = connection != nullptr;
  if (!connection) connection = connect();
  if (connection) {
    auto reply = ask(*connection, words);
    // A connection that was kept may have been closed by the server since: that is no failure.
    if (!reply && kept && connection->err == REDIS_ERR_EOF) {
      connection = connect();
      if (connection) reply = ask(*connection, words);
    }
    if (reply) {
      auto result = read_reply(*reply);
      if (result) {
        give_back(std::move(connection));
        return result;
      }
    }
  }
  failed();
  return std::nullopt;
}

Redis::Connection Redis::connect() const {
  Connection connection(
      redisConnectWithTimeout(address_.host.c_str(), address_.port, timeval_of(limits_.connect)));
  if (!connection || connection->err != 0) return nullptr;
  if (redisSetTimeout(connection.get(), timeval_of(limits_.command)) != REDIS_OK) return nullptr;
  if (!address_.password.empty()) {
    const bool known = address_.user.empty()
                           ? accepted(*connection, {"AUTH", address_.password})
                           : accepted(*connection, {"AUTH", address_.user, address_.password});
    if (!known) return nullptr;
  }
  if (address_.database != 0 &&
      !accepted(*connection, {"SELECT", std::to_string(address_.database)}))
    return nullptr;
  return connection;
}

Redis::Connection Redis::take() {
  const std::lock_guard lock(mutex_);
  if (idle_.empty()) return nullptr;
  auto connection = std::move(idle_.back());
  idle_.pop_back();
  return connection;
}

void Redis::give_back(Connection connection) {
  const std::lock_guard lock(mutex_);
  pause_ = std::chrono::nanoseconds(0);
  if (idle_.size() < limits_.connections) idle_.push_back(std::move(connection));
}

// After a pause one thread tries; the others go on as if it were away until that one is back.
bool Redis::may_try() {
  const std::lock_guard lock(mutex_);
  if (pause_.count() == 0) return true;
  const auto now = clock_.steady();
  if (now < away_until_) return false;
  away_until_ = now + limits_.connect + limits_.command;
  return true;
}

void Redis::failed() {
  const std::lock_guard lock(mutex_);
  idle_.clear();
  pause_ = std::clamp<std::chrono::nanoseconds>(pause_ * 2, limits_.shortest_pause,
                                                limits_.longest_pause);
  away_until_ = clock_.steady() + pause_;
}

}  // namespace causal_gym
