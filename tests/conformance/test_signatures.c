/* MakeSignature and VerifySignature: signatures beside the data, of message packages. */
#include "base/compiler.h"
#include "support/exchange.h"
#include "support/hex.h"
#include "support/seams.h"

#include <string.h>

#define QUESTION "the question"

enum { SIGNATURE = 16, QUALITY_BEFORE = 77 };

static struct exchange exchange;

static void log_on(const char *package)
{
	struct exchange_settings settings = exchange_usual(package);

	exchange_start(&exchange, &settings);
	assert_true(exchange_run(&exchange));
}

static SECURITY_STATUS sign(struct exchange_side *side, SecBuffer *buffers, uint32_t count)
{
	SecBufferDesc list = { SECBUFFER_VERSION, count, buffers };

	return MakeSignature(&side->context, 0, &list, 0);
}

static SECURITY_STATUS verify(struct exchange_side *side, SecBuffer *buffers, uint32_t count)
{
	SecBufferDesc list = { SECBUFFER_VERSION, count, buffers };

	return VerifySignature(&side->context, &list, 0, NULL);
}

/* One message with its buffers, TOKEN in front. */
struct signed_message {
	uint8_t token[SIGNATURE], data[sizeof(QUESTION)];
	SecBuffer buffers[2];
};

static void start(struct signed_message *message)
{
	*message = (struct signed_message) { .data = QUESTION };
	message->buffers[0] = (SecBuffer) { sizeof(message->token), SECBUFFER_TOKEN, message->token };
	message->buffers[1] = (SecBuffer) { sizeof(message->data), SECBUFFER_DATA, message->data };
}

static void a_signature_is_made_and_verified_both_ways(void **state)
{
	static const char *const packages[] = { "NTLM", "Negotiate" };
	struct signed_message message;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(packages); i++) {
		log_on(packages[i]);
		for (int round = 0; round < 3; round++) {
			start(&message);
			assert_int_equal(sign(&exchange.client, message.buffers, 2), SEC_E_OK);
			assert_memory_equal(message.data, QUESTION, sizeof(QUESTION));
			assert_int_equal(verify(&exchange.server, message.buffers, 2), SEC_E_OK);
			assert_memory_equal(message.data, QUESTION, sizeof(QUESTION));
			start(&message);
			assert_int_equal(sign(&exchange.server, message.buffers, 2), SEC_E_OK);
			assert_int_equal(verify(&exchange.client, message.buffers, 2), SEC_E_OK);
		}
		exchange_end(&exchange);
	}
}

/* The sequence number counts signed and sealed messages alike. */
static void signatures_and_sealed_messages_take_turns(void **state)
{
	struct signed_message message;
	SecBufferDesc list = { SECBUFFER_VERSION, 2, message.buffers };

	(void)state;
	log_on("NTLM");
	for (int round = 0; round < 2; round++) {
		start(&message);
		assert_int_equal(MakeSignature(&exchange.client.context, 0, &list, 0), SEC_E_OK);
		assert_int_equal(VerifySignature(&exchange.server.context, &list, 0, NULL), SEC_E_OK);
		start(&message);
		assert_int_equal(EncryptMessage(&exchange.client.context, 0, &list, 0), SEC_E_OK);
		assert_int_equal(DecryptMessage(&exchange.server.context, &list, 0, NULL), SEC_E_OK);
		assert_memory_equal(message.data, QUESTION, sizeof(QUESTION));
	}
	exchange_end(&exchange);
}

/* What EncryptMessage makes without encryption is the same signature. */
static void a_message_wrapped_without_encryption_verifies(void **state)
{
	struct signed_message message;
	SecBufferDesc list = { SECBUFFER_VERSION, 2, message.buffers };

	(void)state;
	log_on("NTLM");
	start(&message);
	assert_int_equal(EncryptMessage(&exchange.server.context, SECQOP_WRAP_NO_ENCRYPT, &list, 0),
			 SEC_E_OK);
	assert_int_equal(verify(&exchange.client, message.buffers, 2), SEC_E_OK);
	exchange_end(&exchange);
}

