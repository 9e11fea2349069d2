// SPDX-License-Identifier: Apache-2.0
// The rows about registries: finding one process by its key, and telling many by another.
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "beamish/otp/registry.hpp"
#include "ours.hpp"
#include "servers.hpp"

namespace ours {
namespace {

using beamish::pid;
using topics = beamish::registry<std::string>;

constexpr std::int64_t keys = 1'000, subscribers = 8, rounds_at_once = 1'000;

void join(topics all, const std::string& key) {
  if (!all.register_key(key).ok()) throw std::runtime_error("the key " + key + " is taken");
}

struct tick {};

struct subscriber : beamish::gen_server<subscriber> {
  struct ticks {
    using reply = std::int64_t;
  };
  using messages = beamish::accepts<ticks, tick>;

  std::int64_t count = 0;

  void init(topics all) { join(std::move(all), "topic"); }
  std::int64_t handle_call(ticks&) { return count; }
  void handle_info(tick&) { ++count; }
};

struct member : beamish::gen_server<member> {
  void init(topics all, std::string key) { join(std::move(all), key); }
};

}  // namespace

beamish::task<result> registry_lookups(std::int64_t n) {
  const auto all = co_await topics::start_link({.keys = beamish::unique, .name = "keys"});
  std::vector<std::string> names;
  std::vector<pid> holders;
  for (std::int64_t i = 0; i < keys; ++i) {
    names.push_back("key " + std::to_string(i));
    const auto started = co_await beamish::start_link<member>(all, names.back());
    holders.push_back(started.process());
  }
  std::int64_t found = 0;
  const stopwatch watch;
  for (std::int64_t i = 0; i < n; ++i) {
    const auto at = static_cast<std::size_t>(i % keys);
    const auto entries = all.lookup(names[at]);
    found += entries.size() == 1 && entries[0].process == holders[at] ? 1 : 0;
  }
  co_return rate(n, watch.read(), expect("processes found", found, n));
}

beamish::task<result> registry_dispatches(std::int64_t n) {
  const auto all = co_await topics::start_link({.keys = beamish::duplicate, .name = "topics"});
  std::vector<pid> listeners;
  for (std::int64_t i = 0; i < subscribers; ++i) {
    const auto started = co_await beamish::start_link<subscriber>(all);
    listeners.push_back(started.process());
  }
  std::int64_t ticks = 0;
  const stopwatch watch;
  for (std::int64_t done = 0; done < n;) {
    for (std::int64_t i = 0; i < rounds_at_once && done < n; ++i, ++done) {
      all.dispatch("topic", [](const auto& entries) {
        for (const auto& entry : entries) beamish::send(entry.process, tick{});
      });
    }
    ticks = co_await sum_of<subscriber::ticks>(listeners);
  }
  co_return rate(n, watch.read(), expect("messages", ticks, subscribers * n));
}

}  // namespace ours
