#!/usr/bin/env python3
"""Real requests, and answers held against docs/openapi.yaml; and nothing in that document that no request has seen."""

import base64
import json
import os
import plistlib
import re
import unittest
import urllib.parse

from cryptography.hazmat.primitives import hashes

from bramley_server import API_KEY, BramleyServer, free_port, run_bramley
from device_test import temporary_folder_of
from openapi_contract import Contract
from push_certificates import TOPIC, PushPair
from quick_device import QuickDevice
from shell_device import command_plist
from test_authority import TestAuthority, new_key

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
BEARER = {"Authorization": f"Bearer {API_KEY}"}
BASIC = {"Authorization": "Basic " + base64.b64encode(f"any:{API_KEY}".encode()).decode()}

# What a test cannot bring about from outside: a database that is away, a push that Apple takes.
UNREACHABLE_STATUS = {"503"}
UNREACHABLE = {
    ("get", "/v1/push/{ids}", "200"), ("put", "/v1/push/{ids}", "200"), ("post", "/v1/push/{ids}", "200"),
    ("get", "/v1/push/{ids}", "207"), ("put", "/v1/push/{ids}", "207"), ("post", "/v1/push/{ids}", "207"),
}


def quoted(text):
    return urllib.parse.quote(text, safe="")


class OpenApi(unittest.TestCase):
    """One server with one device, one user of it, and commands in every state."""

    @classmethod
    def setUpClass(cls):
        cls.folder = temporary_folder_of(cls)
        cls.hook = f"http://127.0.0.1:{free_port()}/nobody"
        cls.server = BramleyServer(cls.folder, ["--events", "on", "--webhook-url", cls.hook])
        cls.addClassCleanup(cls.server.close)
        cls.authority = TestAuthority()
        cls.authority.write_to(cls.server.credentials_dir)
        PushPair().write_to(cls.server.credentials_dir)
        cls.server.start()
        cls.contract = Contract(cls.server.request("GET", "/api/v1/openapi.yaml", headers=BEARER).body)
        cls.device = QuickDevice(cls.server, cls.authority, new_key(), "UDID-OpenAPI/1")
        for status, _ in (cls.device.authenticate(), cls.device.token_update()):
            assert status == 200, cls.server.log()

    def ask(self, method, template, status, path=None, query="", body=None, raw=None, headers=BEARER):
        """One request: the answer must be as the document says, and have this status. Unless it is to be refused,
        the request must be one that the document allows."""
        target = template
        for name, value in (path or {}).items():
            target = target.replace("{" + name + "}", quoted(value))
        self.check_query(method, template, query)
        faults = self.contract.request_faults(method, template, body) if raw is None else []
        if status == 400 and body is not None:
            self.assertTrue(faults, f"{method} {target}: the document allows what the server is to refuse: {body}")
        elif status not in (401, 403):
            self.assertEqual([], faults, f"{method} {target}: the request")
        sent = json.dumps(body) if body is not None else raw
        answer = self.server.request(method, target + query, body=sent, headers=headers)
        self.assertEqual(status, answer.status, f"{method} {target}{query}: {answer}")
        self.assertEqual([], self.contract.answer_faults(method, template, answer), f"{method} {target}: {answer}")
        return answer

    def check_query(self, method, template, query):
        described = self.contract.parameters(method, template)
        for name in urllib.parse.parse_qs(query.lstrip("?"), keep_blank_values=True):
            self.assertIn((name, "query"), described, f"{method} {template}{query}")

    def send(self, uuid, status=201, targets=None, **more):
        plist = base64.b64encode(command_plist(uuid)).decode()
        return self.ask("POST", "/api/v1/commands", status,
                        body={"targets": targets or [self.device.udid], "plist": plist, **more}).json()

    def test_0_the_document_is_this_versions(self):
        with open(os.path.join(ROOT, "docs", "openapi.yaml"), "rb") as file:
            self.assertEqual(file.read(), self.ask("GET", "/api/v1/openapi.yaml", 200).body)

    def test_1_without_the_key_every_guarded_path_is_401(self):
        for method, template in sorted(self.contract.operations()):
            operation = self.contract.operation(method, template)
            if operation.get("security", self.contract.document["security"]) == []:
                self.assertNotIn("401", operation["responses"])
                continue
            path = {name: "x" for name, where in self.contract.parameters(method, template) if where == "path"}
            for headers in ({}, {"Authorization": "Bearer wrong"}, {"Authorization": "Basic YTp3cm9uZw=="}):
                self.ask(method.upper(), template, 401, path=path, headers=headers)

    def test_2_health_and_version(self):
        self.ask("GET", "/healthz", 200, headers={})
        self.ask("GET", "/readyz", 200, headers={})
        self.ask("GET", "/version", 200, headers={})
        server = self.ask("GET", "/api/v1/server", 200).json()
        self.assertEqual(self.server.url, server["url"])
        self.assertEqual(self.authority.certificate.fingerprint(hashes.SHA256()).hex(), server["ca_sha256"])

    def test_3_enrollments(self):
        listed = self.ask("GET", "/api/v1/enrollments", 200,
                          query="?state=enrolled&type=device&limit=1&device=" + quoted(self.device.udid)).json()
        self.assertEqual([self.device.udid], [item["id"] for item in listed["enrollments"]])
        for query in ("?limit=0", "?limit=501", "?cursor=xyz", "?state=x", "?type=x"):
            self.ask("GET", "/api/v1/enrollments", 400, query=query)
        shown = self.ask("GET", "/api/v1/enrollments/{id}", 200, path={"id": self.device.udid}).json()
        self.assertEqual(listed["enrollments"][0], shown)
        self.ask("GET", "/api/v1/enrollments/{id}", 404, path={"id": "nobody"})

    def test_4_commands_and_their_results(self):
        sent = self.send("C-ack")
        self.assertEqual(1, sent["queued"])
        self.assertIn("no push certificate for ", sent["push"]["errors"][0]["message"])
        self.send("C-error", push=False)
        self.send("C-later", push=False)
        self.send("C-some", status=200, targets=[self.device.udid, "nobody"])
        self.send("C-none", status=404, targets=["nobody"])
        self.send("C-ack", status=409)
        for body in ({}, {"targets": [], "plist": ""}, {"targets": ["x"], "plist": "YQ==", "x": 1}):
            self.ask("POST", "/api/v1/commands", 400, body=body)
        self.ask("POST", "/api/v1/commands", 400, raw="{")
        self.ask("POST", "/api/v1/commands", 413, raw=b" " * (60 << 20))
        self.device.report("Idle")
        self.device.report("Acknowledged", "C-ack")
        self.device.put({"Status": "Error", "CommandUUID": "C-error", "ErrorChain": [
            {"ErrorCode": 12, "ErrorDomain": "D", "LocalizedDescription": "L", "USEnglishDescription": "E"}]},
            "application/x-apple-aspen-mdm")
        self.device.report("NotNow", "C-later")
        states = {}
        for uuid in ("C-ack", "C-error", "C-later", "C-some"):
            self.ask("GET", "/api/v1/commands/{uuid}", 200, path={"uuid": uuid})
            result, = self.ask("GET", "/api/v1/commands/{uuid}/results", 200, path={"uuid": uuid}).json()["results"]
            states[uuid] = result["state"]
        self.assertEqual({"C-ack": "acknowledged", "C-error": "error", "C-later": "not_now", "C-some": "pending"},
                         states)
        for template in ("/api/v1/commands/{uuid}", "/api/v1/commands/{uuid}/results"):
            self.ask("GET", template, 404, path={"uuid": "C-unknown"})
        self.ask("GET", "/api/v1/commands/{uuid}/results", 400, path={"uuid": "C-ack"}, query="?limit=x")
        one = {"uuid": "C-error", "id": self.device.udid}
        result = self.ask("GET", "/api/v1/commands/{uuid}/results/{id}", 200, path=one).json()
        self.assertEqual("D", result["error_chain"][0]["domain"])
        report = self.ask("GET", "/api/v1/commands/{uuid}/results/{id}/report", 200, path=one).body
        self.assertEqual(result["report_size"], len(report))
        for template in ("/api/v1/commands/{uuid}/results/{id}", "/api/v1/commands/{uuid}/results/{id}/report"):
            self.ask("GET", template, 404, path={"uuid": "C-error", "id": "nobody"})
        first = self.ask("GET", "/api/v1/commands", 200, query="?limit=1").json()
        self.assertIsNotNone(first["next_cursor"])
        self.ask("GET", "/api/v1/commands", 200, query="?limit=1&cursor=" + quoted(first["next_cursor"]))
        self.ask("GET", "/api/v1/commands", 200,
                 query="?type=DeviceInformation&since=2020-01-01T00:00:00Z&device=" + quoted(self.device.udid))
        self.ask("GET", "/api/v1/commands", 400, query="?since=yesterday")

    def test_5_the_queue(self):
        name = {"id": self.device.udid}
        self.send("C-waits", push=False)
        waiting = self.ask("GET", "/api/v1/enrollments/{id}/queue", 200, path=name).json()["commands"]
        self.assertIn("C-waits", [item["command_uuid"] for item in waiting])
        self.ask("GET", "/api/v1/enrollments/{id}/queue", 400, path=name, query="?cursor=x")
        self.ask("GET", "/api/v1/enrollments/{id}/queue", 404, path={"id": "nobody"})
        self.ask("DELETE", "/api/v1/enrollments/{id}/queue", 204, path=name)
        self.ask("DELETE", "/api/v1/enrollments/{id}/queue", 404, path={"id": "nobody"})
        self.assertEqual([], self.ask("GET", "/api/v1/enrollments/{id}/queue", 200, path=name).json()["commands"])

    def test_5_taken_back_and_timed(self):
        sent = self.send("C-timed", push=False, priority=9, ttl="7d")["command"]
        self.assertEqual(9, sent["priority"])
        self.assertIsNotNone(sent["expires_at"])
        for wrong in ({"priority": 101}, {"ttl": "soon"}, {"all_devices": True}):
            self.send("C-wrong", status=400, **wrong)
        plist = base64.b64encode(command_plist("C-to-all")).decode()
        enrolled = [item for item in self.server.enrollments()
                    if item["type"] == "device" and item["state"] == "enrolled"]
        self.ask("POST", "/api/v1/commands", 201, body={"all_devices": True, "plist": plist, "push": False})
        template, name = "/api/v1/commands/{uuid}", {"uuid": "C-timed"}
        taken = self.ask("DELETE", template, 200, path=name, query="?device=" + quoted(self.device.udid)).json()
        self.assertEqual((1, 1), (taken["cancelled"], taken["command"]["cancelled"]))
        self.assertEqual(len(enrolled),
                         self.ask("DELETE", template, 200, path={"uuid": "C-to-all"}).json()["cancelled"])
        self.ask("DELETE", template, 404, path={"uuid": "C-unknown"})
        self.ask("DELETE", template, 404, path=name, query="?device=nobody")
        self.ask("DELETE", template, 400, path=name, query="?device=")

    def test_5_selections(self):
        path = "/api/v1/selections"
        everybody = self.ask("POST", path, 200, body={"all_devices": True, "limit": 1, "max_age": "48h"}).json()
        self.assertGreaterEqual(everybody["matched"], 1)
        if everybody["next_cursor"]:
            self.ask("POST", path, 200, body={"all_devices": True, "cursor": everybody["next_cursor"]})
        found = self.ask("POST", path, 200, body={"targets": [self.device.udid, "nobody"]}).json()
        self.assertEqual((1, ["nobody"]), (found["matched"], [item["id"] for item in found["refused"]]))
        for body in ({}, {"targets": []}, {"select": "known(udid)", "all_devices": True}, {"select": "x" * 5000}):
            self.ask("POST", path, 400, body=body)
        self.ask("POST", path, 400, raw=json.dumps({"select": "udid = 1"}))
        self.ask("POST", path, 413, raw=b" " * (17 << 20))
        select = f'udid == "{self.device.udid}"'
        self.assertEqual(1, self.ask("POST", path, 200, body={"select": select}).json()["matched"])
        listed = self.ask("GET", "/api/v1/enrollments", 200, query="?select=" + quoted(select)).json()["enrollments"]
        self.assertEqual([self.device.udid], [item["id"] for item in listed])
        serial = self.device.udid[-10:]
        self.ask("GET", "/api/v1/enrollments", 200, query="?platform=macOS&serial_number=" + quoted(serial))
        for query in ("?select=", "?platform=Windows"):
            self.ask("GET", "/api/v1/enrollments", 400, query=query)
        plist = base64.b64encode(command_plist("C-selected")).decode()
        body = {"select": select, "plist": plist, "push": False, "expect_count": 2}
        self.assertEqual(1, self.ask("POST", "/api/v1/commands", 409, body=body).json()["matched"])
        body.update(expect_count=1, max_age="365d")
        self.ask("POST", "/api/v1/commands", 201, body=body)
        self.ask("DELETE", "/api/v1/commands/{uuid}", 200, path={"uuid": "C-selected"})

    def test_5_devices_that_are_to_go(self):
        device = QuickDevice(self.server, self.authority, new_key(), "UDID-to-go")
        user = {"UserID": "U1", "UserShortName": "ada"}
        for message in ({"MessageType": "Authenticate", "Topic": TOPIC},
                        {"MessageType": "TokenUpdate", "Topic": TOPIC, "PushMagic": "m", "Token": b"1"},
                        {"MessageType": "TokenUpdate", "Topic": TOPIC, "PushMagic": "m", "Token": b"1", **user}):
            self.assertEqual(200, device.put(message, "application/x-apple-aspen-mdm-checkin")[0])
        path = "/api/v1/enrollments/{id}/"
        for action, dismissal in (("unenroll", "unenroll"), ("block", "block"), ("unblock", "none")):
            name = {"id": device.udid}
            self.assertEqual(dismissal, self.ask("POST", path + action, 200, path=name).json()["dismissal"])
            self.ask("POST", path + action, 404, path={"id": "nobody"})
            self.ask("POST", path + action, 409, path={"id": device.udid + ":U1"})
        name = {"id": device.udid}
        self.ask("DELETE", "/api/v1/enrollments/{id}", 409, path=name)
        goodbye = {"MessageType": "CheckOut", "Topic": TOPIC}
        self.assertEqual(200, device.put(goodbye, "application/x-apple-aspen-mdm-checkin")[0])
        self.ask("DELETE", "/api/v1/enrollments/{id}", 204, path=name)
        self.ask("DELETE", "/api/v1/enrollments/{id}", 404, path=name)
        self.ask("GET", "/api/v1/enrollments/{id}", 404, path={"id": device.udid + ":U1"})

    def test_5_identities_that_are_renewed(self):
        device = QuickDevice(self.server, self.authority, new_key(), "UDID-to-renew")
        self.ask("GET", "/api/v1/enrollments/{id}/renewal", 404, path={"id": device.udid})
        for answer in (device.authenticate(), device.token_update()):
            self.assertEqual(200, answer[0])
        name = {"id": device.udid}
        self.ask("POST", "/api/v1/enrollments/{id}/renewal", 202, path=name)
        self.ask("POST", "/api/v1/enrollments/{id}/renewal", 404, path={"id": "nobody"})
        self.assertEqual("asked", self.ask("GET", "/api/v1/enrollments/{id}/renewal", 200, path=name).json()["origin"])
        listed = self.ask("GET", "/api/v1/renewals", 200, query="?limit=1&device=" + device.udid).json()["renewals"]
        self.assertEqual([device.udid], [item["id"] for item in listed])
        self.ask("GET", "/api/v1/renewals", 400, query="?state=tired")
        self.ask("GET", "/api/v1/renewals", 400, query="?cursor=x")
        self.ask("POST", "/api/v1/enrollments/{id}/approval", 200, path=name)
        self.ask("POST", "/api/v1/enrollments/{id}/approval", 404, path={"id": "nobody"})
        self.assertEqual(200, device.put({"MessageType": "CheckOut"}, "application/x-apple-aspen-mdm-checkin")[0])
        self.ask("POST", "/api/v1/enrollments/{id}/renewal", 409, path=name)

    def test_6_pushes(self):
        outcome = self.ask("POST", "/api/v1/push", 200, body={"targets": [self.device.udid, "nobody"]}).json()
        self.assertEqual(2, outcome["sent"] + len(outcome["errors"]))
        self.ask("POST", "/api/v1/push", 400, body={"targets": []})
        self.ask("POST", "/api/v1/push", 413, raw=b" " * (17 << 20))

    def test_7_tokens_challenges_and_profiles(self):
        made = self.ask("POST", "/api/v1/enrollment-tokens", 201,
                        body={"ttl": "2h", "max_uses": 1, "note": "n", "udid": "U"}).json()
        self.ask("POST", "/api/v1/enrollment-tokens", 201)
        self.ask("POST", "/api/v1/enrollment-tokens", 400, body={"max_uses": -1})
        self.ask("GET", "/api/v1/enrollment-tokens", 200)
        self.ask("GET", "/api/v1/enrollment-tokens", 400, query="?limit=0")
        profile = self.ask("GET", "/enroll/{token}", 200, path={"token": made["token"]}, headers={}).body
        types = {payload["PayloadType"] for payload in plistlib.loads(profile)["PayloadContent"]}
        self.assertLessEqual({"com.apple.mdm", "com.apple.security.scep"}, types)
        self.ask("GET", "/enroll/{token}", 404, path={"token": made["token"]}, headers={})
        self.ask("GET", "/enroll", 403, headers={})
        self.ask("DELETE", "/api/v1/enrollment-tokens/{id}", 204, path={"id": made["id"]})
        self.ask("DELETE", "/api/v1/enrollment-tokens/{id}", 404, path={"id": made["id"]})
        self.ask("POST", "/api/v1/scep-challenges", 201, body={"ttl": "10m", "serial_number": "S"})
        self.ask("POST", "/api/v1/scep-challenges", 400, body={"ttl": "soon"})
        self.ask("POST", "/api/v1/enrollment-profiles", 201, body={"organization": "O", "topic": TOPIC})
        self.ask("POST", "/api/v1/enrollment-profiles", 400, body={"organisation": "O"})
        self.ask("POST", "/api/v1/enrollment-profiles", 404, body={"topic": "com.apple.mgmt.External.none"})

    def test_8_certificates(self):
        listed = self.ask("GET", "/api/v1/push-certificates", 200).json()["push_certificates"]
        self.assertEqual([(TOPIC, "directory", None)],
                         [(item["id"], item["source"], item["fault"]) for item in listed])
        self.ask("GET", "/api/v1/push-certificates", 400, query="?cursor=x")
        link = self.ask("POST", "/api/v1/enrollment-tokens", 201, body={"serial_number": None}).json()["url"]
        done = run_bramley(self.folder, "simulate", "--url", link, "--duration", "0")
        self.assertEqual(0, done.returncode, done.stderr)
        issued, = self.ask("GET", "/api/v1/certificates", 200).json()["certificates"]
        same = self.ask("GET", "/api/v1/certificates", 200, query="?device=" + quoted(issued["device_id"])).json()
        self.assertEqual([issued], same["certificates"])
        enrolled = self.ask("GET", "/api/v1/enrollments/{id}", 200, path={"id": issued["device_id"]}).json()
        self.assertEqual(issued["id"], enrolled["certificate_sha256"])
        self.ask("GET", "/api/v1/certificates", 400, query="?limit=0")
        revoke = "/api/v1/certificates/{id}/revoke"
        revoked = self.ask("POST", revoke, 200, path={"id": issued["id"]}, body={"reason": "superseded"}).json()
        self.assertEqual(revoked, self.ask("GET", "/api/v1/certificates", 200).json()["certificates"][0])
        self.ask("POST", revoke, 400, path={"id": issued["id"]}, body={"reason": "bored"})
        self.ask("POST", revoke, 404, path={"id": "0" * 64}, body={})
        # One that was not issued here, but to a device that is.
        stranger = QuickDevice(self.server, self.authority, new_key(), "UDID-stranger")
        self.assertEqual(200, stranger.authenticate()[0])
        self.ask("POST", revoke, 204, path={"id": stranger.certificate.fingerprint(hashes.SHA256()).hex()}, body={})
        self.assertEqual(400, stranger.token_update()[0])

    def test_9_nanomdms_paths(self):
        for method in ("PUT", "POST", "GET"):
            ids = {"ids": self.device.udid}
            template = "/v1/enqueue/{ids}"
            plist = command_plist("N-" + method)
            self.ask(method, template, 200, path=ids, query="?nopush=1", raw=plist, headers=BASIC)
            self.ask(method, template, 500, path=ids, raw=plist, headers=BASIC)
            self.ask(method, template, 207, path={"ids": self.device.udid + ",nobody"}, query="?nopush=1",
                     raw=command_plist("N-some-" + method), headers=BASIC)
            self.ask(method, "/v1/push/{ids}", 500, path=ids, headers=BASIC)
        self.ask("GET", "/v1/pushcert", 200, query="?topic=" + TOPIC, headers=BASIC)
        self.ask("GET", "/v1/pushcert", 400, headers=BASIC)
        self.ask("GET", "/v1/pushcert", 500, query="?topic=none", headers=BASIC)
        renewed = PushPair(days=700)
        self.ask("PUT", "/v1/pushcert", 200, raw=renewed.pem() + renewed.key_pem(), headers=BASIC)
        listed, = self.ask("GET", "/api/v1/push-certificates", 200).json()["push_certificates"]
        self.assertEqual(renewed.fingerprint(), listed["sha256"])
        self.ask("PUT", "/v1/pushcert", 400, raw="pem", headers=BASIC)
        other = PushPair(TOPIC + "-new")
        self.ask("PUT", "/v1/pushcert", 409, raw=other.pem() + other.key_pem(), headers=BASIC)

    def test_a_events_and_webhooks(self):
        listed = self.ask("GET", "/api/v1/events", 200, query="?limit=1&enrollment=" + quoted(self.device.udid)).json()
        self.assertEqual(["mdm.Authenticate"], [event["topic"] for event in listed["events"]])
        self.ask("GET", "/api/v1/events", 200,
                 query="?topic=mdm.TokenUpdate&after=0&cursor=" + quoted(listed["next_cursor"]))
        self.ask("GET", "/api/v1/events", 400, query="?after=x")
        hook, = self.ask("GET", "/api/v1/webhooks", 200).json()["webhooks"]
        self.assertEqual((self.hook, "running"), (hook["url"], hook["state"]))
        name, nobody = {"id": hook["id"]}, {"id": "nobody"}
        one = "/api/v1/webhooks/{id}"
        for method, verb in (("GET", ""), ("GET", "/parked"), ("POST", "/test"), ("POST", "/pause"),
                             ("POST", "/resume"), ("POST", "/replay")):
            self.ask(method, one + verb, 200, path=name)
            self.ask(method, one + verb, 404, path=nobody)
        self.webhooks_of_the_api(name)
        self.ask("GET", one + "/parked", 400, path=name, query="?limit=0")
        self.ask("POST", one + "/replay", 200, path=name, body={"after": 0})
        self.ask("POST", one + "/replay", 400, path=name, body={"after": -1})
        self.assertFalse(self.ask("POST", one + "/test", 200, path=name).json()["delivered"])

    def webhooks_of_the_api(self, flag):
        every, one = "/api/v1/webhooks", "/api/v1/webhooks/{id}"
        terms = {"name": "siem", "url": self.hook + "/2", "format": "micromdm", "redact": True, "idle": False,
                 "hmac_key": "the-secret-key"}
        made = self.ask("POST", every, 201, body=terms).json()
        self.assertEqual(("siem", "api", "running", True), tuple(made[key] for key in ("name", "origin", "state", "signed")))
        self.assertNotIn("the-secret-key", json.dumps(made))
        self.ask("POST", every, 409, body=terms)
        self.ask("POST", every, 400, body={"name": "no-url"})
        self.ask("POST", every, 400, body=terms | {"format": "xml"})
        name, nobody = {"id": made["id"]}, {"id": "nobody"}
        changed = self.ask("PATCH", one, 200, path=name, body={"hmac_key": "", "idle": True}).json()
        self.assertEqual((False, None, True, "micromdm"),
                         tuple(changed[key] for key in ("signed", "hmac_key_check", "idle", "format")))
        self.ask("PATCH", one, 400, path=name, body={"colour": "red"})
        self.ask("PATCH", one, 409, path=flag, body={"idle": True})
        self.ask("PATCH", one, 404, path=nobody, body={"idle": True})
        self.ask("DELETE", one, 409, path=flag)
        self.ask("DELETE", one, 404, path=nobody)
        self.ask("DELETE", one, 204, path=name)
        self.ask("GET", one, 404, path=name)

    def test_b_what_no_path_knows_is_refused_by_its_name(self):
        for method, template in sorted(self.contract.operations()):
            if not template.startswith("/api/v1/"):
                continue
            target = re.sub(r"{\w+}", "x", template) + "?no_such=1"
            answer = self.server.request(method.upper(), target, headers=BEARER)
            self.assertEqual(400, answer.status, (method, target, answer))
            self.assertEqual([], self.contract.answer_faults(method, template, answer), (method, target))
            self.assertEqual('unknown query parameter "no_such"', answer.json()["detail"])
        # What others' programs send is taken as they are used to.
        self.ask("GET", "/v1/pushcert", 200, query="?topic=" + TOPIC, headers=BASIC)
        for target in (f"/v1/pushcert?topic={TOPIC}&no_such=1", "/version?no_such=1", "/scep?operation=GetCACaps&x=1"):
            self.assertEqual(200, self.server.request("GET", target, headers=BASIC).status, target)

    def test_c_tokens(self):
        body = {"name": "pipeline", "role": "operator", "ttl": "30d", "request_types": ["DeviceInformation"]}
        made = self.ask("POST", "/api/v1/tokens", 201, body=body).json()
        for wrong in ({"name": "n"}, {"name": "", "role": "reader"}, {"name": "n", "role": "root"},
                      {"name": "n", "role": "operator", "request_types": []}):
            self.ask("POST", "/api/v1/tokens", 400, body=wrong)
        listed = self.ask("GET", "/api/v1/tokens", 200, query="?limit=1").json()["tokens"]
        self.assertEqual([made["id"]], [item["id"] for item in listed])
        self.ask("GET", "/api/v1/tokens", 400, query="?cursor=x")
        one, name = "/api/v1/tokens/{id}", {"id": made["id"]}
        self.ask("GET", one, 200, path=name)
        self.ask("GET", one, 404, path={"id": "nobody"})
        token = {"Authorization": "Bearer " + made["token"]}
        plist = base64.b64encode(command_plist("C-of-a-token")).decode()
        body = {"targets": [self.device.udid], "plist": plist, "push": False}
        sent = self.ask("POST", "/api/v1/commands", 201, body=body, headers=token).json()["command"]
        self.assertEqual({"id": made["id"], "name": "pipeline"}, sent["created_by"])
        self.assertIsNotNone(self.ask("DELETE", one, 200, path=name).json()["revoked_at"])
        self.ask("DELETE", one, 404, path={"id": "nobody"})
        self.ask("POST", "/api/v1/commands", 401, body=body, headers=token)

    def test_d_every_path_asks_for_the_role_that_it_needs(self):
        roles = ("reader", "operator", "admin")
        tokens = {role: self.ask("POST", "/api/v1/tokens", 201, body={"name": role, "role": role}).json()["token"]
                  for role in roles}
        for method, template in sorted(self.contract.operations()):
            operation = self.contract.operation(method, template)
            security = operation.get("security", self.contract.document["security"])
            if security == []:
                continue
            (least,), (same,) = (list(scheme.values())[0] for scheme in security)
            self.assertEqual(least, same, template)
            path = {name: "x" for name, where in self.contract.parameters(method, template) if where == "path"}
            for role in roles:
                enough = roles.index(role) >= roles.index(least)
                self.ask_as(tokens[role], method, template, path, enough)
            self.assertEqual(least != "reader", "403" in operation["responses"], (method, template))

    def ask_as(self, token, method, template, path, enough):
        """A request that is wrong where it may be (so that nothing happens): let in or not is what matters."""
        basic = "Basic " + base64.b64encode(f"any:{token}".encode()).decode()
        for authorization in ("Bearer " + token, basic):
            headers = {"Authorization": authorization}
            if not enough:
                self.ask(method.upper(), template, 403, path=path, headers=headers)
                continue
            target = re.sub(r"{\w+}", "x", template) + "?no_such=1"
            answer = self.server.request(method.upper(), target, headers=headers)
            self.assertNotIn(answer.status, (401, 403), (method, template, answer))

    def test_other_methods_are_refused_as_the_document_says(self):
        answer = self.server.request("PATCH", "/api/v1/commands", headers=BEARER)
        self.assertEqual(405, answer.status)
        self.assertEqual({"GET", "HEAD", "POST"}, set(answer.headers["allow"].split(", ")))
        self.assertEqual([], self.contract.faults({"$ref": "#/components/schemas/Problem"}, answer.json()))
        answer = self.server.request("GET", "/api/v1/nothing", headers=BEARER)
        self.assertEqual([], self.contract.faults({"$ref": "#/components/schemas/Problem"}, answer.json()))

    def test_open_enrollment_and_several_topics(self):
        """Another server: what the first one cannot answer."""
        server = BramleyServer(os.path.join(self.folder, "open"), ["--open-enrollment"])
        self.addCleanup(server.close)
        TestAuthority().write_to(server.credentials_dir)
        for topic in (TOPIC, TOPIC + "-2"):
            PushPair(topic).write_to(server.credentials_dir)
        server.start()
        kept, type(self).server = self.server, server
        try:
            self.ask("GET", "/enroll", 200, query="?topic=" + TOPIC, headers={})
            self.ask("GET", "/enroll", 404, query="?topic=none", headers={})
            self.ask("GET", "/enroll", 503, headers={})
            self.ask("POST", "/api/v1/enrollment-profiles", 409)
            self.ask("GET", "/api/v1/events", 409)
            self.unused_webhook(server)
        finally:
            type(self).server = kept

    def unused_webhook(self, server):
        """One that a server had once."""
        self.assertEqual(0, server.stop())
        server.flags += ["--webhook-url", self.hook]
        server.start()
        self.assertEqual(0, server.stop())
        del server.flags[-2:]
        server.start()
        hook, = self.ask("GET", "/api/v1/webhooks", 200).json()["webhooks"]
        self.assertEqual("unused", hook["state"])
        self.ask("POST", "/api/v1/webhooks/{id}/test", 409, path={"id": hook["id"]})

    def test_zz_every_answer_in_the_document_was_seen(self):
        unseen = {found for found in self.contract.answers() - self.contract.seen
                  if found[2] not in UNREACHABLE_STATUS}
        self.assertEqual(UNREACHABLE, unseen)


if __name__ == "__main__":
    unittest.main(verbosity=2)
