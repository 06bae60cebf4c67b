/* QueryContextAttributes, and what opensspi.h tells of a context. */
#include "base/compiler.h"
#include "certificate/certificate.h"
#include "crypto/digest.h"
#include "support/exchange.h"
#include "support/hex.h"
#include "support/scratch.h"
#include "support/seams.h"

#include <opensspi/ntsecapi.h>

#include <stdlib.h>
#include <string.h>
#include <time.h>

static struct exchange exchange;

static void log_on(const char *package)
{
	struct exchange_settings settings = exchange_usual(package);

	exchange_start(&exchange, &settings);
	assert_true(exchange_run(&exchange));
}

static SECURITY_STATUS ask(struct exchange_side *side, uint32_t attribute, void *buffer)
{
	return QueryContextAttributesA(&side->context, attribute, buffer);
}

static SECURITY_STATUS ask_wide(struct exchange_side *side, uint32_t attribute, void *buffer)
{
	return QueryContextAttributesW(&side->context, attribute, buffer);
}

/* --- When, and what not --------------------------------------------------------------------------------------- */

static const uint32_t all_attributes[] = {
	SECPKG_ATTR_SIZES,
	SECPKG_ATTR_NAMES,
	SECPKG_ATTR_LIFESPAN,
	SECPKG_ATTR_DCE_INFO,
	SECPKG_ATTR_STREAM_SIZES,
	SECPKG_ATTR_AUTHORITY,
	SECPKG_ATTR_PASSWORD_EXPIRY,
	SECPKG_ATTR_NATIVE_NAMES,
	SECPKG_ATTR_CLIENT_SPECIFIED_TARGET,
	SECPKG_ATTR_LAST_CLIENT_TOKEN_STATUS,
	SECPKG_ATTR_SUBJECT_SECURITY_ATTRIBUTES,
	SECPKG_ATTR_KEY_INFO,
	SECPKG_ATTR_SESSION_KEY,
	SECPKG_ATTR_PACKAGE_INFO,
	SECPKG_ATTR_NEGOTIATION_INFO,
	SECPKG_ATTR_FLAGS,
	SECPKG_ATTR_REMOTE_CERT_CONTEXT,
	SECPKG_ATTR_LOCAL_CERT_CONTEXT,
	SECPKG_ATTR_CONNECTION_INFO,
	SECPKG_ATTR_CREDS,
	SECPKG_ATTR_NEGOTIATION_PACKAGE,
	SECPKG_ATTR_CREDS_2,
};

static void an_unfinished_context_is_no_handle_to_ask(void **state)
{
	static const char *const packages[] = { "NTLM", "Negotiate", "CREDSSP" };
	uint8_t buffer[64], untouched[64];
	OPENSSPI_DELEGATED_PASSWORD *password;

	(void)state;
	memset(buffer, 0x5A, sizeof(buffer));
	memset(untouched, 0x5A, sizeof(untouched));
	for (size_t p = 0; p < COUNT_OF(packages); p++) {
		struct exchange_settings settings = exchange_usual(packages[p]);

		exchange_start(&exchange, &settings);
		exchange_call(&exchange, &exchange.client);
		exchange_call(&exchange, &exchange.server);
		for (size_t i = 0; i < COUNT_OF(all_attributes); i++) {
			if (all_attributes[i] == SECPKG_ATTR_NEGOTIATION_INFO)
				continue; /* the one that may be asked before */
			assert_int_equal(ask(&exchange.client, all_attributes[i], buffer),
					 SEC_E_INVALID_HANDLE);
			assert_int_equal(ask_wide(&exchange.server, all_attributes[i], buffer),
					 SEC_E_INVALID_HANDLE);
		}
		assert_int_equal(OpensspiQueryDelegatedPassword(&exchange.server.context, &password),
				 SEC_E_INVALID_HANDLE);
		assert_memory_equal(buffer, untouched, sizeof(buffer));
		exchange_end(&exchange);
	}
}

static void a_refused_context_is_no_handle_to_ask_either(void **state)
{
	struct exchange_settings settings = exchange_usual("NTLM");
	uint8_t buffer[64];

	(void)state;
	settings.password = "wrong";
	exchange_start(&exchange, &settings);
	assert_false(exchange_run(&exchange));
	for (size_t i = 0; i < COUNT_OF(all_attributes); i++)
		assert_int_equal(ask(&exchange.server, all_attributes[i], buffer), SEC_E_INVALID_HANDLE);
	exchange_end(&exchange);
}

static void attributes_that_are_not_offered_leave_the_buffer_alone(void **state)
{
	static const struct {
		const char *package;
		bool server;
		uint32_t attribute;
	} rows[] = {
		{ "NTLM", true, SECPKG_ATTR_STREAM_SIZES },
		{ "NTLM", true, SECPKG_ATTR_CREDS_2 },
		{ "NTLM", true, SECPKG_ATTR_CREDS },
		{ "NTLM", true, SECPKG_ATTR_CONNECTION_INFO },
		{ "NTLM", true, SECPKG_ATTR_REMOTE_CERT_CONTEXT },
		{ "NTLM", true, SECPKG_ATTR_NEGOTIATION_PACKAGE },
		{ "NTLM", false, SECPKG_ATTR_ACCESS_TOKEN },
		{ "NTLM", false, 0xFFFFFFFF },
		{ "NTLM", false, 1110 }, /* private ones of others */
		{ "CREDSSP", true, SECPKG_ATTR_KEY_INFO },
		{ "CREDSSP", false, SECPKG_ATTR_CREDS },
		{ "CREDSSP", false, SECPKG_ATTR_CREDS_2 },
		{ "CREDSSP", true, SECPKG_ATTR_CERT_TRUST_STATUS },
		{ "CREDSSP", true, SECPKG_ATTR_SERVER_AUTH_FLAGS },
		{ "CREDSSP", false, SECPKG_ATTR_UNIQUE_BINDINGS },
		{ "CREDSSP", false, SECPKG_ATTR_SUBJECT_SECURITY_ATTRIBUTES },
		{ "CREDSSP", true, SECPKG_ATTR_NATIVE_NAMES },
		{ "CREDSSP", true, SECPKG_ATTR_PASSWORD_EXPIRY },
		{ "CREDSSP", true, SECPKG_ATTR_AUTHORITY },
		{ "NTLM", false, SECPKG_ATTR_CLIENT_SPECIFIED_TARGET },
		{ "NTLM", true, SECPKG_ATTR_SUBJECT_SECURITY_ATTRIBUTES },
		{ "NTLM", true, SECPKG_ATTR_TARGET_INFORMATION },
		{ "NTLM", true, SECPKG_ATTR_PROTO_INFO },
	};
	uint8_t buffer[64], untouched[64];

	(void)state;
	memset(buffer, 0x5A, sizeof(buffer));
	memset(untouched, 0x5A, sizeof(untouched));
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		log_on(rows[i].package);
		assert_int_equal(
			ask(rows[i].server ? &exchange.server : &exchange.client, rows[i].attribute, buffer),
			SEC_E_UNSUPPORTED_FUNCTION);
		assert_memory_equal(buffer, untouched, sizeof(buffer));
		exchange_end(&exchange);
	}
}

