# SPDX-License-Identifier: Apache-2.0
"""Builds tests/install/main.cpp, a program of somebody else's, in each way that users have:
against an installed tree (that was moved after its installation) by find_package and by pkg-
config, static and shared, and with the sources inside by add_subdirectory and FetchContent."""

import json
import re
import shutil
from functools import cached_property

from suites.case import how_it_ended, run, simple_cases, tail

TIMEOUT = 900
OURS = re.compile(r"\s-(?:W(?!l,)\w[^\s]*|Werror|fsanitize\S*|fno-omit-frame-pointer)")
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

    def must(self, *command, env=None):
        ended = run(command, TIMEOUT, cwd=self.folder, env=env)
        if ended.timed_out or ended.status != 0:
            words = " ".join(str(word) for word in command)
            raise RuntimeError(f"{words}\n{how_it_ended(ended, TIMEOUT)}\n{tail(ended.text)}")
        return ended.text

    # Nothing is optimised: three more builds of the library are long enough.
    def configure(self, source, build, *options):
        launcher = shutil.which("ccache")
        self.must("cmake", "-G", "Ninja", "-S", source, "-B", build, "--no-warn-unused-cli",
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


def project(outside, kind, name, *options):
    """Builds and runs an outside project; looks for flags of ours in how it was compiled."""
    build = outside.folder / name
    outside.configure(outside.context.root / "tests" / "install" / kind, build, *options)
    outside.must("ninja", "-C", build, "outside")
    outside.must(build / "outside")
    for command in json.loads((build / "compile_commands.json").read_text()):
        found = OURS.search(command["command"])
        if found:
            return f"our flag{found.group()} reaches {command['file']}"
    return None


def by_find_package(outside, kind):
    tree = getattr(outside, kind)
    return project(outside, "find_package", f"find_package_{kind}", f"-DCMAKE_PREFIX_PATH={tree}")


def by_pkg_config(outside, kind):
    tree = getattr(outside, kind)
    pc = next(tree.rglob("beamish.pc"))
    env = {"PKG_CONFIG_PATH": str(pc.parent), "LD_LIBRARY_PATH": str(pc.parent.parent)}
    flags = outside.must("pkg-config", "--cflags", "--libs", "beamish", env=env).split()
    program = outside.folder / f"pkg_config_{kind}"
    outside.must(outside.context.compiler, outside.context.root / "tests/install/main.cpp", *flags,
                 "-o", program)
    outside.must(program, env=env)
    needed = outside.must("readelf", "-d", program)
    if ("libbeamish.so" in needed) != (kind == "shared"):
        return f"the program does not use the {kind} library"
    return None


def by_source(outside, kind):
    return project(outside, kind, kind, f"-DBEAMISH_SOURCE_DIR={outside.context.root}")


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


def cases(context):
    outside = Outside(context)
    return simple_cases(context, "install", [
        ("an installed tree holds only what users need", lambda: only_what_users_need(outside)),
        ("find_package, static", lambda: by_find_package(outside, "static")),
        ("pkg-config, static", lambda: by_pkg_config(outside, "static")),
        ("find_package, shared", lambda: by_find_package(outside, "shared")),
        ("pkg-config, shared", lambda: by_pkg_config(outside, "shared")),
        ("add_subdirectory", lambda: by_source(outside, "add_subdirectory")),
        ("FetchContent", lambda: by_source(outside, "fetch_content"))])
