# SPDX-License-Identifier: Apache-2.0
"""The sources whose compilation is measured: a server of N handlers, and a lone include.

A handler is a message of its own with a number, answered by a number. In CAF it is an atom and a
number, which spares CAF the description of a struct.
"""


def beamish_server(handlers):
    each = range(handlers)
    messages = "".join(
        f"  struct add{i} {{\n    using reply = std::int64_t;\n    std::int64_t amount;\n  }};\n"
        for i in each
    )
    clauses = "".join(
        f"  std::int64_t handle_call(add{i}& m) {{ return balances[{i}] += m.amount; }}\n"
        for i in each
    )
    return f"""#include <beamish/otp/gen_server.hpp>

#include <cstdint>

struct accounts : beamish::gen_server<accounts> {{
{messages}  using messages = beamish::accepts<{", ".join(f"add{i}" for i in each)}>;

  std::int64_t balances[{handlers}] = {{}};

{clauses}}};

beamish::task<std::int64_t> start() {{
  const auto server = co_await beamish::start_link<accounts>({{}});
  const auto balance = co_await server.call<accounts::add0>(1);
  co_return balance;
}}
"""


def caf_server(handlers):
    each = range(handlers)
    atoms = "".join(
        f'using add{i} = caf::atom_constant<caf::atom("add{i}")>;\n' for i in each
    )
    signatures = ", ".join(
        f"caf::replies_to<add{i}, std::int64_t>::with<std::int64_t>" for i in each
    )
    clauses = "".join(
        f"    [=](add{i}, std::int64_t amount) {{ return self->state.balances[{i}] += amount; }},\n"
        for i in each
    )
    return f"""#include <caf/all.hpp>

#include <cstdint>

{atoms}
using accounts = caf::typed_actor<{signatures}>;

struct state {{
  std::int64_t balances[{handlers}] = {{}};
}};

accounts::behavior_type serve(accounts::stateful_pointer<state> self) {{
  return {{
{clauses}  }};
}}

std::int64_t start(caf::actor_system& system) {{
  caf::scoped_actor self{{system}};
  const auto server = self->spawn(serve);
  std::int64_t balance = 0;
  self->request(server, caf::infinite, add0::value, std::int64_t{{1}})
      .receive([&](std::int64_t b) {{ balance = b; }}, [](const caf::error&) {{}});
  return balance;
}}
"""


def compile_command(compiler, standard, folder, row, server, include=()):
    """The command for `row`: compileN, or `include HEADER`. Writes the source that it compiles."""
    if row.startswith("include "):
        header = row.removeprefix("include ")
        name, text, what = header.replace("/", "_"), f"#include <{header}>\n", ["-fsyntax-only"]
    else:
        handlers = int(row.removeprefix("compile"))
        name, text = f"server{handlers}", server(handlers)
        what = ["-O1", "-c", "-o", str(folder / f"{name}.o")]
    folder.mkdir(parents=True, exist_ok=True)
    source = folder / f"{name}.cpp"
    source.write_text(text, encoding="utf-8")
    where = [f"-I{path}" for path in include]
    return [compiler, f"-std={standard}", *where, *what, str(source)]
