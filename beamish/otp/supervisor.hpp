// SPDX-License-Identifier: Apache-2.0
//
// supervisor: starts children in order, starts them again when they fail, stops them in reverse.
//
// ```cpp
// struct library : gen_server<library> {
//   struct count { using reply = int; };
//   using messages = accepts<count>;
//   int books = 0;
//   void init(int first) { books = first; }
//   int handle_call(count&) { return books; }
// };
// child_list children{child_spec<library>({.name = "library"}, 3),
//                     child_spec<library>({.id = "archive"}, 7)};
// auto shop = co_await supervisor::start_link(children, {.strategy = one_for_one, .name = "shop"});
// const pid first = whereis("library");
// auto ref = monitor(first);
// exit(first, exit_reason(atom("fire")));
// co_await receive<down_message>();
// auto rows = co_await shop.which_children();        // the youngest first
// to_term(rows[1]);    //=> {Library, #PID<...>, :worker, [Library]}
// auto books = co_await call<library::count>("library");    //=> 3
// ```
//
// The same as a module, which can be a child itself, as child_spec<shop>(3):
//
// ```cpp
// struct archive : gen_server<archive> {};
// struct shop : supervisor_module {
//   supervisor_init init(int shelves) {
//     if (shelves == 0) return supervisor_init::ignore();
//     return {{child_spec<archive>()}, {.strategy = rest_for_one, .max_restarts = shelves}};
//   }
// };
// auto running = co_await supervisor::start_link<shop>({.name = "shop"}, 3);
// auto counts = co_await running.count_children();
// counts.active;    //=> 1
// ```
//
// Guarantees: start_link returns when all children have started, one after the other. A child that
// doesn't start stops those before it, youngest first, and the reason is {shutdown,
// {failed_to_start_child, id, reason}}. A restart that fails is tried again, and each try counts;
// more than max_restarts within max_seconds (one that old still counts) stop all children and the
// supervisor, with `shutdown`. Stopping waits for each child: it is told `shutdown`, and killed
// when its time is over; the log says who lets the others wait.
//
// Units: durations are std::chrono's. Errors: start_link exits its caller, and try_start_link has
// as its reason, what OTP returns: {supervisor_data, what}, {start_spec, what}, {already_started,
// pid}, ignore. start_child and restart_child give a child_result; terminate_child and delete_child
// an answer whose reason is not_found, running or restarting. All calls wait without end, and exit
// their caller with noproc if there is no supervisor. Threads: coroutines of processes.
//
// Mirrors Supervisor. When not to use it: for children that come and go in great number
// (dynamic_supervisor), or for a piece of work whose failure concerns its asker alone (spawn_link).
#pragma once

#include <memory>
#include <tuple>
#include <utility>
#include <vector>

#include "beamish/otp/child_call.hpp"
#include "beamish/otp/child_info.hpp"
#include "beamish/otp/child_spec.hpp"
#include "beamish/otp/supervisor_options.hpp"
#include "beamish/otp/supervisor_start.hpp"

namespace beamish::inline v0 {

class child_list;

namespace detail {
template <class T>
inline constexpr bool is_no_list =
    !std::is_same_v<T, child_list> && !std::is_same_v<T, std::vector<child_specification>>;
}  // namespace detail

// The children of a supervisor in the order of their starts: {spec, spec}.
class child_list {
 public:
  child_list() = default;
  child_list(std::vector<child_specification> specs) : specs_(std::move(specs)) {}
  template <class... C>
    requires(sizeof...(C) > 0 && (detail::is_no_list<std::remove_cvref_t<C>> && ...))
  child_list(C&&... specs) {
    constexpr bool all_specs = (std::is_convertible_v<C&&, child_specification> && ...);
    static_assert(all_specs, "a child is a child_specification, as child_spec<server>(args...)");
    if constexpr (all_specs) {
      specs_.reserve(sizeof...(C));
      (specs_.push_back(std::forward<C>(specs)), ...);
    }
  }
  const std::vector<child_specification>& specs() const noexcept { return specs_; }

