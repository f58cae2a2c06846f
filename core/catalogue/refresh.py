#!/usr/bin/env python3
"""Makes apple_commands.txt from a checkout of github.com/apple/device-management.

    core/catalogue/refresh.py CHECKOUT [--edition iOS=18.1,macOS=15.1,…] [--out FILE]

The form of the file is told in catalogue_reader.h. What a newer checkout says in words that are not known here is
reported and left out; types that are new come in. Commands without a line in command_notes.txt are listed at the end:
they work, and show no summary.
"""

import argparse
import os
import re
import subprocess
import sys

import yaml

PLATFORMS = ("iOS", "macOS", "tvOS", "visionOS", "watchOS")
TYPES = {"<string>": "string", "<boolean>": "boolean", "<integer>": "integer", "<real>": "real", "<date>": "date",
         "<data>": "data", "<array>": "array", "<dictionary>": "dictionary", "<any>": "any"}
# Apple's word -> ours; each is 0 or 1.
SWITCHES = {"supervised": "sup", "requiresdep": "ade", "devicechannel": "dc", "userchannel": "uc",
            "userapprovedmdm": "approved"}
DEEPEST = 16


class Refusal(Exception):
    pass


class Writer:
    def __init__(self):
        self.lines = []
        self.strange = set()

    def wonder(self, where, what):
        self.strange.add(f"{where}: {what}")


def word(text):
    """Free of blanks and of what separates words."""
    return re.sub(r"[^A-Za-z0-9._/:+-]", lambda m: "".join(f"%{b:02X}" for b in m.group().encode()), str(text))


def switch(value):
    return "1" if value is True else "0"


def modes(writer, where, name, short, value, out):
    for key, setting in value.items():
        if key == "mode":
            out.append(f"{short}={word(setting)}")
        elif key in ("devicechannel", "userchannel"):
            out.append(f"{short}{'dc' if key == 'devicechannel' else 'uc'}={switch(setting)}")
        else:
            writer.wonder(where, f"{name}.{key}")


def terms(writer, where, platform, facts):
    """One platform's word of a line: iOS:7.0,sup=1,ue=forbidden"""
    out = []
    for key, value in facts.items():
        if key == "introduced":
            out.insert(0, "-" if value == "n/a" else word(value))
        elif key in ("deprecated", "removed"):
            if value != "n/a":
                out.append(f"{'dep' if key == 'deprecated' else 'rem'}={word(value)}")
        elif key == "accessrights":
            out.append(f"ar={word(value)}")
        elif key in SWITCHES:
            out.append(f"{SWITCHES[key]}={switch(value)}")
        elif key == "sharedipad":
            modes(writer, where, key, "sip", value, out)
        elif key == "userenrollment":
            modes(writer, where, key, "ue", value, out)
        else:
            writer.wonder(where, f"supportedOS.{platform}.{key}")
    return f"{platform}:{','.join(out)}"


def platform_words(writer, where, supported):
    for platform in supported or {}:
        if platform not in PLATFORMS:
            writer.wonder(where, f"platform {platform}")
    return [terms(writer, where, p, supported[p]) for p in PLATFORMS if p in (supported or {})]


def write_key(writer, where, what, key, depth):
    if depth > DEEPEST:
        raise Refusal(f"{where}: nested more than {DEEPEST} deep")
    name = str(key["key"])
    where = f"{where}.{name}"
    kind = TYPES.get(key.get("type"))
    if kind is None:
        writer.wonder(where, f"type {key.get('type')}")
        kind = "any"
    words = [what, word(name), kind]
    if key.get("presence") == "required":
        words.append("required")
    if "default" in key and not isinstance(key["default"], (dict, list)):
        value = key["default"]
        words.append(f"default={str(value).lower() if isinstance(value, bool) else word(value)}")
    if key.get("rangelist"):
        words.append("values=" + "|".join(word(v) for v in key["rangelist"]))
    if key.get("range"):
        words.append(f"range={word(key['range'].get('min', ''))}..{word(key['range'].get('max', ''))}")
    words += platform_words(writer, where, key.get("supportedOS"))
    writer.lines.append(" " * depth + " ".join(words))
    for below in key.get("subkeys") or []:
        write_key(writer, where, "key", below, depth + 1)


