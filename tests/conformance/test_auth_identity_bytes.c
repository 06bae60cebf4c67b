/*
 * SspiMarshalAuthIdentity and SspiUnmarshalAuthIdentity. "Observed" facts are those that Wine's tests assert of Windows
 * (dlls/secur32/tests/secur32.c).
 */
#include "base/byte_reader.h"
#include "support/ex2.h"
#include "support/hex.h"

#define UNTOUCHED ((void *)(uintptr_t)0xDEADBEEF) /* NOLINT: never followed */

enum { NUMBERS = 11, HEADER = NUMBERS * 4 };
enum number {
	VERSION,
	LENGTH,
	USER,
	USER_LENGTH,
	DOMAIN,
	DOMAIN_LENGTH,
	PASSWORD,
	PASSWORD_LENGTH,
	FLAGS,
	LIST
};

/* What was marshalled; the library's block is freed. */
static struct slice marshal(void *identity)
{
	char *bytes = NULL;
	uint32_t size = 0;
	uint8_t *kept;

	assert_int_equal(SspiMarshalAuthIdentity(identity, &size, &bytes), SEC_E_OK);
	kept = keep_bytes(size);
	memcpy(kept, bytes, size);
	SspiLocalFree(bytes);
	return slice_of(kept, size);
}

static SECURITY_STATUS unmarshal(struct slice bytes, PSEC_WINNT_AUTH_IDENTITY_OPAQUE *made)
{
	return SspiUnmarshalAuthIdentity((uint32_t)bytes.size, (char *)(uintptr_t)bytes.data, made);
}

static uint32_t number(struct slice bytes, enum number index)
{
	struct byte_reader in = reader_of(bytes);
	uint32_t value;

	assert_true(reader_skip(&in, 4u * index) && reader_u32le(&in, &value));
	return value;
}

static SEC_WINNT_AUTH_IDENTITY_A narrow(void)
{
	return (SEC_WINNT_AUTH_IDENTITY_A) {
		.User = (unsigned char *)(uintptr_t) "user",
		.UserLength = 4,
		.Domain = (unsigned char *)(uintptr_t) "domain",
		.DomainLength = 6,
		.Password = (unsigned char *)(uintptr_t) "password",
		.PasswordLength = 8,
		.Flags = SEC_WINNT_AUTH_IDENTITY_ANSI,
	};
}

/* One of UTF-16LE, as SspiEncodeStringsAsAuthIdentity makes it. */
static void *encode(void)
{
	PSEC_WINNT_AUTH_IDENTITY_OPAQUE ex, made;
	struct ex2 ex2 = ex2_of("user", "domain", "password", NULL);
	const SEC_WCHAR *texts[3];

	assert_int_equal(SspiCopyAuthIdentity(&ex2.block, &ex), SEC_E_OK);
	assert_int_equal(SspiEncodeAuthIdentityAsStrings(ex, &texts[0], &texts[1], &texts[2]), SEC_E_OK);
	assert_int_equal(SspiEncodeStringsAsAuthIdentity(texts[0], texts[1], texts[2], &made), SEC_E_OK);
	for (size_t i = 0; i < 3; i++)
		SspiLocalFree((void *)(uintptr_t)texts[i]);
	SspiFreeAuthIdentity(ex);
	return made;
}

/* Observed: eleven numbers, the texts without anything between them, four bytes more. */
static void an_identity_is_marshalled_as_eleven_numbers_and_its_texts(void **state)
{
	void *made = encode();
	struct slice bytes = marshal(made);

	(void)state;
	assert_int_equal(bytes.size, HEADER + 2 * 18 + 4);
	assert_int_equal(number(bytes, VERSION), SEC_WINNT_AUTH_IDENTITY_VERSION);
	assert_int_equal(number(bytes, LENGTH), HEADER);
	assert_int_equal(number(bytes, USER), HEADER);
	assert_int_equal(number(bytes, USER_LENGTH), 4);
	assert_int_equal(number(bytes, DOMAIN), HEADER + 8);
	assert_int_equal(number(bytes, DOMAIN_LENGTH), 6);
	assert_int_equal(number(bytes, PASSWORD), HEADER + 20);
	assert_int_equal(number(bytes, PASSWORD_LENGTH), 8);
	assert_int_equal(number(bytes, FLAGS),
			 SEC_WINNT_AUTH_IDENTITY_UNICODE | SEC_WINNT_AUTH_IDENTITY_MARSHALLED);
	assert_int_equal(number(bytes, LIST), 0);
	assert_bytes(slice_of(bytes.data + HEADER, 36), u16("userdomainpassword"));
	SspiFreeAuthIdentity(made);
}

