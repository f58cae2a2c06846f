#!/usr/bin/env python3
"""Push certificates of a running server: taken up when they change, kept when the new ones are bad, stored over
NanoMDM's API."""

import base64
import os
import signal
import subprocess
import time
import unittest

from bramley_server import API_KEY, BramleyServer, run_bramley, temporary_folder, write_private
from push_certificates import TOPIC, PushPair
from quick_device import QuickDevice
from test_authority import TestAuthority, key_pem, new_key

BASIC = {"Authorization": "Basic " + base64.b64encode(f"any:{API_KEY}".encode()).decode()}
OTHER = "com.apple.mgmt.External.ffffffff-0000-4000-8000-000000000000"


class PushCertificates(unittest.TestCase):
    def setUp(self):
        self.folder = temporary_folder(self)
        self.server = BramleyServer(self.folder)
        self.addCleanup(self.server.close)
        self.authority = TestAuthority()
        self.authority.write_to(self.server.credentials_dir)

    def listed(self):
        answer = self.server.api("GET", "/api/v1/push-certificates")
        self.assertEqual(200, answer.status)
        self.assertNotIn(b"PRIVATE", answer.body)
        return answer.json()["push_certificates"]

    def look_again(self, until, what):
        """SIGHUP, and then until the list is as it should be."""
        self.server.process.send_signal(signal.SIGHUP)
        deadline = time.monotonic() + 10
        while time.monotonic() < deadline:
            if until(self.listed()):
                return self.listed()
            time.sleep(0.05)
        return self.fail(f"{what}: {self.listed()}")

    def put(self, text, status):
        answer = self.server.request("PUT", "/v1/pushcert", body=text, headers=BASIC)
        self.assertEqual(status, answer.status, answer)
        return answer.json()

    def test_files_that_change_are_taken_up_and_bad_ones_are_not(self):
        first = PushPair().write_to(self.server.credentials_dir)
        self.server.start()
        self.assertEqual([first.fingerprint()], [item["sha256"] for item in self.listed()])
        renewed = PushPair(days=700)
        file = os.path.join(self.folder, "renewed.pem")
        write_private(file, renewed.pem() + renewed.key_pem())
        done = run_bramley(self.folder, "push-cert", "import", file, "--credentials-dir", self.server.credentials_dir,
                           "--apple-account", "mdm@example.com")
        self.assertEqual(0, done.returncode, done.stderr)
        item, = self.look_again(lambda items: items[0]["sha256"] == renewed.fingerprint(), "the renewed pair")
        self.assertEqual({"id": TOPIC, "topic": TOPIC, "source": "directory", "location": f"push/{TOPIC}.pem",
                          "apple_account": "mdm@example.com", "fault": None},
                         {name: item[name] for name in item if name not in ("not_after", "sha256")})
        write_private(os.path.join(self.server.credentials_dir, "push", TOPIC + ".key"), key_pem(new_key()))
        os.remove(os.path.join(self.server.credentials_dir, "push", TOPIC + ".key.previous"))
        item, = self.look_again(lambda items: items[0]["fault"], "the fault")
        self.assertEqual(renewed.fingerprint(), item["sha256"])
        self.assertIn("does not belong", item["fault"])
        self.assertIn("push certificate refused, what was in force stays so", self.server.log())
        renewed.write_to(self.server.credentials_dir)
        self.look_again(lambda items: items[0]["fault"] is None, "the repaired pair")

    def test_changes_are_seen_without_a_signal(self):
        PushPair().write_to(self.server.credentials_dir)
        self.server.start()
        renewed = PushPair(days=700).write_to(self.server.credentials_dir)
        deadline = time.monotonic() + 30
        while self.listed()[0]["sha256"] != renewed.fingerprint():
            self.assertLess(time.monotonic(), deadline)
            time.sleep(0.2)

    def test_a_pair_put_over_http_is_in_the_directory_and_in_force(self):
        self.server.flags.append("--allow-empty-topic")
        self.server.start()
        pair = PushPair()
        mushed = (pair.key_pem() + pair.pem()).replace("-----\n-----", "----------")
        self.assertEqual({"topic", "not_after"}, set(self.put(mushed, 200)))
        self.assertEqual([pair.fingerprint()], [item["sha256"] for item in self.listed()])
        stem = os.path.join(self.server.credentials_dir, "push", TOPIC)
        public = [subprocess.run(["openssl", *words], capture_output=True, check=True).stdout for words in
                  (("x509", "-in", stem + ".pem", "-noout", "-pubkey"), ("pkey", "-in", stem + ".key", "-pubout"))]
        self.assertEqual(public[0], public[1])
        self.assertEqual(0o600, os.stat(stem + ".key").st_mode & 0o777)
        got = self.server.request("GET", "/v1/pushcert?topic=" + TOPIC, headers=BASIC)
        self.assertEqual(200, got.status)
        # A device enrolls; another topic would lose it.
        device = QuickDevice(self.server, self.authority, new_key(), "UDID-push")
        for status, _ in (device.authenticate(), device.token_update()):
            self.assertEqual(200, status)
        other = PushPair(OTHER)
        error = self.put(other.pem() + other.key_pem(), 409)["error"]
        for words in (OTHER, "1 enrolled device holds", "would be lost", "Renew, not Create"):
            self.assertIn(words, error)
        self.assertFalse(os.path.exists(os.path.join(self.server.credentials_dir, "push", OTHER + ".key")))
        self.assertNotIn("PRIVATE", self.server.log())

    def test_what_comes_from_the_environment_is_renewed_there(self):
        pair = PushPair()
        self.server.environment = {"BRAMLEY_PUSH_CERT": pair.pem(), "BRAMLEY_PUSH_KEY": pair.key_pem()}
        self.server.start()
        item, = self.listed()
        self.assertEqual(("environment", "BRAMLEY_PUSH_CERT"), (item["source"], item["location"]))
        renewed = PushPair(days=700)
        self.assertIn("BRAMLEY_PUSH_CERT", self.put(renewed.pem() + renewed.key_pem(), 409)["error"])
        self.assertFalse(os.path.exists(os.path.join(self.server.credentials_dir, "push")))

    def test_a_start_says_what_cannot_push(self):
        PushPair(days=-1, begins_days_ago=300).write_to(self.server.credentials_dir)
        self.server.start()
        self.assertIn("expired on", self.listed()[0]["fault"])
        self.assertRegex(self.server.log(), f"push/{TOPIC}.pem: it expired on")


if __name__ == "__main__":
    unittest.main()
