"""The way from a key to a device that enrolls with the push certificate: each step by the program, and the same step by
openssl(1), plistlib and curl(1), so that a test can put one in the place of the other."""

import base64
import glob
import json
import os
import plistlib
import re
import subprocess
import time
import uuid

from cryptography import x509
from cryptography.hazmat.primitives import serialization

from bramley_server import API_KEY, BramleyServer, binary, clean_environment, run_bramley, write_private
from shell_device import ShellDevice, run
from test_authority import TestAuthority, server_certificate
from vendor_pki import encoded, openssl

ACCOUNT = "mdm-admin@customer.example"
EMAIL = "mdm@customer.example"
SIGNING_KEY = "0123456789abcdef" * 4
VENDOR_PASSPHRASE = "the-passphrase-of-the-vendors-key"
P12_PASSPHRASE = "the-passphrase-of-a-p12"
CHALLENGE = "the-challenge-of-the-scep-payload"


def read(path):
    with open(path, "rb") as file:
        return file.read()


def write(path, content):
    with open(path, "wb") as file:
        file.write(content)


class VendorService:
    """`bramley vendor serve` with an encrypted key, and a rule that signs at once."""

    def __init__(self, test_or_class, folder, pki):
        self.folder, self.pki = folder, pki
        self.log_path = os.path.join(folder, "vendor.log")
        self.outbox = os.path.join(folder, "signing", "outbox")
        passphrase, customers, key = (os.path.join(folder, name) for name in ("vendor-passphrase", "customers.json",
                                                                              "locked-vendor.key"))
        write_private(passphrase, VENDOR_PASSPHRASE + "\n")
        write_private(customers, json.dumps({"customers": [
            {"name": "customer", "key": SIGNING_KEY, "domains": {"customer.example": "automatic"}}]}))
        openssl("pkcs8", "-topk8", "-in", pki.path("vendor.key"), "-out", key, "-passout", "file:" + passphrase)
        self.flags = ["--cert", pki.path("vendor.pem"), "--key", key, "--passphrase", "@" + passphrase, "--intermediate",
                      pki.path("wwdr.pem"), "--root", pki.path("root.pem"), "--any-root"]
        with open(self.log_path, "wb") as log:
            self.process = subprocess.Popen(
                [binary(), "vendor", "serve", "--dir", os.path.join(folder, "signing"), "--customers", customers,
                 "--listen", "127.0.0.1:0", *self.flags],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=clean_environment(folder))
        getattr(test_or_class, "addClassCleanup", test_or_class.addCleanup)(self.close)
        self.url = wait_for(lambda: re.search(r"listening on (http://\S+)", self.log()), self.log).group(1)

    def log(self):
        return read(self.log_path).decode()

    def close(self):
        self.process.kill()
        self.process.wait()


def wait_for(condition, why, seconds=30):
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        value = condition()
        if value:
            return value
        time.sleep(0.05)
    raise AssertionError(why())


