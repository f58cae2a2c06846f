#!/usr/bin/env python3
"""`bramley mdmcert request` and `decrypt` against a service that is not ours, with openssl for what the service does."""

import base64
import json
import os
import stat
import unittest

from cryptography.hazmat.primitives import serialization

from bramley_server import run_bramley, temporary_folder, write_private
from signing_service_double import SigningServiceDouble
from test_authority import common_name
from vendor_pki import VendorPki, certificate, encoded, openssl

KEY = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"


class Mdmcert(unittest.TestCase):
    def setUp(self):
        self.folder = temporary_folder(self)
        write_private(self.path("api-key"), KEY + "\n")
        self.keys = self.path("keys")

    def path(self, *names):
        return os.path.join(self.folder, *names)

    def read(self, *names):
        with open(self.path(*names), "rb") as file:
            return file.read()

    def ask(self, url, *arguments, email="mdm@example.com", **more):
        return run_bramley(self.folder, "mdmcert", "request", "--email", email, "--api-key", "@" + self.path("api-key"),
                           "--endpoint", url, "--dir", self.keys, *arguments, **more)


class Request(Mdmcert):
    def test_what_is_sent_is_what_the_service_expects(self):
        service = SigningServiceDouble(self)
        done = self.ask(service.url, "--organization", "Example & Sons", "--country", "us")
        self.assertEqual(0, done.returncode, done.stderr)
        self.assertIn("bramley mdmcert decrypt FILE --dir", done.stderr)
        request = service.requests[0]
        self.assertEqual("/api/v1/signrequest", request["path"])
        self.assertEqual("application/json", request["type"])
        self.assertRegex(request["agent"], r"^bramley/[0-9.]+$")
        self.assertTrue(request["raw"].endswith(b"}\n"))
        sent = json.loads(request["raw"])
        self.assertEqual(["csr", "email", "key", "encrypt"], list(sent))
        self.assertEqual(("mdm@example.com", KEY), (sent["email"], sent["key"]))
        csr = base64.b64decode(sent["csr"], validate=True)
        self.assertEqual(self.read("keys", "push.csr"), csr)
        shown = openssl("req", "-verify", "-noout", "-subject", "-text", data=csr).decode()
        self.assertIn("C = US, O = Example & Sons, CN = mdm-push, emailAddress = mdm@example.com", shown)
        self.assertIn("Public-Key: (2048 bit)", shown)
        certificate = openssl("x509", "-noout", "-text", data=base64.b64decode(sent["encrypt"], validate=True)).decode()
        self.assertIn("Subject: CN = mdmcert.download", certificate)
        self.assertIn("Digital Signature, Key Encipherment", certificate)
        self.assertIn("TLS Web Server Authentication", certificate)
        self.assertIn("DNS:mdmcert.download", certificate)
        self.assertIn("Public-Key: (2048 bit)", certificate)
        self.assertEqual(0o700, stat.S_IMODE(os.stat(self.keys).st_mode))
        for name in ("push.key", "encrypt.key"):
            self.assertEqual(0o600, stat.S_IMODE(os.stat(self.path("keys", name)).st_mode))
            openssl("rsa", "-in", self.path("keys", name), "-check", "-noout")

    def test_after_a_failure_the_same_keys_are_used(self):
        service = SigningServiceDouble(self, (500, b"<html>oops</html>"),
                                       (200, {"result": "failure", "reason": "Invalid email address."}),
                                       (200, {"RESULT": "success", "more": {"x": [1]}}))
        first = self.ask(service.url)
        self.assertEqual(1, first.returncode)
        self.assertIn("HTTP 500", first.stderr)
        self.assertRegex(first.stderr, "hint: the keys in .*keys are kept: run the same command again")
        names = sorted(os.listdir(self.keys))
        kept = [self.read("keys", name) for name in names]
        second = self.ask(service.url, "-o", "json")
        self.assertEqual(1, second.returncode, "a failure with HTTP 200 is one")
        error = json.loads(second.stderr)["error"]
        self.assertIn("Invalid email address.", error["message"])
        self.assertIn("run the same command again", error["hint"])
        self.assertEqual("", second.stdout)
        third = self.ask(service.url, "-o", "json")
        self.assertEqual(0, third.returncode, third.stderr)
        self.assertEqual("success", json.loads(third.stdout)["result"])
        self.assertEqual(kept, [self.read("keys", name) for name in names])
        self.assertEqual(1, len({json.dumps(sent) for sent in service.asked()}))

    def test_it_goes_on_wherever_it_stopped(self):
        service = SigningServiceDouble(self)
        self.assertEqual(0, self.ask(service.url).returncode)
        whole = {name: self.read("keys", name) for name in os.listdir(self.keys)}
        for lost in (["push.csr"], ["encrypt.pem"], ["encrypt.key", "encrypt.pem"], ["push.csr", "encrypt.key", "encrypt.pem"]):
            for name in lost:
                os.unlink(self.path("keys", name))
            self.assertEqual(0, self.ask(service.url).returncode, lost)
            self.assertEqual(whole["push.key"], self.read("keys", "push.key"))
            self.assertEqual(sorted(whole), sorted(os.listdir(self.keys)))
            openssl("req", "-in", self.path("keys", "push.csr"), "-verify", "-noout")

    def test_an_encryption_certificate_that_expired_is_made_anew_for_the_same_key(self):
        service = SigningServiceDouble(self)
        self.assertEqual(0, self.ask(service.url).returncode)
        key = serialization.load_pem_private_key(self.read("keys", "encrypt.key"), None)
        name = common_name("mdmcert.download")
        expired = certificate(name, key, name, key, begins=-400, days=365)
        with open(self.path("keys", "encrypt.pem"), "wb") as file:
            file.write(expired.public_bytes(serialization.Encoding.PEM))
        self.assertEqual(0, self.ask(service.url).returncode)
        openssl("x509", "-in", self.path("keys", "encrypt.pem"), "-noout", "-checkend", "0")
        self.assertEqual(openssl("pkey", "-in", self.path("keys", "encrypt.key"), "-pubout"),
                         openssl("x509", "-in", self.path("keys", "encrypt.pem"), "-noout", "-pubkey"))

    def test_answers_that_are_none(self):
        for body in (b"", b"ok", b"[]", b'{"result":1}', b'{"x":' * 100, b'{"result":"success","Result":"failure"}', b"null"):
            with self.subTest(body):
                done = self.ask(SigningServiceDouble(self, (200, body)).url)
                self.assertEqual(1, done.returncode)
                self.assertIn("are kept: run the same command again", done.stderr)
                self.assertNotIn(KEY, done.stderr)
        done = self.ask(SigningServiceDouble(self, (200, b"x" * 100000)).url)
        self.assertEqual(1, done.returncode)
        done = self.ask(SigningServiceDouble(self, (403, {"result": "failure", "reason": "No such key"})).url)
        self.assertEqual(1, done.returncode)
        self.assertIn("HTTP 403: No such key", done.stderr)

    def test_a_key_that_the_service_repeats_is_not_told(self):
        for answer in ((200, {"result": "failure", "reason": f"no such key: {KEY}, {KEY}"}),
                       (403, {"result": "failure", "reason": KEY})):
            done = self.ask(SigningServiceDouble(self, answer).url)
            self.assertEqual(1, done.returncode)
            self.assertIn("(the API key)", done.stderr)
            self.assertNotIn(KEY, done.stderr)

    def test_nobody_is_there(self):
        done = self.ask("http://127.0.0.1:9/api/v1/signrequest")
        self.assertEqual(1, done.returncode)
        self.assertIn("run the same command again", done.stderr)

    def test_a_folder_of_another_request_is_not_used(self):
        service = SigningServiceDouble(self)
        self.assertEqual(0, self.ask(service.url).returncode)
        done = self.ask(service.url, email="other@example.com")
        self.assertEqual(1, done.returncode)
        self.assertIn("holds a request for mdm@example.com", done.stderr)
        openssl("genrsa", "-out", self.path("keys", "push.key"), "2048")
        done = self.ask(service.url)
        self.assertEqual(1, done.returncode)
        self.assertIn("push.csr does not belong to", done.stderr)
        self.assertEqual(1, len(service.requests))

    def test_a_key_of_csr_push_is_used_encrypted_or_not(self):
        service = SigningServiceDouble(self)
        make = lambda folder, *more: run_bramley(self.folder, "csr", "push", "--organization", "Example", "--email",
                                                 "mdm@example.com", "--key-out", os.path.join(folder, "push.key"), "--csr-out",
                                                 os.path.join(folder, "push.csr"), *more)
        write_private(self.path("passphrase"), "s3cret")
        os.mkdir(self.keys, 0o700)
        self.assertEqual(0, make(self.keys).returncode)
        done = self.ask(service.url)
        self.assertEqual(0, done.returncode, done.stderr)
        self.assertEqual(self.read("keys", "push.csr"), base64.b64decode(service.asked()[0]["csr"]))
        self.keys = self.path("locked")
        os.mkdir(self.keys, 0o700)
        self.assertEqual(0, make(self.keys, "--passphrase", "@" + self.path("passphrase")).returncode)
        done = self.ask(service.url)
        self.assertEqual(1, done.returncode)
        self.assertIn("push.key is encrypted", done.stderr)
        self.assertIn("hint: give it with --passphrase @FILE", done.stderr)
        write_private(self.path("wrong"), "another")
        done = self.ask(service.url, "--passphrase", "@" + self.path("wrong"))
        self.assertEqual(1, done.returncode)
        self.assertIn("push.key: decrypt private key: wrong passphrase\n", done.stderr)
        self.assertIn("hint: is it the passphrase of another file?", done.stderr)
        self.assertEqual(1, len(service.requests))
        done = self.ask(service.url, "--passphrase", "@" + self.path("passphrase"))
        self.assertEqual(0, done.returncode, done.stderr)
        self.assertEqual(2, len(service.requests))
        for printed in (done.stdout, done.stderr):
            self.assertNotIn("s3cret", printed)

    def test_a_dry_run_asks_nobody(self):
        service = SigningServiceDouble(self)
        done = self.ask(service.url, "--dry-run")
        self.assertEqual(8, done.returncode)
        self.assertFalse(os.path.exists(self.keys))
        self.assertEqual([], service.requests)

    def test_the_key_is_the_users_own(self):
        done = run_bramley(self.folder, "mdmcert", "request", "--email", "a@example.com", "--dir", self.keys)
        self.assertEqual(2, done.returncode)
        self.assertIn("--api-key is missing", done.stderr)
        self.assertIn("ask https://mdmcert.download for one", done.stderr)
        self.assertFalse(os.path.exists(self.keys))
        done = run_bramley(self.folder, "mdmcert", "request", "--email", "a@example.com", "--dir", self.keys, "--api-key", KEY)
        self.assertEqual(2, done.returncode)
        self.assertNotIn(KEY, done.stderr)
        service = SigningServiceDouble(self)
        done = run_bramley(self.folder, "mdmcert", "request", "--email", "a@example.com", "--dir", self.keys, "--endpoint",
                           service.url, environment={"BRAMLEY_MDMCERT_API_KEY": "from-the-variable"})
        self.assertEqual(0, done.returncode, done.stderr)
        self.assertEqual("from-the-variable", service.asked()[0]["key"])

    def test_the_key_does_not_go_over_the_network_in_clear(self):
        for url in ("http://mdmcert.example/api/v1/signrequest", "ftp://127.0.0.1/", "http://127.0.0.1.example.com/",
                    "https://user@example.com/", "http://127.0.0.1@example.com/"):
            done = self.ask(url)
            self.assertEqual(2, done.returncode, url)
            self.assertIn("--endpoint", done.stderr)


