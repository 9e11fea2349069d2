// SPDX-License-Identifier: Apache-2.0
#include "apps/terminal/text.hpp"

#include <cmath>
#include <cstdio>

namespace beamish::apps {
namespace {

bool starts_character(char c) { return (static_cast<unsigned char>(c) >> 6) != 2; }

std::string padding(std::string_view text, std::size_t width) {
  const std::size_t used = text_width(text);
  return std::string(used < width ? width - used : 0, ' ');
}

template <class... A>
std::string format(const char* pattern, A... values) {
  char buffer[64];
  const int length = std::snprintf(buffer, sizeof buffer, pattern, values...);
  return std::string(buffer, static_cast<std::size_t>(length));
}

}  // namespace

std::size_t text_width(std::string_view text) {
  std::size_t width = 0;
  for (const char c : text) width += starts_character(c) ? 1 : 0;
  return width;
}

std::string pad_right(std::string_view text, std::size_t width) {
  return std::string(text) + padding(text, width);
}

std::string pad_left(std::string_view text, std::size_t width) {
  return padding(text, width) + std::string(text);
}

std::string cut(std::string_view text, std::size_t width, bool ascii) {
  if (text_width(text) <= width) return std::string(text);
  const std::string_view ellipsis = ascii ? "..." : "\u2026";
  std::size_t left = width - text_width(ellipsis);
  std::size_t at = 0;
  while (at < text.size() && (left > 0 || !starts_character(text[at]))) {
    left -= starts_character(text[at]) ? 1 : 0;
    ++at;
  }
  return std::string(text.substr(0, at)).append(ellipsis);
}

std::string duration_text(std::int64_t nanoseconds) {
  const double seconds = static_cast<double>(nanoseconds) / 1e9;
  if (nanoseconds < 999'500'000) return format("%.1f ms", seconds * 1e3);
  if (seconds < 9.995) return format("%.2f s", seconds);
  if (seconds < 99.95) return format("%.1f s", seconds);
  const std::int64_t whole = (nanoseconds + 500'000'000) / 1'000'000'000;
  const auto part = [](std::int64_t n) { return static_cast<long long>(n); };
  if (whole < 3600) return format("%lld min %02lld s", part(whole / 60), part(whole % 60));
  return format("%lld h %02lld min", part(whole / 3600), part(whole % 3600 / 60));
}

std::string rate_text(double per_second) {
  if (per_second < 99.95) return format("%.1f/s", per_second);
  if (per_second >= 999'500) return format("%.1f M/s", per_second / 1e6);
  const long long whole = std::llround(per_second);
  if (whole < 1000) return format("%lld/s", whole);
  return format("%lld,%03lld/s", whole / 1000, whole % 1000);
}

std::string visible(std::string_view text) {
  std::string shown;
  for (const char c : text) {
    const auto code = static_cast<unsigned char>(c);
    if (code < 32 || code == 127) {
      shown += format("\\x%02X", static_cast<unsigned>(code));
    } else {
      shown.push_back(c);
    }
  }
  return shown;
}

}  // namespace beamish::apps
