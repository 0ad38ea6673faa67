// Which file of authorities is meant, and that one which cannot serve is named before anything is
// sent.
#include "platform/llm/trusted_authorities.h"

#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <optional>
#include <string>

#include "platform/llm/tls_probe.h"

namespace causal_gym {
namespace {

ConfigSources sources_of(const std::map<std::string, std::string>& variables) {
  return {[variables](const std::string& name) -> std::optional<std::string> {
            const auto found = variables.find(name);
            return found == variables.end() ? std::nullopt : std::optional(found->second);
          },
          [](const std::string&) -> Result<std::string> { return std::string(); }};
}

TEST(TrustedAuthorities, TheOptionGoesBeforeTheVariableAndBothBeforeTheSystem) {
  const TlsIdentity identity("IP:127.0.0.1");
  const auto file = identity.file();
  EXPECT_EQ(trusted_authorities(sources_of({}), "").value(), "");
  EXPECT_EQ(trusted_authorities(sources_of({{"SSL_CERT_FILE", ""}}), "").value(), "");
  EXPECT_EQ(trusted_authorities(sources_of({{"SSL_CERT_FILE", file}}), "").value(), file);
  EXPECT_EQ(trusted_authorities(sources_of({{"SSL_CERT_FILE", "/no/such"}}), file).value(), file);
}

TEST(TrustedAuthorities, AFileThatCannotServeIsNamedWithWhereItWasNamed) {
  const TemporaryFolder folder;
  const auto file_of = [&folder](const std::string& text) {
    auto path = folder.file("not_authorities");
    std::ofstream(path) << text;
    return path;
  };
  const auto error = [](const std::string& path) {
    const auto by_variable = trusted_authorities(sources_of({{"SSL_CERT_FILE", path}}), "");
    const auto by_option = trusted_authorities(sources_of({}), path);
    EXPECT_FALSE(by_variable || by_option) << path;
    if (by_variable || by_option) return Error{};
    EXPECT_EQ(by_variable.error().where, "SSL_CERT_FILE");
    EXPECT_EQ(by_option.error().where, "--ca-file");
    EXPECT_NE(by_option.error().message.find(path), std::string::npos);
    EXPECT_EQ(by_option.error().code, by_variable.error().code);
    return by_option.error();
  };
  EXPECT_EQ(error("/no/such/file.pem").code, ErrorCode::not_found);
  EXPECT_EQ(error("/tmp").code, ErrorCode::unavailable);
  EXPECT_EQ(error("/dev/zero").code, ErrorCode::unavailable);
  EXPECT_EQ(error(file_of("")).code, ErrorCode::invalid_argument);
  EXPECT_EQ(error(file_of("-----BEGIN PRIVATE KEY-----\n")).code, ErrorCode::invalid_argument);
  EXPECT_EQ(error(file_of(std::string((16 << 20) + 1, 'x'))).code, ErrorCode::limit_exceeded);
}

}  // namespace
}  // namespace causal_gym
