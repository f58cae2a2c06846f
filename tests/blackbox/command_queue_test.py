#!/usr/bin/env python3
"""What a device is given, in which order, and what its reports settle."""

import base64
import json
import os
import plistlib
import time
import unittest

from bramley_server import API_KEY, run_bramley, temporary_folder
from device_test import DeviceTest
from shell_device import command_plist, uuid_of


BEARER = {"Authorization": f"Bearer {API_KEY}"}
BASIC = {"Authorization": "Basic " + base64.b64encode(f"bramley:{API_KEY}".encode()).decode()}


class Queues(DeviceTest):
    def test_first_come_first_served(self):
        device = self.device().enroll()
        self.send(device, "C-first", "C-second", "C-third")
        self.assertEqual("C-first", uuid_of(device.idle()))
        self.assertEqual("C-second", uuid_of(device.report("Acknowledged", "C-first")))
        self.assertEqual("C-third", uuid_of(device.report("Error", "C-second")))
        self.assert_nothing_to_do(device.report("CommandFormatError", "C-third"))
        self.assertEqual(["acknowledged", "error", "command_format_error"],
                         [self.server.results(uuid)[0]["state"] for uuid in ("C-first", "C-second", "C-third")])

    def test_not_now_waits_for_the_next_idle_and_comes_last(self):
        device = self.device().enroll()
        self.send(device, "C-later", "C-now")
        self.assertEqual("C-later", uuid_of(device.idle()))
        # Skipped for the rest of this connection, also after another command was acknowledged.
        self.assertEqual("C-now", uuid_of(device.report("NotNow", "C-later")))
        self.assert_nothing_to_do(device.report("Acknowledged", "C-now"))
        # At the next Idle those that were never offered come first, and then, in the same connection, this one.
        self.send(device, "C-newer")
        self.assertEqual("C-newer", uuid_of(device.idle()))
        self.assertEqual("C-later", uuid_of(device.report("Acknowledged", "C-newer")))
        self.assert_nothing_to_do(device.report("NotNow", "C-later"))
        self.assertEqual("C-later", uuid_of(device.idle()))
        self.assert_nothing_to_do(device.report("Acknowledged", "C-later"))
        self.assert_nothing_to_do(device.idle())

    def test_all_that_was_put_off_comes_with_one_idle_of_a_willing_device(self):
        device = self.device().enroll()
        put_off = ["C-off-1", "C-off-2", "C-off-3"]
        self.send(device, *put_off)
        device.idle()
        for uuid in put_off:
            answer = self.assert_ok(device.report("NotNow", uuid))
        self.assert_nothing_to_do(answer)
        answer = device.idle()
        for uuid in put_off:
            self.assertEqual(uuid, uuid_of(answer))
            answer = device.report("Acknowledged", uuid)
        self.assert_nothing_to_do(answer)

    def send_with(self, device, uuid, **terms):
        plist = base64.b64encode(command_plist(uuid)).decode()
        answer = self.server.request("POST", "/api/v1/commands", headers=BEARER, body=json.dumps(
            {"targets": [device.udid], "plist": plist, "push": False, **terms}))
        self.assertEqual(201, answer.status, answer)
        return answer.json()["command"]

    def test_priority_beats_the_order_of_sending(self):
        device = self.device().enroll()
        self.send(device, "C-plain")
        self.send_with(device, "C-urgent", priority=10)
        self.send_with(device, "C-idle-hours", priority=-10)
        self.assertEqual("C-urgent", uuid_of(device.idle()))
        self.assertEqual("C-plain", uuid_of(device.report("Acknowledged", "C-urgent")))
        self.assertEqual("C-idle-hours", uuid_of(device.report("Acknowledged", "C-plain")))

    def test_what_has_expired_is_settled_and_not_delivered(self):
        device = self.device().enroll()
        self.send_with(device, "C-short", ttl="1s")
        self.send_with(device, "C-long", ttl="1h")
        deadline = time.monotonic() + 60
        # In the background: nobody asks for it.
        while self.server.results("C-short")[0]["state"] != "expired":
            self.assertLess(time.monotonic(), deadline, self.server.log()[-2000:])
            time.sleep(0.1)
        self.assertEqual("C-long", uuid_of(device.idle()))
        self.assert_nothing_to_do(device.report("Acknowledged", "C-long"))
        # It had been given it before, and says so late.
        self.assert_nothing_to_do(device.report("Acknowledged", "C-short"))
        self.assertEqual("acknowledged", self.server.results("C-short")[0]["state"])

    def test_what_is_taken_back_is_not_delivered(self):
        device = self.device().enroll()
        self.send(device, "C-regretted", "C-meant")
        answer = self.server.request("DELETE", "/api/v1/commands/C-regretted", headers=BEARER)
        self.assertEqual(1, answer.json()["cancelled"])
        self.assertEqual("C-meant", uuid_of(device.idle()))
        self.assertEqual("cancelled", self.server.results("C-regretted")[0]["state"])

    def test_what_is_never_answered_does_not_block_the_others(self):
        device = self.device().enroll()
        self.send(device, "C-silent", "C-other")
        for _ in range(10):
            self.assertEqual("C-silent", uuid_of(device.idle()))
        self.assertEqual(10, self.server.queue(device.udid)[0]["unanswered"])
        self.assertEqual("C-other", uuid_of(device.idle()))
        self.assertEqual(["C-other", "C-silent"], [item["command_uuid"] for item in self.server.queue(device.udid)])
        self.assertEqual("stuck", self.server.results("C-silent")[0]["state"])
        # Behind the others it is offered all the same, and an answer counts.
        self.assertEqual("C-silent", uuid_of(device.report("Acknowledged", "C-other")))
        self.assert_nothing_to_do(device.report("Acknowledged", "C-silent"))
        self.assertEqual("acknowledged", self.server.results("C-silent")[0]["state"])

    def test_a_report_of_thirty_megabytes(self):
        device = self.device().enroll()
        self.send(device, "C-large")
        text = "x" * (30 << 20)
        self.assert_nothing_to_do(device.report("Acknowledged", "C-large", Large=text))
        listed, = self.server.results("C-large")
        self.assertGreater(listed["report_size"], 30 << 20)
        self.assertIsNone(listed["report"])
        path = "/api/v1/commands/C-large/results/" + device.udid
        self.assertIsNone(self.server.request("GET", path, headers=BEARER).json()["report"])
        report = self.server.request("GET", path + "/report", headers=BEARER, timeout=60).body
        self.assertEqual(listed["report_size"], len(report))
        self.assertEqual(text, plistlib.loads(report)["Large"])
        # Sealed: not a piece of it is in the files.
        for name in os.listdir(self.server.data_dir):
            if name.startswith("bramley.db"):
                with open(os.path.join(self.server.data_dir, name), "rb") as file:
                    self.assertNotIn(b"x" * 64, file.read(), name)

    def test_a_command_of_thirty_megabytes(self):
        device = self.device().enroll()
        payload = os.urandom(22 << 20)  # 30 MB as base64
        for uuid, send in (("C-raw", self.enqueue_raw), ("C-json", self.enqueue_json), ("C-cli", self.enqueue_cli)):
            plist = plistlib.dumps({"CommandUUID": uuid, "Command": {"RequestType": "Settings", "Image": payload}})
            self.assertGreater(len(plist), 29 << 20)
            send(device, plist)
            answer = device.idle()
            self.assertEqual(uuid, uuid_of(answer))
            self.assertEqual(payload, plistlib.loads(answer.body)["Command"]["Image"])
            self.assert_nothing_to_do(device.report("Acknowledged", uuid))
        self.assertEqual(413, self.server.request("PUT", "/v1/enqueue/" + device.udid + "?nopush=1", headers=BASIC,
                                                  body=b" " * ((32 << 20) + 1), timeout=60).status)

    def enqueue_raw(self, device, plist):
        answer = self.server.request("PUT", "/v1/enqueue/" + device.udid + "?nopush=1", headers=BASIC, body=plist,
                                     timeout=60)
        self.assertEqual(200, answer.status, answer.body[:500])

    def enqueue_json(self, device, plist):
        body = json.dumps({"targets": [device.udid], "plist": base64.b64encode(plist).decode(), "push": False})
        answer = self.server.request("POST", "/api/v1/commands", body=body.encode(), timeout=60,
                                     headers={**BEARER, "Content-Type": "application/json"})
        self.assertEqual(201, answer.status, answer.body[:500])

    def enqueue_cli(self, device, plist):
        folder = temporary_folder(self)
        path = os.path.join(folder, "command.plist")
        with open(path, "wb") as file:
            file.write(plist)
        sent = run_bramley(folder, "command", "send", path, "--device", device.udid, "--no-push", "--no-validate", "--server",
                           self.server.url, environment={"BRAMLEY_TOKEN": API_KEY})
        self.assertEqual(0, sent.returncode, sent.stderr)

    def test_a_retried_report_is_harmless(self):
        device = self.device().enroll()
        self.send(device, "C-retried", "C-waiting-1", "C-waiting-2")
        for _ in range(3):
            self.assertEqual("C-waiting-1", uuid_of(device.report("Acknowledged", "C-retried", Answer=1)))
        self.assertEqual("acknowledged", self.server.results("C-retried")[0]["state"])
        # A late NotNow or Error does not unsettle it either.
        self.assert_ok(device.report("NotNow", "C-retried"))
        self.assert_ok(device.report("Error", "C-retried"))
        self.assertEqual("acknowledged", self.server.results("C-retried")[0]["state"])
        self.assertEqual(["C-waiting-1", "C-waiting-2"],
                         [item["command_uuid"] for item in self.server.queue(device.udid)
                          if item["state"] in ("pending", "not_now")])

    def test_a_report_for_an_unknown_command_is_harmless(self):
        device = self.device().enroll()
        self.send(device, "C-known")
        self.assertEqual("C-known", uuid_of(device.report("Acknowledged", "C-never-sent")))
        self.assertEqual("C-known", uuid_of(device.idle()))

    def test_any_other_status_is_final(self):
        device = self.device().enroll()
        self.send(device, "C-odd")
        self.assert_nothing_to_do(device.report("Flabbergasted", "C-odd"))
        self.assert_nothing_to_do(device.idle())
        result, = self.server.results("C-odd")
        self.assertEqual(("other", "Flabbergasted"), (result["state"], result["status"]))

    def test_one_command_for_two_devices(self):
        devices = [self.device(f"UDID-pair-{n}").enroll() for n in (1, 2)]
        plist = command_plist("C-both")
        self.assertEqual(200, self.server.enqueue([d.udid for d in devices], plist, "?nopush=1").status)
        self.assertEqual(["C-both"] * 2, [uuid_of(d.idle()) for d in devices])
        self.assert_nothing_to_do(devices[0].report("Acknowledged", "C-both"))
        self.assertEqual("C-both", uuid_of(devices[1].idle()))

    def test_a_command_uuid_is_good_once(self):
        device = self.device().enroll()
        self.send(device, "C-once")
        answer = self.server.enqueue([device.udid], command_plist("C-once", "ProfileList"), "?nopush=1")
        self.assertEqual(500, answer.status)
        self.assertIn("command_error", answer.json())
        self.assertIn(b"DeviceInformation", device.idle().body)

    def test_unknown_targets_get_an_error_each(self):
        device = self.device().enroll()
        answer = self.server.enqueue([device.udid, "UDID-nobody"], command_plist("C-partly"), "?nopush=1")
        self.assertEqual(207, answer.status, answer)
        self.assertEqual(["UDID-nobody"], list(answer.json()["status"]))
        self.assertEqual("C-partly", uuid_of(device.idle()))


class ShortHistory(DeviceTest):
    """A server that keeps two answers."""

    flags = ("--keep-results-count", "2")

    def test_the_oldest_answers_go_and_what_waits_stays(self):
        device = self.device().enroll()
        names = [f"C-past-{n}" for n in range(5)]
        self.send(device, *names, "C-waits")
        for uuid in names:
            self.assert_ok(device.report("Acknowledged", uuid))
        deadline = time.monotonic() + 60
        while len(self.server.pages("/api/v1/commands", "commands")) > 3:
            self.assertLess(time.monotonic(), deadline, self.server.log()[-2000:])
            time.sleep(0.1)
        self.assertEqual({"C-past-3", "C-past-4", "C-waits"},
                         {item["id"] for item in self.server.pages("/api/v1/commands", "commands")})
        self.assertEqual("C-waits", uuid_of(device.idle()))


if __name__ == "__main__":
    unittest.main()
