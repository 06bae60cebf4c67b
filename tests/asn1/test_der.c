#include "asn1/der_reader.h"
#include "asn1/der_writer.h"

#include "base/memory.h"
#include "support/hex.h"
#include "support/seams.h"

static struct byte_reader reader_of_hex(const char *text)
{
	return reader_of(hex(text));
}

static enum der_length element_size(struct slice bytes, size_t *size)
{
	struct byte_reader in = reader_of(bytes);

	return der_element_size(&in, size);
}

/* --- Elements ------------------------------------------------------------------------------------------------- */

static void an_element_is_read_and_the_next_one_follows(void **state)
{
	struct byte_reader in = reader_of_hex("3003 020105 0401aa"), sequence, inner;
	uint8_t tag;

	(void)state;
	assert_true(der_peek(&in, &tag));
	assert_int_equal(tag, DER_SEQUENCE);
	assert_true(der_read(&in, DER_SEQUENCE, &sequence));
	assert_true(der_read_any(&sequence, &tag, &inner));
	assert_int_equal(tag, DER_INTEGER);
	assert_bytes(reader_rest(&inner), hex("05"));
	assert_true(reader_empty(&sequence));
	assert_true(der_read(&in, DER_OCTET_STRING, &inner));
	assert_bytes(reader_rest(&inner), hex("aa"));
	assert_true(reader_empty(&in));
	assert_false(der_peek(&in, &tag));
}

static void lengths_of_every_form_are_read(void **state)
{
	const struct {
		const char *header;
		size_t size;
	} lengths[] = {
		{ "0400", 0 },         { "047f", 0x7F },       { "048180", 0x80 },        { "0481ff", 0xFF },
		{ "04820100", 0x100 }, { "0482ffff", 0xFFFF }, { "0483010000", 0x10000 },
	};
	uint8_t *memory = memory_allocate(0x10000 + 8);

	(void)state;
	assert_non_null(memory);
	for (size_t i = 0; i < COUNT_OF(lengths); i++) {
		struct slice header = hex(lengths[i].header);
		struct byte_reader in, contents;
		size_t whole = 0;

		memcpy(memory, header.data, header.size);
		in = reader_of(slice_of(memory, header.size + lengths[i].size));
		assert_true(der_read(&in, DER_OCTET_STRING, &contents));
		assert_int_equal(contents.size, lengths[i].size);
		assert_true(reader_empty(&in));
		assert_int_equal(element_size(header, &whole), DER_LENGTH_KNOWN);
		assert_int_equal(whole, header.size + lengths[i].size);
	}
	memory_free(memory);
}

/* Each of these is BER that DER forbids (X.690 10.1), or no X.690 at all. */
static const char *const malformed[] = {
	"3080 0201050000", /* indefinite length */
	"048101 aa",       /* 1 in the long form */
	"04817f aa",       /* 127 in the long form */
	"04820080 aa",     /* a leading zero octet */
	"04820001 aa",        "0483000100 aa", "0484000000ff aa", "048400000001 aa", "048400000000",
	"0485 0000000001 aa",                                                    /* five length octets */
	"0485 0100000000 aa", "04fe aa",       "04ff aa",         "1f 01 01 aa", /* high tag numbers */
	"3f 01 01 aa",        "5f 8101 01 aa", "bf 01 01 aa",     "ff 01 01 aa",
};

static void what_der_forbids_is_refused_at_once(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT_OF(malformed); i++) {
		struct byte_reader in = reader_of_hex(malformed[i]), before = in, contents;
		size_t size;
		uint8_t tag;

		assert_false(der_read_any(&in, &tag, &contents));
		assert_false(der_read(&in, in.data[0], &contents));
		assert_ptr_equal(in.data, before.data);
		assert_int_equal(in.size, before.size);
		assert_int_equal(der_element_size(&in, &size), DER_LENGTH_BAD);
	}
}

