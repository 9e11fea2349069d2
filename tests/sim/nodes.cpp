// SPDX-License-Identifier: Apache-2.0
//
// Several nodes: calls, monitors and multi_calls over cuts and crashes.
#include "tests/sim/help.hpp"

namespace {

const std::vector<std::string> all_nodes{"b@sim", "c@sim", "d@sim"};

// What no shop knows.
struct haggle {
  using reply = int;
};

struct shop : gen_server<shop> {
  struct buy {
    using reply = int;
    int number;
  };
  // `lane`: stands for the shop of that node, whatever process that is.
  struct rumour {
    pid from, lane;
    std::uint64_t number;
  };
  using messages = accepts<buy, rumour>;

  sim::once sales;
  sim::order rumours;

  int handle_call(buy& m) {
    if (m.number != 0) sales.happened(m.number);
    return 10 * m.number;
  }
  void handle_cast(rumour& m) { rumours.arrived(m.from, m.lane, m.number); }
};

// Starts a shop on that node, now and whenever it comes back.
void open_shop(sim::world& w, const std::string& node, sim::once sales, sim::order rumours) {
  w.boot(node, [sales, rumours](beamish::node& n) {
    n.spawn([sales, rumours]() -> task<> {
      const auto s = co_await start<shop>({.name = "shop"}, sales, rumours);
      (void)s;
    });
  });
}

task<> customer(sim::world& w, sim::once sales, int first, int end) {
  const on_node there("shop", "b@sim");
  for (int n = first; n < end; ++n) {
    sales.owe(n);
    const duration limit = w.pick(2) == 1 ? duration(1s) : infinity;
    auto got = co_await try_call<shop::buy>(within(limit), there, n);
    if (got.ok()) {
      w.require(*got == 10 * n && sales.has_happened(n), "the answer to this call");
    } else {
      w.require(help::ends_over_nodes(got.reason()), "it says why: " + inspect(got.reason()));
    }
    co_await beamish::sleep(help::moment(w));
  }
  co_await sim::nothing_more(w);
}

// Whatever happens between the nodes: a call ends, with its reply or a reason that says why.
task<> calls_over_nodes(sim::world& w) {
  sim::once sales(w, "sale");
  open_shop(w, "b@sim", sales, sim::order(w, "rumours", sim::order::loss::possible));
  const std::uint32_t customers = 1 + w.pick(3);
  const int count = 1 + static_cast<int>(w.pick(5));
  sim::once ends(w, "end of a customer");
  for (std::uint32_t c = 0; c < customers; ++c) {
    const int first = 1 + 10 * static_cast<int>(c);
    ends.owe(spawn_monitor(customer, std::ref(w), sales, first, first + count).id);
  }
  while (ends.open() > 0) {
    const auto d = co_await receive<down_message>();
    ends.happened(d.id);
    w.require(d.reason.is_normal(), "no customer fails");
  }
  co_await w.eventually("the shop is open again", 2min,
                        [&w] { return !!w.node("b@sim").whereis("shop"); });
  const auto again = co_await try_call<shop::buy>(on_node("shop", "b@sim"), 0);
  w.require(again.ok(), "it sells as before");
  const auto unknown = co_await try_call<haggle>(on_node("shop", "b@sim"));
  w.require(
      !unknown.ok() && help::cause(unknown.reason()) == tuple(atom("bad_call"), atom("haggle")),
      "an unlisted call is a bad_call");
  w.stop("b@sim");
}

// N1, N6: links and monitors over nodes tell once: the reason, or noconnection; a pid is of one
// life of its node.
task<> ties_over_nodes(sim::world& w) {
  trap_exits(true);
  const pid me = self();
  for (const auto node : {"b@sim", "c@sim"}) {
    w.boot(node, [me, &w](beamish::node& n) {
      n.spawn([me, &w]() -> task<> {
        send(me, self());
        for (;;) {
          const pid meant = co_await receive<pid>();
          w.require(meant == self(), "a pid of before a crash reaches nobody");
        }
      });
    });
  }
  sim::once ends(w, "end of a tie");
  const std::uint32_t rounds = 2 + w.pick(4);
  const auto take = [&](const std::variant<down_message, exit_message>& got) {
    const auto* d = std::get_if<down_message>(&got);
    ends.happened(d != nullptr ? term(d->id) : term(std::get<exit_message>(got).from));
    const exit_reason& why = d != nullptr ? d->reason : std::get<exit_message>(got).reason;
    const bool known = help::one_of(
        why, {exit_reason::noconnection(), exit_reason::noproc(), exit_reason::killed()});
    w.require(known, "a reason that fits: " + inspect(why));
  };
  std::vector<pid> linked;
  for (std::uint32_t i = 0; i < rounds; ++i) {
    const auto peer = co_await receive<pid>(help::a_while(w));
    if (peer) {
      ends.owe(monitor(*peer));
      ends.owe(monitor(*peer));
      link(*peer);
      ends.owe(*peer);
      linked.push_back(*peer);
    }
    if (w.pick(2) == 1) w.crash(w.pick(2) == 1 ? "b@sim" : "c@sim", 10ms);
    if (w.pick(3) == 2) w.cut("a@sim", "b@sim", w.pick(2) == 1 ? duration(10ms) : duration(2min));
    for (const pid p : linked) send(p, p);
    auto got = co_await receive<down_message, exit_message>(1ms);
    while (got) {
      take(*got);
      got = co_await receive<down_message, exit_message>(0s);
    }
  }
  w.calm();
  for (const pid p : linked) beamish::exit(p, exit_reason::kill());
  while (ends.open() > 0) {
    const auto got = co_await receive<down_message, exit_message>();
    take(got);
  }
  w.stop("b@sim");
  w.stop("c@sim");
  // Those that came back in vain.
  co_await beamish::sleep(help::a_while(w));
  co_await help::drop<pid>();
  co_await sim::nothing_more(w);
}

// G45: each node answers or is bad, replies in the order of the nodes, late ones nowhere; what is
// cast to all arrives at most once, in order.
task<> multi_calls(sim::world& w) {
  sim::once sales(w, "sale");
  sim::order rumours(w, "rumours", sim::order::loss::possible);
  const std::uint32_t open = 1 + w.pick(3);
  for (std::uint32_t i = 0; i < open; ++i) open_shop(w, all_nodes[i], sales, rumours);
  w.node("c@sim");
  std::vector<std::string> where = all_nodes;
  where.insert(where.begin() + 1, "nowhere@sim");
  const bool suspended = w.pick(4) == 3;
  if (suspended) {
    try {
      co_await sys::suspend(on_node("shop", "b@sim"), 1s);
    } catch (const exited& e) {
      w.require(help::ends_over_nodes(e.reason()), "it says why: " + inspect(e.reason()));
    }
  }
  const std::uint32_t rounds = 1 + w.pick(4);
  for (std::uint32_t i = 0; i < rounds; ++i) {
    for (std::uint32_t n = 0; n < open; ++n) {
      const pid lane{1, n + 1, 0};
      abcast<shop::rumour>({all_nodes[n]}, "shop", self(), lane, rumours.next(self(), lane));
    }
    const duration limit = w.pick(3) == 2 && !suspended ? infinity : 10us * (1 << w.pick(8));
    auto got = co_await multi_call<shop::buy>(within(limit), where, "shop", 0);
    w.require(got.replies.size() + got.bad_nodes.size() == where.size(), "each answers or is bad");
    std::size_t reply = 0, bad = 0;
    for (const std::string& node : where) {
      if (reply < got.replies.size() && got.replies[reply].first == node)
        ++reply;
      else if (bad < got.bad_nodes.size() && got.bad_nodes[bad] == node)
        ++bad;
    }
    w.require(reply + bad == where.size(), "replies and bad nodes stand in the order of the nodes");
    for (const auto& [node, value] : got.replies)
      w.require(value == 0 && node != "nowhere@sim", "the answer to this call");
    co_await beamish::sleep(help::moment(w));
  }
  w.calm();
  co_await sim::nothing_more(w);
  for (const std::string& node : all_nodes) w.stop(node);
}

}  // namespace

std::vector<sim::scenario> node_scenarios() {
  const auto rough = sim::faults()
                         .delay_signals(0.05, 2s)
                         .slow_nodes(0.01, 1ms)
                         .cut_nodes(0.02, 2min)
                         .crash_nodes(0.01, 1s);
  return {
      {"calls_over_nodes",
       "a call to another node ends: with its reply or a reason that fits",
       calls_over_nodes,
       {.faults = rough}},
      {"ties_over_nodes",
       "links and monitors over nodes tell once: the reason, or noconnection",
       ties_over_nodes,
       {.faults = rough}},
      {"multi_calls",
       "of each node a reply or its name among the bad ones, and no late reply",
       multi_calls,
       {.faults = rough}},
  };
}
