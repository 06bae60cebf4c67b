/* What there is: EnumerateSecurityPackages, QuerySecurityPackageInfo, the function table, FreeContextBuffer. */
#include "base/compiler.h"
#include "support/exchange.h"
#include "support/hex.h"
#include "support/seams.h"

#include <opensspi/credssp.h>
#include <opensspi/opensspi.h>
#include <opensspi/security.h>

#include <string.h>
#include <strings.h>

static char *name(const char *text)
{
	return (char *)(uintptr_t)text; /* Microsoft's prototypes take no const */
}

static void the_packages_have_the_numbers_that_windows_shows(void **state)
{
	PSecPkgInfoA packages = NULL;
	uint32_t count = 0;

	(void)state;
	assert_int_equal(EnumerateSecurityPackagesA(&count, &packages), SEC_E_OK);
	assert_int_equal(count, exchange_has_kerberos() ? 5 : 4);
	assert_string_equal(packages[0].Name, "CREDSSP");
	assert_string_equal(packages[0].Comment, "Microsoft CredSSP Security Provider");
	assert_int_equal(packages[0].fCapabilities, 0x00810733);
	assert_int_equal(packages[0].wVersion, 1);
	assert_int_equal(packages[0].wRPCID, SECPKG_ID_NONE);
	assert_int_equal(packages[0].cbMaxToken, 73032);
	assert_string_equal(packages[1].Name, "Negotiate");
	assert_int_equal(packages[1].fCapabilities, 0x00883BB3);
	assert_int_equal(packages[1].wRPCID, 9);
	assert_int_equal(packages[1].cbMaxToken, 48256);
	assert_string_equal(packages[2].Name, "NTLM");
	assert_int_equal(packages[2].fCapabilities, 0x02882B37);
	assert_int_equal(packages[2].wVersion, 1);
	assert_int_equal(packages[2].wRPCID, 10);
	assert_int_equal(packages[2].cbMaxToken, 2888);
	assert_string_equal(packages[3].Name, "Schannel");
	assert_int_equal(packages[3].fCapabilities, 0x004107B3);
	assert_int_equal(packages[3].wVersion, 1);
	assert_int_equal(packages[3].wRPCID, 14);
	assert_int_equal(packages[3].cbMaxToken, 24576);
	if (exchange_has_kerberos()) {
		assert_string_equal(packages[4].Name, "Kerberos");
		/* Windows' number without DATAGRAM, which is not built. */
		assert_int_equal(packages[4].fCapabilities, 0x028F3BBF & ~0x00000008);
		assert_int_equal(packages[4].wRPCID, 16);
		assert_int_equal(packages[4].cbMaxToken, 48000);
	}
	assert_int_equal(FreeContextBuffer(packages), SEC_E_OK);
}

static void the_list_is_one_block(void **state)
{
	PSecPkgInfoA packages;
	PSecPkgInfoW wide;
	long before = seam_blocks_alive();
	uint32_t count;

	(void)state;
	assert_int_equal(EnumerateSecurityPackagesA(&count, &packages), SEC_E_OK);
	assert_int_equal(seam_blocks_alive(), before + 1);
	assert_int_equal(FreeContextBuffer(packages), SEC_E_OK);
	assert_int_equal(EnumerateSecurityPackagesW(&count, &wide), SEC_E_OK);
	assert_int_equal(seam_blocks_alive(), before + 1);
	assert_int_equal(FreeContextBuffer(wide), SEC_E_OK);
	assert_int_equal(seam_blocks_alive(), before);
}

static void the_wide_form_has_the_same_names_in_utf_16(void **state)
{
	PSecPkgInfoW packages, one;
	uint32_t count;

	(void)state;
	assert_int_equal(EnumerateSecurityPackagesW(&count, &packages), SEC_E_OK);
	assert_int_equal(count, exchange_has_kerberos() ? 5 : 4);
	assert_memory_equal(packages[0].Name, u"CREDSSP", sizeof(u"CREDSSP"));
	assert_memory_equal(packages[2].Name, u"NTLM", sizeof(u"NTLM"));
	assert_memory_equal(packages[2].Comment, u"NTLM Security Package", sizeof(u"NTLM Security Package"));
	assert_int_equal(FreeContextBuffer(packages), SEC_E_OK);
	assert_int_equal(QuerySecurityPackageInfoW((SEC_WCHAR *)(uintptr_t)u"credSSP", &one), SEC_E_OK);
	assert_memory_equal(one->Name, u"CREDSSP", sizeof(u"CREDSSP"));
	assert_int_equal(FreeContextBuffer(one), SEC_E_OK);
}

