// SPDX-License-Identifier: Apache-2.0
#include "apps/terminal/text.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <span>

namespace beamish::apps {
namespace {

struct code_range {
  char32_t first;
  char32_t last;
};

// What joins the character before it.
constexpr code_range without_column[] = {
    {0x300, 0x36F}, {0x200B, 0x200F}, {0x20D0, 0x20FF}, {0xFE00, 0xFE0F}};
// What Unicode calls wide: the scripts of East Asia, and most pictures.
constexpr code_range of_two_columns[] = {
    {0x1100, 0x115F},   {0x231A, 0x231B},   {0x23E9, 0x23EC},   {0x2614, 0x2615},
    {0x26A1, 0x26A1},   {0x2705, 0x2705},   {0x274C, 0x274C},   {0x2728, 0x2728},
    {0x2B50, 0x2B50},   {0x2E80, 0x303E},   {0x3041, 0x4DBF},   {0x4E00, 0xA4CF},
    {0xA960, 0xA97C},   {0xAC00, 0xD7A3},   {0xF900, 0xFAFF},   {0xFE30, 0xFE6F},
    {0xFF01, 0xFF60},   {0xFFE0, 0xFFE6},   {0x1F300, 0x1F64F}, {0x1F680, 0x1F6FF},
    {0x1F7E0, 0x1F7EB}, {0x1F900, 0x1F9FF}, {0x1FA70, 0x1FAFF}, {0x20000, 0x3FFFD}};

bool is_in(std::span<const code_range> ranges, char32_t code) {
  return std::any_of(ranges.begin(), ranges.end(),
                     [code](const code_range& r) { return code >= r.first && code <= r.last; });
}

struct character {
  std::size_t bytes;
  std::size_t columns;
};

// A byte that is not UTF-8 stands for itself: terminals show a mark for it.
character first_character(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned first = byte(0);
  const std::size_t bytes = first < 0xC2 ? 1 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
  if (bytes == 1 || bytes > text.size() || first > 0xF4) return {1, 1};
  char32_t code = first & (0x7FU >> bytes);
  for (std::size_t i = 1; i < bytes; ++i) {
    if (byte(i) >> 6 != 2) return {1, 1};
    code = (code << 6) | (byte(i) & 0x3FU);
  }
  if (is_in(without_column, code)) return {bytes, 0};
  return {bytes, is_in(of_two_columns, code) ? std::size_t{2} : std::size_t{1}};
}

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
  while (!text.empty()) {
    const character next = first_character(text);
    width += next.columns;
    text.remove_prefix(next.bytes);
  }
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
  while (at < text.size()) {
    const character next = first_character(text.substr(at));
    if (next.columns > left) break;
    left -= next.columns;
    at += next.bytes;
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
