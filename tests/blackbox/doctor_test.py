#!/usr/bin/env python3
"""`bramley doctor`: each thing that breaks in practice is broken here, and the doctor says which, and the way out."""

import json
import os
import shutil
import socket
import threading
import unittest

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

from bramley_server import API_KEY, BramleyServer, free_port, run_bramley, temporary_folder, write_private
from fake_apns import FakeApns
from shaped_certificates import (TOPIC, pem, push_certificate, tls_certificate, weak_key, write_pair, write_push_pair)
from test_authority import TestAuthority, key_pem, new_key

HOST = "mdm.example.com"
URL = "https://" + HOST


class Doctor(unittest.TestCase):
    """A server's directories as they should be; each test spoils something."""

    @classmethod
    def setUpClass(cls):
        cls.key = new_key()
        cls.root = TestAuthority("TLS root")
        cls.middle = TestAuthority("TLS intermediate", issuer=cls.root)
        cls.scep = TestAuthority("SCEP CA")
        cls.push_key = new_key()
        cls.push = push_certificate(cls.push_key)

    def setUp(self):
        self.folder = temporary_folder(self)
        self.data = os.path.join(self.folder, "data")
        self.credentials = os.path.join(self.folder, "credentials")
        for directory in (self.data, self.credentials):
            os.mkdir(directory, mode=0o700)
        self.scep.write_to(self.credentials)
        write_push_pair(self.credentials, self.push_key, self.push)
        self.write_tls([tls_certificate(self.middle, self.key, names=[HOST]), self.middle.certificate])

    def write_tls(self, chain, key=None):
        self.tls = write_pair(self.folder, "tls", chain, key or self.key)

    def path(self, *names):
        return os.path.join(self.folder, *names)

    def words(self):
        return ["--data-dir", self.data, "--credentials-dir", self.credentials, "--tls-cert", self.tls[0],
                "--tls-key", self.tls[1], "--url", URL]

    def doctor(self, *words, code=0, offline=True, environment=None):
        done = run_bramley(self.folder, "doctor", *self.words(), *(["--offline"] if offline else []), "-o", "json",
                           *words, environment=environment)
        self.assertEqual(code, done.returncode, done.stdout + done.stderr)
        found = json.loads(done.stdout)
        for each in found:
            self.assertEqual(["check", "level", "subject", "message", "hint"], list(each))
            if each["level"] in ("fault", "warning"):
                self.assertTrue(each["hint"], each)
        return found

    def levels(self, found, check):
        return {each["level"] for each in found if each["check"] == check}

    def assert_fault(self, found, check, text):
        self.assert_found(found, "fault", check, text)

    def assert_found(self, found, level, check, text):
        messages = [each["message"] for each in found if each["check"] == check and each["level"] == level]
        self.assertTrue(any(text in message for message in messages), (check, text, found))

    def only_fault(self, check, text, *words, **options):
        found = self.doctor(*words, code=5, **options)
        self.assert_fault(found, check, text)
        self.assertEqual({check}, {each["check"] for each in found if each["level"] == "fault"}, found)
        return found

    def make_profile(self, *words, url=URL, topic=TOPIC):
        write_private(self.path("scep.pem"), self.scep.pem())
        write_private(self.path("root.pem"), self.root.pem())
        write_private(self.path("challenge"), "secret\n")
        done = run_bramley(self.folder, "profile", "enrollment", "--url", url, "--organization", "Example", "--topic",
                           topic, "--ca-cert", self.path("scep.pem"), "--tls-root", self.path("root.pem"),
                           "--scep-challenge", "@" + self.path("challenge"), "--force", "--out",
                           self.path("e.mobileconfig"), *words)
        self.assertEqual(0, done.returncode, done.stderr)
        return self.path("e.mobileconfig")


