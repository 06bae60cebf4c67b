/* What a certificate says of its subject. */
#include "base/utf16.h"
#include "certificate/certificate.h"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

bool certificate_is_for(const X509 *x509, const char *host)
{
	bool is = X509_check_host((X509 *)(uintptr_t)x509, host, 0, 0, NULL) == 1;

	ERR_clear_error();
	return is;
}

/* RFC 5929 4.1: the digest of its signature; SHA-256 where that is MD5 or SHA-1. */
size_t certificate_end_point(const X509 *x509, uint8_t digest[CERTIFICATE_DIGEST_MAX])
{
	int nid = NID_undef;
	unsigned size = 0;
	const EVP_MD *algorithm;

	if (!x509 || X509_get_signature_info((X509 *)(uintptr_t)x509, &nid, NULL, NULL, NULL) != 1)
		return 0;
	if (nid == NID_md5 || nid == NID_sha1)
		nid = NID_sha256;
	algorithm = EVP_get_digestbynid(nid);
	_Static_assert(EVP_MAX_MD_SIZE <= CERTIFICATE_DIGEST_MAX, "every digest has room");
	return algorithm && X509_digest(x509, algorithm, digest, &size) == 1 ? size : 0;
}

static void free_text(BIO **bio)
{
	BIO_free(*bio);
}

static void write_text(const X509_NAME *name, struct byte_writer *out)
{
	const unsigned long form = (XN_FLAG_ONELINE & ~(unsigned long)XN_FLAG_SPC_EQ & ~ASN1_STRFLGS_ESC_MSB);
	CLEANUP(free_text) BIO *text = BIO_new(BIO_s_mem());
	char *data;
	long size;

	if (!text || X509_NAME_print_ex(text, name, 0, form) < 0) {
		out->failed = true;
		return;
	}
	size = BIO_get_mem_data(text, &data);
	if (!utf16_from_utf8(out, slice_of(data, (size_t)size)))
		out->failed = true;
}

void certificate_write_subject(const X509 *x509, struct byte_writer *out)
{
	write_text(X509_get_subject_name(x509), out);
}

void certificate_write_issuer(const X509 *x509, struct byte_writer *out)
{
	write_text(X509_get_issuer_name(x509), out);
}

void certificate_write_name(const X509_NAME *name, struct byte_writer *out)
{
	const uint8_t *der;
	size_t size;

	if (X509_NAME_get0_der(name, &der, &size) == 1)
		writer_bytes(out, slice_of(der, size));
	else
		out->failed = true;
}

/* --- szOID_NT_PRINCIPAL_NAME */

static bool is_principal_name(const GENERAL_NAME *name)
{
	return name->type == GEN_OTHERNAME && OBJ_obj2nid(name->d.otherName->type_id) == NID_ms_upn &&
	       name->d.otherName->value->type == V_ASN1_UTF8STRING;
}

static void free_names(GENERAL_NAMES **names)
{
	GENERAL_NAMES_free(*names);
}

bool certificate_principal_name(const X509 *x509, struct byte_writer *utf8)
{
	CLEANUP(free_names)
	GENERAL_NAMES *names = X509_get_ext_d2i(x509, NID_subject_alt_name, NULL, NULL);
	const ASN1_UTF8STRING *found = NULL;
	int count = names ? sk_GENERAL_NAME_num(names) : 0;

	ERR_clear_error();
	for (int i = 0; i < count; i++) {
		const GENERAL_NAME *name = sk_GENERAL_NAME_value(names, i);

		if (!is_principal_name(name))
			continue;
		if (found)
			return false;
		found = name->d.otherName->value->value.utf8string;
	}
	if (!found)
		return false;
	writer_bytes(utf8, slice_of(ASN1_STRING_get0_data(found), (size_t)ASN1_STRING_length(found)));
	return writer_ok(utf8);
}

/* --- Keys */

const char *certificate_key_name(const X509 *x509)
{
	const EVP_PKEY *key = x509 ? X509_get0_pubkey(x509) : NULL;

	switch (key ? EVP_PKEY_get_base_id(key) : EVP_PKEY_NONE) {
	case EVP_PKEY_RSA:
	case EVP_PKEY_RSA_PSS:
		return "RSA";
	case EVP_PKEY_EC:
		return "ECDSA";
	default:
		return "";
	}
}

uint32_t certificate_key_bits(const X509 *x509)
{
	const EVP_PKEY *key = X509_get0_pubkey(x509);

	return key ? (uint32_t)EVP_PKEY_get_bits(key) : 0;
}
