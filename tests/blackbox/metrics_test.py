#!/usr/bin/env python3
"""/metrics, read with curl while devices poll; its names against the guide, the dashboard and the alert rules."""

import json
import os
import re
import subprocess
import time
import unittest

import yaml

from bramley_server import free_port
from device_test import DeviceTest

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
NAME = re.compile(r"\b(?:bramley|process)_[a-z_]+")
PARTS = re.compile(r"_(bucket|sum|count)$")


def read(path):
    with open(os.path.join(ROOT, path), encoding="utf-8") as file:
        return file.read()


class MetricsTest(DeviceTest):
    """One server whose metrics are read."""

    metrics_port = free_port()
    flags = ("--metrics-listen", f"127.0.0.1:{metrics_port}", "--webhook-url", f"http://127.0.0.1:{free_port()}/nobody")

    def curl(self, path="/metrics", *more):
        url = f"http://127.0.0.1:{self.metrics_port}{path}"
        return subprocess.run(["curl", "--silent", "--show-error", "--max-time", "20", "--noproxy", "*",
                               "--write-out", "\n%{http_code}", *more, url],
                              capture_output=True, text=True, check=True, timeout=30).stdout.rsplit("\n", 1)

    def metrics(self):
        body, status = self.curl()
        self.assertEqual("200", status)
        return {series: float(value) for series, value in
                (line.rsplit(" ", 1) for line in body.splitlines() if not line.startswith("#"))}

    def names(self):
        return set(re.findall(r"^# TYPE (\S+)", self.curl()[0], re.MULTILINE))

    def requests(self, endpoint, message, status):
        return self.metrics().get(f'bramley_http_requests_total{{endpoint="{endpoint}",message="{message}",'
                                  f'status="{status}"}}', 0)

    def assert_known(self, text):
        used = {PARTS.sub("", name) for name in NAME.findall(text)}
        self.assertTrue(used)
        self.assertEqual(set(), used - self.names())

    def test_polls_are_counted(self):
        device = self.device().enroll()
        before = self.requests("mdm", "Idle", 200)
        for _ in range(3):
            self.assert_nothing_to_do(device.idle())
        self.assertEqual(before + 3, self.requests("mdm", "Idle", 200))
        found = self.metrics()
        self.assertGreaterEqual(found['bramley_http_requests_total{endpoint="mdm",message="Authenticate",status="200"}'], 1)
        self.assertGreaterEqual(found["bramley_store_commit_seconds_count"], 2)
        self.assertGreater(found['bramley_certificate_expiry_timestamp_seconds{certificate="scep_ca",topic=""}'], time.time())

    def test_the_queues_are_counted(self):
        device = self.device().enroll()
        self.send(device, "M1", "M2")
        deadline = time.monotonic() + 60
        while self.metrics()['bramley_queue_commands{state="waiting"}'] < 2:
            self.assertLess(time.monotonic(), deadline)
            time.sleep(0.1)

    def test_a_webhook_that_nobody_answers_is_seen(self):
        self.device().enroll()
        deadline = time.monotonic() + 60
        while self.metrics()["bramley_webhook_lag_seconds"] < 1:
            self.assertLess(time.monotonic(), deadline)
            time.sleep(0.1)
        found = self.metrics()
        self.assertGreaterEqual(found['bramley_webhook_events{state="waiting"}'], 2)
        self.assertGreaterEqual(found['bramley_webhook_attempts_total{outcome="unreachable"}'], 1)

    def test_strangers_add_no_series(self):
        device = self.device()

        def knock(number):
            self.server.request("GET", f"/nowhere/{number}")
            self.server.request(f"ODD{number}", "/mdm")
            self.server.request("GET", f"/scep?operation=Odd{number}")
            self.server.request("PUT", "/mdm", body=b"x" * number)
            device.checkin(f"Odd{number}")
            device.idle()
        knock(1)
        before = set(self.metrics())
        for number in range(2, 12):
            knock(number)
        self.assertEqual(before, set(self.metrics()))
        self.assertGreaterEqual(self.requests("scep", "other", 400), 11)

    def test_refusals_of_one_peer_do_not_flood_the_log(self):
        for _ in range(40):
            self.assertEqual(400, self.server.request("PUT", "/mdm", body=b"nothing").status)
        self.assertLessEqual(self.server.log().count("no Mdm-Signature"), 20)
        self.assertGreaterEqual(self.metrics()['bramley_device_refusals_total{cause="unauthenticated"}'], 40)

    def test_nothing_else_is_there(self):
        self.assertEqual("404", self.curl("/api/v1/enrollments")[1])
        self.assertEqual("405", self.curl("/metrics", "--request", "POST")[1])
        self.assertEqual(404, self.server.request("GET", "/metrics").status)

    def test_the_guide_names_what_is_served(self):
        self.device().enroll()
        rows = re.findall(r"^\| `((?:bramley|process)_[a-z_]+)` \|", read("docs/guides/monitoring.md"), re.MULTILINE)
        self.assertEqual(len(rows), len(set(rows)))
        self.assertEqual(self.names(), set(rows))

    def test_the_dashboard_and_the_rules_name_what_is_served(self):
        board = json.loads(read("packaging/monitoring/bramley-dashboard.json"))
        for panel in board["panels"]:
            for target in panel["targets"]:
                self.assert_known(target["expr"])
        guide = read("docs/guides/monitoring.md")
        rules = yaml.safe_load(read("packaging/monitoring/bramley-alerts.yml"))["groups"][0]["rules"]
        self.assertEqual(len(rules), len({rule["alert"] for rule in rules}))
        for rule in rules:
            self.assertIn(f"`{rule['alert']}`", guide)
            if rule["expr"].startswith("up{"):
                continue
            self.assert_known(rule["expr"])


class RequestLines(DeviceTest):
    """One line a request, at a level of its own."""

    flags = ("--log-level", "request", "--log-format", "json")

    def test_one_line_a_request(self):
        device = self.device().enroll()
        answer = device.idle()
        lines = [json.loads(line) for line in self.server.log().splitlines() if line.startswith("{")]
        found = [line for line in lines if line["level"] == "request" and line["trace_id"] == answer.headers["x-trace-id"]]
        self.assertEqual(1, len(found), self.server.log())
        self.assertEqual(("mdm", "Idle", device.udid, "200", "127.0.0.1"),
                         tuple(found[0][key] for key in ("endpoint", "type", "enrollment", "status", "peer")))
        self.assertGreater(float(found[0]["took_ms"]), 0)


if __name__ == "__main__":
    unittest.main()
