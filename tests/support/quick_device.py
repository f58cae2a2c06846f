"""A device for load: signs in this process and keeps its connection, so that the server is what is slow."""

import base64
import http.client
import plistlib

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.serialization import pkcs7

from shell_device import CHECKIN_TYPE, REPORT_TYPE, TOPIC
from test_authority import common_name


class QuickDevice:
    """One Mac. Not for several threads at once."""

    def __init__(self, server, authority, key, udid):
        self.server = server
        self.udid = udid
        self.key = key
        self.certificate = authority.certify(key.public_key(), common_name(udid))
        self.connection = None

    def sign(self, body):
        der = (pkcs7.PKCS7SignatureBuilder().set_data(body).add_signer(self.certificate, self.key, hashes.SHA256())
               .sign(serialization.Encoding.DER, [pkcs7.PKCS7Options.DetachedSignature, pkcs7.PKCS7Options.Binary,
                                                  pkcs7.PKCS7Options.NoCapabilities]))
        return base64.b64encode(der).decode()

    def put(self, message, content_type):
        """Status and body, or an OSError or HTTPException when there was no whole answer."""
        body = plistlib.dumps({"UDID": self.udid, **message})
        headers = {"Content-Type": content_type, "Mdm-Signature": self.sign(body)}
        if self.connection is None:
            self.connection = self.server.connection(timeout=10)
        try:
            self.connection.request("PUT", "/mdm", body=body, headers=headers)
            response = self.connection.getresponse()
            return response.status, response.read()
        except (OSError, http.client.HTTPException):
            self.close()
            raise

    def close(self):
        if self.connection is not None:
            self.connection.close()
            self.connection = None

    def authenticate(self):
        return self.put({"MessageType": "Authenticate", "Topic": TOPIC, "SerialNumber": self.udid[-10:]}, CHECKIN_TYPE)

    def token_update(self):
        return self.put({"MessageType": "TokenUpdate", "Topic": TOPIC, "PushMagic": "magic", "Token": b"\x02" * 32},
                        CHECKIN_TYPE)

    def report(self, status, uuid=None):
        message = {"Status": status}
        if uuid:
            message.update(CommandUUID=uuid, Answer="x" * 500)
        return self.put(message, REPORT_TYPE)
