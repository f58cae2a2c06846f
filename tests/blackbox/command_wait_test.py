#!/usr/bin/env python3
"""Waiting for answers: `bramley command send --wait`, `bramley command results --wait`, and the stream under them."""

import json
import os
import signal
import subprocess
import threading
import time
import unittest

from bramley_server import API_KEY, binary, clean_environment, run_bramley
from fleet_case import FleetCase
from quick_device import QuickDevice
from shell_device import CHECKIN_TYPE, REPORT_TYPE, TOPIC

STREAM = {"Authorization": f"Bearer {API_KEY}", "Accept": "text/event-stream"}
PLIST = """<plist version="1.0"><dict><key>Command</key><dict><key>RequestType</key><string>ProfileList</string></dict>
<key>CommandUUID</key><string>{}</string></dict></plist>"""
ERROR = {"ErrorChain": [{"ErrorCode": 12021, "ErrorDomain": "MCMDMErrorDomain",
                         "USEnglishDescription": "The command is not supported"}]}


class CommandWait(FleetCase):
    def setUp(self):
        super().setUp()
        self.serve()

    def environment(self):
        return {"BRAMLEY_TOKEN": API_KEY, "BRAMLEY_SERVER": self.server.url}

    def bramley(self, *words):
        return run_bramley(self.folder, *words, environment=self.environment())

    def begin(self, *words):
        process = subprocess.Popen([binary(), *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                                   env=clean_environment(self.folder, **self.environment()))
        for cleanup in (process.stderr.close, process.stdout.close, process.wait, process.kill):
            self.addCleanup(cleanup)
        return process

    def send(self, uuid, ids, *words):
        """`command send --wait`, begun: the command is queued when this returns."""
        for name, text in (("command.plist", PLIST.format(uuid)), ("ids.txt", "\n".join(ids))):
            with open(os.path.join(self.folder, name), "w", encoding="utf-8") as file:
                file.write(text)
        process = self.begin("command", "send", f"{self.folder}/command.plist", "--devices-from",
                             f"{self.folder}/ids.txt", "--no-push", "--wait", "-o", "ndjson", *words)
        deadline = time.monotonic() + 60
        while self.server.api("GET", f"/api/v1/commands/{uuid}").status != 200:
            self.assertLess(time.monotonic(), deadline, self.server.log())
            self.assertIsNone(process.poll(), "it ended before it sent anything")
            time.sleep(0.02)
        return process

    def follow(self, uuid, headers=None):
        connection = self.server.connection(timeout=60)
        self.addCleanup(connection.close)
        connection.request("GET", f"/api/v1/commands/{uuid}/results", headers={**STREAM, **(headers or {})})
        return connection.getresponse()

    @staticmethod
    def messages(response):
        """(id, event, document) until the stream ends."""
        members = {}
        while line := response.readline():
            name, _, value = line.decode().rstrip("\n").partition(": ")
            if name:
                members[name] = value
            elif "data" in members:
                yield members.get("id"), members["event"], json.loads(members["data"])
                members = {}

    def test_results_are_printed_as_they_come(self):
        willing, busy, unable = [self.enroll(udid) for udid in ("D-willing", "D-busy", "D-unable")]
        process = self.send("C1", ["D-willing", "D-busy", "D-unable"])
        willing.report("Acknowledged", "C1")
        self.assertEqual("D-willing", json.loads(process.stdout.readline())["enrollment_id"])
        busy.report("NotNow", "C1")
        unable.put({"Status": "Error", "CommandUUID": "C1", **ERROR}, REPORT_TYPE)
        failed = json.loads(process.stdout.readline())
        self.assertEqual(("D-unable", "error"), (failed["enrollment_id"], failed["state"]))
        command = self.bramley("command", "show", "C1", "-o", "json")
        self.assertEqual((1, 1), tuple(json.loads(command.stdout)[name] for name in ("pending", "not_now")))
        busy.report("Idle")
        busy.report("Acknowledged", "C1")
        self.assertEqual("D-busy", json.loads(process.stdout.readline())["enrollment_id"])
        self.assertEqual(3, process.wait(timeout=60))  # some did
        self.assertIn("2 of 3 devices acknowledged", process.stderr.read())
        # The same afterwards, in words.
        summary = self.bramley("command", "results", "C1", "--wait", "--summary")
        self.assertEqual(3, summary.returncode)
        self.assertIn("2 devices: Done.", summary.stdout)
        self.assertIn("1 device: The device could not do it: The command is not supported. (MCMDMErrorDomain 12021)",
                      summary.stdout)
        listed = self.bramley("command", "results", "C1", "--status", "failed", "-o", "json")
        self.assertEqual(["D-unable"], [result["enrollment_id"] for result in json.loads(listed.stdout)])

    def test_thousands_are_followed(self):
        mac = self.enroll("D0")
        users = [f"U{number:04}" for number in range(2000)]

        def for_each_user(message, kind):
            def some(first):
                device = QuickDevice(self.server, self.authority, self.key, "D0")
                device.certificate = mac.certificate
                for user in users[first::4]:
                    device.put({"UserID": user, **message}, kind)
                device.close()

            threads = [threading.Thread(target=some, args=(first,)) for first in range(4)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()

        for_each_user({"MessageType": "TokenUpdate", "Topic": TOPIC, "PushMagic": "magic", "Token": b"\x02" * 32}, CHECKIN_TYPE)
        process = self.send("C-many", [f"D0:{user}" for user in users], "--timeout", "280s")
        seen = []
        reading = threading.Thread(target=lambda: seen.extend(process.stdout))
        reading.start()
        for_each_user({"Status": "Acknowledged", "CommandUUID": "C-many"}, REPORT_TYPE)
        self.assertEqual(0, process.wait(timeout=120), process.stderr.read())
        reading.join()
        self.assertEqual({f"D0:{user}" for user in users}, {json.loads(line)["enrollment_id"] for line in seen})
        self.assertEqual(2000, len(seen))

    def test_the_first_failure_is_enough_when_asked(self):
        self.enroll("D1")
        unable = self.enroll("D2")
        process = self.send("C1", ["D1", "D2"], "--fail-fast", "--timeout", "250s")
        unable.put({"Status": "Error", "CommandUUID": "C1", **ERROR}, REPORT_TYPE)
        self.assertEqual(1, process.wait(timeout=60))
        self.assertIn('"code":"conflict"', process.stderr.read())

    def test_time_that_is_over_and_the_way_on(self):
        device = self.enroll("D1")
        process = self.send("C1", ["D1"], "--timeout", "1s")
        self.assertEqual(6, process.wait(timeout=60))
        hint = json.loads(process.stderr.read())["error"]["hint"]
        self.assertIn("bramley command results C1 --wait", hint)
        again = self.begin("command", "results", "C1", "--wait", "--timeout", "250s", "-o", "ndjson")
        device.report("Acknowledged", "C1")
        self.assertEqual(0, again.wait(timeout=60), again.stderr.read())
        self.assertEqual("D1", json.loads(again.stdout.readline())["enrollment_id"])

    def test_an_interruption_says_how_to_go_on(self):
        first = self.enroll("D1")
        self.enroll("D2")
        process = self.send("C1", ["D1", "D2"], "--timeout", "250s")
        first.report("Acknowledged", "C1")
        self.assertEqual("D1", json.loads(process.stdout.readline())["enrollment_id"])  # so it follows
        process.send_signal(signal.SIGINT)
        self.assertEqual(1, process.wait(timeout=60))
        error = json.loads(process.stderr.read())["error"]
        self.assertIn("interrupted: 1 of 2 devices have not answered", error["message"])
        self.assertIn("bramley command results C1 --wait", error["hint"])

    def test_it_goes_on_after_the_server_was_killed(self):
        first, second = self.enroll("D1"), self.enroll("D2")
        process = self.send("C1", ["D1", "D2"], "--timeout", "250s")
        first.report("Acknowledged", "C1")
        self.assertEqual("D1", json.loads(process.stdout.readline())["enrollment_id"])
        first.close()
        second.close()
        self.server.kill()
        self.server.start()
        second.report("Acknowledged", "C1")
        self.assertEqual("D2", json.loads(process.stdout.readline())["enrollment_id"])
        self.assertEqual(0, process.wait(timeout=60), process.stderr.read())
        self.assertEqual("", process.stdout.read())  # each once

    def test_the_stream_itself(self):
        devices = [self.enroll(f"D{number}") for number in range(3)]
        self.server.enqueue([device.udid for device in devices], PLIST.format("C1"), "?nopush=1")
        response = self.follow("C1")
        self.assertEqual((200, "text/event-stream"), (response.status, response.headers["Content-Type"]))
        stream = self.messages(response)
        _, name, summary = next(stream)
        self.assertEqual(("summary", 3), (name, summary["pending"]))
        for device in devices[:2]:
            device.report("Acknowledged", "C1")
        told = self.take_results(stream, 2)
        self.assertEqual(["D0", "D1"], [document["enrollment_id"] for _, _, document in told])
        self.assertEqual(self.server.results("C1")[0], told[0][2])  # as in the list
        # From an id on; and the end when nothing waits.
        resumed = self.messages(self.follow("C1", {"Last-Event-ID": told[0][0]}))
        devices[2].report("Acknowledged", "C1")
        rest = list(resumed)
        self.assertEqual(["D1", "D2"], [document["enrollment_id"] for _, name, document in rest if name == "result"])
        self.assertEqual("done", rest[-1][1])
        self.assertEqual(3, rest[-1][2]["acknowledged"])
        self.assertEqual("done", list(stream)[-1][1])
        self.assertEqual(400, self.follow("C1", {"Last-Event-ID": "x"}).status)
        self.assertEqual(404, self.follow("C9").status)

    @staticmethod
    def take_results(stream, count):
        found = []
        for message in stream:
            found += [message] if message[1] == "result" else []
            if len(found) == count:
                break
        return found

    def test_followers_are_bounded_and_end_with_the_server(self):
        first, device = self.enroll("D0"), self.enroll("D1")
        self.server.enqueue(["D0", "D1"], PLIST.format("C1"), "?nopush=1")
        streams = [self.follow("C1") for _ in range(16)]
        self.assertEqual({200}, {stream.status for stream in streams})
        refused = self.follow("C1")
        self.assertEqual(503, refused.status)
        self.assertGreater(int(refused.headers["Retry-After"]), 0)
        # Who waits without a place asks instead.
        process = self.begin("command", "results", "C1", "--wait", "--timeout", "250s", "-o", "ndjson")
        first.report("Acknowledged", "C1")
        self.assertEqual("D0", json.loads(process.stdout.readline())["enrollment_id"])
        self.assertEqual(200, self.server.api("GET", "/api/v1/commands/C1/results").status)
        begin = time.monotonic()
        self.assertEqual(0, self.server.stop())
        self.assertLess(time.monotonic() - begin, 8)
        for stream in streams:
            while stream.readline():  # a whole answer, with its last chunk
                pass
        self.server.start()
        device.close()
        device.report("Acknowledged", "C1")
        self.assertEqual(0, process.wait(timeout=60), process.stderr.read())


if __name__ == "__main__":
    unittest.main()
