#include "bare_gss.h"

#include "samples.h"

#include <gssapi/gssapi_ext.h>
#include <gssapi/gssapi_krb5.h>
#include <string.h>

static void release(gss_buffer_t token)
{
	OM_uint32 minor;

	(void)gss_release_buffer(&minor, token);
}

static void acquire(struct bare_gss *side, gss_cred_usage_t usage, gss_key_value_element_desc *elements,
		    OM_uint32 count)
{
	gss_OID_set_desc mechanisms = { 1, (gss_OID)(uintptr_t)gss_mech_krb5 };
	gss_key_value_set_desc store = { count, elements };
	OM_uint32 minor;

	*side = (struct bare_gss) { 0 };
	must(gss_acquire_cred_from(&minor, GSS_C_NO_NAME, GSS_C_INDEFINITE, &mechanisms, usage, &store,
				   &side->credential, NULL, NULL) == GSS_S_COMPLETE,
	     "MIT's credential");
}

void bare_gss_acquire(struct bare_gss *server, struct bare_gss *client, const char *keytab,
		      const char *replay_cache, const char *cache, const char *service)
{
	gss_key_value_element_desc keys[] = { { "keytab", keytab }, { "rcache", replay_cache } };
	gss_key_value_element_desc tickets[] = { { "ccache", cache } };
	gss_buffer_desc name = { strlen(service), (void *)(uintptr_t)service };
	OM_uint32 minor;

	acquire(server, GSS_C_ACCEPT, keys, 2);
	acquire(client, GSS_C_INITIATE, tickets, 1);
	must(gss_import_name(&minor, &name, GSS_KRB5_NT_PRINCIPAL_NAME, &client->service) == GSS_S_COMPLETE,
	     "MIT's name");
}

void bare_gss_release(struct bare_gss *server, struct bare_gss *client)
{
	OM_uint32 minor;

	(void)gss_release_cred(&minor, &server->credential);
	(void)gss_release_cred(&minor, &client->credential);
	(void)gss_release_name(&minor, &client->service);
}

__attribute__((noinline)) void measured_gss_accept(struct bare_gss *server, const struct bare_gss *client)
{
	gss_buffer_desc input = client->token;
	uint64_t before = thread_nanoseconds();
	OM_uint32 minor;

	must(gss_accept_sec_context(&minor, &server->context, server->credential, &input, NULL, NULL, NULL,
				    &server->token, NULL, NULL, NULL) == GSS_S_COMPLETE,
	     "gss_accept_sec_context");
	server->nanoseconds += nanoseconds_since(before);
}

__attribute__((noinline)) void measured_gss_initiate(struct bare_gss *client, const struct bare_gss *server)
{
	gss_buffer_desc input = server->token;
	uint64_t before;
	OM_uint32 minor;

	release(&client->token);
	before = thread_nanoseconds();
	must(!GSS_ERROR(gss_init_sec_context(&minor, client->credential, &client->context, client->service,
					     (gss_OID)(uintptr_t)gss_mech_krb5,
					     GSS_C_MUTUAL_FLAG | GSS_C_CONF_FLAG | GSS_C_INTEG_FLAG, 0, NULL,
					     &input, NULL, &client->token, NULL, NULL)),
	     "gss_init_sec_context");
	client->nanoseconds += nanoseconds_since(before);
}

static void end_side(struct bare_gss *side)
{
	uint64_t before = thread_nanoseconds();
	OM_uint32 minor;

	(void)gss_delete_sec_context(&minor, &side->context, GSS_C_NO_BUFFER);
	release(&side->token);
	side->nanoseconds += nanoseconds_since(before);
}

__attribute__((noinline)) void measured_gss_end_server(struct bare_gss *server)
{
	end_side(server);
}

__attribute__((noinline)) void measured_gss_end_client(struct bare_gss *client)
{
	end_side(client);
}

void bare_gss_exchange(struct bare_gss *server, struct bare_gss *client)
{
	server->nanoseconds = client->nanoseconds = 0;
	measured_gss_initiate(client, server);
	measured_gss_accept(server, client);
	measured_gss_initiate(client, server);
	measured_gss_end_server(server);
	measured_gss_end_client(client);
}
