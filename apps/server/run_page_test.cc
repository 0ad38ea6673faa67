// The page of a run: what it says of how the run stands, what it offers to whom, and what its forms
// do.
#include "apps/server/run_page.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "apps/server/access_probe.h"

namespace causal_gym {
namespace {

using nlohmann::json;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

// The paths below the run's that the page's forms lead to, in order.
std::vector<std::string> offered(const std::string& html, const std::string& run = "r") {
  const auto before = "action=\"/runs/" + run + "/";
  std::vector<std::string> actions;
  for (auto at = html.find(before); at != std::string::npos; at = html.find(before, at + 1)) {
    const auto begin = at + before.size();
    actions.push_back(html.substr(begin, html.find('"', begin) - begin));
  }
  return actions;
}

RunView view_of(RunState state, std::optional<JobPlace> place) {
  RunView view;
  view.run.summary.id = "r";
  view.run.summary.state = state;
  view.run.summary.episodes_planned = 2;
  view.place = place;
  view.rights = {true, true, false};
  return view;
}

TEST(RunPage, OffersWhatMakesSenseAsTheRunStands) {
  const JobPlace place;
  const JobPlace paused{0, true};
  const auto on = [](RunState state, std::optional<JobPlace> where) {
    return offered(run_page(view_of(state, where)));
  };
  for (const auto state : {RunState::running, RunState::interrupted})
    EXPECT_THAT(on(state, place), ElementsAre("pause", "cancel", "priority"));
  EXPECT_THAT(on(RunState::interrupted, paused), ElementsAre("retry", "cancel", "priority"));
  EXPECT_THAT(on(RunState::failed, place), ElementsAre("retry"));
  EXPECT_THAT(on(RunState::cancelled, place), ElementsAre("retry"));
  EXPECT_THAT(on(RunState::finished, place), IsEmpty());
  // Of a run without a job, only what does not need one.
  EXPECT_THAT(on(RunState::interrupted, {}), ElementsAre("cancel"));
  EXPECT_THAT(on(RunState::running, {}), ElementsAre("cancel"));
  for (const auto state : {RunState::failed, RunState::cancelled, RunState::finished})
    EXPECT_THAT(on(state, {}), IsEmpty());
}

TEST(RunPage, OffersNothingToWhoMayNotChangeTheRun) {
  auto view = view_of(RunState::running, JobPlace());
  view.rights = {};
  const auto html = run_page(view);
  EXPECT_THAT(offered(html), IsEmpty());
  EXPECT_THAT(html, Not(HasSubstr("What you can do")));
  view.rights = {true, false, true};
  view.run.summary.state = RunState::finished;
  view.shared_with = {"a&b"};
  EXPECT_THAT(offered(run_page(view)), ElementsAre("unshare", "share"));
  EXPECT_THAT(run_page(view), HasSubstr("Stop sharing with a&amp;b"));
}

TEST(RunPage, APriorityIsOfferedAsFarAsOneMaySetIt) {
  auto view = view_of(RunState::running, JobPlace{-7, false});
  EXPECT_THAT(run_page(view), HasSubstr("min=\"-100\" max=\"100\" step=\"1\" value=\"-7\""));
  view.rights.may_prefer = false;
  EXPECT_THAT(run_page(view), HasSubstr("min=\"-100\" max=\"0\" step=\"1\" value=\"-7\""));
}

TEST(RunPage, SaysHowTheRunStands) {
  const auto word = [](const RunView& view) {
    const auto html = run_page(view);
    const std::string before = "role=\"status\">";
    const auto at = html.find(before) + before.size();
    return html.substr(at, html.find('<', at) - at);
  };
  EXPECT_EQ(word(view_of(RunState::running, JobPlace())), "waiting");
  EXPECT_EQ(word(view_of(RunState::interrupted, JobPlace())), "waiting");
  EXPECT_EQ(word(view_of(RunState::interrupted, JobPlace{0, true})), "paused");
  EXPECT_EQ(word(view_of(RunState::interrupted, {})), "interrupted");
  auto worked_on = view_of(RunState::running, JobPlace());
  worked_on.run.summary.worker = RunWorker{1, "here", ""};
  EXPECT_EQ(word(worked_on), "running");
  for (const auto state : {RunState::failed, RunState::cancelled, RunState::finished})
    EXPECT_EQ(word(view_of(state, JobPlace())), run_state_name(state));
}

TEST(RunPage, ARunWithoutResultsSaysWhyAndWhatToDo) {
  auto view = view_of(RunState::failed, JobPlace());
  view.run.summary.reason = "the budget of <10> calls is spent";
  auto html = run_page(view);
  EXPECT_THAT(html,
              AllOf(HasSubstr("<p role=\"alert\">The run has failed: the budget of &lt;10&gt; "
                              "calls is spent</p>"),
                    HasSubstr("“Try again” below"), HasSubstr("no episode is finished"),
                    Not(HasSubstr("<table")), Not(HasSubstr("<ul></ul>"))));
  view.rights = {};
  EXPECT_THAT(run_page(view), AllOf(HasSubstr("Its owner or an admin can go on with it"),
                                    Not(HasSubstr("Try again"))));
  view.place = {};
  EXPECT_THAT(run_page(view), HasSubstr("<code>causal-gym runs resume r</code>"));
  view.run.summary.reason = "";
  EXPECT_THAT(run_page(view), HasSubstr("The run has failed, and nobody said why."));

  const auto says = [](RunState state, std::optional<JobPlace> place, const std::string& reason) {
    auto other = view_of(state, place);
    other.run.summary.reason = reason;
    auto shown = run_page(other);
    EXPECT_THAT(shown, AllOf(HasSubstr("no episode is finished"), Not(HasSubstr("<table"))));
    EXPECT_THAT(shown, Not(HasSubstr("<p role=\"alert\"")));
    return shown;
  };
  EXPECT_THAT(says(RunState::cancelled, JobPlace(), ""),
              HasSubstr("It was cancelled. “Try again” below"));
  EXPECT_THAT(says(RunState::running, JobPlace(), ""),
              HasSubstr("It waits until a worker takes it.</p>"));
  EXPECT_THAT(says(RunState::interrupted, JobPlace(), "the disk is full"),
              HasSubstr("takes it again. The last one let go of it: the disk is full.</p>"));
  EXPECT_THAT(says(RunState::interrupted, JobPlace{0, true}, "paused"),
              AllOf(HasSubstr("Nobody works on it while it is paused. “Resume” below"),
                    Not(HasSubstr("Reason"))));
  EXPECT_THAT(says(RunState::interrupted, {}, ""),
              HasSubstr("Whoever worked on it is gone. Whoever started it goes on with it by"));
}

EpisodeRecord episode_of(std::int64_t index, const std::string& agent, bool is_finished,
                         std::optional<ModelUsage> usage) {
  EpisodeRecord episode;
  episode.plan = {index, "chain-v1", agent, index, 1};
  if (is_finished) episode.result = EpisodeResult{episode.plan, {}, {}, {}};
  episode.usage = std::move(usage);
  return episode;
}

TEST(RunPage, SaysOfHowManyEpisodesTheScoresAre) {
  auto view = view_of(RunState::failed, JobPlace());
  view.run.episodes = {episode_of(0, "ideal", true, {})};
  view.run.summary.episodes_finished = 1;
  EXPECT_THAT(run_page(view), AllOf(HasSubstr("Of the 1 episodes that are finished, out of 2."),
                                    HasSubstr("<h2>Scores</h2>"), HasSubstr("The run has failed"),
                                    Not(HasSubstr("no episode is finished"))));
  view.run.summary.episodes_planned = 1;
  view.run.summary.state = RunState::finished;
  EXPECT_THAT(run_page(view), Not(HasSubstr("out of")));
}

// The cells of the table of models, each row as one text.
std::vector<std::string> usage_rows(const RunView& view) {
  auto html = run_page(view);
  const auto at = html.find("<h2>What its models took</h2>");
  if (at == std::string::npos) return {};
  html = html.substr(html.find("<tbody", at));
  html = html.substr(0, html.find("</tbody>"));
  std::vector<std::string> rows;
  bool in_tag = false;
  for (std::size_t i = 0; i < html.size(); ++i) {
    if (html.compare(i, 4, "<tr ") == 0) rows.emplace_back();
    if (html[i] == '<') {
      in_tag = true;
      if (!rows.empty() && html.compare(i, 3, "<td") == 0) rows.back() += " | ";
    } else if (html[i] == '>') {
      in_tag = false;
    } else if (!in_tag && !rows.empty()) {
      rows.back() += html[i];
    }
  }
  return rows;
}

TEST(RunPage, SaysWhatEachModelTookAsFarAsItIsKnown) {
  auto view = view_of(RunState::running, JobPlace());
  view.run.episodes = {episode_of(0, "ideal", true, {}),
                       episode_of(1, "openai/gpt-x", true, ModelUsage{{"x-2"}, 10, 2, 0.5}),
                       // Not finished, and paid for all the same.
                       episode_of(2, "openai/gpt-x", false, ModelUsage{{"x-1"}, 5, 1, 0.25}),
                       episode_of(3, "ollama/<b>", true, ModelUsage{{}, 7, {}, {}})};
  EXPECT_THAT(usage_rows(view),
              ElementsAre("ollama/&lt;b&gt; | not known | 7 | not known | not known",
                          "openai/gpt-x | x-1, x-2 | 15 | 3 | 0.750000 USD"));
  view.run.episodes.resize(1);
  EXPECT_THAT(usage_rows(view), IsEmpty());
}

class RunForms : public testing::Test {
 protected:
  RunForms() {
    for (const auto* name : {"owner", "friend"}) users[name] = server.add(name, Role::researcher);
    server.add("admin", Role::admin);
    server.add("viewer", Role::viewer);
    for (const auto* name : {"owner", "friend", "admin"}) {
      cookies[name] = {{"Cookie", server.browser_cookie(name)}};
      tokens[name] = server.form_token_in(server.send("GET", "/account", "", cookies[name]).body);
    }
    ExperimentSpec spec;
    spec.environments = {"chain-v1"};
    spec.agents = {"ideal"};
    const AuditEvent event{0, "test", "run_launched", "r", "ok", "", "", ""};
    EXPECT_TRUE(server.accounts.store().set_owner("r", users["owner"].id, event));
    EXPECT_TRUE(server.runs().create_job({"r", "2026-01-01T00:00:00.000Z", spec}, {}));
  }
  RawResponse page(const std::string& who, const std::string& query = "") {
    return server.send("GET", "/runs/r" + query, "", cookies[who]);
  }
  RawResponse send(const std::string& who, const std::string& what,
                   const std::string& fields = "") {
    return server.form("/runs/r/" + what, fields + "&csrf=" + tokens[who], cookies[who]);
  }
  // What the page says to which the form leads.
  std::string said(const std::string& who, const std::string& what,
                   const std::string& fields = "") {
    const auto response = send(who, what, fields);
    EXPECT_EQ(response.status, 303) << response.body;
    const auto html = server.send("GET", response.header("Location"), "", cookies[who]).body;
    const std::string before = "<p role=\"status\" class=\"done\">";
    const auto at = html.find(before);
    if (at == std::string::npos) return {};
    return html.substr(at + before.size(), html.find('<', at + 1) - at - before.size());
  }

