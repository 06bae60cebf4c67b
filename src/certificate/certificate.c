#include "certificate/certificate.h"

#include "base/clock.h"
#include "base/memory.h"
#include "base/secret.h"
#include "crypto/random.h"

#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum {
	SELF_SIGNED_DAYS = 365,
	SERIAL_SIZE = 16,
	HOST_MAX = 255,       /* RFC 1035 2.3.4 */
	COMMON_NAME_MAX = 64, /* RFC 5280 appendix A.1, ub-common-name */
	CHAIN_MAX = 16,
	FILE_MAX = 256 * 1024,
	SECONDS_PER_DAY = 24 * 60 * 60,
};

struct certificate {
	atomic_int references;
	X509 *x509;
	EVP_PKEY *key;
	STACK_OF(X509) *chain;
	struct span der;
};

static void free_bio(BIO **bio)
{
	BIO_free(*bio);
}

static void drop(struct certificate **certificate)
{
	certificate_free(*certificate);
}

static void free_key(EVP_PKEY **key)
{
	EVP_PKEY_free(*key);
}

/* Takes over `x509`, `key` and `chain` (which may be NULL), also when it fails. */
static enum reason assemble(X509 *x509, EVP_PKEY *key, STACK_OF(X509) *chain, struct certificate **made)
{
	CLEANUP(drop) struct certificate *certificate = memory_allocate(sizeof(*certificate));

	if (!certificate) {
		X509_free(x509);
		EVP_PKEY_free(key);
		sk_X509_pop_free(chain, X509_free);
		return REASON_OUT_OF_MEMORY;
	}
	*certificate = (struct certificate) { .references = 1, .x509 = x509, .key = key, .chain = chain };
	if (!x509 || !key || X509_check_private_key(x509, key) != 1)
		return REASON_CERTIFICATE_UNUSABLE;
	certificate->der = certificate_encode(x509);
	if (!certificate->der.data)
		return REASON_OUT_OF_MEMORY;
	*made = certificate;
	certificate = NULL;
	return REASON_OK;
}

static bool read_whole(int descriptor, struct secret *contents)
{
	size_t done = 0;

	while (done < contents->size) {
		ssize_t got = read(descriptor, contents->data + done, contents->size - done);

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return false;
		done += (size_t)got;
	}
	return true;
}

/* A regular file of a size that makes sense: a FIFO would keep us waiting. There may be a key in it. */
static bool read_file(const char *path, struct secret *contents)
{
	int descriptor = path ? open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY) : -1;
	struct stat status;
	bool read;

	if (descriptor < 0)
		return false;
	read = fstat(descriptor, &status) == 0 && S_ISREG(status.st_mode) && status.st_size <= FILE_MAX &&
	       secret_allocate(contents, (size_t)status.st_size) && read_whole(descriptor, contents);
	close(descriptor);
	return read;
}

static BIO *open_pem(const struct secret *contents)
{
	return BIO_new_mem_buf(contents->data ? (const void *)contents->data : "", (int)contents->size);
}

/* OpenSSL's own answer would be to ask on the terminal. */
static int no_passphrase(char *to, int size, int writing, void *argument)
{
	(void)to, (void)size, (void)writing, (void)argument;
	return -1;
}

/* Whether the last read ended because no certificate was left: anything else is a part of the file we cannot read. */
static bool at_end(void)
{
	unsigned long error = ERR_peek_last_error();

	return ERR_GET_LIB(error) == ERR_LIB_PEM && ERR_GET_REASON(error) == PEM_R_NO_START_LINE;
}

/* False: the file holds something that is no certificate, or too many of them. */
static bool read_chain(BIO *bio, STACK_OF(X509) *chain)
{
	X509 *above;

	while ((above = PEM_read_bio_X509(bio, NULL, no_passphrase, NULL)))
		if (sk_X509_num(chain) == CHAIN_MAX || !sk_X509_push(chain, above)) {
			X509_free(above);
			return false;
		}
	return at_end();
}

