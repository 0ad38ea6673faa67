// Codes against the vectors of RFC 4226, appendix D, and RFC 6238, appendix B; base32 against those
// of RFC 4648, section 10.
#include "platform/auth/one_time_code.h"

#include <gtest/gtest.h>

namespace causal_gym {
namespace {

const std::string secret = "12345678901234567890";

TEST(OneTimeCode, OfCountersAreThoseOfRfc4226) {
  const char* codes[] = {"755224", "287082", "359152", "969429", "338314",
                         "254676", "287922", "162583", "399871", "520489"};
  for (std::uint64_t counter = 0; counter < 10; ++counter)
    EXPECT_EQ(counter_code(secret, counter), codes[counter]) << counter;
}

TEST(OneTimeCode, OfTimesAreThoseOfRfc6238) {
  const std::pair<std::int64_t, const char*> vectors[] = {{59, "94287082"},
                                                          {1'111'111'109, "07081804"},
                                                          {1'111'111'111, "14050471"},
                                                          {1'234'567'890, "89005924"},
                                                          {2'000'000'000, "69279037"},
                                                          {20'000'000'000, "65353130"}};
  for (const auto& [at, code] : vectors) {
    const auto step = at / code_step_seconds;
    EXPECT_EQ(counter_code(secret, static_cast<std::uint64_t>(step), 8), code) << at;
    // Six digits are the last six of eight.
    EXPECT_EQ(step_of_code(secret, std::string_view(code).substr(2), at, 0), step) << at;
  }
}

TEST(OneTimeCode, IsGoodOneStepEarlyAndOneLateAndNeverTwice) {
  constexpr std::int64_t at = 1'234'567'890, step = at / 30;
  const auto code = [](std::int64_t of) {
    return counter_code(secret, static_cast<std::uint64_t>(of));
  };
  for (std::int64_t of = step - 3; of <= step + 3; ++of) {
    const bool near = of >= step - 1 && of <= step + 1;
    EXPECT_EQ(step_of_code(secret, code(of), at, 0), near ? std::optional(of) : std::nullopt) << of;
  }
  EXPECT_EQ(step_of_code(secret, code(step), at, step - 1), step);
  EXPECT_EQ(step_of_code(secret, code(step), at, step), std::nullopt);
  EXPECT_EQ(step_of_code(secret, code(step - 1), at, step), std::nullopt);
  EXPECT_EQ(step_of_code(secret, code(step + 1), at, step), step + 1);
}

TEST(OneTimeCode, OfAnotherSecretLengthOrKindIsNone) {
  constexpr std::int64_t at = 59;
  for (const auto* bad : {"", "28708", "2870822", "94287082", "28708x", " 287082", "287083"})
    EXPECT_EQ(step_of_code(secret, bad, at, -1), std::nullopt) << bad;
  EXPECT_EQ(step_of_code("another secret of 20", "287082", at, -1), std::nullopt);
}

TEST(Base32, IsThatOfRfc4648WithoutPadding) {
  const std::pair<const char*, const char*> vectors[] = {{"", ""},
                                                         {"f", "MY"},
                                                         {"fo", "MZXQ"},
                                                         {"foo", "MZXW6"},
                                                         {"foob", "MZXW6YQ"},
                                                         {"fooba", "MZXW6YTB"},
                                                         {"foobar", "MZXW6YTBOI"}};
  for (const auto& [bytes, text] : vectors) EXPECT_EQ(base32(bytes), text);
  EXPECT_EQ(base32(std::string(2, '\xFF')), "777Q");
}

TEST(Otpauth, NamesIssuerUserAndSecret) {
  EXPECT_EQ(otpauth_uri("causal-gym", "ada@lab", "foobar"),
            "otpauth://totp/causal-gym:ada%40lab?secret=MZXW6YTBOI&issuer=causal-gym"
            "&algorithm=SHA1&digits=6&period=30");
}

}  // namespace
}  // namespace causal_gym
