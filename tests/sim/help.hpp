// SPDX-License-Identifier: Apache-2.0
//
// What several scenarios need: to wait for an end, to end others, to rest for a moment.
#pragma once

#include "beamish/beamish.hpp"
#include "beamish/sim/invariants.hpp"
#include "tests/sim/scenarios.hpp"

using namespace beamish;
using namespace std::chrono_literals;

namespace help {

// The DOWN of this monitor, whatever else is in the mailbox.
inline task<down_message> down_of(const reference& id) {
  const auto is_it = [&id](const down_message& d) { return d.id == id; };
  co_return co_await receive_if<down_message>(is_it);
}

// Waits for the end of `p`; noproc if it is over already.
inline task<exit_reason> end_of(pid p) {
  const reference id = monitor(p);
  const down_message down = co_await down_of(id);
  co_return down.reason;
}

inline task<> kill(pid p) {
  beamish::exit(p, exit_reason::kill());
  co_await end_of(p);
}

// Throws away what has come of that type.
template <class M>
task<> drop() {
  auto got = co_await receive<M>(0s);
  while (got) got = co_await receive<M>(0s);
}

// A process that only waits.
inline task<> wait_for_ever() {
  co_await receive_if<atom>([](const atom&) { return false; });
}

// 0 to 3 times 10 µs, as this run picks.
inline duration moment(sim::world& w) { return 10us * w.pick(4); }

// Long enough for whatever is under way; in the real world that is a guess.
inline duration a_while(sim::world& w) { return w.simulated() ? duration(10s) : duration(1ms); }

// What a test does, drawn at its beginning, an act after the other, and each of the same number of
// answers: so an act that is left out of a run that fails, since its first answer becomes 0, moves
// nothing else. More answers than an act has are 0.
class script {
 public:
  class act {
   public:
    std::uint32_t pick(std::uint32_t options) {
      return next_ == answers_.size() ? 0 : answers_[next_++] % options;
    }
    duration moment() { return 10us * pick(4); }

   private:
    friend class script;
    std::vector<std::uint32_t> answers_;
    std::size_t next_ = 0;
  };

  script(sim::world& w, std::uint32_t most_acts, std::uint32_t answers = 6)
      : all_(w.pick(most_acts + 1)) {
    constexpr std::uint32_t many = 720'720;  // a multiple of all numbers up to 16
    for (act& a : all_) {
      for (std::uint32_t i = 0; i < answers; ++i) a.answers_.push_back(w.pick(many));
    }
  }
  auto begin() { return all_.begin(); }
  auto end() { return all_.end(); }

 private:
  std::vector<act> all_;
};

// Inside a gauge; what has left may have to enter again.
struct stay {
  explicit stay(const sim::gauge& g) : again(g), here(g) {}
  stay(const stay&) = delete;
  ~stay() { again.queue(); }
  sim::gauge again;
  sim::gauge::visit here;
};

// The reason within the reason of a failed call: {reason, {gen_server, call, …}}.
inline term cause(const exit_reason& r) {
  const term& t = r.value();
  return t.is_tuple() && t.size() == 2 ? t.elements()[0] : t;
}

inline bool one_of(const exit_reason& r, std::initializer_list<exit_reason> those) {
  for (const exit_reason& each : those) {
    if (r == each) return true;
  }
  return false;
}
inline bool caused_by(const exit_reason& r, std::initializer_list<const char*> names) {
  const term why = cause(r);
  for (const char* each : names) {
    if (why.is_atom(each)) return true;
  }
  return false;
}

// Why a call to another node may fail, whatever becomes of the nodes and what is between them.
inline bool ends_over_nodes(const exit_reason& r) {
  const term why = cause(r);
  return caused_by(r, {"noproc", "noconnection", "timeout", "killed", "shutdown"}) ||
         (why.is_tuple() && why.elements()[0].is_atom("nodedown"));
}

// Waits for all that are monitored in `ends`. Each has one of these reasons, or as cause of it.
template <class... Names>
task<> ends_of(sim::world& w, sim::once ends, Names... reasons) {
  while (ends.open() > 0) {
    const auto d = co_await receive<down_message>();
    ends.happened(d.id);
    w.require(caused_by(d.reason, {reasons...}), "how a client may end");
  }
}

}  // namespace help
