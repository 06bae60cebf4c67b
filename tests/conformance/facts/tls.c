/* What Schannel alone has: application protocols, and the attributes of a TLS connection. */
#include "logon.h"

#define WINE      "Wine schannel.c, test_communication"
#define WINE_ALPN "Wine schannel.c, test_application_protocol_negotiation, test_server_protocol_negotiation"
#define WINE_S    "Wine schannel.c, testAcquireSecurityContext"
#define QUERY     "page QueryContextAttributes (Schannel)"

static struct logon logon;

static void run(void)
{
	logon_run(&logon, "Schannel");
}

static void run_tls12(void)
{
	logon_start_tls12(&logon);
	logon_go_on(&logon);
	EXPECT_OK(logon.client.status);
	EXPECT_OK(logon.server.status);
}

static void end(void)
{
	logon_end(&logon);
}

static SECURITY_STATUS query(ULONG attribute, void *buffer)
{
	return QueryContextAttributes(&logon.client.context, attribute, buffer);
}

/* --- Credentials */

FACT(behaviour, a_client_takes_the_newer_credentials,
     WINE_S ", SCH_CREDENTIALS_VERSION, since Windows 10 1809")
{
	SCH_CREDENTIALS schannel = { .dwVersion = SCH_CREDENTIALS_VERSION };
	CredHandle credential;

	EXPECT_OK(AcquireCredentialsHandle(NULL, text_of("Schannel"), SECPKG_CRED_OUTBOUND, NULL, &schannel,
					   NULL, NULL, &credential, NULL));
	EXPECT_OK(FreeCredentialsHandle(&credential));
}

FACT(value, structures_of_schannel_lie_as_in_windows, "header schannel.h")
{
	if (sizeof(void *) != 8)
		return;
	EXPECT_NUMBER(sizeof(SCH_CREDENTIALS), 72);
	EXPECT_NUMBER(offsetof(SCH_CREDENTIALS, paCred), 16);
	EXPECT_NUMBER(offsetof(SCH_CREDENTIALS, pTlsParameters), 64);
	EXPECT_NUMBER(sizeof(SecPkgContext_CipherInfo), 680);
	EXPECT_NUMBER(sizeof(SecPkgContext_SessionInfo), 40);
	EXPECT_NUMBER(sizeof(SecPkgContext_SessionAppData), 16);
	EXPECT_NUMBER(sizeof(SecPkgContext_KeyingMaterialInfo), 40);
	EXPECT_NUMBER(sizeof(SecPkgContext_KeyingMaterial), 16);
	EXPECT_NUMBER(sizeof(SCHANNEL_ALERT_TOKEN), 12);
	EXPECT_NUMBER(SCHANNEL_RENEGOTIATE, 0);
	EXPECT_NUMBER(SCHANNEL_SHUTDOWN, 1);
	EXPECT_NUMBER(SCHANNEL_ALERT, 2);
	EXPECT_NUMBER(SECPKG_ATTR_CIPHER_INFO, 0x64);
	EXPECT_NUMBER(SECPKG_ATTR_KEYING_MATERIAL, 0x6B);
}

/* --- Application protocols */

static unsigned char lists[128];

/* SEC_APPLICATION_PROTOCOLS with one list of ALPN. */
static SecBuffer protocols(const char *one, const char *two)
{
	const char *names[] = { one, two };
	uint32_t size, extension = 2; /* SecApplicationProtocolNegotiationExt_ALPN */
	uint16_t list = 0;

	for (size_t i = 0; i < COUNT_OF(names) && names[i]; i++) {
		lists[10 + list] = (unsigned char)strlen(names[i]);
		memcpy(lists + 11 + list, names[i], strlen(names[i]));
		list = (uint16_t)(list + 1 + strlen(names[i]));
	}
	size = list + 6u;
	memcpy(lists, &size, sizeof(size));
	memcpy(lists + 4, &extension, sizeof(extension));
	memcpy(lists + 8, &list, sizeof(list));
	return (SecBuffer) { 10u + list, SECBUFFER_APPLICATION_PROTOCOLS, lists };
}

