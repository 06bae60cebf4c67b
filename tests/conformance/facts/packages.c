/* EnumerateSecurityPackages, QuerySecurityPackageInfo, InitSecurityInterface, FreeContextBuffer. */
#include "logon.h"

#define CAPABILITIES "observed: packages of Windows 10; flags: page SecPkgInfo"

static PSecPkgInfo info_of(const char *package)
{
	PSecPkgInfo info = NULL;

	host_needs_package(package);
	EXPECT_OK(QuerySecurityPackageInfo(text_of(package), &info));
	return info;
}

static void has_capabilities(const char *package, ULONG wanted, ULONG without)
{
	PSecPkgInfo info = info_of(package);

	EXPECT_NUMBER(info->fCapabilities & wanted, wanted);
	EXPECT_NUMBER(info->fCapabilities & without, 0);
	EXPECT_OK(FreeContextBuffer(info));
}

/* --- The list */

FACT(behaviour, enumerate_lists_packages_in_one_block,
     "Wine main.c, testEnumerateSecurityPackages; page EnumerateSecurityPackages")
{
	PSecPkgInfo packages = NULL;
	ULONG count = 0;

	EXPECT_OK(EnumerateSecurityPackages(&count, &packages));
	EXPECT(count > 0 && packages);
	for (ULONG i = 0; i < count; i++)
		EXPECT(text_length(packages[i].Name) > 0 && packages[i].Comment &&
		       packages[i].cbMaxToken > 0);
	EXPECT_OK(FreeContextBuffer(packages));
}

FACT(behaviour, every_listed_package_can_be_queried_by_its_name, "page QuerySecurityPackageInfo")
{
	PSecPkgInfo packages, info;
	ULONG count;

	EXPECT_OK(EnumerateSecurityPackages(&count, &packages));
	for (ULONG i = 0; i < count; i++) {
		EXPECT_OK(QuerySecurityPackageInfo(packages[i].Name, &info));
		EXPECT_NUMBER(info->fCapabilities, packages[i].fCapabilities);
		EXPECT_NUMBER(info->cbMaxToken, packages[i].cbMaxToken);
		EXPECT_OK(FreeContextBuffer(info));
	}
	EXPECT_OK(FreeContextBuffer(packages));
}

FACT(behaviour, every_listed_package_has_version_one, "Wine main.c, testQuerySecurityPackageInfo")
{
	PSecPkgInfo packages;
	ULONG count;

	EXPECT_OK(EnumerateSecurityPackages(&count, &packages));
	for (ULONG i = 0; i < count; i++)
		EXPECT_NUMBER(packages[i].wVersion, 1);
	EXPECT_OK(FreeContextBuffer(packages));
}

FACT(behaviour, ntlm_negotiate_and_schannel_are_listed, "observed: packages of Windows 10")
{
	static const char *const wanted[] = { "NTLM", "Negotiate", "Schannel" };
	PSecPkgInfo packages;
	ULONG count, found = 0;

	EXPECT_OK(EnumerateSecurityPackages(&count, &packages));
	for (ULONG i = 0; i < count; i++)
		for (size_t k = 0; k < COUNT_OF(wanted); k++)
			found += text_is(packages[i].Name, wanted[k]);
	EXPECT_NUMBER(found, COUNT_OF(wanted));
	EXPECT_OK(FreeContextBuffer(packages));
}

FACT(behaviour, credssp_is_listed,
     "observed: packages of Windows 10; page AcquireCredentialsHandle (CredSSP)")
{
	PSecPkgInfo packages;
	ULONG count, found = 0;

	host_needs_package("CREDSSP");
	EXPECT_OK(EnumerateSecurityPackages(&count, &packages));
	for (ULONG i = 0; i < count; i++)
		found += text_is(packages[i].Name, "CREDSSP");
	EXPECT_NUMBER(found, 1);
	EXPECT_OK(FreeContextBuffer(packages));
}

FACT(behaviour, schannel_has_a_second_name, "header schannel.h, UNISP_NAME; Wine schannel.c")
{
	PSecPkgInfo info = info_of("Microsoft Unified Security Protocol Provider");

	EXPECT_NUMBER(info->fCapabilities & SECPKG_FLAG_STREAM, SECPKG_FLAG_STREAM);
	EXPECT_OK(FreeContextBuffer(info));
}

