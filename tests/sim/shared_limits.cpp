// SPDX-License-Identifier: Apache-2.0
//
// Several task handlers that share slots, one act at a time or several at once: never too many,
// none idle, each in its turn, and none taken in the end.
#include <map>

#include "tests/sim/help.hpp"

namespace {

struct begun {
  std::size_t handler;
  task_id id;
  pid process;
};
struct leave {};

// Longer than anything is under way.
constexpr duration settled = 1min;

struct handler_account {
  task_handler handler;
  std::size_t limit = 0;
  std::size_t most = 0;  // its limit in this round
  bool open = true;
  std::map<task_id, std::size_t> weights;  // of all that were added
  std::map<task_id, pid> running;
  // Since which round its first task has waited for shared slots, and for nothing else.
  std::optional<int> waits_since;
  std::optional<int> waited_since;  // as it was before this round
  bool began = false;               // something, in this round
};

class shop {
 public:
  explicit shop(sim::world& w) : place_(w), shared_limit_(1 + w.pick(4)), slots_(shared_limit_) {
    shared_most_ = shared_limit_;
  }

  task<> open() {
    const std::uint32_t count = 1 + place_.pick(3);
    for (std::uint32_t i = 0; i < count; ++i) {
      handler_account& h = all_.emplace_back();
      h.limit = h.most = 1 + place_.pick(4);
      h.handler = co_await task_handler::start_link(
          {.task_limit = h.limit, .name = "", .shared_limit = &slots_});
    }
  }

  // Ends at once; what it leads to comes later.
  task<> play(help::script::act& a) {
    const std::uint32_t what = a.pick(11);
    handler_account& h = all_[at_ = a.pick(static_cast<std::uint32_t>(all_.size()))];
    if (!h.open) co_return;
    if (what >= 1 && what <= 5) add(h, a);
    if (what == 6 || what == 7) end_one(h, a.pick(16));
    if (what == 8 && !h.weights.empty()) {
      auto cancelling = h.handler.cancel(1 + a.pick(static_cast<std::uint32_t>(h.weights.size())));
      co_await cancelling;
    }
    if (what == 9) {
      h.limit = a.pick(4);
      h.most = std::max(h.most, h.limit);
      co_await h.handler.set_limit(h.limit);
    }
    if (what == 10 && a.pick(2) == 0) {
      shared_limit_ = a.pick(5);
      shared_most_ = std::max(shared_most_, shared_limit_);
      slots_.set(shared_limit_);
    } else if (what == 10) {
      co_await close(h);
    }
  }

  // Once everything that was said has been heard.
  task<> look(bool one_act) {
    ++round_;
    co_await beamish::sleep(settled);
    co_await hear();
    std::size_t taken = 0, tasks = 0, waiting = 0;
    bool any_began = false;
    for (const handler_account& h : all_) {
      for (const auto& [id, process] : h.running) taken += h.weights.at(id);
      tasks += h.running.size();
      any_began = any_began || h.began;
    }
    place_.require(!any_began || taken <= shared_most_ || tasks == 1, "the shared limit holds");
    const auto usage = slots_.usage();
    place_.require(usage.taken == taken, "no slot is taken by nobody");
    std::optional<int> longest;
    bool idle = false;
    for (handler_account& h : all_) {
      const auto weight = co_await first_that_waits(h);
      h.waited_since = h.waits_since;
      if (!weight || (one_act && h.began)) h.waits_since.reset();
      if (!weight) continue;
      ++waiting;
      if (!h.waits_since || !one_act) h.waits_since = round_;
      const bool fits = shared_limit_ > 0 &&
                        (taken == 0 || (taken < shared_limit_ && *weight <= shared_limit_ - taken));
      if (!longest || *h.waits_since < *longest) idle = true;
      if (!longest || *h.waits_since <= *longest) idle = idle && fits;
      longest = std::min(longest.value_or(round_), *h.waits_since);
    }
    place_.require(!idle, "no slot is idle while the first in turn could have it");
    place_.require(usage.waiting == waiting, "who waits is known");
    if (one_act) in_turn();
    for (handler_account& h : all_) {
      h.began = false;
      h.most = h.limit;
    }
    shared_most_ = shared_limit_;
  }