/* Each attribute is offered by one of both packages. */
static void no_buffer_is_refused(void **state)
{
	static const char *const packages[] = { "CREDSSP", "NTLM" };
	bool refused[COUNT_OF(all_attributes)] = { false };

	(void)state;
	for (size_t p = 0; p < COUNT_OF(packages); p++) {
		log_on(packages[p]);
		for (size_t i = 0; i < COUNT_OF(all_attributes); i++) {
			SECURITY_STATUS status = ask(&exchange.server, all_attributes[i], NULL);

			assert_true(status == SEC_E_INTERNAL_ERROR || status == SEC_E_UNSUPPORTED_FUNCTION);
			refused[i] |= status == SEC_E_INTERNAL_ERROR;
		}
		exchange_end(&exchange);
	}
	for (size_t i = 0; i < COUNT_OF(all_attributes); i++)
		assert_true(refused[i]);
}

/* QueryContextAttributesEx is told how large the caller's struct is. */
static void a_struct_that_is_too_small_is_not_written(void **state)
{
	SecPkgContext_Sizes sizes;
	uint8_t buffer[64], untouched[64];

	(void)state;
	memset(buffer, 0x5A, sizeof(buffer));
	memset(untouched, 0x5A, sizeof(untouched));
	log_on("NTLM");
	for (uint32_t size = 0; size < sizeof(sizes); size++) {
		assert_int_equal(
			QueryContextAttributesExA(&exchange.server.context, SECPKG_ATTR_SIZES, buffer, size),
			SEC_E_BUFFER_TOO_SMALL);
		assert_int_equal(
			QueryContextAttributesExW(&exchange.server.context, SECPKG_ATTR_SIZES, buffer, size),
			SEC_E_BUFFER_TOO_SMALL);
	}
	assert_memory_equal(buffer, untouched, sizeof(buffer));
	assert_int_equal(
		QueryContextAttributesExA(&exchange.server.context, SECPKG_ATTR_SIZES, &sizes, sizeof(sizes)),
		SEC_E_OK);
	assert_int_equal(sizes.cbMaxSignature, 16);
	assert_int_equal(QueryContextAttributesExW(&exchange.server.context, SECPKG_ATTR_SIZES, buffer,
						   sizeof(buffer)),
			 SEC_E_OK);
	exchange_end(&exchange);
}

/* --- Sizes ---------------------------------------------------------------------------------------------------- */

static void ntlm_has_the_sizes_of_windows(void **state)
{
	SecPkgContext_Sizes sizes;

	(void)state;
	log_on("NTLM");
	assert_int_equal(ask(&exchange.server, SECPKG_ATTR_SIZES, &sizes), SEC_E_OK);
	assert_int_equal(sizes.cbMaxToken, 2888);
	assert_int_equal(sizes.cbMaxSignature, 16);
	assert_int_equal(sizes.cbBlockSize, 0);
	assert_int_equal(sizes.cbSecurityTrailer, 16);
	exchange_end(&exchange);
}

/*
 * TLS 1.3: five bytes, then the inner type and the tag, and room for a KeyUpdate of 27 bytes: mstsc sees these numbers
 * from others too. TLS 1.2 with GCM: the explicit nonce in front, then the tag.
 */
static void a_stream_has_the_sizes_of_its_tls_version(void **state)
{
	static const struct {
		uint32_t protocols, header, trailer;
	} rows[] = { { SP_PROT_TLS1_3_SERVER, 5, 0x2C }, { SP_PROT_TLS1_2_SERVER, 13, 16 } };
	SecPkgContext_StreamSizes sizes;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct exchange_settings settings = exchange_usual("CREDSSP");

		settings.protocols = rows[i].protocols;
		exchange_start(&exchange, &settings);
		assert_true(exchange_run(&exchange));
		assert_int_equal(ask(&exchange.server, SECPKG_ATTR_STREAM_SIZES, &sizes), SEC_E_OK);
		assert_int_equal(sizes.cbHeader, rows[i].header);
		assert_int_equal(sizes.cbTrailer, rows[i].trailer);
		assert_int_equal(sizes.cbMaximumMessage, 0x4000);
		assert_int_equal(sizes.cBuffers, 4);
		exchange_end(&exchange);
	}
}

/* The sizes of a CREDSSP context are those of the logon inside. */
static void credssp_tells_the_sizes_of_the_logon_inside(void **state)
{
	SecPkgContext_Sizes sizes;

	(void)state;
	log_on("CREDSSP");
	assert_int_equal(ask(&exchange.client, SECPKG_ATTR_SIZES, &sizes), SEC_E_OK);
	assert_int_equal(sizes.cbSecurityTrailer, 16);
	assert_int_equal(sizes.cbMaxSignature, 16);
	exchange_end(&exchange);
}

/* --- Names and times ------------------------------------------------------------------------------------------ */

static void names_are_domain_and_user_in_both_forms(void **state)
{
	static const char *const packages[] = { "NTLM", "CREDSSP" };
	SecPkgContext_NamesA narrow;
	SecPkgContext_NamesW wide;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(packages); i++) {
		log_on(packages[i]);
		assert_int_equal(ask(&exchange.server, SECPKG_ATTR_NAMES, &narrow), SEC_E_OK);
		assert_string_equal(narrow.sUserName, "CORP\\alice");
		assert_int_equal(FreeContextBuffer(narrow.sUserName), SEC_E_OK);
		assert_int_equal(ask(&exchange.client, SECPKG_ATTR_NAMES, &narrow), SEC_E_OK);
		assert_string_equal(narrow.sUserName, "CORP\\alice");
		assert_int_equal(FreeContextBuffer(narrow.sUserName), SEC_E_OK);
		assert_int_equal(ask_wide(&exchange.server, SECPKG_ATTR_NAMES, &wide), SEC_E_OK);
		assert_memory_equal(wide.sUserName, u"CORP\\alice", sizeof(u"CORP\\alice"));
		assert_int_equal(FreeContextBuffer(wide.sUserName), SEC_E_OK);
		exchange_end(&exchange);
	}
}

static void without_a_domain_the_name_is_the_user_alone(void **state)
{
	struct exchange_settings settings = exchange_usual("NTLM");
	SecPkgContext_NamesA names;

	(void)state;
	settings.domain = "";
	exchange_start(&exchange, &settings);
	assert_true(exchange_run(&exchange));
	assert_int_equal(ask(&exchange.server, SECPKG_ATTR_NAMES, &names), SEC_E_OK);
	assert_string_equal(names.sUserName, "alice");
	assert_int_equal(FreeContextBuffer(names.sUserName), SEC_E_OK);
	exchange_end(&exchange);
}

