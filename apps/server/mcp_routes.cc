#include "apps/server/mcp_routes.h"

#include <algorithm>
#include <array>
#include <condition_variable>
#include <mutex>
#include <thread>

#include "api/mcp/http_binding.h"
#include "api/mcp/random_handle.h"
#include "platform/http/error_response.h"

namespace causal_gym {

namespace {

constexpr std::chrono::milliseconds watch_interval{50};

std::optional<std::string> header_of(const HttpRequest& request, std::string_view name) {
  const auto value = request.header(name);
  return value ? std::optional(std::string(*value)) : std::nullopt;
}

McpOptions options_of(RunStore& store, const Clock& clock, std::string version) {
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

}  // namespace

struct McpEndpoint::Parts {
  Parts(RunStore& store, const Clock& clock, std::string version)
      : server(options_of(store, clock, std::move(version))), http(server) {
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

  McpServer server;
  McpHttp http;
  std::mutex mutex;
  std::condition_variable changed;
  bool stopping = false;
  int requests = 0;  // being worked on
  std::thread watcher;
};

McpEndpoint::McpEndpoint(RunStore& store, const Clock& clock, std::string version)
    : parts_(std::make_unique<Parts>(store, clock, std::move(version))) {}
McpEndpoint::~McpEndpoint() = default;

HttpResponse McpEndpoint::post(const HttpRequest& request, const CancellationToken& connection) {
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
  const McpPost post = {request.body, header_of(request, "Mcp-Session-Id"),
                        header_of(request, "MCP-Protocol-Version"),
                        header_of(request, "Mcp-Method"), header_of(request, "Mcp-Name")};
  parts_->count(1);
  auto reply = parts_->http.post(post, connection);
  parts_->count(-1);
  return response_of(std::move(reply), takes_json);
}

HttpResponse McpEndpoint::end_session(const HttpRequest& request) {
  const auto id = header_of(request, "Mcp-Session-Id");
  if (!id)
    return error_response(400, {ErrorCode::invalid_argument, "the header Mcp-Session-Id is missing",
                                "Mcp-Session-Id", ""});
  if (!parts_->http.end_session(*id))
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

std::vector<Route> mcp_routes(ServerParts& parts) {
  const auto endpoint = std::make_shared<McpEndpoint>(parts.store, parts.clock, CAUSAL_GYM_VERSION);
  using Answer = HttpResponse (*)(McpEndpoint&, const HttpRequest&, const CancellationToken&);
  const auto guarded = [endpoint, &parts](Answer answer) -> RouteHandler {
    return [endpoint, &parts, answer](const HttpRequest& request, const NamedTexts&,
                                      CancellationToken connection) -> HttpResponse {
      const auto origin = request.header("Origin");
      if (origin && !is_allowed_origin(*origin, request.header("Host").value_or(""),
                                       parts.config.server.address))
        return error_response(
            403, {ErrorCode::unauthorized,
                  "pages of '" + std::string(*origin) + "' may not use this", "Origin", ""});
      return answer(*endpoint, request, connection);
    };
  };
  return {
      {"POST", "/mcp",
       guarded([](McpEndpoint& mcp, const HttpRequest& request,
                  const CancellationToken& connection) { return mcp.post(request, connection); })},
      {"DELETE", "/mcp",
       guarded([](McpEndpoint& mcp, const HttpRequest& request, const CancellationToken&) {
         return mcp.end_session(request);
       })}};
}

}  // namespace causal_gym
