/* Where the parts of an identity lie, and that none is looked for outside of it. */
#define _SEC_WINNT_AUTH_TYPES

#include "sspi/identity.h"

#include "support/ex2.h"
#include "support/hex.h"
#include "support/seams.h"

#include <sys/mman.h>

#include <opensspi/ntsecapi.h>

static const char user[] = "alice", domain[] = "CORP", password[] = "Passw0rd!", list[] = "!kerberos";

static SEC_WINNT_AUTH_IDENTITY_A plain(void)
{
	return (SEC_WINNT_AUTH_IDENTITY_A) {
		.User = (unsigned char *)(uintptr_t)user,
		.UserLength = sizeof(user) - 1,
		.Domain = (unsigned char *)(uintptr_t)domain,
		.DomainLength = sizeof(domain) - 1,
		.Password = (unsigned char *)(uintptr_t)password,
		.PasswordLength = sizeof(password) - 1,
		.Flags = SEC_WINNT_AUTH_IDENTITY_ANSI,
	};
}

static SEC_WINNT_AUTH_IDENTITY_EXA ex(void)
{
	const SEC_WINNT_AUTH_IDENTITY_A from = plain();

	return (SEC_WINNT_AUTH_IDENTITY_EXA) {
		.Version = SEC_WINNT_AUTH_IDENTITY_VERSION,
		.Length = sizeof(SEC_WINNT_AUTH_IDENTITY_EXA),
		.User = from.User,
		.UserLength = from.UserLength,
		.Domain = from.Domain,
		.DomainLength = from.DomainLength,
		.Password = from.Password,
		.PasswordLength = from.PasswordLength,
		.Flags = from.Flags,
		.PackageList = (unsigned char *)(uintptr_t)list,
		.PackageListLength = sizeof(list) - 1,
	};
}

static void assert_refused(const void *data, enum reason expected)
{
	struct identity identity;

	assert_int_equal(identity_read(data, &identity), expected);
}

static void assert_broken(const struct ex2 *ex2)
{
	assert_refused(&ex2->block, REASON_BAD_CREDENTIAL_DATA);
}

/* --- Forms */

static void every_form_has_its_parts(void **state)
{
	SEC_WINNT_AUTH_IDENTITY_A a = plain();
	SEC_WINNT_AUTH_IDENTITY_EXA exa = ex();
	struct ex2 ex2 = ex2_of(user, domain, password, list);
	struct identity identity;

	(void)state;
	assert_int_equal(identity_read(&a, &identity), REASON_OK);
	assert_int_equal(identity.form, IDENTITY_PLAIN);
	assert_false(identity.wide);
	assert_bytes(identity.user, SLICE_LITERAL("alice"));
	assert_bytes(identity.domain, SLICE_LITERAL("CORP"));
	assert_bytes(identity.password, SLICE_LITERAL("Passw0rd!"));
	assert_null(identity.package_list.data);
	assert_int_equal(identity_read(&exa, &identity), REASON_OK);
	assert_int_equal(identity.form, IDENTITY_EX);
	assert_bytes(identity.password, SLICE_LITERAL("Passw0rd!"));
	assert_bytes(identity.package_list, SLICE_LITERAL("!kerberos"));
	assert_int_equal(identity_read(&ex2.block, &identity), REASON_OK);
	assert_int_equal(identity.form, IDENTITY_EX2);
	assert_true(identity.wide);
	assert_bytes(identity.user, u16(user));
	assert_bytes(identity.domain, u16(domain));
	assert_bytes(identity.password, u16(password));
	assert_bytes(identity.package_list, u16(list));
	assert_false(identity.no_password);
}

/* Wine's test of SspiMarshalAuthIdentity has such a one. */
static void an_ex2_without_parts_and_flags_is_one(void **state)
{
	struct ex2 ex2 = ex2_of(NULL, NULL, NULL, NULL);
	struct identity identity;

	(void)state;
	ex2.block.header.Flags = 0;
	assert_int_equal(identity_read(&ex2.block, &identity), REASON_OK);
	assert_null(identity.user.data);
	assert_null(identity.domain.data);
	assert_null(identity.password.data);
	assert_null(identity.package_list.data);
	ex2.block.header.Flags = SEC_WINNT_AUTH_IDENTITY_ANSI;
	assert_broken(&ex2);
}

static void an_ex2_may_lie_at_any_address(void **state)
{
	struct ex2 ex2 = ex2_of(user, domain, password, list);
	uint8_t memory[sizeof(ex2.block) + 1];
	struct identity identity;

	(void)state;
	memcpy(memory + 1, &ex2.block, sizeof(ex2.block));
	assert_int_equal(identity_read(memory + 1, &identity), REASON_OK);
	assert_bytes(identity.password, u16(password));
}

