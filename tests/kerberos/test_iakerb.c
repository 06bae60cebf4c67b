/* IAKERB's tokens, what a server relays and whom it asks, and the KRB-FINISHED of AP-REQs that are made here. */
#include "asn1/der_writer.h"
#include "base/clock.h"
#include "kerberos/iakerb_token.h"
#include "kerberos/kerberos.h"
#include "support/captured_trace.h"
#include "support/hex.h"
#include "support/kerberos_realm.h"
#include "support/seams.h"

#define IAKERB_OID   "0606 2b0601050205"
#define KERBEROS_OID "0609 2a864886f712010202"
#define HEADER       "3008 a106 0c04 522e5453" /* target-realm R.TS */
#define PROXY        "6014" IAKERB_OID "0501" HEADER
/* An AS-REQ and a TGS-REQ as far as a relay looks at them. */
#define AS_REQ  "6a02 3000"
#define TGS_REQ "6c02 3000"

enum { KEY_USAGE_FINISHED = 41, CHECKSUM_GSSAPI = 0x8003 };

static struct side server;

static int begin(void **state)
{
	struct acquire_request request = kerberos_accept_request();

	(void)state;
	server = (struct side) { .output = writer_growing() };
	request.kerberos.relays = true;
	request.kerberos.kdc_milliseconds = 2000;
	side_start(&server, &kerberos_package, &request, ROLE_ACCEPT);
	return 0;
}

static int end(void **state)
{
	(void)state;
	side_end(&server);
	assert_int_equal(seam_blocks_alive(), 0);
	return 0;
}

static struct slice kept(const struct byte_writer *out)
{
	assert_true(writer_ok(out));
	return slice_of(memcpy(keep_bytes(out->size), out->data, out->size), out->size);
}

/* --- Tokens */

static struct slice frame(const char *oid, struct slice body)
{
	CLEANUP(writer_wipe) struct byte_writer out = writer_growing();
	size_t opened = der_open(&out, DER_APPLICATION(0));

	writer_bytes(&out, hex(oid));
	writer_bytes(&out, body);
	der_close(&out, opened);
	return kept(&out);
}

static void a_frame_is_changed_and_nothing_in_it(void **state)
{
	CLEANUP(writer_wipe) struct byte_writer kerberos = writer_growing(), token = writer_growing();
	struct slice body = hex("0100 6e00"), framed = frame(IAKERB_OID, body);

	(void)state;
	assert_true(iakerb_unframe(framed, &kerberos));
	assert_bytes(writer_slice(&kerberos), frame(KERBEROS_OID, body));
	assert_true(iakerb_frame(writer_slice(&kerberos), &token));
	assert_bytes(writer_slice(&token), framed);
}

static void what_is_in_no_such_frame_is_told(void **state)
{
	CLEANUP(writer_wipe) struct byte_writer out = writer_growing();
	struct slice body = hex("0100 6e00"), framed = frame(IAKERB_OID, body);

	(void)state;
	for (size_t size = 0; size < framed.size; size++)
		assert_false(iakerb_unframe(slice_of(framed.data, size), &out));
	assert_false(iakerb_unframe(frame(KERBEROS_OID, body), &out));
	assert_false(iakerb_frame(framed, &out));
	assert_int_equal(out.size, 0);
}

static void a_proxy_token_is_its_realm_and_its_message(void **state)
{
	CLEANUP(writer_wipe) struct byte_writer out = writer_growing();
	struct iakerb_proxy proxy;

	(void)state;
	assert_true(iakerb_proxy_parse(hex(PROXY), &proxy));
	assert_bytes(proxy.target_realm, SLICE_LITERAL("R.TS"));
	assert_int_equal(proxy.message.size, 0);
	iakerb_proxy_write(&out, &proxy);
	assert_bytes(writer_slice(&out), hex(PROXY));
	/* A cookie and what the draft may add later. */
	assert_true(iakerb_proxy_parse(
		frame(IAKERB_OID, hex("0501 3010 a106 0c04 522e5453 a203 0401 63 a301 00" AS_REQ)), &proxy));
	assert_bytes(proxy.target_realm, SLICE_LITERAL("R.TS"));
	assert_bytes(proxy.message, hex(AS_REQ));
}