class Offline(Doctor):
    def test_a_healthy_server_has_no_fault(self):
        found = self.doctor("--profile", self.make_profile())
        self.assertEqual(set(), {each["check"] for each in found if each["level"] in ("fault", "warning")}, found)
        self.assertEqual({"ok"}, self.levels(found, "tls_files"))
        self.assertEqual({"ok"}, self.levels(found, "profile"))
        for check in ("server", "apns"):
            self.assertEqual({"skipped"}, self.levels(found, check))
            self.assertIn("--offline", [each["message"] for each in found if each["check"] == check][0])

    def test_people_get_lines_and_programs_their_formats(self):
        os.chmod(self.credentials, 0o755)
        words = ["doctor", *self.words(), "--offline"]
        done = run_bramley(self.folder, *words)
        self.assertEqual(5, done.returncode)
        self.assertRegex(done.stdout, r"(?m)^fault     directories .*: other users get at the credentials directory")
        self.assertIn("          way out: chmod 700 " + self.credentials, done.stdout)
        self.assertRegex(done.stderr, r"(?m)^bramley: 1 fault, 0 warnings, \d+ ok, \d+ skipped$")
        self.assertIn("bramley: hint: chmod 700", done.stderr)
        done = run_bramley(self.folder, *words, "-o", "ndjson")
        self.assertIn("fault", {json.loads(line)["level"] for line in done.stdout.splitlines()})
        self.assertEqual("faults_found", json.loads(done.stderr)["error"]["code"])
        self.assertRegex(run_bramley(self.folder, *words, "-o", "yaml").stdout, r'(?m)^- check: "?directories"?$')

    def test_directories_and_secrets_are_their_owners(self):
        for directory in (self.data, self.credentials, os.path.join(self.credentials, "push")):
            os.chmod(directory, 0o750)
            self.only_fault("directories", "0750")
            os.chmod(directory, 0o700)
        for name in ("scep-ca.key", f"push/{TOPIC}.key"):
            os.chmod(os.path.join(self.credentials, name), 0o640)
            self.only_fault("key_files", "0640")
            os.chmod(os.path.join(self.credentials, name), 0o600)
        os.chmod(self.tls[1], 0o644)
        self.only_fault("key_files", "0644")

    def test_directories_that_are_not_there(self):
        self.credentials = self.path("none")
        self.only_fault("directories", "is not there")
        with open(self.path("file"), "w", encoding="utf-8"):
            pass
        self.credentials = self.path("file")
        found = self.doctor(code=5)
        self.assert_fault(found, "directories", "is no directory")

    def test_where_no_server_is_nothing_is_wrong(self):
        done = run_bramley(self.folder, "doctor", "-o", "json", "--offline")
        self.assertEqual(0, done.returncode, done.stdout)
        self.assertEqual({"skipped"}, {each["level"] for each in json.loads(done.stdout)})

    def test_it_looks_where_serve_would(self):
        os.chmod(self.credentials, 0o755)
        environment = {"BRAMLEY_DATA_DIR": self.data, "BRAMLEY_CREDENTIALS_DIR": self.credentials}
        done = run_bramley(self.folder, "doctor", "--offline", "-o", "json", environment=environment)
        self.assertEqual(5, done.returncode, done.stdout)
        config = self.path("config.yaml")
        write_private(config, f"serve:\n  data-dir: {self.data}\n  credentials-dir: {self.credentials}\n")
        done = run_bramley(self.folder, "doctor", "--offline", "-o", "json", "--config", config)
        self.assertEqual(5, done.returncode, done.stdout)
        write_private(config, "serve:\n  data-directory: x\n")
        done = run_bramley(self.folder, "doctor", "--offline", "--config", config)
        self.assertEqual(2, done.returncode)

    def test_the_scep_ca(self):
        write_private(os.path.join(self.credentials, "scep-ca.key"), key_pem(new_key()))
        self.only_fault("scep_ca", "")
        for days, text in ((5, "expired on"), (30, "expires on")):
            TestAuthority("SCEP CA", days=days, begins_days_ago=10).write_to(self.credentials)
            found = self.doctor(code=5 if days == 5 else 0)
            self.assert_found(found, "fault" if days == 5 else "warning", "scep_ca", text)
        TestAuthority("SCEP CA", begins_days_ago=-2).write_to(self.credentials)
        self.only_fault("scep_ca", "not valid before")
        os.remove(os.path.join(self.credentials, "scep-ca.key"))
        self.only_fault("scep_ca", "scep-ca.key")

    def test_push_certificates(self):
        write_push_pair(self.credentials, new_key(), self.push)
        self.only_fault("push_certificate", "does not belong to the certificate")
        os.remove(os.path.join(self.credentials, "push", TOPIC + ".key"))
        self.only_fault("push_certificate", "its key is missing")
        write_push_pair(self.credentials, self.push_key, self.root.certificate)
        self.only_fault("push_certificate", "names no push topic")
        write_private(os.path.join(self.credentials, "push", TOPIC + ".pem"), "nothing")
        self.only_fault("push_certificate", "neither PEM nor DER")
        write_push_pair(self.credentials, self.push_key, self.push)
        write_push_pair(self.credentials, self.push_key, self.push, "another")
        self.only_fault("push_certificate", "the same topic as")

    def test_a_push_certificate_names_the_account_when_it_runs_out(self):
        late = push_certificate(self.push_key, days=20)
        write_push_pair(self.credentials, self.push_key, late)
        write_private(os.path.join(self.credentials, "push", TOPIC + ".account"), "it@example.com\n")
        found = self.doctor()
        self.assert_found(found, "warning", "push_certificate", "expires on")
        hint = [each["hint"] for each in found if each["level"] == "warning"][0]
        self.assertIn("it@example.com", hint)
        self.assertIn("Renew, not Create", hint)
        self.doctor("--strict", code=5)
        self.assertEqual({"ok"}, self.levels(self.doctor("--warn-days", "5"), "push_certificate"))
        write_push_pair(self.credentials, self.push_key, push_certificate(self.push_key, days=5, begins_days_ago=10))
        self.only_fault("push_certificate", "expired on")

    def test_credentials_of_the_environment_come_first(self):
        shutil.rmtree(os.path.join(self.credentials, "push"))
        self.assertEqual({"skipped"}, self.levels(self.doctor(), "push_certificate"))
        good = {"BRAMLEY_PUSH_CERT": pem(self.push), "BRAMLEY_PUSH_KEY": key_pem(self.push_key)}
        self.assertEqual({"ok"}, self.levels(self.doctor(environment=good), "push_certificate"))
        self.only_fault("push_certificate", "does not belong",
                        environment={**good, "BRAMLEY_PUSH_KEY": key_pem(new_key())})
        self.only_fault("push_certificate", "BRAMLEY_PUSH_CERT", environment={"BRAMLEY_PUSH_CERT": "@" + self.path("no")})

    def test_the_environment_stands_before_the_directory(self):
        late = push_certificate(self.push_key, days=5, begins_days_ago=10)
        environment = {"BRAMLEY_PUSH_CERT": pem(late), "BRAMLEY_PUSH_KEY": key_pem(self.push_key)}
        found = self.only_fault("push_certificate", "expired on", environment=environment)
        self.assertEqual({"fault"}, self.levels(found, "push_certificate"))

    def test_an_import_that_was_cut_short_leaves_the_old_pair(self):
        key = os.path.join(self.credentials, "push", TOPIC + ".key")
        os.rename(key, key + ".previous")
        write_private(key, key_pem(new_key()))
        self.assertEqual({"ok"}, self.levels(self.doctor(), "push_certificate"))

    def test_tls_as_apple_wants_it(self):
        curve = ec.generate_private_key(ec.SECP256R1())
        self.write_tls([tls_certificate(self.middle, curve, names=[HOST]), self.middle.certificate], curve)
        self.assertEqual({"ok"}, self.levels(self.doctor(), "tls_files"))
        weak = weak_key()

        def leaf(key=None, **options):
            return tls_certificate(self.middle, key or self.key, **{"names": [HOST], **options})

        for chain, key, text in (
                ([leaf(names=["other.example.com"])], None, "is not for " + HOST),
                ([leaf(names=[])], None, "is not for " + HOST),
                ([leaf(weak)], weak, "too weak"),
                ([leaf(digest=hashes.SHA1())], None, "signed with sha1"),
                ([leaf(days=826)], None, "more than 825 days"),
                ([leaf(usage=False)], None, "no extended key usage"),
                ([leaf(days=5, begins_days_ago=10)], None, "expired on"),
                ([leaf(begins_days_ago=-2)], None, "not valid before")):
            self.write_tls([*chain, self.middle.certificate], key)
            self.only_fault("tls_files", text)
        self.write_tls([leaf()])
        self.only_fault("tls_files", "its own certificate only")
        self.write_tls([leaf(), self.root.certificate, self.middle.certificate])
        found = self.doctor()
        self.assert_found(found, "warning", "tls_files", "another order")
        self.write_tls([leaf(days=825), self.middle.certificate])
        self.assertEqual({"ok"}, self.levels(self.doctor(), "tls_files"))

    def test_the_tls_key_is_the_certificates(self):
        write_private(self.tls[1], key_pem(new_key()))
        self.only_fault("tls_files", "the key does not belong")
        write_private(self.tls[1], "nothing")
        self.only_fault("tls_files", "neither PEM nor DER")
        os.remove(self.tls[0])
        self.only_fault("tls_files", "tls.pem")

    def test_a_root_of_ones_own_must_be_in_the_profile(self):
        chain = [tls_certificate(self.middle, self.key, names=[HOST]), self.middle.certificate, self.root.certificate]
        self.write_tls(chain)
        self.assert_found(self.doctor(), "warning", "tls_files", "a root of your own")
        profile = self.make_profile()
        self.assertEqual({"ok"}, self.levels(self.doctor("--profile", profile), "tls_files"))
        stranger = TestAuthority("Another root")
        self.write_tls([tls_certificate(stranger, self.key, names=[HOST]), stranger.certificate])
        self.only_fault("tls_files", "leads to no root of the profile", "--profile", profile)

    def test_the_profile_fits_the_server(self):
        self.only_fault("profile", "its topic is com.apple.mgmt.External.other", "--profile",
                        self.make_profile(topic="com.apple.mgmt.External.other"))
        self.only_fault("profile", "not to " + URL, "--profile", self.make_profile(url="https://other.example.com"))
        good = self.make_profile()
        TestAuthority("SCEP CA").write_to(self.credentials)
        self.only_fault("profile", "another SCEP CA", "--profile", good)
        with open(good, encoding="utf-8") as file:
            text = file.read()
        self.scep.write_to(self.credentials)
        write_private(good, text.replace("8191", "2"))
        self.only_fault("profile", "2 (install profiles) without 1", "--profile", good)
        write_private(good, "<plist><dict/></plist>")
        self.doctor("--profile", good, code=5)
        self.only_fault("profile", "no-such-file", "--profile", self.path("no-such-file"))

    def test_the_signature_of_the_profile(self):
        pair = write_pair(self.folder, "signer", [tls_certificate(self.middle, self.key, days=20),
                                                  self.middle.certificate], self.key)
        profile = self.make_profile("--sign-cert", pair[0], "--sign-key", pair[1])
        self.assert_found(self.doctor("--profile", profile), "warning", "profile_signature", "expires on")

    def test_named_certificates(self):
        late = write_pair(self.folder, "late", [tls_certificate(self.middle, self.key, days=20)], self.key)[0]
        self.assert_found(self.doctor("--sign-cert", late), "warning", "signing_certificate", "expires on")
        self.only_fault("vendor_certificate", "no MDM vendor's", "--vendor-cert", late)
        self.only_fault("signing_certificate", "none", "--sign-cert", self.path("none"))

    def test_the_database_and_its_key(self):
        server = BramleyServer(self.folder, ["--allow-empty-topic"])
        server.start()
        self.addCleanup(server.close)
        found = self.doctor()  # beside the server that uses it
        self.assertEqual(({"ok"}, {"ok"}), (self.levels(found, "database"), self.levels(found, "data_key")))
        server.stop()
        before = sorted(os.listdir(self.data))
        self.assertEqual({"ok"}, self.levels(self.doctor(), "database"))
        self.assertEqual(before, sorted(os.listdir(self.data)))
        os.rename(os.path.join(self.credentials, "data.key"), self.path("data.key"))
        self.only_fault("data_key", "there is none")
        write_private(os.path.join(self.credentials, "data.key"), "short")
        self.only_fault("data_key", "not 32 bytes")
        os.replace(self.path("data.key"), os.path.join(self.credentials, "data.key"))
        self.only_fault("database", "not a SQLite database", "--storage", "sqlite:" + self.tls[0])
        database = os.path.join(self.data, "bramley.db")
        with open(database, "r+b") as file:
            file.truncate(8192)
        self.only_fault("database", "cut off")
        self.assertEqual({"skipped"}, self.levels(self.doctor("--storage", "mysql://x@y/z"), "database"))

    def test_wrong_flags(self):
        for words in (["--warn-days", "-1"], ["--apns-url", "api.push.apple.com"], ["--timeout", "0s"]):
            done = run_bramley(self.folder, "doctor", *words, "--server", "https://x", "--offline")
            self.assertEqual(0 if words[0] == "--timeout" else 2, done.returncode, words)


