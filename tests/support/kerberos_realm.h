/*
 * A realm without a KDC: krb5.conf, a keytab, and tickets made with its keys, so that both roles run without a network.
 * Times are real ones, which MIT reads by itself.
 */
#ifndef OPENSSPI_TESTS_SUPPORT_KERBEROS_REALM_H
#define OPENSSPI_TESTS_SUPPORT_KERBEROS_REALM_H

#include "support/side.h"

#include <krb5.h>

#define KERBEROS_REALM  "EXAMPLE.TEST"
#define KERBEROS_HOST   "server.example.test"
#define KERBEROS_TARGET "TERMSRV/server.example.test"

/* What a KDC of a directory puts into a PAC beside the client's name, and signs. An empty one is left out. */
struct kerberos_pac {
	struct slice logon_info, upn_dns_info, requestor;
	bool forged;        /* signed with another key than the service's */
	const char *client; /* whom it names; NULL: the ticket's client */
};

/* What a ticket is made of; kerberos_ticket() is the usual one. Times are seconds from now. */
struct kerberos_ticket {
	const char *client, *service; /* principals with their realms */
	krb5_enctype encryption, session_encryption;
	unsigned key_version;           /* of the keytab: KERBEROS_KEY_VERSION */
	bool other_key;                 /* than the keytab's */
	const char *key_of;             /* another service, whose key it is sealed with; NULL: its own */
	int start, end;                 /* as the service reads them; the client's copy is always good */
	int clock;                      /* how far the client's clock is ahead */
	const struct kerberos_pac *pac; /* NULL: none */
};

enum { KERBEROS_KEY_VERSION = 3 };

/* krb5.conf for this process, with further lines in the realm's section ("" for none). Before anything of MIT runs. */
void kerberos_realm_start(const char *lines);
/* The same, and no other type of encryption than this is permitted: keys that both sides agree on are of it too. */
void kerberos_realm_permit(krb5_enctype encryption);
/* TERMSRV, HTTP, HOST, ldap and a user's key on KERBEROS_HOST; made once. */
const char *kerberos_keytab(void);
/* One with these services alone. NULL at the end. */
const char *kerberos_keytab_of(const char *name, const char *const *principals);

struct kerberos_ticket kerberos_ticket(void);
/* A cache with this ticket, by the name that OPENSSPI_OPTIONS takes; kept until the program ends. */
const char *kerberos_cache(const struct kerberos_ticket *ticket);

/* Requests of both sides, for side_start. */
struct acquire_request kerberos_accept_request(void);
struct acquire_request kerberos_initiate_request(const char *cache);

/* Channel bindings in the form that is hashed (RFC 4121 4.1.1.2). */
struct slice kerberos_bindings(const char *application_data);

#endif
