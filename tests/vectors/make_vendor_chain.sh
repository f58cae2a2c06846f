#!/bin/sh
# Makes the files of vendor-chain/ with openssl(1): an MDM vendor's certificate with the two above it, shaped as Apple's
# are, and a customer's request. They are checked in; run this only to change them.
set -eu
mkdir -p "$(dirname "$0")/vendor-chain"
cd "$(dirname "$0")/vendor-chain"
request() { # NAME SUBJECT
  openssl req -new -newkey rsa:2048 -noenc -keyout "$1.key" -subj "$2" -out "$1.csr" 2> /dev/null
}
certify() { # NAME ISSUER SERIAL EXTENSIONS
  printf '%b' "$4" > extensions
  openssl x509 -req -in "$1.csr" -CA "$2.pem" -CAkey "$2.key" -days 20000 -set_serial "$3" -extfile extensions \
    -out "$1.pem" 2> /dev/null
}
openssl req -x509 -newkey rsa:2048 -noenc -keyout root.key -out root.pem -days 20000 -subj "/CN=Not Apple Root CA" \
  -addext "keyUsage=critical,keyCertSign,cRLSign" 2> /dev/null
request intermediate "/CN=Not Apple Worldwide Developer Relations Certification Authority/OU=G3/O=Not Apple/C=US"
certify intermediate root 2 "basicConstraints=critical,CA:TRUE,pathlen:0\nkeyUsage=critical,keyCertSign,cRLSign\n"
request vendor "/UID=ABCDE12345/CN=MDM Vendor: Example Ltd/O=Example Ltd/C=US"
certify vendor intermediate 3 "basicConstraints=critical,CA:FALSE\n1.2.840.113635.100.4.12=DER:0500\n"
request push "/O=Customer/emailAddress=mdm@customer.example"
rm -f extensions intermediate.csr intermediate.key vendor.csr root.key push.key
