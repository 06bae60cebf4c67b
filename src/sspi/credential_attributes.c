/*
 * QueryCredentialsAttributes: one row an attribute. What is wrong is told in this order:
 * the handle, the attribute, a NULL buffer, its size.
 */
#include "sspi/attribute_rows.h"
#include "sspi/credential.h"

#include <opensspi/schannel.h>

/* `buffer` is the caller's struct, which a failing call leaves alone. */
typedef enum reason query_function(struct credential_set *set, void *buffer, bool wide);

static void release(struct credential **credential)
{
	credential_release(*credential);
}

static enum reason ask(const struct credential *credential, enum credential_attribute attribute,
		       union credential_attribute_value *value)
{
	if (!credential)
		return REASON_NO_CREDENTIAL;
	return credential->package->query_credential
		       ? credential->package->query_credential(credential->inner, attribute, value)
		       : REASON_UNSUPPORTED;
}

/* A package's own answer, or the identity's. */
static enum reason name_of(const struct credential *credential, struct byte_writer *name)
{
	union credential_attribute_value value;
	enum reason reason = ask(credential, CREDENTIAL_NAME, &value);

	if (reason == REASON_OK)
		writer_bytes(name, value.bytes);
	else if (reason != REASON_UNSUPPORTED || !credential->has_identity)
		return REASON_NO_CREDENTIAL;
	else if (!attribute_write_name(name, secret_slice(&credential->domain),
				       secret_slice(&credential->user)))
		return REASON_OUT_OF_MEMORY;
	return writer_ok(name) ? REASON_OK : REASON_OUT_OF_MEMORY;
}

static enum reason put_name(const struct credential *credential, void *buffer, bool wide)
{
	CLEANUP(writer_wipe) struct byte_writer name = writer_growing();
	enum reason reason = name_of(credential, &name);
	void *text;

	if (reason != REASON_OK)
		return reason;
	text = attribute_text(writer_slice(&name), wide);
	if (!text)
		return REASON_OUT_OF_MEMORY;
	((SecPkgCredentials_NamesA *)buffer)->sUserName = text;
	return REASON_OK;
}

/* The client's identity; of a credential that serves servers alone the one that it was acquired with, if any. */
static enum reason query_names(struct credential_set *set, void *buffer, bool wide)
{
	CLEANUP(release) struct credential *client = credential_set_take(set, ROLE_INITIATE);
	CLEANUP(release) struct credential *server = credential_set_take(set, ROLE_ACCEPT);

	return put_name(client ? client : server, buffer, wide);
}

/* --- Schannel */

/* Each direction has the bits of its own. */
static uint32_t protocol_bits(const union credential_attribute_value *value)
{
	bool accept = value->protocols.accept;
	uint32_t bits = 0;

	if (value->protocols.tls_1_2)
		bits |= accept ? SP_PROT_TLS1_2_SERVER : SP_PROT_TLS1_2_CLIENT;
	if (value->protocols.tls_1_3)
		bits |= accept ? SP_PROT_TLS1_3_SERVER : SP_PROT_TLS1_3_CLIENT;
	return bits;
}

/* Both directions of a credential that has both are cut from one cloth, but for their protocols. */
static enum reason ask_either(struct credential_set *set, enum credential_attribute attribute,
			      union credential_attribute_value *value)
{
	CLEANUP(release) struct credential *client = credential_set_take(set, ROLE_INITIATE);
	CLEANUP(release) struct credential *server = credential_set_take(set, ROLE_ACCEPT);

	return ask(client ? client : server, attribute, value);
}

static enum reason query_protocols(struct credential_set *set, void *buffer, bool wide)
{
	union credential_attribute_value value;
	enum reason reason = ask_either(set, CREDENTIAL_PROTOCOLS, &value);

	(void)wide;
	if (reason == REASON_OK)
		((SecPkgCred_SupportedProtocols *)buffer)->grbitProtocol = protocol_bits(&value);
	return reason;
}

static enum reason query_strengths(struct credential_set *set, void *buffer, bool wide)
{
	union credential_attribute_value value;
	enum reason reason = ask_either(set, CREDENTIAL_STRENGTHS, &value);

