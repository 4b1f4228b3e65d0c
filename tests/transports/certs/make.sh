#!/bin/sh
# Makes the certificates of the TLS tests; they last for a hundred years, but for the one that has expired.
# They protect nothing: the keys are public. Run it in this folder.
set -eu
new_key() { openssl ecparam -name prime256v1 -genkey -noout -out "$1.key"; }
work=$(mktemp -d)
touch "$work/index"
cat >"$work/ca.cnf" <<CNF
[ca]
default_ca = test
[test]
database = $work/index
new_certs_dir = $work
rand_serial = yes
default_md = sha256
policy = any
unique_subject = no
[any]
commonName = supplied
[authority]
basicConstraints = critical,CA:TRUE
keyUsage = critical,keyCertSign,cRLSign
subjectKeyIdentifier = hash
[server]
basicConstraints = CA:FALSE
extendedKeyUsage = serverAuth
authorityKeyIdentifier = keyid
subjectAltName = \${ENV::NAMES}
CNF
sign() { # name, names, start, end, further options
    name=$1 NAMES=$2 start=$3 end=$4
    export NAMES
    shift 4
    [ -e "$name.key" ] || new_key "$name"
    openssl req -new -key "$name.key" -subj "/CN=mailproc test: $name" -out "$work/$name.csr"
    openssl ca -batch -notext -config "$work/ca.cnf" -extensions server -startdate "$start" -enddate "$end" \
        -in "$work/$name.csr" -out "$name.pem" "$@" 2>/dev/null
    cat "$name.key" >>"$name.pem"
    rm "$name.key"
}
NAMES=DNS:none
export NAMES
for authority in authority stranger; do
    new_key "$authority"
    openssl req -new -key "$authority.key" -subj "/CN=mailproc test $authority" -out "$work/$authority.csr"
    openssl ca -batch -notext -config "$work/ca.cnf" -extensions authority -selfsign -keyfile "$authority.key" \
        -startdate 20260101000000Z -enddate 21260101000000Z -in "$work/$authority.csr" -out "$authority.pem" 2>/dev/null
done
long="20260101000000Z 21260101000000Z"
ours="-cert authority.pem -keyfile authority.key"
sign good DNS:localhost,IP:127.0.0.1 $long $ours
sign wrong_host DNS:mail.example.org $long $ours
sign expired DNS:localhost,IP:127.0.0.1 20200101000000Z 20210101000000Z $ours
sign unknown_authority DNS:localhost,IP:127.0.0.1 $long -cert stranger.pem -keyfile stranger.key
new_key self_signed
sign self_signed DNS:localhost,IP:127.0.0.1 $long -selfsign -keyfile self_signed.key
rm -rf authority.key stranger.key stranger.pem "$work"
