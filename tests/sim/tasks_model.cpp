// SPDX-License-Identifier: Apache-2.0
//
// A task handler and everything that may befall its tasks: they fail, take too long, are cancelled,
// and what runs them is killed. Each task keeps an account of itself, and what is told must fit it.
#include <array>
#include <map>
#include <set>

#include "tests/sim/help.hpp"

namespace {

using kind = task_event::kind;

// As this run has picked it, and what has become of it.
struct story {
  int number = 0;
  bool thread = false;
  std::uint32_t fails = 0;  // so many attempts do
  duration takes{};
  std::string label = {};
  task_options options = {};

  std::uint32_t begun = 0;
  bool inside = false;
  bool returned =
      false;  // not of a thread: that may be told to stop between its return and its end
  std::optional<duration> cancelled = std::nullopt;
  bool over = false;  // all that was told before its cancelling has been heard
};

constexpr duration long_ago = 20s;  // longer than everything that is said on the way to a task

class tasks {
 public:
  tasks(sim::world& w, task_handler h, bool is_tree, std::uint32_t limit, lost_tasks l)
      : place_(w),
        handler_(std::move(h)),
        tree_(is_tree),
        running_(w, "tasks that run", limit),
        lost_(l) {}

  void submit(help::script::act& a) {
    auto& s = all_.emplace_back(std::make_unique<story>());
    s->number = static_cast<int>(all_.size()) - 1;
    s->label = std::to_string(s->number);
    s->thread = a.pick(3) == 2;
    s->fails = a.pick(3) == 2 ? 1 + a.pick(2) : 0;
    s->takes = a.pick(6) == 5 ? duration(40s) : 10us * a.pick(5);
    s->options.label = s->label;
    s->options.priority = std::array{0, 0, 1, -1}[a.pick(4)];
    s->options.retries = a.pick(3);
    s->options.backoff = {.first = 10us * (1 << a.pick(4)), .max = 1ms, .jitter = 0};
    if (a.pick(4) == 3) s->options.timeout = 10us * (1 + a.pick(4));
    running_.queue();
    if (s->thread)
      jobs_.push_back(handler_.submit([this, &s = *s] { return blocks(s); }, s->options));
    else
      jobs_.push_back(handler_.submit([this, &s = *s] { return waits(s); }, s->options));
  }

  task<> cancel(help::script::act& a) {
    if (all_.empty()) co_return;
    co_await hear();
    story& s = *all_[a.pick(static_cast<std::uint32_t>(all_.size()))];
    const auto id = ids_.find(s.label);
    if (id == ids_.end()) co_return;
    const bool done = co_await handler_.cancel(id->second);
    if (done && !s.cancelled) s.cancelled = now();
    co_await hear();
    if (done) s.over = true;
  }

  // One of the processes of its tree, if it is one.
  task<> kill(help::script::act& a) {
    const supervisor top(handler_.supervisor());
    if (!tree_ || !top.process()) co_return;
    const auto rows = co_await top.which_children();
    const child_info& row = rows[a.pick(static_cast<std::uint32_t>(rows.size()))];
    killed_ = true;
    handler_killed_ = handler_killed_ || row.id.is_atom("handler");
    if (row.process) beamish::exit(row.process, exit_reason::kill());
  }

  // Higher priorities first, and in each the oldest first; who has failed has lost its place.
  task<> look() {
    const auto s = co_await handler_.status();
    co_await hear();
    place_.require(s.queue.empty() || s.taken >= s.task_limit, "no slot is idle");
    std::map<task_id, const story*> known;
    for (const auto& each : all_) {
      if (const auto id = ids_.find(each->label); id != ids_.end()) known[id->second] = each.get();
    }
    std::int64_t priority = 1;
    task_id last = 0;
    for (const task_id id : s.queue) {
      const auto at = known.find(id);
      if (at == known.end()) continue;
      const task_options& o = at->second->options;
      place_.require(o.priority <= priority, "the order of the priorities");
      if (std::exchange(priority, o.priority) != o.priority) last = 0;
      const bool may_be_lost = killed_ && lost_ == lost_tasks::are_told && o.retries > 0;
      if (at->second->fails > 0 || o.timeout != infinity || may_be_lost) continue;
      place_.require(id > last, "the oldest first");
      last = id;
    }
  }

