#!/usr/bin/env python3
"""Whoever is not the device gets 400, and nothing changes."""

import plistlib
import unittest

from device_test import DeviceTest
from shell_device import CHECKIN_TYPE, REPORT_TYPE, TOPIC, uuid_of
from test_authority import TestAuthority


class Refused(DeviceTest):
    """Each of these gets 400 and changes nothing."""

    def setUp(self):
        self.victim = self.device().enroll()
        self.send(self.victim, "C-" + self.victim.udid)
        self.before = self.snapshot(self.victim.udid)

    def assert_unchanged(self):
        self.assertEqual(self.before, self.snapshot(self.victim.udid))
        # And the right one still gets what is its own.
        self.assertEqual("C-" + self.victim.udid, uuid_of(self.victim.idle()))

    def attempts(self, device, put=None, udid=None):
        """Every kind of message from `device` as `udid`."""
        names = {"UDID": udid or self.victim.udid}
        yield device.authenticate(put=put, **names)
        yield device.token_update(put=put, **names)
        yield device.check_out(put=put, **names)
        yield device.report("Acknowledged", "C-" + self.victim.udid, put=put, **names)
        yield device.idle(put=put, **names)

    def test_no_signature(self):
        for answer in self.attempts(self.victim, {"signature": None}):
            self.assert_refused(answer)
        self.assert_unchanged()

    def test_signature_that_is_none(self):
        for signature in ("", "AAAA", "%%%", "MIIB", self.victim.sign(b"other body"), "A" * 20000):
            self.assert_refused(self.victim.idle(put={"signature": signature}))
        self.assert_unchanged()

    def test_tampered_body(self):
        body = plistlib.dumps({"Status": "Acknowledged", "UDID": self.victim.udid,
                               "CommandUUID": "C-" + self.victim.udid})
        signature = self.victim.sign(body)
        for tampered in (body.replace(b"Acknowledged", b"acknowledged"), body + b"\n", body[:-1]):
            self.assert_refused(self.victim.put(tampered, REPORT_TYPE, signature=signature))
        self.assert_unchanged()

    def test_certificate_of_a_foreign_authority(self):
        stranger = self.device("UDID-stranger", authority=TestAuthority("Test CA"))
        for answer in self.attempts(stranger):
            self.assert_refused(answer)
        for answer in self.attempts(stranger, udid=stranger.udid):
            self.assert_refused(answer)
        self.assertIsNone(self.state(stranger.udid))
        self.assert_unchanged()

    def test_certificate_of_another_device(self):
        other = self.device("UDID-other").enroll()
        for answer in self.attempts(other):
            self.assert_refused(answer)
        self.assert_unchanged()
        self.assertEqual("enrolled", self.state("UDID-other"))

    def test_certificate_that_nobody_enrolled_with(self):
        fresh = self.device("UDID-fresh")
        for answer in (fresh.idle(), fresh.token_update(), fresh.check_out(), fresh.report("Acknowledged", "C-1")):
            self.assert_refused(answer)
        self.assertIsNone(self.state("UDID-fresh"))
        self.assert_unchanged()

    def test_expired_certificate(self):
        self.victim.renew(self.authority, days=5, begins_days_ago=10)
        for answer in self.attempts(self.victim):
            self.assert_refused(answer)
        self.assertEqual(self.before, self.snapshot(self.victim.udid))

    def test_certificate_that_is_not_valid_yet(self):
        self.victim.renew(self.authority, days=5, begins_days_ago=-2)
        for answer in self.attempts(self.victim):
            self.assert_refused(answer)
        self.assertEqual(self.before, self.snapshot(self.victim.udid))

    def test_messages_that_are_none(self):
        device = self.victim
        for body in (b"", b"hello", b"<plist", plistlib.dumps([1]), plistlib.dumps({"UDID": device.udid}),
                     plistlib.dumps({"MessageType": "Nonsense", "UDID": device.udid}),
                     plistlib.dumps({"Status": "Idle"}), plistlib.dumps({"Status": "Acknowledged", "UDID": device.udid}),
                     plistlib.dumps({"MessageType": "TokenUpdate", "UDID": device.udid, "Topic": TOPIC, "PushMagic": "m"})):
            for content_type in (CHECKIN_TYPE, REPORT_TYPE):
                with self.subTest(body=body, content_type=content_type):
                    self.assert_refused(device.put(body, content_type))
        self.assert_unchanged()

    def test_large_bodies_are_for_those_whose_certificate_is_known_to_be_ours(self):
        body = plistlib.dumps({"Status": "Idle", "UDID": self.victim.udid, "Filler": b"x" * (2 << 20)})
        self.assertEqual(413, self.victim.put(body, REPORT_TYPE, signature=None).status)
        stranger = self.device("UDID-large", authority=TestAuthority())
        self.assertEqual(413, stranger.put(body, REPORT_TYPE).status)
        self.assertEqual(200, self.victim.put(body, REPORT_TYPE).status)
        self.assert_unchanged()

    def test_nesting_without_end(self):
        deep = b"<plist><dict><key>UDID</key>" + b"<array>" * 100_000 + b"</array>" * 100_000 + b"</dict></plist>"
        self.assert_refused(self.victim.put(deep, REPORT_TYPE))
        self.assert_unchanged()


if __name__ == "__main__":
    unittest.main()
