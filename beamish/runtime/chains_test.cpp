// SPDX-License-Identifier: Apache-2.0
//
// Long chains and rings of links die without recursion, and nothing of them stays.
#include "beamish/runtime/node.hpp"
#include "beamish/runtime/process_info.hpp"
#include "beamish/sim/testing.hpp"

using namespace beamish;
using namespace std::chrono_literals;

namespace {

constexpr int many = 100'000;

task<> linked_to(pid peer, pid owner) {
  if (peer) link(peer);
  send(owner, atom("linked"));
  auto next = co_await receive<pid>();
  link(next);
  send(owner, atom("linked"));
  co_await receive<int>();
}

// `many` processes, each linked to the one before; the last and the first one.
task<std::pair<pid, pid>> make_chain() {
  pid first;
  pid last;
  for (int i = 0; i < many; ++i) {
    last = spawn(linked_to, last, self());
    if (i == 0) first = last;
    co_await receive<atom>();
  }
  co_return std::pair(first, last);
}

// Links `left` more processes to a chain, each telling who it is, and ends as told.
task<> link_of_chain(int left, pid owner) {
  if (left > 0) spawn_link(link_of_chain, left - 1, owner);
  send(owner, self());
  auto why = co_await receive<term>();
  beamish::exit(std::move(why));
}

task<> wait_for_the_end(sim::world& s) {
  while (s.node().statistics().processes > 1) co_await beamish::sleep(1ms);
}

}  // namespace

TEST_CASE("P34 exit signals pass through a whole set of links") {
  sim::in_all_worlds([]() -> task<> {
    spawn(link_of_chain, 4, self());
    std::vector<pid> all;
    for (int i = 0; i < 5; ++i) {
      auto p = co_await receive<pid>();
      monitor(p);
      co_await process_info(p);  // behind the monitor
      all.push_back(p);
    }
    send(all[2], term(atom("domino")));
    for (int i = 0; i < 5; ++i) {
      auto down = co_await receive<down_message>();
      CHECK(down.reason.is("domino"));
    }
  });
}

TEST_CASE("P34 a chain of 100,000 links dies from one end to the other") {
  sim::in_real_world([](sim::world& s) -> task<> {
    auto ends = co_await make_chain();
    CHECK(s.node().statistics().processes == many + 1);
    auto ref = monitor(ends.first);
    beamish::exit(ends.second, term(atom("domino")));
    auto down = co_await receive<down_message>();
    CHECK(down.id == ref);
    CHECK(down.reason.is("domino"));
    co_await wait_for_the_end(s);
    CHECK(processes() == std::vector<pid>{self()});
  });
}

TEST_CASE("P34 a ring of 100,000 links dies from any of its members") {
  sim::in_real_world([](sim::world& s) -> task<> {
    auto ends = co_await make_chain();
    send(ends.first, ends.second);  // closes the ring
    co_await receive<atom>();
    auto one = monitor(ends.first);
    auto two = monitor(ends.second);
    beamish::exit(pid{ends.first.node, ends.first.id + many / 2, ends.first.serial},
                  term(atom("domino")));
    for (int i = 0; i < 2; ++i) {
      auto down = co_await receive<down_message>();
      CHECK((down.id == one || down.id == two));
      CHECK(down.reason.is("domino"));
    }
    co_await wait_for_the_end(s);
    CHECK(processes() == std::vector<pid>{self()});
  });
}

TEST_CASE("P34 a star of 100,000 links dies with its centre, and its observers are told") {
  sim::in_real_world([](sim::world& s) -> task<> {
    auto centre = spawn_monitor(
        [](pid owner) -> task<> {
          for (int i = 0; i < many; ++i) spawn_link([]() -> task<> { co_await receive<int>(); });
          send(owner, atom("linked"));
          co_await receive<int>();
        },
        self());
    co_await receive<atom>();
    CHECK(s.node().statistics().processes == many + 2);
    beamish::exit(centre.process, exit_reason::kill());
    auto down = co_await receive<down_message>();
    CHECK(down.reason.is("killed"));
    co_await wait_for_the_end(s);
  });
}
