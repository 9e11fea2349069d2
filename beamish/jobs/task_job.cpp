// SPDX-License-Identifier: Apache-2.0
//
// Tasks that are plain functions: each on a thread of its own.
// tested in: task_handler_test.cpp
#include "beamish/jobs/task_job.hpp"

#include "beamish/runtime/process.hpp"

namespace beamish::inline v0::detail {

namespace {

struct thread_job final : task_job {
  thread_job(std::unique_ptr<thread_function> f, const body_type& t)
      : function(std::move(f)), type(t) {
    threaded = true;
  }
  monitored start() override {
    monitored m;
    m.process = spawn_thread_with(function, type, bond::owner, m.id, self());
    return m;
  }
  std::unique_ptr<thread_function> function;
  const body_type& type;
};

}  // namespace

std::unique_ptr<task_job> make_thread_job(std::unique_ptr<thread_function> f,
                                          const body_type& type) {
  return std::unique_ptr<task_job>(new thread_job(std::move(f), type));
}

}  // namespace beamish::inline v0::detail
