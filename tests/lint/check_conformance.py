#!/usr/bin/env python3
"""Holds docs/CONFORMANCE.md to the tests: every test that it names exists, every line names one, and the traps 1 to 40
are all there, once each. Prints one line a fault, and exits 1 if there is one. `--root DIR` looks at another tree."""

import argparse
import os
import re
import sys

PAGE = "docs/CONFORMANCE.md"
TRAPS = range(1, 41)
FAMILIES = ("blackbox", "unit", "contract", "cli", "lint")

NAMED = re.compile(r"`((?:%s)/[^`\s]+)`" % "|".join(FAMILIES))
GTEST = re.compile(r"^(?:TEST|TEST_F|TEST_P|TYPED_TEST|TYPED_TEST_P)\(\s*(\w+),\s*(\w+)\)", re.MULTILINE)
METHOD = re.compile(r"^    def (test_\w+)\(", re.MULTILINE)


def read(root, path):
    try:
        with open(os.path.join(root, path), encoding="utf-8") as file:
            return file.read()
    except FileNotFoundError:
        return None


def gtests(root, folder):
    """"Suite.Name" of all that the C++ sources directly in a folder declare."""
    found = set()
    full = os.path.join(root, folder)
    for name in os.listdir(full) if os.path.isdir(full) else ():
        if name.endswith((".cpp", ".h")):
            found |= {".".join(pair) for pair in GTEST.findall(read(root, os.path.join(folder, name)))}
    return found


def fault_of(root, name):
    """Why a name is no test's; None when it is one's."""
    family, rest = name.split("/", 1)
    if family == "blackbox":
        file, _, method = rest.partition("/")
        text = read(root, f"tests/blackbox/{file}_test.py")
        if text is None:
            return f"there is no tests/blackbox/{file}_test.py"
        return f"{file}_test.py has no {method}" if method and method not in METHOD.findall(text) else None
    if family == "cli":
        places = [f"tests/cli/{rest}.txt", f"tests/cli/{rest}_test.py"]
        return None if any(read(root, place) is not None for place in places) else f"there is none of {places}"
    if family == "lint":
        listed = read(root, "tests/lint/CMakeLists.txt") or ""
        return None if f"NAME {name} " in listed else "tests/lint/CMakeLists.txt does not list it"
    folder, _, test = rest.rpartition("/")
    folder = "tests/contract" if family == "contract" else f"tests/unit/{folder}"
    return None if test in gtests(root, folder) else f"{folder} has no {test}"


def rows(text):
    """(line number, cells) of the tables' bodies."""
    for number, line in enumerate(text.splitlines(), 1):
        if line.startswith("|") and not set(line) <= set("|- "):
            yield number, [cell.strip() for cell in line.strip("|").split("|")]


def check_page(root):
    """Every fault as (line number, text), and how many tests are named."""
    text = read(root, PAGE)
    if text is None:
        return [(0, "it is missing")], 0
    faults, traps, count = [], [], 0
    for number, cells in rows(text):
        if cells[-1] == "held by":
            continue
        if cells[0].isdigit():
            traps.append(int(cells[0]))
        names = NAMED.findall(cells[-1])
        count += len(names)
        if not names or NAMED.sub("", cells[-1]).strip(", "):
            faults.append((number, "the last cell is not a list of tests"))
        for name in names:
            fault = fault_of(root, name)
            if fault:
                faults.append((number, f"{name}: {fault}"))
    if traps != list(TRAPS):
        missing = sorted(set(TRAPS) - set(traps))
        twice = sorted({trap for trap in traps if traps.count(trap) > 1 or trap not in TRAPS})
        faults.append((0, f"the traps are not 1 to {TRAPS[-1]} in their order: missing {missing}, too many {twice}"))
    return faults, count


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    here = os.path.dirname(os.path.abspath(__file__))
    parser.add_argument("--root", default=os.path.join(here, "..", ".."))
    root = os.path.abspath(parser.parse_args().root)
    faults, count = check_page(root)
    for number, fault in faults:
        print(f"{PAGE}:{number}: error: {fault}")
    print(f"{count} tests named, {len(faults)} faults")
    return 1 if faults or count == 0 else 0


if __name__ == "__main__":
    sys.exit(main())
