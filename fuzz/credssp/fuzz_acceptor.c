/*
 * Covers credssp/acceptor.c and credssp/driver.c: every row of server_steps, over the clear stream and with a real NTLM
 * client inside. The input is a script: which messages come, which fields they carry, and which bytes of the TSRequest,
 * of the NTLM token, of the proof and of the credentials are changed before they are sealed; and how the bytes are cut.
 *
 * Required whatever comes: no pubKeyAuth in answer to a proof that was changed, no credentials without one; a failing
 * call leaves nothing but an errorCode; a refused context stays refused; nothing leaks.
 */
#include "support/clear_stream.h"
#include "support/credssp_client.h"
#include "support/hex.h"
#include "support/seams.h"

#include "base/byte_reader.h"
#include "base/memory.h"

#include <stdlib.h>

enum { MESSAGES_MAX = 6, CHANGES_MAX = 8 };
/* The client's NTLM refused what its own changed message led to. */
enum { CLIENT_GAVE_UP = 3 };
/* What a message's changes are made in. */
enum target { TARGET_REQUEST, TARGET_TOKEN, TARGET_PROOF, TARGET_CREDENTIALS, TARGET_NONCE, TARGET_COUNT };
/* The first octet of a message of the script, beside the HAS_ bits. */
enum { NATURAL = 1, CUT = 1 << 6, OTHER_VERSION = 1 << 7 };

struct changes {
	enum target target;
	struct byte_reader list; /* u16 offset, u8 to be added, and so on */
};

struct run {
	struct credssp_client client;
	int tokens;        /* NTLM messages the client has made */
	bool proof_spoilt; /* what was sent as a proof cannot be right */
	bool refused;
};

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct credssp_client template;
static struct slice drawn, password_creds, smart_card_creds, remote_guard_creds;

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc, (void)argv;
	template = credssp_client_of_vectors();
	drawn = hex("0123456789abcdef aaaaaaaaaaaaaaaa 55555555555555555555555555555555");
	password_creds =
		hex("303ba003020101a13404323030a00e040c44006f006d00610069006e00a10a04085500730065007200a21204"
		    "10500061007300730077006f0072006400");
	smart_card_creds = hex("302aa003020102a123 0421 301fa004 0402 3100 a107 3005 a003020101"
			       "a20a 0408 5500730065007200 a302 0400");
	remote_guard_creds = hex("301ba003020106a11404123010a00e300ca0060404 4b006500 a1020400");
	return 0;
}

static void require(bool true_always)
{
	if (!true_always)
		abort();
}

/* A copy, kept by the client, with the changes made in it. */
static struct slice changed_copy(struct run *run, const struct changes *changes, enum target target,
				 struct slice from, bool *changed)
{
	struct byte_writer *copy = &run->client.kept[run->client.kept_count++];
	struct byte_reader list = changes->list;
	uint16_t offset;
	uint8_t added;

	*copy = writer_growing();
	writer_bytes(copy, from);
	while (changes->target == target && reader_u16le(&list, &offset) && reader_u8(&list, &added))
		if (offset < copy->size)
			copy->data[offset] = (uint8_t)(copy->data[offset] + added);
	*changed = !slice_equal(writer_slice(copy), from); /* changes may undo each other */
	return writer_slice(copy);
}

static bool can_seal(const struct run *run)
{
	return run->tokens == 2;
}

static struct slice nego_token(struct run *run, const struct changes *changes)
{
	struct slice token = slice_of(NULL, 0);
	bool changed;

	/* The second answers a CHALLENGE, which must have come. */
	if (run->tokens == 0 || (run->tokens == 1 && run->client.answer.fields & HAS_NEGO_TOKENS)) {
		token = credssp_client_token(&run->client);
		run->tokens = token.size ? run->tokens + 1 : CLIENT_GAVE_UP;
	}
	return changed_copy(run, changes, TARGET_TOKEN, token, &changed);
}

static struct slice proof(struct run *run, const struct changes *changes, struct slice nonce)
{
	CLEANUP(writer_wipe) struct byte_writer right = writer_growing();
	bool changed;
	struct slice plain;

	require(credssp_key_proof(CLIENT_TO_SERVER, run->client.version, nonce, clear_stream_public_key(),
				  &right) == REASON_OK);
	plain = changed_copy(run, changes, TARGET_PROOF, writer_slice(&right), &changed);
	run->proof_spoilt = changed || !can_seal(run);
	return can_seal(run) ? credssp_client_seal(&run->client, plain) : plain;
}

