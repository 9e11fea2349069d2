// SPDX-License-Identifier: Apache-2.0
//
// Aliases: references that a process can be sent messages by, until it takes them back.
//
// ```cpp
// reference me = alias();                // alias(alias_kind::reply) ends with the first message
// send(me, 1);
// auto first = co_await receive<int>();  //=> 1
// unalias(me);                           //=> true
// send(me, 2);                           // dropped
// send(self(), 3);
// auto next = co_await receive<int>();   //=> 3
// ```
//
// Guarantees: once unalias returned, no message sent by the alias is received any more. Messages by
// an alias and by pid keep one order. Errors: sending by an alias that has ended is none; unalias
// is false for an alias that has ended or belongs to another process; a kind that ends with a
// monitor is an argument_error of alias(), and `reply` one of monitor(); outside of a process it is
// std::logic_error. Threads: any process may send by it, only its owner ends it.
//
// Mirrors Process.alias/1 and unalias/1. When not to use it: for naming a service (register_name),
// or for one request and its reply, where call does this already.
#pragma once

#include "beamish/runtime/signal.hpp"
#include "beamish/runtime/signals.hpp"
#include "beamish/term/identifiers.hpp"

namespace beamish::inline v0 {

// A new alias of the current process. `reply`: the first message that comes by it ends it.
reference alias(alias_kind kind = alias_kind::explicit_unalias);
// True if the current process had that alias.
bool unalias(const reference& a);

namespace detail {

// What a message sent by an alias carries in `context`.
struct alias_context {
  reference id;
};

// From now on the message counts only as long as the alias does.
void address_to_alias(signal& s, const reference& alias);
// True if the alias is still active; frees the context either way.
bool accept_alias(process_slot& slot, signal& s) noexcept;
void drop_context(signal& s) noexcept;
pid owner_of(const reference& r) noexcept;
std::uint64_t count_of(const reference& r) noexcept;
// The next reference of a process; unique over all nodes of the program.
reference next_reference(process_slot& slot) noexcept;

}  // namespace detail
}  // namespace beamish::inline v0
