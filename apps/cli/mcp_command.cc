// mcp: the MCP server on standard input and output, one JSON message a line.
//
// One thread reads, so that a cancellation reaches the request it means; another answers, in order.
// Nothing but messages is ever written to standard output.
#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <thread>

#include "api/mcp/mcp_session.h"
#include "api/mcp/random_handle.h"
#include "apps/cli/commands.h"
#include "apps/cli/lazy_runs.h"
#include "apps/cli/line_input.h"
#include "platform/telemetry/clock.h"

namespace causal_gym {

namespace {

constexpr std::size_t waiting_messages_limit = 256;

struct McpArguments {
  std::string database;  // empty: where the configuration says
  std::string only;      // empty: every tool
};

// What was received and waits for its answer, in order; full, it keeps the reader waiting.
class CallQueue {
 public:
  void push(McpCall call) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return calls_.size() < waiting_messages_limit; });
    calls_.push_back(std::move(call));
    changed_.notify_all();
  }
  void close() {
    const std::lock_guard lock(mutex_);
    closed_ = true;
    changed_.notify_all();
  }
  // None once it is closed and empty.
  std::optional<McpCall> pop() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return !calls_.empty() || closed_; });
    if (calls_.empty()) return std::nullopt;
    auto call = std::move(calls_.front());
    calls_.pop_front();
    changed_.notify_all();
    return call;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<McpCall> calls_;
  bool closed_ = false;
};

// Answers in order until the queue is closed and empty.
class Answerer {
 public:
  Answerer(McpSession& session, CallQueue& queue, std::ostream& out)
      : queue_(queue), thread_([&session, &queue, &out] {
          while (auto call = queue.pop())
            for (const auto& message : session.answer(*std::move(call)).messages)
              out << message << '\n' << std::flush;
        }) {}
  ~Answerer() {
    queue_.close();
    thread_.join();
  }
  Answerer(const Answerer&) = delete;
  Answerer& operator=(const Answerer&) = delete;

 private:
  CallQueue& queue_;
  std::thread thread_;
};

// Ends well at the end of the input and when it is told to stop.
Status converse(CommandContext& context, McpSession& session, std::size_t line_limit) {
  CAUSAL_GYM_TRY(input, LineInput::open("-", line_limit, context.shell.cancellation));
  CallQueue queue;
  const Answerer answerer(session, queue, context.shell.out);
  for (;;) {
    auto line = input.next();
    if (!line) {
      session.cancel_all();
      if (line.error().code == ErrorCode::cancelled) return {};
      return fail(line.error());
    }
    if (!*line) return {};
    if (auto call = session.receive(**line); !call.empty()) queue.push(std::move(call));
  }
}

Status run_mcp(CommandContext& context, const McpArguments& arguments) {
  const SystemClock clock;
  LazyRuns runs(arguments.database);
  McpOptions options;
  options.version = CAUSAL_GYM_VERSION;
  options.runs = &runs;
  options.new_handle = random_handle;
  options.now = [&clock] { return clock.steady(); };
  if (arguments.only == "play") options.toolset = McpToolset::play;
  if (arguments.only == "engine") options.toolset = McpToolset::engine;
  const auto line_limit = options.operations.json_limits.bytes;
  McpServer server(std::move(options));
  McpSession session(server);
  return converse(context, session, line_limit);
}

}  // namespace

void add_mcp_command(CLI::App& app, CommandContext& context) {
  auto arguments = std::make_shared<McpArguments>();
  auto* command = app.add_subcommand(
      "mcp",
      "Serve the Model Context Protocol on standard input and output: any MCP client plays "
      "the gym or computes with the engine");
  command
      ->add_option("--only", arguments->only,
                   "play: the gym's tools, without the engine that knows the truth; or engine")
      ->check(CLI::IsMember({"play", "engine"}));
  command->add_option(
      "--database", arguments->database,
      "where the runs are that can be read: a file, or postgresql://user@host/name");
  command->footer(
      "\nWhat an MCP client's configuration needs:\n"
      "  {\"mcpServers\": {\"causal-gym\": {\"command\": \"causal-gym\", \"args\": [\"mcp\"]}}}\n\n"
      "Over HTTP the same is at /mcp of `causal-gym serve`.\n\n"
      "Examples:\n"
      "  causal-gym mcp\n"
      "  causal-gym mcp --only play\n");
  command->callback([&context, arguments] {
    const auto status = run_mcp(context, *arguments);
    if (!status) context.code = report(context.shell, status.error());
  });
}

}  // namespace causal_gym
