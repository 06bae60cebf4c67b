/* AcquireCredentialsHandle: SEC_WINNT_AUTH_IDENTITY_EX2, the flags of identities, and the Types of CREDSSP_CRED. */
#define _SEC_WINNT_AUTH_TYPES

#include "support/canary.h"
#include "support/ex2.h"
#include "support/exchange.h"
#include "support/hex.h"
#include "support/seams.h"

#include <opensspi/credssp.h>

static struct exchange exchange;

static const uint32_t name_table[] = { 'A', 'W' };

/* Through the function of either suffix: an identity says its alphabet itself. */
static SECURITY_STATUS acquire_by(uint32_t suffix, const char *package, uint32_t use, void *data,
				  CredHandle *made)
{
	struct slice wide = u16(package);
	SEC_WCHAR *name = keep_bytes(wide.size + sizeof(*name));

	memcpy(name, wide.data, wide.size);
	return suffix == 'A' ? AcquireCredentialsHandleA(NULL, (char *)(uintptr_t)package, use, NULL, data,
							 NULL, NULL, made, NULL)
			     : AcquireCredentialsHandleW(NULL, name, use, NULL, data, NULL, NULL, made, NULL);
}

/* What both functions say. */
static SECURITY_STATUS acquire(const char *package, uint32_t use, void *data)
{
	SECURITY_STATUS status[COUNT_OF(name_table)];

	for (size_t i = 0; i < COUNT_OF(name_table); i++) {
		CredHandle credential;

		status[i] = acquire_by(name_table[i], package, use, data, &credential);
		if (status[i] == SEC_E_OK)
			assert_int_equal(FreeCredentialsHandle(&credential), SEC_E_OK);
	}
	assert_int_equal(status[0], status[1]);
	return status[0];
}

static SECURITY_STATUS acquire_client(void *data)
{
	return acquire("NTLM", SECPKG_CRED_OUTBOUND, data);
}

/* Whether a client with this pAuthData logs on as alice with her password. */
static bool logs_on_with(const char *package, void *data)
{
	struct exchange_settings settings = exchange_usual(package);
	bool done;

	exchange_start(&exchange, &settings);
	assert_int_equal(FreeCredentialsHandle(&exchange.client.credential), SEC_E_OK);
	assert_int_equal(acquire_by('W', package, SECPKG_CRED_OUTBOUND, data, &exchange.client.credential),
			 SEC_E_OK);
	done = exchange_run(&exchange);
	exchange_end(&exchange);
	return done;
}

static struct ex2 alice(void)
{
	return ex2_of(EXCHANGE_USER, EXCHANGE_DOMAIN, EXCHANGE_PASSWORD, NULL);
}

/* --- EX2 */

static void an_ex2_logs_on(void **state)
{
	struct ex2 ex2 = alice();

	(void)state;
	assert_true(logs_on_with("NTLM", &ex2.block));
	assert_true(logs_on_with("Negotiate", &ex2.block));
	ex2.block.header.Flags = 0; /* it has one alphabet */
	assert_true(logs_on_with("NTLM", &ex2.block));
}

static void a_wrong_password_in_an_ex2_does_not(void **state)
{
	struct ex2 ex2 = ex2_of(EXCHANGE_USER, EXCHANGE_DOMAIN, "Passw0rd?", NULL);

	(void)state;
	assert_false(logs_on_with("NTLM", &ex2.block));
}

static void the_list_of_an_ex2_is_obeyed(void **state)
{
	struct ex2 without = ex2_of(EXCHANGE_USER, EXCHANGE_DOMAIN, EXCHANGE_PASSWORD, "!ntlm");
	struct ex2 with = ex2_of(EXCHANGE_USER, EXCHANGE_DOMAIN, EXCHANGE_PASSWORD, "kerberos,ntlm");
	CREDSSP_CRED credssp = { CredsspSubmitBufferBoth, NULL, &without.block };

	(void)state;
	assert_int_equal(acquire_client(&without.block), SEC_E_NO_CREDENTIALS);
	/* What is left is Kerberos, where it is built. */
	assert_int_equal(acquire("CREDSSP", SECPKG_CRED_OUTBOUND, &credssp),
			 exchange_has_kerberos() ? SEC_E_OK : SEC_E_NO_CREDENTIALS);
	assert_true(logs_on_with("NTLM", &with.block));
}

