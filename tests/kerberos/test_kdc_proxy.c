/* What goes to a KDC proxy and comes back: KDC-PROXY-MESSAGE (MS-KKDCP 2.2.2) and the answer of HTTP around it. */
#include "kerberos/http_response.h"
#include "kerberos/kdc_proxy_message.h"
#include "support/hex.h"

/* kerb-message with its length, target-domain */
#define WITH_LENGTH "a009 0407 00000003 616263"
#define ANSWER      "300b" WITH_LENGTH

static void a_message_names_its_realm_and_has_its_length(void **state)
{
	CLEANUP(writer_wipe) struct byte_writer out = writer_growing();

	(void)state;
	kdc_proxy_message_write(&out, SLICE_LITERAL("abc"), SLICE_LITERAL("R.TEST"));
	assert_bytes(writer_slice(&out), hex("3015" WITH_LENGTH "a108 1b06 522e54455354"));
}

static void an_answer_is_the_message_alone(void **state)
{
	static const char *const good[] = {
		ANSWER,
		"3015" WITH_LENGTH "a108 1b06 522e54455354", /* fields that an answer has no use for */
		"3010" WITH_LENGTH "a203 020101",
		"301a" WITH_LENGTH "a108 1b06 522e54455354 a203 020101",
	};
	struct slice message;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(good); i++) {
		assert_true(kdc_proxy_message_parse(hex(good[i]), &message));
		assert_bytes(message, SLICE_LITERAL("abc"));
	}
}

static void what_is_no_such_message_is_refused(void **state)
{
	static const char *const none[] = {
		"",
		"3000",
		"310b" WITH_LENGTH,
		ANSWER "00",                                  /* more behind it */
		"300d" WITH_LENGTH "0500",                    /* and inside */
		"3015" WITH_LENGTH "a203 020101 a103 1b0152", /* fields in another order */
		"300b a009 0407 00000004 616263",             /* the length is another one */
		"300b a009 0407 00000002 616263",
		"300b a009 0407 ffffffff 616263",
		"3008 a006 0404 00000000", /* nothing */
		"3007 a005 0403 000003",
		"300b a109 0407 00000003 616263",
		"300b a009 0307 00000003 616263",
		"300b a009 0408 00000003 616263",
	};
	struct slice message = SLICE_LITERAL("as before"), whole = hex(ANSWER);

	(void)state;
	for (size_t i = 0; i < COUNT_OF(none); i++)
		assert_false(kdc_proxy_message_parse(hex(none[i]), &message));
	for (size_t size = 0; size < whole.size; size++)
		assert_false(kdc_proxy_message_parse(slice_of(whole.data, size), &message));
	assert_bytes(message, SLICE_LITERAL("as before"));
}

/* --- HTTP */

static enum http_reading read_text(const char *text, bool ended, struct http_response *response)
{
	return http_response_read(slice_of(text, strlen(text)), ended, response);
}

static void a_response_is_whole_when_its_length_has_come(void **state)
{
	static const char *const good[] = {
		"HTTP/1.0 200 OK\r\nContent-Length: 3\r\n\r\nabc",
		"HTTP/1.1 200\r\ncontent-length:3\r\n\r\nabc",
		"HTTP/1.1 200 \r\nServer: x: y\r\nCONTENT-LENGTH: \t3 \r\nX:\r\n\r\nabc",
	};
	struct http_response response;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(good); i++) {
		size_t size = strlen(good[i]);

		assert_int_equal(read_text(good[i], false, &response), HTTP_WHOLE);
		assert_int_equal(response.status, 200);
		assert_bytes(response.body, SLICE_LITERAL("abc"));
		for (size_t part = 0; part < size; part++) {
			assert_int_equal(http_response_read(slice_of(good[i], part), false, &response),
					 HTTP_SHORT);
			assert_int_equal(http_response_read(slice_of(good[i], part), true, &response),
					 HTTP_BAD);
		}
	}
}

static void without_a_length_it_ends_with_the_connection(void **state)
{
	static const char text[] = "HTTP/1.0 200 OK\r\nServer: x\r\n\r\nabc";
	struct http_response response;

	(void)state;
	assert_int_equal(read_text(text, false, &response), HTTP_SHORT);
	assert_int_equal(read_text(text, true, &response), HTTP_WHOLE);
	assert_bytes(response.body, SLICE_LITERAL("abc"));
}

