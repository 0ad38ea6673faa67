// What the server is configured with: one struct a section, its members at what a laptop needs.
//
// A member is a row of the table in keys.cc, which says what it means and what it may be; nothing
// else reads the file, the environment or the flags. Cost: none.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace causal_gym {

struct Configuration {
  struct Server {
    std::string address = "127.0.0.1";
    std::uint16_t port = 8501;
    std::size_t threads = 1;
    std::size_t workers = 2;
    double drain_seconds = 10;
    std::vector<std::string> cors_origins;  // as CorsPolicy's
    friend bool operator==(const Server&, const Server&) = default;
  } server;
  struct Metrics {
    std::string address;  // empty: the server's
    std::uint16_t port = 8090;
    friend bool operator==(const Metrics&, const Metrics&) = default;
  } metrics;
  struct Health {
    double self_check_seconds = 60;
    friend bool operator==(const Health&, const Health&) = default;
  } health;
  struct Database {
    std::string url;  // empty only until read_configuration has filled in the state folder
    friend bool operator==(const Database&, const Database&) = default;
  } database;
  struct Work {
    bool in_server = true;
    std::int64_t lease_seconds = 30;
    std::uint16_t metrics_port = 0;  // 0: none
    friend bool operator==(const Work&, const Work&) = default;
  } work;
  struct Models {
    std::vector<std::string> allowed;
    std::int64_t most_calls = 1'000;
    std::int64_t most_cost = 1;  // USD; 0: any
    std::string prices;          // a file; empty: the built-in ones alone
    friend bool operator==(const Models&, const Models&) = default;
  } models;
  struct Cache {
    std::size_t memory_bytes = 64 << 20;
    friend bool operator==(const Cache&, const Cache&) = default;
  } cache;
  struct Redis {
    std::string url;  // empty: there is none
    friend bool operator==(const Redis&, const Redis&) = default;
  } redis;
  struct Log {
    std::string level = "info";
    double slow_request_seconds = 5;
    friend bool operator==(const Log&, const Log&) = default;
  } log;
  struct Limits {
    std::size_t body_bytes = 32 << 20;  // as JsonLimits, which reads the body
    double request_seconds = 50;        // below the 60 that proxies wait
    std::size_t connections = 10'000;
    std::size_t event_streams = 512;  // fewer than connections
    std::size_t event_streams_per_user = 32;
    friend bool operator==(const Limits&, const Limits&) = default;
  } limits;
  struct Auth {
    std::string access = "auto";
    bool allow_open = false;
    std::string jwt_secret_key;
    std::vector<std::string> trusted_proxies;
    std::vector<std::string> password_words;
    double requests_per_second = 50;
    std::size_t requests_at_once = 200;
    double first_password_seconds = 7 * 86'400;
    std::string second_factor = "optional";
    std::string second_factor_key;
    friend bool operator==(const Auth&, const Auth&) = default;
  } auth;
  friend bool operator==(const Configuration&, const Configuration&) = default;
};

}  // namespace causal_gym
