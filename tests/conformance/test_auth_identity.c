/*
 * The Sspi functions on identities. "Observed" facts are those that Wine's tests assert of Windows
 * (dlls/secur32/tests/secur32.c).
 */
#define _SEC_WINNT_AUTH_TYPES

#include "base/compiler.h"
#include "support/canary.h"
#include "support/ex2.h"
#include "support/hex.h"
#include "support/seams.h"

#include <opensspi/opensspi.h>

#include <string.h>

#define UNTOUCHED ((void *)(uintptr_t)0xDEADBEEF) /* NOLINT: never followed */

/* UTF-16LE with a NUL, whatever the machine's order of bytes. */
static const SEC_WCHAR *wide(const char *ascii)
{
	struct slice text = u16(ascii);
	SEC_WCHAR *with_nul = keep_bytes(text.size + sizeof(*with_nul));

	memcpy(with_nul, text.data, text.size);
	return with_nul;
}

static struct slice text_of(const SEC_WCHAR *text)
{
	size_t length = 0;

	while (text[length])
		length++;
	return slice_of(text, length * sizeof(*text));
}

static void *encode(const char *user, const char *domain, const char *password)
{
	PSEC_WINNT_AUTH_IDENTITY_OPAQUE made = NULL;

	assert_int_equal(SspiEncodeStringsAsAuthIdentity(user ? wide(user) : NULL,
							 domain ? wide(domain) : NULL,
							 password ? wide(password) : NULL, &made),
			 SEC_E_OK);
	assert_non_null(made);
	return made;
}

/* NULL: the text is to be NULL. */
static void assert_text(const SEC_WCHAR *text, const char *expected)
{
	if (!expected) {
		assert_null(text);
		return;
	}
	assert_non_null(text);
	assert_bytes(text_of(text), u16(expected));
}

static void assert_texts(void *identity, const char *user, const char *domain, const char *password)
{
	const SEC_WCHAR *texts[3] = { UNTOUCHED, UNTOUCHED, UNTOUCHED };

	assert_int_equal(SspiEncodeAuthIdentityAsStrings(identity, &texts[0], &texts[1], &texts[2]),
			 SEC_E_OK);
	assert_text(texts[0], user);
	assert_text(texts[1], domain);
	assert_text(texts[2], password);
	for (size_t i = 0; i < COUNT_OF(texts); i++)
		SspiLocalFree((void *)(uintptr_t)texts[i]);
}

static SEC_WINNT_AUTH_IDENTITY_A narrow(const char *user, const char *domain, const char *password)
{
	return (SEC_WINNT_AUTH_IDENTITY_A) {
		.User = (unsigned char *)(uintptr_t)user,
		.UserLength = user ? (uint32_t)strlen(user) : 0,
		.Domain = (unsigned char *)(uintptr_t)domain,
		.DomainLength = domain ? (uint32_t)strlen(domain) : 0,
		.Password = (unsigned char *)(uintptr_t)password,
		.PasswordLength = password ? (uint32_t)strlen(password) : 0,
		.Flags = SEC_WINNT_AUTH_IDENTITY_ANSI,
	};
}

static bool lies_in_block(const void *part, uint32_t characters, const SEC_WINNT_AUTH_IDENTITY_EXW *identity)
{
	return (const uint8_t *)part >= (const uint8_t *)(identity + 1) && characters < 64;
}

/* --- SspiEncodeStringsAsAuthIdentity */

/* Observed. */
static void nothing_at_all_is_an_invalid_token(void **state)
{
	PSEC_WINNT_AUTH_IDENTITY_OPAQUE made = UNTOUCHED;

	(void)state;
	assert_int_equal(SspiEncodeStringsAsAuthIdentity(NULL, NULL, NULL, NULL), SEC_E_INVALID_TOKEN);
	assert_int_equal(SspiEncodeStringsAsAuthIdentity(NULL, NULL, NULL, &made), SEC_E_INVALID_TOKEN);
	assert_ptr_equal(made, UNTOUCHED);
	assert_int_equal(SspiEncodeStringsAsAuthIdentity(wide("alice"), NULL, NULL, NULL),
			 SEC_E_INTERNAL_ERROR);
}

/* Observed: version, length, flags, and that the first text lies directly behind the structure. */
static void an_identity_of_texts_is_one_block_of_the_form_ex(void **state)
{
	SEC_WINNT_AUTH_IDENTITY_EXW *made = encode(NULL, NULL, "password");

	(void)state;
	assert_int_equal(made->Version, SEC_WINNT_AUTH_IDENTITY_VERSION);
	assert_int_equal(made->Length, sizeof(*made));
	assert_null(made->User);
	assert_int_equal(made->UserLength, 0);
	assert_null(made->Domain);
	assert_int_equal(made->DomainLength, 0);
	assert_ptr_equal(made->Password, made + 1);
	assert_int_equal(made->PasswordLength, 8);
	assert_int_equal(made->Flags, SEC_WINNT_AUTH_IDENTITY_UNICODE | SEC_WINNT_AUTH_IDENTITY_MARSHALLED);
	assert_null(made->PackageList);
	assert_int_equal(made->PackageListLength, 0);
	SspiFreeAuthIdentity(made);
}

