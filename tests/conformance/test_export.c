/*
 * ExportSecurityContext and ImportSecurityContext. Started with arguments, this program is the process that imports:
 * test_export KEY-FILE PACKAGE BLOCK-FILE, which then answers messages from standard input on standard output.
 */
#include "base/compiler.h"
#include "support/exchange.h"
#include "support/hex.h"
#include "support/scratch.h"
#include "support/seams.h"

#include <endian.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define QUESTION "the question"
#define KEY      "an export key of thirty-two bytes"

enum { SIGNATURE = 16, KEY_SIZE = 32 };

static struct exchange exchange;
static const char *const packages[] = { "NTLM", "Negotiate" };

static char *text(const char *ascii)
{
	return (char *)(uintptr_t)ascii;
}

/* --- The key ---------------------------------------------------------------------------------------------------- */

static void use_key_file(const char *path)
{
	OPENSSPI_CONFIGURATION configuration = { .Size = sizeof(configuration), .ContextKeyFile = path };

	assert_int_equal(OpensspiConfigure(&configuration), SEC_E_OK);
}

static void use_key(void)
{
	use_key_file(scratch_write("key", slice_of(KEY, KEY_SIZE), 0600));
}

static int use_none(void **state)
{
	(void)state;
	return OpensspiConfigure(NULL);
}

/* --- Contexts --------------------------------------------------------------------------------------------------- */

/* Negotiate with SPNEGO around NTLM, so that mechListMIC has used a sequence number. */
static void log_on(const char *package)
{
	struct exchange_settings settings = exchange_usual(package);

	settings.client_flags |= OPENSSPI_ALWAYS_SPNEGO;
	exchange_start(&exchange, &settings);
	assert_true(exchange_run(&exchange));
}

/* A message, its token in front. */
struct sealed {
	uint8_t token[SIGNATURE], data[sizeof(QUESTION)];
};

static SECURITY_STATUS run(CtxtHandle *context, struct sealed *message, int which)
{
	SecBuffer buffers[] = { { sizeof(message->token), SECBUFFER_TOKEN, message->token },
				{ sizeof(message->data), SECBUFFER_DATA, message->data } };
	SecBufferDesc list = { SECBUFFER_VERSION, 2, buffers };

	switch (which) {
	case 0:
		return EncryptMessage(context, 0, &list, 0);
	case 1:
		return DecryptMessage(context, &list, 0, NULL);
	case 2:
		return MakeSignature(context, 0, &list, 0);
	default:
		return VerifySignature(context, &list, 0, NULL);
	}
}

static SECURITY_STATUS encrypt(CtxtHandle *context, struct sealed *message)
{
	return run(context, message, 0);
}

static SECURITY_STATUS decrypt(CtxtHandle *context, struct sealed *message)
{
	return run(context, message, 1);
}

static void assert_message_goes(CtxtHandle *from, CtxtHandle *to)
{
	struct sealed message = { .data = QUESTION };

	assert_int_equal(encrypt(from, &message), SEC_E_OK);
	assert_int_equal(decrypt(to, &message), SEC_E_OK);
	assert_string_equal((char *)message.data, QUESTION);
	assert_int_equal(run(from, &message, 2), SEC_E_OK);
	assert_int_equal(run(to, &message, 3), SEC_E_OK);
}

static void assert_messages_go_both_ways(CtxtHandle *one, CtxtHandle *other)
{
	for (int i = 0; i < 2; i++) {
		assert_message_goes(one, other);
		assert_message_goes(other, one);
	}
}

static SecBuffer export_it(CtxtHandle *context, uint32_t flags)
{
	SecBuffer block = { 0, SECBUFFER_EMPTY, NULL };

	assert_int_equal(ExportSecurityContext(context, flags, &block, NULL), SEC_E_OK);
	assert_int_equal(block.BufferType, SECBUFFER_EMPTY);
	assert_non_null(block.pvBuffer);
	return block;
}

static SECURITY_STATUS import_it(const char *package, SecBuffer block, CtxtHandle *context)
{
	return ImportSecurityContextA(text(package), &block, NULL, context);
}

static void forget(SecBuffer *block)
{
	assert_int_equal(FreeContextBuffer(block->pvBuffer), SEC_E_OK);
}

/* --- In one process --------------------------------------------------------------------------------------------- */

static void messages_go_on_in_the_imported_context(void **state)
{
	(void)state;
	use_key();
	for (int i = 0; i < 4; i++) {
		struct exchange_side *moved, *stays;
		CtxtHandle imported;
		SecBuffer block;

		log_on(packages[i / 2]);
		moved = i % 2 ? &exchange.client : &exchange.server;
		stays = i % 2 ? &exchange.server : &exchange.client;
		assert_messages_go_both_ways(&moved->context, &stays->context);
		block = export_it(&moved->context, 0);
		assert_int_equal(import_it(packages[i / 2], block, &imported), SEC_E_OK);
		assert_messages_go_both_ways(&imported, &stays->context);
		assert_int_equal(DeleteSecurityContext(&imported), SEC_E_OK);
		forget(&block);
		exchange_end(&exchange);
	}
}

static void a_name_in_utf16_imports_too(void **state)
{
	CtxtHandle imported;
	SecBuffer block;

	(void)state;
	use_key();
	log_on("NTLM");
	block = export_it(&exchange.server.context, 0);
	assert_int_equal(ImportSecurityContextW((SEC_WCHAR *)u"ntlm", &block, NULL, &imported), SEC_E_OK);
	assert_messages_go_both_ways(&imported, &exchange.client.context);
	assert_int_equal(DeleteSecurityContext(&imported), SEC_E_OK);
	forget(&block);
	exchange_end(&exchange);
}

