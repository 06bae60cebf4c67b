/* EncryptMessage and DecryptMessage: the layouts of stream packages and of message packages. */
#include "base/compiler.h"
#include "support/exchange.h"
#include "support/hex.h"
#include "support/seams.h"

#include <string.h>

#define QUESTION "the question"

enum { SIGNATURE = 16, RECORD = 16 * 1024 + 512 };

static struct exchange exchange;

static void log_on(const char *package, uint32_t protocols)
{
	struct exchange_settings settings = exchange_usual(package);

	settings.protocols = protocols;
	exchange_start(&exchange, &settings);
	assert_true(exchange_run(&exchange));
}

static SECURITY_STATUS encrypt(struct exchange_side *side, SecBuffer *buffers, uint32_t count)
{
	SecBufferDesc list = { SECBUFFER_VERSION, count, buffers };

	return EncryptMessage(&side->context, 0, &list, 0);
}

static SECURITY_STATUS decrypt(struct exchange_side *side, SecBuffer *buffers, uint32_t count)
{
	SecBufferDesc list = { SECBUFFER_VERSION, count, buffers };

	return DecryptMessage(&side->context, &list, 0, NULL);
}

/* --- Message packages ----------------------------------------------------------------------------------------- */

static void message_packages_seal_token_and_data(void **state)
{
	static const char *const packages[] = { "NTLM", "Negotiate" };
	uint8_t token[SIGNATURE + 8], data[sizeof(QUESTION)];
	SecBuffer buffers[] = { { sizeof(token), SECBUFFER_TOKEN, token },
				{ sizeof(data), SECBUFFER_DATA, data } };
	uint32_t quality = 77;
	SecBufferDesc list = { SECBUFFER_VERSION, 2, buffers };

	(void)state;
	for (int i = 0; i < 6; i++) {
		if (i % 3 == 0) /* else the sequence numbers go on */
			log_on(packages[i / 3], 0);
		memcpy(data, QUESTION, sizeof(data));
		buffers[0].cbBuffer = sizeof(token);
		assert_int_equal(encrypt(&exchange.client, buffers, 2), SEC_E_OK);
		assert_int_equal(buffers[0].cbBuffer, SIGNATURE);
		assert_int_equal(buffers[1].cbBuffer, sizeof(data));
		assert_memory_not_equal(data, QUESTION, sizeof(data));
		assert_int_equal(DecryptMessage(&exchange.server.context, &list, 0, &quality), SEC_E_OK);
		assert_int_equal(quality, 0);
		assert_memory_equal(data, QUESTION, sizeof(data));
		assert_ptr_equal(buffers[1].pvBuffer, data);
		quality = 77;
		if (i % 3 == 2)
			exchange_end(&exchange);
	}
}

static void the_old_names_do_the_same(void **state)
{
	uint8_t token[SIGNATURE], data[sizeof(QUESTION)] = QUESTION;
	SecBuffer buffers[] = { { sizeof(token), SECBUFFER_TOKEN, token },
				{ sizeof(data), SECBUFFER_DATA, data } };
	SecBufferDesc list = { SECBUFFER_VERSION, 2, buffers };

	(void)state;
	log_on("NTLM", 0);
	assert_int_equal(SealMessage(&exchange.server.context, 0, &list, 0), SEC_E_OK);
	assert_int_equal(UnsealMessage(&exchange.client.context, &list, 0, NULL), SEC_E_OK);
	assert_memory_equal(data, QUESTION, sizeof(data));
	exchange_end(&exchange);
}

static void token_data_and_padding_stand_in_any_order(void **state)
{
	uint8_t token[SIGNATURE], data[sizeof(QUESTION)] = QUESTION, padding[8];
	SecBuffer buffers[] = { { sizeof(padding), SECBUFFER_PADDING, padding },
				{ sizeof(data), SECBUFFER_DATA, data },
				{ sizeof(token), SECBUFFER_TOKEN, token } };

	(void)state;
	log_on("NTLM", 0);
	assert_int_equal(encrypt(&exchange.client, buffers, 3), SEC_E_OK);
	assert_int_equal(buffers[0].cbBuffer, 0); /* NTLM pads nothing */
	assert_int_equal(buffers[2].cbBuffer, SIGNATURE);
	assert_int_equal(decrypt(&exchange.server, buffers + 1, 2), SEC_E_OK);
	assert_memory_equal(data, QUESTION, sizeof(data));
	exchange_end(&exchange);
}

