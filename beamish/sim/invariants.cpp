// SPDX-License-Identifier: Apache-2.0
#include "beamish/sim/invariants.hpp"

#include <algorithm>
#include <map>
#include <mutex>
#include <utility>

#include "beamish/runtime/process.hpp"
#include "beamish/runtime/process_info.hpp"
#include "beamish/runtime/receive.hpp"
#include "beamish/term/inspect.hpp"

namespace beamish::inline v0::sim {

// ---- once

struct once::state {
  enum class account : std::uint8_t { open, happened, waived, closed };
  state(world& w, std::string t) : place(w), what(std::move(t)) {}

  void complain(const std::string& why, const term& key) const {
    place.fail(what + ": " + why + ": " + inspect(key));
  }

  world& place;
  const std::string what;
  mutable std::mutex mutex;
  std::map<term, account> accounts;
};

once::once(world& w, std::string what) : state_(std::make_shared<state>(w, std::move(what))) {}

void once::owe(term key) const {
  std::lock_guard lock(state_->mutex);
  const auto [at, fresh] = state_->accounts.emplace(std::move(key), state::account::open);
  if (!fresh) state_->complain("owed a second time", at->first);
}

void once::happened(const term& key) const {
  std::lock_guard lock(state_->mutex);
  const auto at = state_->accounts.find(key);
  if (at == state_->accounts.end()) return state_->complain("nobody expects it", key);
  switch (std::exchange(at->second, state::account::happened)) {
    case state::account::open:
      return;
    case state::account::happened:
      return state_->complain("happened a second time", key);
    case state::account::waived:
      return state_->complain("happened, and had been taken back", key);
    case state::account::closed:
      return state_->complain("happened too late", key);
  }
}

void once::waive(const term& key) const {
  std::lock_guard lock(state_->mutex);
  const auto at = state_->accounts.find(key);
  if (at == state_->accounts.end()) return state_->complain("taken back, but never owed", key);
  if (at->second == state::account::happened) state_->complain("taken back, and has happened", key);
  at->second = state::account::waived;
}

void once::close(const term& key) const {
  std::lock_guard lock(state_->mutex);
  const auto at = state_->accounts.find(key);
  if (at == state_->accounts.end()) return state_->complain("closed, but never owed", key);
  if (at->second == state::account::open) at->second = state::account::closed;
}

std::size_t once::open() const {
  std::lock_guard lock(state_->mutex);
  return static_cast<std::size_t>(
      std::count_if(state_->accounts.begin(), state_->accounts.end(),
                    [](const auto& entry) { return entry.second == state::account::open; }));
}

bool once::has_happened(const term& key) const {
  std::lock_guard lock(state_->mutex);
  const auto at = state_->accounts.find(key);
  return at != state_->accounts.end() && at->second == state::account::happened;
}

void once::settle() const {
  std::lock_guard lock(state_->mutex);
  for (const auto& [key, account] : state_->accounts) {
    if (account == state::account::open) state_->complain("has not happened", key);
  }
}

// ---- order

struct order::state {
  struct pair {
    std::uint64_t sent = 0, arrived = 0;
  };
  state(world& w, std::string t, loss l) : place(w), what(std::move(t)), losses(l) {}

  world& place;
  const std::string what;
  const loss losses;
  mutable std::mutex mutex;
  std::map<std::pair<pid, pid>, pair> pairs;
};

order::order(world& w, std::string what, loss l)
    : state_(std::make_shared<state>(w, std::move(what), l)) {}

std::uint64_t order::next(pid from, pid to) const {
  std::lock_guard lock(state_->mutex);
  return ++state_->pairs[{from, to}].sent;
}

void order::arrived(pid from, pid to, std::uint64_t number) const {
  std::lock_guard lock(state_->mutex);
  state::pair& p = state_->pairs[{from, to}];
  const bool follows = state_->losses == loss::never ? number == p.arrived + 1 : number > p.arrived;
  if (!follows || number > p.sent) {
    state_->place.fail(state_->what + ": " + std::to_string(number) + " came behind " +
                       std::to_string(p.arrived) + " of " + std::to_string(p.sent) + ", from " +
                       inspect(term(from)) + " to " + inspect(term(to)));
  }
  p.arrived = std::max(p.arrived, number);
}

std::uint64_t order::under_way(pid from, pid to) const {
  std::lock_guard lock(state_->mutex);
  const auto at = state_->pairs.find({from, to});
  return at == state_->pairs.end() ? 0 : at->second.sent - at->second.arrived;
}

std::uint64_t order::under_way() const {
  std::lock_guard lock(state_->mutex);
  std::uint64_t sum = 0;
  for (const auto& [who, p] : state_->pairs) sum += p.sent - p.arrived;
  return sum;
}

void order::settle() const {
  std::lock_guard lock(state_->mutex);
  for (const auto& [who, p] : state_->pairs) {
    if (p.sent == p.arrived) continue;
    state_->place.fail(state_->what + ": " + std::to_string(p.sent - p.arrived) + " of " +
                       std::to_string(p.sent) + " have not come, from " + inspect(term(who.first)) +
                       " to " + inspect(term(who.second)));
  }
}

// ---- gauge

struct gauge::state {
  state(world& w, std::string t, std::int64_t l) : place(w), what(std::move(t)), limit(l) {}

