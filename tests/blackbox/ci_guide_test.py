"""docs/guides/ci.md, run as it is written: the shell script and the steps of the GitHub Actions file, with a token as the
guide makes it, against `serve` and `simulate`."""

import json
import os
import re
import subprocess
import sys
import tempfile
import time
import unittest

import yaml

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
from bramley_server import BramleyServer, binary, clean_environment  # noqa: E402

GUIDE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "docs", "guides", "ci.md")
PROFILE = """<?xml version="1.0" encoding="UTF-8"?>
<plist version="1.0"><dict><key>PayloadType</key><string>Configuration</string><key>PayloadVersion</key><integer>1</integer>
<key>PayloadIdentifier</key><string>org.example.wifi</string><key>PayloadUUID</key><string>A</string>
<key>PayloadDisplayName</key><string>Wi-Fi</string><key>PayloadContent</key><array/></dict></plist>
"""


def block(language):
    """The first block of code in that language."""
    with open(GUIDE, encoding="utf-8") as file:
        return re.search(rf"^```{language}\n(.*?)^```$", file.read(), re.DOTALL | re.MULTILINE)[1]


def token_command():
    with open(GUIDE, encoding="utf-8") as file:
        return re.search(r"^bramley (token create .*)$", file.read(), re.MULTILINE)[1].split()


class CiGuide(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="bramley-ci-")
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        self.work = os.path.join(self.folder, "work")
        os.mkdir(self.work)
        with open(os.path.join(self.work, "wifi.mobileconfig"), "w", encoding="ascii") as file:
            file.write(PROFILE)
        self.server = BramleyServer(self.folder, flags=["--open-enrollment", "--allow-empty-topic"])
        self.addCleanup(self.server.close)
        self.server.start()
        self.tools = os.path.join(self.folder, "bin")
        os.mkdir(self.tools)
        os.symlink(binary(), os.path.join(self.tools, "bramley"))
        made = self.admin(*token_command(), "-o", "json")
        self.token = json.loads(made.stdout)["token"]

    def environment(self, token):
        # No file and no home: what the guide says.
        found = clean_environment("/nonexistent", BRAMLEY_SERVER=self.server.url, BRAMLEY_TOKEN=token)
        found["PATH"] = f"{self.tools}:{found['PATH']}"
        return found

    def admin(self, *words):
        done = subprocess.run([binary(), *words], env=self.environment(f"@{self.server.api_key_file}"),
                              capture_output=True, text=True, timeout=60, check=False)
        assert done.returncode == 0, done.stderr
        return done

    def macs(self, count, *flags):
        """The ids of the Macs among so many simulated devices, which poll until the test ends."""
        state = tempfile.mkdtemp(dir=self.folder)
        simulate = subprocess.Popen(
            [binary(), "simulate", "--url", self.server.url, "--devices", str(count), "--duration", "300s",
             "--poll", "1s", "--dir", state, *flags],
            env=clean_environment(self.folder), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.addCleanup(simulate.wait)
        self.addCleanup(simulate.kill)
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            listed = json.loads(self.admin("device", "list", "--state", "enrolled", "-o", "json").stdout)
            if len(listed) == count:
                found = [device["id"] for device in listed if device["platform"] == "macOS"]
                self.assertTrue(found)
                return found
            time.sleep(0.1)
        self.fail(f"{count} devices did not enroll:\n{self.server.log()}")

    def run_script(self, script, token=None):
        return subprocess.run(["sh", "-c", script], cwd=self.work, env=self.environment(token or self.token),
                              capture_output=True, text=True, timeout=120, check=False)

    def test_the_script_ends_with_0_when_every_mac_did_it(self):
        ids = self.macs(6)
        done = self.run_script(block("sh"))
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("every Mac has it", done.stdout)
        with open(os.path.join(self.work, "answers.ndjson"), encoding="utf-8") as file:
            answers = [json.loads(line) for line in file]
        self.assertEqual(sorted(answer["enrollment_id"] for answer in answers), sorted(ids))
        self.assertEqual({answer["state"] for answer in answers}, {"acknowledged"})

    def test_the_script_fails_where_macs_refuse_it(self):
        self.macs(4, "--error", "1")
        done = self.run_script(block("sh"))
        self.assertEqual(done.returncode, 1, done.stderr)
        self.assertIn("it failed: exit code 1", done.stdout)

    def test_the_steps_of_the_actions_file(self):
        self.macs(4)
        job = yaml.safe_load(block("yaml"))["jobs"]["install"]
        scripts = [step["run"] for step in job["steps"] if "run" in step]
        self.assertEqual(len(scripts), 2)
        self.assertEqual(set(job["env"]), {"BRAMLEY_SERVER", "BRAMLEY_TOKEN"})
        for script in scripts:
            done = self.run_script("set -e\n" + script)
            self.assertEqual(done.returncode, 0, done.stderr)

    def test_nobody_is_meant(self):
        self.assertEqual(self.run_script(block("sh")).returncode, 7)

    def test_the_token_can_do_that_and_nothing_else(self):
        macs = self.macs(3)
        erase = ("bramley command send EraseDevice --select 'platform == \"macOS\"' --yes --no-validate "
                 f"--expect-count {len(macs)}")
        done = self.run_script(erase)
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("EraseDevice", done.stderr)
        self.assertNotEqual(self.run_script("bramley token create --name more --role admin").returncode, 0)
        listed = json.loads(self.admin("command", "list", "--type", "EraseDevice", "-o", "json").stdout)
        self.assertEqual(listed, [])
        self.assertEqual(self.run_script("bramley device list", token="brm_nonsense").returncode, 4)


if __name__ == "__main__":
    unittest.main()
