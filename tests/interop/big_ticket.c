/*
 * A ticket as large as those of users in many groups, for tests/interop: big_ticket SERVICE BYTES
 *
 * Asks the KDC for a ticket with so many bytes of authorization data that nobody has to know (RFC 4120 5.2.6.1) and
 * leaves it in the cache, where every client finds it.
 */
#include <krb5.h>
#include <stdio.h>
#include <stdlib.h>

enum { UNKNOWN_TYPE = -1000 };

/* AD-IF-RELEVANT around zeros. */
static krb5_error_code pad(krb5_context context, unsigned size, krb5_authdata ***data)
{
	krb5_authdata padding = { .ad_type = UNKNOWN_TYPE, .length = size, .contents = calloc(size, 1) };
	krb5_authdata *list[] = { &padding, NULL };
	krb5_error_code code;

	if (!padding.contents)
		return 1;
	code = krb5_encode_authdata_container(context, KRB5_AUTHDATA_IF_RELEVANT, list, data);
	free(padding.contents);
	return code;
}

int main(int count, char **words)
{
	krb5_context context;
	krb5_ccache cache;
	krb5_creds wanted = { 0 }, *ticket;
	krb5_error_code code;

	if (count != 3 || krb5_init_context(&context) || krb5_cc_default(context, &cache))
		return 2;
	code = krb5_cc_get_principal(context, cache, &wanted.client);
	code = code ? code : krb5_parse_name(context, words[1], &wanted.server);
	code = code ? code : pad(context, (unsigned)strtoul(words[2], NULL, 10), &wanted.authdata);
	code = code ? code : krb5_get_credentials(context, 0, cache, &wanted, &ticket);
	if (code) {
		(void)fprintf(stderr, "%s\n", krb5_get_error_message(context, code));
		return 1;
	}
	(void)printf("%u\n", ticket->ticket.length);
	return 0;
}
