// SPDX-License-Identifier: Apache-2.0
#include "apps/batch/ordered_output.hpp"

#include <doctest/doctest.h>

#include <cstdlib>

using namespace beamish;
using namespace beamish::apps;

namespace {

constexpr output_stream out = output_stream::out;
constexpr output_stream err = output_stream::err;

struct page {
  std::string text;
  ordered_output::emitter emitter() {
    return [this](output_stream stream, std::string_view lines) {
      text += (stream == err ? "!" : "") + std::string(lines);
      return true;
    };
  }
};

}  // namespace

TEST_CASE("ordered_output: the first that has not ended writes through, others wait their turn") {
  page p;
  ordered_output order(4, p.emitter());
  CHECK(order.add(2, out, "c\n"));
  CHECK(order.add(1, out, "b1\n"));
  CHECK(order.add(0, out, "a1\n"));
  CHECK(p.text == "a1\n");
  CHECK(order.end(2));
  CHECK(order.add(1, err, "b2\n"));
  CHECK(order.add(0, out, "a2\n"));
  CHECK(p.text == "a1\na2\n");
  CHECK(order.end(0));
  CHECK(p.text == "a1\na2\nb1\n!b2\n");
  CHECK(order.add(1, out, "b3\n"));
  CHECK(order.end(1));
  CHECK(p.text == "a1\na2\nb1\n!b2\nb3\nc\n");
  CHECK(order.end(3));
}

TEST_CASE("ordered_output: what does not fit into memory is kept in a file") {
  page p;
  ordered_output order(200, p.emitter(), 100);
  std::string wanted;
  for (std::size_t i = 199; i > 0; --i) {
    CHECK(order.add(i, out, std::to_string(i) + "\n"));
    CHECK(order.end(i));
  }
  CHECK(p.text.empty());
  CHECK(order.end(0));
  for (std::size_t i = 1; i < 200; ++i) wanted += std::to_string(i) + "\n";
  CHECK(p.text == wanted);
}

TEST_CASE("ordered_output: without a place for the file it says so") {
  const char* const before = std::getenv("TMPDIR");
  const std::string kept = before == nullptr ? "" : before;
  setenv("TMPDIR", "/no/such/folder", 1);
  page p;
  ordered_output order(2, p.emitter(), 4);
  CHECK(order.add(1, out, "fits"));
  CHECK(order.problem().empty());
  CHECK(!order.add(1, out, "does not"));
  CHECK(order.problem() ==
        "cannot keep the output in a temporary file in /no/such/folder: No such file or directory; "
        "TMPDIR says where it is");
  if (before == nullptr) {
    unsetenv("TMPDIR");
  } else {
    setenv("TMPDIR", kept.c_str(), 1);
  }
}

TEST_CASE("ordered_output: a reader that has gone is remembered") {
  ordered_output order(1, [](output_stream, std::string_view) { return false; });
  CHECK(!order.add(0, out, "a\n"));
  CHECK(!order.end(0));
}
