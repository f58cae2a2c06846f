#!/bin/sh
# Makes the files of key-material/ with openssl(1): one push-like pair in every form that a person may hand over.
# They are checked in, so that tests need no openssl of a certain version; run this only to change them.
set -eu
mkdir -p "$(dirname "$0")/key-material"
cd "$(dirname "$0")/key-material"
openssl req -x509 -newkey rsa:2048 -noenc -keyout ca.key -out ca.pem -days 20000 -subj "/CN=Not Apple" 2> /dev/null
openssl req -new -newkey rsa:2048 -noenc -keyout push.key -out push.csr -subj "/O=Example/emailAddress=mdm@example.com" 2> /dev/null
certify() { # NAME SUBJECT EXTENSION: with a subject that is not the request's
  openssl req -new -key push.key -subj "$2" -out other.csr
  printf '%b' "$3" > extensions
  openssl x509 -req -in other.csr -CA ca.pem -CAkey ca.key -days 20000 -set_serial 7 -extfile extensions -out "$1" 2> /dev/null
}
certify push.pem "/UID=com.apple.mgmt.External.0f1e2d3c/CN=APSP:0f1e2d3c/C=US" "1.2.840.113635.100.6.3.2=DER:0500\n"
certify app.pem "/UID=com.example.app/CN=Apple Push Services: com.example.app" "1.2.840.113635.100.6.3.1=DER:0500\n"
certify vendor.pem "/CN=MDM Vendor: Example" "1.2.840.113635.100.4.12=DER:0500\n"
openssl pkcs12 -export -in push.pem -inkey push.key -certfile ca.pem -passout pass:secret -out modern.p12
openssl pkcs12 -export -legacy -in push.pem -inkey push.key -certfile ca.pem -passout pass:secret -out legacy.p12
openssl pkcs12 -export -in push.pem -inkey push.key -passout pass: -out no-passphrase.p12
openssl crl2pkcs7 -nocrl -certfile push.pem -certfile ca.pem -outform DER -out both.p7b
openssl rsa -in push.key -traditional -aes128 -passout pass:secret -out legacy.key 2> /dev/null
openssl pkcs8 -topk8 -in push.key -scrypt -passout pass:secret -out scrypt.key
# Line ends lost, as some tools write it, and the key first.
{ cat push.key; cat push.pem; } | tr -d '\n' | sed 's/-----BEGIN [A-Z ]*-----/&\n/g; s/-----END/\n&/g' > mushed.pem
rm -f ca.key extensions other.csr
