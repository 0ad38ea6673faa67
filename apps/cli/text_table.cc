#include "apps/cli/text_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <sstream>

namespace causal_gym {

namespace {

std::size_t characters(const std::string& text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U;
  }));
}

std::string line(const std::vector<Column>& columns, const std::vector<std::size_t>& widths,
                 const std::vector<std::string>& cells) {
  std::string text;
  for (std::size_t c = 0; c < columns.size(); ++c) {
    const std::string cell = c < cells.size() ? cells[c] : std::string();
    const std::string padding(widths[c] - characters(cell), ' ');
    if (c > 0) text += "  ";
    text += columns[c].align == Align::right ? padding + cell : cell + padding;
  }
  text.erase(text.find_last_not_of(' ') + 1);
  return text + "\n";
}

}  // namespace

std::string text_table(const std::vector<Column>& columns,
                       const std::vector<std::vector<std::string>>& rows) {
  std::vector<std::size_t> widths;
  std::vector<std::string> headings, rules;
  for (std::size_t c = 0; c < columns.size(); ++c) {
    std::size_t width = characters(columns[c].heading);
    for (const auto& row : rows)
      if (c < row.size()) width = std::max(width, characters(row[c]));
    widths.push_back(width);
    headings.push_back(columns[c].heading);
    rules.emplace_back(width, '-');
  }
  std::string text = line(columns, widths, headings) + line(columns, widths, rules);
  for (const auto& row : rows) text += line(columns, widths, row);
  return text;
}

std::string fixed_number(double value, int digits) {
  const std::string text = fmt::format("{:.{}f}", value, digits);
  const bool is_zero = text.find_first_of("123456789") == std::string::npos;
  return is_zero && text.front() == '-' ? text.substr(1) : text;
}

std::string wrapped(const std::string& text, std::size_t width, const std::string& indent) {
  std::istringstream words(text);
  std::string word, result, current;
  while (words >> word) {
    if (!current.empty() && characters(current) + 1 + characters(word) > width) {
      result.append(current).append("\n").append(indent);
      current = word;
    } else {
      current += (current.empty() ? "" : " ") + word;
    }
  }
  return result + current;
}

}  // namespace causal_gym
