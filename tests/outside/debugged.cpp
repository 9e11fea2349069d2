// SPDX-License-Identifier: Apache-2.0
//
// A program that comes to rest with processes of every kind and in every state, and then calls
// all_is_ready(). debugged_test.py looks at it with gdb.
#include <unistd.h>

#include <cstdio>

#include "beamish/beamish.hpp"

using namespace beamish;
using namespace std::chrono_literals;

// Values for gdb to print.
struct {
  pid process{1, 2, 3};
  reference request{1, {7, 8, 9}};
  atom name{"two words"};
  term value;
} examples;

extern "C" [[gnu::noinline]] void all_is_ready() {
  std::puts("ready");
  std::fflush(stdout);
}

namespace {

struct book {
  std::string title;
};
struct here {};
// What a process waits for only once it has said that it is here.
struct never {};

void say_here(pid parent) { send(parent, here{}); }

task<book> find_book(pid parent, int number) {
  if (number == 0) co_await beamish::sleep(0ms);
  say_here(parent);
  auto found = co_await receive<book>();  // the innermost wait
  co_return found;
}

task<std::string> find_shelf(pid parent, int number) {
  auto found = co_await find_book(parent, number);  // awaits find_book
  co_return found.title;
}

task<> reader(pid parent) {
  register_name("reader");
  auto title = co_await find_shelf(parent, 7);  // awaits find_shelf
  (void)title;
}

task<> patient(pid parent) {
  register_name("patient");
  say_here(parent);
  auto message = co_await receive<never>(1h);
  (void)message;
}

task<> sleeper(pid parent) {
  say_here(parent);
  co_await beamish::sleep(1h);
}

// Linked to one more like itself, which it starts.
task<> pair_of(pid parent, bool second) {
  register_name(second ? "right" : "left");
  if (!second) {
    spawn_link(pair_of, parent, true);
  }
  say_here(parent);
  co_await receive<never>();
}

task<> clerk(pid parent) {
  register_name("clerk");
  monitor(parent);
  say_here(parent);
  auto message = co_await receive_if<int>([](const int& n) { return n > 99; });
  (void)message;
}

// A call of this one is answered never.
struct archive : gen_server<archive> {
  struct find {
    using reply = int;
    int number;
  };
  struct count {
    using reply = int;
  };
  using messages = accepts<find, count>;
  task<int> look_up(int number) {
    co_await receive<never>();  // waits inside a callback
    co_return number;
  }
  task<int> handle_call(find& m) {
    auto found = co_await look_up(m.number);  // awaits look_up
    co_return found;
  }
  int handle_call(count&) { return 0; }
};

task<> caller(pid parent) {
  register_name("caller");
  say_here(parent);
  auto found = co_await call<archive::find>(within(infinity), "archive", 3);
  (void)found;
}

void thread_that_waits(pid parent) {
  register_name("clockwork");
  say_here(parent);
  receive_blocking<never>();
}

// Holds its worker for ever.
void stuck(pid parent, int end_of_pipe) {
  register_name("stuck");
  say_here(parent);
  char byte = 0;
  [[maybe_unused]] const auto got = ::read(end_of_pipe, &byte, 1);
}

// Resumes when the process has come to its wait: before, it can't answer.
task<> settled(pid p) {
  co_await receive<here>();
  auto picture = co_await process_info(p);
  (void)picture;
}

task<int> main_process() {
  register_name("main");
  const pid me = self();
  int ends[2] = {-1, -1};
  if (::pipe(ends) != 0) co_return 1;
  auto idle = co_await start<archive>({.name = "idle"});
  co_await idle.call<archive::count>();
  auto asked = co_await start<archive>({.name = "archive"});
  auto paused = co_await start<archive>({.name = "paused"});
  co_await sys::suspend(paused.process());
  for (auto* body : {&reader, &patient, &sleeper, &clerk, &caller}) {
    const pid p = spawn(*body, me);
    if (body == &clerk) {
      for (int i = 1; i <= 3; ++i) send(p, i);
    }
    co_await settled(p);
  }
  co_await process_info(asked.process());
  const pid left = spawn(pair_of, me, false);
  co_await receive<here>();
  co_await settled(left);
  spawn_thread(thread_that_waits, me);
  co_await receive<here>();
  node other({.name = "other@test", .workers = 1});
  other.start();
  other.spawn(sleeper, me);
  co_await receive<here>();
  other.spawn([] {});
  spawn(stuck, me, ends[0]);
  co_await receive<here>();
  examples.value =
      tuple(atom("ok"), list(1, -2.5, "three"), map({{atom("a_name_that_is_long"), me}}));
  all_is_ready();
  std::_Exit(0);
}

}  // namespace

int main(int argc, char** argv) {
  return run(argc, argv, main_process, {.name = "debugged@test", .workers = 3});
}
