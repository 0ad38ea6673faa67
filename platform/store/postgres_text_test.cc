// Any bytes come back, and what PostgreSQL gets is UTF-8 without NUL.
#include "platform/store/postgres_text.h"

#include <gtest/gtest.h>
#include <iconv.h>

#include <iterator>
#include <set>
#include <string>
#include <vector>

#include "engine/base/rng.h"

namespace causal_gym {
namespace {

// By another road: the C library's converter.
bool is_utf8(std::string text) {
  iconv_t converter = iconv_open("UTF-32LE", "UTF-8");
  std::vector<char> converted(4 * text.size() + 4);
  char* in = text.data();
  char* out = converted.data();
  std::size_t in_left = text.size();
  std::size_t out_left = converted.size();
  const bool is_good = iconv(converter, &in, &in_left, &out, &out_left) != std::size_t(-1);
  iconv_close(converter);
  return is_good && in_left == 0;
}

TEST(PostgresText, TextIsKeptAsItIs) {
  for (const char* text : {"", "a", "é\u2192\U0001F600", "\x7f\x01", "\U0010FEFF"})
    EXPECT_EQ(to_postgres_text(text), text);
  EXPECT_EQ(to_postgres_text(std::string_view("\0", 1)), "\U0010FF00");
  EXPECT_EQ(to_postgres_text("\xff"), "\U0010FFFF");
}

TEST(PostgresText, AnyBytesComeBackAndNoTwoBecomeTheSame) {
  // Bytes at the edges of each rule of UTF-8, so that many texts are nearly valid.
  const unsigned char edges[] = {0x00, 0x41, 0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbc, 0xbf,
                                 0xc1, 0xc2, 0xdf, 0xe0, 0xed, 0xef, 0xf0, 0xf4, 0xf5, 0xff};
  Rng rng(5, stream_of("bytes"));
  std::set<std::string> texts;
  std::set<std::string> stored;
  for (int round = 0; round < 100'000; ++round) {
    std::string bytes;
    for (auto left = rng.below(7); left > 0; --left)
      bytes += static_cast<char>(edges[rng.below(std::size(edges))]);
    const std::string text = to_postgres_text(bytes);
    ASSERT_TRUE(is_utf8(text));
    ASSERT_EQ(text.find('\0'), std::string::npos);
    ASSERT_EQ(from_postgres_text(text), bytes);
    texts.insert(bytes);
    stored.insert(text);
  }
  EXPECT_EQ(texts.size(), stored.size());
}

}  // namespace
}  // namespace causal_gym
