/* Certificates and their keys: the only room that includes x509.h. */
#ifndef OPENSSPI_CERTIFICATE_CERTIFICATE_H
#define OPENSSPI_CERTIFICATE_CERTIFICATE_H

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
enum reason certificate_self_signed(const char *host, enum certificate_key_type type,
				    struct certificate **made);
struct certificate *certificate_hold(struct certificate *certificate);
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
/* DER, allocated by OpenSSL: freed with certificate_free_der. Empty on failure. */
struct span certificate_encode(const X509 *x509);
void certificate_free_der(struct span der);

#endif
