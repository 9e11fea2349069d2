// SPDX-License-Identifier: Apache-2.0
//
// tested in: chart_test.cpp
#include "beamish/sim/signal_text.hpp"

#include "beamish/runtime/message.hpp"
#include "beamish/runtime/relations.hpp"
#include "beamish/runtime/request.hpp"
#include "beamish/term/inspect.hpp"

namespace beamish::inline v0::sim {

using detail::signal_kind;

namespace {

// The kinds, in their order.
constexpr std::string_view kinds[] = {"message", "cast", "call", "reply", "control"};

std::string message_text(const detail::signal& s) {
  const detail::message_type* type = s.type->message;
  if (type == nullptr) return "";
  return type->to_term == nullptr ? std::string(type->name) : inspect(type->to_term(s.payload()));
}

// Of a reply the type is that of its question, and the payload is the answer.
std::string reply_text(const detail::signal& s) {
  const auto& node = static_cast<const detail::request_base&>(s);
  std::string text(word_of(s));
  if (node.progress == detail::request_progress::failed) text += ": " + inspect(node.failure);
  return text;
}

}  // namespace

std::string_view word_of(const detail::signal& s) noexcept {
  if (s.type->message != nullptr) return s.type->message->name;
  return kinds[static_cast<std::size_t>(s.type->kind)];
}

std::string text_of(const detail::signal& s) {
  if (s.type->word != nullptr) {
    const exit_reason* why = detail::reason_of(s);
    return std::string(s.type->word) + (why == nullptr ? "" : " " + inspect(*why));
  }
  const std::string_view kind = kinds[static_cast<std::size_t>(s.type->kind)];
  if (s.type->kind == signal_kind::reply) return "reply to " + reply_text(s);
  const std::string text = message_text(s);
  if (s.type->kind == signal_kind::message) return text.empty() ? std::string(kind) : text;
  return std::string(kind) + " " + text;
}

}  // namespace beamish::inline v0::sim
