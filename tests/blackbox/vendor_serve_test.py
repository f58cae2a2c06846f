#!/usr/bin/env python3
"""`bramley vendor serve` and `vendor requests`: a client written for mdmcert.download is served, with openssl and the
standard library on its side; who may not is refused; and what was decided is written down."""

import base64
import contextlib
import hashlib
import http.client
import json
import os
import plistlib
import re
import signal
import socket
import stat
import subprocess
import time
import unittest

from bramley_server import binary, clean_environment, run_bramley, temporary_folder, write_private
from vendor_pki import VendorPki, make_csr, openssl

KEYS = {"acme": "a" * 64, "beta": "b" * 64}
PATH = "/api/v1/signrequest"


class Customer:
    """The client's side, as programs for mdmcert.download do it: nothing of ours."""

    def __init__(self, folder, name):
        self.csr = make_csr(os.path.join(folder, name + ".csr"))
        self.key, self.certificate = (os.path.join(folder, name + end) for end in (".mail.key", ".mail.pem"))
        openssl("req", "-x509", "-newkey", "rsa:2048", "-noenc", "-keyout", self.key, "-subj", "/CN=mdmcert.download",
                "-days", "30", "-out", self.certificate)

    def body(self, email, key, **changes):
        def encoded(path):
            with open(path, "rb") as file:
                return base64.b64encode(file.read()).decode()
        return dict({"csr": encoded(self.csr), "email": email, "key": key, "encrypt": encoded(self.certificate)}, **changes)

    def open(self, path):
        """The three strings of the .req in an attachment."""
        with open(path, encoding="ascii") as file:
            der = bytes.fromhex(file.read())
        lines = openssl("smime", "-decrypt", "-inform", "DER", "-recip", self.certificate, "-inkey", self.key, data=der)
        assert lines.endswith(b"\r\n")
        return plistlib.loads(base64.b64decode(lines))


