// The `openssl.cnf` that lies in every CA directory: with it `openssl ca -config DIR/openssl.cnf` works from anywhere on
// the same files, and makes certificates of the same profiles.

/**
 * The text of the file.
 *
 * @param directory absolute path: openssl takes relative ones from where it is started.
 */
export function printOpensslConfig(directory: string): string {
  return `# Written once by "mutual ca", which does not read it. With it openssl works on the same CA:
#   openssl ca -config ${directory}/openssl.cnf -revoke client-a.crt
#   openssl ca -config ${directory}/openssl.cnf -gencrl -out ca.crl
# Change "dir" when the directory moves.

[ca]
default_ca = mutual

[mutual]
dir = ${escapeValue(directory)}
certificate = $dir/ca.crt
private_key = $dir/private/ca.key
database = $dir/index.txt
new_certs_dir = $dir/newcerts
serial = $dir/serial
rand_serial = yes
crlnumber = $dir/crlnumber
crl = $dir/ca.crl
default_md = default
default_days = 397
default_crl_days = 30
policy = any_subject
preserve = yes
unique_subject = no
copy_extensions = none
string_mask = utf8only
utf8 = yes
x509_extensions = client
crl_extensions = crl

[any_subject]
countryName = optional
stateOrProvinceName = optional
localityName = optional
organizationName = optional
organizationalUnitName = optional
commonName = optional
emailAddress = optional

[req]
distinguished_name = empty_subject
string_mask = utf8only
utf8 = yes

[empty_subject]

[root]
basicConstraints = critical, CA:TRUE, pathlen:0
keyUsage = critical, keyCertSign, cRLSign
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid:always

[client]
basicConstraints = critical, CA:FALSE
keyUsage = critical, digitalSignature
extendedKeyUsage = clientAuth
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid

[server]
basicConstraints = critical, CA:FALSE
keyUsage = critical, digitalSignature
extendedKeyUsage = serverAuth
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid

[crl]
authorityKeyIdentifier = keyid:always
`;
}

/** openssl expands `$` and reads `\\` and `#` in values. */
function escapeValue(text: string): string {
  return text.replaceAll(/[\\$#"']/g, '\\$&');
}
