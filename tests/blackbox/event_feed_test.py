#!/usr/bin/env python3
"""The event feed from outside: the list, the stream with curl's and Python's eyes, and `bramley event tail`."""

import json
import subprocess
import time
import unittest

from bramley_server import API_KEY, binary, clean_environment, run_bramley, temporary_folder
from fleet_case import FleetCase

BEARER = {"Authorization": f"Bearer {API_KEY}"}
STREAM = {**BEARER, "Accept": "text/event-stream"}


class EventFeed(FleetCase):
    def follow(self, headers=None, query=""):
        connection = self.server.connection(timeout=60)
        self.addCleanup(connection.close)
        connection.request("GET", "/api/v1/events" + query, headers={**STREAM, **(headers or {})})
        response = connection.getresponse()
        self.assertEqual(200, response.status)
        self.assertEqual("text/event-stream", response.headers["Content-Type"])
        self.assertEqual(b"retry: 2000\n", response.readline())  # it is heard from here on
        return response

    def read(self, response, count):
        """That many events: (id, topic, document)."""
        found, name, topic = [], None, None
        while len(found) < count:
            line = response.readline()
            if not line:
                raise AssertionError(f"the stream ended after {found}")
            field, _, value = line.decode().rstrip("\n").partition(": ")
            if field == "id":
                name = value
            elif field == "event":
                topic = value
            elif field == "data":
                found.append((name, topic, json.loads(value)))
        return found

    def test_off_unless_asked_for(self):
        self.serve()
        self.enroll("D1")
        refused = self.server.api("GET", "/api/v1/events")
        self.assertEqual(409, refused.status)
        self.assertIn("--events on", refused.json()["hint"])
        tail = run_bramley(self.folder, "event", "tail", "--server", self.server.url,
                           environment={"BRAMLEY_TOKEN": API_KEY})
        self.assertNotEqual(0, tail.returncode)
        self.assertIn("--events on", tail.stderr)

    def test_a_stream_is_resumed_where_it_was(self):
        self.serve("--events", "on")
        stream = self.follow()
        device = self.enroll("D1")
        first = self.read(stream, 2)
        self.assertEqual(["mdm.Authenticate", "mdm.TokenUpdate"], [topic for _, topic, _ in first])
        self.assertEqual(1, first[1][2]["token_update_tally"])
        stream.close()
        device.report("Acknowledged", "C1")
        device.report("Idle")  # changes nothing, and is no event of the feed
        self.enroll("D2")
        resumed = self.read(self.follow({"Last-Event-ID": first[1][0]}), 3)
        self.assertEqual([("mdm.Connect", "D1"), ("mdm.Authenticate", "D2"), ("mdm.TokenUpdate", "D2")],
                         [(topic, event["enrollment_id"]) for _, topic, event in resumed])
        self.assertEqual("C1", resumed[0][2]["command_uuid"])
        filtered = self.read(self.follow(query="?after=0&enrollment=D2&topic=mdm.TokenUpdate"), 1)
        self.assertEqual("D2", filtered[0][2]["enrollment_id"])
        self.assertEqual(400, self.server.request("GET", "/api/v1/events", headers={**STREAM, "Last-Event-ID": "x"}).status)

    def test_a_tail_that_saw_nothing_yet_loses_nothing_by_a_restart(self):
        self.serve("--events", "on", "--log-level", "request")
        self.enroll("D1")
        tail = subprocess.Popen(
            [binary(), "event", "tail", "--limit", "2", "-o", "ndjson", "--server", self.server.url],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            env=clean_environment(self.folder, BRAMLEY_TOKEN=API_KEY))
        for end in (tail.stdout.close, tail.stderr.close, tail.kill):
            self.addCleanup(end)
        deadline = time.monotonic() + 30
        while "endpoint=api" not in self.server.log():
            self.assertLess(time.monotonic(), deadline)
            time.sleep(0.02)
        self.server.stop()
        self.server.start()
        self.enroll("D2")  # perhaps before the tail is back
        events = [json.loads(tail.stdout.readline()) for _ in range(2)]
        self.assertEqual([("mdm.Authenticate", "D2"), ("mdm.TokenUpdate", "D2")],
                         [(event["topic"], event["enrollment_id"]) for event in events])

    def test_after_takes_a_number(self):
        folder = temporary_folder(self)
        for verb in ("list", "tail"):
            refused = run_bramley(folder, "event", verb, "--after", "yesterday", "--server", "http://127.0.0.1:9",
                                  environment={"BRAMLEY_TOKEN": API_KEY})
            self.assertEqual(2, refused.returncode)
            self.assertIn("--after takes the number of an event", refused.stderr)

    def test_the_list_has_pages_and_filters(self):
        self.serve("--events", "on")
        for number in range(3):
            self.enroll(f"D{number}")
        first = self.server.api("GET", "/api/v1/events?limit=4").json()
        second = self.server.api("GET", "/api/v1/events?limit=4&cursor=" + first["next_cursor"]).json()
        self.assertEqual([4, 2, None], [len(first["events"]), len(second["events"]), second["next_cursor"]])
        after = first["events"][-1]["number"]
        self.assertEqual(second["events"], self.server.api("GET", f"/api/v1/events?after={after}").json()["events"])
        listed = self.server.api("GET", "/api/v1/events?enrollment=D1&topic=mdm.TokenUpdate").json()["events"]
        self.assertEqual(["D1"], [event["enrollment_id"] for event in listed])
        self.assertEqual(400, self.server.api("GET", "/api/v1/events?after=x").status)

    def test_followers_are_bounded_and_end_with_the_server(self):
        self.serve("--events", "on")
        streams = [self.follow() for _ in range(16)]
        refused = self.server.request("GET", "/api/v1/events", headers=STREAM)
        self.assertEqual((503, "5"), (refused.status, refused.headers["retry-after"]))
        self.assertEqual(200, self.server.api("GET", "/api/v1/events").status)
        begin = time.monotonic()
        self.assertEqual(0, self.server.stop())
        self.assertLess(time.monotonic() - begin, 8)
        for stream in streams:
            while stream.readline():  # a whole answer, with its last chunk
                pass

    def test_tail_goes_on_after_a_restart(self):
        self.serve("--events", "on")
        self.enroll("D1")
        tail = subprocess.Popen(
            [binary(), "event", "tail", "--after", "0", "--limit", "4", "-o", "ndjson", "--server", self.server.url],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            env=clean_environment(self.folder, BRAMLEY_TOKEN=API_KEY))
        self.addCleanup(tail.stdout.close)
        self.addCleanup(tail.stderr.close)
        self.addCleanup(tail.kill)
        before = [json.loads(tail.stdout.readline()) for _ in range(2)]
        self.server.stop()
        self.server.start()
        self.enroll("D2")
        after = [json.loads(tail.stdout.readline()) for _ in range(2)]
        self.assertEqual(["D1", "D1", "D2", "D2"], [event["enrollment_id"] for event in before + after])
        self.assertEqual(0, tail.wait(timeout=30))
        listed = run_bramley(self.folder, "event", "list", "--device", "D2", "-o", "json", "--server", self.server.url,
                             environment={"BRAMLEY_TOKEN": API_KEY})
        self.assertEqual(after, json.loads(listed.stdout))


if __name__ == "__main__":
    unittest.main()
