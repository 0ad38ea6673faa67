// Tables that become cards: each cell knows its column, and moments stay whole.
#include "apps/server/card_table.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace causal_gym {
namespace {

using testing::HasSubstr;

TEST(CardTable, EachCellKnowsItsColumn) {
  const Column columns[] = {{"name"}, {"a<b"}, {"count", true}};
  const std::vector<std::vector<std::string>> rows = {{"<b>x</b>", "y", "3"}};
  const auto html = card_table("Things \"here\"", columns, rows);
  EXPECT_THAT(html, HasSubstr("role=\"region\" aria-label=\"Things &quot;here&quot;\""));
  EXPECT_THAT(html, HasSubstr("<th scope=\"col\" role=\"columnheader\">a&lt;b</th>"));
  EXPECT_THAT(html, HasSubstr("<th scope=\"row\" role=\"rowheader\"><b>x</b></th>"
                              "<td role=\"cell\" data-name=\"a&lt;b\">y</td>"
                              "<td role=\"cell\" data-name=\"count\" class=\"number\">3</td>"));
}

TEST(TimeHtml, IsReadableAndWhole) {
  EXPECT_EQ(time_html("2026-11-23T23:51:02.007Z"),
            "<time datetime=\"2026-11-23T23:51:02.007Z\">2026-11-23 23:51:02 UTC</time>");
  EXPECT_EQ(time_html("2026-11-23"), "2026-11-23");
  EXPECT_EQ(time_html("<2026-11-23 23:51:02.00>"), "&lt;2026-11-23 23:51:02.00&gt;");
}

}  // namespace
}  // namespace causal_gym
