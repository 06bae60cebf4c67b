#include "server_files.h"

#include "samples.h"

#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <opensspi.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum { RSA_BITS = 2048, VALID_SECONDS = 24 * 60 * 60, X509_VERSION_3_NUMBER = 2 };

const char *const key_type_names[KEY_TYPE_COUNT] = { [KEY_P256] = "P-256", [KEY_RSA_2048] = "RSA-2048" };

static X509 *self_signed(EVP_PKEY *key)
{
	X509 *certificate = X509_new();
	X509_NAME *name = X509_get_subject_name(certificate);

	must(X509_set_version(certificate, X509_VERSION_3_NUMBER) &&
		     ASN1_INTEGER_set(X509_get_serialNumber(certificate), 1) &&
		     X509_gmtime_adj(X509_getm_notBefore(certificate), 0) &&
		     X509_gmtime_adj(X509_getm_notAfter(certificate), VALID_SECONDS) &&
		     X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, (const unsigned char *)BENCH_HOST,
						-1, -1, 0) &&
		     X509_set_issuer_name(certificate, name) && X509_set_pubkey(certificate, key) &&
		     X509_sign(certificate, key, EVP_sha256()),
	     "a certificate that signs itself");
	return certificate;
}

static void write_pem(const struct server_files *files)
{
	FILE *out = fopen(files->pem, "w");

	must(out && PEM_write_X509(out, files->certificate) &&
		     PEM_write_PrivateKey(out, files->key, NULL, NULL, 0, NULL, NULL) && fclose(out) == 0,
	     "the key's file");
}

void server_files_make(struct server_files *files, enum key_type type)
{
	(void)snprintf(files->folder, sizeof(files->folder), "/tmp/opensspi-bench-XXXXXX");
	must(mkdtemp(files->folder), "a temporary folder");
	(void)snprintf(files->pem, sizeof(files->pem), "%s/server.pem", files->folder);
	(void)snprintf(files->accounts, sizeof(files->accounts), "%s/accounts", files->folder);
	files->key = type == KEY_P256 ? EVP_EC_gen("P-256") : EVP_RSA_gen(RSA_BITS);
	must(files->key, "a key");
	files->certificate = self_signed(files->key);
	write_pem(files);
	must(OpensspiAccountSet(files->accounts, BENCH_DOMAIN, BENCH_USER, BENCH_PASSWORD, NULL) == SEC_E_OK,
	     "the account file");
}

void server_files_remove(struct server_files *files)
{
	char lock[sizeof(files->accounts) + sizeof(".lock")];

	(void)snprintf(lock, sizeof(lock), "%s.lock", files->accounts);
	(void)unlink(lock);
	(void)unlink(files->accounts);
	(void)unlink(files->pem);
	(void)rmdir(files->folder);
	EVP_PKEY_free(files->key);
	X509_free(files->certificate);
}
