#!/usr/bin/env python3
"""Device secrets, challenges and keys are nowhere in the clear: not in the database, its journal and its dump, not in
the log, not in the arguments of the process."""

import base64
import os
import plistlib
import shutil
import sqlite3
import subprocess
import unittest

from cryptography import x509
from cryptography.hazmat.primitives import serialization

from bramley_server import API_KEY, BramleyServer, run_bramley, temporary_folder, write_private
from device_test import DeviceTest
from push_certificates import PushPair
from quick_device import QuickDevice
from secret_search import dump, forms, found_in, key_forms
from shell_device import CHECKIN_TYPE, REPORT_TYPE, TOPIC, command_plist, uuid_of
from test_authority import TestAuthority, new_key, server_certificate

UNLOCK = b"unlock-token-that-opens-the-device"
BOOTSTRAP = b"bootstrap-token-that-opens-the-disk"
COMMAND = "passcode-inside-a-command-plist"
REPORT = "recovery-key-inside-a-report"
WEBHOOK_KEY = "key-that-signs-what-a-webhook-is-told"
STATIC_CHALLENGE = "a-challenge-that-every-device-may-show"
PASSPHRASE = "the-passphrase-of-the-push-key"
BASIC = {"Authorization": "Basic " + base64.b64encode(f"any:{API_KEY}".encode()).decode()}


def databases(data_dir):
    found = [os.path.join(data_dir, name) for name in os.listdir(data_dir) if name.startswith("bramley.db")]
    return {os.path.basename(path): read(path) for path in found}


def read(path):
    with open(path, "rb") as file:
        return file.read()


def read_key(path):
    return serialization.load_pem_private_key(read(path), None)


class SealedSecrets(DeviceTest):
    """What a device tells in confidence is stored, and can be read again by the server alone."""

    def test_nothing_in_the_clear(self):
        device = self.device().enroll()
        self.assert_ok(device.token_update(UnlockToken=UNLOCK))
        self.assert_ok(device.checkin("SetBootstrapToken", BootstrapToken=BOOTSTRAP))
        self.send(device, "C-secret", NewPassword=COMMAND)
        self.assertEqual("C-secret", uuid_of(device.idle()))
        self.assert_nothing_to_do(device.report("Acknowledged", "C-secret", Key=REPORT))
        # They are there, sealed: the server can read them again, also after a restart.
        self.assertEqual(0, self.server.stop())
        self.server.start()
        self.assertEqual(REPORT, self.server.results("C-secret")[0]["report"]["Key"])
        answer = device.checkin("GetBootstrapToken")
        self.assertEqual({"BootstrapToken": BOOTSTRAP}, plistlib.loads(answer.body))
        # A kill leaves the journal as it is.
        self.server.kill()
        needles = {text.decode(): forms(text) for text in (UNLOCK, BOOTSTRAP, COMMAND.encode(), REPORT.encode())}
        for name, content in {**databases(self.server.data_dir), "log": self.server.log().encode()}.items():
            self.assertEqual([], found_in(content, needles), name)


