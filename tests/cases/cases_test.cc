// The case files, replayed through run_operation and through the JSON text door; and the runner's
// own faults.
#include "api/operations.h"
#include "tests/cases/case_file.h"

namespace causal_gym {
namespace {

using nlohmann::json;
using testing::HasSubstr;

std::vector<Case> all_cases() {
  auto cases = load_cases(std::string(CAUSAL_GYM_SOURCE_DIR) + "/tests/cases");
  EXPECT_TRUE(cases.has_value()) << error_text(cases.error());
  return cases ? *std::move(cases) : std::vector<Case>();
}

TEST(Cases, every_case_gives_what_it_says) {
  const auto cases = all_cases();
  EXPECT_GE(cases.size(), 40U);
  for (const auto& one : cases) {
    SCOPED_TRACE(one.where + ": " + one.name);
    const auto answer = run_operation(one.request, {});
    EXPECT_EQ(difference(one.expected, answer), "");
    EXPECT_EQ(json::parse(handle_request_text(json_line(one.request), {})), answer);
  }
}

TEST(Cases, every_operation_and_error_code_that_input_can_cause_has_a_case) {
  std::set<std::string> operations;
  std::set<std::string> codes;
  for (const auto& one : all_cases()) {
    if (one.request.is_object()) operations.insert(one.request.value("operation", ""));
    if (one.expected.contains("error")) codes.insert(one.expected["error"].value("code", ""));
  }
  for (const auto& operation : all_operations())
    EXPECT_TRUE(operations.contains(std::string(operation.name))) << operation.name;
  for (const auto code :
       {ErrorCode::parse_error, ErrorCode::unknown_name, ErrorCode::invalid_argument,
        ErrorCode::cyclic_graph, ErrorCode::zero_probability, ErrorCode::limit_exceeded,
        ErrorCode::not_determined, ErrorCode::not_found, ErrorCode::unavailable})
    EXPECT_TRUE(codes.contains(std::string(error_code_name(code)))) << error_code_name(code);
}

TEST(CaseFile, a_wrong_answer_is_a_difference_with_its_path) {
  const json answer = {{"a", {{"b", {1, 2}}, {"c", "text"}}}, {"d", nullptr}};
  EXPECT_EQ(difference(json::object(), answer), "");
  EXPECT_EQ(difference({{"a", {{"b", {1 + 1e-10, 2}}, {"c", "~ex"}}}, {"d", nullptr}}, answer), "");
  EXPECT_EQ(difference({{"a", {{"b", {1.1, 2}}}}}, answer), "answer.a.b[0] is 1, not 1.1");
  EXPECT_EQ(difference({{"a", {{"b", {1}}}}}, answer), "answer.a.b is [1,2], not [1]");
  EXPECT_EQ(difference({{"a", {{"c", "~no"}}}}, answer), "answer.a.c is \"text\", not \"~no\"");
  EXPECT_EQ(difference({{"d", 0}}, answer), "answer.d is null, not 0");
  EXPECT_THAT(difference({{"e", 0}}, answer), HasSubstr("answer has no 'e'"));
}

TEST(CaseFile, malformed_files_are_errors_with_their_line) {
  const std::pair<const char*, const char*> faults[] = {
      {"nonsense", "f:1"},
      {"request: {}", "f:1"},
      {"case: a\nsource: b\nrequest: {", "f:3"},
      {"# x\ncase: a\nsource: b\nrequest: {}", "f:2"},
      {"case: a\nrequest: {}\nexpect: {}", "f:1"},
  };
  for (const auto& [text, where] : faults) {
    const auto cases = parse_cases(text, "f");
    ASSERT_FALSE(cases.has_value()) << text;
    EXPECT_EQ(cases.error().where, where) << text;
  }
}

TEST(CaseFile, shared_fields_go_into_the_requests_that_lack_them) {
  const auto cases = parse_cases(
      "with: {\"graph\": \"g\"}\ncase: a\nsource: s\nrequest: {\"x\":\n 1}\nexpect: {}\n"
      "case: b\nsource: s\nrequest: {\"graph\": \"h\"}\nexpect: {}\n",
      "f");
  ASSERT_TRUE(cases.has_value());
  EXPECT_EQ((*cases)[0].request, (json{{"graph", "g"}, {"x", 1}}));
  EXPECT_EQ((*cases)[1].request, (json{{"graph", "h"}}));
}

}  // namespace
}  // namespace causal_gym
