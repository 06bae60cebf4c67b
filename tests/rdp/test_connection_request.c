/* X.224 Connection Request, and the TPKT and X.224 headers around it. */
#include "rdp/connection_request.h"

#include "support/hex.h"

/* MS-RDPBCGR 4.1.1: "Cookie: mstshash=eltons" and RDP_NEG_REQ for RDP security. */
#define REQUEST_OF_THE_SPECIFICATION \
	"03 00 00 2c 27 e0 00 00 00 00 00 43 6f 6f 6b 69 65 3a 20 6d 73 74 73 68 61 73 68 3d 65 6c 74 6f " \
	"6e 73 " \
	"0d 0a 01 00 08 00 00 00 00 00"
#define CORRELATION_ID "11 22 33 44 55 66 77 88 99 aa bb cc dd ee ff 10"

static struct rdp_connection_request parsed(const char *pdu)
{
	struct rdp_connection_request request;

	assert_true(rdp_connection_request_parse(hex(pdu), &request));
	return request;
}

static void assert_refused(const char *pdu)
{
	struct rdp_connection_request request;

	if (rdp_connection_request_parse(hex(pdu), &request))
		fail_msg("taken: %s", pdu);
}

static void assert_written(const struct rdp_connection_request *request, const char *pdu)
{
	CLEANUP(writer_wipe) struct byte_writer out = writer_growing();

	rdp_connection_request_write(&out, request);
	assert_true(writer_ok(&out));
	assert_bytes(writer_slice(&out), hex(pdu));
}

static void the_request_of_the_specification_is_read_and_written(void **state)
{
	struct rdp_connection_request request = parsed(REQUEST_OF_THE_SPECIFICATION);

	(void)state;
	assert_bytes(request.line, SLICE_LITERAL("Cookie: mstshash=eltons"));
	assert_true(request.has_negotiation);
	assert_int_equal(request.flags, 0);
	assert_int_equal(request.requested_protocols, RDP_PROTOCOL_RDP);
	assert_false(request.has_correlation_id);
	assert_written(&request, REQUEST_OF_THE_SPECIFICATION);
}

static void every_part_behind_the_header_may_be_missing(void **state)
{
	const char *bare = "03 00 00 0b 06 e0 00 00 00 00 00";
	const char *protocols_only = "03 00 00 13 0e e0 00 00 00 00 00 01 00 08 00 0b 00 00 00";
	const char *line_only = "03 00 00 10 0b e0 00 00 00 00 00 74 73 76 0d 0a";
	struct rdp_connection_request request = parsed(bare);

	(void)state;
	assert_int_equal(request.line.size, 0);
	assert_false(request.has_negotiation);
	assert_written(&request, bare);
	request = parsed(protocols_only);
	assert_int_equal(request.line.size, 0);
	assert_int_equal(request.requested_protocols,
			 RDP_PROTOCOL_SSL | RDP_PROTOCOL_HYBRID | RDP_PROTOCOL_HYBRID_EX);
	assert_written(&request, protocols_only);
	request = parsed(line_only);
	assert_bytes(request.line, SLICE_LITERAL("tsv"));
	assert_false(request.has_negotiation);
	assert_written(&request, line_only);
}

static void a_correlation_id_follows_where_the_flag_says_so(void **state)
{
	const char *pdu =
		"03 00 00 37 32 e0 00 00 00 00 00 01 08 08 00 03 00 00 00 06 00 24 00 " CORRELATION_ID
		" 00000000 00000000 00000000 00000000";
	struct rdp_connection_request request = parsed(pdu);

	(void)state;
	assert_true(request.has_correlation_id);
	assert_bytes(slice_of(request.correlation_id, sizeof(request.correlation_id)), hex(CORRELATION_ID));
	assert_written(&request, pdu);
	/* the flag without the structure, the structure without the flag, another type, another length */
	assert_refused("03 00 00 13 0e e0 00 00 00 00 00 01 08 08 00 03 00 00 00");
	assert_refused("03 00 00 37 32 e0 00 00 00 00 00 01 00 08 00 03 00 00 00 06 00 24 00 " CORRELATION_ID
		       " 00000000 00000000 00000000 00000000");
	assert_refused("03 00 00 37 32 e0 00 00 00 00 00 01 08 08 00 03 00 00 00 05 00 24 00 " CORRELATION_ID
		       " 00000000 00000000 00000000 00000000");
	assert_refused("03 00 00 37 32 e0 00 00 00 00 00 01 08 08 00 03 00 00 00 06 00 25 00 " CORRELATION_ID
		       " 00000000 00000000 00000000 00000000");
}

static void the_lengths_of_tpkt_and_x224_must_agree(void **state)
{
	(void)state;
	assert_refused("03 00 00 13 0d e0 00 00 00 00 00 01 00 08 00 03 00 00 00");
	assert_refused("03 00 00 13 0f e0 00 00 00 00 00 01 00 08 00 03 00 00 00");
	assert_refused("03 00 00 12 0e e0 00 00 00 00 00 01 00 08 00 03 00 00 00");
	assert_refused("03 00 00 14 0e e0 00 00 00 00 00 01 00 08 00 03 00 00 00");
	assert_refused("03 00 00 14 0e e0 00 00 00 00 00 01 00 08 00 03 00 00 00 00");
	assert_refused("03 00 00 0a 05 e0 00 00 00 00");
	assert_refused("03 00 00 05 00");
	assert_refused("");
}