static void a_proxy_token_that_is_cut_is_none(void **state)
{
	struct iakerb_proxy proxy = { .target_realm = SLICE_LITERAL("as before") };
	struct slice whole = hex(PROXY), body = hex("0501" HEADER);

	(void)state;
	for (size_t size = 0; size < whole.size; size++) {
		assert_false(iakerb_is_proxy(slice_of(whole.data, size)));
		assert_false(iakerb_proxy_parse(slice_of(whole.data, size), &proxy));
	}
	for (size_t size = 0; size < body.size; size++)
		assert_false(iakerb_proxy_parse(frame(IAKERB_OID, slice_of(body.data, size)), &proxy));
	assert_bytes(proxy.target_realm, SLICE_LITERAL("as before"));
}

static void what_is_no_proxy_token_is_refused(void **state)
{
	static const char *const none[] = {
		PROXY "00",
		"6017" KERBEROS_OID "0501" HEADER,
		"6014" IAKERB_OID "0105" HEADER,
		"6014" IAKERB_OID "0501 3108 a106 0c04 522e5453",
		"6014" IAKERB_OID "0501 3008 a006 0c04 522e5453",
		"6014" IAKERB_OID "0501 3008 a106 0404 522e5453", /* of MIT krb5 before 1.22 */
		"6016" IAKERB_OID "0501 300a a108 0c04 522e5453 0500",
		"600c" IAKERB_OID "0501 3000",
		("0501" HEADER), /* of the same: what follows the first one */
	};
	struct iakerb_proxy proxy;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(none); i++)
		assert_false(iakerb_proxy_parse(hex(none[i]), &proxy));
}

#define BINDINGS      "10000000 00000000000000000000000000000000"
#define NO_DELEGATION BINDINGS "3e000000"
#define FINISHED      "300f a10d 300b a003 020110 a104 0402 abcd"
#define EXTENSION     "00000002 00000011" FINISHED

static void krb_finished_is_found_behind_a_ticket_and_other_extensions(void **state)
{
	static const char *const good[] = {
		NO_DELEGATION EXTENSION,
		NO_DELEGATION EXTENSION "00",
		NO_DELEGATION "00000001 00000003 616263" EXTENSION,
		BINDINGS "3f000000 0100 0300 616263" EXTENSION,
	};
	struct iakerb_finished finished;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(good); i++) {
		assert_true(iakerb_finished_find(hex(good[i]), &finished));
		assert_int_equal(finished.checksum_type, 16);
		assert_bytes(finished.checksum, hex("abcd"));
	}
}

static void without_a_whole_krb_finished_none_is_found(void **state)
{
	static const char *const none[] = {
		"11000000 0000000000000000000000000000000000 3e000000" EXTENSION,
		BINDINGS "3f000000" EXTENSION, /* what is taken as a ticket is longer than what is there */
		NO_DELEGATION "00000001 00000011" FINISHED,
		NO_DELEGATION "00000002 00000012" FINISHED "00",
		NO_DELEGATION "00000002 00000013 3011 a10d 300b a003 020110 a104 0402 abcd 0500",
		NO_DELEGATION "00000002 00000011 300f a00d 300b a003 020110 a104 0402 abcd",
		NO_DELEGATION "00000001 ffffffff" FINISHED,
	};
	struct slice whole = hex(NO_DELEGATION EXTENSION);
	struct iakerb_finished finished;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(none); i++)
		assert_false(iakerb_finished_find(hex(none[i]), &finished));
	for (size_t size = 0; size < whole.size; size++)
		assert_false(iakerb_finished_find(slice_of(whole.data, size), &finished));
}

/* --- What is relayed */

static struct slice request_for(struct slice realm, struct slice message)
{
	CLEANUP(writer_wipe) struct byte_writer out = writer_growing();

	iakerb_proxy_write(&out, &(struct iakerb_proxy) { realm, message });
	return kept(&out);
}

static struct slice realm_question(void)
{
	return request_for(slice_of(NULL, 0), slice_of(NULL, 0));
}