/* Client and server offer these; the rest of the logon as usual. */
static void offer(const char *of_client, const char *of_server, const char *second)
{
	struct call call;

	logon_start(&logon, "Schannel");
	call_prepare(&call, &logon.client, NULL, 0);
	call.in[0] = protocols(of_client, second);
	call.in_list.cBuffers = 1;
	call.input = &call.in_list;
	EXPECT_STATUS(call_do(&call), SEC_I_CONTINUE_NEEDED);
	call_keep(&call, &logon.client);
	logon.client.status = SEC_I_CONTINUE_NEEDED;
	logon.server.arrived.size = call.out[0].cbBuffer;
	memcpy(logon.server.arrived.data, call_room(), call.out[0].cbBuffer);
	call_prepare_next(&call, &logon.server);
	call.in[2] = protocols(of_server, NULL);
	call.in_list.cBuffers = 3;
	logon.server.status = call_do(&call);
	if (logon.server.status < 0)
		return;
	call_keep(&call, &logon.server);
	logon.server.arrived.size = 0;
	logon.client.arrived.size = call.out[0].cbBuffer;
	memcpy(logon.client.arrived.data, call_room(), call.out[0].cbBuffer);
	logon_go_on(&logon);
}

FACT(state, the_protocol_that_both_offer_is_chosen, WINE_ALPN)
{
	SecPkgContext_ApplicationProtocol protocol = { 0 };

	offer("http/1.1", "h2", "h2");
	EXPECT_OK(logon.client.status);
	EXPECT_OK(query(SECPKG_ATTR_APPLICATION_PROTOCOL, &protocol));
	EXPECT_NUMBER(protocol.ProtoNegoStatus, SecApplicationProtocolNegotiationStatus_Success);
	EXPECT_NUMBER(protocol.ProtoNegoExt, SecApplicationProtocolNegotiationExt_ALPN);
	EXPECT_NUMBER(protocol.ProtocolIdSize, 2);
	EXPECT(memcmp(protocol.ProtocolId, "h2", 2) == 0);
	end();
}

FACT(state, both_ends_know_the_chosen_protocol, WINE_ALPN)
{
	SecPkgContext_ApplicationProtocol protocol = { 0 };

	offer("h2", "h2", NULL);
	EXPECT_OK(logon.server.status);
	EXPECT_OK(QueryContextAttributes(&logon.server.context, SECPKG_ATTR_APPLICATION_PROTOCOL, &protocol));
	EXPECT_NUMBER(protocol.ProtocolIdSize, 2);
	end();
}

FACT(failure, no_common_protocol_is_a_mismatch,
     "page AcceptSecurityContext (Schannel), SEC_E_APPLICATION_PROTOCOL_MISMATCH")
{
	offer("http/1.1", "h2", NULL);
	EXPECT_STATUS(logon.server.status, SEC_E_APPLICATION_PROTOCOL_MISMATCH);
	end();
}

FACT(state, without_offers_no_protocol_is_chosen, QUERY ", SECPKG_ATTR_APPLICATION_PROTOCOL, status None")
{
	SecPkgContext_ApplicationProtocol protocol = { 0 };

	run();
	EXPECT_OK(query(SECPKG_ATTR_APPLICATION_PROTOCOL, &protocol));
	EXPECT_NUMBER(protocol.ProtoNegoStatus, SecApplicationProtocolNegotiationStatus_None);
	end();
}

/* --- Attributes */

FACT(state, cipher_info_names_what_tls_1_2_uses, WINE ", CIPHER_INFO")
{
	SecPkgContext_CipherInfo info = { .dwVersion = SECPKGCONTEXT_CIPHERINFO_V1 };

	run_tls12();
	EXPECT_OK(query(SECPKG_ATTR_CIPHER_INFO, &info));
	EXPECT_NUMBER(info.dwProtocol, 0x303);
	EXPECT(info.dwCipherSuite != 0 && info.dwCipherLen >= 128);
	EXPECT(info.szCipherSuite[0] == 'T' && info.szCipherSuite[3] == '_');
	end();
}

