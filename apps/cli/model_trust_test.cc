// A run whose models stand behind a certificate of one's own authority: with SSL_CERT_FILE or
// --ca-file it is trusted; without, nothing is heard, and the run says what would trust it.
#include <gtest/gtest.h>

#include <cstdlib>
#include <sstream>
#include <string>
#include <vector>

#include "apps/cli/command_line.h"
#include "platform/config/temporary_folder.h"
#include "platform/llm/tls_probe.h"

namespace causal_gym {
namespace {

constexpr const char* answer =
    R"({"id":"c","model":"m","choices":[{"index":0,"finish_reason":"stop","message":)"
    R"({"role":"assistant","content":"{\"belief\": 0.5}"}}],)"
    R"("usage":{"prompt_tokens":10,"completion_tokens":5}})";

struct Ran {
  int code;
  std::string out;
  std::string err;
};

class ModelTrust : public testing::Test {
 protected:
  void TearDown() override { unsetenv("SSL_CERT_FILE"); }

  Ran run(std::vector<std::string> more) {
    const auto url = server.url() + "/v1";
    std::vector<std::string> words = {
        "causal-gym", "run",        "--environments",
        "chain-v1",   "--agents",   "compatible/m",
        "--trials",   "1",          "--base-url",
        url,          "--database", folder.file("runs" + std::to_string(++runs) + ".sqlite")};
    words.insert(words.end(), more.begin(), more.end());
    std::vector<const char*> arguments;
    for (const auto& word : words) arguments.push_back(word.c_str());
    std::ostringstream out;
    std::ostringstream err;
    Shell shell{out, err, false, {}, {}};
    const int code = run_command_line(static_cast<int>(arguments.size()), arguments.data(), shell);
    return {code, out.str(), err.str()};
  }

  TlsIdentity identity{"IP:127.0.0.1"};
  TlsServer server{identity, answer};
  TemporaryFolder folder;
  int runs = 0;
};

TEST_F(ModelTrust, AnAuthorityOfOnesOwnIsTrustedByVariableAndByOption) {
  setenv("SSL_CERT_FILE", identity.file().c_str(), 1);
  const auto by_variable = run({});
  EXPECT_EQ(by_variable.code, 0) << by_variable.err;
  const int heard = server.heard();
  EXPECT_GT(heard, 0);
  setenv("SSL_CERT_FILE", "/no/such/file.pem", 1);
  const auto by_option = run({"--ca-file", identity.file()});
  EXPECT_EQ(by_option.code, 0) << by_option.err;
  EXPECT_EQ(server.heard(), 2 * heard);
}

TEST_F(ModelTrust, WithoutItNothingIsHeardAndTheVariableIsNamed) {
  const auto untrusted = run({});
  EXPECT_NE(untrusted.code, 0);
  EXPECT_NE(untrusted.err.find("SSL_CERT_FILE"), std::string::npos) << untrusted.err;
  EXPECT_GT(server.connections(), 0);
  EXPECT_EQ(server.heard(), 0);
}

TEST_F(ModelTrust, AFileThatIsNotThereStopsTheRunAtOnce) {
  setenv("SSL_CERT_FILE", "/no/such/file.pem", 1);
  const auto missing = run({});
  EXPECT_NE(missing.code, 0);
  EXPECT_NE(missing.err.find("/no/such/file.pem"), std::string::npos) << missing.err;
  EXPECT_NE(missing.err.find("SSL_CERT_FILE"), std::string::npos) << missing.err;
  EXPECT_EQ(server.connections(), 0);
}

}  // namespace
}  // namespace causal_gym