static void assert_refused(SECURITY_STATUS status, enum reason reason)
{
	assert_string_equal(reason_word(server.leg.reason), reason_word(reason));
	assert_int_equal(status, reason_status(reason));
	assert_true(status_failed(status));
	assert_int_equal(side_output(&server).size, 0); /* nobody asked for an error token */
	assert_int_equal(side_step(&server, realm_question()), SEC_E_OUT_OF_SEQUENCE);
}

static enum reason refused_of(struct slice token)
{
	enum reason reason;

	side_restart(&server, ROLE_ACCEPT);
	assert_true(status_failed(side_step(&server, token)));
	reason = server.leg.reason;
	assert_int_equal(side_output(&server).size, 0);
	return reason;
}

static void who_asks_is_told_the_realm_of_the_server(void **state)
{
	(void)state;
	assert_int_equal(side_step(&server, realm_question()), SEC_I_CONTINUE_NEEDED);
	assert_bytes(side_output(&server), request_for(SLICE_LITERAL(KERBEROS_REALM), slice_of(NULL, 0)));
}

static void requests_for_tickets_alone_are_relayed(void **state)
{
	static const char *const requests[] = { AS_REQ, TGS_REQ };
	static const char *const others[] = { "",          "6b02 3000", "6d02 3000", "6e02 3000",
					      "7e02 3000", AS_REQ "00", "6a03 3000", "616263" };
	struct slice realm = SLICE_LITERAL(KERBEROS_REALM);

	(void)state;
	/* Nobody listens at the KDC's port. */
	kerberos_realm_start("  kdc = tcp/127.0.0.1:1\n");
	for (size_t i = 0; i < COUNT_OF(requests); i++)
		assert_int_equal(refused_of(request_for(realm, hex(requests[i]))), REASON_KERBEROS_NO_KDC);
	for (size_t i = 0; i < COUNT_OF(others); i++)
		assert_int_equal(refused_of(request_for(realm, hex(others[i]))), REASON_BAD_TOKEN);
	kerberos_realm_start("");
}

static void a_realm_that_krb5_conf_does_not_have_is_not_asked(void **state)
{
	static const uint8_t long_realm[256] = { 'R' };

	(void)state;
	kerberos_realm_start("  kdc = tcp/127.0.0.1:1\n");
	captured_trace_start();
	assert_int_equal(refused_of(request_for(SLICE_LITERAL("OTHER.TEST"), hex(AS_REQ))),
			 REASON_KERBEROS_NO_KDC);
	assert_int_equal(refused_of(request_for(SLICE_LITERAL("example.test"), hex(AS_REQ))),
			 REASON_KERBEROS_NO_KDC);
	assert_int_equal(captured_trace_count("do not have the realm"), 2);
	captured_trace_stop();
	assert_int_equal(refused_of(request_for(slice_of(NULL, 0), hex(AS_REQ))), REASON_BAD_TOKEN);
	assert_int_equal(refused_of(request_for(slice_of("EXAMPLE.TEST\0x", 14), hex(AS_REQ))),
			 REASON_BAD_TOKEN);
	assert_int_equal(refused_of(request_for(slice_of(long_realm, sizeof(long_realm)), hex(AS_REQ))),
			 REASON_BAD_TOKEN);
	kerberos_realm_start("");
}

static void who_wants_errors_is_told_that_no_kdc_answered(void **state)
{
	struct iakerb_proxy proxy;
	krb5_context krb5;
	krb5_error *error;

	(void)state;
	kerberos_realm_start("  kdc = tcp/127.0.0.1:1\n");
	server.leg.requested = FLAG_EXTENDED_ERROR;
	assert_int_equal(side_step(&server, request_for(SLICE_LITERAL(KERBEROS_REALM), hex(AS_REQ))),
			 SEC_E_NO_AUTHENTICATING_AUTHORITY);
	assert_true(iakerb_proxy_parse(side_output(&server), &proxy));
	assert_int_equal(krb5_init_context(&krb5), 0);
	assert_int_equal(krb5_rd_error(krb5,
				       &(krb5_data) { .data = (char *)(uintptr_t)proxy.message.data,
						      .length = (unsigned)proxy.message.size },
				       &error),
			 0);
	assert_int_equal(error->error, 86); /* KRB_AP_ERR_IAKERB_KDC_NO_RESPONSE */
	krb5_free_error(krb5, error);
	krb5_free_context(krb5);
	kerberos_realm_start("");
}

