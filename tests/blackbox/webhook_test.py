#!/usr/bin/env python3
"""Webhooks from outside: receivers of Python's that are well, down, slow, wrong, or refuse one event for ever."""

import base64
import hashlib
import hmac
import http.server
import json
import os
import plistlib
import threading
import time
import unittest

from bramley_server import API_KEY, free_port, run_bramley, temporary_folder, write_private
from fleet_case import FleetCase
from shell_device import command_plist

SECONDS = 60
KEY = "key-of-the-webhook"


class Receiver:
    """A webhook. `status(event)` says what it answers; what it took is in `taken`, in order."""

    def __init__(self, port=0):
        self.taken, self.refused, self.faults = [], [], []
        self.status = lambda event: 200
        self.changed = threading.Condition()
        receiver = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                status = receiver.answer(body, self.headers)
                self.send_response(status)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", port), Handler)
        self.server.daemon_threads = True
        self.thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.02})
        self.thread.start()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server.server_port}/hook"

    def answer(self, body, headers):
        expected = base64.b64encode(hmac.new(KEY.encode(), body, hashlib.sha256).digest()).decode()
        if headers.get("X-Hmac-Signature") != expected:
            self.faults.append(f"signature {headers.get('X-Hmac-Signature')}, not {expected}")
        if headers.get("Content-Type") != "application/json; charset=utf-8":
            self.faults.append(headers.get("Content-Type"))
        event = json.loads(body)
        status = self.status(event)
        with self.changed:
            (self.taken if status == 200 else self.refused).append(event)
            self.changed.notify_all()
        return status

    def wait_for(self, condition, what):
        with self.changed:
            if not self.changed.wait_for(lambda: condition(self.taken), timeout=SECONDS):
                raise AssertionError(f"{what}: {[short(event) for event in self.taken]}")

    def close(self):
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()


def inner(event):
    return event.get("checkin_event") or event["acknowledge_event"]


def short(event):
    return (event["topic"], inner(event).get("udid"), inner(event).get("command_uuid"), inner(event).get("status"))


