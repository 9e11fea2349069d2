// SPDX-License-Identifier: Apache-2.0
//
// In which order applications start: what one needs comes before it, as its spec lists it.
//
//     auto order = order_of_starts({"library"}, needs);    // {"paper", "library"}
// tested in: application_order_test.cpp
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "beamish/runtime/answer.hpp"

namespace beamish::inline v0::detail {

// What an application needs; null if it isn't known.
using application_needs = std::function<const std::vector<std::string>*(const std::string& name)>;

// Or why there is none: {name, {cycle, [name, …, name]}}, {name, {not_loaded, {needed_by, other}}},
// {name, not_loaded}.
answer<std::vector<std::string>> order_of_starts(const std::vector<std::string>& names,
                                                 const application_needs& needs);

}  // namespace beamish::inline v0::detail