/* Names as the protocol has them, the target among them, in both roles. */
static void native_names_are_the_clients_and_the_servers(void **state)
{
	static const char *const packages[] = { "NTLM", "Negotiate" };
	SecPkgContext_NativeNamesA narrow;
	SecPkgContext_NativeNamesW wide;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(packages); i++) {
		struct exchange_side *sides[] = { &exchange.client, &exchange.server };

		log_on(packages[i]);
		for (size_t j = 0; j < COUNT_OF(sides); j++) {
			assert_int_equal(ask(sides[j], SECPKG_ATTR_NATIVE_NAMES, &narrow), SEC_E_OK);
			assert_string_equal(narrow.sClientName, "CORP\\alice");
			assert_string_equal(narrow.sServerName, EXCHANGE_TARGET);
			assert_int_equal(FreeContextBuffer(narrow.sClientName), SEC_E_OK);
			assert_int_equal(FreeContextBuffer(narrow.sServerName), SEC_E_OK);
			assert_int_equal(ask_wide(sides[j], SECPKG_ATTR_NATIVE_NAMES, &wide), SEC_E_OK);
			assert_memory_equal(wide.sClientName, u"CORP\\alice", sizeof(u"CORP\\alice"));
			assert_memory_equal(wide.sServerName, u"" EXCHANGE_TARGET,
					    sizeof(u"" EXCHANGE_TARGET));
			assert_int_equal(FreeContextBuffer(wide.sClientName), SEC_E_OK);
			assert_int_equal(FreeContextBuffer(wide.sServerName), SEC_E_OK);
		}
		exchange_end(&exchange);
	}
}

/* Always UTF-16; for a server that compares it with its own names. */
static void a_server_hears_which_target_the_client_meant(void **state)
{
	SecPkgContext_ClientSpecifiedTarget target;

	(void)state;
	log_on("Negotiate");
	for (int wide = 0; wide < 2; wide++) {
		assert_int_equal((wide ? ask_wide : ask)(&exchange.server,
							 SECPKG_ATTR_CLIENT_SPECIFIED_TARGET, &target),
				 SEC_E_OK);
		assert_memory_equal(target.sTargetName, u"" EXCHANGE_TARGET, sizeof(u"" EXCHANGE_TARGET));
		assert_int_equal(FreeContextBuffer(target.sTargetName), SEC_E_OK);
	}
	exchange_end(&exchange);
}

static void the_authority_is_the_accounts_domain_or_this_machine(void **state)
{
	static const char *const domains[] = { "CORP", "" };
	SecPkgContext_AuthorityA authority;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(domains); i++) {
		struct exchange_settings settings = exchange_usual("NTLM");

		settings.domain = domains[i];
		exchange_start(&exchange, &settings);
		assert_true(exchange_run(&exchange));
		assert_int_equal(ask(&exchange.server, SECPKG_ATTR_AUTHORITY, &authority), SEC_E_OK);
		assert_string_equal(authority.sAuthorityName, i ? "SERVER" : "CORP");
		assert_int_equal(FreeContextBuffer(authority.sAuthorityName), SEC_E_OK);
		assert_int_equal(ask(&exchange.client, SECPKG_ATTR_AUTHORITY, &authority), SEC_E_OK);
		assert_string_equal(authority.sAuthorityName, domains[i]);
		assert_int_equal(FreeContextBuffer(authority.sAuthorityName), SEC_E_OK);
		exchange_end(&exchange);
	}
}

static void rpc_gets_the_name_in_utf_16(void **state)
{
	SecPkgContext_DceInfo info;

	(void)state;
	log_on("NTLM");
	assert_int_equal(ask(&exchange.server, SECPKG_ATTR_DCE_INFO, &info), SEC_E_OK);
	assert_int_equal(info.AuthzSvc, 1);
	assert_memory_equal(info.pPac, u"CORP\\alice", sizeof(u"CORP\\alice"));
	assert_int_equal(FreeContextBuffer(info.pPac), SEC_E_OK);
	exchange_end(&exchange);
}

static void a_password_never_expires_and_the_last_token_has_come(void **state)
{
	SecPkgContext_PasswordExpiry expiry;
	SecPkgContext_LastClientTokenStatus token = { SecPkgAttrLastClientTokenMaybe };

	(void)state;
	log_on("Negotiate");
	assert_int_equal(ask(&exchange.server, SECPKG_ATTR_PASSWORD_EXPIRY, &expiry), SEC_E_OK);
	assert_true(expiry.tsPasswordExpires == INT64_MAX);
	assert_int_equal(ask(&exchange.client, SECPKG_ATTR_LAST_CLIENT_TOKEN_STATUS, &token), SEC_E_OK);
	assert_int_equal(token.LastClientTokenStatus, SecPkgAttrLastClientTokenYes);
	exchange_end(&exchange);
}

static void a_credssp_server_has_an_empty_set_of_claims(void **state)
{
	SecPkgContext_SubjectAttributes claims;
	AUTHZ_SECURITY_ATTRIBUTES_INFORMATION *information;

	(void)state;
	log_on("CREDSSP");
	assert_int_equal(ask(&exchange.server, SECPKG_ATTR_SUBJECT_SECURITY_ATTRIBUTES, &claims), SEC_E_OK);
	information = claims.AttributeInfo;
	assert_int_equal(information->Version, 1);
	assert_int_equal(information->AttributeCount, 0);
	assert_null(information->Attribute.pAttributeV1);
	assert_int_equal(FreeContextBuffer(claims.AttributeInfo), SEC_E_OK);
	exchange_end(&exchange);
}

/* NEGOTIATION_INFO alone may be asked while the handshake is under way. */
static void a_negotiation_may_be_looked_at_while_it_goes_on(void **state)
{
	struct exchange_settings settings = exchange_usual("Negotiate");
	SecPkgContext_NegotiationInfoA info;

	(void)state;
	exchange_start(&exchange, &settings);
	exchange_call(&exchange, &exchange.client);
	assert_int_equal(ask(&exchange.client, SECPKG_ATTR_NEGOTIATION_INFO, &info), SEC_E_OK);
	assert_int_equal(info.NegotiationState, SECPKG_NEGOTIATION_IN_PROGRESS);
	assert_string_equal(info.PackageInfo->Name, "NTLM");
	assert_int_equal(FreeContextBuffer(info.PackageInfo), SEC_E_OK);
	exchange_end(&exchange);
	settings.password = "wrong";
	exchange_start(&exchange, &settings);
	assert_false(exchange_run(&exchange));
	assert_int_equal(ask(&exchange.server, SECPKG_ATTR_NEGOTIATION_INFO, &info), SEC_E_INVALID_HANDLE);
	exchange_end(&exchange);
}

