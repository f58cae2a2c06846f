#!/usr/bin/env python3
"""A database that cannot be written to: 503 to devices, soon, and nothing that was answered otherwise is missing."""

import concurrent.futures
import contextlib
import os
import signal
import sqlite3
import time
import unittest

from bramley_server import BramleyServer, temporary_folder
from quick_device import QuickDevice
from test_authority import TestAuthority, new_key

DEVICES = 8


class StorageTrouble(unittest.TestCase):
    def setUp(self):
        self.server = BramleyServer(temporary_folder(self), ["--allow-empty-topic"])
        self.addCleanup(self.server.close)
        authority = TestAuthority()
        authority.write_to(self.server.credentials_dir)
        self.server.start()
        key = new_key()
        self.devices = [QuickDevice(self.server, authority, key, f"UDID-{number}") for number in range(DEVICES)]
        for device in self.devices:
            self.addCleanup(device.close)
            self.assertEqual([200, 200], [device.authenticate()[0], device.token_update()[0]])
        self.pool = concurrent.futures.ThreadPoolExecutor(DEVICES)
        self.addCleanup(self.pool.shutdown)

    @contextlib.contextmanager
    def held_database(self):
        """As an administrator's sqlite3 shell with an open transaction does."""
        path = os.path.join(self.server.data_dir, "bramley.db")
        with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            yield
            other.execute("ROLLBACK")

    def token_updates(self):
        return [self.pool.submit(device.token_update) for device in self.devices]

    def test_writes_are_503_and_soon_and_reading_goes_on(self):
        with self.held_database():
            begin = time.monotonic()
            waiting = self.token_updates()
            self.assertEqual({(503, b"")}, {answer.result() for answer in waiting})
            self.assertLess(time.monotonic() - begin, 6)
            self.assertEqual((200, b""), self.devices[0].report("Idle"))
            self.assertEqual(1, self.server.enrollment("UDID-0")["token_update_tally"])
        self.assertEqual({(200, b"")}, {answer.result() for answer in self.token_updates()})
        self.assertEqual(2, self.server.enrollment("UDID-0")["token_update_tally"])

    def test_a_stop_ends_in_time_all_the_same(self):
        with self.held_database():
            waiting = self.token_updates()
            time.sleep(0.5)
            begin = time.monotonic()
            self.server.process.send_signal(signal.SIGTERM)
            self.assertEqual(0, self.server.process.wait(timeout=15), self.server.log())
            self.assertLess(time.monotonic() - begin, 10)
            self.assertEqual({(503, b"")}, {answer.result() for answer in waiting})


if __name__ == "__main__":
    unittest.main()
