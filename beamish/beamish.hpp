// SPDX-License-Identifier: Apache-2.0
//
// All of Beamish in one include: OTP for C++.
//
//     #include <beamish/beamish.hpp>
// tested in: README.md
#pragma once

// First, from below, what is most often used wrongly: what the compiler then says begins with no
// long way of includes.
#include "beamish/runtime/spawn.hpp"
// Each on its own.
#include "beamish/otp/call.hpp"
#include "beamish/otp/server.hpp"
#include "beamish/otp/start.hpp"
// All others.
#include "beamish/jobs/task_handler.hpp"
#include "beamish/otp/agent.hpp"
#include "beamish/otp/application.hpp"
#include "beamish/otp/async.hpp"
#include "beamish/otp/async_stream.hpp"
#include "beamish/otp/await_many.hpp"
#include "beamish/otp/child_spec.hpp"
#include "beamish/otp/deadline.hpp"
#include "beamish/otp/dynamic_supervisor.hpp"
#include "beamish/otp/gen_server.hpp"
#include "beamish/otp/gen_statem.hpp"
#include "beamish/otp/multi_call.hpp"
#include "beamish/otp/partition_supervisor.hpp"
#include "beamish/otp/pry.hpp"
#include "beamish/otp/registry.hpp"
#include "beamish/otp/requests.hpp"
#include "beamish/otp/schedulers.hpp"
#include "beamish/otp/server_status.hpp"
#include "beamish/otp/supervisor.hpp"
#include "beamish/otp/sys.hpp"
#include "beamish/otp/task_spec.hpp"
#include "beamish/otp/task_supervisor.hpp"
#include "beamish/otp/whereis.hpp"
#include "beamish/runtime/alias.hpp"
#include "beamish/runtime/blocking.hpp"
#include "beamish/runtime/clock.hpp"
#include "beamish/runtime/file.hpp"
#include "beamish/runtime/global.hpp"
#include "beamish/runtime/hibernate.hpp"
#include "beamish/runtime/logger.hpp"
#include "beamish/runtime/mailbox_limit.hpp"
#include "beamish/runtime/process.hpp"
#include "beamish/runtime/process_info.hpp"
#include "beamish/runtime/receive.hpp"
#include "beamish/runtime/run.hpp"
#include "beamish/runtime/thread_body.hpp"
#include "beamish/runtime/timer.hpp"
#include "beamish/term/hash.hpp"
#include "beamish/term/inspect.hpp"
