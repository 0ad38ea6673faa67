// The access matrix: every route against every kind of caller, and every route of a run against its
// owner, who it is shared with, and others.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <sstream>

#include "api/operations.h"
#include "apps/server/access_probe.h"
#include "apps/server/openapi.h"

namespace causal_gym {
namespace {

using nlohmann::json;

// What each route asks for, spelled out a second time: a new route fails the test until it stands
// here.
const std::map<std::string, std::string> expected_permissions = {
    {"GET /", "see_runs"},
    {"GET /environments/{id}", "compute"},
    {"GET /runs", "see_runs"},
    {"GET /runs/{id}", "see_runs"},
    {"POST /runs/{id}/cancel", "change_runs"},
    {"POST /runs/{id}/pause", "change_runs"},
    {"POST /runs/{id}/retry", "change_runs"},
    {"POST /runs/{id}/priority", "change_runs"},
    {"POST /runs/{id}/share", "change_runs"},
    {"POST /runs/{id}/unshare", "change_runs"},
    {"GET /ops", "administer"},
    {"GET /docs", "see_public"},
    {"GET /sign-in", "see_public"},
    {"POST /sign-in", "see_public"},
    {"POST /sign-in/code", "see_public"},
    {"POST /sign-out", "finish_sign_in"},
    {"GET /account", "finish_sign_in"},
    {"POST /account/sessions/{id}/end", "use_account"},
    {"POST /account/second-factor", "finish_sign_in"},
    {"POST /account/second-factor/confirm", "finish_sign_in"},
    {"POST /account/password", "finish_sign_in"},
    {"GET /api/v1/openapi.yaml", "see_public"},
    {"GET /api/v1/environments", "compute"},
    {"GET /api/v1/environments/{id}", "compute"},
    {"GET /api/v1/runs", "see_runs"},
    {"GET /api/v1/runs/{id}", "see_runs"},
    {"GET /api/v1/runs/{id}/export", "see_runs"},
    {"GET /api/v1/runs/{id}/events", "see_runs"},
    {"POST /api/v1/experiments", "launch_runs"},
    {"POST /api/v1/auth/sign-in", "see_public"},
    {"POST /api/v1/auth/sign-in/code", "see_public"},
    {"GET /api/v1/auth/second-factor", "finish_sign_in"},
    {"POST /api/v1/auth/second-factor", "finish_sign_in"},
    {"POST /api/v1/auth/second-factor/confirm", "finish_sign_in"},
    {"DELETE /api/v1/users/{name}/second-factor", "administer"},
    {"POST /api/v1/auth/refresh", "see_public"},
    {"POST /api/v1/auth/sign-out", "finish_sign_in"},
    {"GET /api/v1/auth/me", "finish_sign_in"},
    {"POST /api/v1/auth/password", "finish_sign_in"},
    {"GET /api/v1/auth/sessions", "use_account"},
    {"DELETE /api/v1/auth/sessions/{id}", "use_account"},
    {"GET /api/v1/keys", "use_account"},
    {"POST /api/v1/keys", "use_account"},
    {"DELETE /api/v1/keys/{id}", "use_account"},
    {"GET /api/v1/users", "administer"},
    {"POST /api/v1/users", "administer"},
    {"PATCH /api/v1/users/{name}", "administer"},
    {"GET /api/v1/audit", "administer"},
    {"POST /api/v1/runs/{id}/cancel", "change_runs"},
    {"POST /api/v1/runs/{id}/pause", "change_runs"},
    {"POST /api/v1/runs/{id}/retry", "change_runs"},
    {"PUT /api/v1/runs/{id}/priority", "change_runs"},
    {"GET /api/v1/runs/{id}/shares", "change_runs"},
    {"PUT /api/v1/runs/{id}/shares/{user}", "change_runs"},
    {"DELETE /api/v1/runs/{id}/shares/{user}", "change_runs"},
    {"POST /api/v1/batch", "compute"},
    {"POST /api/v1/{operation}", "compute"},
    {"GET /api/v1/{operation}", "compute"},
    {"POST /mcp", "play"},
    {"DELETE /mcp", "play"},
    {"GET /health", "see_public"},
    {"GET /live", "see_public"},
    {"GET /ready", "see_public"},
    {"GET /health/live", "see_public"},
    {"GET /health/ready", "see_public"},
    {"POST /v1/chat/completions", "use_reference"},
    {"POST /v1/responses", "use_reference"},
    {"POST /v1/messages", "use_reference"},
    {"GET /v1/models", "use_reference"},
    {"GET /v1/models/{id}", "use_reference"},
    {"GET /v1/models/{owner}/{agent}", "use_reference"},
};

// Which permissions each caller has: y in the order below, as the header of permission.h says it.
const std::vector<std::string> permission_order = {
    "see_public",    "finish_sign_in", "use_account", "compute",     "play",
    "use_reference", "see_runs",       "launch_runs", "change_runs", "administer"};
const std::map<std::string, std::string> expected_callers = {
    {"viewer's first password", "yy--------"},
    {"admin's first password", "yy--------"},
    {"none", "y---------"},
    {"viewer", "yyyyyyy---"},
    {"researcher", "yyyyyyyyy-"},
    {"admin", "yyyyyyyyyy"},
    {"admin's key compute", "y--y------"},
    {"admin's key play", "y---y-----"},
    {"admin's key reference", "y----y----"},
    {"admin's key read_runs", "y-----y---"},
    {"admin's key write_runs", "y------yy-"},
    {"admin's key administer", "y--------y"},
    {"viewer's key administer", "y---------"},
    {"viewer's key write_runs", "y---------"},
    {"researcher's key write_runs", "y------yy-"},
    {"expired token", "y---------"},
    {"expired key", "y---------"},
    {"revoked key", "y---------"},
    {"disabled user", "y---------"},
    {"disabled user's key", "y---------"},
    {"signed out", "y---------"},
    {"basic", "y---------"},
};

class AccessMatrix : public testing::Test {
 protected:
  void SetUp() override {
    for (const auto& [name, role] :
         {std::pair("viewer", Role::viewer), std::pair("researcher", Role::researcher),
          std::pair("admin", Role::admin)})
      users[name] = server.add(name, role);
    users["gone"] = server.add("gone", Role::admin);
    users["second"] = server.add("second", Role::admin);
  }