static void a_package_is_found_in_any_case(void **state)
{
	static const char *const names[] = { "CREDSSP", "CredSSP", "credssp", "NTLM", "ntlm", "nTlM" };
	PSecPkgInfoA info;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(names); i++) {
		assert_int_equal(QuerySecurityPackageInfoA(name(names[i]), &info), SEC_E_OK);
		assert_int_equal(strcasecmp(info->Name, names[i]), 0);
		assert_int_equal(FreeContextBuffer(info), SEC_E_OK);
	}
}

/* Windows lists each name; here they are names of one package. */
static void schannel_has_the_three_names_of_windows(void **state)
{
	static const char *const names[] = { SCHANNEL_NAME_A, UNISP_NAME_A, DEFAULT_TLS_SSP_NAME_A,
					     "microsoft unified security protocol provider" };
	PSecPkgInfoA info;
	PSecPkgInfoW wide;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(names); i++) {
		assert_int_equal(QuerySecurityPackageInfoA(name(names[i]), &info), SEC_E_OK);
		assert_string_equal(info->Name, "Schannel");
		assert_int_equal(FreeContextBuffer(info), SEC_E_OK);
	}
	assert_int_equal(QuerySecurityPackageInfoW((SEC_WCHAR *)(uintptr_t)UNISP_NAME_W, &wide), SEC_E_OK);
	assert_memory_equal(wide->Name, SCHANNEL_NAME_W, sizeof(SCHANNEL_NAME_W));
	assert_int_equal(FreeContextBuffer(wide), SEC_E_OK);
}

static void an_unknown_package_leaves_the_pointer_alone(void **state)
{
	static const char *const names[] = { "",          "NTL",  "NTLM ",        "CREDSSP2",
					     "Kerberos5", "Nego", "Default TLS ", "\xFF" };
	PSecPkgInfoA mark = (PSecPkgInfoA)&mark, info = mark;
	PSecPkgInfoW wide = (PSecPkgInfoW)mark;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(names); i++)
		assert_int_equal(QuerySecurityPackageInfoA(name(names[i]), &info), SEC_E_SECPKG_NOT_FOUND);
	assert_int_equal(QuerySecurityPackageInfoA(NULL, &info), SEC_E_SECPKG_NOT_FOUND);
	assert_ptr_equal(info, mark);
	assert_int_equal(QuerySecurityPackageInfoW((SEC_WCHAR *)(uintptr_t)u"NTLM2", &wide),
			 SEC_E_SECPKG_NOT_FOUND);
	assert_int_equal(QuerySecurityPackageInfoW((SEC_WCHAR *)(uintptr_t)u"\xD800", &wide),
			 SEC_E_SECPKG_NOT_FOUND);
	assert_int_equal(QuerySecurityPackageInfoW(NULL, &wide), SEC_E_SECPKG_NOT_FOUND);
	assert_ptr_equal(wide, mark);
}

static void null_pointers_are_refused(void **state)
{
	PSecPkgInfoA packages;
	uint32_t count;

	(void)state;
	assert_int_equal(EnumerateSecurityPackagesA(NULL, &packages), SEC_E_INTERNAL_ERROR);
	assert_int_equal(EnumerateSecurityPackagesA(&count, NULL), SEC_E_INTERNAL_ERROR);
	assert_int_equal(EnumerateSecurityPackagesW(NULL, NULL), SEC_E_INTERNAL_ERROR);
	assert_int_equal(QuerySecurityPackageInfoA(name("NTLM"), NULL), SEC_E_INTERNAL_ERROR);
	assert_int_equal(QuerySecurityPackageInfoW((SEC_WCHAR *)(uintptr_t)u"NTLM", NULL),
			 SEC_E_INTERNAL_ERROR);
}

static void without_memory_nothing_is_given_out(void **state)
{
	PSecPkgInfoA packages = NULL;
	long before = seam_blocks_alive();
	uint32_t count = 7;
	SECURITY_STATUS status;

	(void)state;
	for (long n = 1;; n++) {
		seam_fail_allocation(n);
		status = EnumerateSecurityPackagesA(&count, &packages);
		seam_fail_allocation(0);
		if (status == SEC_E_OK)
			break;
		assert_int_equal(status, SEC_E_INSUFFICIENT_MEMORY);
		assert_null(packages);
		assert_int_equal(count, 0);
		assert_int_equal(seam_blocks_alive(), before);
	}
	assert_int_equal(FreeContextBuffer(packages), SEC_E_OK);
}

