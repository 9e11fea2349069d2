// SPDX-License-Identifier: Apache-2.0
// The manual page of `beamish`, as man reads it.
//
//   manual_page("0.1.0")     // begins with .TH BEAMISH 1
//
// Made from the table of verbs and nothing else. Pure.

#pragma once

#include <string>

namespace beamish::apps {

std::string manual_page(const std::string& version);

}  // namespace beamish::apps
