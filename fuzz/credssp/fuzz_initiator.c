/*
 * Covers credssp/initiator.c and credssp/driver.c: every row of client_steps, over the clear stream and with a real
 * Negotiate server inside, raw or in SPNEGO. The input is a script like that of fuzz_acceptor.c: which answers come,
 * which fields they carry, and which bytes of them are changed before they are sealed.
 *
 * Required whatever comes: no credentials leave but behind a right proof of the server; a failing call sends nothing; a
 * refused context stays refused; nothing leaks.
 */
#include "support/clear_stream.h"
#include "support/hex.h"
#include "support/seams.h"
#include "support/test_authority.h"

#include "base/byte_reader.h"
#include "credssp/credssp.h"
#include "credssp/key_proof.h"
#include "credssp/ts_request.h"
#include "negotiate/negotiate.h"
#include "ntlm/ntlm.h"

#include <stdlib.h>

enum { MESSAGES_MAX = 6, CHANGES_MAX = 8, KEPT_MAX = 64, SIGNATURE_SIZE = 16 };
enum target { TARGET_REQUEST, TARGET_TOKEN, TARGET_PROOF, TARGET_NONCE, TARGET_COUNT };
/* The first octet of an answer of the script, beside the HAS_ bits. */
enum { NATURAL = 1, OTHER_VERSION = 1 << 7 };

struct changes {
	enum target target;
	struct byte_reader list; /* u16 offset, u8 to be added, and so on */
};

struct run {
	struct test_authority authority;
	struct package_credential *client_credential, *server_credential;
	struct package_context *client, *server;
	struct byte_writer output, plain, kept[KEPT_MAX];
	size_t kept_count;
	struct ts_request sent; /* the client's last */
	uint32_t version;
	bool server_done, proof_right, refused;
};

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct security_package *const packages[] = { &clear_stream_package, &negotiate_package,
							   &ntlm_package, NULL };
static struct test_authority template;
static struct slice drawn;

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc, (void)argv;
	template = test_authority_of("User", "Domain", "Password");
	drawn = hex("000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f 0123456789abcdef "
		    "aaaaaaaaaaaaaaaa"
		    "55555555555555555555555555555555");
	return 0;
}

static void require(bool true_always)
{
	if (!true_always)
		abort();
}

static struct byte_writer *keep(struct run *run)
{
	struct byte_writer *kept = &run->kept[run->kept_count++];

	require(run->kept_count <= KEPT_MAX);
	*kept = writer_growing();
	return kept;
}

static struct slice changed_copy(struct run *run, const struct changes *changes, enum target target,
				 struct slice from, bool *changed)
{
	struct byte_writer *copy = keep(run);
	struct byte_reader list = changes->list;
	uint16_t offset;
	uint8_t added;

	writer_bytes(copy, from);
	while (changes->target == target && reader_u16le(&list, &offset) && reader_u8(&list, &added))
		if (offset < copy->size)
			copy->data[offset] = (uint8_t)(copy->data[offset] + added);
	*changed = !slice_equal(writer_slice(copy), from); /* changes may undo each other */
	return writer_slice(copy);
}

static void start(struct run *run, bool always_spnego)
{
	const struct acquire_request server = {
		.accept = true,
		.authority = &run->authority.base,
		.names = test_host_names(),
		.policy = policy_default,
		.packages = packages,
	};
	struct acquire_request client = {
		.initiate = true,
		.has_identity = true,
		.user = run->authority.user,
		.domain = run->authority.domain,
		.password = slice_of(u"Password", 16),
		.names = test_host_names(),
		.policy = policy_default,
		.always_spnego = always_spnego,
		.packages = packages,
	};

	client.policy.ntlm_delegation = true;
	require(negotiate_package.acquire(&server, &run->server_credential) == REASON_OK);
	require(negotiate_package.new_context(run->server_credential, ROLE_ACCEPT, &run->server) ==
		REASON_OK);
	require(credssp_package.acquire(&client, &run->client_credential) == REASON_OK);
	require(credssp_package.new_context(run->client_credential, ROLE_INITIATE, &run->client) ==
		REASON_OK);
}

static void end(struct run *run)
{
	package_context_free(run->client);
	package_context_free(run->server);
	package_credential_free(run->client_credential);
	package_credential_free(run->server_credential);
	writer_wipe(&run->output);
	writer_wipe(&run->plain);
	for (size_t i = 0; i < run->kept_count; i++)
		writer_wipe(&run->kept[i]);
}

static void read_sent(struct run *run)
{
	struct byte_reader in = reader_of(writer_slice(&run->output));
	struct slice part;
	uint16_t version, size;
	uint8_t type;

	writer_wipe(&run->plain);
	run->sent = (struct ts_request) { 0 };
	while (reader_u8(&in, &type) && reader_u16be(&in, &version) && reader_u16be(&in, &size) &&
	       reader_take(&in, size, &part))
		if (type == CLEAR_DATA)
			writer_bytes(&run->plain, part);
	if (run->plain.size)
		require(ts_request_parse(writer_slice(&run->plain), &run->sent));
}