class Loop:
    """One customer. Every step leaves files for the next; what the program printed is kept in `said`."""

    def __init__(self, test, folder, service, portal):
        self.test, self.folder, self.service, self.portal = test, folder, service, portal
        self.said = []
        for name, secret in (("signing-key", SIGNING_KEY), ("p12-passphrase", P12_PASSPHRASE), ("challenge", CHALLENGE)):
            write_private(self.path(name), secret + "\n")
        os.mkdir(self.path("keys"), 0o700)
        self.tls_certificate, self.tls_key = server_certificate(folder)
        self.server = BramleyServer(folder, tls=True, flags=[
            "--tls-cert", self.tls_certificate, "--tls-key", self.tls_key, "--scep-challenge", "@" + self.path("challenge")])
        self.credentials = self.server.credentials_dir

    def path(self, *names):
        return os.path.join(self.folder, *names)

    def bramley(self, *arguments, code=0, **more):
        done = run_bramley(self.folder, *arguments, **more)
        self.said.append((" ".join(arguments), done.stdout + done.stderr))
        self.test.assertEqual(code, done.returncode, f"{arguments}: {done.stdout}{done.stderr}")
        return done

    # By the program

    def make_request(self):
        self.bramley("csr", "push", "--organization", "Kunde & Söhne <Test>", "--email", EMAIL, "--key-out",
                     self.path("keys", "push.key"), "--csr-out", self.path("keys", "push.csr"))

    def ask(self):
        """The attachment of the service's mail."""
        before = set(glob.glob(self.service.outbox + "/mdm*"))
        self.bramley("mdmcert", "request", "--email", EMAIL, "--api-key", "@" + self.path("signing-key"), "--endpoint",
                     self.service.url, "--dir", self.path("keys"))
        self.collect(before)

    def collect(self, before):
        found = wait_for(lambda: set(glob.glob(self.service.outbox + "/mdm*")) - before, self.service.log)
        write(self.path("attachment.p7"), read(found.pop()))

    def decrypt(self):
        self.bramley("mdmcert", "decrypt", self.path("attachment.p7"), "--dir", self.path("keys"), "--out",
                     self.path("push.req"), "--root", self.service.pki.path("root.pem"), "--force")

    def upload(self):
        write(self.path("MDM_Customer.pem"), self.portal.create(ACCOUNT, read(self.path("push.req"))))

    def take_over(self):
        self.bramley("push-cert", "import", self.path("MDM_Customer.pem"), "--key", self.path("keys", "push.key"),
                     "--credentials-dir", self.credentials, "--apple-account", ACCOUNT)

    def make_authority(self):
        self.bramley("ca", "init", "--credentials-dir", self.credentials)

    def make_profile(self):
        self.bramley("profile", "enrollment", "--url", self.server.url, "--organization", "Kunde & Söhne <Test>",
                     "--push-cert", self.path("MDM_Customer.pem"), "--scep-challenge", "@" + self.path("challenge"), "--ca-cert",
                     os.path.join(self.credentials, "scep-ca.pem"), "--out", self.path("enroll.mobileconfig"))

    def sign_profile(self):
        os.rename(self.path("enroll.mobileconfig"), self.path("unsigned.mobileconfig"))
        self.bramley("profile", "sign", self.path("unsigned.mobileconfig"), "--sign-cert", self.tls_certificate, "--sign-key",
                     self.tls_key, "--out", self.path("enroll.mobileconfig"))

    def serve(self):
        self.test.addCleanup(self.server.close)
        self.server.start()

    def sign_profile_by_openssl(self):
        os.rename(self.path("enroll.mobileconfig"), self.path("unsigned.mobileconfig"))
        openssl("smime", "-sign", "-nodetach", "-binary", "-md", "sha256", "-outform", "DER", "-signer", self.tls_certificate,
                "-inkey", self.tls_key, "-in", self.path("unsigned.mobileconfig"), "-out", self.path("enroll.mobileconfig"))

    def signed_content_by_openssl(self):
        """What the signature over the profile covers."""
        return openssl("cms", "-verify", "-inform", "DER", "-in", self.path("enroll.mobileconfig"), "-CAfile",
                       self.tls_certificate, "-purpose", "any")

    def enroll(self, *arguments):
        self.bramley("simulate", "--profile", self.path("enroll.mobileconfig"), "--devices", "1", "--duration", "0",
                     "--ca-file", self.tls_certificate, *arguments)

    STEPS = ("make_request", "ask", "decrypt", "upload", "take_over", "make_authority", "make_profile", "sign_profile", "serve",
             "enroll")

    def go(self, **instead):
        """The whole way, with other functions in the place of some steps."""
        assert set(instead) <= set(self.STEPS), instead
        for step in self.STEPS:
            instead.get(step, getattr(self, step))()
        return self

    def topic_by_openssl(self):
        subject = openssl("x509", "-in", self.path("MDM_Customer.pem"), "-noout", "-subject", "-nameopt", "sep_multiline").decode()
        return re.search(r"UID=(\S+)", subject).group(1)

    # The same without it

    def make_request_by_openssl(self):
        openssl("req", "-new", "-utf8", "-newkey", "rsa:2048", "-noenc", "-keyout", self.path("keys", "push.key"), "-subj",
                f"/O=Kunde & Söhne <Test>/emailAddress={EMAIL}", "-out", self.path("keys", "push.csr"))

    def ask_by_curl(self):
        before = set(glob.glob(self.service.outbox + "/mdm*"))
        openssl("req", "-x509", "-newkey", "rsa:2048", "-noenc", "-keyout", self.path("keys", "encrypt.key"), "-subj",
                "/CN=mdmcert.download", "-days", "30", "-out", self.path("keys", "encrypt.pem"))
        body = json.dumps({"csr": base64.b64encode(read(self.path("keys", "push.csr"))).decode(), "email": EMAIL,
                           "key": SIGNING_KEY, "encrypt": base64.b64encode(read(self.path("keys", "encrypt.pem"))).decode()})
        answer = run("curl", "--silent", "--fail", "--noproxy", "*", "--header", "Content-Type: application/json",
                     "--data-binary", "@-", self.service.url, input=body.encode())
        self.test.assertEqual({"result": "success"}, json.loads(answer))
        self.collect(before)

    def sealed_by_openssl(self, request, *how):
        """An attachment for the key in `keys`, of the base64 in `request`."""
        lines = base64.encodebytes(base64.b64decode(request)).replace(b"\n", b"\r\n")
        return openssl(*how, "-binary", "-outform", "DER", self.path("keys", "encrypt.pem"), data=lines).hex().encode()

    def decrypt_by_openssl(self):
        write(self.path("push.req"), openssl(
            "smime", "-decrypt", "-inform", "DER", "-recip", self.path("keys", "encrypt.pem"), "-inkey",
            self.path("keys", "encrypt.key"), data=bytes.fromhex(read(self.path("attachment.p7")).decode())))

    def take_over_a_p12_of_openssl(self):
        openssl("pkcs12", "-export", "-in", self.path("MDM_Customer.pem"), "-inkey", self.path("keys", "push.key"), "-passout",
                "file:" + self.path("p12-passphrase"), "-out", self.path("push.p12"))
        self.bramley("push-cert", "import", self.path("push.p12"), "--passphrase", "@" + self.path("p12-passphrase"),
                     "--credentials-dir", self.credentials)

    def take_over_by_openssl(self):
        """The two files of the credentials directory, without the import."""
        os.makedirs(os.path.join(self.credentials, "push"), mode=0o700)
        stem = os.path.join(self.credentials, "push", self.topic_by_openssl())
        openssl("x509", "-in", self.path("MDM_Customer.pem"), "-out", stem + ".pem")
        openssl("pkey", "-in", self.path("keys", "push.key"), "-out", stem + ".key")
        os.chmod(stem + ".key", 0o600)

    def take_over_by_the_environment(self):
        self.server.environment = {"BRAMLEY_PUSH_CERT": "@" + self.path("MDM_Customer.pem"),
                                   "BRAMLEY_PUSH_KEY": "@" + self.path("keys", "push.key")}

    def make_authority_by_openssl(self):
        key, certificate = (os.path.join(self.credentials, name) for name in ("scep-ca.key", "scep-ca.pem"))
        openssl("req", "-x509", "-newkey", "rsa:2048", "-noenc", "-keyout", key, "-subj", "/CN=CA of openssl", "-days",
                "3650", "-addext", "keyUsage=critical,digitalSignature,keyEncipherment,keyCertSign,cRLSign", "-out", certificate)
        os.chmod(key, 0o600)

    def make_profile_by_plistlib(self):
        """Signed by openssl."""
        def payload(kind, name, **more):
            return {"PayloadType": kind, "PayloadIdentifier": "example." + name, "PayloadVersion": 1,
                    "PayloadUUID": str(uuid.uuid4()).upper(), **more}
        fingerprint = openssl("x509", "-in", os.path.join(self.credentials, "scep-ca.pem"), "-outform", "DER")
        scep = payload("com.apple.security.scep", "scep", PayloadContent={
            "URL": self.server.url + "/scep", "Challenge": CHALLENGE, "Key Type": "RSA", "Keysize": 2048, "Key Usage": 5,
            "Subject": [[["CN", "a device"]]],
            "CAFingerprint": openssl("dgst", "-sha256", "-binary", data=fingerprint)})
        mdm = payload("com.apple.mdm", "mdm", ServerURL=self.server.url + "/mdm", Topic=self.topic_by_openssl(),
                      IdentityCertificateUUID=scep["PayloadUUID"], AccessRights=8191, SignMessage=True,
                      CheckOutWhenRemoved=True)
        profile = plistlib.dumps(payload("Configuration", "top", PayloadContent=[scep, mdm]))
        write(self.path("enroll.mobileconfig"), openssl(
            "smime", "-sign", "-binary", "-nodetach", "-outform", "DER", "-md", "sha256", "-signer", self.tls_certificate,
            "-inkey", self.tls_key, data=profile))

    def make_profile_at_the_server(self):
        """After serve(): with a challenge that is good once."""
        self.bramley("profile", "enrollment", "--server", self.server.url, "--ca-file", self.tls_certificate, "--out",
                     self.path("enroll.mobileconfig"), environment={"BRAMLEY_TOKEN": API_KEY})

    def enroll_by_curl(self):
        """A device of openssl and curl, whose certificate the CA's key signs."""
        authority = TestAuthority.__new__(TestAuthority)
        authority.key = serialization.load_pem_private_key(read(os.path.join(self.credentials, "scep-ca.key")), None)
        authority.certificate = x509.load_pem_x509_certificate(read(os.path.join(self.credentials, "scep-ca.pem")))
        profile = plistlib.loads(self.signed_content_by_openssl())
        topic, = [payload["Topic"] for payload in profile["PayloadContent"] if payload["PayloadType"] == "com.apple.mdm"]
        device = ShellDevice(self.server, authority, "UDID-of-a-shell")
        trust = {"curl": ("--cacert", self.tls_certificate)}
        for kind, more in (("Authenticate", {"SerialNumber": "C02SHELL"}),
                           ("TokenUpdate", {"PushMagic": "magic", "Token": b"\x01" * 32})):
            answer = device.checkin(kind, put=trust, Topic=topic, **more)
            self.test.assertEqual(200, answer.status, self.server.log())


def signed_by_openssl(pki, csr):
    """The .req of a request: dgst for the signature, plistlib for the rest."""
    return encoded(pki.request_by_openssl(csr))
