#include "tests/cases/case_file.h"

#include <cmath>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "api/json_text.h"

namespace causal_gym {

namespace {

using nlohmann::json;

constexpr std::string_view field_names[] = {"case", "source", "request", "expect", "with"};

struct Field {
  std::string name;
  std::string text;
  std::size_t line = 0;
};

Result<std::vector<Field>> split(std::string_view text, std::string_view file) {
  std::vector<Field> fields;
  std::istringstream lines{std::string(text)};
  std::string line;
  for (std::size_t number = 1; std::getline(lines, line); ++number) {
    if (line.starts_with('#')) continue;
    const auto starts = [&](std::string_view name) {
      return line.starts_with(name) && line.substr(name.size()).starts_with(":");
    };
    const auto* found = std::find_if(std::begin(field_names), std::end(field_names), starts);
    if (found != std::end(field_names)) {
      const auto begin = line.find_first_not_of(' ', found->size() + 1);
      fields.push_back({std::string(*found),
                        begin == std::string::npos ? std::string() : line.substr(begin), number});
    } else if (line.find_first_not_of(' ') != std::string::npos) {
      if (fields.empty())
        return fail(ErrorCode::parse_error, "expected 'case:'",
                    std::string(file) + ":" + std::to_string(number));
      fields.back().text += "\n" + line;
    }
  }
  return fields;
}

Result<json> read_value(const Field& field, const std::string& where) {
  auto value = parse_json(field.text);
  if (value) return value;
  return fail(ErrorCode::parse_error, field.name + ": " + value.error().message, where);
}

Status read_field(const Field& field, const std::string& where, json& with,
                  std::vector<Case>& cases) {
  if (field.name == "case") {
    cases.push_back({field.text, "", nullptr, nullptr, where});
    return {};
  }
  if (field.name == "with") {
    CAUSAL_GYM_TRY(value, read_value(field, where));
    with = std::move(value);
    return {};
  }
  if (cases.empty()) return fail(ErrorCode::parse_error, "expected 'case:'", where);
  auto& current = cases.back();
  if (field.name == "source") {
    current.source = field.text;
    return {};
  }
  CAUSAL_GYM_TRY(value, read_value(field, where));
  if (field.name == "expect") {
    current.expected = std::move(value);
    return {};
  }
  if (value.is_object() && with.is_object())
    for (const auto& [key, shared] : with.items())
      if (!value.contains(key)) value[key] = shared;
  current.request = std::move(value);
  return {};
}

std::string quoted(const json& value) { return json_line(value); }

std::string object_difference(const json& expected, const json& answer, const std::string& path) {
  for (const auto& [key, value] : expected.items()) {
    if (!answer.contains(key)) return path + " has no '" + key + "': " + quoted(answer);
    auto found = difference(value, answer[key], path + "." + key);
    if (!found.empty()) return found;
  }
  return {};
}

std::string list_difference(const json& expected, const json& answer, const std::string& path) {
  if (expected.size() != answer.size())
    return path + " is " + quoted(answer) + ", not " + quoted(expected);
  for (std::size_t i = 0; i < expected.size(); ++i) {
    auto found = difference(expected[i], answer[i], path + "[" + std::to_string(i) + "]");
    if (!found.empty()) return found;
  }
  return {};
}

bool same_text(const std::string& expected, const std::string& answer) {
  if (expected.starts_with('~')) return answer.find(expected.substr(1)) != std::string::npos;
  return expected == answer;
}

}  // namespace

Result<std::vector<Case>> parse_cases(std::string_view text, std::string_view file) {
  CAUSAL_GYM_TRY(fields, split(text, file));
  std::vector<Case> cases;
  json with;
  for (const auto& field : fields) {
    const auto where = std::string(file) + ":" + std::to_string(field.line);
    CAUSAL_GYM_CHECKED(read_field(field, where, with, cases));
  }
  for (const auto& one : cases)
    if (one.name.empty() || one.source.empty() || one.request.is_null() || one.expected.is_null())
      return fail(ErrorCode::parse_error, "a case has a name, a source, a request and expect",
                  one.where);
  return cases;
}

Result<std::vector<Case>> load_cases(const std::string& folder) {
  std::vector<std::filesystem::path> files;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(folder, error))
    if (entry.path().extension() == ".case") files.push_back(entry.path());
  if (error) return fail(ErrorCode::unavailable, "cannot read '" + folder + "'");
  std::sort(files.begin(), files.end());
  std::vector<Case> cases;
  for (const auto& path : files) {
    std::ifstream file(path);
    std::ostringstream text;
    text << file.rdbuf();
    CAUSAL_GYM_TRY(more, parse_cases(text.str(), path.filename().string()));
    cases.insert(cases.end(), more.begin(), more.end());
  }
  return cases;
}

std::string difference(const json& expected, const json& answer, const std::string& path) {
  constexpr double tolerance = 1e-9;
  if (expected.is_object() && answer.is_object()) return object_difference(expected, answer, path);
  if (expected.is_array() && answer.is_array()) return list_difference(expected, answer, path);
  bool same = expected == answer;
  if (expected.is_number() && answer.is_number())
    same = std::abs(expected.get<double>() - answer.get<double>()) <= tolerance;
  if (expected.is_string() && answer.is_string())
    same = same_text(expected.get_ref<const std::string&>(), answer.get_ref<const std::string&>());
  return same ? std::string() : path + " is " + quoted(answer) + ", not " + quoted(expected);
}

}  // namespace causal_gym