class VendorServe(unittest.TestCase):
    def setUp(self):
        self.folder = temporary_folder(self)
        self.pki = VendorPki(self.folder)
        self.dir = self.path("signing")
        self.customers = [
            {"name": "acme", "key_sha256": hashlib.sha256(KEYS["acme"].encode()).hexdigest(),
             "domains": {"acme.example": "automatic", "other.example": "manual"}},
            {"name": "beta", "key": KEYS["beta"], "domains": {"*": "manual"}}]
        self.write_customers(self.customers)
        self.process = None

    def path(self, *names):
        return os.path.join(self.folder, *names)

    def write_customers(self, customers):
        write_private(self.path("customers.json"), json.dumps({"customers": customers}))

    def start(self, *arguments, environment=None):
        self.log = self.path("serve.log")
        with open(self.log, "wb") as log:
            self.process = subprocess.Popen(
                [binary(), "vendor", "serve", "--dir", self.dir, "--customers", self.path("customers.json"), "--listen",
                 "127.0.0.1:0", *self.pki.flags(), *arguments],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=clean_environment(self.folder, **(environment or {})))
        self.addCleanup(self.end)
        self.port = int(self.wait_for(lambda: re.search(r"listening on https?://127\.0\.0\.1:(\d+)/api/v1/signrequest",
                                                        self.log_text())).group(1))

    def end(self):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        self.assertEqual(0, self.process.wait(timeout=20))

    def log_text(self):
        with open(self.log, encoding="utf-8") as file:
            return file.read()

    def wait_for(self, condition, seconds=15):
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            value = condition()
            if value:
                return value
            if self.process.poll() is not None:
                break
            time.sleep(0.05)
        raise AssertionError(self.log_text())

    def request(self, method, path, body=None):
        with contextlib.closing(http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)) as connection:
            connection.request(method, path, body=body, headers={"Content-Type": "application/json"})
            answer = connection.getresponse()
            return answer.status, answer.read()

    def post(self, body):
        """The decoded answer of a request that was understood."""
        status, answer = self.request("POST", PATH, json.dumps(body) + "\n")
        self.assertEqual(200, status, answer)
        return json.loads(answer)

    def assert_refused(self, reason, body):
        answer = self.post(body)
        self.assertEqual("failure", answer["result"])
        self.assertIn(reason, answer["reason"])

    def outbox(self):
        folder = self.path("signing", "outbox")
        return sorted(os.path.join(folder, name) for name in os.listdir(folder) if not name.startswith("."))

    def audit(self):
        with open(self.path("signing", "audit.ndjson"), encoding="utf-8") as file:
            return [json.loads(line) for line in file]

    def requests(self, *arguments):
        return run_bramley(self.folder, "vendor", "requests", *arguments, "--dir", self.dir)

    def listed(self, *arguments):
        done = self.requests("list", "-o", "json", *arguments)
        self.assertEqual(0, done.returncode, done.stderr)
        return json.loads(done.stdout)

    def assert_opens(self, customer, path):
        request = customer.open(path)
        der = openssl("req", "-in", customer.csr, "-outform", "DER")
        self.assertEqual(der, base64.b64decode(request["PushCertRequestCSR"]))
        self.assertEqual(self.pki.chain_pem(), request["PushCertCertificateChain"])
        openssl("x509", "-in", self.path("vendor.pem"), "-pubkey", "-noout", "-out", self.path("vendor.pub"))
        with open(self.path("signature"), "wb") as file:
            file.write(base64.b64decode(request["PushCertSignature"]))
        openssl("dgst", "-sha256", "-verify", self.path("vendor.pub"), "-signature", self.path("signature"), data=der)

    def test_a_rule_approves_and_the_attachment_opens(self):
        self.start()
        customer = Customer(self.folder, "one")
        self.assertEqual({"result": "success"}, self.post(customer.body("mdm@ACME.example", KEYS["acme"])))
        path = self.wait_for(self.outbox)[0]
        self.assertRegex(os.path.basename(path), r"^mdm_signed_request\.\d{8}_\d{6}_\d{3}\.plist\.b64\.p7$")
        self.assertEqual(0o600, stat.S_IMODE(os.stat(path).st_mode))
        self.assert_opens(customer, path)
        self.wait_for(lambda: not self.listed())
        settled = self.listed("--all")
        self.assertEqual([("signed", "acme", path)], [(case["state"], case["customer"], case["file"]) for case in settled])
        self.assertEqual(["approved", "signed"], [line["event"] for line in self.audit()])
        self.assertEqual("rule of acme", self.audit()[0]["by"])
        self.assertEqual("127.0.0.1", self.audit()[0]["remote"])
        self.stop()

    def test_a_person_approves_or_denies(self):
        self.start()
        wanted, unwanted = Customer(self.folder, "wanted"), Customer(self.folder, "unwanted")
        for customer in (wanted, unwanted):
            self.post(customer.body("mdm@other.example", KEYS["acme"]))
        self.assertEqual({"result": "success"}, self.post(unwanted.body("x@anywhere.test", KEYS["beta"])))
        cases = self.listed()
        self.assertEqual(["waiting"] * 3, [case["state"] for case in cases])
        self.assertEqual(["acme", "acme", "beta"], [case["customer"] for case in sorted(cases, key=lambda x: x["customer"])])
        time.sleep(1.5)
        self.assertEqual([], self.outbox(), "nobody has approved anything")
        by_csr = {json.loads(self.requests("show", case["id"], "-o", "json").stdout)["csr"]: case["id"]
                  for case in cases if case["customer"] == "acme"}
        with open(wanted.csr, encoding="ascii") as file:
            yes = by_csr.pop(file.read())
        no = by_csr.popitem()[1]
        done = self.requests("approve", yes, "--dry-run")
        self.assertEqual(8, done.returncode, done.stderr)
        self.assertEqual(0, self.requests("approve", yes, "--reason", "known customer").returncode)
        self.assertEqual(0, self.requests("deny", no, "--reason", "who is this?").returncode)
        self.assert_opens(wanted, self.wait_for(self.outbox)[0])
        for verb in ("approve", "deny"):
            done = self.requests(verb, no)
            self.assertEqual(1, done.returncode)
            self.assertIn("is denied already", done.stderr)
        lines = {(line["id"], line["event"]): line for line in self.audit()}
        self.assertEqual("known customer", lines[(yes, "approved")]["reason"])
        self.assertTrue(lines[(no, "denied")]["by"])
        self.assertIn((yes, "received"), lines)
        self.assertEqual(7, self.requests("approve", "20270101T000000-0000000000000000").returncode)
        self.assertEqual(7, self.requests("show", "../audit").returncode)
        done = self.requests("deny", [case["id"] for case in cases if case["customer"] == "beta"][0], "no-such-id")
        self.assertEqual(3, done.returncode)
        self.assertEqual(1, len(self.outbox()))

    def test_what_is_approved_while_the_service_is_away_is_signed_later(self):
        self.start()
        customer = Customer(self.folder, "one")
        self.post(customer.body("mdm@other.example", KEYS["acme"]))
        self.end()
        self.assertEqual(0, self.requests("approve", self.listed()[0]["id"]).returncode)
        self.start()
        self.assert_opens(customer, self.wait_for(self.outbox)[0])

    def test_a_request_that_comes_twice_is_one(self):
        self.start()
        customer = Customer(self.folder, "one")
        for _ in range(3):
            self.assertEqual("success", self.post(customer.body("mdm@other.example", KEYS["acme"]))["result"])
        self.assertEqual(1, len(self.listed()))

    def test_who_may_not_is_refused(self):
        self.start()
        customer = Customer(self.folder, "one")
        body = customer.body
        self.assert_refused("Invalid API key", body("mdm@acme.example", "c" * 64))
        self.assert_refused("Invalid API key", body("mdm@acme.example", KEYS["acme"] + "a"))
        for email in ("mdm@acme.example.org", "mdm@sub.acme.example", "mdm", "@acme.example", "-x@acme.example", "a b@acme.example",
                      "a@b@acme.example", "mdm@acme.example\nBcc: x@y.test", "mdm@beta.example", "é@acme.example",
                      "x" * 65 + "@acme.example", "mdm@acme.example;touch x"):
            self.assert_refused("Invalid email address", body(email, KEYS["acme"]))
        self.assertEqual([], self.listed())
        refused = [line for line in self.audit() if line["event"] == "refused"]
        self.assertEqual(12, len(refused), "an audit line for each, but for those that nobody knows")
        self.assertTrue(all(line["customer"] == "acme" and line["reason"] for line in refused))
        self.assertNotIn(KEYS["acme"], json.dumps(self.audit()) + self.log_text())
        self.assertIn("API key is nobody's", self.log_text())

    def test_what_cannot_be_signed_is_refused_at_once(self):
        self.start()
        customer = Customer(self.folder, "one")
        body = lambda **changes: customer.body("mdm@acme.example", KEYS["acme"], **changes)
        def encoded(content):
            return base64.b64encode(content).decode()
        small = make_csr(self.path("small.csr"), kind="rsa:1024")
        with open(small, "rb") as file:
            self.assert_refused("1024 bits", body(csr=encoded(file.read())))
        own = make_csr(self.path("own.csr"), key=self.path("vendor.key"))
        with open(own, "rb") as file:
            self.assert_refused("the vendor's own key", body(csr=encoded(file.read())))
        altered = bytearray(openssl("req", "-in", customer.csr, "-outform", "DER"))
        altered[altered.index(b"Customer")] ^= 1
        self.assert_refused("own signature does not hold", body(csr=encoded(bytes(altered))))
        self.assert_refused("no certificate request", body(csr=encoded(b"hello")))
        self.assert_refused("no certificate with an RSA key", body(encrypt=encoded(b"hello")))
        openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-noenc", "-keyout",
                self.path("ec.key"), "-subj", "/CN=x", "-out", self.path("ec.pem"))
        with open(self.path("ec.pem"), "rb") as file:
            self.assert_refused("no certificate with an RSA key", body(encrypt=encoded(file.read())))
        self.assertEqual([], self.listed("--all"))

    def test_names_in_any_case_and_more_of_them(self):
        self.start()
        body = Customer(self.folder, "one").body("mdm@other.example", KEYS["acme"])
        self.assertEqual("success", self.post({**{name.title(): value for name, value in body.items()}, "extra": {"a": [1]}})["result"])

    def test_what_is_no_request(self):
        self.start()
        body = Customer(self.folder, "one").body("mdm@acme.example", KEYS["acme"])
        twice = json.dumps(body)[:-1] + f',"CSR":"{body["csr"]}"}}'
        for content in ("", "hello", "[]", "null", "{}", '{"csr":' * 3000, json.dumps(dict(body, csr=7)), twice,
                        json.dumps(dict(body, csr="!!!")), b"\xff\xfe\x00", json.dumps(dict(body, key=""))):
            status, answer = self.request("POST", PATH, content)
            self.assertEqual(400, status, content[:50])
            self.assertEqual("failure", json.loads(answer)["result"])
            self.assertNotIn(KEYS["acme"].encode(), answer)
        self.assertEqual(405, self.request("GET", PATH)[0])
        self.assertEqual(404, self.request("POST", "/")[0])
        self.assertEqual(200, self.request("GET", "/healthz")[0])
        with socket.create_connection(("127.0.0.1", self.port), timeout=10) as raw:
            raw.sendall(f"POST {PATH} HTTP/1.1\r\nHost: x\r\nContent-Length: 10000000\r\n\r\n".encode())
            self.assertIn(b" 413 ", raw.recv(200))
        self.assertEqual("success", self.post(body)["result"])

    def write_program(self, text):
        write_private(self.path("send-mail"), "#!/bin/sh\n" + text)
        os.chmod(self.path("send-mail"), 0o700)
        return self.path("send-mail")

    def test_a_program_gets_each_file(self):
        program = self.write_program('{ printf "%s\\n" "$#" "$1" "$2"; env; ls -l /proc/$$/fd; cat; } > "$HOME/got.tmp"\n'
                                     'mv "$HOME/got.tmp" "$HOME/got"\n')
        self.start("--on-signed", program, environment={"BRAMLEY_VENDOR_SERVE_PASSPHRASE": "s3cret-passphrase"})
        customer = Customer(self.folder, "one")
        email = "$(touch${IFS}owned)@acme.example"
        self.assert_refused("Invalid email", customer.body(email, KEYS["acme"]))
        email = "o'hara+`id`@acme.example"
        self.post(customer.body(email, KEYS["acme"]))
        self.wait_for(lambda: os.path.exists(self.path("got")))
        with open(self.path("got"), encoding="utf-8") as file:
            lines = file.read().splitlines()
        self.assertEqual(["2", self.outbox()[0], email], lines[:3])
        self.assertIn(f"BRAMLEY_REQUEST_EMAIL={email}", lines)
        self.assertIn("BRAMLEY_REQUEST_CUSTOMER=acme", lines)
        self.assertNotIn("s3cret", "\n".join(lines))
        self.assertIn(" 0 -> /dev/null", "\n".join(lines))
        self.assertNotRegex("\n".join(lines), r"-> (socket:|anon_inode:)", "a descriptor of the service's")
        self.wait_for(lambda: not self.listed())
        self.assertEqual(["approved", "signed", "delivered"], [line["event"] for line in self.audit()
                                                               if line["event"] != "refused"])
        self.assertEqual("done", self.listed("--all")[0]["delivery"])

    def test_a_program_that_fails_is_told_of(self):
        self.start("--on-signed", self.write_program("exit 3\n"))
        self.post(Customer(self.folder, "one").body("mdm@acme.example", KEYS["acme"]))
        self.wait_for(lambda: "not delivered" in self.log_text())
        self.wait_for(lambda: not self.listed())
        self.assertIn("exit code 3", self.listed("--all")[0]["delivery"])
        self.assertEqual("not delivered", self.audit()[-1]["event"])
        self.end()
        self.start("--on-signed", self.path("nowhere"))
        self.post(Customer(self.folder, "two").body("mdm@acme.example", KEYS["acme"]))
        self.wait_for(lambda: "nowhere: No such file" in self.log_text())

    def test_the_file_of_customers_is_read_again(self):
        self.start()
        customer = Customer(self.folder, "one")
        self.assert_refused("Invalid API key", customer.body("mdm@new.example", "n" * 64))
        write_private(self.path("customers.json"), "broken")
        self.process.send_signal(signal.SIGHUP)
        self.wait_for(lambda: "the old ones stay" in self.log_text())
        self.assert_refused("Invalid email", customer.body("mdm@new.example", KEYS["acme"]))
        self.write_customers([{"name": "new", "key": "n" * 64, "domains": {"new.example": "manual"}}])
        self.process.send_signal(signal.SIGHUP)
        self.wait_for(lambda: "customers read again" in self.log_text())
        self.assertEqual("success", self.post(customer.body("mdm@new.example", "n" * 64))["result"])
        self.assert_refused("Invalid API key", customer.body("mdm@acme.example", KEYS["acme"]))

    def test_an_expired_certificate_is_found_at_the_start(self):
        flags = self.pki.flags()
        flags[1] = self.pki.write("old.pem", self.pki.issue_vendor(begins=-400, days=365))
        done = run_bramley(self.folder, "vendor", "serve", "--dir", self.dir, "--customers", self.path("customers.json"), *flags)
        self.assertEqual(1, done.returncode)
        self.assertIn("expired on", done.stderr)

    def test_starts_that_are_refused(self):
        def start(*arguments, customers=None):
            done = run_bramley(self.folder, "vendor", "serve", "--dir", self.dir, "--customers",
                               customers or self.path("customers.json"), *self.pki.flags(), *arguments, timeout=20)
            self.assertNotEqual(0, done.returncode)
            return done.returncode, done.stderr
        code, error = start("--listen", "0.0.0.0:0")
        self.assertEqual(2, code)
        self.assertIn("without TLS", error)
        self.assertIn("--tls off", error)
        self.assertEqual(2, start("--tls-cert", self.path("vendor.pem"))[0])
        os.chmod(self.path("customers.json"), 0o644)
        code, error = start()
        self.assertEqual(1, code)
        self.assertIn("holds API keys in clear, and others may read it", error)
        os.chmod(self.path("customers.json"), 0o600)
        for text, message in (("{}", "customers"), ("x", "not JSON"), ('{"customers":[]}', "no customer in it"),
                              ('{"customers":[{"name":"a","key":"short","domains":{"*":"manual"}}]}', "shorter than 16"),
                              ('{"customers":[{"name":"a","key_sha256":"12","domains":{"*":"manual"}}]}', "64 hex digits"),
                              ('{"customers":[{"name":"a","key":"%s"}]}' % ("k" * 20), '"domains" is missing'),
                              ('{"customers":[{"name":"a","key":"%s","domains":{"x y":"manual"}}]}' % ("k" * 20), "no e-mail domain"),
                              ('{"customers":[{"name":"a","key":"%s","domains":{"*":"yes"}}]}' % ("k" * 20), "neither"),
                              ('{"customers":[{"name":"a","key":"%s","domains":{"*":"manual"},"x":1}]}' % ("k" * 20), "unknown member"),
                              (json.dumps({"customers": [self.customers[1], dict(self.customers[1], name="c")]}), "the same key")):
            write_private(self.path("bad.json"), text)
            code, error = start(customers=self.path("bad.json"))
            self.assertEqual(2, code, text)
            self.assertIn(message, error)
            self.assertNotIn("kkkk", error)
        code, _ = start("--dry-run")
        self.assertEqual(8, code)
        self.assertFalse(os.path.exists(self.dir))
        done = self.requests("list")
        self.assertEqual(1, done.returncode)
        self.assertIn("no queue of a signing service", done.stderr)

    def test_tls(self):
        openssl("req", "-x509", "-newkey", "rsa:2048", "-noenc", "-keyout", self.path("tls.key"), "-subj", "/CN=localhost",
                "-addext", "subjectAltName=IP:127.0.0.1", "-days", "2", "-out", self.path("tls.pem"))
        self.start("--tls-cert", self.path("tls.pem"), "--tls-key", self.path("tls.key"))
        url = f"https://127.0.0.1:{self.port}{PATH}"
        write_private(self.path("api-key"), KEYS["acme"])
        ask = lambda *more: run_bramley(self.folder, "mdmcert", "request", "--email", "mdm@acme.example", "--api-key",
                                        "@" + self.path("api-key"), "--endpoint", url, "--dir", self.path("keys"), *more)
        done = ask()
        self.assertEqual(4, done.returncode, done.stderr)
        done = ask("--ca-file", self.path("tls.pem"))
        self.assertEqual(0, done.returncode, done.stderr)

    def test_our_own_client_goes_all_the_way(self):
        self.start()
        write_private(self.path("api-key"), KEYS["acme"])
        keys = self.path("keys")
        done = run_bramley(self.folder, "mdmcert", "request", "--email", "mdm@acme.example", "--api-key",
                           "@" + self.path("api-key"), "--endpoint", f"http://127.0.0.1:{self.port}{PATH}", "--dir", keys)
        self.assertEqual(0, done.returncode, done.stderr)
        attachment = self.wait_for(self.outbox)[0]
        done = run_bramley(self.folder, "mdmcert", "decrypt", attachment, "--dir", keys, "--out", self.path("push.req"),
                           "--root", self.path("root.pem"))
        self.assertEqual(0, done.returncode, done.stderr)
        done = run_bramley(self.folder, "csr", "verify", self.path("push.req"), "--root", self.path("root.pem"), "--csr",
                           os.path.join(keys, "push.csr"))
        self.assertEqual(0, done.returncode, done.stdout)

    def test_a_kill_loses_nothing_that_was_answered(self):
        customers = [Customer(self.folder, f"c{i}") for i in range(3)]
        answered = 0
        for customer in customers:
            self.start()
            self.assertEqual("success", self.post(customer.body("mdm@acme.example", KEYS["acme"]))["result"])
            answered += 1
            self.process.kill()
            self.process.wait()
        self.start()
        self.wait_for(lambda: not self.listed() and len(self.listed("--all")) == answered)
        self.assertTrue(all(case["state"] == "signed" for case in self.listed("--all")))
        for customer in customers:
            self.assertTrue(any(self.opens(customer, case["file"]) for case in self.listed("--all")))

    def opens(self, customer, path):
        try:
            customer.open(path)
        except (AssertionError, ValueError):
            return False
        return True


if __name__ == "__main__":
    unittest.main()
