// SPDX-License-Identifier: Apache-2.0
//
// The processes of a registry: a supervisor, and under it one process for each partition.
//
// A partition is linked to every process that is registered in it: it hears of their ends and
// cleans up, and they hear of its end. It also keeps the locks whose keys fall to it. Registering
// and looking up are done by whoever asks (registry_table.hpp); no message goes through here.
// tested in: registry_test.cpp
#pragma once

#include <deque>
#include <map>

#include "beamish/otp/gen_server.hpp"
#include "beamish/otp/registry_table.hpp"
#include "beamish/otp/supervisor.hpp"

namespace beamish::inline v0::detail {

// What a registry starts with, each time.
struct registry_plan {
  std::string name;
  registry_keys keys;
  const registry_type* type;
  std::size_t partitions;
  std::vector<std::string> listeners;
};

struct registry_supervisor : supervisor_module {
  static constexpr std::string_view term_name = "Registry";
  supervisor_init init(std::shared_ptr<const registry_plan> plan);
};

// A key that can be locked; its type is that of the registry's keys.
struct lock_key {
  explicit lock_key(std::size_t h) noexcept : hash(h) {}
  virtual ~lock_key() = default;
  virtual bool equals(const lock_key& other) const = 0;
  std::size_t hash;
};

struct lock_grant {
  reference id;  // empty: the caller has the lock already
};

struct registry_partition : gen_server<registry_partition> {
  static constexpr bool outside_budget = true;
  static constexpr std::string_view term_name = "Registry.Partition";
  struct lock {
    using reply = lock_grant;
    std::unique_ptr<lock_key> key;
  };
  struct unlock {
    reference id;
  };
  using messages = accepts<lock, unlock>;

  ~registry_partition();
  void init(std::shared_ptr<registry_table> table, std::size_t at);
  void handle_call(lock& m, from<lock> caller);
  void handle_cast(unlock& m) { end_turn(m.id); }
  void handle_info(exit_message& m);
  void handle_info(down_message& m) { end_turn(m.id); }
  term format_status() const;

 private:
  struct turn {
    reference id;  // of the monitor
    pid process;
    std::optional<from<lock>> waits;  // nothing: it has the lock
  };
  struct line {
    std::unique_ptr<lock_key> key;
    std::deque<turn> turns;  // the first has the lock
  };

  line& line_of(std::unique_ptr<lock_key> key);
  static void grant(turn& t);
  // Whoever had or awaited a lock with it has let it go, or has ended.
  void end_turn(const reference& id);

  std::shared_ptr<registry_table> table_;
  std::size_t at_ = 0;
  std::multimap<std::size_t, line> lines_;      // by hash
  std::map<reference, std::size_t> monitored_;  // to the hash of the key
};

}  // namespace beamish::inline v0::detail
