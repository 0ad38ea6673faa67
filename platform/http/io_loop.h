// The event loop of one IoThread and its connections: shared by the files that
// are its coroutines, io_thread.cc (requests), io_stream.cc (streams) and
// io_sweep.cc (deadlines), and by nothing else. Cost: about 2 KB for a connection that waits,
// beside what its request holds.
#pragma once

#include <array>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/basic_stream_socket.hpp>
#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <condition_variable>
#include <ctime>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <unordered_set>

#include "platform/http/io_thread.h"
#include "platform/http/request_parser.h"
#include "platform/http/response_text.h"

namespace causal_gym {

namespace asio = boost::asio;
using asio::ip::tcp;
using ErrorValue = boost::system::error_code;
using SteadyClock = std::chrono::steady_clock;

// The executor's type is known everywhere, so that no operation pays for type erasure.
using Executor = asio::io_context::executor_type;
using Socket = asio::basic_stream_socket<tcp, Executor>;
using Acceptor = asio::basic_socket_acceptor<tcp, Executor>;
using Timer = asio::basic_waitable_timer<SteadyClock, asio::wait_traits<SteadyClock>, Executor>;
template <class T>
using Task = asio::awaitable<T, Executor>;
constexpr asio::use_awaitable_t<Executor> use_task;

constexpr std::size_t read_bytes = 8 << 10;
constexpr std::size_t first_read_bytes = 1 << 10;  // the head of most requests

enum class Phase { idle, reading, handling, writing, streaming, lingering };

struct Connection {
  Connection(Socket open_socket, const HttpLimits& limits)
      : socket(std::move(open_socket)),
        finished(socket.get_executor(), SteadyClock::time_point::max()),
        parser(limits) {}

  Socket socket;
  // Never runs out; it is cancelled when the handler has answered, and when a
  // stream is to go on.
  Timer finished;
  RequestParser parser;
  std::string input;  // received, not yet parsed
  std::string remote;
  Phase phase = Phase::idle;
  SteadyClock::time_point deadline = SteadyClock::time_point::max();
  // The end of the last answer's time, while the kernel may still hold some of it.
  SteadyClock::time_point to_be_read_by = SteadyClock::time_point::max();
  std::size_t unsent_bytes = 0;    // of the answer that is being written
  std::size_t received_bytes = 0;  // of the request that is being read or answered
  bool crowded_out = false;        // of that there was too much in all
  bool timed_out = false;
  CancellationSource cancellation;
  std::shared_ptr<HttpRequest> request;  // that is answered next
  std::string unsent;                    // of its answer, when that was there at once
  std::optional<HttpResponse> answer;
  bool woken = false;          // a stream may have something to say
  bool heartbeat_due = false;  // and this, if nothing else
};

// What is told of an answer.
struct Answered {
  int status = 0;
  std::size_t body_bytes = 0;
  std::string_view caller = {};
  std::string_view route = {};
};

using ConnectionPtr = std::shared_ptr<Connection>;

// Of the response as it goes out: 500 when it cannot.
[[nodiscard]] int sent_status(const HttpResponse& response);

// The peer has closed its side, or the connection is broken.
[[nodiscard]] bool peer_has_gone(Socket& socket);

struct IoThread::Loop {
  Loop(FileDescriptor listener, bool is_ipv6, ServerCore& server)
      : core(server),
        acceptor(context, is_ipv6 ? tcp::v6() : tcp::v4(), listener.release()),
        sweep_timer(context) {}

  void run();
  Task<void> accept_connections();
  ErrorValue accept_waiting();
  Task<void> sweep_connections();
  void sweep(Connection& connection, SteadyClock::time_point now);
  void cut_off_slowest_readers();
  void refuse_connection(Socket socket);

  // The life of a connection: read a request, answer it, and so on. Coroutines take what they use
  // by value, since it must live as long as they do.
  Task<void> serve(ConnectionPtr connection);
  Task<bool> read_request(ConnectionPtr connection);
  void begin_request(Connection& connection) const;
  bool answer_at_once(Connection& connection);
  [[nodiscard]] bool keeps(const Connection& connection) const;
  Task<bool> serve_request(ConnectionPtr connection);
  Task<bool> serve_stream(ConnectionPtr connection, std::shared_ptr<const HttpRequest> request,
                          SteadyClock::duration duration);
  Task<bool> refuse_request(ConnectionPtr connection);
  Task<void> run_on_worker(ConnectionPtr connection, std::shared_ptr<const HttpRequest> request);
  Task<bool> write_text(ConnectionPtr connection, std::string text);
  static bool write_at_once(Connection& connection, std::string& text);
  Task<bool> send(ConnectionPtr connection, std::string text, bool keep);
  Task<void> linger(ConnectionPtr connection);
  Task<void> wait_until_read(ConnectionPtr connection);
  // All of a streamed response behind its head; how many bytes.
  Task<std::size_t> write_stream(ConnectionPtr connection, std::shared_ptr<BodyStream> stream,
                                 bool in_chunks);
  Task<bool> write_piece(ConnectionPtr connection, std::string text, bool in_chunks);
  Task<void> wait_for_more(ConnectionPtr connection);
  // Watches the peer, and lets the stream wake its connection.
  void begin_stream(const ConnectionPtr& connection, BodyStream& stream);
  BodyPiece next_piece(Connection& connection, BodyStream& stream,
                       SteadyClock::time_point last_moment) const;
  static void wake(Connection& connection);

  std::string render(const HttpResponse& response, const HttpRequest& request, bool close,
                     bool http_1_0);
  // Good until the next one is asked for, and as long as the request.
  ResponseFrame frame_of(const HttpRequest& request, bool close, bool http_1_0);
  void observe(const HttpRequest& request, const Answered& answered,
               SteadyClock::duration duration);
  // Counts what the connection holds of its request.
  void hold(Connection& connection, std::size_t bytes);
  void close(Connection& connection);
  void cut_off(Connection& connection);

  ServerCore& core;
  asio::io_context context{1};
  Acceptor acceptor;
  Timer sweep_timer;
  std::unordered_set<Connection*> connections;
  std::array<char, read_bytes> buffer;  // of the connection that reads now
  bool draining = false;
  bool closing = false;
  std::time_t date_second = 0;
  std::string date;
  std::string output;  // that is written at once
  std::string trace;   // of the response that is rendered now
  std::string lines;   // of the observer, not yet written

  std::mutex mutex;
  std::condition_variable changed;
  bool ended = false;  // under the mutex
  std::thread thread;
};

}  // namespace causal_gym