FACT(state, an_aead_suite_has_no_hash_of_its_own,
     WINE ", CIPHER_INFO: szHash empty, dwHashLen 0; CONNECTION_INFO: dwHashStrength 0")
{
	SecPkgContext_CipherInfo info = { .dwVersion = SECPKGCONTEXT_CIPHERINFO_V1 };
	SecPkgContext_ConnectionInfo connection;

	run_tls12();
	EXPECT_OK(query(SECPKG_ATTR_CIPHER_INFO, &info));
	EXPECT(!info.szHash[0]);
	EXPECT_NUMBER(info.dwHashLen, 0);
	EXPECT_OK(query(SECPKG_ATTR_CONNECTION_INFO, &connection));
	EXPECT_NUMBER(connection.dwHashStrength, 0);
	end();
}

FACT(state, schannels_key_info_has_a_size, WINE ", KEY_INFO")
{
	SecPkgContext_KeyInfo info = { 0 };

	run();
	EXPECT_OK(query(SECPKG_ATTR_KEY_INFO, &info));
	EXPECT(info.KeySize >= 128 && info.sSignatureAlgorithmName);
	EXPECT_OK(FreeContextBuffer(info.sSignatureAlgorithmName));
	EXPECT_OK(FreeContextBuffer(info.sEncryptAlgorithmName));
	end();
}

FACT(state, key_info_names_what_the_certificate_signs_with,
     WINE ", KEY_INFO: ECDSA, or RSA, by the certificate")
{
	SecPkgContext_KeyInfo info = { 0 };

	run_tls12();
	EXPECT_OK(query(SECPKG_ATTR_KEY_INFO, &info));
	EXPECT(text_is((const text *)info.sSignatureAlgorithmName, "ECDSA")
		       ? info.SignatureAlgorithm == 0x2203
		       : info.SignatureAlgorithm == 0x2400);
	EXPECT_OK(FreeContextBuffer(info.sSignatureAlgorithmName));
	EXPECT_OK(FreeContextBuffer(info.sEncryptAlgorithmName));
	end();
}

FACT(state, the_exchange_of_tls_1_2_is_ecdh, WINE ", CIPHER_INFO: szExchange ECDH")
{
	static const char wanted[] = "ECDH";
	SecPkgContext_CipherInfo info = { .dwVersion = SECPKGCONTEXT_CIPHERINFO_V1 };

	run_tls12();
	EXPECT_OK(query(SECPKG_ATTR_CIPHER_INFO, &info));
	for (size_t i = 0; i < sizeof(wanted); i++)
		EXPECT_NUMBER(info.szExchange[i], wanted[i]);
	end();
}

FACT(state, a_new_session_is_no_reconnect, QUERY ", SECPKG_ATTR_SESSION_INFO")
{
	SecPkgContext_SessionInfo info = { 0 };

	run();
	EXPECT_OK(query(SECPKG_ATTR_SESSION_INFO, &info));
	EXPECT_NUMBER(info.dwFlags & 1 /* SSL_SESSION_RECONNECT */, 0);
	EXPECT(info.cbSessionId <= sizeof(info.rgbSessionId));
	end();
}

FACT(state, a_programs_own_data_come_back, "page SetContextAttributes, SECPKG_ATTR_APP_DATA")
{
	unsigned char bytes[] = { 1, 2, 3 };
	SecPkgContext_SessionAppData in = { .cbAppData = sizeof(bytes), .pbAppData = bytes }, out = { 0 };

	run();
	EXPECT_OK(SetContextAttributes(&logon.client.context, SECPKG_ATTR_APP_DATA, &in, sizeof(in)));
	memset(bytes, 0, sizeof(bytes));
	EXPECT_OK(query(SECPKG_ATTR_APP_DATA, &out));
	EXPECT_NUMBER(out.cbAppData, 3);
	EXPECT(out.pbAppData[0] == 1 && out.pbAppData[2] == 3);
	EXPECT_OK(FreeContextBuffer(out.pbAppData));
	end();
}