/* Observed: any of the three may be missing, and comes back as NULL. */
static void texts_go_in_and_come_out(void **state)
{
	static const struct {
		const char *user, *domain, *password;
	} rows[] = {
		{ "alice", "CORP", "Passw0rd!" }, { "alice", NULL, "Passw0rd!" }, { "alice", NULL, NULL },
		{ NULL, "CORP", "Passw0rd!" },    { NULL, NULL, "Passw0rd!" },    { "", "", "" },
		{ NULL, "CORP", NULL },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		void *made = encode(rows[i].user, rows[i].domain, rows[i].password);

		assert_texts(made, rows[i].user, rows[i].domain, rows[i].password);
		assert_int_equal(SspiValidateAuthIdentity(made), SEC_E_OK);
		SspiFreeAuthIdentity(made);
	}
}

static void a_text_has_32767_characters_at_most(void **state)
{
	char *longest = keep_bytes(32769);
	PSEC_WINNT_AUTH_IDENTITY_OPAQUE made = UNTOUCHED;

	(void)state;
	memset(longest, 'x', 32768);
	assert_int_equal(SspiEncodeStringsAsAuthIdentity(NULL, NULL, wide(longest), &made),
			 SEC_E_UNKNOWN_CREDENTIALS);
	assert_ptr_equal(made, UNTOUCHED);
	made = encode(longest + 1, longest + 1, longest + 1);
	assert_texts(made, longest + 1, longest + 1, longest + 1);
	SspiFreeAuthIdentity(made);
}

/* --- SspiEncodeAuthIdentityAsStrings */

static void every_form_has_texts(void **state)
{
	SEC_WINNT_AUTH_IDENTITY_A plain = narrow("alice", "CORP", "Passw0rd!");
	struct ex2 ex2 = ex2_of("alice", "CORP", "Passw0rd!", "ntlm");
	struct ex2 without = ex2_of("alice", NULL, NULL, NULL);

	(void)state;
	assert_texts(&plain, "alice", "CORP", "Passw0rd!");
	assert_texts(&ex2.block, "alice", "CORP", "Passw0rd!");
	assert_texts(&without.block, "alice", NULL, NULL);
}

static void texts_that_are_not_wanted_are_not_given(void **state)
{
	void *made = encode("alice", "CORP", "Passw0rd!");
	const SEC_WCHAR *text = NULL;
	long before = seam_blocks_alive();

	(void)state;
	assert_int_equal(SspiEncodeAuthIdentityAsStrings(made, NULL, NULL, NULL), SEC_E_OK);
	assert_int_equal(seam_blocks_alive(), before);
	assert_int_equal(SspiEncodeAuthIdentityAsStrings(made, NULL, &text, NULL), SEC_E_OK);
	assert_text(text, "CORP");
	SspiLocalFree((void *)(uintptr_t)text);
	SspiFreeAuthIdentity(made);
}

/* The page. */
static void an_encrypted_identity_is_an_invalid_parameter(void **state)
{
	SEC_WINNT_AUTH_IDENTITY_EXW *made = encode("alice", "CORP", "Passw0rd!");
	const SEC_WCHAR *texts[3] = { UNTOUCHED, UNTOUCHED, UNTOUCHED };

	(void)state;
	assert_int_equal(SspiIsAuthIdentityEncrypted(made), 0);
	made->Flags |= SEC_WINNT_AUTH_IDENTITY_FLAGS_PROCESS_ENCRYPTED;
	assert_int_equal(SspiIsAuthIdentityEncrypted(made), 1);
	assert_int_equal(SspiEncodeAuthIdentityAsStrings(made, &texts[0], &texts[1], &texts[2]),
			 (SECURITY_STATUS)0xC000000D);
	for (size_t i = 0; i < COUNT_OF(texts); i++)
		assert_ptr_equal(texts[i], UNTOUCHED);
	assert_int_equal(SspiValidateAuthIdentity(made), SEC_E_UNSUPPORTED_FUNCTION);
	SspiFreeAuthIdentity(made);
	assert_int_equal(SspiIsAuthIdentityEncrypted(NULL), 0);
}

static void encrypting_and_decrypting_say_that_they_are_not_built(void **state)
{
	void *made = encode("alice", "CORP", "Passw0rd!");

	(void)state;
	assert_int_equal(SspiEncryptAuthIdentity(made), SEC_E_UNSUPPORTED_FUNCTION);
	assert_int_equal(SspiDecryptAuthIdentity(made), SEC_E_UNSUPPORTED_FUNCTION);
	assert_int_equal(SspiEncryptAuthIdentityEx(SEC_WINNT_AUTH_IDENTITY_ENCRYPT_SAME_PROCESS, made),
			 SEC_E_UNSUPPORTED_FUNCTION);
	assert_int_equal(SspiDecryptAuthIdentityEx(SEC_WINNT_AUTH_IDENTITY_ENCRYPT_SAME_PROCESS, made),
			 SEC_E_UNSUPPORTED_FUNCTION);
	assert_texts(made, "alice", "CORP", "Passw0rd!");
	SspiFreeAuthIdentity(made);
}

