// SPDX-License-Identifier: Apache-2.0
// tested in: task_events_test.cpp
#include "beamish/jobs/task_event.hpp"

#include <vector>

#include "beamish/jobs/task_address.hpp"
#include "beamish/jobs/task_messages.hpp"
#include "beamish/jobs/task_progress.hpp"
#include "beamish/runtime/process.hpp"

namespace beamish::inline v0 {

std::string_view name_of(task_event::kind k) noexcept {
  switch (k) {
    case task_event::kind::queued:
      return "queued";
    case task_event::kind::started:
      return "started";
    case task_event::kind::progress:
      return "progress";
    case task_event::kind::retried:
      return "retried";
    case task_event::kind::finished:
      return "finished";
    case task_event::kind::cancelled:
      return "cancelled";
    case task_event::kind::timed_out:
      return "timed_out";
    case task_event::kind::lost:
      break;
  }
  return "lost";
}

term task_event::as_term() const {
  std::vector<term_entry> fields{{atom("what"), atom(name_of(what))},
                                 {atom("number"), number},
                                 {atom("id"), id},
                                 {atom("attempt"), attempt}};
  if (!label.empty()) fields.push_back({atom("label"), label});
  if (!reason.is_normal()) fields.push_back({atom("reason"), reason.value()});
  if (what == task_event::kind::progress) fields.push_back({atom("value"), value});
  return map_from(fields);
}

void task_progress::report(term value) const {
  if (where_ != nullptr)
    send(where_->handler(), detail::task_reported{id_, attempt_, std::move(value)});
}

}  // namespace beamish::inline v0
