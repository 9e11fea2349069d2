// SPDX-License-Identifier: Apache-2.0
//
// A program with crashes of many kinds, logged to standard error as `crashes json` or
// `crashes text` asks. crashes_test.py reads what it says.
#include <cstring>

#include "beamish/beamish.hpp"

using namespace beamish;

namespace {

const char* const hostile =
    "quote \" backslash \\ newline \n tab \t zero-width \x01 wrong \xff\xc3(";

task<int> find_book(int number) {
  co_await beamish::sleep(std::chrono::milliseconds(0));
  if (number > 3) throw std::out_of_range("no such book");
  co_return number;
}

task<> librarian() {
  register_name("librarian");
  set_label(atom("at work"));
  auto book = co_await find_book(7);
  (void)book;
}

struct shelf : gen_server<shelf> {
  struct add {
    std::string title;
  };
  using messages = accepts<add>;
  std::vector<std::string> books;
  void handle_cast(add& m) {
    books.push_back(m.title);
    if (books.size() == 2) throw std::runtime_error(hostile);
  }
};

task<> crash_in_turn() {
  spawn_monitor(librarian);
  co_await receive<down_message>();
  auto server = co_await start<shelf>();
  monitor(server.process());
  server.cast<shelf::add>("Emma");
  server.cast<shelf::add>(std::string(hostile));
  co_await receive<down_message>();
  spawn_monitor([] { beamish::exit(tuple(atom("bad"), hostile)); });
  co_await receive<down_message>();
  spawn_monitor([] { throw 42; });
  co_await receive<down_message>();
  spawn_monitor([] {
    register_name(hostile);
    throw std::runtime_error(std::string(100'000, '"'));
  });
  co_await receive<down_message>();
  log(log_level::warning, hostile);
}

}  // namespace

int main(int argc, char** argv) {
  const bool json = argc > 1 && std::strcmp(argv[1], "json") == 0;
  node_options options{.name = "crashes@test"};
  if (json) options.log = {.form = log_form::json};
  return run(argc, argv, crash_in_turn, options);
}
