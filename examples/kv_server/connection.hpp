// SPDX-License-Identifier: Apache-2.0
//
// One client: reads lines, asks the store, answers in lines. Whatever goes wrong here ends this
// process and closes this socket, and nobody else notices.
//
//     SET key value, GET key, DEL key, COUNT     what a store does
//     TREE                                       who supervises whom; ends with a line "."
//     CRASH                                      this connection fails
//     KILL                                       the store is killed, and started again
//     QUIT
#pragma once

#include <memory>
#include <string>

#include "examples/kv_server/socket.hpp"
#include "examples/kv_server/store.hpp"
#include "examples/kv_server/tree.hpp"

namespace kv {

struct command {
  std::string verb, key, value;
  explicit command(std::string_view line) {
    if (line.ends_with('\r')) line.remove_suffix(1);
    verb = next_word(line);
    key = next_word(line);
    value = line;
  }

 private:
  static std::string next_word(std::string_view& line) {
    const std::size_t end = std::min(line.find(' '), line.size());
    std::string word(line.substr(0, end));
    line.remove_prefix(std::min(end + 1, line.size()));
    return word;
  }
};

struct connection : beamish::gen_server<connection> {
  using messages = beamish::accepts<ready>;
  static constexpr auto restart = beamish::restart_kind::temporary;
  static constexpr std::size_t longest_line = 65'536;

  socket client;
  std::shared_ptr<const poller> sockets;
  std::string in, out;

  void init(socket s, std::shared_ptr<const poller> p) {
    client = std::move(s);
    sockets = std::move(p);
    sockets->watch(client, poller::until::readable);
  }

  // A client that doesn't read its answers isn't read from, so neither text grows without end.
  beamish::task<outcome> handle_info(ready&) {
    bool over = !client.write(out) || (out.empty() && !client.read(in));
    for (std::size_t end; out.empty() && (end = in.find('\n')) != in.npos;) {
      const command line(std::string_view(in).substr(0, end));
      in.erase(0, end + 1);
      auto reply = co_await answer(line);
      out = reply + "\n";
      over = !client.write(out) || line.verb == "QUIT" || over;
    }
    if (over || in.size() > longest_line) co_return stop(beamish::exit_reason::normal());
    sockets->watch(client, out.empty() ? poller::until::readable : poller::until::writable);
    co_return noreply();
  }

  beamish::task<std::string> answer(const command& line) {
    using beamish::try_call;
    if (line.verb == "SET") {
      auto is_new = co_await try_call<store::set>("store", line.key, line.value);
      co_return is_new.ok() ? "OK" : no_store;
    }
    if (line.verb == "GET") {
      auto value = co_await try_call<store::get>("store", line.key);
      if (!value.ok()) co_return no_store;
      co_return *value ? "VALUE " + **value : "NONE";
    }
    if (line.verb == "DEL") {
      auto was_there = co_await try_call<store::erase>("store", line.key);
      if (!was_there.ok()) co_return no_store;
      co_return *was_there ? "OK" : "NONE";
    }
    if (line.verb == "COUNT") {
      auto count = co_await try_call<store::count>("store");
      co_return count.ok() ? std::to_string(*count) : no_store;
    }
    auto reply = co_await about_the_server(line.verb);
    co_return reply;
  }

  beamish::task<std::string> about_the_server(const std::string& verb) {
    if (verb == "TREE") {
      auto text = co_await tree_text();
      co_return text + ".";
    }
    if (verb == "CRASH") throw std::runtime_error("a client has asked for it");
    if (verb == "KILL") beamish::exit(beamish::whereis("store"), beamish::exit_reason::kill());
    co_return verb == "KILL" || verb == "QUIT" ? "OK" : "ERROR unknown command";
  }

  static constexpr const char* no_store = "ERROR the store is away, ask again";
};

}  // namespace kv
