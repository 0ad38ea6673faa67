#include "platform/llm/transfer_handle.h"

#include <openssl/x509_vfy.h>

#include <algorithm>
#include <string_view>
#include <utility>

namespace causal_gym {

namespace {

using std::chrono::steady_clock;

constexpr std::chrono::milliseconds grace_after_enough{1'000};
constexpr int http_ok = 200;

bool has_line_break(std::string_view text) {
  return std::any_of(text.begin(), text.end(),
                     [](char c) { return c == '\r' || c == '\n' || c == '\0'; });
}

bool is_https(std::string_view url) { return url.starts_with("https://"); }

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && std::string_view(" \t\r\n").find(text.back()) != std::string_view::npos)
    text.remove_suffix(1);
  return text;
}

// What an error of libcurl means when no limit of ours caused it.
TransferEnd end_of(CURLcode code, bool response_began) {
  switch (code) {
    case CURLE_OK: return TransferEnd::finished;
    case CURLE_URL_MALFORMAT: return TransferEnd::bad_request;
    case CURLE_OPERATION_TIMEDOUT: return TransferEnd::timeout;
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_ISSUER_ERROR:
    case CURLE_SSL_CACERT_BADFILE: return TransferEnd::untrusted;
    case CURLE_FILESIZE_EXCEEDED: return TransferEnd::too_large;
    // The address was http(s): what is unsupported or weird is the answer.
    case CURLE_UNSUPPORTED_PROTOCOL:
    case CURLE_WEIRD_SERVER_REPLY:
    case CURLE_BAD_CONTENT_ENCODING: return TransferEnd::malformed;
    default: return response_began ? TransferEnd::interrupted : TransferEnd::connection;
  }
}

// Whether nobody known vouches for the server, rather than its name or its time being wrong.
bool lacks_authority(CURL* easy) {
  long verdict = X509_V_OK;
  curl_easy_getinfo(easy, CURLINFO_SSL_VERIFYRESULT, &verdict);
  return verdict == X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT ||
         verdict == X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN ||
         verdict == X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT ||
         verdict == X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY ||
         verdict == X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE;
}

}  // namespace

TransferHandle::TransferHandle(std::uint64_t id, WireRequest request, Secret key,
                               const TransferLimits& limits, TransferCallbacks callbacks)
    : id_(id),
      request_(std::move(request)),
      key_(std::move(key)),
      limits_(limits),
      callbacks_(std::move(callbacks)) {}

Status TransferHandle::check() const {
  const auto bad = [](std::string message) {
    return fail(ErrorCode::invalid_argument, std::move(message));
  };
  if (!request_.url.starts_with("http://") && !is_https(request_.url))
    return bad("the address is neither http nor https");
  if (has_line_break(request_.url)) return bad("the address has a line break");
  for (const auto& [name, value] : request_.headers)
    if (has_line_break(name) || has_line_break(value))
      return bad("the header '" + std::string(trimmed(name)) + "' has a line break");
  if (has_line_break(request_.secret_header) || has_line_break(request_.secret_prefix) ||
      has_line_break(key_.reveal()))
    return bad("the key has a line break");
  if (request_.body.size() > limits_.request_bytes)
    return bad("the request has more than " + std::to_string(limits_.request_bytes) + " bytes");
  return {};
}

bool TransferHandle::add_header(const std::string& line) {
  auto* longer = curl_slist_append(headers_.get(), line.c_str());
  if (longer == nullptr) return false;
  static_cast<void>(headers_.release());  // the list has the same beginning
  headers_.reset(longer);
  return true;
}

bool TransferHandle::begin(CURL* easy, steady_clock::time_point now, const std::string& ca_file) {
  easy_ = easy;
  begun_ = now;
  for (const auto& [name, value] : request_.headers) {
    auto line = name;
    line.append(": ").append(value);
    if (!add_header(line)) return false;
  }
  if (!request_.secret_header.empty() && !key_.empty() &&
      !add_header(request_.secret_header + ": " + request_.secret_prefix + key_.reveal()))
    return false;
  if (!add_header("Expect:")) return false;  // a large body does not wait to be invited
  set_options();
  return ca_file.empty() || curl_easy_setopt(easy_, CURLOPT_CAINFO, ca_file.c_str()) == CURLE_OK;
}

void TransferHandle::set_options() {
  const auto set = [this](auto option, auto value) { curl_easy_setopt(easy_, option, value); };
  set(CURLOPT_URL, request_.url.c_str());
  set(CURLOPT_PROTOCOLS_STR, "http,https");
  set(CURLOPT_FOLLOWLOCATION, 0L);
  set(CURLOPT_SSL_VERIFYPEER, 1L);
  set(CURLOPT_SSL_VERIFYHOST, 2L);
  set(CURLOPT_NOSIGNAL, 1L);
  set(CURLOPT_TCP_KEEPALIVE, 1L);
  set(CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
  set(CURLOPT_USERAGENT, "causal-gym");
  // Waiting for a connection that may be shared is of use only where HTTP/2 can be offered.
  set(CURLOPT_HTTP_VERSION,
      static_cast<long>(is_https(request_.url) ? CURL_HTTP_VERSION_2TLS : CURL_HTTP_VERSION_1_1));
  set(CURLOPT_PIPEWAIT, is_https(request_.url) ? 1L : 0L);
  set(CURLOPT_HTTPHEADER, headers_.get());
  set(CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request_.body.size()));
  set(CURLOPT_POSTFIELDS, request_.body.data());
  set(CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(limits_.connect.count()));
  set(CURLOPT_MAXFILESIZE_LARGE, static_cast<curl_off_t>(limits_.body_bytes));
  set(CURLOPT_ERRORBUFFER, error_.data());
  set(CURLOPT_HEADERFUNCTION, &TransferHandle::take_header);
  set(CURLOPT_HEADERDATA, static_cast<void*>(this));
  set(CURLOPT_PREREQFUNCTION, &TransferHandle::begin_request);
  set(CURLOPT_PREREQDATA, static_cast<void*>(this));
  set(CURLOPT_WRITEFUNCTION, &TransferHandle::take_body);
  set(CURLOPT_WRITEDATA, static_cast<void*>(this));
  set(CURLOPT_PRIVATE, static_cast<void*>(this));
}