/* What reads the list would stop there, and not see that a package is excluded. */
static void a_nul_in_a_package_list_hides_nothing(void **state)
{
	struct ex2 ex2 = ex2_of(EXCHANGE_USER, EXCHANGE_DOMAIN, EXCHANGE_PASSWORD, "!kerberos,!ntlm");
	uint8_t *comma = ex2.block.bytes + ex2.block.header.PackageListOffset + 2 * strlen("!kerberos");

	(void)state;
	assert_int_equal(acquire_client(&ex2.block), SEC_E_NO_CREDENTIALS);
	comma[0] = 0;
	assert_int_equal(acquire_client(&ex2.block), SEC_E_UNKNOWN_CREDENTIALS);
	memset(comma, 0, 2 * strlen(",!ntlm")); /* at the end they are a caller's who counted them */
	assert_int_equal(acquire_client(&ex2.block), SEC_E_OK);
}

static void an_ex2_is_delegated_whole(void **state)
{
	struct ex2 ex2 = alice();
	CREDSSP_CRED credssp = { CredsspSubmitBufferBoth, NULL, &ex2.block };
	OPENSSPI_OPTIONS options = {
		.Magic = OPENSSPI_OPTIONS_MAGIC,
		.Size = sizeof(options),
		.AuthData = &credssp,
		.Flags = OPENSSPI_NTLM_DELEGATION,
	};

	(void)state;
	assert_true(logs_on_with("CREDSSP", &options));
}

/* The block may go as soon as the call is over. */
static void an_ex2_is_copied_in_the_call(void **state)
{
	struct exchange_settings settings = exchange_usual("NTLM");
	struct ex2 ex2 = alice();

	(void)state;
	exchange_start(&exchange, &settings);
	assert_int_equal(FreeCredentialsHandle(&exchange.client.credential), SEC_E_OK);
	assert_int_equal(
		acquire_by('A', "NTLM", SECPKG_CRED_OUTBOUND, &ex2.block, &exchange.client.credential),
		SEC_E_OK);
	memset(&ex2, 0xFF, sizeof(ex2));
	assert_true(exchange_run(&exchange));
	exchange_end(&exchange);
}

static void the_texts_of_an_ex2_have_256_characters_at_most(void **state)
{
	char longest[258] = { 0 };

	(void)state;
	memset(longest, 'x', 257);
	for (size_t i = 0; i < 4; i++) {
		const char *texts[] = { "alice", "CORP", "secret", "ntlm" };
		struct ex2 ex2;

		texts[i] = longest;
		ex2 = ex2_of(texts[0], texts[1], texts[2], texts[3]);
		assert_int_equal(acquire_client(&ex2.block), SEC_E_UNKNOWN_CREDENTIALS);
		texts[i] = i == 3 ? "ntlm" : longest + 1;
		ex2 = ex2_of(texts[0], texts[1], texts[2], texts[3]);
		assert_int_equal(acquire_client(&ex2.block), SEC_E_OK);
	}
}

static void credentials_that_are_no_password_are_not_served(void **state)
{
	struct ex2 ex2 = alice();
	SEC_WINNT_AUTH_PACKED_CREDENTIALS packed = ex2_packed(&ex2);

	(void)state;
	packed.AuthData.CredType = SEC_WINNT_AUTH_DATA_TYPE_CERT;
	ex2_set_packed(&ex2, &packed);
	assert_int_equal(acquire_client(&ex2.block), SEC_E_UNSUPPORTED_FUNCTION);
	packed.AuthData.CredData.ByteArrayOffset = packed.cbStructureLength; /* broken comes first */
	ex2_set_packed(&ex2, &packed);
	assert_int_equal(acquire_client(&ex2.block), SEC_E_UNKNOWN_CREDENTIALS);
}

static void a_broken_ex2_is_no_credential(void **state)
{
	struct ex2 ex2 = alice();

	(void)state;
	ex2.block.header.UserOffset = ex2.block.header.cbStructureLength;
	assert_int_equal(acquire_client(&ex2.block), SEC_E_UNKNOWN_CREDENTIALS);
	ex2 = alice();
	ex2.block.header.cbStructureLength = 47;
	assert_int_equal(acquire_client(&ex2.block), SEC_E_UNKNOWN_CREDENTIALS);
}

/* --- Flags */

struct flag_row {
	uint32_t flag;
	SECURITY_STATUS status;
};