static void credentials_that_are_no_password_are_no_text(void **state)
{
	struct ex2 ex2 = ex2_of("alice", "CORP", "Passw0rd!", NULL);
	SEC_WINNT_AUTH_PACKED_CREDENTIALS packed = ex2_packed(&ex2);
	const SEC_WCHAR *texts[3] = { UNTOUCHED, UNTOUCHED, UNTOUCHED };

	(void)state;
	packed.AuthData.CredType = SEC_WINNT_AUTH_DATA_TYPE_KEYTAB;
	ex2_set_packed(&ex2, &packed);
	assert_int_equal(SspiValidateAuthIdentity(&ex2.block), SEC_E_OK);
	assert_int_equal(SspiEncodeAuthIdentityAsStrings(&ex2.block, &texts[0], &texts[1], &texts[2]),
			 SEC_E_UNSUPPORTED_FUNCTION);
	assert_ptr_equal(texts[0], UNTOUCHED);
	assert_int_equal(SspiEncodeAuthIdentityAsStrings(&ex2.block, &texts[0], &texts[1], NULL), SEC_E_OK);
	assert_text(texts[0], "alice");
	SspiLocalFree((void *)(uintptr_t)texts[0]);
	SspiLocalFree((void *)(uintptr_t)texts[1]);
}

/* --- SspiValidateAuthIdentity */

static void what_is_no_identity_is_not_valid(void **state)
{
	SEC_WINNT_AUTH_IDENTITY_A plain = narrow("alice", "CORP", "Passw0rd!");
	struct ex2 ex2 = ex2_of("alice", "CORP", "Passw0rd!", NULL);

	(void)state;
	assert_int_equal(SspiValidateAuthIdentity(NULL), SEC_E_INTERNAL_ERROR);
	assert_int_equal(SspiValidateAuthIdentity(&plain), SEC_E_OK);
	plain.Flags = 0;
	assert_int_equal(SspiValidateAuthIdentity(&plain), SEC_E_UNKNOWN_CREDENTIALS);
	plain = narrow("alice", "CORP", "Passw\xFFrd");
	assert_int_equal(SspiValidateAuthIdentity(&plain), SEC_E_UNKNOWN_CREDENTIALS);
	assert_int_equal(SspiValidateAuthIdentity(&ex2.block), SEC_E_OK);
	ex2.block.header.DomainOffset++;
	ex2.block.header.DomainLength = UINT16_MAX - 1;
	assert_int_equal(SspiValidateAuthIdentity(&ex2.block), SEC_E_UNKNOWN_CREDENTIALS);
}

/* --- SspiCopyAuthIdentity */

static void a_copy_needs_nothing_of_its_source(void **state)
{
	char user[] = "alice", domain[] = "CORP", password[] = "Passw0rd!";
	SEC_WINNT_AUTH_IDENTITY_A plain = narrow(user, domain, password);
	struct ex2 ex2 = ex2_of("alice", "CORP", "Passw0rd!", "ntlm");
	SEC_WINNT_AUTH_IDENTITY_EXW *ex = encode("alice", "CORP", "Passw0rd!");
	void *const sources[] = { &plain, &ex2.block, ex };
	PSEC_WINNT_AUTH_IDENTITY_OPAQUE copies[COUNT_OF(sources)];

	(void)state;
	for (size_t i = 0; i < COUNT_OF(sources); i++)
		assert_int_equal(SspiCopyAuthIdentity(sources[i], &copies[i]), SEC_E_OK);
	memset(user, 'x', sizeof(user));
	memset(domain, 'x', sizeof(domain));
	memset(password, 'x', sizeof(password));
	memset(&plain, 0xFF, sizeof(plain));
	memset(&ex2, 0xFF, sizeof(ex2));
	SspiFreeAuthIdentity(ex);
	for (size_t i = 0; i < COUNT_OF(sources); i++) {
		assert_texts(copies[i], "alice", "CORP", "Passw0rd!");
		SspiFreeAuthIdentity(copies[i]);
	}
}

static void a_copy_is_one_block_in_its_sources_alphabet(void **state)
{
	SEC_WINNT_AUTH_IDENTITY_A plain = narrow("alice", "CORP", "Passw0rd!");
	struct ex2 ex2 = ex2_of("alice", "CORP", "Passw0rd!", "ntlm");
	PSEC_WINNT_AUTH_IDENTITY_OPAQUE copy;
	const SEC_WINNT_AUTH_IDENTITY_EXW *ex;

	(void)state;
	assert_int_equal(SspiCopyAuthIdentity(&plain, &copy), SEC_E_OK);
	ex = copy;
	assert_int_equal(ex->Version, SEC_WINNT_AUTH_IDENTITY_VERSION);
	assert_int_equal(ex->Flags, SEC_WINNT_AUTH_IDENTITY_ANSI | SEC_WINNT_AUTH_IDENTITY_MARSHALLED);
	assert_true(lies_in_block(ex->User, ex->UserLength, ex) &&
		    lies_in_block(ex->Domain, ex->DomainLength, ex) &&
		    lies_in_block(ex->Password, ex->PasswordLength, ex));
	SspiFreeAuthIdentity(copy);
	assert_int_equal(SspiCopyAuthIdentity(&ex2.block, &copy), SEC_E_OK);
	assert_memory_equal(copy, ex2_slice(&ex2).data, ex2_slice(&ex2).size);
	SspiFreeAuthIdentity(copy);
}

