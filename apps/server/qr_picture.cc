#include "apps/server/qr_picture.h"

#include <fmt/format.h>
#include <qrencode.h>

#include <memory>

#include "apps/server/html.h"

namespace causal_gym {

namespace {

constexpr int quiet_zone = 4;  // squares around it, which readers need

struct FreeCode {
  void operator()(QRcode* code) const { QRcode_free(code); }
};

// The dark squares, each run of a row as one piece of the path.
std::string dark_squares(const QRcode& code) {
  const auto is_dark = [&](int x, int y) { return (code.data[y * code.width + x] & 1) != 0; };
  std::string path;
  for (int y = 0; y < code.width; ++y)
    for (int x = 0; x < code.width; ++x) {
      if (!is_dark(x, y)) continue;
      const int from = x;
      while (x < code.width && is_dark(x, y)) ++x;
      path += fmt::format("M{} {}h{}v1H{}z", from, y, x - from, from);
    }
  return path;
}

}  // namespace

std::string qr_picture(const std::string& text, std::string_view label) {
  if (text.empty() || text.find('\0') != std::string::npos) return {};
  const std::unique_ptr<QRcode, FreeCode> code(
      QRcode_encodeString8bit(text.c_str(), /*version=*/0, QR_ECLEVEL_M));
  if (!code) return {};
  const int side = code->width + 2 * quiet_zone;
  return fmt::format(
      "<svg class=\"qr\" role=\"img\" aria-label=\"{0}\" viewBox=\"-{1} -{1} {2} {2}\" "
      "shape-rendering=\"crispEdges\"><path fill=\"#fff\" d=\"M-{1} -{1}h{2}v{2}h-{2}z\"/>"
      "<path fill=\"#000\" d=\"{3}\"/></svg>",
      html_escape(label), quiet_zone, side, dark_squares(*code));
}

}  // namespace causal_gym