  task<> finish() {
    slots_.set(shared_limit_ = 3);
    for (handler_account& h : all_) {
      if (h.open) co_await h.handler.set_limit(h.limit = 3);
    }
    co_await beamish::sleep(settled);
    co_await hear();
    for (bool any = true; std::exchange(any, false);) {
      for (handler_account& h : all_) {
        any = any || !h.running.empty();
        while (!h.running.empty()) end_one(h, 0);
      }
      co_await beamish::sleep(settled);
      co_await hear();
    }
    for (handler_account& h : all_) {
      if (!h.open) continue;
      const auto s = co_await h.handler.status();
      place_.require(s.queue.empty() && s.completed == h.weights.size(), "all have had their turn");
      co_await close(h);
    }
    co_await beamish::sleep(settled);
    place_.require(slots_.usage().taken == 0 && slots_.usage().waiting == 0, "all are free");
  }

 private:
  void add(handler_account& h, help::script::act& a) {
    const std::size_t weight = 1 + a.pick(4);
    const task_id id = h.weights.size() + 1;
    h.weights[id] = weight;
    const auto work = [test = self(), at = at_, id]() -> task<> {
      send(test, begun{at, id, self()});
      co_await receive<leave>();
    };
    h.handler.add_task(work, {.priority = a.pick(3) == 2 ? 1 : 0, .weight = weight});
  }
  void end_one(handler_account& h, std::size_t which) {
    if (h.running.empty()) return;
    const auto at = std::next(h.running.begin(), which % h.running.size());
    send(at->second, leave{});
    h.running.erase(at);
  }
  task<> close(handler_account& h) {
    h.open = false;
    auto stopping = h.handler.stop();
    co_await stopping;
  }
  task<> hear() {
    auto b = co_await receive<begun>(0s);
    while (b) {
      handler_account& h = all_[b->handler];
      h.running[b->id] = b->process;
      h.began = true;
      b = co_await receive<begun>(0s);
    }
    // Those that were cancelled, or whose handler has gone.
    for (handler_account& h : all_)
      std::erase_if(h.running, [](const auto& each) { return !alive(each.second); });
  }
  // The weight of its first task, if that waits for the others.
  task<std::optional<std::size_t>> first_that_waits(handler_account& h) {
    if (!h.open) co_return std::nullopt;
    const auto s = co_await h.handler.status();
    std::size_t own = 0;
    for (const auto& [id, process] : h.running) own += h.weights.at(id);
    place_.require(s.taken == own, "its own slots are counted");
    place_.require(!h.began || own <= h.most || h.running.size() == 1, "its own limit holds");
    if (s.queue.empty()) co_return std::nullopt;
    const std::size_t weight = h.weights.at(s.queue.front());
    const bool fits = own < h.limit && (own == 0 || weight <= h.limit - own);
    co_return fits ? std::optional(weight) : std::nullopt;
  }
  // Nobody begins while another waits that has waited longer, and has got nothing.
  void in_turn() {
    for (const handler_account& early : all_) {
      if (!early.waits_since || *early.waits_since == round_) continue;
      for (const handler_account& late : all_) {
        const int since = late.waited_since.value_or(round_);
        place_.require(!late.began || since <= *early.waits_since, "each in its turn");
      }
    }
  }

  sim::world& place_;
  std::size_t shared_limit_;
  std::size_t shared_most_ = 0;  // in this round
  shared_task_limit slots_;
  std::vector<handler_account> all_;
  std::size_t at_ = 0;
  int round_ = 0;
};

task<> shared_slots_by_the_book(sim::world& w) {
  if (!w.simulated()) co_return;  // the model knows when everything has arrived
  help::script acts(w, 20);
  shop all(w);
  co_await all.open();
  std::uint32_t at_once = 0;
  for (auto& act : acts) {
    co_await all.play(act);
    ++at_once;
    // Mostly one at a time: then the order is known.
    if (act.pick(4) == 3) continue;
    co_await all.look(at_once == 1);
    at_once = 0;
  }
  co_await all.look(at_once == 1);
  co_await all.finish();
  co_await sim::nothing_more(w);
}

}  // namespace

std::vector<sim::scenario> shared_limit_scenarios() {
  return {
      {"shared_slots_by_the_book",
       "handlers that share slots: never too many, none idle, each in its turn",
       shared_slots_by_the_book,
       {.faults = sim::faults().delay_signals(0.05, 2s)}},
  };
}