  AccessProbe server{true, {1e6, 1e6}, {}, 0};
  std::map<std::string, User> users;
  std::map<std::string, NamedTexts> cookies;
  std::map<std::string, std::string> tokens;
};

TEST_F(RunForms, DoWhatTheySayAndThePageTellsOfIt) {
  auto& jobs = server.runs();
  EXPECT_EQ(said("owner", "pause"), "The run is paused.");
  EXPECT_TRUE(jobs.take_jobs(1).value().empty());
  EXPECT_EQ(
      server.last_audit(),
      (json{{"actor", "owner"}, {"action", "run_paused"}, {"object", "r"}, {"outcome", "ok"}}));
  EXPECT_EQ(said("owner", "retry"), "The run was taken up again.");
  EXPECT_EQ(said("owner", "priority", "priority=-5"), "The run&#39;s priority is -5.");
  EXPECT_EQ(said("admin", "priority", "priority=5"), "The run&#39;s priority is 5.");
  EXPECT_EQ((*jobs.find_jobs(std::vector<RunId>{"r"}))["r"], (JobPlace{5, false}));
  EXPECT_EQ(said("owner", "cancel"), "The run is cancelled.");
  EXPECT_EQ(jobs.load_run("r")->summary.state, RunState::cancelled);
  EXPECT_EQ(said("owner", "retry"), "The run was taken up again.");
  EXPECT_EQ(jobs.take_jobs(1).value().at(0).run, "r");
}

TEST_F(RunForms, AResumedRunWaitsAndIsNotInterrupted) {
  auto& jobs = server.runs();
  ASSERT_EQ(jobs.take_jobs(1).value().size(), 1U);
  EXPECT_THAT(page("owner").body, HasSubstr("role=\"status\">running<"));
  EXPECT_EQ(send("owner", "pause").status, 303);
  EXPECT_THAT(page("owner").body, HasSubstr("role=\"status\">paused<"));
  EXPECT_THAT(server.send("GET", "/runs", "", cookies["owner"]).body, HasSubstr(">paused<"));
  EXPECT_EQ(send("owner", "retry").status, 303);
  EXPECT_THAT(page("owner").body, HasSubstr("role=\"status\">waiting<"));
  for (const auto* list : {"/", "/runs"})
    EXPECT_THAT(server.send("GET", list, "", cookies["owner"]).body,
                AllOf(HasSubstr(">waiting<"), Not(HasSubstr(">interrupted<"))));
}

TEST_F(RunForms, ShareTheRunAndStopIt) {
  EXPECT_EQ(page("friend").status, 404);
  EXPECT_EQ(said("owner", "share", "user=friend"), "The run is shared with friend.");
  EXPECT_EQ(page("friend").status, 200);
  EXPECT_THAT(offered(page("friend").body), IsEmpty()) << "seeing is not changing";
  EXPECT_THAT(page("friend", "?did=priority").body, Not(HasSubstr("class=\"done\"")));
  EXPECT_THAT(offered(page("owner").body),
              ElementsAre("pause", "cancel", "priority", "unshare", "share"));
  EXPECT_EQ(said("owner", "unshare", "user=friend"), "The run is not shared with friend any more.");
  EXPECT_EQ(page("friend").status, 404);
}

TEST_F(RunForms, SayWhatIsWrongOnThePage) {
  const auto fault = [&](const std::string& who, const std::string& what,
                         const std::string& fields) {
    const auto response = send(who, what, fields);
    const std::string before = "<p role=\"alert\">";
    const auto at = response.body.find(before);
    const auto end = response.body.find('<', at + 1);
    return std::to_string(response.status) +
           (at == std::string::npos
                ? ""
                : " " + response.body.substr(at + before.size(), end - at - before.size()));
  };
  EXPECT_EQ(fault("owner", "share", "user=frend"), "404 no user &#39;frend&#39;");
  EXPECT_EQ(fault("owner", "priority", "priority=1"),
            "403 only admins put a run before others&#39;: a priority of 0 or less");
  EXPECT_EQ(fault("owner", "priority", "priority=-101"),
            "400 a priority is from -100 to 100, not -101");
  EXPECT_EQ(fault("owner", "priority", "priority=%3Cb%3E"),
            "400 the priority &#39;&lt;b&gt;&#39; is no whole number from -100 to 100");
  EXPECT_EQ(send("owner", "share", "user=friend").status, 303);
  EXPECT_EQ(fault("friend", "cancel", ""), "403 the run is another user&#39;s");
  EXPECT_EQ(send("owner", "cancel").status, 303);
  EXPECT_EQ(fault("owner", "pause", ""), "409 run &#39;r&#39; is cancelled");
}

TEST_F(RunForms, AreTakenFromOurPagesAlone) {
  for (const auto* what : {"cancel", "pause", "retry", "priority", "share", "unshare"}) {
    const auto target = std::string("/runs/r/") + what;
    EXPECT_EQ(server.form(target, "user=friend&priority=0", cookies["owner"]).status, 403) << what;
    EXPECT_EQ(
        server.form(target, "user=friend&priority=0&csrf=" + tokens["friend"], cookies["owner"])
            .status,
        403)
        << what;
    auto from_elsewhere = cookies["owner"];
    from_elsewhere.emplace_back("Sec-Fetch-Site", "cross-site");
    EXPECT_EQ(server.form(target, "user=friend&priority=0&csrf=" + tokens["owner"], from_elsewhere)
                  .status,
              403)
        << what;
  }
  EXPECT_EQ(server.runs().take_jobs(1).value().size(), 1U) << "nothing has come of it";
}

TEST_F(RunForms, ChangeNothingForWhoMaySeeTheRunAtMost) {
  cookies["viewer"] = {{"Cookie", server.browser_cookie("viewer")}};
  tokens["viewer"] =
      server.form_token_in(server.send("GET", "/account", "", cookies["viewer"]).body);
  const auto statuses = [&](const std::string& who) {
    std::set<int> found;
    for (const auto* what : {"cancel", "pause", "retry", "priority", "share", "unshare"})
      found.insert(send(who, what, "user=viewer&priority=0").status);
    return found;
  };
  EXPECT_THAT(statuses("friend"), ElementsAre(404));
  for (const auto* name : {"friend", "viewer"})
    EXPECT_EQ(send("owner", "share", std::string("user=") + name).status, 303);
  EXPECT_THAT(statuses("friend"), ElementsAre(403));
  EXPECT_THAT(statuses("viewer"), ElementsAre(403));
  EXPECT_EQ(server.runs().take_jobs(1).value().size(), 1U);
}

TEST_F(RunForms, WhatIsDoneIsSaidOnlyWhileItIsSo) {
  for (const auto* did :
       {"cancelled", "paused", "shared&user=friend", "unshared&user=%3Cb%3E", "x"})
    EXPECT_THAT(page("owner", std::string("?did=") + did).body, Not(HasSubstr("class=\"done\"")))
        << did;
}

TEST_F(RunForms, KeysAreOfferedNone) {
  const Caller owner{CallerKind::person, users["owner"].id, "owner", Role::researcher, {}, ""};
  const auto key = server.accounts.add_key(owner, "test", {Scope::read_runs, Scope::write_runs},
                                           std::chrono::seconds(60), {});
  ASSERT_TRUE(key);
  const auto seen = server.send("GET", "/runs/r", "", server.bearer(key->text));
  EXPECT_EQ(seen.status, 200);
  EXPECT_THAT(offered(seen.body), IsEmpty());
}

TEST(RunFormsWithoutAccess, AreEveryonesButForSharing) {
  AccessProbe server{false, {1e6, 1e6}, {}, 0};
  ExperimentSpec spec;
  spec.environments = {"chain-v1"};
  spec.agents = {"ideal"};
  ASSERT_TRUE(server.runs().create_job({"r", "2026-01-01T00:00:00.000Z", spec}, {}));
  EXPECT_THAT(offered(server.send("GET", "/runs/r").body),
              ElementsAre("pause", "cancel", "priority"));
  EXPECT_EQ(server.form("/runs/r/priority", "priority=100&csrf=").header("Location"),
            "/runs/r?did=priority");
  EXPECT_EQ(server.form("/runs/r/pause", "csrf=").status, 303);
  EXPECT_EQ(server.form("/runs/r/retry", "csrf=", {{"Origin", "https://elsewhere"}}).status, 403);
  EXPECT_THAT(server.send("GET", "/runs/r").body, HasSubstr(">paused<"));
  EXPECT_EQ(server.form("/runs/r/share", "user=a&csrf=").status, 409);
  EXPECT_EQ(server.form("/runs/absent/pause", "csrf=").status, 404);
}

}  // namespace
}  // namespace causal_gym
