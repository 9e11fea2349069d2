// SPDX-License-Identifier: Apache-2.0
// tested in: supervised_test.cpp
#include "beamish/otp/supervised.hpp"

#include <algorithm>

#include "beamish/runtime/memory_access.hpp"
#include "beamish/runtime/process.hpp"

namespace beamish::inline v0::detail {

namespace {

std::uint64_t mixed(std::uint64_t key) noexcept { return key * 0x9e3779b97f4a7c15u; }

// Eight numbers that follow each other stay together, as children do that are started one after the
// other: their places are on one cache line, and where the index grows they are looked at in turn.
std::uint64_t hash_of_number(std::uint64_t number) noexcept {
  return (mixed(number >> 3) >> 20 << 3) + (number & 7);
}

std::uint64_t hash_of_text(std::string_view text) noexcept {
  std::uint64_t hash = text.size();
  for (const char c : text) hash = mixed(hash ^ static_cast<unsigned char>(c)) >> 7;
  return hash >> 13;
}

// What ids are made of. Of the inside of anything else nothing is looked at.
std::uint64_t hash_of(const term& id, int depth) noexcept {
  if (const auto number = id.as_integer())
    return hash_of_number(static_cast<std::uint64_t>(*number));
  if (const auto name = id.atom_name()) return hash_of_text(*name);
  if (const auto text = id.as_binary()) return hash_of_text(*text);
  if (const auto process = id.as_pid()) return by_process::hash(*process);
  std::uint64_t hash = id.size();
  if (!id.is_tuple() || depth == 0) return hash;
  for (const term& element : id.elements()) hash = mixed(hash) + hash_of(element, depth - 1);
  return hash;
}

}  // namespace

std::uint64_t by_process::hash(const pid& key) noexcept {
  return hash_of_number(key.id ^ static_cast<std::uint64_t>(key.serial) << 32);
}
std::uint64_t by_id::hash(const term& key) noexcept { return hash_of(key, 3); }

template <class By>
void child_index<By>::put(supervised_child* child, std::uint32_t hash) noexcept {
  std::size_t at = home(hash);
  while (places_[at] != nullptr) at = after(at);
  places_[at] = child;
  hashes_[at] = hash;
}

template <class By>
void child_index<By>::grow() {
  const std::size_t size = places_.empty() ? 4 : 2 * places_.size();
  std::vector<supervised_child*> places(size);
  std::vector<std::uint32_t> hashes(size);
  places.swap(places_);
  hashes.swap(hashes_);
  for (std::size_t at = 0; at < places.size(); ++at) {
    if (places[at] != nullptr) put(places[at], hashes[at]);
  }
}

template <class By>
void child_index<By>::add(supervised_child* child) {
  if (5 * (used_ + 1) > 4 * places_.size()) grow();
  put(child, hash_of(By::of(*child)));
  ++used_;
}

template <class By>
supervised_child* child_index<By>::find(const key& wanted) const {
  if (places_.empty()) return nullptr;
  const std::uint32_t hash = hash_of(wanted);
  for (std::size_t at = home(hash);; at = after(at)) {
    supervised_child* const child = places_[at];
    if (child == nullptr || (hashes_[at] == hash && By::of(*child) == wanted)) return child;
  }
}

template <class By>
void child_index<By>::remove(const supervised_child* child) noexcept {
  if (places_.empty()) return;
  const std::size_t mask = places_.size() - 1;
  std::size_t hole = home(hash_of(By::of(*child)));
  while (places_[hole] != child) {
    if (places_[hole] == nullptr) return;
    hole = after(hole);
  }
  --used_;
  // Who stands behind the hole and would not be found from its home any more moves into it.
  for (std::size_t at = after(hole); places_[at] != nullptr; at = after(at)) {
    if (((at - home(hashes_[at])) & mask) < ((at - hole) & mask)) continue;
    places_[hole] = places_[at];
    hashes_[hole] = hashes_[at];
    hole = at;
  }
  places_[hole] = nullptr;
}

template class child_index<by_process>;
template class child_index<by_id>;

const starter_kind& child_origin::kind() const noexcept {
  if (starts()) return starter().kind();
  return *reinterpret_cast<const starter_kind*>(word_ & ~kind_alone);
}

void child_origin::forget_starter() noexcept {
  if (!starts()) return;
  const auto kind_left = reinterpret_cast<std::uintptr_t>(&kind()) | kind_alone;
  shared_starter::adopt(&starter());
  word_ = kind_left;
}

supervised_child::supervised_child(child_specification&& spec)
    : id(std::move(spec.id)),
      origin(std::move(spec).starter()),
      restart(spec.restart.value_or(restart_kind::permanent)),
      type(spec.type.value_or(child_type::worker)),
      significant(spec.significant) {
  if (spec.backoff) make_details().backoff.emplace(*spec.backoff);
  if (spec.shutdown)
    set_shutdown(spec.shutdown->time);
  else if (type == child_type::supervisor)
    set_shutdown(infinity);
}

child_details& supervised_child::make_details() {
  if (details == nullptr) details = std::make_unique<child_details>();
  return *details;
}

duration supervised_child::shutdown() const noexcept {
  switch (time) {
    case shutdown_time::of_workers:
      return time_of_workers;
    case shutdown_time::none:
      return killed_at_once;
    case shutdown_time::without_end:
      return infinity;
    case shutdown_time::in_details:
      break;
  }
  return details->shutdown;
}

void supervised_child::set_shutdown(duration limit) {
  if (limit == time_of_workers) {
    time = shutdown_time::of_workers;
  } else if (limit == killed_at_once) {
    time = shutdown_time::none;
  } else if (limit == infinity) {
    time = shutdown_time::without_end;
  } else {
    make_details().shutdown = limit;
    time = shutdown_time::in_details;
  }
}

child_info supervised_child::info(std::int64_t now) const {
  child_info i;
  i.id = id;
  i.state = state;
  if (is_running()) i.process = process;
  i.type = type;
  i.module = module_of(origin.kind(), id);
  if (details != nullptr && details->due != 0)
    i.restart_in = duration(std::max<std::int64_t>(0, details->due - now));
  return i;
}

std::vector<child_info> supervised_children::infos(std::int64_t now) const {
  std::vector<child_info> all;
  all.reserve(size_);
  for (const supervised_child* c = youngest_; c != nullptr; c = c->older)
    all.push_back(c->info(now));
  return all;
}

child_counts supervised_children::counts() const {
  child_counts n;
  n.specs = size_;
  for (const supervised_child* c = oldest_; c != nullptr; c = c->younger) {
    if (c->is_running() && alive(c->process)) ++n.active;
    ++(c->type == child_type::worker ? n.workers : n.supervisors);
  }
  return n;
}

supervised_children::~supervised_children() {
  while (oldest_ != nullptr) pool_delete(std::exchange(oldest_, oldest_->younger));
}

supervised_child& supervised_children::add(child_specification&& spec) {
  auto* child = pool_new<supervised_child>(std::move(spec));
  try {
    if (by_id_) ids_.add(child);
  } catch (...) {
    pool_delete(child);
    throw;
  }
  child->older = youngest_;
  (youngest_ == nullptr ? oldest_ : youngest_->younger) = child;
  youngest_ = child;
  ++size_;
  return *child;
}

void supervised_children::remove(supervised_child& child) noexcept {
  stopped(child);
  if (by_id_) ids_.remove(&child);
  (child.older == nullptr ? oldest_ : child.older->younger) = child.younger;
  (child.younger == nullptr ? youngest_ : child.younger->older) = child.older;
  --size_;
  pool_delete(&child);
}

supervised_child* supervised_children::find(const term& id) const { return ids_.find(id); }

supervised_child* supervised_children::waiting(std::uint64_t ticket) const {
  const auto at = tickets_.find(ticket);
  return at == tickets_.end() ? nullptr : at->second;
}

void supervised_children::forget_ticket(supervised_child& child) noexcept {
  if (child.details == nullptr) return;
  if (child.details->ticket != 0) tickets_.erase(std::exchange(child.details->ticket, 0));
  child.details->due = 0;
}

void supervised_children::runs(supervised_child& child, pid process) {
  stopped(child);
  child.process = process;
  processes_.add(&child);
  child.state = child_state::running;
  if (child.is_temporary()) child.origin.forget_starter();
}

void supervised_children::stopped(supervised_child& child) noexcept {
  forget_ticket(child);
  if (child.process) processes_.remove(&child);
  child.process = pid{};
  child.state = child_state::stopped;
}

void supervised_children::restarts(supervised_child& child) {
  child_details& details = child.make_details();
  forget_ticket(child);
  tickets_.emplace(last_ticket_ + 1, &child);
  details.ticket = ++last_ticket_;
  child.state = child_state::restarting;
}

namespace {

term whole_milliseconds(duration d) {
  return term(std::chrono::duration_cast<std::chrono::milliseconds>(d).count());
}

bool is_sound(const restart_backoff& b) noexcept {
  return b.first.count() > 0 && b.max >= b.first && b.jitter >= 0.0 && b.jitter <= 1.0;
}

}  // namespace

term check_extra(const child_specification& spec, const extra_arguments& extra) {
  const message_type* wanted = spec.starter()->kind().extra;
  if (wanted == nullptr || same_message(wanted, extra.type)) return term();
  return tuple(atom("invalid_extra_arguments"), atom(wanted->name));
}

term check_restarts(std::int64_t most, duration within) {
  if (most < 0) return tuple(atom("invalid_intensity"), most);
  if (within.count() > 0) return term();
  return tuple(atom("invalid_period"),
               std::chrono::duration_cast<std::chrono::seconds>(within).count());
}

term check_spec(const child_specification& spec, bool may_be_significant) {
  if (spec.shutdown && spec.shutdown->time.count() < 0 && spec.shutdown->time != infinity)
    return tuple(atom("invalid_shutdown"), whole_milliseconds(spec.shutdown->time));
  if (spec.backoff && !is_sound(*spec.backoff)) {
    return tuple(atom("invalid_backoff"),
                 map({{atom("first"), whole_milliseconds(spec.backoff->first)},
                      {atom("max"), whole_milliseconds(spec.backoff->max)},
                      {atom("jitter"), spec.backoff->jitter}}));
  }
  if (!spec.significant) return term();
  if (!spec.restart || *spec.restart == restart_kind::permanent)
    return tuple(atom("bad_combination"),
                 list(tuple(atom("restart"), atom("permanent")), tuple(atom("significant"), true)));
  if (!may_be_significant)
    return tuple(atom("bad_combination"), list(tuple(atom("auto_shutdown"), atom("never")),
                                               tuple(atom("significant"), true)));
  return term();
}

}  // namespace beamish::inline v0::detail