/* Behind mechListMIC, too, whose numbers count and whose key stream does not. */
static void a_context_that_sent_nothing_can_be_reset(void **state)
{
	(void)state;
	use_key();
	for (size_t i = 0; i < COUNT_OF(packages); i++) {
		CtxtHandle imported;
		SecBuffer block;

		log_on(packages[i]);
		block = export_it(&exchange.server.context, SECPKG_CONTEXT_EXPORT_RESET_NEW);
		assert_int_equal(import_it(packages[i], block, &imported), SEC_E_OK);
		assert_messages_go_both_ways(&imported, &exchange.client.context);
		assert_int_equal(DeleteSecurityContext(&imported), SEC_E_OK);
		forget(&block);
		exchange_end(&exchange);
	}
}

/* It would use the key stream of the messages again. The context goes on. */
static void a_context_that_was_used_cannot_be_reset(void **state)
{
	(void)state;
	use_key();
	for (size_t i = 0; i < COUNT_OF(packages); i++) {
		SecBuffer block = { 0, SECBUFFER_EMPTY, NULL };

		log_on(packages[i]);
		assert_messages_go_both_ways(&exchange.server.context, &exchange.client.context);
		assert_int_equal(ExportSecurityContext(&exchange.server.context,
						       SECPKG_CONTEXT_EXPORT_RESET_NEW, &block, NULL),
				 SEC_E_OUT_OF_SEQUENCE);
		assert_null(block.pvBuffer);
		assert_messages_go_both_ways(&exchange.server.context, &exchange.client.context);
		exchange_end(&exchange);
	}
}

static void the_exported_context_refuses_messages_and_still_answers(void **state)
{
	(void)state;
	use_key();
	for (size_t i = 0; i < COUNT_OF(packages); i++) {
		SecBuffer block, again = { 0, SECBUFFER_EMPTY, NULL };
		struct sealed message = { .data = QUESTION };
		SecPkgContext_NamesA names;
		char word[64];

		log_on(packages[i]);
		block = export_it(&exchange.server.context, 0);
		for (int which = 0; which < 4; which++)
			assert_int_equal(run(&exchange.server.context, &message, which),
					 SEC_E_CONTEXT_EXPIRED);
		assert_string_equal((char *)message.data, QUESTION);
		assert_int_equal(ExportSecurityContext(&exchange.server.context, 0, &again, NULL),
				 SEC_E_CONTEXT_EXPIRED);
		assert_null(again.pvBuffer);
		assert_int_equal(QueryContextAttributesA(&exchange.server.context, SECPKG_ATTR_NAMES, &names),
				 SEC_E_OK);
		assert_string_equal(names.sUserName, EXCHANGE_DOMAIN "\\" EXCHANGE_USER);
		assert_int_equal(FreeContextBuffer(names.sUserName), SEC_E_OK);
		assert_string_equal(exchange_reason(&exchange.server, word), "ok");
		forget(&block);
		exchange_end(&exchange);
	}
}

static void the_old_context_can_be_deleted_in_the_same_call(void **state)
{
	CtxtHandle imported;
	SecBuffer block;

	(void)state;
	use_key();
	log_on("NTLM");
	block = export_it(&exchange.server.context, SECPKG_CONTEXT_EXPORT_DELETE_OLD);
	assert_int_equal(DeleteSecurityContext(&exchange.server.context), SEC_E_INVALID_HANDLE);
	exchange.server.has_context = false;
	assert_int_equal(import_it("NTLM", block, &imported), SEC_E_OK);
	assert_messages_go_both_ways(&imported, &exchange.client.context);
	assert_int_equal(DeleteSecurityContext(&imported), SEC_E_OK);
	forget(&block);
	exchange_end(&exchange);
}

/* --- What travels ----------------------------------------------------------------------------------------------- */

static void assert_same_names(CtxtHandle *before, CtxtHandle *after)
{
	SecPkgContext_NamesA names[2];

	assert_int_equal(QueryContextAttributesA(before, SECPKG_ATTR_NAMES, &names[0]), SEC_E_OK);
	assert_int_equal(QueryContextAttributesA(after, SECPKG_ATTR_NAMES, &names[1]), SEC_E_OK);
	assert_string_equal(names[0].sUserName, names[1].sUserName);
	for (int i = 0; i < 2; i++)
		assert_int_equal(FreeContextBuffer(names[i].sUserName), SEC_E_OK);
}

static void assert_same_session_key(CtxtHandle *before, CtxtHandle *after)
{
	SecPkgContext_SessionKey keys[2];

	assert_int_equal(QueryContextAttributesA(before, SECPKG_ATTR_SESSION_KEY, &keys[0]), SEC_E_OK);
	assert_int_equal(QueryContextAttributesA(after, SECPKG_ATTR_SESSION_KEY, &keys[1]), SEC_E_OK);
	assert_bytes(slice_of(keys[0].SessionKey, keys[0].SessionKeyLength),
		     slice_of(keys[1].SessionKey, keys[1].SessionKeyLength));
	for (int i = 0; i < 2; i++)
		assert_int_equal(FreeContextBuffer(keys[i].SessionKey), SEC_E_OK);
}

static void assert_same_key_info(CtxtHandle *before, CtxtHandle *after)
{
	SecPkgContext_KeyInfoA info[2];

	assert_int_equal(QueryContextAttributesA(before, SECPKG_ATTR_KEY_INFO, &info[0]), SEC_E_OK);
	assert_int_equal(QueryContextAttributesA(after, SECPKG_ATTR_KEY_INFO, &info[1]), SEC_E_OK);
	assert_string_equal(info[0].sSignatureAlgorithmName, info[1].sSignatureAlgorithmName);
	assert_int_equal(info[0].KeySize, info[1].KeySize);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(FreeContextBuffer(info[i].sSignatureAlgorithmName), SEC_E_OK);
		assert_int_equal(FreeContextBuffer(info[i].sEncryptAlgorithmName), SEC_E_OK);
	}
}

