// SPDX-License-Identifier: Apache-2.0
//
// Names and aliases by the book: puppets take and give up addresses and die, notes are sent to
// addresses of every kind, and a model says who must have got them.
#include <map>
#include <vector>

#include "tests/sim/help.hpp"

namespace {

enum class act : std::uint8_t {
  take_name,
  give_name,
  make_alias,
  watch,
  drop_alias,
  demonitor,
  die
};

struct command {
  act what;
  int number = 0;   // of a name, or the kind of an alias
  reference alias;  // to drop
  pid peer;         // to watch
  pid answer_to;
};
struct obeyed {
  bool well = false;
  reference alias;
};
struct note {
  int number;
};
// What a puppet has got: a note, or a DOWN.
struct got {
  pid who;
  int number = 0;
  reference down;
};

const char* name_of(int number) { return number == 0 ? "red" : "blue"; }

// Those of a monitor are the last three.
alias_kind kind_of(int number) {
  constexpr alias_kind all[] = {alias_kind::explicit_unalias, alias_kind::reply,
                                alias_kind::explicit_unalias, alias_kind::demonitor,
                                alias_kind::reply_demonitor};
  return all[number];
}

obeyed do_it(const command& c) {
  obeyed result{true, {}};
  if (c.what == act::take_name) register_name(name_of(c.number));
  if (c.what == act::give_name) unregister_name(name_of(c.number));
  if (c.what == act::make_alias) result.alias = alias(kind_of(c.number));
  if (c.what == act::watch) result.alias = monitor(c.peer, kind_of(c.number));
  if (c.what == act::drop_alias) result.well = unalias(c.alias);
  if (c.what == act::demonitor) result.well = beamish::demonitor(c.alias);
  if (c.what == act::die) beamish::exit(exit_reason(atom("told_to")));
  return result;
}

obeyed obey(const command& c) {
  try {
    return do_it(c);
  } catch (const argument_error&) {
    return {};
  }
}

task<> puppet_body(pid reader) {
  for (;;) {
    const auto m = co_await receive<command, note, down_message>();
    if (const auto* c = std::get_if<command>(&m)) {
      const obeyed answer = obey(*c);
      send(c->answer_to, answer);
    }
    if (const auto* n = std::get_if<note>(&m)) send(reader, got{self(), n->number, {}});
    if (const auto* d = std::get_if<down_message>(&m)) send(reader, got{self(), 0, d->id});
  }
}

struct known_alias {
  reference id;
  int owner;
  int kind;
  int watches = -1;  // -1: no monitor, or it is over
  bool active = true;
};

class address_book {
 public:
  explicit address_book(sim::world& w) : place_(w) {
    const std::uint32_t count = 2 + w.pick(2);
    for (std::uint32_t i = 0; i < count; ++i) {
      puppets_.push_back(spawn(puppet_body, self()));
      alive_.push_back(true);
    }
  }

  task<> one_act() {
    if (place_.pick(2) == 1) return send_note();
    return tell();
  }

  task<> finish() {
    for (std::size_t i = 0; i < puppets_.size(); ++i) {
      if (alive_[i]) co_await help::kill(puppets_[i]);
    }
    co_await beamish::sleep(settled);
    co_await help::drop<got>();  // DOWNs that they told of meanwhile
    place_.require(!whereis("red") && !whereis("blue"), "no name outlives its holder");
  }

 private:
  static constexpr duration settled = 1min;

  std::uint32_t some_puppet() { return place_.pick(static_cast<std::uint32_t>(puppets_.size())); }

  // By a name, an alias or a pid; it arrives where the book says, or nowhere.
  task<> send_note() {
    const int number = ++notes_;
    pid receiver;
    const std::uint32_t how = place_.pick(3);
    if (how == 0) {
      const int name = static_cast<int>(place_.pick(2));
      if (const auto at = names_.find(name); at != names_.end()) receiver = puppets_[at->second];
      place_.require(whereis(name_of(name)) == receiver, "whereis tells who has the name");
      place_.require(try_send(name_of(name), number) == static_cast<bool>(receiver),
                     "nobody there is an error of who sends by a name");
    } else if (how == 1 && !aliases_.empty()) {
      known_alias& a = aliases_[place_.pick(static_cast<std::uint32_t>(aliases_.size()))];
      if (a.active) receiver = puppets_[a.owner];
      send(a.id, note{number});
      const alias_kind kind = kind_of(a.kind);
      if (a.active && (kind == alias_kind::reply || kind == alias_kind::reply_demonitor)) end(a);
    } else {
      const std::uint32_t i = some_puppet();
      if (alive_[i]) receiver = puppets_[i];
      send(puppets_[i], note{number});
    }
    co_await beamish::sleep(settled);
    const auto g = co_await receive<got>(0s);
    place_.require(g.has_value() == static_cast<bool>(receiver), "a note arrives if it can");
    if (g) place_.require(g->who == receiver && g->number == number, "where the book says");
  }

