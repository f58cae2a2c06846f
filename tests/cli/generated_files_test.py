#!/usr/bin/env python3
"""man/, completions/ and docs/cli.md are what the command tree says today.

usage: generated_files_test.py BRAMLEY SOURCE-DIR [--write]
With --write the files are made anew instead of compared."""

import json
import os
import subprocess
import sys


def output_of(binary, *arguments):
    environment = {"PATH": "/usr/bin:/bin", "HOME": "/nonexistent", "LC_ALL": "C.UTF-8"}
    return subprocess.run([binary, *arguments], env=environment, stdin=subprocess.DEVNULL, check=True,
                          capture_output=True).stdout


def top_commands(binary):
    tree = json.loads(output_of(binary, "help", "-o", "json"))
    return [command["name"] for command in tree["commands"]]


def generated(binary):
    files = {
        "completions/bramley.bash": output_of(binary, "completion", "bash"),
        "completions/_bramley": output_of(binary, "completion", "zsh"),
        "completions/bramley.fish": output_of(binary, "completion", "fish"),
        "docs/cli.md": output_of(binary, "help", "--format", "markdown"),
        "man/bramley.1": output_of(binary, "help", "--format", "man"),
    }
    for command in top_commands(binary):
        files[f"man/bramley-{command}.1"] = output_of(binary, "help", "--format", "man", command)
    return files


def main():
    binary, source = sys.argv[1:3]
    files = generated(binary)
    stale = []
    for name, content in files.items():
        path = os.path.join(source, name)
        if "--write" in sys.argv:
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with open(path, "wb") as file:
                file.write(content)
            continue
        try:
            with open(path, "rb") as file:
                same = file.read() == content
        except FileNotFoundError:
            same = False
        if not same:
            stale.append(name)
    if "--write" not in sys.argv:
        pages = set(os.listdir(os.path.join(source, "man"))) - {os.path.basename(n) for n in files if n.startswith("man/")}
        stale += [f"man/{page} (no such command)" for page in sorted(pages)]
    for name in stale:
        print(f"stale: {name}")
    if stale:
        sys.exit("make them anew with: tests/cli/generated_files_test.py build/bramley . --write")


if __name__ == "__main__":
    main()
