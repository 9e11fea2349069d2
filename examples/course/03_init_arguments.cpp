// SPDX-License-Identifier: Apache-2.0
//
// What start was given reaches init as it is. Mirrors MyGenServer.start([a: :value, b:
// :another_value]) with IEx.pry in init: started with --pry, the server stops there and shows its
// arguments; `step` goes on to its first message.
#include <beamish/beamish.hpp>
#include <beamish/term/keywords.hpp>

#include <cstdio>

using namespace beamish;

struct my_gen_server : gen_server<my_gen_server> {
  struct put {
    atom key;
    int value;
  };
  struct last {
    using reply = term;
  };
  using messages = accepts<put, last>;

  term state;

  task<> init(term args, bool pries) {
    if (pries) {
      pry_point here("init");
      here.show("args", args);
      co_await here.stop();
    }
    std::printf("args: %s\n", inspect(args).c_str());
    state = args;
  }
  void handle_cast(put& m) { state = tuple(m.key, m.value); }
  term handle_call(last&) { return state; }
  term format_status() const { return state; }
};

task<int> main_process(const arguments& given) {
  const bool pries = given.size() > 1 && given[1] == "--pry";
  term args = keyword({{"a", atom("value")}, {"b", atom("another_value")}});
  auto server = co_await start<my_gen_server>({.name = "MyGenServer"}, args, pries);
  std::printf("start returned after init\n");
  if (pries) {
    server.cast<my_gen_server::put>(atom("c"), 3);
    // A person may take longer than the 5 s that a call waits.
    term last = co_await server.call<my_gen_server::last>(within(infinity));
    std::printf("state: %s\n", inspect(last).c_str());
  }
  co_return 0;
}

int main(int argc, char** argv) { return run(argc, argv, main_process); }
