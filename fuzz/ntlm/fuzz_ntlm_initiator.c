/*
 * Covers ntlm/initiator.c: a CHALLENGE of the fuzzer's against our client. The first byte is what the caller
 * asks for. What the client answers must be what it was asked for: protected where that was requested, with a
 * MIC and its own bindings in front of any other.
 */
#include "base/compiler.h"
#include "ntlm/authenticate_message.h"
#include "ntlm/av_pair.h"
#include "ntlm/ntlm.h"
#include "support/hex.h"
#include "support/seams.h"
#include "support/side.h"
#include "vectors/ntlm.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { SIGNED = 1, SEALED = 2 };

/* Made once: hex keeps what it makes. */
static struct {
	struct acquire_request request;
	struct slice bindings, target, random;
} fixed;

static void fix(void)
{
	if (fixed.bindings.data)
		return;
	fixed.request = test_initiate_request("User", "Domain", "Password");
	fixed.bindings = hex(OWN_BINDINGS_MD5);
	fixed.target = u16("HTTP/server");
	fixed.random = hex("aaaaaaaaaaaaaaaa 55555555555555555555555555555555");
}

static void require(bool true_always)
{
	if (!true_always)
		abort();
}

static void check_answer(const struct side *client, uint8_t options)
{
	struct ntlm_authenticate_message message;
	struct slice pairs, value;

	require(ntlm_authenticate_message_parse(side_output(client), &message));
	require(ntlm_v2_response_parse(message.nt_challenge_response, &pairs));
	require(message.mic.size == NTLM_MIC_SIZE && ntlm_av_flags(pairs) & MSV_AV_FLAG_MIC);
	require(ntlm_av_pairs_find(pairs, MSV_AV_CHANNEL_BINDINGS, &value));
	require(slice_equal(value, fixed.bindings));
	require(ntlm_av_pairs_find(pairs, MSV_AV_TARGET_NAME, &value) && slice_equal(value, fixed.target));
	require(!(options & SIGNED) || message.negotiate_flags & NTLM_SIGN);
	require(!(options & SEALED) || message.negotiate_flags & NTLM_SEAL);
	require(client->leg.can_seal == !!(message.negotiate_flags & NTLM_SEAL));
	require(!(message.negotiate_flags & ~UINT32_C(0xE2888235)));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct byte_reader in = reader_of(slice_of(data, size));
	SECURITY_STATUS status;
	struct side client;
	uint8_t options;

	fix();
	if (!reader_u8(&in, &options))
		return 0;
	side_start(&client, &ntlm_package, &fixed.request, ROLE_INITIATE);
	client.leg.requested =
		(options & SIGNED ? FLAG_INTEGRITY : 0) | (options & SEALED ? FLAG_CONFIDENTIALITY : 0);
	client.leg.target = fixed.target;
	client.leg.bindings = fixed.bindings;
	seam_script_random(fixed.random);
	require(side_step(&client, slice_of(NULL, 0)) == SEC_I_CONTINUE_NEEDED);
	status = side_step(&client, reader_rest(&in));
	if (status == SEC_E_OK)
		check_answer(&client, options);
	else
		require(status_failed(status) && side_output(&client).size == 0);
	side_end(&client);
	return 0;
}
