// SPDX-License-Identifier: Apache-2.0
//
// The faults of a simulation: which happen, what they do, and when they are over.
// tested in: faults_test.cpp
#include <algorithm>

#include "beamish/runtime/node_core.hpp"
#include "beamish/runtime/relations.hpp"
#include "beamish/runtime/runner.hpp"
#include "beamish/sim/disk.hpp"
#include "beamish/sim/simulation.hpp"

namespace beamish::inline v0::sim {

std::uint32_t simulation::index_of(std::string_view name) const noexcept {
  for (const auto& n : nodes_) {
    if (n->name() == name) return n->core().index;
  }
  return 0;
}

std::string simulation::name_of_node(std::uint32_t index) const {
  for (const auto& n : nodes_) {
    if (n->core().index == index) return std::string(n->name());
  }
  return "a node that is gone";
}

void simulation::tell(std::string more) {
  if (trace_.keeps_events()) trace_.tell(trace_event::way::none, std::move(more));
}

// A millionth of the longest time, or ten times that, and so on.
std::int64_t simulation::choose_time(std::int64_t longest) {
  constexpr std::uint32_t options = 7;
  std::int64_t time = longest;
  for (std::uint32_t i = oracle_.choose(choice::duration, options); i + 1 < options; ++i)
    time /= 10;
  return std::max<std::int64_t>(time, 1);
}

bool simulation::drawn(fault f) {
  if (!faults_.may_happen(f)) return false;
  const double rate[] = {faults_.rate(f)};
  return oracle_.choose_rarely(choice::fault, rate) != 0;
}

bool simulation::happens(fault f) {
  const bool now = drawn(f);
  if (now) faults_.count(f);
  return now;
}

void simulation::maybe_fault() {
  const std::uint32_t which = oracle_.choose_rarely(choice::fault, faults_.step_rates);
  if (which == 0) return;
  switch (faults_.step_kinds[which - 1]) {
    case fault::kill_process:
      return kill_somebody();
    case fault::crash_node:
      return crash_some_node();
    case fault::cut_nodes:
      return cut_some_nodes();
    case fault::slow_node:
      return slow_some_node();
    default:
      return jump_clock();
  }
}

void simulation::kill_somebody() {
  std::vector<pid> victims;
  for (const auto& n : nodes_) {
    for (pid p : detail::all_processes(n->core())) {
      if (!faults_.is_spared(p)) victims.push_back(p);
    }
  }
  if (victims.empty()) return;
  const pid victim =
      victims[oracle_.choose(choice::victim, static_cast<std::uint32_t>(victims.size()))];
  faults_.count(fault::kill_process);
  record("fault", victim, pid{}, "kill");
  const bool before = std::exchange(at_once_, true);
  detail::send_exit(pid{}, victim, exit_reason::kill());
  at_once_ = before;
}

void simulation::crash_some_node() {
  std::vector<std::string> victims;
  for (const auto& b : faults_.boots) {
    if (index_of(b.name) != 0) victims.push_back(b.name);
  }
  if (victims.empty()) return;
  const std::string name =
      victims[oracle_.choose(choice::victim, static_cast<std::uint32_t>(victims.size()))];
  const std::int64_t back = choose_time(faults_.covered.longest(fault::crash_node).count());
  crash_node(name, std::chrono::nanoseconds(back));
}

void simulation::cut_some_nodes() {
  const auto count = static_cast<std::uint32_t>(nodes_.size());
  if (count < 2) return;
  const std::uint32_t from = oracle_.choose(choice::victim, count);
  std::uint32_t to = oracle_.choose(choice::victim, count - 1);
  if (to >= from) ++to;
  const std::string a(nodes_[from]->name()), b(nodes_[to]->name());
  const bool one_way = oracle_.choose(choice::victim, 2) == 1;
  const std::chrono::nanoseconds lasts(
      choose_time(faults_.covered.longest(fault::cut_nodes).count()));
  cut(a, b, lasts);
  if (!one_way) cut(b, a, lasts);
}

void simulation::slow_some_node() {
  constexpr std::int64_t most_each_turn = 1'000'000;
  const auto count = static_cast<std::uint32_t>(nodes_.size());
  const std::uint32_t which = oracle_.choose(choice::victim, count);
  const std::int64_t end = now_ + choose_time(faults_.covered.longest(fault::slow_node).count());
  faults_.count(fault::slow_node);
  faults_.slow.push_back({nodes_[which]->core().index, end, choose_time(most_each_turn)});
  faults_.note_end(end);
  record("fault", pid{}, pid{}, "slow");
  tell(std::string(nodes_[which]->name()) + " for " + seconds_text(end - now_) + " s");
}

void simulation::jump_clock() {
  constexpr std::int64_t year = 365ll * 24 * 3'600 * 1'000'000'000;
  const std::int64_t jump = choose_time(year);
  faults_.count(fault::jump_clock);
  const bool forth = oracle_.choose(choice::victim, 2) == 0;
  faults_.clock_jump += forth ? jump : -jump;
  record("fault", pid{}, pid{}, "clock");
  tell((forth ? "goes forth by " : "goes back by ") + seconds_text(jump) + " s");
}

// ---- cuts

void simulation::cut(std::string_view from, std::string_view to, std::chrono::nanoseconds lasts) {
  const std::uint32_t a = index_of(from), b = index_of(to);
  if (a == 0 || b == 0 || a == b) return;
  const std::int64_t end = now_ + lasts.count();
  faults_.count(fault::cut_nodes);
  faults_.cuts.push_back({a, b, now_, end});
  faults_.note_end(std::min(end, now_ + fault_state::tick_time));
  record("fault", pid{}, pid{}, "cut");
  tell(std::string(from) + " -> " + std::string(to) + " for " + seconds_text(lasts.count()) + " s");
}

// The channel has a signal for its receiver. While the way is cut it waits there.
void simulation::channel_opens(std::uint32_t channel) {
  const pid from = under_way_.from(channel), to = under_way_.to(channel);
  if (!faults_.cuts.empty() && faults_.is_cut(from.node, to.node)) return;
  const event e{nullptr, channel, number_of(from, to), 0};
  if (happens(fault::delay_signal)) {
    record("fault", from, to, "delay");
    const std::int64_t longest = faults_.covered.longest(fault::delay_signal).count();
    const std::int64_t delay = choose_time(longest);
    tell("of " + seconds_text(delay) + " s,");
    return agenda_.add_later(now_ + delay, e);
  }
  agenda_.add(e, steps_);
}

void simulation::lose_signals(std::uint32_t channel) {
  const pid to = under_way_.to(channel);
  while (under_way_.holds(channel)) detail::lose_signal(to, under_way_.take(channel));
}

// Both sides learn of it at once: what they do with it still takes its time.
void simulation::lose_connection(std::uint32_t a, std::uint32_t b) {
  record("fault", pid{}, pid{}, "lost");
  tell("the connection of " + name_of_node(a) + " and " + name_of_node(b));
  const bool before = std::exchange(at_once_, true);
  for (std::uint32_t c = 0; c < under_way_.channels(); ++c) {
    const std::uint32_t from = under_way_.from(c).node, to = under_way_.to(c).node;
    if ((from == a && to == b) || (from == b && to == a)) lose_signals(c);
  }
  for (const auto& n : nodes_) {
    const std::uint32_t here = n->core().index;
    if (here != a && here != b) continue;
    for (pid p : detail::all_processes(n->core())) {
      detail::lose_peers(*detail::find_slot(p), here == a ? b : a);
    }
  }
  at_once_ = before;
}

void simulation::pass_faults_by() {
  faults_.next_end = fault_state::never;
  std::erase_if(faults_.slow, [&](const auto& s) { return s.end <= now_; });
  for (const auto& s : faults_.slow) faults_.note_end(s.end);
  for (std::size_t i = 0; i < faults_.cuts.size(); ++i) {
    fault_state::cut& c = faults_.cuts[i];
    if (c.broken || now_ < c.begin + fault_state::tick_time) continue;
    c.broken = true;
    lose_connection(c.from, c.to);
  }
  heal_cuts();
  for (std::size_t i = 0; i < faults_.boots.size(); ++i) {
    auto& b = faults_.boots[i];
    if (b.back_at <= now_) {
      b.back_at = fault_state::never;
      come_back(b.name);
    } else {
      faults_.note_end(b.back_at);
    }
  }
}

void simulation::heal_cuts() {
  std::vector<fault_state::cut> over;
  for (const auto& c : faults_.cuts) {
    if (c.end <= now_) {
      over.push_back(c);
    } else {
      faults_.note_end(c.broken ? c.end : std::min(c.end, c.begin + fault_state::tick_time));
    }
  }
  std::erase_if(faults_.cuts, [&](const auto& c) { return c.end <= now_; });
  for (const auto& c : over) {
    if (faults_.is_cut(c.from, c.to)) continue;
    record("fault", pid{}, pid{}, "healed");
    tell(name_of_node(c.from) + " -> " + name_of_node(c.to));
    for (std::uint32_t i = 0; i < under_way_.channels(); ++i) {
      if (under_way_.from(i).node == c.from && under_way_.to(i).node == c.to &&
          under_way_.holds(i)) {
        channel_opens(i);
      }
    }
  }
}

// ---- crashes

void simulation::boot(std::string_view name, std::function<void(beamish::node&)> start) {
  beamish::node& n = node(name);
  std::erase_if(faults_.boots, [&](const auto& b) { return b.name == name; });
  faults_.boots.push_back({std::string(name), start});
  // Not the one in the list: it may boot further nodes.
  start(n);
}

void simulation::come_back(const std::string& name) {
  beamish::node& n = node(name);
  record("fault", pid{}, pid{}, "boot");
  tell(name);
  const auto start = faults_.boot_of(name)->start;
  start(n);
}

void simulation::crash_node(std::string_view name, std::chrono::nanoseconds back_after) {
  const std::uint32_t index = index_of(name);
  if (index == 0) return;
  faults_.count(fault::crash_node);
  record("fault", pid{}, pid{}, "crash");
  tell(std::string(name));
  for (std::size_t i = 0; i < nodes_.size(); ++i) {
    const std::uint32_t other = nodes_[i]->core().index;
    if (other != index) lose_connection(index, other);
  }
  disks_->crash(name);
  faults_.crashing.push_back(index);
  stop_node(name);
  faults_.crashing.pop_back();
  if (fault_state::bootable* b = faults_.boot_of(name)) {
    b->back_at = now_ + back_after.count();
    faults_.note_end(b->back_at);
  }
}

bool simulation::lost(pid from, pid to, detail::signal* s) noexcept {
  const bool crashing = !faults_.crashing.empty() && faults_.is_crashing(from.node);
  const bool broken =
      std::any_of(faults_.cuts.begin(), faults_.cuts.end(), [&](const fault_state::cut& c) {
        return c.broken && ((c.from == from.node && c.to == to.node) ||
                            (c.from == to.node && c.to == from.node));
      });
  if (from.node == to.node || !(crashing || broken)) return false;
  const bool before = std::exchange(at_once_, true);
  detail::lose_signal(to, s);
  at_once_ = before;
  return true;
}

void simulation::calm() {
  faults_.on = false;
  faults_.slow.clear();
  for (auto& c : faults_.cuts) c.end = now_;
  for (auto& b : faults_.boots) {
    if (b.back_at != fault_state::never) b.back_at = now_;
  }
  pass_faults_by();
}

// ---- single operations that fail

void simulation::before_callback(pid who) {
  if (faults_.is_spared(who) || !happens(fault::throw_in_callback)) return;
  record("fault", who, pid{}, "throw");
  throw injected_failure();
}

bool simulation::memory_runs_out(pid who) {
  if (faults_.is_spared(who) || !happens(fault::fail_allocation)) return false;
  constexpr std::uint32_t most = 8;
  record("fault", who, pid{}, "no_memory");
  context_.pool.set_fail_after(oracle_.choose(choice::victim, most));
  return true;
}

// A crash between two calls to the disk: of what the node does then, nobody hears.
disk_fault simulation::fault_on_disk(const disk_operation& about) {
  const std::uint32_t index = index_of(about.node);
  // crash_node counts it.
  if (index != 0 && faults_.boot_of(about.node) != nullptr && drawn(fault::crash_node)) {
    faults_.crashing.push_back(index);
    return disk_fault::power_cut;
  }
  if (is_sync(about.call)) return happens(fault::fail_sync) ? disk_fault::broken : disk_fault::none;
  if (is_read(about.call) || !happens(fault::fail_write)) return disk_fault::none;
  constexpr disk_fault ways[] = {disk_fault::broken, disk_fault::full, disk_fault::part};
  return ways[oracle_.choose(choice::victim, std::size(ways))];
}

void simulation::crash_without_power() {
  for (const std::string& name : disks_->off()) {
    const std::uint32_t index = index_of(name);
    if (index == 0 || faults_.boot_of(name) == nullptr) continue;
    std::erase(faults_.crashing, index);
    const std::int64_t longest = faults_.covered.longest(fault::crash_node).count();
    crash_node(name, std::chrono::nanoseconds(choose_time(std::max<std::int64_t>(longest, 1))));
  }
}

}  // namespace beamish::inline v0::sim