static void a_message_may_have_several_pieces(void **state)
{
	uint8_t token[SIGNATURE], pieces[3][4] = { "one", "two", "six" };
	SecBuffer buffers[] = { { sizeof(pieces[0]), SECBUFFER_DATA, pieces[0] },
				{ sizeof(token), SECBUFFER_TOKEN, token },
				{ sizeof(pieces[1]), SECBUFFER_DATA, pieces[1] },
				{ 0, SECBUFFER_DATA, NULL },
				{ sizeof(pieces[2]), SECBUFFER_DATA, pieces[2] } };

	(void)state;
	log_on("NTLM", 0);
	assert_int_equal(encrypt(&exchange.client, buffers, COUNT_OF(buffers)), SEC_E_OK);
	assert_string_not_equal((char *)pieces[2], "six");
	assert_int_equal(decrypt(&exchange.server, buffers, COUNT_OF(buffers)), SEC_E_OK);
	assert_string_equal((char *)pieces[0], "one");
	assert_string_equal((char *)pieces[1], "two");
	assert_string_equal((char *)pieces[2], "six");
	exchange_end(&exchange);
}

/* READONLY takes no part at all: whoever changes it is not noticed. */
static void read_only_data_is_neither_sealed_nor_signed(void **state)
{
	uint8_t token[SIGNATURE], header[] = "header", data[sizeof(QUESTION)] = QUESTION;
	SecBuffer buffers[] = { { sizeof(header), SECBUFFER_DATA | SECBUFFER_READONLY, header },
				{ sizeof(data), SECBUFFER_DATA, data },
				{ sizeof(token), SECBUFFER_TOKEN, token } };

	(void)state;
	log_on("NTLM", 0);
	assert_int_equal(encrypt(&exchange.client, buffers, 3), SEC_E_OK);
	assert_string_equal((char *)header, "header");
	header[0] = 'H';
	assert_int_equal(decrypt(&exchange.server, buffers, 3), SEC_E_OK);
	assert_memory_equal(data, QUESTION, sizeof(data));
	assert_string_equal((char *)header, "Header");
	exchange_end(&exchange);
}

/* READONLY_WITH_CHECKSUM stays as it is and lies under the signature. */
static void read_only_data_with_a_checksum_is_signed(void **state)
{
	for (int altered = 0; altered < 2; altered++) {
		uint8_t token[SIGNATURE], header[] = "header", data[sizeof(QUESTION)] = QUESTION;
		SecBuffer buffers[] = { { sizeof(header), SECBUFFER_DATA | SECBUFFER_READONLY_WITH_CHECKSUM,
					  header },
					{ sizeof(data), SECBUFFER_DATA, data },
					{ sizeof(token), SECBUFFER_TOKEN, token } };

		(void)state;
		log_on("NTLM", 0);
		assert_int_equal(encrypt(&exchange.client, buffers, 3), SEC_E_OK);
		assert_string_equal((char *)header, "header");
		assert_memory_not_equal(data, QUESTION, sizeof(data));
		header[0] ^= (uint8_t)altered;
		assert_int_equal(decrypt(&exchange.server, buffers, 3),
				 altered ? SEC_E_MESSAGE_ALTERED : SEC_E_OK);
		assert_string_equal((char *)header, altered ? "ieader" : "header");
		if (!altered)
			assert_memory_equal(data, QUESTION, sizeof(data));
		exchange_end(&exchange);
	}
}

static void a_stream_buffer_holds_token_and_text_together(void **state)
{
	uint8_t whole[SIGNATURE + sizeof(QUESTION)];
	SecBuffer sealed[] = { { SIGNATURE, SECBUFFER_TOKEN, whole },
			       { sizeof(QUESTION), SECBUFFER_DATA, whole + SIGNATURE } };
	SecBuffer opened[] = { { sizeof(whole), SECBUFFER_STREAM, whole }, { 0, SECBUFFER_DATA, NULL } };

	(void)state;
	log_on("NTLM", 0);
	memcpy(whole + SIGNATURE, QUESTION, sizeof(QUESTION));
	assert_int_equal(encrypt(&exchange.server, sealed, 2), SEC_E_OK);
	assert_int_equal(decrypt(&exchange.client, opened, 2), SEC_E_OK);
	assert_ptr_equal(opened[1].pvBuffer, whole + SIGNATURE);
	assert_int_equal(opened[1].cbBuffer, sizeof(QUESTION));
	assert_memory_equal(opened[1].pvBuffer, QUESTION, sizeof(QUESTION));
	exchange_end(&exchange);
}

