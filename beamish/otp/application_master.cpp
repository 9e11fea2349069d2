// SPDX-License-Identifier: Apache-2.0
// tested in: application_test.cpp
#include "beamish/otp/application_master.hpp"

#include "beamish/runtime/log.hpp"
#include "beamish/runtime/process.hpp"
#include "beamish/runtime/receive.hpp"
#include "beamish/term/inspect.hpp"

namespace beamish::inline v0::detail {

namespace {

// What fails is logged: the application stops all the same.
task<> run_callback(const application_callback& callback, const std::string& name,
                    const char* which) {
  if (!callback) co_return;
  auto work = callback();
  auto done = co_await attempt(std::move(work));
  if (!done)
    log(log_level::error,
        "application " + name + ": " + which + " failed: " + inspect(done.reason().value()));
}

// Waits until the top supervisor has ended, and ends it if that is asked for.
task<exit_reason> end_of(pid top, pid its_controller, const application_spec& spec) {
  bool stops = false;
  for (;;) {
    auto m = co_await receive<exit_message, stop_application>();
    if (auto* end = std::get_if<exit_message>(&m)) {
      if (end->from == top) co_return std::move(end->reason);
      // The controller has ended, or the node stops; nobody else can tell an application to.
      if (end->from && end->from != its_controller) continue;
    }
    if (std::exchange(stops, true)) continue;
    co_await run_callback(spec.prep_stop, spec.name, "prep_stop");
    exit(top, exit_reason::shutdown());
  }
}

}  // namespace

task<> application_master(std::shared_ptr<const application_spec>& spec, pid its_controller) {
  trap_exits(true);
  auto starting = spec->top->start_link();
  const auto result = co_await starting;
  if (!result.ok()) {
    const exit_reason why =
        result.is_ignored() ? exit_reason(atom("ignore")) : exit_reason(result.reason());
    send(its_controller, application_ended{spec->name, why});
    co_return;
  }
  const pid top = result.process();
  send(its_controller, application_started{spec->name, top});
  const exit_reason why = co_await end_of(top, its_controller, *spec);
  co_await run_callback(spec->stop, spec->name, "stop");
  send(its_controller, application_ended{spec->name, why});
}

}  // namespace beamish::inline v0::detail
