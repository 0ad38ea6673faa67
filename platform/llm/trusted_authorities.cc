#include "platform/llm/trusted_authorities.h"

#include <cstddef>
#include <filesystem>
#include <fstream>
#include <string_view>
#include <system_error>

namespace causal_gym {

namespace {

constexpr const char* variable = "SSL_CERT_FILE";
constexpr const char* option = "--ca-file";
constexpr std::size_t largest_file_bytes = 16 << 20;
// Of X.509 certificates in PEM, the second with trust settings of OpenSSL.
constexpr std::string_view beginnings[] = {"-----BEGIN CERTIFICATE-----",
                                           "-----BEGIN TRUSTED CERTIFICATE-----"};

bool holds_certificate(std::string_view text) {
  for (const auto beginning : beginnings)
    if (text.find(beginning) != std::string_view::npos) return true;
  return false;
}

// libcurl would say so only when the first request fails, without the name of what to mend.
Status check_authorities(const std::string& path, const std::string& where) {
  std::error_code unreadable;
  const auto status = std::filesystem::status(path, unreadable);
  if (!std::filesystem::exists(status))
    return fail(ErrorCode::not_found, "there is no file '" + path + "' of trusted authorities",
                where);
  // A pipe would be waited for, and the size of a folder means nothing.
  const bool is_file = std::filesystem::is_regular_file(status);
  const auto size = is_file ? std::filesystem::file_size(path, unreadable) : 0;
  if (size > largest_file_bytes)
    return fail(ErrorCode::limit_exceeded,
                "the file '" + path + "' of trusted authorities has more than 16 MiB", where);
  std::string text(size, '\0');
  std::ifstream file(path, std::ios::binary);
  if (!is_file || !file.read(text.data(), static_cast<std::streamsize>(size)))
    return fail(ErrorCode::unavailable, "the file '" + path + "' cannot be read", where);
  if (holds_certificate(text)) return {};
  return fail(ErrorCode::invalid_argument, "the file '" + path + "' holds no certificate", where,
              "name a PEM file, which begins with -----BEGIN CERTIFICATE-----");
}

}  // namespace

Result<std::string> trusted_authorities(const ConfigSources& sources, const std::string& given) {
  auto path = given.empty() ? sources.variable(variable).value_or("") : given;
  if (!path.empty()) CAUSAL_GYM_CHECKED(check_authorities(path, given.empty() ? variable : option));
  return path;
}

}  // namespace causal_gym
