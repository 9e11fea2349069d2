# SPDX-License-Identifier: Apache-2.0
"""Builds the README's program, as somebody else's project, in each way that users have: against an
installed tree (that was moved after its installation) by find_package and by pkg-config, static and
shared, and with the sources beside it by FetchContent and just as the README says."""

import json
import re
import shutil
from functools import cached_property

from suites.case import how_it_ended, run, simple_cases, tail

TIMEOUT = 900
OURS = re.compile(r"\s-(?:W(?!l,)\w[^\s]*|Werror|fsanitize\S*|fno-omit-frame-pointer)")
EXPECTED = "Next to the mountain is a rainbow\nI love little ponies\nLook at this little bear\n"
STRAY = re.compile(r"_test\.|doctest|interleave|\.cpp$|CLI|nlohmann")


def targets(context):
    return [name for name, source in (("beamish", "beamish"), ("beamish_command", "apps/main.cpp"),
                                      ("beamish_stacktrace", "beamish/stacktrace"))
            if (context.root / source).exists()]


class Outside:
    """The trees and projects under build/.../install."""

    def __init__(self, context):
        self.context = context
        self.folder = context.build / "install"
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir()
        self.program = self.folder / "main.cpp"
        self.program.write_text(self.of_readme("cpp"))

    def of_readme(self, language):
        """The first fence of a language in the README."""
        text = (self.context.root / "README.md").read_text()
        return re.search(rf"^```{language}\n(.*?)^```", text, re.S | re.M).group(1)

    def must(self, *command, env=None):
        ended = run(command, TIMEOUT, cwd=self.folder, env=env)
        if ended.timed_out or ended.status != 0:
            words = " ".join(str(word) for word in command)
            raise RuntimeError(f"{words}\n{how_it_ended(ended, TIMEOUT)}\n{tail(ended.text)}")
        return ended.text

    # Nothing is optimised and sources are joined: three more builds take long enough.
    def configure(self, source, build, *options):
        launcher = ";".join(self.context.launcher(build))
        self.must("cmake", "-G", "Ninja", "-S", source, "-B", build, "--no-warn-unused-cli",
                  "-DCMAKE_UNITY_BUILD=ON",
                  f"-DCMAKE_CXX_COMPILER={self.context.compiler}",
                  *([f"-DCMAKE_CXX_COMPILER_LAUNCHER={launcher}"] if launcher else []), *options)

    def moved(self, build, name):
        """Installs a build, then moves the tree: nothing in it may remember where it was."""
        self.must("cmake", "--install", build, "--prefix", self.folder / (name + "_first"))
        (self.folder / (name + "_first")).rename(self.folder / name)
        return self.folder / name

    @cached_property
    def static(self):
        return self.moved(self.context.build, "static")

    @cached_property
    def shared(self):
        build = self.folder / "shared_build"
        self.configure(self.context.root, build, "-DBUILD_SHARED_LIBS=ON", "-DBEAMISH_TESTS=OFF",
                       "-DBEAMISH_APPS=OFF", "-DBEAMISH_EXAMPLES=OFF")
        self.must("ninja", "-C", build)
        return self.moved(build, "shared")


def prints_books(outside, program, env=None):
    said = outside.must(program, env=env)
    return "" if said == EXPECTED else f"the program prints\n{said}"


def project(outside, source, name, *options):
    """Builds and runs an outside project; looks for flags of ours in how it was compiled."""
    build = outside.folder / name
    outside.configure(source, build, f"-DPROGRAM={outside.program}",
                      "-DCMAKE_EXPORT_COMPILE_COMMANDS=ON", *options)
    outside.must("ninja", "-C", build, "hello")
    for command in json.loads((build / "compile_commands.json").read_text()):
        found = OURS.search(command["command"])
        if found:
            return f"our flag{found.group()} reaches {command['file']}"
    return prints_books(outside, build / "hello")


def by_find_package(outside, kind):
    tree = getattr(outside, kind)
    source = outside.context.root / "tests/install/find_package"
    return project(outside, source, f"find_package_{kind}", f"-DCMAKE_PREFIX_PATH={tree}")


def by_pkg_config(outside, kind):
    tree = getattr(outside, kind)
    pc = next(tree.rglob("beamish.pc"))
    env = {"PKG_CONFIG_PATH": str(pc.parent), "LD_LIBRARY_PATH": str(pc.parent.parent)}
    flags = outside.must("pkg-config", "--cflags", "--libs", "beamish", env=env).split()
    program = outside.folder / f"pkg_config_{kind}"
    outside.must(outside.context.compiler, outside.program, *flags, "-o", program)
    needed = outside.must("readelf", "-d", program)
    if ("libbeamish.so" in needed) != (kind == "shared"):
        return f"the program does not use the {kind} library"
    return prints_books(outside, program, env)


def by_fetch_content(outside):
    return project(outside, outside.context.root / "tests/install/fetch_content", "fetch_content",
                   f"-DBEAMISH_SOURCE_DIR={outside.context.root}")


def as_the_readme_says(outside):
    """Its program and its CMakeLists.txt, beside the sources in a folder beamish/."""
    source = outside.folder / "hello"
    source.mkdir()
    (source / "main.cpp").write_text(outside.program.read_text())
    (source / "CMakeLists.txt").write_text(outside.of_readme("cmake"))
    (source / "beamish").symlink_to(outside.context.root)
    return project(outside, source, "hello_build")


def only_what_users_need(outside):
    tree = outside.static
    names = [str(path.relative_to(tree)) for path in tree.rglob("*") if path.is_file()]
    stray = [name for name in names if STRAY.search(name)]
    if stray:
        return f"an installed tree holds {', '.join(stray)}"
    for path in tree.rglob("*.cmake"):
        if str(outside.context.root) in path.read_text():
            return f"{path.name} remembers where it was built"
    return None


BESIDE_THE_COMMAND = (
    "bin/beamish", "share/bash-completion/completions/beamish", "share/zsh/site-functions/_beamish",
    "share/fish/vendor_completions.d/beamish.fish", "share/man/man1/beamish.1",
    "share/beamish/gdb_beamish.py", "share/beamish/beamish_gdb/processes.py")


def beside_the_command(outside):
    missing = [name for name in BESIDE_THE_COMMAND if not (outside.static / name).is_file()]
    return f"an installed tree has no {', '.join(missing)}" if missing else None


def cases(context):
    outside = Outside(context)
    return simple_cases(context, "install", [
        ("an installed tree holds only what users need", lambda: only_what_users_need(outside)),
        ("an installed tree holds completions, the manual page and the commands for gdb",
         lambda: beside_the_command(outside)),
        ("find_package, static", lambda: by_find_package(outside, "static")),
        ("pkg-config, static", lambda: by_pkg_config(outside, "static")),
        ("find_package, shared", lambda: by_find_package(outside, "shared")),
        ("pkg-config, shared", lambda: by_pkg_config(outside, "shared")),
        ("add_subdirectory, as the README says", lambda: as_the_readme_says(outside)),
        ("FetchContent", lambda: by_fetch_content(outside))])
