// SPDX-License-Identifier: Apache-2.0
//
// The children of a supervisor: what it knows of each, in the order of their starts.
//
// Children are found by process in constant time, and by id if they are kept by id; adding and
// removing one costs the same whatever their number. Addresses of children stay as long as they are
// children. One is 64 bytes: what few of them need is kept beside it.
//
// Threads: none; the supervisor's process.
// tested in: supervised_test.cpp
#pragma once

#include <map>
#include <memory>
#include <vector>

#include "beamish/otp/child_info.hpp"
#include "beamish/otp/child_spec.hpp"
#include "beamish/otp/restart_window.hpp"

namespace beamish::inline v0::detail {

// The shutdown times that brutal_kill is, and that a worker has by default.
inline constexpr duration killed_at_once{0};
inline constexpr duration time_of_workers = std::chrono::seconds(5);

// What a child comes from: its starter, or, once that is forgotten, the kind of it alone, which the
// module is known by.
class child_origin {
 public:
  explicit child_origin(shared_starter starter) noexcept
      : word_(reinterpret_cast<std::uintptr_t>(starter.release())) {}
  child_origin(const child_origin&) = delete;
  child_origin& operator=(const child_origin&) = delete;
  ~child_origin() {
    if (starts()) shared_starter::adopt(&starter());
  }

  bool starts() const noexcept { return (word_ & kind_alone) == 0; }
  // REQUIRES: it starts.
  const child_starter& starter() const noexcept {
    return *reinterpret_cast<const child_starter*>(word_);
  }
  const starter_kind& kind() const noexcept;
  void forget_starter() noexcept;

 private:
  // Set in the address of a kind, and in that of no starter.
  static constexpr std::uintptr_t kind_alone = 1;
  static_assert(alignof(child_starter) > kind_alone && alignof(starter_kind) > kind_alone);

  std::uintptr_t word_;
};

// What only a child needs that waits for its restart, or may have to, or has a time of its own.
struct child_details {
  // Of the restart to come: its message carries it. 0: none.
  std::uint64_t ticket = 0;
  std::int64_t due = 0;  // when a pause is over; 0: there is none
  std::optional<backoff_clock> backoff;
  duration shutdown{0};  // if it is none of the usual times
};

enum class shutdown_time : std::uint8_t { of_workers, none, without_end, in_details };

struct supervised_child {
  // What the specification leaves open gets its default.
  explicit supervised_child(child_specification&& spec);

  term id;
  // Without its starter after the start of a temporary child: that will not start again.
  child_origin origin;
  std::unique_ptr<child_details> details;  // null: there is nothing to be said there
  supervised_child* older = nullptr;
  supervised_child* younger = nullptr;
  // Of a child that restarts: the one that ended.
  pid process;
  child_state state = child_state::stopped;
  restart_kind restart;
  shutdown_time time = shutdown_time::of_workers;
  child_type type : 1;
  bool significant : 1;

  // Zero: killed at once. Negative: waited for without end.
  duration shutdown() const noexcept;
  void set_shutdown(duration limit);
  child_details& make_details();
  bool pauses() const noexcept { return details != nullptr && details->backoff.has_value(); }
  std::uint64_t ticket() const noexcept { return details == nullptr ? 0 : details->ticket; }
  bool is_running() const noexcept { return state == child_state::running; }
  bool is_temporary() const noexcept { return restart == restart_kind::temporary; }
  // Whether it starts again after such an end.
  bool starts_again(const exit_reason& why) const noexcept {
    return restart == restart_kind::permanent ||
           (restart == restart_kind::transient && !why.is_expected());
  }
  child_info info(std::int64_t now) const;
};
// A class of the pool; there may be millions.
static_assert(sizeof(supervised_child) <= 64);

// What children are found by; equal keys have equal hashes.
struct by_process {
  using key = pid;
  static const pid& of(const supervised_child& child) noexcept { return child.process; }
  static std::uint64_t hash(const pid& key) noexcept;
};
struct by_id {
  using key = term;
  static const term& of(const supervised_child& child) noexcept { return child.id; }
  static std::uint64_t hash(const term& key) noexcept;
};

// From a key to the child that has it. Open addressing: 12 bytes a place, at most four fifths of
// them used. The hash stands beside the child, so that nothing but the index is touched where it
// grows, and hardly a child but the right one where one is looked for.
template <class By>
class child_index {
 public:
  using key = typename By::key;
  // REQUIRES: nobody has its key.
  void add(supervised_child* child);
  // Nothing happens if it isn't here. REQUIRES: its key is the one that it was added with.
  void remove(const supervised_child* child) noexcept;
  supervised_child* find(const key& wanted) const;

 private:
  static std::uint32_t hash_of(const key& k) noexcept {
    return static_cast<std::uint32_t>(By::hash(k));
  }
  std::size_t after(std::size_t at) const noexcept { return (at + 1) & (places_.size() - 1); }
  std::size_t home(std::uint32_t hash) const noexcept { return hash & (places_.size() - 1); }
  void put(supervised_child* child, std::uint32_t hash) noexcept;
  void grow();

  std::vector<supervised_child*> places_;  // null: free
  std::vector<std::uint32_t> hashes_;
  std::size_t used_ = 0;
};
extern template class child_index<by_process>;
extern template class child_index<by_id>;

class supervised_children {
 public:
  explicit supervised_children(bool by_id) noexcept : by_id_(by_id) {}
  bool are_by_id() const noexcept { return by_id_; }
  supervised_children(const supervised_children&) = delete;
  supervised_children& operator=(const supervised_children&) = delete;
  ~supervised_children();

  // As the youngest. REQUIRES: `check` has nothing to say; the id is new.
  supervised_child& add(child_specification&& spec);
  void remove(supervised_child& child) noexcept;
  supervised_child* find(const term& id) const;
  supervised_child* find(pid process) const noexcept { return processes_.find(process); }
  // The child that waits for its restart with that ticket.
  supervised_child* waiting(std::uint64_t ticket) const;

  void runs(supervised_child& child, pid process);
  void stopped(supervised_child& child) noexcept;
  // Gives it a new ticket.
  void restarts(supervised_child& child);

  supervised_child* oldest() const noexcept { return oldest_; }
  supervised_child* youngest() const noexcept { return youngest_; }
  std::size_t size() const noexcept { return size_; }
  std::vector<child_info> infos(std::int64_t now) const;  // youngest first
  child_counts counts() const;

 private:
  void forget_ticket(supervised_child& child) noexcept;

  bool by_id_;
  supervised_child* oldest_ = nullptr;
  supervised_child* youngest_ = nullptr;
  std::size_t size_ = 0;
  child_index<by_process> processes_;
  child_index<by_id> ids_;
  std::map<std::uint64_t, supervised_child*> tickets_;
  std::uint64_t last_ticket_ = 0;
};

// What is wrong with a specification, as OTP names it: {invalid_shutdown, ms} ... nil: nothing.
term check_spec(const child_specification& spec, bool may_be_significant);
// Whether the supervisor has the arguments that the child needs.
term check_extra(const child_specification& spec, const extra_arguments& extra);
// {invalid_intensity, n}, {invalid_period, seconds}; nil: nothing is wrong.
term check_restarts(std::int64_t most, duration within);

}  // namespace beamish::inline v0::detail
