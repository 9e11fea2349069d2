// SPDX-License-Identifier: Apache-2.0
//
// Links, monitors and exit signals by the book: puppets do what they are told, one thing after the
// other, and a model of a page says what each of them must have heard.
#include <algorithm>
#include <map>
#include <set>

#include "tests/sim/help.hpp"

namespace {

enum class act : std::uint8_t { link, unlink, monitor, demonitor, flush, exit, trap, die };

// What a puppet is told. `number` is that of a monitor or of a reason.
struct command {
  act what;
  pid peer;
  int number = 0;
  pid answer_to;
  int then_traps = -1;  // in the same turn: 0 no more, 1 from now on
};
struct done {};
struct noise {};
struct read_all {
  pid answer_to;
};
struct heard {
  std::vector<std::string> what;
};

exit_reason reason_of(int number) {
  if (number == 0) return exit_reason::normal();
  if (number == 1) return exit_reason::kill();
  return exit_reason(tuple(atom("own"), number));
}

// As the model writes them, too.
std::string exit_text(const exit_message& e) {
  return "EXIT " + inspect(e.from) + " " + inspect(e.reason.value());
}
std::string down_text(int number, pid of, const term& reason) {
  return "DOWN " + std::to_string(number) + " " + inspect(of) + " " + inspect(reason);
}

class puppet {
 public:
  void obey(const command& c) {
    switch (c.what) {
      case act::link:
        return beamish::link(c.peer);
      case act::unlink:
        return beamish::unlink(c.peer);
      case act::monitor:
        monitors_[c.number] = beamish::monitor(c.peer);
        return;
      case act::demonitor:
        beamish::demonitor(monitors_[c.number]);
        return;
      case act::flush:
        beamish::demonitor(monitors_[c.number], true);
        return;
      case act::exit:
        try {
          beamish::exit(c.peer, reason_of(c.number));
        } catch (const exited& e) {
          // In vain: what it has sent to itself can't be caught.
          last_ = e.reason();
        }
        return;
      case act::trap:
        trap_exits(c.number == 1);
        return;
      case act::die:
        beamish::exit(reason_of(c.number));
    }
  }

  task<heard> everything() {
    heard all;
    for (;;) {
      const auto got = co_await receive<exit_message, down_message, noise>(0s);
      if (!got) break;
      if (const auto* e = std::get_if<exit_message>(&*got)) all.what.push_back(exit_text(*e));
      if (const auto* d = std::get_if<down_message>(&*got))
        all.what.push_back(down_text(number_of(d->id), d->process, d->reason.value()));
    }
    co_return all;
  }

 private:
  int number_of(const reference& id) const {
    for (const auto& [number, each] : monitors_) {
      if (each == id) return number;
    }
    return -1;
  }
  std::map<int, reference> monitors_;
  exit_reason last_;
};

task<> puppet_body() {
  puppet me;
  for (;;) {
    const auto got = co_await receive<command, read_all>();
    if (const auto* c = std::get_if<command>(&got)) {
      me.obey(*c);
      if (c->then_traps >= 0) trap_exits(c->then_traps == 1);
      send(c->answer_to, done{});
    } else {
      heard all = co_await me.everything();
      send(std::get<read_all>(got).answer_to, std::move(all));
    }
  }
}

// What the book says, about puppets by their index.
class model {
 public:
  struct one {
    pid process;
    bool alive = true;
    bool traps = false;
    std::set<int> links;
    std::map<int, int> monitors;  // number to target
    std::multiset<std::string> mailbox;
  };

  void add(pid p) { all.push_back({p, true, false, {}, {}, {}}); }

  // Nothing comes to it before the turn is over: so it counts first whether it traps then.
  void apply(int who, act what, int peer, int number, int then_traps) {
    one& me = all[who];
    one& other = all[peer];
    if (what == act::exit && who == peer && !me.traps)
      return end(who, number == 1 ? exit_reason::killed() : reason_of(number));
    if (what == act::trap) me.traps = number == 1;
    if (what != act::die && then_traps >= 0) me.traps = then_traps == 1;
    switch (what) {
      case act::link:
        if (who == peer) return;
        if (!other.alive) return signal(who, peer, exit_reason::noproc(), true);
        me.links.insert(peer);
        other.links.insert(who);
        return;
      case act::unlink:
        me.links.erase(peer);
        other.links.erase(who);
        return;
      case act::monitor:
        if (other.alive)
          me.monitors[number] = peer;
        else
          me.mailbox.insert(down_text(number, other.process, term(atom("noproc"))));
        return;
      case act::demonitor:
        me.monitors.erase(number);
        return;
      case act::flush:
        me.monitors.erase(number);
        forget(me, "DOWN " + std::to_string(number) + " ");
        return;
      case act::exit:
        return signal(peer, who, reason_of(number), false);
      case act::trap:
        return;
      case act::die:
        return end(who, reason_of(number));
    }
  }

  std::vector<one> all;