class WholeSetUp(unittest.TestCase):
    """From the CA to a managed device, with the commands that a person would type; then the search."""

    def setUp(self):
        self.folder = temporary_folder(self)
        self.needles = {"API key": forms(API_KEY.encode())}
        tls_certificate, tls_key = server_certificate(self.folder)
        self.needles["TLS key"] = key_forms(read_key(tls_key))
        challenge = self.secret_file("static challenge", STATIC_CHALLENGE)
        self.server = BramleyServer(self.folder, tls=True, flags=[
            "--tls-cert", tls_certificate, "--tls-key", tls_key, "--scep-challenge", "@" + challenge])
        self.addCleanup(self.server.close)
        self.tls_certificate = tls_certificate

    def secret(self, name, value):
        self.needles[name] = forms(value.encode() if isinstance(value, str) else value)
        return value

    def secret_file(self, name, value):
        path = os.path.join(self.folder, name.replace(" ", "-"))
        write_private(path, self.secret(name, value) + "\n")
        return path

    def bramley(self, *arguments):
        done = run_bramley(self.folder, *arguments)
        self.assertEqual(0, done.returncode, done.stderr)
        self.assert_clean(done.stdout + done.stderr, arguments[0])

    def assert_clean(self, text, where):
        self.assertEqual([], found_in(text if isinstance(text, bytes) else text.encode(), self.needles), where)

    # The steps

    def make_credentials(self):
        directory = self.server.credentials_dir
        self.bramley("ca", "init", "--credentials-dir", directory)
        self.needles["CA key"] = key_forms(read_key(os.path.join(directory, "scep-ca.key")))
        pair = PushPair(TOPIC)
        self.needles["push key"] = key_forms(pair.key)
        passphrase = self.secret_file("passphrase", PASSPHRASE)
        certificate = os.path.join(self.folder, "MDM_Example.pem")
        write_private(certificate, pair.pem())
        subprocess.run(["openssl", "pkcs8", "-topk8", "-out", os.path.join(self.folder, "push.key"), "-passout",
                        "file:" + passphrase], input=pair.key_pem().encode(), capture_output=True, check=True)
        self.bramley("push-cert", "import", certificate, "--passphrase", "@" + passphrase, "--credentials-dir", directory)

    def renew_push_certificate(self):
        pair = PushPair(TOPIC, days=700)
        self.needles["renewed push key"] = key_forms(pair.key)
        answer = self.server.request("PUT", "/v1/pushcert", body=pair.pem() + pair.key_pem(), headers=BASIC)
        self.assertEqual(200, answer.status, answer)
        self.assert_clean(answer.body, "PUT /v1/pushcert")
        self.assert_clean(self.server.api("GET", "/api/v1/push-certificates").body, "GET /api/v1/push-certificates")

    def hand_out_invitations(self):
        for path, body, name in (("scep-challenges", {"ttl": "1h"}, "challenge"),
                                 ("enrollment-tokens", {"ttl": "1h", "note": "n", "max_uses": 2}, "token")):
            answer = self.server.api("POST", "/api/v1/" + path, body)
            self.assertEqual(201, answer.status, answer)
            self.secret(name, answer.json()[name])
        link = answer.json()["url"]
        answer = self.server.api("POST", "/api/v1/enrollment-profiles", {})
        self.assertEqual(201, answer.status, answer)
        scep, = [payload["PayloadContent"] for payload in plistlib.loads(answer.body)["PayloadContent"]
                 if payload["PayloadType"] == "com.apple.security.scep"]
        self.secret("challenge in a profile", scep["Challenge"])
        return link

    def enroll_devices(self, link):
        """A simulated one, with SCEP; and one whose secrets we know."""
        done = run_bramley(self.folder, "simulate", "--url", link, "--duration", "0", "--ca-file", self.tls_certificate)
        self.assertEqual(0, done.returncode, done.stderr)
        authority = TestAuthority()
        authority.key = read_key(os.path.join(self.server.credentials_dir, "scep-ca.key"))
        authority.certificate = self.authority_certificate()
        device = QuickDevice(self.server, authority, new_key(), "UDID-secrets")
        for status, body in (
                device.authenticate(),
                device.put({"MessageType": "TokenUpdate", "Topic": TOPIC, "PushMagic": "magic", "Token": b"\x02" * 32,
                            "UnlockToken": self.secret("unlock token", UNLOCK)}, CHECKIN_TYPE),
                device.put({"MessageType": "SetBootstrapToken",
                            "BootstrapToken": self.secret("bootstrap token", BOOTSTRAP)}, CHECKIN_TYPE)):
            self.assertEqual(200, status, body)
        plist = command_plist("C-secret", NewPassword=self.secret("command", COMMAND))
        self.assertEqual(200, self.server.enqueue([device.udid], plist, "?nopush=1").status)
        self.assertIn(COMMAND.encode(), device.report("Idle")[1])
        self.assertEqual(200, device.put({"Status": "Acknowledged", "CommandUUID": "C-secret",
                                          "Key": self.secret("report", REPORT)}, REPORT_TYPE)[0])

    def add_webhook(self):
        """Nobody listens there: its events wait, and are tried."""
        answer = self.server.api("POST", "/api/v1/webhooks", {
            "name": "siem", "url": "https://127.0.0.1:9/", "hmac_key": self.secret("webhook key", WEBHOOK_KEY)})
        self.assertEqual(201, answer.status, answer)

    def authority_certificate(self):
        return x509.load_pem_x509_certificate(read(os.path.join(self.server.credentials_dir, "scep-ca.pem")))

    def test_no_secret_is_in_the_database_its_journal_or_its_dump(self):
        self.make_credentials()
        self.server.start()
        self.secret("data key", base64.b64decode(read(os.path.join(self.server.credentials_dir, "data.key"))))
        self.renew_push_certificate()
        self.enroll_devices(self.hand_out_invitations())
        self.add_webhook()
        arguments = read(f"/proc/{self.server.process.pid}/cmdline")
        self.server.kill()  # leaves the journal as it is
        self.assertEqual(16, len(self.needles), sorted(self.needles))
        self.assert_clean(arguments, "the arguments of the process")
        self.assert_clean(self.server.log(), "the log")
        stored = databases(self.server.data_dir)
        self.assertIn("bramley.db-wal", stored)
        copy = os.path.join(self.folder, "copy")
        shutil.copytree(self.server.data_dir, copy)
        stored["the dump"] = dump(os.path.join(copy, "bramley.db"))
        stored["the database without a journal"] = read(os.path.join(copy, "bramley.db"))
        self.assertIn(b"UDID-secrets", stored["the dump"])
        self.assertIn(b"UDID-secrets", stored["the database without a journal"])
        for name, content in stored.items():
            self.assert_clean(content, name)