static void a_lifespan_begins_now_and_never_ends(void **state)
{
	SecPkgContext_Lifespan lifespan;

	(void)state;
	assert_int_equal(setenv("TZ", "UTC0", 1), 0);
	tzset();
	log_on("NTLM");
	assert_int_equal(ask(&exchange.server, SECPKG_ATTR_LIFESPAN, &lifespan), SEC_E_OK);
	assert_true(lifespan.tsStart == SEAM_TIME);
	assert_true(lifespan.tsExpiry == INT64_MAX);
	exchange_end(&exchange);
}

static void the_flags_are_those_that_the_last_call_told(void **state)
{
	SecPkgContext_Flags flags;

	(void)state;
	log_on("CREDSSP");
	assert_int_equal(ask(&exchange.server, SECPKG_ATTR_FLAGS, &flags), SEC_E_OK);
	assert_int_equal(flags.Flags, exchange.server.attributes);
	assert_int_equal(ask(&exchange.client, SECPKG_ATTR_FLAGS, &flags), SEC_E_OK);
	assert_int_equal(flags.Flags, exchange.client.attributes);
	assert_int_not_equal(exchange.server.attributes, exchange.client.attributes);
	exchange_end(&exchange);
}

/* --- Keys ----------------------------------------------------------------------------------------------------- */

static void both_sides_have_one_session_key(void **state)
{
	static const char *const packages[] = { "NTLM", "Negotiate", "CREDSSP" };
	SecPkgContext_SessionKey of_client, of_server;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(packages); i++) {
		log_on(packages[i]);
		assert_int_equal(ask(&exchange.server, SECPKG_ATTR_SESSION_KEY, &of_server), SEC_E_OK);
		assert_int_equal(ask(&exchange.client, SECPKG_ATTR_SESSION_KEY, &of_client), SEC_E_OK);
		assert_int_equal(of_server.SessionKeyLength, 16);
		assert_int_equal(of_client.SessionKeyLength, 16);
		assert_memory_equal(of_server.SessionKey, of_client.SessionKey, 16);
		assert_int_equal(FreeContextBuffer(of_server.SessionKey), SEC_E_OK);
		assert_int_equal(FreeContextBuffer(of_client.SessionKey), SEC_E_OK);
		exchange_end(&exchange);
	}
}

/* Seen in Windows. */
static void ntlms_keys_have_the_names_that_windows_gives_them(void **state)
{
	SecPkgContext_KeyInfoA narrow;
	SecPkgContext_KeyInfoW wide;

	(void)state;
	log_on("NTLM");
	assert_int_equal(ask(&exchange.server, SECPKG_ATTR_KEY_INFO, &narrow), SEC_E_OK);
	assert_string_equal(narrow.sSignatureAlgorithmName, "HMAC-MD5");
	assert_string_equal(narrow.sEncryptAlgorithmName, "RSADSI RC4");
	assert_int_equal(narrow.KeySize, 128);
	assert_true(narrow.SignatureAlgorithm == 0xFFFFFF76);
	assert_int_equal(narrow.EncryptAlgorithm, 0x6801);
	assert_int_equal(FreeContextBuffer(narrow.sSignatureAlgorithmName), SEC_E_OK);
	assert_int_equal(FreeContextBuffer(narrow.sEncryptAlgorithmName), SEC_E_OK);
	assert_int_equal(ask_wide(&exchange.client, SECPKG_ATTR_KEY_INFO, &wide), SEC_E_OK);
	assert_memory_equal(wide.sSignatureAlgorithmName, u"HMAC-MD5", sizeof(u"HMAC-MD5"));
	assert_memory_equal(wide.sEncryptAlgorithmName, u"RSADSI RC4", sizeof(u"RSADSI RC4"));
	assert_int_equal(FreeContextBuffer(wide.sSignatureAlgorithmName), SEC_E_OK);
	assert_int_equal(FreeContextBuffer(wide.sEncryptAlgorithmName), SEC_E_OK);
	exchange_end(&exchange);
}

/* --- Packages ------------------------------------------------------------------------------------------------- */

static void a_context_tells_its_package_and_the_one_that_was_chosen(void **state)
{
	SecPkgContext_PackageInfoA package;
	SecPkgContext_PackageInfoW wide;
	SecPkgContext_NegotiationInfoA negotiation;

	(void)state;
	log_on("CREDSSP");
	assert_int_equal(ask(&exchange.server, SECPKG_ATTR_PACKAGE_INFO, &package), SEC_E_OK);
	assert_string_equal(package.PackageInfo->Name, "CREDSSP");
	assert_int_equal(FreeContextBuffer(package.PackageInfo), SEC_E_OK);
	assert_int_equal(ask(&exchange.server, SECPKG_ATTR_NEGOTIATION_PACKAGE, &package), SEC_E_OK);
	assert_string_equal(package.PackageInfo->Name, "NTLM");
	assert_int_equal(FreeContextBuffer(package.PackageInfo), SEC_E_OK);
	assert_int_equal(ask_wide(&exchange.client, SECPKG_ATTR_NEGOTIATION_PACKAGE, &wide), SEC_E_OK);
	assert_memory_equal(wide.PackageInfo->Name, u"NTLM", sizeof(u"NTLM"));
	assert_int_equal(FreeContextBuffer(wide.PackageInfo), SEC_E_OK);
	assert_int_equal(ask(&exchange.client, SECPKG_ATTR_NEGOTIATION_INFO, &negotiation), SEC_E_OK);
	assert_string_equal(negotiation.PackageInfo->Name, "NTLM");
	assert_int_equal(negotiation.NegotiationState, SECPKG_NEGOTIATION_COMPLETE);
	assert_int_equal(FreeContextBuffer(negotiation.PackageInfo), SEC_E_OK);
	exchange_end(&exchange);
	log_on("NTLM");
	assert_int_equal(ask(&exchange.server, SECPKG_ATTR_NEGOTIATION_INFO, &negotiation), SEC_E_OK);
	assert_string_equal(negotiation.PackageInfo->Name, "NTLM");
	assert_int_equal(FreeContextBuffer(negotiation.PackageInfo), SEC_E_OK);
	exchange_end(&exchange);
}