static struct slice auth_info(struct run *run, const struct changes *changes, uint8_t kind)
{
	const struct slice kinds[] = { password_creds, smart_card_creds, remote_guard_creds };
	bool changed;
	struct slice plain =
		changed_copy(run, changes, TARGET_CREDENTIALS, kinds[kind % COUNT_OF(kinds)], &changed);

	return can_seal(run) ? credssp_client_seal(&run->client, plain) : plain;
}

static unsigned natural_fields(const struct run *run)
{
	if (run->tokens < 1)
		return HAS_NEGO_TOKENS;
	return run->tokens < 2 ? HAS_NEGO_TOKENS | HAS_PUB_KEY_AUTH | HAS_CLIENT_NONCE : HAS_AUTH_INFO;
}

/* What every call must keep to. */
static void check(struct run *run, SECURITY_STATUS status, unsigned sent)
{
	const struct ts_request *answer = &run->client.answer;

	if (run->refused) {
		require(status == SEC_E_OUT_OF_SEQUENCE && run->client.output.size == 0);
		return;
	}
	if (status == SEC_E_INCOMPLETE_MESSAGE)
		require(run->client.leg.consumed == 0 && run->client.output.size == 0);
	else if (status_failed(status)) {
		require((answer->fields & ~(unsigned)HAS_ERROR_CODE) == 0 &&
			run->client.leg.reason != REASON_OK);
		run->refused = true;
	}
	if (answer->fields & HAS_PUB_KEY_AUTH)
		require(sent & HAS_PUB_KEY_AUTH && !run->proof_spoilt && status == SEC_I_CONTINUE_NEEDED);
	if (status == SEC_E_OK) {
		require(sent & HAS_AUTH_INFO && !run->proof_spoilt && run->client.authority.asked == 1);
		run->refused = true; /* takes no more */
	}
}

/* In pieces: what a call did not consume comes again with more behind it. */
static void feed(struct run *run, struct slice bytes, size_t piece, unsigned sent)
{
	size_t end = 0, taken = 0;
	struct slice part;

	do {
		end = piece && end + piece < bytes.size ? end + piece : bytes.size;
		require(slice_part(bytes, taken, end - taken, &part));
		check(run, credssp_client_feed(&run->client, part), sent);
		taken += run->client.leg.consumed;
	} while (end < bytes.size && !run->refused);
}

static bool send_message(struct run *run, struct byte_reader *script)
{
	struct changes changes;
	struct ts_request request = { 0 };
	uint8_t first, target, count, more = 0;
	bool nonce_changed, ignored;
	struct slice list, records;

	if (!reader_u8(script, &first) || !reader_u8(script, &target) || !reader_u8(script, &count) ||
	    !reader_take(script, (size_t)(count % CHANGES_MAX) * 3, &list) ||
	    (first & (CUT | OTHER_VERSION) && !reader_u8(script, &more)))
		return false;
	changes = (struct changes) { target % TARGET_COUNT, reader_of(list) };
	request.fields = first & NATURAL ? natural_fields(run) : first & 0x3E;
	if (first & OTHER_VERSION)
		run->client.version = more;
	request.client_nonce = changed_copy(run, &changes, TARGET_NONCE, run->client.nonce, &nonce_changed);
	if (request.fields & HAS_NEGO_TOKENS)
		request.nego_token = nego_token(run, &changes);
	if (request.fields & HAS_PUB_KEY_AUTH)
		request.pub_key_auth = proof(run, &changes, run->client.nonce);
	if (nonce_changed && request.fields & HAS_CLIENT_NONCE)
		run->proof_spoilt = true;
	if (request.fields & HAS_AUTH_INFO)
		request.auth_info = auth_info(run, &changes, count / CHANGES_MAX);
	/* Where the record is changed, what is sealed in it protects itself. */
	records = changed_copy(run, &changes, TARGET_REQUEST, credssp_client_records(&run->client, request),
			       &ignored);
	feed(run, records, first & CUT ? more : 0, request.fields);
	return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct byte_reader script = reader_of(slice_of(data, size));
	struct run run = { .client = template };

	seam_script_random(drawn);
	credssp_client_open(&run.client);
	for (int i = 0; i < MESSAGES_MAX && send_message(&run, &script); i++)
		continue;
	credssp_client_close(&run.client);
	require(seam_blocks_alive() == 0);
	return 0;
}
