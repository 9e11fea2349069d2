// SPDX-License-Identifier: Apache-2.0
#include "beamish/runtime/relations.hpp"

#include "beamish/runtime/process_info.hpp"
#include "beamish/sim/testing.hpp"

using namespace beamish;
using namespace std::chrono_literals;

namespace {

task<> wait_for_ever() { co_await receive<int>(); }

task<> trap_for_ever() {
  trap_exits(true);
  co_await receive<int>();
}

// Ends with the reason it is sent.
task<> end_as_told() {
  auto why = co_await receive<term>();
  beamish::exit(std::move(why));
}

task<> link_and_wait(pid peer) {
  link(peer);
  co_await receive<int>();
}

// Starts a process linked to it, tells who that is, and waits.
task<> parent_of_told(pid owner) {
  send(owner, spawn_link(end_as_told));
  co_await receive<int>();
}

}  // namespace

TEST_CASE("P5 an abnormal death kills a linked process that does not trap, for the same reason") {
  sim::in_all_worlds([]() -> task<> {
    auto parent = spawn_monitor(parent_of_told, self());
    auto child = co_await receive<pid>();
    auto ref = monitor(child);
    send(child, term(tuple(atom("broken"), 7)));
    for (int i = 0; i < 2; ++i) {
      auto down = co_await receive<down_message>();
      CHECK((down.id == ref || down.id == parent.id));
      CHECK(down.reason.value() == tuple(atom("broken"), 7));
    }
  });
}

TEST_CASE("P6 a normal death does not kill a linked process") {
  sim::in_all_worlds([]() -> task<> {
    const pid brief = spawn_link([]() -> task<> { co_await receive<int>(); });
    auto ref = monitor(brief);
    send(brief, 1);
    auto down = co_await receive<down_message>();
    CHECK(down.id == ref);
    CHECK(down.reason.is_normal());
    // The exit signal has come before the DOWN, and this process still runs.
    auto nothing = co_await receive<exit_message>(0ms);
    CHECK(!nothing);
  });
}

TEST_CASE("P7 who traps exits gets a message for a linked death, also for a normal one") {
  sim::in_all_worlds([]() -> task<> {
    CHECK(trap_exits(true) == false);
    const pid well = spawn_link([] {});
    auto normal = co_await receive<exit_message>();
    CHECK(normal.from == well);
    CHECK(normal.reason.is_normal());
    const pid badly = spawn_link(end_as_told);
    send(badly, term(atom("oops")));
    auto abnormal = co_await receive<exit_message>();
    CHECK(abnormal.from == badly);
    CHECK(abnormal.reason.is("oops"));
    CHECK(trap_exits(false) == true);
  });
}

TEST_CASE("P8 kill ends a process that traps exits, and observers see killed") {
  sim::in_all_worlds([]() -> task<> {
    auto stubborn = spawn_monitor(trap_for_ever);
    beamish::exit(stubborn.process, exit_reason::kill());
    auto down = co_await receive<down_message>();
    CHECK(down.reason.is("killed"));
    CHECK(!alive(stubborn.process));
  });
}

TEST_CASE("P9 a link partner of a killed process gets killed, not kill, and may trap it") {
  sim::in_all_worlds([]() -> task<> {
    trap_exits(true);
    const pid victim = spawn_link(wait_for_ever);
    beamish::exit(victim, exit_reason::kill());
    auto trapped = co_await receive<exit_message>();
    CHECK(trapped.from == victim);
    CHECK(trapped.reason.is("killed"));
  });
}

TEST_CASE("P10 kill raised by the process itself is an ordinary reason: partners may trap it") {
  sim::in_all_worlds([]() -> task<> {
    trap_exits(true);
    const pid odd = spawn_link(end_as_told);
    send(odd, term(atom("kill")));
    auto trapped = co_await receive<exit_message>();
    CHECK(trapped.from == odd);
    CHECK(trapped.reason.is("kill"));
    // Who doesn't trap dies of it with the reason as it came.
    auto partner = spawn_monitor(parent_of_told, self());
    auto again = co_await receive<pid>();
    send(again, term(atom("kill")));
    auto down = co_await receive<down_message>();
    CHECK(down.id == partner.id);
    CHECK(down.reason.is("kill"));
  });
}

