// SPDX-License-Identifier: Apache-2.0
#include "beamish/term/inspect.hpp"

#include <algorithm>
#include <utility>

#include "beamish/term/big_integer.hpp"
#include "beamish/term/quoting.hpp"
#include "beamish/term/term_access.hpp"

namespace beamish::inline v0 {

namespace {

constexpr std::size_t item_limit = 50;
constexpr std::size_t text_limit = 4096;

// Each container hands its items one less than is left, and counts each item down, as Elixir does.
// This bounds the recursion as well: the 51st level is always "...".
class printer {
 public:
  std::string out;

  void write(const term& t, std::size_t limit) {
    switch (t.kind()) {
      case term_kind::atom:
        return detail::write_atom(out, *t.atom_name());
      case term_kind::integer:
      case term_kind::big_integer:
        out += to_decimal(t);
        return;
      case term_kind::floating:
        return detail::write_float(out, *t.as_float());
      case term_kind::binary:
        return binary(*t.as_binary(), limit);
      case term_kind::bitstring:
        return bits(t, limit);
      case term_kind::tuple:
        return tuple(t, limit);
      case term_kind::list:
        return list(t, limit);
      case term_kind::map:
        return map(t.entries(), "%{", limit);
      case term_kind::structure:
        return structure(t, limit);
      case term_kind::pid:
        return process(*t.as_pid());
      case term_kind::reference:
        return reference(*t.as_reference());
      case term_kind::port:
        return port(*t.as_port());
      case term_kind::function:
        return function(t);
      case term_kind::opaque:
        out += '#';
        out += detail::term_access::cell_of(t).text_view();
        return;
    }
  }

 private:
  template <class Items, class Write>
  void items(const Items& all, std::size_t limit, Write write_one) {
    bool first = true;
    for (const auto& item : all) {
      if (!first) out += ", ";
      first = false;
      if (limit == 0) {
        out += "...";
        return;
      }
      write_one(item, --limit);
    }
  }

  void binary(std::string_view bytes, std::size_t limit) {
    if (detail::is_printable(bytes, text_limit)) {
      return detail::write_text(out, bytes, '"', text_limit);
    }
    out += "<<";
    items(bytes, limit,
          [this](char c, std::size_t) { out += std::to_string(static_cast<unsigned char>(c)); });
    out += ">>";
  }

  void bits(const term& t, std::size_t limit) {
    auto data = detail::term_access::cell_of(t).text_view();
    auto used = static_cast<unsigned>(static_cast<unsigned char>(data.back()));
    data.remove_suffix(1);
    std::size_t index = 0;
    out += "<<";
    items(data, limit, [&](char c, std::size_t) {
      unsigned value = static_cast<unsigned char>(c);
      bool last = ++index == data.size();
      out += std::to_string(last ? value >> (8 - used) : value);
      if (last) out += "::size(" + std::to_string(used) + ")";
    });
    out += ">>";
  }

  void tuple(const term& t, std::size_t limit) {
    out += '{';
    items(t.elements(), limit, [this](const term& e, std::size_t left) { write(e, left); });
    out += '}';
  }

  static bool is_text(const term& l) {
    auto all = l.elements();
    return !all.empty() && l.improper_tail() == nullptr &&
           std::ranges::all_of(all.first(std::min(all.size(), text_limit)), [](const term& e) {
             auto value = e.as_integer();
             return value && detail::is_printable_ascii(*value);
           });
  }

  static bool is_key(const term& t) { return t.is_atom() && detail::can_be_key(*t.atom_name()); }

  static bool is_keyword(const term& l) {
    auto all = l.elements();
    return !all.empty() && l.improper_tail() == nullptr &&
           std::ranges::all_of(all, [](const term& e) {
             return e.is_tuple() && e.size() == 2 && is_key(e.elements()[0]);
           });
  }

  void pair(const term& key, const term& value, bool as_keyword, std::size_t limit) {
    if (as_keyword) {
      detail::write_key(out, *key.atom_name());
      out += ' ';
    } else {
      write(key, limit);
      out += " => ";
    }
    write(value, limit);
  }

  void list(const term& l, std::size_t limit) {
    auto all = l.elements();
    if (is_text(l)) {
      std::string text;
      for (const term& e : all.first(std::min(all.size(), text_limit + 1))) {
        // Beyond the limit anything may stand, and is not shown.
        text += text.size() < text_limit ? static_cast<char>(*e.as_integer()) : ' ';
      }
      return detail::write_text(out, text, '\'', text_limit);
    }
    out += '[';
    if (is_keyword(l)) {
      items(all, limit, [this](const term& e, std::size_t left) {
        pair(e.elements()[0], e.elements()[1], true, left);
      });
    } else {
      items(all, limit, [this](const term& e, std::size_t left) { write(e, left); });
    }
    // The tail is shown beside the last element, at the same cost.
    if (l.improper_tail() != nullptr && all.size() <= limit) {
      out += " | ";
      write(*l.improper_tail(), limit - all.size());
    }
    out += ']';
  }

  void map(std::span<const term_entry> entries, std::string_view open, std::size_t limit) {
    bool keys = std::ranges::all_of(entries, [](const term_entry& e) { return is_key(e.key); });
    out += open;
    items(entries, limit,
          [&](const term_entry& e, std::size_t left) { pair(e.key, e.value, keys, left); });
    out += '}';
  }

  void structure(const term& t, std::size_t limit) {
    const term& module = t.entries()[0].value;
    printer name;
    detail::write_atom(name.out, *module.atom_name());
    map(t.entries().subspan(1), "%" + name.out + "{", limit);
  }

  void process(const pid& p) {
    out += "#PID<" + std::to_string(p.node) + "." + std::to_string(p.id) + "." +
           std::to_string(p.serial) + ">";
  }

  void port(const port_id& p) {
    out += "#Port<" + std::to_string(p.node) + "." + std::to_string(p.id) + ">";
  }

  // As many words as Erlang's references have, more only if they are used.
  void reference(const beamish::reference& r) {
    std::size_t used = std::size(r.words);
    while (used > 3 && r.words[used - 1] == 0) --used;
    out += "#Reference<" + std::to_string(r.node);
    for (std::size_t i = 0; i < used; ++i) out += "." + std::to_string(r.words[i]);
    out += ">";
  }

  void function(const term& t) {
    auto parts = detail::term_access::terms_of(t);
    auto name = *parts[1].atom_name();
    auto arity = to_decimal(parts[2]);
    if (name.empty()) {
      out += "#Function<" + arity + " in ";
      detail::write_atom(out, *parts[0].atom_name());
      out += '>';
    } else {
      out += '&';
      detail::write_atom(out, *parts[0].atom_name());
      detail::write_call(out, name);
      out += '/' + arity;
    }
  }
};

}  // namespace

std::string inspect(const term& value) {
  printer p;
  p.write(value, item_limit);
  return std::move(p.out);
}

}  // namespace beamish::inline v0
