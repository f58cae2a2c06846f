"""What tests of the devices' door share: one server a class, and devices made of openssl and curl."""

import unittest

from bramley_server import BramleyServer, temporary_folder
from shell_device import ShellDevice, command_plist
from test_authority import TestAuthority, server_certificate

FLAGS = ("--allow-empty-topic",)


class DeviceTest(unittest.TestCase):
    """One server a class; each test has devices of its own."""

    tls = False
    flags = ()

    @classmethod
    def setUpClass(cls):
        cls.folder = temporary_folder_of(cls)
        flags = [*FLAGS, *cls.flags]
        if cls.tls:
            certificate, key = server_certificate(cls.folder)
            flags += ["--tls-cert", certificate, "--tls-key", key]
        cls.server = BramleyServer(cls.folder, flags, tls=cls.tls)
        cls.authority = TestAuthority()
        cls.authority.write_to(cls.server.credentials_dir)
        cls.addClassCleanup(cls.server.close)
        cls.server.start()

    def device(self, udid=None, authority=None, **options):
        # The test's name; a common name has 64 characters at most.
        udid = udid or "UDID-" + self.id().rsplit(".test_", 1)[-1][-50:]
        return ShellDevice(self.server, authority or self.authority, udid, **options)

    def assert_ok(self, answer):
        self.assertEqual(200, answer.status, self.server.log()[-2000:])
        return answer

    def assert_nothing_to_do(self, answer):
        """200, no body, and Content-Length: 0 said outright: what devices take for "you may go"."""
        self.assert_ok(answer)
        self.assertEqual(b"", answer.body)
        self.assertEqual("0", answer.headers.get("content-length"))

    def assert_refused(self, answer):
        """400, never 401 or 403: a device would remove its management. And nothing about the inside."""
        self.assertEqual(400, answer.status)
        self.assertNotIn(b"certificate", answer.body.lower())

    def send(self, device, *uuids, channel=None, **keys):
        for uuid in uuids:
            plist = command_plist(uuid, **keys)
            answer = self.server.enqueue([channel or device.udid], plist, "?nopush=1")
            self.assertEqual(200, answer.status, answer)

    def state(self, udid):
        found = self.server.enrollment(udid)
        return found and found["state"]

    def snapshot(self, udid):
        """All that the server says about a device, but for when it saw it."""
        found = self.server.enrollment(udid)
        if found:
            found.pop("last_seen_at")
            found["facts"].pop("last_seen", None)
        return found, [(item["command_uuid"], item["state"]) for item in self.server.queue(udid)] if found else []


def temporary_folder_of(cls):
    class Cleanups:
        addCleanup = staticmethod(cls.addClassCleanup)
    return temporary_folder(Cleanups)
