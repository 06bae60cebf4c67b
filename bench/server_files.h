/* What a server needs, made for this run: a key with its certificate, and an account file. OpenSSL's and ours alike. */
#ifndef OPENSSPI_BENCH_SERVER_FILES_H
#define OPENSSPI_BENCH_SERVER_FILES_H

#include <openssl/x509.h>

#define BENCH_HOST     "server.example.test"
#define BENCH_DOMAIN   "CORP"
#define BENCH_USER     "alice"
#define BENCH_PASSWORD "Passw0rd!"

enum key_type { KEY_P256, KEY_RSA_2048, KEY_TYPE_COUNT };

extern const char *const key_type_names[KEY_TYPE_COUNT];

struct server_files {
	char folder[32], pem[64], accounts[64]; /* certificate and key lie in one file */
	EVP_PKEY *key;
	X509 *certificate;
};

void server_files_make(struct server_files *files, enum key_type type);
void server_files_remove(struct server_files *files);

#endif