/* By SPNEGO and, as where only NTLM is left, raw. */
static void negotiate_tells_what_the_package_it_chose_tells(void **state)
{
	static const uint32_t flags[] = { 0, OPENSSPI_ALWAYS_SPNEGO };
	SecPkgContext_PackageInfoA package;
	SecPkgContext_NegotiationInfoA negotiation;
	SecPkgContext_KeyInfoA key;
	SecPkgContext_Sizes sizes;
	SecPkgContext_NamesA names;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(flags); i++) {
		struct exchange_settings settings = exchange_usual("Negotiate");

		settings.client_flags = flags[i];
		exchange_start(&exchange, &settings);
		assert_true(exchange_run(&exchange));
		assert_int_equal(ask(&exchange.server, SECPKG_ATTR_PACKAGE_INFO, &package), SEC_E_OK);
		assert_string_equal(package.PackageInfo->Name, "Negotiate");
		assert_int_equal(FreeContextBuffer(package.PackageInfo), SEC_E_OK);
		assert_int_equal(ask(&exchange.server, SECPKG_ATTR_NEGOTIATION_PACKAGE, &package), SEC_E_OK);
		assert_string_equal(package.PackageInfo->Name, "NTLM");
		assert_int_equal(FreeContextBuffer(package.PackageInfo), SEC_E_OK);
		assert_int_equal(ask(&exchange.client, SECPKG_ATTR_NEGOTIATION_INFO, &negotiation), SEC_E_OK);
		assert_string_equal(negotiation.PackageInfo->Name, "NTLM");
		assert_int_equal(FreeContextBuffer(negotiation.PackageInfo), SEC_E_OK);
		assert_int_equal(ask(&exchange.client, SECPKG_ATTR_KEY_INFO, &key), SEC_E_OK);
		assert_string_equal(key.sSignatureAlgorithmName, "HMAC-MD5");
		assert_int_equal(FreeContextBuffer(key.sSignatureAlgorithmName), SEC_E_OK);
		assert_int_equal(FreeContextBuffer(key.sEncryptAlgorithmName), SEC_E_OK);
		assert_int_equal(ask(&exchange.server, SECPKG_ATTR_SIZES, &sizes), SEC_E_OK);
		assert_int_equal(sizes.cbSecurityTrailer, 16);
		assert_int_equal(ask(&exchange.server, SECPKG_ATTR_NAMES, &names), SEC_E_OK);
		assert_string_equal(names.sUserName, "CORP\\alice");
		assert_int_equal(FreeContextBuffer(names.sUserName), SEC_E_OK);
		assert_int_equal(ask(&exchange.server, SECPKG_ATTR_STREAM_SIZES, &sizes),
				 SEC_E_UNSUPPORTED_FUNCTION);
		assert_int_equal(ask(&exchange.server, SECPKG_ATTR_CREDS_2, &sizes),
				 SEC_E_UNSUPPORTED_FUNCTION);
		exchange_end(&exchange);
	}
}

/* --- TLS ------------------------------------------------------------------------------------------------------ */

static void both_sides_see_the_servers_certificate(void **state)
{
	PCCERT_CONTEXT local, remote;

	(void)state;
	log_on("CREDSSP");
	assert_int_equal(ask(&exchange.server, SECPKG_ATTR_LOCAL_CERT_CONTEXT, &local), SEC_E_OK);
	assert_int_equal(ask(&exchange.client, SECPKG_ATTR_REMOTE_CERT_CONTEXT, &remote), SEC_E_OK);
	assert_int_equal(local->cbCertEncoded, exchange_certificate()->cbCertEncoded);
	assert_memory_equal(local->pbCertEncoded, exchange_certificate()->pbCertEncoded,
			    local->cbCertEncoded);
	assert_int_equal(remote->cbCertEncoded, local->cbCertEncoded);
	assert_memory_equal(remote->pbCertEncoded, local->pbCertEncoded, local->cbCertEncoded);
	assert_true(CertFreeCertificateContext(local));
	assert_true(CertFreeCertificateContext(remote));
	exchange_end(&exchange);
}

static void a_client_shows_no_certificate(void **state)
{
	PCCERT_CONTEXT certificate = NULL;

	(void)state;
	log_on("CREDSSP");
	assert_int_equal(ask(&exchange.server, SECPKG_ATTR_REMOTE_CERT_CONTEXT, &certificate),
			 SEC_E_NO_CREDENTIALS);
	assert_int_equal(ask(&exchange.client, SECPKG_ATTR_LOCAL_CERT_CONTEXT, &certificate),
			 SEC_E_NO_CREDENTIALS);
	assert_null(certificate);
	exchange_end(&exchange);
}

/* Without its key it is nobody's credential. */
static void a_certificate_that_was_asked_for_makes_no_server(void **state)
{
	PCCERT_CONTEXT certificate;
	CredHandle credential;

	(void)state;
	log_on("CREDSSP");
	assert_int_equal(ask(&exchange.client, SECPKG_ATTR_REMOTE_CERT_CONTEXT, &certificate), SEC_E_OK);
	exchange_end(&exchange);
	exchange.settings.certificate = certificate;
	assert_int_equal(exchange_acquire(&exchange, SECPKG_CRED_INBOUND, &credential, NULL),
			 SEC_E_UNKNOWN_CREDENTIALS);
	assert_true(CertFreeCertificateContext(certificate));
}

static void the_connection_is_told_in_the_bits_of_the_role(void **state)
{
	static const struct {
		uint32_t server, client;
	} rows[] = { { SP_PROT_TLS1_2_SERVER, SP_PROT_TLS1_2_CLIENT },
		     { SP_PROT_TLS1_3_SERVER, SP_PROT_TLS1_3_CLIENT } };
	SecPkgContext_ConnectionInfo info;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct exchange_settings settings = exchange_usual("CREDSSP");

		settings.protocols = rows[i].server;
		exchange_start(&exchange, &settings);
		assert_true(exchange_run(&exchange));
		assert_int_equal(ask(&exchange.server, SECPKG_ATTR_CONNECTION_INFO, &info), SEC_E_OK);
		assert_int_equal(info.dwProtocol, rows[i].server);
		assert_true(info.dwCipherStrength == 128 || info.dwCipherStrength == 256);
		assert_int_equal(ask(&exchange.client, SECPKG_ATTR_CONNECTION_INFO, &info), SEC_E_OK);
		assert_int_equal(info.dwProtocol, rows[i].client);
		exchange_end(&exchange);
	}
}

/* --- Delegated credentials ------------------------------------------------------------------------------------ */

static void assert_text(const SecPkgContext_ClientCreds *block, const UNICODE_STRING *text,
			const char *expected)
{
	size_t offset = (size_t)(uintptr_t)text->Buffer; /* an offset, by this structure's rule */

	assert_int_equal(text->Length, 2 * strlen(expected));
	assert_int_equal(text->MaximumLength, text->Length);
	assert_int_equal(offset % 2, 0);
	assert_true(offset >= sizeof(KERB_INTERACTIVE_LOGON) &&
		    offset + text->Length <= block->AuthBufferLen);
	assert_bytes(slice_of(block->AuthBuffer + offset, text->Length), u16(expected));
}

