/* Certificates and their keys: the only room that includes x509.h. */
#ifndef OPENSSPI_CERTIFICATE_CERTIFICATE_H
#define OPENSSPI_CERTIFICATE_CERTIFICATE_H

#include "base/byte_writer.h"
#include "base/compiler.h"
#include "base/reason.h"
#include "base/slice.h"

#include <openssl/types.h>

/* Immutable, counted by reference. */
struct certificate;

enum certificate_key_type { CERTIFICATE_RSA_2048 = 1, CERTIFICATE_P256 = 2 };

/* PEM files: the leaf first, then its chain; the key unencrypted. REASON_CERTIFICATE_UNUSABLE, OUT_OF_MEMORY. */
enum reason certificate_from_pem(const char *certificate_path, const char *key_path,
				 struct certificate **made);
/* PKCS#12 (RFC 7292): the leaf, its key and its chain. `password`: UTF-8, or NULL for none. The same reasons. */
enum reason certificate_from_pkcs12_file(const char *path, const char *password, struct certificate **made);
enum reason certificate_from_pkcs12(struct slice bytes, const char *password, struct certificate **made);
enum reason certificate_self_signed(const char *host, enum certificate_key_type type,
				    struct certificate **made);
/* One reference more; nothing else of it changes. */
struct certificate *certificate_hold(const struct certificate *certificate);
void certificate_free(struct certificate *certificate);

X509 *certificate_x509(const struct certificate *certificate);
EVP_PKEY *certificate_key(const struct certificate *certificate);
/* The i-th certificate of the chain above the leaf, or NULL. */
X509 *certificate_chain(const struct certificate *certificate, size_t i);
struct slice certificate_der(const struct certificate *certificate);
/* FILETIME, UTC; 0 if it cannot be told. */
int64_t certificate_expiry(const struct certificate *certificate);

/*
 * The contents of subjectPublicKeyInfo.subjectPublicKey, without the octet of unused bits: what CredSSP calls the
 * public key (MS-CSSP 3.1.5; not the SubjectPublicKeyInfo). Borrows from `x509`.
 */
struct slice certificate_public_key(const X509 *x509);
/* --- What a certificate says (names.c). Texts are UTF-16LE unless told otherwise. */

/* Whether it is for the host, by its names (RFC 6125). */
bool certificate_is_for(const X509 *x509, const char *host);
/* RFC 5929 4.1: the digest that stands for it; 0: none is defined. */
enum { CERTIFICATE_DIGEST_MAX = 64 };
size_t certificate_end_point(const X509 *x509, uint8_t digest[CERTIFICATE_DIGEST_MAX]);
/* Appends "C=DE, O=Example, CN=host". `out` fails where there is no memory. */
void certificate_write_subject(const X509 *x509, struct byte_writer *out);
void certificate_write_issuer(const X509 *x509, struct byte_writer *out);
/* Appends a distinguished name in DER. */
void certificate_write_name(const X509_NAME *name, struct byte_writer *out);
/* Appends the one user principal name (UTF-8) of the subject's alternative names. False: there is none, or several. */
bool certificate_principal_name(const X509 *x509, struct byte_writer *utf8);
/* "RSA", "ECDSA"; "" for others. */
const char *certificate_key_name(const X509 *x509);
uint32_t certificate_key_bits(const X509 *x509);

/* DER, allocated by OpenSSL: freed with certificate_free_der. Empty on failure. */
struct span certificate_encode(const X509 *x509);
void certificate_free_der(struct span der);

#endif