  task<> responses(bool early) {
    for (std::size_t i = 0; i < jobs_.size(); ++i) {
      auto got = co_await jobs_[i];
      check(*all_[i], got, early);
    }
    co_await place_.eventually("no task runs on", 2min, [&] { return running_.inside() == 0; });
    co_await hear();
  }

  task<> every_one_counted() {
    co_await beamish::sleep(help::a_while(place_));
    const auto s = co_await handler_.status();
    place_.require(s.completed == all_.size() && s.taken == 0 && s.later.empty(), "all done");
    co_await hear();
    first_in_first_out();
    for (const auto& [id, count] : last_events_) place_.require(count == 1, "one last event");
    place_.require(last_events_.size() == all_.size(), "a last event of each task");
  }

 private:
  // Of those that wait the first one starts, unless it has failed before: then it has no place.
  void first_in_first_out() const {
    std::set<std::pair<std::int64_t, task_id>> waiting;
    std::set<task_id> failed;
    for (const auto& [number, e] : events_) {
      const story& s = *all_[static_cast<std::size_t>(std::stoi(e.label))];
      const std::pair place(-s.options.priority, e.id);
      if (e.what == kind::started && !failed.contains(e.id))
        place_.require(!waiting.empty() && *waiting.begin() == place, "first in, first out");
      if (e.what == kind::started || e.is_last()) waiting.erase(place);
      const bool stays = is_lost(e.reason) && lost_ == lost_tasks::start_again;
      if (e.what == kind::retried && !stays) failed.insert(e.id);
      if ((e.what == kind::queued || e.what == kind::retried) && !failed.contains(e.id))
        waiting.insert(place);
    }
  }
  static bool is_lost(const exit_reason& why) {
    const term& value = why.value();
    return value.is_tuple() && value.size() == 2 && value.elements()[0].is_atom("lost");
  }

  void begin(story& s) {
    place_.require(!s.inside, "one attempt at a time");
    place_.require(!s.returned, "what has returned is not tried again");
    goes_on(s);
    const bool lost = killed_ && lost_ == lost_tasks::start_again;
    place_.require(++s.begun <= s.options.retries + 1 || lost, "no attempt too many");
    s.inside = true;
  }
  // Somewhere in a task that nobody has told to stop.
  void goes_on(const story& s) {
    place_.require(!s.cancelled || now() - *s.cancelled < long_ago, "the cancelled don't go on");
  }
  struct visit {
    explicit visit(tasks& t, story& s) : room(t.running_), me(s) { t.begin(s); }
    visit(const visit&) = delete;
    ~visit() { me.inside = false; }
    help::stay room;
    story& me;
  };

  task<int> waits(story& s) {
    const visit here(*this, s);
    if (s.takes > 0s) co_await beamish::sleep(s.takes);
    goes_on(s);
    if (s.begun <= s.fails) throw std::runtime_error("once more");
    s.returned = true;
    co_return s.number;
  }
  int blocks(story& s) {
    const visit here(*this, s);
    if (s.takes > 0s) sleep_blocking(s.takes);
    if (stop_requested()) return s.number;
    goes_on(s);
    if (s.begun <= s.fails) throw std::runtime_error("once more");
    return s.number;
  }

