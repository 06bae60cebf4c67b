/* Kerberos contexts that go on elsewhere: what tests/conformance/test_export.c shows of NTLM, and MIT's own part. */
#include "kerberos/context.h"
#include "kerberos/kerberos.h"
#include "support/hex.h"
#include "support/kerberos_exchange.h"
#include "support/scratch.h"
#include "support/seams.h"

#include <string.h>

#define QUESTION "the question"

enum { TOKEN_SPACE = 80 };

static const struct logon {
	const char *package;
	bool dce_style;
} logons[] = { { "Kerberos", false }, { "Negotiate", false }, { "Kerberos", true } };

static struct exchange exchange;

static int begin(void **state)
{
	static const char key[] = "an export key of thirty-two bytes";
	OPENSSPI_CONFIGURATION configuration = { .Size = sizeof(configuration) };

	(void)state;
	configuration.ContextKeyFile = scratch_write("key", slice_of(key, 32), 0600);
	return OpensspiConfigure(&configuration);
}

static int end(void **state)
{
	(void)state;
	exchange_end(&exchange);
	return OpensspiConfigure(NULL);
}

static void log_on(const struct logon *logon)
{
	OPENSSPI_OPTIONS given = kerberos_server_options();

	exchange_end(&exchange);
	kerberos_exchange_start(&exchange, logon->package, &given);
	if (logon->dce_style) {
		exchange.client.request |= ISC_REQ_USE_DCE_STYLE;
		exchange.server.request |= ASC_REQ_USE_DCE_STYLE;
	}
	assert_true(exchange_run(&exchange));
}

/* --- Messages */

enum operation { SEAL, OPEN, SIGN, VERIFY, OPERATION_COUNT };

struct sealed {
	uint8_t token[TOKEN_SPACE], data[sizeof(QUESTION)];
	uint32_t token_size;
};

static SECURITY_STATUS run(CtxtHandle *context, struct sealed *message, enum operation operation)
{
	SecBuffer buffers[] = { { message->token_size, SECBUFFER_TOKEN, message->token },
				{ sizeof(message->data), SECBUFFER_DATA, message->data } };
	SecBufferDesc list = { SECBUFFER_VERSION, 2, buffers };
	SECURITY_STATUS status;

	if (operation == OPEN)
		return DecryptMessage(context, &list, 0, NULL);
	if (operation == VERIFY)
		return VerifySignature(context, &list, 0, NULL);
	buffers[0].cbBuffer = TOKEN_SPACE;
	status = operation == SEAL ? EncryptMessage(context, 0, &list, 0)
				   : MakeSignature(context, 0, &list, 0);
	message->token_size = buffers[0].cbBuffer;
	return status;
}

static void assert_messages_go_both_ways(CtxtHandle *one, CtxtHandle *other)
{
	for (int i = 0; i < 4; i++) {
		CtxtHandle *from = i % 2 ? one : other, *to = i % 2 ? other : one;
		struct sealed message = { .data = QUESTION };

		assert_int_equal(run(from, &message, SEAL), SEC_E_OK);
		assert_memory_not_equal(message.data, QUESTION, sizeof(QUESTION));
		assert_int_equal(run(to, &message, OPEN), SEC_E_OK);
		assert_string_equal((char *)message.data, QUESTION);
		assert_int_equal(run(from, &message, SIGN), SEC_E_OK);
		assert_int_equal(run(to, &message, VERIFY), SEC_E_OK);
	}
}

/* --- Blocks */

static SecBuffer export_it(CtxtHandle *context, uint32_t flags)
{
	SecBuffer block = { 0, SECBUFFER_EMPTY, NULL };

	assert_int_equal(ExportSecurityContext(context, flags, &block, NULL), SEC_E_OK);
	return block;
}

static SECURITY_STATUS import_it(const char *package, SecBuffer block, CtxtHandle *context)
{
	return ImportSecurityContextA((char *)(uintptr_t)package, &block, NULL, context);
}

static void forget(SecBuffer *block, CtxtHandle *imported)
{
	assert_int_equal(FreeContextBuffer(block->pvBuffer), SEC_E_OK);
	assert_int_equal(DeleteSecurityContext(imported), SEC_E_OK);
}

