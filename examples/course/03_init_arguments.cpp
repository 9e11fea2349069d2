// SPDX-License-Identifier: Apache-2.0
//
// What start was given reaches init as it is. Mirrors MyGenServer.start([a: :value, b:
// :another_value]) with IEx.pry in init; here init prints its arguments, as there is no tool to
// stop in it yet.
#include <beamish/beamish.hpp>
#include <beamish/term/keywords.hpp>

#include <cstdio>

using namespace beamish;

struct my_gen_server : gen_server<my_gen_server> {
  void init(const term& args) { std::printf("args: %s\n", inspect(args).c_str()); }
};

task<int> main_process() {
  term args = keyword({{"a", atom("value")}, {"b", atom("another_value")}});
  co_await start<my_gen_server>({.name = "MyGenServer"}, args);
  std::printf("start returned after init\n");
  co_return 0;
}

int main(int argc, char** argv) { return run(argc, argv, main_process); }