static void assert_same_package(CtxtHandle *before, CtxtHandle *after)
{
	SecPkgContext_NegotiationInfoA chosen[2];
	SecPkgContext_PackageInfoA own[2];

	assert_int_equal(QueryContextAttributesA(before, SECPKG_ATTR_PACKAGE_INFO, &own[0]), SEC_E_OK);
	assert_int_equal(QueryContextAttributesA(after, SECPKG_ATTR_PACKAGE_INFO, &own[1]), SEC_E_OK);
	assert_int_equal(QueryContextAttributesA(before, SECPKG_ATTR_NEGOTIATION_INFO, &chosen[0]), SEC_E_OK);
	assert_int_equal(QueryContextAttributesA(after, SECPKG_ATTR_NEGOTIATION_INFO, &chosen[1]), SEC_E_OK);
	assert_string_equal(own[0].PackageInfo->Name, own[1].PackageInfo->Name);
	assert_string_equal(chosen[0].PackageInfo->Name, chosen[1].PackageInfo->Name);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(FreeContextBuffer(own[i].PackageInfo), SEC_E_OK);
		assert_int_equal(FreeContextBuffer(chosen[i].PackageInfo), SEC_E_OK);
	}
}

/* Who let the account in, and whom the client meant. */
static void assert_same_authority_and_target(CtxtHandle *before, CtxtHandle *after)
{
	SecPkgContext_AuthorityA authorities[2];
	SecPkgContext_NativeNamesA names[2];

	assert_int_equal(QueryContextAttributesA(before, SECPKG_ATTR_AUTHORITY, &authorities[0]), SEC_E_OK);
	assert_int_equal(QueryContextAttributesA(after, SECPKG_ATTR_AUTHORITY, &authorities[1]), SEC_E_OK);
	assert_int_not_equal(authorities[0].sAuthorityName[0], 0);
	assert_string_equal(authorities[0].sAuthorityName, authorities[1].sAuthorityName);
	assert_int_equal(QueryContextAttributesA(before, SECPKG_ATTR_NATIVE_NAMES, &names[0]), SEC_E_OK);
	assert_int_equal(QueryContextAttributesA(after, SECPKG_ATTR_NATIVE_NAMES, &names[1]), SEC_E_OK);
	assert_string_equal(names[0].sServerName, EXCHANGE_TARGET);
	assert_string_equal(names[0].sServerName, names[1].sServerName);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(FreeContextBuffer(authorities[i].sAuthorityName), SEC_E_OK);
		assert_int_equal(FreeContextBuffer(names[i].sClientName), SEC_E_OK);
		assert_int_equal(FreeContextBuffer(names[i].sServerName), SEC_E_OK);
	}
}

static void assert_same_numbers(CtxtHandle *before, CtxtHandle *after)
{
	static const struct {
		uint32_t attribute;
		size_t size;
	} rows[] = {
		{ SECPKG_ATTR_SIZES, sizeof(SecPkgContext_Sizes) },
		{ SECPKG_ATTR_LIFESPAN, sizeof(SecPkgContext_Lifespan) },
		{ SECPKG_ATTR_FLAGS, sizeof(SecPkgContext_Flags) },
	};

	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		uint64_t values[2][8] = { 0 };

		assert_int_equal(QueryContextAttributesA(before, rows[i].attribute, values[0]), SEC_E_OK);
		assert_int_equal(QueryContextAttributesA(after, rows[i].attribute, values[1]), SEC_E_OK);
		assert_memory_equal(values[0], values[1], rows[i].size);
	}
}

static void assert_same_account(CtxtHandle *before, CtxtHandle *after)
{
	OPENSSPI_DESCRIPTION *descriptions[2];

	assert_int_equal(OpensspiDescribeContext(before, &descriptions[0]), SEC_E_OK);
	assert_int_equal(OpensspiDescribeContext(after, &descriptions[1]), SEC_E_OK);
	assert_string_equal(descriptions[0]->User, descriptions[1]->User);
	assert_string_equal(descriptions[0]->Domain, descriptions[1]->Domain);
	assert_string_equal(descriptions[0]->Reason, descriptions[1]->Reason);
	assert_int_equal(!descriptions[0]->Authority, !descriptions[1]->Authority);
	if (descriptions[0]->Authority)
		assert_string_equal(descriptions[0]->Authority, descriptions[1]->Authority);
	for (int i = 0; i < 2; i++)
		assert_int_equal(FreeContextBuffer(descriptions[i]), SEC_E_OK);
}

static void the_imported_context_answers_as_the_old_one_did(void **state)
{
	(void)state;
	use_key();
	for (int i = 0; i < 4; i++) {
		CtxtHandle *old, imported;
		SecBuffer block;

		log_on(packages[i / 2]);
		old = i % 2 ? &exchange.client.context : &exchange.server.context;
		block = export_it(old, 0);
		seam_set_time(SEAM_TIME + 1000000000);
		assert_int_equal(import_it(packages[i / 2], block, &imported), SEC_E_OK);
		seam_set_time(SEAM_TIME);
		assert_same_names(old, &imported);
		assert_same_session_key(old, &imported);
		assert_same_key_info(old, &imported);
		assert_same_package(old, &imported);
		assert_same_numbers(old, &imported);
		assert_same_account(old, &imported);
		assert_int_equal(DeleteSecurityContext(&imported), SEC_E_OK);
		forget(&block);
		exchange_end(&exchange);
	}
}

