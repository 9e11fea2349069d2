// SPDX-License-Identifier: Apache-2.0
// How many commands this machine lets us run at a time: each needs a thread and some descriptors.
//
//   largest_limit(1024);                //=> 123
//   fit_limit(8);                       // 8, if need be after raising the soft limit on open files
//
// The commands inherit a raised soft limit; it is raised only as far as needed.

#pragma once

#include <cstddef>
#include <cstdint>

namespace beamish::apps {

// With so many open files.
std::size_t largest_limit(std::uint64_t open_files);

// `wanted`, or less if the machine does not give us what that needs.
std::size_t fit_limit(std::size_t wanted);

}  // namespace beamish::apps