static void each_flag_of_an_identity_has_its_meaning_or_its_refusal(void **state)
{
	static const struct flag_row rows[] = {
		{ SEC_WINNT_AUTH_IDENTITY_MARSHALLED, SEC_E_OK },
		{ SEC_WINNT_AUTH_IDENTITY_ONLY, SEC_E_OK },
		{ SEC_WINNT_AUTH_IDENTITY_FLAGS_PROCESS_ENCRYPTED, SEC_E_UNSUPPORTED_FUNCTION },
		{ SEC_WINNT_AUTH_IDENTITY_FLAGS_SYSTEM_PROTECTED, SEC_E_UNSUPPORTED_FUNCTION },
		{ SEC_WINNT_AUTH_IDENTITY_FLAGS_USER_PROTECTED, SEC_E_UNSUPPORTED_FUNCTION },
		{ SEC_WINNT_AUTH_IDENTITY_FLAGS_SYSTEM_ENCRYPTED, SEC_E_UNSUPPORTED_FUNCTION },
		{ SEC_WINNT_AUTH_IDENTITY_FLAGS_RESERVED, SEC_E_OK },
		{ SEC_WINNT_AUTH_IDENTITY_FLAGS_NULL_USER, SEC_E_UNKNOWN_CREDENTIALS }, /* it has one */
		{ SEC_WINNT_AUTH_IDENTITY_FLAGS_NULL_DOMAIN, SEC_E_UNKNOWN_CREDENTIALS },
		{ SEC_WINNT_AUTH_IDENTITY_FLAGS_ID_PROVIDER, SEC_E_UNSUPPORTED_FUNCTION },
		{ SEC_WINNT_AUTH_IDENTITY_FLAGS_SSPIPFC_SAVE_CRED_BY_CALLER, SEC_E_OK },
		{ SEC_WINNT_AUTH_IDENTITY_FLAGS_SSPIPFC_SAVE_CRED_CHECKED, SEC_E_OK },
		{ SEC_WINNT_AUTH_IDENTITY_FLAGS_SSPIPFC_NO_CHECKBOX, SEC_E_OK },
		{ SEC_WINNT_AUTH_IDENTITY_FLAGS_SSPIPFC_CREDPROV_DO_NOT_LOAD, SEC_E_OK },
		{ 0x100, SEC_E_OK }, /* WinPR's own */
		{ 0x200, SEC_E_OK },
		{ 0x00800000, SEC_E_UNSUPPORTED_FUNCTION }, /* the password is a hash */
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct ex2 ex2 = alice();
		SEC_WINNT_AUTH_IDENTITY_A plain = {
			.User = (unsigned char *)(uintptr_t) "alice",
			.UserLength = 5,
			.Domain = (unsigned char *)(uintptr_t) "CORP",
			.DomainLength = 4,
			.Flags = SEC_WINNT_AUTH_IDENTITY_ANSI | rows[i].flag,
		};

		ex2.block.header.Flags |= rows[i].flag;
		assert_int_equal(acquire_client(&ex2.block), rows[i].status);
		assert_int_equal(acquire_client(&plain), rows[i].status);
	}
}

static void a_domain_that_is_null_is_none(void **state)
{
	struct ex2 ex2 = ex2_of(EXCHANGE_USER, NULL, EXCHANGE_PASSWORD, NULL);

	(void)state;
	ex2.block.header.Flags |= SEC_WINNT_AUTH_IDENTITY_FLAGS_NULL_DOMAIN;
	assert_int_equal(acquire_client(&ex2.block), SEC_E_OK);
}

/* NTLM hashes what it is given; where UTF-8 is needed, half a character is none. */
static void lone_surrogates_are_taken_in_a_password_and_not_in_a_list(void **state)
{
	struct ex2 ex2 = ex2_of(EXCHANGE_USER, EXCHANGE_DOMAIN, "xx", "xx");

	(void)state;
	memcpy(ex2.block.bytes + ex2.packed + sizeof(SEC_WINNT_AUTH_PACKED_CREDENTIALS), "\x00\xD8", 2);
	ex2.block.header.PackageListLength = 0;
	assert_int_equal(acquire_client(&ex2.block), SEC_E_OK);
	ex2.block.header.PackageListLength = 4;
	memcpy(ex2.block.bytes + ex2.block.header.PackageListOffset, "\x00\xDC", 2);
	assert_int_equal(acquire_client(&ex2.block), SEC_E_UNKNOWN_CREDENTIALS);
}

