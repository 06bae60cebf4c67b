/*
 * SetCredentialsAttributes. The settings of a credential never change: another one, with the same identity, takes its
 * place in the handle, as with AddCredentials.
 */
#include "base/byte_reader.h"
#include "base/utf16.h"
#include "credssp/credssp.h"
#include "negotiate/negotiate.h"
#include "sspi/credential.h"
#include "sspi/failure.h"
#include "sspi/handle_table.h"
#include "sspi/packages.h"

#define STEP "set credential"

static void release(struct credential **credential)
{
	credential_release(*credential);
}

/* Those that log on by Kerberos, where it is built. */
static bool knows_proxies(const struct security_package *package)
{
	const struct security_package *kerberos = package_find(all_packages, MICROSOFT_KERBEROS_NAME_A);

	return kerberos &&
	       (package == kerberos || package == &negotiate_package || package == &credssp_package);
}

static enum reason refuse(enum reason reason, const char *sentence)
{
	trace(STEP, reason, "SecPkgCredentials_KdcProxySettings: %s", sentence);
	return reason;
}

/* UTF-16LE; some callers count a NUL at its end. */
static enum reason read_place(struct slice text, struct kdc_place *place)
{
	LOCAL_WRITER(name);
	bool is_text = utf16_to_utf8(&name, utf16_without_nuls(text));

	writer_u8(&name, 0);
	if (!writer_ok(&name))
		return REASON_OUT_OF_MEMORY;
	if (!is_text || memchr(name.data, 0, name.size) != name.data + name.size - 1 ||
	    !kdc_place_read_proxy((const char *)name.data, place))
		return refuse(REASON_BAD_CREDENTIAL_DATA, "ProxyServer is neither HOST[:PORT[:PATH]] nor "
							  "https://HOST[:PORT][/PATH]");
	return REASON_OK;
}

/* No ProxyServer: none any more. */
static enum reason read_settings(struct slice buffer, struct kdc_proxy *proxy)
{
	struct byte_reader in = reader_of(buffer);
	uint32_t version, flags;
	uint16_t offset, size, certificate_offset, certificate_size;
	struct slice text;

	*proxy = (struct kdc_proxy) { 0 };
	if (!reader_u32_native(&in, &version) || !reader_u32_native(&in, &flags) ||
	    !reader_u16_native(&in, &offset) || !reader_u16_native(&in, &size) ||
	    !reader_u16_native(&in, &certificate_offset) || !reader_u16_native(&in, &certificate_size))
		return REASON_BUFFER_TOO_SMALL;
	if (version != KDC_PROXY_SETTINGS_V1 || flags & ~(uint32_t)KDC_PROXY_SETTINGS_FLAGS_FORCEPROXY ||
	    certificate_size)
		return refuse(REASON_UNSUPPORTED,
			      "another version, an unknown flag or a client's certificate");
	if (size == 0)
		return REASON_OK;
	if (size % 2 || offset < sizeof(SecPkgCredentials_KdcProxySettingsW) ||
	    !slice_part(buffer, offset, size, &text))
		return refuse(REASON_BAD_CREDENTIAL_DATA, "ProxyServer does not lie in the buffer");
	proxy->only = flags & KDC_PROXY_SETTINGS_FLAGS_FORCEPROXY;
	return read_place(text, &proxy->place);
}

static enum reason set_proxy(struct credential_set *set, struct slice buffer)
{
	CLEANUP(release) struct credential *client = credential_set_take(set, ROLE_INITIATE);
	CLEANUP(release) struct credential *changed = NULL;
	struct kdc_proxy proxy;
	enum reason reason = read_settings(buffer, &proxy);

	if (reason != REASON_OK)
		return reason;
	if (!client)
		return REASON_NO_CREDENTIAL;
	changed = credential_with_proxy(client, &proxy);
	if (!changed)
		return REASON_OUT_OF_MEMORY;
	credential_set_exchange(set, changed);
	return REASON_OK;
}

/* NAMES would give a credential another's name without its password: it cannot be honoured. */
static enum reason set_attribute(struct credential_set *set, uint32_t attribute, const void *buffer,
				 uint32_t size)
{
	if (attribute != SECPKG_CRED_ATTR_KDC_PROXY_SETTINGS || !knows_proxies(set->package))
		return REASON_UNSUPPORTED;
	return buffer ? set_proxy(set, slice_of(buffer, size)) : REASON_NULL_ARGUMENT;
}

static SECURITY_STATUS set(const CredHandle *handle, uint32_t attribute, const void *buffer, uint32_t size)
{
	CLEANUP(handle_unpin) struct handle_pin pin = { 0 };
	enum reason reason = REASON_BAD_HANDLE;

	if (handle_pin(handle, HANDLE_CREDENTIAL, &pin))
		reason = set_attribute(pin.object, attribute, buffer, size);
	return reason == REASON_OK
		       ? SEC_E_OK
		       : fail(STEP, reason, "attribute %u: %s", attribute, reason_sentence(reason));
}

/* The one struct that is taken has no form of its own for narrow text. */
SECURITY_STATUS SEC_ENTRY SetCredentialsAttributesA(PCredHandle phCredential, uint32_t ulAttribute,
						    void *pBuffer, uint32_t cbBuffer)
{
	return set(phCredential, ulAttribute, pBuffer, cbBuffer);
}

SECURITY_STATUS SEC_ENTRY SetCredentialsAttributesW(PCredHandle phCredential, uint32_t ulAttribute,
						    void *pBuffer, uint32_t cbBuffer)
{
	return set(phCredential, ulAttribute, pBuffer, cbBuffer);
}