static void copying_needs_both_pointers_and_an_identity(void **state)
{
	SEC_WINNT_AUTH_IDENTITY_A plain = narrow("alice", "CORP", "Passw0rd!");
	PSEC_WINNT_AUTH_IDENTITY_OPAQUE copy = UNTOUCHED;

	(void)state;
	assert_int_equal(SspiCopyAuthIdentity(NULL, &copy), SEC_E_INTERNAL_ERROR);
	assert_int_equal(SspiCopyAuthIdentity(&plain, NULL), SEC_E_INTERNAL_ERROR);
	plain.Flags = SEC_WINNT_AUTH_IDENTITY_ANSI | SEC_WINNT_AUTH_IDENTITY_UNICODE;
	assert_int_equal(SspiCopyAuthIdentity(&plain, &copy), SEC_E_UNKNOWN_CREDENTIALS);
	assert_ptr_equal(copy, UNTOUCHED);
}

/* --- SspiZeroAuthIdentity, SspiFreeAuthIdentity, SspiLocalFree */

/* Observed: the names stay, and the password is an empty text afterwards. */
static void zeroing_wipes_the_password_and_leaves_the_names(void **state)
{
	SEC_WINNT_AUTH_IDENTITY_EXW *made = encode("username", "domainname", "password");

	(void)state;
	SspiZeroAuthIdentity(made);
	assert_texts(made, "username", "domainname", "");
	for (size_t i = 0; i < 8; i++)
		assert_int_equal(made->Password[i], 0);
	SspiFreeAuthIdentity(made);
	SspiZeroAuthIdentity(NULL);
}

static void zeroing_works_on_identities_of_the_caller(void **state)
{
	char password[] = "Passw0rd!";
	SEC_WINNT_AUTH_IDENTITY_A plain = narrow("alice", "CORP", password);
	struct ex2 ex2 = ex2_of("alice", "CORP", "Passw0rd!", "ntlm"), before = ex2;
	SEC_WINNT_AUTH_PACKED_CREDENTIALS packed = ex2_packed(&ex2);
	uint8_t *credential = ex2.block.bytes + ex2.packed + sizeof(packed);

	(void)state;
	SspiZeroAuthIdentity(&plain);
	for (size_t i = 0; i < sizeof(password); i++)
		assert_int_equal(password[i], 0);
	SspiZeroAuthIdentity(&ex2.block);
	for (size_t i = 0; i < packed.AuthData.CredData.ByteArrayLength; i++)
		assert_int_equal(credential[i], 0);
	memcpy(credential, before.block.bytes + ex2.packed + sizeof(packed),
	       packed.AuthData.CredData.ByteArrayLength);
	assert_bytes(ex2_slice(&ex2), ex2_slice(&before));
	ex2.block.header.UserOffset = UINT32_MAX; /* broken: nothing is touched */
	before = ex2;
	SspiZeroAuthIdentity(&ex2.block);
	assert_bytes(ex2_slice(&ex2), ex2_slice(&before));
}

static void freeing_takes_null_and_leaves_memory_of_others_alone(void **state)
{
	/* In the middle, so that what is looked at in front of it is there. */
	SEC_WINNT_AUTH_IDENTITY_A own[3] = { narrow("a", "b", "c"), narrow("alice", "CORP", "Passw0rd!"),
					     narrow("d", "e", "f") };
	(void)state;
	SspiFreeAuthIdentity(NULL);
	SspiLocalFree(NULL);
	SspiFreeAuthIdentity(&own[1]);
	SspiLocalFree(&own[1]);
	assert_texts(&own[1], "alice", "CORP", "Passw0rd!");
}

/* --- SspiCompareAuthIdentities */

struct comparison {
	const char *user, *domain, *password;
	bool same_user, same_identity;
};

static void names_are_compared_without_case_and_passwords_with_it(void **state)
{
	static const struct comparison rows[] = {
		{ "alice", "CORP", "Passw0rd!", true, true },
		{ "ALICE", "corp", "Passw0rd!", true, true },
		{ "alice", "CORP", "passw0rd!", true, false },
		{ "alice", "CORP", "Passw0rd", true, false },
		{ "alice", "CORP", NULL, true, false },
		{ "alice", "OTHER", "Passw0rd!", false, false },
		{ "alicia", "CORP", "Passw0rd!", false, false },
		{ "alice", NULL, "Passw0rd!", false, false },
		{ NULL, "CORP", "Passw0rd!", false, false },
	};
	SEC_WINNT_AUTH_IDENTITY_A one = narrow("alice", "CORP", "Passw0rd!");

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct ex2 ex2 = ex2_of(rows[i].user, rows[i].domain, rows[i].password, "ntlm");
		void *ex = encode(rows[i].user, rows[i].domain, rows[i].password);
		void *const others[] = { ex, &ex2.block };

		for (size_t j = 0; j < COUNT_OF(others); j++) {
			BOOLEAN same_user = 7, same_identity = 7;

			assert_int_equal(
				SspiCompareAuthIdentities(&one, others[j], &same_user, &same_identity),
				SEC_E_OK);
			assert_int_equal(same_user, rows[i].same_user);
			assert_int_equal(same_identity, rows[i].same_identity);
			assert_int_equal(SspiCompareAuthIdentities(others[j], &one, NULL, &same_identity),
					 SEC_E_OK);
			assert_int_equal(same_identity, rows[i].same_identity);
		}
		SspiFreeAuthIdentity(ex);
	}
}