class Running(Doctor):
    """Against a server that runs, with TLS of its own root."""

    def setUp(self):
        super().setUp()
        self.write_tls([tls_certificate(self.middle, self.key, names=["localhost"]), self.middle.certificate])
        self.server = BramleyServer(self.folder, ["--tls-cert", self.tls[0], "--tls-key", self.tls[1]], tls=True)
        self.server.start()
        self.addCleanup(self.server.close)
        write_private(self.path("root.pem"), self.root.pem())
        self.apns = self.fake_apns()
        self.token = self.server.api_key_file
        self.apns_root = self.path("root.pem")

    def fake_apns(self, **options):
        pair = write_pair(self.folder, "apns", [tls_certificate(self.root, self.key, names=["localhost"])], self.key)
        apns = FakeApns(*pair, **options)
        self.addCleanup(apns.close)
        return apns

    def words(self):
        return ["--data-dir", self.data, "--credentials-dir", self.credentials, "--tls-cert", self.tls[0], "--tls-key",
                self.tls[1], "--server", self.server.url, "--token", "@" + self.token, "--ca-file",
                self.path("root.pem")] + self.way_to_apple

    @property
    def way_to_apple(self):
        return ["--apns-url", self.apns.url, "--apns-ca-file", self.apns_root]

    def doctor(self, *words, offline=False, **options):
        return super().doctor(*words, offline=offline, **options)

    def test_a_healthy_server_has_no_fault(self):
        found = self.doctor("--profile", self.make_profile(url=self.server.url))
        self.assertEqual(set(), {each["check"] for each in found if each["level"] in ("fault", "warning")}, found)
        for check in ("ready", "clock", "api", "server_url", "served_tls", "scep", "profile", "apns",
                      "server_push_certificate", "database", "tls_files"):
            self.assertEqual({"ok"}, self.levels(found, check), check)

    def test_apple_sees_the_certificate_and_nobody_is_pushed(self):
        self.apns = self.fake_apns(authority=pem(self.push))
        self.assertEqual({"ok"}, self.levels(self.doctor(), "apns"))
        self.assertEqual([self.push.fingerprint(hashes.SHA256())],
                         [fingerprint_of(peer) for peer in self.apns.peers])
        self.assertEqual([b'{"mdm":""}'], self.apns.bodies)

    def test_without_a_flag_it_goes_the_way_of_serve(self):
        words = self.words()[:-len(self.way_to_apple)]
        done = run_bramley(self.folder, "doctor", "-o", "json", *words, environment={
            "BRAMLEY_APNS_URL": self.apns.url, "BRAMLEY_APNS_CA_FILE": self.apns_root})
        found = [each for each in json.loads(done.stdout) if each["check"] == "apns"]
        self.assertEqual({"ok"}, {each["level"] for each in found}, found)
        self.assertEqual(1, len(self.apns.peers))

    def test_apples_answers_are_told_apart(self):
        for status, reason, level in ((403, "BadCertificate", "fault"), (400, "TopicDisallowed", "fault"),
                                      (429, "TooManyRequests", "warning"), (500, "InternalServerError", "warning")):
            self.apns = self.fake_apns(status=status, reason=reason)
            found = self.doctor(code=5 if level == "fault" else 0)
            self.assert_found(found, level, "apns", f"{status} {reason}")
        self.apns = self.fake_apns(authority=pem(push_certificate(new_key())))
        self.only_fault("apns", "refused our certificate")
        self.apns = self.fake_apns(http2=False)
        self.only_fault("apns", "does not speak HTTP/2")
        self.apns.url = f"https://localhost:{free_port()}"
        self.only_fault("apns", "connect to")

    def test_somebody_in_apples_place_is_noticed(self):
        write_private(self.path("scep.pem"), self.scep.pem())
        self.apns_root = self.path("scep.pem")
        found = self.only_fault("apns", "TLS handshake")
        self.assertIn("opens TLS in Apple's place", [each["hint"] for each in found if each["check"] == "apns"][0])

    def test_without_a_push_certificate_the_way_to_apple_is_tried(self):
        shutil.rmtree(os.path.join(self.credentials, "push"))
        found = self.doctor()
        self.assert_found(found, "ok", "apns", "can be reached")
        self.assertEqual([], self.apns.peers)
        self.apns.url = f"https://localhost:{free_port()}"
        self.only_fault("apns", "connect to")

    def test_what_the_server_shows_is_judged(self):
        self.write_tls([tls_certificate(self.middle, self.key, names=["localhost"], days=826),
                        self.middle.certificate])
        self.server.stop()
        self.server.start()
        found = self.doctor(code=5)
        self.assert_fault(found, "served_tls", "more than 825 days")
        self.assert_fault(found, "tls_files", "more than 825 days")

    def test_who_the_server_is(self):
        found = self.doctor("--url", URL, code=5)
        self.assert_fault(found, "server_url", f"known to devices as {self.server.url}, not as {URL}")
        TestAuthority("SCEP CA").write_to(self.credentials)
        found = self.doctor(code=5)
        self.assert_fault(found, "server_ca", "another one")
        self.assert_fault(found, "scep", "another CA than the one in the credentials")

    def test_the_profile_is_held_to_the_server(self):
        self.only_fault("profile", "not to " + self.server.url, "--profile", self.make_profile(url=URL))

    def test_a_wrong_api_key_and_a_server_that_is_not_there(self):
        self.token = self.path("wrong")
        write_private(self.token, "wrong\n")
        found = self.doctor(code=5)
        self.assert_fault(found, "api", "")
        self.assertEqual({"ok"}, self.levels(found, "served_tls"))
        self.server.stop()
        self.only_fault("ready", "connect to")

    def test_a_server_that_is_not_trusted(self):
        write_private(self.path("root.pem"), self.scep.pem())
        found = self.doctor(code=5)
        self.assert_fault(found, "ready", "TLS handshake")

    def test_scep_that_is_off(self):
        self.server.stop()
        ca = os.path.join(self.credentials, "scep-ca.pem")
        self.server.flags += ["--scep", "off", "--device-ca", ca]
        self.server.start()
        self.assertEqual({"skipped"}, self.levels(self.doctor(), "scep"))

    def test_the_servers_push_certificates(self):
        write_push_pair(self.credentials, self.push_key, push_certificate(self.push_key, days=20))
        self.server.stop()
        self.server.start()
        found = self.doctor()
        self.assert_found(found, "warning", "server_push_certificate", "expires on")
        self.assert_found(found, "warning", "push_certificate", "expires on")