/* --- FreeContextBuffer --------------------------------------------------------------------------------------- */

static void freeing_null_is_fine(void **state)
{
	(void)state;
	assert_int_equal(FreeContextBuffer(NULL), SEC_E_OK);
}

static void memory_of_somebody_else_is_not_freed(void **state)
{
	struct {
		uint64_t before[4], given[4];
	} stray = { .before = { 1, 2, 3, 4 }, .given = { 5, 6, 7, 8 } };

	(void)state;
	assert_int_equal(FreeContextBuffer(stray.given), SEC_E_INVALID_HANDLE);
	assert_int_equal(stray.before[3], 4);
	assert_int_equal(stray.given[0], 5);
}

/* --- The function table -------------------------------------------------------------------------------------- */

static void the_table_has_version_1_and_every_function(void **state)
{
	PSecurityFunctionTableA table = InitSecurityInterfaceA();

	(void)state;
	assert_ptr_equal(table, InitSecurityInterfaceA());
	assert_int_equal(table->dwVersion, 1);
	assert_ptr_equal(table->EnumerateSecurityPackagesA, EnumerateSecurityPackagesA);
	assert_ptr_equal(table->QueryCredentialsAttributesA, QueryCredentialsAttributesA);
	assert_ptr_equal(table->AcquireCredentialsHandleA, AcquireCredentialsHandleA);
	assert_ptr_equal(table->InitializeSecurityContextA, InitializeSecurityContextA);
	assert_ptr_equal(table->AcceptSecurityContext, AcceptSecurityContext);
	assert_ptr_equal(table->CompleteAuthToken, CompleteAuthToken);
	assert_ptr_equal(table->DeleteSecurityContext, DeleteSecurityContext);
	assert_ptr_equal(table->ApplyControlToken, ApplyControlToken);
	assert_ptr_equal(table->QueryContextAttributesA, QueryContextAttributesA);
	assert_ptr_equal(table->ImpersonateSecurityContext, ImpersonateSecurityContext);
	assert_ptr_equal(table->RevertSecurityContext, RevertSecurityContext);
	assert_ptr_equal(table->MakeSignature, MakeSignature);
	assert_ptr_equal(table->VerifySignature, VerifySignature);
	assert_ptr_equal(table->FreeContextBuffer, FreeContextBuffer);
	assert_ptr_equal(table->QuerySecurityPackageInfoA, QuerySecurityPackageInfoA);
	assert_ptr_equal(table->ExportSecurityContext, ExportSecurityContext);
	assert_ptr_equal(table->ImportSecurityContextA, ImportSecurityContextA);
	assert_ptr_equal(table->AddCredentialsA, AddCredentialsA);
	assert_ptr_equal(table->QuerySecurityContextToken, QuerySecurityContextToken);
	assert_ptr_equal(table->EncryptMessage, EncryptMessage);
	assert_ptr_equal(table->DecryptMessage, DecryptMessage);
	assert_ptr_equal(table->SetContextAttributesA, SetContextAttributesA);
	assert_ptr_equal(table->SetCredentialsAttributesA, SetCredentialsAttributesA);
	assert_ptr_equal(table->ChangeAccountPasswordA, ChangeAccountPasswordA);
	assert_ptr_equal(table->QueryContextAttributesExA, QueryContextAttributesExA);
	assert_ptr_equal(table->QueryCredentialsAttributesExA, QueryCredentialsAttributesExA);
	assert_ptr_equal(table->FreeCredentialHandle, FreeCredentialsHandle);
	assert_ptr_equal(table->Reserved3, EncryptMessage);
	assert_ptr_equal(table->Reserved4, DecryptMessage);
	assert_null(table->Reserved2);
	assert_null(table->Reserved8);
}