static void null_is_the_same_as_null_only(void **state)
{
	SEC_WINNT_AUTH_IDENTITY_A plain = narrow("", "", "");
	BOOLEAN same_user, same_identity;

	(void)state;
	assert_int_equal(SspiCompareAuthIdentities(NULL, NULL, &same_user, &same_identity), SEC_E_OK);
	assert_true(same_user && same_identity);
	assert_int_equal(SspiCompareAuthIdentities(NULL, &plain, &same_user, &same_identity), SEC_E_OK);
	assert_false(same_user || same_identity);
	assert_int_equal(SspiCompareAuthIdentities(&plain, NULL, &same_user, NULL), SEC_E_OK);
	assert_false(same_user);
	assert_int_equal(SspiCompareAuthIdentities(NULL, NULL, NULL, NULL), SEC_E_OK);
}

static void packed_credentials_of_another_type_are_compared_whole(void **state)
{
	struct ex2 one = ex2_of("alice", "CORP", "Passw0rd!", NULL), other = one;
	SEC_WINNT_AUTH_PACKED_CREDENTIALS packed = ex2_packed(&one);
	BOOLEAN same_user, same_identity;

	(void)state;
	packed.AuthData.CredType = SEC_WINNT_AUTH_DATA_TYPE_CERT;
	ex2_set_packed(&one, &packed);
	assert_int_equal(SspiCompareAuthIdentities(&one.block, &other.block, &same_user, &same_identity),
			 SEC_E_OK);
	assert_true(same_user && !same_identity);
	ex2_set_packed(&other, &packed);
	assert_int_equal(SspiCompareAuthIdentities(&one.block, &other.block, &same_user, &same_identity),
			 SEC_E_OK);
	assert_true(same_user && same_identity);
	packed.AuthData.CredType = SEC_WINNT_AUTH_DATA_TYPE_CSP_DATA;
	ex2_set_packed(&other, &packed);
	assert_int_equal(SspiCompareAuthIdentities(&one.block, &other.block, &same_user, &same_identity),
			 SEC_E_OK);
	assert_true(same_user && !same_identity);
}

static void what_is_broken_is_not_compared(void **state)
{
	SEC_WINNT_AUTH_IDENTITY_A good = narrow("alice", "CORP", "x"), bad = narrow("\xFF", "CORP", "x");
	BOOLEAN same_user = 7, same_identity = 7;

	(void)state;
	assert_int_equal(SspiCompareAuthIdentities(&good, &bad, &same_user, &same_identity),
			 SEC_E_UNKNOWN_CREDENTIALS);
	bad.Flags = 0;
	assert_int_equal(SspiCompareAuthIdentities(&bad, NULL, &same_user, &same_identity),
			 SEC_E_UNKNOWN_CREDENTIALS);
	assert_true(same_user == 7 && same_identity == 7);
}

/* --- SspiExcludePackage */

static void assert_list(void *identity, const char *expected)
{
	const SEC_WINNT_AUTH_IDENTITY_EXW *ex = identity;

	assert_int_equal(ex->Version, SEC_WINNT_AUTH_IDENTITY_VERSION);
	assert_true(ex->Flags & SEC_WINNT_AUTH_IDENTITY_UNICODE &&
		    !(ex->Flags & SEC_WINNT_AUTH_IDENTITY_ANSI));
	assert_bytes(slice_of(ex->PackageList, 2 * ex->PackageListLength), u16(expected));
}

static SECURITY_STATUS acquire_ntlm(void *identity)
{
	CredHandle credential;
	SECURITY_STATUS status =
		AcquireCredentialsHandleA(NULL, (char *)(uintptr_t) "NTLM", SECPKG_CRED_OUTBOUND, NULL,
					  identity, NULL, NULL, &credential, NULL);

	if (status == SEC_E_OK)
		assert_int_equal(FreeCredentialsHandle(&credential), SEC_E_OK);
	return status;
}

static void an_excluded_package_is_added_to_the_list(void **state)
{
	SEC_WINNT_AUTH_IDENTITY_A plain = narrow("alice", "CORP", "Passw0rd!");
	PSEC_WINNT_AUTH_IDENTITY_OPAQUE once, twice;

	(void)state;
	assert_int_equal(acquire_ntlm(&plain), SEC_E_OK);
	assert_int_equal(SspiExcludePackage(&plain, wide("Kerberos"), &once), SEC_E_OK);
	assert_list(once, "!Kerberos");
	assert_texts(once, "alice", "CORP", "Passw0rd!");
	assert_int_equal(acquire_ntlm(once), SEC_E_OK);
	assert_int_equal(SspiExcludePackage(once, wide("NTLM"), &twice), SEC_E_OK);
	assert_list(twice, "!Kerberos,!NTLM");
	assert_int_equal(acquire_ntlm(twice), SEC_E_NO_CREDENTIALS);
	SspiFreeAuthIdentity(once);
	assert_texts(twice, "alice", "CORP", "Passw0rd!");
	SspiFreeAuthIdentity(twice);
}

static void a_package_is_excluded_from_an_ex2_too(void **state)
{
	static const char *const lists[] = { NULL, "", "ntlm", "kerberos,ntlm" };

	(void)state;
	for (size_t i = 0; i < COUNT_OF(lists); i++) {
		struct ex2 ex2 = ex2_of("alice", "CORP", "Passw0rd!", lists[i]);
		PSEC_WINNT_AUTH_IDENTITY_OPAQUE made;
		const SEC_WINNT_AUTH_IDENTITY_EX2 *header;

		assert_int_equal(acquire_ntlm(&ex2.block), SEC_E_OK);
		assert_int_equal(SspiExcludePackage(&ex2.block, wide("NTLM"), &made), SEC_E_OK);
		header = made;
		assert_int_equal(header->Version, SEC_WINNT_AUTH_IDENTITY_VERSION_2);
		assert_int_equal(header->PackageListOffset + header->PackageListLength,
				 header->cbStructureLength);
		assert_int_equal(SspiValidateAuthIdentity(made), SEC_E_OK);
		assert_texts(made, "alice", "CORP", "Passw0rd!");
		assert_int_equal(acquire_ntlm(made), SEC_E_NO_CREDENTIALS);
		SspiFreeAuthIdentity(made);
	}
}

