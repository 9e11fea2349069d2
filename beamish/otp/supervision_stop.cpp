// SPDX-License-Identifier: Apache-2.0
//
// How a supervisor stops its children: one after the other, or all at once. It waits for the DOWN
// of a monitor, so that a child that has unlinked itself can't be missed; the reason is that of the
// link, if there is one.
// tested in: supervisor_stop_test.cpp
#include <algorithm>

#include "beamish/otp/supervision.hpp"
#include "beamish/runtime/node_core.hpp"
#include "beamish/runtime/relations.hpp"
#include "beamish/runtime/self.hpp"

namespace beamish::inline v0::detail {

namespace {

constexpr duration patience = std::chrono::seconds(5);

// After how long somebody is told that a child takes its time.
duration time_before_notice(duration limit) {
  return limit.count() < 0 ? patience : std::min(patience, limit / 2);
}

bool still_linked(pid process) {
  self_access me;
  return is_linked(*me, process);
}

// The reason that its link gives, if it had one: the monitor may have come too late to know.
task<exit_reason> told_by_link(pid process, exit_reason by_monitor) {
  auto from_it = [&process](const exit_message& m) { return m.from == process; };
  const bool comes = by_monitor.is("noproc") && still_linked(process);
  auto told = co_await receive_if<exit_message>(comes ? infinity : duration(0), from_it);
  if (told) co_return std::move(told->reason);
  co_return by_monitor;
}

// As OTP: what a child that is told to stop may end with. A permanent one has no reason of its own.
bool ended_as_told(const supervised_child& child, const exit_reason& why) {
  if (child.shutdown() == killed_at_once && why.is("killed")) return true;
  if (child.shutdown() != killed_at_once && why.is("shutdown")) return true;
  return child.restart != restart_kind::permanent && why.is_expected();
}

}  // namespace

// Tells it to stop, and gives the reason of its end.
task<exit_reason> supervision::end_of(const supervised_child& child) {
  const pid process = child.process;
  const bool brutal = child.shutdown() == killed_at_once;
  const reference id = monitor(process);
  exit(process, brutal ? exit_reason::kill() : exit_reason::shutdown());
  auto is_it = [&id](const down_message& m) { return m.id == id; };
  std::optional<down_message> down;
  if (!brutal) {
    const duration notice = time_before_notice(child.shutdown());
    const duration rest = child.shutdown().count() < 0 ? infinity : child.shutdown() - notice;
    down = co_await receive_if<down_message>(notice, is_it);
    if (!down) {
      report.waits_for(child, notice, rest);
      down = co_await receive_if<down_message>(rest, is_it);
    }
    if (!down) exit(process, exit_reason::kill());
  }
  if (!down) down = co_await receive_if<down_message>(patience, is_it);
  if (!down) {
    report.waits_for_killed(child);
    down = co_await receive_if<down_message>(infinity, is_it);
  }
  co_return co_await told_by_link(process, down->reason);
}

task<> supervision::stop(supervised_child& child) {
  if (child.is_running()) {
    const exit_reason why = co_await end_of(child);
    if (!ended_as_told(child, why)) report.stop_failed(child, why);
  }
  children.stopped(child);
}

task<> supervision::stop_down_to(supervised_child& last, const supervised_child* but) {
  for (supervised_child* c = children.youngest(); c != nullptr;) {
    supervised_child* const next = c == &last ? nullptr : c->older;
    if (c != but) {
      co_await stop(*c);
      if (c->is_temporary()) children.remove(*c);
    }
    c = next;
  }
}

task<> supervision::stop_all_in_reverse() {
  while (children.youngest() != nullptr) {
    co_await stop(*children.youngest());
    children.remove(*children.youngest());
  }
}

// ---- all at once

namespace {

// Infinity is the longest.
bool has_less_time(const supervised_child* a, const supervised_child* b) noexcept {
  return static_cast<std::uint64_t>(a->shutdown().count()) <
         static_cast<std::uint64_t>(b->shutdown().count());
}

// Children that were told to stop at the same time.
class stopping_children {
 public:
  stopping_children(supervised_children& children, supervisor_report& report)
      : all_(children), report_(report) {
    for (supervised_child* c = all_.oldest(); c != nullptr; c = c->younger) {
      if (!c->is_running()) continue;
      monitor(c->process);
      exit(c->process,
           c->shutdown() == killed_at_once ? exit_reason::kill() : exit_reason::shutdown());
      told_.push_back(c);
    }
    std::sort(told_.begin(), told_.end(), has_less_time);
    running_ = told_.size();
    begun_ = current_node().now();
    pass(0);
    notice_ = next_ < told_.size() ? time_before_notice(told_[next_]->shutdown()) : patience;
  }