static enum reason read_pem(BIO *certificates, BIO *keys, struct certificate **made)
{
	STACK_OF(X509) *chain = sk_X509_new_null();
	X509 *leaf = PEM_read_bio_X509(certificates, NULL, no_passphrase, NULL);

	if (!chain || !leaf || !read_chain(certificates, chain)) {
		X509_free(leaf);
		sk_X509_pop_free(chain, X509_free);
		return REASON_CERTIFICATE_UNUSABLE;
	}
	return assemble(leaf, PEM_read_bio_PrivateKey(keys, NULL, no_passphrase, NULL), chain, made);
}

enum reason certificate_from_pem(const char *certificate_path, const char *key_path,
				 struct certificate **made)
{
	CLEANUP(secret_wipe) struct secret certificate_file = { 0 }, key_file = { 0 };
	CLEANUP(free_bio) BIO *certificates = NULL, *keys = NULL;
	enum reason reason = REASON_CERTIFICATE_UNUSABLE;

	if (!read_file(certificate_path, &certificate_file) || !read_file(key_path, &key_file))
		return REASON_CERTIFICATE_UNUSABLE;
	certificates = open_pem(&certificate_file);
	keys = open_pem(&key_file);
	if (certificates && keys)
		reason = read_pem(certificates, keys, made);
	ERR_clear_error(); /* the queue is the thread's, and the end of a file is an error to OpenSSL */
	return reason;
}

static void free_pkcs12(PKCS12 **file)
{
	PKCS12_free(*file);
}

/* The whole of `bytes`, and nothing behind it. */
static PKCS12 *decode_pkcs12(struct slice bytes)
{
	const uint8_t *at = bytes.data;
	PKCS12 *file = bytes.size <= FILE_MAX ? d2i_PKCS12(NULL, &at, (long)bytes.size) : NULL;

	if (file && at == bytes.data + bytes.size)
		return file;
	PKCS12_free(file);
	return NULL;
}

enum reason certificate_from_pkcs12(struct slice bytes, const char *password, struct certificate **made)
{
	CLEANUP(free_pkcs12) PKCS12 *file = decode_pkcs12(bytes);
	enum reason reason = REASON_CERTIFICATE_UNUSABLE;
	STACK_OF(X509) *chain = NULL;
	EVP_PKEY *key = NULL;
	X509 *leaf = NULL;

	if (file && PKCS12_parse(file, password, &key, &leaf, &chain) == 1)
		reason = assemble(leaf, key, chain, made);
	ERR_clear_error();
	return reason;
}

enum reason certificate_from_pkcs12_file(const char *path, const char *password, struct certificate **made)
{
	CLEANUP(secret_wipe) struct secret contents = { 0 };

	if (!read_file(path, &contents))
		return REASON_CERTIFICATE_UNUSABLE;
	return certificate_from_pkcs12(secret_slice(&contents), password, made);
}

static void free_key_context(EVP_PKEY_CTX **context)
{
	EVP_PKEY_CTX_free(*context);
}

static bool set_key_parameters(EVP_PKEY_CTX *context, enum certificate_key_type type)
{
	return type == CERTIFICATE_RSA_2048
		       ? EVP_PKEY_CTX_set_rsa_keygen_bits(context, 2048) == 1
		       : EVP_PKEY_CTX_set_ec_paramgen_curve_nid(context, NID_X9_62_prime256v1) == 1;
}

static EVP_PKEY *generate_key(enum certificate_key_type type)
{
	CLEANUP(free_key_context)
	EVP_PKEY_CTX *context =
		EVP_PKEY_CTX_new_id(type == CERTIFICATE_RSA_2048 ? EVP_PKEY_RSA : EVP_PKEY_EC, NULL);
	EVP_PKEY *key = NULL;

	if (!context || EVP_PKEY_keygen_init(context) != 1 || !set_key_parameters(context, type) ||
	    EVP_PKEY_keygen(context, &key) != 1)
		return NULL;
	return key;
}

