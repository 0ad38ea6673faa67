#include "apps/server/html.h"

#include <fmt/format.h>

namespace causal_gym {

namespace {

constexpr std::string_view style = R"css(
:root { color-scheme: light dark; --ink: #1c2733; --soft: #526173; --line: #d4dbe3;
  --paper: #ffffff; --panel: #f5f7fa;
  --accent: #0b5cad; --do: #a8420b; --done: #1a6b3c; --fault: #b3261e; --well: #1d6b34;
  --violet: #7a3ea8; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6ebf1; --soft: #a3b1c0; --line: #37424f;
  --paper: #12181f;
  --panel: #1b232d; --accent: #7cb8f2; --do: #f0a06c;
  --done: #6fce96; --fault: #f5948c; --well: #7fd08a; --violet: #c9a2ee; } }
* { box-sizing: border-box; }
body { margin: 0; font: 16px/1.55 system-ui, sans-serif; color: var(--ink);
  background: var(--paper); }
header, main, footer { max-width: 68rem; margin: 0 auto; padding: 0 1.25rem; }
header { display: flex; flex-wrap: wrap; gap: 1.25rem; align-items: baseline;
  padding-top: 1rem; padding-bottom: .75rem;
  border-bottom: 1px solid var(--line); }
header .name { font-weight: 650; color: inherit; text-decoration: none; }
a { color: var(--accent); }
a:focus-visible, summary:focus-visible, button:focus-visible, select:focus-visible,
input:focus-visible { outline: 3px solid var(--accent);
  outline-offset: 2px; }
h1 { font-size: 1.6rem; line-height: 1.25; margin: 1.4rem 0 .4rem; }
h2 { font-size: 1.15rem; margin: 1.8rem 0 .5rem; }
.soft, footer { color: var(--soft); }
.cards { display: grid; grid-template-columns: repeat(auto-fill, minmax(19rem, 1fr));
  gap: 1rem; padding: 0; list-style: none; }
.card { background: var(--panel); border: 1px solid var(--line); border-radius: .5rem;
  padding: .9rem 1rem; }
.card h3 { margin: 0 0 .25rem; font-size: 1rem; }
.card p { margin: 0; }
.graphs { display: grid; grid-template-columns: repeat(auto-fit, minmax(20rem, 1fr)); gap: 1rem; }
figure { margin: 0; background: var(--panel); border: 1px solid var(--line);
  border-radius: .5rem; padding: .75rem; }
figure svg { display: block; width: 100%; height: auto; max-height: 26rem; color: var(--ink); }
figcaption { font-size: .9rem; color: var(--soft); padding-top: .5rem; }
.scroll { overflow-x: auto; }
.scroll th[scope="row"] { position: sticky; left: 0; background: var(--paper); }
table { border-collapse: collapse; margin: .5rem 0; font-variant-numeric: tabular-nums; }
th, td { text-align: left; padding: .35rem .9rem .35rem 0;
  border-bottom: 1px solid var(--line); vertical-align: top; }
td.number, th.number { text-align: right; }
caption { text-align: left; }
time, td.number { white-space: nowrap; }
td form { margin: 0; }
.rows th[scope="row"] { font-weight: inherit; }
.do { color: var(--do); font-weight: 600; }
code, pre { font-family: ui-monospace, monospace; font-size: .92em; }
form { display: flex; flex-wrap: wrap; gap: .75rem; align-items: end; margin: .75rem 0; }
label { display: grid; gap: .2rem; font-size: .9rem; color: var(--soft); }
select, input, button { font: inherit; padding: .4rem .7rem; border-radius: .35rem;
  border: 1px solid var(--soft);
  background: var(--paper); color: var(--ink); }
button { background: var(--accent); color: var(--paper); border-color: var(--accent);
  cursor: pointer; }
form.stacked { display: grid; max-width: 22rem; align-items: stretch; }
pre { overflow-x: auto; background: var(--panel); border: 1px solid var(--line);
  border-radius: .35rem; padding: .6rem .8rem; }
h3 code, p code { overflow-wrap: anywhere; }
progress { width: 100%; accent-color: var(--accent); }
summary { cursor: pointer; color: var(--accent); }
form.visitor { margin: 0 0 0 auto; align-items: baseline; }
[role="alert"], .done { border-left: .3rem solid var(--fault); background: var(--panel);
  padding: .5rem .8rem; overflow-wrap: anywhere; }
.done { border-left-color: var(--done); }
.done::before { content: "✓ " / ""; color: var(--done); font-weight: 700; }
.qr { display: block; width: 16rem; max-width: 100%; height: auto; }
.plain { padding: 0; list-style: none; }
.plain li { display: flex; flex-wrap: wrap; gap: .25rem 1rem; align-items: baseline; }
.acts > form, .acts > details, .plain form { margin: .5rem 0; }
.acts h3 { font-size: 1rem; margin: 1.2rem 0 .4rem; }
.checks, .legend { display: flex; flex-wrap: wrap; gap: .6rem; padding: 0; margin: .5rem 0;
  list-style: none; }
.check { background: var(--panel); border: 1px solid var(--line); border-radius: .35rem;
  border-left: .3rem solid var(--well); padding: .4rem .8rem; }
.check .state { color: var(--well); }
.check.ill { border-left-color: var(--do); }
.check.ill .state { color: var(--do); font-weight: 600; }
.charts { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(19rem, 100%), 1fr));
  gap: 1rem; }
.chart { display: flex; flex-direction: column; }
.chart details { margin-top: auto; font-size: .9rem; }
.chart h3 { margin: 0 0 .5rem; font-size: 1rem; line-height: 1.3; }
.chart text { font-size: 12px; fill: var(--soft); }
.chart .grid { stroke: var(--line); fill: none; }
.line { fill: none; stroke-width: 2; stroke-linejoin: round; stroke-linecap: round; }
.area { fill: var(--accent); stroke: none; opacity: .13; }
.area.fault { fill: var(--do); }
.line.s0 { stroke: var(--accent); }
.line.s1 { stroke: var(--violet); stroke-dasharray: 5 4; }
.line.s2 { stroke: var(--well); stroke-dasharray: 1 4; }
.line.fault { stroke: var(--do); stroke-dasharray: 8 4 1 4; }
.legend { gap: .1rem 1rem; margin: .4rem 0; font-size: .9rem; color: var(--soft); }
.legend svg { display: inline-block; width: 22px; height: 8px; margin-right: .4rem; }
.legend b { color: var(--ink); font-variant-numeric: tabular-nums; }
.chart th, .chart td { padding-right: .6rem; }
footer { padding-top: 2rem; padding-bottom: 2rem; font-size: .9rem; }
@media (max-width: 45rem) {
  .scroll th[scope="row"] { min-width: 7.5rem; max-width: 9rem; overflow-wrap: anywhere; }
  .rows, .rows tbody, .rows tr, .rows th, .rows td { display: block; }
  .rows thead { position: absolute; clip-path: inset(50%); }
  .rows tr { background: var(--panel); border: 1px solid var(--line); border-radius: .5rem;
    padding: .6rem .9rem; margin-bottom: .75rem; }
  .rows th, .rows td, .rows td.number { border: 0; padding: .15rem 0; text-align: right;
    white-space: normal; }
  .rows th[scope="row"] { position: static; max-width: none; background: none;
    text-align: left; font-weight: 600; }
  .rows td { display: flow-root; overflow-wrap: anywhere; }
  .rows td::before { content: attr(data-name); float: left; margin-right: 1rem;
    color: var(--soft); }
  .rows td form { justify-content: end; }
}
)css";