  world& place;
  const std::string what;
  mutable std::mutex mutex;
  std::int64_t limit, inside = 0, waiting = 0, most = 0;
};

gauge::gauge(world& w, std::string what, std::int64_t limit)
    : state_(std::make_shared<state>(w, std::move(what), limit)) {}

void gauge::queue() const {
  std::lock_guard lock(state_->mutex);
  ++state_->waiting;
}

void gauge::give_up() const {
  std::lock_guard lock(state_->mutex);
  --state_->waiting;
}

void gauge::enter() const {
  std::lock_guard lock(state_->mutex);
  --state_->waiting;
  state_->most = std::max(state_->most, ++state_->inside);
  if (state_->inside <= state_->limit) return;
  state_->place.fail(state_->what + ": " + std::to_string(state_->inside) + " at a time, and " +
                     std::to_string(state_->limit) + " may be");
}

void gauge::leave() const {
  std::lock_guard lock(state_->mutex);
  --state_->inside;
}

void gauge::set_limit(std::int64_t limit) const {
  std::lock_guard lock(state_->mutex);
  state_->limit = limit;
}

std::int64_t gauge::inside() const {
  std::lock_guard lock(state_->mutex);
  return state_->inside;
}

std::int64_t gauge::waiting() const {
  std::lock_guard lock(state_->mutex);
  return state_->waiting;
}

std::int64_t gauge::limit() const {
  std::lock_guard lock(state_->mutex);
  return state_->limit;
}

std::int64_t gauge::most() const {
  std::lock_guard lock(state_->mutex);
  return state_->most;
}

bool gauge::idle() const {
  std::lock_guard lock(state_->mutex);
  return state_->waiting > 0 && state_->inside < state_->limit;
}

// ---- roster

struct roster::state {
  struct place {
    pid holder;
    std::size_t entries = 0;
  };
  state(world& w, std::string t) : world_of(w), what(std::move(t)) {}

  world& world_of;
  const std::string what;
  mutable std::mutex mutex;
  std::map<int, place> places;
};

roster::roster(world& w, std::string what) : state_(std::make_shared<state>(w, std::move(what))) {}

void roster::enter(int number) const {
  std::lock_guard lock(state_->mutex);
  state::place& p = state_->places[number];
  ++p.entries;
  const pid before = std::exchange(p.holder, self());
  if (!before) return;
  state_->world_of.fail(state_->what + ": two are number " + std::to_string(number) + ": " +
                        inspect(term(before)) + " and " + inspect(term(p.holder)));
}

void roster::leave(int number) const {
  std::lock_guard lock(state_->mutex);
  state_->places[number].holder = pid{};
}

std::size_t roster::size() const {
  std::lock_guard lock(state_->mutex);
  return static_cast<std::size_t>(
      std::count_if(state_->places.begin(), state_->places.end(),
                    [](const auto& entry) { return bool(entry.second.holder); }));
}

int roster::highest() const {
  std::lock_guard lock(state_->mutex);
  int highest = -1;
  for (const auto& [number, p] : state_->places) {
    if (p.holder) highest = number;
  }
  return highest;
}

pid roster::holder(int number) const {
  std::lock_guard lock(state_->mutex);
  const auto at = state_->places.find(number);
  return at == state_->places.end() ? pid{} : at->second.holder;
}

std::size_t roster::entries(int number) const {
  std::lock_guard lock(state_->mutex);
  const auto at = state_->places.find(number);
  return at == state_->places.end() ? 0 : at->second.entries;
}

// ---- mailboxes

task<> nothing_more(world& w) {
  const std::chrono::nanoseconds real = std::chrono::milliseconds(1);
  const std::chrono::nanoseconds simulated = std::chrono::hours(1);
  co_await sleep(w.simulated() ? simulated : real);
  const auto picture = co_await process_info(self());
  if (picture->message_queue_len == 0) co_return;
  w.fail("stray messages in the mailbox of a process that expects nothing more: " +
         std::to_string(picture->message_queue_len));
}

}  // namespace beamish::inline v0::sim
