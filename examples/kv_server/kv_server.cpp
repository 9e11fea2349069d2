// SPDX-License-Identifier: Apache-2.0
//
// A key-value server: a process for each client, a store, and supervisors that see to it that none
// of them can harm another.
//
//     kv_server                 serves on a free port, is its own client for a while, and ends
//     kv_server --port 7000     serves until Ctrl-C: try `nc localhost 7000`, then TREE
//
//     server            one_for_one: the store and the network end and begin without each other
//       store           a gen_server; its table outlives it
//       network         rest_for_one
//         watcher       owns the one thread that waits for sockets
//         connections   a dynamic supervisor
//           ...         a gen_server for each client
//         acceptor      starts them
//
// Read on: connection.hpp, store.hpp, network.hpp; then socket.hpp and tree.hpp.
#include <beamish/beamish.hpp>

#include <cstdio>
#include <cstdlib>

#include "examples/kv_server/network.hpp"

using namespace beamish;

namespace {

// A client waits for its answers, so it does that on another thread.
task<std::string> ask(const kv::socket& server, std::string line) {
  auto question =
      blocking([server, line] { return server.ask(line, line == "TREE" ? "\n.\n" : "\n"); });
  auto reply = co_await question;
  std::printf("> %s\n%s\n", line.c_str(), reply.empty() ? "(closed)" : reply.c_str());
  co_return reply;
}

task<> demonstration(std::uint16_t port) {
  const auto ada = kv::socket::connected(port);
  const auto bob = kv::socket::connected(port);
  co_await ask(ada, "SET sky blue");
  co_await ask(bob, "GET sky");
  co_await ask(bob, "TREE");
  std::puts("# One connection crashes; the other doesn't notice.");
  co_await ask(bob, "CRASH");
  co_await ask(ada, "GET sky");
  std::puts("# The store is killed; its supervisor starts it again, with the same table.");
  co_await ask(ada, "KILL");
  auto sky = co_await ask(ada, "GET sky");
  while (sky.starts_with("ERROR")) sky = co_await ask(ada, "GET sky");
  co_await ask(ada, "TREE");
  co_await ask(ada, "QUIT");
}

task<int> main_process(const arguments& args) {
  const bool serves = args.size() == 3 && args[1] == "--port";
  if (!serves && args.size() != 1) {
    std::fputs("usage: kv_server [--port N]\n", stderr);
    co_return 2;
  }
  trap_exits(true);
  const auto port =
      serves ? static_cast<std::uint16_t>(std::atoi(args[2].c_str())) : std::uint16_t{};
  const auto listener = kv::socket::listening(port);
  child_list children{
      child_spec<kv::store>({.name = "store", .id = "store"}, std::make_shared<kv::table>()),
      child_spec<kv::network>({.name = "network", .id = "network"}, listener)};
  auto server =
      co_await supervisor::start_link(children, {.strategy = one_for_one, .name = "server"});
  std::printf("listening on port %d\n", listener.port());
  std::fflush(stdout);
  if (!serves) spawn_link(demonstration, listener.port());

  // Ctrl-C, the end of the demonstration, or a server that has given up.
  auto end = co_await receive<exit_message>();
  if (end.from != server.process()) co_await stop(server);
  co_return end.reason.is_expected() ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) { return run(argc, argv, main_process); }
