/*
 * Covers negotiate/acceptor.c, negotiate/initiator.c and negotiate/mech_list_mic.c: our two roles, with a real NTLM and
 * the clear mechanism inside, and somebody in between who changes bytes, or says something else, or leaves a token out.
 *
 * Required whatever comes: who signs and is done has seen the same list and chosen the same mechanism as its peer; a
 * failing call leaves nothing but a reject; a refused context stays refused; nothing leaks.
 */
#include "support/clear_mechanism.h"
#include "support/hex.h"
#include "support/seams.h"
#include "support/test_authority.h"

#include "base/byte_reader.h"
#include "negotiate/context.h"
#include "negotiate/neg_token_init.h"
#include "negotiate/negotiate.h"
#include "ntlm/ntlm.h"

#include <stdlib.h>

enum { TOKENS_MAX = 10, CHANGES_MAX = 8 };
/* The first octet of the script. */
enum { SPNEGO = 1, CLIENT_HAS_BOTH = 2, SERVER_HAS_BOTH = 4, SIGNS = 8 };
/* The first octet of each token. */
enum { REPLACED = 1 };

struct party {
	struct package_credential *credential;
	struct package_context *context;
	struct byte_writer output;
	uint32_t requested;
	SECURITY_STATUS status;
	bool refused;
};

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct security_package *const ntlm_alone[] = { &ntlm_package, NULL };
static const struct security_package *const both[] = { &clear_mechanism_package, &ntlm_package, NULL };
static struct test_authority template;
static struct slice drawn;

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc, (void)argv;
	template = test_authority_of("User", "Domain", "Password");
	drawn = hex("0123456789abcdef aaaaaaaaaaaaaaaa 55555555555555555555555555555555");
	return 0;
}

static void require(bool true_always)
{
	if (!true_always)
		abort();
}

static void start(struct party *party, struct test_authority *authority, uint8_t settings, enum role role)
{
	bool has_both = settings & (role == ROLE_ACCEPT ? SERVER_HAS_BOTH : CLIENT_HAS_BOTH);
	const struct acquire_request request = {
		.accept = role == ROLE_ACCEPT,
		.initiate = role == ROLE_INITIATE,
		.authority = &authority->base,
		.has_identity = true,
		.user = authority->user,
		.domain = authority->domain,
		.password = slice_of(u"Password", 16),
		.names = test_host_names(),
		.policy = policy_default,
		.always_spnego = settings & SPNEGO,
		.packages = has_both ? both : ntlm_alone,
	};

	*party = (struct party) { .output = writer_growing(), .status = SEC_I_CONTINUE_NEEDED };
	party->requested =
		FLAG_EXTENDED_ERROR | (settings & SIGNS ? FLAG_INTEGRITY | FLAG_CONFIDENTIALITY : 0u);
	require(negotiate_package.acquire(&request, &party->credential) == REASON_OK);
	require(negotiate_package.new_context(party->credential, role, &party->context) == REASON_OK);
}

static void end(struct party *party)
{
	package_context_free(party->context);
	package_credential_free(party->credential);
	writer_wipe(&party->output);
}

static void step(struct party *party, struct slice token)
{
	struct leg leg = { .input = token, .requested = party->requested, .output = &party->output };
	struct neg_token_resp resp;
	bool accepts = ((struct negotiate_context *)party->context)->role == ROLE_ACCEPT;

	writer_wipe(&party->output);
	party->status =
		(accepts ? negotiate_package.accept : negotiate_package.initiate)(party->context, &leg);
	if (party->refused)
		require(party->status == SEC_E_OUT_OF_SEQUENCE && party->output.size == 0);
	else if (status_failed(party->status))
		require(leg.reason != REASON_OK &&
			(party->output.size == 0 ||
			 (accepts && neg_token_resp_parse(writer_slice(&party->output), &resp) &&
			  resp.neg_state == NEG_REJECT && resp.response_token.size == 0)));
	if (party->status != SEC_I_CONTINUE_NEEDED)
		party->refused = true;
}

/* Who is done, and signed its list, has seen what the other one has. */
static void compare(const struct party *one, const struct party *other)
{
	const struct negotiate_context *a = (const struct negotiate_context *)one->context;
	const struct negotiate_context *b = (const struct negotiate_context *)other->context;

	if (a->step != STEP_DONE || !a->mic_sent)
		return;
	require(negotiate_same_package(a->mechanism, b->mechanism));
	require(slice_equal(secret_slice(&a->mech_types), secret_slice(&b->mech_types)));
	require(a->inner_done && b->inner_done && a->reached & FLAG_INTEGRITY);
}

/* What arrives: the token, changed, or other bytes altogether. */
static void write_arriving(struct byte_writer *out, struct byte_reader *script, struct slice token)
{
	uint8_t first = 0, count = 0, added;
	struct byte_reader changes;
	uint16_t offset;
	struct slice list = { NULL, 0 };

	(void)(reader_u8(script, &first) && reader_u8(script, &count));
	if (first & REPLACED) {
		if (reader_take(script, count, &list))
			writer_bytes(out, list);
		return;
	}
	writer_bytes(out, token);
	if (!reader_take(script, (size_t)(count % CHANGES_MAX) * 3, &list))
		return;
	changes = reader_of(list);
	while (reader_u16le(&changes, &offset) && reader_u8(&changes, &added))
		if (offset < out->size)
			out->data[offset] = (uint8_t)(out->data[offset] + added);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct byte_reader script = reader_of(slice_of(data, size));
	struct test_authority authority = template;
	struct party client, server, *from = &client, *to = &server;
	uint8_t settings = 0;

	(void)reader_u8(&script, &settings);
	seam_script_random(drawn);
	start(&client, &authority, settings, ROLE_INITIATE);
	start(&server, &authority, settings, ROLE_ACCEPT);
	step(&client, slice_of(NULL, 0));
	for (int i = 0; i < TOKENS_MAX; i++) {
		CLEANUP(writer_wipe) struct byte_writer arriving = writer_growing();
		struct party *turn = from;

		write_arriving(&arriving, &script, writer_slice(&from->output));
		step(to, writer_slice(&arriving));
		compare(&client, &server);
		from = to;
		to = turn;
	}
	end(&client);
	end(&server);
	require(seam_blocks_alive() == 0);
	return 0;
}