static void a_delegated_password_comes_as_a_packed_interactive_logon(void **state)
{
	static const uint32_t attributes[] = { SECPKG_ATTR_CREDS, SECPKG_ATTR_CREDS_2 };
	SecPkgContext_ClientCreds block;

	(void)state;
	log_on("CREDSSP");
	for (size_t i = 0; i < COUNT_OF(attributes); i++) {
		const KERB_INTERACTIVE_LOGON *logon;
		long before = seam_blocks_alive();

		assert_int_equal(ask(&exchange.server, attributes[i], &block), SEC_E_OK);
		assert_int_equal(seam_blocks_alive(), before + 1);
		logon = (const void *)block.AuthBuffer;
		assert_int_equal(logon->MessageType, KerbInteractiveLogon);
		assert_text(&block, &logon->LogonDomainName, EXCHANGE_DOMAIN);
		assert_text(&block, &logon->UserName, EXCHANGE_USER);
		assert_text(&block, &logon->Password, EXCHANGE_PASSWORD);
		assert_int_equal(block.AuthBufferLen,
				 sizeof(*logon) +
					 2 * strlen(EXCHANGE_DOMAIN EXCHANGE_USER EXCHANGE_PASSWORD));
		assert_int_equal(FreeContextBuffer(block.AuthBuffer), SEC_E_OK);
	}
	exchange_end(&exchange);
}

/* A server of the account file's, in which the user is spelt in another way than the client does. */
static void start_with_account_file(const char *path)
{
	struct exchange_settings settings = exchange_usual("CREDSSP");
	char package[] = "CREDSSP";
	OPENSSPI_OPTIONS options = {
		.Magic = OPENSSPI_OPTIONS_MAGIC,
		.Size = sizeof(options),
		.Certificate = exchange_certificate(),
		.AccountFile = path,
	};

	assert_int_equal(OpensspiAccountSet(path, "Corp", "Alice", EXCHANGE_PASSWORD, NULL), SEC_E_OK);
	exchange_start(&exchange, &settings);
	assert_int_equal(FreeCredentialsHandle(&exchange.server.credential), SEC_E_OK);
	assert_int_equal(AcquireCredentialsHandleA(NULL, package, SECPKG_CRED_INBOUND, NULL, &options, NULL,
						   NULL, &exchange.server.credential, NULL),
			 SEC_E_OK);
}

/* design.md decision 5: what is given out is the account's own spelling; the client's only through opensspi.h. */
static void credentials_bear_the_spelling_of_the_account(void **state)
{
	OPENSSPI_DELEGATED_PASSWORD *password;
	OPENSSPI_DESCRIPTION *description;
	const KERB_INTERACTIVE_LOGON *logon;
	SecPkgContext_ClientCreds block;
	SecPkgContext_NamesA names;

	(void)state;
	start_with_account_file(scratch_path("accounts"));
	assert_true(exchange_run(&exchange));
	assert_int_equal(ask(&exchange.server, SECPKG_ATTR_CREDS_2, &block), SEC_E_OK);
	logon = (const void *)block.AuthBuffer;
	assert_text(&block, &logon->LogonDomainName, "Corp");
	assert_text(&block, &logon->UserName, "Alice");
	assert_int_equal(FreeContextBuffer(block.AuthBuffer), SEC_E_OK);
	assert_int_equal(ask(&exchange.server, SECPKG_ATTR_NAMES, &names), SEC_E_OK);
	assert_string_equal(names.sUserName, "Corp\\Alice");
	assert_int_equal(FreeContextBuffer(names.sUserName), SEC_E_OK);
	assert_int_equal(OpensspiQueryDelegatedPassword(&exchange.server.context, &password), SEC_E_OK);
	assert_string_equal(password->User, "alice");
	assert_string_equal(password->Domain, "CORP");
	assert_int_equal(FreeContextBuffer(password), SEC_E_OK);
	assert_int_equal(OpensspiDescribeContext(&exchange.server.context, &description), SEC_E_OK);
	assert_string_equal(description->User, "Alice");
	assert_string_equal(description->Authority, "account-file");
	assert_string_equal(description->DelegatedUser, "alice");
	assert_int_equal(FreeContextBuffer(description), SEC_E_OK);
	exchange_end(&exchange);
}

static void a_delegated_password_can_be_read_plainly(void **state)
{
	OPENSSPI_DELEGATED_PASSWORD *password;
	long before;

	(void)state;
	log_on("CREDSSP");
	before = seam_blocks_alive();
	assert_int_equal(OpensspiQueryDelegatedPassword(&exchange.server.context, &password), SEC_E_OK);
	assert_int_equal(seam_blocks_alive(), before + 1);
	assert_string_equal(password->User, EXCHANGE_USER);
	assert_string_equal(password->Domain, EXCHANGE_DOMAIN);
	assert_string_equal(password->Password, EXCHANGE_PASSWORD);
	assert_int_equal(FreeContextBuffer(password), SEC_E_OK);
	assert_int_equal(OpensspiQueryDelegatedPassword(&exchange.server.context, NULL),
			 SEC_E_INTERNAL_ERROR);
	assert_int_equal(OpensspiQueryDelegatedPassword(&exchange.client.context, &password),
			 SEC_E_UNSUPPORTED_FUNCTION);
	exchange_end(&exchange);
}

/* A client that does not delegate sends three empty texts: nothing was delegated, and no blank password either. */
static void nothing_delegated_is_no_credentials(void **state)
{
	struct exchange_settings settings = exchange_usual("CREDSSP");
	SecPkgContext_ClientCreds block = { 0, NULL };
	OPENSSPI_DELEGATED_PASSWORD *password = NULL;

	(void)state;
	settings.client_request &= ~(uint32_t)ISC_REQ_DELEGATE;
	exchange_start(&exchange, &settings);
	assert_true(exchange_run(&exchange));
	assert_int_equal(ask(&exchange.server, SECPKG_ATTR_CREDS, &block), SEC_E_NO_CREDENTIALS);
	assert_int_equal(ask(&exchange.server, SECPKG_ATTR_CREDS_2, &block), SEC_E_NO_CREDENTIALS);
	assert_null(block.AuthBuffer);
	assert_int_equal(OpensspiQueryDelegatedPassword(&exchange.server.context, &password),
			 SEC_E_NO_CREDENTIALS);
	assert_null(password);
	assert_false(exchange.server.attributes & ASC_RET_DELEGATE);
	assert_int_equal(exchange.asked_password, 0);
	exchange_end(&exchange);
}

/* --- Descriptions --------------------------------------------------------------------------------------------- */

static OPENSSPI_DESCRIPTION *describe(struct exchange_side *side)
{
	OPENSSPI_DESCRIPTION *description;

	assert_int_equal(OpensspiDescribeContext(&side->context, &description), SEC_E_OK);
	return description;
}

