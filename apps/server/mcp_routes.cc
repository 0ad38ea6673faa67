#include "apps/server/mcp_routes.h"

#include <algorithm>
#include <array>
#include <condition_variable>
#include <mutex>
#include <thread>

#include "api/mcp/http_binding.h"
#include "api/mcp/random_handle.h"
#include "engine/base/check.h"
#include "platform/auth/secret_text.h"
#include "platform/http/error_response.h"

namespace causal_gym {

namespace {

constexpr std::chrono::milliseconds watch_interval{50};

std::optional<std::string> header_of(const HttpRequest& request, std::string_view name) {
  const auto value = request.header(name);
  return value ? std::optional(std::string(*value)) : std::nullopt;
}

McpOptions options_of(RunReader& store, const Clock& clock, std::string version) {
  McpOptions options;
  options.version = std::move(version);
  options.runs = &store;
  options.new_handle = random_handle;
  options.now = [&clock] { return clock.steady(); };
  return options;
}

std::string lower_case(std::string_view text) {
  std::string lower(text);
  for (auto& c : lower)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return lower;
}

// "127.0.0.1:8501", "[::1]:8501", "localhost" -> the host without its port.
std::string_view without_port(std::string_view authority) {
  if (authority.starts_with('[')) return authority.substr(0, authority.find(']') + 1);
  return authority.substr(0, authority.find(':'));
}

// The names by which a browser's page of this machine goes. Not every name that begins with "127.":
// anyone may own such a domain.
bool is_local_host(std::string_view host) {
  return host == "localhost" || host == "127.0.0.1" || host == "[::1]";
}

// Of an IP address that a server listens on.
bool is_loopback(std::string_view address) {
  return address == "::1" || address.starts_with("127.");
}

// Does an Accept header take the type? One that is missing takes everything.
bool accepts(const std::optional<std::string>& accept, std::string_view type) {
  if (!accept) return true;
  const auto listed = lower_case(*accept);
  const auto family = std::string(type.substr(0, type.find('/'))) + "/*";
  return listed.find(type) != std::string::npos || listed.find(family) != std::string::npos ||
         listed.find("*/*") != std::string::npos;
}

// Each message as one event; none spans lines.
std::string event_stream(const std::vector<std::string>& messages) {
  std::string stream;
  for (const auto& message : messages) stream += "event: message\ndata: " + message + "\n\n";
  return stream;
}

HttpResponse response_of(McpPostReply reply, bool takes_json) {
  HttpResponse response = {.status = reply.status};
  if (reply.session_id) response.headers.emplace_back("Mcp-Session-Id", *reply.session_id);
  response.headers.emplace_back("Cache-Control", "no-store");
  if (takes_json && reply.messages.size() == 1) {
    response.body = reply.messages.front();
  } else if (!reply.messages.empty()) {
    response.content_type = "text/event-stream";
    response.headers.emplace_back("X-Accel-Buffering", "no");
    response.body = event_stream(reply.messages);
  }
  return response;
}

// The runs of whoever's request this thread answers. MCP answers a request on the thread that
// brought it, and one server is there for all callers.
class RunsOfTheCaller final : public RunReader {
 public:
  class Scope {
   public:
    explicit Scope(RunReader& runs) { current = &runs; }
    ~Scope() { current = nullptr; }
    Scope(const Scope&) = delete;
    Scope& operator=(const Scope&) = delete;
  };
  Result<RunListing> find_runs(const RunQuery& query) override { return runs().find_runs(query); }
  Result<StoredRun> load_run(const RunId& run) override { return runs().load_run(run); }

 private:
  static RunReader& runs() {
    CHECK(current != nullptr);
    return *current;
  }
  static thread_local RunReader* current;
};

thread_local RunReader* RunsOfTheCaller::current = nullptr;

// "id.tag", where the tag tells whose session it is; where access is off, the id.
class SessionIds {
 public:
  [[nodiscard]] std::string outside(const std::string& id, const Caller& caller) const {
    return caller.user.empty() ? id : id + "." + keyed_digest(key_, id + " " + caller.user);
  }
  // The id, or a text that is the id of no session.
  [[nodiscard]] std::string inside(const std::string& text, const Caller& caller) const {
    const auto id = text.substr(0, text.rfind('.'));
    return same_secret(outside(id, caller), text) ? id : "of another caller";
  }

