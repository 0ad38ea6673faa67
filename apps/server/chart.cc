#include "apps/server/chart.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <optional>

#include "apps/server/html.h"

namespace causal_gym {

namespace {

constexpr double mebibyte = 1024.0 * 1024;
constexpr double gibibyte = 1024 * mebibyte;
constexpr double wide = 320, high = 176;      // of the picture
constexpr double least_top = 0.01;            // whose numbers are as wide as there is room for
constexpr ChartBox box = {42, 22, 270, 112};  // where the lines are
constexpr double baseline = box.top + box.height;

// Axis numbers are values times the factor.
struct AxisScale {
  double factor = 1;
  std::string label;
};

AxisScale scale_of(const Chart& chart, double most) {
  switch (chart.unit) {
    case ChartUnit::per_second: return {1, chart.what + " a second"};
    case ChartUnit::per_minute: return {1, chart.what + " a minute"};
    case ChartUnit::seconds:
      if (most > 0 && most < 1e-3) return {1e6, "microseconds"};
      return most < 1 ? AxisScale{1e3, "milliseconds"} : AxisScale{1, "seconds"};
    case ChartUnit::share: return {100, "percent"};
    case ChartUnit::count: return {1, chart.what};
    case ChartUnit::bytes:
      return most < gibibyte ? AxisScale{1 / mebibyte, "MiB"} : AxisScale{1 / gibibyte, "GiB"};
    case ChartUnit::dollars: return {1, "dollars an hour"};
    case ChartUnit::cores: return {1, "processors"};
  }
  return {};
}

std::string three_digits(double value) {
  if (value == 0) return "0";
  if (std::abs(value) >= 99.95) return fmt::format("{:.0f}", value);
  return std::abs(value) < 0.001 ? "<0.001" : fmt::format("{:.3g}", value);
}

struct Extent {
  double least, mean, most, latest;
};

std::optional<Extent> extent_of(const ChartLine& line) {
  if (line.points.empty()) return std::nullopt;
  Extent extent{line.points[0].value, 0, line.points[0].value, line.points.back().value};
  for (const auto& point : line.points) {
    extent.least = std::min(extent.least, point.value);
    extent.most = std::max(extent.most, point.value);
    extent.mean += point.value / static_cast<double>(line.points.size());
  }
  return extent;
}

double most_of(const Chart& chart) {
  double most = 0;
  for (const auto& line : chart.lines)
    if (const auto extent = extent_of(line)) most = std::max(most, extent->most);
  return most;
}

std::string coordinate(double value) {
  auto text = fmt::format("{:.1f}", value);
  if (text.ends_with(".0")) text.resize(text.size() - 2);
  return text;
}

std::string text_at(double x, double y, std::string_view anchor, std::string_view text) {
  return fmt::format("<text x=\"{}\" y=\"{}\" text-anchor=\"{}\">{}</text>", coordinate(x),
                     coordinate(y), anchor, html_escape(text));
}

std::string rule(double x1, double y1, double x2, double y2) {
  return fmt::format("<path class=\"grid\" d=\"M{} {}L{} {}\"/>", coordinate(x1), coordinate(y1),
                     coordinate(x2), coordinate(y2));
}

std::string axis_number(double value, int digits) {
  if (value == 0) return "0";
  return value < 10'000 ? fmt::format("{:.{}f}", value, digits)
                        : fmt::format("{:g}k", value / 1'000);
}

// Lines and numbers of both axes; the top of the values is where the last one is.
std::string axes(const AxisScale& scale, double step, double top, double span_seconds) {
  std::string svg = text_at(2, 11, "start", scale.label);
  const int digits = std::max(0, static_cast<int>(-std::floor(std::log10(step) + 1e-9)));
  const auto steps = static_cast<int>(std::lround(top / step));
  for (int i = 0; i <= steps; ++i) {
    const double y = baseline - box.height * i / steps;
    svg += rule(box.left, y, box.left + box.width, y);
    svg += text_at(box.left - 5, y + 4, "end", axis_number(i * step, digits));
  }
  for (int quarter = 4; quarter >= 0; --quarter) {
    const double x = box.left + box.width * (4 - quarter) / 4;
    svg += rule(x, baseline, x, baseline + 4);
    svg += text_at(x, baseline + 17, quarter == 0 ? "end" : "middle",
                   quarter == 0 ? "now" : fmt::format("{:g}", span_seconds / 240 * quarter));
  }
  return svg + text_at(box.left + box.width / 2, baseline + 34, "middle", "minutes ago");
}

// The class that the style draws a line by.
std::string ink_of(const Chart& chart, std::size_t line) {
  return chart.lines[line].is_fault ? "fault" : fmt::format("s{}", line);
}

// The lines; one that is alone has what is below it filled.
std::string drawn_lines(const Chart& chart, double top) {
  std::string svg;
  auto place = box;
  place.seconds = chart.span_seconds;
  if (chart.lines.size() == 1)
    svg += fmt::format("<path class=\"area {}\" d=\"{}\"/>", ink_of(chart, 0),
                       area_path(chart.lines[0].points, top, place));
  for (std::size_t i = 0; i < chart.lines.size(); ++i) {
    const auto path = line_path(chart.lines[i].points, top, place);
    if (!path.empty())
      svg += fmt::format("<path class=\"line {}\" d=\"{}\"/>", ink_of(chart, i), path);
  }
  return svg;
}

struct Ticks {
  double step, top;  // the top is a whole number of steps
};

// `reached` is the largest number on the axis. Shares are of all, so that their axis goes to 100
// percent; faults are rare, so that theirs goes as far as they do.
Ticks ticks_of(const Chart& chart, double reached) {
  const bool all_faults = std::all_of(chart.lines.begin(), chart.lines.end(),
                                      [](const auto& line) { return line.is_fault; });
  if (chart.unit == ChartUnit::share && !all_faults) return {25, 100};
  const bool whole = chart.unit == ChartUnit::count;
  const double top = reached > 0 ? std::max(reached, least_top) : 1;
  const double step = axis_step(top, whole);
  return {step, step * std::ceil(top / step - 1e-9)};
}

std::string picture(const Chart& chart, std::string_view nothing) {
  const bool empty = std::all_of(chart.lines.begin(), chart.lines.end(),
                                 [](const auto& line) { return line.points.empty(); });
  const double most = most_of(chart);
  const auto scale = scale_of(chart, most);
  const auto [step, top] = ticks_of(chart, most * scale.factor);
  auto svg = fmt::format(
      "<svg viewBox=\"0 0 {0} {1}\" role=\"img\" aria-labelledby=\"{2}-title\" "
      "aria-describedby=\"{2}-words\"><title id=\"{2}-title\">{3}</title><desc "
      "id=\"{2}-words\">{4}</desc>",
      wide, high, chart.id, html_escape(chart.title),
      html_escape(empty ? std::string(nothing) : chart_words(chart)));
  svg += axes(scale, step, top, chart.span_seconds) + drawn_lines(chart, top / scale.factor);
  if (empty)
    svg += text_at(box.left + box.width / 2, box.top + box.height / 2 + 4, "middle", nothing);
  return svg + "</svg>";
}

// A line's name with its colour and its latest value.
std::string legend(const Chart& chart) {
  std::string html = "<ul class=\"legend\">";
  for (std::size_t i = 0; i < chart.lines.size(); ++i) {
    const auto extent = extent_of(chart.lines[i]);
    html += fmt::format(
        "<li><svg viewBox=\"0 0 22 8\" aria-hidden=\"true\"><path class=\"line {}\" "
        "d=\"M2 4H20\"/></svg>{} <b>{}</b></li>",
        ink_of(chart, i), html_escape(chart.lines[i].name),
        extent ? html_escape(shown_value(extent->latest, chart.unit)) : "–");
  }
  return html + "</ul>";
}

std::string number_table(const Chart& chart) {
  std::string html =
      "<details><summary>Numbers</summary><p>" + html_escape(chart.explanation) +
      "</p><div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"Numbers: " +
      html_escape(chart.title) + "\"><table><thead><tr><th scope=\"col\">line</th>";
  for (const auto* name : {"latest", "least", "mean", "most"})
    html += fmt::format("<th scope=\"col\" class=\"number\">{}</th>", name);
  html += "</tr></thead><tbody>";
  for (const auto& line : chart.lines) {
    html += "<tr><th scope=\"row\">" + html_escape(line.name) + "</th>";
    const auto extent = extent_of(line);
    for (const auto member : {&Extent::latest, &Extent::least, &Extent::mean, &Extent::most})
      html += "<td class=\"number\">" +
              (extent ? html_escape(shown_value((*extent).*member, chart.unit)) : "–") + "</td>";
    html += "</tr>";
  }
  return html + "</tbody></table></div></details>";
}

struct PlacedPoint {
  std::string x, y;
};

// The points of the hour where they lie, in stretches without a gap.
std::vector<std::vector<PlacedPoint>> stretches(const std::vector<ChartPoint>& points, double top,
                                                const ChartBox& place) {
  std::vector<std::vector<PlacedPoint>> all;
  const ChartPoint* before = nullptr;
  for (const auto& point : points) {
    if (point.seconds_ago > place.seconds) continue;
    const double x = place.left + place.width * (1 - point.seconds_ago / place.seconds);
    const double share = std::clamp(point.value / top, 0.0, 1.0);
    if (!before || before->seconds_ago - point.seconds_ago > chart_gap_seconds) all.emplace_back();
    all.back().push_back({coordinate(x), coordinate(place.top + place.height * (1 - share))});
    before = &point;
  }
  return all;
}

// A line through the points, without those within a flat part.
std::string joined(const std::vector<PlacedPoint>& stretch) {
  std::string path;
  for (std::size_t i = 0; i < stretch.size(); ++i) {
    const auto& [x, y] = stretch[i];
    const bool is_inner = i > 0 && i + 1 < stretch.size();
    if (is_inner && y == stretch[i - 1].y && y == stretch[i + 1].y) continue;
    path += (i > 0 ? "L" : "M") + x + " " + y;
  }
  return path;
}

}  // namespace

std::string shown_value(double value, ChartUnit unit) {
  switch (unit) {
    case ChartUnit::per_second: return three_digits(value) + "/s";
    case ChartUnit::per_minute: return three_digits(value) + "/min";
    case ChartUnit::seconds:
      if (value >= 1) return three_digits(value) + " s";
      return value >= 1e-3 ? three_digits(1e3 * value) + " ms" : three_digits(1e6 * value) + " µs";
    case ChartUnit::share: return three_digits(100 * value) + " %";
    case ChartUnit::count: return three_digits(value);
    case ChartUnit::bytes:
      return value < gibibyte ? three_digits(value / mebibyte) + " MiB"
                              : three_digits(value / gibibyte) + " GiB";
    case ChartUnit::dollars: return "$" + three_digits(value) + "/h";
    case ChartUnit::cores: return three_digits(value);
  }
  return {};
}

double axis_step(double top, bool whole_numbers) {
  const double power = std::pow(10, std::floor(std::log10(top / 5)));
  for (const double digit : {1.0, 2.0, 5.0, 10.0})
    if (digit * power * 5 >= top * (1 - 1e-9))
      return whole_numbers ? std::max(1.0, digit * power) : digit * power;
  return 10 * power;
}

std::string line_path(const std::vector<ChartPoint>& points, double top, const ChartBox& place) {
  std::string path;
  for (const auto& stretch : stretches(points, top, place)) {
    path += joined(stretch);
    if (stretch.size() == 1) path += "h0";
  }
  return path;
}

std::string area_path(const std::vector<ChartPoint>& points, double top, const ChartBox& place) {
  const auto bottom = coordinate(place.top + place.height);
  std::string path;
  for (const auto& stretch : stretches(points, top, place))
    if (stretch.size() > 1) path += joined(stretch) + "V" + bottom + "H" + stretch.front().x + "Z";
  return path;
}

std::string chart_words(const Chart& chart) {
  std::string words;
  for (const auto& line : chart.lines) {
    words += words.empty() ? "" : " ";
    const auto shown = [&](double value) { return shown_value(value, chart.unit); };
    if (const auto extent = extent_of(line))
      words +=
          fmt::format("{}: {} now, from {} to {}, {} on average.", line.name, shown(extent->latest),
                      shown(extent->least), shown(extent->most), shown(extent->mean));
    else
      words += line.name + ": nothing.";
  }
  return words;
}

std::string draw_chart(const Chart& chart, std::string_view nothing) {
  return "<figure class=\"chart\"><h3>" + html_escape(chart.title) + "</h3>" +
         picture(chart, nothing) + legend(chart) + number_table(chart) + "</figure>";
}

}  // namespace causal_gym
