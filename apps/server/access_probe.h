// A server with access on for tests: real sockets on loopback, accounts in SQLite at a cheap price,
// a clock that stands still, and clients that know how to sign in.
#pragma once

#include <gtest/gtest.h>

#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <nlohmann/json.hpp>
#include <string>

#include "apps/server/gate.h"
#include "apps/server/hashing_lane.h"
#include "apps/server/quick_answers.h"
#include "apps/server/routes.h"
#include "platform/config/temporary_folder.h"
#include "platform/http/http_server.h"
#include "platform/http/raw_client.h"
#include "platform/http/server_thread.h"
#include "platform/store/open_store.h"
#include "platform/store/sql_account_store.h"

namespace causal_gym {

class AccessProbe {
 public:
  static constexpr const char* password = "twelve or more";
  static constexpr std::size_t shared_workers = 4, hashes_at_once = 4;
  static constexpr std::size_t streams_of_a_user = 3;
  static constexpr const char* second_factor_key = "f:a key of thirty-two bytes or more";

  explicit AccessProbe(bool access_on = true, Bucket rate = {1e6, 1e6},
                       const std::vector<std::string>& cors_origins = {}, std::size_t workers = 1,
                       bool second_factor_required = false, const std::string& proxies = "")
      : accounts(*store_, hasher_, *rates_, tokens_, clock_, {}, {}, {},
                 {second_factor_required, KeyRing::read(second_factor_key).value()}) {
    launcher_ = std::make_unique<RunLauncher>(*runs_, clock_, logger_,
                                              JobWorkersOptions{.concurrency = workers});
    answers_ = *AnswerCache::open(config_, clock_, metrics_);
    rights_ = std::make_unique<StreamRights>(may_see_runs(access_on ? &accounts : nullptr),
                                             streams_of_a_user, std::chrono::milliseconds(10));
    parts_ = std::unique_ptr<ServerParts>(
        new ServerParts{config_, clock_, *runs_, *launcher_, metrics_, *answers_, health_, watch_,
                        *rights_, false, access_on ? &accounts : nullptr});
    GateOptions options;
    options.open_by_default = !access_on;
    options.per_address = options.per_user = rate;
    options.proxies = *AddressList::read(proxies);
    options.cors = parts_->cors = *CorsPolicy::read(cors_origins);
    gate_ = std::make_unique<Gate>(options, parts_->accounts, *rates_, *runs_);
    routes = all_routes(*parts_);
    ServerOptions server_options;
    server_options.workers = shared_workers;
    if (access_on) server_options.side_lane.takes = hashing_requests(routes);
    server_options.observer = [this](const HttpExchange& exchange, std::string&) {
      const std::lock_guard lock(told_mutex_);
      told_ = std::to_string(exchange.status) + " " + std::string(exchange.route) + " " +
              std::string(exchange.caller);
    };
    quick = quick_operations(*parts_, *gate_);
    server_options.quick_handler =
        first_of(quick_answers(health_routes(*parts_), clock_, {}), quick);
    auto server = HttpServer::start(server_options, gate_->handler(all_routes(*parts_)));
    EXPECT_TRUE(server);
    server_ = *std::move(server);
  }
  ~AccessProbe() {
    server_.reset();
    EXPECT_EQ(hashed_elsewhere_, 0) << "a route hashes passwords, and is not marked so";
  }
  AccessProbe(const AccessProbe&) = delete;
  AccessProbe& operator=(const AccessProbe&) = delete;

  // Who has chosen their password.
  User add(const std::string& name, Role role) {
    const auto first = add_with_first_password(name, role);
    auto user = first;
    user.password_must_change = false;
    user.password_expires_at = {};
    EXPECT_TRUE(accounts.store().change_user(first, user, {},
                                             {0, "test", "user_created", name, "ok", "", "", ""}));
    return user;
  }
  User add_with_first_password(const std::string& name, Role role) {
    auto user = accounts.add_user("test", name, role, password, {});
    EXPECT_TRUE(user);
    return *user;
  }
  // A run of the store that user owns; an empty name: nobody.
  std::string add_run(const std::string& id, const std::string& owner) {
    ExperimentSpec spec;
    spec.environments = {"chain-v1"};
    spec.agents = {"ideal"};
    EXPECT_TRUE(runs_->create_run({id, "2026-01-01T00:00:00.000Z", spec}));
    if (!owner.empty()) {
      EXPECT_TRUE(
          accounts.store().set_owner(id, owner, {0, "test", "run_launched", id, "ok", "", "", ""}));
    }
    return id;
  }

