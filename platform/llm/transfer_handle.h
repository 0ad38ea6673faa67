// One request as libcurl sees it: its options, what has come, and how it ended. Part of Transfers.
//
// Source: libcurl's easy interface. Cost: a few dozen options set for each request.
#pragma once

#include <curl/curl.h>

#include <array>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "platform/llm/transfer.h"

namespace causal_gym {

class TransferHandle {
 public:
  TransferHandle(std::uint64_t id, WireRequest request, Secret key, const TransferLimits& limits,
                 TransferCallbacks callbacks);
  TransferHandle(const TransferHandle&) = delete;
  TransferHandle& operator=(const TransferHandle&) = delete;

  // Errors: invalid_argument, when nothing of the kind may be sent.
  [[nodiscard]] Status check() const;
  // Takes a fresh or reset handle and sets it up. False: libcurl refused.
  [[nodiscard]] bool begin(CURL* easy, std::chrono::steady_clock::time_point now,
                           const std::string& ca_file);
  // The handle, for another request.
  [[nodiscard]] CURL* release();

  // Is called when the stream has said all, since the deadline is earlier from then on.
  void when_enough(std::function<void()> tell) { tell_enough_ = std::move(tell); }
  // The next moment at which `is_late` may be true.
  [[nodiscard]] std::chrono::steady_clock::time_point deadline() const;
  [[nodiscard]] bool is_late(std::chrono::steady_clock::time_point now) const {
    return now >= deadline();
  }

  // What came of it, when libcurl says `code`, or when its time is over.
  [[nodiscard]] TransferResult result_of(CURLcode code);
  [[nodiscard]] TransferResult late_result();
  [[nodiscard]] TransferResult ended(TransferEnd end, std::string message);

  [[nodiscard]] std::uint64_t id() const { return id_; }
  [[nodiscard]] CURL* easy() const { return easy_; }
  [[nodiscard]] const TransferCallbacks& callbacks() const { return callbacks_; }

 private:
  static std::size_t take_header(char* text, std::size_t size, std::size_t count, void* self);
  static std::size_t take_body(char* text, std::size_t size, std::size_t count, void* self);
  static int begin_request(void* self, char* to, char* from, int to_port, int from_port);
  bool add_header(const std::string& line);
  void set_options();

  const std::uint64_t id_;
  const WireRequest request_;
  const Secret key_;
  const TransferLimits limits_;
  const TransferCallbacks callbacks_;
  std::function<void()> tell_enough_;
  CURL* easy_ = nullptr;
  std::unique_ptr<curl_slist, decltype(&curl_slist_free_all)> headers_{nullptr,
                                                                       curl_slist_free_all};
  std::array<char, CURL_ERROR_SIZE> error_{};
  std::chrono::steady_clock::time_point begun_{};
  std::chrono::steady_clock::time_point enough_at_{};
  std::size_t header_bytes_ = 0;
  int requests_ = 0;  // that libcurl was about to send
  bool has_first_byte_ = false;
  bool headers_ended_ = false;
  bool enough_ = false;     // the stream has said all
  bool too_large_ = false;  // a limit of the response was reached
  WireResponse response_;
};

}  // namespace causal_gym
