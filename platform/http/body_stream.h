// A body that is made piece by piece while it is sent, such as a stream of
// events.
//
// A handler gives one in HttpResponse::stream. The server asks for the next
// piece when the one before has been taken by the peer, so that a slow reader
// holds one piece and no more; while there is none, the stream costs its
// connection and no thread. A stream ends its connection.
#pragma once

#include <functional>
#include <string>

namespace causal_gym {

struct BodyPiece {
  std::string text;    // empty: nothing to say before the next wake
  bool ended = false;  // nothing comes after this piece
};

class BodyStream {
 public:
  // No call of `wake` begins after the destructor has returned.
  virtual ~BodyStream() = default;
  // Called once, before next(): `wake`, from any thread and as often as one
  // likes, says that next() may have something to say.
  virtual void start(std::function<void()> wake) = 0;
  // On a thread that serves many connections: must be quick, and never wait.
  [[nodiscard]] virtual BodyPiece next() = 0;
  // What is sent when nothing else was for a while, so that nobody on the way
  // gives up.
  [[nodiscard]] virtual std::string heartbeat() const = 0;
  // The last words, when the server ends the stream before the stream has
  // ended.
  [[nodiscard]] virtual std::string farewell() const = 0;
};

}  // namespace causal_gym