/* An account without a domain belongs to this machine, whose name the credential knew. */
static void the_imported_context_knows_its_authority_and_target(void **state)
{
	static const char *const domains[] = { EXCHANGE_DOMAIN, "" };

	(void)state;
	use_key();
	for (size_t i = 0; i < 2 * COUNT_OF(domains); i++) {
		struct exchange_settings settings = exchange_usual(packages[i / 2]);
		CtxtHandle imported;
		SecBuffer block;

		settings.domain = domains[i % 2];
		exchange_start(&exchange, &settings);
		assert_true(exchange_run(&exchange));
		block = export_it(&exchange.server.context, 0);
		assert_int_equal(import_it(packages[i / 2], block, &imported), SEC_E_OK);
		assert_same_authority_and_target(&exchange.server.context, &imported);
		assert_int_equal(DeleteSecurityContext(&imported), SEC_E_OK);
		forget(&block);
		exchange_end(&exchange);
	}
}

static void a_handshake_call_on_an_imported_context_is_out_of_sequence(void **state)
{
	uint8_t token[] = "token", room[4096];
	SecBuffer in = { sizeof(token), SECBUFFER_TOKEN, token },
		  out = { sizeof(room), SECBUFFER_TOKEN, room };
	SecBufferDesc input = { SECBUFFER_VERSION, 1, &in }, output = { SECBUFFER_VERSION, 1, &out };

	(void)state;
	use_key();
	for (int with_credential = 0; with_credential < 2; with_credential++) {
		CtxtHandle imported;
		SecBuffer block;

		log_on("NTLM");
		block = export_it(&exchange.server.context, 0);
		assert_int_equal(import_it("NTLM", block, &imported), SEC_E_OK);
		assert_int_equal(AcceptSecurityContext(with_credential ? &exchange.server.credential : NULL,
						       &imported, &input, 0, 0, &imported, &output, NULL,
						       NULL),
				 SEC_E_OUT_OF_SEQUENCE);
		assert_messages_go_both_ways(&imported, &exchange.client.context);
		assert_int_equal(DeleteSecurityContext(&imported), SEC_E_OK);
		forget(&block);
		exchange_end(&exchange);
	}
}

/* From here it goes on as any other does: its own export is the next block. */
static void an_imported_context_can_be_exported_again(void **state)
{
	CtxtHandle first, second;
	SecBuffer blocks[2];

	(void)state;
	use_key();
	log_on("Negotiate");
	blocks[0] = export_it(&exchange.client.context, 0);
	assert_int_equal(import_it("Negotiate", blocks[0], &first), SEC_E_OK);
	assert_messages_go_both_ways(&first, &exchange.server.context);
	blocks[1] = export_it(&first, SECPKG_CONTEXT_EXPORT_DELETE_OLD);
	assert_int_equal(import_it("Negotiate", blocks[1], &second), SEC_E_OK);
	assert_messages_go_both_ways(&second, &exchange.server.context);
	assert_same_account(&exchange.client.context, &second);
	assert_int_equal(DeleteSecurityContext(&second), SEC_E_OK);
	forget(&blocks[0]);
	forget(&blocks[1]);
	exchange_end(&exchange);
}

static void assert_same_user(HANDLE before, HANDLE after)
{
	OPENSSPI_TOKEN *tokens[2];

	assert_int_equal(OpensspiDescribeToken(before, &tokens[0]), SEC_E_OK);
	assert_int_equal(OpensspiDescribeToken(after, &tokens[1]), SEC_E_OK);
	assert_string_equal(tokens[0]->User, EXCHANGE_USER);
	assert_string_equal(tokens[0]->User, tokens[1]->User);
	assert_string_equal(tokens[0]->Domain, tokens[1]->Domain);
	assert_string_equal(tokens[0]->Authority, tokens[1]->Authority);
	assert_int_equal(tokens[0]->LogonTime, tokens[1]->LogonTime);
	for (int i = 0; i < 2; i++)
		assert_int_equal(FreeContextBuffer(tokens[i]), SEC_E_OK);
}

static void an_account_of_the_account_file_is_one_afterwards_too(void **state)
{
	OPENSSPI_OPTIONS options = { .Magic = OPENSSPI_OPTIONS_MAGIC, .Size = sizeof(options) };
	struct exchange_settings settings = exchange_usual("NTLM");
	OPENSSPI_DESCRIPTION *description;
	CtxtHandle imported;
	SecBuffer block;

	(void)state;
	use_key();
	options.AccountFile = scratch_text("accounts", "");
	assert_int_equal(OpensspiAccountSet(options.AccountFile, EXCHANGE_DOMAIN, EXCHANGE_USER,
					    EXCHANGE_PASSWORD, NULL),
			 SEC_E_OK);
	exchange_start(&exchange, &settings);
	assert_int_equal(AddCredentialsA(&exchange.server.credential, NULL, text("NTLM"), SECPKG_CRED_INBOUND,
					 &options, NULL, NULL, NULL),
			 SEC_E_OK);
	assert_true(exchange_run(&exchange));
	block = export_it(&exchange.server.context, 0);
	assert_int_equal(import_it("NTLM", block, &imported), SEC_E_OK);
	assert_same_account(&exchange.server.context, &imported);
	assert_int_equal(OpensspiDescribeContext(&imported, &description), SEC_E_OK);
	assert_string_equal(description->Authority, "account-file");
	assert_int_equal(FreeContextBuffer(description), SEC_E_OK);
	assert_int_equal(DeleteSecurityContext(&imported), SEC_E_OK);
	forget(&block);
	exchange_end(&exchange);
}

