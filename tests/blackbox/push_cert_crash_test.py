#!/usr/bin/env python3
"""An import that is cut short, at every step and twice in a row, leaves the old pair or the new one in force: never
half of each."""

import json
import os
import shutil
import subprocess
import sys
import unittest

from bramley_server import binary, clean_environment, run_bramley, temporary_folder, write_private
from push_certificates import TOPIC, PushPair

HERE = os.path.dirname(os.path.abspath(__file__))
CRASHED = 86
SKIPPED = 77


class PushCertCrash(unittest.TestCase):
    def setUp(self):
        self.folder = temporary_folder(self)
        self.library = os.path.join(self.folder, "crash.so")
        subprocess.run(["cc", "-shared", "-fPIC", "-o", self.library,
                        os.path.join(HERE, "..", "support", "crash_at_rename.c"), "-ldl"], check=True)
        self.pairs = [PushPair(days=days) for days in (100, 400, 800)]
        self.files = []
        for number, pair in enumerate(self.pairs):
            self.files.append(os.path.join(self.folder, f"{number}.pem"))
            write_private(self.files[-1], pair.pem() + pair.key_pem())

    def take(self, credentials, number, crash=None):
        """An import; whether it was cut short."""
        command = [binary(), "push-cert", "import", self.files[number], "--credentials-dir", credentials,
                   "--apple-account", f"{number}@example.com"]
        more = {"LD_PRELOAD": self.library, "BRAMLEY_CRASH_AT": str(crash[0]), "BRAMLEY_CRASH": crash[1]} if crash else {}
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False,
                              env=clean_environment(self.folder) | more)
        self.assertIn(done.returncode, (0, CRASHED), done.stderr)
        return done.returncode == CRASHED

    def in_force(self, credentials):
        """The number of the pair that a server would use; it must have its own key."""
        done = run_bramley(self.folder, "push-cert", "show", "--credentials-dir", credentials, "-o", "json")
        self.assertEqual(0, done.returncode, done.stderr)
        shown, = json.loads(done.stdout)
        self.assertEqual((TOPIC, True, None), (shown["topic"], shown["has_key"], shown["fault"]))
        return [pair.fingerprint() for pair in self.pairs].index(shown["sha256"])

    def moments(self):
        """Every moment at which an import of pair 1 over pair 0 can end."""
        for at in range(1, 50):
            for when in ("before", "after"):
                credentials = os.path.join(self.folder, f"at-{at}-{when}")
                self.take(credentials, 0)
                if not self.take(credentials, 1, (at, when)):
                    self.assertEqual("before", when)
                    self.assertEqual(1, self.in_force(credentials))
                    return
                yield credentials
        self.fail("an import never came to its end")

    def test_one_pair_is_in_force_whenever_it_ends(self):
        seen = []
        for credentials in self.moments():
            seen.append(self.in_force(credentials))
            # Cut short again wherever: the pair that is in force is not given up.
            again, number = credentials + "-again", 0
            while True:
                number += 1
                shutil.rmtree(again, ignore_errors=True)
                shutil.copytree(credentials, again)
                if not self.take(again, 2, (number, "after")):
                    break
                self.assertIn(self.in_force(again), (seen[-1], 2))
            self.assertEqual(2, self.in_force(again))
            self.assertFalse(self.take(credentials, 1))
            self.assertEqual(1, self.in_force(credentials))
        # Both outcomes happen, and once the new pair is in force it stays so.
        self.assertEqual({0, 1}, set(seen))
        self.assertEqual(sorted(seen), seen)
        self.assertGreaterEqual(len(seen), 10)

    def test_the_first_import_leaves_all_or_nothing(self):
        for at in range(1, 50):
            credentials = os.path.join(self.folder, f"first-{at}")
            if not self.take(credentials, 0, (at, "after")):
                break
            done = run_bramley(self.folder, "push-cert", "status", "--credentials-dir", credentials, "-o", "json")
            self.assertIn(done.returncode, (0, 5))
            self.assertIn([row["state"] for row in json.loads(done.stdout)], ([], ["ok"]))
            self.assertFalse(self.take(credentials, 0))
            self.assertEqual(0, self.in_force(credentials))
        self.assertGreater(at, 2)


if __name__ == "__main__":
    if any(name in os.environ for name in ("ASAN_OPTIONS", "TSAN_OPTIONS")) or shutil.which("cc") is None:
        sys.exit(SKIPPED)  # sanitizers want to be preloaded first
    unittest.main()
