#include "platform/http/content_coding.h"

#include <zlib.h>

#include <algorithm>
#include <iterator>
#include <utility>

#include "engine/base/check.h"

namespace causal_gym {

namespace {

constexpr int gzip_window_bits = 15 + 16;  // the largest window, in the frame of gzip
constexpr int memory_level = 8;
constexpr int full_weight = 1'000;

std::string_view trimmed(std::string_view text) {
  const auto from = text.find_first_not_of(" \t");
  if (from == std::string_view::npos) return {};
  return text.substr(from, text.find_last_not_of(" \t") - from + 1);
}

bool same_word(std::string_view a, std::string_view b) { return same_header_name(a, b); }

// "0.25" as thousandths; at most three digits after the point.
std::optional<int> read_weight(std::string_view text) {
  if (text.empty() || (text[0] != '0' && text[0] != '1')) return std::nullopt;
  int weight = (text[0] - '0') * full_weight;
  if (text.size() > 1 && text[1] != '.') return std::nullopt;
  if (text.size() > 5) return std::nullopt;
  int unit = full_weight / 10;
  for (std::size_t i = 2; i < text.size(); ++i, unit /= 10) {
    if (text[i] < '0' || text[i] > '9') return std::nullopt;
    weight += (text[i] - '0') * unit;
  }
  return weight <= full_weight ? std::optional(weight) : std::nullopt;
}

struct WeightedCoding {
  std::string_view name;
  int weight = full_weight;
};

std::optional<WeightedCoding> read_coding(std::string_view member) {
  const auto semicolon = member.find(';');
  WeightedCoding coding{trimmed(member.substr(0, semicolon))};
  if (coding.name.empty()) return std::nullopt;
  if (semicolon == std::string_view::npos) return coding;
  const auto parameter = trimmed(member.substr(semicolon + 1));
  if (!parameter.starts_with("q=") && !parameter.starts_with("Q=")) return std::nullopt;
  const auto weight = read_weight(parameter.substr(2));
  if (!weight) return std::nullopt;
  coding.weight = *weight;
  return coding;
}

std::optional<std::string> accept_encoding_of(const HttpRequest& request) {
  std::optional<std::string> all;
  for (const auto& [name, value] : request.headers) {
    if (!same_header_name(name, "Accept-Encoding")) continue;
    if (all)
      all->append(",").append(value);
    else
      all = value;
  }
  return all;
}

bool has_field(const HttpResponse& response, std::string_view name) {
  return std::any_of(response.headers.begin(), response.headers.end(),
                     [&](const auto& field) { return same_header_name(field.first, name); });
}

}  // namespace

bool prefers_gzip(const std::optional<std::string>& accept_encoding) {
  if (!accept_encoding) return false;
  std::optional<int> gzip, identity, others;
  std::string_view rest = *accept_encoding;
  while (!rest.empty()) {
    const auto comma = rest.find(',');
    const auto member = trimmed(rest.substr(0, comma));
    rest = comma == std::string_view::npos ? std::string_view() : rest.substr(comma + 1);
    if (member.empty()) continue;
    const auto coding = read_coding(member);
    if (!coding) return false;
    if (same_word(coding->name, "gzip") || same_word(coding->name, "x-gzip"))
      gzip = coding->weight;
    else if (same_word(coding->name, "identity"))
      identity = coding->weight;
    else if (coding->name == "*")
      others = coding->weight;
  }
  const int weight = gzip.value_or(others.value_or(0));
  return weight > 0 && weight >= identity.value_or(0);
}

bool is_coded_type(std::string_view content_type) {
  constexpr std::string_view types[] = {
      "application/json", "application/x-ndjson",   "application/yaml",
      "application/xml",  "application/javascript", "image/svg+xml",
      "text/csv",         "text/markdown",          "text/plain"};
  const auto type = trimmed(content_type.substr(0, content_type.find(';')));
  return std::any_of(std::begin(types), std::end(types),
                     [&](auto known) { return same_word(known, type); });
}

std::string gzip_text(std::string_view text) {
  z_stream stream{};
  CHECK(deflateInit2(&stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, gzip_window_bits, memory_level,
                     Z_DEFAULT_STRATEGY) == Z_OK);
  std::string coded(deflateBound(&stream, static_cast<uLong>(text.size())), '\0');
  // zlib reads through a pointer that its interface forgot to make const.
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(coded.data());
  stream.avail_out = static_cast<uInt>(coded.size());
  const int ended = deflate(&stream, Z_FINISH);
  coded.resize(stream.total_out);
  deflateEnd(&stream);
  CHECK(ended == Z_STREAM_END);
  return coded;
}

HttpHandler with_gzip(HttpHandler handler) {
  return [handler = std::move(handler)](const HttpRequest& request,
                                        const CancellationToken& cancellation) {
    auto response = handler(request, cancellation);
    const auto size = response.body.size();
    if (response.status != 200 || size < least_coded_bytes || size > most_coded_bytes ||
        !is_coded_type(response.content_type) || has_field(response, "Content-Encoding"))
      return response;
    response.headers.emplace_back("Vary", "Accept-Encoding");
    if (!prefers_gzip(accept_encoding_of(request))) return response;
    response.body = gzip_text(response.body);
    response.headers.emplace_back("Content-Encoding", "gzip");
    return response;
  };
}

}  // namespace causal_gym