/* By both ways: beside the block, and from the imported context, which it outlives. */
static void the_token_of_the_user_comes_along(void **state)
{
	SecBuffer block = { 0, SECBUFFER_EMPTY, NULL };
	HANDLE given = NULL, own = NULL;
	CtxtHandle imported;

	(void)state;
	use_key();
	log_on("Negotiate");
	assert_int_equal(ExportSecurityContext(&exchange.server.context, SECPKG_CONTEXT_EXPORT_DELETE_OLD,
					       &block, &given),
			 SEC_E_OK);
	exchange.server.has_context = false;
	assert_int_equal(import_it("Negotiate", block, &imported), SEC_E_OK);
	assert_int_equal(QuerySecurityContextToken(&imported, &own), SEC_E_OK);
	assert_int_equal(DeleteSecurityContext(&imported), SEC_E_OK);
	assert_same_user(given, own);
	assert_true(CloseHandle(given));
	assert_true(CloseHandle(own));
	forget(&block);
	block = (SecBuffer) { 0, SECBUFFER_EMPTY, NULL };
	given = NULL;
	assert_int_equal(ExportSecurityContext(&exchange.client.context, 0, &block, &given),
			 SEC_E_NO_IMPERSONATION);
	assert_null(block.pvBuffer);
	assert_null(given);
	assert_int_equal(ExportSecurityContext(&exchange.client.context, 0, &block, NULL), SEC_E_OK);
	forget(&block);
	exchange_end(&exchange);
}

/* --- What is refused -------------------------------------------------------------------------------------------- */

static void without_a_key_file_nothing_is_exported_or_imported(void **state)
{
	SecBuffer block = { 0, SECBUFFER_EMPTY, NULL }, made;
	CtxtHandle imported;

	(void)state;
	log_on("NTLM");
	use_none(NULL);
	assert_int_equal(ExportSecurityContext(&exchange.server.context, 0, &block, NULL),
			 SEC_E_UNSUPPORTED_FUNCTION);
	assert_null(block.pvBuffer);
	assert_messages_go_both_ways(&exchange.server.context, &exchange.client.context);
	use_key();
	made = export_it(&exchange.server.context, 0);
	use_none(NULL);
	assert_int_equal(import_it("NTLM", made, &imported), SEC_E_UNSUPPORTED_FUNCTION);
	forget(&made);
	exchange_end(&exchange);
}

static void make_key_link(const char *path)
{
	assert_int_equal(symlink(scratch_path("key"), path), 0);
}

static void make_key_fifo(const char *path)
{
	assert_int_equal(mkfifo(path, 0600), 0);
}

static void make_key_folder(const char *path)
{
	assert_int_equal(mkdir(path, 0700), 0);
}

/* The reason that OpensspiDescribeContext gives for the last call without a context. */
static void assert_last_reason(const char *expected)
{
	struct exchange_side nobody = { 0 };
	char word[64];

	assert_string_equal(exchange_reason(&nobody, word), expected);
}

static void assert_key_file_is_refused(const char *path, SecBuffer made)
{
	SecBuffer block = { 0, SECBUFFER_EMPTY, NULL };
	CtxtHandle imported;

	use_key_file(path);
	assert_int_equal(ExportSecurityContext(&exchange.client.context, 0, &block, NULL),
			 SEC_E_NO_CREDENTIALS);
	assert_null(block.pvBuffer);
	assert_last_reason("context-key-file");
	assert_int_equal(import_it("NTLM", made, &imported), SEC_E_NO_CREDENTIALS);
	assert_last_reason("context-key-file");
}

static void a_key_file_that_is_missing_unsafe_or_of_another_size_is_refused(void **state)
{
	static void (*const make[])(const char *) = { make_key_link, make_key_fifo, make_key_folder };
	static const mode_t modes[] = { 0640, 0604, 0610, 0660 };
	static const size_t sizes[] = { 0, 1, KEY_SIZE - 1, KEY_SIZE + 1 };
	uint8_t large[20000] = { 0 };
	SecBuffer made;

	(void)state;
	use_key();
	log_on("NTLM");
	made = export_it(&exchange.server.context, 0);
	assert_key_file_is_refused(scratch_path("no-such-key"), made);
	for (size_t i = 0; i < COUNT_OF(modes); i++)
		assert_key_file_is_refused(scratch_write("open-key", slice_of(KEY, KEY_SIZE), modes[i]),
					   made);
	for (size_t i = 0; i < COUNT_OF(sizes); i++)
		assert_key_file_is_refused(scratch_write("sized-key", slice_of(KEY, sizes[i]), 0600), made);
	assert_key_file_is_refused(scratch_write("large-key", slice_of(large, sizeof(large)), 0600), made);
	for (size_t i = 0; i < COUNT_OF(make); i++) {
		char name[] = "strange-key-0";

		name[sizeof(name) - 2] = (char)('0' + i);
		make[i](scratch_path(name));
		assert_key_file_is_refused(scratch_path(name), made);
	}
	forget(&made);
	exchange_end(&exchange);
}

static void only_a_block_under_the_same_key_is_imported(void **state)
{
	static const uint8_t other[KEY_SIZE] = "another key of thirty-two bytes";
	CtxtHandle imported;
	SecBuffer block;

	(void)state;
	use_key();
	log_on("NTLM");
	block = export_it(&exchange.server.context, 0);
	use_key_file(scratch_write("other-key", slice_of(other, sizeof(other)), 0600));
	assert_int_equal(import_it("NTLM", block, &imported), SEC_E_NOT_OWNER);
	assert_last_reason("context-block");
	use_key();
	assert_int_equal(import_it("NTLM", block, &imported), SEC_E_OK);
	assert_int_equal(DeleteSecurityContext(&imported), SEC_E_OK);
	forget(&block);
	exchange_end(&exchange);
}