  bool ended() const noexcept { return running_ == 0; }

  // Until something has to be done; infinity: nothing.
  duration time_left() const {
    const duration waited(current_node().now() - begun_);
    duration at = noticed_ ? infinity : notice_;
    if (next_ < told_.size() && told_[next_]->shutdown().count() >= 0 &&
        (at == infinity || told_[next_]->shutdown() < at))
      at = told_[next_]->shutdown();
    return at == infinity ? infinity : std::max(duration(0), at - waited);
  }

  void time_is_over() {
    const std::int64_t waited = current_node().now() - begun_;
    if (!noticed_ && waited >= notice_.count()) notice(duration(waited));
    pass(waited);
  }

  void hear(const exit_message& m) {
    // An exit signal that it only sent is none of its end.
    if (!alive(m.from)) end(m.from, m.reason);
  }
  void hear(const down_message& m) {
    // Of a child that was dead before it was monitored, its link knows more, and will say it.
    if (m.reason.is("noproc") && still_linked(m.process)) return;
    end(m.process, m.reason);
  }

  void tell_failures() {
    for (const auto& [why, count] : failures_) report_.stops_failed(count, exit_reason(why));
  }

 private:
  void end(pid process, const exit_reason& why) {
    supervised_child* child = all_.find(process);
    if (child == nullptr || !child->is_running()) return;
    if (!ended_as_told(*child, why)) ++failures_[why.value()];
    all_.stopped(*child);
    --running_;
  }

  // Kills those whose time is over.
  void pass(std::int64_t waited) {
    for (; next_ < told_.size(); ++next_) {
      const supervised_child& c = *told_[next_];
      if (!c.is_running()) continue;
      if (c.shutdown().count() < 0 || c.shutdown().count() > waited) return;
      if (c.shutdown() != killed_at_once) exit(c.process, exit_reason::kill());
    }
  }

  void notice(duration waited) {
    noticed_ = true;
    for (const supervised_child* c : told_) {
      if (!c->is_running()) continue;
      const duration left = c->shutdown().count() < 0 ? infinity : c->shutdown() - waited;
      report_.waits_for(*c, waited, left, running_ - 1);
      return;
    }
  }

  supervised_children& all_;
  supervisor_report& report_;
  std::vector<supervised_child*> told_;  // those with the least time first
  std::size_t next_ = 0;                 // those before it have ended or are killed
  std::size_t running_ = 0;
  std::int64_t begun_ = 0;
  duration notice_{0};
  bool noticed_ = false;
  std::map<term, std::size_t> failures_;  // how many ended so, and should not
};

}  // namespace

task<> supervision::stop_all_together() {
  stopping_children stopping(children, report);
  while (!stopping.ended()) {
    auto news = co_await receive<exit_message, down_message>(stopping.time_left());
    if (!news)
      stopping.time_is_over();
    else if (auto* exit = std::get_if<exit_message>(&*news))
      stopping.hear(*exit);
    else
      stopping.hear(std::get<down_message>(*news));
  }
  stopping.tell_failures();
}

}  // namespace beamish::inline v0::detail