static void message_lists_of_another_form_are_refused_and_change_nothing(void **state)
{
	uint8_t token[SIGNATURE], data[4] = "abc";
	const struct {
		SecBuffer buffers[3];
		uint32_t count;
	} rows[] = {
		{ { { 0, 0, NULL } }, 0 },
		{ { { SIGNATURE, SECBUFFER_TOKEN, token } }, 1 },
		{ { { sizeof(data), SECBUFFER_DATA, data } }, 1 },
		{ { { SIGNATURE, SECBUFFER_TOKEN | SECBUFFER_READONLY, token },
		    { sizeof(data), SECBUFFER_DATA, data } },
		  2 },
		{ { { SIGNATURE, SECBUFFER_TOKEN, NULL }, { sizeof(data), SECBUFFER_DATA, data } }, 2 },
		{ { { SIGNATURE, SECBUFFER_TOKEN, token }, { sizeof(data), SECBUFFER_DATA, NULL } }, 2 },
		{ { { SIGNATURE, SECBUFFER_TOKEN, token },
		    { sizeof(data), SECBUFFER_DATA, data },
		    { 7, SECBUFFER_EMPTY, NULL } },
		  3 },
	};
	SecBuffer right[] = { { SIGNATURE, SECBUFFER_TOKEN, token }, { sizeof(data), SECBUFFER_DATA, data } };
	SecBuffer buffers[3];

	(void)state;
	log_on("NTLM", 0);
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		memcpy(buffers, rows[i].buffers, sizeof(buffers));
		assert_int_equal(encrypt(&exchange.client, buffers, rows[i].count), SEC_E_INVALID_TOKEN);
	}
	assert_int_equal(EncryptMessage(&exchange.client.context, 0, NULL, 0), SEC_E_INVALID_TOKEN);
	assert_int_equal(DecryptMessage(&exchange.client.context, NULL, 0, NULL), SEC_E_INVALID_TOKEN);
	buffers[0] = (SecBuffer) { sizeof(data), SECBUFFER_STREAM, data };
	assert_int_equal(decrypt(&exchange.server, buffers, 1), SEC_E_INVALID_TOKEN);
	assert_string_equal((char *)data, "abc");
	assert_int_equal(encrypt(&exchange.client, right, 2), SEC_E_OK);
	assert_int_equal(decrypt(&exchange.server, right, 2), SEC_E_OK);
	exchange_end(&exchange);
}

/* Before anything is sealed: the next message has the sequence number that this one would have had. */
static void a_token_that_is_too_small_is_refused_before_anything_is_sealed(void **state)
{
	uint8_t token[SIGNATURE], data[] = QUESTION;
	SecBuffer buffers[] = { { SIGNATURE - 1, SECBUFFER_TOKEN, token },
				{ sizeof(data), SECBUFFER_DATA, data } };

	(void)state;
	log_on("NTLM", 0);
	assert_int_equal(encrypt(&exchange.client, buffers, 2), SEC_E_BUFFER_TOO_SMALL);
	assert_memory_equal(data, QUESTION, sizeof(data));
	buffers[0].cbBuffer = SIGNATURE;
	assert_int_equal(encrypt(&exchange.client, buffers, 2), SEC_E_OK);
	assert_int_equal(decrypt(&exchange.server, buffers, 2), SEC_E_OK);
	exchange_end(&exchange);
}

static void more_pieces_than_anybody_has_are_refused(void **state)
{
	uint8_t token[SIGNATURE];
	SecBuffer buffers[40];

	(void)state;
	log_on("NTLM", 0);
	for (size_t i = 0; i < COUNT_OF(buffers); i++)
		buffers[i] = (SecBuffer) { 0, SECBUFFER_DATA, NULL };
	buffers[0] = (SecBuffer) { SIGNATURE, SECBUFFER_TOKEN, token };
	assert_int_equal(encrypt(&exchange.client, buffers, COUNT_OF(buffers)), SEC_E_INVALID_TOKEN);
	assert_int_equal(decrypt(&exchange.client, buffers, COUNT_OF(buffers)), SEC_E_INVALID_TOKEN);
	exchange_end(&exchange);
}