static void every_altered_and_every_cut_block_is_refused(void **state)
{
	long before;

	(void)state;
	use_key();
	for (size_t p = 0; p < COUNT_OF(packages); p++) {
		CtxtHandle imported = { 1, 2 };
		SecBuffer block, cut;
		uint8_t *bytes;

		log_on(packages[p]);
		block = export_it(&exchange.server.context, 0);
		bytes = block.pvBuffer;
		before = seam_blocks_alive();
		for (uint32_t i = 0; i < block.cbBuffer; i++) {
			bytes[i] ^= 0x20;
			assert_int_equal(import_it(packages[p], block, &imported), SEC_E_NOT_OWNER);
			bytes[i] ^= 0x20;
			cut = (SecBuffer) { i, SECBUFFER_EMPTY, bytes };
			assert_int_equal(import_it(packages[p], cut, &imported), SEC_E_NOT_OWNER);
		}
		assert_int_equal(seam_blocks_alive(), before);
		assert_int_equal(imported.dwLower, 1);
		assert_int_equal(import_it(packages[p], block, &imported), SEC_E_OK);
		assert_int_equal(DeleteSecurityContext(&imported), SEC_E_OK);
		forget(&block);
		exchange_end(&exchange);
	}
}

static void a_block_that_is_far_too_large_is_not_looked_at(void **state)
{
	static uint8_t large[(1 << 20) + 1];
	SecBuffer block = { sizeof(large), SECBUFFER_EMPTY, large };
	CtxtHandle imported;
	long before;

	(void)state;
	use_key();
	before = seam_allocations();
	assert_int_equal(import_it("NTLM", block, &imported), SEC_E_NOT_OWNER);
	block.cbBuffer--;
	assert_true(seam_allocations() - before < 4); /* the configuration's */
	assert_int_equal(import_it("NTLM", block, &imported), SEC_E_NOT_OWNER);
}

static void a_block_of_another_package_is_refused(void **state)
{
	(void)state;
	use_key();
	for (size_t p = 0; p < COUNT_OF(packages); p++) {
		CtxtHandle imported;
		SecBuffer block;

		log_on(packages[p]);
		block = export_it(&exchange.server.context, 0);
		assert_int_equal(import_it(packages[!p], block, &imported), SEC_E_NOT_OWNER);
		assert_int_equal(import_it("CREDSSP", block, &imported), SEC_E_UNSUPPORTED_FUNCTION);
		assert_int_equal(import_it("no such package", block, &imported), SEC_E_SECPKG_NOT_FOUND);
		assert_int_equal(import_it(NULL, block, &imported), SEC_E_SECPKG_NOT_FOUND);
		assert_int_equal(ImportSecurityContextW(NULL, &block, NULL, &imported),
				 SEC_E_SECPKG_NOT_FOUND);
		forget(&block);
		exchange_end(&exchange);
	}
}

/* Two contexts of one block would use one key stream twice. */
static void a_process_imports_a_block_once(void **state)
{
	CtxtHandle imported;
	SecBuffer block;

	(void)state;
	use_key();
	log_on("NTLM");
	block = export_it(&exchange.server.context, 0);
	assert_int_equal(import_it("NTLM", block, &imported), SEC_E_OK);
	for (int i = 0; i < 2; i++) {
		CtxtHandle second;

		assert_int_equal(import_it("NTLM", block, &second), SEC_E_NOT_OWNER);
		assert_last_reason("context-imported");
	}
	assert_messages_go_both_ways(&imported, &exchange.client.context);
	assert_int_equal(DeleteSecurityContext(&imported), SEC_E_OK);
	assert_int_equal(import_it("NTLM", block, &imported), SEC_E_NOT_OWNER);
	forget(&block);
	exchange_end(&exchange);
}

static void arguments_that_mean_nothing_are_refused(void **state)
{
	SecBuffer block = { 0, SECBUFFER_EMPTY, NULL }, token = { 0, SECBUFFER_TOKEN, NULL };
	CtxtHandle imported, *context = &exchange.client.context;

	(void)state;
	use_key();
	log_on("NTLM");
	assert_int_equal(ExportSecurityContext(NULL, 0, &block, NULL), SEC_E_INVALID_HANDLE);
	assert_int_equal(ExportSecurityContext(context, 0, NULL, NULL), SEC_E_INTERNAL_ERROR);
	assert_int_equal(ExportSecurityContext(context, 0, &token, NULL), SEC_E_INVALID_TOKEN);
	assert_int_equal(ExportSecurityContext(context, SECPKG_CONTEXT_EXPORT_TO_KERNEL, &block, NULL),
			 SEC_E_UNSUPPORTED_FUNCTION);
	assert_int_equal(ExportSecurityContext(context, 8, &block, NULL), SEC_E_UNSUPPORTED_FUNCTION);
	assert_null(block.pvBuffer);
	assert_messages_go_both_ways(context, &exchange.server.context);
	assert_int_equal(import_it("NTLM", block, &imported), SEC_E_INTERNAL_ERROR);
	block = export_it(context, 0);
	assert_int_equal(ImportSecurityContextA(text("NTLM"), NULL, NULL, &imported), SEC_E_INTERNAL_ERROR);
	assert_int_equal(ImportSecurityContextA(text("NTLM"), &block, NULL, NULL), SEC_E_INTERNAL_ERROR);
	forget(&block);
	exchange_end(&exchange);
}

static void what_cannot_be_moved_stays(void **state)
{
	struct exchange_settings settings = exchange_usual("NTLM");
	SecBuffer block = { 0, SECBUFFER_EMPTY, NULL };
	struct sealed message = { .data = QUESTION };

	(void)state;
	use_key();
	log_on("CREDSSP");
	assert_int_equal(ExportSecurityContext(&exchange.server.context, 0, &block, NULL),
			 SEC_E_UNSUPPORTED_FUNCTION);
	exchange_end(&exchange);
	exchange_start(&exchange, &settings); /* unfinished */
	exchange_call(&exchange, &exchange.client);
	assert_int_equal(ExportSecurityContext(&exchange.client.context, 0, &block, NULL),
			 SEC_E_INVALID_HANDLE);
	exchange_end(&exchange);
	for (size_t i = 0; i < COUNT_OF(packages); i++) { /* refused by an altered message */
		log_on(packages[i]);
		assert_true(decrypt(&exchange.server.context, &message) < 0);
		assert_int_equal(ExportSecurityContext(&exchange.server.context, 0, &block, NULL),
				 SEC_E_OUT_OF_SEQUENCE);
		exchange_end(&exchange);
	}
	assert_null(block.pvBuffer);
}

