/* AcquireCredentialsHandle, AddCredentials: settings enter here, once, and are frozen (docs/decisions.md 9). */
#include "base/memory.h"
#include "sspi/auth_data.h"
#include "sspi/callback_authority.h"
#include "sspi/credential.h"
#include "sspi/failure.h"
#include "sspi/handle_table.h"
#include "sspi/host_names.h"
#include "sspi/local_time.h"
#include "sspi/package_info.h"
#include "sspi/packages.h"
#include "sspi/schannel_cred.h"
#include "sspi/text.h"

#define STEP "acquire"

/* What both functions take. */
struct acquire_call {
	const struct security_package *package;
	struct slice principal; /* pszPrincipal: of a server, the service that it is */
	bool wide;
	uint32_t use;
	const void *data;
};

/* There are no default credentials here that this could restrict. */
#define USE_WITHOUT_EFFECT SECPKG_CRED_AUTOLOGON_RESTRICTED

static void release(struct credential **credential)
{
	credential_release(*credential);
}

/* The argument of the options' callback, until an authority has taken it over. */
struct callback_argument {
	void (*free)(void *);
	void *argument;
};

static void callback_argument_free(struct callback_argument *argument)
{
	if (argument->free)
		argument->free(argument->argument);
}

/* With neither a file nor a callback there is no authority, and everybody is refused. */
static enum reason make_authority(const struct auth_data *auth, struct credential *credential,
				  struct callback_argument *argument)
{
	const OPENSSPI_OPTIONS *options = auth->options;

	if (!options || (!options->AccountFile && !options->NtlmCallback))
		return REASON_OK;
	if (options->AccountFile) {
		credential->authority =
			account_file_authority_new(options->AccountFile, &auth->policy, &credential->names);
	} else {
		credential->authority = callback_authority_new(options, &credential->names);
		if (credential->authority)
			*argument = (struct callback_argument) { 0 };
	}
	return credential->authority ? REASON_OK : REASON_OUT_OF_MEMORY;
}

/*
 * A credential for both directions serves those that it has the means for; one for a single direction must have them.
 * A stream package's server needs a certificate, every client an identity or tickets: there is no logon session here.
 */
static enum reason choose_directions(const struct security_package *package, const struct auth_data *auth,
				     uint32_t use, struct credential *credential)
{
	bool can_accept = auth->certificate || !package->stream;
	bool can_initiate = auth->has_identity || auth->kerberos.cache || package->by_certificate;
	bool both = package->by_certificate && (use & SECPKG_CRED_BOTH) == SECPKG_CRED_BOTH;

	credential->accept = use & SECPKG_CRED_INBOUND && can_accept;
	credential->initiate = use & SECPKG_CRED_OUTBOUND && can_initiate;
	if ((credential->accept || credential->initiate) && !both)
		return REASON_OK;
	if (both) {
		trace(STEP, REASON_NO_CREDENTIAL, "a credential of Schannel is for one direction");
		return REASON_NO_CREDENTIAL;
	}
	trace(STEP, REASON_NO_CREDENTIAL, "%s",
	      use & SECPKG_CRED_INBOUND ? "a server needs a certificate, in SCHANNEL_CRED or OPENSSPI_OPTIONS"
					: "a client needs a user name and a password, or a ticket cache");
	return REASON_NO_CREDENTIAL;
}

static enum reason acquire_inner(const struct auth_data *auth, struct slice principal,
				 struct credential *credential)
{
	struct acquire_request request = {
		.initiate = credential->initiate,
		.accept = credential->accept,
		.user = secret_slice(&auth->user),
		.domain = secret_slice(&auth->domain),
		.password = secret_slice(&auth->password),
		.has_identity = auth->has_identity,
		.certificate = auth->certificate,
		.more_certificates = (const struct certificate *const *)auth->more,
		.more_certificates_count = auth->more_count,
		.authority = credential->authority,
		.names = &credential->names,
		.policy = auth->policy,
		.pinned_certificate = auth->pinned_certificate,
		.trusted_file = auth->trusted_file,
		.trust_system = auth->trust_system,
		.trust_by_default = auth->trust_by_default,
		.any_host = auth->any_host,
		.manual_validation = auth->manual_validation,
		.account_map = auth->no_mapper ? NULL : auth->account_map,
		.maps_names = !auth->no_mapper,
		.always_spnego = auth->always_spnego,
		.package_list = auth_data_package_list(auth),
		.kerberos = auth->kerberos,
		.packages = all_packages,
	};