/* Observed. */
static void a_plain_identity_in_ansi_stays_in_ansi(void **state)
{
	SEC_WINNT_AUTH_IDENTITY_A plain = narrow();
	struct slice bytes = marshal(&plain);
	PSEC_WINNT_AUTH_IDENTITY_OPAQUE made;
	const SEC_WINNT_AUTH_IDENTITY_EXA *ex;

	(void)state;
	assert_int_equal(bytes.size, HEADER + 18 + 4);
	assert_int_equal(number(bytes, VERSION), SEC_WINNT_AUTH_IDENTITY_VERSION);
	assert_int_equal(number(bytes, DOMAIN), HEADER + 4);
	assert_int_equal(number(bytes, FLAGS), SEC_WINNT_AUTH_IDENTITY_ANSI);
	assert_bytes(slice_of(bytes.data + HEADER, 18), SLICE_LITERAL("userdomainpassword"));
	assert_int_equal(unmarshal(bytes, &made), SEC_E_OK);
	ex = made;
	assert_int_equal(ex->Version, SEC_WINNT_AUTH_IDENTITY_VERSION);
	assert_int_equal(ex->Length, sizeof(*ex));
	assert_int_equal(ex->Flags, SEC_WINNT_AUTH_IDENTITY_ANSI | SEC_WINNT_AUTH_IDENTITY_MARSHALLED);
	assert_ptr_equal(ex->User, ex + 1);
	assert_bytes(slice_of(ex->User, ex->UserLength), SLICE_LITERAL("user"));
	assert_bytes(slice_of(ex->Domain, ex->DomainLength), SLICE_LITERAL("domain"));
	assert_bytes(slice_of(ex->Password, ex->PasswordLength), SLICE_LITERAL("password"));
	assert_null(ex->PackageList);
	SspiFreeAuthIdentity(made);
}

/* Observed: what is not there has offset 0, and is NULL again. */
static void what_is_missing_stays_missing(void **state)
{
	SEC_WINNT_AUTH_IDENTITY_EXW user_alone = {
		.Version = SEC_WINNT_AUTH_IDENTITY_VERSION,
		.Length = sizeof(user_alone),
		.User = (WCHAR *)(uintptr_t)u16("user").data,
		.UserLength = 4,
		.Flags = SEC_WINNT_AUTH_IDENTITY_UNICODE,
	};
	struct slice bytes = marshal(&user_alone);
	PSEC_WINNT_AUTH_IDENTITY_OPAQUE made;
	const SEC_WINNT_AUTH_IDENTITY_EXW *ex;

	(void)state;
	assert_int_equal(bytes.size, HEADER + 8 + 4);
	assert_int_equal(number(bytes, DOMAIN), 0);
	assert_int_equal(number(bytes, PASSWORD), 0);
	assert_int_equal(number(bytes, FLAGS), SEC_WINNT_AUTH_IDENTITY_UNICODE);
	assert_int_equal(unmarshal(bytes, &made), SEC_E_OK);
	ex = made;
	assert_ptr_equal(ex->User, ex + 1);
	assert_true(!ex->Domain && !ex->DomainLength && !ex->Password && !ex->PasswordLength);
	assert_int_equal(ex->Flags, SEC_WINNT_AUTH_IDENTITY_UNICODE | SEC_WINNT_AUTH_IDENTITY_MARSHALLED);
	SspiFreeAuthIdentity(made);
}