static void a_token_of_the_imported_context_has_the_sids_of_the_pac(void **state)
{
	OPENSSPI_OPTIONS given = kerberos_server_options();
	struct kerberos_ticket ticket = kerberos_ticket();
	CtxtHandle imported;
	SecBuffer block;
	HANDLE token;
	OPENSSPI_TOKEN *known;

	(void)state;
	ticket.pac = pac_of_samba();
	exchange = (struct exchange) { .client = { .target = KERBEROS_TARGET } };
	kerberos_acquire_server(&exchange, "Kerberos", NULL, &given);
	kerberos_acquire_client(&exchange, "Kerberos", &ticket, NULL);
	assert_true(exchange_run(&exchange));
	block = export_it(&exchange.server.context, 0);
	assert_int_equal(import_it("Kerberos", block, &imported), SEC_E_OK);
	assert_int_equal(QuerySecurityContextToken(&imported, &token), SEC_E_OK);
	assert_int_equal(OpensspiDescribeToken(token, &known), SEC_E_OK);
	assert_string_equal(known->UserSid, "S-1-5-21-1440719833-3775916210-1326304225-1103");
	assert_int_equal(known->GroupSidCount, 5);
	assert_string_equal(known->GroupSids[4], "S-1-18-1");
	assert_int_equal(FreeContextBuffer(known), SEC_E_OK);
	assert_true(OpensspiCloseHandle(token));
	forget(&block, &imported);
}

static void messages_go_on_in_the_imported_context(void **state)
{
	(void)state;
	for (size_t i = 0; i < 2 * COUNT_OF(logons); i++) {
		const struct logon *logon = &logons[i / 2];
		struct exchange_side *moved = i % 2 ? &exchange.client : &exchange.server,
				     *stays = i % 2 ? &exchange.server : &exchange.client;
		CtxtHandle imported, again;
		SecBuffer block;

		log_on(logon);
		assert_messages_go_both_ways(&moved->context, &stays->context);
		block = export_it(&moved->context, SECPKG_CONTEXT_EXPORT_DELETE_OLD);
		assert_int_equal(DeleteSecurityContext(&moved->context), SEC_E_INVALID_HANDLE);
		moved->has_context = false;
		assert_int_equal(import_it(logon->package, block, &imported), SEC_E_OK);
		assert_messages_go_both_ways(&imported, &stays->context);
		assert_int_equal(import_it(logon->package, block, &again), SEC_E_NOT_OWNER);
		forget(&block, &imported);
	}
}

/* MIT's memory of what came goes along. */
static void a_message_from_before_the_export_is_a_replay_behind_it(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT_OF(logons); i++) {
		struct sealed message = { .data = QUESTION }, copy;
		CtxtHandle imported;
		SecBuffer block;

		log_on(&logons[i]);
		assert_int_equal(run(&exchange.client.context, &message, SEAL), SEC_E_OK);
		copy = message;
		assert_int_equal(run(&exchange.server.context, &message, OPEN), SEC_E_OK);
		block = export_it(&exchange.server.context, 0);
		assert_int_equal(import_it(logons[i].package, block, &imported), SEC_E_OK);
		assert_int_equal(run(&imported, &copy, OPEN), SEC_E_OUT_OF_SEQUENCE);
		forget(&block, &imported);
	}
}

