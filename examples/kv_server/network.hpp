// SPDX-License-Identifier: Apache-2.0
//
// From the listening socket to a process for each client.
#pragma once

#include <memory>

#include "examples/kv_server/connection.hpp"

namespace kv {

// Waits in the place of everybody else: it owns the one thread that blocks.
struct watcher : beamish::gen_server<watcher> {
  struct get_poller {
    using reply = std::shared_ptr<const poller>;
  };
  using messages = beamish::accepts<get_poller>;

  std::shared_ptr<const poller> sockets = std::make_shared<poller>();

  void init() {
    beamish::spawn_thread_link([p = sockets] {
      while (p->wait()) {
      }
    });
  }
  // Also if this process is killed: nothing else would wake the thread.
  ~watcher() { sockets->stop(); }

  auto handle_call(get_poller&) { return sockets; }
};

struct acceptor : beamish::gen_server<acceptor> {
  using messages = beamish::accepts<ready>;

  socket listener;
  std::shared_ptr<const poller> sockets;

  beamish::task<> init(socket s) {
    listener = std::move(s);
    sockets = co_await beamish::call<watcher::get_poller>("watcher");
    sockets->watch(listener, poller::until::readable);
  }

  beamish::task<> handle_info(ready&) {
    const auto connections = beamish::dynamic_supervisor::named("connections");
    while (auto client = next_client()) {
      // Refused beyond max_children: the socket closes.
      auto started =
          co_await connections.start_child(beamish::child_spec<connection>(*client, sockets));
      if (!started.ok()) log(beamish::log_level::warning, "a client was refused");
    }
    co_return;
  }

  // Without one it watches for the next; without descriptors left it tries again later.
  std::optional<socket> next_client() {
    try {
      auto client = listener.accept();
      if (!client) sockets->watch(listener, poller::until::readable);
      return client;
    } catch (const std::system_error& e) {
      beamish::log(beamish::log_level::warning, e.what());
      beamish::send_after(std::chrono::milliseconds(100), beamish::self(), ready{});
      return std::nullopt;
    }
  }
};

// Whoever comes later needs those before: if one of them ends, all after it start again, too.
struct network : beamish::supervisor_module {
  beamish::supervisor_init init(const socket& listener) {
    return {{beamish::child_spec<watcher>({.name = "watcher", .id = "watcher"}),
             beamish::dynamic_supervisor::spec({.max_children = 10'000, .name = "connections"}),
             beamish::child_spec<acceptor>({.id = "acceptor"}, listener)},
            {.strategy = beamish::rest_for_one}};
  }
};

}  // namespace kv