/* A caller who counts the terminator of his list has one in its middle otherwise. */
static void a_package_is_excluded_behind_a_list_with_a_nul(void **state)
{
	SEC_WINNT_AUTH_IDENTITY_EXA ex = {
		.Version = SEC_WINNT_AUTH_IDENTITY_VERSION,
		.Length = sizeof(ex),
		.Flags = SEC_WINNT_AUTH_IDENTITY_ANSI,
		.PackageList = (unsigned char *)(uintptr_t) "!u2u",
		.PackageListLength = 5,
	};
	PSEC_WINNT_AUTH_IDENTITY_OPAQUE made = NULL;

	(void)state;
	assert_int_equal(SspiExcludePackage(&ex, wide("NTLM"), &made), SEC_E_OK);
	assert_list(made, "!u2u,!NTLM");
	SspiFreeAuthIdentity(made);
	ex.PackageList = (unsigned char *)(uintptr_t) "!u2\0u";
	assert_int_equal(SspiExcludePackage(&ex, wide("NTLM"), &made), SEC_E_UNKNOWN_CREDENTIALS);
	assert_int_equal(SspiValidateAuthIdentity(&ex), SEC_E_UNKNOWN_CREDENTIALS);
}

static void without_an_identity_the_list_stands_alone(void **state)
{
	PSEC_WINNT_AUTH_IDENTITY_OPAQUE made;

	(void)state;
	assert_int_equal(SspiExcludePackage(NULL, wide("NTLM"), &made), SEC_E_OK);
	assert_list(made, "!NTLM");
	assert_texts(made, NULL, NULL, NULL);
	SspiFreeAuthIdentity(made);
}

static void only_a_name_can_be_excluded(void **state)
{
	static const char *const names[] = { "", "!NTLM", "NTLM,Kerberos", "," };
	PSEC_WINNT_AUTH_IDENTITY_OPAQUE made = UNTOUCHED;
	char *longest = keep_bytes(32768);

	(void)state;
	for (size_t i = 0; i < COUNT_OF(names); i++)
		assert_int_equal(SspiExcludePackage(NULL, wide(names[i]), &made), SEC_E_SECPKG_NOT_FOUND);
	memset(longest, 'x', 32767); /* with its ! it is one too many */
	assert_int_equal(SspiExcludePackage(NULL, wide(longest), &made), SEC_E_UNKNOWN_CREDENTIALS);
	assert_int_equal(SspiExcludePackage(NULL, NULL, &made), SEC_E_INTERNAL_ERROR);
	assert_int_equal(SspiExcludePackage(NULL, wide("NTLM"), NULL), SEC_E_INTERNAL_ERROR);
	assert_ptr_equal(made, UNTOUCHED);
}

/* --- SspiPrepareForCredRead, SspiPrepareForCredWrite */

static void assert_entry(void *identity, const char *asked, const char *target, const char *user,
			 const char *password)
{
	const SEC_WCHAR *target_name, *user_name;
	uint32_t type, size;
	uint8_t *blob;

	assert_int_equal(SspiPrepareForCredWrite(identity, asked ? wide(asked) : NULL, &type, &target_name,
						 &user_name, &blob, &size),
			 SEC_E_OK);
	assert_int_equal(type, 2); /* CRED_TYPE_DOMAIN_PASSWORD */
	assert_text(target_name, target);
	assert_text(user_name, user);
	assert_bytes(slice_of(blob, size), u16(password));
	SspiLocalFree((void *)(uintptr_t)target_name);
	SspiLocalFree((void *)(uintptr_t)user_name);
	SspiLocalFree(blob);
}

/* Observed: without a target the user is the target, who is written with his domain; the blob is the password. */
static void an_entry_for_the_credential_manager_has_what_cred_write_takes(void **state)
{
	void *made = encode("username", "domainname", "password");
	struct ex2 alone = ex2_of("alice", NULL, NULL, NULL);

	(void)state;
	assert_entry(made, NULL, "domainname\\username", "domainname\\username", "password");
	assert_entry(made, "domainname2\\username2", "domainname2\\username2", "domainname\\username",
		     "password");
	assert_entry(&alone.block, NULL, "alice", "alice", "");
	SspiFreeAuthIdentity(made);
}

