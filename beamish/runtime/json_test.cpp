// SPDX-License-Identifier: Apache-2.0
#include "beamish/runtime/json.hpp"

#include <doctest/doctest.h>

#include <vector>

using namespace beamish::detail;

namespace {

std::string json_text(std::string_view text) {
  std::string out;
  write_json(out, text);
  return out;
}

const std::string replacement = "\xef\xbf\xbd";

}  // namespace

TEST_CASE("texts are quoted, and what JSON forbids is escaped") {
  CHECK(json_text("") == R"("")");
  CHECK(json_text("a/b'c") == R"("a/b'c")");
  CHECK(json_text("\"\\\n\r\t") == R"("\"\\\n\r\t")");
  CHECK(json_text(std::string_view("\0\x01\b\x1f", 4)) == R"("\u0000\u0001\u0008\u001f")");
  CHECK(json_text("\x7f") == "\"\x7f\"");
}

TEST_CASE("UTF-8 stays, each byte that is none is replaced") {
  CHECK(json_text("Größe €\U0001F600") == "\"Größe €\U0001F600\"");
  CHECK(json_text("a\xff"
                  "b") == '"' + ("a" + replacement + "b") + '"');
  // Cut short, overlong, half of a surrogate pair, beyond Unicode.
  CHECK(json_text("\xe2\x82") == '"' + replacement + replacement + '"');
  CHECK(json_text("\xc0\xaf") == '"' + replacement + replacement + '"');
  CHECK(json_text("\xed\xa0\x80") == '"' + replacement + replacement + replacement + '"');
  CHECK(json_text("\xf4\x90\x80\x80").size() == 2 + 4 * replacement.size());
  CHECK(json_text("\xc3\"") == '"' + replacement + "\\\"\"");
}

TEST_CASE("objects hold members in the order in which they were added") {
  std::string out;
  json_object o(out);
  o.text("t", "x").text_or_null("n", "").number("i", ~std::uint64_t{0});
  o.list("l", std::vector<std::string>{"a", "b"},
         [](std::string& to, const std::string& item) { write_json(to, item); });
  o.list("e", std::vector<int>{}, [](std::string&, int) {});
  json_object inner(o.member("o"));
  inner.end();
  o.end();
  CHECK(out == R"({"t":"x","n":null,"i":18446744073709551615,"l":["a","b"],"e":[],"o":{}})");
}
