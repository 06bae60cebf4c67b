/*
 * QueryCredentialsAttributes and SetCredentialsAttributes: one row an attribute. What is wrong is told in this order:
 * the handle, the attribute, a NULL buffer, its size.
 */
#include "sspi/attribute_rows.h"
#include "sspi/credential.h"

#include <opensspi/sspi.h>

/* `buffer` is the caller's struct, which a failing call leaves alone. */
typedef enum reason query_function(struct credential_set *set, void *buffer, bool wide);

static void release(struct credential **credential)
{
	credential_release(*credential);
}

static enum reason put_name(const struct credential *credential, void *buffer, bool wide)
{
	CLEANUP(writer_wipe) struct byte_writer name = writer_growing();
	void *text;

	if (!credential || !credential->has_identity)
		return REASON_NO_CREDENTIAL;
	if (!attribute_write_name(&name, secret_slice(&credential->domain), secret_slice(&credential->user)))
		return REASON_OUT_OF_MEMORY;
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

static const struct credential_rule {
	uint32_t attribute;
	size_t size; /* of the caller's struct */
	query_function *query;
} rules[] = {
	{ SECPKG_CRED_ATTR_NAMES, sizeof(SecPkgCredentials_NamesA), query_names },
};

static enum reason run_rule(struct credential_set *set, uint32_t attribute, void *buffer, uint32_t size,
			    bool wide)
{
	for (size_t i = 0; i < COUNT_OF(rules); i++) {
		if (rules[i].attribute != attribute)
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

/*
 * NAMES would give a credential another's name without its password, KDC_PROXY_SETTINGS are Kerberos': neither can be
 * honoured here.
 */
static SECURITY_STATUS set_attribute(const CredHandle *handle, uint32_t attribute)
{
	CLEANUP(handle_unpin) struct handle_pin set = { 0 };

	if (!handle_pin(handle, HANDLE_CREDENTIAL, &set))
		return fail("set credential", REASON_BAD_HANDLE, NULL);
	return fail("set credential", REASON_UNSUPPORTED, "attribute %u cannot be set", attribute);
}

SECURITY_STATUS SEC_ENTRY SetCredentialsAttributesA(PCredHandle phCredential, uint32_t ulAttribute,
						    void *pBuffer, uint32_t cbBuffer)
{
	(void)pBuffer, (void)cbBuffer;
	return set_attribute(phCredential, ulAttribute);
}

SECURITY_STATUS SEC_ENTRY SetCredentialsAttributesW(PCredHandle phCredential, uint32_t ulAttribute,
						    void *pBuffer, uint32_t cbBuffer)
{
	(void)pBuffer, (void)cbBuffer;
	return set_attribute(phCredential, ulAttribute);
}