	request.kerberos.principal = principal;
	return credential->package->acquire(&request, &credential->inner);
}

/* What is the credential's own. */
static enum reason keep_identity(const struct auth_data *auth, struct credential *credential)
{
	credential->has_identity = auth->has_identity;
	credential->has_kdc_proxy = auth->has_kdc_proxy;
	credential->kdc_proxy = auth->kdc_proxy;
	return secret_copy(&credential->user, secret_slice(&auth->user)) &&
			       secret_copy(&credential->domain, secret_slice(&auth->domain))
		       ? REASON_OK
		       : REASON_OUT_OF_MEMORY;
}

static enum reason take_principal(const struct acquire_call *call, struct secret *principal)
{
	if (!(call->use & SECPKG_CRED_INBOUND))
		return REASON_OK;
	return text_copy(principal, call->principal, call->wide, REASON_BAD_CREDENTIAL_DATA);
}

static enum reason fill(const struct acquire_call *call, struct callback_argument *argument,
			struct credential *credential)
{
	CLEANUP(auth_data_wipe) struct auth_data auth = { 0 };
	CLEANUP(secret_wipe) struct secret principal = { 0 };
	enum reason reason = auth_data_decode(call->package, call->data, &auth);

	if (reason == REASON_OK)
		reason = choose_directions(call->package, &auth, call->use, credential);
	if (reason == REASON_OK)
		reason = take_principal(call, &principal);
	if (reason == REASON_OK && credential->package->by_certificate)
		reason = schannel_cred_direct(&auth, credential->accept);
	if (reason == REASON_OK)
		reason = keep_identity(&auth, credential);
	if (reason == REASON_OK)
		reason = host_names_fill(&credential->names, auth.options);
	if (reason == REASON_OK)
		reason = make_authority(&auth, credential, argument);
	if (reason == REASON_OK && auth.certificate)
		credential->expiry = certificate_expiry(auth.certificate);
	return reason == REASON_OK ? acquire_inner(&auth, secret_slice(&principal), credential) : reason;
}

static enum reason check_call(const struct security_package *package, uint32_t use)
{
	if (!package)
		return REASON_UNKNOWN_PACKAGE;
	if (package->by_certificate && use == 0) /* seen in Windows */
		return REASON_NO_CREDENTIAL;
	return use == 0 || use & ~(uint32_t)SECPKG_CRED_BOTH ? REASON_UNSUPPORTED : REASON_OK;
}

static enum reason make_credential(const struct acquire_call *call, struct callback_argument *argument,
				   struct credential **made)
{
	struct credential *credential = memory_allocate(sizeof(*credential));

	*made = credential;
	if (!credential)
		return REASON_OUT_OF_MEMORY;
	credential->references = 1;
	credential->package = call->package;
	return fill(call, argument, credential);
}

/* The callback's argument is freed in any case, by the authority or here. `before`: what was found wrong already. */
static enum reason make(enum reason before, struct acquire_call call, struct credential **credential)
{
	CLEANUP(callback_argument_free) struct callback_argument argument = { 0 };
	const OPENSSPI_OPTIONS *options;
	enum reason reason = auth_data_options(call.data, &options);

	call.use &= ~(uint32_t)USE_WITHOUT_EFFECT;
	if (options)
		argument = (struct callback_argument) { options->CallbackFree, options->CallbackArgument };
	if (before != REASON_OK)
		reason = before;
	if (reason == REASON_OK)
		reason = check_call(call.package, call.use);
	return reason == REASON_OK ? make_credential(&call, &argument, credential) : reason;
}

static struct acquire_call call_narrow(SEC_CHAR *principal, SEC_CHAR *package, uint32_t use, void *data)
{
	return (struct acquire_call) {
		.package = package ? package_find(public_packages, package) : NULL,
		.principal = text_narrow(principal),
		.use = use,
		.data = data,
	};
}

static struct acquire_call call_wide(SEC_WCHAR *principal, SEC_WCHAR *package, uint32_t use, void *data)
{
	return (struct acquire_call) {
		.package = package ? package_find_wide(public_packages, package) : NULL,
		.principal = text_wide(principal),
		.wide = true,
		.use = use,
		.data = data,
	};
}