static SECURITY_STATUS feed(struct run *run, struct slice bytes)
{
	struct leg leg = { .input = bytes, .requested = FLAG_DELEGATE, .output = &run->output };
	SECURITY_STATUS status;

	writer_wipe(&run->output);
	status = credssp_package.initiate(run->client, &leg);
	read_sent(run);
	if (run->refused)
		require(status == SEC_E_OUT_OF_SEQUENCE);
	if (status_failed(status))
		require(run->output.size == 0 && leg.reason != REASON_OK);
	if (status_failed(status) && status != SEC_E_INCOMPLETE_MESSAGE)
		run->refused = true;
	if (run->sent.fields & HAS_AUTH_INFO)
		require(run->proof_right && status == SEC_E_OK);
	if (status == SEC_E_OK) {
		require(run->sent.fields & HAS_AUTH_INFO);
		run->refused = true; /* takes no more */
	}
	return status;
}

/* The real server's answer to the client's last token, if there is one. */
static struct slice nego_token(struct run *run, const struct changes *changes)
{
	struct byte_writer *token = keep(run);
	struct leg leg = { .input = run->sent.nego_token, .output = token };
	bool changed = false;

	if (!run->server_done && run->sent.fields & HAS_NEGO_TOKENS)
		run->server_done = negotiate_package.accept(run->server, &leg) == SEC_E_OK;
	return changed_copy(run, changes, TARGET_TOKEN, writer_slice(token), &changed);
}

static struct slice proof(struct run *run, const struct changes *changes)
{
	CLEANUP(writer_wipe) struct byte_writer right = writer_growing();
	struct byte_writer *blob = keep(run);
	struct span data;
	struct message message = { .data = &data, .data_count = 1 };
	bool changed = false;
	struct slice plain;

	require(credssp_key_proof(SERVER_TO_CLIENT, run->version, slice_of(drawn.data, TS_REQUEST_NONCE_SIZE),
				  clear_stream_public_key(), &right) == REASON_OK);
	plain = changed_copy(run, changes, TARGET_PROOF, writer_slice(&right), &changed);
	run->proof_right = !changed && run->server_done;
	writer_zeros(blob, SIGNATURE_SIZE);
	writer_bytes(blob, plain);
	message.header = (struct span) { blob->data, SIGNATURE_SIZE };
	data = span_skip((struct span) { blob->data, blob->size }, SIGNATURE_SIZE);
	if (run->server_done)
		require(negotiate_package.seal(run->server, &message) == SEC_E_OK);
	return writer_slice(blob);
}

static bool answer(struct run *run, struct byte_reader *script)
{
	CLEANUP(writer_wipe) struct byte_writer token = writer_growing(), records = writer_growing();
	struct ts_request request = { 0 };
	struct changes changes;
	uint8_t first, target, count, version;
	bool changed = false;
	struct slice list;

	if (!reader_u8(script, &first) || !reader_u8(script, &target) || !reader_u8(script, &count) ||
	    !reader_take(script, (size_t)(count % CHANGES_MAX) * 3, &list))
		return false;
	if (first & OTHER_VERSION && reader_u8(script, &version))
		run->version = version;
	changes = (struct changes) { target % TARGET_COUNT, reader_of(list) };
	request.version = run->version;
	request.fields = first & 0x3E;
	if (first & NATURAL)
		request.fields = run->sent.fields & HAS_PUB_KEY_AUTH ? HAS_PUB_KEY_AUTH : HAS_NEGO_TOKENS;
	request.nego_token = nego_token(run, &changes);
	/* In SPNEGO the server's last token comes beside its proof. */
	if (first & NATURAL && request.fields & HAS_PUB_KEY_AUTH && request.nego_token.size)
		request.fields |= HAS_NEGO_TOKENS;
	if (request.fields & HAS_PUB_KEY_AUTH)
		request.pub_key_auth = proof(run, &changes);
	request.auth_info = SLICE_LITERAL("no server sends this");
	request.error_code = UINT32_C(0xC0000000) | count;
	request.client_nonce = changed_copy(run, &changes, TARGET_NONCE,
					    slice_of(drawn.data, TS_REQUEST_NONCE_SIZE), &changed);
	ts_request_write(&token, &request);
	clear_stream_write(&records, CLEAR_DATA, writer_slice(&token));
	(void)feed(run, changed_copy(run, &changes, TARGET_REQUEST, writer_slice(&records), &changed));
	return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct byte_reader script = reader_of(slice_of(data, size));
	struct run run = { .authority = template,
			   .version = CREDSSP_VERSION_MAX,
			   .output = writer_growing() };
	CLEANUP(writer_wipe) struct byte_writer hello = writer_growing();
	uint8_t spnego = 0;

	run.plain = writer_growing();
	(void)reader_u8(&script, &spnego);
	seam_script_random(drawn);
	start(&run, spnego & 1);
	require(feed(&run, slice_of(NULL, 0)) == SEC_I_CONTINUE_NEEDED);
	clear_stream_write(&hello, CLEAR_HELLO, slice_of(NULL, 0));
	require(feed(&run, writer_slice(&hello)) == SEC_I_CONTINUE_NEEDED);
	for (int i = 0; i < MESSAGES_MAX && answer(&run, &script); i++)
		continue;
	end(&run);
	writer_wipe(&hello);
	require(seam_blocks_alive() == 0);
	return 0;
}
