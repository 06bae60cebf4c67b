/* A certification authority of the tests: PEM files of certificates that it signed, valid at the real time. */
#ifndef OPENSSPI_TESTS_SUPPORT_TEST_CA_H
#define OPENSSPI_TESTS_SUPPORT_TEST_CA_H

#include <opensspi/opensspi.h>

struct test_ca_wish {
	const char *name;              /* commonName, and the name of the files */
	const char *host;              /* a dNSName; NULL: none */
	const char *principal;         /* szOID_NT_PRINCIPAL_NAME; NULL: none */
	const char *another_principal; /* a second one */
	int days;                      /* valid from `days` ago, or for so many; 0: a year from yesterday */
	const char *digest;            /* of the signature; NULL: SHA256 */
	int rsa;                       /* 2048 bits in place of P-256 */
};

/* The authority's own certificate. */
const char *test_ca_file(void);
/* Certificate and key in one PEM file; its path. */
const char *test_ca_issue(const struct test_ca_wish *wish);
/* The same as a context with its key. */
PCCERT_CONTEXT test_ca_certificate(const struct test_ca_wish *wish);
/* The same as PKCS#12 with a password (NULL: none), the authority's certificate as its chain; its path. */
const char *test_ca_pkcs12(const struct test_ca_wish *wish, const char *password);

#endif
