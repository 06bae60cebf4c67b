/* QueryContextAttributes of NTLM and Negotiate. */
#include "logon.h"

#define WINE "Wine ntlm.c, testAuth"
#define PAGE "page QueryContextAttributes (NTLM)"

static struct side client;
static struct logon logon;

static PCtxtHandle done(void)
{
	ntlm_client_run(&client);
	return &client.context;
}

FACT(state, ntlms_sizes_are_those_of_windows, WINE ": 2888 (1904) / 16 / 0 / 16")
{
	SecPkgContext_Sizes sizes;

	memset(&sizes, UNTOUCHED, sizeof(sizes));
	EXPECT_OK(QueryContextAttributes(done(), SECPKG_ATTR_SIZES, &sizes));
	EXPECT_EITHER((SECURITY_STATUS)sizes.cbMaxToken, 2888, 1904);
	EXPECT_NUMBER(sizes.cbMaxSignature, 16);
	EXPECT_NUMBER(sizes.cbBlockSize, 0);
	EXPECT_NUMBER(sizes.cbSecurityTrailer, 16);
	side_end(&client);
}

FACT(failure, ntlm_has_no_stream_sizes, WINE)
{
	SecPkgContext_StreamSizes sizes;

	EXPECT_STATUS(QueryContextAttributes(done(), SECPKG_ATTR_STREAM_SIZES, &sizes),
		      SEC_E_UNSUPPORTED_FUNCTION);
	side_end(&client);
}

FACT(state, ntlms_key_info_is_that_of_windows, WINE ", KEY_INFO with NTLMv2")
{
	SecPkgContext_KeyInfo info;

	EXPECT_OK(QueryContextAttributes(done(), SECPKG_ATTR_KEY_INFO, &info));
	EXPECT(text_is((const text *)info.sSignatureAlgorithmName, "HMAC-MD5"));
	EXPECT(text_is((const text *)info.sEncryptAlgorithmName, "RSADSI RC4"));
	EXPECT_NUMBER(info.KeySize, 128);
	EXPECT_NUMBER(info.SignatureAlgorithm, 0xFFFFFF76);
	EXPECT_NUMBER(info.EncryptAlgorithm, 0x6801); /* CALG_RC4 */
	EXPECT_OK(FreeContextBuffer(info.sSignatureAlgorithmName));
	EXPECT_OK(FreeContextBuffer(info.sEncryptAlgorithmName));
	side_end(&client);
}

FACT(state, ntlm_gives_its_session_key, WINE)
{
	SecPkgContext_SessionKey key = { 0 };

	EXPECT_OK(QueryContextAttributes(done(), SECPKG_ATTR_SESSION_KEY, &key));
	EXPECT(key.SessionKeyLength > 0 && key.SessionKey);
	EXPECT_OK(FreeContextBuffer(key.SessionKey));
	side_end(&client);
}

FACT(state, both_sides_have_the_same_session_key, "page SecPkgContext_SessionKey")
{
	SecPkgContext_SessionKey a, b;

	logon_run(&logon, "NTLM");
	EXPECT_OK(QueryContextAttributes(&logon.client.context, SECPKG_ATTR_SESSION_KEY, &a));
	EXPECT_OK(QueryContextAttributes(&logon.server.context, SECPKG_ATTR_SESSION_KEY, &b));
	EXPECT_NUMBER(a.SessionKeyLength, 16);
	EXPECT_NUMBER(b.SessionKeyLength, 16);
	EXPECT(memcmp(a.SessionKey, b.SessionKey, 16) == 0);
	EXPECT_OK(FreeContextBuffer(a.SessionKey));
	EXPECT_OK(FreeContextBuffer(b.SessionKey));
	logon_end(&logon);
}

static void negotiated_ntlm(PCtxtHandle context)
{
	SecPkgContext_NegotiationInfo info = { 0 };

	EXPECT_OK(QueryContextAttributes(context, SECPKG_ATTR_NEGOTIATION_INFO, &info));
	EXPECT_NUMBER(info.NegotiationState, SECPKG_NEGOTIATION_COMPLETE);
	EXPECT(text_is(info.PackageInfo->Name, "NTLM"));
	EXPECT_NUMBER(info.PackageInfo->wRPCID, 10);
	EXPECT_OK(FreeContextBuffer(info.PackageInfo));
}

FACT(state, ntlm_says_that_ntlm_was_negotiated, WINE ", NEGOTIATION_INFO")
{
	negotiated_ntlm(done());
	side_end(&client);
}

FACT(state, negotiate_says_that_ntlm_was_negotiated, "Wine negotiate.c, NEGOTIATION_INFO")
{
	logon_run(&logon, "Negotiate");
	negotiated_ntlm(&logon.client.context);
	negotiated_ntlm(&logon.server.context);
	logon_end(&logon);
}

