// SPDX-License-Identifier: Apache-2.0
#include "beamish/otp/agent.hpp"

#include "beamish/otp/sys.hpp"

namespace beamish::inline v0::detail {

task<> stop_agent(std::string name, pid process, exit_reason reason, duration limit) {
  const destination to = name.empty() ? destination(process) : destination(name);
  co_await stop(to, std::move(reason), limit);
}

}  // namespace beamish::inline v0::detail