CURL* TransferHandle::release() {
  if (easy_ != nullptr) curl_easy_reset(easy_);
  return std::exchange(easy_, nullptr);
}

steady_clock::time_point TransferHandle::deadline() const {
  const auto last = begun_ + limits_.total;
  if (enough_) return std::min(last, enough_at_ + grace_after_enough);
  return has_first_byte_ ? last : std::min(last, begun_ + limits_.first_byte);
}

// libcurl sends a request again by itself, up to five times, when a kept connection closes before
// the answer begins. The server may have done the work all the same: whoever counts and pays the
// requests decides about the next one.
int TransferHandle::begin_request(void* self, char*, char*, int, int) {
  auto& handle = *static_cast<TransferHandle*>(self);
  return ++handle.requests_ == 1 ? CURL_PREREQFUNC_OK : CURL_PREREQFUNC_ABORT;
}

std::size_t TransferHandle::take_header(char* text, std::size_t size, std::size_t count,
                                        void* self) {
  auto& handle = *static_cast<TransferHandle*>(self);
  const std::string_view line(text, size * count);
  handle.has_first_byte_ = true;
  handle.header_bytes_ += line.size();
  if (handle.header_bytes_ > handle.limits_.header_bytes) {
    handle.too_large_ = true;
    return CURL_WRITEFUNC_ERROR;
  }
  if (line.starts_with("HTTP/")) {
    handle.response_.headers.clear();  // of 100 Continue and its kin
    handle.headers_ended_ = false;
  }
  if (trimmed(line).empty()) handle.headers_ended_ = true;  // what comes later are trailers
  const auto colon = line.find(':');
  if (colon != std::string_view::npos && colon > 0)
    handle.response_.headers.emplace_back(trimmed(line.substr(0, colon)),
                                          trimmed(line.substr(colon + 1)));
  return line.size();
}

std::size_t TransferHandle::take_body(char* text, std::size_t size, std::size_t count, void* self) {
  auto& handle = *static_cast<TransferHandle*>(self);
  const std::string_view piece(text, size * count);
  if (handle.response_.body.size() + piece.size() > handle.limits_.body_bytes) {
    handle.too_large_ = true;
    return CURL_WRITEFUNC_ERROR;
  }
  handle.response_.body.append(piece);
  if (!handle.callbacks_.on_piece || handle.enough_) return piece.size();
  long status = 0;
  curl_easy_getinfo(handle.easy_, CURLINFO_RESPONSE_CODE, &status);
  if (status == http_ok && handle.callbacks_.on_piece(piece)) {
    handle.enough_ = true;
    handle.enough_at_ = steady_clock::now();
    if (handle.tell_enough_) handle.tell_enough_();
  }
  return piece.size();
}

TransferResult TransferHandle::result_of(CURLcode code) {
  if (too_large_ || code == CURLE_FILESIZE_EXCEEDED)
    return ended(TransferEnd::too_large, "the response is over its limit of " +
                                             std::to_string(limits_.body_bytes) +
                                             " bytes, or its headers over theirs");
  if (code == CURLE_OK && !headers_ended_)
    return ended(TransferEnd::interrupted, "the answer broke off in its headers");
  if (code == CURLE_OK || enough_) return ended(TransferEnd::finished, {});
  if (requests_ > 1)
    return ended(TransferEnd::connection, "the connection was closed before an answer began");
  std::string message = error_.data();
  if (message.empty()) message = curl_easy_strerror(code);
  const auto end = end_of(code, has_first_byte_);
  if (end == TransferEnd::untrusted && lacks_authority(easy_))
    message += "; an authority of your own is trusted with SSL_CERT_FILE or --ca-file";
  return ended(end, std::move(message));
}

TransferResult TransferHandle::late_result() {
  if (enough_) return ended(TransferEnd::finished, {});
  const auto limit = has_first_byte_ ? limits_.total : std::min(limits_.first_byte, limits_.total);
  return ended(TransferEnd::timeout,
               std::string(has_first_byte_ ? "not finished" : "no answer began") + " within " +
                   std::to_string(limit.count()) + " ms");
}

TransferResult TransferHandle::ended(TransferEnd end, std::string message) {
  TransferResult result;
  result.end = end;
  result.message = std::move(message);
  if (easy_ != nullptr) {
    long status = 0;
    curl_off_t sending_us = 0;
    curl_easy_getinfo(easy_, CURLINFO_RESPONSE_CODE, &status);
    curl_easy_getinfo(easy_, CURLINFO_PRETRANSFER_TIME_T, &sending_us);
    response_.status = static_cast<int>(status);
    result.sent = sending_us > 0 || has_first_byte_ || requests_ > 0;
    result.seconds = std::chrono::duration<double>(steady_clock::now() - begun_).count();
  }
  result.response = std::move(response_);
  return result;
}

}  // namespace causal_gym
