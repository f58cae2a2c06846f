#!/usr/bin/env python3
"""Completions, manual pages and docs/cli.md are what the program makes of its tree.

    generated_files_test.py BRAMLEY SOURCE_DIR            fails when one is stale, missing or left over
    generated_files_test.py BRAMLEY SOURCE_DIR --write    makes them anew
"""

import json
import shutil
import subprocess
import sys
from pathlib import Path

BRAMLEY = sys.argv[1]
SOURCE = Path(sys.argv[2])


def run(*words):
    environment = {"LC_ALL": "C.UTF-8", "HOME": "/nonexistent"}
    return subprocess.run([BRAMLEY, *words], check=True, capture_output=True, text=True,
                          env=environment).stdout


def expected_files():
    nouns = [node["name"] for node in json.loads(run("help", "-o", "json"))["commands"]]
    files = {
        "completions/bramley.bash": run("completion", "bash"),
        "completions/_bramley": run("completion", "zsh"),
        "completions/bramley.fish": run("completion", "fish"),
        "docs/cli.md": run("help", "--format", "markdown"),
        "man/bramley.1": run("help", "--format", "man"),
    }
    for noun in nouns:
        files[f"man/bramley-{noun}.1"] = run("help", "--format", "man", noun)
    return files


def check_manual(files):
    """mandoc's own opinion, where it is installed."""
    if not shutil.which("mandoc"):
        print("mandoc is not installed: the manual pages are not linted")
        return []
    faults = []
    for name, text in files.items():
        if name.startswith("man/"):
            done = subprocess.run(["mandoc", "-Tlint", "-Wstyle"], input=text, capture_output=True,
                                  text=True, check=False)
            faults += [f"{name}: {line}" for line in done.stdout.splitlines()]
    return faults


def main():
    files = expected_files()
    faults = check_manual(files)
    if "--write" in sys.argv:
        for name, text in files.items():
            (SOURCE / name).parent.mkdir(exist_ok=True)
            (SOURCE / name).write_text(text, encoding="utf-8")
    for name, text in files.items():
        path = SOURCE / name
        if not path.exists():
            faults.append(f"{name}: missing")
        elif path.read_text(encoding="utf-8") != text:
            faults.append(f"{name}: stale")
    for path in (SOURCE / "man").glob("*.1"):
        if f"man/{path.name}" not in files:
            faults.append(f"man/{path.name}: there is no such command any more")
    for fault in faults:
        print(fault)
    if faults:
        print("./dev docs makes them anew")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