/* Everything that a context says of itself; numbers as they lie in memory. */
static void ask(CtxtHandle *context, struct byte_writer *answers)
{
	static const struct {
		uint32_t attribute;
		size_t size;
	} numbers[] = {
		{ SECPKG_ATTR_SIZES, sizeof(SecPkgContext_Sizes) },
		{ SECPKG_ATTR_LIFESPAN, sizeof(SecPkgContext_Lifespan) },
		{ SECPKG_ATTR_FLAGS, sizeof(SecPkgContext_Flags) },
	};
	static const uint32_t texts[] = {
		SECPKG_ATTR_NAMES,     SECPKG_ATTR_NATIVE_NAMES,     SECPKG_ATTR_CLIENT_SPECIFIED_TARGET,
		SECPKG_ATTR_AUTHORITY, SECPKG_ATTR_NEGOTIATION_INFO, SECPKG_ATTR_PACKAGE_INFO,
	};
	SecPkgContext_SessionKey key;
	SecPkgContext_KeyInfoA info;
	OPENSSPI_DESCRIPTION *known;

	for (size_t i = 0; i < COUNT_OF(numbers); i++) {
		uint64_t value[8] = { 0 };

		assert_int_equal(QueryContextAttributesA(context, numbers[i].attribute, value), SEC_E_OK);
		writer_bytes(answers, slice_of(value, numbers[i].size));
	}
	for (size_t i = 0; i < COUNT_OF(texts); i++) {
		union {
			char *text;
			PSecPkgInfoA package;
		} values[4] = { { NULL } };
		SECURITY_STATUS status = QueryContextAttributesA(context, texts[i], values);
		bool of_package =
			texts[i] == SECPKG_ATTR_NEGOTIATION_INFO || texts[i] == SECPKG_ATTR_PACKAGE_INFO;

		writer_bytes(answers, slice_of(&status, sizeof(status)));
		for (size_t v = 0; status == SEC_E_OK && v < (texts[i] == SECPKG_ATTR_NATIVE_NAMES ? 2 : 1);
		     v++) {
			const char *text = of_package ? values[v].package->Name : values[v].text;

			writer_bytes(answers, slice_of(text, strlen(text)));
			assert_int_equal(FreeContextBuffer(values[v].text), SEC_E_OK);
		}
	}
	assert_int_equal(QueryContextAttributesA(context, SECPKG_ATTR_SESSION_KEY, &key), SEC_E_OK);
	writer_bytes(answers, slice_of(key.SessionKey, key.SessionKeyLength));
	assert_int_equal(FreeContextBuffer(key.SessionKey), SEC_E_OK);
	assert_int_equal(QueryContextAttributesA(context, SECPKG_ATTR_KEY_INFO, &info), SEC_E_OK);
	writer_bytes(answers, slice_of(info.sEncryptAlgorithmName, strlen(info.sEncryptAlgorithmName)));
	assert_int_equal(FreeContextBuffer(info.sEncryptAlgorithmName), SEC_E_OK);
	assert_int_equal(FreeContextBuffer(info.sSignatureAlgorithmName), SEC_E_OK);
	assert_int_equal(OpensspiDescribeContext(context, &known), SEC_E_OK);
	for (size_t i = 0; i < 4; i++) {
		const char *said[] = { known->User, known->Domain, known->Authority, known->Reason };

		writer_bytes(answers, slice_of(said[i], said[i] ? strlen(said[i]) : 0));
	}
	assert_int_equal(FreeContextBuffer(known), SEC_E_OK);
}

static void the_imported_context_answers_as_the_old_one_does(void **state)
{
	(void)state;
	for (size_t i = 0; i < 2 * COUNT_OF(logons); i++) {
		CLEANUP(writer_wipe) struct byte_writer before = writer_growing();
		CLEANUP(writer_wipe) struct byte_writer old = writer_growing();
		CLEANUP(writer_wipe) struct byte_writer after = writer_growing();
		CtxtHandle *moved = i % 2 ? &exchange.client.context : &exchange.server.context, imported;
		SecBuffer block;

		log_on(&logons[i / 2]);
		ask(moved, &before);
		assert_in_range(before.size, 200, 1000);
		block = export_it(moved, 0);
		ask(moved, &old);
		assert_int_equal(import_it(logons[i / 2].package, block, &imported), SEC_E_OK);
		ask(&imported, &after);
		assert_bytes(writer_slice(&old), writer_slice(&before));
		assert_bytes(writer_slice(&after), writer_slice(&before));
		forget(&block, &imported);
	}
}

