// SPDX-License-Identifier: Apache-2.0
//
// dynamic_supervisor: starts children when it is asked, in any number, and starts them again when
// they fail.
//
// ```cpp
// struct session : gen_server<session> {
//   struct user { using reply = std::string; };
//   using messages = accepts<user>;
//   std::string name;
//   std::string handle_call(user&) { return name; }
// };
// auto sessions = co_await dynamic_supervisor::start_link({.max_children = 2});
// auto first = co_await sessions.start_child(child_spec<session>(std::string("Ada")));
// auto user = co_await call<session::user>(*first);      //=> "Ada"
// auto second = co_await sessions.start_child(
//     child_spec<session>({.restart = restart_kind::temporary}, std::string("Alan")));
// auto third = co_await sessions.start_child(child_spec<session>(std::string("Grace")));
// third.reason().value();                                //=> :max_children
// auto gone = co_await sessions.terminate_child(*second);
// gone.ok();                                             //=> true
// ```
//
// Arguments that all children have in common come before those of each:
//
// ```cpp
// struct room : gen_server<room> {
//   struct where { using reply = std::string; };
//   using messages = accepts<where>;
//   std::string house;
//   int number = 0;
//   std::string handle_call(where&) { return house + " " + std::to_string(number); }
// };
// dynamic_supervisor_options none;
// auto house = co_await dynamic_supervisor_with<std::string>::start_link(none, "North");
// auto seven = co_await house.start_child(house.child<room>(7));
// auto where = co_await call<room::where>(*seven);       //=> "North 7"
// ```
//
// Guarantees: starting, ending and finding a child costs the same whatever their number. There is
// one strategy, one_for_one; ids don't matter. When it stops it tells all children at once, and
// each has its own time to end.
//
// Units: durations are std::chrono's. Errors: those of supervisor. start_child gives max_children
// if there are as many, those that wait for a restart included; a specification that can't be meant
// is refused in the caller. terminate_child: not_found. Calls wait without end, and exit their
// caller with noproc if there is no supervisor. Threads: coroutines of processes.
//
// Mirrors DynamicSupervisor. When not to use it: for a fixed set of children, which start and stop
// in order (supervisor).
#pragma once

#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "beamish/otp/child_call.hpp"
#include "beamish/otp/child_info.hpp"
#include "beamish/otp/supervisor_options.hpp"
#include "beamish/otp/supervisor_start.hpp"

namespace beamish::inline v0 {

struct dynamic_supervisor_options {
  static constexpr std::int64_t no_limit = std::numeric_limits<std::int64_t>::max();
  // More restarts than this within max_seconds end the supervisor.
  std::int64_t max_restarts = 3;
  duration max_seconds = std::chrono::seconds(5);
  std::int64_t max_children = no_limit;
  std::string_view name = {};
  const via* registry_name = nullptr;  // instead of a name
};

// A dynamic supervisor that runs: that process, or whoever has a name at each use.
class dynamic_supervisor : public detail::kept_address {
 public:
  using options = dynamic_supervisor_options;
  template <bool Value>
  using starting = detail::supervisor_starting<dynamic_supervisor, Value>;

  explicit dynamic_supervisor(pid p) noexcept : kept_address(p) {}
  static dynamic_supervisor named(std::string_view name) {
    return dynamic_supervisor(kept_address(name));
  }
  static dynamic_supervisor named(via name) {
    return dynamic_supervisor(kept_address(std::move(name)));
  }

  // Awaitable: gives a dynamic_supervisor, linked to the current process.
  static starting<false> start_link(const options& o = {});
  // Gives answer<dynamic_supervisor>, and never exits.
  static starting<true> try_start_link(const options& o = {});
  // One as the child of a supervisor. By default its id is `dynamic_supervisor`, or its name.
  static child_specification spec(const options& o = {});

  detail::child_call start_child(child_specification spec) const;
  // Also one that waits for its restart, by the process that it was. It is forgotten.
  task<answer<>> terminate_child(pid child) const;
  // In no particular order; the id of each is :undefined.
  task<std::vector<child_info>> which_children() const;
  task<child_counts> count_children() const;

