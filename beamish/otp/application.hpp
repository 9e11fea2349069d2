// SPDX-License-Identifier: Apache-2.0
//
// applications: the parts of a program, started in the order of what they need, stopped in reverse.
//
// ```cpp
// struct shelf : gen_server<shelf> {
//   struct count { using reply = int; };
//   using messages = accepts<count>;
//   int books = 0;
//   int handle_call(count&) { return books; }
// };
// struct library_root : supervisor_module {
//   supervisor_init init() { return {{child_spec<shelf>({.name = "shelf"}, 3)}, {one_for_one}}; }
// };
// application_spec paper{.name = "paper", .environment = {{"format", "A4"}}};
// application_spec library{
//     .name = "library", .applications = {"paper"}, .top = child_spec<library_root>()};
// std::vector<application_spec> known{library, paper};
// co_await applications::start_controller(known);
// auto started = co_await applications::ensure_all_started("library");
// started->size();                                           //=> 2
// auto books = co_await call<shelf::count>("shelf");         //=> 3
// auto format = co_await applications::get_env<std::string>("paper", "format");
// *format;                                                   //=> "A4"
// auto stopped = co_await applications::stop("library");
// whereis("shelf") == pid{};                                 //=> true
// ```
//
// `top` says how the top supervisor is started: child_spec<module>(), supervisor::spec(children,
// options), or child_started_by("top", start). Without it an application is a library, which only
// has names, needs and an environment.
//
// A program that is its applications, orderly also at SIGTERM: `return beamish::run(argc, argv,
// application_program({library, paper}));`. A node that is embedded: applications::start_on(node,
// known, {"library"}), and stop_on(node) before node.stop().
//
// What becomes of the others when one ends by itself: temporary, nothing, but the log says so;
// permanent, the controller stops the others in reverse and ends with {application_terminated,
// name, reason}, and who is linked to it, which is the program; transient does so unless the reason
// is `normal`.
//
// Guarantees: an application is running when its top supervisor has started; what it needs is
// running before. It stops by prep_stop, then the end of its top supervisor, waited for without
// end, then stop; prep_stop and stop run in a process of the application's own, and what they throw
// is logged. The controller never waits for an application: the environment can be read at any
// time, in an init, too. A controller that ends stops all, the youngest first.
//
// Errors, as an answer's reason: {not_loaded, name}, {already_loaded, name}, {already_started,
// name}, {not_started, need}, the reason of the top supervisor. ensure_all_started says for which:
// {name, reason}; also {name, {cycle, [name, …, name]}} and {need, {not_loaded, {needed_by,
// name}}}; what it has started is stopped again. Without a controller all exit with noproc. Units:
// limits are std::chrono durations. Threads: coroutines of processes; start_on and stop_on others.
//
// Mirrors Application. When not to use it: for a program with one supervisor (start that), or to
// hand a setting to one server (its arguments).
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "beamish/otp/child_spec.hpp"
#include "beamish/runtime/answer.hpp"

namespace beamish::inline v0 {

enum class application_kind : std::uint8_t { temporary, transient, permanent };

// A function that an application has called in a process of its own; it may be a coroutine.
class application_callback {
 public:
  application_callback() = default;
  template <class F>
    requires(!std::is_same_v<std::remove_cvref_t<F>, application_callback>)
  application_callback(F f) {
    constexpr bool fits = [] {
      if constexpr (std::is_invocable_v<F&>)
        return std::is_void_v<detail::awaited_t<std::invoke_result_t<F&>>>;
      return false;
    }();
    static_assert(fits, "an application's callback takes and returns nothing, or is a task<>");
    if constexpr (fits) call_ = calling(std::move(f));
  }
  explicit operator bool() const noexcept { return static_cast<bool>(call_); }
  task<> operator()() const { return call_(); }

 private:
  template <class F>
  static std::function<task<>()> calling(F f) {
    if constexpr (is_task<std::invoke_result_t<F&>>)
      return f;
    else
      return [f = std::move(f)]() mutable -> task<> {
        f();
        co_return;
      };
  }
  std::function<task<>()> call_;
};

struct application_spec {
  std::string name;
  std::vector<std::string> applications = {};  // that have to run before
  std::vector<std::pair<std::string, term>> environment = {};
  std::optional<child_specification> top = {};  // empty: a library
  application_callback prep_stop = {};
  application_callback stop = {};
};

// One that runs.
struct application_info {
  std::string name;
  application_kind kind = application_kind::temporary;
  pid top;  // empty: a library
};

class node;

namespace detail {
task<std::optional<term>> read_environment(std::string application, std::string key);
task<> write_environment(std::string application, std::string key, std::optional<term> value);
// A value in the environment is of another type.
[[noreturn]] void refuse_value(const std::string& key, const std::string& why);

template <class T>
task<std::optional<T>> get_typed(std::string application, std::string key) {
  auto reading = read_environment(application, key);
  std::optional<term> found = co_await reading;
  if (!found) co_return std::nullopt;
  auto value = from_term<T>(*found);
  if (!value) refuse_value(key, std::string(value.error()));
  co_return std::move(*value);
}
}  // namespace detail

namespace applications {

// The name of the controller's process.
inline constexpr std::string_view controller = "application_controller";

// Starts the controller of this node, linked to the current process. Exits on failure.
task<pid> start_controller(std::vector<application_spec> known = {});
// Makes an application known.
task<answer<>> load(const application_spec& spec);
// What it needs must be running.
task<answer<>> start(std::string_view name, application_kind kind = application_kind::temporary);
// It and all that it needs, in order; gives the names of those that were not running.
task<answer<std::vector<std::string>>> ensure_all_started(
    std::string_view name, application_kind kind = application_kind::temporary);
task<answer<std::vector<std::string>>> ensure_all_started(
    std::vector<std::string> names, application_kind kind = application_kind::temporary);
// What needs it is not stopped.
task<answer<>> stop(std::string_view name);
// The youngest first; the controller stays.
task<> stop_all();
// The youngest first.
task<std::vector<application_info>> which_applications();

// Empty if it has no such value; one of another type exits with {bad_environment, key, why}.
template <class T>
task<std::optional<T>> get_env(std::string_view application, std::string_view key) {
  return detail::get_typed<T>(std::string(application), std::string(key));
}
// What is put before the application is loaded takes the place of what its spec says.
template <class T>
task<> put_env(std::string_view application, std::string_view key, const T& value) {
  return detail::write_environment(std::string(application), std::string(key), to_term(value));
}
task<> delete_env(std::string_view application, std::string_view key);

// From a thread that is no process: starts the controller, then the applications and what they
// need. On a worker the reason is would_block.
answer<std::vector<std::string>> start_on(node& n, std::vector<application_spec> known,
                                          std::vector<std::string> names,
                                          application_kind kind = application_kind::permanent,
                                          duration limit = infinity);
// Stops them all, and the controller.
answer<> stop_on(node& n, duration limit = infinity);

}  // namespace applications

// The main process of a program that is its applications: starts all of them as permanent, runs
// until it is told to shut down, and stops them in reverse. The program ends with 1 if one of them
// does not start or ends by itself.
class application_program {
 public:
  explicit application_program(std::vector<application_spec> all) : all_(std::move(all)) {}
  task<> operator()() const;

 private:
  std::vector<application_spec> all_;
};

}  // namespace beamish::inline v0
