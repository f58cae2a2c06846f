#!/usr/bin/env python3
"""API tokens from outside: `bramley token` makes them, curl and the command line use them, and a revoked one is over."""

import glob
import json
import os
import subprocess
import unittest

from bramley_server import BramleyServer, run_bramley, temporary_folder
from quick_device import QuickDevice
from shell_device import command_plist
from test_authority import TestAuthority, new_key


class ApiTokens(unittest.TestCase):
    def setUp(self):
        self.folder = temporary_folder(self)
        self.server = BramleyServer(self.folder, ["--allow-empty-topic", "--events", "on"])
        self.addCleanup(self.server.close)
        self.authority = TestAuthority()
        self.authority.write_to(self.server.credentials_dir)
        self.server.start()

    def bramley(self, *words, token=None):
        reference = "@" + (token or self.server.api_key_file)
        return run_bramley(self.folder, *words, "--server", self.server.url, "--token", reference)

    def make(self, name, role, *more):
        """The file that a new token is in, and its id."""
        path = os.path.join(self.folder, name + ".token")
        made = self.bramley("token", "create", "--name", name, "--role", role, "--out", path, "-o", "json", *more)
        self.assertEqual(0, made.returncode, made.stderr)
        self.assertEqual(0o600, os.stat(path).st_mode & 0o777)
        return path, json.loads(made.stdout)["id"]

    def curl(self, path, *words):
        """The status, and what came."""
        done = subprocess.run(["curl", "-sS", "--max-time", "60", "-w", "\n%{http_code}", *words,
                               self.server.url + path], capture_output=True, text=True, timeout=90, check=True)
        body, _, status = done.stdout.rpartition("\n")
        return int(status), body

    @staticmethod
    def secret(path):
        with open(path, encoding="utf-8") as file:
            return file.read().strip()

    def bearer(self, path):
        return ["-H", f"Authorization: Bearer {self.secret(path)}"]

    def enroll(self):
        device = QuickDevice(self.server, self.authority, new_key(), "UDID-1")
        self.addCleanup(device.close)
        for status, _ in (device.authenticate(), device.token_update()):
            self.assertEqual(200, status, self.server.log())

    def listed(self, name):
        tokens = json.loads(self.bramley("token", "list", "-o", "json").stdout)
        return next(token for token in tokens if token["id"] == name)

    def test_a_pipeline_that_cannot_erase(self):
        self.enroll()
        token, name = self.make("ci", "operator", "--types", "DeviceInformation,SecurityInfo", "--expires", "30d")
        sent = self.bramley("command", "send", "SecurityInfo", "--device", "UDID-1", "--no-push", "-o", "json", token=token)
        self.assertEqual(0, sent.returncode, sent.stderr)
        commands = json.loads(self.bramley("command", "list", "-o", "json", token=token).stdout)
        self.assertEqual([{"id": name, "name": "ci"}], [command["created_by"] for command in commands])
        refused = self.bramley("command", "send", "DeviceLock", "--device", "UDID-1", "--yes", "--no-push",
                               token=token)
        self.assertEqual(4, refused.returncode, refused.stderr)
        self.assertIn("may not queue or cancel commands of type DeviceLock", refused.stderr)
        self.assertIn("hint: it is limited to DeviceInformation, SecurityInfo", refused.stderr)
        plist = os.path.join(self.folder, "erase.plist")
        with open(plist, "wb") as file:
            file.write(command_plist("C-erase", "EraseDevice"))
        basic = ["-u", "anybody:" + self.secret(token), "-T", plist]
        status, body = self.curl("/v1/enqueue/UDID-1?nopush=1", *basic)
        self.assertEqual(403, status, body)
        self.assertIn("EraseDevice", json.loads(body)["error"])
        self.assertEqual(1, len(self.server.queue("UDID-1")))
        self.assertIsNotNone(self.listed(name)["last_used_at"])
        self.assertIn(f"token_id={name} token_name=ci", self.server.log())

    def test_a_revoked_one_is_over_at_once_and_says_so_after_a_restart(self):
        reader, name = self.make("reader", "reader")
        self.assertEqual(200, self.curl("/api/v1/enrollments", *self.bearer(reader))[0])
        self.assertEqual(403, self.curl("/api/v1/tokens", *self.bearer(reader))[0])
        used = self.listed(name)["last_used_at"]
        revoked = self.bramley("token", "revoke", name)
        self.assertEqual(0, revoked.returncode, revoked.stderr)
        status, body = self.curl("/api/v1/enrollments", *self.bearer(reader))
        wrong = self.curl("/api/v1/enrollments", "-H", "Authorization: Bearer brm_" + "x" * 43)
        self.assertEqual(401, status)
        for answer in (json.loads(body), json.loads(wrong[1])):
            answer.pop("trace_id")
            self.assertEqual("the API key or token is missing, wrong, or not good any more", answer["detail"])
        listed = self.bramley("device", "list", token=reader)
        self.assertEqual(4, listed.returncode)
        self.assertIn("the token has expired or was revoked", listed.stderr)
        self.assertEqual(0, self.server.stop())
        self.server.start()
        self.assertEqual(401, self.curl("/api/v1/enrollments", *self.bearer(reader))[0])
        after = self.listed(name)
        self.assertEqual(used, after["last_used_at"])
        self.assertIsNotNone(after["revoked_at"])

    def test_an_event_stream_ends_with_its_token(self):
        reader, name = self.make("reader", "reader")
        curl = subprocess.Popen(
            ["curl", "-sS", "-N", "--max-time", "60", *self.bearer(reader), "-H", "Accept: text/event-stream",
             self.server.url + "/api/v1/events"], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.addCleanup(curl.kill)
        self.assertEqual(b"retry: 2000\n", curl.stdout.readline())
        self.assertEqual(0, self.bramley("token", "revoke", name).returncode)
        self.enroll()
        output, errors = curl.communicate(timeout=60)
        self.assertEqual((0, b""), (curl.returncode, errors))
        self.assertNotIn(b"mdm.", output)

    def test_its_secret_is_nowhere_but_in_its_file(self):
        token, _ = self.make("reader", "reader")
        self.assertEqual(200, self.curl("/api/v1/server", *self.bearer(token))[0])
        self.assertEqual(0, self.server.stop())
        secret = self.secret(token).encode()
        searched = [path for path in glob.glob(self.server.data_dir + "/**", recursive=True) if os.path.isfile(path)]
        self.assertTrue(any(path.endswith("bramley.db") for path in searched), searched)
        for path in [*searched, self.server.log_path]:
            with open(path, "rb") as file:
                self.assertNotIn(secret, file.read(), path)

    def test_a_large_body_is_taken_from_a_token_and_from_no_stranger(self):
        self.enroll()
        token, _ = self.make("ci", "operator")
        body = os.path.join(self.folder, "large.json")
        with open(body, "w", encoding="utf-8") as file:
            json.dump({"targets": ["D" * 200] * 1000}, file)
        post = ["-X", "POST", "-H", "Content-Type: application/json", "--data-binary", "@" + body]
        self.assertEqual(200, self.curl("/api/v1/push", *self.bearer(token), *post)[0])
        stranger = ["-H", "Authorization: Bearer brm_" + "x" * 43]
        self.assertEqual(413, self.curl("/api/v1/push", *stranger, *post)[0])


if __name__ == "__main__":
    unittest.main(verbosity=2)