static SecPkgContext_KeyingMaterial export(struct side *side, const char *label)
{
	SecPkgContext_KeyingMaterialInfo info = { .cbLabel = (WORD)(strlen(label) + 1),
						  .pszLabel = (char *)(uintptr_t)label,
						  .cbKeyingMaterial = 32 };
	SecPkgContext_KeyingMaterial material = { 0 };

	EXPECT_OK(
		SetContextAttributes(&side->context, SECPKG_ATTR_KEYING_MATERIAL_INFO, &info, sizeof(info)));
	EXPECT_OK(QueryContextAttributes(&side->context, SECPKG_ATTR_KEYING_MATERIAL, &material));
	EXPECT_NUMBER(material.cbKeyingMaterial, 32);
	return material;
}

FACT(state, both_ends_export_the_same_keys, "page SecPkgContext_KeyingMaterialInfo; RFC 5705")
{
	SecPkgContext_KeyingMaterial a, b, c;

	run();
	a = export(&logon.client, "EXPORTER-one");
	b = export(&logon.server, "EXPORTER-one");
	c = export(&logon.client, "EXPORTER-two");
	EXPECT(memcmp(a.pbKeyingMaterial, b.pbKeyingMaterial, 32) == 0);
	EXPECT(memcmp(a.pbKeyingMaterial, c.pbKeyingMaterial, 32) != 0);
	EXPECT_OK(FreeContextBuffer(a.pbKeyingMaterial));
	EXPECT_OK(FreeContextBuffer(b.pbKeyingMaterial));
	EXPECT_OK(FreeContextBuffer(c.pbKeyingMaterial));
	end();
}

FACT(failure, keys_are_exported_by_a_label_alone, QUERY ", SECPKG_ATTR_KEYING_MATERIAL: set the info first")
{
	SecPkgContext_KeyingMaterial material = { 0 };

	run();
	EXPECT(query(SECPKG_ATTR_KEYING_MATERIAL, &material) < 0);
	end();
}

FACT(failure, an_unknown_attribute_is_unsupported_by_schannel, QUERY ", SEC_E_UNSUPPORTED_FUNCTION")
{
	unsigned char nothing[64];

	run();
	EXPECT_STATUS(query(999, nothing), SEC_E_UNSUPPORTED_FUNCTION);
	end();
}

FACT(state, schannels_package_info_names_schannel, QUERY ", SECPKG_ATTR_PACKAGE_INFO: either of its names")
{
	SecPkgContext_PackageInfo info;

	run();
	EXPECT_OK(query(SECPKG_ATTR_PACKAGE_INFO, &info));
	EXPECT(text_is(info.PackageInfo->Name, "Schannel") ||
	       text_is(info.PackageInfo->Name, "Microsoft Unified Security Protocol Provider"));
	EXPECT_OK(FreeContextBuffer(info.PackageInfo));
	end();
}

FACT(failure, a_client_does_not_trust_whom_nobody_signed,
     "page InitializeSecurityContext (Schannel), SEC_E_UNTRUSTED_ROOT without manual validation; RFC 5246, "
     "7.2.2")
{
	SCHANNEL_CRED schannel = { .dwVersion = SCHANNEL_CRED_VERSION,
				   .dwFlags = SCH_CRED_AUTO_CRED_VALIDATION };

	logon_start(&logon, "Schannel");
	EXPECT_OK(FreeCredentialsHandle(&logon.client.credential));
	EXPECT_OK(AcquireCredentialsHandle(NULL, text_of("Schannel"), SECPKG_CRED_OUTBOUND, NULL, &schannel,
					   NULL, NULL, &logon.client.credential, NULL));
	logon.client.request = ISC_REQ_STREAM | ISC_REQ_CONFIDENTIALITY;
	logon_go_on(&logon);
	EXPECT_STATUS(logon.client.status, SEC_E_UNTRUSTED_ROOT);
	end();
}