static void an_altered_message_ends_the_use_of_the_context(void **state)
{
	uint8_t token[SIGNATURE], data[] = QUESTION;
	SecBuffer buffers[] = { { SIGNATURE, SECBUFFER_TOKEN, token },
				{ sizeof(data), SECBUFFER_DATA, data } };

	(void)state;
	log_on("NTLM", 0);
	assert_int_equal(encrypt(&exchange.client, buffers, 2), SEC_E_OK);
	data[3] ^= 1;
	assert_int_equal(decrypt(&exchange.server, buffers, 2), SEC_E_MESSAGE_ALTERED);
	data[3] ^= 1;
	assert_int_equal(decrypt(&exchange.server, buffers, 2), SEC_E_OUT_OF_SEQUENCE);
	exchange_end(&exchange);
}

static void a_message_that_comes_twice_is_out_of_sequence(void **state)
{
	uint8_t token[SIGNATURE], data[] = QUESTION, again_token[SIGNATURE], again_data[sizeof(data)];
	SecBuffer buffers[] = { { SIGNATURE, SECBUFFER_TOKEN, token },
				{ sizeof(data), SECBUFFER_DATA, data } };
	SecBuffer again[] = { { SIGNATURE, SECBUFFER_TOKEN, again_token },
			      { sizeof(data), SECBUFFER_DATA, again_data } };

	(void)state;
	log_on("NTLM", 0);
	assert_int_equal(encrypt(&exchange.client, buffers, 2), SEC_E_OK);
	memcpy(again_token, token, sizeof(token));
	memcpy(again_data, data, sizeof(data));
	assert_int_equal(decrypt(&exchange.server, buffers, 2), SEC_E_OK);
	assert_int_equal(decrypt(&exchange.server, again, 2), SEC_E_OUT_OF_SEQUENCE);
	exchange_end(&exchange);
}

static void without_encryption_the_data_is_signed_and_stays(void **state)
{
	uint8_t token[SIGNATURE] = { 0 }, data[] = QUESTION;
	SecBuffer buffers[] = { { SIGNATURE, SECBUFFER_TOKEN, token },
				{ sizeof(data), SECBUFFER_DATA, data } };
	SecBufferDesc list = { SECBUFFER_VERSION, 2, buffers };

	(void)state;
	log_on("NTLM", 0);
	assert_int_equal(EncryptMessage(&exchange.client.context, SECQOP_WRAP_NO_ENCRYPT, &list, 0),
			 SEC_E_OK);
	assert_memory_equal(data, QUESTION, sizeof(data));
	assert_int_equal(buffers[0].cbBuffer, SIGNATURE);
	assert_int_equal(token[0], 1);
	exchange_end(&exchange);
}

static void other_qualities_do_not_exist(void **state)
{
	uint8_t token[64], data[] = QUESTION, trailer[64];
	SecBuffer message[] = { { SIGNATURE, SECBUFFER_TOKEN, token },
				{ sizeof(data), SECBUFFER_DATA, data } };
	SecBuffer stream[] = { { sizeof(token), SECBUFFER_STREAM_HEADER, token },
			       { sizeof(data), SECBUFFER_DATA, data },
			       { sizeof(trailer), SECBUFFER_STREAM_TRAILER, trailer },
			       { 0, SECBUFFER_EMPTY, NULL } };
	SecBufferDesc message_list = { SECBUFFER_VERSION, 2, message },
		      stream_list = { SECBUFFER_VERSION, 4, stream };

	(void)state;
	log_on("NTLM", 0);
	assert_int_equal(EncryptMessage(&exchange.client.context, 1, &message_list, 0),
			 SEC_E_QOP_NOT_SUPPORTED);
	assert_int_equal(EncryptMessage(&exchange.client.context, SECQOP_WRAP_OOB_DATA, &message_list, 0),
			 SEC_E_QOP_NOT_SUPPORTED);
	exchange_end(&exchange);
	log_on("CREDSSP", 0);
	assert_int_equal(EncryptMessage(&exchange.client.context, SECQOP_WRAP_NO_ENCRYPT, &stream_list, 0),
			 SEC_E_QOP_NOT_SUPPORTED);
	assert_int_equal(EncryptMessage(&exchange.client.context, SECQOP_WRAP_OOB_DATA, &stream_list, 0),
			 SEC_E_QOP_NOT_SUPPORTED);
	assert_int_equal(EncryptMessage(&exchange.client.context, 0, &stream_list, 0), SEC_E_OK);
	exchange_end(&exchange);
}

