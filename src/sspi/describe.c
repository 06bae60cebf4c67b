/* OpensspiDescribeContext: what is known of a context, for a log line or a person. */
#include "crypto/digest.h"
#include "sspi/context.h"
#include "sspi/packed_block.h"
#include "sspi/text.h"

#include <opensspi/opensspi.h>

#include <stddef.h>

/* Texts that are not known stay NULL; one that is no text does as well. */
static void add_utf16(struct packed_block *block, size_t member, struct slice text)
{
	if (text.size && !packed_block_utf16(block, member, text, false))
		trace("describe", REASON_BAD_TOKEN, "a name that is no text is left out");
}

static void add_utf8(struct packed_block *block, size_t member, const char *text)
{
	if (text)
		packed_block_link(block, member, text_narrow(text), sizeof(SEC_CHAR));
}

#define ADD_UTF8(block, member, text)  add_utf8((block), offsetof(OPENSSPI_DESCRIPTION, member), (text))
#define ADD_UTF16(block, member, text) add_utf16((block), offsetof(OPENSSPI_DESCRIPTION, member), (text))

static bool ask(const struct context *context, enum attribute attribute, union attribute_value *value)
{
	return context->inner->package->query(context->inner, attribute, value) == REASON_OK;
}

/* A name is the account's once the server is finished; before that, and for a client, it is what it claims to be. */
static void describe_user(const struct context *context, struct packed_block *block)
{
	union attribute_value value;

	if (context->role == ROLE_ACCEPT) {
		if (context->state != CONTEXT_FINISHED || !ask(context, ATTRIBUTE_ACCOUNT, &value))
			return;
		ADD_UTF16(block, User, secret_slice(&value.account->user));
		ADD_UTF16(block, Domain, secret_slice(&value.account->domain));
		ADD_UTF8(block, Authority, value.account->authority);
	} else if (ask(context, ATTRIBUTE_CLAIMED_NAMES, &value)) {
		ADD_UTF16(block, User, value.names.user);
		ADD_UTF16(block, Domain, value.names.domain);
	}
}

static void describe_certificate(const struct context *context, struct packed_block *block)
{
	uint8_t digest[SHA256_SIZE];
	union attribute_value value;

	if (!ask(context,
		 context->role == ROLE_ACCEPT ? ATTRIBUTE_LOCAL_CERTIFICATE : ATTRIBUTE_REMOTE_CERTIFICATE,
		 &value))
		return;
	if (crypto_sha256(&value.bytes, 1, digest))
		packed_block_link(block, offsetof(OPENSSPI_DESCRIPTION, ServerCertificateSha256),
				  slice_of(digest, sizeof(digest)), 0);
	else
		block->bytes.failed = true;
}

static void describe_channel(const struct context *context, struct packed_block *block,
			     OPENSSPI_DESCRIPTION *fixed)
{
	union attribute_value value;

	ADD_UTF8(block, Package, context->inner->package->name);
	if (ask(context, ATTRIBUTE_INNER, &value))
		ADD_UTF8(block, InnerPackage, value.inner.name);
	if (ask(context, ATTRIBUTE_CREDSSP, &value))
		fixed->CredSspVersion = value.credssp.peer_version;
	if (!ask(context, ATTRIBUTE_TLS, &value))
		return;
	ADD_UTF8(block, TlsVersion, value.tls.version);
	ADD_UTF8(block, TlsCipher, value.tls.cipher);
}

static void describe_delegated(const struct context *context, struct packed_block *block,
			       OPENSSPI_DESCRIPTION *fixed)
{
	union attribute_value value;

	if (context->state != CONTEXT_FINISHED || !ask(context, ATTRIBUTE_DELEGATED, &value))
		return;
	fixed->Delegated = (OPENSSPI_DELEGATED)value.delegated.type;
	ADD_UTF16(block, DelegatedUser, value.delegated.user);
	ADD_UTF16(block, DelegatedDomain, value.delegated.domain);
}

/* Numbers are patched in before the texts, whose pointers are set when the block is finished. */
static enum reason describe(const struct context *context, const struct failure *outcome,
			    OPENSSPI_DESCRIPTION **description)
{
	CLEANUP(packed_block_wipe)
	struct packed_block block = packed_block_start(sizeof(OPENSSPI_DESCRIPTION));
	OPENSSPI_DESCRIPTION fixed = { .Status = outcome->status, .NtStatus = outcome->ntstatus };

	ADD_UTF8(&block, Reason, reason_word(outcome->reason));
	ADD_UTF8(&block, Sentence, reason_sentence(outcome->reason));
	if (context) {
		describe_channel(context, &block, &fixed);
		describe_certificate(context, &block);
		describe_user(context, &block);
		describe_delegated(context, &block, &fixed);
	}
	writer_patch(&block.bytes, 0, slice_of(&fixed, sizeof(fixed)));
	*description = packed_block_finish(&block);
	return *description ? REASON_OK : REASON_OUT_OF_MEMORY;
}

SECURITY_STATUS OpensspiDescribeContext(PCtxtHandle context, OPENSSPI_DESCRIPTION **description)
{
	CLEANUP(context_leave) struct context_visit visit = { 0 };
	struct failure last = *last_failure(); /* what is said below must not replace it */
	enum reason reason = context ? context_enter(context, &visit) : REASON_OK;

	if (reason == REASON_OK && !description)
		reason = REASON_NULL_ARGUMENT;
	if (reason == REASON_OK)
		reason =
			describe(visit.context, visit.context ? &visit.context->outcome : &last, description);
	return reason == REASON_OK ? SEC_E_OK : fail("describe", reason, NULL);
}
