"""Apple's push certificate portal, as strict as Apple's documents are: it takes the push certificate request of an MDM
vendor's customer, or says what is wrong in the portal's words, and issues a certificate whose UID is the topic. It shares
nothing with the program."""

import base64
import binascii
import datetime
import plistlib
import re
import uuid
from xml.parsers.expat import ExpatError

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from test_authority import DAY, common_name, new_key

INVALID = "Invalid Certificate Signing Request"
SIGNATURE = "Certificate Signature Verification failed"
EXPIRED = "the signing certificate is expired"
CHAIN = "Signing Certificate Chain Missing"

KEYS = {"PushCertRequestCSR", "PushCertCertificateChain", "PushCertSignature"}
VENDOR_MARKER = x509.ObjectIdentifier("1.2.840.113635.100.4.12")
BLOCK = r"-----BEGIN CERTIFICATE-----\n((?:[A-Za-z0-9+/]{64}\n)*[A-Za-z0-9+/]{1,64}={0,2}\n)-----END CERTIFICATE-----\n?"
MIME_LINE = 76


class PortalRefused(Exception):
    """What the portal answers, and what it found."""

    def __init__(self, answer, found):
        super().__init__(f"{answer} ({found})")
        self.answer = answer


def require(condition, answer, found):
    if not condition:
        raise PortalRefused(answer, found)


class PushPortal:
    """Trusts `root` alone. One account cannot renew what another one made."""

    def __init__(self, root):
        self.root = root
        self.key = new_key()
        self.issued = {}  # topic: (account, the last certificate)

    def create(self, account, upload):
        """PEM of a certificate with a new topic."""
        return self.issue(account, "com.apple.mgmt.External." + str(uuid.uuid4()), upload)

    def renew(self, account, topic, upload):
        """PEM of a certificate with the same topic."""
        require(self.issued.get(topic, (None,))[0] == account, "no such certificate", f"{topic} is not of {account}")
        return self.issue(account, topic, upload)

    def issue(self, account, topic, upload):
        request = self.check(upload)
        name = x509.Name([x509.NameAttribute(NameOID.USER_ID, topic),
                          x509.NameAttribute(NameOID.COMMON_NAME, "APSP:" + topic.rsplit(".", 1)[1]),
                          x509.NameAttribute(NameOID.COUNTRY_NAME, "US")])
        begin = datetime.datetime.utcnow() - datetime.timedelta(minutes=10)
        certificate = (
            x509.CertificateBuilder().subject_name(name).issuer_name(common_name("Application Integration CA"))
            .public_key(request.public_key()).serial_number(x509.random_serial_number())
            # A renewal ends later than what it renews, also in a test that takes a second.
            .not_valid_before(begin).not_valid_after(begin + 365 * DAY + len(self.issued) * DAY)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH]), critical=False)
            .sign(self.key, hashes.SHA256()))
        self.issued[topic] = (account, certificate)
        return certificate.public_bytes(serialization.Encoding.PEM)

    def check(self, upload):
        """The customer's request in a .req, when all about it is as it should be."""
        strings = read_strings(upload)
        request = read_request(strings["PushCertRequestCSR"])
        vendor = self.check_chain(strings["PushCertCertificateChain"])
        check_signature(vendor.public_key(), base64_line(strings["PushCertSignature"], SIGNATURE),
                        request.public_bytes(serialization.Encoding.DER), hashes.SHA256(), "not signed with SHA-256 by the vendor")
        return request

    def check_chain(self, text):
        """The vendor's certificate of a chain that goes up to the root."""
        require(re.fullmatch(f"(?:{BLOCK})+", text), CHAIN, "not certificates in PEM with lines of 64")
        try:
            chain = [x509.load_der_x509_certificate(base64.b64decode(block)) for block in re.findall(BLOCK, text)]
        except ValueError as error:
            raise PortalRefused(CHAIN, error) from error
        require(len(chain) == 3 and chain[-1] == self.root, CHAIN, "not vendor, intermediate and Apple's root")
        for below, above in zip(chain, chain[1:] + chain[-1:]):
            require(below.issuer == above.subject and is_authority(above), CHAIN, f"{below.subject} and {above.subject}")
            check_signature(above.public_key(), below.signature, below.tbs_certificate_bytes,
                            below.signature_hash_algorithm, f"{below.subject} is not signed by {above.subject}")
            require(is_valid_now(below), EXPIRED, below.subject)
        require(has_extension(chain[0], VENDOR_MARKER), SIGNATURE, "not an MDM vendor's certificate")
        return chain[0]


def read_strings(upload):
    require(re.fullmatch(rb"[A-Za-z0-9+/=\r\n]+", upload), INVALID, "not base64")
    require(all(len(line) <= MIME_LINE for line in upload.splitlines()) or len(upload.splitlines()) == 1, INVALID, "lines")
    try:
        xml = base64.b64decode(re.sub(rb"\r?\n", b"", upload), validate=True)
        require(xml.startswith(b"<?xml"), INVALID, "not an XML property list")
        strings = plistlib.loads(xml, fmt=plistlib.FMT_XML)
    except (binascii.Error, ExpatError, plistlib.InvalidFileException, ValueError) as error:
        raise PortalRefused(INVALID, error) from error
    require(isinstance(strings, dict) and set(strings) <= KEYS, INVALID, "other keys")
    require(strings.get("PushCertCertificateChain"), CHAIN, "no chain")
    require(set(strings) == KEYS and all(isinstance(value, str) for value in strings.values()), INVALID, "not three strings")
    return strings


def base64_line(text, answer):
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise PortalRefused(answer, error) from error


def read_request(text):
    der = base64_line(text, INVALID)
    try:
        request = x509.load_der_x509_csr(der)
    except ValueError as error:
        raise PortalRefused(INVALID, error) from error
    require(request.public_bytes(serialization.Encoding.DER) == der, INVALID, "more than the request")
    require(isinstance(request.public_key(), rsa.RSAPublicKey), INVALID, "no RSA key")
    require(request.public_key().key_size >= 2048, INVALID, "a small key")
    require(request.is_signature_valid, INVALID, "not signed with its own key")
    return request


def check_signature(key, signature, content, digest, found):
    try:
        key.verify(signature, content, padding.PKCS1v15(), digest)
    except InvalidSignature as error:
        raise PortalRefused(SIGNATURE, found) from error


def has_extension(certificate, oid):
    return any(extension.oid == oid for extension in certificate.extensions)


def is_authority(certificate):
    try:
        return certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    except x509.ExtensionNotFound:
        return False


def is_valid_now(certificate):
    return certificate.not_valid_before <= datetime.datetime.utcnow() <= certificate.not_valid_after