/* What was not negotiated is not offered: a message must not go out in the clear. */
static void a_context_without_sealing_seals_nothing(void **state)
{
	struct exchange_settings settings = exchange_usual("NTLM");
	uint8_t token[SIGNATURE], data[] = QUESTION;
	SecBuffer buffers[] = { { SIGNATURE, SECBUFFER_TOKEN, token },
				{ sizeof(data), SECBUFFER_DATA, data } };

	(void)state;
	settings.client_request = settings.server_request = 0;
	exchange_start(&exchange, &settings);
	assert_true(exchange_run(&exchange));
	assert_int_equal(encrypt(&exchange.client, buffers, 2), SEC_E_UNSUPPORTED_FUNCTION);
	assert_int_equal(decrypt(&exchange.client, buffers, 2), SEC_E_UNSUPPORTED_FUNCTION);
	assert_memory_equal(data, QUESTION, sizeof(data));
	exchange_end(&exchange);
}

static void messages_need_a_finished_context(void **state)
{
	static const char *const packages[] = { "NTLM", "CREDSSP" };
	uint8_t token[SIGNATURE], data[] = QUESTION;
	SecBuffer buffers[] = { { SIGNATURE, SECBUFFER_TOKEN, token },
				{ sizeof(data), SECBUFFER_DATA, data } };

	(void)state;
	for (size_t i = 0; i < COUNT_OF(packages); i++) {
		struct exchange_settings settings = exchange_usual(packages[i]);

		exchange_start(&exchange, &settings);
		exchange_call(&exchange, &exchange.client);
		assert_int_equal(encrypt(&exchange.client, buffers, 2), SEC_E_INVALID_HANDLE);
		assert_int_equal(decrypt(&exchange.client, buffers, 2), SEC_E_INVALID_HANDLE);
		exchange_end(&exchange);
	}
}

/* --- Stream packages ------------------------------------------------------------------------------------------ */

/* A caller's one contiguous block, and the four buffers over it. */
struct record {
	uint8_t block[RECORD + 64];
	SecBuffer buffers[4];
	size_t size; /* on the wire */
};

static SecPkgContext_StreamSizes sizes_of(struct exchange_side *side)
{
	SecPkgContext_StreamSizes sizes;

	assert_int_equal(QueryContextAttributesA(&side->context, SECPKG_ATTR_STREAM_SIZES, &sizes), SEC_E_OK);
	return sizes;
}

static SECURITY_STATUS seal(struct exchange_side *side, struct record *record, const void *data, size_t size)
{
	SecPkgContext_StreamSizes sizes = sizes_of(side);
	SECURITY_STATUS status;

	memcpy(record->block + sizes.cbHeader, data, size);
	record->buffers[0] = (SecBuffer) { sizes.cbHeader, SECBUFFER_STREAM_HEADER, record->block };
	record->buffers[1] = (SecBuffer) { (uint32_t)size, SECBUFFER_DATA, record->block + sizes.cbHeader };
	record->buffers[2] = (SecBuffer) { sizes.cbTrailer, SECBUFFER_STREAM_TRAILER,
					   record->block + sizes.cbHeader + size };
	record->buffers[3] = (SecBuffer) { 0, SECBUFFER_EMPTY, NULL };
	status = encrypt(side, record->buffers, 4);
	record->size =
		record->buffers[0].cbBuffer + record->buffers[1].cbBuffer + record->buffers[2].cbBuffer;
	return status;
}

static SECURITY_STATUS open(struct exchange_side *side, struct record *record)
{
	record->buffers[0] = (SecBuffer) { (uint32_t)record->size, SECBUFFER_DATA, record->block };
	for (int i = 1; i < 4; i++)
		record->buffers[i] = (SecBuffer) { 0, SECBUFFER_EMPTY, NULL };
	return decrypt(side, record->buffers, 4);
}

static struct record record, second;
static const uint32_t both_versions[] = { SP_PROT_TLS1_2_SERVER, SP_PROT_TLS1_3_SERVER };

