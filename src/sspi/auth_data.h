/* pAuthData of AcquireCredentialsHandle, in all its forms, decoded into what packages take. */
#ifndef OPENSSPI_SSPI_AUTH_DATA_H
#define OPENSSPI_SSPI_AUTH_DATA_H

#include "base/trace.h"
#include "package/package.h"

#include <opensspi/opensspi.h>

/* Beside the first one. */
enum { AUTH_CERTIFICATES_MAX = 15 };

struct auth_data {
	const OPENSSPI_OPTIONS *options; /* borrowed for the call; NULL: none were given */
	struct secret user, domain, password;
	bool has_identity;
	struct secret package_list; /* UTF-8 with a NUL, or empty */
	struct certificate *certificate, *more[AUTH_CERTIFICATES_MAX];
	size_t more_count;
	bool manual_validation, any_host;               /* SCH_CRED_ flags; Schannel */
	bool wants_revocation, no_mapper;               /* the same */
	uint32_t enabled_protocols, disabled_protocols; /* SP_PROT_; 0 enabled: all */
	struct policy policy;
	struct slice pinned_certificate; /* borrowed */
	const char *trusted_file;        /* borrowed; NULL: none */
	bool trust_system, trust_by_default, always_spnego;
	const char *account_map;          /* borrowed; NULL: none */
	struct kerberos_request kerberos; /* borrowed; without the principal */
	bool has_kdc_proxy;
	struct kdc_proxy kdc_proxy;
};

/* The options if `data` are options. BAD_CREDENTIAL_DATA: they begin like options and are none. */
NODISCARD enum reason auth_data_options(const void *data, const OPENSSPI_OPTIONS **options);
/*
 * `data` may be NULL or options around either. On failure `auth` may be filled in part. BAD_CREDENTIAL_DATA: none of
 * the forms; UNSUPPORTED: a form or setting that is not built. Both are traced.
 */
NODISCARD enum reason auth_data_decode(const struct security_package *package, const void *data,
				       struct auth_data *auth);
/* NULL: all packages. */
const char *auth_data_package_list(const struct auth_data *auth);
void auth_data_wipe(struct auth_data *auth);

/* For the decoders of its parts: says in the trace what of pAuthData is refused, and gives the reason back. */
#define auth_data_refuse(reason, sentence) \
	(trace_enabled() ? trace_write("pAuthData", (reason), __FILE__, __LINE__, "%s", (sentence)) \
			 : (void)0, \
	 (reason))

/* The version or type that every structure but the plain identity begins with. */
static inline uint32_t auth_data_number(const void *data)
{
	uint32_t number;

	memcpy(&number, data, sizeof(number));
	return number;
}

#endif