FACT(state, negotiates_sizes_are_ntlms, "Wine negotiate.c: 2888 (1904) / 16 / 0 / 16")
{
	SecPkgContext_Sizes sizes;

	logon_run(&logon, "Negotiate");
	EXPECT_OK(QueryContextAttributes(&logon.client.context, SECPKG_ATTR_SIZES, &sizes));
	EXPECT_EITHER((SECURITY_STATUS)sizes.cbMaxToken, 2888, 1904);
	EXPECT_NUMBER(sizes.cbMaxSignature, 16);
	EXPECT_NUMBER(sizes.cbSecurityTrailer, 16);
	EXPECT_NUMBER(sizes.cbBlockSize, 0);
	logon_end(&logon);
}

FACT(state, package_info_names_the_package, PAGE ", SECPKG_ATTR_PACKAGE_INFO")
{
	SecPkgContext_PackageInfo info;

	EXPECT_OK(QueryContextAttributes(done(), SECPKG_ATTR_PACKAGE_INFO, &info));
	EXPECT(text_is(info.PackageInfo->Name, "NTLM"));
	EXPECT_OK(FreeContextBuffer(info.PackageInfo));
	side_end(&client);
}

FACT(state, package_info_of_a_negotiated_logon_names_what_did_it,
     "page QueryContextAttributes (Negotiate), SECPKG_ATTR_PACKAGE_INFO: the package that authenticates, or "
     "Negotiate")
{
	SecPkgContext_PackageInfo info;

	logon_run(&logon, "Negotiate");
	EXPECT_OK(QueryContextAttributes(&logon.client.context, SECPKG_ATTR_PACKAGE_INFO, &info));
	EXPECT(text_is(info.PackageInfo->Name, "NTLM") || text_is(info.PackageInfo->Name, "Negotiate"));
	EXPECT_OK(FreeContextBuffer(info.PackageInfo));
	logon_end(&logon);
}

FACT(state, flags_are_those_of_the_last_call, PAGE ", SECPKG_ATTR_FLAGS")
{
	SecPkgContext_Flags flags;

	EXPECT_OK(QueryContextAttributes(done(), SECPKG_ATTR_FLAGS, &flags));
	EXPECT_NUMBER(flags.Flags & ISC_RET_CONFIDENTIALITY, ISC_RET_CONFIDENTIALITY);
	EXPECT_NUMBER(flags.Flags, client.reached);
	side_end(&client);
}

FACT(state, lifespan_ends_after_it_began, PAGE ", SECPKG_ATTR_LIFESPAN")
{
	SecPkgContext_Lifespan lifespan;

	EXPECT_OK(QueryContextAttributes(done(), SECPKG_ATTR_LIFESPAN, &lifespan));
	EXPECT(TIME_VALUE(lifespan.tsExpiry) > TIME_VALUE(lifespan.tsStart));
	side_end(&client);
}

FACT(state, a_server_learns_the_users_name, PAGE ", SECPKG_ATTR_NAMES")
{
	SecPkgContext_Names names;

	logon_run(&logon, "NTLM");
	EXPECT_OK(QueryContextAttributes(&logon.server.context, SECPKG_ATTR_NAMES, &names));
	EXPECT(text_is((const text *)names.sUserName, HOST_DOMAIN "\\" HOST_USER));
	EXPECT_OK(FreeContextBuffer(names.sUserName));
	logon_end(&logon);
}

FACT(state, native_names_are_two_strings, PAGE ", SECPKG_ATTR_NATIVE_NAMES")
{
	SecPkgContext_NativeNames names = { 0 };

	logon_run(&logon, "NTLM");
	EXPECT_OK(QueryContextAttributes(&logon.server.context, SECPKG_ATTR_NATIVE_NAMES, &names));
	EXPECT(names.sClientName && text_length((const text *)names.sClientName) > 0);
	EXPECT_OK(FreeContextBuffer(names.sClientName));
	EXPECT_OK(FreeContextBuffer(names.sServerName));
	logon_end(&logon);
}

FACT(state, the_authority_has_a_name, PAGE ", SECPKG_ATTR_AUTHORITY")
{
	SecPkgContext_Authority authority = { 0 };

	logon_run(&logon, "NTLM");
	EXPECT_OK(QueryContextAttributes(&logon.client.context, SECPKG_ATTR_AUTHORITY, &authority));
	EXPECT_OK(FreeContextBuffer(authority.sAuthorityName));
	logon_end(&logon);
}

FACT(state, a_password_expires_some_time, PAGE ", SECPKG_ATTR_PASSWORD_EXPIRY")
{
	SecPkgContext_PasswordExpiry expiry;

	memset(&expiry, 0, sizeof(expiry));
	logon_run(&logon, "NTLM");
	EXPECT_OK(QueryContextAttributes(&logon.server.context, SECPKG_ATTR_PASSWORD_EXPIRY, &expiry));
	EXPECT(TIME_VALUE(expiry.tsPasswordExpires) > 0);
	logon_end(&logon);
}

