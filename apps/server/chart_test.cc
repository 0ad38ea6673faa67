// Figures: where points come to lie, by hand; what is said in words; what is not known.
#include "apps/server/chart.h"

#include <gmock/gmock.h>

namespace causal_gym {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr ChartBox box = {0, 0, 100, 10};

Chart chart(std::vector<ChartLine> lines, ChartUnit unit = ChartUnit::per_second) {
  return {"id", "Questions <now>", "questions", unit, std::move(lines), "What it shows."};
}

TEST(LinePath, LeadsThroughItsPointsWithTheNewestOnTheRight) {
  // 30 s ago: 100 * (1 - 30/3600) = 99.17 from the left; 10 of 10: at the top.
  EXPECT_EQ(line_path({{30, 10}, {20, 5}, {0, 0}}, 10, box), "M99.2 0L99.4 5L100 10");
  EXPECT_EQ(line_path({}, 10, box), "");
}

TEST(LinePath, LeavesOutWhatIsWithinAFlatStretch) {
  EXPECT_EQ(line_path({{40, 10}, {30, 10}, {20, 10}, {10, 10}, {0, 5}}, 10, box),
            "M98.9 0L99.7 0L100 5");
}

TEST(LinePath, IsBrokenWhereNothingIsKnown) {
  EXPECT_EQ(line_path({{210, 5}, {180, 5}, {20, 5}, {0, 5}}, 10, box), "M94.2 5L95 5M99.4 5L100 5");
  EXPECT_EQ(line_path({{1800, 5}, {0, 5}}, 10, box), "M50 5h0M100 5h0");
  EXPECT_EQ(line_path({{35, 5}, {0, 5}}, 10, box), "M99 5L100 5");
  EXPECT_EQ(line_path({{36, 5}, {0, 5}}, 10, box), "M99 5h0M100 5h0");
}

TEST(LinePath, StaysWithinItsBox) {
  EXPECT_EQ(line_path({{3'601, 5}, {3'600, 20}, {3'590, -1}}, 10, box), "M0 0L0.3 10");
}

TEST(LinePath, SpansTheSecondsOfItsBox) {
  // 300 s of 1200: three quarters from the left.
  EXPECT_EQ(line_path({{1'201, 5}, {300, 5}, {290, 5}}, 10, {0, 0, 100, 10, 1'200}),
            "M75 5L75.8 5");
}

TEST(AreaPath, IsClosedAlongTheBottomAndLeavesDotsOut) {
  EXPECT_EQ(area_path({{1'800, 5}, {210, 5}, {180, 10}, {20, 5}, {0, 5}}, 10, box),
            "M94.2 5L95 0V10H94.2ZM99.4 5L100 5V10H99.4Z");
}

TEST(AxisStep, IsARoundNumberOfWhichAtMostFiveReachTheTop) {
  EXPECT_DOUBLE_EQ(axis_step(12, false), 5);
  EXPECT_DOUBLE_EQ(axis_step(10, false), 2);
  EXPECT_DOUBLE_EQ(axis_step(1, false), 0.2);
  EXPECT_DOUBLE_EQ(axis_step(0.7, false), 0.2);
  EXPECT_DOUBLE_EQ(axis_step(0.05, false), 0.01);
  EXPECT_DOUBLE_EQ(axis_step(2, true), 1);
  EXPECT_DOUBLE_EQ(axis_step(70'000, true), 20'000);
}

TEST(ShownValue, HasThreeDigitsAndAUnit) {
  EXPECT_EQ(shown_value(0, ChartUnit::per_second), "0/s");
  EXPECT_EQ(shown_value(3.14159, ChartUnit::per_second), "3.14/s");
  EXPECT_EQ(shown_value(99.96, ChartUnit::per_minute), "100/min");
  EXPECT_EQ(shown_value(1234.5, ChartUnit::count), "1234");
  EXPECT_EQ(shown_value(0.00025, ChartUnit::seconds), "250 µs");
  EXPECT_EQ(shown_value(0.0125, ChartUnit::seconds), "12.5 ms");
  EXPECT_EQ(shown_value(2.5, ChartUnit::seconds), "2.5 s");
  EXPECT_EQ(shown_value(0.9872, ChartUnit::share), "98.7 %");
  EXPECT_EQ(shown_value(48.0 * 1024 * 1024, ChartUnit::bytes), "48 MiB");
  EXPECT_EQ(shown_value(1.5 * 1024 * 1024 * 1024, ChartUnit::bytes), "1.5 GiB");
  EXPECT_EQ(shown_value(0.12, ChartUnit::dollars), "$0.12/h");
  EXPECT_EQ(shown_value(0.0001, ChartUnit::cores), "<0.001");
}

TEST(ChartWords, SayWhatTheLinesShow) {
  EXPECT_EQ(chart_words(chart({{"ok", {{20, 1}, {10, 4}, {0, 1}}}, {"error", {}}})),
            "ok: 1/s now, from 1/s to 4/s, 2/s on average. error: nothing.");
}

TEST(DrawnChart, HasATitleAxesLatestValuesAndItsWords) {
  const auto html = draw_chart(chart({{"ok", {{10, 3}, {0, 12}}}, {"a<b", {{0, 1}}}}), "none");
  EXPECT_THAT(html, HasSubstr("<h3>Questions &lt;now&gt;</h3>"));
  EXPECT_THAT(html, HasSubstr("role=\"img\" aria-labelledby=\"id-title\" "
                              "aria-describedby=\"id-words\"><title id=\"id-title\">"));
  EXPECT_THAT(html, HasSubstr("<desc id=\"id-words\">ok: 12/s now, from 3/s to 12/s"));
  EXPECT_THAT(html, HasSubstr(">questions a second</text>"));
  EXPECT_THAT(html, HasSubstr(">minutes ago</text>"));
  EXPECT_THAT(html, HasSubstr(">15</text>"));  // the axis's last number: steps of 5
  // 12 of 15: 22 + 112 * (1 - 12/15) = 44.4 from the top; 42 + 270 from the left.
  EXPECT_THAT(html, HasSubstr("<path class=\"line s0\" d=\"M311.2 111.6L312 44.4\"/>"));
  EXPECT_THAT(html, HasSubstr("<path class=\"line s1\" d=\"M312 126.5h0\"/>"));
  EXPECT_THAT(html, HasSubstr("a&lt;b <b>1/s</b>"));
  EXPECT_THAT(html, Not(HasSubstr("a<b")));
  EXPECT_THAT(html, Not(HasSubstr("none")));
}

TEST(DrawnChart, ScalesItsAxisToItsUnit) {
  const auto at = [](double value, ChartUnit unit) {
    return draw_chart(chart({{"a", {{10, value}, {0, value}}}}, unit), "none");
  };
  EXPECT_THAT(at(0.004, ChartUnit::seconds), HasSubstr(">milliseconds</text>"));
  EXPECT_THAT(at(0.004, ChartUnit::seconds), HasSubstr(">4</text>"));
  EXPECT_THAT(at(0.5, ChartUnit::share), HasSubstr(">100</text>"));
  const auto faults = draw_chart(chart({{"a", {{0, 0.03}}, true}}, ChartUnit::share), "none");
  EXPECT_THAT(faults, HasSubstr(">3</text>"));
  EXPECT_THAT(faults, Not(HasSubstr(">100</text>")));
  // No number is wider than there is room for.
  EXPECT_THAT(at(0.0004, ChartUnit::cores), HasSubstr(">0.010</text>"));
  EXPECT_THAT(at(70'000, ChartUnit::count), HasSubstr(">80k</text>"));
  // Of nothing, one.
  EXPECT_THAT(at(0, ChartUnit::per_second), HasSubstr(">0.8</text>"));
  EXPECT_THAT(at(0, ChartUnit::per_second), HasSubstr(">0</text>"));
  EXPECT_THAT(at(0, ChartUnit::seconds), HasSubstr(">milliseconds</text>"));
  // Half of the box's height.
  EXPECT_THAT(at(0.5, ChartUnit::share), HasSubstr("d=\"M311.2 78L312 78\""));
  EXPECT_THAT(at(0, ChartUnit::count), HasSubstr("d=\"M311.2 134L312 134\""));
}

TEST(DrawnChart, SpansTheMinutesThatItIsTold) {
  auto young = chart({{"ok", {{600, 1}, {0, 1}}}});
  EXPECT_THAT(draw_chart(young, "none"), HasSubstr(">45</text>"));
  young.span_seconds = 1'200;
  const auto html = draw_chart(young, "none");
  EXPECT_THAT(html, HasSubstr(">20</text>"));
  EXPECT_THAT(html, HasSubstr(">5</text>"));
  EXPECT_THAT(html, Not(HasSubstr(">45</text>")));
  EXPECT_THAT(html, HasSubstr("<path class=\"line s0\" d=\"M177 22h0M312 22h0\"/>"));
}

TEST(DrawnChart, AFaultHasAColourOfItsOwn) {
  const auto html = draw_chart(chart({{"ok", {{0, 1}}}, {"error", {{0, 1}}, true}}), "none");
  EXPECT_THAT(html, HasSubstr("<path class=\"line fault\" d=\"M312"));
  EXPECT_THAT(html, HasSubstr("<path class=\"line fault\" d=\"M2 4H20\"/></svg>error"));
  EXPECT_THAT(html, Not(HasSubstr("line s1")));
}

TEST(DrawnChart, SaysThatNothingIsKnown) {
  const auto html = draw_chart(chart({{"ok", {}}}), "no samples yet");
  EXPECT_THAT(html, HasSubstr("<desc id=\"id-words\">no samples yet</desc>"));
  EXPECT_THAT(html, HasSubstr("text-anchor=\"middle\">no samples yet</text>"));
  EXPECT_THAT(html, HasSubstr("ok <b>–</b>"));
  EXPECT_THAT(html, Not(HasSubstr("class=\"line s0\" d=\"M3")));
}

}  // namespace
}  // namespace causal_gym