static void behind_the_time_of_a_client_no_kdc_is_asked(void **state)
{
	(void)state;
	kerberos_realm_start("  kdc = tcp/127.0.0.1:1\n");
	for (int over = 0; over < 2; over++) {
		side_end(&server);
		(void)begin(state);
		assert_int_equal(side_step(&server, realm_question()), SEC_I_CONTINUE_NEEDED);
		seam_set_time(SEAM_TIME + (over ? 2 : 1) * CLOCK_TICKS_PER_SECOND);
		captured_trace_start();
		assert_refused(side_step(&server, request_for(SLICE_LITERAL(KERBEROS_REALM), hex(AS_REQ))),
			       REASON_KERBEROS_NO_KDC);
		assert_int_equal(captured_trace_count("127.0.0.1:1 does not answer"), over ? 0 : 1);
		captured_trace_stop();
		seam_set_time(SEAM_TIME);
	}
	kerberos_realm_start("");
}

static void a_client_that_never_ends_is_refused(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 16; i++)
		assert_int_equal(side_step(&server, realm_question()), SEC_I_CONTINUE_NEEDED);
	assert_refused(side_step(&server, realm_question()), REASON_UNEXPECTED_MESSAGE);
}

static void what_is_kept_of_a_client_has_an_end(void **state)
{
	CLEANUP(writer_wipe) struct byte_writer body = writer_growing();
	CLEANUP(writer_wipe) struct byte_writer cookie = writer_growing();
	SECURITY_STATUS status = SEC_I_CONTINUE_NEEDED;
	size_t header, sent = 0;
	struct slice token;

	(void)state;
	writer_zeros(&cookie, 100 * (size_t)1024);
	writer_u16be(&body, 0x0501);
	header = der_open(&body, DER_SEQUENCE);
	writer_bytes(&body, hex("a102 0c00"));
	der_write(&body, DER_CONTEXT(2), writer_slice(&cookie));
	der_close(&body, header);
	token = frame(IAKERB_OID, writer_slice(&body));
	for (; status == SEC_I_CONTINUE_NEEDED; sent++)
		status = side_step(&server, token);
	assert_refused(status, REASON_TOKEN_TOO_BIG);
	assert_int_equal(sent, 7); /* behind 512 KiB */
}

static void without_the_option_nothing_is_relayed(void **state)
{
	struct acquire_request request = kerberos_accept_request();

	(void)state;
	side_end(&server);
	side_start(&server, &kerberos_package, &request, ROLE_ACCEPT);
	assert_refused(side_step(&server, realm_question()), REASON_BAD_TOKEN);
}

/* --- KRB-FINISHED */

static void check(krb5_error_code code)
{
	assert_int_equal(code, 0);
}

/* The checksum of RFC 4121 4.1.1, and KRB-FINISHED over this text. */
static void write_checksum(krb5_context krb5, krb5_key key, struct slice text, krb5_cksumtype type,
			   struct byte_writer *out)
{
	krb5_data data = { .data = (char *)(uintptr_t)text.data, .length = (unsigned)text.size };
	CLEANUP(writer_wipe) struct byte_writer finished = writer_growing();
	krb5_checksum checksum;
	size_t sequence, mic, inner;

	check(krb5_k_make_checksum(krb5, type, key, KEY_USAGE_FINISHED, &data, &checksum));
	sequence = der_open(&finished, DER_SEQUENCE);
	mic = der_open(&finished, DER_CONTEXT(1));
	inner = der_open(&finished, DER_SEQUENCE);
	der_write_explicit_u32(&finished, DER_CONTEXT(0), (uint32_t)checksum.checksum_type);
	der_write_explicit_octets(&finished, DER_CONTEXT(1), slice_of(checksum.contents, checksum.length));
	der_close(&finished, inner);
	der_close(&finished, mic);
	der_close(&finished, sequence);
	writer_bytes(out, hex("00000002"));
	writer_u32be(out, (uint32_t)finished.size);
	writer_bytes(out, writer_slice(&finished));
	krb5_free_checksum_contents(krb5, &checksum);
}

