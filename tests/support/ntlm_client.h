/*
 * An NTLM client made by hand, whose every field a test may bend: it shares the arithmetic of src/crypto with our own
 * initiator but not its rules, so that it says what ours never would.
 */
#ifndef OPENSSPI_TESTS_SUPPORT_NTLM_CLIENT_H
#define OPENSSPI_TESTS_SUPPORT_NTLM_CLIENT_H

#include "ntlm/authenticate_message.h"
#include "ntlm/key_schedule.h"

enum client_mic {
	CLIENT_MIC_RIGHT,
	CLIENT_MIC_WRONG,    /* one bit is */
	CLIENT_MIC_ZERO,     /* its place is there and holds zeros */
	CLIENT_MIC_NO_PLACE, /* the payload begins where it would lie */
};

struct ntlm_client {
	/* What it says. Names are UTF-16LE. */
	struct slice user, domain, workstation;
	uint32_t asked, answered; /* NegotiateFlags of its NEGOTIATE and its AUTHENTICATE */
	/* What it computes with; where empty, what it says. */
	struct slice hashed_user, hashed_domain;
	bool hashes_no_domain;
	struct slice password;
	/* AV_PAIRs: the server's unless `own_pairs`, then these, without MsvAvEOL. */
	struct slice pairs, own_pairs;
	bool no_end, announces_mic;
	enum client_mic mic;
	struct slice encrypted_key; /* sent instead of the right one */
	bool sends_no_key;
	/* What it made. Kept until the next call. */
	struct ntlm_session_key exported;
	struct ntlm_keys keys;
	struct byte_writer negotiate, authenticate;
};

/* A client as Windows is one: signs, seals, exchanges a key, announces a MIC and sends it. Texts are ASCII. */
struct ntlm_client ntlm_client_of(const char *user, const char *domain, const char *password);
void ntlm_client_wipe(struct ntlm_client *client);

struct slice ntlm_client_negotiate(struct ntlm_client *client);
struct slice ntlm_client_authenticate(struct ntlm_client *client, struct slice challenge);

#endif