class Webhooks(FleetCase):
    def begin(self, urls, *flags):
        key_file = os.path.join(self.folder, "hook-key")
        write_private(key_file, KEY)
        hooks = [flag for url in urls for flag in ("--webhook-url", url)]
        self.serve("--webhook-hmac-key", f"@{key_file}", *hooks, *flags)

    def receiver(self, port=0):
        receiver = Receiver(port)
        self.addCleanup(receiver.close)
        return receiver

    def hooks(self):
        return self.server.api("GET", "/api/v1/webhooks").json()["webhooks"]

    def wait_for_hook(self, condition, what):
        deadline = time.monotonic() + SECONDS
        while not condition(self.hooks()[0]):
            if time.monotonic() > deadline:
                raise AssertionError(f"{what}: {self.hooks()}\n{self.server.log()}")
            time.sleep(0.05)

    def bramley(self, *arguments):
        return run_bramley(self.folder, *arguments, "--server", self.server.url,
                           environment={"BRAMLEY_TOKEN": API_KEY})

    def test_events_as_nanomdm_sends_them_in_order(self):
        one, other = self.receiver(), self.receiver()
        self.begin([one.url, other.url])
        device = self.enroll("D1")
        self.assertEqual(200, self.server.enqueue(["D1"], command_plist("C1"), "?nopush=1").status)
        device.report("Idle")
        device.report("Acknowledged", "C1")
        device.put({"MessageType": "CheckOut"}, "application/x-apple-aspen-mdm-checkin")
        expected = [("mdm.Authenticate", "D1", None, None), ("mdm.TokenUpdate", "D1", None, None),
                    ("mdm.Connect", "D1", None, "Idle"), ("mdm.Connect", "D1", "C1", "Acknowledged"),
                    ("mdm.CheckOut", "D1", None, None)]
        for receiver in (one, other):
            receiver.wait_for(lambda taken: len(taken) >= 5, "five events")
            self.assertEqual(expected, [short(event) for event in receiver.taken])
            self.assertEqual([], receiver.faults)
        update = inner(one.taken[1])
        self.assertEqual(1, update["token_update_tally"])
        self.assertEqual({"id": "D1", "type": "Device"}, update["ids"])
        self.assertEqual("magic", plistlib.loads(base64.b64decode(update["raw_payload"]))["PushMagic"])

    def test_a_receiver_that_was_down_gets_all_of_it(self):
        port = free_port()
        self.begin([f"http://127.0.0.1:{port}/hook"])
        device = self.enroll("D1")
        begin = time.monotonic()
        for number in range(20):
            device.report("Acknowledged", f"C{number}")
        self.assertLess(time.monotonic() - begin, SECONDS / 2, "devices waited for the webhook")
        self.wait_for_hook(lambda hook: hook["last_error"], "nobody noticed")
        self.server.kill()
        self.server.start()
        receiver = self.receiver(port)
        receiver.wait_for(lambda taken: len(taken) >= 22, "everything")
        self.assertEqual([f"C{number}" for number in range(20)],
                         [inner(event).get("command_uuid") for event in receiver.taken[2:]])

    def test_one_event_that_is_refused_for_ever_blocks_its_device_alone(self):
        receiver = self.receiver()
        receiver.status = lambda event: 500 if inner(event).get("command_uuid") == "bad" else 200
        self.begin([receiver.url])
        bad, good = self.enroll("D1"), self.enroll("D2")
        bad.report("Acknowledged", "bad")
        bad.report("Acknowledged", "behind")
        for number in range(5):
            good.report("Acknowledged", f"C{number}")
        receiver.wait_for(lambda taken: len(taken) >= 9, "the other device's")
        self.wait_for_hook(lambda hook: hook["waiting"] == 2, "two wait")
        self.assertNotIn("behind", [inner(event).get("command_uuid") for event in receiver.taken])
        receiver.status = lambda event: 200
        receiver.wait_for(lambda taken: len(taken) >= 11, "those that waited")
        self.assertEqual(["bad", "behind"], [inner(event).get("command_uuid") for event in receiver.taken[9:]])

    def test_a_slow_receiver_delays_no_device_and_no_stop(self):
        receiver = self.receiver()
        gate = threading.Event()
        self.addCleanup(gate.set)

        def slow(_):
            gate.wait(SECONDS)
            return 200

        receiver.status = slow
        self.begin([receiver.url])
        device = self.enroll("D1")
        for number in range(5):
            self.assertEqual(200, device.report("Acknowledged", f"C{number}")[0])
        device.close()
        begin = time.monotonic()
        self.assertEqual(0, self.server.stop())
        self.assertLess(time.monotonic() - begin, 10)
        gate.set()
        self.server.start()
        receiver.wait_for(lambda taken: {f"C{number}" for number in range(5)} <=
                          {inner(event).get("command_uuid") for event in taken}, "all of them")

    def test_kill_9_between_commit_and_delivery_loses_nothing(self):
        receiver = self.receiver()
        self.begin([receiver.url])
        devices = [self.enroll(f"D{number}") for number in range(3)]
        answered = []
        for turn in range(8):
            for device in devices:
                uuid = f"{device.udid}-{turn}"
                self.assertEqual(200, device.report("Acknowledged", uuid)[0])
                answered.append(uuid)
            self.server.kill()
            for device in devices:
                device.close()
            self.server.start()
        receiver.wait_for(lambda taken: set(answered) <= {inner(event).get("command_uuid") for event in taken},
                          "every event")
        for device in devices:
            came = [inner(event)["command_uuid"] for event in receiver.taken
                    if inner(event).get("command_uuid") and inner(event)["udid"] == device.udid]
            once = list(dict.fromkeys(came))
            self.assertEqual([f"{device.udid}-{turn}" for turn in range(8)], once)

    def test_secrets_are_left_out_and_micromdm_is_understood(self):
        receiver = self.receiver()
        self.begin([receiver.url], "--webhook-redact", "--webhook-format", "micromdm", "--webhook-idle", "off")
        device = self.enroll("D1")
        device.report("Idle")
        device.report("Acknowledged", "C1")
        receiver.wait_for(lambda taken: len(taken) >= 3, "three events")
        self.assertEqual(["mdm.Authenticate", "mdm.TokenUpdate", "mdm.Connect"],
                         [event["topic"] for event in receiver.taken])
        update = inner(receiver.taken[1])
        self.assertEqual({"udid", "url_params", "raw_payload"}, set(update))
        self.assertEqual({"MessageType", "Topic", "UDID"}, set(plistlib.loads(base64.b64decode(update["raw_payload"]))))

    def test_the_command_line(self):
        receiver = self.receiver()
        self.begin([receiver.url])
        listed = json.loads(self.bramley("webhook", "list", "-o", "json").stdout)
        self.assertEqual([(receiver.url, "running")], [(hook["url"], hook["state"]) for hook in listed])
        name = listed[0]["id"]
        tested = self.bramley("webhook", "test", name, "-o", "json")
        self.assertEqual(0, tested.returncode, tested.stderr)
        self.assertEqual("bramley.Test", receiver.taken[0]["topic"])
        self.assertEqual(8, self.bramley("webhook", "pause", name, "--dry-run").returncode)
        self.assertEqual("paused", json.loads(self.bramley("webhook", "pause", name, "-o", "json").stdout)["state"])
        self.enroll("D1")
        self.assertEqual(2, self.hooks()[0]["behind"])
        self.assertEqual(1, len(receiver.taken))
        self.assertEqual(0, self.bramley("webhook", "resume", name).returncode)
        receiver.wait_for(lambda taken: len(taken) >= 3, "after resume")
        self.assertEqual(0, self.bramley("webhook", "replay", name, "--after", "0").returncode)
        receiver.wait_for(lambda taken: len(taken) >= 5, "replayed")
        self.assertEqual(receiver.taken[1]["event_id"], receiver.taken[3]["event_id"])
        self.assertEqual(2, self.bramley("webhook", "replay", name).returncode)
        self.assertEqual(7, self.bramley("webhook", "pause", "no-such").returncode)
        self.assertEqual([], json.loads(self.bramley("webhook", "parked", name, "-o", "json").stdout))
        receiver.status = lambda event: 500
        self.assertEqual(1, self.bramley("webhook", "test", name).returncode)

    def state_file(self, *documents):
        path = os.path.join(self.folder, "fleet.yaml")
        with open(path, "w", encoding="utf-8") as file:
            file.write("---\n".join(documents))
        return path

    def apply(self, *arguments, status=0):
        done = run_bramley(self.folder, "apply", *arguments, "--server", self.server.url,
                           environment={"BRAMLEY_TOKEN": API_KEY, "HOOK_KEY": KEY})
        self.assertEqual(status, done.returncode, done.stdout + done.stderr)
        return done

    def uuids(self, receiver):
        return [inner(event).get("command_uuid") for event in receiver.taken if inner(event).get("command_uuid")]

    def test_webhooks_come_change_and_go_while_the_server_runs(self):
        one, other = self.receiver(), self.receiver()
        self.begin([])
        device = self.enroll("D1")
        device.report("Acknowledged", "before")
        hook = "kind: Webhook\nname: siem\nurl: {}\nhmac_key: env:HOOK_KEY\nidle: off\n"
        file = self.state_file(hook.format(one.url))
        self.assertIn("create", self.apply("-f", file, "--dry-run", status=8).stdout)
        self.assertEqual([], self.hooks())
        self.apply("-f", file)
        self.assertIn("nothing to do", self.apply("-f", file, "--dry-run").stderr)
        device.report("Idle")
        device.report("Acknowledged", "C1")
        one.wait_for(lambda taken: len(taken) >= 1, "what happens once it is there")
        self.assertEqual(["C1"], self.uuids(one))
        # Moved: what comes from then on goes there.
        file = self.state_file(hook.format(other.url))
        self.assertIn(other.url, self.apply("-f", file, "--dry-run", status=8).stdout)
        self.apply("-f", file)
        device.report("Acknowledged", "C2")
        other.wait_for(lambda taken: len(taken) >= 1, "at the new place")
        # A server that is killed has it afterwards; what was written is told.
        self.server.kill()
        device.close()
        self.server.start()
        device.report("Acknowledged", "C3")
        other.wait_for(lambda taken: "C3" in self.uuids(other), "after the kill")
        exported = self.bramley("export").stdout
        self.assertNotIn(KEY, exported)
        self.assertIn("hmac_key: env:WEBHOOK_KEY_SIEM", exported.replace('"', ""))
        self.assertIn("nothing to do", run_bramley(
            self.folder, "apply", "-f", self.state_file(exported), "--server", self.server.url,
            environment={"BRAMLEY_TOKEN": API_KEY, "WEBHOOK_KEY_SIEM": KEY}).stderr)
        # In its place another one; what is not in the file goes with --prune alone.
        file = self.state_file("kind: Webhook\nname: second\nurl: " + one.url + "\nhmac_key: env:HOOK_KEY\n")
        self.apply("-f", file)
        self.assertEqual(["siem", "second"], [hook["name"] for hook in self.hooks()])
        self.apply("-f", file, "--prune", status=2)
        self.apply("-f", file, "--prune", "--yes")
        self.assertEqual(["second"], [hook["name"] for hook in self.hooks()])
        device.report("Acknowledged", "C4")
        one.wait_for(lambda taken: "C4" in self.uuids(one), "the other one")
        self.assertEqual(["C2", "C3"], list(dict.fromkeys(self.uuids(other))))
        self.assertEqual([], one.faults + other.faults)

    def test_what_the_api_made_is_there_after_a_restart(self):
        receiver = self.receiver()
        self.begin([])
        device = self.enroll("D1")
        made = self.server.api("POST", "/api/v1/webhooks", {"name": "siem", "url": receiver.url, "hmac_key": KEY})
        self.assertEqual(201, made.status, made)
        self.assertEqual(0, self.server.stop())
        device.close()
        self.server.start()
        device.report("Acknowledged", "C1")
        receiver.wait_for(lambda taken: "C1" in self.uuids(receiver), "after a restart")
        self.assertEqual(204, self.server.api("DELETE", "/api/v1/webhooks/" + made.json()["id"]).status)
        self.assertEqual([], self.hooks())
        device.report("Acknowledged", "C2")
        self.assertNotIn("C2", self.uuids(receiver))

    def test_a_url_that_is_none_is_refused(self):
        folder = temporary_folder(self)
        for url in ("hook.example.com", "https://me:secret@hook.example.com/"):
            refused = run_bramley(folder, "serve", "--data-dir", folder, "--webhook-url", url)
            self.assertEqual(2, refused.returncode, refused.stderr)
            self.assertNotIn("secret", refused.stderr)


if __name__ == "__main__":
    unittest.main()
