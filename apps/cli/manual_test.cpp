// SPDX-License-Identifier: Apache-2.0
#include "apps/cli/manual.hpp"

#include <doctest/doctest.h>

#include "apps/cli/verbs.hpp"

using namespace beamish::apps;

namespace {

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

std::string with_escaped_hyphens(std::string_view text) {
  std::string result;
  for (const char c : text) result += c == '-' ? "\\-" : std::string(1, c);
  return result;
}

}  // namespace

TEST_CASE("manual: every verb, option and exit code of the table is in the page") {
  const std::string page = manual_page("1.2.3");
  CHECK(page.starts_with(".TH BEAMISH 1 \"\" \"beamish 1.2.3\""));
  for (const verb_row& verb : verbs()) {
    CHECK(contains(page, "\n.SS " + std::string(verb.name) + "\n"));
    for (const option_row& option : verb.options)
      CHECK(contains(page, "\\fB\\-\\-" + with_escaped_hyphens(option.name) + "\\fR"));
    for (const exit_code_row& row : verb.exit_codes)
      CHECK(contains(page, "\\fB" + std::to_string(row.code) + "\\fR\n"));
  }
}

TEST_CASE("manual: no line of text is taken for a request of roff") {
  const std::string page = manual_page("1");
  for (std::size_t at = page.find("\n."); at != std::string::npos; at = page.find("\n.", at + 1)) {
    const std::string request = page.substr(at + 2, 2);
    CAPTURE(request);
    CHECK((request == "SH" || request == "SS" || request == "TP" || request == "PP" ||
           request == "br"));
  }
}
