// The coroutines that send streams.
#include <atomic>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <memory>
#include <utility>

#include "platform/http/io_loop.h"
#include "platform/http/response_text.h"
#include "platform/http/server_answers.h"

namespace causal_gym {

namespace {

// One of the streams that may be open at once.
class StreamPlace {
 public:
  explicit StreamPlace(ServerCore& core)
      : streams_(core.streams), taken_(streams_.fetch_add(1) < core.options.limits.streams) {
    if (!taken_) streams_.fetch_sub(1);
  }
  ~StreamPlace() { give_back(); }
  StreamPlace(const StreamPlace&) = delete;
  StreamPlace& operator=(const StreamPlace&) = delete;
  [[nodiscard]] bool taken() const { return taken_; }
  void give_back() {
    if (std::exchange(taken_, false)) streams_.fetch_sub(1);
  }

 private:
  std::atomic<std::size_t>& streams_;
  bool taken_;
};

}  // namespace

void IoThread::Loop::begin_stream(const ConnectionPtr& connection, BodyStream& stream) {
  connection->input = std::string();  // nothing more is read, so that it need not be held
  // A stream ends its connection, so that this one watch lasts.
  connection->socket.async_wait(tcp::socket::wait_read, [connection](ErrorValue error) {
    if (error || !peer_has_gone(connection->socket)) return;
    connection->cancellation.cancel();
    connection->socket.close(error);
    wake(*connection);
  });
  stream.start([this, weak = std::weak_ptr(connection)] {
    asio::post(context, [weak] {
      if (const auto woken = weak.lock()) wake(*woken);
    });
  });
}

void IoThread::Loop::wake(Connection& connection) {
  connection.woken = true;
  if (connection.phase == Phase::streaming) connection.finished.cancel();
}

BodyPiece IoThread::Loop::next_piece(Connection& connection, BodyStream& stream,
                                     SteadyClock::time_point last_moment) const {
  const bool is_heartbeat_due = std::exchange(connection.heartbeat_due, false);
  if (draining || SteadyClock::now() >= last_moment) return {stream.farewell(), true};
  auto piece = stream.next();
  if (piece.text.empty() && is_heartbeat_due) piece.text = stream.heartbeat();
  return piece;
}

Task<bool> IoThread::Loop::write_piece(ConnectionPtr connection, std::string text, bool in_chunks) {
  if (in_chunks) text = chunk_text(text);
  const bool is_written = co_await write_text(connection, std::move(text));
  co_return is_written;
}

Task<void> IoThread::Loop::wait_for_more(ConnectionPtr connection) {
  Connection& own = *connection;
  own.phase = Phase::streaming;
  own.deadline = SteadyClock::now() + core.options.timeouts.heartbeat;
  while (!own.woken && !draining && own.socket.is_open()) {
    ErrorValue ignored;
    co_await own.finished.async_wait(asio::redirect_error(use_task, ignored));
  }
}

Task<std::size_t> IoThread::Loop::write_stream(ConnectionPtr connection,
                                               std::shared_ptr<BodyStream> stream, bool in_chunks) {
  Connection& own = *connection;
  const auto last_moment = SteadyClock::now() + core.options.timeouts.stream;
  std::size_t bytes = 0;
  begin_stream(connection, *stream);
  for (bool is_last = false; !is_last && own.socket.is_open();) {
    own.woken = false;
    BodyPiece piece = next_piece(own, *stream, last_moment);
    is_last = piece.ended;
    bytes += piece.text.size();
    if (!piece.text.empty()) {
      const bool is_written = co_await write_piece(connection, std::move(piece.text), in_chunks);
      if (!is_written) co_return bytes;
    } else if (!is_last) {
      co_await wait_for_more(connection);
    }
  }
  if (in_chunks && own.socket.is_open()) {
    std::string end;
    co_await write_piece(connection, std::move(end), true);
  }
  co_return bytes;
}

// As serve_request, of a response that is a stream.
Task<bool> IoThread::Loop::serve_stream(ConnectionPtr connection,
                                        std::shared_ptr<const HttpRequest> request,
                                        SteadyClock::duration duration) {
  HttpResponse response = *std::exchange(connection->answer, std::nullopt);
  const bool http_1_0 = connection->parser.http_1_0();
  StreamPlace place(core);
  if (!place.taken()) response = busy_response("too many streams are open", "limits.event_streams");
  std::size_t bytes = 0;
  std::string head = render(response, *request, true, http_1_0);
  const bool written = co_await write_text(connection, std::move(head));
  if (written && response.stream && request->method != "HEAD" && is_sendable(response))
    bytes = co_await write_stream(connection, response.stream, !http_1_0);
  place.give_back();
  response.stream.reset();  // which may be a place of its own
  observe(*request,
          {sent_status(response), response.body.size() + bytes, response.caller, response.route},
          duration);
  if (written && connection->socket.is_open()) co_await linger(connection);
  co_return false;
}

}  // namespace causal_gym