class OtherServers(unittest.TestCase):
    """What no server of ours would say: an answering machine in its place."""

    def setUp(self):
        self.folder = temporary_folder(self)

    def doctor(self, routes, headers=()):
        listener = socket.create_server(("127.0.0.1", 0))
        self.addCleanup(listener.close)
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        threading.Thread(target=serve, args=(listener, routes, headers), daemon=True).start()
        write_private(os.path.join(self.folder, "key"), API_KEY)
        done = run_bramley(self.folder, "doctor", "--server", url, "--token", "@" + os.path.join(self.folder, "key"),
                           "--apns-url", f"https://localhost:{free_port()}", "-o", "json")
        self.assertEqual(5, done.returncode)
        return [(each["check"], each["level"], each["message"]) for each in json.loads(done.stdout)]

    def test_a_clock_that_is_wrong_and_a_database_that_is_gone(self):
        found = self.doctor({"/readyz": (503, '{"status":"unavailable","reasons":["storage does not answer"]}')},
                            ("Date: Sun, 06 Nov 1994 08:49:37 GMT",))
        self.assertIn(("ready", "fault", "the server is not ready: storage does not answer"), found)
        self.assertTrue(any(check == "clock" and level == "fault" and "1994-11-06T08:49:37Z" in message
                            for check, level, message in found), found)

    def test_plain_http_without_scep_and_without_a_date(self):
        about = json.dumps({"version": "9.9.9", "url": "http://mdm.example.com", "scep": True, "ca_sha256": None})
        found = self.doctor({"/readyz": (200, "{}"), "/api/v1/server": (200, about),
                             "/api/v1/push-certificates": (200, '{"push_certificates":[],"next_cursor":null}')})
        self.assertIn(("served_tls", "fault", "devices talk to their server over https only"), found)
        self.assertTrue(any(each[:2] == ("version", "warning") for each in found))
        self.assertTrue(any(each[:2] == ("clock", "skipped") for each in found))
        self.assertTrue(any(each[:2] == ("server_push_certificate", "warning") for each in found))
        self.assertTrue(any(each[:2] == ("scep", "fault") for each in found))


def fingerprint_of(der):
    return x509.load_der_x509_certificate(der).fingerprint(hashes.SHA256())


def serve(listener, routes, headers):
    """One answer a connection, by path."""
    while True:
        try:
            connection, _ = listener.accept()
        except OSError:
            return
        with connection:
            head = b""
            while b"\r\n\r\n" not in head:
                piece = connection.recv(65536)
                if not piece:
                    break
                head += piece
            words = head.split()
            path = words[1].decode().partition("?")[0] if len(words) > 1 else ""
            status, body = routes.get(path, (404, ""))
            lines = [f"HTTP/1.1 {status} Answer", f"Content-Length: {len(body)}", "Content-Type: application/json",
                     "Connection: close", *headers, "", body]
            connection.sendall("\r\n".join(lines).encode())


if __name__ == "__main__":
    unittest.main()