/* As rdesktop writes them: two octets from 128 on. */
static void bers_lengths_are_taken_where_they_were_asked_for(void **state)
{
	const char *const elements[] = { "048101aa", "04820001aa", "0483000001aa", "048400000001aa" };
	const char *const never[] = { "0480aa0000", "048500000000 01aa", "04ff01aa", "1f0101aa", "048402aa" };
	struct byte_reader in = der_reader_of_ber_lengths(hex("3082000d a0820009 04820005 0102030405")),
			   wrapper;
	struct byte_reader contents;
	struct slice octets;
	size_t size;
	uint8_t tag;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(elements); i++) {
		struct slice bytes = hex(elements[i]);
		struct byte_reader one = der_reader_of_ber_lengths(bytes);

		assert_int_equal(der_element_size(&one, &size), DER_LENGTH_KNOWN);
		assert_int_equal(size, bytes.size);
		assert_true(der_read(&one, DER_OCTET_STRING, &contents));
		assert_bytes(reader_rest(&contents), hex("aa"));
		assert_true(reader_empty(&one));
	}
	for (size_t i = 0; i < COUNT_OF(never); i++) {
		struct byte_reader one = der_reader_of_ber_lengths(hex(never[i]));

		assert_false(der_read_any(&one, &tag, &contents));
	}
	/* What lies inside is read alike. */
	assert_true(der_read(&in, DER_SEQUENCE, &wrapper));
	assert_true(der_read_explicit_octets(&wrapper, DER_CONTEXT(0), &octets));
	assert_bytes(octets, hex("0102030405"));
	assert_true(reader_empty(&wrapper) && reader_empty(&in));
}

static void contents_longer_than_the_input_are_refused(void **state)
{
	const char *const cut[] = { "",          "04",     "0401",       "0402aa",         "0481",
				    "048180",    "048201", "04820100aa", "0484ffffffffaa", "0484ffffff",
				    "047fffffff" };

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cut); i++) {
		struct byte_reader in = reader_of_hex(cut[i]), before = in, contents;
		uint8_t tag;

		assert_false(der_read_any(&in, &tag, &contents));
		assert_ptr_equal(in.data, before.data);
		assert_int_equal(in.size, before.size);
	}
}

static void an_inner_element_cannot_reach_behind_the_outer_one(void **state)
{
	struct byte_reader in = reader_of_hex("3003 020205 aabb"), sequence, inner;

	(void)state;
	assert_true(der_read(&in, DER_SEQUENCE, &sequence));
	assert_false(der_read(&sequence, DER_INTEGER, &inner));
}

/* CredSSP must know from the first bytes how much of a TSRequest is missing. */
static void the_size_of_an_element_shows_in_its_first_bytes(void **state)
{
	const char *const too_short[] = { "", "30", "3081", "3082", "308201", "3084ffffff" };
	size_t size;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(too_short); i++)
		assert_int_equal(element_size(hex(too_short[i]), &size), DER_LENGTH_SHORT);
	assert_int_equal(element_size(hex("30820123"), &size), DER_LENGTH_KNOWN);
	assert_int_equal(size, 4 + 0x123);
	assert_int_equal(element_size(hex("3000ffff"), &size), DER_LENGTH_KNOWN);
	assert_int_equal(size, 2);
	assert_int_equal(element_size(hex("3084ffffffff"), &size), DER_LENGTH_KNOWN);
	assert_true(size == (size_t)UINT32_MAX + 6); /* does not wrap */
	assert_int_equal(element_size(slice_of(NULL, 0), &size), DER_LENGTH_SHORT);
}

/* Found in review: an OPTIONAL field that is not there changed the contents of the one read before. */
static void another_tag_leaves_reader_and_contents_alone(void **state)
{
	struct byte_reader in = reader_of_hex("a00302010a"), before = in, contents = reader_of_hex("77"),
			   kept = contents;

	(void)state;
	assert_false(der_read(&in, DER_CONTEXT(1), &contents));
	assert_ptr_equal(in.data, before.data);
	assert_int_equal(in.size, before.size);
	assert_ptr_equal(contents.data, kept.data);
	assert_int_equal(contents.size, kept.size);
}

/* --- [n] EXPLICIT --------------------------------------------------------------------------------------------- */

