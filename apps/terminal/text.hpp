// SPDX-License-Identifier: Apache-2.0
// Small helpers for text in columns: width, padding, cutting, durations, harmless display.
//
//   pad_right("ab", 4);                 //=> "ab  "
//   duration_text(1'234'000'000);       //=> "1.23 s"
//   visible("a\tb");                    //=> "a\\x09b"
//
// Widths count the columns of UTF-8 characters: two for the scripts of East Asia and for pictures,
// none for accents that join the character before them. Pure functions.

#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace beamish::apps {

std::size_t text_width(std::string_view text);
std::string pad_right(std::string_view text, std::size_t width);
std::string pad_left(std::string_view text, std::size_t width);

// At most `width` columns; a shortened text ends in an ellipsis. REQUIRES: width >= 3.
std::string cut(std::string_view text, std::size_t width, bool ascii);

// 3.2 ms, 1.23 s, 12.3 s, 2 min 05 s, 1 h 02 min
std::string duration_text(std::int64_t nanoseconds);

// 0.6/s, 12.3/s, 4,520/s, 1.2 M/s
std::string rate_text(double per_second);

// Control characters as \xNN, so that a text can neither break a line nor steer a terminal.
std::string visible(std::string_view text);

}  // namespace beamish::apps
