#!/usr/bin/python3
"""How long the program takes to start, beside an empty one that links the same libraries: what is over is our own work.

    BRAMLEY_BINARY=build/bramley tests/bench/startup_bench.py [RUNS]

The two are run in turn, so that whatever else the machine does meets both.
"""

import os
import re
import statistics
import subprocess
import sys
import tempfile
import time

COMMANDS = (["version"], ["help"], ["--help"], ["completion", "bash"], ["command", "explain", "EraseDevice"])


def empty_program(binary, folder):
    listing = subprocess.run(["objdump", "--private-headers", binary], capture_output=True, text=True, check=True).stdout
    libraries = re.findall(r"^\s+NEEDED\s+(\S+)$", listing, re.MULTILINE)
    source, program = os.path.join(folder, "empty.cpp"), os.path.join(folder, "empty")
    with open(source, "w", encoding="ascii") as file:
        file.write("int main() {}\n")
    subprocess.run(["c++", "-O2", source, "-Wl,--no-as-needed", *(f"-l:{name}" for name in libraries), "-o", program],
                   check=True)
    return program


def milliseconds(command):
    start = time.perf_counter()
    subprocess.run(command, stdout=subprocess.DEVNULL, check=True)
    return (time.perf_counter() - start) * 1000


def main():
    binary = os.environ["BRAMLEY_BINARY"]
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 300
    with tempfile.TemporaryDirectory() as folder:
        empty = empty_program(binary, folder)
        print(f"{'':<30}{'ms':>8}{'empty':>8}{'our own':>10}")
        for words in COMMANDS:
            ours, theirs = [], []
            for _ in range(runs):
                ours.append(milliseconds([binary, *words]))
                theirs.append(milliseconds([empty]))
            a, b = statistics.median(ours), statistics.median(theirs)
            print(f"{' '.join(words):<30}{a:>8.2f}{b:>8.2f}{a - b:>10.2f}")


if __name__ == "__main__":
    main()
