// SPDX-License-Identifier: Apache-2.0
// What can be shown where the output goes: colours, characters beyond ASCII, a line that changes.
//
//   terminal_traits t = terminal_of({.term = "dumb", .out_is_terminal = true});
//   t.ascii;                            //=> true
//
// NO_COLOR, if set to anything, turns colours off. TERM=dumb turns off colours, the changing line
// and all but ASCII. A locale that names another character set than UTF-8 leaves ASCII only.

#pragma once

#include <cstddef>
#include <string>

namespace beamish::apps {

struct terminal_size {
  std::size_t columns = 80;
  std::size_t rows = 24;
};

// Of the terminal behind this descriptor, now; `otherwise` if there is none.
terminal_size size_of(int fd, const terminal_size& otherwise);

// What the program finds around it.
struct surroundings {
  std::string term = {};
  std::string locale = {};  // the first that is set of LC_ALL, LC_CTYPE and LANG
  bool no_color = false;
  bool out_is_terminal = false;
  bool err_is_terminal = false;
  std::size_t columns = 0;  // 0 if unknown
};

struct terminal_traits {
  bool out_is_terminal = false;
  bool err_is_terminal = false;
  bool out_color = false;
  bool err_color = false;
  bool status_line = false;  // on standard error
  bool ascii = false;
  std::size_t width = 80;
};

surroundings look_around();
terminal_traits terminal_of(const surroundings& s);

}  // namespace beamish::apps