/* --- When something fails --------------------------------------------------------------------------------------- */

static void an_export_without_memory_leaves_the_context_as_it_was(void **state)
{
	SecBuffer block = { 0, SECBUFFER_EMPTY, NULL };
	SECURITY_STATUS status = SEC_E_INSUFFICIENT_MEMORY;
	long before, n = 0;

	(void)state;
	use_key();
	log_on("Negotiate");
	before = seam_blocks_alive();
	while (status != SEC_E_OK) {
		seam_fail_allocation(++n);
		status = ExportSecurityContext(&exchange.server.context, 0, &block, NULL);
		seam_fail_allocation(0);
		if (status == SEC_E_OK)
			break;
		assert_int_equal(status, SEC_E_INSUFFICIENT_MEMORY);
		assert_null(block.pvBuffer);
		assert_int_equal(seam_blocks_alive(), before);
		assert_messages_go_both_ways(&exchange.server.context, &exchange.client.context);
	}
	assert_true(n > 3);
	forget(&block);
	assert_int_equal(seam_blocks_alive(), before);
	exchange_end(&exchange);
}

static void an_import_without_memory_may_be_tried_again(void **state)
{
	SECURITY_STATUS status = SEC_E_INSUFFICIENT_MEMORY;
	CtxtHandle imported;
	long before, n = 0;
	SecBuffer block;

	(void)state;
	use_key();
	log_on("Negotiate");
	block = export_it(&exchange.server.context, 0);
	before = seam_blocks_alive();
	while (status != SEC_E_OK) {
		seam_fail_allocation(++n);
		status = import_it("Negotiate", block, &imported);
		seam_fail_allocation(0);
		if (status == SEC_E_OK)
			break;
		assert_int_equal(status, SEC_E_INSUFFICIENT_MEMORY);
		assert_int_equal(seam_blocks_alive(), before);
	}
	assert_true(n > 7);
	assert_messages_go_both_ways(&imported, &exchange.client.context);
	assert_int_equal(DeleteSecurityContext(&imported), SEC_E_OK);
	assert_int_equal(seam_blocks_alive(), before);
	forget(&block);
	exchange_end(&exchange);
}

static void without_random_numbers_nothing_is_exported(void **state)
{
	SecBuffer block = { 0, SECBUFFER_EMPTY, NULL };

	(void)state;
	use_key();
	log_on("NTLM");
	seam_fail_random(true);
	assert_int_equal(ExportSecurityContext(&exchange.server.context, 0, &block, NULL),
			 SEC_E_INTERNAL_ERROR);
	seam_fail_random(false);
	assert_null(block.pvBuffer);
	assert_messages_go_both_ways(&exchange.server.context, &exchange.client.context);
	exchange_end(&exchange);
}

/* The key, the session key and the password are nowhere in it. */
static void a_block_shows_nothing_of_what_is_sealed(void **state)
{
	SecPkgContext_SessionKey key;
	SecBuffer block;

	(void)state;
	use_key();
	log_on("NTLM");
	assert_int_equal(QueryContextAttributesA(&exchange.server.context, SECPKG_ATTR_SESSION_KEY, &key),
			 SEC_E_OK);
	block = export_it(&exchange.server.context, 0);
	assert_null(memmem(block.pvBuffer, block.cbBuffer, key.SessionKey, key.SessionKeyLength));
	assert_null(memmem(block.pvBuffer, block.cbBuffer, u"alice", 10));
	assert_int_equal(FreeContextBuffer(key.SessionKey), SEC_E_OK);
	forget(&block);
	exchange_end(&exchange);
}

/* --- Another thread --------------------------------------------------------------------------------------------- */

/* Signs until it may not any more; how often it did. */
static void *sign_until_refused(void *argument)
{
	atomic_uint *count = argument;
	struct sealed message = { .data = QUESTION };

	while (run(&exchange.client.context, &message, 2) == SEC_E_OK)
		(*count)++;
	return NULL;
}

/* The sequence number of the imported context's first message is the number of those that went before. */
static void no_message_goes_out_behind_the_export(void **state)
{
	struct sealed message = { .data = QUESTION };
	atomic_uint count = 0;
	CtxtHandle imported;
	pthread_t thread;
	uint32_t number;
	SecBuffer block;

	(void)state;
	use_key();
	log_on("NTLM");
	assert_int_equal(pthread_create(&thread, NULL, sign_until_refused, &count), 0);
	while (count < 100)
		sched_yield();
	block = export_it(&exchange.client.context, 0);
	assert_int_equal(pthread_join(thread, NULL), 0);
	assert_int_equal(import_it("NTLM", block, &imported), SEC_E_OK);
	assert_int_equal(run(&imported, &message, 2), SEC_E_OK);
	memcpy(&number, message.token + SIGNATURE - sizeof(number), sizeof(number));
	assert_int_equal(le32toh(number), count);
	assert_int_equal(DeleteSecurityContext(&imported), SEC_E_OK);
	forget(&block);
	exchange_end(&exchange);
}

/* --- Another process -------------------------------------------------------------------------------------------- */

static bool transfer(ssize_t (*move)(int, void *, size_t), int end, void *bytes, size_t size)
{
	uint8_t *next = bytes;

	while (size) {
		ssize_t count = move(end, next, size);

		if (count <= 0)
			return false;
		next += count;
		size -= (size_t)count;
	}
	return true;
}

static ssize_t write_some(int end, void *bytes, size_t size)
{
	return write(end, bytes, size);
}

static const char *program; /* this one */