static void an_entry_needs_a_user_and_a_password(void **state)
{
	SEC_WINNT_AUTH_IDENTITY_A nobody = narrow(NULL, "CORP", "Passw0rd!");
	struct ex2 ex2 = ex2_of("alice", "CORP", "Passw0rd!", NULL);
	SEC_WINNT_AUTH_PACKED_CREDENTIALS packed = ex2_packed(&ex2);
	const SEC_WCHAR *target = UNTOUCHED, *user = UNTOUCHED;
	uint32_t type = 7, size = 7;
	uint8_t *blob = UNTOUCHED;

	(void)state;
	assert_int_equal(SspiPrepareForCredWrite(&nobody, wide("t"), &type, &target, &user, &blob, &size),
			 SEC_E_NO_CREDENTIALS);
	packed.AuthData.CredType = SEC_WINNT_AUTH_DATA_TYPE_CERT;
	ex2_set_packed(&ex2, &packed);
	assert_int_equal(SspiPrepareForCredWrite(&ex2.block, NULL, &type, &target, &user, &blob, &size),
			 SEC_E_UNSUPPORTED_FUNCTION);
	assert_int_equal(SspiPrepareForCredRead(&ex2.block, wide("t"), &type, &target),
			 SEC_E_UNSUPPORTED_FUNCTION);
	assert_int_equal(SspiPrepareForCredWrite(NULL, NULL, &type, &target, &user, &blob, &size),
			 SEC_E_INTERNAL_ERROR);
	assert_int_equal(SspiPrepareForCredWrite(&nobody, NULL, &type, &target, &user, NULL, &size),
			 SEC_E_INTERNAL_ERROR);
	assert_true(type == 7 && size == 7);
	assert_ptr_equal(target, UNTOUCHED);
	assert_ptr_equal(user, UNTOUCHED);
	assert_ptr_equal(blob, UNTOUCHED);
}

static void an_entry_is_read_by_its_target(void **state)
{
	SEC_WINNT_AUTH_IDENTITY_A plain = narrow("alice", "CORP", "Passw0rd!");
	const SEC_WCHAR *target = UNTOUCHED;
	uint32_t type = 7;

	(void)state;
	assert_int_equal(SspiPrepareForCredRead(&plain, NULL, &type, &target), SEC_E_INTERNAL_ERROR);
	assert_int_equal(SspiPrepareForCredRead(NULL, wide("x"), &type, &target), SEC_E_INTERNAL_ERROR);
	assert_true(type == 7 && target == UNTOUCHED);
	assert_int_equal(SspiPrepareForCredRead(&plain, wide("TERMSRV/server"), &type, &target), SEC_E_OK);
	assert_int_equal(type, 2);
	assert_text(target, "TERMSRV/server");
	SspiLocalFree((void *)(uintptr_t)target);
}

/* --- SspiGetTargetHostName */

static void the_host_of_a_target_is_told(void **state)
{
	SEC_WCHAR *host = UNTOUCHED;

	(void)state;
	assert_int_equal(SspiGetTargetHostName(wide("TERMSRV/"), &host), SEC_E_TARGET_UNKNOWN);
	assert_int_equal(SspiGetTargetHostName(wide(""), &host), SEC_E_TARGET_UNKNOWN);
	assert_int_equal(SspiGetTargetHostName(NULL, &host), SEC_E_INTERNAL_ERROR);
	assert_int_equal(SspiGetTargetHostName(wide("x"), NULL), SEC_E_INTERNAL_ERROR);
	assert_ptr_equal(host, UNTOUCHED);
	assert_int_equal(SspiGetTargetHostName(wide("TERMSRV/server.test:3389"), &host), SEC_E_OK);
	assert_text(host, "server.test");
	SspiLocalFree(host);
}

/* --- Memory */

/* One call after the other in which nothing was there before; false: it was refused for want of memory. */
typedef bool (*attempt_fn)(SECURITY_STATUS *status);

static SEC_WINNT_AUTH_IDENTITY_A source;
static const SEC_WCHAR *given;

static bool attempt_encode(SECURITY_STATUS *status)
{
	PSEC_WINNT_AUTH_IDENTITY_OPAQUE made = NULL;

	*status = SspiEncodeStringsAsAuthIdentity(given, given, given, &made);
	SspiFreeAuthIdentity(made);
	return made;
}

static bool attempt_texts(SECURITY_STATUS *status)
{
	const SEC_WCHAR *texts[3] = { NULL, NULL, NULL };

	*status = SspiEncodeAuthIdentityAsStrings(&source, &texts[0], &texts[1], &texts[2]);
	for (size_t i = 0; i < COUNT_OF(texts); i++)
		SspiLocalFree((void *)(uintptr_t)texts[i]);
	return texts[0] && texts[1] && texts[2];
}

static bool attempt_validate(SECURITY_STATUS *status)
{
	*status = SspiValidateAuthIdentity(&source);
	return *status == SEC_E_OK;
}

static bool attempt_copy(SECURITY_STATUS *status)
{
	PSEC_WINNT_AUTH_IDENTITY_OPAQUE made = NULL;

	*status = SspiCopyAuthIdentity(&source, &made);
	SspiFreeAuthIdentity(made);
	return made;
}

static bool attempt_compare(SECURITY_STATUS *status)
{
	BOOLEAN same = 0;

	*status = SspiCompareAuthIdentities(&source, &source, NULL, &same);
	return same;
}

static bool attempt_marshal(SECURITY_STATUS *status)
{
	char *bytes = NULL;
	uint32_t size;

	*status = SspiMarshalAuthIdentity(&source, &size, &bytes);
	SspiLocalFree(bytes);
	return bytes;
}

static bool attempt_exclude(SECURITY_STATUS *status)
{
	PSEC_WINNT_AUTH_IDENTITY_OPAQUE made = NULL;

	*status = SspiExcludePackage(&source, given, &made);
	SspiFreeAuthIdentity(made);
	return made;
}

