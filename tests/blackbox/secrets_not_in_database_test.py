#!/usr/bin/env python3
"""Device secrets, challenges and keys are nowhere in the clear: not in the database and its journal, not in the log."""

import base64
import os
import plistlib
import unittest

from bramley_server import API_KEY
from device_test import DeviceTest
from shell_device import uuid_of
from test_authority import key_pem

UNLOCK = b"unlock-token-that-opens-the-device"
BOOTSTRAP = b"bootstrap-token-that-opens-the-disk"
COMMAND = "passcode-inside-a-command-plist"
REPORT = "recovery-key-inside-a-report"


class SecretsNotInDatabase(DeviceTest):
    def test_nothing_in_the_clear(self):
        device = self.device().enroll()
        self.assert_ok(device.token_update(UnlockToken=UNLOCK))
        self.assert_ok(device.checkin("SetBootstrapToken", BootstrapToken=BOOTSTRAP))
        self.send(device, "C-secret", NewPassword=COMMAND)
        self.assertEqual("C-secret", uuid_of(device.idle()))
        self.assert_nothing_to_do(device.report("Acknowledged", "C-secret", Key=REPORT))
        challenge = self.created("/api/v1/scep-challenges", {"ttl": "1h"})["challenge"]
        token = self.created("/api/v1/enrollment-tokens", {"ttl": "1h", "max_uses": 1, "note": "n"})["token"]
        # They are there, sealed: the server can read them again, also after a restart.
        self.assertEqual(0, self.server.stop())
        self.server.start()
        self.assertEqual(REPORT, self.server.results("C-secret")[0]["report"]["Key"])
        answer = device.checkin("GetBootstrapToken")
        self.assertEqual({"BootstrapToken": BOOTSTRAP}, plistlib.loads(answer.body))
        # A kill leaves the journal as it is.
        self.server.kill()
        secrets = [UNLOCK, BOOTSTRAP, COMMAND.encode(), REPORT.encode(), challenge.encode(), token.encode(),
                   API_KEY.encode(), key_pem(self.authority.key).splitlines()[3].encode()]
        secrets += [base64.b64encode(secret).rstrip(b"=")[:-1] for secret in secrets]
        for path, content in self.files():
            for secret in secrets:
                self.assertNotIn(secret, content, path)

    def created(self, path, body):
        answer = self.server.api("POST", path, body)
        self.assertEqual(201, answer.status, answer)
        return answer.json()

    def files(self):
        """The database with its journals, and the log."""
        found = [os.path.join(self.server.data_dir, name) for name in os.listdir(self.server.data_dir)
                 if name.startswith("bramley.db")]
        self.assertTrue(found)
        for path in [*found, self.server.log_path]:
            with open(path, "rb") as file:
                yield path, file.read()


if __name__ == "__main__":
    unittest.main()