static void explicit_octets_are_read(void **state)
{
	struct byte_reader in = reader_of_hex("a1060404deadbeef a2020400");
	struct slice octets;

	(void)state;
	assert_true(der_read_explicit_octets(&in, DER_CONTEXT(1), &octets));
	assert_bytes(octets, hex("deadbeef"));
	assert_true(der_read_explicit_octets(&in, DER_CONTEXT(2), &octets));
	assert_int_equal(octets.size, 0);
	assert_true(reader_empty(&in));
}

static void explicit_octets_of_another_shape_are_refused(void **state)
{
	const char *const wrong[] = {
		"a0060404deadbeef",     /* another tag */
		"a1060204deadbeef",     /* INTEGER inside */
		"a1080404deadbeef0500", /* something behind the OCTET STRING */
		"a1070404deadbeef00",   /* a stray byte behind it */
		"a1060405deadbeef",     /* longer than its wrapper */
		"a1070404deadbeef",     /* the wrapper longer than the input */
		"a100",                 /* nothing inside */
		"8104deadbeef",         /* IMPLICIT */
		"a10624040402dead",     /* a constructed OCTET STRING */
		"a1800404deadbeef0000",
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(wrong); i++) {
		struct byte_reader in = reader_of_hex(wrong[i]), before = in;
		struct slice octets = SLICE_LITERAL("as before");

		assert_false(der_read_explicit_octets(&in, DER_CONTEXT(1), &octets));
		assert_ptr_equal(in.data, before.data);
		assert_int_equal(in.size, before.size);
		assert_bytes(octets, SLICE_LITERAL("as before"));
	}
}

static const struct {
	const char *der;
	uint32_t value;
} numbers[] = {
	{ "a003020100", 0 },
	{ "a003020106", 6 },
	{ "a00302017f", 0x7F },
	{ "a00402020080", 0x80 },
	{ "a004020200ff", 0xFF },
	{ "a00402020100", 0x100 },
	{ "a00402027fff", 0x7FFF },
	{ "a0050203008000", 0x8000 },
	{ "a00502037fffff", 0x7FFFFF },
	{ "a006020400800000", 0x800000 },
	{ "a00602047fffffff", 0x7FFFFFFF },
	{ "a0070205008000 0000", 0x80000000 },
	{ "a007020500c000006d", 0xC000006D },
	{ "a007020500ffffffff", UINT32_MAX },
};

static void numbers_are_read_and_written_alike(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT_OF(numbers); i++) {
		CLEANUP(writer_wipe) struct byte_writer out = writer_growing();
		struct byte_reader in = reader_of_hex(numbers[i].der);
		uint32_t value;

		assert_true(der_read_explicit_u32(&in, DER_CONTEXT(0), &value));
		assert_true(reader_empty(&in));
		assert_true(value == numbers[i].value);
		der_write_explicit_u32(&out, DER_CONTEXT(0), value);
		assert_bytes(writer_slice(&out), hex(numbers[i].der));
	}
}

static void numbers_that_are_negative_not_minimal_or_too_big_are_refused(void **state)
{
	const char *const wrong[] = {
		"a0020200",         /* no octets */
		"a0060204c000006d", /* an NTSTATUS is no version */
		"a0030201ff",       /* -1 */
		"a003020180",       /* -128 */
		"a0040202ff7f",     /* -129 */
		"a0050203800000",   /* a negative number of 3 octets */
		"a00402020001",     /* a superfluous 00 */
		"a0060204ff800000", /* a superfluous FF */
		"a0050203ffffff",   /* the same */
		"a0060204000000ff",
		"a00602040000006d",
		"a0070205 0100000000",   /* 2^32 */
		"a0070205 ff00000000",   /* below -2^32 */
		"a0080206 00ffffffffff", /* six octets */
		"a00b0209 00ffffffffffffffff",
		"a0050201060500", /* something behind it */
		"a00404020106",   /* not INTEGER */
		"a0030a0106",     /* ENUMERATED */
		"a103020106",     /* another tag */
		"a003020206",     /* longer than its wrapper */
		"a004020106",     /* the wrapper longer than the input */
		"800106",         /* IMPLICIT */
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(wrong); i++) {
		struct byte_reader in = reader_of_hex(wrong[i]), before = in;
		uint32_t value = 77;

		assert_false(der_read_explicit_u32(&in, DER_CONTEXT(0), &value));
		assert_ptr_equal(in.data, before.data);
		assert_int_equal(in.size, before.size);
		assert_int_equal(value, 77);
	}
}