  RawResponse send(const std::string& method, const std::string& target,
                   const std::string& body = {}, const NamedTexts& headers = {}) {
    RawClient client(server_->port());
    std::string text = method + " " + target + " HTTP/1.1\r\nHost: " + host() + "\r\n";
    for (const auto& [name, value] : headers)
      text.append(name).append(": ").append(value) += "\r\n";
    if (!body.empty() || method != "GET")
      text += "Content-Length: " + std::to_string(body.size()) + "\r\n";
    EXPECT_TRUE(client.send(text + "\r\n" + body));
    auto response = client.read(method == "HEAD");
    EXPECT_TRUE(response) << method << " " << target;
    return response ? *response : RawResponse();
  }
  // GET, with another Host.
  RawResponse send_to(const std::string& named_host, const std::string& target) {
    RawClient client(server_->port());
    EXPECT_TRUE(client.send("GET " + target + " HTTP/1.1\r\nHost: " + named_host + "\r\n\r\n"));
    auto response = client.read();
    EXPECT_TRUE(response);
    return response ? *response : RawResponse();
  }
  RawResponse post(const std::string& target, const nlohmann::json& body, NamedTexts headers = {}) {
    headers.emplace_back("Content-Type", "application/json");
    return send("POST", target, body.dump(), headers);
  }
  RawResponse form(const std::string& target, const std::string& body, NamedTexts headers = {}) {
    headers.emplace_back("Content-Type", "application/x-www-form-urlencoded");
    return send("POST", target, body, headers);
  }
  [[nodiscard]] std::string host() const { return "127.0.0.1:" + std::to_string(server_->port()); }

  // The result of a sign-in over the API.
  nlohmann::json signed_in(const std::string& name) {
    const auto response = post("/api/v1/auth/sign-in", {{"name", name}, {"password", password}});
    EXPECT_EQ(response.status, 200) << response.body;
    return nlohmann::json::parse(response.body)["result"];
  }
  NamedTexts bearer_of(const std::string& name) { return bearer(signed_in(name)["access_token"]); }
  static NamedTexts bearer(const std::string& token) {
    return {{"Authorization", "Bearer " + token}};
  }
  // "name=value" of the cookie that the response sets, by its kind.
  static std::string cookie_in(const RawResponse& response, const std::string& kind) {
    for (const auto& [name, value] : response.head.headers)
      if (name == "Set-Cookie" && value.starts_with("causal_gym_" + kind + "="))
        return value.substr(0, value.find(';'));
    return {};
  }
  static std::string form_token_in(const std::string& html) {
    constexpr std::string_view before = "name=\"csrf\" value=\"";
    const auto at = html.find(before);
    return at == std::string::npos ? "" : html.substr(at + before.size(), 43);
  }
  // The session cookie of a browser that has signed in through the page.
  std::string browser_cookie(const std::string& name) {
    const auto page = send("GET", "/sign-in");
    const auto response = form(
        "/sign-in", "name=" + name + "&password=twelve+or+more&csrf=" + form_token_in(page.body),
        {{"Cookie", cookie_in(page, "form")}});
    EXPECT_EQ(response.status, 303) << response.body;
    return cookie_in(response, "session");
  }
  // "403 /api/v1/users ada": what the log is told of the last request.
  std::string told() {
    const std::lock_guard lock(told_mutex_);
    return told_;
  }
  nlohmann::json last_audit() {
    const auto events = accounts.store().list_audit(1, std::nullopt);
    EXPECT_TRUE(events && events->size() == 1);
    return {{"actor", events->front().actor},
            {"action", events->front().action},
            {"object", events->front().object},
            {"outcome", events->front().outcome}};
  }
  FixedClock& clock() { return clock_; }
  PasswordHasher& hasher() { return hasher_; }
  // How many passwords the server hashed in its side lane.
  [[nodiscard]] int hashed_in_lane() const { return hashed_in_lane_; }
  [[nodiscard]] std::uint16_t port() const { return server_->port(); }
  JobStore& runs() { return *runs_; }

 private:
  TemporaryFolder folder_;
  FixedClock clock_{std::chrono::system_clock::time_point(std::chrono::seconds(1'800'000'000))};
  Logger logger_{LogLevel::error, clock_};
  Configuration config_;
  Metrics metrics_{{"test", "test"}, {}};
  std::unique_ptr<JobStore> runs_ = *open_store(folder_.file("runs.sqlite"));
  HealthWatch health_{health_parts(*runs_), clock_};
  RunProgressReader progress_ = *RunProgressReader::open(folder_.file("runs.sqlite"));
  RunWatch watch_{[this](const RunId& run) { return progress_.read(run); }};
  std::unique_ptr<AccountStore> store_ = *open_account_store(folder_.file("runs.sqlite"));
  std::unique_ptr<RateState> rates_ = make_memory_rate_state(clock_);
  std::atomic<int> hashed_in_lane_ = 0;
  std::atomic<int> hashed_elsewhere_ = 0;  // on other threads of the server
  PasswordHasher hasher_{{1, 8'192, hashes_at_once}, [this] {
                           const auto thread = server_thread();
                           if (thread == ServerThread::side_lane)
                             ++hashed_in_lane_;
                           else if (thread != ServerThread::none)
                             ++hashed_elsewhere_;
                         }};
  AccessTokens tokens_{*KeyRing::read("test:0123456789abcdef0123456789abcdef"), {}, clock_};

 public:
  Accounts accounts;
  std::vector<ServerRoute> routes;
  QuickHandler quick;  // of operations

 private:
  std::mutex told_mutex_;
  std::string told_;
  std::unique_ptr<StreamRights> rights_;
  std::unique_ptr<RunLauncher> launcher_;
  std::unique_ptr<AnswerCache> answers_;
  std::unique_ptr<ServerParts> parts_;
  std::unique_ptr<Gate> gate_;
  std::unique_ptr<HttpServer> server_;
};

}  // namespace causal_gym
