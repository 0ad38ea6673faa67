// Lines as they come, inputs that cannot be read, and waiting that ends.
#include "apps/cli/line_input.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <chrono>
#include <fstream>
#include <thread>
#include <vector>

#include "platform/config/temporary_folder.h"

namespace causal_gym {
namespace {

std::vector<std::string> lines_of(const std::string& path, std::size_t limit_bytes = 1'000) {
  auto input = LineInput::open(path, limit_bytes, {});
  std::vector<std::string> lines;
  while (input) {
    const auto line = input->next();
    if (!line || !*line) break;
    lines.push_back(**line);
  }
  return lines;
}

TEST(LineInput, GivesLinesThatHoldSomethingAndTheLastWithoutItsEnd) {
  const TemporaryFolder folder;
  const auto path = folder.file("lines");
  std::ofstream(path) << "a\n\n  \t\r\nb b\r\n\nlast";
  EXPECT_EQ(lines_of(path), (std::vector<std::string>{"a", "b b\r", "last"}));
  const std::string longest(100'000, 'x');  // more than one filling of the buffer
  std::ofstream(path) << longest << "\ny\n";
  EXPECT_EQ(lines_of(path, 200'000), (std::vector<std::string>{longest, "y"}));
}

TEST(LineInput, KeepsOneByteMoreThanTheLimitOfAnOverlongLine) {
  const TemporaryFolder folder;
  const auto path = folder.file("lines");
  std::ofstream(path) << "1234\n12345\n123456789\n1\n";
  EXPECT_EQ(lines_of(path, 4), (std::vector<std::string>{"1234", "12345", "12345", "1"}));
}

TEST(LineInput, WhatCannotBeReadIsNamedWithTheReason) {
  const TemporaryFolder folder;
  const auto missing = LineInput::open(folder.file("missing"), 10, {});
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().code, ErrorCode::not_found);
  auto directory = LineInput::open(folder.file(""), 10, {});
  ASSERT_TRUE(directory);
  const auto line = directory->next();
  ASSERT_FALSE(line);
  EXPECT_EQ(line.error().code, ErrorCode::unavailable);
  EXPECT_EQ(line.error().message, "cannot read '" + folder.file("") + "': Is a directory");
}

TEST(LineInput, CancellationEndsTheWaitForASilentPipe) {
  const TemporaryFolder folder;
  const auto path = folder.file("pipe");
  ASSERT_EQ(mkfifo(path.c_str(), 0600), 0);
  CancellationSource source;
  auto input = LineInput::open(path, 10, source.token());
  ASSERT_TRUE(input);
  std::thread later([&source] {
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    source.cancel();
  });
  const auto line = input->next();
  later.join();
  ASSERT_FALSE(line);
  EXPECT_EQ(line.error().code, ErrorCode::cancelled);
}

}  // namespace
}  // namespace causal_gym
