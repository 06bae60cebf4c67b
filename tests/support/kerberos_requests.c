/* Requests of both sides; apart from the realm, which bench/ uses without the core. */
#include "support/kerberos_realm.h"

#include "support/hex.h"

struct acquire_request kerberos_accept_request(void)
{
	return (struct acquire_request) {
		.accept = true,
		.names = test_host_names(),
		.policy = policy_default,
		.kerberos = { .keytab = kerberos_keytab(), .replay_cache = "none:" },
	};
}

struct acquire_request kerberos_initiate_request(const char *cache)
{
	return (struct acquire_request) {
		.initiate = true,
		.names = test_host_names(),
		.policy = policy_default,
		.kerberos = { .cache = cache, .kdc_milliseconds = 1000 },
	};
}

struct slice kerberos_bindings(const char *application_data)
{
	size_t size = strlen(application_data);
	struct byte_writer form = writer_fixed(keep_bytes(64 + size), 64 + size);

	writer_zeros(&form, 16); /* neither address has a type or bytes */
	writer_u32le(&form, (uint32_t)size);
	writer_bytes(&form, slice_of(application_data, size));
	assert_true(writer_ok(&form));
	return writer_slice(&form);
}
