#include "schannel/schannel.h"

#include "base/memory.h"
#include "schannel/context.h"
#include "schannel/openssl_error.h"

#include <opensspi/schannel.h>

enum {
	SCHANNEL_MAX_TOKEN = 24576, /* what Windows says */
	SCHANNEL_RPC_ID = 14,       /* RPC_C_AUTHN_GSS_SCHANNEL */
};

/* A query takes a context that it may not change, and still has to leave its answer somewhere. */
struct context_block {
	struct schannel_context context;
	struct byte_writer answer;
};

static void schannel_free_context(struct package_context *base)
{
	struct schannel_context *context = (struct schannel_context *)base;

	if (!context)
		return;
	SSL_free(context->ssl);
	X509_free(context->peer);
	certificate_free_der(context->peer_der);
	writer_wipe(&context->owed);
	writer_wipe(context->answer);
	secret_wipe(&context->protocols);
	secret_wipe(&context->app_data);
	secret_wipe(&context->keying_material);
	account_wipe(&context->account);
	memory_free((struct context_block *)context);
}

static bool start_ssl(struct schannel_context *context, SSL_CTX *settings)
{
	BIO *bio;

	context->ssl = SSL_new(settings);
	bio = context->ssl && SSL_set_app_data(context->ssl, context) == 1 ? memory_bio_new(&context->memory)
									   : NULL;
	openssl_errors_clear();
	if (!bio)
		return false;
	SSL_set_bio(context->ssl, bio, bio);
	if (context->role == ROLE_ACCEPT)
		SSL_set_accept_state(context->ssl);
	else
		SSL_set_connect_state(context->ssl);
	return true;
}

static enum reason schannel_new_context(const struct package_credential *base, enum role role,
					struct package_context **made)
{
	const struct schannel_credential *credential = (const struct schannel_credential *)base;
	SSL_CTX *settings = role == ROLE_ACCEPT ? credential->server : credential->client;
	struct context_block *block;

	if (!settings)
		return REASON_NO_CREDENTIAL;
	block = memory_allocate(sizeof(*block));
	if (!block)
		return REASON_OUT_OF_MEMORY;
	block->context = (struct schannel_context) {
		.base.package = &schannel_package,
		.credential = credential,
		.role = role,
		.own = role == ROLE_ACCEPT ? credential->certificates[0] : NULL,
		.owed = writer_growing(),
		.answer = &block->answer,
	};
	block->answer = writer_growing();
	if (!start_ssl(&block->context, settings)) {
		schannel_free_context(&block->context.base);
		return REASON_OUT_OF_MEMORY;
	}
	*made = &block->context.base;
	return REASON_OK;
}

static const char *const aliases[] = { UNISP_NAME_A, DEFAULT_TLS_SSP_NAME_A, NULL };

const struct security_package schannel_package = {
	.name = SCHANNEL_NAME_A,
	.aliases = aliases,
	.comment = "Schannel Security Package",
	/* The number Windows shows. */
	.capabilities = SECPKG_FLAG_INTEGRITY | SECPKG_FLAG_PRIVACY | SECPKG_FLAG_CONNECTION |
			SECPKG_FLAG_MULTI_REQUIRED | SECPKG_FLAG_EXTENDED_ERROR | SECPKG_FLAG_IMPERSONATION |
			SECPKG_FLAG_ACCEPT_WIN32_NAME | SECPKG_FLAG_STREAM | SECPKG_FLAG_MUTUAL_AUTH |
			SECPKG_FLAG_APPCONTAINER_PASSTHROUGH,
	.rpc_id = SCHANNEL_RPC_ID,
	.max_token = SCHANNEL_MAX_TOKEN,
	.stream = true,
	.by_certificate = true,
	.error_is_alert = true,
	.refused_flags = FLAG_DCE_STYLE | FLAG_REQUIRE_BINDINGS,
	.acquire = schannel_acquire,
	.new_context = schannel_new_context,
	.initiate = schannel_initiate,
	.accept = schannel_accept,
	.adopt = schannel_adopt,
	.seal = schannel_seal,
	.open = schannel_open,
	.control = schannel_control,
	.set = schannel_set,
	.query = schannel_query,
	.query_credential = schannel_query_credential,
	.free_context = schannel_free_context,
	.free_credential = schannel_free_credential,
};
