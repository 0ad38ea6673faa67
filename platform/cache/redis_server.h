// A real redis-server for tests, on a loopback port, started and ended by its process id.
#pragma once

#include <gtest/gtest.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>

#include <chrono>
#include <string>
#include <thread>
#include <variant>
#include <vector>

#include "platform/cache/redis_connection.h"
#include "platform/config/temporary_folder.h"
#include "platform/http/listening_socket.h"

extern char** environ;

namespace causal_gym {

// A port that nobody listens on when it is asked for.
inline std::uint16_t free_port() { return listen_on("127.0.0.1", 0, 1, false).value().port; }

class RedisServer {
 public:
  explicit RedisServer(std::uint16_t port, std::vector<std::string> more = {}) : port_(port) {
    std::vector<std::string> words = {"redis-server",
                                      "--port",
                                      std::to_string(port),
                                      "--bind",
                                      "127.0.0.1",
                                      "--save",
                                      "",
                                      "--dir",
                                      folder_.path().string(),
                                      "--logfile",
                                      folder_.file("log")};
    words.insert(words.end(), more.begin(), more.end());
    std::vector<char*> arguments;
    arguments.reserve(words.size() + 1);
    for (auto& word : words) arguments.push_back(word.data());
    arguments.push_back(nullptr);
    EXPECT_EQ(posix_spawnp(&pid_, "redis-server", nullptr, nullptr, arguments.data(), environ), 0);
  }
  ~RedisServer() { end(); }
  RedisServer(const RedisServer&) = delete;
  RedisServer& operator=(const RedisServer&) = delete;

  void signal(int number) const { kill(pid_, number); }
  void end() {
    if (pid_ == 0) return;
    kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
    pid_ = 0;
  }
  [[nodiscard]] RedisAddress address() const { return {"127.0.0.1", port_, "", "", 0}; }

 private:
  std::uint16_t port_;
  TemporaryFolder folder_;
  pid_t pid_ = 0;
};

// Asks until it answers, ten seconds at most.
inline bool answers(Redis& redis) {
  for (int i = 0; i < 1'000; ++i) {
    if (const auto reply = redis.command({"PING"}))
      if (const auto* text = std::get_if<std::string>(&*reply)) return *text == "PONG";
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  return false;
}

}  // namespace causal_gym