TEST_CASE("P11 an exit signal with normal is ignored by another process, unless it traps") {
  sim::in_all_worlds([]() -> task<> {
    auto deaf = spawn_monitor(end_as_told);
    beamish::exit(deaf.process, exit_reason::normal());
    send(deaf.process, term(atom("later")));
    auto down = co_await receive<down_message>();
    CHECK(down.reason.is("later"));
    trap_exits(true);
    const pid other = spawn([](pid to) { beamish::exit(to, exit_reason::normal()); }, self());
    auto trapped = co_await receive<exit_message>();
    CHECK(trapped.from == other);
    CHECK(trapped.reason.is_normal());
  });
}

TEST_CASE("P12 an exit signal with normal to oneself ends the caller") {
  sim::in_all_worlds([]() -> task<> {
    auto ended = spawn_monitor(
        [](pid owner) -> task<> {
          beamish::exit(self(), exit_reason::normal());
          send(owner, atom("still here"));
          co_await receive<int>();
        },
        self());
    auto down = co_await receive<down_message>();
    CHECK(down.id == ended.id);
    CHECK(down.reason.is_normal());
    auto late = co_await receive<atom>(0ms);
    CHECK(!late);
  });
}

TEST_CASE("P12 any exit signal to oneself takes effect before the call returns") {
  sim::in_all_worlds([]() -> task<> {
    // A function that never waits, and the two reasons that observers must see.
    auto killed = spawn_monitor([] { beamish::exit(self(), exit_reason::kill()); });
    auto down = co_await receive<down_message>();
    CHECK(down.id == killed.id);
    CHECK(down.reason.is("killed"));
    auto failed = spawn_monitor([] { beamish::exit(self(), term(atom("why"))); });
    auto next = co_await receive<down_message>();
    CHECK(next.id == failed.id);
    CHECK(next.reason.is("why"));
    // Who traps exits gets a message from itself.
    trap_exits(true);
    beamish::exit(self(), term(atom("note")));
    auto note = co_await receive<exit_message>();
    CHECK(note.from == self());
    CHECK(note.reason.is("note"));
  });
}

TEST_CASE("P12 whether normal to oneself ends the caller is told by what it traps at the call") {
  sim::in_all_worlds([]() -> task<> {
    auto ended = spawn_monitor(
        [](pid owner) -> task<> {
          trap_exits(true);
          beamish::exit(self(), exit_reason::normal());
          trap_exits(false);
          co_await sleep(1ms);
          send(owner, atom("still here"));
        },
        self());
    auto alive = co_await receive<atom>();
    CHECK(alive == atom("still here"));
    auto down = co_await receive<down_message>();
    CHECK(down.id == ended.id);
    CHECK(down.reason.is_normal());
  });
}

TEST_CASE("P12 an exit signal to oneself can't be caught, nor trapped afterwards") {
  sim::in_all_worlds([]() -> task<> {
    for (const exit_reason& why : {exit_reason::normal(), exit_reason(atom("why"))}) {
      auto ended = spawn_monitor(
          [](pid owner, exit_reason reason) -> task<> {
            try {
              beamish::exit(self(), reason);
            } catch (const exited& e) {
              CHECK(e.reason() == reason);
            }
            trap_exits(true);
            co_await sleep(1ms);
            send(owner, atom("still here"));
          },
          self(), why);
      auto down = co_await receive<down_message>();
      CHECK(down.id == ended.id);
      CHECK(down.reason == why);
      auto late = co_await receive<atom>(0ms);
      CHECK(!late);
    }
  });
}

TEST_CASE("the first of two exit signals from one sender decides the reason") {
  sim::in_all_worlds([]() -> task<> {
    auto victim = spawn_monitor(wait_for_ever);
    beamish::exit(victim.process, term(atom("first")));
    beamish::exit(victim.process, exit_reason::kill());
    auto down = co_await receive<down_message>();
    CHECK(down.reason.is("first"));
  });
}

TEST_CASE("P13 a link to a dead process gives an exit signal noproc") {
  sim::in_all_worlds([]() -> task<> {
    auto dead = spawn_monitor([] {});
    co_await receive<down_message>();
    auto linker = spawn_monitor(link_and_wait, dead.process);
    auto down = co_await receive<down_message>();
    CHECK(down.id == linker.id);
    CHECK(down.reason.is("noproc"));
    trap_exits(true);
    link(dead.process);
    auto trapped = co_await receive<exit_message>();
    CHECK(trapped.from == dead.process);
    CHECK(trapped.reason.is("noproc"));
  });
}