static void a_nul_in_a_password_is_a_character(void **state)
{
	struct ex2 ex2 = ex2_of(EXCHANGE_USER, EXCHANGE_DOMAIN, EXCHANGE_PASSWORD "?", NULL);
	SEC_WINNT_AUTH_PACKED_CREDENTIALS packed = ex2_packed(&ex2);

	(void)state;
	memset(ex2.block.bytes + ex2.packed + packed.cbStructureLength - 2, 0, 2);
	assert_false(logs_on_with("NTLM", &ex2.block));
	packed.AuthData.CredData.ByteArrayLength -= 2;
	ex2_set_packed(&ex2, &packed);
	assert_true(logs_on_with("NTLM", &ex2.block));
}

/* --- CREDSSP_CRED */

static void each_type_of_credssp_cred_carries_what_is_its_own(void **state)
{
	static const struct {
		CREDSPP_SUBMIT_TYPE type;
		SECURITY_STATUS schannel, spnego, both; /* with the one pointer, the other, and both */
	} rows[] = {
		{ CredsspSubmitBufferBoth, SEC_E_OK, SEC_E_OK, SEC_E_OK },
		{ CredsspSubmitBufferBothOld, SEC_E_OK, SEC_E_OK, SEC_E_OK },
		{ CredsspPasswordCreds, SEC_E_UNKNOWN_CREDENTIALS, SEC_E_OK, SEC_E_UNKNOWN_CREDENTIALS },
		{ CredsspSchannelCreds, SEC_E_OK, SEC_E_UNKNOWN_CREDENTIALS, SEC_E_UNKNOWN_CREDENTIALS },
		{ CredsspCertificateCreds, SEC_E_UNSUPPORTED_FUNCTION, SEC_E_UNSUPPORTED_FUNCTION,
		  SEC_E_UNSUPPORTED_FUNCTION },
		{ CredsspCredEx, SEC_E_UNKNOWN_CREDENTIALS, SEC_E_UNKNOWN_CREDENTIALS,
		  SEC_E_UNKNOWN_CREDENTIALS }, /* not inside itself */
	};
	PCCERT_CONTEXT certificate = exchange_certificate();
	SCHANNEL_CRED schannel = { .dwVersion = SCHANNEL_CRED_VERSION, .cCreds = 1, .paCred = &certificate };
	struct ex2 ex2 = alice();

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		CREDSSP_CRED_EX extended = { .Type = CredsspCredEx, .Cred = { .Type = rows[i].type } };
		CREDSSP_CRED *cred = &extended.Cred;
		/* The form without EX too, but for the Type that says EX, whose fields would follow. */
		size_t forms = rows[i].type == CredsspCredEx ? 1 : 2;

		for (size_t j = 0; j < forms; j++) {
			void *data = j == 0 ? (void *)&extended : (void *)cred;

			cred->pSchannelCred = &schannel;
			cred->pSpnegoCred = NULL;
			assert_int_equal(acquire("CREDSSP", SECPKG_CRED_INBOUND, data), rows[i].schannel);
			cred->pSpnegoCred = &ex2.block;
			assert_int_equal(acquire("CREDSSP", SECPKG_CRED_BOTH, data), rows[i].both);
			cred->pSchannelCred = NULL;
			assert_int_equal(acquire("CREDSSP", SECPKG_CRED_OUTBOUND, data), rows[i].spnego);
		}
	}
}

static void a_type_that_carries_one_thing_serves_one_direction(void **state)
{
	PCCERT_CONTEXT certificate = exchange_certificate();
	SCHANNEL_CRED schannel = { .dwVersion = SCHANNEL_CRED_VERSION, .cCreds = 1, .paCred = &certificate };
	struct ex2 ex2 = alice();
	CREDSSP_CRED server = { CredsspSchannelCreds, &schannel, NULL };
	CREDSSP_CRED client = { CredsspPasswordCreds, NULL, &ex2.block };

	(void)state;
	assert_int_equal(acquire("CREDSSP", SECPKG_CRED_OUTBOUND, &server), SEC_E_NO_CREDENTIALS);
	assert_int_equal(acquire("CREDSSP", SECPKG_CRED_INBOUND, &client), SEC_E_NO_CREDENTIALS);
}

