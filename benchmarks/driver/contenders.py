# SPDX-License-Identifier: Apache-2.0
"""Who is measured: what each contender needs, how its program is built and how it is called."""

import os
import pathlib
import shutil
import subprocess

from . import machine, outside, sources

HERE = pathlib.Path(__file__).resolve().parent.parent
ROOT = HERE.parent

# Which commands count as which compiler, the one that the project's gate uses first.
COMPILERS = {
    "clang": ["clang++-19", *(f"clang++-{major}" for major in (22, 21, 20, 18, 17, 16))],
    "gcc": ["g++", "g++-12", "g++-13", "g++-14"],
}


# One process prints a line, as the other contenders' programs do; then the end of input is awaited.
HELLO = """
{_, ref} = spawn_monitor(fn -> IO.puts("hello") end)
receive do {:DOWN, ^ref, _, _, _} -> IO.gets("") end
"""


class CannotPrepare(Exception):
    def __init__(self, message, exit_code):
        super().__init__(message)
        self.exit_code = exit_code


class Contender:
    """`absent` says why a contender can't take part; a contender that is there has None."""

    name = label = ""
    packages = ()
    absent = None

    def __init__(self, options, build):
        self.options = options
        self.build_directory = build / self.name

    def is_there(self):
        raise NotImplementedError

    def build(self):
        raise NotImplementedError

    def command(self, row, workers, size):
        raise NotImplementedError

    def version(self):
        raise NotImplementedError


class Elixir(Contender):
    name, label = "elixir", "Elixir/OTP"
    packages = ("elixir", "erlang-base")

    def is_there(self):
        return bool(shutil.which("elixirc") and shutil.which("erl"))

    def build(self):
        self.build_directory.mkdir(parents=True, exist_ok=True)
        sources = sorted(map(str, (HERE / "elixir").glob("*.ex")))
        quietly("elixirc", "-o", str(self.build_directory), *sources)

    def command(self, row, workers, size):
        if row == "start":
            return ["elixir", "-e", HELLO]
        flags = f"+S {workers}:{workers} +P {max(262144, 4 * size)}"
        entry = f'Peer.main(["{row}", "{size}"])'
        return ["elixir", "--erl", flags, "-pa", str(self.build_directory), "-e", entry]

    def version(self):
        ask = 'IO.puts("Elixir #{System.version()}, OTP #{System.otp_release()}")'
        return machine.first_line("elixir", "-e", ask)


class Caf(Contender):
    name, label = "caf", "CAF"
    packages = ("g++", "libcaf-dev")

    def is_there(self):
        return bool(shutil.which("g++")) and pathlib.Path("/usr/include/caf/all.hpp").exists()

    def build(self):
        self.build_directory.mkdir(parents=True, exist_ok=True)
        sources = sorted((HERE / "caf").glob("*.?pp"))
        program = self.build_directory / "peer"
        if program.exists() and all(
            program.stat().st_mtime > source.stat().st_mtime for source in sources
        ):
            return
        units = [str(source) for source in sources if source.suffix == ".cpp"]
        flags = ["-std=c++17", "-O3", "-DNDEBUG", "-pthread"]
        quietly("g++", *flags, "-o", str(program), *units, "-lcaf_core")

    def command(self, row, workers, size):
        if row.startswith(("compile", "include")):
            folder, compiler = self.build_directory / "sources", measured_compiler(self.options)
            return sources.compile_command(compiler, "c++17", folder, row, sources.caf_server)
        return [str(self.build_directory / "peer"), row, str(workers), str(size)]

    def version(self):
        installed = machine.first_line("dpkg-query", "-W", "-f", "${Version}", "libcaf-dev")
        return f"CAF {installed}, {machine.first_line('g++', '--version')}"


class Go(Contender):
    name, label = "go", "Go"
    packages = ("golang-go",)

    def is_there(self):
        return bool(shutil.which("go"))

    def build(self):
        self.build_directory.mkdir(parents=True, exist_ok=True)
        cache = {"GOCACHE": str(self.build_directory / "cache"), "GOFLAGS": "-mod=mod"}
        program = str(self.build_directory / "peer")
        quietly("go", "build", "-o", program, ".", cwd=HERE / "go", env={"GOPROXY": "off", **cache})

    def command(self, row, workers, size):
        return [str(self.build_directory / "peer"), row, str(workers), str(size)]

    def version(self):
        return machine.first_line("go", "version")


