#!/usr/bin/env python3
"""--api-listen: devices on one address, administrators on another, and neither finds the other's doors."""

import base64
import contextlib
import http.client
import unittest

from bramley_server import API_KEY, BramleyServer, free_port, temporary_folder
from shell_device import ShellDevice, command_plist, uuid_of
from test_authority import TestAuthority

KEY = {"Authorization": f"Bearer {API_KEY}"}
BASIC = {"Authorization": "Basic " + base64.b64encode(f"any:{API_KEY}".encode()).decode()}


class ApiListen(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        class Cleanups:
            addCleanup = staticmethod(cls.addClassCleanup)
        cls.api_port = free_port()
        cls.server = BramleyServer(temporary_folder(Cleanups), [
            "--allow-empty-topic", "--open-enrollment", "--api-listen", f"127.0.0.1:{cls.api_port}"])
        cls.addClassCleanup(cls.server.close)
        cls.authority = TestAuthority()
        cls.authority.write_to(cls.server.credentials_dir)
        cls.server.start()

    def ask(self, port, method, path, body=None, headers=None):
        with contextlib.closing(http.client.HTTPConnection("127.0.0.1", port, timeout=20)) as connection:
            connection.request(method, path, body=body, headers=headers or KEY)
            return connection.getresponse().status

    def test_administrators_are_not_answered_where_devices_are(self):
        for path in ("/api/v1/server", "/api/v1/nothing", "/v1/pushcert", "/v1/enqueue/x", "/"):
            for headers in (KEY, BASIC, {"X-No": "key"}):
                self.assertEqual(404, self.ask(self.server.port, "GET", path, headers=headers), path)

    def test_devices_are_not_answered_where_administrators_are(self):
        for path in ("/mdm", "/checkin", "/scep?operation=GetCACaps"):
            self.assertEqual(404, self.ask(self.api_port, "GET", path), path)
            self.assertEqual(404, self.ask(self.api_port, "PUT", path, body=b"x"), path)

    def test_health_and_enrollment_are_on_both(self):
        for port in (self.server.port, self.api_port):
            for path in ("/healthz", "/readyz", "/enroll"):
                self.assertEqual(200, self.ask(port, "GET", path), path)

    def test_a_command_goes_in_here_and_out_there(self):
        device = ShellDevice(self.server, self.authority, "UDID-apart").enroll()
        self.assertEqual(200, self.ask(self.api_port, "PUT", "/v1/enqueue/UDID-apart?nopush=1",
                                       body=command_plist("C-apart"), headers=BASIC))
        self.assertEqual("C-apart", uuid_of(device.idle()))


if __name__ == "__main__":
    unittest.main()
