// SPDX-License-Identifier: Apache-2.0
#include "apps/terminal/terminal.hpp"

#include <doctest/doctest.h>

using namespace beamish::apps;

TEST_CASE("terminal: a capable one") {
  const terminal_traits t = terminal_of({.term = "xterm-256color",
                                         .locale = "en_GB.UTF-8",
                                         .out_is_terminal = true,
                                         .err_is_terminal = true,
                                         .columns = 132});
  CHECK(t.out_color);
  CHECK(t.err_color);
  CHECK(t.status_line);
  CHECK(!t.ascii);
  CHECK(t.width == 132);
}

TEST_CASE("terminal: a file or a pipe") {
  const terminal_traits t = terminal_of({.term = "xterm", .err_is_terminal = true});
  CHECK(!t.out_color);
  CHECK(t.err_color);
  CHECK(t.status_line);
  CHECK(t.width == 80);
}

TEST_CASE("terminal: a dumb one") {
  const terminal_traits t =
      terminal_of({.term = "dumb", .out_is_terminal = true, .err_is_terminal = true});
  CHECK(!t.out_color);
  CHECK(!t.status_line);
  CHECK(t.ascii);
}

TEST_CASE("terminal: no colour is wanted") {
  const terminal_traits t = terminal_of(
      {.term = "xterm", .no_color = true, .out_is_terminal = true, .err_is_terminal = true});
  CHECK(!t.out_color);
  CHECK(!t.err_color);
  CHECK(t.status_line);
  CHECK(!t.ascii);
}

TEST_CASE("terminal: the locale decides about characters") {
  CHECK(terminal_of({.locale = "de_DE.ISO-8859-1"}).ascii);
  CHECK(!terminal_of({.locale = "de_DE.utf8"}).ascii);
  CHECK(!terminal_of({.locale = "C"}).ascii);
  CHECK(!terminal_of({}).ascii);
}

TEST_CASE("terminal: looking around finds what the program has") {
  CHECK(look_around().columns < 10'000);
}

TEST_CASE("terminal: what is no terminal has the size that it is given") {
  const terminal_size size = size_of(-1, {.columns = 7, .rows = 3});
  CHECK(size.columns == 7);
  CHECK(size.rows == 3);
}
