# SPDX-License-Identifier: Apache-2.0
"""What a reader must know about the machine to judge a figure."""

import os
import platform
import subprocess


def load():
    return round(os.getloadavg()[0], 2)


def busy_warning(before):
    cores = os.cpu_count() or 1
    if before < 0.5 * cores:
        return None
    return (f"the machine is busy (load {before} on {cores} cores): "
            "figures will be worse and noisier")


def describe():
    return {
        "cpu": _cpu(),
        "cores": os.cpu_count(),
        "memory_gib": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30, 1),
        "kernel": platform.release(),
        "system": _system(),
    }


def first_line(*command):
    """The first line a command prints, or nothing when it can't be run."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return (done.stdout.strip().splitlines() or [""])[0]


def _cpu():
    with open("/proc/cpuinfo", encoding="utf-8") as lines:
        for line in lines:
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    return platform.machine()


def _system():
    with open("/etc/os-release", encoding="utf-8") as lines:
        for line in lines:
            if line.startswith("PRETTY_NAME="):
                return line.split("=", 1)[1].strip().strip('"')
    return platform.system()