static void the_sizes_attribute_says_how_large_a_signature_gets(void **state)
{
	uint8_t token[SIGNATURE + 8];
	SecPkgContext_Sizes sizes;
	struct signed_message message;

	(void)state;
	log_on("NTLM");
	start(&message);
	assert_int_equal(QueryContextAttributesA(&exchange.client.context, SECPKG_ATTR_SIZES, &sizes),
			 SEC_E_OK);
	assert_int_equal(sizes.cbMaxSignature, SIGNATURE);
	message.buffers[0] = (SecBuffer) { sizeof(token), SECBUFFER_TOKEN, token };
	assert_int_equal(sign(&exchange.client, message.buffers, 2), SEC_E_OK);
	assert_int_equal(message.buffers[0].cbBuffer, sizes.cbMaxSignature);
	assert_int_equal(verify(&exchange.server, message.buffers, 2), SEC_E_OK);
	exchange_end(&exchange);
}

/* The next message has the sequence number that this one would have had. */
static void a_token_that_is_too_small_is_refused_and_nothing_is_counted(void **state)
{
	struct signed_message message;

	(void)state;
	log_on("NTLM");
	start(&message);
	message.buffers[0].cbBuffer = SIGNATURE - 1;
	assert_int_equal(sign(&exchange.client, message.buffers, 2), SEC_E_BUFFER_TOO_SMALL);
	start(&message);
	assert_int_equal(sign(&exchange.client, message.buffers, 2), SEC_E_OK);
	assert_int_equal(verify(&exchange.server, message.buffers, 2), SEC_E_OK);
	exchange_end(&exchange);
}

/* READONLY is not signed, READONLY_WITH_CHECKSUM is; a PADDING stays empty. */
static void read_only_data_counts_by_its_attribute(void **state)
{
	static const struct {
		size_t altered;
		SECURITY_STATUS status;
	} rows[] = { { 0, SEC_E_OK }, { 1, SEC_E_MESSAGE_ALTERED }, { 2, SEC_E_MESSAGE_ALTERED } };

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		uint8_t parts[3][4] = { "abc", "def", "ghi" }, token[SIGNATURE], padding[8];
		SecBuffer buffers[] = {
			{ sizeof(padding), SECBUFFER_PADDING, padding },
			{ sizeof(parts[0]), SECBUFFER_DATA | SECBUFFER_READONLY, parts[0] },
			{ sizeof(parts[1]), SECBUFFER_DATA | SECBUFFER_READONLY_WITH_CHECKSUM, parts[1] },
			{ sizeof(parts[2]), SECBUFFER_DATA, parts[2] },
			{ sizeof(token), SECBUFFER_TOKEN, token },
		};

		log_on("NTLM");
		assert_int_equal(sign(&exchange.client, buffers, COUNT_OF(buffers)), SEC_E_OK);
		assert_int_equal(buffers[0].cbBuffer, 0);
		parts[rows[i].altered][0] ^= 1;
		assert_int_equal(verify(&exchange.server, buffers + 1, COUNT_OF(buffers) - 1),
				 rows[i].status);
		exchange_end(&exchange);
	}
}

