/* The command line of `opensspi connect`. */
#ifndef OPENSSPI_PROGRAMS_OPENSSPI_CONNECT_SETTINGS_H
#define OPENSSPI_PROGRAMS_OPENSSPI_CONNECT_SETTINGS_H

#include "verb.h"

#include <stdbool.h>
#include <stdint.h>

enum { CONNECT_NAME_SIZE = 1100, CONNECT_PIN_SIZE = 32 };

/* Who says that the server is the one that is meant; package CREDSSP. */
enum trust {
	TRUST_SYSTEM, /* the trust store of this machine */
	TRUST_FILE,   /* --cafile */
	TRUST_PIN,    /* --pin */
	TRUST_NOBODY, /* --insecure */
};

struct connect_settings {
	const char *server; /* HOST:PORT */
	const char *package, *policy;
	const char *user, *domain;
	const char *password_file; /* NULL: standard input, or the terminal */
	const char *ticket_cache;  /* NULL: the user and the password log on */
	const char *kdc_proxy;     /* NULL: the KDCs that krb5.conf and DNS name */
	const char *trusted_file;
	uint32_t credssp_version; /* 0: the library's own highest */
	enum trust trust;
	uint8_t pin[CONNECT_PIN_SIZE]; /* SHA-256 of the server's certificate */
	bool rdp, spnego, kerberos_only, delegate, json;
	char target[CONNECT_NAME_SIZE];
	char domain_of_user[CONNECT_NAME_SIZE]; /* where --user holds both */
};

/* False: the command ends with `ended`, and everything is said. */
NODISCARD bool connect_settings_read(int count, char **words, struct connect_settings *settings,
				     enum exit_status *ended);

#endif
