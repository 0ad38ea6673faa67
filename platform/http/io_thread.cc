#include "platform/http/io_thread.h"

#include <poll.h>

#include <algorithm>
#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/basic_stream_socket.hpp>
#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <condition_variable>
#include <mutex>
#include <thread>
#include <unordered_set>
#include <vector>

#include "platform/http/error_response.h"
#include "platform/http/io_loop.h"
#include "platform/http/response_text.h"
#include "platform/http/send_queue.h"
#include "platform/http/server_answers.h"

namespace causal_gym {
namespace {

constexpr std::size_t request_id_digits = 16;
constexpr std::chrono::milliseconds accept_retry{100};
constexpr std::chrono::milliseconds linger_time{1'000};
constexpr std::size_t linger_bytes = 16 << 20;
constexpr std::chrono::milliseconds unread_poll{50};
constexpr int accepted_at_once = 64;
constexpr std::size_t small_request_bytes = 64 << 10;  // read also when there is too much in all

std::string remote_text(const Socket& socket) {
  ErrorValue error;
  const tcp::endpoint endpoint = socket.remote_endpoint(error);
  return error ? "" : endpoint_text(endpoint.address().to_string(), endpoint.port());
}

// Of one traceparent; two of them are none. Several tracestates are one list (RFC 9110, 5.3).
TraceContext trace_of(const HttpRequest& request, ServerCore& core) {
  std::optional<std::string_view> parent;
  std::string state;
  int parents = 0;
  for (const auto& [name, value] : request.headers) {
    if (same_header_name(name, "traceparent")) {
      parent = value;
      ++parents;
    } else if (same_header_name(name, "tracestate")) {
      state.append(state.empty() ? "" : ",").append(value);
    }
  }
  if (parents > 1) parent.reset();
  return enter_trace(parent, state, [&core](std::size_t digits) { return core.make_id(digits); });
}

// Counts an answer while it is being written.
class UnsentBytes {
 public:
  UnsentBytes(std::atomic<std::size_t>& all, std::size_t& own, std::size_t bytes)
      : all_(all), own_(own) {
    all_ += own_ = bytes;
  }
  ~UnsentBytes() { all_ -= std::exchange(own_, 0); }
  UnsentBytes(const UnsentBytes&) = delete;
  UnsentBytes& operator=(const UnsentBytes&) = delete;

 private:
  std::atomic<std::size_t>& all_;
  std::size_t& own_;
};

}  // namespace

int sent_status(const HttpResponse& response) {
  return is_sendable(response) ? response.status : 500;
}

bool peer_has_gone(Socket& socket) {
  pollfd state{.fd = socket.native_handle(), .events = POLLRDHUP, .revents = 0};
  return poll(&state, 1, 0) == 1 && state.revents != 0;
}

void IoThread::Loop::run() {
  set_server_thread(ServerThread::reading);
  asio::co_spawn(context, accept_connections(), asio::detached);
  asio::co_spawn(context, sweep_connections(), asio::detached);
  context.run();
  const std::lock_guard lock(mutex);
  ended = true;
  changed.notify_all();
}

Task<void> IoThread::Loop::accept_connections() {
  Timer pause(context);
  ErrorValue error;
  acceptor.non_blocking(true, error);
  while (!draining) {
    co_await acceptor.async_wait(Acceptor::wait_read, asio::redirect_error(use_task, error));
    if (draining || error == asio::error::operation_aborted) break;
    if (!error) error = accept_waiting();
    if (!error) continue;
    // Out of file descriptors or memory: trying again at once would only burn the processor.
    pause.expires_after(accept_retry);
    co_await pause.async_wait(asio::redirect_error(use_task, error));
  }
}

// A turn of the loop serves every connection that is ready. Were only one accepted in each, a
// crowd of busy connections would keep newcomers out until the kernel's queue is full.
ErrorValue IoThread::Loop::accept_waiting() {
  ErrorValue error;
  for (int taken = 0; taken < accepted_at_once && !error; ++taken) {
    Socket socket = acceptor.accept(error);
    if (error == asio::error::connection_aborted) {
      error.clear();
    } else if (!error && core.connections.fetch_add(1) >= core.options.limits.connections) {
      core.connections.fetch_sub(1);
      refuse_connection(std::move(socket));
    } else if (!error) {
      auto connection = std::make_shared<Connection>(std::move(socket), core.options.limits);
      asio::co_spawn(context, serve(std::move(connection)), asio::detached);
    }
  }
  return error == asio::error::would_block ? ErrorValue() : error;
}

void IoThread::Loop::refuse_connection(Socket socket) {
  const std::string text = render(busy_response("too many connections", "limits.connections"),
                                  HttpRequest{}, true, false);
  ErrorValue ignored;
  socket.non_blocking(true, ignored);
  socket.write_some(asio::buffer(text), ignored);
  socket.shutdown(tcp::socket::shutdown_send, ignored);
}

Task<void> IoThread::Loop::serve(ConnectionPtr connection) {
  connections.insert(connection.get());
  ErrorValue ignored;
  connection->socket.set_option(tcp::no_delay(true), ignored);
  connection->socket.non_blocking(true, ignored);
  connection->remote = remote_text(connection->socket);
  bool keep = !closing;
  try {
    while (keep) {
      keep = co_await read_request(connection);
      if (keep) keep = co_await serve_request(connection);
    }
    co_await wait_until_read(connection);
  } catch (...) {
    // Out of memory: this connection ends, the others go on.
  }
  hold(*connection, 0);
  connections.erase(connection.get());
  core.connections.fetch_sub(1);
  if (draining && connections.empty()) sweep_timer.cancel();
}

void IoThread::Loop::hold(Connection& connection, std::size_t bytes) {
  if (bytes == connection.received_bytes) return;
  core.received_bytes += bytes - connection.received_bytes;  // modulo 2^64, as it should be
  connection.received_bytes = bytes;
}

void IoThread::Loop::begin_request(Connection& connection) const {
  connection.parser.begin();
  connection.timed_out = false;
  connection.phase = Phase::idle;
  connection.deadline = SteadyClock::now() + core.options.timeouts.idle;
}

// True when there is a request to serve or a refusal, or the time is up; false when the connection
// is to be closed without a word.
Task<bool> IoThread::Loop::read_request(ConnectionPtr connection) {
  Connection& own = *connection;
  begin_request(own);
  for (;;) {
    const ParserState state = own.parser.feed(own.input);
    hold(own, own.input.size() + own.parser.body_size());
    own.crowded_out = own.received_bytes > small_request_bytes &&
                      core.received_bytes > core.options.limits.received_bytes;
    if (own.crowded_out || state == ParserState::refused) co_return true;
    if (state == ParserState::complete) {
      if (!answer_at_once(own)) co_return true;
      begin_request(own);
      continue;
    }
    if (state == ParserState::partial && own.phase == Phase::idle) {
      own.phase = Phase::reading;
      own.deadline = SteadyClock::now() + core.options.timeouts.read;
    }
    if (own.parser.take_continue()) {
      std::string text = "HTTP/1.1 100 Continue\r\n\r\n";
      ErrorValue failed;
      co_await asio::async_write(own.socket, asio::buffer(text),
                                 asio::redirect_error(use_task, failed));
    }
    if (closing || (draining && own.phase == Phase::idle)) co_return false;
    // A few bytes are waited for, which is no more than a connection that waits may hold; the rest
    // comes through the buffer of the thread.
    const auto before = own.input.size();
    own.input.resize(before + first_read_bytes);
    ErrorValue error;
    const std::size_t size = co_await own.socket.async_read_some(
        asio::buffer(own.input.data() + before, first_read_bytes),
        asio::redirect_error(use_task, error));
    own.input.resize(before + size);
    if (own.timed_out) co_return true;
    if (error) co_return false;
    if (size < first_read_bytes) continue;
    const std::size_t more = own.socket.read_some(asio::buffer(buffer), error);
    own.input.append(buffer.data(), more);
  }
}

// Leaves the request in the connection. True when it was answered, all of which the system took,
// and the connection goes on.
bool IoThread::Loop::answer_at_once(Connection& own) {
  own.request = std::make_shared<HttpRequest>(own.parser.take_request());
  auto& request = *own.request;
  const auto given = request.header("X-Request-Id");
  request.request_id =
      given && is_request_id(*given) ? std::string(*given) : core.make_id(request_id_digits);
  request.remote = own.remote;
  request.trace = trace_of(request, core);
  const auto begin = SteadyClock::now();
  const auto quick = quick_answer(core.options.quick_handler, request);
  if (!quick) return false;
  const auto duration = SteadyClock::now() - begin;
  const bool keep = keeps(own);
  output.clear();
  add_response_text(output, *quick, frame_of(request, !keep, own.parser.http_1_0()));
  observe(request, {quick->status, quick->body.size(), quick->caller, quick->route}, duration);
  own.to_be_read_by = begin + core.options.timeouts.write;
  if (keep && write_at_once(own, output)) return true;
  own.unsent = output;
  return false;
}

bool IoThread::Loop::keeps(const Connection& connection) const {
  return connection.parser.keep_alive() && !draining;
}

// True when the connection stays open for another request.
Task<bool> IoThread::Loop::serve_request(ConnectionPtr connection) {
  Connection& own = *connection;
  if (own.timed_out || own.crowded_out || own.parser.state() == ParserState::refused)
    co_return co_await refuse_request(connection);
  const auto request = std::move(own.request);
  if (!own.unsent.empty()) {
    std::string rest = std::exchange(own.unsent, {});
    co_return co_await send(connection, std::move(rest), keeps(own));
  }
  const bool http_1_0 = own.parser.http_1_0();
  const auto begin = SteadyClock::now();
  if (const auto longest = core.options.timeouts.handle; longest.count() > 0)
    request->deadline = begin + longest;
  co_await run_on_worker(connection, request);
  if (closing) co_return false;
  const auto duration = SteadyClock::now() - begin;
  if (own.answer->stream) co_return co_await serve_stream(connection, request, duration);
  const bool keep = keeps(own);
  std::string text = render(*own.answer, *request, !keep, http_1_0);
  observe(
      *request,
      {sent_status(*own.answer), own.answer->body.size(), own.answer->caller, own.answer->route},
      duration);
  own.answer.reset();  // a slow reader is not to hold it twice
  co_return co_await send(connection, std::move(text), keep);
}

// As serve_request.
Task<bool> IoThread::Loop::send(ConnectionPtr connection, std::string text, bool keep) {
  const bool written = co_await write_text(connection, std::move(text));
  if (written && !keep) co_await linger(connection);
  co_return written&& keep;
}

Task<bool> IoThread::Loop::refuse_request(ConnectionPtr connection) {
  Connection& own = *connection;
  const HttpResponse response =
      own.timed_out     ? timeout_response()
      : own.crowded_out ? busy_response("too much is being received from all", "body")
                        : error_response(own.parser.refusal().status, own.parser.refusal().error);
  HttpRequest request = own.parser.take_request();
  request.request_id = core.make_id(request_id_digits);
  request.remote = own.remote;
  request.trace = trace_of(request, core);
  std::string text = render(response, request, true, false);
  observe(request, {response.status, response.body.size()}, SteadyClock::duration::zero());
  request = {};
  hold(own, 0);
  if (co_await write_text(connection, std::move(text))) co_await linger(connection);
  co_return false;
}

// Leaves the response in connection->answer.
Task<void> IoThread::Loop::run_on_worker(ConnectionPtr connection,
                                         std::shared_ptr<const HttpRequest> request) {
  Connection& own = *connection;
  own.phase = Phase::handling;
  own.deadline = request->deadline;
  own.cancellation = CancellationSource();
  auto& pool = core.pool_for(*request);
  const bool taken =
      pool.try_submit([this, connection, request, token = own.cancellation.token()]() mutable {
        auto response = std::make_shared<HttpResponse>(run_handler(core.handler, *request, token));
        asio::post(context, [connection = std::move(connection), response] {
          connection->answer = std::move(*response);
          connection->finished.cancel();
        });
      });
  if (!taken)
    own.answer = busy_response(&pool == &core.workers ? "too many requests are waiting"
                                                      : "too many requests of this kind wait");
  while (!own.answer) {
    ErrorValue ignored;
    co_await own.finished.async_wait(asio::redirect_error(use_task, ignored));
  }
}

// Most texts fit into what the system buffers, and nothing has to be waited for. True when all was
// written; else what is left remains.
bool IoThread::Loop::write_at_once(Connection& connection, std::string& text) {
  ErrorValue ignored;
  const std::size_t size = connection.socket.write_some(asio::buffer(text), ignored);
  if (size == text.size()) return true;
  text.erase(0, size);
  return false;
}

Task<bool> IoThread::Loop::write_text(ConnectionPtr connection, std::string text) {
  Connection& own = *connection;
  const auto end = SteadyClock::now() + core.options.timeouts.write;
  own.to_be_read_by = end;
  if (write_at_once(own, text)) co_return true;
  own.phase = Phase::writing;
  own.deadline = end;
  own.to_be_read_by = SteadyClock::time_point::max();
  const UnsentBytes unsent(core.unsent_bytes, own.unsent_bytes, text.size());
  ErrorValue error;
  co_await asio::async_write(own.socket, asio::buffer(text), asio::redirect_error(use_task, error));
  own.to_be_read_by = own.deadline;
  co_return !error;
}

// A connection counts as long as the kernel still sends for it.
Task<void> IoThread::Loop::wait_until_read(ConnectionPtr connection) {
  Connection& own = *connection;
  own.phase = Phase::lingering;
  own.deadline = SteadyClock::time_point::max();
  own.to_be_read_by = std::min(own.to_be_read_by, SteadyClock::now() + core.options.timeouts.write);
  Timer pause(context);
  while (!closing && own.socket.is_open() && unread_bytes(own.socket.native_handle()) > 0) {
    ErrorValue ignored;
    pause.expires_after(unread_poll);
    co_await pause.async_wait(asio::redirect_error(use_task, ignored));
  }
}

// Closing with unread input would reset the connection and could take the response with it, so
// what the peer still sends is read and dropped for a moment (RFC 9112 section 9.6).
Task<void> IoThread::Loop::linger(ConnectionPtr connection) {
  Connection& own = *connection;
  own.phase = Phase::lingering;
  own.deadline = SteadyClock::now() + linger_time;
  ErrorValue error;
  own.socket.shutdown(tcp::socket::shutdown_send, error);
  std::size_t dropped = 0;
  while (!error && !closing && dropped < linger_bytes) {
    co_await own.socket.async_wait(tcp::socket::wait_read, asio::redirect_error(use_task, error));
    if (!error) dropped += own.socket.read_some(asio::buffer(buffer), error);
    if (error == asio::error::would_block) error.clear();
  }
}

ResponseFrame IoThread::Loop::frame_of(const HttpRequest& request, bool close, bool http_1_0) {
  const std::time_t now = std::time(nullptr);
  if (now != date_second || date.empty()) {
    date_second = now;
    date = http_date(now);
  }
  trace = request.trace.trace_id.empty() ? std::string() : trace_parent_text(request.trace);
  return {.date = date,
          .request_id = request.request_id,
          .trace = trace,
          .head = request.method == "HEAD",
          .close = close,
          .http_1_0 = http_1_0};
}

std::string IoThread::Loop::render(const HttpResponse& response, const HttpRequest& request,
                                   bool close, bool http_1_0) {
  return response_text(response, frame_of(request, close, http_1_0));
}

void IoThread::Loop::observe(const HttpRequest& request, const Answered& answered,
                             SteadyClock::duration duration) {
  if (!core.options.observer) return;
  const bool will_be_written = !lines.empty();
  core.options.observer({.method = request.method,
                         .path = request.path,
                         .request_id = request.request_id,
                         .trace_id = request.trace.trace_id,
                         .remote = request.remote,
                         .caller = answered.caller,
                         .route = answered.route,
                         .status = answered.status,
                         .request_body_bytes = request.body.size(),
                         .response_body_bytes = answered.body_bytes,
                         .duration = duration},
                        lines);
  if (will_be_written || lines.empty()) return;
  // Behind what is at hand now, all of which adds its lines to the same write.
  asio::post(context, [this] {
    if (core.options.write_lines) core.options.write_lines(lines);
    lines.clear();
  });
}

IoThread::IoThread(FileDescriptor listener, bool is_ipv6, ServerCore& core)
    : loop_(std::make_unique<Loop>(std::move(listener), is_ipv6, core)) {
  loop_->thread = std::thread([loop = loop_.get()] { loop->run(); });
}

IoThread::~IoThread() {
  if (loop_->thread.joinable()) loop_->thread.join();
}

void IoThread::begin_drain() {
  asio::post(loop_->context, [loop = loop_.get()] {
    loop->draining = true;
    ErrorValue ignored;
    loop->acceptor.close(ignored);
    for (Connection* connection : loop->connections)
      if (connection->phase == Phase::idle)
        loop->close(*connection);
      else
        loop->wake(*connection);
    loop->sweep_timer.cancel();
  });
}

void IoThread::close_all() {
  asio::post(loop_->context, [loop = loop_.get()] {
    loop->closing = true;
    for (Connection* connection : loop->connections) loop->close(*connection);
  });
}

bool IoThread::wait_until(std::chrono::steady_clock::time_point deadline) {
  std::unique_lock lock(loop_->mutex);
  return loop_->changed.wait_until(lock, deadline, [this] { return loop_->ended; });
}

}  // namespace causal_gym
