// A figure of lines over the last minutes as inline SVG: axes with labels, gaps where nothing is
// known, and a text that says the same. Colours come from the page's style. Pure. Cost: linear in
// the points.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace causal_gym {

enum class ChartUnit { per_second, per_minute, seconds, share, count, bytes, dollars, cores };

struct ChartPoint {
  double seconds_ago = 0;
  double value = 0;  // finite
};

struct ChartLine {
  std::string name;
  std::vector<ChartPoint> points;  // oldest first
  bool is_fault = false;           // drawn in the colour of what is wrong
};

struct Chart {
  std::string id;     // of the document, plain letters and hyphens
  std::string title;  // plain text, as what follows
  std::string what;   // "requests": what per_second, per_minute and count are of
  ChartUnit unit = ChartUnit::count;
  std::vector<ChartLine> lines;  // at most chart_lines
  std::string explanation;       // a sentence of what it shows
  double span_seconds = 3'600;   // from the left to now; a multiple of 240
};

inline constexpr std::size_t chart_lines = 4;    // that the style tells apart
inline constexpr double chart_gap_seconds = 35;  // between points that no line joins

// "3.2/s", "12 ms", "98.5 %", "128 MiB", "$0.12/h": three digits that count.
[[nodiscard]] std::string shown_value(double value, ChartUnit unit);

// The least of 1, 2 and 5 times a power of ten of which at most five reach `top`, which is
// positive.
[[nodiscard]] double axis_step(double top, bool whole_numbers);

// A line's SVG path in a box of that size, for values from 0 to `top`: "M0 10L5 8.2". The newest
// moment is on the right. A point without neighbours is a dot.
struct ChartBox {
  double left, top, width, height;
  double seconds = 3'600;  // from its left to its right
};
[[nodiscard]] std::string line_path(const std::vector<ChartPoint>& points, double top,
                                    const ChartBox& box);

// The same closed along the bottom of the box, to be filled; dots are left out.
[[nodiscard]] std::string area_path(const std::vector<ChartPoint>& points, double top,
                                    const ChartBox& box);

// What the lines say, in words: "2xx: 3.2/s now, from 0/s to 12/s, 4.1/s on average."
[[nodiscard]] std::string chart_words(const Chart& chart);

// <figure> with title, SVG, a legend of latest values, and a table of the numbers. `nothing` is
// what stands in place of lines without a point.
[[nodiscard]] std::string draw_chart(const Chart& chart, std::string_view nothing);

}  // namespace causal_gym
