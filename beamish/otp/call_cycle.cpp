// SPDX-License-Identifier: Apache-2.0
#include "beamish/otp/call_cycle.hpp"

#include <algorithm>
#include <vector>

#include "beamish/runtime/activity.hpp"
#include "beamish/runtime/alias.hpp"
#include "beamish/runtime/log.hpp"
#include "beamish/runtime/node_core.hpp"
#include "beamish/runtime/process_extra.hpp"
#include "beamish/runtime/scheduler.hpp"
#include "beamish/runtime/timer_record.hpp"
#include "beamish/term/inspect.hpp"

namespace beamish::inline v0::detail {

namespace {

constexpr std::int64_t suspicion_time = 1'000'000'000;

// One call of the cycle. Tickets are never given twice: the same ticket is the same call.
struct hop {
  pid process;
  std::uint64_t ticket;
  friend bool operator==(const hop&, const hop&) = default;
};

enum class round : std::uint8_t { first, second, last_look };

struct cycle_probe : signal {
  using signal::signal;
  round which = round::first;
  bool certain = true;            // nobody but the servers themselves can answer
  const signal* asked = nullptr;  // the request by which the one before waits; never looked into
  std::size_t seen = 1;           // of `path`, in this round
  std::vector<hop> path;          // who began, and so on in the order of the calls
};

struct cycle_verdict : signal {
  using signal::signal;
  std::uint64_t ticket = 0;
  term pids;
};

struct suspicion : timer_record, signal {
  explicit suspicion(const signal_type& t) noexcept
      : timer_record(static_cast<signal&>(*this)), signal(t) {}
  std::uint64_t ticket = 0;
};

void drop_probe(signal* s) noexcept { pool_delete(static_cast<cycle_probe*>(s)); }
void drop_verdict(signal* s) noexcept { pool_delete(static_cast<cycle_verdict*>(s)); }
void drop_suspicion(signal* s) noexcept { pool_delete(static_cast<suspicion*>(s)); }
void probe_arrives(process_slot& slot, signal* s, run_state&);
void verdict_arrives(process_slot& slot, signal* s, run_state&);
void suspicion_arrives(process_slot& slot, signal* s, run_state&);

constexpr signal_type probe_type{
    signal_kind::control, &drop_probe, nullptr, &probe_arrives, nullptr, 0, "call cycle: probe"};
constexpr signal_type verdict_type{signal_kind::control, &drop_verdict, nullptr,
                                   &verdict_arrives,     nullptr,       0,
                                   "call cycle: verdict"};
constexpr signal_type suspicion_type{signal_kind::control,   &drop_suspicion, nullptr,
                                     &suspicion_arrives,     nullptr,         0,
                                     "call cycle: suspicion"};

// The published call that the process waits in; null if it doesn't.
call_waiter* published_call(process_slot& slot) noexcept {
  if (!slot.type->is_server || !awaited_by(slot)) return nullptr;
  auto* w = static_cast<call_waiter*>(slot.waiting);
  return w->ticket == 0 ? nullptr : w;
}

bool leads_back(const node_core& node, const process_slot& start, pid to) noexcept {
  std::uint32_t id = to.id;
  for (std::size_t hops = 0; hops < longest_call_cycle; ++hops) {
    const process_slot* next = node.find(id);
    id = next == nullptr ? 0 : next->calls.load(std::memory_order_seq_cst);
    if (id == 0) return false;
    if (id == start.id) return true;
  }
  return false;
}

void send_probe(process_slot& slot, const call_waiter& w, round which) {
  auto* probe = pool_new<cycle_probe>(probe_type);
  try {
    probe->path.push_back({pid_of(slot), w.ticket});
  } catch (...) {
    drop_probe(probe);
    throw;
  }
  probe->which = which;
  probe->asked = w.node;
  deliver(pid_of(slot), w.to, probe);
}

// The request waits in the queue, or the callback that runs has to answer it.
bool holds(const process_slot& slot, const signal* request) noexcept {
  server_activity_view view;
  slot.type->describe(slot, view);
  if (view.current == request) return true;
  for (const signal* s = slot.queue; s != nullptr; s = s->next) {
    if (s == request) return true;
  }
  return false;
}

const hop& last_to_call(const cycle_probe& probe) noexcept {
  return *std::max_element(probe.path.begin(), probe.path.end(),
                           [](const hop& a, const hop& b) { return a.ticket < b.ticket; });
}

// Of those of the cycle, from `first` on.
term pids_from(const cycle_probe& probe, const hop& first) {
  std::vector<term> pids;
  for (const hop& h : probe.path) pids.emplace_back(h.process);
  std::rotate(pids.begin(), pids.begin() + (&first - probe.path.data()), pids.end());
  return list_from(pids);
}

// The call ends, if it is still that call.
void end_call(process_slot& slot, std::uint64_t ticket, const term& pids) {
  call_waiter* w = published_call(slot);
  if (w == nullptr || w->ticket != ticket) return;
  extra_of(slot).cycle = exit_reason(tuple(atom("calling_cycle"), pids));
  w->in_cycle = true;
  w->match = nullptr;
  slot.end_call();
}

void judge(process_slot& slot, const cycle_probe& probe) {
  const hop& last = last_to_call(probe);
  const term pids = pids_from(probe, last);
  if (last.process == pid_of(slot)) return end_call(slot, last.ticket, pids);
  auto* verdict = pool_new<cycle_verdict>(verdict_type);
  verdict->ticket = last.ticket;
  verdict->pids = pids;
  deliver(pid_of(slot), last.process, verdict);
}

void suspect(process_slot& slot, std::uint64_t ticket) {
  auto* s = pool_new<suspicion>(suspicion_type);
  s->target = pid_of(slot);
  s->ticket = ticket;
  try {
    node_core& node = *slot.node;
    reference id = next_reference(slot);
    slot.set(slot_flag::has_timers);
    if (node.timers.arm(s, deadline_after(node.now(), suspicion_time), id)) timer_is_earlier(node);
  } catch (...) {
    drop_suspicion(s);
    throw;
  }
}

void report_suspicion(process_slot& slot, const cycle_probe& probe) {
  std::string text = "suspected cycle of calls: ";
  for (const hop& h : probe.path) text += inspect(term(h.process)) + " waits for ";
  text += inspect(term(pid_of(slot))) +
          ", for a second now. Somebody else may still answer one of them by its `from`";
  write_log(*slot.node, {log_level::warning, pid_of(slot), std::move(text)});
}

// The probe is where it began. True if it goes round once more.
bool comes_home(process_slot& slot, const call_waiter& w, cycle_probe& probe) {
  if (w.ticket != probe.path.front().ticket || probe.seen != probe.path.size()) return false;
  const bool closed_it = last_to_call(probe).ticket == w.ticket;
  if (probe.which == round::last_look) {
    if (closed_it) report_suspicion(slot, probe);
  } else if (!probe.certain) {
    if (closed_it) suspect(slot, w.ticket);
  } else if (probe.which == round::second) {
    judge(slot, probe);
  } else {
    probe.which = round::second;
    probe.seen = 1;
    return true;
  }
  return false;
}

// True if this server is where the probe expects it.
bool passes_by(const hop& here, cycle_probe& probe) {
  if (probe.which == round::second) {
    if (probe.seen == probe.path.size() || probe.path[probe.seen] != here) return false;
  } else {
    // A cycle that the one who began has no part in is somebody else's.
    for (const hop& h : probe.path) {
      if (h.process == here.process) return false;
    }
    if (probe.path.size() == longest_call_cycle) return false;
    probe.path.push_back(here);
  }
  ++probe.seen;
  return true;
}

void probe_arrives(process_slot& slot, signal* s, run_state&) {
  auto* probe = static_cast<cycle_probe*>(s);
  try {
    const call_waiter* w = published_call(slot);
    if (w != nullptr) {
      probe->certain = probe->certain && holds(slot, probe->asked);
      const hop here{pid_of(slot), w->ticket};
      const bool goes_on = here.process == probe->path.front().process
                               ? comes_home(slot, *w, *probe)
                               : passes_by(here, *probe);
      if (goes_on) {
        probe->asked = w->node;
        return deliver(here.process, w->to, probe);
      }
    }
  } catch (const std::bad_alloc&) {
    // The calls then end by their timeouts.
  }
  drop_probe(probe);
}

void verdict_arrives(process_slot& slot, signal* s, run_state&) {
  auto* verdict = static_cast<cycle_verdict*>(s);
  try {
    end_call(slot, verdict->ticket, verdict->pids);
  } catch (const std::bad_alloc&) {
  }
  drop_verdict(verdict);
}

void suspicion_arrives(process_slot& slot, signal* s, run_state&) {
  const std::uint64_t ticket = static_cast<suspicion*>(s)->ticket;
  drop_suspicion(s);
  const call_waiter* w = published_call(slot);
  if (w == nullptr || w->ticket != ticket) return;
  try {
    send_probe(slot, *w, round::last_look);
  } catch (const std::bad_alloc&) {
  }
}

}  // namespace

void publish_call(process_slot& caller, call_waiter& w) noexcept {
  node_core& node = *caller.node;
  w.ticket = node.call_tickets.fetch_add(1, std::memory_order_relaxed) + 1;
  // Of those who close a cycle at once, the last in this order sees all the others.
  caller.calls.store(w.to.id, std::memory_order_seq_cst);
  if (!leads_back(node, caller, w.to)) return;
  try {
    send_probe(caller, w, round::first);
  } catch (const std::bad_alloc&) {
  }
}

exit_reason take_cycle() {
  process_slot& me = *current_context()->current;
  return std::exchange(extra_of(me).cycle, exit_reason());
}

}  // namespace beamish::inline v0::detail
