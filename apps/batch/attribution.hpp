// SPDX-License-Identifier: Apache-2.0
// Turns a command's output, which comes in pieces, into whole lines that say whose they are.
//
//   attribution lines({.out = "[3] ", .err = "[3] ! "});
//   lines.take(output_stream::out, "one\ntw");      //=> "[3] one\n"
//   lines.take(output_stream::out, "o");            //=> ""
//   lines.finish(output_stream::out);               //=> "[3] two\n"
//
// Memory is bounded: a line of more than `longest` bytes is cut, with a mark, and the rest of it is
// dropped. Line ends of other systems (\r\n) become \n. One object per command, one thread at a
// time.

#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "beamish/runtime/os_process.hpp"

namespace beamish::apps {

struct line_prefixes {
  std::string out;
  std::string err;
};

class attribution {
 public:
  static constexpr std::size_t longest = std::size_t{64} * 1024;

  explicit attribution(line_prefixes prefixes);

  // The lines that these bytes complete. The result is valid until the next call.
  std::string_view take(output_stream stream, std::string_view bytes);

  // The last line, if it had no end.
  std::string_view finish(output_stream stream);

 private:
  struct side {
    std::string prefix;
    std::string begun = {};  // a line without its end
    bool cut = false;        // the rest of this line is dropped
  };

  side& of(output_stream stream) { return stream == output_stream::out ? out_ : err_; }
  void add(side& s, std::string_view part);
  void end_line(side& s);

  side out_;
  side err_;
  std::string text_;
};

}  // namespace beamish::apps