static void of_another_status_the_body_is_not_waited_for(void **state)
{
	static const struct {
		const char *text;
		unsigned status;
	} others[] = {
		{ "HTTP/1.1 503 Remote unavailable\r\nContent-Length: 100\r\n\r\n", 503 },
		{ "HTTP/1.1 302 Found\r\nLocation: https://localhost/\r\n\r\n", 302 },
		{ "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n\r\n", 100 },
		{ "HTTP/1.1 403 No\r\nTransfer-Encoding: chunked\r\n\r\n", 403 },
	};
	struct http_response response;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(others); i++) {
		assert_int_equal(read_text(others[i].text, false, &response), HTTP_WHOLE);
		assert_int_equal(response.status, others[i].status);
		assert_int_equal(response.body.size, 0);
	}
}

static void what_is_no_response_is_bad(void **state)
{
	static const char *const none[] = {
		"\r\n\r\n",
		"HTTP/2.0 200 OK\r\n\r\n",
		"HTTP/1.x 200 OK\r\n\r\n",
		"HTTP/1.1  200 OK\r\n\r\n",
		"HTTP/1.1 20 OK\r\n\r\n",
		"HTTP/1.1 2000 OK\r\n\r\n",
		"HTTP/1.1 200OK\r\n\r\n",
		" HTTP/1.1 200 OK\r\n\r\n",
		"HTTP/1.1 200 OK\nContent-Length: 3\n\nabc\r\n\r\n",
		"HTTP/1.1 200 OK\r\nX: a\rb\r\n\r\n",
		"HTTP/1.1 200 OK\r\nno field\r\n\r\n",
		"HTTP/1.1 200 OK\r\n: x\r\n\r\n",
		"HTTP/1.1 200 OK\r\nX: a\r\n b: goes on\r\n\r\n",
		"HTTP/1.1 200 OK\r\nContent-Length : 3\r\n\r\nabc",
		"HTTP/1.1 200 OK\r\nContent-Length: \r\n\r\n",
		"HTTP/1.1 200 OK\r\nContent-Length: 3x\r\n\r\nabc",
		"HTTP/1.1 200 OK\r\nContent-Length: -3\r\n\r\nabc",
		"HTTP/1.1 200 OK\r\nContent-Length: 3, 3\r\n\r\nabc",
		"HTTP/1.1 200 OK\r\nContent-Length: 3\r\nContent-Length: 3\r\n\r\nabc",
		"HTTP/1.1 200 OK\r\nContent-Length: 262145\r\n\r\n",
		"HTTP/1.1 200 OK\r\nContent-Length: 18446744073709551619\r\n\r\nabc",
		"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabcd",
		"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n",
		"HTTP/1.1 200 OK\r\nTransfer-Encoding: identity\r\nContent-Length: 3\r\n\r\nabc",
	};
	static const char with_nul[] = "HTTP/1.1 200 OK\r\nX: \0\r\n\r\n";
	struct http_response response;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(none); i++)
		assert_int_equal(read_text(none[i], false, &response), HTTP_BAD);
	assert_int_equal(http_response_read(slice_of(with_nul, sizeof(with_nul) - 1), false, &response),
			 HTTP_BAD);
}

static void neither_header_nor_body_is_without_end(void **state)
{
	CLEANUP(writer_wipe) struct byte_writer bytes = writer_growing();
	struct http_response response;

	(void)state;
	writer_bytes(&bytes, SLICE_LITERAL("HTTP/1.1 200 OK\r\nX: "));
	while (bytes.size < HTTP_HEADER_MAX)
		writer_u8(&bytes, 'x');
	assert_int_equal(http_response_read(writer_slice(&bytes), false, &response), HTTP_SHORT);
	writer_u8(&bytes, 'x');
	assert_int_equal(http_response_read(writer_slice(&bytes), false, &response), HTTP_BAD);
	writer_bytes(&bytes, SLICE_LITERAL("\r\n\r\n"));
	assert_int_equal(http_response_read(writer_slice(&bytes), false, &response), HTTP_BAD);
	writer_truncate(&bytes, 0);
	writer_bytes(&bytes, SLICE_LITERAL("HTTP/1.1 200 OK\r\n\r\n"));
	writer_zeros(&bytes, HTTP_BODY_MAX);
	assert_int_equal(http_response_read(writer_slice(&bytes), true, &response), HTTP_WHOLE);
	writer_u8(&bytes, 0);
	assert_int_equal(http_response_read(writer_slice(&bytes), false, &response), HTTP_BAD);
	assert_true(writer_ok(&bytes));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_message_names_its_realm_and_has_its_length),
		cmocka_unit_test(an_answer_is_the_message_alone),
		cmocka_unit_test(what_is_no_such_message_is_refused),
		cmocka_unit_test(a_response_is_whole_when_its_length_has_come),
		cmocka_unit_test(without_a_length_it_ends_with_the_connection),
		cmocka_unit_test(of_another_status_the_body_is_not_waited_for),
		cmocka_unit_test(what_is_no_response_is_bad),
		cmocka_unit_test(neither_header_nor_body_is_without_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