static void another_tpdu_or_class_is_refused(void **state)
{
	(void)state;
	assert_refused("03 00 00 13 0e d0 00 00 00 00 00 01 00 08 00 03 00 00 00"); /* a confirm */
	assert_refused("03 00 00 13 0e f0 00 00 00 00 00 01 00 08 00 03 00 00 00");
	assert_refused("03 00 00 13 0e e0 00 00 00 00 20 01 00 08 00 03 00 00 00"); /* class 2 */
	assert_refused("04 00 00 13 0e e0 00 00 00 00 00 01 00 08 00 03 00 00 00"); /* no TPKT */
}

static void a_negotiation_of_another_shape_is_refused(void **state)
{
	(void)state;
	assert_refused("03 00 00 13 0e e0 00 00 00 00 00 02 00 08 00 03 00 00 00"); /* a response's type */
	assert_refused("03 00 00 13 0e e0 00 00 00 00 00 01 00 09 00 03 00 00 00");
	assert_refused("03 00 00 12 0d e0 00 00 00 00 00 01 00 08 00 03 00 00");
	assert_refused("03 00 00 14 0f e0 00 00 00 00 00 01 00 08 00 03 00 00 00 00"); /* a byte behind it */
	assert_refused("03 00 00 1b 16 e0 00 00 00 00 00 01 00 08 00 03 00 00 00 01 00 08 00 03 00 00 00");
}

static void a_line_must_end(void **state)
{
	(void)state;
	assert_refused("03 00 00 0f 0a e0 00 00 00 00 00 74 73 76 0d");
	assert_refused("03 00 00 0f 0a e0 00 00 00 00 00 74 73 76 0a");
	/* what stands behind the first line is no second one */
	assert_refused("03 00 00 15 10 e0 00 00 00 00 00 74 73 76 0d 0a 74 73 76 0d 0a");
}

static void the_longest_request_is_written_and_a_longer_one_is_not(void **state)
{
	uint8_t text[248 - 2 + 1];
	struct rdp_connection_request request = { .line = slice_of(text, sizeof(text) - 1) }, again;
	CLEANUP(writer_wipe) struct byte_writer out = writer_growing();

	(void)state;
	memset(text, 'x', sizeof(text));
	rdp_connection_request_write(&out, &request);
	assert_true(writer_ok(&out));
	assert_int_equal(out.size, X224_CONNECTION_MAX);
	assert_true(rdp_connection_request_parse(writer_slice(&out), &again));
	assert_bytes(again.line, request.line);
	request.line.size++;
	rdp_connection_request_write(&out, &request);
	assert_false(writer_ok(&out));
}

static void a_pdu_is_taken_from_a_stream_only_when_it_is_whole(void **state)
{
	struct slice pdu = hex(REQUEST_OF_THE_SPECIFICATION), taken;
	struct byte_reader in;

	(void)state;
	for (size_t size = 0; size < pdu.size; size++) {
		in = reader_of(slice_of(pdu.data, size));
		assert_int_equal(tpkt_take(&in, X224_CONNECTION_MAX, &taken), TPKT_SHORT);
		assert_int_equal(in.size, size);
	}
	in = reader_of(hex(REQUEST_OF_THE_SPECIFICATION "16 03 01"));
	assert_int_equal(tpkt_take(&in, X224_CONNECTION_MAX, &taken), TPKT_WHOLE);
	assert_bytes(taken, pdu);
	assert_bytes(reader_rest(&in), hex("16 03 01"));
}

static void what_begins_no_pdu_is_known_from_its_first_bytes(void **state)
{
	const char *bad[] = {
		"16", "30 37", "03 00 01 04", "03 00 00 04", "03 00 00 00 00", "03 00 ff ff 00"
	};
	struct byte_reader in;
	struct slice taken;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(bad); i++) {
		in = reader_of(hex(bad[i]));
		assert_int_equal(tpkt_take(&in, X224_CONNECTION_MAX, &taken), TPKT_BAD);
		assert_int_equal(in.size, hex(bad[i]).size);
	}
	in = reader_of(hex("03 00 01 03"));
	assert_int_equal(tpkt_take(&in, X224_CONNECTION_MAX, &taken), TPKT_SHORT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_request_of_the_specification_is_read_and_written),
		cmocka_unit_test(every_part_behind_the_header_may_be_missing),
		cmocka_unit_test(a_correlation_id_follows_where_the_flag_says_so),
		cmocka_unit_test(the_lengths_of_tpkt_and_x224_must_agree),
		cmocka_unit_test(another_tpdu_or_class_is_refused),
		cmocka_unit_test(a_negotiation_of_another_shape_is_refused),
		cmocka_unit_test(a_line_must_end),
		cmocka_unit_test(the_longest_request_is_written_and_a_longer_one_is_not),
		cmocka_unit_test(a_pdu_is_taken_from_a_stream_only_when_it_is_whole),
		cmocka_unit_test(what_begins_no_pdu_is_known_from_its_first_bytes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