 private:
  std::vector<child_specification> specs_;
};

// What the init of a module returns: {children, options}. The name is not among these options: it
// is given where the supervisor is started.
class supervisor_init {
 public:
  supervisor_init(child_list c, const supervisor_options& o) : children(std::move(c)), options(o) {}
  // No supervisor, and no error.
  static supervisor_init ignore() {
    supervisor_init none({}, {.strategy = one_for_one});
    none.ignored = true;
    return none;
  }
  child_list children;
  supervisor_options options;
  bool ignored = false;
  // What the children share: it ends with the supervisor, before anybody can see that.
  std::shared_ptr<void> kept;
};

// The base of a struct that says, in `supervisor_init init(args...)`, what a supervisor has to do.
// It is made and asked in the supervisor's process.
struct supervisor_module {
  static constexpr auto type = child_type::supervisor;
};

namespace detail {

// Where the children and options of a supervisor come from.
struct supervisor_plan {
  explicit supervisor_plan(std::string name) : module(std::move(name)) {}
  virtual ~supervisor_plan() = default;
  virtual supervisor_init make() = 0;
  std::string module;
};

// A server box for it; see server_type.hpp.
server_box* make_supervisor_box(std::unique_ptr<supervisor_plan> plan);
void drop_supervisor_box(server_box* box) noexcept;
extern const server_type supervisor_type;

template <class Module>
inline constexpr starter_kind module_kind{module_name<Module>(), &supervisor_type,
                                          &drop_supervisor_box};

template <class S, class... Args>
constexpr bool check_module() {
  constexpr bool plans = [] {
    if constexpr (requires(S m, Args&&... args) { m.init(std::move(args)...); })
      return std::is_convertible_v<decltype(std::declval<S&>().init(std::declval<Args>()...)),
                                   supervisor_init>;
    return false;
  }();
  static_assert(plans,
                "a supervisor_module needs a public init that takes these arguments and returns a "
                "supervisor_init: {children, options}");
  return plans;
}

template <class S, class... Args>
struct module_plan final : supervisor_plan {
  template <class... As>
  explicit module_plan(As&&... as)
      : supervisor_plan(std::string(module_name<S>())), kept(std::forward<As>(as)...) {}
  std::tuple<Args...> kept;
  supervisor_init make() override {
    S made{};
    return std::apply([&made](Args&... args) { return made.init(std::move(args)...); }, kept);
  }
};

template <class S, class... Args>
std::unique_ptr<supervisor_plan> make_plan(Args&&... args) {
  if constexpr (check_module<S, std::decay_t<Args>...>())
    return std::make_unique<module_plan<S, std::decay_t<Args>...>>(std::forward<Args>(args)...);
  else
    return nullptr;
}

template <class S, class... Args>
struct module_starter final : child_starter {
  template <class... As>
  explicit module_starter(As&&... as) : kept(std::forward<As>(as)...) {}
  std::tuple<Args...> kept;
  const starter_kind& kind() const noexcept override { return module_kind<S>; }
  server_box* make_box(const void*) const override {
    return make_supervisor_box(
        std::apply([](const Args&... args) { return make_plan<S>(args...); }, kept));
  }
  term arguments() const override { return argument_terms(kept); }
};

template <class S>
  requires std::is_base_of_v<supervisor_module, S>
struct starter_of<S> {
  template <class... Args>
  static std::unique_ptr<child_starter> make(Args&&... args) {
    if constexpr (check_copyable<Args...>() && check_module<S, std::decay_t<Args>...>())
      return std::make_unique<module_starter<S, std::decay_t<Args>...>>(
          std::forward<Args>(args)...);
    else
      return nullptr;
  }
};

}  // namespace detail

// A supervisor that runs: that process, or whoever has a name at each use.
class supervisor : public detail::kept_address {
 public:
  using options = supervisor_options;
  template <bool Value>
  using starting = detail::supervisor_starting<supervisor, Value>;

  explicit supervisor(pid p) noexcept : kept_address(p) {}
  static supervisor named(std::string_view name) { return supervisor(kept_address(name)); }
  static supervisor named(via name) { return supervisor(kept_address(std::move(name))); }

  // Awaitable: gives a supervisor, linked to the current process.
  static starting<false> start_link(child_list children, const options& o);
  // Gives answer<supervisor>, and never exits.
  static starting<true> try_start_link(child_list children, const options& o);
  template <class Module, class... Args>
  static starting<false> start_link(const start_options& o, Args&&... args) {
    return start_plan<false>(detail::make_plan<Module>(std::forward<Args>(args)...), o);
  }
  template <class Module, class... Args>
  static starting<true> try_start_link(const start_options& o, Args&&... args) {
    return start_plan<true>(detail::make_plan<Module>(std::forward<Args>(args)...), o);
  }
  // A supervisor as the child of another. By default its id is `supervisor`, or its name.
  static child_specification spec(child_list children, const options& o);

  // As the youngest child. {already_started, pid} or already_present if the id is taken.
  detail::child_call start_child(child_specification spec) const;
  // Its specification stays, unless it is temporary.
  task<answer<>> terminate_child(term id) const;
  // Starts one that is stopped.
  task<child_result> restart_child(term id) const;
  // Forgets one that is stopped.
  task<answer<>> delete_child(term id) const;
  // The youngest first.
  task<std::vector<child_info>> which_children() const;
  task<child_counts> count_children() const;

 private:
  explicit supervisor(kept_address a) : kept_address(std::move(a)) {}

  template <bool Value>
  static starting<Value> start_plan(std::unique_ptr<detail::supervisor_plan> plan,
                                    const start_options& o);
};

}  // namespace beamish::inline v0
