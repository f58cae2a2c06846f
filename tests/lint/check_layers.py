#!/usr/bin/env python3
"""Holds every include to the picture in docs/ARCHITECTURE.md, and files to a few habits.

A folder may include its own headers and those of lower layers; a third party's headers only where the table
says so. Prints one line a fault, and exits 1 if there is one. `--root DIR` looks at another tree (the self-test
does).
"""

import argparse
import fnmatch
import os
import re
import subprocess
import sys

# Folder -> layer. A folder may include folders of a lower layer, and itself.
LAYERS = {
    "core/base": 0,
    "core/crypto": 1,
    "core/plist": 1,
    "core/net": 1,
    "core/mdm": 2,
    "core/catalogue": 3,
    "core/scep": 3,
    "core/apns": 3,
    "core/dep": 3,
    "server/store": 4,
    "server/credentials": 4,
    "server/service": 5,
    "server/http": 6,
    "server": 7,
    "vendor-tool": 7,
    "cli/simulator": 7,
    "cli": 8,
}
# What a number would allow and the picture does not: folder -> the only foreign folders (prefixes) it may use.
ONLY = {
    "vendor-tool": ("core/", "server/http"),
    "cli/simulator": ("core/",),
}

# Third party (a pattern over the path between the brackets) -> where it may be included: folders, or files; a * at the
# end of a file stands for the rest of its name.
THIRD_PARTY = [
    (r"openssl/", ("core/crypto", "server/http/listener*", "cli/simulator/fake_apns.cpp")),
    (r"plist/", ("core/plist",)),
    (r"curl/", ("core/net",)),
    (r"boost/beast", ("server/http/listener_request_parser.cpp",)),
    (r"boost/asio", ("server/http/listener*", "cli/simulator/fake_apns.cpp")),
    (r"boost/", ("core/base", "server/http", "cli/simulator")),
    (r"soci/", ("server/store",)),
    (r"sqlite3\.h", ("server/store/sqlite_writer.cpp",)),
    (r"(mysql|mariadb)", ("server/store",)),
    (r"(libpq-fe\.h|postgresql)", ("server/store",)),
    (r"nlohmann/", ("core/apns", "core/dep", "server/service", "server/http", "server", "vendor-tool", "cli",
                    "cli/simulator")),
    (r"yaml-cpp/", ("server", "cli")),
    (r"spdlog/", ("server",)),
    (r"prometheus/", ("server",)),
    (r"CLI/", ("cli",)),
    (r"nghttp2/", ("cli/simulator",)),
]
# The operating system's and the language's own: allowed everywhere.
SYSTEM = re.compile(r"^([a-z_0-9]+|(sys|netinet|arpa|net|linux)/[a-z_0-9]+\.h|"
                    r"(dlfcn|errno|fcntl|getopt|limits|netdb|poll|pthread|pwd|signal|spawn|stdlib|string|termios|unistd)\.h)$")
# Tests may look at what they test from below; raw SQLite is for the disks that fail and the files that are looked into.
TEST_THIRD_PARTY = re.compile(r"^(gtest|gmock|benchmark|openssl|curl|plist|nlohmann|boost|soci|CLI)/")
TEST_SQLITE = ("tests/support/", "tests/contract/")

INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*([<"])([^>"]+)[>"]', re.MULTILINE)
LINES_WANTED = 400
LINES_ALLOWED = 500
MACHINE_PATH = re.compile(r"(?<![\w$.{/-])/(?:home|Users|root|work|mnt|workspace)/[\w.-]+")
SOURCE = (".cpp", ".h")


def tracked_files(root):
    """What git tracks or would; the whole tree where there is no git (a fresh machine, the self-test)."""
    try:
        listed = subprocess.run(
            ["git", "-c", "safe.directory=*", "-C", root, "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
            capture_output=True, check=True)
        if os.path.exists(os.path.join(root, ".git")):
            names = [name for name in listed.stdout.decode().split("\0") if name]
            return sorted(name for name in names if os.path.isfile(os.path.join(root, name)))
    except (OSError, subprocess.CalledProcessError):
        pass
    found = []
    for folder, folders, names in os.walk(root):
        folders[:] = [name for name in folders if name not in (".git", "build", ".cache", "__pycache__")]
        found += [os.path.relpath(os.path.join(folder, name), root) for name in names]
    return sorted(found)


def layer_of(path):
    """The folder of the table that a path lies in; None outside it (tests)."""
    folder = os.path.dirname(path)
    while folder:
        if folder in LAYERS:
            return folder
        folder = os.path.dirname(folder)
    return None


def may_use(folder, other):
    if folder == other:
        return True
    if folder in ONLY and not other.startswith(ONLY[folder]):
        return False
    return LAYERS[other] < LAYERS[folder]


def check_own_include(path, target, root):
    """An include between quotes."""
    folder, other = layer_of(path), layer_of(target)
    if folder is None:
        return None
    if other is None:
        return f'"{target}" is in no layer (includes are written from the root)'
    if not os.path.isfile(os.path.join(root, target)):
        return f'"{target}" does not exist'
    if may_use(folder, other):
        return None
    direction = "sideways" if LAYERS[other] == LAYERS[folder] else "upward"
    if LAYERS[other] < LAYERS[folder]:
        direction = "foreign"
    return f'"{target}" is {direction}: {folder} (layer {LAYERS[folder]}) may not use {other} (layer {LAYERS[other]})'


def check_foreign_include(path, target):
    """An include between angle brackets."""
    folder = layer_of(path)
    if SYSTEM.match(target):
        return None
    if folder is None:
        known = TEST_THIRD_PARTY.match(target) or (target == "sqlite3.h" and path.startswith(TEST_SQLITE))
        return None if known else f"<{target}> is not for this test"
    for pattern, places in THIRD_PARTY:
        if re.match(pattern, target):
            if folder in places or any(fnmatch.fnmatchcase(path, place) for place in places):
                return None
            return f"<{target}> belongs to {', '.join(places)}"
    return f"<{target}> is a third party that the table does not know"


def check_includes(path, text, root):
    faults = []
    targets = [(kind, target) for kind, target in INCLUDE.findall(text)]
    for kind, target in targets:
        fault = check_own_include(path, target, root) if kind == '"' else check_foreign_include(path, target)
        if fault:
            faults.append(fault)
    names = {target for _, target in targets}
    if "sqlite3.h" in names and any(name.startswith("soci/sqlite3/") for name in names):
        faults.append("<sqlite3.h> and <soci/sqlite3/soci-sqlite3.h> may not meet in one file")
    return faults


def check_public_header(path, text):
    """No third-party type crosses a folder's edge: a header that others may include names none."""
    folder = layer_of(path)
    if folder is None or not path.endswith(".h"):
        return []
    foreign = [target for kind, target in INCLUDE.findall(text) if kind == "<" and not SYSTEM.match(target)]
    return [f"<{target}> in a header: only .cpp files and headers private to the folder" for target in foreign]


def private_headers(sources):
    """Headers that only their own folder includes may name third parties."""
    users = {}
    for path, text in sources.items():
        for kind, target in INCLUDE.findall(text):
            if kind == '"':
                users.setdefault(target, set()).add(layer_of(path))
    return {path for path in sources if users.get(path, set()) <= {layer_of(path), None}}


def check_habits(path, text):
    faults = []
    lines = text.count("\n")
    if lines > LINES_ALLOWED:
        faults.append(f"{lines} lines: {LINES_ALLOWED} at most, {LINES_WANTED} wanted")
    if path.endswith(".h") and "#pragma once" not in text:
        faults.append("a header without #pragma once")
    if re.search(r"^\s*using namespace std\s*;", text, re.MULTILINE):
        faults.append("using namespace std")
    if not re.fullmatch(r"[a-z0-9_]+\.(cpp|h)", os.path.basename(path)):
        faults.append("file names are snake_case")
    return faults


def check_tree(root):
    """Every fault as (path, text), and every warning."""
    faults, warnings, sources = [], [], {}
    for path in tracked_files(root):
        try:
            with open(os.path.join(root, path), encoding="utf-8") as file:
                text = file.read()
        except UnicodeDecodeError:
            continue  # a corpus or another binary file
        found = MACHINE_PATH.search(text)
        if found and not path.startswith("tests/lint/"):
            faults.append((path, f"a path of some machine: {found.group(0)}"))
        if path.endswith(SOURCE):
            sources[path] = text
    private = private_headers(sources)
    for path, text in sources.items():
        found = check_includes(path, text, root) + check_habits(path, text)
        if path not in private:
            found += check_public_header(path, text)
        faults += [(path, fault) for fault in found]
        if LINES_WANTED < text.count("\n") <= LINES_ALLOWED:
            warnings.append((path, f"{text.count(chr(10))} lines: does it still have one subject?"))
    return faults, warnings, len(sources)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    here = os.path.dirname(os.path.abspath(__file__))
    parser.add_argument("--root", default=os.path.join(here, "..", ".."))
    root = os.path.abspath(parser.parse_args().root)
    faults, warnings, count = check_tree(root)
    for path, text in warnings:
        print(f"{path}: warning: {text}")
    for path, text in faults:
        print(f"{path}: error: {text}")
    print(f"{count} source files, {len(faults)} faults, {len(warnings)} warnings")
    return 1 if faults or count == 0 else 0


if __name__ == "__main__":
    sys.exit(main())