/* Observed: as it is, and eight bytes more. */
static void an_ex2_is_its_own_bytes(void **state)
{
	struct ex2 ex2 = ex2_of("user", "domain", "password", "ntlm"), empty = ex2_of(NULL, NULL, NULL, NULL);
	struct ex2 *const rows[] = { &ex2, &empty };
	PSEC_WINNT_AUTH_IDENTITY_OPAQUE made;

	(void)state;
	empty.block.header.Flags = 0;
	for (size_t i = 0; i < 2; i++) {
		struct slice block = ex2_slice(rows[i]), bytes = marshal(&rows[i]->block);

		assert_int_equal(bytes.size, block.size + 8);
		assert_memory_equal(bytes.data, block.data, block.size);
		assert_int_equal(unmarshal(bytes, &made), SEC_E_OK);
		assert_memory_equal(made, block.data, block.size);
		assert_bytes(marshal(made), bytes);
		SspiFreeAuthIdentity(made);
	}
}

static void a_package_list_is_marshalled_too(void **state)
{
	SEC_WINNT_AUTH_IDENTITY_EXA ex = {
		.Version = SEC_WINNT_AUTH_IDENTITY_VERSION,
		.Length = sizeof(ex),
		.Flags = SEC_WINNT_AUTH_IDENTITY_ANSI,
		.PackageList = (unsigned char *)(uintptr_t) "!ntlm",
		.PackageListLength = 5,
	};
	PSEC_WINNT_AUTH_IDENTITY_OPAQUE made;
	const SEC_WINNT_AUTH_IDENTITY_EXA *again;

	(void)state;
	assert_int_equal(unmarshal(marshal(&ex), &made), SEC_E_OK);
	again = made;
	assert_bytes(slice_of(again->PackageList, again->PackageListLength), SLICE_LITERAL("!ntlm"));
	SspiFreeAuthIdentity(made);
}

static void the_bytes_may_lie_at_any_address_and_have_more_behind_them(void **state)
{
	struct ex2 ex2 = ex2_of("user", "domain", "password", "ntlm");
	SEC_WINNT_AUTH_IDENTITY_A plain = narrow();
	void *const forms[] = { &plain, &ex2.block };
	PSEC_WINNT_AUTH_IDENTITY_OPAQUE made;

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct slice bytes = marshal(forms[i]);
		uint8_t *shifted = keep_bytes(bytes.size + 101);

		memcpy(shifted + 1, bytes.data, bytes.size);
		assert_int_equal(unmarshal(slice_of(shifted + 1, bytes.size + 100), &made), SEC_E_OK);
		SspiFreeAuthIdentity(made);
	}
}

/* --- What comes from somebody else */

static void put(struct slice bytes, enum number index, uint32_t value)
{
	uint8_t *at = (uint8_t *)(uintptr_t)bytes.data + 4u * index;

	for (size_t i = 0; i < 4; i++)
		at[i] = (uint8_t)(value >> 8 * i);
}

static void assert_broken(struct slice bytes)
{
	PSEC_WINNT_AUTH_IDENTITY_OPAQUE made = UNTOUCHED;

	assert_int_equal(unmarshal(bytes, &made), SEC_E_UNKNOWN_CREDENTIALS);
	assert_ptr_equal(made, UNTOUCHED);
}

static void offsets_and_lengths_that_leave_the_bytes_are_refused(void **state)
{
	static const enum number parts[] = { USER, DOMAIN, PASSWORD, LIST };
	SEC_WINNT_AUTH_IDENTITY_A plain = narrow();

	(void)state;
	for (size_t i = 0; i < 4; i++) {
		struct slice bytes = marshal(&plain);
		const uint32_t size = (uint32_t)bytes.size;
		const uint32_t offsets[] = { 0, 1, HEADER - 1, size, size + 1, UINT32_MAX };
		const uint32_t lengths[] = { size, 32768, UINT32_MAX, 0x80000000 };

		put(bytes, parts[i] + 1, 2);
		for (size_t j = 0; j < sizeof(offsets) / sizeof(offsets[0]); j++) {
			put(bytes, parts[i], offsets[j]);
			assert_broken(bytes);
		}
		put(bytes, parts[i], HEADER);
		for (size_t j = 0; j < sizeof(lengths) / sizeof(lengths[0]); j++) {
			put(bytes, parts[i] + 1, lengths[j]);
			assert_broken(bytes);
		}
	}
}

