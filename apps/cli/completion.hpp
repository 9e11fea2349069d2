// SPDX-License-Identifier: Apache-2.0
// What makes a shell complete the words of `beamish`: a script for bash, zsh or fish.
//
//   completion_for("bash")     // source it, or install it where bash-completion looks
//
// Made from the table of verbs and nothing else. Pure.

#pragma once

#include <string>
#include <string_view>

namespace beamish::apps {

// REQUIRES: shell is bash, zsh or fish.
std::string completion_for(std::string_view shell);

}  // namespace beamish::apps
