// A text as a QR code: an SVG that a camera reads from the screen, in light and dark alike.
//
// Source: ISO/IEC 18004, by libqrencode, with its medium error correction. Cost: linear in the
// picture, which has at most 177 x 177 squares.
#pragma once

#include <string>
#include <string_view>

namespace causal_gym {

// `label` says in words what the picture leads to. Empty where the text is too long for one (over
// 2,331 bytes), or empty itself: there is to be another way to it in any case.
[[nodiscard]] std::string qr_picture(const std::string& text, std::string_view label);

}  // namespace causal_gym