static void another_header_is_no_identity(void **state)
{
	SEC_WINNT_AUTH_IDENTITY_A plain = narrow();
	struct slice bytes = marshal(&plain);
	PSEC_WINNT_AUTH_IDENTITY_OPAQUE made = UNTOUCHED;

	(void)state;
	put(bytes, LENGTH, HEADER + 4);
	assert_broken(bytes);
	put(bytes, LENGTH, HEADER);
	put(bytes, VERSION, 0x202);
	assert_broken(bytes);
	put(bytes, VERSION, SEC_WINNT_AUTH_IDENTITY_VERSION);
	put(bytes, FLAGS, 0);
	assert_broken(bytes);
	put(bytes, FLAGS, SEC_WINNT_AUTH_IDENTITY_ANSI | SEC_WINNT_AUTH_IDENTITY_UNICODE);
	assert_broken(bytes);
	put(bytes, FLAGS, SEC_WINNT_AUTH_IDENTITY_ANSI | SEC_WINNT_AUTH_IDENTITY_FLAGS_NULL_USER);
	assert_broken(bytes);
	put(bytes, FLAGS, SEC_WINNT_AUTH_IDENTITY_ANSI | SEC_WINNT_AUTH_IDENTITY_FLAGS_SYSTEM_PROTECTED);
	assert_int_equal(unmarshal(bytes, &made), SEC_E_UNSUPPORTED_FUNCTION);
	assert_ptr_equal(made, UNTOUCHED);
}

/* The other functions believe cbStructureLength; this one knows better. */
static void an_ex2_that_says_it_is_longer_than_it_is_is_refused(void **state)
{
	struct ex2 ex2 = ex2_of("user", "domain", "password", "ntlm");
	struct slice block = ex2_slice(&ex2);
	PSEC_WINNT_AUTH_IDENTITY_OPAQUE made;

	(void)state;
	assert_int_equal(unmarshal(block, &made), SEC_E_OK);
	SspiFreeAuthIdentity(made);
	ex2.block.header.cbStructureLength++;
	assert_broken(block);
}

static void the_pointers_are_needed(void **state)
{
	SEC_WINNT_AUTH_IDENTITY_A plain = narrow();
	PSEC_WINNT_AUTH_IDENTITY_OPAQUE made = UNTOUCHED;
	char *bytes = UNTOUCHED;
	uint32_t size = 7;

	(void)state;
	assert_int_equal(SspiMarshalAuthIdentity(NULL, &size, &bytes), SEC_E_INTERNAL_ERROR);
	assert_int_equal(SspiMarshalAuthIdentity(&plain, NULL, &bytes), SEC_E_INTERNAL_ERROR);
	assert_int_equal(SspiMarshalAuthIdentity(&plain, &size, NULL), SEC_E_INTERNAL_ERROR);
	assert_true(size == 7 && bytes == UNTOUCHED);
	assert_int_equal(SspiUnmarshalAuthIdentity(0, NULL, &made), SEC_E_INTERNAL_ERROR);
	assert_int_equal(SspiUnmarshalAuthIdentity(sizeof(plain), (char *)&plain, NULL),
			 SEC_E_INTERNAL_ERROR);
	assert_int_equal(SspiUnmarshalAuthIdentity(0, (char *)&plain, &made), SEC_E_UNKNOWN_CREDENTIALS);
	assert_ptr_equal(made, UNTOUCHED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_identity_is_marshalled_as_eleven_numbers_and_its_texts),
		cmocka_unit_test(a_plain_identity_in_ansi_stays_in_ansi),
		cmocka_unit_test(what_is_missing_stays_missing),
		cmocka_unit_test(an_ex2_is_its_own_bytes),
		cmocka_unit_test(a_package_list_is_marshalled_too),
		cmocka_unit_test(the_bytes_may_lie_at_any_address_and_have_more_behind_them),
		cmocka_unit_test(offsets_and_lengths_that_leave_the_bytes_are_refused),
		cmocka_unit_test(another_header_is_no_identity),
		cmocka_unit_test(an_ex2_that_says_it_is_longer_than_it_is_is_refused),
		cmocka_unit_test(the_pointers_are_needed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