static void a_password_of_its_own_type_logs_on(void **state)
{
	struct ex2 ex2 = alice();
	CREDSSP_CRED_EX extended = { .Type = CredsspCredEx,
				     .Cred = { CredsspPasswordCreds, NULL, &ex2.block } };
	OPENSSPI_OPTIONS options = {
		.Magic = OPENSSPI_OPTIONS_MAGIC,
		.Size = sizeof(options),
		.AuthData = &extended,
		.Flags = OPENSSPI_NTLM_DELEGATION,
	};

	(void)state;
	assert_true(logs_on_with("CREDSSP", &options));
}

static void a_credssp_cred_ex_has_version_0_and_no_flags(void **state)
{
	struct ex2 ex2 = alice();
	CREDSSP_CRED_EX extended = { .Type = CredsspCredEx,
				     .Cred = { CredsspPasswordCreds, NULL, &ex2.block } };

	(void)state;
	assert_int_equal(acquire("CREDSSP", SECPKG_CRED_OUTBOUND, &extended), SEC_E_OK);
	extended.Version = CREDSSP_CRED_EX_VERSION + 1;
	assert_int_equal(acquire("CREDSSP", SECPKG_CRED_OUTBOUND, &extended), SEC_E_UNKNOWN_CREDENTIALS);
	extended.Version = CREDSSP_CRED_EX_VERSION;
	extended.Flags = CREDSSP_FLAG_REDIRECT;
	assert_int_equal(acquire("CREDSSP", SECPKG_CRED_OUTBOUND, &extended), SEC_E_UNSUPPORTED_FUNCTION);
	extended.Flags = 0x80000000;
	assert_int_equal(acquire("CREDSSP", SECPKG_CRED_OUTBOUND, &extended), SEC_E_UNSUPPORTED_FUNCTION);
}

/* --- Memory */

static void acquiring_with_an_ex2_without_memory_leaves_nothing(void **state)
{
	struct ex2 ex2 = ex2_of(EXCHANGE_USER, EXCHANGE_DOMAIN, "canaryPassword", "ntlm");
	CREDSSP_CRED_EX extended = { .Type = CredsspCredEx,
				     .Cred = { CredsspPasswordCreds, NULL, &ex2.block } };
	CredHandle credential;
	long before = seam_blocks_alive(), n = 1;

	(void)state;
	canary_watch(u16("canaryPassword"));
	for (;; n++) {
		SECURITY_STATUS status;

		seam_fail_allocation(n);
		status = AcquireCredentialsHandleA(NULL, (char *)(uintptr_t) "CREDSSP", SECPKG_CRED_OUTBOUND,
						   NULL, &extended, NULL, NULL, &credential, NULL);
		seam_fail_allocation(0);
		if (status == SEC_E_OK)
			break;
		assert_int_equal(status, SEC_E_INSUFFICIENT_MEMORY);
		assert_int_equal(seam_blocks_alive(), before);
	}
	assert_int_equal(FreeCredentialsHandle(&credential), SEC_E_OK);
	assert_int_equal(seam_blocks_alive(), before);
	assert_true(n > 5);
	assert_false(canary_left());
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_ex2_logs_on),
		cmocka_unit_test(a_wrong_password_in_an_ex2_does_not),
		cmocka_unit_test(the_list_of_an_ex2_is_obeyed),
		cmocka_unit_test(a_nul_in_a_package_list_hides_nothing),
		cmocka_unit_test(an_ex2_is_delegated_whole),
		cmocka_unit_test(an_ex2_is_copied_in_the_call),
		cmocka_unit_test(the_texts_of_an_ex2_have_256_characters_at_most),
		cmocka_unit_test(credentials_that_are_no_password_are_not_served),
		cmocka_unit_test(a_broken_ex2_is_no_credential),
		cmocka_unit_test(each_flag_of_an_identity_has_its_meaning_or_its_refusal),
		cmocka_unit_test(a_domain_that_is_null_is_none),
		cmocka_unit_test(lone_surrogates_are_taken_in_a_password_and_not_in_a_list),
		cmocka_unit_test(a_nul_in_a_password_is_a_character),
		cmocka_unit_test(each_type_of_credssp_cred_carries_what_is_its_own),
		cmocka_unit_test(a_type_that_carries_one_thing_serves_one_direction),
		cmocka_unit_test(a_password_of_its_own_type_logs_on),
		cmocka_unit_test(a_credssp_cred_ex_has_version_0_and_no_flags),
		cmocka_unit_test(acquiring_with_an_ex2_without_memory_leaves_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