class Decrypt(Mdmcert):
    def setUp(self):
        super().setUp()
        self.pki = VendorPki(self.folder)
        done = self.ask(SigningServiceDouble(self).url)
        self.assertEqual(0, done.returncode, done.stderr)

    def signed(self, **changes):
        """What the service makes of the request, with openssl."""
        return encoded(self.pki.request_by_openssl(self.path("keys", "push.csr"), **changes))

    def sealed(self, content, cipher="-des3", recipient=None):
        """DER of the attachment."""
        lines = base64.encodebytes(base64.b64decode(content)).replace(b"\n", b"\r\n") if content[:4] == b"PD94" else content
        return openssl("smime", "-encrypt", cipher, "-binary", "-outform", "DER",
                       recipient or self.path("keys", "encrypt.pem"), data=lines)

    def decrypt(self, content, *arguments, where=None):
        with open(self.path("attachment"), "wb") as file:
            file.write(content)
        return run_bramley(self.folder, "mdmcert", "decrypt", self.path("attachment"), "--out", self.path("push.req"),
                           "--root", self.path("root.pem"), "--force", *(where or ["--dir", self.keys]), *arguments)

    def assert_failed(self, message, content, *arguments, **more):
        if os.path.exists(self.path("push.req")):
            os.unlink(self.path("push.req"))
        done = self.decrypt(content, *arguments, **more)
        self.assertEqual(1, done.returncode, done.stderr)
        self.assertIn(message, done.stderr)
        self.assertIn("bramley: hint: ", done.stderr)
        self.assertFalse(os.path.exists(self.path("push.req")))

    def test_every_dress_of_the_attachment(self):
        for cipher in ("-des3", "-aes128", "-aes256"):
            der = self.sealed(self.signed(), cipher)
            lines = base64.encodebytes(der)
            text = der.hex().encode()
            dresses = {
                "hex": text, "hex, line end": text + b"\n", "HEX": text.upper(),
                "hex in lines": b"\r\n".join(text[i:i + 64] for i in range(0, len(text), 64)) + b"\r\n",
                "hex, BOM": b"\xef\xbb\xbf" + text, "base64": base64.b64encode(der), "base64 in lines": lines, "DER": der,
                "PKCS7": b"-----BEGIN PKCS7-----\n" + lines + b"-----END PKCS7-----\n",
                "CMS": b"-----BEGIN CMS-----\r\n" + lines.replace(b"\n", b"\r\n") + b"-----END CMS-----\r\n"}
            for name, content in dresses.items():
                with self.subTest(name, cipher=cipher):
                    done = self.decrypt(content)
                    self.assertEqual(0, done.returncode, done.stderr)
                    self.assertIn("the portal should take it", done.stdout)
                    self.assertIn("next: upload it at identity.apple.com", done.stderr)
                    self.assertEqual(base64.b64decode(self.signed()), base64.b64decode(self.read("push.req")))

    def test_key_and_certificate_by_name(self):
        content = self.sealed(self.signed()).hex().encode()
        openssl("rsa", "-in", self.path("keys", "encrypt.key"), "-aes256", "-passout", "pass:s3cret", "-out",
                self.path("locked.key"))
        write_private(self.path("passphrase"), "s3cret")
        where = ["--key", self.path("locked.key"), "--cert", self.path("keys", "encrypt.pem")]
        self.assertEqual(0, self.decrypt(content, "--passphrase", "@" + self.path("passphrase"), where=where).returncode)
        self.assert_failed("passphrase", content, where=where)
        done = self.decrypt(content, "--key", self.path("locked.key"))
        self.assertEqual(2, done.returncode)

    def test_to_standard_output(self):
        with open(self.path("attachment"), "wb") as file:
            file.write(self.sealed(self.signed()).hex().encode())
        done = run_bramley(self.folder, "mdmcert", "decrypt", self.path("attachment"), "--dir", self.keys, "--root",
                           self.path("root.pem"))
        self.assertEqual(0, done.returncode, done.stderr)
        self.assertEqual(base64.b64decode(self.signed()), base64.b64decode(done.stdout))

    def test_a_folder_without_the_keys(self):
        content = self.sealed(self.signed())
        os.mkdir(self.path("other"))
        self.assert_failed("other/encrypt.key: No such file", content, where=["--dir", self.path("other")])
        os.unlink(self.path("keys", "encrypt.pem"))
        self.assert_failed("keys/encrypt.pem: No such file", content)
        self.assertEqual(2, self.decrypt(content, where=["--key", self.path("keys", "encrypt.key")]).returncode)

    def test_another_recipient(self):
        openssl("req", "-x509", "-newkey", "rsa:2048", "-noenc", "-keyout", self.path("o.key"), "-subj",
                "/CN=mdmcert.download", "-out", self.path("o.pem"))
        self.assert_failed("not for this key", self.sealed(self.signed(), recipient=self.path("o.pem")).hex().encode())
        where = ["--key", self.path("o.key"), "--cert", self.path("keys", "encrypt.pem")]
        self.assert_failed("the key does not belong to the certificate", self.sealed(self.signed()), where=where)

    def test_damage(self):
        der = self.sealed(self.signed())
        text = der.hex().encode()
        middle, tail, key = bytearray(der), bytearray(der), bytearray(der)
        for at in range(64):  # eight blocks: one of them may decrypt to printable noise
            middle[len(der) // 2 + 300 + at] ^= 1
        tail[-1] ^= 1
        key[der.index(bytes.fromhex("0609 2a864886f70d010101".replace(" ", ""))) + 40] ^= 1
        for name, content in {"cut hex": text[:-100], "odd hex": text[:-1], "a letter": text[:900] + b"z" + text[901:],
                              "cut DER": der[:-40], "more": der + b"\x00", "middle": bytes(middle), "tail": bytes(tail),
                              "key": bytes(key), "cut base64": base64.b64encode(der)[:-101],
                              "sign in base64": base64.b64encode(der)[:800] + b"!!" + base64.b64encode(der)[802:]}.items():
            with self.subTest(name):
                self.assert_failed("the attachment is damaged", content)

    def test_what_is_no_attachment(self):
        self.assert_failed("this is no encrypted attachment", b"<html>Please sign in</html>")
        self.assert_failed("this is no encrypted attachment", b"")
        self.assert_failed("this is no encrypted attachment", self.read("keys", "push.csr"))
        self.assert_failed("this is a request already", self.signed())
        signed = openssl("smime", "-sign", "-binary", "-nodetach", "-outform", "DER", "-signer", self.path("vendor.pem"),
                         "-inkey", self.path("vendor.key"), data=b"x")
        self.assert_failed("this is no encrypted attachment", signed.hex().encode())

    def test_what_is_no_request_inside(self):
        self.assert_failed("what it holds is not a push request", self.sealed(b"good morning").hex().encode())
        self.assert_failed("what it holds is not a push request", self.sealed(self.read("keys", "push.csr")))
        self.assert_failed("what it holds is not a push request", self.sealed(b""))

    def test_a_request_that_the_portal_would_refuse_is_named_here(self):
        chain = self.pki.chain_pem(self.pki.issue_vendor(begins=-500, days=365), self.pki.wwdr, self.pki.root)
        done = self.decrypt(self.sealed(self.signed(chain=chain)))
        self.assertEqual(5, done.returncode)
        self.assertIn("portal: the signing certificate is expired", done.stdout)
        self.assertIn("do not upload it", done.stderr)
        self.assertNotIn("next: upload", done.stderr)
        done = self.decrypt(self.sealed(self.signed(digest="sha1")), "-o", "json")
        self.assertEqual(5, done.returncode)
        self.assertEqual(["signature_sha1"], [finding["code"] for finding in json.loads(done.stdout)["findings"]])
        done = self.decrypt(self.sealed(self.signed()), "-o", "json", "--dry-run")
        self.assertEqual(8, done.returncode)

    def test_the_request_of_somebody_else_is_named(self):
        openssl("req", "-new", "-newkey", "rsa:2048", "-noenc", "-keyout", self.path("x.key"), "-subj", "/CN=x", "-out",
                self.path("x.csr"))
        other = encoded(self.pki.request_by_openssl(self.path("x.csr")))
        done = self.decrypt(self.sealed(other))
        self.assertEqual(5, done.returncode)
        self.assertIn("another certificate request than yours", done.stdout)

    def test_an_existing_file_stays(self):
        write_private(self.path("push.req"), "old")
        with open(self.path("attachment"), "wb") as file:
            file.write(self.sealed(self.signed()))
        done = run_bramley(self.folder, "mdmcert", "decrypt", self.path("attachment"), "--dir", self.keys, "--out",
                           self.path("push.req"))
        self.assertEqual(1, done.returncode)
        self.assertEqual(b"old", self.read("push.req"))


if __name__ == "__main__":
    unittest.main()
