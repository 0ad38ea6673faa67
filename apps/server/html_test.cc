// Escaping: nothing a name or story holds can become markup or leave its place in an address.
#include "apps/server/html.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace causal_gym {
namespace {

using testing::HasSubstr;
using testing::Not;

TEST(HtmlEscape, EscapesEveryCharacterThatMeansSomething) {
  EXPECT_EQ(html_escape("<b a=\"1\" c='2'> & </b>"),
            "&lt;b a=&quot;1&quot; c=&#39;2&#39;&gt; &amp; &lt;/b&gt;");
  EXPECT_EQ(html_escape("größe"), "größe");
}

TEST(UrlEscape, KeepsUnreservedCharactersOnly) {
  EXPECT_EQ(url_escape("set x=1; y"), "set%20x%3D1%3B%20y");
  EXPECT_EQ(url_escape("a-b_c.d~"), "a-b_c.d~");
  EXPECT_EQ(url_escape("é"), "%C3%A9");
}

TEST(HtmlPage, EscapesItsTitle) {
  const auto page = html_page("<script>", "<p>body</p>");
  EXPECT_THAT(page, HasSubstr("<title>&lt;script&gt; "));
  EXPECT_THAT(page, HasSubstr("<p>body</p>"));
  EXPECT_THAT(page, Not(HasSubstr("<script>")));
}

}  // namespace
}  // namespace causal_gym