 private:
  static void forget(one& me, const std::string& beginning) {
    const auto at = me.mailbox.lower_bound(beginning);
    if (at != me.mailbox.end() && at->starts_with(beginning)) me.mailbox.erase(at);
  }
  // An exit signal reaches `who`. One that a link carries can't kill by the reason `kill`.
  void signal(int who, int from, const exit_reason& why, bool by_link) {
    one& me = all[who];
    if (!me.alive) return;
    const bool kill = !by_link && why.is("kill");
    if (kill) return end(who, exit_reason::killed());
    if (me.traps)
      me.mailbox.insert(exit_text({all[from].process, why}));
    else if (!why.is_normal())
      end(who, why);
  }
  void end(int who, const exit_reason& why) {
    one& me = all[who];
    me.alive = false;
    const std::set<int> linked = std::exchange(me.links, {});
    me.monitors.clear();
    for (one& each : all) {
      for (auto at = each.monitors.begin(); at != each.monitors.end();) {
        if (at->second != who) {
          ++at;
          continue;
        }
        each.mailbox.insert(down_text(at->first, me.process, why.value()));
        at = each.monitors.erase(at);
      }
    }
    for (const int peer : linked) all[peer].links.erase(who);
    for (const int peer : linked) signal(peer, who, why, true);
  }
};

// Longer than any signal is under way, through any chain of them.
constexpr duration settled = 1min;

task<> compare_mailboxes(sim::world& w, model& book) {
  for (model::one& each : book.all) {
    if (!each.alive) continue;
    send(each.process, read_all{self()});
    const heard got = co_await receive<heard>();
    const std::multiset<std::string> all(got.what.begin(), got.what.end());
    if (all != each.mailbox) {
      std::string text = "heard by " + inspect(each.process) + ":";
      for (const auto& line : all) text += " [" + line + "]";
      text += ", by the book:";
      for (const auto& line : each.mailbox) text += " [" + line + "]";
      w.fail(text);
    }
    each.mailbox.clear();
  }
}

task<> compare_relations(sim::world& w, const model& book) {
  for (const model::one& each : book.all) {
    const auto picture = co_await process_info(each.process);
    w.require(picture.has_value() == each.alive, "alive by the book");
    if (!picture || !each.alive) continue;
    std::vector<pid> links, monitors;
    for (const int peer : each.links) links.push_back(book.all[peer].process);
    for (const auto& [number, target] : each.monitors) monitors.push_back(book.all[target].process);
    auto seen = picture->links;
    auto watched = picture->monitors;
    std::sort(seen.begin(), seen.end());
    std::sort(links.begin(), links.end());
    std::sort(watched.begin(), watched.end());
    std::sort(monitors.begin(), monitors.end());
    w.require(seen == links, "linked by the book");
    w.require(watched == monitors, "monitors by the book");
    w.require(picture->trap_exit == each.traps, "traps by the book");
  }
}

// One command, or a link or unlink of both sides at the same time, whose end is the same.
task<> one_act(sim::world& w, model& book, int& number) {
  const int count = static_cast<int>(book.all.size());
  const int who = static_cast<int>(w.pick(count));
  const int peer = static_cast<int>(w.pick(count));
  const auto what = static_cast<act>(w.pick(8));
  if (!book.all[who].alive) co_return;
  int chosen = static_cast<int>(w.pick(4));
  if (what == act::monitor) chosen = ++number;
  if ((what == act::demonitor || what == act::flush) && number > 0)
    chosen = 1 + static_cast<int>(w.pick(number));
  if (what == act::trap) chosen = chosen == 0 ? 0 : 1;
  if (what == act::monitor && who == peer) co_return;
  if (w.pick(2) == 1) send(book.all[who].process, noise{});
  const bool both = (what == act::link || what == act::unlink) && who != peer &&
                    book.all[peer].alive && w.pick(2) == 1;
  const int then = static_cast<int>(w.pick(4)) - 2;
  send(book.all[who].process, command{what, book.all[peer].process, chosen, self(), then});
  if (both) send(book.all[peer].process, command{what, book.all[who].process, chosen, self()});
  book.apply(who, what, peer, chosen, then);
  co_await beamish::sleep(settled);
  co_await help::drop<done>();
}

// P11 to P19, P34.
task<> relations_by_the_book(sim::world& w) {
  if (!w.simulated()) co_return;  // the model knows when everything has arrived
  model book;
  const std::uint32_t count = 2 + w.pick(3);
  for (std::uint32_t i = 0; i < count; ++i) book.add(spawn(puppet_body));
  int number = 0;
  for (std::uint32_t more = w.pick(12); more != 0; more = w.pick(12)) {
    co_await one_act(w, book, number);
    if (w.pick(4) == 0) co_await compare_relations(w, book);
    if (w.pick(6) == 0) co_await compare_mailboxes(w, book);
  }
  co_await compare_relations(w, book);
  co_await compare_mailboxes(w, book);
  for (const model::one& each : book.all) {
    if (each.alive) co_await help::kill(each.process);
  }
  co_await sim::nothing_more(w);
}

}  // namespace

std::vector<sim::scenario> relation_scenarios() {
  return {
      {"relations_by_the_book",
       "who is linked, monitored and told of what, after any acts of some processes",
       relations_by_the_book,
       {.faults = sim::faults().delay_signals(0.02, 2s)}},
  };
}