  static bool try_send(const char* name, int number) {
    try {
      send(name, note{number});
      return true;
    } catch (const argument_error&) {
      return false;
    }
  }

  static void end(known_alias& a) {
    a.active = false;
    if (kind_of(a.kind) == alias_kind::reply_demonitor) a.watches = -1;
  }

  task<> tell() {
    const std::uint32_t who = some_puppet();
    command c{static_cast<act>(place_.pick(7)), 0, {}, {}, self()};
    const std::uint32_t peer = some_puppet();
    c.peer = puppets_[peer];
    known_alias* chosen = nullptr;
    if (c.what == act::drop_alias || c.what == act::demonitor) {
      if (aliases_.empty()) co_return;
      chosen = &aliases_[place_.pick(static_cast<std::uint32_t>(aliases_.size()))];
      c.alias = chosen->id;
    }
    c.number = static_cast<int>(place_.pick(2));
    if (c.what == act::watch) c.number = 2 + static_cast<int>(place_.pick(3));
    if (!alive_[who] || (c.what == act::watch && who == peer)) co_return;
    send(puppets_[who], command(c));
    co_await beamish::sleep(settled);
    const auto answer = co_await receive<obeyed>(0s);
    place_.require(answer.has_value() == (c.what != act::die), "it obeys, unless it died of it");
    std::map<reference, pid> downs;
    const bool well = apply(c, static_cast<int>(who), static_cast<int>(peer), chosen,
                            answer ? answer->alias : reference(), downs);
    if (answer) place_.require(answer->well == well, "what it says of that is by the book");
    auto d = co_await receive<got>(0s);
    while (d) {
      const auto at = downs.find(d->down);
      place_.require(at != downs.end() && at->second == d->who, "a DOWN by the book");
      downs.erase(d->down);
      d = co_await receive<got>(0s);
    }
    place_.require(downs.empty(), "each DOWN of the book");
  }

  // Whether it succeeds; adds the DOWNs that must come of it.
  bool apply(const command& c, int who, int peer, known_alias* chosen, const reference& made,
             std::map<reference, pid>& downs) {
    switch (c.what) {
      case act::take_name:
        return take(who, c.number);
      case act::give_name: {
        // A name that nobody has can't be given up; anybody may give up anybody's.
        return names_.erase(c.number) == 1;
      }
      case act::make_alias:
        aliases_.push_back({made, who, c.number});
        return true;
      case act::watch: {
        known_alias a{made, who, c.number, peer};
        if (!alive_[peer]) lose(a, downs);
        aliases_.push_back(a);
        return true;
      }
      case act::drop_alias: {
        const bool had = chosen->active && chosen->owner == who;
        if (had) chosen->active = false;
        return had;
      }
      case act::demonitor: {
        const bool had = chosen->watches >= 0 && chosen->owner == who;
        if (had) chosen->watches = -1;
        if (had && kind_of(chosen->kind) != alias_kind::explicit_unalias) chosen->active = false;
        return had;
      }
      case act::die:
        end_of(who, downs);
    }
    return true;
  }

  bool take(int who, int name) {
    if (names_.contains(name)) return false;
    for (const auto& [other, holder] : names_) {
      if (holder == who) return false;
    }
    names_[name] = who;
    return true;
  }

  // The watched one is gone.
  void lose(known_alias& a, std::map<reference, pid>& downs) {
    downs[a.id] = puppets_[a.owner];
    a.watches = -1;
    if (kind_of(a.kind) != alias_kind::explicit_unalias) a.active = false;
  }

  void end_of(int who, std::map<reference, pid>& downs) {
    alive_[who] = false;
    std::erase_if(names_, [&](const auto& each) { return each.second == who; });
    for (known_alias& a : aliases_) {
      if (a.owner == who) {
        a.active = false;
        a.watches = -1;
      } else if (a.watches == who) {
        lose(a, downs);
      }
    }
  }

  sim::world& place_;
  std::vector<pid> puppets_;
  std::vector<bool> alive_;
  std::map<int, int> names_;
  std::vector<known_alias> aliases_;
  int notes_ = 0;
};

// P22, P23, P28, P29.
task<> addresses_by_the_book(sim::world& w) {
  if (!w.simulated()) co_return;  // the model knows when everything has arrived
  address_book book(w);
  const std::uint32_t acts = 4 + w.pick(14);
  for (std::uint32_t i = 0; i < acts; ++i) co_await book.one_act();
  co_await book.finish();
  co_await sim::nothing_more(w);
}

}  // namespace

std::vector<sim::scenario> address_scenarios() {
  return {
      {"addresses_by_the_book",
       "who gets what is sent to pids, names and aliases, whoever takes or loses them",
       addresses_by_the_book,
       {.faults = sim::faults().delay_signals(0.02, 2s)}},
  };
}