/* The first word of the plain form is a pointer; here its lower half is each of the version numbers. */
static void a_plain_identity_at_an_unlucky_address_is_plain(void **state)
{
	static const uint32_t versions[] = { SEC_WINNT_AUTH_IDENTITY_VERSION,
					     SEC_WINNT_AUTH_IDENTITY_VERSION_2 };
	void *wanted = (void *)(uintptr_t)(UINT64_C(1) << 44), *page; /* NOLINT: an address, made up */

	(void)state;
	if (!wanted) /* 32 bits: the second word is a length, and the first cannot be an address that low */
		return;
	page = mmap(wanted, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	assert_true(page != MAP_FAILED);
	for (size_t i = 0; page == wanted && i < COUNT_OF(versions); i++) {
		SEC_WINNT_AUTH_IDENTITY_A unlucky = plain();
		struct identity identity;
		uint32_t first;

		unlucky.User = (unsigned char *)page + versions[i];
		memcpy(unlucky.User, user, sizeof(user));
		memcpy(&first, &unlucky, sizeof(first));
		assert_true(first == versions[i] || first == 1u << 12); /* little, big endian */
		assert_int_equal(identity_read(&unlucky, &identity), REASON_OK);
		assert_int_equal(identity.form, IDENTITY_PLAIN);
		assert_bytes(identity.user, SLICE_LITERAL("alice"));
	}
	assert_int_equal(munmap(page, 4096), 0);
}

static void a_logon_structure_is_no_identity(void **state)
{
	KERB_INTERACTIVE_LOGON logon = { .MessageType = KerbInteractiveLogon };
	KERB_CERTIFICATE_LOGON certificate = { .MessageType = KerbCertificateLogon };

	(void)state;
	if (sizeof(void *) != 8 || *(const uint8_t *)&logon.MessageType == 0)
		return;
	assert_refused(&logon, REASON_UNSUPPORTED);
	assert_refused(&certificate, REASON_UNSUPPORTED);
}

/* --- Flags */

static void every_kind_of_encryption_is_refused_and_told(void **state)
{
	static const uint32_t kinds[] = {
		SEC_WINNT_AUTH_IDENTITY_FLAGS_PROCESS_ENCRYPTED,
		SEC_WINNT_AUTH_IDENTITY_FLAGS_SYSTEM_PROTECTED,
		SEC_WINNT_AUTH_IDENTITY_FLAGS_USER_PROTECTED,
		SEC_WINNT_AUTH_IDENTITY_FLAGS_SYSTEM_ENCRYPTED,
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(kinds); i++) {
		SEC_WINNT_AUTH_IDENTITY_A a = plain();
		SEC_WINNT_AUTH_IDENTITY_EXA exa = ex();
		struct ex2 ex2 = ex2_of(user, domain, password, list);

		assert_false(identity_is_encrypted(&a));
		assert_false(identity_is_encrypted(&exa));
		assert_false(identity_is_encrypted(&ex2.block));
		a.Flags |= kinds[i];
		exa.Flags |= kinds[i];
		ex2.block.header.Flags |= kinds[i];
		assert_true(identity_is_encrypted(&a));
		assert_true(identity_is_encrypted(&exa));
		assert_true(identity_is_encrypted(&ex2.block));
		assert_refused(&a, REASON_UNSUPPORTED);
		assert_refused(&exa, REASON_UNSUPPORTED);
		assert_refused(&ex2.block, REASON_UNSUPPORTED);
	}
}

static void a_name_that_is_null_is_not_there(void **state)
{
	const uint32_t flags =
		SEC_WINNT_AUTH_IDENTITY_FLAGS_NULL_USER | SEC_WINNT_AUTH_IDENTITY_FLAGS_NULL_DOMAIN;
	SEC_WINNT_AUTH_IDENTITY_A a = plain();
	struct ex2 ex2 = ex2_of("", "", password, NULL);
	struct identity identity;

	(void)state;
	a.UserLength = a.DomainLength = 0;
	assert_int_equal(identity_read(&a, &identity), REASON_OK);
	assert_non_null(identity.user.data);
	assert_non_null(identity.domain.data);
	a.Flags |= flags;
	assert_int_equal(identity_read(&a, &identity), REASON_OK);
	assert_null(identity.user.data);
	assert_null(identity.domain.data);
	assert_int_equal(identity_read(&ex2.block, &identity), REASON_OK);
	assert_non_null(identity.user.data);
	ex2.block.header.Flags |= flags;
	assert_int_equal(identity_read(&ex2.block, &identity), REASON_OK);
	assert_null(identity.user.data);
	assert_null(identity.domain.data);
}

static void a_name_that_is_there_and_null_is_broken(void **state)
{
	SEC_WINNT_AUTH_IDENTITY_A a = plain();
	struct ex2 ex2 = ex2_of(user, NULL, password, NULL);

	(void)state;
	a.Flags |= SEC_WINNT_AUTH_IDENTITY_FLAGS_NULL_USER;
	assert_refused(&a, REASON_BAD_CREDENTIAL_DATA);
	a = plain();
	a.Flags |= SEC_WINNT_AUTH_IDENTITY_FLAGS_NULL_DOMAIN;
	assert_refused(&a, REASON_BAD_CREDENTIAL_DATA);
	ex2.block.header.Flags |= SEC_WINNT_AUTH_IDENTITY_FLAGS_NULL_DOMAIN;
	assert_int_equal(identity_read(&ex2.block, &(struct identity) { 0 }), REASON_OK);
	ex2.block.header.Flags |= SEC_WINNT_AUTH_IDENTITY_FLAGS_NULL_USER;
	assert_broken(&ex2);
}

/* --- Pointers */

static void an_empty_text_has_any_pointer_and_others_have_one(void **state)
{
	SEC_WINNT_AUTH_IDENTITY_EXA exa = ex();
	struct identity identity;

	(void)state;
	exa.UserLength = 0;
	assert_int_equal(identity_read(&exa, &identity), REASON_OK);
	assert_non_null(identity.user.data);
	assert_int_equal(identity.user.size, 0);
	exa.User = NULL;
	assert_int_equal(identity_read(&exa, &identity), REASON_OK);
	assert_null(identity.user.data);
	exa.UserLength = 1;
	assert_refused(&exa, REASON_BAD_CREDENTIAL_DATA);
	exa = ex();
	exa.PackageList = NULL;
	assert_refused(&exa, REASON_BAD_CREDENTIAL_DATA);
}

static void no_text_is_longer_than_a_unicode_string(void **state)
{
	SEC_WINNT_AUTH_IDENTITY_EXA exa = ex();
	uint32_t *const lengths[] = { &exa.UserLength, &exa.DomainLength, &exa.PasswordLength,
				      &exa.PackageListLength };
	struct identity identity;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(lengths); i++) {
		exa = ex();
		*lengths[i] = 32767; /* not read: only where it lies is told */
		assert_int_equal(identity_read(&exa, &identity), REASON_OK);
		*lengths[i] = 32768;
		assert_refused(&exa, REASON_BAD_CREDENTIAL_DATA);
		*lengths[i] = UINT32_MAX;
		assert_refused(&exa, REASON_BAD_CREDENTIAL_DATA);
		*lengths[i] = UINT32_C(0x80000002); /* twice that is 4, in 32 bits */
		exa.Flags = SEC_WINNT_AUTH_IDENTITY_UNICODE;
		assert_refused(&exa, REASON_BAD_CREDENTIAL_DATA);
	}
}