static void a_finished_credssp_context_is_a_tls_stream(void **state)
{
	(void)state;
	for (size_t v = 0; v < COUNT_OF(both_versions); v++) {
		log_on("CREDSSP", both_versions[v]);
		assert_int_equal(seal(&exchange.client, &record, QUESTION, sizeof(QUESTION)), SEC_E_OK);
		assert_int_equal(record.buffers[1].cbBuffer, sizeof(QUESTION));
		assert_int_equal(record.block[0], 23);
		/* The three parts lie without a gap. */
		assert_ptr_equal(record.buffers[2].pvBuffer,
				 record.block + record.buffers[0].cbBuffer + sizeof(QUESTION));
		assert_null(memmem(record.block, record.size, QUESTION, sizeof(QUESTION)));
		assert_int_equal(open(&exchange.server, &record), SEC_E_OK);
		assert_int_equal(record.buffers[0].BufferType, SECBUFFER_STREAM_HEADER);
		assert_int_equal(record.buffers[1].BufferType, SECBUFFER_DATA);
		assert_int_equal(record.buffers[2].BufferType, SECBUFFER_STREAM_TRAILER);
		assert_int_equal(record.buffers[3].BufferType, SECBUFFER_EMPTY);
		assert_int_equal(record.buffers[1].cbBuffer, sizeof(QUESTION));
		assert_memory_equal(record.buffers[1].pvBuffer, QUESTION, sizeof(QUESTION));
		assert_true((uint8_t *)record.buffers[1].pvBuffer >= record.block &&
			    (uint8_t *)record.buffers[1].pvBuffer < record.block + record.size);
		assert_int_equal(record.buffers[0].cbBuffer + record.buffers[1].cbBuffer +
					 record.buffers[2].cbBuffer,
				 record.size);
		exchange_end(&exchange);
	}
}

static void what_lies_behind_a_record_is_extra(void **state)
{
	(void)state;
	log_on("CREDSSP", 0);
	assert_int_equal(seal(&exchange.server, &record, QUESTION, sizeof(QUESTION)), SEC_E_OK);
	assert_int_equal(seal(&exchange.server, &second, "more", 4), SEC_E_OK);
	memcpy(record.block + record.size, second.block, second.size);
	record.size += second.size;
	assert_int_equal(open(&exchange.client, &record), SEC_E_OK);
	assert_memory_equal(record.buffers[1].pvBuffer, QUESTION, sizeof(QUESTION));
	assert_int_equal(record.buffers[3].BufferType, SECBUFFER_EXTRA);
	assert_int_equal(record.buffers[3].cbBuffer, second.size);
	memmove(record.block, record.block + record.size - second.size, second.size);
	record.size = second.size;
	assert_int_equal(open(&exchange.client, &record), SEC_E_OK);
	assert_int_equal(record.buffers[1].cbBuffer, 4);
	assert_memory_equal(record.buffers[1].pvBuffer, "more", 4);
	assert_int_equal(record.buffers[3].BufferType, SECBUFFER_EMPTY);
	exchange_end(&exchange);
}

static void at_every_cut_a_record_is_incomplete_and_nothing_changes(void **state)
{
	(void)state;
	log_on("CREDSSP", 0);
	assert_int_equal(seal(&exchange.client, &record, QUESTION, sizeof(QUESTION)), SEC_E_OK);
	for (size_t cut = 0; cut < record.size; cut++) {
		memcpy(second.block, record.block, record.size);
		second.size = cut;
		assert_int_equal(open(&exchange.server, &second), SEC_E_INCOMPLETE_MESSAGE);
		assert_int_equal(second.buffers[0].BufferType, SECBUFFER_MISSING);
		assert_int_equal(second.buffers[1].BufferType, SECBUFFER_MISSING);
		assert_int_equal(second.buffers[0].cbBuffer, cut < 5 ? 5 - cut : record.size - cut);
		assert_int_equal(second.buffers[2].BufferType, SECBUFFER_EMPTY);
		assert_memory_equal(second.block, record.block, record.size);
	}
	assert_int_equal(open(&exchange.server, &record), SEC_E_OK);
	assert_memory_equal(record.buffers[1].pvBuffer, QUESTION, sizeof(QUESTION));
	exchange_end(&exchange);
}

static void the_largest_message_fits_and_a_larger_one_is_refused(void **state)
{
	static uint8_t data[0x4001];

	(void)state;
	log_on("CREDSSP", 0);
	memset(data, 'x', sizeof(data));
	assert_int_equal(seal(&exchange.client, &record, data, 0x4001), SEC_E_INVALID_TOKEN);
	assert_memory_equal(record.buffers[1].pvBuffer, data, 0x4001);
	assert_int_equal(seal(&exchange.client, &record, data, 0x4000), SEC_E_OK);
	assert_int_equal(open(&exchange.server, &record), SEC_E_OK);
	assert_int_equal(record.buffers[1].cbBuffer, 0x4000);
	assert_memory_equal(record.buffers[1].pvBuffer, data, 0x4000);
	exchange_end(&exchange);
}

