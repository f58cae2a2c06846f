#!/usr/bin/env python3
"""What is known of devices: learnt from simulated ones, asked for with curl, and used to say whom a command is for."""

import json
import os
import subprocess
import time
import unittest

from bramley_server import API_KEY, BramleyServer, binary, clean_environment, free_port, run_bramley
from device_test import temporary_folder_of
from push_certificates import PushPair

WAIT_SECONDS = 60


class Inventory(unittest.TestCase):
    """One server that asks for facts, and four devices: two Macs, an iPhone and an iPad."""

    @classmethod
    def setUpClass(cls):
        cls.folder = temporary_folder_of(cls)
        cls.metrics = f"127.0.0.1:{free_port()}"
        cls.server = BramleyServer(cls.folder, ["--open-enrollment", "--inventory-every", "1h", "--metrics-listen",
                                                cls.metrics])
        cls.addClassCleanup(cls.server.close)
        PushPair().write_to(cls.server.credentials_dir)
        cls.server.start()
        cls.devices = cls.simulate("--devices", "4", "--poll", "1s", "--duration", "10m")
        cls.wait_for(lambda: len(cls.asked()) >= 8 and not any(item["pending"] for item in cls.asked()),
                     "answers of four devices")

    @classmethod
    def simulate(cls, *flags):
        log = open(os.path.join(cls.folder, "simulate.log"), "wb")
        cls.addClassCleanup(log.close)
        process = subprocess.Popen(
            [binary(), "simulate", "-o", "json", "--url", cls.server.url, "--dir", os.path.join(cls.folder, "devices"),
             *flags], stdout=subprocess.DEVNULL, stderr=log, env=clean_environment(cls.folder))
        cls.addClassCleanup(process.wait)
        cls.addClassCleanup(process.kill)
        return process

    @classmethod
    def wait_for(cls, condition, what):
        deadline = time.monotonic() + WAIT_SECONDS
        while not condition():
            if time.monotonic() > deadline:
                raise AssertionError(f"not seen: {what}\n{cls.server.log()[-3000:]}")
            time.sleep(0.1)

    @classmethod
    def asked(cls):
        """The pairs of commands that the server sent by itself, one entry a device and command."""
        found = []
        for item in cls.server.api("GET", "/api/v1/commands?limit=500").json()["commands"]:
            if item["origin"] == "inventory":
                found += [item] * item["targets"]
        return found

    def curl(self, method, path, body=None):
        """Status and document."""
        command = ["curl", "--silent", "--show-error", "--max-time", "20", "--header", f"Authorization: Bearer {API_KEY}",
                   "--request", method, "--write-out", "\n%{http_code}", self.server.url + path]
        if body is not None:
            command += ["--header", "Content-Type: application/json", "--data", json.dumps(body)]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        text, _, status = done.stdout.rpartition("\n")
        return int(status), json.loads(text)

    def bramley(self, *words):
        return run_bramley(self.folder, *words, environment={"BRAMLEY_SERVER": self.server.url, "BRAMLEY_TOKEN": f"@{self.server.api_key_file}"})

    def enrollments(self):
        return self.curl("GET", "/api/v1/enrollments")[1]["enrollments"]

    def test_facts_come_from_check_ins_and_answers(self):
        found = {item["platform"]: item for item in self.enrollments()}
        self.assertEqual({"macOS", "iOS", "iPadOS"}, set(found))
        mac = found["macOS"]["facts"]
        self.assertEqual((True, False, True), (mac["supervised"]["value"], mac["filevault_enabled"]["value"],
                                               mac["apple_silicon"]["value"]))
        self.assertEqual(True, found["iOS"]["facts"]["passcode_present"]["value"])
        self.assertNotIn("filevault_enabled", found["iOS"]["facts"])
        self.assertGreater(found["iPadOS"]["facts"]["capacity_gb"]["value"], 1)
        for facts in (mac, found["iOS"]["facts"]):
            self.assertEqual({"value", "as_of"}, set(facts["os_version"]))
            self.assertIsNotNone(facts["os_version"]["as_of"])
            self.assertIsNotNone(facts["last_seen"]["value"])

    def test_devices_are_asked_once_and_a_killed_server_asks_nobody_again(self):
        before = len(self.asked())
        self.assertEqual(8, before)
        self.assertTrue(all(item["priority"] < 0 and item["expires_at"] for item in self.asked()))
        metrics = subprocess.run(["curl", "--silent", f"http://{self.metrics}/metrics"], capture_output=True, text=True,
                                 check=True).stdout
        self.assertIn('bramley_inventory_devices_total{outcome="asked"} 4', metrics)
        self.server.kill()
        self.server.start()
        time.sleep(3)  # as many steps of the background
        self.assertEqual(before, len(self.asked()))

    def test_lists_and_selections_say_who_is_meant(self):
        macs = [item["id"] for item in self.enrollments() if item["platform"] == "macOS"]
        status, page = self.curl("GET", "/api/v1/enrollments?platform=macOS&limit=1")
        self.assertEqual((200, macs[:1]), (status, [item["id"] for item in page["enrollments"]]))
        status, page = self.curl("GET", "/api/v1/enrollments?platform=macOS&limit=1&cursor=" + page["next_cursor"])
        self.assertEqual(macs[1:2], [item["id"] for item in page["enrollments"]])
        status, answer = self.curl("POST", "/api/v1/selections",
                                   {"select": 'platform == "macOS" && os_version < "15" && supervised'})
        self.assertEqual((200, 1), (status, answer["matched"]))
        self.assertEqual([("macOS", "14.7.1", True, "device", 1)],
                         [(group["platform"], group["os_version"], group["supervised"], group["channel"], group["count"])
                          for group in answer["groups"]])
        status, answer = self.curl("POST", "/api/v1/selections", {"select": 'os_version < 15'})
        self.assertEqual(400, status)
        self.assertIn("column 14: expected a version in double quotes", answer["detail"])

    def test_a_command_goes_to_whoever_is_selected(self):
        expression = 'in_vain == "x"'
        done = self.bramley("command", "send", "ProfileList", "--select", expression)
        self.assertEqual(1, done.returncode, done.stderr)
        self.assertIn("no fact has the name 'in_vain'", done.stderr)
        shown = self.bramley("command", "send", "ProfileList", "--select", 'platform == "macOS"', "--dry-run", "-o", "json")
        self.assertEqual(8, shown.returncode, shown.stderr)
        self.assertEqual(2, json.loads(shown.stdout)["matched"])
        sent = self.bramley("command", "send", "ProfileList", "--select", 'platform == "macOS"', "--expect-count", "2",
                            "--wait", "--timeout", "60s", "-o", "ndjson")
        self.assertEqual(0, sent.returncode, sent.stderr)
        self.assertEqual(["acknowledged"] * 2, [json.loads(line)["state"] for line in sent.stdout.splitlines()])
        refused = self.bramley("command", "send", "ProfileList", "--select", 'platform == "macOS"', "--expect-count", "3")
        self.assertEqual(1, refused.returncode)
        self.assertIn("matched 2 devices, and not the 3 that were expected", refused.stderr)

    def test_a_serial_number_names_its_device(self):
        device = self.enrollments()[0]
        shown = self.bramley("device", "show", device["serial_number"], "-o", "json")
        self.assertEqual(device["id"], json.loads(shown.stdout)["id"], shown.stderr)
        sent = self.bramley("command", "send", "ProfileList", "--device", device["serial_number"], "--wait", "--timeout",
                            "60s", "-o", "ndjson")
        self.assertEqual(0, sent.returncode, sent.stderr)
        self.assertEqual(device["id"], json.loads(sent.stdout)["enrollment_id"])

    def test_what_erases_is_not_sent_by_mistake(self):
        for flags in (("--all", "--yes"), ("--select", "supervised", "--yes"), ("--select", "supervised")):
            done = self.bramley("command", "send", "EraseDevice", *flags)
            self.assertEqual(2, done.returncode, (flags, done.stderr))
            self.assertIn("expect-count", done.stderr)
        done = self.bramley("command", "send", "ShutDownDevice", "--select", "supervised", "--yes", "--expect-count", "4",
                            "--max-age", "1s")
        self.assertEqual(1, done.returncode, done.stderr)
        self.assertIn("4 devices of 4 matched on facts that are older than 1s", done.stderr)
        self.assertFalse(any(item["request_type"] in ("EraseDevice", "ShutDownDevice") for item in
                             self.curl("GET", "/api/v1/commands?limit=500")[1]["commands"]))


if __name__ == "__main__":
    unittest.main()