class Beamish(Contender):
    """Ours: the library is built and installed as a user would, its programs know only that."""

    name, label = "beamish", "Beamish"

    @property
    def packages(self):
        compiler = {"clang": "clang-19", "gcc": "g++"}[family(self.options)]
        return ("cmake", "ninja-build", "libcli11-dev", compiler)

    def compiler(self):
        return measured_compiler(self.options)

    def is_there(self):
        tools = shutil.which("cmake") and shutil.which("ninja") and self.compiler()
        return bool(tools) and pathlib.Path("/usr/include/CLI/CLI.hpp").exists()

    def build(self):
        work = self.build_directory.with_name(f"{self.name}-{family(self.options)}")
        library, installed, programs = work / "library", work / "installed", work / "programs"
        preset = {"clang": "release", "gcc": "release-gcc"}[family(self.options)]
        chosen = f"-DCMAKE_CXX_COMPILER={self.compiler()}"
        parts = ["-DBEAMISH_TESTS=OFF", "-DBEAMISH_EXAMPLES=OFF", "-DBEAMISH_APPS=ON"]
        quietly("cmake", "--preset", preset, "-B", str(library), chosen, *parts, cwd=ROOT)
        quietly("cmake", "--build", str(library))
        quietly("cmake", "--install", str(library), "--prefix", str(installed))
        quietly(
            *("cmake", "-G", "Ninja", "-S", str(HERE / "beamish"), "-B", str(programs)),
            chosen,
            "-DCMAKE_BUILD_TYPE=Release",
            f"-DCMAKE_PREFIX_PATH={installed}",
        )
        quietly("cmake", "--build", str(programs))
        self.program, self.installed = programs / "ours", installed

    def command(self, row, workers, size):
        if row == "demo":
            return [str(self.installed / "bin" / "beamish"), "demo"]
        if row.startswith("batch"):
            batch, words = outside.command_files(self.build_directory / "commands", size)
            if row == "batch_xargs":
                # The file comes last, where its lines are counted: sh opens it for xargs.
                return ["sh", "-c", f'xargs -P {workers} -n 1 true <"$0"', words]
            program = str(self.installed / "bin" / "beamish")
            return [program, "batch", "--limit", str(workers), batch]
        if row.startswith(("compile", "include")):
            folder, include = self.build_directory / "sources", [self.installed / "include"]
            return sources.compile_command(
                self.compiler(), "c++20", folder, row, sources.beamish_server, include
            )
        return [str(self.program), row, str(workers), str(size)]

    def version(self):
        commit = machine.first_line("git", "-C", str(ROOT), "describe", "--always", "--dirty")
        return f"Beamish {commit or 'unknown'}, {machine.first_line(self.compiler(), '--version')}"


def family(options):
    found = [name for name in ("clang", "gcc") if _first_found(COMPILERS[name])]
    return options.compiler or (found or ["clang"])[0]


def measured_compiler(options):
    return _first_found(COMPILERS[family(options)])


CONTENDERS = {kind.name: kind for kind in (Beamish, Elixir, Caf, Go)}


def prepare(options, say):
    """Installs what is missing where that is allowed, and builds every program."""
    build = _build_directory()
    ready = [CONTENDERS[name](options, build) for name in options.contenders]
    _install([one for one in ready if not one.is_there()], options, say)
    for contender in ready:
        if contender.absent:
            continue
        say.step(f"building {contender.label}")
        try:
            contender.build()
        except subprocess.CalledProcessError as failed:
            said = (failed.stdout + failed.stderr).strip()[-3000:]
            raise CannotPrepare(f"building {contender.label} failed:\n{said}", 1) from None
    say.step("")
    return ready


def _install(missing, options, say):
    if not missing:
        return
    packages = sorted({package for one in missing for package in one.packages})
    install = ["apt-get", "install", "-y", "-qq", "--no-install-recommends", *packages]
    if os.geteuid() == 0 and shutil.which("apt-get") and not options.no_install:
        say.step("installing " + " ".join(packages))
        quiet = {"DEBIAN_FRONTEND": "noninteractive"}
        try:
            quietly("apt-get", "update", "-qq", env=quiet)
            quietly(*install, env=quiet)
        except subprocess.CalledProcessError as failed:
            say.line("apt-get failed: " + (failed.stderr.strip().splitlines() or ["?"])[-1])
        say.step("")
    for one in missing:
        if one.is_there():
            continue
        command = "sudo apt-get install -y " + " ".join(one.packages)
        if one.name == "beamish":
            raise CannotPrepare(f"our own programs can't be built; install: {command}", 3)
        one.absent = "not installed: " + command
        say.line(f"{one.label} is absent; install: {command}")


def _build_directory():
    """The checkout's own build directory, or a cache where the checkout can't be written."""
    asked = os.environ.get("BEAMISH_BUILD_DIR")
    candidates = [pathlib.Path(asked)] if asked else [ROOT / "build"]
    home = os.environ.get("HOME", "/tmp")
    cache = pathlib.Path(os.environ.get("XDG_CACHE_HOME") or pathlib.Path(home) / ".cache")
    candidates += [cache / "beamish", pathlib.Path("/tmp/beamish")]
    for candidate in candidates:
        try:
            (candidate / "bench").mkdir(parents=True, exist_ok=True)
        except OSError:
            continue
        if os.access(candidate / "bench", os.W_OK):
            return candidate.resolve() / "bench"
    raise CannotPrepare("no directory to build in; set BEAMISH_BUILD_DIR", 3)


def _first_found(commands):
    return next(filter(shutil.which, commands), None)


def quietly(*command, cwd=None, env=None):
    """Runs a build step; what it prints is shown only when it fails."""
    subprocess.run(
        command,
        cwd=cwd,
        env={**os.environ, **(env or {})},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=True,
    )