static void the_users_token_comes_of_the_imported_context_too(void **state)
{
	CtxtHandle imported;
	OPENSSPI_TOKEN *known;
	SecBuffer block;
	HANDLE token;

	(void)state;
	log_on(&logons[0]);
	block = export_it(&exchange.server.context, 0);
	assert_int_equal(import_it("Kerberos", block, &imported), SEC_E_OK);
	assert_int_equal(QuerySecurityContextToken(&imported, &token), SEC_E_OK);
	assert_int_equal(OpensspiDescribeToken(token, &known), SEC_E_OK);
	assert_string_equal(known->User, "alice");
	assert_string_equal(known->Domain, KERBEROS_REALM);
	assert_string_equal(known->Authority, "kerberos");
	assert_int_equal(FreeContextBuffer(known), SEC_E_OK);
	assert_true(OpensspiCloseHandle(token));
	forget(&block, &imported);
}

static void the_exported_context_refuses_messages(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT_OF(logons); i++) {
		struct sealed message = { .data = QUESTION, .token_size = 60 };
		SecBuffer block, again = { 0, SECBUFFER_EMPTY, NULL };

		log_on(&logons[i]);
		block = export_it(&exchange.server.context, 0);
		for (enum operation operation = SEAL; operation < OPERATION_COUNT; operation++)
			assert_int_equal(run(&exchange.server.context, &message, operation),
					 SEC_E_CONTEXT_EXPIRED);
		assert_string_equal((char *)message.data, QUESTION);
		assert_int_equal(ExportSecurityContext(&exchange.server.context, 0, &again, NULL),
				 SEC_E_CONTEXT_EXPIRED);
		assert_null(again.pvBuffer);
		assert_int_equal(FreeContextBuffer(block.pvBuffer), SEC_E_OK);
	}
}

/* MIT takes no number back. mechListMIC is no message. */
static void a_context_can_be_reset_before_its_first_message(void **state)
{
	(void)state;
	for (size_t i = 0; i < 2 * COUNT_OF(logons); i++) {
		const char *package = logons[i / 2].package;
		CtxtHandle *moved = i % 2 ? &exchange.client.context : &exchange.server.context,
			   *stays = i % 2 ? &exchange.server.context : &exchange.client.context, imported,
			   second;
		SecBuffer block, refused = { 0, SECBUFFER_EMPTY, NULL };

		log_on(&logons[i / 2]);
		block = export_it(moved, SECPKG_CONTEXT_EXPORT_RESET_NEW);
		assert_int_equal(import_it(package, block, &imported), SEC_E_OK);
		assert_messages_go_both_ways(&imported, stays);
		for (int twice = 0; twice < 2; twice++) {
			assert_int_equal(ExportSecurityContext(&imported, SECPKG_CONTEXT_EXPORT_RESET_NEW,
							       &refused, NULL),
					 SEC_E_OUT_OF_SEQUENCE);
			assert_null(refused.pvBuffer);
			assert_messages_go_both_ways(&imported, stays);
		}
		assert_int_equal(FreeContextBuffer(block.pvBuffer), SEC_E_OK);
		block = export_it(&imported, 0);
		assert_int_equal(import_it(package, block, &second), SEC_E_OK);
		assert_int_equal(
			ExportSecurityContext(&second, SECPKG_CONTEXT_EXPORT_RESET_NEW, &refused, NULL),
			SEC_E_OUT_OF_SEQUENCE);
		assert_int_equal(DeleteSecurityContext(&second), SEC_E_OK);
		forget(&block, &imported);
	}
}

static void what_cannot_be_moved_stays(void **state)
{
	OPENSSPI_OPTIONS given = kerberos_server_options();
	SecBuffer block = { 0, SECBUFFER_EMPTY, NULL };
	struct sealed message = { .data = QUESTION, .token_size = 60 };

	(void)state;
	kerberos_exchange_start(&exchange, "Kerberos", &given); /* unfinished */
	exchange_call(&exchange, &exchange.client);
	assert_int_equal(ExportSecurityContext(&exchange.client.context, 0, &block, NULL),
			 SEC_E_INVALID_HANDLE);
	for (size_t i = 0; i < COUNT_OF(logons); i++) { /* refused by an altered message */
		log_on(&logons[i]);
		assert_true(run(&exchange.server.context, &message, OPEN) < 0);
		assert_int_equal(ExportSecurityContext(&exchange.server.context, 0, &block, NULL),
				 SEC_E_OUT_OF_SEQUENCE);
	}
	log_on(&logons[0]);
	assert_int_equal(ExportSecurityContext(&exchange.client.context, SECPKG_CONTEXT_EXPORT_TO_KERNEL,
					       &block, NULL),
			 SEC_E_UNSUPPORTED_FUNCTION);
	/* A client has nobody's token: that is seen when MIT has packed its part. */
	assert_int_equal(ExportSecurityContext(&exchange.client.context, 0, &block, &(HANDLE) { NULL }),
			 SEC_E_NO_IMPERSONATION);
	assert_null(block.pvBuffer);
	assert_messages_go_both_ways(&exchange.client.context, &exchange.server.context);
}