static void lists_of_another_form_are_refused_and_change_nothing(void **state)
{
	struct signed_message message;
	uint8_t token[SIGNATURE], data[4] = "abc";
	const struct {
		SecBuffer buffers[2];
		uint32_t count;
	} rows[] = {
		{ { { 0, 0, NULL } }, 0 },
		{ { { SIGNATURE, SECBUFFER_TOKEN, token } }, 1 },
		{ { { sizeof(data), SECBUFFER_DATA, data } }, 1 },
		{ { { SIGNATURE, SECBUFFER_TOKEN, token }, { SIGNATURE, SECBUFFER_TOKEN, token } }, 2 },
		{ { { sizeof(data), SECBUFFER_DATA, data }, { sizeof(data), SECBUFFER_DATA, data } }, 2 },
		{ { { SIGNATURE, SECBUFFER_TOKEN, NULL }, { sizeof(data), SECBUFFER_DATA, data } }, 2 },
		{ { { SIGNATURE, SECBUFFER_TOKEN, token }, { sizeof(data), SECBUFFER_DATA, NULL } }, 2 },
	};
	SecBuffer buffers[2];

	(void)state;
	log_on("NTLM");
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		memcpy(buffers, rows[i].buffers, sizeof(buffers));
		assert_int_equal(sign(&exchange.client, buffers, rows[i].count), SEC_E_INVALID_TOKEN);
		assert_int_equal(verify(&exchange.server, buffers, rows[i].count), SEC_E_INVALID_TOKEN);
	}
	assert_int_equal(MakeSignature(&exchange.client.context, 0, NULL, 0), SEC_E_INVALID_TOKEN);
	assert_int_equal(VerifySignature(&exchange.server.context, NULL, 0, NULL), SEC_E_INVALID_TOKEN);
	start(&message);
	message.buffers[0].BufferType |= SECBUFFER_READONLY;
	assert_int_equal(sign(&exchange.client, message.buffers, 2), SEC_E_INVALID_TOKEN);
	start(&message);
	assert_int_equal(sign(&exchange.client, message.buffers, 2), SEC_E_OK);
	message.buffers[0].BufferType |= SECBUFFER_READONLY; /* it is only read */
	assert_int_equal(verify(&exchange.server, message.buffers, 2), SEC_E_OK);
	exchange_end(&exchange);
}

/* The signature in front of the text, in one DATA: DecryptMessage may take it off there, VerifySignature may not. */
static void a_signature_inside_the_data_is_none(void **state)
{
	uint8_t whole[SIGNATURE + sizeof(QUESTION)] = { 0 };
	SecBuffer apart[] = { { SIGNATURE, SECBUFFER_TOKEN, whole },
			      { sizeof(QUESTION), SECBUFFER_DATA, whole + SIGNATURE } };
	SecBuffer together[] = { { 0, SECBUFFER_TOKEN, NULL }, { sizeof(whole), SECBUFFER_DATA, whole } };

	(void)state;
	log_on("NTLM");
	memcpy(whole + SIGNATURE, QUESTION, sizeof(QUESTION));
	assert_int_equal(sign(&exchange.client, apart, 2), SEC_E_OK);
	assert_int_equal(verify(&exchange.server, together, 2), SEC_E_INVALID_TOKEN);
	assert_int_equal(verify(&exchange.server, apart, 2), SEC_E_OK);
	exchange_end(&exchange);
}

static void an_altered_message_or_signature_ends_the_use_of_the_context(void **state)
{
	struct signed_message message;

	(void)state;
	for (int which = 0; which < 2; which++) {
		log_on("NTLM");
		start(&message);
		assert_int_equal(sign(&exchange.client, message.buffers, 2), SEC_E_OK);
		(which ? message.data : message.token)[5] ^= 1;
		assert_int_equal(verify(&exchange.server, message.buffers, 2), SEC_E_MESSAGE_ALTERED);
		(which ? message.data : message.token)[5] ^= 1;
		assert_int_equal(verify(&exchange.server, message.buffers, 2), SEC_E_OUT_OF_SEQUENCE);
		exchange_end(&exchange);
	}
}

static void a_message_that_comes_twice_or_too_early_is_out_of_sequence(void **state)
{
	struct signed_message first, second;

	(void)state;
	for (int early = 0; early < 2; early++) {
		log_on("NTLM");
		start(&first);
		start(&second);
		assert_int_equal(sign(&exchange.client, first.buffers, 2), SEC_E_OK);
		assert_int_equal(sign(&exchange.client, second.buffers, 2), SEC_E_OK);
		if (!early)
			assert_int_equal(verify(&exchange.server, first.buffers, 2), SEC_E_OK);
		assert_int_equal(verify(&exchange.server, early ? second.buffers : first.buffers, 2),
				 SEC_E_OUT_OF_SEQUENCE);
		exchange_end(&exchange);
	}
}

