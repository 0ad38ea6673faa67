// TLS: a certificate that nobody trusts, or of another name, ends the request before the key is
// sent, through a proxy too.
#include <gtest/gtest.h>

#include <cstdlib>
#include <future>
#include <string>
#include <utility>

#include "platform/llm/client_probe.h"
#include "platform/llm/tls_probe.h"
#include "platform/llm/transfer.h"

namespace causal_gym {
namespace {

TransferResult sent_to(const std::string& url, const std::string& ca_file) {
  const auto transfers = Transfers::start({.ca_file = ca_file});
  std::promise<TransferResult> promise;
  (*transfers)
      ->submit({url + "/v1", {}, "authorization", "Bearer ", "{}"}, Secret("sk-1234567"), {},
               {{}, [&](TransferResult result) { promise.set_value(std::move(result)); }});
  return promise.get_future().get();
}

TransferResult sent_to(const TlsServer& server, const std::string& ca_file) {
  return sent_to(server.url(), ca_file);
}

TEST(TransferTls, ATrustedCertificateOfTheRightNameIsServed) {
  const TlsIdentity identity("IP:127.0.0.1");
  const TlsServer server(identity);
  const auto result = sent_to(server, identity.file());
  EXPECT_EQ(result.end, TransferEnd::finished) << result.message;
  EXPECT_EQ(result.response.body, "safe");
}

TEST(TransferTls, ACertificateThatNobodyTrustsEndsItUnheard) {
  const TlsIdentity identity("IP:127.0.0.1");
  const TlsServer server(identity);
  const auto result = sent_to(server, "");
  EXPECT_EQ(result.end, TransferEnd::untrusted) << result.message;
  EXPECT_NE(result.message.find("SSL_CERT_FILE"), std::string::npos) << result.message;
  EXPECT_FALSE(result.sent);
  EXPECT_EQ(server.heard(), 0);
}

TEST(TransferTls, ACertificateOfAnotherNameEndsItUnheard) {
  const TlsIdentity identity("IP:127.0.0.2,DNS:localhost");
  const TlsServer server(identity);
  const auto result = sent_to(server, identity.file());
  EXPECT_EQ(result.end, TransferEnd::untrusted) << result.message;
  EXPECT_EQ(result.message.find("SSL_CERT_FILE"), std::string::npos) << result.message;
  EXPECT_EQ(server.heard(), 0);
}

TEST(TransferTls, TheClientDoesNotTryAnUntrustedServerAgain) {
  const TlsIdentity identity("IP:127.0.0.1");
  const TlsServer server(identity);
  const auto client = client_of(quick_options());
  const auto result = result_of(*client, call_to(server.url()));
  EXPECT_EQ(word_of(result), "untrusted");
  EXPECT_EQ(result.exchange.attempts.size(), 1U);
}

// A variable of the environment, for as long as it lives.
class Variable {
 public:
  Variable(const char* name, const std::string& value) : name_(name) {
    setenv(name, value.c_str(), 1);
  }
  ~Variable() { unsetenv(name_); }
  Variable(const Variable&) = delete;
  Variable& operator=(const Variable&) = delete;

 private:
  const char* name_;
};

TEST(TransferTls, AProxyOfTheEnvironmentIsUsedAndTheCertificateBehindItVerified) {
  const TlsIdentity identity("DNS:provider.example");
  for (const char* name : {"HTTPS_PROXY", "https_proxy", "ALL_PROXY"}) {
    const TlsServer proxy(identity, "behind the proxy", TlsServer::Kind::proxy);
    const Variable variable(name, proxy.proxy_url());
    const auto trusted = sent_to("https://provider.example", identity.file());
    EXPECT_EQ(trusted.response.body, "behind the proxy") << name << ": " << trusted.message;
    EXPECT_EQ(proxy.heard(), 1) << name;
    const auto untrusted = sent_to("https://provider.example", "");
    EXPECT_EQ(untrusted.end, TransferEnd::untrusted) << name << ": " << untrusted.message;
    EXPECT_EQ(proxy.connections(), 2) << name;
    EXPECT_EQ(proxy.heard(), 1) << name;
  }
}

TEST(TransferTls, NoProxyNamesWhatIsReachedDirectly) {
  const TlsIdentity identity("IP:127.0.0.1");
  const TlsServer server(identity);
  const TlsServer proxy(identity, "behind the proxy", TlsServer::Kind::proxy);
  const Variable https_proxy("HTTPS_PROXY", proxy.proxy_url());
  EXPECT_EQ(sent_to(server, identity.file()).response.body, "behind the proxy");
  for (const char* name : {"NO_PROXY", "no_proxy"}) {
    const Variable no_proxy(name, "provider.example,127.0.0.1");
    EXPECT_EQ(sent_to(server, identity.file()).response.body, "safe") << name;
  }
  EXPECT_EQ(proxy.connections(), 1);
}

}  // namespace
}  // namespace causal_gym
