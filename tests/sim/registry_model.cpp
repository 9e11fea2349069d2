// SPDX-License-Identifier: Apache-2.0
//
// A registry by the book: who has which key, while they register, take over from the dead, change
// values, unregister and die.
#include <map>

#include "tests/sim/help.hpp"

namespace {

using rooms = registry<int, int>;

enum class act : std::uint8_t { enter, leave, change };

struct order {
  act what;
  int key;
  int value;
  pid answer_to;
};
struct result {
  bool done;
};

task<> guest(rooms r) {
  for (;;) {
    const auto o = co_await receive<order>();
    bool done = true;
    if (o.what == act::enter) done = r.register_key(o.key, o.value).ok();
    if (o.what == act::leave) r.unregister(o.key);
    if (o.what == act::change)
      done = r.update_value(o.key, [&o](int before) { return before + o.value; }).has_value();
    send(o.answer_to, result{done});
  }
}

struct entry {
  pid owner;
  int key;
  int value;
};

class model {
 public:
  model(sim::world& w, rooms r, bool unique) : place_(w), rooms_(std::move(r)), unique_(unique) {
    for (std::uint32_t more = 1 + w.pick(3); more != 0; --more) guests_.push_back(new_guest());
  }

  task<> play(help::script::act& a) {
    const std::uint32_t what = a.pick(10);
    pid& who = guests_[a.pick(static_cast<std::uint32_t>(guests_.size()))];
    const int key = static_cast<int>(a.pick(3));
    const int value = static_cast<int>(a.pick(100));
    if (what == 0) co_return;
    if (what == 9) co_await settle();
    if (what <= 4) {
      const bool may = !unique_ || !holder(key);
      const bool done = co_await tell(who, {act::enter, key, value, self()});
      place_.require(done == may, "a key that is free, or for many, can be had");
      if (may) entries_.push_back({who, key, value});
    } else if (what == 5) {
      co_await tell(who, {act::leave, key, 0, self()});
      std::erase_if(entries_, [&](const entry& e) { return e.owner == who && e.key == key; });
    } else if (what == 6 && unique_) {
      const bool may = holder(key) == who;
      const bool done = co_await tell(who, {act::change, key, value, self()});
      place_.require(done == may, "who has a key can change its value");
      for (entry& e : entries_) {
        if (may && e.key == key) e.value += value;
      }
    } else if (what == 7 || what == 8) {
      // The registry may hear of it later.
      co_await help::kill(who);
      std::erase_if(entries_, [&](const entry& e) { return e.owner == who; });
      place_.require(rooms_.keys(who).empty(), "the dead have no keys");
      who = new_guest();
    }
    compare();
  }

  // When the registry has heard of everything.
  task<> settle() {
    co_await beamish::sleep(help::a_while(place_));
    if (place_.simulated())
      place_.require(rooms_.count() == entries_.size(), "as many entries as there are");
  }

  task<> finish() {
    for (const pid p : guests_) co_await help::kill(p);
    entries_.clear();
    compare();
    co_await settle();
  }

 private:
  pid new_guest() { return spawn(guest, rooms_); }
  task<bool> tell(pid who, order o) {
    send(who, o);
    const auto got = co_await receive<result>();
    co_return got.done;
  }
  pid holder(int key) const {
    for (const entry& e : entries_) {
      if (e.key == key) return e.owner;
    }
    return {};
  }
  void compare() const {
    for (int key = 0; key < 3; ++key) {
      std::vector<rooms::registration> expected;
      for (const entry& e : entries_) {
        if (e.key == key) expected.push_back({e.owner, e.value});
      }
      place_.require(rooms_.lookup(key) == expected, "what is found under a key");
    }
    for (const pid p : guests_) {
      std::vector<int> expected;
      for (const entry& e : entries_) {
        if (e.owner == p) expected.push_back(e.key);
      }
      auto got = rooms_.keys(p);
      std::ranges::sort(got);
      std::ranges::sort(expected);
      place_.require(got == expected, "the keys of a process");
    }
  }

  sim::world& place_;
  rooms rooms_;
  bool unique_;
  std::vector<pid> guests_;
  std::vector<entry> entries_;  // in the order of their registration
};

// R1, R3, R4, R6, R7.
task<> keys_by_the_book(sim::world& w) {
  trap_exits(true);
  help::script acts(w, 14);
  const bool is_unique = w.pick(3) != 2;
  const int partitions = 1 + static_cast<int>(w.pick(3));
  const auto r = co_await rooms::start_link(
      {.keys = is_unique ? unique : duplicate, .name = "rooms", .partitions = partitions});
  model book(w, r, is_unique);
  for (auto& act : acts) co_await book.play(act);
  co_await book.finish();
  unlink(r.process());
  co_await stop(r.process());
}

}  // namespace

std::vector<sim::scenario> registry_model_scenarios() {
  return {
      {"keys_by_the_book",
       "who has which key, while holders register, take over, unregister and die",
       keys_by_the_book,
       {.faults = sim::faults().delay_signals(0.05, 2s)}},
  };
}
