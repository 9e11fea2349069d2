// SPDX-License-Identifier: Apache-2.0
//
// The least server: no callback at all; what it is started with becomes its state. Mirrors
// MyGenServer with `use GenServer`, its default init and start/1 under a name.
#include <beamish/beamish.hpp>

#include <cstdio>

using namespace beamish;

struct my_gen_server : gen_server<my_gen_server> {
  std::string state;
};

task<int> main_process() {
  auto server = co_await start<my_gen_server>({.name = "MyGenServer"}, std::string("my state"));
  std::printf("under its name: %s\n", whereis("MyGenServer") == server.process() ? "yes" : "no");

  auto again = co_await try_start<my_gen_server>({.name = "MyGenServer"}, std::string("other"));
  std::printf("a second one of that name: %s\n", again.ok() ? "started" : "refused");

  co_await stop(server.process());
  std::printf("after stop: %s\n", alive(server.process()) ? "alive" : "gone");
  co_return 0;
}

int main(int argc, char** argv) { return run(argc, argv, main_process); }
