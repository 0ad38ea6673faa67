// Addresses behind proxies, cookies, form tokens, cross-site requests and security headers.
#include "platform/auth/browser.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "platform/auth/client_address.h"
#include "platform/auth/secret_text.h"

namespace causal_gym {
namespace {

HttpRequest with_headers(NamedTexts headers) {
  HttpRequest request;
  request.headers = std::move(headers);
  return request;
}

TEST(ClientAddress, NobodyChoosesTheirOwn) {
  const auto trusted = AddressList::read("10.0.0.0/8, ::1");
  ASSERT_TRUE(trusted);
  const auto address = [&](std::string_view remote, std::string_view forwarded) {
    return client_address(remote, forwarded, *trusted);
  };
  EXPECT_EQ(address("192.0.2.1:9", "6.6.6.6"), "192.0.2.1");  // not by a proxy
  EXPECT_EQ(address("10.1.2.3:9", "192.0.2.7"), "192.0.2.7");
  EXPECT_EQ(address("10.1.2.3:9", "6.6.6.6, 192.0.2.7"), "192.0.2.7");
  EXPECT_EQ(address("10.1.2.3:9", "6.6.6.6, 192.0.2.7, 10.9.9.9"), "192.0.2.7");
  EXPECT_EQ(address("[::1]:9", "2001:db8::5"), "2001:db8::5");
  EXPECT_EQ(address("[::1]:9", "[2001:db8::5]:443"), "2001:db8::5");
  EXPECT_EQ(address("10.1.2.3:9", ""), "10.1.2.3");
  EXPECT_EQ(address("10.1.2.3:9", "unknown"), "10.1.2.3");
  EXPECT_EQ(address("10.1.2.3:9", "192.0.2.7, "), "10.1.2.3");
  EXPECT_EQ(address("10.1.2.3:9", "10.0.0.1"), "10.0.0.1");
}

TEST(ClientAddress, PrefixesEndAtTheirBit) {
  const auto list = AddressList::read("10.128.0.0/9 2001:db8::/33 192.0.2.7");
  ASSERT_TRUE(list);
  for (const char* inside :
       {"10.128.0.0", "10.255.1.1", "2001:db8:7fff::1", "192.0.2.7", "::ffff:10.200.0.1"})
    EXPECT_TRUE(list->contains(inside)) << inside;
  for (const char* outside :
       {"10.127.255.255", "11.128.0.0", "2001:db8:8000::1", "192.0.2.8", "name", "", "10.128.0"})
    EXPECT_FALSE(list->contains(outside)) << outside;
  EXPECT_FALSE(AddressList().contains("127.0.0.1"));
  for (const char* bad :
       {"10.0.0.0/33", "10.0.0.0/", "10.0.0.0/x", "name", "10.0.0.0/-1", "::/129", "1.2.3"})
    EXPECT_FALSE(AddressList::read(bad)) << bad;
}

TEST(ClientAddress, AHouseholdIsOne) {
  EXPECT_EQ(address_group("2001:db8:1:2:3:4:5:6"), "2001:db8:1:2::/64");
  EXPECT_EQ(address_group("192.0.2.7"), "192.0.2.7");
  EXPECT_EQ(address_group("::ffff:192.0.2.7"), "192.0.2.7");
  EXPECT_TRUE(is_loopback_address("127.1.2.3"));
  EXPECT_TRUE(is_loopback_address("::1"));
  EXPECT_FALSE(is_loopback_address("0.0.0.0"));
  EXPECT_FALSE(is_loopback_address("::"));
  EXPECT_FALSE(is_loopback_address("128.0.0.1"));
}

TEST(ClientName, IsShortAndPlain) {
  EXPECT_EQ(client_name("curl/8.5"), "curl/8.5");
  EXPECT_EQ(client_name(""), "");
  EXPECT_EQ(client_name("a\nb\x7F\xC3\xA9"), "a?b???");
  EXPECT_EQ(client_name(std::string(5'000, 'x')), std::string(longest_client_name, 'x'));
}

TEST(Cookie, OverTlsItIsForThisHostAlone) {
  using namespace std::chrono_literals;
  EXPECT_EQ(set_cookie(CookieKind::session, "v", true, 60s),
            "__Host-causal_gym_session=v; Path=/; HttpOnly; SameSite=Lax; Secure; Max-Age=60");
  EXPECT_EQ(set_cookie(CookieKind::form, "v", false),
            "causal_gym_form=v; Path=/; HttpOnly; SameSite=Lax");
}

TEST(Cookie, IsFoundByItsWholeNameAndScheme) {
  const auto value = [](const std::string& cookie, bool tls = false) {
    NamedTexts headers = {{"cookie", cookie}};
    if (tls) headers.emplace_back("X-Forwarded-Proto", "https");
    return cookie_of(with_headers(headers), CookieKind::session);
  };
  EXPECT_EQ(value("a=b; causal_gym_session=v; c=d"), "v");
  EXPECT_EQ(value("causal_gym_session=v=w"), "v=w");
  EXPECT_EQ(value("xcausal_gym_session=v"), std::nullopt);
  EXPECT_EQ(value("causal_gym_session=; causal_gym_session=v"), "v");
  EXPECT_EQ(value("causal_gym_session"), std::nullopt);
  EXPECT_EQ(value(std::string("causal_gym_session=") + std::string(513, 'x')), std::nullopt);
  EXPECT_EQ(value("__Host-causal_gym_session=v"), std::nullopt);
  // A neighbouring host can set the name without the prefix, and over TLS it is not looked at.
  EXPECT_EQ(value("causal_gym_session=v", true), std::nullopt);
  EXPECT_EQ(value("__Host-causal_gym_session=v", true), "v");
}

TEST(FormToken, BelongsToOneCookie) {
  const auto cookie = random_text();
  EXPECT_TRUE(is_form_token(form_token(cookie), cookie));
  EXPECT_FALSE(is_form_token(form_token(cookie), random_text()));
  EXPECT_FALSE(is_form_token("", cookie));
  EXPECT_FALSE(is_form_token(cookie, cookie));
  EXPECT_FALSE(is_form_token(form_token(""), ""));
}

TEST(CrossSite, IsWhatTheBrowserSaysIsNotFromUs) {
  const auto crosses = [](NamedTexts headers) {
    headers.emplace_back("Host", "gym.example:8501");
    return is_cross_site(with_headers(std::move(headers)));
  };
  EXPECT_FALSE(crosses({}));
  EXPECT_FALSE(crosses({{"Sec-Fetch-Site", "same-origin"}}));
  EXPECT_FALSE(crosses({{"Sec-Fetch-Site", "none"}}));
  EXPECT_FALSE(crosses({{"Origin", "http://gym.example:8501"}}));
  EXPECT_TRUE(crosses({{"Sec-Fetch-Site", "cross-site"}}));
  EXPECT_TRUE(crosses({{"Sec-Fetch-Site", "same-site"}}));
  EXPECT_TRUE(crosses({{"Origin", "null"}}));
  EXPECT_TRUE(crosses({{"Origin", "http://gym.example"}}));
  EXPECT_TRUE(crosses({{"Origin", "https://evil.example"}}));
}

TEST(FormFields, AreDecodedAndFew) {
  const auto fields = form_fields("name=ada+l&password=a%26b%3D&empty=&bare");
  ASSERT_TRUE(fields);
  EXPECT_EQ(*fields,
            (NamedTexts{{"name", "ada l"}, {"password", "a&b="}, {"empty", ""}, {"bare", ""}}));
  EXPECT_TRUE(form_fields("")->empty());
  EXPECT_FALSE(form_fields("a=%"));
  std::string many;
  for (int i = 0; i < 33; ++i) many += "a=b&";
  EXPECT_EQ(form_fields(many).error().code, ErrorCode::limit_exceeded);
}

TEST(SecurityHeaders, AreOnEveryAnswerOnceAndLeaveWhatIsThere) {
  HttpResponse response;
  response.headers = {{"content-security-policy", "own"}};
  add_security_headers(response, false);
  add_security_headers(response, false);
  std::map<std::string, int> count;
  for (const auto& [name, value] : response.headers) ++count[name];
  EXPECT_EQ(count, (std::map<std::string, int>{{"content-security-policy", 1},
                                               {"X-Frame-Options", 1},
                                               {"Referrer-Policy", 1},
                                               {"Permissions-Policy", 1},
                                               {"Cross-Origin-Opener-Policy", 1},
                                               {"Cross-Origin-Resource-Policy", 1}}));
  add_security_headers(response, true);
  EXPECT_EQ(response.headers.back().first, "Strict-Transport-Security");
  EXPECT_TRUE(came_over_tls(with_headers({{"X-Forwarded-Proto", "https, http"}})));
  EXPECT_FALSE(came_over_tls(with_headers({{"X-Forwarded-Proto", "http"}})));
  EXPECT_FALSE(came_over_tls(with_headers({})));
}

}  // namespace
}  // namespace causal_gym
