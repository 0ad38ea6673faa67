#include "platform/auth/utf8.h"

#include <cstddef>

namespace causal_gym {

namespace {

struct Form {
  unsigned char first, last;  // of its first bytes
  std::size_t bytes;
  char32_t smallest;  // below, another form is shorter
};

constexpr Form forms[] = {
    {0x00, 0x7F, 1, 0}, {0xC2, 0xDF, 2, 0x80}, {0xE0, 0xEF, 3, 0x800}, {0xF0, 0xF4, 4, 0x10000}};

const Form* form_of(unsigned char byte) {
  for (const auto& form : forms)
    if (form.first <= byte && byte <= form.last) return &form;
  return nullptr;
}

bool is_surrogate(char32_t point) { return point >= 0xD800 && point <= 0xDFFF; }

}  // namespace

std::optional<std::vector<char32_t>> code_points(std::string_view text) {
  std::vector<char32_t> points;
  while (!text.empty()) {
    const auto first = static_cast<unsigned char>(text[0]);
    const auto* form = form_of(first);
    if (form == nullptr || form->bytes > text.size()) return std::nullopt;
    char32_t point = form->bytes == 1 ? first : first & (0x7FU >> form->bytes);
    for (std::size_t i = 1; i < form->bytes; ++i) {
      const auto next = static_cast<unsigned char>(text[i]);
      if ((next & 0xC0) != 0x80) return std::nullopt;
      point = point << 6 | (next & 0x3FU);
    }
    if (point < form->smallest || point > 0x10FFFF || is_surrogate(point)) return std::nullopt;
    points.push_back(point);
    text.remove_prefix(form->bytes);
  }
  return points;
}

}  // namespace causal_gym