/* --- One package */

FACT(failure, an_unknown_package_is_not_found, "Wine main.c, testQuerySecurityPackageInfo")
{
	PSecPkgInfo info;

	EXPECT_STATUS(QuerySecurityPackageInfo(text_of("Winetest"), &info), SEC_E_SECPKG_NOT_FOUND);
}

FACT(failure, an_unknown_package_leaves_the_pointer_alone, "Wine main.c, testQuerySecurityPackageInfo")
{
	static SecPkgInfo before;
	PSecPkgInfo info = &before;

	EXPECT_STATUS(QuerySecurityPackageInfo(text_of("Winetest"), &info), SEC_E_SECPKG_NOT_FOUND);
	EXPECT(info == &before);
}

FACT(failure, the_empty_name_is_no_package, "page QuerySecurityPackageInfo, SEC_E_SECPKG_NOT_FOUND")
{
	PSecPkgInfo info;

	EXPECT_STATUS(QuerySecurityPackageInfo(text_of(""), &info), SEC_E_SECPKG_NOT_FOUND);
}

FACT(failure, the_beginning_of_a_name_is_no_package, "page QuerySecurityPackageInfo, SEC_E_SECPKG_NOT_FOUND")
{
	PSecPkgInfo info;

	EXPECT_STATUS(QuerySecurityPackageInfo(text_of("NTL"), &info), SEC_E_SECPKG_NOT_FOUND);
	EXPECT_STATUS(QuerySecurityPackageInfo(text_of("NTLM "), &info), SEC_E_SECPKG_NOT_FOUND);
}

FACT(behaviour, a_package_is_found_whatever_the_case_of_its_name,
     "observed: servers pass \"CredSSP\" for CREDSSP")
{
	PSecPkgInfo info = NULL;

	EXPECT_OK(QuerySecurityPackageInfo(text_of("ntlm"), &info));
	EXPECT(text_is(info->Name, "NTLM"));
	EXPECT_OK(FreeContextBuffer(info));
}

FACT(behaviour, ntlm_can_what_windows_says_it_can, CAPABILITIES)
{
	has_capabilities("NTLM",
			 SECPKG_FLAG_INTEGRITY | SECPKG_FLAG_PRIVACY | SECPKG_FLAG_TOKEN_ONLY |
				 SECPKG_FLAG_CONNECTION | SECPKG_FLAG_MULTI_REQUIRED |
				 SECPKG_FLAG_IMPERSONATION | SECPKG_FLAG_ACCEPT_WIN32_NAME,
			 SECPKG_FLAG_STREAM | SECPKG_FLAG_MUTUAL_AUTH | SECPKG_FLAG_DELEGATION |
				 SECPKG_FLAG_CLIENT_ONLY | SECPKG_FLAG_DATAGRAM);
}

FACT(behaviour, ntlm_may_be_negotiated, CAPABILITIES)
{
	has_capabilities("NTLM", SECPKG_FLAG_NEGOTIABLE | SECPKG_FLAG_LOGON, SECPKG_FLAG_GSS_COMPATIBLE);
}

FACT(behaviour, negotiate_can_what_windows_says_it_can, "Wine negotiate.c; " CAPABILITIES)
{
	has_capabilities("Negotiate",
			 SECPKG_FLAG_INTEGRITY | SECPKG_FLAG_PRIVACY | SECPKG_FLAG_CONNECTION |
				 SECPKG_FLAG_MULTI_REQUIRED | SECPKG_FLAG_EXTENDED_ERROR |
				 SECPKG_FLAG_IMPERSONATION | SECPKG_FLAG_ACCEPT_WIN32_NAME |
				 SECPKG_FLAG_NEGOTIABLE | SECPKG_FLAG_GSS_COMPATIBLE | SECPKG_FLAG_LOGON,
			 SECPKG_FLAG_STREAM | SECPKG_FLAG_CLIENT_ONLY | SECPKG_FLAG_TOKEN_ONLY);
}