static krb5_creds *only_ticket(krb5_context krb5, krb5_ccache cache)
{
	static krb5_creds creds;
	krb5_cc_cursor cursor;

	check(krb5_cc_start_seq_get(krb5, cache, &cursor));
	check(krb5_cc_next_cred(krb5, cache, &cursor, &creds));
	check(krb5_cc_end_seq_get(krb5, cache, &cursor));
	return &creds;
}

struct finished {
	struct slice text; /* what it is over; none: there is no KRB-FINISHED */
	krb5_cksumtype type;
	bool session_key; /* in place of the subkey */
};

/* The AP-REQ of a client whose ticket is forged, in a frame. */
static struct slice ap_req_of(const char *oid, const struct finished *finished)
{
	CLEANUP(writer_wipe) struct byte_writer checksum = writer_growing(), body = writer_growing();
	struct kerberos_ticket ticket = kerberos_ticket();
	krb5_context krb5;
	krb5_ccache cache;
	krb5_creds *creds;
	krb5_auth_context auth = NULL;
	krb5_keyblock subkey;
	krb5_key key;
	krb5_data in, out;
	struct slice token;

	check(krb5_init_context(&krb5));
	check(krb5_cc_resolve(krb5, kerberos_cache(&ticket), &cache));
	creds = only_ticket(krb5, cache);
	check(krb5_auth_con_init(krb5, &auth));
	check(krb5_auth_con_setflags(krb5, auth, KRB5_AUTH_CONTEXT_DO_SEQUENCE));
	check(krb5_c_make_random_key(krb5, ENCTYPE_AES256_CTS_HMAC_SHA1_96, &subkey));
	check(krb5_auth_con_setsendsubkey(krb5, auth, &subkey));
	check(krb5_auth_con_set_req_cksumtype(krb5, auth, CHECKSUM_GSSAPI));
	check(krb5_k_create_key(krb5, finished->session_key ? &creds->keyblock : &subkey, &key));
	writer_bytes(&checksum, hex(NO_DELEGATION));
	if (finished->text.size)
		write_checksum(krb5, key, finished->text, finished->type, &checksum);
	in = (krb5_data) { .data = (char *)checksum.data, .length = (unsigned)checksum.size };
	check(krb5_mk_req_extended(krb5, &auth, AP_OPTS_MUTUAL_REQUIRED | AP_OPTS_USE_SUBKEY, &in, creds,
				   &out));
	writer_u16be(&body, 0x0100);
	writer_bytes(&body, slice_of(out.data, out.length));
	token = frame(oid, writer_slice(&body));
	krb5_free_data_contents(krb5, &out);
	krb5_k_free_key(krb5, key);
	krb5_free_keyblock_contents(krb5, &subkey);
	krb5_free_cred_contents(krb5, creds);
	check(krb5_auth_con_free(krb5, auth));
	check(krb5_cc_close(krb5, cache));
	krb5_free_context(krb5);
	return token;
}

/* The client has asked for the server's realm; all that went to and fro. */
static struct slice relayed(void)
{
	CLEANUP(writer_wipe) struct byte_writer transcript = writer_growing();

	side_restart(&server, ROLE_ACCEPT);
	assert_int_equal(side_step(&server, realm_question()), SEC_I_CONTINUE_NEEDED);
	writer_bytes(&transcript, realm_question());
	writer_bytes(&transcript, side_output(&server));
	return kept(&transcript);
}

static void krb_finished_over_what_was_relayed_is_taken(void **state)
{
	struct finished finished = { .text = relayed() };

	(void)state;
	assert_int_equal(side_step(&server, ap_req_of(KERBEROS_OID, &finished)), SEC_E_OK);
	assert_true(server.leg.can_seal);
	assert_int_equal(side_step(&server, realm_question()), SEC_E_OUT_OF_SEQUENCE);
}

static void a_client_that_frames_its_ap_req_is_answered_in_that_frame(void **state)
{
	CLEANUP(writer_wipe) struct byte_writer kerberos = writer_growing();
	struct finished finished = { .text = relayed() };

	(void)state;
	assert_int_equal(side_step(&server, ap_req_of(IAKERB_OID, &finished)), SEC_E_OK);
	assert_true(iakerb_unframe(side_output(&server), &kerberos));
}