static void the_quality_is_zero_and_is_not_told(void **state)
{
	static const uint32_t others[] = { 1, SECQOP_WRAP_NO_ENCRYPT, SECQOP_WRAP_OOB_DATA };
	uint32_t quality = QUALITY_BEFORE;
	struct signed_message message;
	SecBufferDesc list = { SECBUFFER_VERSION, 2, message.buffers };

	(void)state;
	log_on("NTLM");
	start(&message);
	for (size_t i = 0; i < COUNT_OF(others); i++)
		assert_int_equal(MakeSignature(&exchange.client.context, others[i], &list, 0),
				 SEC_E_QOP_NOT_SUPPORTED);
	assert_int_equal(MakeSignature(&exchange.client.context, 0, &list, 0), SEC_E_OK);
	assert_int_equal(VerifySignature(&exchange.server.context, &list, 0, &quality), SEC_E_OK);
	assert_int_equal(quality, QUALITY_BEFORE);
	exchange_end(&exchange);
}

static void stream_packages_and_contexts_without_integrity_sign_nothing(void **state)
{
	struct exchange_settings settings = exchange_usual("NTLM");
	struct signed_message message;
	SecBufferDesc list = { SECBUFFER_VERSION, 2, message.buffers };

	(void)state;
	start(&message);
	log_on("CREDSSP");
	for (uint32_t quality = 0; quality < 2; quality++)
		assert_int_equal(MakeSignature(&exchange.client.context, quality, &list, 0),
				 SEC_E_UNSUPPORTED_FUNCTION);
	assert_int_equal(verify(&exchange.server, message.buffers, 2), SEC_E_UNSUPPORTED_FUNCTION);
	exchange_end(&exchange);
	settings.client_request = settings.server_request = 0;
	exchange_start(&exchange, &settings);
	assert_true(exchange_run(&exchange));
	assert_int_equal(sign(&exchange.client, message.buffers, 2), SEC_E_UNSUPPORTED_FUNCTION);
	assert_int_equal(verify(&exchange.server, message.buffers, 2), SEC_E_UNSUPPORTED_FUNCTION);
	exchange_end(&exchange);
}

static void signatures_need_a_finished_context(void **state)
{
	struct exchange_settings settings = exchange_usual("NTLM");
	struct signed_message message;

	(void)state;
	start(&message);
	exchange_start(&exchange, &settings);
	exchange_call(&exchange, &exchange.client);
	assert_int_equal(sign(&exchange.client, message.buffers, 2), SEC_E_INVALID_HANDLE);
	assert_int_equal(verify(&exchange.client, message.buffers, 2), SEC_E_INVALID_HANDLE);
	assert_int_equal(MakeSignature(NULL, 0, NULL, 0), SEC_E_INVALID_HANDLE);
	assert_int_equal(VerifySignature(NULL, NULL, 0, NULL), SEC_E_INVALID_HANDLE);
	exchange_end(&exchange);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_signature_is_made_and_verified_both_ways),
		cmocka_unit_test(signatures_and_sealed_messages_take_turns),
		cmocka_unit_test(a_message_wrapped_without_encryption_verifies),
		cmocka_unit_test(the_sizes_attribute_says_how_large_a_signature_gets),
		cmocka_unit_test(a_token_that_is_too_small_is_refused_and_nothing_is_counted),
		cmocka_unit_test(read_only_data_counts_by_its_attribute),
		cmocka_unit_test(lists_of_another_form_are_refused_and_change_nothing),
		cmocka_unit_test(a_signature_inside_the_data_is_none),
		cmocka_unit_test(an_altered_message_or_signature_ends_the_use_of_the_context),
		cmocka_unit_test(a_message_that_comes_twice_or_too_early_is_out_of_sequence),
		cmocka_unit_test(the_quality_is_zero_and_is_not_told),
		cmocka_unit_test(stream_packages_and_contexts_without_integrity_sign_nothing),
		cmocka_unit_test(signatures_need_a_finished_context),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