static bool set_serial(X509 *x509, uint8_t serial[SERIAL_SIZE])
{
	BIGNUM *number;
	bool done;

	serial[0] = (uint8_t)((serial[0] & 0x7F) | 0x40); /* positive, never short: RFC 5280 4.1.2.2 */
	number = BN_bin2bn(serial, SERIAL_SIZE, NULL);
	done = number && BN_to_ASN1_INTEGER(number, X509_get_serialNumber(x509));
	BN_free(number);
	return done;
}

static bool add_extension(X509 *x509, int nid, const char *value)
{
	X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, NULL, nid, value);
	bool done = extension && X509_add_ext(x509, extension, -1);

	X509_EXTENSION_free(extension);
	return done;
}

/* Built by hand: the text form of X509V3_EXT_conf_nid would let a host name with commas add names of its own. */
static bool add_host_name(X509 *x509, const char *host)
{
	GENERAL_NAMES *names = GENERAL_NAMES_new();
	GENERAL_NAME *name = GENERAL_NAME_new();
	ASN1_IA5STRING *text = ASN1_IA5STRING_new();
	bool done = false;

	if (names && name && text && ASN1_STRING_set(text, host, -1)) {
		GENERAL_NAME_set0_value(name, GEN_DNS, text);
		text = NULL;
		if (sk_GENERAL_NAME_push(names, name)) {
			name = NULL;
			done = X509_add1_ext_i2d(x509, NID_subject_alt_name, names, 0, 0) == 1;
		}
	}
	ASN1_IA5STRING_free(text);
	GENERAL_NAME_free(name);
	GENERAL_NAMES_free(names);
	return done;
}

/* A certificate's key usage: RFC 5480 section 3 has no encipherment for elliptic curves. */
static const char *key_usage(enum certificate_key_type type)
{
	return type == CERTIFICATE_RSA_2048 ? "critical,digitalSignature,keyEncipherment"
					    : "critical,digitalSignature";
}

static bool set_dates(X509 *x509, int64_t now)
{
	int64_t seconds = (now - CLOCK_UNIX_EPOCH) / CLOCK_TICKS_PER_SECOND;
	int day = (int)(seconds / SECONDS_PER_DAY);
	long second = (long)(seconds % SECONDS_PER_DAY);
	time_t epoch = 0; /* of 32 bits it ends in 2038; a date does not */

	/* A client's clock may be behind ours. */
	return X509_time_adj_ex(X509_getm_notBefore(x509), day - 1, second, &epoch) &&
	       X509_time_adj_ex(X509_getm_notAfter(x509), day + SELF_SIGNED_DAYS, second, &epoch);
}

static bool set_names(X509 *x509, const char *host)
{
	X509_NAME *name = X509_get_subject_name(x509);
	size_t shown = strnlen(host, COMMON_NAME_MAX);

	return X509_NAME_add_entry_by_NID(name, NID_commonName, MBSTRING_ASC, (const uint8_t *)host,
					  (int)shown, -1, 0) &&
	       X509_set_issuer_name(x509, name) && add_host_name(x509, host);
}

static X509 *self_sign(const char *host, EVP_PKEY *key, enum certificate_key_type type, int64_t now,
		       uint8_t serial[SERIAL_SIZE])
{
	X509 *x509 = X509_new();

	if (x509 && X509_set_version(x509, X509_VERSION_3) && set_serial(x509, serial) &&
	    set_dates(x509, now) && X509_set_pubkey(x509, key) && set_names(x509, host) &&
	    add_extension(x509, NID_basic_constraints, "critical,CA:FALSE") &&
	    add_extension(x509, NID_key_usage, key_usage(type)) &&
	    add_extension(x509, NID_ext_key_usage, "serverAuth") && X509_sign(x509, key, EVP_sha256()) > 0)
		return x509;
	X509_free(x509);
	return NULL;
}