static void every_altered_and_every_cut_block_is_refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT_OF(logons); i++) {
		CtxtHandle imported;
		SecBuffer block, cut;
		uint8_t *bytes;
		long before;

		log_on(&logons[i]);
		block = export_it(&exchange.server.context, 0);
		bytes = block.pvBuffer;
		before = seam_blocks_alive();
		for (uint32_t at = 0; at < block.cbBuffer; at++) {
			bytes[at] ^= 0x20;
			assert_int_equal(import_it(logons[i].package, block, &imported), SEC_E_NOT_OWNER);
			bytes[at] ^= 0x20;
			cut = (SecBuffer) { at, SECBUFFER_EMPTY, bytes };
			assert_int_equal(import_it(logons[i].package, cut, &imported), SEC_E_NOT_OWNER);
		}
		assert_int_equal(import_it("NTLM", block, &imported), SEC_E_NOT_OWNER);
		assert_int_equal(import_it(strcmp(logons[i].package, "Kerberos") ? "Kerberos" : "Negotiate",
					   block, &imported),
				 SEC_E_NOT_OWNER);
		assert_int_equal(seam_blocks_alive(), before);
		assert_int_equal(import_it(logons[i].package, block, &imported), SEC_E_OK);
		forget(&block, &imported);
	}
}

static void an_export_without_memory_or_random_numbers_leaves_the_context_as_it_was(void **state)
{
	SecBuffer block = { 0, SECBUFFER_EMPTY, NULL };
	SECURITY_STATUS status = SEC_E_INSUFFICIENT_MEMORY;
	long n = 0;

	(void)state;
	log_on(&logons[1]);
	seam_fail_random(true);
	assert_int_equal(ExportSecurityContext(&exchange.server.context, 0, &block, NULL),
			 SEC_E_INTERNAL_ERROR);
	seam_fail_random(false);
	while (status != SEC_E_OK) {
		assert_null(block.pvBuffer);
		assert_messages_go_both_ways(&exchange.server.context, &exchange.client.context);
		seam_fail_allocation(++n);
		status = ExportSecurityContext(&exchange.server.context, 0, &block, NULL);
		seam_fail_allocation(0);
		assert_true(status == SEC_E_OK || status == SEC_E_INSUFFICIENT_MEMORY);
	}
	assert_in_range(n, 4, 50);
	status = SEC_E_INSUFFICIENT_MEMORY;
	for (n = 0; status != SEC_E_OK;) {
		long before = seam_blocks_alive();
		CtxtHandle imported;

		seam_fail_allocation(++n);
		status = import_it("Negotiate", block, &imported);
		seam_fail_allocation(0);
		if (status == SEC_E_OK)
			assert_messages_go_both_ways(&imported, &exchange.client.context);
		if (status == SEC_E_OK)
			forget(&block, &imported);
		else
			assert_int_equal(seam_blocks_alive(), before);
		assert_true(status == SEC_E_OK || status == SEC_E_INSUFFICIENT_MEMORY);
	}
	assert_in_range(n, 8, 50);
}

/* --- Inside the seal */

static struct side server, client;

static void log_on_sides(void)
{
	struct acquire_request accept = kerberos_accept_request();
	struct kerberos_ticket ticket = kerberos_ticket();
	struct acquire_request initiate = kerberos_initiate_request(kerberos_cache(&ticket));

	side_start(&server, &kerberos_package, &accept, ROLE_ACCEPT);
	side_start(&client, &kerberos_package, &initiate, ROLE_INITIATE);
	client.leg.requested = FLAG_MUTUAL_AUTH | FLAG_CONFIDENTIALITY | FLAG_INTEGRITY;
	client.leg.target = u16(ticket.service);
	assert_int_equal(side_step(&client, slice_of(NULL, 0)), SEC_I_CONTINUE_NEEDED);
	assert_int_equal(side_step(&server, side_output(&client)), SEC_E_OK);
	assert_int_equal(side_step(&client, side_output(&server)), SEC_E_OK);
}