class TheSearchItself(unittest.TestCase):
    """A search that finds nothing anywhere proves nothing."""

    def test_it_finds_secrets_in_every_dress(self):
        key = new_key()
        secret = os.urandom(100)
        needles = {"key": key_forms(key), "secret": forms(secret), "absent": forms(os.urandom(100))}
        pem = [key.private_bytes(serialization.Encoding.PEM, kind, serialization.NoEncryption()) for kind in
               (serialization.PrivateFormat.PKCS8, serialization.PrivateFormat.TraditionalOpenSSL)]
        der = [key.private_bytes(serialization.Encoding.DER, kind, serialization.NoEncryption()) for kind in
               (serialization.PrivateFormat.PKCS8, serialization.PrivateFormat.TraditionalOpenSSL)]
        for content in (*pem, *der, *(d.hex().encode() for d in der), *(base64.b64encode(b"x" * n + der[0]) for n in range(3))):
            self.assertEqual(["key"], found_in(content, needles))
        for content in (secret, secret.hex().encode(), secret.hex().upper().encode(), secret[:70],
                        *(base64.b64encode(b"x" * n + secret) for n in range(3)),
                        *(base64.urlsafe_b64encode(b"x" * n + secret + b"y") for n in range(3))):
            self.assertEqual(["secret"], found_in(content, needles))
        public = key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
        self.assertEqual([], found_in(public, needles))

    def test_it_finds_secrets_in_a_database(self):
        secret = os.urandom(64)
        needles = {"secret": forms(secret)}
        path = os.path.join(temporary_folder(self), "x.db")
        for value in (secret, secret.hex(), "text " + base64.b64encode(b"ab" + secret).decode(), b"\0" * 5000 + secret):
            connection = sqlite3.connect(path)
            connection.execute("PRAGMA journal_mode=WAL")
            connection.execute("DROP TABLE IF EXISTS t")
            connection.execute("CREATE TABLE t (v)")
            connection.execute("INSERT INTO t VALUES (?)", (value,))
            connection.commit()
            self.assertEqual(["secret"], found_in(read(path + "-wal"), needles))
            self.assertEqual(["secret"], found_in(dump(path), needles))
            connection.close()
            self.assertEqual(["secret"], found_in(read(path), needles))


if __name__ == "__main__":
    unittest.main()
