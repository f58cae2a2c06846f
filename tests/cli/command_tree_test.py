#!/usr/bin/env python3
"""What must hold for the whole tree of commands: command_tree_test.py BRAMLEY SOURCE_DIR."""

import collections
import json
import re
import subprocess
import sys
import unittest

BRAMLEY = sys.argv[1]

# Words in flags' names and help that speak of secrets; a flag with one takes a REF.
SECRET_WORDS = ("token", "challenge", "passphrase", "api-key", "hmac-key")


def load_tree():
    done = subprocess.run([BRAMLEY, "help", "-o", "json"], check=True, capture_output=True)
    return json.loads(done.stdout)


def nodes(node, path=()):
    yield path, node
    for child in node["commands"]:
        yield from nodes(child, (*path, child["name"]))


def flags(tree):
    for path, node in nodes(tree):
        for flag in node["flags"]:
            yield path, flag


class CommandTreeTest(unittest.TestCase):
    tree = load_tree()

    def test_no_variable_serves_two_flags(self):
        seen = collections.Counter(flag["variable"] for _, flag in flags(self.tree))
        seen.pop(None)
        self.assertEqual([], [name for name, count in seen.items() if count > 1])

    def test_variables_begin_with_our_name(self):
        for path, flag in flags(self.tree):
            if flag["variable"]:
                self.assertRegex(flag["variable"], r"^BRAMLEY_[A-Z0-9_]+$", path)

    def test_global_flags_have_their_variables(self):
        twins = {flag["name"]: flag["variable"] for flag in self.tree["flags"]}
        for name in ("server", "token", "context", "config", "ca-file", "output", "timeout"):
            self.assertEqual("BRAMLEY_" + name.upper().replace("-", "_"), twins[name])

    def test_a_flag_takes_a_value_everywhere_or_nowhere(self):
        takes = collections.defaultdict(set)
        for _, flag in flags(self.tree):
            takes[flag["name"]].add(flag["value"] is not None)
        self.assertEqual([], [name for name, kinds in takes.items() if len(kinds) > 1])

    def test_no_command_redefines_a_global_flag(self):
        names = {flag["name"] for flag in self.tree["flags"]}
        letters = {flag["letter"] for flag in self.tree["flags"]} - {None}
        for path, flag in flags(self.tree):
            if path:
                self.assertNotIn(flag["name"], names, path)
                self.assertNotIn(flag["letter"], letters, path)

    def test_no_command_has_a_flag_twice(self):
        for path, node in nodes(self.tree):
            names = [flag["name"] for flag in node["flags"]]
            self.assertEqual(len(names), len(set(names)), path)

    def test_secrets_are_references(self):
        for path, flag in flags(self.tree):
            if flag["name"].endswith(SECRET_WORDS):
                self.assertTrue(flag["secret"], (path, flag["name"]))

    def test_a_secret_as_an_argument_is_refused_and_not_repeated(self):
        word = "s3cret-as-an-argument"
        for path, flag in flags(self.tree):
            if flag["secret"]:
                done = subprocess.run([BRAMLEY, *path, "--" + flag["name"], word], stdin=subprocess.DEVNULL,
                                      capture_output=True, text=True)
                self.assertEqual(2, done.returncode, (path, flag["name"]))
                self.assertNotIn(word, done.stdout + done.stderr, (path, flag["name"]))

    def test_everything_is_explained_in_our_style(self):
        for path, node in nodes(self.tree):
            texts = [node["summary"]] + [flag["help"] for flag in node["flags"]]
            texts += [argument["help"] for argument in node["arguments"]]
            for text in texts:
                self.assertTrue(text, path)
                self.assertFalse(text.endswith("."), (path, text))
                self.assertTrue(text.isascii(), (path, text))

    def test_names_are_lower_case(self):
        for path, node in nodes(self.tree):
            self.assertRegex(node["name"], r"^[a-z][a-z-]*$")
            for flag in node["flags"]:
                self.assertRegex(flag["name"], r"^[a-z][a-z0-9-]*$", path)

    def test_help_of_each_command_names_its_flags(self):
        for path, node in nodes(self.tree):
            done = subprocess.run([BRAMLEY, *path, "--help"], check=True, capture_output=True,
                                  text=True)
            self.assertEqual("", done.stderr)
            for flag in node["flags"]:
                self.assertRegex(done.stdout, rf"--{re.escape(flag['name'])}\b", path)

    def test_commands_that_change_something_can_be_tried(self):
        reading = {"list", "show", "status", "results", "queue", "version", "help", "completion", "serve",
                   "simulate", "verify", "lint", "doctor", "users", "parked", "tail", "renewals",
                   "types", "explain", "build", "validate", "export", "bash", "zsh", "fish", "values"}
        for path, node in nodes(self.tree):
            if not node["commands"] and path[-1] not in reading:
                self.assertIn("dry-run", [flag["name"] for flag in node["flags"]], path)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
