// TLS: a certificate that nobody trusts, or of another name, ends the request before the key is
// sent.
#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <pthread.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <cstdio>
#include <future>
#include <memory>
#include <string>
#include <thread>

#include "platform/llm/client_probe.h"
#include "platform/llm/transfer.h"

namespace causal_gym {
namespace {

// A certificate that signs itself, and its key.
struct Identity {
  explicit Identity(const std::string& names) : key(EVP_EC_gen("P-256")), certificate(X509_new()) {
    X509_set_version(certificate, X509_VERSION_3);
    ASN1_INTEGER_set(X509_get_serialNumber(certificate), 1);
    X509_gmtime_adj(X509_getm_notBefore(certificate), -3'600);
    X509_gmtime_adj(X509_getm_notAfter(certificate), 3'600);
    X509_set_pubkey(certificate, key);
    auto* subject = X509_get_subject_name(certificate);
    const auto* name = reinterpret_cast<const unsigned char*>("loopback");
    X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC, name, -1, -1, 0);
    X509_set_issuer_name(certificate, subject);
    auto* extension = X509V3_EXT_conf_nid(nullptr, nullptr, NID_subject_alt_name, names.c_str());
    X509_add_ext(certificate, extension, -1);
    X509_EXTENSION_free(extension);
    X509_sign(certificate, key, EVP_sha256());
  }
  ~Identity() {
    X509_free(certificate);
    EVP_PKEY_free(key);
  }
  Identity(const Identity&) = delete;
  Identity& operator=(const Identity&) = delete;

  [[nodiscard]] std::string file() const {
    const auto path = testing::TempDir() + "authority_" + std::to_string(getpid()) + ".pem";
    FILE* out = std::fopen(path.c_str(), "w");
    PEM_write_X509(out, certificate);
    std::fclose(out);
    return path;
  }

  EVP_PKEY* key;
  X509* certificate;
};

// Answers one connection, if its handshake succeeds.
class TlsServer {
 public:
  explicit TlsServer(const Identity& identity) : context_(SSL_CTX_new(TLS_server_method())) {
    SSL_CTX_use_certificate(context_, identity.certificate);
    SSL_CTX_use_PrivateKey(context_, identity.key);
    listener_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto* generic = reinterpret_cast<sockaddr*>(&address);
    EXPECT_EQ(bind(listener_, generic, size), 0);
    EXPECT_EQ(listen(listener_, 4), 0);
    getsockname(listener_, generic, &size);
    url_ = "https://127.0.0.1:" + std::to_string(ntohs(address.sin_port));
    thread_ = std::thread([this] { serve(); });
  }
  ~TlsServer() {
    shutdown(listener_, SHUT_RDWR);
    thread_.join();
    close(listener_);
    SSL_CTX_free(context_);
  }
  TlsServer(const TlsServer&) = delete;
  TlsServer& operator=(const TlsServer&) = delete;

  [[nodiscard]] const std::string& url() const { return url_; }
  [[nodiscard]] bool heard() const { return heard_; }

 private:
  void serve() {
    sigset_t signals;  // of a client that is gone before the handshake has ended
    sigemptyset(&signals);
    sigaddset(&signals, SIGPIPE);
    pthread_sigmask(SIG_BLOCK, &signals, nullptr);
    const int number = accept(listener_, nullptr, nullptr);
    if (number < 0) return;
    SSL* ssl = SSL_new(context_);
    SSL_set_fd(ssl, number);
    char buffer[4'096];
    if (SSL_accept(ssl) == 1 && SSL_read(ssl, buffer, sizeof buffer) > 0) {
      heard_ = true;
      const auto answer = answer_text(200, "safe");
      SSL_write(ssl, answer.data(), static_cast<int>(answer.size()));
      SSL_shutdown(ssl);
    }
    SSL_free(ssl);
    close(number);
  }

  SSL_CTX* context_;
  int listener_ = -1;
  std::string url_;
  std::atomic<bool> heard_ = false;
  std::thread thread_;
};

TransferResult sent_to(const TlsServer& server, const std::string& ca_file) {
  const auto transfers = Transfers::start({.ca_file = ca_file});
  std::promise<TransferResult> promise;
  (*transfers)
      ->submit({server.url() + "/v1", {}, "authorization", "Bearer ", "{}"}, Secret("sk-1234567"),
               {}, {{}, [&](TransferResult result) { promise.set_value(std::move(result)); }});
  return promise.get_future().get();
}

TEST(TransferTls, ATrustedCertificateOfTheRightNameIsServed) {
  const Identity identity("IP:127.0.0.1");
  const TlsServer server(identity);
  const auto result = sent_to(server, identity.file());
  EXPECT_EQ(result.end, TransferEnd::finished) << result.message;
  EXPECT_EQ(result.response.body, "safe");
}

TEST(TransferTls, ACertificateThatNobodyTrustsEndsItUnheard) {
  const Identity identity("IP:127.0.0.1");
  const TlsServer server(identity);
  const auto result = sent_to(server, "");
  EXPECT_EQ(result.end, TransferEnd::untrusted) << result.message;
  EXPECT_FALSE(result.sent);
  EXPECT_FALSE(server.heard());
}

TEST(TransferTls, ACertificateOfAnotherNameEndsItUnheard) {
  const Identity identity("IP:127.0.0.2,DNS:localhost");
  const TlsServer server(identity);
  const auto result = sent_to(server, identity.file());
  EXPECT_EQ(result.end, TransferEnd::untrusted) << result.message;
  EXPECT_FALSE(server.heard());
}

TEST(TransferTls, TheClientDoesNotTryAnUntrustedServerAgain) {
  const Identity identity("IP:127.0.0.1");
  const TlsServer server(identity);
  const auto client = client_of(quick_options());
  const auto result = result_of(*client, call_to(server.url()));
  EXPECT_EQ(word_of(result), "connection");
  EXPECT_EQ(result.exchange.attempts.size(), 1U);
}

}  // namespace
}  // namespace causal_gym