	(void)wide;
	if (reason == REASON_OK)
		*(SecPkgCred_CipherStrengths *)buffer = (SecPkgCred_CipherStrengths) {
			value.strengths.minimum,
			value.strengths.maximum,
		};
	return reason;
}

/* Those that have a number. */
static enum reason query_algorithms(struct credential_set *set, void *buffer, bool wide)
{
	ALG_ID numbers[] = { CALG_ECDH_EPHEM, CALG_RSA_SIGN, CALG_ECDSA, CALG_SHA_256, CALG_SHA_384, 0, 0 };
	uint32_t count = COUNT_OF(numbers) - 2;
	union credential_attribute_value value;
	enum reason reason = ask_either(set, CREDENTIAL_ALGORITHMS, &value);
	void *block;

	(void)wide;
	if (reason != REASON_OK)
		return reason;
	if (value.algorithms.aes_128)
		numbers[count++] = CALG_AES_128;
	if (value.algorithms.aes_256)
		numbers[count++] = CALG_AES_256;
	reason = attribute_bytes(slice_of(numbers, count * sizeof(*numbers)), &block);
	if (reason == REASON_OK)
		*(SecPkgCred_SupportedAlgs *)buffer = (SecPkgCred_SupportedAlgs) { count, block };
	return reason;
}

/* ---------- */

static const struct credential_rule {
	uint32_t attribute;
	size_t size; /* of the caller's struct */
	bool schannel_only;
	query_function *query;
} rules[] = {
	{ SECPKG_CRED_ATTR_NAMES, sizeof(SecPkgCredentials_NamesA), false, query_names },
	{ SECPKG_ATTR_SUPPORTED_ALGS, sizeof(SecPkgCred_SupportedAlgs), true, query_algorithms },
	{ SECPKG_ATTR_CIPHER_STRENGTHS, sizeof(SecPkgCred_CipherStrengths), true, query_strengths },
	{ SECPKG_ATTR_SUPPORTED_PROTOCOLS, sizeof(SecPkgCred_SupportedProtocols), true, query_protocols },
};

static enum reason run_rule(struct credential_set *set, uint32_t attribute, void *buffer, uint32_t size,
			    bool wide)
{
	for (size_t i = 0; i < COUNT_OF(rules); i++) {
		if (rules[i].attribute != attribute ||
		    (rules[i].schannel_only && !set->package->by_certificate))
			continue;
		if (!buffer)
			return REASON_NULL_ARGUMENT;
		return size < rules[i].size ? REASON_BUFFER_TOO_SMALL : rules[i].query(set, buffer, wide);
	}
	return REASON_UNSUPPORTED;
}

static SECURITY_STATUS query(const CredHandle *handle, uint32_t attribute, void *buffer, uint32_t size,
			     bool wide)
{
	CLEANUP(handle_unpin) struct handle_pin set = { 0 };
	enum reason reason = REASON_BAD_HANDLE;

	if (handle_pin(handle, HANDLE_CREDENTIAL, &set))
		reason = run_rule(set.object, attribute, buffer, size, wide);
	return reason == REASON_OK ? SEC_E_OK
				   : fail("query credential", reason, "attribute %u: %s", attribute,
					  reason_sentence(reason));
}

SECURITY_STATUS SEC_ENTRY QueryCredentialsAttributesA(PCredHandle phCredential, uint32_t ulAttribute,
						      void *pBuffer)
{
	return query(phCredential, ulAttribute, pBuffer, UINT32_MAX, false);
}

SECURITY_STATUS SEC_ENTRY QueryCredentialsAttributesW(PCredHandle phCredential, uint32_t ulAttribute,
						      void *pBuffer)
{
	return query(phCredential, ulAttribute, pBuffer, UINT32_MAX, true);
}

SECURITY_STATUS SEC_ENTRY QueryCredentialsAttributesExA(PCredHandle phCredential, uint32_t ulAttribute,
							void *pBuffer, uint32_t cbBuffer)
{
	return query(phCredential, ulAttribute, pBuffer, cbBuffer, false);
}

SECURITY_STATUS SEC_ENTRY QueryCredentialsAttributesExW(PCredHandle phCredential, uint32_t ulAttribute,
							void *pBuffer, uint32_t cbBuffer)
{
	return query(phCredential, ulAttribute, pBuffer, cbBuffer, true);
}