TEST_CASE("P14 a link that both sides ask for at the same time is one link") {
  sim::in_all_worlds([]() -> task<> {
    trap_exits(true);
    const pid me = self();
    const pid peer = spawn([me]() -> task<> {
      link(me);
      send(me, atom("linked"));
      co_await receive<term>();
    });
    link(peer);
    co_await receive<atom>();
    auto mine = co_await process_info(me);
    CHECK(mine->links == std::vector<pid>{peer});
    auto its = co_await process_info(peer);
    CHECK(its->links == std::vector<pid>{me});
    send(peer, term(atom("ends")));
    co_await receive<exit_message>();
  });
}

TEST_CASE("P14 linking twice is linking once") {
  sim::in_all_worlds([]() -> task<> {
    trap_exits(true);
    const pid peer = spawn(end_as_told);
    link(peer);
    link(peer);
    auto picture = co_await process_info(self());
    CHECK(picture->links == std::vector<pid>{peer});
    unlink(peer);
    auto after = co_await process_info(self());
    CHECK(after->links.empty());
    auto ref = monitor(peer);
    send(peer, term(atom("ends")));
    auto down = co_await receive<down_message>();
    CHECK(down.id == ref);
    auto nothing = co_await receive<exit_message>(0ms);
    CHECK(!nothing);
    // At most one exit signal, however often it was linked.
    const pid next = spawn_link(end_as_told);
    link(next);
    send(next, term(atom("ends")));
    co_await receive<exit_message>();
    auto second = co_await receive<exit_message>(20ms);
    CHECK(!second);
  });
}

TEST_CASE("P14 links that both sides ask for at once count once") {
  sim::in_all_worlds([]() -> task<> {
    trap_exits(true);
    const pid peer = spawn(
        [](pid other) -> task<> {
          link(other);
          co_await receive<int>();
        },
        self());
    link(peer);
    send(peer, 1);
    auto first = co_await receive<exit_message>();
    CHECK(first.reason.is_normal());
    auto second = co_await receive<exit_message>(20ms);
    CHECK(!second);
    auto picture = co_await process_info(self());
    CHECK(picture->links.empty());
  });
}

TEST_CASE("P15 after unlink no exit signal of that link is delivered") {
  sim::in_all_worlds([]() -> task<> {
    trap_exits(true);
    const pid peer = spawn_link(end_as_told);
    send(peer, term(atom("ends")));
    unlink(peer);  // it may be dying right now
    // Either the message was there before unlink returned, or it never comes.
    auto early = co_await receive<exit_message>(0ms);
    auto ref = monitor(peer);
    auto down = co_await receive<down_message>();
    CHECK(down.id == ref);
    auto late = co_await receive<exit_message>(20ms);
    CHECK(!late);
    CHECK(!early);
  });
}

TEST_CASE("P15 unlink by one side frees the other side, too") {
  sim::in_all_worlds([]() -> task<> {
    const pid peer = spawn_link([]() -> task<> {
      auto from = co_await receive<pid>();
      send(from, atom("alive"));
    });
    unlink(peer);
    auto end = spawn_monitor(
        [](pid p) -> task<> {
          link(p);
          unlink(p);
          beamish::exit(term(atom("crashed")));
          co_return;
        },
        peer);
    auto down = co_await receive<down_message>();
    CHECK(down.id == end.id);
    send(peer, self());
    auto answer = co_await receive<atom>();
    CHECK(answer == atom("alive"));
  });
}

TEST_CASE("an owned process is killed when its owner ends, however; its own end harms nobody") {
  sim::in_all_worlds([]() -> task<> {
    trap_exits(true);
    for (const bool killed : {true, false}) {
      const pid owner = spawn_link([listener = self()]() -> task<> {
        reference id;
        const auto own = [&id](auto f) {
          return detail::finish_spawn(
              detail::spawn_on(detail::current_node(), detail::bond::owner, id, std::move(f)));
        };
        own([] { exit(atom("enough")); });
        auto down = co_await receive<down_message>();
        CHECK(down.reason.is("enough"));
        send(listener, own([]() -> task<> {
               trap_exits(true);
               co_await receive<atom>();
             }));
        co_await receive<atom>();
      });
      auto owned = co_await receive<pid>();
      monitor(owned);
      if (killed)
        exit(owner, exit_reason::kill());
      else
        send(owner, atom("leave"));
      auto ended = co_await receive<exit_message>();
      CHECK(ended.reason.is(killed ? "killed" : "normal"));
      auto down = co_await receive<down_message>();
      // The monitor may have come too late to hear it.
      CHECK((down.reason.is("killed") || down.reason.is("noproc")));
    }
  });
}
