/*
 * A finished context as bytes, for another process of the same version: what was reached, names, account, and MIT's own
 * bytes for its context, which hold the keys, the sequence numbers and what was received. Sizes and the session key are
 * asked of MIT anew. The bytes are sealed by src/sspi, so MIT reads none that it did not write.
 */
#include "base/byte_reader.h"
#include "base/memory.h"
#include "kerberos/context.h"
#include "kerberos/failure.h"
#include "kerberos/kerberos.h"
#include "kerberos/library.h"

static void wipe_token(gss_buffer_t token)
{
	if (token->value)
		memory_wipe(token->value, token->length);
	library_release_buffer(token);
}

static enum reason import(gss_buffer_t token, gss_ctx_id_t *gss)
{
	OM_uint32 minor, major = gss_import_sec_context(&minor, token, gss);

	return GSS_ERROR(major) ? kerberos_gss_reason(major, minor) : REASON_OK;
}

/* MIT gives its context away; it is made anew, for a caller that fails later on goes on with it. */
static enum reason pack_gss(struct kerberos_context *context, struct byte_writer *out)
{
	CLEANUP(wipe_token) gss_buffer_desc token = GSS_C_EMPTY_BUFFER;
	OM_uint32 minor, major = gss_export_sec_context(&minor, &context->gss, &token);
	enum reason reason = REASON_OK;

	if (GSS_ERROR(major))
		reason = kerberos_gss_reason(major, minor);
	else
		reason = import(&token, &context->gss);
	if (!context->gss)
		context->step = STEP_REFUSED;
	/* Of a token that it has no memory for MIT leaves the length. */
	if (reason == REASON_OK)
		writer_counted(out, library_slice(&token));
	return reason;
}

/* Behind a message a reset would have to take its number back, which MIT cannot. */
enum reason kerberos_pack(struct package_context *base, bool reset, struct byte_writer *out)
{
	struct kerberos_context *context = (struct kerberos_context *)base;
	union attribute_value claimed;

	if (context->step != STEP_DONE || (reset && context->used))
		return REASON_OUT_OF_SEQUENCE;
	kerberos_claimed_names(context, &claimed);
	writer_u32le(out, context->reached);
	writer_u8(out, context->used);
	writer_counted(out, claimed.names.user);
	writer_counted(out, claimed.names.domain);
	if (context->role == ROLE_ACCEPT) {
		writer_counted(out, secret_slice(&context->target));
		account_pack(&context->account, out);
	}
	return pack_gss(context, out);
}

/* --- Unpacking --- */

static enum reason take_names(struct byte_reader *in, struct kerberos_context *context)
{
	enum reason reason = secret_read_text(in, &context->user);

	if (reason == REASON_OK)
		reason = secret_read_text(in, &context->domain);
	if (reason == REASON_OK && context->role == ROLE_ACCEPT)
		reason = secret_read_text(in, &context->target);
	if (reason == REASON_OK && context->role == ROLE_ACCEPT)
		reason = account_unpack(in, &context->account);
	return reason;
}

static bool is_whole(const struct kerberos_context *context)
{
	OM_uint32 minor;
	int initiates, open;

	return !GSS_ERROR(gss_inquire_context(&minor, context->gss, NULL, NULL, NULL, NULL, NULL, &initiates,
					      &open)) &&
	       open && (initiates != 0) == (context->role == ROLE_INITIATE);
}

static enum reason take_gss(struct byte_reader *in, struct kerberos_context *context)
{
	struct slice bytes;
	gss_buffer_desc token;
	enum reason reason;

	if (!reader_counted(in, &bytes) || !reader_empty(in))
		return REASON_BAD_TOKEN;
	token = library_buffer(bytes);
	reason = import(&token, &context->gss);
	if (reason != REASON_OK)
		return reason == REASON_OUT_OF_MEMORY ? reason : REASON_BAD_TOKEN;
	return is_whole(context) ? kerberos_take_keys(context) : REASON_BAD_TOKEN;
}

static enum reason fill(struct byte_reader *in, struct kerberos_context *context)
{
	enum reason reason;

	if (!reader_u32le(in, &context->reached) || !reader_bool(in, &context->used))
		return REASON_BAD_TOKEN;
	reason = take_names(in, context);
	return reason == REASON_OK ? take_gss(in, context) : reason;
}

enum reason kerberos_unpack(struct slice packed, enum role role,
			    const struct security_package *const *packages, struct package_context **made)
{
	struct kerberos_context *context;
	struct byte_reader in = reader_of(packed);
	enum reason reason = kerberos_make_context(NULL, role, &context);

	(void)packages;
	if (reason == REASON_OK)
		reason = fill(&in, context);
	if (reason == REASON_OK) {
		context->step = STEP_DONE;
		*made = &context->base;
	} else if (context) {
		package_context_free(&context->base);
	}
	return reason;
}
