// SPDX-License-Identifier: Apache-2.0
#include "beamish/otp/child_call.hpp"

namespace beamish::inline v0::detail {

child_call::child_call(const destination& supervisor, child_specification&& spec) {
  using request = start_child_request;
  call_.emplace(resolve_for_call(supervisor, has_codec<request>), within(infinity),
                make_request<request>(std::move(spec)));
}

}  // namespace beamish::inline v0::detail