/* --- EX2 */

struct edge {
	uint32_t *offset;
	uint16_t *length;
};

/* Each part moved over each edge. The block lies in memory of its own size, so that a reader that goes on is seen. */
static void no_part_of_an_ex2_leaves_it(void **state)
{
	struct ex2 whole = ex2_of(user, domain, password, list), ex2 = whole;
	SEC_WINNT_AUTH_IDENTITY_EX2 *header = &ex2.block.header;
	const struct edge edges[] = {
		{ &header->UserOffset, &header->UserLength },
		{ &header->DomainOffset, &header->DomainLength },
		{ &header->PackedCredentialsOffset, &header->PackedCredentialsLength },
		{ &header->PackageListOffset, &header->PackageListLength },
	};
	const uint32_t size = header->cbStructureLength;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(edges); i++) {
		const uint32_t offsets[] = { 0, 1, 47, size - 1, size, size + 1, UINT32_MAX, UINT32_MAX - 1 };

		for (size_t j = 0; j < COUNT_OF(offsets); j++) {
			ex2 = whole;
			*edges[i].offset = offsets[j];
			assert_broken(&ex2);
		}
		ex2 = whole;
		*edges[i].length = (uint16_t)(size - *edges[i].offset + 2);
		assert_broken(&ex2);
		*edges[i].length = UINT16_MAX - 1;
		assert_broken(&ex2);
		ex2 = whole;
		*edges[i].length = 0;
		*edges[i].offset = size; /* an empty part may lie at the end, and no further */
		assert_int_equal(identity_read(&ex2.block, &(struct identity) { 0 }), REASON_OK);
		*edges[i].offset = size + 1;
		assert_broken(&ex2);
		*edges[i].offset = 47;
		assert_broken(&ex2);
	}
}

