// The framings of streams: every rule of server-sent events, and lines of JSON, wherever they are
// cut.
#include "platform/llm/event_stream.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

namespace causal_gym {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

std::vector<StreamEvent> events_of(const std::vector<std::string_view>& pieces) {
  EventStream stream;
  std::vector<StreamEvent> events;
  for (const auto piece : pieces)
    for (auto& event : stream.feed(piece)) events.push_back(std::move(event));
  return events;
}

// Of the whole text; every cut in two or three must give the same.
std::vector<StreamEvent> events_of(std::string_view text) {
  auto events = events_of(std::vector{text});
  for (std::size_t a = 0; a <= text.size(); ++a)
    for (std::size_t b = a; b <= text.size(); ++b)
      EXPECT_EQ(events_of({text.substr(0, a), text.substr(a, b - a), text.substr(b)}), events)
          << "cut at " << a << " and " << b;
  return events;
}

TEST(EventStream, lines_end_with_line_feed_return_or_both) {
  for (const std::string_view text : {"data: a\n\ndata: b\n\n", "data: a\r\rdata: b\r\r",
                                      "data: a\r\n\r\ndata: b\r\n\r\n", "data: a\r\n\rdata: b\n\r"})
    EXPECT_THAT(events_of(text), ElementsAre(StreamEvent{"", "a"}, StreamEvent{"", "b"})) << text;
}

TEST(EventStream, a_line_feed_after_a_return_is_no_line_of_its_own) {
  EXPECT_THAT(events_of("event: x\r\ndata: a\r\ndata: b\r\n\r\n"),
              ElementsAre(StreamEvent{"x", "a\nb"}));
}

TEST(EventStream, a_return_alone_ends_a_line_before_what_follows_is_known) {
  EventStream stream;
  EXPECT_THAT(stream.feed("data: a\r\n\r"), ElementsAre(StreamEvent{"", "a"}));
  EXPECT_THAT(stream.feed("\ndata: b\n\n"), ElementsAre(StreamEvent{"", "b"}));
}

TEST(EventStream, a_type_holds_for_one_event) {
  EXPECT_THAT(events_of("event: ping\ndata: {}\n\ndata: x\n\n"),
              ElementsAre(StreamEvent{"ping", "{}"}, StreamEvent{"", "x"}));
  EXPECT_THAT(events_of("event: ping\n\ndata: x\n\n"), ElementsAre(StreamEvent{"", "x"}));
}

TEST(EventStream, data_fields_are_lines_of_one_text) {
  EXPECT_THAT(events_of("data: {\"a\":\ndata: 1}\n\n"),
              ElementsAre(StreamEvent{"", "{\"a\":\n1}"}));
  EXPECT_THAT(events_of("data\ndata\n\n"), ElementsAre(StreamEvent{"", "\n"}));
}

TEST(EventStream, one_space_after_the_colon_is_left_out) {
  EXPECT_THAT(events_of("data:a\n\ndata:  b\n\n"),
              ElementsAre(StreamEvent{"", "a"}, StreamEvent{"", " b"}));
}

TEST(EventStream, comments_and_other_fields_say_nothing) {
  EXPECT_THAT(events_of(": keep-alive\n\nid: 7\nretry: 10\nDATA: no\ndata: a\n\n"),
              ElementsAre(StreamEvent{"", "a"}));
}

TEST(EventStream, a_byte_order_mark_is_skipped_at_the_start_alone) {
  EXPECT_THAT(events_of("\xEF\xBB\xBF"
                        "data: a\n\n\xEF\xBB\xBF"
                        "data: b\n\n"),
              ElementsAre(StreamEvent{"", "a"}));
}

TEST(EventStream, an_event_that_no_blank_line_ends_is_dropped) {
  EXPECT_THAT(events_of("data: a\n"), IsEmpty());
  EXPECT_THAT(events_of("data: a"), IsEmpty());
}

TEST(EventStream, an_event_over_the_limit_ends_it) {
  EventStream stream(8);
  EXPECT_THAT(stream.feed("data: ab\n\n"), ElementsAre(StreamEvent{"", "ab"}));  // a line of 8
  EXPECT_FALSE(stream.too_large());
  EXPECT_THAT(stream.feed("data: abc\n\n"), IsEmpty());
  EXPECT_TRUE(stream.too_large());
  EXPECT_THAT(stream.feed("\n\ndata: x\n\n"), IsEmpty());

  EventStream lines(8);  // many short lines of one event count together
  EXPECT_THAT(lines.feed("data: ab\ndata: c\n\n"), IsEmpty());
  EXPECT_TRUE(lines.too_large());
}

TEST(LineStream, lines_are_whole_wherever_they_are_cut) {
  const std::string_view text = "{\"a\":1}\r\n\n  \n{\"b\":2}\nrest";
  for (std::size_t cut = 0; cut <= text.size(); ++cut) {
    LineStream stream;
    auto lines = stream.feed(text.substr(0, cut));
    for (auto& line : stream.feed(text.substr(cut))) lines.push_back(std::move(line));
    EXPECT_THAT(lines, ElementsAre("{\"a\":1}", "{\"b\":2}")) << cut;
    EXPECT_EQ(stream.rest(), "rest") << cut;
  }
}

TEST(LineStream, a_line_over_the_limit_ends_it) {
  LineStream stream(3);
  EXPECT_THAT(stream.feed("abc\n"), ElementsAre("abc"));
  EXPECT_THAT(stream.feed("abcd\nx\n"), IsEmpty());
  EXPECT_TRUE(stream.too_large());
}

}  // namespace
}  // namespace causal_gym