/* Answers each message by a sealed one with the same text, until no more come. */
static int serve(const char *key_file, const char *package, const char *block_file)
{
	OPENSSPI_CONFIGURATION configuration = { .Size = sizeof(configuration), .ContextKeyFile = key_file };
	static uint8_t bytes[65536];
	SecBuffer block = { 0, SECBUFFER_EMPTY, bytes };
	struct sealed message;
	CtxtHandle context;
	FILE *file = fopen(block_file, "rb");

	if (!file)
		return 1;
	block.cbBuffer = (uint32_t)fread(bytes, 1, sizeof(bytes), file);
	fclose(file);
	if (OpensspiConfigure(&configuration) != SEC_E_OK || import_it(package, block, &context) != SEC_E_OK)
		return 2;
	while (transfer(read, STDIN_FILENO, &message, sizeof(message))) {
		if (decrypt(&context, &message) != SEC_E_OK || encrypt(&context, &message) != SEC_E_OK)
			return 3;
		if (!transfer(write_some, STDOUT_FILENO, &message, sizeof(message)))
			return 4;
	}
	return DeleteSecurityContext(&context) == SEC_E_OK ? 0 : 5;
}

static pid_t start_process(const char *package, const char *block_file, int *end)
{
	int ends[2];
	pid_t child;

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
	child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		dup2(ends[1], STDIN_FILENO);
		dup2(ends[1], STDOUT_FILENO);
		close(ends[0]);
		close(ends[1]);
		execl(program, program, scratch_path("key"), package, block_file, (char *)NULL);
		_exit(serve(scratch_path("key"), package, block_file)); /* an emulator starts no program */
	}
	close(ends[1]);
	*end = ends[0];
	return child;
}

static void a_context_goes_on_in_another_process(void **state)
{
	(void)state;
	use_key();
	for (int i = 0; i < 4; i++) {
		struct exchange_side *moved, *stays;
		int end, status = -1;
		SecBuffer block;
		pid_t child;

		log_on(packages[i / 2]);
		moved = i % 2 ? &exchange.client : &exchange.server;
		stays = i % 2 ? &exchange.server : &exchange.client;
		assert_messages_go_both_ways(&moved->context, &stays->context);
		block = export_it(&moved->context, SECPKG_CONTEXT_EXPORT_DELETE_OLD);
		moved->has_context = false;
		child = start_process(packages[i / 2],
				      scratch_write("block", slice_of(block.pvBuffer, block.cbBuffer), 0600),
				      &end);
		for (int round = 0; round < 3; round++) {
			struct sealed message = { .data = QUESTION };

			assert_int_equal(encrypt(&stays->context, &message), SEC_E_OK);
			assert_true(transfer(write_some, end, &message, sizeof(message)));
			assert_true(transfer(read, end, &message, sizeof(message)));
			assert_int_equal(decrypt(&stays->context, &message), SEC_E_OK);
			assert_string_equal((char *)message.data, QUESTION);
		}
		close(end);
		assert_int_equal(waitpid(child, &status, 0), child);
		assert_int_equal(status, 0);
		forget(&block);
		exchange_end(&exchange);
	}
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(messages_go_on_in_the_imported_context, use_none),
		cmocka_unit_test_teardown(a_name_in_utf16_imports_too, use_none),
		cmocka_unit_test_teardown(a_context_that_sent_nothing_can_be_reset, use_none),
		cmocka_unit_test_teardown(a_context_that_was_used_cannot_be_reset, use_none),
		cmocka_unit_test_teardown(the_exported_context_refuses_messages_and_still_answers, use_none),
		cmocka_unit_test_teardown(the_old_context_can_be_deleted_in_the_same_call, use_none),
		cmocka_unit_test_teardown(the_imported_context_answers_as_the_old_one_did, use_none),
		cmocka_unit_test_teardown(the_imported_context_knows_its_authority_and_target, use_none),
		cmocka_unit_test_teardown(a_handshake_call_on_an_imported_context_is_out_of_sequence,
					  use_none),
		cmocka_unit_test_teardown(an_imported_context_can_be_exported_again, use_none),
		cmocka_unit_test_teardown(an_account_of_the_account_file_is_one_afterwards_too, use_none),
		cmocka_unit_test_teardown(the_token_of_the_user_comes_along, use_none),
		cmocka_unit_test_teardown(without_a_key_file_nothing_is_exported_or_imported, use_none),
		cmocka_unit_test_teardown(a_key_file_that_is_missing_unsafe_or_of_another_size_is_refused,
					  use_none),
		cmocka_unit_test_teardown(only_a_block_under_the_same_key_is_imported, use_none),
		cmocka_unit_test_teardown(every_altered_and_every_cut_block_is_refused, use_none),
		cmocka_unit_test_teardown(a_block_that_is_far_too_large_is_not_looked_at, use_none),
		cmocka_unit_test_teardown(a_block_of_another_package_is_refused, use_none),
		cmocka_unit_test_teardown(a_process_imports_a_block_once, use_none),
		cmocka_unit_test_teardown(arguments_that_mean_nothing_are_refused, use_none),
		cmocka_unit_test_teardown(what_cannot_be_moved_stays, use_none),
		cmocka_unit_test_teardown(an_export_without_memory_leaves_the_context_as_it_was, use_none),
		cmocka_unit_test_teardown(an_import_without_memory_may_be_tried_again, use_none),
		cmocka_unit_test_teardown(without_random_numbers_nothing_is_exported, use_none),
		cmocka_unit_test_teardown(a_block_shows_nothing_of_what_is_sealed, use_none),
		cmocka_unit_test_teardown(no_message_goes_out_behind_the_export, use_none),
		cmocka_unit_test_teardown(a_context_goes_on_in_another_process, use_none),
	};

	program = argv[0];
	if (argc == 4)
		return serve(argv[1], argv[2], argv[3]);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