static void half_a_character_is_refused(void **state)
{
	struct ex2 whole = ex2_of(user, domain, password, list), ex2 = whole;
	SEC_WINNT_AUTH_PACKED_CREDENTIALS packed = ex2_packed(&whole);

	(void)state;
	ex2.block.header.UserLength--;
	assert_broken(&ex2);
	ex2 = whole;
	ex2.block.header.DomainLength--;
	assert_broken(&ex2);
	ex2 = whole;
	ex2.block.header.PackageListLength--;
	assert_broken(&ex2);
	ex2 = whole;
	packed.AuthData.CredData.ByteArrayLength--;
	ex2_set_packed(&ex2, &packed);
	assert_broken(&ex2);
}

static void an_ex2_has_its_header_and_a_sane_size(void **state)
{
	static const uint32_t sizes[] = { 0, 1, 47, 5 * UINT16_MAX + 1, UINT32_MAX };
	struct ex2 ex2 = ex2_of(NULL, NULL, NULL, NULL);

	(void)state;
	for (size_t i = 0; i < COUNT_OF(sizes); i++) {
		ex2.block.header.cbStructureLength = sizes[i];
		assert_broken(&ex2);
	}
	ex2.block.header.cbStructureLength = 48;
	assert_int_equal(identity_read(&ex2.block, &(struct identity) { 0 }), REASON_OK);
}

static void an_ex2_with_another_header_is_none(void **state)
{
	static const uint16_t sizes[] = { 0, 44, 47, 49, 52, UINT16_MAX };
	struct ex2 ex2 = ex2_of(user, domain, password, NULL);

	(void)state;
	for (size_t i = 0; i < COUNT_OF(sizes); i++) {
		ex2.block.header.cbHeaderLength = sizes[i];
		assert_int_not_equal(identity_read(&ex2.block, &(struct identity) { 0 }), REASON_OK);
	}
}

static void packed_credentials_stay_inside_of_themselves(void **state)
{
	struct ex2 whole = ex2_of(user, domain, password, list), ex2 = whole;
	const SEC_WINNT_AUTH_PACKED_CREDENTIALS good = ex2_packed(&whole);
	SEC_WINNT_AUTH_PACKED_CREDENTIALS packed;
	const uint32_t offsets[] = { 0,
				     1,
				     27,
				     good.cbStructureLength - 1u,
				     good.cbStructureLength,
				     good.cbStructureLength + 1u,
				     UINT32_MAX };
	const uint16_t headers[] = { 0, 27, (uint16_t)(good.cbStructureLength + 1), UINT16_MAX };
	const uint16_t sizes[] = { 0,
				   27,
				   28,
				   (uint16_t)(good.cbStructureLength - 1),
				   (uint16_t)(good.cbStructureLength + 1),
				   UINT16_MAX };

	(void)state;
	for (size_t i = 0; i < COUNT_OF(offsets); i++) {
		packed = good;
		packed.AuthData.CredData.ByteArrayOffset = offsets[i];
		ex2_set_packed(&ex2, &packed);
		assert_broken(&ex2);
	}
	for (size_t i = 0; i < COUNT_OF(headers); i++) {
		packed = good;
		packed.cbHeaderLength = headers[i];
		ex2_set_packed(&ex2, &packed);
		assert_broken(&ex2);
	}
	for (size_t i = 0; i < COUNT_OF(sizes); i++) {
		packed = good;
		packed.cbStructureLength = sizes[i];
		ex2_set_packed(&ex2, &packed);
		assert_broken(&ex2);
	}
	ex2 = whole;
	for (uint16_t size = 1; size < 28; size++) {
		ex2.block.header.PackedCredentialsLength = size;
		assert_broken(&ex2);
	}
}

