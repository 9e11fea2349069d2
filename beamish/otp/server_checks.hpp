// SPDX-License-Identifier: Apache-2.0
//
// Whether a server's callbacks take and return what they may: asked where a server is started, so
// that the compiler's complaint names the program's line and not the engine's.
//
//     first_misfit<cast_fits, library, library::messages>     // the message at fault, or void
// tested in: server_checks_test.cpp
#pragma once

#include <type_traits>
#include <utility>

#include "beamish/otp/server_callbacks.hpp"

namespace beamish::inline v0::detail {

template <class S, class M>
constexpr bool answer_fits() {
  if constexpr (answers_later<S, M>) {
    return is_outcome<S, decltype(std::declval<S&>().handle_call(std::declval<M&>(),
                                                                 std::declval<from<M>>()))>;
  } else if constexpr (answers_plainly<S, M>) {
    using R = awaited_t<decltype(std::declval<S&>().handle_call(std::declval<M&>()))>;
    if constexpr (std::is_void_v<R>)
      return std::is_void_v<reply_t<M>>;
    else
      return std::is_constructible_v<basic_call_result<S, M>, R&&>;
  }
  return true;
}

template <class S, class M>
struct call_fits : std::bool_constant<answer_fits<S, M>()> {};

template <class S, class M>
struct cast_fits : std::true_type {};
template <class S, class M>
  requires has_cast_clause<S, M>
struct cast_fits<S, M>
    : std::bool_constant<
          is_outcome<S, decltype(std::declval<S&>().handle_cast(std::declval<M&>()))>> {};

template <class S, class M>
struct info_fits : std::true_type {};
template <class S, class M>
  requires has_info_clause<S, M>
struct info_fits<S, M>
    : std::bool_constant<
          is_outcome<S, decltype(std::declval<S&>().handle_info(std::declval<M&>()))>> {};

template <class S, class M>
struct clause_exists
    : std::bool_constant<has_call_clause<S, M> || has_cast_clause<S, M> || has_info_clause<S, M>> {
};

template <template <class, class> class Fits, class S, class Messages>
struct misfit {
  using type = void;
};
template <template <class, class> class Fits, class S, class M, class... Ms>
struct misfit<Fits, S, accepts<M, Ms...>>
    : std::conditional_t<Fits<S, M>::value, misfit<Fits, S, accepts<Ms...>>,
                         std::type_identity<M>> {};

// The first of the messages that Fits refuses; void if there is none.
template <template <class, class> class Fits, class S,
          class Messages = typename messages_of<S>::type>
using first_misfit = typename misfit<Fits, S, Messages>::type;

template <class S>
using runtime_messages = accepts<exit_message, down_message, timeout_message, response>;

// What a static_assert says is wrong: its argument is the message at fault.
template <class M>
inline constexpr bool none = std::is_void_v<M>;

// Names of callbacks: a class derived from a server and one of these doesn't know which is meant.
struct init_name {
  void init();
};
struct terminate_name {
  void terminate();
};
struct format_status_name {
  void format_status();
};
struct code_change_name {
  void code_change();
};
struct handle_call_name {
  void handle_call();
};
struct handle_cast_name {
  void handle_cast();
};
struct handle_info_name {
  void handle_info();
};
template <class S, class Name>
struct name_probe : S, Name {};

// Whether there is a member of that name at all, whatever its arguments and access. Of a final
// class that can be seen only if it is public and alone.
template <class S>
constexpr bool has_init() {
  if constexpr (std::is_final_v<S>)
    return requires { &S::init; };
  else
    return !requires { &name_probe<S, init_name>::init; };
}
template <class S>
constexpr bool has_terminate() {
  if constexpr (std::is_final_v<S>)
    return requires { &S::terminate; };
  else
    return !requires { &name_probe<S, terminate_name>::terminate; };
}
template <class S>
constexpr bool has_format_status() {
  if constexpr (std::is_final_v<S>)
    return requires { &S::format_status; };
  else
    return !requires { &name_probe<S, format_status_name>::format_status; };
}
template <class S>
constexpr bool has_code_change() {
  if constexpr (std::is_final_v<S>)
    return requires { &S::code_change; };
  else
    return !requires { &name_probe<S, code_change_name>::code_change; };
}
template <class S>
constexpr bool has_handle_call() {
  if constexpr (std::is_final_v<S>)
    return requires { &S::handle_call; };
  else
    return !requires { &name_probe<S, handle_call_name>::handle_call; };
}
template <class S>
constexpr bool has_handle_cast() {
  if constexpr (std::is_final_v<S>)
    return requires { &S::handle_cast; };
  else
    return !requires { &name_probe<S, handle_cast_name>::handle_cast; };
}
template <class S>
constexpr bool has_handle_info() {
  if constexpr (std::is_final_v<S>)
    return requires { &S::handle_info; };
  else
    return !requires { &name_probe<S, handle_info_name>::handle_info; };
}

// The callbacks that are looked for by their shape: one of another shape would silently never run.
template <class S>
constexpr bool terminate_fits() {
  if constexpr (terminates_with_reason<S> || terminates_plainly<S>)
    return true;
  else
    return !has_terminate<S>();
}
template <class S>
constexpr bool format_status_fits() {
  if constexpr (formats_status<S> || formats_whole_status<S>)
    return true;
  else
    return !has_format_status<S>();
}
template <class S>
constexpr bool code_change_fits() {
  if constexpr (changes_code<S>)
    return true;
  else
    return !has_code_change<S>();
}

template <class S, class... Ms>
constexpr bool any_call_clause(accepts<Ms...>) {
  return (has_call_clause<S, Ms> || ...);
}
template <class S, class... Ms>
constexpr bool any_cast_clause(accepts<Ms...>) {
  return (has_cast_clause<S, Ms> || ...);
}
template <class S, class... Ms>
constexpr bool any_info_clause(accepts<Ms...>) {
  return (has_info_clause<S, Ms> || ...);
}
template <class S>
constexpr bool handle_call_fits() {
  if constexpr (any_call_clause<S>(typename messages_of<S>::type{}))
    return true;
  else
    return !has_handle_call<S>();
}
template <class S>
constexpr bool handle_cast_fits() {
  if constexpr (any_cast_clause<S>(typename messages_of<S>::type{}))
    return true;
  else
    return !has_handle_cast<S>();
}
template <class S>
constexpr bool handle_info_fits() {
  if constexpr (any_info_clause<S>(typename messages_of<S>::type{}) ||
                any_info_clause<S>(runtime_messages<S>{}))
    return true;
  else
    return !has_handle_info<S>();
}

template <class S, class... Args>
inline constexpr bool init_takes = requires(S& s, Args&... args) { s.init(std::move(args)...); };

// How a server's arguments become its state.
enum class init_way : std::uint8_t { init, nothing, members, one_term, none };

template <class S, class... Args>
constexpr init_way way_to_init() {
  if constexpr (init_takes<S, Args...>)
    return init_way::init;
  else if constexpr (has_init<S>())
    return init_way::none;
  else if constexpr (sizeof...(Args) == 0)
    return init_way::nothing;
  else if constexpr (requires { S{behaviour_of<S>{}, std::declval<Args>()...}; })
    return init_way::members;
  else if constexpr (std::is_empty_v<S> && sizeof...(Args) == 1 && (has_term<Args> && ...))
    return init_way::one_term;
  else
    return init_way::none;
}

template <class S, class... Args>
constexpr bool init_result_fits() {
  if constexpr (init_takes<S, Args...>) {
    using R = awaited_t<decltype(std::declval<S&>().init(std::declval<Args>()...))>;
    return std::is_void_v<R> || std::is_same_v<std::remove_cvref_t<R>, init_result_of<S>>;
  }
  return true;
}

template <class S>
inline constexpr bool shapes_fit =
    terminate_fits<S>() && format_status_fits<S>() && code_change_fits<S>() &&
    handle_call_fits<S>() && handle_cast_fits<S>() && handle_info_fits<S>();

template <class S>
inline constexpr bool callbacks_fit =
    none<first_misfit<clause_exists, S>> && none<first_misfit<call_fits, S>> &&
    none<first_misfit<cast_fits, S>> && none<first_misfit<info_fits, S>> &&
    none<first_misfit<info_fits, S, runtime_messages<S>>>;

template <class S, class... Args>
inline constexpr bool server_fits =
    callbacks_fit<S> && shapes_fit<S> && init_result_fits<S, Args...>() &&
    way_to_init<S, Args...>() != init_way::none;

}  // namespace beamish::inline v0::detail
