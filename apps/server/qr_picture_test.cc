// QR codes: as squares of an SVG; that a reader finds the text in them is seen in the browser
// (web/e2e/access.test.mjs) and here, by zbar.
#include "apps/server/qr_picture.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <cstdio>
#include <fstream>
#include <string>
#include <vector>

#include "platform/config/temporary_folder.h"

namespace causal_gym {
namespace {

using testing::HasSubstr;

constexpr int scale = 6;  // pixels of a square

int number_after(const std::string& text, const std::string& before) {
  return std::stoi(text.substr(text.find(before) + before.size()));
}

// The picture as pixels, by its paths alone: a plain grey map, which zbar reads.
std::string grey_map(const std::string& svg) {
  const int side = number_after(svg, "viewBox=\"-4 -4 ");
  std::vector<int> squares(static_cast<std::size_t>(side * side), 255);
  const auto square = [&](int x, int y) -> int& {
    return squares.at(static_cast<std::size_t>(y * side + x));
  };
  const auto path = svg.substr(svg.find("fill=\"#000\" d=\""));
  for (auto at = path.find('M'); at != std::string::npos; at = path.find('M', at + 1)) {
    int x = 0, y = 0, width = 0;
    EXPECT_EQ(std::sscanf(path.c_str() + at, "M%d %dh%dv1H", &x, &y, &width), 3);
    for (int i = 0; i < width; ++i) square(x + 4 + i, y + 4) = 0;
  }
  const auto pixels = std::to_string(side * scale);
  auto map = "P2\n" + pixels + " " + pixels + "\n255\n";
  for (int y = 0; y < side * scale; ++y)
    for (int x = 0; x < side * scale; ++x)
      map += std::to_string(square(x / scale, y / scale)) + "\n";
  return map;
}

std::string decoded(const std::string& svg) {
  const TemporaryFolder folder;
  const auto file = folder.file("code.pgm");
  std::ofstream(file) << grey_map(svg);
  const auto command = "zbarimg --nodbus --quiet --raw -Sdisable -Sqrcode.enable '" + file + "'";
  FILE* reader = popen(command.c_str(), "r");
  std::string text;
  std::array<char, 4'096> part{};
  while (std::fgets(part.data(), static_cast<int>(part.size()), reader) != nullptr)
    text += part.data();
  EXPECT_EQ(pclose(reader), 0);
  return text.substr(0, text.find_last_not_of('\n') + 1);
}

TEST(QrPicture, IsReadAsTheTextThatItIsOf) {
  for (const auto& text :
       {std::string("x"), std::string(700, 'a'),
        std::string("otpauth://totp/causal-gym:ada?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&"
                    "issuer=causal-gym&algorithm=SHA1&digits=6&period=30")})
    EXPECT_EQ(decoded(qr_picture(text, "")), text);
}

TEST(QrPicture, SaysInWordsWhatItLeadsTo) {
  EXPECT_THAT(qr_picture("x", "to <x>"), HasSubstr("role=\"img\" aria-label=\"to &lt;x&gt;\""));
}

TEST(QrPicture, IsLeftOutWhereThereCanBeNone) {
  EXPECT_NE(qr_picture(std::string(2'331, 'a'), "x"), "");
  EXPECT_EQ(qr_picture(std::string(2'332, 'a'), "x"), "");
  EXPECT_EQ(qr_picture("", "x"), "");
  EXPECT_EQ(qr_picture(std::string("a\0b", 3), "x"), "");
}

}  // namespace
}  // namespace causal_gym