static void the_wide_table_has_the_wide_functions(void **state)
{
	PSecurityFunctionTableW table = InitSecurityInterfaceW();

	(void)state;
	assert_ptr_equal(table, InitSecurityInterfaceW());
	assert_int_equal(table->dwVersion, 1);
	assert_ptr_equal(table->EnumerateSecurityPackagesW, EnumerateSecurityPackagesW);
	assert_ptr_equal(table->QueryCredentialsAttributesW, QueryCredentialsAttributesW);
	assert_ptr_equal(table->AcquireCredentialsHandleW, AcquireCredentialsHandleW);
	assert_ptr_equal(table->InitializeSecurityContextW, InitializeSecurityContextW);
	assert_ptr_equal(table->AcceptSecurityContext, AcceptSecurityContext);
	assert_ptr_equal(table->CompleteAuthToken, CompleteAuthToken);
	assert_ptr_equal(table->DeleteSecurityContext, DeleteSecurityContext);
	assert_ptr_equal(table->ApplyControlToken, ApplyControlToken);
	assert_ptr_equal(table->QueryContextAttributesW, QueryContextAttributesW);
	assert_ptr_equal(table->ImpersonateSecurityContext, ImpersonateSecurityContext);
	assert_ptr_equal(table->RevertSecurityContext, RevertSecurityContext);
	assert_ptr_equal(table->MakeSignature, MakeSignature);
	assert_ptr_equal(table->VerifySignature, VerifySignature);
	assert_ptr_equal(table->FreeContextBuffer, FreeContextBuffer);
	assert_ptr_equal(table->QuerySecurityPackageInfoW, QuerySecurityPackageInfoW);
	assert_ptr_equal(table->ExportSecurityContext, ExportSecurityContext);
	assert_ptr_equal(table->ImportSecurityContextW, ImportSecurityContextW);
	assert_ptr_equal(table->AddCredentialsW, AddCredentialsW);
	assert_ptr_equal(table->QuerySecurityContextToken, QuerySecurityContextToken);
	assert_ptr_equal(table->EncryptMessage, EncryptMessage);
	assert_ptr_equal(table->DecryptMessage, DecryptMessage);
	assert_ptr_equal(table->SetContextAttributesW, SetContextAttributesW);
	assert_ptr_equal(table->SetCredentialsAttributesW, SetCredentialsAttributesW);
	assert_ptr_equal(table->ChangeAccountPasswordW, ChangeAccountPasswordW);
	assert_ptr_equal(table->QueryContextAttributesExW, QueryContextAttributesExW);
	assert_ptr_equal(table->QueryCredentialsAttributesExW, QueryCredentialsAttributesExW);
	assert_ptr_equal(table->FreeCredentialsHandle, FreeCredentialsHandle);
	assert_ptr_equal(table->Reserved3, EncryptMessage);
	assert_ptr_equal(table->Reserved4, DecryptMessage);
	assert_null(table->Reserved2);
	assert_null(table->Reserved8);
}

static void the_list_of_packages_is_fixed(void **state)
{
	SECURITY_PACKAGE_OPTIONS options = { .Size = sizeof(options) };
	char name[] = "NTLM";
	uint32_t count;
	PSecPkgInfoA info;

	(void)state;
	assert_int_equal(AddSecurityPackageA(name, &options), SEC_E_UNSUPPORTED_FUNCTION);
	assert_int_equal(AddSecurityPackageW((SEC_WCHAR *)u"NTLM", NULL), SEC_E_UNSUPPORTED_FUNCTION);
	assert_int_equal(DeleteSecurityPackageA(name), SEC_E_UNSUPPORTED_FUNCTION);
	assert_int_equal(DeleteSecurityPackageW(NULL), SEC_E_UNSUPPORTED_FUNCTION);
	assert_int_equal(EnumerateSecurityPackagesA(&count, &info), SEC_E_OK);
	assert_true(count >= 3);
	assert_int_equal(FreeContextBuffer(info), SEC_E_OK);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_packages_have_the_numbers_that_windows_shows),
		cmocka_unit_test(the_list_is_one_block),
		cmocka_unit_test(the_wide_form_has_the_same_names_in_utf_16),
		cmocka_unit_test(a_package_is_found_in_any_case),
		cmocka_unit_test(schannel_has_the_three_names_of_windows),
		cmocka_unit_test(an_unknown_package_leaves_the_pointer_alone),
		cmocka_unit_test(null_pointers_are_refused),
		cmocka_unit_test(without_memory_nothing_is_given_out),
		cmocka_unit_test(freeing_null_is_fine),
		cmocka_unit_test(memory_of_somebody_else_is_not_freed),
		cmocka_unit_test(the_table_has_version_1_and_every_function),
		cmocka_unit_test(the_wide_table_has_the_wide_functions),
		cmocka_unit_test(the_list_of_packages_is_fixed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