 private:
  const std::string key_ = random_text();
};

}  // namespace

struct McpEndpoint::Parts {
  Parts(const Clock& clock, std::string version)
      : server(options_of(runs, clock, std::move(version))), http(server) {
    watcher = std::thread([this] { watch(); });
  }
  ~Parts() {
    {
      const std::lock_guard lock(mutex);
      stopping = true;
      changed.notify_all();
    }
    watcher.join();
  }
  void watch() {
    std::unique_lock lock(mutex);
    while (!stopping) {
      changed.wait(lock, [this] { return stopping || requests > 0; });
      changed.wait_for(lock, watch_interval, [this] { return stopping; });
      http.pass_on_cancellation();
    }
  }
  // A request more, or one less.
  void count(int change) {
    const std::lock_guard lock(mutex);
    requests += change;
    changed.notify_all();
  }

  RunsOfTheCaller runs;
  const SessionIds ids;
  McpServer server;
  McpHttp http;
  std::mutex mutex;
  std::condition_variable changed;
  bool stopping = false;
  int requests = 0;  // being worked on
  std::thread watcher;
};

McpEndpoint::McpEndpoint(const Clock& clock, std::string version)
    : parts_(std::make_unique<Parts>(clock, std::move(version))) {}
McpEndpoint::~McpEndpoint() = default;

HttpResponse McpEndpoint::post(const Call& call) {
  const auto& request = call.request;
  const auto type = lower_case(request.header("Content-Type").value_or(""));
  if (type.substr(0, type.find_first_of("; ")) != "application/json")
    return error_response(415, {ErrorCode::invalid_argument, "the body is not application/json",
                                "Content-Type", "send Content-Type: application/json"});
  const auto accept = header_of(request, "Accept");
  const bool takes_json = accepts(accept, "application/json");
  if (!takes_json && !accepts(accept, "text/event-stream"))
    return error_response(406, {ErrorCode::invalid_argument,
                                "neither application/json nor text/event-stream is accepted",
                                "Accept", "accept both"});
  auto session = header_of(request, "Mcp-Session-Id");
  if (session) session = parts_->ids.inside(*session, call.caller);
  const McpPost post = {request.body, std::move(session),
                        header_of(request, "MCP-Protocol-Version"),
                        header_of(request, "Mcp-Method"), header_of(request, "Mcp-Name")};
  parts_->count(1);
  const RunsOfTheCaller::Scope scope(call.runs);
  auto reply = parts_->http.post(post, call.cancellation);
  parts_->count(-1);
  if (reply.session_id) reply.session_id = parts_->ids.outside(*reply.session_id, call.caller);
  return response_of(std::move(reply), takes_json);
}

HttpResponse McpEndpoint::end_session(const Call& call) {
  const auto id = header_of(call.request, "Mcp-Session-Id");
  if (!id)
    return error_response(400, {ErrorCode::invalid_argument, "the header Mcp-Session-Id is missing",
                                "Mcp-Session-Id", ""});
  if (!parts_->http.end_session(parts_->ids.inside(*id, call.caller)))
    return error_response(404, {ErrorCode::not_found, "no such session", "Mcp-Session-Id", ""});
  return {.status = 204};
}

bool is_allowed_origin(std::string_view origin, std::string_view host, std::string_view address) {
  const auto lower = lower_case(origin);
  const auto scheme = lower.find("://");
  if (scheme == std::string::npos) return false;
  const auto authority = std::string_view(lower).substr(scheme + 3);
  if (is_local_host(without_port(authority))) return true;
  return !is_loopback(address) && authority == lower_case(host);
}

std::vector<ServerRoute> mcp_routes(ServerParts& parts) {
  const auto endpoint = std::make_shared<McpEndpoint>(parts.clock, CAUSAL_GYM_VERSION);
  using Answer = HttpResponse (McpEndpoint::*)(const Call&);
  const auto guarded = [endpoint, &parts](Answer answer) -> CallHandler {
    return [endpoint, &parts, answer](const Call& call) -> HttpResponse {
      const auto origin = call.request.header("Origin");
      if (origin && !parts.cors.allows(*origin) &&
          !is_allowed_origin(*origin, call.request.header("Host").value_or(""),
                             parts.config.server.address))
        return error_response(
            403, {ErrorCode::unauthorized,
                  "pages of '" + std::string(*origin) + "' may not use this", "Origin", ""});
      return (*endpoint.*answer)(call);
    };
  };
  return {{"POST", "/mcp", Permission::play, guarded(&McpEndpoint::post)},
          {"DELETE", "/mcp", Permission::play, guarded(&McpEndpoint::end_session)}};
}

}  // namespace causal_gym
