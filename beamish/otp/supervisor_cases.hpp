// SPDX-License-Identifier: Apache-2.0
//
// Children for the tests of supervisors: they write into a diary what happens to them, and do as
// they are told.
//
//     auto d = write_diary();
//     child_list children{tells(d, "a"), tells(d, "b")};
//     auto shop = co_await supervisor::start_link(children, {.strategy = one_for_one});
//     d->text();                                    // "a started, b started"
//     const pid a = co_await until(d, "a started");
//     crash(a);
//     co_await until(d, "a started", 2);            // for the second time
//
// The diary is shared, since messages of several processes may come in any order.
// tested in: supervisor_test.cpp
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "beamish/otp/gen_server.hpp"
#include "beamish/otp/supervisor.hpp"
#include "beamish/otp/sys.hpp"
#include "beamish/runtime/log.hpp"
#include "beamish/term/inspect.hpp"

namespace beamish::inline v0::cases {

// To whoever waits for the diary: look again.
struct written {};

class diary {
 public:
  struct entry {
    std::string what;
    pid process;
    exit_reason reason;  // of a stop
  };

  explicit diary(pid reader) : reader_(reader) {}
  void note(std::string what, const exit_reason& reason = {}) {
    {
      std::lock_guard lock(mutex_);
      entries_.push_back({std::move(what), self(), reason});
    }
    send(reader_, written{});
  }
  std::vector<entry> entries() const {
    std::lock_guard lock(mutex_);
    return entries_;
  }
  // From the `first` entry on.
  std::string text(std::size_t first = 0) const {
    std::string all;
    std::lock_guard lock(mutex_);
    for (std::size_t i = first; i < entries_.size(); ++i)
      all += (all.empty() ? "" : ", ") + entries_[i].what;
    return all;
  }
  std::size_t size() const { return entries().size(); }
  int count(std::string_view what) const {
    int n = 0;
    for (const entry& e : entries()) n += e.what == what ? 1 : 0;
    return n;
  }

 private:
  pid reader_;
  mutable std::mutex mutex_;
  std::vector<entry> entries_;
};
using shared_diary = std::shared_ptr<diary>;

inline shared_diary write_diary() { return std::make_shared<diary>(self()); }

// The process of the nth entry of that text, once it is there.
inline task<diary::entry> entry_of(shared_diary d, std::string what, int nth = 1) {
  for (;;) {
    int seen = 0;
    for (diary::entry& e : d->entries()) {
      if (e.what == what && ++seen == nth) co_return std::move(e);
    }
    co_await receive<written>();
  }
}
inline task<pid> until(shared_diary d, std::string what, int nth = 1) {
  auto found = co_await entry_of(std::move(d), std::move(what), nth);
  co_return found.process;
}

// How the starts of a child go; shared by all copies of a specification.
struct script {
  std::atomic<int> starts{0};
  // These starts fail with :no_shelf, counted from 1.
  int fails_from = 1;
  std::atomic<int> fails_to{0};
  bool ignores = false;  // instead of failing
  bool lingers = false;  // terminate waits for a :go
};
using shared_script = std::shared_ptr<script>;

struct teller : gen_server<teller> {
  struct ping {
    using reply = std::string;
  };
  struct end {
    exit_reason why;
  };
  struct leave {};  // unlinks from its supervisor
  using messages = accepts<ping, end, leave>;
  shared_diary says;
  std::string name;
  shared_script plan;

  init_result init(shared_diary d, std::string n, shared_script s) {
    says = std::move(d);
    name = std::move(n);
    plan = std::move(s);
    trap_exits(true);
    const int nth = ++plan->starts;
    if (nth >= plan->fails_from && nth <= plan->fails_to) {
      says->note(name + (plan->ignores ? " ignored" : " failed"));
      return plan->ignores ? ignore() : stop_init(atom("no_shelf"));
    }
    says->note(name + " started");
    return ok();
  }
  std::string handle_call(ping&) { return name; }
  outcome handle_cast(end& m) { return stop(m.why); }
  void handle_cast(leave&) {
    unlink(ancestors().front());
    says->note(name + " left");
  }
  void handle_info(exit_message&) {}
  task<> terminate(const exit_reason& why) {
    if (plan->lingers) {
      says->note(name + " lingers");
      co_await receive<atom>();
    }
    says->note(name + " stopped", why);
  }
};

inline child_specification tells(shared_diary d, std::string_view id, child_options o = {},
                                 shared_script s = std::make_shared<script>()) {
  o.id = id;
  return child_spec<teller>(o, std::move(d), std::string(id), std::move(s));
}

inline shared_script failing(int from, int to) {
  auto s = std::make_shared<script>();
  s->fails_from = from;
  s->fails_to = to;
  return s;
}
inline shared_script ignoring(int from, int to) {
  auto s = failing(from, to);
  s->ignores = true;
  return s;
}
inline shared_script lingering() {
  auto s = std::make_shared<script>();
  s->lingers = true;
  return s;
}

inline void end(pid child, exit_reason why) { cast<teller::end>(child, std::move(why)); }
inline void crash(pid child) { end(child, exit_reason(atom("fire"))); }

// Each child and its state, the youngest first.
inline std::string states(const std::vector<child_info>& rows) {
  std::string text;
  for (const child_info& row : rows)
    text += (text.empty() ? "" : ", ") + inspect(row.id) + " " + row.status();
  return text;
}

// Waits until the supervisor's children are as `wanted` says.
template <class Supervisor>
task<> until_children(Supervisor shop, std::string wanted) {
  for (;;) {
    auto rows = co_await shop.which_children();
    if (states(rows) == wanted) co_return;
  }
}

// Whether a line of the log has both parts.
inline bool logged(const std::vector<log_entry>& log, std::string_view part,
                   std::string_view other = "") {
  for (const log_entry& e : log) {
    if (e.text.find(part) != std::string::npos && e.text.find(other) != std::string::npos)
      return true;
  }
  return false;
}

// Monitors a teller, and has done so when it returns.
inline task<reference> watch(pid child) {
  const reference id = monitor(child);
  co_await call<teller::ping>(child);
  co_return id;
}

// The same of a supervisor.
template <class Supervisor>
  requires requires(const Supervisor& s) { s.count_children(); }
task<reference> watch(Supervisor shop) {
  const reference id = monitor(shop.process());
  co_await shop.count_children();
  co_return id;
}

// Waits for the end of a process that is monitored; gives its reason.
inline task<exit_reason> end_of(reference id) {
  auto is_it = [&id](const down_message& m) { return m.id == id; };
  auto down = co_await receive_if<down_message>(is_it);
  co_return std::move(down.reason);
}

}  // namespace beamish::inline v0::cases