  NamedTexts key_of(const std::string& name, Scope scope, std::int64_t seconds = 7'200) {
    Caller caller{CallerKind::person, users[name].id, name, users[name].role, {}, ""};
    const auto key =
        server.accounts.add_key(caller, "test", {scope}, std::chrono::seconds(seconds), {});
    EXPECT_TRUE(key);
    last_key = key->key.id;
    return server.bearer(key->text);
  }

  // What each caller sends; made last, after those whose proofs have run out.
  std::map<std::string, NamedTexts> callers() {
    std::map<std::string, NamedTexts> headers = {{"none", {}},
                                                 {"basic", {{"Authorization", "Basic YTpi"}}}};
    headers["expired token"] = server.bearer_of("admin");
    headers["expired key"] = key_of("admin", Scope::compute, 60);
    headers["disabled user's key"] = key_of("gone", Scope::administer);
    server.clock().advance(std::chrono::seconds(3'600));
    headers["disabled user"] = server.bearer_of("gone");
    Accounts::UserChange disable;
    disable.disabled = true;
    EXPECT_TRUE(server.accounts.change_user("test", "gone", disable, {}));
    headers["revoked key"] = key_of("admin", Scope::compute);
    EXPECT_TRUE(server.accounts.revoke_key(
        {CallerKind::person, users["admin"].id, "admin", {}, {}, ""}, last_key, {}));
    headers["signed out"] = server.bearer_of("admin");
    EXPECT_EQ(server.send("POST", "/api/v1/auth/sign-out", "", headers["signed out"]).status, 204);
    for (const auto scope : all_scopes)
      headers["admin's key " + std::string(scope_name(scope))] = key_of("admin", scope);
    for (const auto role : {Role::viewer, Role::admin}) {
      const auto name = std::string(role_name(role)) + "-new";
      server.add_with_first_password(name, role);
      headers[std::string(role_name(role)) + "'s first password"] = server.bearer_of(name);
    }
    headers["viewer's key administer"] = key_of("viewer", Scope::administer);
    headers["viewer's key write_runs"] = key_of("viewer", Scope::write_runs);
    headers["researcher's key write_runs"] = key_of("researcher", Scope::write_runs);
    return headers;
  }

  AccessProbe server{true, {1e6, 1e6}, {}, 0};
  std::map<std::string, User> users;
  std::string last_key;
};

std::string name_of(const ServerRoute& route) { return route.method + " " + route.pattern; }

std::string target_of(std::string pattern) {
  for (const auto& [part, value] : std::map<std::string, std::string>{{"{id}", "nothing"},
                                                                      {"{name}", "nobody"},
                                                                      {"{user}", "nobody"},
                                                                      {"{operation}", "ask"},
                                                                      {"{owner}", "a"},
                                                                      {"{agent}", "b"}})
    if (const auto at = pattern.find(part); at != std::string::npos)
      pattern.replace(at, part.size(), value);
  return pattern;
}

// y: the handler was reached. What is public refuses in its own words; nothing asked here changes
// anything.
char outcome(const RawResponse& response, const std::string& permission) {
  const bool refused =
      (response.status == 303 && response.header("Location") == "/account") ||
      (response.status == 403 &&
       response.body.find("change it before anything") != response.body.npos) ||
      (response.status == 401 && response.header("WWW-Authenticate").starts_with("Bearer")) ||
      (response.status == 303 && response.header("Location").starts_with("/sign-in?")) ||
      (response.status == 403 && response.body.find(" may not ") != std::string::npos);
  return refused && permission != "see_public" ? '-' : 'y';
}

TEST_F(AccessMatrix, EveryRouteAsksForWhatIsWrittenHere) {
  std::map<std::string, std::string> found;
  for (const auto& route : server.routes)
    found[name_of(route)] = std::string(permission_name(route.permission));
  EXPECT_EQ(found, expected_permissions);
}

// Paths and methods as the document has them, which says them on lines of their own.
std::set<std::string> documented_routes() {
  std::set<std::string> documented;
  std::istringstream lines{std::string(openapi_document)};
  std::string line, path;
  while (std::getline(lines, line) && line != "components:") {
    if (line.starts_with("  /")) path = line.substr(2, line.size() - 3);
    for (const std::string method : {"get", "post", "put", "patch", "delete"})
      if (line == "    " + method + ":") {
        auto name = method + " " + path;
        for (auto& c : name)
          if (&c < name.data() + method.size()) c = static_cast<char>(c - 'a' + 'A');
        documented.insert(name);
      }
  }
  return documented;
}

TEST_F(AccessMatrix, TheDocumentHasTheRoutesOfTheApiAndNoOthers) {
  std::set<std::string> routes;
  for (const auto& route : server.routes)
    if (route.pattern.starts_with("/api/") || route.pattern.starts_with("/health") ||
        route.pattern == "/live" || route.pattern == "/ready")
      routes.insert(name_of(route));
  EXPECT_EQ(routes.erase("POST /api/v1/{operation}"), 1U);
  EXPECT_EQ(routes.erase("GET /api/v1/{operation}"), 1U);
  for (const auto& operation : all_operations())
    routes.insert("POST /api/v1/" + std::string(operation.name));
  auto documented = documented_routes();
  documented.erase("GET /metrics");  // on a port of its own
  EXPECT_EQ(documented, routes);
}

TEST_F(AccessMatrix, EveryCallerReachesWhatTheyMayAndNothingElse) {
  const auto proofs = callers();
  for (const auto& [caller, expected] : expected_callers) {
    const std::string role = caller;
    for (const auto& route : server.routes) {
      const auto name = name_of(route);
      if (name.find("sign-out") != std::string::npos) continue;  // would end the matrix's session
      const auto headers = proofs.contains(role) ? proofs.at(role) : server.bearer_of(role);
      const auto response = server.send(route.method, target_of(route.pattern), "", headers);
      const auto at = std::find(permission_order.begin(), permission_order.end(),
                                expected_permissions.at(name)) -
                      permission_order.begin();
      EXPECT_EQ(outcome(response, expected_permissions.at(name)),
                expected.at(static_cast<std::size_t>(at)))
          << caller << ": " << name << " gave " << response.status << " " << response.body;
      EXPECT_LT(response.status, 500) << caller << ": " << name;
    }
  }
}

// Of a run: its owner, a user it is shared with, another one, an admin.
TEST_F(AccessMatrix, ARunIsItsOwnersAndThoseItIsSharedWith) {
  for (const auto* name : {"owner", "friend", "other"})
    users[name] = server.add(name, Role::researcher);
  server.add_run("owned", users["owner"].id);
  server.add_run("orphan", "");
  std::map<std::string, NamedTexts> as;
  for (const auto* name : {"owner", "friend", "other", "admin", "viewer"})
    as[name] = server.bearer_of(name);
  EXPECT_EQ(server.send("PUT", "/api/v1/runs/owned/shares/friend", "", as["owner"]).status, 204);
  EXPECT_EQ(server.last_audit(), (json{{"actor", "owner"},
                                       {"action", "run_shared"},
                                       {"object", "owned"},
                                       {"outcome", "friend"}}));
  const std::map<std::string, int> sees = {
      {"owner", 200}, {"friend", 200}, {"other", 404}, {"viewer", 404}, {"admin", 200}};
  const std::map<std::string, std::map<std::string, int>> expected = {
      {"GET /runs/owned", sees},
      {"GET /api/v1/runs/owned", sees},
      {"GET /api/v1/runs/owned/export", sees},
      {"GET /api/v1/runs/owned/events", sees},
      {"GET /api/v1/runs/owned/shares",
       {{"owner", 200}, {"friend", 403}, {"other", 404}, {"viewer", 403}, {"admin", 200}}},
      {"PUT /api/v1/runs/owned/shares/viewer", {{"friend", 403}, {"other", 404}, {"viewer", 403}}},
      {"DELETE /api/v1/runs/owned/shares/friend",
       {{"friend", 403}, {"other", 404}, {"viewer", 403}}},
      {"POST /api/v1/runs/owned/pause",
       {{"owner", 404}, {"friend", 403}, {"other", 404}, {"viewer", 403}, {"admin", 404}}},
      {"POST /api/v1/runs/owned/retry", {{"friend", 403}, {"other", 404}, {"viewer", 403}}},
      {"POST /api/v1/runs/owned/cancel", {{"friend", 403}, {"other", 404}, {"viewer", 403}}},
      {"POST /api/v1/runs/orphan/cancel", {{"owner", 404}, {"friend", 404}, {"admin", 204}}},
      {"GET /api/v1/runs/orphan", {{"owner", 404}, {"friend", 404}, {"admin", 200}}},
  };
  for (const auto& [what, statuses] : expected)
    for (const auto& [caller, status] : statuses) {
      const auto space = what.find(' ');
      EXPECT_EQ(server.send(what.substr(0, space), what.substr(space + 1), "", as[caller]).status,
                status)
          << caller << ": " << what;
    }
  const auto operation = [&](const char* caller) {
    return server.post("/api/v1/runs", {{"run", "owned"}}, as[caller]).status;
  };
  EXPECT_EQ(operation("friend"), 200);
  EXPECT_EQ(operation("other"), 404);
  const auto batch = server.send("POST", "/api/v1/batch",
                                 "{\"operation\":\"runs\",\"run\":\"owned\"}\n", as["other"]);
  EXPECT_THAT(batch.body, testing::HasSubstr("not_found"));
  const auto listed = [&](const char* caller) {
    json ids = json::array();
    const auto answer = json::parse(server.send("GET", "/api/v1/runs", "", as[caller]).body);
    for (const auto& run : answer["result"]["runs"]) ids.push_back(run["id"]);
    return ids;
  };
  EXPECT_EQ(listed("owner"), json({"owned"}));
  EXPECT_EQ(listed("friend"), json({"owned"}));
  EXPECT_EQ(listed("other"), json::array());
  EXPECT_EQ(listed("admin"), json({"owned", "orphan"}));
  EXPECT_EQ(server.send("DELETE", "/api/v1/runs/owned/shares/friend", "", as["owner"]).status, 204);
  EXPECT_EQ(listed("friend"), json::array());
}

TEST_F(AccessMatrix, ARunThatMayNotBeSeenIsAsOneThatIsNot) {
  server.add_run("hidden", users["admin"].id);
  const auto researcher = server.bearer_of("researcher");
  for (const std::string path : {"/api/v1/runs/{}", "/runs/{}", "/api/v1/runs/{}/export",
                                 "/api/v1/runs/{}/shares", "/api/v1/runs/{}/events"}) {
    const auto at = [&](std::string run) {
      auto target = path;
      target.replace(target.find("{}"), 2, run);
      const auto response = server.send("GET", target, "", researcher);
      auto text = std::to_string(response.status) + response.body;
      for (auto found = text.find(run); found != std::string::npos; found = text.find(run))
        text.replace(found, run.size(), "X");
      return text;
    };
    EXPECT_EQ(at("hidden"), at("absent")) << path;
    EXPECT_THAT(at("hidden"), testing::StartsWith("404"));
  }
}

TEST_F(AccessMatrix, APageOfRunsIsFullAndGoesOnBehindWhatIsHidden) {
  for (int i = 0; i < 30; ++i) {
    const auto id = std::string(i < 10 ? "r0" : "r") + std::to_string(i);
    server.add_run(id, i % 3 == 0 ? users["researcher"].id : "");
  }
  const auto researcher = server.bearer_of("researcher");
  std::vector<std::string> seen;
  std::string cursor;
  for (int pages = 0; pages < 10; ++pages) {
    const auto answer = json::parse(
        server.send("GET", "/api/v1/runs?limit=4" + cursor, "", researcher).body)["result"];
    for (const auto& run : answer["runs"]) seen.push_back(run["id"]);
    if (answer["next_cursor"].is_null()) break;
    EXPECT_EQ(answer["runs"].size(), 4U);
    cursor = "&cursor=" + answer["next_cursor"].get<std::string>();
  }
  EXPECT_EQ(seen, (std::vector<std::string>{"r27", "r24", "r21", "r18", "r15", "r12", "r09", "r06",
                                            "r03", "r00"}));
}

TEST_F(AccessMatrix, NoFilterOrOrderShowsWhatIsHidden) {
  for (int i = 0; i < 12; ++i)
    server.add_run("r" + std::to_string(10 + i), i % 3 == 0 ? users["researcher"].id : "");
  const auto researcher = server.bearer_of("researcher");
  const auto ids = [&](const std::string& query, const NamedTexts& caller) {
    const auto response = server.send("GET", "/api/v1/runs" + query, "", caller);
    EXPECT_EQ(response.status, 200) << query << response.body;
    std::vector<std::string> found;
    const auto runs = json::parse(response.body)["result"]["runs"];
    for (const auto& run : runs) found.push_back(run["id"]);
    return found;
  };
  const std::vector<std::string> own = {"r10", "r13", "r16", "r19"};
  for (const std::string query :
       {"?order=oldest", "?order=oldest&environment=chain-v1", "?order=oldest&agent=ideal",
        "?order=fewest_episodes", "?order=oldest&id_prefix=r", "?order=oldest&mine=true",
        "?order=oldest&owner=researcher", "?order=oldest&since=2020-01-01&until=2100-01-01",
        "?order=oldest&state=running,interrupted,finished,cancelled,failed"})
    EXPECT_EQ(ids(query, researcher), own) << query;
  EXPECT_EQ(ids("", server.bearer_of("admin")).size(), 12U);
  EXPECT_EQ(ids("?owner=researcher&order=oldest", server.bearer_of("admin")), own);
  EXPECT_TRUE(ids("?mine=true", server.bearer_of("admin")).empty());
  for (const std::string query : {"?owner=admin", "?owner=nobody", "?owner=admin&mine=true"}) {
    const auto refused = server.send("GET", "/api/v1/runs" + query, "", researcher);
    EXPECT_EQ(refused.status, 400) << query << refused.body;
  }
  const auto unknown =
      server.send("GET", "/api/v1/runs?owner=reseracher", "", server.bearer_of("admin"));
  EXPECT_THAT(unknown.body, testing::HasSubstr("did you mean 'researcher'?"));
}

TEST_F(AccessMatrix, WhoeverLaunchesARunOwnsIt) {
  const json spec = {{"environments", {"chain-v1"}}, {"agents", {"ideal"}}};
  const auto launched = server.post("/api/v1/experiments", spec, server.bearer_of("researcher"));
  ASSERT_EQ(launched.status, 202) << launched.body;
  const auto target = launched.header("Location");
  EXPECT_EQ(server.send("GET", target, "", server.bearer_of("researcher")).status, 200);
  EXPECT_EQ(server.send("GET", target, "", server.bearer_of("viewer")).status, 404);
}

TEST_F(AccessMatrix, ARunIsPausedRetriedPutBehindAndCancelledByItsOwner) {
  auto& jobs = server.runs();
  users["owner"] = server.add("owner", Role::researcher);
  const auto owner = server.bearer_of("owner");
  const auto own = [&](const std::string& run) {
    return server.accounts.store().set_owner(run, users["owner"].id,
                                             {0, "test", "run_launched", run, "ok", "", "", ""});
  };
  ExperimentSpec spec;
  spec.environments = {"chain-v1"};
  spec.agents = {"ideal"};
  for (const std::string run : {"first", "second"}) {
    ASSERT_TRUE(own(run));
    ASSERT_TRUE(jobs.create_job({run, "2026-01-01T00:00:00.000Z", spec}, {}));
  }
  const auto asked = [&](const std::string& method, const std::string& what, const json& body) {
    auto headers = owner;
    headers.emplace_back("Content-Type", "application/json");
    const auto target = "/api/v1/runs/" + what;
    return server.send(method, target, body.is_null() ? "" : body.dump(), headers).status;
  };
  const auto priority = [&](const json& value) {
    return asked("PUT", "first/priority", {{"priority", value}});
  };
  EXPECT_EQ(priority(1), 403) << "over others' runs only admins may put one";
  EXPECT_EQ(priority(-101), 400);
  EXPECT_EQ(priority(1.5), 400);
  EXPECT_EQ(priority(nullptr), 400);
  EXPECT_EQ(asked("PUT", "first/priority", {{"priority", 0}, {"x", 0}}), 400);
  EXPECT_EQ(priority(-5), 204);
  EXPECT_EQ(server.last_audit(), (json{{"actor", "owner"},
                                       {"action", "run_priority_set"},
                                       {"object", "first"},
                                       {"outcome", "-5"}}));
  EXPECT_EQ(jobs.take_jobs(1).value().at(0).run, "second") << "the older one was put behind";
  EXPECT_EQ(asked("POST", "first/pause", {}), 204);
  EXPECT_TRUE(jobs.take_jobs(1).value().empty());
  EXPECT_EQ(asked("POST", "first/retry", {}), 204);
  EXPECT_EQ(jobs.take_jobs(1).value().at(0).run, "first");
  EXPECT_EQ(asked("POST", "first/cancel", {}), 204);
  EXPECT_EQ(jobs.load_run("first")->summary.state, RunState::cancelled);
  EXPECT_EQ(jobs.set_run_state("first", RunState::finished, "").error().code, ErrorCode::conflict);
  EXPECT_EQ(asked("POST", "first/pause", {}), 409);
  EXPECT_EQ(server.last_audit()["outcome"], "conflict");
  EXPECT_EQ(priority(-6), 409);
  EXPECT_EQ(asked("POST", "absent/pause", {}), 404);
}

TEST_F(AccessMatrix, NoRunThatIsLaunchedOverHttpCallsOutUnlessTheOperatorAllowsIt) {
  const std::pair<const char*, int> agents[] = {{"openai/gpt-x", 403},
                                                {"ollama/llama", 403},
                                                {"local/m", 400},
                                                {"http://169.254.169.254/", 400}};
  for (const auto& [agent, status] : agents) {
    const json spec = {{"environments", {"chain-v1"}}, {"agents", {agent}}};
    const auto response = server.post("/api/v1/experiments", spec, server.bearer_of("admin"));
    EXPECT_EQ(response.status, status) << agent;
    EXPECT_THAT(response.body, testing::HasSubstr("agents[0]"));
  }
  for (const auto* field : {"base_url", "model_options", "models"}) {
    const json spec = {{"environments", {"chain-v1"}}, {"agents", {"ideal"}}, {field, "http://x/"}};
    EXPECT_EQ(server.post("/api/v1/experiments", spec, server.bearer_of("admin")).status, 400)
        << field;
  }
}

TEST_F(AccessMatrix, AnMcpSessionIsItsCallersAlone) {
  const json initialize = {{"jsonrpc", "2.0"},
                           {"id", 1},
                           {"method", "initialize"},
                           {"params",
                            {{"protocolVersion", "2025-06-18"},
                             {"capabilities", json::object()},
                             {"clientInfo", {{"name", "t"}, {"version", "1"}}}}}};
  const json ping = {{"jsonrpc", "2.0"}, {"id", 2}, {"method", "ping"}};
  const auto begun = server.post("/mcp", initialize, server.bearer_of("viewer"));
  ASSERT_EQ(begun.status, 200) << begun.body;
  const auto pinged = [&](const std::string& name) {
    auto headers = server.bearer_of(name);
    headers.emplace_back("Mcp-Session-Id", begun.header("Mcp-Session-Id"));
    return server.post("/mcp", ping, headers).status;
  };
  EXPECT_EQ(pinged("viewer"), 200);
  EXPECT_EQ(pinged("admin"), 404);
}

TEST_F(AccessMatrix, McpShowsTheRunsOfItsCaller) {
  server.add_run("of-viewer", users["viewer"].id);
  server.add_run("of-nobody", "");
  const auto runs = [&](const std::string& name) {
    const json call = {{"jsonrpc", "2.0"},
                       {"id", 1},
                       {"method", "tools/call"},
                       {"params",
                        {{"name", "runs"},
                         {"arguments", json::object()},
                         {"_meta",
                          {{"io.modelcontextprotocol/protocolVersion", "2026-07-28"},
                           {"io.modelcontextprotocol/clientCapabilities", json::object()}}}}}};
    auto headers = server.bearer_of(name);
    headers.emplace_back("MCP-Protocol-Version", "2026-07-28");
    headers.emplace_back("Mcp-Method", "tools/call");
    headers.emplace_back("Mcp-Name", "runs");
    return server.post("/mcp", call, headers).body;
  };
  EXPECT_THAT(runs("admin"),
              testing::AllOf(testing::HasSubstr("of-viewer"), testing::HasSubstr("of-nobody")));
  EXPECT_THAT(runs("viewer"), testing::AllOf(testing::HasSubstr("of-viewer"),
                                             testing::Not(testing::HasSubstr("of-nobody"))));
  EXPECT_THAT(runs("researcher"), testing::Not(testing::HasSubstr("of-")));
}

TEST_F(AccessMatrix, McpAndReferenceTakeKeysInEitherHeader) {
  const auto bearer = key_of("viewer", Scope::reference);
  const NamedTexts own_header = {{"x-api-key", bearer[0].second.substr(7)}};
  EXPECT_EQ(server.send("GET", "/v1/models", "", bearer).status, 200);
  EXPECT_EQ(server.send("GET", "/v1/models", "", own_header).status, 200);
  EXPECT_EQ(server.send("GET", "/v1/models", "", {{"x-api-key", "sk-any"}}).status, 401);
}

}  // namespace
}  // namespace causal_gym
