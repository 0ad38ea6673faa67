// From where a request comes, when proxies stand between: the nearest address that no trusted proxy
// has, so that nobody can choose their own.
//
// Source: RFC 7239 section 7.4 (why the chain is read from its end), RFC 4632 (prefixes). Cost:
// linear in the header.
#pragma once

#include <array>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/result.h"

namespace causal_gym {

// Addresses as "10.0.0.0/8", "::1" or "192.0.2.7".
class AddressList {
 public:
  AddressList() = default;
  // Separated by commas, spaces or both; empty: none. Errors: invalid_argument, naming the entry;
  // limit_exceeded (more than 64).
  [[nodiscard]] static Result<AddressList> read(std::string_view text);
  [[nodiscard]] bool contains(std::string_view address) const;

 private:
  struct Network {
    std::array<unsigned char, 16> bytes{};  // IPv4 as ::ffff:a.b.c.d
    unsigned prefix = 128;
  };
  std::vector<Network> networks_;
};

// "127.0.0.1:40312", "[::1]:80" -> the address without its port.
[[nodiscard]] std::string_view without_port(std::string_view remote);

// `forwarded_for` is X-Forwarded-For: it is read from its end for as long as the proxies are
// trusted. What is no address ends the reading.
[[nodiscard]] std::string client_address(std::string_view remote, std::string_view forwarded_for,
                                         const AddressList& trusted);

// Whom a limit counts as one: an IPv4 address, or the /64 of an IPv6 address, as one household has
// 2^64 of those.
[[nodiscard]] std::string address_group(std::string_view address);

// Of this machine: 127.0.0.0/8 or ::1.
[[nodiscard]] bool is_loopback_address(std::string_view address);

}  // namespace causal_gym
