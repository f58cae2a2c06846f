#!/usr/bin/env python3
"""--dump: what devices say and are answered, without their secrets, in a file of the operator's own."""

import base64
import os
import stat
import subprocess
import unittest

from bramley_server import BramleyServer, clean_environment, run_bramley, temporary_folder
from shell_device import ShellDevice, command_plist, uuid_of
from test_authority import TestAuthority

UNLOCK = b"the-unlock-token"
BOOTSTRAP = b"the-bootstrap-token"


class Dump(unittest.TestCase):
    def setUp(self):
        self.folder = temporary_folder(self)
        self.path = os.path.join(self.folder, "traffic")
        self.authority = TestAuthority()

    def server(self, *flags):
        server = BramleyServer(self.folder, ["--allow-empty-topic", *flags])
        self.addCleanup(server.close)
        self.authority.write_to(server.credentials_dir)
        return server

    def say_everything(self, server):
        device = ShellDevice(server, self.authority, "UDID-1")
        self.assertEqual(200, device.authenticate().status)
        self.assertEqual(200, device.token_update(UnlockToken=UNLOCK).status)
        self.assertEqual(200, device.checkin("SetBootstrapToken", BootstrapToken=BOOTSTRAP).status)
        self.assertEqual(200, device.checkin("GetBootstrapToken").status)
        plist = command_plist("C1", "SetRecoveryLock", NewPassword="hunter2")
        self.assertEqual(200, server.enqueue([device.udid], plist, "?nopush=1").status)
        self.assertEqual("C1", uuid_of(device.idle()))
        self.assertEqual(200, device.report("Acknowledged", "C1", RotateResult={"EncryptedNewRecoveryKey": b"rotated"},
                                            Harmless="to be seen").status)
        self.assertEqual(400, device.checkin("Unheard-of").status)
        return device

    def check(self, text):
        for seen in ("<string>Authenticate</string>", "<string>TokenUpdate</string>", "SetRecoveryLock", "to be seen",
                     "Unheard-of", "--- 200", "--- 400", "PUT /mdm enrollment=UDID-1", "(masked, 16 bytes)"):
            self.assertIn(seen, text)
        for secret in (UNLOCK, BOOTSTRAP, b"hunter2", b"magic-UDID-1", b"\x01" * 32, b"rotated"):
            self.assertNotIn(secret.decode(), text)
            self.assertNotIn(base64.b64encode(secret).decode(), text)

    def test_a_file_that_is_private(self):
        server = self.server("--dump", self.path).start()
        device = self.say_everything(server)
        self.assertEqual(0, server.stop())
        self.assertIn("warning: --dump: what devices say is written to " + self.path, server.log())
        with open(self.path, encoding="utf-8") as file:
            text = file.read()
        self.check(text)
        self.assertEqual(0o600, stat.S_IMODE(os.stat(self.path).st_mode))
        # It goes on where it was.
        server.start()
        self.assertEqual(200, device.idle().status)
        self.assertEqual(0, server.stop())
        with open(self.path, encoding="utf-8") as file:
            self.assertTrue(file.read().startswith(text))

    def test_standard_output(self):
        server = self.server("--dump", "-")
        with open(self.path, "wb") as out, open(server.log_path, "ab") as log:
            server.process = subprocess.Popen(server.command(), stdin=subprocess.DEVNULL, stdout=out, stderr=log,
                                              env=clean_environment(self.folder))
        server.wait_until_ready()
        self.say_everything(server)
        self.assertEqual(0, server.stop())
        with open(self.path, encoding="utf-8") as file:
            self.check(file.read())

    def test_a_file_that_cannot_be_written_stops_the_start(self):
        done = run_bramley(self.folder, "serve", "--listen", "127.0.0.1:0", "--dump", self.folder)
        self.assertNotEqual(0, done.returncode)
        self.assertIn("open the dump " + self.folder, done.stderr)

    def test_nothing_is_dumped_unless_it_is_wanted(self):
        server = self.server().start()
        self.say_everything(server)
        self.assertEqual(0, server.stop())
        self.assertNotIn("--dump", server.log())
        self.assertNotIn("to be seen", server.log())


if __name__ == "__main__":
    unittest.main()
