// SPDX-License-Identifier: Apache-2.0
#include "beamish/runtime/timer_wheel.hpp"

#include <algorithm>
#include <bit>

// Time is counted in ticks; a level's index of a tick is the number of its slot there, counted from
// the beginning of time: tick / width. A timer lies at the lowest level that reaches it: level 0
// reaches this block of 4,096 ticks and the next, each level above it this slot and the next of the
// level over it. So a slot of an upper level is first left alone, then, while the slot before it
// passes, moved down a piece at a time, and is empty when its own time comes. Rings have twice as
// many slots as a slot of the level over them is wide.
//
// A timer whose tick has come lies in the current list, sorted, or, until an expire sorts that in,
// in the fresh list.

namespace beamish::inline v0::detail {

namespace {

bool before(const timer_node& a, const timer_node& b) {
  return a.deadline_ns != b.deadline_ns ? a.deadline_ns < b.deadline_ns : a.order < b.order;
}

// Merges two lists that are sorted, linked by `next` and end in nullptr.
timer_node* merge(timer_node* a, timer_node* b) {
  wheel_links first;
  wheel_links* last = &first;
  while (a != nullptr && b != nullptr) {
    timer_node*& smaller = before(*b, *a) ? b : a;
    last->next = smaller;
    last = smaller;
    smaller = smaller->following();
  }
  last->next = a != nullptr ? a : b;
  return static_cast<timer_node*>(first.next);
}

// Cuts the longest sorted beginning off `rest` and returns it.
timer_node* take_run(timer_node*& rest) {
  timer_node* first = rest;
  timer_node* last = rest;
  while (last->next != nullptr && !before(*last->following(), *last)) last = last->following();
  rest = last->following();
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
  for (wheel_links& head : heads_) head.next = head.prev = &head;
}

// The width of a slot, as a power of two.
int timer_wheel::shift(int level) { return level == 0 ? 0 : block_bits + digit_bits * (level - 1); }

int timer_wheel::list_of(int level, std::int64_t index) const {
  if (level == 0) return static_cast<int>(index % near_slots);
  return near_slots + (level - 1) * far_slots + static_cast<int>(index % far_slots);
}

// The wheel's own index at a level.
std::int64_t timer_wheel::own(int level) const { return tick_ >> shift(level); }

void timer_wheel::occupy(int list) {
  if (list < near_slots) return near_.set(list);
  far_[(list - near_slots) / far_slots].set((list - near_slots) % far_slots);
}

void timer_wheel::vacate(int list) {
  if (list < near_slots) return near_.clear(list);
  if (list < current_list)
    return far_[(list - near_slots) / far_slots].clear((list - near_slots) % far_slots);
  if (list == fresh_list) fresh_min_ns_ = never;
}

void timer_wheel::append(int list, timer_node* node) {
  wheel_links& head = heads_[list];
  node->prev = head.prev;
  node->next = &head;
  head.prev->next = node;
  head.prev = node;
}

// Empties a list; the nodes stay linked by `next`, up to nullptr.
timer_node* timer_wheel::take_all(int list) {
  wheel_links& head = heads_[list];
  if (head.next == &head) return nullptr;
  wheel_links* first = head.next;
  head.prev->next = nullptr;
  head.next = head.prev = &head;
  vacate(list);
  return static_cast<timer_node*>(first);
}

// Puts a node where its tick says. REQUIRES: it is in no list.
void timer_wheel::file(timer_node* node) {
  if (node->deadline_ns < (tick_ + 1) * tick_ns) {
    append(fresh_list, node);
    fresh_min_ns_ = std::min(fresh_min_ns_, node->deadline_ns);
    return;
  }
  const std::int64_t tick = node->deadline_ns / tick_ns;
  int level = 0;
  while (level < levels - 1 && (tick >> shift(level + 1)) > own(level + 1) + 1) ++level;
  // What even the last level doesn't reach waits in its last slot, and goes round once more.
  const std::int64_t last = own(level) + far_slots - 1;
  const std::int64_t index = tick >> shift(level);
  const int list = list_of(level, level == levels - 1 ? std::min(index, last) : index);
  append(list, node);
  occupy(list);
}

void timer_wheel::arm(timer_node* node, std::int64_t deadline_ns) {
  node->deadline_ns = deadline_ns;
  node->order = next_order_++;
  file(node);
  ++size_;
}

void timer_wheel::cancel(timer_node* node) {
  wheel_links* next = node->next;
  wheel_links* prev = node->prev;
  prev->next = next;
  next->prev = prev;
  node->next = node->prev = nullptr;
  --size_;
  // If both neighbours are the head of the list, it has become empty.
  if (next == prev) vacate(static_cast<int>(next - heads_));
}

// Sorts the fresh list into the current one, if a fresh timer may be due.
void timer_wheel::settle(std::int64_t now_ns) {
  if (fresh_min_ns_ > now_ns) return;
  fresh_min_ns_ = never;
  timer_node* fresh = sorted(take_all(fresh_list));
  wheel_links* head = &heads_[current_list];
  wheel_links* place = head->next;
  while (fresh != nullptr) {
    timer_node* node = fresh;
    fresh = node->following();
    while (place != head && before(*static_cast<timer_node*>(place), *node)) place = place->next;
    node->next = place;
    node->prev = place->prev;
    place->prev->next = node;
    place->prev = node;
  }
}

// Files the first `most` of a list anew, once the level below reaches them. Returns how many.
std::size_t timer_wheel::move_down(int list, std::size_t most) {
  wheel_links& head = heads_[list];
  if (head.next == &head) return 0;
  std::size_t moved = 0;
  for (; moved < most && head.next != &head; ++moved) {
    auto* node = static_cast<timer_node*>(head.next);
    head.next = node->next;
    head.next->prev = &head;
    file(node);
  }
  if (head.next == &head) vacate(list);
  return moved;
}

// Of the slots that come next, so that little is left when their time comes.
void timer_wheel::move_some_down() {
  std::size_t left = step;
  for (int level = levels - 1; level > 0 && left > 0; --level)
    left -= move_down(list_of(level, own(level) + 1), left);
}

// The index of the first slot of a level that is occupied, or `never`.
std::int64_t timer_wheel::first_index(int level) const {
  const std::int64_t from = own(level);
  const int distance = level == 0
                           ? near_.distance_from(static_cast<int>(from % near_slots))
                           : far_[level - 1].distance_from(static_cast<int>(from % far_slots));
  return distance == (level == 0 ? near_slots : far_slots) ? never : from + distance;
}

// The next tick at which a slot has to be empty.
std::int64_t timer_wheel::next_stop() const {
  std::int64_t stop = never;
  for (int level = 0; level < levels; ++level) {
    const std::int64_t index = first_index(level);
    if (index != never) stop = std::min(stop, index << shift(level));
  }
  return stop;
}

// Moves the wheel on to the next tick that has timers, at most to `target`, and makes them fresh.
// False if it has nowhere to go. REQUIRES: all that was current was due, or the target is the
// wheel's own tick.
bool timer_wheel::advance(std::int64_t target) {
  while (tick_ < target) {
    const std::int64_t stop = next_stop();
    if (stop > target) {
      tick_ = target;
      return false;
    }
    tick_ = stop;
    if (tick_ % (1 << block_bits) == 0) {
      for (int level = levels - 1; level > 0; --level)
        move_down(list_of(level, own(level)), SIZE_MAX);
    }
    move_down(list_of(0, tick_), SIZE_MAX);
    if (fresh_min_ns_ != never) return true;
  }
  return false;
}

timer_node* timer_wheel::expire(std::int64_t now_ns, std::size_t most) {
  const std::int64_t target = now_ns / tick_ns;
  wheel_links& head = heads_[current_list];
  wheel_links due;
  wheel_links* last = &due;
  std::size_t count = 0;
  do {
    settle(now_ns);
    for (; count < most && head.next != &head; ++count) {
      auto* node = static_cast<timer_node*>(head.next);
      if (node->deadline_ns > now_ns) break;
      head.next = node->next;
      head.next->prev = &head;
      node->prev = node->next = nullptr;
      last->next = node;
      last = node;
      --size_;
    }
  } while (count < most && advance(target));
  move_some_down();
  return static_cast<timer_node*>(due.next);
}

std::size_t timer_wheel::due(std::int64_t now_ns, timer_node** out, std::size_t most) {
  const std::int64_t target = now_ns / tick_ns;
  const wheel_links& head = heads_[current_list];
  const auto is_due = [&](const wheel_links* at) {
    return at != &head && static_cast<const timer_node*>(at)->deadline_ns <= now_ns;
  };
  do {
    settle(now_ns);
  } while (!is_due(head.next) && advance(target));
  std::size_t count = 0;
  for (wheel_links* at = head.next; count < most && is_due(at); at = at->next)
    out[count++] = static_cast<timer_node*>(at);
  move_some_down();
  return count;
}

void timer_wheel::restart(std::int64_t now_ns) {
  tick_ = now_ns / tick_ns;
  fresh_min_ns_ = never;
}

// When a level wants expire to be called: at the deadline of its first timer, or, where too many
// lie in one slot to look at, when that slot can be moved down.
std::int64_t timer_wheel::wake_up(int level) const {
  const std::int64_t index = first_index(level);
  if (index == never) return never;
  const wheel_links& head = heads_[list_of(level, index)];
  std::int64_t exact = never;
  std::size_t seen = 0;
  for (const wheel_links* at = head.next; at != &head && ++seen <= crowd; at = at->next)
    exact = std::min(exact, static_cast<const timer_node*>(at)->deadline_ns);
  if (seen <= crowd) return exact;
  const std::int64_t start = level == 0 ? index : (index - 1) << shift(level);
  const std::int64_t tick = std::max(start, tick_ + 1);
  return tick > never / tick_ns ? never : tick * tick_ns;
}

std::int64_t timer_wheel::next_deadline() const {
  const wheel_links& current = heads_[current_list];
  const std::int64_t held =
      current.next != &current ? static_cast<const timer_node*>(current.next)->deadline_ns : never;
  std::int64_t soonest = std::min(held, fresh_min_ns_);
  if (soonest != never) return soonest;
  for (int level = 0; level < levels; ++level) soonest = std::min(soonest, wake_up(level));
  return soonest;
}

}  // namespace beamish::inline v0::detail
