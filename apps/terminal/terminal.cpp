// SPDX-License-Identifier: Apache-2.0
#include "apps/terminal/terminal.hpp"

#include <sys/ioctl.h>
#include <unistd.h>

#include <cstdlib>

namespace beamish::apps {
namespace {

std::string variable(const char* name) {
  const char* const value = std::getenv(name);
  return value == nullptr ? std::string() : std::string(value);
}

std::size_t columns_around() {
  for (const int fd : {STDOUT_FILENO, STDERR_FILENO}) {
    if (const std::size_t found = size_of(fd, {0, 0}).columns; found > 0) return found;
  }
  const unsigned long told = std::strtoul(variable("COLUMNS").c_str(), nullptr, 10);
  return told < 10'000 ? told : 0;
}

bool is_utf8(const std::string& locale) {
  if (locale.empty() || locale == "C" || locale == "POSIX") return true;  // names no character set
  for (const char* name : {"UTF-8", "utf-8", "UTF8", "utf8"}) {
    if (locale.find(name) != std::string::npos) return true;
  }
  return false;
}

}  // namespace

terminal_size size_of(int fd, const terminal_size& otherwise) {
  winsize size = {};
  if (ioctl(fd, TIOCGWINSZ, &size) != 0 || size.ws_col == 0) return otherwise;
  return {size.ws_col, size.ws_row == 0 ? otherwise.rows : size.ws_row};
}

surroundings look_around() {
  surroundings s;
  s.term = variable("TERM");
  for (const char* name : {"LC_ALL", "LC_CTYPE", "LANG"}) {
    if (s.locale.empty()) s.locale = variable(name);
  }
  s.no_color = !variable("NO_COLOR").empty();
  s.out_is_terminal = isatty(STDOUT_FILENO) == 1;
  s.err_is_terminal = isatty(STDERR_FILENO) == 1;
  s.columns = columns_around();
  return s;
}

terminal_traits terminal_of(const surroundings& s) {
  const bool dumb = s.term == "dumb";
  const bool color = !dumb && !s.no_color;
  terminal_traits t;
  t.out_is_terminal = s.out_is_terminal;
  t.err_is_terminal = s.err_is_terminal;
  t.out_color = color && s.out_is_terminal;
  t.err_color = color && s.err_is_terminal;
  t.status_line = !dumb && s.err_is_terminal;
  t.ascii = dumb || !is_utf8(s.locale);
  t.width = s.columns == 0 ? 80 : s.columns;
  return t;
}

}  // namespace beamish::apps