FACT(behaviour, schannel_can_what_windows_says_it_can, CAPABILITIES)
{
	has_capabilities("Schannel",
			 SECPKG_FLAG_INTEGRITY | SECPKG_FLAG_PRIVACY | SECPKG_FLAG_CONNECTION |
				 SECPKG_FLAG_MULTI_REQUIRED | SECPKG_FLAG_EXTENDED_ERROR |
				 SECPKG_FLAG_IMPERSONATION | SECPKG_FLAG_ACCEPT_WIN32_NAME |
				 SECPKG_FLAG_STREAM,
			 SECPKG_FLAG_NEGOTIABLE | SECPKG_FLAG_TOKEN_ONLY | SECPKG_FLAG_DATAGRAM);
}

FACT(behaviour, credssp_can_what_windows_says_it_can, CAPABILITIES)
{
	has_capabilities("CREDSSP",
			 SECPKG_FLAG_INTEGRITY | SECPKG_FLAG_PRIVACY | SECPKG_FLAG_CONNECTION |
				 SECPKG_FLAG_MULTI_REQUIRED | SECPKG_FLAG_IMPERSONATION |
				 SECPKG_FLAG_ACCEPT_WIN32_NAME | SECPKG_FLAG_STREAM | SECPKG_FLAG_MUTUAL_AUTH,
			 SECPKG_FLAG_NEGOTIABLE | SECPKG_FLAG_EXTENDED_ERROR | SECPKG_FLAG_DATAGRAM |
				 SECPKG_FLAG_DELEGATION);
}

FACT(behaviour, kerberos_can_what_windows_says_it_can, "Wine secur32.c, test_kerberos; " CAPABILITIES)
{
	has_capabilities("Kerberos",
			 SECPKG_FLAG_INTEGRITY | SECPKG_FLAG_PRIVACY | SECPKG_FLAG_TOKEN_ONLY |
				 SECPKG_FLAG_DATAGRAM | SECPKG_FLAG_CONNECTION | SECPKG_FLAG_MULTI_REQUIRED |
				 SECPKG_FLAG_EXTENDED_ERROR | SECPKG_FLAG_IMPERSONATION |
				 SECPKG_FLAG_ACCEPT_WIN32_NAME | SECPKG_FLAG_NEGOTIABLE |
				 SECPKG_FLAG_GSS_COMPATIBLE | SECPKG_FLAG_LOGON | SECPKG_FLAG_MUTUAL_AUTH |
				 SECPKG_FLAG_DELEGATION | SECPKG_FLAG_READONLY_WITH_CHECKSUM,
			 SECPKG_FLAG_STREAM | SECPKG_FLAG_CLIENT_ONLY);
}

static void has_rpc_id(const char *package, unsigned id)
{
	PSecPkgInfo info = info_of(package);

	EXPECT_NUMBER(info->wRPCID, id);
	EXPECT_OK(FreeContextBuffer(info));
}

FACT(behaviour, ntlm_has_the_number_of_rpc_authn_winnt, "Wine ntlm.c, NEGOTIATION_INFO")
{
	has_rpc_id("NTLM", 10);
}

FACT(behaviour, negotiate_has_the_number_of_rpc_gss_negotiate, "Wine negotiate.c")
{
	has_rpc_id("Negotiate", 9);
}

FACT(behaviour, schannel_has_the_number_of_rpc_gss_schannel, "observed: packages of Windows 10")
{
	has_rpc_id("Schannel", 14);
}

FACT(behaviour, kerberos_has_the_number_of_rpc_gss_kerberos, "Wine secur32.c, test_kerberos")
{
	has_rpc_id("Kerberos", 16);
}

FACT(behaviour, credssp_has_no_number_for_rpc,
     "observed: packages of Windows 10; page SecPkgInfo, SECPKG_ID_NONE")
{
	has_rpc_id("CREDSSP", 0xFFFF);
}

FACT(behaviour, ntlm_tokens_fit_in_2888_bytes, "Wine ntlm.c, testAuth: 2888, before Windows 8 1904")
{
	PSecPkgInfo info = info_of("NTLM");

	EXPECT_EITHER((SECURITY_STATUS)info->cbMaxToken, 2888, 1904);
	EXPECT_OK(FreeContextBuffer(info));
}