static bool attempt_read(SECURITY_STATUS *status)
{
	const SEC_WCHAR *target = NULL;
	uint32_t type;

	*status = SspiPrepareForCredRead(&source, given, &type, &target);
	SspiLocalFree((void *)(uintptr_t)target);
	return target;
}

static bool attempt_write(SECURITY_STATUS *status)
{
	const SEC_WCHAR *target = NULL, *user = NULL;
	uint8_t *blob = NULL;
	uint32_t type, size;

	*status = SspiPrepareForCredWrite(&source, NULL, &type, &target, &user, &blob, &size);
	SspiLocalFree((void *)(uintptr_t)target);
	SspiLocalFree((void *)(uintptr_t)user);
	SspiLocalFree(blob);
	return target && user && blob;
}

static bool attempt_host(SECURITY_STATUS *status)
{
	SEC_WCHAR *host = NULL;

	*status = SspiGetTargetHostName(given, &host);
	SspiLocalFree(host);
	return host;
}

static void without_memory_nothing_is_made_and_nothing_left(void **state)
{
	static const attempt_fn attempts[] = { attempt_encode,  attempt_texts,   attempt_validate,
					       attempt_copy,    attempt_compare, attempt_marshal,
					       attempt_exclude, attempt_read,    attempt_write,
					       attempt_host };
	long before = seam_blocks_alive();

	(void)state;
	source = narrow("canaryCanary", "canaryCanary", "canaryCanary");
	given = wide("canaryCanary");
	canary_watch(u16("canaryCanary"));
	for (size_t i = 0; i < COUNT_OF(attempts); i++) {
		for (long n = 1;; n++) {
			SECURITY_STATUS status;
			bool made;

			seam_fail_allocation(n);
			made = attempts[i](&status);
			seam_fail_allocation(0);
			assert_int_equal(seam_blocks_alive(), before);
			assert_int_equal(made, status == SEC_E_OK);
			if (made)
				break;
			assert_int_equal(status, SEC_E_INSUFFICIENT_MEMORY);
		}
	}
	assert_false(canary_left());
}

/* A program that was told that its identity is broken wipes it all the same. */
static void the_password_of_a_broken_identity_is_wiped_too(void **state)
{
	SEC_WCHAR user[] = u"alice", password[] = u"Passw0rd!", none[COUNT_OF(password)] = { 0 };
	SEC_WINNT_AUTH_IDENTITY_W identity = {
		.User = user,
		.UserLength = COUNT_OF(user) - 1,
		.Password = password,
		.PasswordLength = COUNT_OF(password) - 1,
		.Flags = SEC_WINNT_AUTH_IDENTITY_UNICODE | SEC_WINNT_AUTH_IDENTITY_FLAGS_NULL_USER,
	};

	(void)state;
	assert_int_equal(SspiValidateAuthIdentity(&identity), SEC_E_UNKNOWN_CREDENTIALS);
	SspiZeroAuthIdentity(&identity);
	assert_memory_equal(password, none, sizeof(none));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_at_all_is_an_invalid_token),
		cmocka_unit_test(an_identity_of_texts_is_one_block_of_the_form_ex),
		cmocka_unit_test(texts_go_in_and_come_out),
		cmocka_unit_test(a_text_has_32767_characters_at_most),
		cmocka_unit_test(every_form_has_texts),
		cmocka_unit_test(texts_that_are_not_wanted_are_not_given),
		cmocka_unit_test(an_encrypted_identity_is_an_invalid_parameter),
		cmocka_unit_test(encrypting_and_decrypting_say_that_they_are_not_built),
		cmocka_unit_test(credentials_that_are_no_password_are_no_text),
		cmocka_unit_test(what_is_no_identity_is_not_valid),
		cmocka_unit_test(a_copy_needs_nothing_of_its_source),
		cmocka_unit_test(a_copy_is_one_block_in_its_sources_alphabet),
		cmocka_unit_test(copying_needs_both_pointers_and_an_identity),
		cmocka_unit_test(zeroing_wipes_the_password_and_leaves_the_names),
		cmocka_unit_test(zeroing_works_on_identities_of_the_caller),
		cmocka_unit_test(freeing_takes_null_and_leaves_memory_of_others_alone),
		cmocka_unit_test(names_are_compared_without_case_and_passwords_with_it),
		cmocka_unit_test(null_is_the_same_as_null_only),
		cmocka_unit_test(packed_credentials_of_another_type_are_compared_whole),
		cmocka_unit_test(what_is_broken_is_not_compared),
		cmocka_unit_test(an_excluded_package_is_added_to_the_list),
		cmocka_unit_test(a_package_is_excluded_from_an_ex2_too),
		cmocka_unit_test(a_package_is_excluded_behind_a_list_with_a_nul),
		cmocka_unit_test(without_an_identity_the_list_stands_alone),
		cmocka_unit_test(only_a_name_can_be_excluded),
		cmocka_unit_test(an_entry_for_the_credential_manager_has_what_cred_write_takes),
		cmocka_unit_test(an_entry_needs_a_user_and_a_password),
		cmocka_unit_test(an_entry_is_read_by_its_target),
		cmocka_unit_test(the_host_of_a_target_is_told),
		cmocka_unit_test(without_memory_nothing_is_made_and_nothing_left),
		cmocka_unit_test(the_password_of_a_broken_identity_is_wiped_too),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
