"""A test of one server, and of devices that are enrolled by its SCEP CA without asking it."""

import unittest

from bramley_server import BramleyServer, temporary_folder
from quick_device import QuickDevice
from test_authority import TestAuthority, new_key


class FleetCase(unittest.TestCase):
    def setUp(self):
        self.folder = temporary_folder(self)

    def serve(self, *flags):
        self.server = BramleyServer(self.folder, ["--allow-empty-topic", *flags])
        self.addCleanup(self.server.close)
        self.authority = TestAuthority()
        self.authority.write_to(self.server.credentials_dir)
        self.key = new_key()
        self.server.start()

    def enroll(self, udid):
        device = QuickDevice(self.server, self.authority, self.key, udid)
        self.addCleanup(device.close)
        for status, _ in (device.authenticate(), device.token_update()):
            self.assertEqual(200, status, self.server.log())
        return device