 protected:
  explicit dynamic_supervisor(kept_address a) : kept_address(std::move(a)) {}
};

namespace detail {

// Of a child whose first arguments are its supervisor's.
template <class S, class Extra, class... Args>
struct extended_starter final : child_starter {
  template <class... As>
  explicit extended_starter(As&&... as) : kept(std::forward<As>(as)...) {}
  std::tuple<Args...> kept;

  const starter_kind& kind() const noexcept override {
    return server_kind<S, &message_type_of<Extra>>;
  }
  server_box* make_box(const void* values) const override {
    return std::apply(
        [this](const auto&... first) {
          return std::apply(
              [&](const Args&... args) { return make_server_box<S>(first..., args...); }, kept);
        },
        *static_cast<const Extra*>(values));
  }
  term arguments() const override { return argument_terms(kept); }
};

template <class S, class... Extra, class... Args>
std::unique_ptr<child_starter> make_extended(std::type_identity<std::tuple<Extra...>>,
                                             Args&&... args) {
  constexpr bool fits = server_fits<S, std::decay_t<Extra>..., std::decay_t<Args>...>;
  static_assert(fits,
                "the child's init can't be called with the supervisor's arguments and then these");
  if constexpr (fits) {
    if constexpr (check_copyable<Args...>() &&
                  check_server<S, std::decay_t<Extra>..., std::decay_t<Args>...>())
      return std::make_unique<extended_starter<S, std::tuple<Extra...>, std::decay_t<Args>...>>(
          std::forward<Args>(args)...);
  }
  return nullptr;
}

start_options start_options_of(const dynamic_supervisor_options& o);
server_box* make_dynamic_box(const dynamic_supervisor_options& o, extra_arguments extra);
void drop_dynamic_box(server_box* box) noexcept;
extern const server_type dynamic_supervisor_type;

}  // namespace detail

// A dynamic supervisor whose children all begin with arguments of these types.
template <class... Extra>
class dynamic_supervisor_with : public dynamic_supervisor {
 public:
  template <bool Value>
  using starting = detail::supervisor_starting<dynamic_supervisor_with, Value>;

  explicit dynamic_supervisor_with(pid p) noexcept : dynamic_supervisor(p) {}
  static dynamic_supervisor_with named(std::string_view name) {
    return dynamic_supervisor_with(kept_address(name));
  }
  static dynamic_supervisor_with named(via name) {
    return dynamic_supervisor_with(kept_address(std::move(name)));
  }

  static starting<false> start_link(const options& o, Extra... extra) {
    return start<false>(o, std::move(extra)...);
  }
  static starting<true> try_start_link(const options& o, Extra... extra) {
    return start<true>(o, std::move(extra)...);
  }

  // A specification for start_child; the common arguments come first when it starts.
  template <class S, class... Args>
    requires detail::no_child_options<Args...>
  static child_specification child(Args&&... args) {
    return child<S>(child_options{}, std::forward<Args>(args)...);
  }
  template <class S, class... Args>
  static child_specification child(const child_options& o, Args&&... args) {
    return detail::specification_of<S>(
        detail::make_extended<S>(std::type_identity<std::tuple<Extra...>>(),
                                 std::forward<Args>(args)...),
        o);
  }

 private:
  explicit dynamic_supervisor_with(kept_address a) : dynamic_supervisor(std::move(a)) {}

  template <bool Value>
  static starting<Value> start(const options& o, Extra... extra) {
    using values = std::tuple<Extra...>;
    detail::extra_arguments all{&detail::message_type_of<values>,
                                std::make_shared<const values>(std::move(extra)...)};
    return starting<Value>(detail::dynamic_supervisor_type,
                           detail::make_dynamic_box(o, std::move(all)), &detail::drop_dynamic_box,
                           detail::start_options_of(o), detail::bond::link);
  }
};

}  // namespace beamish::inline v0