def write_command(writer, path, document):
    payload = document["payload"]
    name = payload["requesttype"]
    words = ["command", word(name), word(os.path.basename(path)[:-len(".yaml")])]
    words += platform_words(writer, name, payload.get("supportedOS"))
    writer.lines.append(" ".join(words))
    for key in document.get("payloadkeys") or []:
        write_key(writer, name, "key", key, 1)
    for key in document.get("responsekeys") or []:
        write_key(writer, name, "answer", key, 1)
    return name


def edition_of(checkout):
    """Apple names each release after the systems that it belongs to; the others' numbers follow from iOS'."""
    subject = subprocess.run(["git", "-C", checkout, "log", "-1", "--format=%s"], capture_output=True, text=True,
                             check=False).stdout
    ios = re.search(r"iOS-(\d+)-(\d+)", subject)
    macos = re.search(r"macOS-(\d+)-(\d+)", subject)
    if not ios or not macos:
        raise Refusal("the checkout's last commit does not name a release: say --edition iOS=18.1,macOS=15.1,…")
    major, minor = int(ios[1]), ios[2]
    less = (lambda by: f"{major if major >= 26 else major - by}.{minor}")
    return {"iOS": f"{major}.{minor}", "macOS": f"{macos[1]}.{macos[2]}", "tvOS": f"{major}.{minor}",
            "visionOS": less(16), "watchOS": less(7)}


def given_edition(text):
    edition = dict(part.split("=", 1) for part in text.split(",") if "=" in part)
    if set(edition) != set(PLATFORMS):
        raise Refusal("--edition names all of " + ", ".join(PLATFORMS))
    return edition


def copyright_line(checkout):
    with open(os.path.join(checkout, "LICENSE.txt"), encoding="utf-8") as file:
        return file.readline().strip()


def make(checkout, edition):
    folder = os.path.join(checkout, "mdm", "commands")
    if not os.path.isdir(folder):
        raise Refusal(f"{folder} is no folder: give a checkout of github.com/apple/device-management")
    writer = Writer()
    names = []
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    for file in sorted(os.listdir(folder)):
        if file.endswith(".yaml"):
            with open(os.path.join(folder, file), encoding="utf-8") as stream:
                names.append(write_command(writer, file, yaml.load(stream, loader)))
    head = [
        "# Apple's MDM commands. Made by refresh.py from github.com/apple/device-management; not edited by hand.",
        f"# Facts of Apple's schema: {copyright_line(checkout)} MIT licence, see docs/THIRD_PARTY.md.",
        "edition " + " ".join(f"{p}:{edition[p]}" for p in PLATFORMS),
    ]
    return "\n".join(head + writer.lines) + "\n", names, sorted(writer.strange)


def noted(path):
    with open(path, encoding="utf-8") as file:
        return {line.split("|")[0].strip() for line in file if line.strip() and not line.startswith("#")}


def main():
    here = os.path.dirname(os.path.abspath(__file__))
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("checkout")
    parser.add_argument("--edition")
    parser.add_argument("--out", default=os.path.join(here, "apple_commands.txt"))
    options = parser.parse_args()
    try:
        edition = given_edition(options.edition) if options.edition else edition_of(options.checkout)
        text, names, strange = make(options.checkout, edition)
    except (Refusal, OSError, KeyError, yaml.YAMLError) as fault:
        print(f"refresh.py: error: {fault}", file=sys.stderr)
        return 1
    temporary = options.out + ".new"
    with open(temporary, "w", encoding="utf-8") as file:
        file.write(text)
    os.replace(temporary, options.out)
    for fault in strange:
        print(f"refresh.py: left out, not known here: {fault}", file=sys.stderr)
    for name in sorted(set(names) - noted(os.path.join(here, "command_notes.txt"))):
        print(f"refresh.py: {name} has no line in command_notes.txt", file=sys.stderr)
    print(f"{len(names)} commands, {len(text)} bytes")
    return 0


if __name__ == "__main__":
    sys.exit(main())
