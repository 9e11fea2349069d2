// SPDX-License-Identifier: Apache-2.0
//
// A door with a code lock, as in OTP's guide to state machines: two states, and what each makes of
// a button. Who walks through while it is locked waits at the door.
#include <beamish/beamish.hpp>

#include <cstdio>

using namespace beamish;
using namespace std::chrono_literals;

struct code_lock : gen_statem<code_lock> {
  struct locked {
    std::string entered;
  };
  struct open {};
  using states = std::variant<locked, open>;

  struct button {
    char key;
  };
  struct walk_through {
    using reply = std::string;
    std::string who;
  };
  using messages = accepts<button, walk_through>;

  std::string code;

  void enter(locked&) { std::puts("the door is locked"); }
  void enter(open&) { std::puts("the door is open"); }

  transition handle_cast(locked& lock, button& b) {
    lock.entered += b.key;
    if (lock.entered == code) return next_state(open{}).state_timeout(50ms);
    if (lock.entered.size() < code.size()) return keep_state().event_timeout(5s);
    std::puts("wrong");
    lock.entered.clear();
    return keep_state();
  }
  void handle_cast(open&, button&) {}

  // Comes again when the door is open.
  transition handle_call(locked&, walk_through&) { return keep_state().postpone(); }
  std::string handle_call(open&, walk_through& w) { return w.who + " is inside"; }

  transition handle_timeout(open&, state_timeout_message&) { return next_state(locked{}); }
  // Half a code is forgotten when nobody goes on.
  void handle_timeout(locked& lock, timeout_message&) { lock.entered.clear(); }
};

task<> main_process() {
  auto door = co_await start_link<code_lock>({.name = "door"}, std::string("42"));
  for (char key : {'1', '7'}) door.cast<code_lock::button>(key);

  const std::string name = "Emma";
  auto emma = send_request<code_lock::walk_through>("door", name);
  for (char key : {'4', '2'}) door.cast<code_lock::button>(key);
  auto said = co_await receive_response(emma);
  std::puts(said->c_str());

  co_await beamish::sleep(100ms);  // the door falls shut
  term state = co_await sys::get_state("door");
  std::puts(inspect(state).c_str());
}

int main(int argc, char** argv) { return beamish::run(argc, argv, main_process); }
