#!/usr/bin/env python3
"""kill -9 at random moments under load, fifty times: whatever was answered with 200 is still there.

Four fleets of one thread each enroll devices, poll and acknowledge; one administrator queues commands. They note
only what the server answered with 200. A report that was lost would make its command come again, a lost command
would never come, a lost enrollment would be unknown. The moments are drawn from a fixed seed (BRAMLEY_SEED changes
it, BRAMLEY_KILLS the number).
"""

import http.client
import os
import plistlib
import random
import threading
import time
import unittest

from bramley_server import BramleyServer, temporary_folder
from quick_device import QuickDevice
from shell_device import command_plist
from test_authority import TestAuthority, new_key

KILLS = int(os.environ.get("BRAMLEY_KILLS", "50"))
SEED = int(os.environ.get("BRAMLEY_SEED", "20261124"))
FLEETS = 4
NO_ANSWER = (OSError, http.client.HTTPException)


class Ledger:
    """What the server has promised. For all threads."""

    def __init__(self):
        self.lock = threading.Lock()
        self.pending = set()        # UDIDs whose Authenticate was answered
        self.enrolled = []          # … and their TokenUpdate
        self.queued = {}            # CommandUUID -> UDID
        self.acknowledged = set()   # CommandUUIDs
        self.faults = []
        self.requests = 0

    def fault(self, text):
        with self.lock:
            self.faults.append(text)


class Fleet(threading.Thread):
    """Enrolls a device now and then; polls and acknowledges for those that it has."""

    def __init__(self, number, server, authority, ledger, stop):
        super().__init__(name=f"fleet-{number}")
        self.number, self.server, self.authority, self.ledger, self.stop = number, server, authority, ledger, stop
        self.random = random.Random(SEED + 1 + number)
        self.key = new_key()
        self.devices = []
        self.unanswered = {}  # UDID -> CommandUUID
        self.made = 0

    def run(self):
        while not self.stop.is_set():
            try:
                if not self.devices or (len(self.devices) < 60 and self.random.random() < 0.15):
                    self.enroll()
                else:
                    self.poll(self.random.choice(self.devices))
            except NO_ANSWER:
                time.sleep(0.02)

    def count(self):
        with self.ledger.lock:
            self.ledger.requests += 1

    def enroll(self):
        self.made += 1
        device = QuickDevice(self.server, self.authority, self.key, f"UDID-{self.number}-{self.made}")
        self.expect(device.authenticate(), device, "Authenticate")
        with self.ledger.lock:
            self.ledger.pending.add(device.udid)
        self.expect(device.token_update(), device, "TokenUpdate")
        with self.ledger.lock:
            self.ledger.enrolled.append(device.udid)
        self.devices.append(device)

    def expect(self, answer, device, what):
        self.count()
        status, body = answer
        if status != 200:
            self.ledger.fault(f"{what} of {device.udid}: {status}")
        return body

    def poll(self, device):
        # As devices do: a report that got no answer is sent again before anything else.
        uuid = self.unanswered.get(device.udid)
        body = None if uuid else self.expect(device.report("Idle"), device, "Idle")
        while (uuid or body) and not self.stop.is_set():
            if not uuid:
                uuid = plistlib.loads(body)["CommandUUID"]
                if uuid in self.ledger.acknowledged:
                    self.ledger.fault(f"{uuid} was acknowledged and comes again: a report was lost")
                    return
            self.unanswered[device.udid] = uuid
            body = self.expect(device.report("Acknowledged", uuid), device, "report")
            del self.unanswered[device.udid]
            with self.ledger.lock:
                self.ledger.acknowledged.add(uuid)
            uuid = None

    def drain(self):
        """Polls until nothing is left; the server stays up. Connections of before its last start are stale."""
        for device in self.devices:
            device.close()
            self.poll(device)
            device.close()


class Administrator(threading.Thread):
    def __init__(self, server, ledger, stop):
        super().__init__(name="administrator")
        self.server, self.ledger, self.stop = server, ledger, stop
        self.random = random.Random(SEED)
        self.made = 0

    def run(self):
        while not self.stop.is_set():
            with self.ledger.lock:
                udid = self.random.choice(self.ledger.enrolled) if self.ledger.enrolled else None
            if udid is None:
                time.sleep(0.02)
                continue
            self.made += 1
            uuid = f"C-{self.made}"
            try:
                answer = self.server.enqueue([udid], command_plist(uuid), "?nopush=1")
            except NO_ANSWER:
                time.sleep(0.02)
                continue
            if answer.status != 200:
                self.ledger.fault(f"enqueue for {udid}: {answer}")
            with self.ledger.lock:
                self.ledger.queued[uuid] = udid
                self.ledger.requests += 1


class Kill9(unittest.TestCase):
    def test_nothing_that_was_answered_is_lost(self):
        server = BramleyServer(temporary_folder(self), ["--allow-empty-topic"])
        self.addCleanup(server.close)
        authority = TestAuthority()
        authority.write_to(server.credentials_dir)
        server.start()
        ledger, stop = Ledger(), threading.Event()
        fleets = [Fleet(number, server, authority, ledger, stop) for number in range(FLEETS)]
        threads = [*fleets, Administrator(server, ledger, stop)]
        for thread in threads:
            thread.start()
        try:
            self.kill_and_restart(server, ledger)
        finally:
            stop.set()
            for thread in threads:
                thread.join(timeout=30)
        stop.clear()
        for fleet in fleets:
            fleet.drain()
        print(f"{KILLS} kills, {ledger.requests} requests answered, {len(ledger.enrolled)} devices enrolled, "
              f"{len(ledger.queued)} commands queued, {len(ledger.acknowledged)} acknowledged")
        self.check(server, ledger)

    def kill_and_restart(self, server, ledger):
        moments = random.Random(SEED)
        for _ in range(KILLS):
            time.sleep(moments.uniform(0.02, 0.7))
            server.kill()
            server.start()
            if ledger.faults:
                return

    def check(self, server, ledger):
        self.assertEqual([], ledger.faults)
        self.assertGreater(ledger.requests, 20 * KILLS, "too little load to say anything")
        states = {found["id"]: found["state"] for found in server.enrollments()}
        self.assertEqual(set(), ledger.pending - set(states), "an Authenticate was lost")
        lost = [udid for udid in ledger.enrolled if states[udid] != "enrolled"]
        self.assertEqual([], lost, "a TokenUpdate was lost")
        self.assertEqual(set(), set(ledger.queued) - ledger.acknowledged, "a command was lost")
        for uuid in ledger.acknowledged:
            results = server.results(uuid)
            self.assertEqual(["acknowledged"], [result["state"] for result in results], f"the report of {uuid} was lost")
            self.assertEqual("x" * 500, results[0]["report"]["Answer"])


if __name__ == "__main__":
    unittest.main()