/* What a dNSName can hold (RFC 5280 4.2.1.6 has IA5String). */
static bool is_host_name(const char *host)
{
	size_t size = host ? strnlen(host, HOST_MAX + 1) : 0;

	for (size_t i = 0; i < size; i++)
		if (host[i] <= ' ' || host[i] > '~')
			return false;
	return size > 0 && size <= HOST_MAX;
}

enum reason certificate_self_signed(const char *host, enum certificate_key_type type,
				    struct certificate **made)
{
	CLEANUP(free_key) EVP_PKEY *key = NULL;
	uint8_t serial[SERIAL_SIZE];
	enum reason reason = REASON_CRYPTO_FAILED;
	int64_t now = clock_now();
	X509 *x509;

	if (!is_host_name(host) || (type != CERTIFICATE_RSA_2048 && type != CERTIFICATE_P256))
		return REASON_CERTIFICATE_UNUSABLE;
	if (now < 0)
		return REASON_NO_CLOCK;
	if (!random_bytes(serial, sizeof(serial)))
		return REASON_NO_RANDOM;
	key = generate_key(type);
	x509 = key ? self_sign(host, key, type, now, serial) : NULL;
	if (x509) {
		EVP_PKEY_up_ref(key);
		reason = assemble(x509, key, NULL, made);
	}
	ERR_clear_error();
	return reason;
}

struct certificate *certificate_hold(const struct certificate *certificate)
{
	struct certificate *held = (struct certificate *)(uintptr_t)certificate;

	if (held)
		atomic_fetch_add_explicit(&held->references, 1, memory_order_relaxed);
	return held;
}

void certificate_free(struct certificate *certificate)
{
	if (!certificate || atomic_fetch_sub_explicit(&certificate->references, 1, memory_order_acq_rel) > 1)
		return;
	X509_free(certificate->x509);
	EVP_PKEY_free(certificate->key);
	sk_X509_pop_free(certificate->chain, X509_free);
	certificate_free_der(certificate->der);
	memory_free(certificate);
}

X509 *certificate_x509(const struct certificate *certificate)
{
	return certificate->x509;
}

EVP_PKEY *certificate_key(const struct certificate *certificate)
{
	return certificate->key;
}

X509 *certificate_chain(const struct certificate *certificate, size_t i)
{
	return sk_X509_value(certificate->chain, (int)i); /* NULL behind the end, and of no stack */
}

struct slice certificate_der(const struct certificate *certificate)
{
	return slice_of(certificate->der.data, certificate->der.size);
}

int64_t certificate_expiry(const struct certificate *certificate)
{
	const ASN1_TIME *end = X509_get0_notAfter(certificate->x509);
	ASN1_TIME *epoch = ASN1_TIME_set(NULL, 0);
	int days = 0, seconds = 0;
	bool told = epoch && ASN1_TIME_diff(&days, &seconds, epoch, end) == 1;

	ASN1_TIME_free(epoch);
	if (!told)
		return 0;
	return CLOCK_UNIX_EPOCH + ((int64_t)days * SECONDS_PER_DAY + seconds) * CLOCK_TICKS_PER_SECOND;
}

struct slice certificate_public_key(const X509 *x509)
{
	const ASN1_BIT_STRING *bits = X509_get0_pubkey_bitstr(x509);

	if (!bits)
		return slice_of(NULL, 0);
	return slice_of(ASN1_STRING_get0_data(bits), (size_t)ASN1_STRING_length(bits));
}

struct span certificate_encode(const X509 *x509)
{
	uint8_t *der = NULL;
	int size = i2d_X509(x509, &der);

	return size > 0 ? (struct span) { der, (size_t)size } : (struct span) { NULL, 0 };
}

void certificate_free_der(struct span der)
{
	OPENSSL_free(der.data);
}