static void krb_finished_over_anything_else_is_refused(void **state)
{
	struct slice transcript = relayed();
	struct finished rows[] = {
		{ .text = slice_of(NULL, 0) },
		{ .text = slice_of(transcript.data, transcript.size - 1) },
		{ .text = slice_of(transcript.data + 1, transcript.size - 1) },
		{ .text = transcript, .session_key = true },
		{ .text = transcript, .type = CKSUMTYPE_RSA_MD5 }, /* that anybody can make */
		{ .text = transcript, .type = CKSUMTYPE_HMAC_SHA1_96_AES256 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		SECURITY_STATUS status;

		assert_bytes(relayed(), transcript);
		status = side_step(&server, ap_req_of(KERBEROS_OID, &rows[i]));
		if (i + 1 < COUNT_OF(rows))
			assert_refused(status, REASON_IAKERB_ALTERED);
		else
			assert_int_equal(status, SEC_E_OK); /* so the rows fail for what they say */
	}
}

static void krb_finished_where_nothing_was_relayed_is_refused(void **state)
{
	struct finished finished = { .text = relayed() }, none = { .text = slice_of(NULL, 0) };

	(void)state;
	side_restart(&server, ROLE_ACCEPT);
	assert_refused(side_step(&server, ap_req_of(KERBEROS_OID, &finished)), REASON_IAKERB_ALTERED);
	side_restart(&server, ROLE_ACCEPT);
	assert_int_equal(side_step(&server, ap_req_of(KERBEROS_OID, &none)), SEC_E_OK);
}

static void a_context_that_relayed_goes_on_elsewhere(void **state)
{
	CLEANUP(writer_wipe) struct byte_writer packed = writer_growing();
	struct finished finished = { .text = relayed() };
	struct package_context *context = NULL;

	(void)state;
	assert_int_equal(side_step(&server, ap_req_of(KERBEROS_OID, &finished)), SEC_E_OK);
	assert_int_equal(kerberos_package.pack(server.context, false, &packed), REASON_OK);
	assert_int_equal(kerberos_package.unpack(writer_slice(&packed), ROLE_ACCEPT, NULL, &context),
			 REASON_OK);
	package_context_free(context);
}

static void each_allocation_of_ours_that_fails_refuses(void **state)
{
	struct slice question = realm_question();
	long n = 0;

	(void)state;
	do {
		side_restart(&server, ROLE_ACCEPT);
		seam_fail_allocation(++n);
		(void)side_step(&server, question);
		if (seam_allocation_failed())
			assert_string_equal(reason_word(server.leg.reason), "out-of-memory");
		else
			assert_int_equal(server.leg.reason, REASON_OK);
	} while (seam_allocation_failed());
	seam_fail_allocation(0);
	assert_in_range(n, 3, 50);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)
		TEST(a_frame_is_changed_and_nothing_in_it),
		TEST(what_is_in_no_such_frame_is_told),
		TEST(a_proxy_token_is_its_realm_and_its_message),
		TEST(a_proxy_token_that_is_cut_is_none),
		TEST(what_is_no_proxy_token_is_refused),
		TEST(krb_finished_is_found_behind_a_ticket_and_other_extensions),
		TEST(without_a_whole_krb_finished_none_is_found),
		TEST(who_asks_is_told_the_realm_of_the_server),
		TEST(requests_for_tickets_alone_are_relayed),
		TEST(a_realm_that_krb5_conf_does_not_have_is_not_asked),
		TEST(who_wants_errors_is_told_that_no_kdc_answered),
		TEST(behind_the_time_of_a_client_no_kdc_is_asked),
		TEST(a_client_that_never_ends_is_refused),
		TEST(what_is_kept_of_a_client_has_an_end),
		TEST(without_the_option_nothing_is_relayed),
		TEST(krb_finished_over_what_was_relayed_is_taken),
		TEST(a_client_that_frames_its_ap_req_is_answered_in_that_frame),
		TEST(krb_finished_over_anything_else_is_refused),
		TEST(krb_finished_where_nothing_was_relayed_is_refused),
		TEST(a_context_that_relayed_goes_on_elsewhere),
		TEST(each_allocation_of_ours_that_fails_refuses),
#undef TEST
	};

	kerberos_realm_start("");
	return cmocka_run_group_tests(tests, NULL, NULL);
}