FACT(state, a_finished_server_has_the_users_token, PAGE ", SECPKG_ATTR_ACCESS_TOKEN")
{
	SecPkgContext_AccessToken token = { 0 };

	logon_run(&logon, "NTLM");
	EXPECT_OK(QueryContextAttributes(&logon.server.context, SECPKG_ATTR_ACCESS_TOKEN, &token));
	EXPECT(token.AccessToken);
	logon_end(&logon);
}

FACT(failure, an_unknown_attribute_is_unsupported, PAGE ", SEC_E_UNSUPPORTED_FUNCTION")
{
	char nothing[64];

	EXPECT_STATUS(QueryContextAttributes(done(), 999, nothing), SEC_E_UNSUPPORTED_FUNCTION);
	side_end(&client);
}

FACT(failure, attributes_of_tls_are_unsupported_by_ntlm,
     "page QueryContextAttributes (Schannel) against (NTLM), SEC_E_UNSUPPORTED_FUNCTION")
{
	char nothing[1024];

	EXPECT_STATUS(QueryContextAttributes(done(), SECPKG_ATTR_CONNECTION_INFO, nothing),
		      SEC_E_UNSUPPORTED_FUNCTION);
	EXPECT_STATUS(QueryContextAttributes(&client.context, SECPKG_ATTR_REMOTE_CERT_CONTEXT, nothing),
		      SEC_E_UNSUPPORTED_FUNCTION);
	EXPECT_STATUS(QueryContextAttributes(&client.context, SECPKG_ATTR_APPLICATION_PROTOCOL, nothing),
		      SEC_E_UNSUPPORTED_FUNCTION);
	side_end(&client);
}

FACT(failure, credssps_attributes_are_unsupported_by_ntlm,
     "page QueryContextAttributes (CredSSP), SEC_E_UNSUPPORTED_FUNCTION")
{
	char nothing[64];

	EXPECT_STATUS(
		QueryContextAttributes(done(), 0x80000081 /* SECPKG_ATTR_NEGOTIATION_PACKAGE */, nothing),
		SEC_E_UNSUPPORTED_FUNCTION);
	side_end(&client);
}

static PCtxtHandle waiting(void)
{
	static struct side nobody;

	client_start(&client, "NTLM");
	side_call(&client, &nobody);
	return &client.context;
}

FACT(state, an_unfinished_context_has_no_session_key,
     "page QueryContextAttributes, SEC_E_INVALID_HANDLE for a context that is not complete")
{
	SecPkgContext_SessionKey key;

	EXPECT_STATUS(QueryContextAttributes(waiting(), SECPKG_ATTR_SESSION_KEY, &key), SEC_E_INVALID_HANDLE);
	side_end(&client);
}

FACT(state, an_unfinished_context_has_no_names,
     "page QueryContextAttributes, SEC_E_INVALID_HANDLE for a context that is not complete")
{
	SecPkgContext_Names names;

	EXPECT_STATUS(QueryContextAttributes(waiting(), SECPKG_ATTR_NAMES, &names), SEC_E_INVALID_HANDLE);
	side_end(&client);
}

FACT(state, an_unfinished_context_of_negotiate_may_tell_what_it_negotiates,
     "page SecPkgContext_NegotiationInfo: may be asked before the context is complete")
{
	static struct side nobody;
	SecPkgContext_NegotiationInfo info = { 0 };

	client_start(&client, "Negotiate");
	side_call(&client, &nobody);
	EXPECT_OK(QueryContextAttributes(&client.context, SECPKG_ATTR_NEGOTIATION_INFO, &info));
	EXPECT(info.NegotiationState != SECPKG_NEGOTIATION_COMPLETE || info.PackageInfo);
	EXPECT_OK(FreeContextBuffer(info.PackageInfo));
	side_end(&client);
}

FACT(failure, a_query_into_null_is_refused,
     "page QueryContextAttributes, pBuffer; observed: SEC_E_INTERNAL_ERROR")
{
	EXPECT(QueryContextAttributes(done(), SECPKG_ATTR_SIZES, NULL) < 0);
	side_end(&client);
}

FACT(state, each_query_gives_a_block_of_its_own,
     "page QueryContextAttributes: the caller frees what the package allocated")
{
	SecPkgContext_PackageInfo a, b;

	EXPECT_OK(QueryContextAttributes(done(), SECPKG_ATTR_PACKAGE_INFO, &a));
	EXPECT_OK(QueryContextAttributes(&client.context, SECPKG_ATTR_PACKAGE_INFO, &b));
	EXPECT(a.PackageInfo != b.PackageInfo);
	EXPECT_OK(FreeContextBuffer(a.PackageInfo));
	side_end(&client);
	EXPECT(text_is(b.PackageInfo->Name, "NTLM"));
	EXPECT_OK(FreeContextBuffer(b.PackageInfo));
}
