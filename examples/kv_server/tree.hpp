// SPDX-License-Identifier: Apache-2.0
//
// The tree of supervisors as text, a line for each process.
#pragma once

#include <string>
#include <vector>

#include <beamish/beamish.hpp>

namespace kv {

inline std::string row_text(const beamish::child_info& child, int depth) {
  const bool named = !child.id.is_atom("undefined");
  std::string text(static_cast<std::size_t>(2 * depth), ' ');
  text += named ? inspect(child.id) : inspect(beamish::term(child.module));
  return text + " " + (child.process ? inspect(beamish::term(child.process)) : child.status());
}

// Children that have no id are many: the last ten, and the number of the others.
inline std::string rows_text(const std::vector<beamish::child_info>& sessions, int depth) {
  constexpr std::size_t shown = 10;
  std::string text;
  for (std::size_t i = 0; i < sessions.size() && i < shown; ++i)
    text += row_text(sessions[i], depth) + "\n";
  if (sessions.size() > shown)
    text += std::string(static_cast<std::size_t>(2 * depth), ' ') + "and " +
            std::to_string(sessions.size() - shown) + " more\n";
  return text;
}

inline beamish::task<std::string> tree_text() {
  std::string text = ":server " + inspect(beamish::term(beamish::whereis("server"))) + "\n";
  auto top = co_await beamish::supervisor::named("server").which_children();
  for (auto child = top.rbegin(); child != top.rend(); ++child) text += row_text(*child, 1) + "\n";
  auto network = co_await beamish::supervisor::named("network").which_children();
  for (auto child = network.rbegin(); child != network.rend(); ++child) {
    text += row_text(*child, 2) + "\n";
    if (!child->id.is_atom("connections")) continue;
    auto sessions = co_await beamish::dynamic_supervisor::named("connections").which_children();
    text += rows_text(sessions, 3);
  }
  co_return text;
}

}  // namespace kv