static void a_finished_server_is_described_whole(void **state)
{
	OPENSSPI_DESCRIPTION *description;
	long before;

	(void)state;
	log_on("CREDSSP");
	before = seam_blocks_alive();
	description = describe(&exchange.server);
	assert_int_equal(seam_blocks_alive(), before + 1);
	assert_int_equal(description->Status, SEC_E_OK);
	assert_string_equal(description->Reason, "ok");
	assert_int_equal(description->NtStatus, 0);
	assert_string_equal(description->Package, "CREDSSP");
	assert_string_equal(description->InnerPackage, "NTLM");
	assert_string_equal(description->User, "alice");
	assert_string_equal(description->Domain, "CORP");
	assert_string_equal(description->Authority, "callback");
	assert_int_equal(description->CredSspVersion, 6);
	assert_string_equal(description->TlsVersion, "1.3");
	assert_string_equal(description->TlsCipher, "TLS_AES_128_GCM_SHA256");
	assert_int_equal(description->Delegated, OpensspiDelegatedPassword);
	assert_string_equal(description->DelegatedUser, "alice");
	assert_string_equal(description->DelegatedDomain, "CORP");
	assert_int_equal(FreeContextBuffer(description), SEC_E_OK);
	exchange_end(&exchange);
}

static void what_is_not_known_is_null(void **state)
{
	OPENSSPI_DESCRIPTION *description;

	(void)state;
	log_on("NTLM");
	description = describe(&exchange.client);
	assert_string_equal(description->Package, "NTLM");
	assert_null(description->InnerPackage);
	assert_string_equal(description->User, "alice");
	assert_null(description->Authority);
	assert_int_equal(description->CredSspVersion, 0);
	assert_null(description->TlsVersion);
	assert_null(description->TlsCipher);
	assert_int_equal(description->Delegated, OpensspiDelegatedNone);
	assert_null(description->DelegatedUser);
	assert_int_equal(FreeContextBuffer(description), SEC_E_OK);
	exchange_end(&exchange);
}

static void an_unfinished_context_is_described_as_far_as_it_came(void **state)
{
	struct exchange_settings settings = exchange_usual("CREDSSP");
	OPENSSPI_DESCRIPTION *description;

	(void)state;
	exchange_start(&exchange, &settings);
	exchange_call(&exchange, &exchange.client);
	exchange_call(&exchange, &exchange.server);
	description = describe(&exchange.server);
	assert_int_equal(description->Status, SEC_I_CONTINUE_NEEDED);
	assert_string_equal(description->Reason, "ok");
	assert_string_equal(description->Package, "CREDSSP");
	assert_null(description->User);
	assert_null(description->TlsVersion);
	assert_int_equal(FreeContextBuffer(description), SEC_E_OK);
	exchange_end(&exchange);
}

/* What a log wants of a logon that failed. Whom the client claimed to be is no account. */
static void a_refused_context_tells_why(void **state)
{
	struct exchange_settings settings = exchange_usual("CREDSSP");
	OPENSSPI_DESCRIPTION *description;

	(void)state;
	settings.password = "wrong";
	exchange_start(&exchange, &settings);
	assert_false(exchange_run(&exchange));
	description = describe(&exchange.server);
	assert_int_equal(description->Status, SEC_E_LOGON_DENIED);
	assert_string_equal(description->Reason, "authority-refused");
	assert_string_equal(description->Sentence, "the authority said no");
	assert_true(description->NtStatus == 0xC000006D);
	assert_string_equal(description->TlsVersion, "1.3");
	assert_int_equal(description->CredSspVersion, 6);
	assert_null(description->User);
	assert_null(description->Authority);
	assert_int_equal(FreeContextBuffer(description), SEC_E_OK);
	exchange_end(&exchange);
}

/* Who refuses a server for its certificate can say which one it showed. */
static void a_client_tells_the_certificate_that_it_refused(void **state)
{
	static const uint8_t another[SHA256_SIZE];
	struct exchange_settings settings = exchange_usual("CREDSSP");
	PCCERT_CONTEXT certificate = exchange_certificate();
	struct slice der = slice_of(certificate->pbCertEncoded, certificate->cbCertEncoded);
	OPENSSPI_DESCRIPTION *description;
	uint8_t expected[SHA256_SIZE];

	(void)state;
	assert_true(crypto_sha256(&der, 1, expected));
	settings.client_pin = another;
	exchange_start(&exchange, &settings);
	assert_false(exchange_run(&exchange));
	assert_int_equal(exchange.client.status, SEC_E_UNTRUSTED_ROOT);
	description = describe(&exchange.client);
	assert_string_equal(description->Reason, "server-untrusted");
	assert_memory_equal(description->ServerCertificateSha256, expected, sizeof(expected));
	assert_int_equal(FreeContextBuffer(description), SEC_E_OK);
	exchange_end(&exchange);
}

static void both_sides_tell_the_same_certificate(void **state)
{
	OPENSSPI_DESCRIPTION *client, *server;

	(void)state;
	log_on("CREDSSP");
	client = describe(&exchange.client);
	server = describe(&exchange.server);
	assert_memory_equal(client->ServerCertificateSha256, server->ServerCertificateSha256, SHA256_SIZE);
	assert_int_equal(FreeContextBuffer(client), SEC_E_OK);
	assert_int_equal(FreeContextBuffer(server), SEC_E_OK);
	exchange_end(&exchange);
}

/* A first call that fails leaves no context; what it failed for is kept for its thread. */
static void without_a_context_the_threads_last_failure_is_described(void **state)
{
	struct exchange_settings settings = exchange_usual("CREDSSP");
	OPENSSPI_DESCRIPTION *description;
	CredHandle credential;

	(void)state;
	exchange_start(&exchange, &settings);
	exchange.server.arrived.size = 20;
	memcpy(exchange.server.arrived.data, "GET / HTTP/1.0\r\n\r\n\r\n", 20);
	exchange_call(&exchange, &exchange.server);
	assert_int_equal(exchange.server.status, SEC_E_INVALID_TOKEN);
	assert_int_equal(OpensspiDescribeContext(NULL, &description), SEC_E_OK);
	assert_int_equal(description->Status, SEC_E_INVALID_TOKEN);
	assert_string_equal(description->Reason, "bad-token");
	assert_null(description->Package);
	assert_int_equal(FreeContextBuffer(description), SEC_E_OK);
	exchange_end(&exchange);
	assert_int_equal(AcquireCredentialsHandleA(NULL, NULL, SECPKG_CRED_INBOUND, NULL, NULL, NULL, NULL,
						   &credential, NULL),
			 SEC_E_SECPKG_NOT_FOUND);
	assert_int_equal(OpensspiDescribeContext(NULL, &description), SEC_E_OK);
	assert_string_equal(description->Reason, "unknown-package");
	assert_int_equal(FreeContextBuffer(description), SEC_E_OK);
}

static void a_description_of_nothing_is_refused(void **state)
{
	CtxtHandle nobody = { 5, 5 };
	OPENSSPI_DESCRIPTION *description;

	(void)state;
	assert_int_equal(OpensspiDescribeContext(&nobody, &description), SEC_E_INVALID_HANDLE);
	assert_int_equal(OpensspiDescribeContext(NULL, NULL), SEC_E_INTERNAL_ERROR);
}

