// SPDX-License-Identifier: Apache-2.0
#include "beamish/runtime/timer_wheel.hpp"

#include <algorithm>
#include <bit>

// Where a timer lies follows from its tick and the wheel's own tick alone. Read both as digits of
// base 64: the highest digit in which they differ is the level, the timer's digit there the slot.
// So the timers of a lower level come before those of a higher one, and within a level the slots
// come in order, all above the wheel's own digit. A timer that differs beyond the last level waits
// in the far list; one whose tick has come lies in the current list, sorted, or, when it was armed
// since, in the fresh list, until an expire sorts that in.

namespace beamish::inline v0::detail {

namespace {

constexpr int digit_bits = 6;

bool before(const timer_node& a, const timer_node& b) {
  return a.deadline_ns != b.deadline_ns ? a.deadline_ns < b.deadline_ns : a.order < b.order;
}

// Merges two lists that are sorted, linked by `next` and end in nullptr.
timer_node* merge(timer_node* a, timer_node* b) {
  timer_node* first = nullptr;
  timer_node** tail = &first;
  while (a != nullptr && b != nullptr) {
    timer_node*& smaller = before(*b, *a) ? b : a;
    *tail = smaller;
    tail = &smaller->next;
    smaller = smaller->next;
  }
  *tail = a != nullptr ? a : b;
  return first;
}

// Cuts the longest sorted beginning off `rest` and returns it.
timer_node* take_run(timer_node*& rest) {
  timer_node* first = rest;
  timer_node* last = rest;
  while (last->next != nullptr && !before(*last->next, *last)) last = last->next;
  rest = last->next;
  last->next = nullptr;
  return first;
}

// A merge sort of the runs that are there: timers often were armed in the order of deadlines.
timer_node* sorted(timer_node* rest) {
  timer_node* runs[64] = {};  // runs[i] is empty or made of 2^i runs
  while (rest != nullptr) {
    timer_node* run = take_run(rest);
    int i = 0;
    for (; runs[i] != nullptr; ++i) {
      run = merge(runs[i], run);
      runs[i] = nullptr;
    }
    runs[i] = run;
  }
  timer_node* all = nullptr;
  for (timer_node* run : runs) all = merge(run, all);
  return all;
}

}  // namespace

timer_wheel::timer_wheel(std::int64_t now_ns) : tick_(now_ns / tick_ns) {
  for (timer_node& head : heads_) head.next = head.prev = &head;
}

void timer_wheel::append(int list, timer_node* node) {
  timer_node& head = heads_[list];
  node->prev = head.prev;
  node->next = &head;
  head.prev->next = node;
  head.prev = node;
}

// Empties a list; the nodes stay linked by `next`, up to nullptr.
timer_node* timer_wheel::take_all(int list) {
  timer_node& head = heads_[list];
  if (head.next == &head) return nullptr;
  timer_node* first = head.next;
  head.prev->next = nullptr;
  head.next = head.prev = &head;
  if (list < far_list) {
    occupied_[list / slots_per_level] &= ~(std::uint64_t{1} << (list % slots_per_level));
  }
  return first;
}

// Puts a node where its tick says. REQUIRES: it is in no list.
void timer_wheel::file(timer_node* node) {
  if (node->deadline_ns < (tick_ + 1) * tick_ns) {
    append(fresh_list, node);
    fresh_min_ns_ = std::min(fresh_min_ns_, node->deadline_ns);
    return;
  }
  const auto tick = static_cast<std::uint64_t>(node->deadline_ns / tick_ns);
  const auto differs = tick ^ static_cast<std::uint64_t>(tick_);
  const int level = (static_cast<int>(std::bit_width(differs)) - 1) / digit_bits;
  if (level >= levels) return append(far_list, node);
  const int slot = static_cast<int>((tick >> (level * digit_bits)) % slots_per_level);
  append(level * slots_per_level + slot, node);
  occupied_[level] |= std::uint64_t{1} << slot;
}

void timer_wheel::arm(timer_node* node, std::int64_t deadline_ns) {
  node->deadline_ns = deadline_ns;
  node->order = next_order_++;
  file(node);
  ++size_;
}

void timer_wheel::cancel(timer_node* node) {
  timer_node* next = node->next;
  timer_node* prev = node->prev;
  prev->next = next;
  next->prev = prev;
  node->next = node->prev = nullptr;
  --size_;
  if (next != prev) return;
  // Both neighbours are the head of the list, which has become empty.
  const auto list = next - heads_;
  if (list < far_list) {
    occupied_[list / slots_per_level] &= ~(std::uint64_t{1} << (list % slots_per_level));
  } else if (list == fresh_list) {
    fresh_min_ns_ = never;
  }
}

// Sorts the fresh list into the current one, if a fresh timer may be due.
void timer_wheel::settle(std::int64_t now_ns) {
  if (fresh_min_ns_ > now_ns) return;
  fresh_min_ns_ = never;
  timer_node* fresh = sorted(take_all(fresh_list));
  timer_node* head = &heads_[current_list];
  timer_node* place = head->next;
  while (fresh != nullptr) {
    timer_node* node = fresh;
    fresh = node->next;
    while (place != head && before(*place, *node)) place = place->next;
    node->next = place;
    node->prev = place->prev;
    place->prev->next = node;
    place->prev = node;
  }
}

// Moves the wheel on to the next tick that has timers, at most to `target`, and makes them fresh.
// False if it has nowhere to go. REQUIRES: all that was current was due, or the target is the
// wheel's own tick.
bool timer_wheel::advance(std::int64_t target) {
  if (tick_ >= target) return false;
  do {
    const int list = first_list();
    const std::int64_t start = list < 0 ? never : start_tick(list);
    if (start > target) {
      tick_ = target;
      return false;
    }
    tick_ = start;
    timer_node* node = take_all(list);
    while (node != nullptr) {
      timer_node* next = node->next;
      file(node);
      node = next;
    }
  } while (fresh_min_ns_ == never);
  return true;
}

timer_node* timer_wheel::expire(std::int64_t now_ns) {
  const std::int64_t target = now_ns / tick_ns;
  timer_node& head = heads_[current_list];
  timer_node* first = nullptr;
  timer_node** tail = &first;
  do {
    settle(now_ns);
    while (head.next != &head && head.next->deadline_ns <= now_ns) {
      timer_node* due = head.next;
      head.next = due->next;
      head.next->prev = &head;
      due->prev = due->next = nullptr;
      *tail = due;
      tail = &due->next;
      --size_;
    }
  } while (advance(target));
  return first;
}

std::size_t timer_wheel::due(std::int64_t now_ns, timer_node** out, std::size_t most) {
  const std::int64_t target = now_ns / tick_ns;
  const timer_node& head = heads_[current_list];
  do {
    settle(now_ns);
    if (head.next != &head && head.next->deadline_ns <= now_ns) break;
  } while (advance(target));
  std::size_t count = 0;
  for (timer_node* node = head.next; node != &head && count < most; node = node->next) {
    if (node->deadline_ns > now_ns) break;
    out[count++] = node;
  }
  return count;
}

void timer_wheel::restart(std::int64_t now_ns) {
  tick_ = now_ns / tick_ns;
  fresh_min_ns_ = never;
}

// The list whose timers come next after those of the wheel's own tick, or -1.
int timer_wheel::first_list() const {
  for (int level = 0; level < levels; ++level) {
    if (occupied_[level] != 0) {
      return level * slots_per_level + std::countr_zero(occupied_[level]);
    }
  }
  return heads_[far_list].next != &heads_[far_list] ? far_list : -1;
}

// The first tick that belongs to a list beyond the wheel's own tick.
std::int64_t timer_wheel::start_tick(int list) const {
  const int level = list / slots_per_level;
  const int shift = level * digit_bits;
  if (level == levels) return ((tick_ >> shift) + 1) << shift;
  const std::int64_t turn = (tick_ >> (shift + digit_bits)) << (shift + digit_bits);
  return turn + (std::int64_t{list % slots_per_level} << shift);
}

std::int64_t timer_wheel::next_deadline() const {
  const timer_node& current = heads_[current_list];
  const std::int64_t held = current.next != &current ? current.next->deadline_ns : never;
  const std::int64_t soonest = std::min(held, fresh_min_ns_);
  if (soonest != never) return soonest;

  const int list = first_list();
  if (list < 0) return never;
  const timer_node& head = heads_[list];
  std::int64_t exact = never;
  int seen = 0;
  for (const timer_node* node = head.next; node != &head; node = node->next) {
    if (++seen > crowd) {
      const std::int64_t start = start_tick(list);
      return start > never / tick_ns ? never : start * tick_ns;
    }
    exact = std::min(exact, node->deadline_ns);
  }
  return exact;
}

}  // namespace beamish::inline v0::detail