static void packed_credentials_of_size_0_are_an_empty_password(void **state)
{
	struct ex2 ex2 = ex2_of(user, domain, password, list);
	SEC_WINNT_AUTH_PACKED_CREDENTIALS packed = ex2_packed(&ex2);
	struct identity identity;

	(void)state;
	packed.AuthData.CredData.ByteArrayLength = 0;
	ex2_set_packed(&ex2, &packed);
	assert_int_equal(identity_read(&ex2.block, &identity), REASON_OK);
	assert_non_null(identity.password.data);
	assert_int_equal(identity.password.size, 0);
	ex2.block.header.PackedCredentialsLength = 0;
	assert_int_equal(identity_read(&ex2.block, &identity), REASON_OK);
	assert_non_null(identity.password.data);
	assert_int_equal(identity.password.size, 0);
}

static void other_packed_credentials_are_no_password(void **state)
{
	static const GUID *const types[] = {
		&SEC_WINNT_AUTH_DATA_TYPE_CERT,     &SEC_WINNT_AUTH_DATA_TYPE_CREDMAN_CERT,
		&SEC_WINNT_AUTH_DATA_TYPE_NGC,      &SEC_WINNT_AUTH_DATA_TYPE_FIDO,
		&SEC_WINNT_AUTH_DATA_TYPE_KEYTAB,   &SEC_WINNT_AUTH_DATA_TYPE_DELEGATION_TOKEN,
		&SEC_WINNT_AUTH_DATA_TYPE_CSP_DATA, &SEC_WINNT_AUTH_DATA_TYPE_SMARTCARD_CONTEXTS,
	};
	struct ex2 ex2 = ex2_of(user, domain, password, NULL);
	SEC_WINNT_AUTH_PACKED_CREDENTIALS packed = ex2_packed(&ex2);
	struct identity identity;

	(void)state;
	packed.AuthData.CredData.ByteArrayLength--; /* these need not be text */
	for (size_t i = 0; i < COUNT_OF(types); i++) {
		packed.AuthData.CredType = *types[i];
		ex2_set_packed(&ex2, &packed);
		assert_int_equal(identity_read(&ex2.block, &identity), REASON_OK);
		assert_true(identity.no_password);
		assert_int_equal(identity.password.size, 17);
	}
}

/* --- Bytes */

/* In memory of their own size. */
static enum reason unmarshal_cut(struct slice bytes, size_t size)
{
	uint8_t *cut = test_malloc(size + !size);
	struct identity identity;
	enum reason reason;

	memcpy(cut, bytes.data, size);
	reason = identity_unmarshal(slice_of(cut, size), &identity);
	test_free(cut);
	return reason;
}

static void every_cut_of_the_bytes_is_refused(void **state)
{
	SEC_WINNT_AUTH_IDENTITY_EXA exa = ex();
	struct ex2 ex2 = ex2_of(user, domain, password, list);
	const void *const forms[] = { &exa, &ex2.block };

	(void)state;
	for (size_t i = 0; i < COUNT_OF(forms); i++) {
		CLEANUP(writer_wipe) struct byte_writer bytes = writer_growing();
		struct identity identity;
		size_t zeros = i == 0 ? 4 : 8;

		assert_int_equal(identity_read(forms[i], &identity), REASON_OK);
		identity_marshal(&identity, &bytes);
		assert_true(writer_ok(&bytes));
		for (size_t size = 0; size <= bytes.size; size++)
			assert_int_equal(unmarshal_cut(writer_slice(&bytes), size) == REASON_OK,
					 size >= bytes.size - zeros);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_form_has_its_parts),
		cmocka_unit_test(an_ex2_without_parts_and_flags_is_one),
		cmocka_unit_test(an_ex2_may_lie_at_any_address),
		cmocka_unit_test(a_plain_identity_at_an_unlucky_address_is_plain),
		cmocka_unit_test(a_logon_structure_is_no_identity),
		cmocka_unit_test(every_kind_of_encryption_is_refused_and_told),
		cmocka_unit_test(a_name_that_is_null_is_not_there),
		cmocka_unit_test(a_name_that_is_there_and_null_is_broken),
		cmocka_unit_test(an_empty_text_has_any_pointer_and_others_have_one),
		cmocka_unit_test(no_text_is_longer_than_a_unicode_string),
		cmocka_unit_test(no_part_of_an_ex2_leaves_it),
		cmocka_unit_test(half_a_character_is_refused),
		cmocka_unit_test(an_ex2_has_its_header_and_a_sane_size),
		cmocka_unit_test(an_ex2_with_another_header_is_none),
		cmocka_unit_test(packed_credentials_stay_inside_of_themselves),
		cmocka_unit_test(packed_credentials_of_size_0_are_an_empty_password),
		cmocka_unit_test(other_packed_credentials_are_no_password),
		cmocka_unit_test(every_cut_of_the_bytes_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
