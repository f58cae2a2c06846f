#!/usr/bin/env python3
"""The server's own TLS, and client certificates in it."""

import unittest

from device_test import DeviceTest
from shell_device import uuid_of
from test_authority import TestAuthority


class OverTls(DeviceTest):
    """TLS is the server's own; a client certificate identifies as a signature does."""

    tls = True

    def setUp(self):
        self.trust = ("--cacert", self.server.folder + "/tls.pem")

    def put(self, device, **more):
        return {"signature": None, "curl": (*self.trust, "--cert", device.certificate, "--key", device.key), **more}

    def test_client_certificate_in_place_of_a_signature(self):
        device = self.device()
        self.assert_ok(device.authenticate(put=self.put(device)))
        self.assert_ok(device.token_update(put=self.put(device)))
        self.send(device, "C-tls")
        self.assertEqual("C-tls", uuid_of(device.idle(put=self.put(device))))

    def test_signature_over_tls(self):
        device = self.device()
        self.assert_ok(device.authenticate(put={"curl": self.trust}))

    def test_foreign_expired_and_no_client_certificate_are_refused_after_the_handshake(self):
        device = self.device()
        self.assert_ok(device.authenticate(put=self.put(device)))
        stranger = self.device("UDID-tls-stranger", authority=TestAuthority())
        late = self.device("UDID-tls-late", days=5, begins_days_ago=10)
        for put in (self.put(stranger), self.put(late), {"signature": None, "curl": self.trust}):
            self.assert_refused(device.idle(put=put))

    def test_a_bad_signature_is_not_papered_over_by_a_good_certificate(self):
        device = self.device()
        self.assert_ok(device.authenticate(put=self.put(device)))
        self.assert_refused(device.idle(put=self.put(device, signature=device.sign(b"other"))))


if __name__ == "__main__":
    unittest.main()