static void a_header_or_trailer_that_is_too_small_is_refused_before_anything_is_sealed(void **state)
{
	(void)state;
	log_on("CREDSSP", 0);
	for (int which = 0; which < 4; which += 2) {
		assert_int_equal(seal(&exchange.client, &record, QUESTION, sizeof(QUESTION)), SEC_E_OK);
		assert_int_equal(open(&exchange.server, &record), SEC_E_OK);
		memcpy(record.block + 5, QUESTION, sizeof(QUESTION));
		record.buffers[0] = (SecBuffer) { 5, SECBUFFER_STREAM_HEADER, record.block };
		record.buffers[1] = (SecBuffer) { sizeof(QUESTION), SECBUFFER_DATA, record.block + 5 };
		record.buffers[2] =
			(SecBuffer) { 64, SECBUFFER_STREAM_TRAILER, record.block + 5 + sizeof(QUESTION) };
		record.buffers[3] = (SecBuffer) { 0, SECBUFFER_EMPTY, NULL };
		record.buffers[which].cbBuffer = 4;
		assert_int_equal(encrypt(&exchange.client, record.buffers, 4), SEC_E_BUFFER_TOO_SMALL);
		assert_memory_equal(record.block + 5, QUESTION, sizeof(QUESTION));
	}
	assert_int_equal(seal(&exchange.client, &record, QUESTION, sizeof(QUESTION)), SEC_E_OK);
	assert_int_equal(open(&exchange.server, &record), SEC_E_OK);
	exchange_end(&exchange);
}

/* The order is mandatory; the EMPTY at the end is what callers add. */
static void a_stream_is_sealed_in_one_order_only(void **state)
{
	uint8_t header[16], data[] = QUESTION, trailer[64];
	const SecBuffer right[] = { { sizeof(header), SECBUFFER_STREAM_HEADER, header },
				    { sizeof(data), SECBUFFER_DATA, data },
				    { sizeof(trailer), SECBUFFER_STREAM_TRAILER, trailer },
				    { 0, SECBUFFER_EMPTY, NULL } };
	static const int orders[][3] = { { 1, 0, 2 }, { 0, 2, 1 }, { 2, 1, 0 },
					 { 0, 1, 3 }, { 3, 1, 2 }, { 0, 1, 1 } };
	SecBuffer buffers[4];

	(void)state;
	log_on("CREDSSP", 0);
	for (size_t i = 0; i < COUNT_OF(orders); i++) {
		for (int j = 0; j < 3; j++)
			buffers[j] = right[orders[i][j]];
		assert_int_equal(encrypt(&exchange.client, buffers, 3), SEC_E_INVALID_TOKEN);
	}
	memcpy(buffers, right, sizeof(buffers));
	assert_int_equal(encrypt(&exchange.client, buffers, 2), SEC_E_INVALID_TOKEN);
	assert_memory_equal(data, QUESTION, sizeof(data));
	assert_int_equal(encrypt(&exchange.client, buffers, 3), SEC_E_OK);
	exchange_end(&exchange);
}

/* As seen in Windows. */
static void a_stream_is_opened_with_one_data_and_three_empty_buffers(void **state)
{
	SecBuffer buffers[5];

	(void)state;
	log_on("CREDSSP", 0);
	assert_int_equal(seal(&exchange.client, &record, QUESTION, sizeof(QUESTION)), SEC_E_OK);
	for (int i = 0; i < 5; i++)
		buffers[i] = (SecBuffer) { 0, SECBUFFER_EMPTY, NULL };
	assert_int_equal(decrypt(&exchange.server, buffers, 4), SEC_E_INVALID_TOKEN);
	buffers[0] = (SecBuffer) { (uint32_t)record.size, SECBUFFER_DATA, record.block };
	assert_int_equal(decrypt(&exchange.server, buffers, 3), SEC_E_INVALID_TOKEN);
	buffers[1] = buffers[0];
	assert_int_equal(decrypt(&exchange.server, buffers, 5), SEC_E_INVALID_TOKEN);
	buffers[1] = (SecBuffer) { 0, SECBUFFER_TOKEN, NULL };
	assert_int_equal(decrypt(&exchange.server, buffers, 4), SEC_E_INVALID_TOKEN);
	buffers[1] = (SecBuffer) { 0, SECBUFFER_EMPTY, NULL };
	assert_int_equal(decrypt(&exchange.server, buffers, 5), SEC_E_OK); /* a fifth one is harmless */
	assert_int_equal(buffers[1].BufferType, SECBUFFER_DATA);
	assert_int_equal(buffers[4].BufferType, SECBUFFER_EMPTY);
	exchange_end(&exchange);
}

