// The one timer of an event loop: whose time is over, and who holds too much.
#include <algorithm>
#include <boost/asio/redirect_error.hpp>
#include <vector>

#include "platform/http/io_loop.h"
#include "platform/http/send_queue.h"
#include "platform/http/server_answers.h"

namespace causal_gym {
namespace {

constexpr std::chrono::milliseconds longest_sweep{250};
constexpr std::chrono::milliseconds shortest_sweep{5};

std::chrono::milliseconds sweep_period(const HttpTimeouts& timeouts) {
  auto shortest =
      std::min({timeouts.idle, timeouts.read, timeouts.write, timeouts.heartbeat, timeouts.stream});
  if (timeouts.handle.count() > 0) shortest = std::min(shortest, timeouts.handle);
  return std::clamp(shortest / 4, shortest_sweep, longest_sweep);
}

}  // namespace

Task<void> IoThread::Loop::sweep_connections() {
  const auto period = sweep_period(core.options.timeouts);
  while (!draining || !connections.empty()) {
    sweep_timer.expires_after(period);
    ErrorValue ignored;
    co_await sweep_timer.async_wait(asio::redirect_error(use_task, ignored));
    const auto now = SteadyClock::now();
    for (Connection* connection : connections) sweep(*connection, now);
    if (core.unsent_bytes > core.options.limits.unsent_bytes) cut_off_slowest_readers();
  }
}

void IoThread::Loop::sweep(Connection& connection, SteadyClock::time_point now) {
  if (connection.phase == Phase::handling) {
    if (now >= connection.deadline || peer_has_gone(connection.socket))
      connection.cancellation.cancel();
    return;
  }
  if (now >= connection.to_be_read_by) {
    connection.to_be_read_by = SteadyClock::time_point::max();
    if (unread_bytes(connection.socket.native_handle()) > 0) return cut_off(connection);
  }
  if (now < connection.deadline) return;
  connection.deadline = SteadyClock::time_point::max();
  if (connection.phase == Phase::streaming) {
    connection.heartbeat_due = true;
    wake(connection);
  } else if (connection.phase == Phase::reading) {
    connection.timed_out = true;  // the coroutine answers 408
    ErrorValue ignored;
    connection.socket.cancel(ignored);
  } else if (connection.phase == Phase::writing) {
    cut_off(connection);
  } else if (connection.to_be_read_by != SteadyClock::time_point::max() &&
             unread_bytes(connection.socket.native_handle()) > 0) {
    connection.deadline = now;  // looked at again in the next sweep
  } else {
    close(connection);
  }
}

void IoThread::Loop::cut_off_slowest_readers() {
  std::size_t left = core.unsent_bytes;
  std::vector<Connection*> readers;
  for (Connection* connection : connections) {
    if (connection->phase != Phase::writing) continue;
    if (connection->socket.is_open())
      readers.push_back(connection);
    else
      left -= std::min(left, connection->unsent_bytes);
  }
  std::sort(readers.begin(), readers.end(),
            [](const auto* a, const auto* b) { return a->deadline < b->deadline; });
  for (Connection* connection : readers) {
    // One answer alone may be larger.
    if (left <= core.options.limits.unsent_bytes || connection == readers.back()) return;
    left -= std::min(left, connection->unsent_bytes);
    cut_off(*connection);
  }
}

void IoThread::Loop::close(Connection& connection) {
  connection.cancellation.cancel();
  ErrorValue ignored;
  connection.socket.close(ignored);
  wake(connection);
}

void IoThread::Loop::cut_off(Connection& connection) {
  drop_unread_at_close(connection.socket.native_handle());
  close(connection);
}

}  // namespace causal_gym
