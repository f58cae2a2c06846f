#!/usr/bin/env python3
"""`bramley push-cert`: pairs in every form that openssl writes, what is refused and why, and what openssl reads of what
was written."""

import base64
import json
import os
import shlex
import subprocess
import unittest

from bramley_server import run_bramley, temporary_folder, write_private
from push_certificates import APP_PUSH, MDM_VENDOR, TOPIC, PushPair
from test_authority import key_pem, new_key

OTHER = "com.apple.mgmt.External.ffffffff-0000-4000-8000-000000000000"


class PushCert(unittest.TestCase):
    """Keys are slow to make: one pair serves all."""

    @classmethod
    def setUpClass(cls):
        cls.pair = PushPair()

    def setUp(self):
        self.folder = temporary_folder(self)
        self.away = os.path.join(self.folder, "away")  # not where keys are looked for
        self.credentials = os.path.join(self.folder, "credentials")
        os.mkdir(self.away)

    def write(self, name, content, folder=None):
        path = os.path.join(folder or self.folder, name)
        write_private(path, content)
        return path

    def openssl(self, *arguments):
        done = subprocess.run(["openssl", *arguments], capture_output=True, cwd=self.folder, check=False)
        self.assertEqual(0, done.returncode, done.stderr.decode())
        return done.stdout.decode()

    def bramley(self, *arguments, code=0, environment=None, stdin=None):
        done = run_bramley(self.folder, "push-cert", *arguments, environment=environment, stdin=stdin)
        self.assertEqual(code, done.returncode, done.stdout + done.stderr)
        return done

    def take(self, *arguments, **more):
        """An import into the credentials directory; its record."""
        done = self.bramley("import", *arguments, "--credentials-dir", self.credentials, "-o", "json", **more)
        return json.loads(done.stdout) if done.returncode == 0 else json.loads(done.stderr)["error"]

    def refused(self, *arguments, says=(), code=1, **more):
        """The import fails, and says these words in message or hint."""
        error = self.take(*arguments, code=code, **more)
        for word in says:
            self.assertIn(word, error["message"] + " | " + (error["hint"] or ""))
        return error

    def stored(self, name):
        return os.path.join(self.credentials, "push", name)

    def read(self, path):
        with open(path, encoding="utf-8") as file:
            return file.read()

    def assert_stored(self, pair=None):
        """openssl finds certificate and key, and that they belong together."""
        pair = pair or self.pair
        certificate, key = self.stored(pair.topic + ".pem"), self.stored(pair.topic + ".key")
        self.assertEqual(pair.pem(), self.read(certificate))
        self.assertEqual(self.openssl("x509", "-in", certificate, "-noout", "-pubkey"),
                         self.openssl("pkey", "-in", key, "-pubout"))
        self.assertEqual(0o600, os.stat(key).st_mode & 0o777)
        self.assertEqual(0o700, os.stat(os.path.dirname(key)).st_mode & 0o777)

    # Forms

    def test_every_form_that_openssl_writes(self):
        self.write("push.pem", self.pair.pem(), self.away)
        self.write("push.key", self.pair.key_pem(), self.away)
        self.write("passphrase", "secret\n")
        pem, key = (os.path.join(self.away, name) for name in ("push.pem", "push.key"))
        for name, arguments in {
                "der.cer": ("x509", "-in", pem, "-outform", "DER"),
                "pkcs1.key": ("rsa", "-in", key, "-traditional"),
                "pkcs8.der": ("pkcs8", "-topk8", "-nocrypt", "-in", key, "-outform", "DER"),
                "legacy.key": ("rsa", "-in", key, "-traditional", "-des3", "-passout", "pass:secret"),
                "scrypt.key": ("pkcs8", "-topk8", "-in", key, "-scrypt", "-passout", "pass:secret"),
                "pbkdf2.key": ("pkcs8", "-topk8", "-in", key, "-v2", "aes-256-cbc", "-passout", "pass:secret"),
                "new.p12": ("pkcs12", "-export", "-in", pem, "-inkey", key, "-passout", "pass:secret"),
                "old.p12": ("pkcs12", "-export", "-legacy", "-in", pem, "-inkey", key, "-passout", "pass:secret"),
        }.items():
            self.openssl(*arguments, "-out", os.path.join(self.away, name))
        mushed = (self.pair.key_pem().strip() + self.pair.pem().strip())
        self.write("mushed.pem", mushed, self.away)
        passphrase = ("--passphrase", "@" + os.path.join(self.folder, "passphrase"))
        for certificate, key, more in (("push.pem", "pkcs1.key", ()), ("der.cer", "pkcs8.der", ()),
                                       ("push.pem", "legacy.key", passphrase), ("push.pem", "scrypt.key", passphrase),
                                       ("der.cer", "pbkdf2.key", passphrase), ("new.p12", None, passphrase),
                                       ("old.p12", None, passphrase), ("mushed.pem", None, ()),
                                       ("push.pem", "new.p12", passphrase)):
            with self.subTest(certificate=certificate, key=key):
                self.credentials = temporary_folder(self)
                flags = ("--key", os.path.join(self.away, key)) if key else ()
                record = self.take(os.path.join(self.away, certificate), *flags, *more)
                self.assertEqual(TOPIC, record["topic"])
                self.assertEqual(self.pair.fingerprint(), record["sha256"])
                self.assert_stored()

    def test_from_standard_input(self):
        self.take("-", stdin=self.pair.key_pem() + self.pair.pem())
        self.assert_stored()
        self.bramley("import", "-", "--key", "-", "--credentials-dir", self.credentials, code=2, stdin="")

    # The key

    def test_the_key_is_found_by_its_public_part_beside_the_certificate(self):
        certificate = self.write("MDM_Example.pem", self.pair.pem(), self.away)
        self.write("another.key", key_pem(new_key()), self.away)
        self.write("notes.txt", "-----BEGIN nothing at all", self.away)
        self.write("zz-strange-name", self.pair.key_pem(), self.away)
        self.take(certificate)
        self.assert_stored()

    def test_the_key_is_found_in_another_folder_encrypted(self):
        certificate = self.write("MDM_Example.pem", self.pair.pem())
        plain = self.write("plain", self.pair.key_pem(), self.away)
        for name, key in (("aaa.key", "other"), ("push.key", "plain")):
            source = plain if key == "plain" else self.write("other", key_pem(new_key()), self.away)
            self.openssl("pkcs8", "-topk8", "-in", source, "-out", os.path.join(self.away, name), "-passout", "pass:pw")
        self.openssl("req", "-new", "-key", plain, "-subj", "/O=Example", "-out", os.path.join(self.away, "push.csr"))
        os.remove(plain)
        os.remove(os.path.join(self.away, "other"))
        error = self.refused(certificate, says=("no file in", "--key-dir"))
        self.assertNotIn("request is there", error["message"])
        self.refused(certificate, "--key-dir", self.away, says=("push.key is encrypted", "--passphrase is missing"))
        wrong = {"BRAMLEY_PUSH_CERT_PASSPHRASE": "wrong"}
        self.refused(certificate, "--key-dir", self.away, environment=wrong, says=("passphrase is wrong",))
        self.take(certificate, "--key-dir", self.away, environment={"BRAMLEY_PUSH_CERT_PASSPHRASE": "pw"})
        self.assert_stored()

    def test_a_key_that_is_not_there_is_told_from_one_whose_request_is(self):
        certificate = self.write("MDM_Example.pem", self.pair.pem(), self.away)
        key = self.write("key", self.pair.key_pem())
        self.openssl("req", "-new", "-key", key, "-subj", "/O=Example", "-out", os.path.join(self.away, "push.csr"))
        os.remove(key)
        self.refused(certificate, says=("though its request is there", "push.csr", "--key FILE"))
        self.assertFalse(os.path.exists(self.credentials))

    def test_a_foreign_key_is_refused(self):
        certificate = self.write("push.pem", self.pair.pem())
        foreign = self.write("foreign.key", key_pem(new_key()))
        self.refused(certificate, "--key", foreign, says=("does not belong to the certificate", "--key-dir"))
        self.refused(certificate, "--key", certificate, says=("no private key",))
        self.refused(certificate, "--key", "nowhere", says=("nowhere",))
        self.bramley("import", certificate, "--key", foreign, "--key-dir", ".", "--credentials-dir", "c", code=2)

    # The certificate

    def test_a_p12_without_its_passphrase_and_a_request_in_its_place(self):
        pem, key = self.write("push.pem", self.pair.pem()), self.write("push.key", self.pair.key_pem())
        bundle = os.path.join(self.away, "push.p12")
        self.openssl("pkcs12", "-export", "-in", pem, "-inkey", key, "-passout", "pass:right", "-out", bundle)
        self.refused(bundle, says=("push.p12 is encrypted: --passphrase is missing", "--passphrase @FILE"))
        passphrase = self.write("passphrase", "a-wrong-one\n")
        error = self.refused(bundle, "--passphrase", "@" + passphrase, says=("push.p12: ", "wrong passphrase"))
        self.assertNotIn("a-wrong-one", json.dumps(error))
        request = os.path.join(self.away, "push.csr")
        self.openssl("req", "-new", "-key", key, "-subj", "/O=Example", "-out", request)
        self.refused(request, says=("a certificate request, and not the certificate", "identity.apple.com"))
        empty = PushPair("com.apple.mgmt.", key=self.pair.key)
        self.refused(self.write("empty.pem", empty.pem() + empty.key_pem()), says=("names no push topic",))
        self.assertFalse(os.path.exists(self.credentials))

    def test_what_is_no_push_certificate_is_named(self):
        for name, pair, words in (
                ("vendor.pem", PushPair("vendor", key=self.pair.key, extension=MDM_VENDOR), ("vendor's signing",)),
                ("app.pem", PushPair("com.example.app", key=self.pair.key, extension=APP_PUSH), ("an app's",)),
                ("other.pem", PushPair("com.example", key=self.pair.key), ("names no push topic",)),
                ("old.pem", PushPair(days=-1, begins_days_ago=300, key=self.pair.key), ("expired on", "Renew")),
                ("early.pem", PushPair(begins_days_ago=-2, key=self.pair.key), ("not valid before", "clock"))):
            with self.subTest(name=name):
                self.refused(self.write(name, pair.pem() + pair.key_pem()), says=(name, *words))
        self.refused(self.write("only.key", self.pair.key_pem()), says=("private key, and no certificate",))
        self.refused(self.write("text", "hello"), says=("text: ",))
        two = PushPair(OTHER, key=self.pair.key)
        self.refused(self.write("two.pem", two.pem() + self.pair.pem() + self.pair.key_pem()), says=("several",))
        self.assertFalse(os.path.exists(self.credentials))

    def test_a_chain_beside_it_is_passed_over(self):
        issuer = PushPair("com.example.ca", key=self.pair.key)
        self.take(self.write("chain.pem", issuer.pem() + self.pair.pem() + self.pair.key_pem()))
        self.assert_stored()

    # Topics and renewals

    def test_another_topic_is_refused_and_says_why(self):
        self.take(self.write("a.pem", self.pair.pem() + self.pair.key_pem()), "--apple-account", "mdm@example.com")
        other = PushPair(OTHER, key=self.pair.key)
        second = self.write("b.pem", other.pem() + other.key_pem())
        self.refused(second, says=(OTHER, TOPIC, "every device", "would be lost", "Renew, not Create",
                                   "mdm@example.com", "--allow-topic-change"))
        self.refused(second, "--dry-run", says=("would be lost",))
        self.bramley("import", second, "--credentials-dir", self.credentials, "--format", "env", code=1)
        self.assertFalse(os.path.exists(self.stored(OTHER + ".key")))
        self.take(second, "--allow-topic-change")
        self.assert_stored()
        self.assert_stored(other)
        rows = json.loads(self.bramley("status", "--credentials-dir", self.credentials, "-o", "json").stdout)
        self.assertEqual([(TOPIC, "mdm@example.com"), (OTHER, None)],
                         [(row["topic"], row["apple_account"]) for row in rows])

    def test_a_renewal_keeps_the_old_pair_and_needs_no_flag(self):
        self.take(self.write("a.pem", self.pair.pem() + self.pair.key_pem()), "--apple-account", "a@example.com")
        renewed = PushPair(days=500)
        file = self.write("b.pem", renewed.pem() + renewed.key_pem())
        done = self.bramley("import", file, "--credentials-dir", self.credentials, "--dry-run", code=8)
        self.assertIn("keep the old pair as .previous", done.stdout)
        self.assert_stored()
        done = self.bramley("import", file, "--credentials-dir", self.credentials)
        self.assertNotIn("warning", done.stderr)
        self.assert_stored(renewed)
        self.assertEqual(self.pair.pem(), self.read(self.stored(TOPIC + ".pem.previous")))
        self.assertEqual(self.pair.key_pem(), self.read(self.stored(TOPIC + ".key.previous")))
        self.assertEqual(0o600, os.stat(self.stored(TOPIC + ".key.previous")).st_mode & 0o777)
        self.assertEqual("a@example.com\n", self.read(self.stored(TOPIC + ".account")))
        # The very same again changes nothing, and loses nothing.
        self.assertTrue(self.take(file)["unchanged"])
        self.assertEqual(self.pair.pem(), self.read(self.stored(TOPIC + ".pem.previous")))
        done = self.bramley("import", file, "--credentials-dir", self.credentials, "--apple-account", "b@example.com")
        self.assertIn("noted as a@example.com before", done.stderr)

    def test_one_that_is_expired_is_renewed_all_the_same(self):
        old = PushPair(days=-1, begins_days_ago=300, key=self.pair.key)
        done = run_bramley(self.folder, "csr", "push", "--renew", self.write("old.pem", old.pem()), "--key-out",
                           os.path.join(self.folder, "new.key"), "--csr-out", os.path.join(self.folder, "new.csr"))
        self.assertEqual(0, done.returncode, done.stderr)
        self.assertRegex(done.stderr, "(?m)^bramley: warning: the certificate to renew is valid until .* only$")
        self.assertIn(f"choose Renew beside {TOPIC}, not Create", done.stderr)
        self.assertIn("UID = " + TOPIC, self.openssl("req", "-in", "new.csr", "-noout", "-subject"))

    def test_one_that_expires_no_later_is_warned_of(self):
        self.take(self.write("a.pem", self.pair.pem() + self.pair.key_pem()))
        older = PushPair(days=100, key=self.pair.key)
        done = self.bramley("import", self.write("b.pem", older.pem() + older.key_pem()), "--credentials-dir",
                            self.credentials)
        self.assertIn("warning: it expires on", done.stderr)
        self.assertIn("no later than the one that it replaces", done.stderr)
        self.assert_stored(older)

    def test_a_dry_run_writes_nothing(self):
        file = self.write("a.pem", self.pair.pem() + self.pair.key_pem())
        done = self.bramley("import", file, "--credentials-dir", self.credentials, "--dry-run", code=8)
        self.assertIn("would write", done.stdout)
        self.assertFalse(os.path.exists(self.credentials))

    # Printed forms

    def test_the_printed_forms_are_what_their_readers_expect(self):
        file = self.write("a.pem", self.pair.pem() + self.pair.key_pem())
        script = self.bramley("import", file, "--format", "env").stdout
        for name, wanted in (("BRAMLEY_PUSH_CERT", self.pair.pem()), ("BRAMLEY_PUSH_KEY", self.pair.key_pem())):
            done = subprocess.run(["sh", "-c", f'eval "$SCRIPT"; printf "%s\\n" "${name}"'], capture_output=True, text=True,
                                  env={**os.environ, "SCRIPT": script}, check=True)
            self.assertEqual(wanted, done.stdout)
        lines = self.bramley("import", file, "--format", "dotenv").stdout.splitlines()
        values = dict(line.split("=", 1) for line in lines)
        self.assertEqual({"BRAMLEY_PUSH_CERT": self.pair.pem(), "BRAMLEY_PUSH_KEY": self.pair.key_pem()},
                         {name: json.loads(value) for name, value in values.items()})
        manifest = self.bramley("import", file, "--format", "k8s-secret", "--secret-name", "mdm.push").stdout
        self.assertIn('kind: Secret\nmetadata:\n  name: "mdm.push"\n', manifest)
        data = dict(line.strip().split(": ") for line in manifest.split("\ndata:\n")[1].splitlines())
        self.assertEqual(self.pair.key_pem(), base64.b64decode(data["BRAMLEY_PUSH_KEY"]).decode())
        # What a server without a directory makes of each of them.
        for environment in (values, {name: shlex.split(value)[0] for name, value in values.items()},
                            {name: json.loads(value) for name, value in values.items()}):
            row, = json.loads(self.bramley("status", "-o", "json", environment=environment).stdout)
            self.assertEqual((TOPIC, "environment", "BRAMLEY_PUSH_CERT", "ok"),
                             (row["topic"], row["source"], row["location"], row["state"]))
        dry = self.bramley("import", file, "--format", "env", "--dry-run").stdout
        self.assertNotIn("PRIVATE", dry)

    def test_flags_that_say_nothing_are_refused(self):
        file = self.write("a.pem", self.pair.pem() + self.pair.key_pem())
        for arguments, word in (((), "--credentials-dir"), (("--format", "env", "--apple-account", "a"), "directory only"),
                                (("--format", "k8s-secret", "--secret-name", "Bad_Name"), "Kubernetes"),
                                (("--format", "p12", "--credentials-dir", "c"), "--format")):
            self.assertIn(word, self.bramley("import", file, *arguments, code=2).stderr)
        done = self.bramley("import", file, "--credentials-dir", self.credentials, "--apple-account", "a\nb", code=1)
        self.assertIn("Apple Account", done.stderr)

    # Looking

    def test_status_ends_with_5_when_one_is_near_its_end_or_past_it(self):
        soon = PushPair(days=20.5, key=self.pair.key).write_to(self.credentials)
        write_private(self.stored(TOPIC + ".account"), "mdm@example.com\n")
        done = self.bramley("status", "--credentials-dir", self.credentials, code=5)
        self.assertRegex(done.stdout, "expiring +mdm@example.com")
        for words in ("expires on", "fewer than 30", "as mdm@example.com", "Renew, not Create"):
            self.assertIn(words, done.stderr)
        done = self.bramley("status", "--credentials-dir", self.credentials, "-o", "json", code=5)
        row, = json.loads(done.stdout)
        self.assertEqual(("expiring", 20), (row["state"], row["days_left"]))
        self.assertEqual("faults_found", json.loads(done.stderr)["error"]["code"])
        self.bramley("status", "--credentials-dir", self.credentials, "--warn-days", "20")
        self.bramley("status", "--credentials-dir", self.credentials, "--warn-days", "-1", code=2)
        PushPair(OTHER, days=-1, begins_days_ago=300, key=soon.key).write_to(self.credentials)
        done = self.bramley("status", "--credentials-dir", self.credentials, "--warn-days", "0", code=5)
        self.assertIn("it expired on", done.stderr)

    def test_status_names_what_cannot_be_used(self):
        done = self.bramley("status", "--credentials-dir", self.credentials, code=5)
        self.assertIn("there is no push certificate in " + self.credentials, done.stderr)
        self.pair.write_to(self.credentials)
        os.remove(self.stored(TOPIC + ".key"))
        self.assertIn("its key is missing",
                      self.bramley("status", "--credentials-dir", self.credentials, code=5).stderr)
        write_private(self.stored(TOPIC + ".key"), key_pem(new_key()))
        self.assertIn("does not belong", self.bramley("status", "--credentials-dir", self.credentials, code=5).stderr)
        write_private(self.stored("junk.pem"), "junk")
        done = self.bramley("status", "--credentials-dir", self.credentials, "-o", "json", code=5)
        self.assertEqual(["faulty", "faulty"], [row["state"] for row in json.loads(done.stdout)])

    def test_files_are_looked_at_without_their_key(self):
        file = self.write("a.pem", self.pair.pem())
        row, = json.loads(self.bramley("status", file, "-o", "json").stdout)
        self.assertEqual(("ok", "file", file), (row["state"], row["source"], row["location"]))
        shown, = json.loads(self.bramley("show", file, "-o", "json").stdout)
        self.assertEqual((self.pair.fingerprint(), False), (shown["sha256"], shown["has_key"]))
        self.assertRegex(self.bramley("show", file).stdout, f"(?m)^Topic +{TOPIC}$")
        self.bramley("show", "nowhere.pem", code=1)
        self.bramley("show", "--credentials-dir", self.credentials, code=1)


if __name__ == "__main__":
    unittest.main()
