// SPDX-License-Identifier: Apache-2.0
#include "apps/terminal/text.hpp"

#include <doctest/doctest.h>

using namespace beamish::apps;

TEST_CASE("text: columns count characters, not bytes") {
  CHECK(text_width("a\u00E9\u2588") == 3);
  CHECK(pad_right("\u00E9", 3) == "\u00E9  ");
  CHECK(pad_left("\u00E9", 3) == "  \u00E9");
  CHECK(pad_right("long", 2) == "long");
}

TEST_CASE("text: wide characters take two columns, accents none, stray bytes one") {
  CHECK(text_width("\u65E5\u672C.txt") == 8);
  CHECK(text_width("\U0001F600!") == 3);
  CHECK(text_width("e\u0301") == 1);
  CHECK(text_width("\xFF\xC3\xE6\x97") == 4);
  CHECK(pad_right("\u65E5", 4) == "\u65E5  ");
  CHECK(cut("\u65E5\u672C\u65E5\u672C", 6, false) == "\u65E5\u672C\u2026");
  CHECK(cut("\u65E5\u672C\u65E5\u672C", 5, false) == "\u65E5\u672C\u2026");
  CHECK(cut("\u65E5\u672C\u65E5\u672C", 8, false) == "\u65E5\u672C\u65E5\u672C");
  CHECK(cut("e\u0301e\u0301e\u0301e\u0301", 3, false) == "e\u0301e\u0301\u2026");
}

TEST_CASE("text: a long text is cut with a mark") {
  CHECK(cut("abcdef", 6, false) == "abcdef");
  CHECK(cut("abcdefg", 6, false) == "abcde\u2026");
  CHECK(cut("abcdefg", 6, true) == "abc...");
  CHECK(cut("\u00E9\u00E9\u00E9\u00E9", 3, false) == "\u00E9\u00E9\u2026");
}

TEST_CASE("text: durations in the unit that a person would use") {
  CHECK(duration_text(0) == "0.0 ms");
  CHECK(duration_text(3'240'000) == "3.2 ms");
  CHECK(duration_text(999'499'999) == "999.5 ms");
  CHECK(duration_text(999'500'000) == "1.00 s");
  CHECK(duration_text(1'234'000'000) == "1.23 s");
  CHECK(duration_text(12'340'000'000) == "12.3 s");
  CHECK(duration_text(99'950'000'000) == "1 min 40 s");
  CHECK(duration_text(125'000'000'000) == "2 min 05 s");
  CHECK(duration_text(3'720'000'000'000) == "1 h 02 min");
}

TEST_CASE("text: control characters are shown, not obeyed") {
  CHECK(visible("a\tb\x1B[1m\n\u00E9\x7F") == "a\\x09b\\x1B[1m\\x0A\u00E9\\x7F");
}

TEST_CASE("text: rates") {
  CHECK(rate_text(0) == "0.0/s");
  CHECK(rate_text(12.34) == "12.3/s");
  CHECK(rate_text(99.96) == "100/s");
  CHECK(rate_text(4520.4) == "4,520/s");
  CHECK(rate_text(999'499) == "999,499/s");
  CHECK(rate_text(999'999) == "1.0 M/s");
  CHECK(rate_text(1'234'567) == "1.2 M/s");
}
