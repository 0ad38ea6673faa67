#include "apps/server/card_table.h"

#include <fmt/format.h>

#include "apps/server/html.h"
#include "engine/base/check.h"

namespace causal_gym {

namespace {

constexpr std::size_t date_length = 10;       // 2026-11-23
constexpr std::size_t to_the_second = 19;     // 2026-11-23T23:51:02
constexpr std::size_t timestamp_length = 24;  // 2026-11-23T23:51:02.007Z

std::string_view class_of(const Column& column) {
  return column.is_number ? " class=\"number\"" : "";
}

// Their roles are spelled out, as a table that is laid out as something else loses them.
std::string row_html(std::span<const Column> columns, std::span<const std::string> cells) {
  CHECK(cells.size() == columns.size());
  std::string html = "<tr role=\"row\"><th scope=\"row\" role=\"rowheader\">" + cells[0] + "</th>";
  for (std::size_t i = 1; i < cells.size(); ++i)
    html += fmt::format("<td role=\"cell\" data-name=\"{}\"{}>{}</td>",
                        html_escape(columns[i].name), class_of(columns[i]), cells[i]);
  return html + "</tr>";
}

}  // namespace

std::string card_table(std::string_view label, std::span<const Column> columns,
                       std::span<const std::vector<std::string>> rows) {
  std::string html = fmt::format(
      "<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"{}\"><table "
      "class=\"rows\" role=\"table\"><thead role=\"rowgroup\"><tr role=\"row\">",
      html_escape(label));
  for (const auto& column : columns)
    html += fmt::format("<th scope=\"col\" role=\"columnheader\"{}>{}</th>", class_of(column),
                        html_escape(column.name));
  html += "</tr></thead><tbody role=\"rowgroup\">";
  for (const auto& row : rows) html += row_html(columns, row);
  return html + "</tbody></table></div>";
}

std::string time_html(std::string_view timestamp) {
  const bool is_ours = timestamp.size() == timestamp_length && timestamp[date_length] == 'T' &&
                       timestamp.back() == 'Z';
  if (!is_ours) return html_escape(timestamp);
  return fmt::format(
      "<time datetime=\"{0}\">{1} {2} UTC</time>", html_escape(timestamp),
      html_escape(timestamp.substr(0, date_length)),
      html_escape(timestamp.substr(date_length + 1, to_the_second - date_length - 1)));
}

}  // namespace causal_gym