  void check(const story& s, answer<int> got, bool early) {
    if (got.ok()) return place_.require(*got == s.number && s.begun > 0, "the value of this task");
    const exit_reason why = got.reason();
    bool fits = early && help::caused_by(why, {"shutdown", "killed", "normal", "noproc"});
    place_.require(!s.returned || early, "its value is told");
    if (why.is("cancelled")) fits = s.cancelled.has_value();
    if (why.is("timeout")) fits = s.options.timeout != infinity;
    if (is_lost(why)) fits = killed_ && (lost_ == lost_tasks::are_told || s.cancelled);
    // It may also have been too slow before, or lost; what is cancelled has no other attempt.
    const bool other_failures = s.options.timeout != infinity || s.cancelled || killed_;
    if (why.exception() != nullptr) fits = s.fails > (other_failures ? 0 : s.options.retries);
    place_.require(fits, "a reason that fits: " + inspect(why));
  }

  // What has been told of tasks until now.
  task<> hear() {
    auto e = co_await receive<task_event>(0s);
    while (e) {
      place_.require(e->number != last_number_, "each event is told once");
      last_number_ = e->number;
      events_[e->number] = *e;
      ids_[e->label] = e->id;
      if (e->what == kind::started) started_[e->id] = e->at;
      if (e->is_last()) ++last_events_[e->id];
      const bool late =
          e->what == kind::timed_out || (e->what == kind::retried && e->reason.is("timeout"));
      const story& s = *all_[static_cast<std::size_t>(std::stoi(e->label))];
      place_.require(!s.over || e->is_last() || handler_killed_, "what is cancelled is over");
      place_.require(!late || killed_ || e->at - started_[e->id] >= s.options.timeout,
                     "nobody is ended before its time");
      e = co_await receive<task_event>(0s);
    }
  }

  sim::world& place_;
  task_handler handler_;
  bool tree_;
  sim::gauge running_;
  lost_tasks lost_;
  bool killed_ = false;
  bool handler_killed_ = false;  // then events may overtake each other
  std::map<std::uint64_t, task_event> events_;
  std::vector<std::unique_ptr<story>> all_;
  std::vector<submitted<int>> jobs_;
  std::map<std::string, task_id, std::less<>> ids_;
  std::map<task_id, duration> started_;
  std::map<task_id, int> last_events_;
  std::uint64_t last_number_ = 0;
};

task<task_handler> start(bool tree, const task_handler_options& o) {
  if (tree) co_return co_await task_handler::start_tree(o);
  co_return co_await task_handler::start_link(o);
}

task<> tasks_by_the_book(sim::world& w) {
  help::script acts(w, 16, 12);
  const bool tree = w.pick(3) != 0;
  const std::uint32_t limit = 1 + w.pick(3);
  const lost_tasks lost = w.pick(2) == 0 ? lost_tasks::are_told : lost_tasks::start_again;
  const task_handler handler =
      co_await start(tree, {.task_limit = limit, .name = "Book", .when_lost = lost});
  co_await handler.subscribe();
  tasks all(w, handler, tree, limit, lost);
  for (auto& act : acts) {
    const std::uint32_t what = act.pick(12);
    if (what >= 1 && what <= 5) all.submit(act);
    if (what == 6 || what == 7) co_await all.cancel(act);
    if (what == 8) co_await all.kill(act);
    if (what == 9) co_await all.look();
    if (what == 10) co_await beamish::sleep(act.moment());
    if (what == 11) co_await beamish::sleep(act.pick(2) == 0 ? duration(200us) : duration(30s));
  }
  const bool early = w.pick(4) == 3;
  if (early) {
    auto stopping = handler.stop(10us * w.pick(3));
    co_await stopping;
  }
  co_await all.responses(early);
  if (early) co_return;
  co_await all.every_one_counted();
  auto stopping = handler.stop();
  co_await stopping;
  co_await sim::nothing_more(w);
}

}  // namespace

std::vector<sim::scenario> task_model_scenarios() {
  const auto slow = sim::faults().delay_signals(0.05, 300ms).slow_nodes(0.01, 1ms);
  return {
      {"tasks_by_the_book",
       "tasks fail, are late, cancelled and lost, and what is told of each fits its own account",
       tasks_by_the_book,
       {.faults = slow}},
  };
}
