/* Attributes that say who somebody is. */
#include "base/utf16.h"
#include "sspi/attribute_rows.h"
#include "sspi/context_buffer.h"

#include <opensspi/sspi.h>

bool attribute_write_name(struct byte_writer *name, struct slice domain, struct slice user)
{
	if (domain.size) {
		writer_bytes(name, domain);
		writer_u16le(name, '\\');
	}
	writer_bytes(name, user);
	return writer_ok(name);
}

/* DOMAIN\user: a server is told the account that was let in, a client itself. */
static enum reason client_name(const struct context *context, struct byte_writer *name)
{
	bool server = context->role == ROLE_ACCEPT;
	union attribute_value value;
	enum reason reason =
		attribute_ask(context, server ? ATTRIBUTE_ACCOUNT : ATTRIBUTE_CLAIMED_NAMES, &value);

	if (reason != REASON_OK)
		return reason;
	if (server ? attribute_write_name(name, secret_slice(&value.account->domain),
					  secret_slice(&value.account->user))
		   : attribute_write_name(name, value.names.domain, value.names.user))
		return REASON_OK;
	return REASON_OUT_OF_MEMORY;
}

static enum reason put_client_name(const struct context *context, bool wide, void **text)
{
	CLEANUP(writer_wipe) struct byte_writer name = writer_growing();
	enum reason reason = client_name(context, &name);

	if (reason != REASON_OK)
		return reason;
	*text = attribute_text(writer_slice(&name), wide);
	return *text ? REASON_OK : REASON_OUT_OF_MEMORY;
}

enum reason attribute_names(const struct context *context, void *buffer, bool wide)
{
	void *name;
	enum reason reason = put_client_name(context, wide, &name);

	if (reason == REASON_OK)
		((SecPkgContext_NamesA *)buffer)->sUserName = name;
	return reason;
}

/* What a client called its target; for a server what the client says it called it. Empty: it named none. */
static struct slice target_name(const struct context *context)
{
	union attribute_value value;

	if (context->role == ROLE_INITIATE)
		return secret_slice(&context->target);
	return attribute_ask(context, ATTRIBUTE_TARGET_NAME, &value) == REASON_OK ? value.bytes
										  : slice_of(NULL, 0);
}

/* The names as the protocol has them, without regard to who is meant; NTLM's are DOMAIN\user and the SPN. */
enum reason attribute_native_names(const struct context *context, void *buffer, bool wide)
{
	void *client, *server;
	enum reason reason = put_client_name(context, wide, &client);

	if (reason != REASON_OK)
		return reason;
	server = attribute_text(target_name(context), wide);
	if (!server) {
		(void)FreeContextBuffer(client);
		return REASON_OUT_OF_MEMORY;
	}
	*(SecPkgContext_NativeNamesA *)buffer = (SecPkgContext_NativeNamesA) { client, server };
	return REASON_OK;
}

/* Always UTF-16. */
enum reason attribute_client_specified_target(const struct context *context, void *buffer, bool wide)
{
	SEC_WCHAR *name = attribute_text(target_name(context), true);

	(void)wide;
	if (!name)
		return REASON_OUT_OF_MEMORY;
	((SecPkgContext_ClientSpecifiedTarget *)buffer)->sTargetName = name;
	return REASON_OK;
}

/*
 * The domain whose authority let the account in; of accounts without one this machine. A client names the one that it
 * asked for, which may be empty.
 */
enum reason attribute_authority(const struct context *context, void *buffer, bool wide)
{
	bool server = context->role == ROLE_ACCEPT;
	union attribute_value value;
	enum reason reason =
		attribute_ask(context, server ? ATTRIBUTE_ACCOUNT : ATTRIBUTE_CLAIMED_NAMES, &value);
	struct slice domain;
	void *name;

	if (reason != REASON_OK)
		return reason;
	domain = server ? secret_slice(&value.account->domain) : value.names.domain;
	if (server && !domain.size)
		domain = context_computer(context);
	name = attribute_text(domain, wide);
	if (!name)
		return REASON_OUT_OF_MEMORY;
	((SecPkgContext_AuthorityA *)buffer)->sAuthorityName = name;
	return REASON_OK;
}

/* pPac is the name for RPC, whose authorization service knows it by that: UTF-16 in both forms. */
enum reason attribute_dce_info(const struct context *context, void *buffer, bool wide)
{
	enum { RPC_C_AUTHZ_NAME = 1 };
	void *name;
	enum reason reason = put_client_name(context, true, &name);

	(void)wide;
	if (reason == REASON_OK)
		*(SecPkgContext_DceInfo *)buffer = (SecPkgContext_DceInfo) { RPC_C_AUTHZ_NAME, name };
	return reason;
}

/* Claims come from a directory, and none is asked: an empty set of them. */
enum reason attribute_subject_attributes(const struct context *context, void *buffer, bool wide)
{
	AUTHZ_SECURITY_ATTRIBUTES_INFORMATION none = {
		.Version = AUTHZ_SECURITY_ATTRIBUTES_INFORMATION_VERSION_V1,
	};
	void *block;
	enum reason reason = attribute_bytes(slice_of(&none, sizeof(none)), &block);

	(void)context, (void)wide;
	if (reason == REASON_OK)
		((SecPkgContext_SubjectAttributes *)buffer)->AttributeInfo = block;
	return reason;
}
