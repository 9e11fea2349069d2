// SPDX-License-Identifier: Apache-2.0
//
// Prying: a process stops, and a person at the terminal looks at its arguments, message and state.
//
// ```cpp
// struct cache : gen_server<cache> {
//   int limit = 0;
//   task<> init(term args) {
//     pry_point here("init");
//     here.show("args", args);
//     co_await here.stop();       // prints a prompt; returns when the person lets it go on
//     limit = 2;
//   }
//   term format_status() const { return tuple(atom("limit"), limit); }
// };
// auto nobody = [](void*, std::string_view, int, std::string&) { return false; };
// pry_port port{nobody};
// pry_through(port);                                      // without it: the terminal
// auto c = co_await start<cache>({.name = "cache"}, term(atom("large")));
// co_await sys::pry_next("cache");                        // from outside: stops before a message
// term state = co_await sys::get_state("cache");          //=> {:limit, 2}
// ```
//
// At the prompt `pry(#PID<1.3.0>)>`: the name of what is shown prints it as inspect does; `values`
// prints all; `step` (or `next`) lets a server go on and stops it before its next message, showing
// `message` and `state`; `continue` (or `c`) lets it go on to the next pry_point; `help`. The end
// of the input lets it go on, and nobody is asked again on this node.
//
// Guarantees: looking changes nothing. Only the pried process waits, on no worker; its messages
// stay in their order, and exit signals still end it. Two that are pried take turns. Standard input
// is read no further than the line; at its end, and where there is none, nothing waits. A node that
// stops waits for no line. Servers that are not pried pay nothing. A timeout and a handle_continue
// are no messages: they pass.
//
// Errors: stop() throws std::logic_error outside of a process. A callback that is no coroutine
// can't co_await: make it a task<...>, or use sys::pry_next, which works on every server. A port
// that throws counts as the end of the input. Threads: coroutines of processes; not thread bodies.
//
// Mirrors IEx.pry and IEx.break!. When not to use it: in a program that nobody watches (whoever
// calls a pried server runs into his timeout), or for looking only (sys::get_state, process_info).
// tested in: pry_test.cpp
#pragma once

#include <source_location>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "beamish/otp/sys.hpp"
#include "beamish/runtime/task.hpp"
#include "beamish/term/conversion.hpp"
#include "beamish/term/term.hpp"

namespace beamish::inline v0 {

// The way to the person.
struct pry_port {
  // Prints `text`, waits for a line and gives it, without its end. False at the end of the input,
  // or once the descriptor `given_up` is readable: whoever asked is gone. Runs inside blocking().
  bool (*ask)(void* user, std::string_view text, int given_up, std::string& line) = nullptr;
  void* user = nullptr;  // REQUIRES: outlives the node
};

// From now on the processes of this node ask there, also after an end of the input. The default is
// standard input and output, an empty port that again.
void pry_through(pry_port port);

class pry_point {
 public:
  explicit pry_point(std::string_view place,
                     std::source_location at = std::source_location::current())
      : place_(place), at_(at) {}
  // A copy, as a term; of what has no term shape, its type.
  template <class T>
  pry_point& show(std::string_view name, const T& value) {
    values_.emplace_back(name, to_printable_term(value));
    return *this;
  }
  task<> stop() const&;
  task<> stop() && = delete;  // name the pry_point, then co_await name.stop()

 private:
  std::string place_;
  std::source_location at_;
  std::vector<std::pair<std::string, term>> values_;
};

namespace detail {
// Reads one line from `in` and not a byte more, unless `given_up` is readable or becomes it.
bool read_line_from(int in, int given_up, std::string& line);
}  // namespace detail

}  // namespace beamish::inline v0
