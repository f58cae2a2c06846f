#!/usr/bin/env python3
"""SIGTERM: what is in flight is answered and committed, idle connections are closed, exit code 0, within 10 s."""

import http.client
import plistlib
import signal
import socket
import time
import unittest

from bramley_server import BramleyServer, temporary_folder
from shell_device import CHECKIN_TYPE, TOPIC, ShellDevice
from test_authority import TestAuthority

LIMIT_SECONDS = 10


class Shutdown(unittest.TestCase):
    def setUp(self):
        self.server = BramleyServer(temporary_folder(self), ["--allow-empty-topic"])
        self.authority = TestAuthority()
        self.authority.write_to(self.server.credentials_dir)
        self.addCleanup(self.server.close)
        self.server.start()

    def stop_and_measure(self):
        begin = time.monotonic()
        code = self.server.stop(seconds=LIMIT_SECONDS + 10)
        return code, time.monotonic() - begin

    def half_a_request(self, device):
        """A signed Authenticate of which all but the last bytes have been sent; and the rest."""
        body = plistlib.dumps({"MessageType": "Authenticate", "UDID": device.udid, "Topic": TOPIC, "SerialNumber": "S"})
        head = (f"PUT /mdm HTTP/1.1\r\nHost: localhost\r\nContent-Type: {CHECKIN_TYPE}\r\n"
                f"Mdm-Signature: {device.sign(body)}\r\nContent-Length: {len(body)}\r\n\r\n")
        connection = socket.create_connection(("127.0.0.1", self.server.port), timeout=15)
        self.addCleanup(connection.close)
        connection.sendall(head.encode() + body[:-10])
        return connection, body[-10:]

    def test_an_idle_server_ends_at_once(self):
        code, seconds = self.stop_and_measure()
        self.assertEqual(0, code, self.server.log())
        self.assertLess(seconds, 2)

    def test_a_request_in_flight_is_answered_and_kept(self):
        device = ShellDevice(self.server, self.authority, "UDID-in-flight")
        connection, rest = self.half_a_request(device)
        time.sleep(0.3)
        self.server.process.send_signal(signal.SIGTERM)
        time.sleep(0.5)
        self.assertIsNone(self.server.process.poll(), "it did not wait for the request")
        connection.sendall(rest)
        response = http.client.HTTPResponse(connection)
        response.begin()
        self.assertEqual(200, response.status)
        self.assertEqual("close", response.getheader("Connection", "").lower())
        self.assertEqual(0, self.server.process.wait(timeout=LIMIT_SECONDS))
        self.server.start()
        self.assertEqual("pending", self.server.enrollment("UDID-in-flight")["state"])

    def test_no_new_connection_is_taken(self):
        connection, _ = self.half_a_request(ShellDevice(self.server, self.authority, "UDID-holding"))
        time.sleep(0.3)
        self.server.process.send_signal(signal.SIGTERM)
        time.sleep(0.5)
        with self.assertRaises(OSError):
            self.server.request("GET", "/healthz", timeout=3)
        connection.close()
        self.assertEqual(0, self.server.process.wait(timeout=LIMIT_SECONDS))

    def test_a_client_that_never_finishes_does_not_hold_it_up(self):
        self.half_a_request(ShellDevice(self.server, self.authority, "UDID-stalled"))
        time.sleep(0.3)
        code, seconds = self.stop_and_measure()
        self.assertEqual(0, code, self.server.log())
        self.assertLess(seconds, LIMIT_SECONDS)

    def test_idle_connections_are_closed(self):
        connection = self.server.connection()
        self.addCleanup(connection.close)
        connection.request("GET", "/healthz")
        self.assertEqual(200, connection.getresponse().status)
        code, seconds = self.stop_and_measure()
        self.assertEqual(0, code, self.server.log())
        self.assertLess(seconds, 2)

    def test_sigint_is_the_same(self):
        self.server.process.send_signal(signal.SIGINT)
        self.assertEqual(0, self.server.process.wait(timeout=LIMIT_SECONDS))

    def test_what_was_answered_before_is_there_after_a_restart(self):
        ShellDevice(self.server, self.authority, "UDID-kept").enroll()
        self.assertEqual(0, self.server.stop())
        self.server.start()
        found = self.server.enrollment("UDID-kept")
        self.assertEqual("enrolled", found["state"])
        # Last-seen times are only in memory for some seconds; a clean end writes them.
        self.assertIsNotNone(found["last_seen_at"])


if __name__ == "__main__":
    unittest.main()
