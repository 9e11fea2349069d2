// SPDX-License-Identifier: Apache-2.0
#include "apps/batch/attribution.hpp"

#include <doctest/doctest.h>

using namespace beamish;
using namespace beamish::apps;

namespace {

constexpr output_stream out = output_stream::out;
constexpr output_stream err = output_stream::err;
const std::string mark = " [cut: a line of more than 65536 bytes]\n";

attribution third() { return attribution({.out = "[3] ", .err = "[3] ! "}); }

}  // namespace

TEST_CASE("attribution: lines come out whole, however the bytes come in") {
  attribution lines = third();
  CHECK(lines.take(out, "one\ntw") == "[3] one\n");
  CHECK(lines.take(out, "o") == "");
  CHECK(lines.take(out, "\n\nthree\n") == "[3] two\n[3] \n[3] three\n");
  CHECK(lines.take(out, "") == "");
  CHECK(lines.finish(out) == "");
}

TEST_CASE("attribution: the two streams do not mix") {
  attribution lines = third();
  CHECK(lines.take(out, "to be") == "");
  CHECK(lines.take(err, "oops\nand") == "[3] ! oops\n");
  CHECK(lines.take(out, " continued\n") == "[3] to be continued\n");
  CHECK(lines.finish(err) == "[3] ! and\n");
  CHECK(lines.finish(out) == "");
}

TEST_CASE("attribution: line ends of other systems") {
  attribution lines = third();
  CHECK(lines.take(out, "a\r\nb\rc\r") == "[3] a\n");
  CHECK(lines.take(out, "\n") == "[3] b\rc\n");
}

TEST_CASE("attribution: a line that is too long is cut and the next one is whole") {
  attribution lines = third();
  const std::string most(attribution::longest, 'x');
  CHECK(lines.take(out, most + "\n") == "[3] " + most + "\n");
  CHECK(lines.take(out, most + "y") == "");
  CHECK(lines.take(out, std::string(5'000'000, 'z')) == "");
  CHECK(lines.take(out, "z\nnext\n") == "[3] " + most + mark + "[3] next\n");
  lines.take(out, most + "y");
  CHECK(lines.finish(out) == "[3] " + most + mark);
}

TEST_CASE("attribution: a cut leaves no broken character") {
  attribution lines = third();
  const std::string most(attribution::longest - 1, 'x');
  CHECK(lines.take(out, most + "\u00E9\n") == "[3] " + most + mark);
  CHECK(lines.take(out, std::string(70'000, '\x80') + "\n").ends_with(mark));
}