/* --- Memory --------------------------------------------------------------------------------------------------- */

/* What a successful query leaves to be freed: pointers at these offsets, or a certificate. */
static void free_answer(uint32_t attribute, const uint8_t *buffer)
{
	static const struct {
		uint32_t attribute;
		size_t offsets[2], count;
	} rows[] = {
		{ SECPKG_ATTR_NAMES, { 0 }, 1 },
		{ SECPKG_ATTR_KEY_INFO, { 0, sizeof(void *) }, 2 },
		{ SECPKG_ATTR_NATIVE_NAMES, { 0, sizeof(void *) }, 2 },
		{ SECPKG_ATTR_DCE_INFO, { offsetof(SecPkgContext_DceInfo, pPac) }, 1 },
		{ SECPKG_ATTR_AUTHORITY, { 0 }, 1 },
		{ SECPKG_ATTR_CLIENT_SPECIFIED_TARGET, { 0 }, 1 },
		{ SECPKG_ATTR_SUBJECT_SECURITY_ATTRIBUTES, { 0 }, 1 },
		{ SECPKG_ATTR_SESSION_KEY, { offsetof(SecPkgContext_SessionKey, SessionKey) }, 1 },
		{ SECPKG_ATTR_PACKAGE_INFO, { 0 }, 1 },
		{ SECPKG_ATTR_NEGOTIATION_INFO, { 0 }, 1 },
		{ SECPKG_ATTR_NEGOTIATION_PACKAGE, { 0 }, 1 },
		{ SECPKG_ATTR_CREDS, { offsetof(SecPkgContext_ClientCreds, AuthBuffer) }, 1 },
		{ SECPKG_ATTR_CREDS_2, { offsetof(SecPkgContext_ClientCreds, AuthBuffer) }, 1 },
	};
	void *pointer;

	for (size_t i = 0; i < COUNT_OF(rows); i++)
		for (size_t j = 0; rows[i].attribute == attribute && j < rows[i].count; j++) {
			memcpy(&pointer, buffer + rows[i].offsets[j], sizeof(pointer));
			assert_int_equal(FreeContextBuffer(pointer), SEC_E_OK);
		}
	if (attribute != SECPKG_ATTR_LOCAL_CERT_CONTEXT)
		return;
	memcpy(&pointer, buffer, sizeof(pointer));
	assert_true(CertFreeCertificateContext(pointer));
}

static void fail_each_allocation(uint32_t attribute, bool wide)
{
	uint8_t buffer[64], untouched[64];
	long before = seam_blocks_alive();
	SECURITY_STATUS status = SEC_E_INSUFFICIENT_MEMORY;

	memset(untouched, 0x5A, sizeof(untouched));
	for (long n = 1; status == SEC_E_INSUFFICIENT_MEMORY; n++) {
		memset(buffer, 0x5A, sizeof(buffer));
		seam_fail_allocation(n);
		status = (wide ? ask_wide : ask)(&exchange.server, attribute, buffer);
		seam_fail_allocation(0);
		if (status == SEC_E_OK)
			free_answer(attribute, buffer);
		else
			assert_memory_equal(buffer, untouched, sizeof(buffer));
		assert_int_equal(seam_blocks_alive(), before);
	}
}

/* Each allocation of each query fails once: it says so, leaves the buffer alone and loses nothing. */
static void queries_without_memory_say_so_and_lose_nothing(void **state)
{
	static const char *const packages[] = { "CREDSSP", "NTLM" };

	(void)state;
	for (size_t p = 0; p < COUNT_OF(packages); p++) {
		log_on(packages[p]);
		for (size_t i = 0; i < COUNT_OF(all_attributes); i++) {
			fail_each_allocation(all_attributes[i], false);
			fail_each_allocation(all_attributes[i], true);
		}
		exchange_end(&exchange);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_unfinished_context_is_no_handle_to_ask),
		cmocka_unit_test(a_refused_context_is_no_handle_to_ask_either),
		cmocka_unit_test(attributes_that_are_not_offered_leave_the_buffer_alone),
		cmocka_unit_test(no_buffer_is_refused),
		cmocka_unit_test(a_struct_that_is_too_small_is_not_written),
		cmocka_unit_test(native_names_are_the_clients_and_the_servers),
		cmocka_unit_test(a_server_hears_which_target_the_client_meant),
		cmocka_unit_test(the_authority_is_the_accounts_domain_or_this_machine),
		cmocka_unit_test(rpc_gets_the_name_in_utf_16),
		cmocka_unit_test(a_password_never_expires_and_the_last_token_has_come),
		cmocka_unit_test(a_credssp_server_has_an_empty_set_of_claims),
		cmocka_unit_test(a_negotiation_may_be_looked_at_while_it_goes_on),
		cmocka_unit_test(ntlm_has_the_sizes_of_windows),
		cmocka_unit_test(a_stream_has_the_sizes_of_its_tls_version),
		cmocka_unit_test(credssp_tells_the_sizes_of_the_logon_inside),
		cmocka_unit_test(names_are_domain_and_user_in_both_forms),
		cmocka_unit_test(without_a_domain_the_name_is_the_user_alone),
		cmocka_unit_test(a_lifespan_begins_now_and_never_ends),
		cmocka_unit_test(the_flags_are_those_that_the_last_call_told),
		cmocka_unit_test(both_sides_have_one_session_key),
		cmocka_unit_test(ntlms_keys_have_the_names_that_windows_gives_them),
		cmocka_unit_test(a_context_tells_its_package_and_the_one_that_was_chosen),
		cmocka_unit_test(negotiate_tells_what_the_package_it_chose_tells),
		cmocka_unit_test(both_sides_see_the_servers_certificate),
		cmocka_unit_test(a_client_shows_no_certificate),
		cmocka_unit_test(a_certificate_that_was_asked_for_makes_no_server),
		cmocka_unit_test(the_connection_is_told_in_the_bits_of_the_role),
		cmocka_unit_test(a_delegated_password_comes_as_a_packed_interactive_logon),
		cmocka_unit_test(credentials_bear_the_spelling_of_the_account),
		cmocka_unit_test(a_delegated_password_can_be_read_plainly),
		cmocka_unit_test(nothing_delegated_is_no_credentials),
		cmocka_unit_test(a_finished_server_is_described_whole),
		cmocka_unit_test(what_is_not_known_is_null),
		cmocka_unit_test(an_unfinished_context_is_described_as_far_as_it_came),
		cmocka_unit_test(a_refused_context_tells_why),
		cmocka_unit_test(a_client_tells_the_certificate_that_it_refused),
		cmocka_unit_test(both_sides_tell_the_same_certificate),
		cmocka_unit_test(without_a_context_the_threads_last_failure_is_described),
		cmocka_unit_test(a_description_of_nothing_is_refused),
		cmocka_unit_test(queries_without_memory_say_so_and_lose_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
