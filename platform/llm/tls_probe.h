// A TLS server on the loopback with a certificate of its own, for tests of whom is trusted.
//
// Cost: one thread; a connection at a time.
#pragma once

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
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>
#include <thread>
#include <utility>

#include "platform/config/temporary_folder.h"
#include "platform/llm/loopback_server.h"

namespace causal_gym {

// A certificate that signs itself, and its key.
struct TlsIdentity {
  explicit TlsIdentity(const std::string& names)
      : key(EVP_EC_gen("P-256")), certificate(X509_new()) {
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
  ~TlsIdentity() {
    X509_free(certificate);
    EVP_PKEY_free(key);
  }
  TlsIdentity(const TlsIdentity&) = delete;
  TlsIdentity& operator=(const TlsIdentity&) = delete;

  // With the certificate; there as long as this object.
  [[nodiscard]] std::string file() && = delete;
  [[nodiscard]] std::string file() const& {
    const auto path = folder.file("authority.pem");
    FILE* out = std::fopen(path.c_str(), "w");
    PEM_write_X509(out, certificate);
    std::fclose(out);
    return path;
  }
  // With its key, as long.
  [[nodiscard]] std::string key_file() && = delete;
  [[nodiscard]] std::string key_file() const& {
    const auto path = folder.file("key.pem");
    FILE* out = std::fopen(path.c_str(), "w");
    PEM_write_PrivateKey(out, key, nullptr, nullptr, 0, nullptr, nullptr);
    std::fclose(out);
    return path;
  }

  EVP_PKEY* key;
  X509* certificate;
  TemporaryFolder folder;
};

// Answers each connection once, if its handshake succeeds. As a proxy it first takes a CONNECT, and
// then stands for the machine that was asked for.
class TlsServer {
 public:
  enum class Kind { server, proxy };

  explicit TlsServer(const TlsIdentity& identity, std::string body = "safe",
                     Kind kind = Kind::server)
      : context_(SSL_CTX_new(TLS_server_method())), body_(std::move(body)), kind_(kind) {
    SSL_CTX_use_certificate(context_, identity.certificate);
    SSL_CTX_use_PrivateKey(context_, identity.key);
    listener_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto* generic = reinterpret_cast<sockaddr*>(&address);
    EXPECT_EQ(bind(listener_, generic, size), 0);
    EXPECT_EQ(listen(listener_, 64), 0);
    getsockname(listener_, generic, &size);
    port_ = ntohs(address.sin_port);
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

  [[nodiscard]] std::string url() const { return "https://127.0.0.1:" + std::to_string(port_); }
  [[nodiscard]] std::string proxy_url() const {
    return "http://127.0.0.1:" + std::to_string(port_);
  }
  [[nodiscard]] int connections() const { return connections_; }
  [[nodiscard]] int heard() const { return heard_; }  // requests that came after a handshake

 private:
  void serve() {
    sigset_t signals;  // of a client that is gone before the handshake has ended
    sigemptyset(&signals);
    sigaddset(&signals, SIGPIPE);
    pthread_sigmask(SIG_BLOCK, &signals, nullptr);
    for (;;) {
      const int number = accept(listener_, nullptr, nullptr);
      if (number < 0) return;
      ++connections_;
      if (kind_ == Kind::server || take_connect(number)) answer(number);
      close(number);
    }
  }

  static bool take_connect(int number) {
    std::string head;
    char byte = 0;
    while (!head.ends_with("\r\n\r\n") && recv(number, &byte, 1, 0) == 1) head += byte;
    constexpr std::string_view yes = "HTTP/1.1 200 OK\r\n\r\n";
    return head.starts_with("CONNECT ") && head.find("sk-") == std::string::npos &&
           send(number, yes.data(), yes.size(), MSG_NOSIGNAL) > 0;
  }

  void answer(int number) {
    SSL* ssl = SSL_new(context_);
    SSL_set_fd(ssl, number);
    if (SSL_accept(ssl) == 1 && read_request(ssl)) {
      ++heard_;
      const auto text = answer_text(200, body_, "Connection: close\r\n");
      SSL_write(ssl, text.data(), static_cast<int>(text.size()));
      SSL_shutdown(ssl);
    }
    SSL_free(ssl);
  }

  static bool read_request(SSL* ssl) {
    std::string request;
    char buffer[4'096];
    for (;;) {
      const int size = SSL_read(ssl, buffer, sizeof buffer);
      if (size <= 0) return false;
      request.append(buffer, static_cast<std::size_t>(size));
      const auto end = request.find("\r\n\r\n");
      const auto length = request.find("Content-Length: ");
      if (end != std::string::npos && length < end &&
          request.size() >= end + 4 + std::strtoul(request.c_str() + length + 16, nullptr, 10))
        return true;
    }
  }

  SSL_CTX* context_;
  const std::string body_;
  const Kind kind_;
  int listener_ = -1;
  std::uint16_t port_ = 0;
  std::atomic<int> connections_ = 0;
  std::atomic<int> heard_ = 0;
  std::thread thread_;
};

}  // namespace causal_gym