static void an_altered_record_ends_the_stream(void **state)
{
	(void)state;
	log_on("CREDSSP", 0);
	assert_int_equal(seal(&exchange.client, &record, QUESTION, sizeof(QUESTION)), SEC_E_OK);
	record.block[record.size - 1] ^= 1;
	assert_int_equal(open(&exchange.server, &record), SEC_E_DECRYPT_FAILURE);
	assert_int_equal(seal(&exchange.client, &record, QUESTION, sizeof(QUESTION)), SEC_E_OK);
	assert_true(open(&exchange.server, &record) < 0);
	exchange_end(&exchange);
}

/* A program's first bytes may come right behind authInfo. */
static void application_data_behind_the_logon_is_extra_of_its_last_call(void **state)
{
	struct exchange_settings settings = exchange_usual("CREDSSP");

	(void)state;
	exchange_start(&exchange, &settings);
	do {
		exchange_call(&exchange, &exchange.client);
		while (exchange.server.arrived.size && exchange.client.status != SEC_E_OK)
			exchange_call(&exchange, &exchange.server);
	} while (exchange.client.status != SEC_E_OK);
	assert_int_equal(seal(&exchange.client, &record, QUESTION, sizeof(QUESTION)), SEC_E_OK);
	memcpy(exchange.server.arrived.data + exchange.server.arrived.size, record.block, record.size);
	exchange.server.arrived.size += record.size;
	exchange_call(&exchange, &exchange.server);
	assert_int_equal(exchange.server.status, SEC_E_OK);
	assert_int_equal(exchange.server.arrived.size, record.size);
	memcpy(record.block, exchange.server.arrived.data, record.size);
	assert_int_equal(open(&exchange.server, &record), SEC_E_OK);
	assert_memory_equal(record.buffers[1].pvBuffer, QUESTION, sizeof(QUESTION));
	exchange_end(&exchange);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(message_packages_seal_token_and_data),
		cmocka_unit_test(the_old_names_do_the_same),
		cmocka_unit_test(token_data_and_padding_stand_in_any_order),
		cmocka_unit_test(a_message_may_have_several_pieces),
		cmocka_unit_test(read_only_data_is_neither_sealed_nor_signed),
		cmocka_unit_test(read_only_data_with_a_checksum_is_signed),
		cmocka_unit_test(a_stream_buffer_holds_token_and_text_together),
		cmocka_unit_test(message_lists_of_another_form_are_refused_and_change_nothing),
		cmocka_unit_test(a_token_that_is_too_small_is_refused_before_anything_is_sealed),
		cmocka_unit_test(more_pieces_than_anybody_has_are_refused),
		cmocka_unit_test(an_altered_message_ends_the_use_of_the_context),
		cmocka_unit_test(a_message_that_comes_twice_is_out_of_sequence),
		cmocka_unit_test(without_encryption_the_data_is_signed_and_stays),
		cmocka_unit_test(other_qualities_do_not_exist),
		cmocka_unit_test(a_context_without_sealing_seals_nothing),
		cmocka_unit_test(messages_need_a_finished_context),
		cmocka_unit_test(a_finished_credssp_context_is_a_tls_stream),
		cmocka_unit_test(what_lies_behind_a_record_is_extra),
		cmocka_unit_test(at_every_cut_a_record_is_incomplete_and_nothing_changes),
		cmocka_unit_test(the_largest_message_fits_and_a_larger_one_is_refused),
		cmocka_unit_test(a_header_or_trailer_that_is_too_small_is_refused_before_anything_is_sealed),
		cmocka_unit_test(a_stream_is_sealed_in_one_order_only),
		cmocka_unit_test(a_stream_is_opened_with_one_data_and_three_empty_buffers),
		cmocka_unit_test(an_altered_record_ends_the_stream),
		cmocka_unit_test(application_data_behind_the_logon_is_extra_of_its_last_call),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
