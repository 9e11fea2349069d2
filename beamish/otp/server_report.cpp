// SPDX-License-Identifier: Apache-2.0
//
// tested in: server_status_test.cpp
#include "beamish/otp/server_report.hpp"

#include "beamish/otp/server_debug.hpp"
#include "beamish/runtime/crash_report.hpp"
#include "beamish/runtime/look.hpp"
#include "beamish/runtime/process_extra.hpp"
#include "beamish/runtime/request.hpp"
#include "beamish/term/inspect.hpp"

namespace beamish::inline v0::detail {

namespace {

// The client of the last message: who called, and waits for the answer.
void remember_client(server_box& box, crash_notes& notes) {
  if (box.current == nullptr || box.current->type->kind != signal_kind::call) return;
  const auto& request = static_cast<const request_base&>(*box.current);
  if (request.from) notes.client = look_at(request.from, &request);
}

}  // namespace

void remember_for_report(server_box& box, const exit_reason& reason) noexcept {
  try {
    server_status status;
    status.reason = reason.value();
    if (box.current != nullptr) status.message = shown_message(*box.current);
    const term kept = logged_events(box);
    status.log.assign(kept.elements().begin(), kept.elements().end());
    status = shown_status(box, std::move(status));
    crash_notes& notes = notes_of(box.slot());
    notes.last_state = inspect(status.state);
    notes.last_message = status.message ? inspect(*status.message) : "";
    notes.log.clear();
    for (const term& e : status.log) notes.log.push_back(inspect(e));
    // Not only its value: the text of an exception may tell as much.
    notes.reason.reset();
    if (status.reason != reason.value()) notes.reason = status.reason.value_or(term());
    remember_client(box, notes);
  } catch (...) {
    // The report will do without them.
  }
}

}  // namespace beamish::inline v0::detail
