// SPDX-License-Identifier: Apache-2.0
#include "beamish/otp/agent.hpp"

#include "beamish/otp/sys.hpp"

namespace beamish::inline v0::detail {

task<> stop_agent(kept_address to, exit_reason reason, duration limit) {
  co_await stop(to.address(), std::move(reason), limit);
}

}  // namespace beamish::inline v0::detail