bool is_unreserved(unsigned char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' ||
         c == '_' || c == '.' || c == '~';
}

}  // namespace

std::string html_escape(std::string_view text) {
  std::string escaped;
  escaped.reserve(text.size());
  for (const char c : text) {
    switch (c) {
      case '&': escaped += "&amp;"; break;
      case '<': escaped += "&lt;"; break;
      case '>': escaped += "&gt;"; break;
      case '"': escaped += "&quot;"; break;
      case '\'': escaped += "&#39;"; break;
      default: escaped += c;
    }
  }
  return escaped;
}

std::string url_escape(std::string_view text) {
  std::string escaped;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (is_unreserved(byte))
      escaped += c;
    else
      escaped += fmt::format("%{:02X}", byte);
  }
  return escaped;
}

std::string form_token_field(const Visitor& visitor) {
  return "<input type=\"hidden\" name=\"csrf\" value=\"" + html_escape(visitor.form_token) + "\">";
}

std::string html_page(std::string_view title, std::string_view body, const Visitor& visitor) {
  std::string account;
  if (!visitor.name.empty())
    account = "<form class=\"visitor\" method=\"post\" action=\"/sign-out\">" +
              form_token_field(visitor) + "<a href=\"/account\">" + html_escape(visitor.name) +
              "</a><button>Sign out</button></form>";
  return fmt::format(
      "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
      "<title>{0} · Causal Interface Gym</title>\n<style>{1}</style>\n</head>\n<body>\n"
      "<header><a class=\"name\" href=\"/\">Causal Interface Gym</a>"
      "<nav aria-label=\"Main\"><a href=\"/#environments\">Environments</a> · <a "
      "href=\"/runs\">Runs</a>{4}</nav>{3}</header>\n"
      "<main>\n{2}\n</main>\n"
      "<footer>Exact answers from a structural causal model. The same operations: "
      "<a href=\"/docs\">HTTP API</a>.</footer>\n</body>\n</html>\n",
      html_escape(title), style, body, account,
      visitor.operates ? " · <a href=\"/ops\">Operations</a>" : "");
}

}  // namespace causal_gym
