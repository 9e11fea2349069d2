// SPDX-License-Identifier: Apache-2.0
//
// A call that is answered at once, and one whose answer comes later. Mirrors handle_call(:status,
// …) with {:reply, s, s}, and {:noreply, s} with GenServer.reply/2.
#include <beamish/beamish.hpp>

#include <cstdio>

using namespace beamish;

struct desk : gen_server<desk> {
  struct status {
    using reply = std::size_t;
  };
  struct find {
    using reply = std::string;
  };
  struct found {
    std::string title;
  };
  using messages = accepts<status, find, found>;

  std::vector<from<find>> waiting;

  void init() {}
  auto handle_call(status&) { return waiting.size(); }
  void handle_call(find&, from<find> caller) { waiting.push_back(std::move(caller)); }
  void handle_cast(found& m) {
    for (auto& caller : waiting) caller.reply(m.title);
    waiting.clear();
  }
};

task<int> main_process() {
  auto server = co_await start_link<desk>();
  auto pending = send_request<desk::find>(server);
  auto before = co_await server.call<desk::status>();
  std::printf("waiting: %zu\n", before);

  server.cast<desk::found>("I love little ponies");
  auto title = co_await receive_response(pending);
  std::printf("found: %s\n", title->c_str());
  auto after = co_await server.call<desk::status>();
  std::printf("waiting: %zu\n", after);
  co_return 0;
}

int main(int argc, char** argv) { return run(argc, argv, main_process); }
