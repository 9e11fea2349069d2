// SPDX-License-Identifier: Apache-2.0
//
// A mailbox by the book: what a process sends to itself and what others send to it, taken out again
// by type, by a condition, with and without a timeout.
#include <deque>

#include "tests/sim/help.hpp"

namespace {

struct letter {
  int sender;  // 0: the reader itself
  int number;
};
struct parcel {
  int sender;
  int number;
};

// What each sender has sent and nobody has taken, in that order.
class post {
 public:
  explicit post(sim::world& w) : place_(w), sent_(4) {}

  // By that sender, to the reader.
  void send_to(pid reader, int sender, bool small) {
    const int number = ++last_;
    sent_[static_cast<std::size_t>(sender)].push_back({small, number});
    if (small)
      send(reader, letter{sender, number});
    else
      send(reader, parcel{sender, number});
  }

  // Takes the oldest of those that are meant; in the right order for each sender.
  task<> take(duration limit, bool small, std::uint32_t how) {
    if (how == 0 && small) {
      const auto got = co_await receive<letter>(limit);
      taken(got ? std::optional(item{true, got->number}) : std::nullopt, got ? got->sender : 0,
            [](const item& i) { return i.small; });
    } else if (how == 0) {
      const auto got = co_await receive<parcel>(limit);
      taken(got ? std::optional(item{false, got->number}) : std::nullopt, got ? got->sender : 0,
            [](const item& i) { return !i.small; });
    } else if (how == 1) {
      const auto even = [](const letter& l) { return l.number % 2 == 0; };
      const auto got = co_await receive_if<letter>(limit, even);
      taken(got ? std::optional(item{true, got->number}) : std::nullopt, got ? got->sender : 0,
            [](const item& i) { return i.small && i.number % 2 == 0; });
    } else {
      const auto got = co_await receive<letter, parcel>(limit);
      std::optional<item> what;
      int sender = 0;
      if (got) {
        const auto* l = std::get_if<letter>(&*got);
        what = l != nullptr ? item{true, l->number} : item{false, std::get<parcel>(*got).number};
        sender = l != nullptr ? l->sender : std::get<parcel>(*got).sender;
      }
      taken(what, sender, [](const item&) { return true; });
    }
  }

  // Everything has come.
  task<> finish() {
    for (std::size_t left = 0;;) {
      left = 0;
      for (const auto& each : sent_) left += each.size();
      if (left == 0) co_return;
      co_await take(help::a_while(place_), true, 2);
    }
  }

 private:
  struct item {
    bool small;
    int number;
  };
  template <class Meant>
  void taken(std::optional<item> got, int sender, Meant meant) {
    auto& from = sent_[static_cast<std::size_t>(sender)];
    const auto first = std::find_if(from.begin(), from.end(), meant);
    // What one sends to oneself is there at once; of others nobody knows.
    if (!got) return place_.require(first == from.end(), "what is there is found");
    place_.require(first != from.end() && first->number == got->number, "the oldest that is meant");
    if (first != from.end()) from.erase(first);
  }

  sim::world& place_;
  std::vector<std::deque<item>> sent_;
  int last_ = 0;
};

// P7 to P10.
task<> mailbox_by_the_book(sim::world& w) {
  help::script acts(w, 12);
  post all(w);
  sim::once ends(w, "end of a sender");
  for (int sender = 1 + static_cast<int>(w.pick(3)); sender > 1; --sender) {
    ends.owe(spawn_monitor([&w, &all, reader = self(), sender]() -> task<> {
               for (std::uint32_t more = w.pick(4); more != 0; more = w.pick(4)) {
                 all.send_to(reader, sender - 1, w.pick(2) == 0);
                 if (w.pick(2) == 1) co_await beamish::sleep(help::moment(w));
               }
             }).id);
  }
  for (auto& act : acts) {
    const std::uint32_t what = act.pick(10);
    const bool small = act.pick(2) == 0;
    const std::uint32_t how = act.pick(3);
    if (what >= 1 && what <= 4) all.send_to(self(), 0, small);
    if (what >= 5 && what <= 7) co_await all.take(0s, small, how);
    if (what == 8) co_await all.take(10us + act.moment(), small, how);
    if (what == 9) co_await beamish::sleep(act.moment());
  }
  while (ends.open() > 0) {
    const auto d = co_await receive<down_message>();
    ends.happened(d.id);
  }
  co_await all.finish();
  co_await sim::nothing_more(w);
}

}  // namespace

std::vector<sim::scenario> mailbox_scenarios() {
  return {
      {"mailbox_by_the_book",
       "what a process has sent to itself is found at once, and each sender's in its order",
       mailbox_by_the_book,
       {.faults = sim::faults().delay_signals(0.05, 2s).slow_nodes(0.01, 1ms)}},
  };
}
