#!/usr/bin/env python3
"""What people copy from README.md and the guides is what the program takes: guides_test.py BRAMLEY SOURCE_DIR."""

import json
import os
import re
import shlex
import subprocess
import sys
import unittest

BRAMLEY, SOURCE_DIR = sys.argv[1:3]
GUIDES = ["README.md", *sorted(f"docs/guides/{name}" for name in os.listdir(os.path.join(SOURCE_DIR, "docs/guides")))]


def read(name):
    with open(os.path.join(SOURCE_DIR, name), encoding="utf-8") as file:
        return file.read()


def commands(text):
    """The command lines in a page: those of its blocks of code, and those between backticks."""
    blocks = re.findall(r"^```\w*\n(.*?)^```$", text, re.DOTALL | re.MULTILINE)
    lines = [line for block in blocks for line in block.replace("\\\n", " ").splitlines()]
    lines += [span.replace("\n", " ") for span in re.findall(r"`([^`]+)`", re.sub(r"(?ms)^```.*?^```$", "", text))]
    for line in lines:
        found = re.match(r"(?:\$ )?(?:build/)?bramley (.*?)(?: &)?$", line.strip())
        if found:
            yield shlex.split(found.group(1))


class GuidesTest(unittest.TestCase):
    tree = json.loads(subprocess.run([BRAMLEY, "help", "-o", "json"], check=True, capture_output=True).stdout)

    def flags_of(self, words):
        """The names of the flags that a command takes, and the words after its own name."""
        node, flags = self.tree, {flag["name"] for flag in self.tree["flags"]}
        while words and words[0] in {child["name"] for child in node["commands"]}:
            node = next(child for child in node["commands"] if child["name"] == words[0])
            flags |= {flag["name"] for flag in node["flags"]}
            words = words[1:]
        self.assertFalse(bool(words and node["commands"]), f"no such command: {words}")
        return flags, words

    def test_every_command_and_flag_exists(self):
        for name in GUIDES:
            found = list(commands(read(name)))
            # The long ones, and those of a page.
            long = name == "README.md" or name.endswith(("/push-certificate.md", "/vendor.md"))
            self.assertGreater(len(found), 5 if long else 2, name)
            for words in found:
                flags, rest = self.flags_of(words)
                for word in rest:
                    if word.startswith("--"):
                        self.assertIn(word[2:].split("=")[0], flags, (name, words))

    def test_links_lead_somewhere(self):
        for name in GUIDES:
            for link in re.findall(r"\]\(([^)#]+)\)", read(name)):
                if "://" not in link:
                    path = os.path.join(SOURCE_DIR, os.path.dirname(name), link)
                    self.assertTrue(os.path.exists(path), (name, link))

    def test_no_secret_is_an_argument(self):
        """What people copy teaches them: a secret is named, not written."""
        references = re.compile(r"@.|env:.|fd:\d|-$|REF$")
        for name in GUIDES:
            for words in commands(read(name)):
                for flag, value in zip(words, words[1:]):
                    if flag in ("--api-key", "--passphrase", "--scep-challenge", "--token"):
                        self.assertRegex(value, references, (name, words))


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
