"""A device made of openssl(1) and curl(1) alone: nothing of ours helps it to be right."""

import base64
import os
import plistlib
import subprocess

from cryptography.hazmat.primitives import serialization

from bramley_server import Answer

TOPIC = "com.apple.mgmt.External.11111111-2222-3333-4444-555555555555"
CHECKIN_TYPE = "application/x-apple-aspen-mdm-checkin"
REPORT_TYPE = "application/x-apple-aspen-mdm"
SIGN = object()  # put(): sign the body, as a device does


def run(*command, **options):
    done = subprocess.run(command, capture_output=True, timeout=30, **options)
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(command)}: {done.stderr.decode(errors='replace')}")
    return done.stdout


class ShellDevice:
    """One Mac. `authority` signs its request; then it is on its own."""

    def __init__(self, server, authority, udid, days=365, begins_days_ago=1):
        self.server = server
        self.udid = udid
        self.folder = os.path.join(server.folder, "device-" + udid)
        os.makedirs(self.folder, exist_ok=True)
        self.key = os.path.join(self.folder, "key.pem")
        run("openssl", "genrsa", "-out", self.key, "2048")
        self.certificate = os.path.join(self.folder, "certificate.pem")
        self.renew(authority, days, begins_days_ago)

    def renew(self, authority, days=365, begins_days_ago=1):
        """Another certificate for the same key."""
        request = run("openssl", "req", "-new", "-key", self.key, "-subj", f"/CN={self.udid}").decode()
        issued = authority.sign_request(request, days, begins_days_ago)
        with open(self.certificate, "wb") as file:
            file.write(issued.public_bytes(serialization.Encoding.PEM))

    def sign(self, body, *options):
        """The value of an Mdm-Signature header."""
        der = run("openssl", "cms", "-sign", "-binary", "-outform", "DER", "-signer", self.certificate,
                  "-inkey", self.key, *(options or ("-md", "sha256")), input=body)
        return base64.b64encode(der).decode()

    def put(self, body, content_type, path="/mdm", signature=SIGN, curl=()):
        """One request. `signature` None leaves the header out."""
        command = ["curl", "--silent", "--show-error", "--include", "--max-time", "20", "--request", "PUT",
                   "--noproxy", "*", "--http1.1", "--header", "Expect:",
                   "--header", f"Content-Type: {content_type}", "--data-binary", "@-", *curl]
        if signature is SIGN:
            signature = self.sign(body)
        if signature is not None:
            # A header in a file: with its chain it may be longer than an argument should be.
            header = os.path.join(self.folder, "header")
            with open(header, "w", encoding="ascii") as file:
                file.write(f"Mdm-Signature: {signature}\n")
            command += ["--header", "@" + header]
        return parse_answer(run(*command, self.server.url + path, input=body))

    def checkin(self, message_type, path="/mdm", put=None, **keys):
        body = plistlib.dumps({"MessageType": message_type, "UDID": self.udid, **keys})
        return self.put(body, CHECKIN_TYPE, path, **(put or {}))

    def authenticate(self, put=None, **keys):
        return self.checkin("Authenticate", put=put, Topic=TOPIC, SerialNumber="C02" + self.udid[-8:],
                            DeviceName="Test Mac", Model="Mac14,2", ModelName="MacBook Air",
                            ProductName="Mac14,2", OSVersion="14.5", BuildVersion="23F79", **keys)

    def token_update(self, put=None, **keys):
        return self.checkin("TokenUpdate", put=put, Topic=TOPIC, PushMagic="magic-" + self.udid,
                            Token=b"\x01" * 32, **keys)

    def check_out(self, put=None, **keys):
        return self.checkin("CheckOut", put=put, Topic=TOPIC, **keys)

    def report(self, status, uuid=None, put=None, **keys):
        message = {"Status": status, "UDID": self.udid, **keys}
        if uuid is not None:
            message["CommandUUID"] = uuid
        return self.put(plistlib.dumps(message), REPORT_TYPE, **(put or {}))

    def idle(self, **options):
        return self.report("Idle", **options)

    def enroll(self):
        for answer in (self.authenticate(), self.token_update()):
            if answer.status != 200:
                raise AssertionError(f"{self.udid} cannot enroll: {answer}\n{self.server.log()}")
        return self


def parse_answer(raw):
    """What curl --include prints."""
    head, _, body = raw.partition(b"\r\n\r\n")
    while head.split(b" ", 2)[1] == b"100":
        head, _, body = body.partition(b"\r\n\r\n")
    status, *lines = head.decode("latin-1").split("\r\n")
    headers = [tuple(part.strip() for part in line.split(":", 1)) for line in lines]
    return Answer(int(status.split(" ", 2)[1]), headers, body)


def command_plist(uuid, request_type="DeviceInformation", fmt=plistlib.FMT_XML, **keys):
    return plistlib.dumps({"CommandUUID": uuid, "Command": {"RequestType": request_type, **keys}}, fmt=fmt)


def uuid_of(answer):
    """The CommandUUID in an answer; None when there was nothing to do."""
    return plistlib.loads(answer.body)["CommandUUID"] if answer.body else None
