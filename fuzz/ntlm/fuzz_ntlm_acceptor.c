/*
 * Covers ntlm/acceptor.c with the step driver of ntlm/ntlm.c: a NEGOTIATE and an AUTHENTICATE of the fuzzer's
 * against the acceptor. The first byte is the caller's requests and the policy, the second the size of the
 * NEGOTIATE / 2. The seeds hold the recorded exchange, whose CHALLENGE the acceptor makes again, so that the
 * fuzzer begins at an acceptance; from there on every acceptance must hold what the client could not know
 * without the password: a proof of exactly these bytes.
 */
#include "base/compiler.h"
#include "crypto/ntlm_v2.h"
#include "ntlm/authenticate_message.h"
#include "ntlm/av_pair.h"
#include "ntlm/ntlm.h"
#include "support/hex.h"
#include "support/seams.h"
#include "support/side.h"
#include "vectors/ntlm.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { REQUIRE_BINDINGS = 1, OWN_BINDINGS = 2, ALLOW_MISSING = 4, PROTECTED = 8, MIC_ANNOUNCED_ONLY = 16 };

/* Made once: hex keeps what it makes. */
static struct {
	struct test_authority authority;
	struct slice challenge, bindings, authenticate, mic, user;
} fixed;

static void fix(void)
{
	if (fixed.challenge.data)
		return;
	fixed.authority = test_authority_of("User", "Domain", "Password");
	fixed.challenge = hex("0123456789abcdef");
	fixed.bindings = hex(OWN_BINDINGS_MD5);
	fixed.authenticate = hex(OWN_AUTHENTICATE);
	fixed.mic = hex(OWN_MIC);
	fixed.user = u16("User");
}

static void require(bool true_always)
{
	if (!true_always)
		abort();
}

/* The recorded response is the only right one that exists. */
static void check_acceptance(struct side *server, struct slice token, uint8_t options)
{
	struct ntlm_authenticate_message message, recorded;
	union attribute_value value;

	require(ntlm_authenticate_message_parse(token, &message));
	require(ntlm_authenticate_message_parse(fixed.authenticate, &recorded));
	require(slice_equal(message.nt_challenge_response, recorded.nt_challenge_response));
	require(slice_equal(message.mic, fixed.mic));
	require(slice_equal(token, fixed.authenticate));
	require(!(options & PROTECTED) || server->leg.reached & FLAG_CONFIDENTIALITY);
	require(ntlm_package.query(server->context, ATTRIBUTE_ACCOUNT, &value) == REASON_OK);
	require(slice_equal(secret_slice(&value.account->user), fixed.user));
}

static void run(struct side *server, struct slice negotiate, struct slice authenticate, uint8_t options)
{
	SECURITY_STATUS status;
	uint8_t spoilt[64];
	struct span data = { spoilt, sizeof(spoilt) };
	struct message message = { .data = &data, .data_count = 1 };

	seam_script_random(fixed.challenge);
	status = side_step(server, negotiate);
	if (status != SEC_I_CONTINUE_NEEDED) {
		require(status_failed(status) && side_output(server).size == 0);
	} else {
		status = side_step(server, authenticate);
		require(side_output(server).size == 0);
		require(status == SEC_E_OK || status_failed(status));
		if (status == SEC_E_OK)
			check_acceptance(server, authenticate, options);
	}
	memset(spoilt, 0x5A, sizeof(spoilt));
	require(status_failed(ntlm_package.open(server->context, &message)));
	require(side_step(server, authenticate) == SEC_E_OUT_OF_SEQUENCE);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct byte_reader in = reader_of(slice_of(data, size));
	struct acquire_request request;
	struct slice negotiate;
	struct side server;
	uint8_t options, half;

	fix();
	if (!reader_u8(&in, &options) || !reader_u8(&in, &half) ||
	    !reader_take(&in, 2 * (size_t)half, &negotiate))
		return 0;
	request = test_accept_request(&fixed.authority);
	request.policy.ntlm_mic_announced_only = options & MIC_ANNOUNCED_ONLY;
	side_start(&server, &ntlm_package, &request, ROLE_ACCEPT);
	server.leg.requested = (options & REQUIRE_BINDINGS ? FLAG_REQUIRE_BINDINGS : 0) |
			       (options & ALLOW_MISSING ? FLAG_ALLOW_MISSING_BINDINGS : 0) |
			       (options & PROTECTED ? FLAG_CONFIDENTIALITY : 0);
	if (options & OWN_BINDINGS)
		server.leg.bindings = fixed.bindings;
	run(&server, negotiate, reader_rest(&in), options);
	side_end(&server);
	return 0;
}
