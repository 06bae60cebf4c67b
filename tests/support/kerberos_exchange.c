#include "support/kerberos_exchange.h"

#include "support/hex.h"
#include "support/pac.h"
#include "vectors/pac.h"

static char *text(const char *ascii)
{
	return (char *)(uintptr_t)ascii;
}

OPENSSPI_OPTIONS kerberos_server_options(void)
{
	return (OPENSSPI_OPTIONS) {
		.Magic = OPENSSPI_OPTIONS_MAGIC,
		.Size = sizeof(OPENSSPI_OPTIONS),
		.Keytab = kerberos_keytab(),
		.ReplayCache = "none:",
		.Certificate = exchange_certificate(),
	};
}

void kerberos_acquire_server(struct exchange *exchange, const char *package, const char *principal,
			     OPENSSPI_OPTIONS *given)
{
	assert_int_equal(AcquireCredentialsHandleA(text(principal), text(package), SECPKG_CRED_INBOUND, NULL,
						   given, NULL, NULL, &exchange->server.credential, NULL),
			 SEC_E_OK);
	exchange->server.has_credential = true;
}

void kerberos_acquire_client(struct exchange *exchange, const char *package,
			     const struct kerberos_ticket *ticket, void *auth_data)
{
	OPENSSPI_OPTIONS given = { .Magic = OPENSSPI_OPTIONS_MAGIC, .Size = sizeof(given) };

	given.CredentialCache = kerberos_cache(ticket);
	given.AuthData = auth_data;
	assert_int_equal(AcquireCredentialsHandleA(NULL, text(package), SECPKG_CRED_OUTBOUND, NULL, &given,
						   NULL, NULL, &exchange->client.credential, NULL),
			 SEC_E_OK);
	exchange->client.has_credential = true;
}

void kerberos_exchange_start(struct exchange *exchange, const char *package, OPENSSPI_OPTIONS *given)
{
	struct kerberos_ticket ticket = kerberos_ticket();

	*exchange = (struct exchange) {
		.client = { .target = KERBEROS_TARGET,
			    .request = ISC_REQ_MUTUAL_AUTH | ISC_REQ_CONFIDENTIALITY | ISC_REQ_INTEGRITY |
				       ISC_REQ_SEQUENCE_DETECT | ISC_REQ_REPLAY_DETECT },
	};
	kerberos_acquire_server(exchange, package, NULL, given);
	kerberos_acquire_client(exchange, package, &ticket, NULL);
}

const struct kerberos_pac *pac_of_samba(void)
{
	static struct kerberos_pac pac;

	pac = (struct kerberos_pac) { .logon_info = pac_buffer(hex(pac_samba), PAC_TYPE_LOGON),
				      .upn_dns_info = pac_buffer(hex(pac_samba), PAC_TYPE_UPN_DNS) };
	return &pac;
}
