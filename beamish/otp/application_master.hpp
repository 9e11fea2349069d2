// SPDX-License-Identifier: Apache-2.0
//
// The process of one running application: starts its top supervisor, sees it end, stops it.
//
//     pid master = spawn_link(application_master, spec, self());
//     send(master, stop_application{});     // application_ended comes when it is done
// tested in: application_test.cpp
#pragma once

#include <memory>

#include "beamish/otp/application.hpp"

namespace beamish::inline v0::detail {

// What it tells its controller.
struct application_started {
  std::string name;
  pid top;
};
// Once; also if it did not start.
struct application_ended {
  std::string name;
  exit_reason reason;
};
// What it is told.
struct stop_application {};
template <>
inline constexpr bool always_passes<stop_application> = true;

task<> application_master(std::shared_ptr<const application_spec>& spec, pid controller);

}  // namespace beamish::inline v0::detail
