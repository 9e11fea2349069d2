// SPDX-License-Identifier: Apache-2.0
//
// What a server leaves for the crash report that is coming: its last message, state and client.
// tested in: server_status_test.cpp
#pragma once

#include "beamish/otp/server_box.hpp"

namespace beamish::inline v0::detail {

// As far as there is memory for it; what format_status hides is hidden.
void remember_for_report(server_box& box, const exit_reason& reason) noexcept;

}  // namespace beamish::inline v0::detail
