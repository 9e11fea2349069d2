// SPDX-License-Identifier: Apache-2.0
//
// What a signal is, in words: one that no compiler has a say in, and a text for people.
//
//     word_of(s)    // "add"
//     text_of(s)    // "cast {:add, 3}"
//
// Threads: of whoever holds the signal.
// tested in: chart_test.cpp
#pragma once

#include <string>
#include <string_view>

#include "beamish/runtime/signal.hpp"

namespace beamish::inline v0::sim {

// The message's type, or what kind of signal it is.
std::string_view word_of(const detail::signal& s) noexcept;
// With what the message holds, where it has a term; why somebody ended; what a reply answers.
std::string text_of(const detail::signal& s);

}  // namespace beamish::inline v0::sim