/* errorCode C000006D is a406 0204 c000006d on the wire. */
static void an_error_status_is_four_octets_with_its_top_bit(void **state)
{
	CLEANUP(writer_wipe) struct byte_writer out = writer_growing();
	struct byte_reader in;
	uint32_t value;

	(void)state;
	der_write_explicit_ntstatus(&out, DER_CONTEXT(4), 0xC000006D);
	assert_bytes(writer_slice(&out), hex("a4060204c000006d"));
	in = reader_of(writer_slice(&out));
	assert_true(der_read_explicit_ntstatus(&in, DER_CONTEXT(4), &value));
	assert_true(value == 0xC000006D);
}

/* Found in review: a status below 0x00800000 was written in an INTEGER that is no DER, and our reader refused it. */
static void every_status_that_is_written_is_minimal(void **state)
{
	const struct {
		uint32_t value;
		const char *der;
	} statuses[] = {
		{ 0, "a403020100" },
		{ 0x6D, "a40302016d" },
		{ 0x103, "a40402020103" },
		{ 0x80, "a40402020080" },
		{ 0x40000000, "a406020440000000" },
		{ 0x007FFFFF, "a40502037fffff" },
		{ 0x00800000, "a406020400800000" },
		{ 0x80000000, "a406020480000000" },
		{ 0xFF7FFFFF, "a4060204ff7fffff" },
		{ 0xFF800000, "a4050203800000" },
		{ UINT32_MAX, "a4030201ff" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(statuses); i++) {
		CLEANUP(writer_wipe) struct byte_writer out = writer_growing();

		struct byte_reader in;
		uint32_t value;

		der_write_explicit_ntstatus(&out, DER_CONTEXT(4), statuses[i].value);
		assert_bytes(writer_slice(&out), hex(statuses[i].der));
		in = reader_of(writer_slice(&out));
		assert_true(der_read_explicit_ntstatus(&in, DER_CONTEXT(4), &value));
		assert_true(value == statuses[i].value);
	}
}

static void a_status_may_be_an_unsigned_number_too(void **state)
{
	struct byte_reader in = reader_of_hex("a407020500c000006d"),
			   below = reader_of_hex("a4070205ff7fffffff");
	uint32_t value;

	(void)state;
	assert_true(der_read_explicit_ntstatus(&in, DER_CONTEXT(4), &value));
	assert_true(value == 0xC000006D);
	assert_false(der_read_explicit_ntstatus(&below, DER_CONTEXT(4), &value));
}

/* --- Writing -------------------------------------------------------------------------------------------------- */

static void lengths_are_written_in_as_few_octets_as_possible(void **state)
{
	const struct {
		size_t size;
		const char *header;
	} lengths[] = {
		{ 0, "0400" },         { 0x7F, "047f" },       { 0x80, "048180" },       { 0xFF, "0481ff" },
		{ 0x100, "04820100" }, { 0xFFFF, "0482ffff" }, { 0x10000, "0483010000" }
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(lengths); i++) {
		CLEANUP(writer_wipe) struct byte_writer out = writer_growing();
		struct slice header = hex(lengths[i].header);
		size_t opened = der_open(&out, DER_OCTET_STRING);
		uint8_t *contents = writer_extend(&out, lengths[i].size);

		if (lengths[i].size) {
			assert_non_null(contents);
			contents[0] = 0xA1;
			contents[lengths[i].size - 1] = 0xA2;
		}
		der_close(&out, opened);
		assert_true(writer_ok(&out));
		assert_int_equal(out.size, header.size + lengths[i].size);
		assert_bytes(slice_of(out.data, header.size), header);
		if (lengths[i].size) {
			assert_int_equal(out.data[header.size], 0xA1);
			assert_int_equal(out.data[out.size - 1], 0xA2);
		}
	}
}

static void nested_elements_grow_with_what_is_inside(void **state)
{
	CLEANUP(writer_wipe) struct byte_writer out = writer_growing();
	CLEANUP(writer_wipe) struct byte_writer filling = writer_growing();
	struct byte_reader in, sequence;
	struct slice octets;
	uint32_t version;
	size_t opened;

	(void)state;
	writer_zeros(&filling, 300);
	opened = der_open(&out, DER_SEQUENCE);
	der_write_explicit_u32(&out, DER_CONTEXT(0), 6);
	der_write_explicit_octets(&out, DER_CONTEXT(1), writer_slice(&filling));
	der_write_explicit_octets(&out, DER_CONTEXT(3), slice_of(NULL, 0));
	der_close(&out, opened);
	assert_true(writer_ok(&out));
	assert_bytes(slice_of(out.data, 17), hex("3082013d a003020106 a1820130 0482012c"));

	in = reader_of(writer_slice(&out));
	assert_true(der_read(&in, DER_SEQUENCE, &sequence) && reader_empty(&in));
	assert_true(der_read_explicit_u32(&sequence, DER_CONTEXT(0), &version));
	assert_int_equal(version, 6);
	assert_true(der_read_explicit_octets(&sequence, DER_CONTEXT(1), &octets));
	assert_bytes(octets, writer_slice(&filling));
	assert_true(der_read_explicit_octets(&sequence, DER_CONTEXT(3), &octets));
	assert_true(octets.size == 0 && reader_empty(&sequence));
}

/* Whatever place the memory ends at, the writer fails and keeps inside its memory. */
static void an_element_that_does_not_fit_fails_the_writer(void **state)
{
	uint8_t memory[150];

	(void)state;
	for (size_t capacity = 0; capacity <= 139; capacity++) {
		struct byte_writer out = writer_fixed(memory, capacity);
		size_t opened;

		memset(memory, 0xEE, sizeof(memory));
		opened = der_open(&out, DER_SEQUENCE);
		der_write_explicit_octets(&out, DER_CONTEXT(1), slice_of("\xA5\xA5", 2));
		writer_zeros(&out, 130);
		der_close(&out, opened);
		assert_int_equal(writer_ok(&out), capacity == 139); /* 3 + 6 + 130 */
		for (size_t i = capacity; i < sizeof(memory); i++)
			assert_int_equal(memory[i], 0xEE);
	}
}

static void without_memory_no_element_is_written(void **state)
{
	struct byte_writer out = writer_growing();
	long before = seam_blocks_alive();

	(void)state;
	seam_fail_allocation(1);
	der_write_explicit_octets(&out, DER_CONTEXT(1), SLICE_LITERAL("token"));
	seam_fail_allocation(0);
	assert_false(writer_ok(&out));
	assert_int_equal(out.size, 0);
	writer_wipe(&out);
	assert_int_equal(seam_blocks_alive(), before);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_element_is_read_and_the_next_one_follows),
		cmocka_unit_test(lengths_of_every_form_are_read),
		cmocka_unit_test(what_der_forbids_is_refused_at_once),
		cmocka_unit_test(bers_lengths_are_taken_where_they_were_asked_for),
		cmocka_unit_test(contents_longer_than_the_input_are_refused),
		cmocka_unit_test(an_inner_element_cannot_reach_behind_the_outer_one),
		cmocka_unit_test(the_size_of_an_element_shows_in_its_first_bytes),
		cmocka_unit_test(another_tag_leaves_reader_and_contents_alone),
		cmocka_unit_test(explicit_octets_are_read),
		cmocka_unit_test(explicit_octets_of_another_shape_are_refused),
		cmocka_unit_test(numbers_are_read_and_written_alike),
		cmocka_unit_test(numbers_that_are_negative_not_minimal_or_too_big_are_refused),
		cmocka_unit_test(an_error_status_is_four_octets_with_its_top_bit),
		cmocka_unit_test(every_status_that_is_written_is_minimal),
		cmocka_unit_test(a_status_may_be_an_unsigned_number_too),
		cmocka_unit_test(lengths_are_written_in_as_few_octets_as_possible),
		cmocka_unit_test(nested_elements_grow_with_what_is_inside),
		cmocka_unit_test(an_element_that_does_not_fit_fails_the_writer),
		cmocka_unit_test(without_memory_no_element_is_written),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
