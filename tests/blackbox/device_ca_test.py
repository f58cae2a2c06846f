#!/usr/bin/env python3
"""--device-ca: identities that another CA issued, and the SCEP CA of before."""

import os
import unittest

from bramley_server import BramleyServer, temporary_folder, write_private
from shell_device import ShellDevice
from test_authority import TestAuthority


class DeviceCa(unittest.TestCase):
    def setUp(self):
        self.folder = temporary_folder(self)
        self.root = TestAuthority("Other root")
        self.issuing = TestAuthority("Other issuing CA", issuer=self.root)

    def server(self, *flags):
        server = BramleyServer(self.folder, ["--allow-empty-topic", *flags])
        self.addCleanup(server.close)
        return server

    def bundle(self, *authorities):
        path = os.path.join(self.folder, "device-ca.pem")
        write_private(path, "".join(authority.pem() for authority in authorities))
        return path

    def status(self, server, authority, udid):
        return ShellDevice(server, authority, udid).authenticate().status

    def test_a_root_and_its_intermediate_in_one_file(self):
        server = self.server("--device-ca", self.bundle(self.issuing, self.root)).start()
        self.assertEqual(200, self.status(server, self.issuing, "UDID-issuing"))
        self.assertEqual(200, self.status(server, self.root, "UDID-root"))
        self.assertEqual(400, self.status(server, TestAuthority("Other issuing CA", issuer=TestAuthority("Other root")),
                                          "UDID-foreign"))

    def test_only_other_authorities(self):
        server = self.server("--scep", "off", "--device-ca", self.bundle(self.root)).start()
        self.assertEqual(200, self.status(server, self.root, "UDID-root"))
        self.assertEqual(404, server.request("GET", "/scep?operation=GetCACaps").status)

    def test_an_intermediate_without_its_root_is_warned_of(self):
        server = self.server("--device-ca", self.bundle(self.issuing)).start()
        self.assertEqual(400, self.status(server, self.issuing, "UDID-issuing"))
        warnings = [line for line in server.log().splitlines() if "Other issuing CA" in line and "warning" in line]
        self.assertEqual(1, len(warnings), server.log())

    def test_an_authority_whose_time_is_over_is_warned_of(self):
        late = TestAuthority("Late root", days=5, begins_days_ago=10)
        server = self.server("--device-ca", self.bundle(late, self.root)).start()
        warnings = [line for line in server.log().splitlines() if "will be refused" in line]
        self.assertEqual(1, len(warnings), server.log())
        self.assertIn("Late root", warnings[0])

    def test_a_new_scep_ca_beside_the_old_one_loses_nobody(self):
        """What the refusal of another SCEP CA gives as the way out."""
        server = self.server()
        self.root.write_to(server.credentials_dir)
        server.start()
        device = ShellDevice(server, self.root, "UDID-old").enroll()
        self.assertEqual(0, server.stop())
        new = TestAuthority("New CA")
        new.write_to(server.credentials_dir)
        again = self.server("--device-ca", self.bundle(self.root))
        again.port = server.port
        again.start()
        device.server = again
        self.assertEqual(200, device.idle().status)
        self.assertEqual(200, self.status(again, new, "UDID-new"))
        self.assertEqual(0, again.stop())
        # Without the old one its devices would be lost, as before.
        with self.assertRaisesRegex(RuntimeError, "SCEP CA is not the one"):
            server.start()


if __name__ == "__main__":
    unittest.main()
