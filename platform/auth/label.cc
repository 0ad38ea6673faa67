#include "platform/auth/label.h"

#include <fmt/format.h>

#include <string>

#include "platform/auth/utf8.h"

namespace causal_gym {

namespace {

constexpr std::size_t longest_label = 100;

struct Refused {
  char32_t first, last;
  const char* what;
};

constexpr Refused refused[] = {
    {0x00, 0x1F, "a control character"},
    {0x7F, 0x9F, "a control character"},
    {0x061C, 0x061C, "which turns the direction of text"},
    {0x200E, 0x200F, "which turns the direction of text"},
    {0x2028, 0x2029, "which ends a line"},
    {0x202A, 0x202E, "which turns the direction of text"},
    {0x2066, 0x2069, "which turns the direction of text"},
};

tl::unexpected<Error> refuse(std::string message, std::string suggestion = {}) {
  return fail(ErrorCode::invalid_argument, std::move(message), "label", std::move(suggestion));
}

}  // namespace

Status check_label(std::string_view label) {
  if (label.empty() || label.size() > longest_label)
    return refuse("the label has not 1 to " + std::to_string(longest_label) + " bytes");
  const auto points = code_points(label);
  if (!points) return refuse("the label is not UTF-8");
  for (const auto point : *points)
    for (const auto& range : refused)
      if (range.first <= point && point <= range.last)
        return refuse(fmt::format("the label has U+{:04X}, {}", static_cast<std::uint32_t>(point),
                                  range.what),
                      "leave it out");
  return {};
}

}  // namespace causal_gym