static SECURITY_STATUS acquire(struct acquire_call call, PCredHandle handle, PTimeStamp expiry)
{
	CLEANUP(release) struct credential *credential = NULL;
	enum reason reason = make(REASON_OK, call, &credential);

	if (reason == REASON_OK) /* what is wrong with the rest is told first, as Windows does */
		reason = handle ? credential_open(credential, handle) : REASON_NULL_ARGUMENT;
	if (reason != REASON_OK)
		return fail(STEP, reason, NULL);
	if (expiry)
		*expiry = local_time(credential->expiry);
	return SEC_E_OK;
}

/* Found wrong before anything of pAuthData is looked at. */
static enum reason check_addition(const struct credential_set *set, const struct security_package *package)
{
	if (!package)
		return REASON_UNKNOWN_PACKAGE;
	if (set->package == package)
		return REASON_OK;
	trace("add", REASON_BAD_CREDENTIAL_DATA, "the handle is of another package than %s", package->name);
	return REASON_BAD_CREDENTIAL_DATA;
}

static SECURITY_STATUS add(const CredHandle *handle, struct acquire_call call, PTimeStamp expiry)
{
	CLEANUP(release) struct credential *credential = NULL;
	CLEANUP(handle_unpin) struct handle_pin set = { 0 };
	enum reason reason = REASON_BAD_HANDLE;

	if (handle_pin(handle, HANDLE_CREDENTIAL, &set))
		reason = check_addition(set.object, call.package);
	reason = make(reason, call, &credential);
	if (reason != REASON_OK)
		return fail("add", reason, NULL);
	credential_set_exchange(set.object, credential);
	if (expiry)
		*expiry = local_time(credential->expiry);
	return SEC_E_OK;
}

SECURITY_STATUS SEC_ENTRY AcquireCredentialsHandleA(SEC_CHAR *pszPrincipal, SEC_CHAR *pszPackage,
						    uint32_t fCredentialUse, void *pvLogonId, void *pAuthData,
						    SEC_GET_KEY_FN pGetKeyFn, void *pvGetKeyArgument,
						    PCredHandle phCredential, PTimeStamp ptsExpiry)
{
	(void)pvLogonId, (void)pGetKeyFn, (void)pvGetKeyArgument;
	return acquire(call_narrow(pszPrincipal, pszPackage, fCredentialUse, pAuthData), phCredential,
		       ptsExpiry);
}

SECURITY_STATUS SEC_ENTRY AcquireCredentialsHandleW(SEC_WCHAR *pszPrincipal, SEC_WCHAR *pszPackage,
						    uint32_t fCredentialUse, void *pvLogonId, void *pAuthData,
						    SEC_GET_KEY_FN pGetKeyFn, void *pvGetKeyArgument,
						    PCredHandle phCredential, PTimeStamp ptsExpiry)
{
	(void)pvLogonId, (void)pGetKeyFn, (void)pvGetKeyArgument;
	return acquire(call_wide(pszPrincipal, pszPackage, fCredentialUse, pAuthData), phCredential,
		       ptsExpiry);
}

SECURITY_STATUS SEC_ENTRY AddCredentialsA(PCredHandle hCredentials, SEC_CHAR *pszPrincipal,
					  SEC_CHAR *pszPackage, uint32_t fCredentialUse, void *pAuthData,
					  SEC_GET_KEY_FN pGetKeyFn, void *pvGetKeyArgument,
					  PTimeStamp ptsExpiry)
{
	(void)pGetKeyFn, (void)pvGetKeyArgument;
	return add(hCredentials, call_narrow(pszPrincipal, pszPackage, fCredentialUse, pAuthData), ptsExpiry);
}

SECURITY_STATUS SEC_ENTRY AddCredentialsW(PCredHandle hCredentials, SEC_WCHAR *pszPrincipal,
					  SEC_WCHAR *pszPackage, uint32_t fCredentialUse, void *pAuthData,
					  SEC_GET_KEY_FN pGetKeyFn, void *pvGetKeyArgument,
					  PTimeStamp ptsExpiry)
{
	(void)pGetKeyFn, (void)pvGetKeyArgument;
	return add(hCredentials, call_wide(pszPrincipal, pszPackage, fCredentialUse, pAuthData), ptsExpiry);
}

SECURITY_STATUS SEC_ENTRY FreeCredentialsHandle(PCredHandle phCredential)
{
	if (!handle_close(phCredential, HANDLE_CREDENTIAL))
		return fail("free credential", REASON_BAD_HANDLE, NULL);
	return SEC_E_OK;
}