static enum reason unpack(struct slice packed, enum role role, struct package_context **made)
{
	return kerberos_package.unpack(packed, role, NULL, made);
}

static void a_form_that_is_cut_longer_or_of_the_other_role_is_none(void **state)
{
	(void)state;
	log_on_sides();
	for (enum role role = ROLE_INITIATE; role <= ROLE_ACCEPT; role++) {
		CLEANUP(writer_wipe) struct byte_writer packed = writer_growing();
		struct side *side = role == ROLE_ACCEPT ? &server : &client;
		struct package_context *made = NULL;
		long before = seam_blocks_alive();

		assert_int_equal(kerberos_package.pack(side->context, false, &packed), REASON_OK);
		for (size_t size = 0; size < packed.size; size++)
			assert_int_equal(unpack(slice_of(packed.data, size), role, &made), REASON_BAD_TOKEN);
		assert_int_equal(unpack(writer_slice(&packed),
					role == ROLE_ACCEPT ? ROLE_INITIATE : ROLE_ACCEPT, &made),
				 REASON_BAD_TOKEN);
		writer_u8(&packed, 0);
		assert_int_equal(unpack(writer_slice(&packed), role, &made), REASON_BAD_TOKEN);
		assert_null(made);
		writer_wipe(&packed);
		assert_int_equal(seam_blocks_alive(), before);
	}
	side_end(&server);
	side_end(&client);
}

/* MIT's own bytes, the last of the form, are behind the seal alone: what wrote them is the same library. */
static void our_part_of_the_form_is_refused_or_packs_to_the_same_bytes(void **state)
{
	CLEANUP(writer_wipe) struct byte_writer packed = writer_growing();
	size_t ours;
	const uint8_t *theirs;

	(void)state;
	log_on_sides();
	assert_int_equal(kerberos_package.pack(server.context, false, &packed), REASON_OK);
	theirs = memmem(packed.data, packed.size, "\x2a\x86\x48\x86\xf7\x12\x01\x02\x02", 9);
	assert_non_null(theirs);
	ours = (size_t)(theirs - packed.data) - 4; /* the identifier's length stands before it */
	assert_in_range(ours, 100, 500);
	for (size_t at = 0; at < ours; at++) {
		CLEANUP(writer_wipe) struct byte_writer again = writer_growing();
		struct package_context *made = NULL;

		packed.data[at] ^= 0x41;
		if (unpack(writer_slice(&packed), ROLE_ACCEPT, &made) == REASON_OK) {
			assert_int_equal(kerberos_package.pack(made, false, &again), REASON_OK);
			assert_bytes(writer_slice(&again), writer_slice(&packed));
			package_context_free(made);
		}
		packed.data[at] ^= 0x41;
	}
	side_end(&server);
	side_end(&client);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)
		TEST(a_token_of_the_imported_context_has_the_sids_of_the_pac),
		TEST(messages_go_on_in_the_imported_context),
		TEST(a_message_from_before_the_export_is_a_replay_behind_it),
		TEST(the_imported_context_answers_as_the_old_one_does),
		TEST(the_users_token_comes_of_the_imported_context_too),
		TEST(the_exported_context_refuses_messages),
		TEST(a_context_can_be_reset_before_its_first_message),
		TEST(what_cannot_be_moved_stays),
		TEST(every_altered_and_every_cut_block_is_refused),
		TEST(an_export_without_memory_or_random_numbers_leaves_the_context_as_it_was),
		TEST(a_form_that_is_cut_longer_or_of_the_other_role_is_none),
		TEST(our_part_of_the_form_is_refused_or_packs_to_the_same_bytes),
#undef TEST
	};

	kerberos_realm_start("");
	return cmocka_run_group_tests(tests, NULL, NULL);
}