static void has_name(const char *asked, const char *answered)
{
	PSecPkgInfo info = info_of(asked);

	EXPECT(text_is(info->Name, answered));
	EXPECT_OK(FreeContextBuffer(info));
}

FACT(behaviour, negotiate_answers_with_its_own_spelling, "Wine negotiate.c")
{
	has_name("NEGOTIATE", "Negotiate");
}

FACT(behaviour, credssp_answers_with_its_own_spelling,
     "header credssp.h, CREDSSP_NAME; observed: case is ignored")
{
	has_name("CredSSP", "CREDSSP");
}

FACT(behaviour, credssp_says_what_it_is, "observed: packages of Windows 10, Comment")
{
	PSecPkgInfo info = info_of("CREDSSP");

	EXPECT(text_is(info->Comment, "Microsoft CredSSP Security Provider"));
	EXPECT_OK(FreeContextBuffer(info));
}

FACT(behaviour, kerberos_says_what_it_is, "Wine secur32.c, test_kerberos")
{
	PSecPkgInfo info = info_of("Kerberos");

	EXPECT(text_is(info->Name, "Kerberos") && text_is(info->Comment, "Microsoft Kerberos V1.0"));
	EXPECT(info->cbMaxToken >= 12000);
	EXPECT_OK(FreeContextBuffer(info));
}

/* --- FreeContextBuffer */

FACT(behaviour, what_query_gave_is_freed_in_one_piece, "page QuerySecurityPackageInfo; Wine main.c")
{
	PSecPkgInfo one = info_of("NTLM"), two = info_of("NTLM");

	EXPECT(one != two);
	EXPECT_OK(FreeContextBuffer(one));
	EXPECT(text_is(two->Name, "NTLM"));
	EXPECT_OK(FreeContextBuffer(two));
}

/* --- The function table */

FACT(behaviour, the_table_is_there_and_stays_the_same,
     "Wine main.c, testInitSecurityInterface; page InitSecurityInterface")
{
	PSecurityFunctionTable table = InitSecurityInterface();

	EXPECT(table);
	EXPECT(table == InitSecurityInterface());
}

FACT(behaviour, the_table_is_of_version_one, "Wine secur32.c, test_InitSecurityInterface")
{
	EXPECT_NUMBER(InitSecurityInterface()->dwVersion, SECURITY_SUPPORT_PROVIDER_INTERFACE_VERSION);
}

FACT(behaviour, the_tables_second_reserved_member_is_null, "Wine secur32.c, test_InitSecurityInterface")
{
	EXPECT(!InitSecurityInterface()->Reserved2);
}

/* Members of the table, as addresses: the names of two differ between A and W. */
static void *member(size_t index)
{
	void *address;

	memcpy(&address, (const char *)InitSecurityInterface() + index * sizeof(void *), sizeof(address));
	return address;
}

FACT(behaviour, reserved3_and_reserved4_encrypt_and_decrypt, "Wine secur32.c, test_InitSecurityInterface")
{
	EXPECT(member(18) && member(18) == member(25));
	EXPECT(member(19) && member(19) == member(26));
}

FACT(behaviour, the_table_has_all_members_of_version_one, "header sspi.h, SecurityFunctionTable")
{
	for (size_t i = 1; i <= 26; i++)
		EXPECT(i == 5 || i == 23 || member(i));
}

FACT(behaviour, the_tables_functions_are_the_exported_ones, "page InitSecurityInterface")
{
	PSecurityFunctionTable table = InitSecurityInterface();
	PSecPkgInfo info = NULL;
	SecBufferDesc none = { SECBUFFER_VERSION, 0, NULL };

#ifdef UNICODE
	EXPECT_OK(table->QuerySecurityPackageInfoW(text_of("NTLM"), &info));
#else
	EXPECT_OK(table->QuerySecurityPackageInfoA(text_of("NTLM"), &info));
#endif
	EXPECT_OK(FreeContextBuffer(info));
	EXPECT_STATUS(table->AcceptSecurityContext(NULL, NULL, &none, 0, 0, NULL, &none, NULL, NULL),
		      AcceptSecurityContext(NULL, NULL, &none, 0, 0, NULL, &none, NULL, NULL));
}
