#include "kerberos/kerberos.h"

#include "base/clock.h"
#include "base/memory.h"
#include "base/trace.h"
#include "base/utf16.h"
#include "kerberos/acceptance.h"
#include "kerberos/client_name.h"
#include "kerberos/context.h"
#include "kerberos/failure.h"
#include "kerberos/forwarding.h"
#include "kerberos/library.h"
#include "kerberos/s4u.h"
#include "kerberos/tickets.h"

#include <gssapi/gssapi_ext.h>
#include <gssapi/gssapi_krb5.h>
#include <opensspi/sspi.h>

#define STEP "Kerberos credential"

enum {
	KERBEROS_MAX_TOKEN = 48000, /* what Windows says */
	KERBEROS_RPC_ID = 16,       /* RPC_C_AUTHN_GSS_KERBEROS */
	/* What is taken: a ticket with a large PAC. */
	KERBEROS_INPUT_MAX = 128 * 1024,
};

/* 1.2.840.113554.1.2.2: of MIT's mechanisms this one alone; SPNEGO is ours. */
static gss_OID_desc mechanism = { 9, (void *)"\x2a\x86\x48\x86\xf7\x12\x01\x02\x02" };
const gss_OID kerberos_mechanism = &mechanism;

/* --- Flags */

static const struct {
	uint32_t flag;
	OM_uint32 gss;
} flags_table[] = {
	{ FLAG_MUTUAL_AUTH, GSS_C_MUTUAL_FLAG },       { FLAG_REPLAY_DETECT, GSS_C_REPLAY_FLAG },
	{ FLAG_SEQUENCE_DETECT, GSS_C_SEQUENCE_FLAG }, { FLAG_CONFIDENTIALITY, GSS_C_CONF_FLAG },
	{ FLAG_INTEGRITY, GSS_C_INTEG_FLAG },          { FLAG_DCE_STYLE, GSS_C_DCE_STYLE },
	{ FLAG_IDENTIFY, GSS_C_IDENTIFY_FLAG },
};

OM_uint32 kerberos_gss_flags(uint32_t flags)
{
	OM_uint32 gss = 0;

	for (size_t i = 0; i < COUNT_OF(flags_table); i++)
		if (flags & flags_table[i].flag)
			gss |= flags_table[i].gss;
	return gss;
}

static uint32_t reached(OM_uint32 gss)
{
	uint32_t flags = FLAG_CONNECTION;

	for (size_t i = 0; i < COUNT_OF(flags_table); i++)
		if (gss & flags_table[i].gss)
			flags |= flags_table[i].flag;
	return gss & GSS_C_DELEG_FLAG ? flags | FLAG_DELEGATE : flags;
}

/* --- Credentials */

static bool copy_text(struct secret *to, const char *text)
{
	return !text || !*text || secret_copy(to, slice_of(text, strlen(text) + 1));
}

static const char *text_of(const struct secret *secret)
{
	return secret->size ? (const char *)secret->data : NULL;
}

/*
 * Whoever the realm knows is let in by the machine's own keytab, so it is used where nobody said who may log on. A
 * keytab that was named and cannot be used is an error; the machine's may be missing. An authority that knows tickets
 * itself is asked where none is named.
 */
static enum reason acquire_acceptor(const struct acquire_request *request,
				    struct kerberos_credential *credential)
{
	const struct kerberos_request *kerberos = &request->kerberos;
	enum reason reason = REASON_OK;

	if (!copy_text(&credential->services, kerberos->services) ||
	    !secret_copy(&credential->principal, kerberos->principal))
		return REASON_OUT_OF_MEMORY;
	if (kerberos->keytab || !request->authority) {
		reason = keytab_authority_new(kerberos->keytab, kerberos->replay_cache, &credential->own);
		credential->authority = credential->own;
	} else if (request->authority->class->ask_kerberos) {
		credential->authority = request->authority;
	} else {
		reason = REASON_NO_CREDENTIAL;
	}
	if (reason != REASON_OK)
		return reason;
	credential->accept = true;
	credential->relays = kerberos->relays;
	return REASON_OK;
}

/* A file is read here, no more: whether its tickets serve shows when one is needed. */
static enum reason acquire_cache(const struct acquire_request *request,
				 struct kerberos_credential *credential)
{
	const char *name = request->kerberos.cache;

	credential->has_cache = true;
	if (!copy_text(&credential->cache, name))
		return REASON_OUT_OF_MEMORY;
	return client_name_of_cache(text_of(&credential->cache), &credential->user, &credential->domain);
}

static enum reason acquire_identity(const struct acquire_request *request,
				    struct kerberos_credential *credential)
{
	LOCAL_WRITER(password);

	if (!request->password.size && !request->kerberos.keytab)
		return REASON_NO_CREDENTIAL;
	if (!secret_copy(&credential->user, request->user) ||
	    !secret_copy(&credential->domain, request->domain) ||
	    !copy_text(&credential->keytab, request->kerberos.keytab))
		return REASON_OUT_OF_MEMORY;
	if (!utf16_to_utf8(&password, request->password))
		return writer_ok(&password) ? REASON_NO_CREDENTIAL : REASON_OUT_OF_MEMORY;
	writer_u8(&password, 0);
	if (!writer_ok(&password) ||
	    (request->password.size && !secret_copy(&credential->password, writer_slice(&password))))
		return REASON_OUT_OF_MEMORY;
	return client_name_of_identity(request->user, request->domain, &credential->client);
}

/* What acts as the client of a server's context: its own tickets, or those that a KDC gives for it. */
static enum reason acquire_client(const struct package_context *base, struct kerberos_credential *credential)
{
	const struct kerberos_context *context = (const struct kerberos_context *)base;

	if (base->package != &kerberos_package || context->role != ROLE_ACCEPT ||
	    context->step != STEP_DONE || !context->credential)
		return REASON_NO_CREDENTIAL;
	credential->kdc_milliseconds = context->credential->kdc_milliseconds;
	if (!secret_copy(&credential->user, secret_slice(&context->user)) ||
	    !secret_copy(&credential->domain, secret_slice(&context->domain)))
		return REASON_OUT_OF_MEMORY;
	if (context->forwarded != GSS_C_NO_CREDENTIAL)
		return forwarding_copy(context, credential);
	return context->ticket.size ? s4u_copy(context, credential) : REASON_NO_CREDENTIAL;
}

static enum reason acquire_initiator(const struct acquire_request *request,
				     struct kerberos_credential *credential)
{
	enum reason reason;

	if (request->client)
		reason = acquire_client(request->client, credential);
	else if (request->kerberos.cache)
		reason = acquire_cache(request, credential);
	else
		reason = request->has_identity ? acquire_identity(request, credential) : REASON_NO_CREDENTIAL;
	if (reason == REASON_OK && request->kerberos.on_behalf_of)
		reason = s4u_name(credential, request->kerberos.on_behalf_of);
	credential->initiate = reason == REASON_OK;
	return reason;
}

static void kerberos_free_credential(struct package_credential *base)
{
	struct kerberos_credential *credential = (struct kerberos_credential *)base;

	if (!credential)
		return;
	authority_free(credential->own);
	forwarding_destroy(credential);
	secret_wipe(&credential->principal);
	secret_wipe(&credential->services);
	secret_wipe(&credential->keytab);
	secret_wipe(&credential->cache);
	secret_wipe(&credential->user);
	secret_wipe(&credential->domain);
	secret_wipe(&credential->client);
	secret_wipe(&credential->password);
	secret_wipe(&credential->on_behalf_of);
	secret_wipe(&credential->evidence);
	memory_free(credential);
}

/* One for both directions serves those for which there is something. */
static enum reason fill(const struct acquire_request *request, struct kerberos_credential *credential)
{
	enum reason reason = REASON_NO_CREDENTIAL;

	if (request->accept)
		reason = acquire_acceptor(request, credential);
	if (request->initiate && (reason == REASON_OK || reason == REASON_NO_CREDENTIAL)) {
		enum reason initiator = acquire_initiator(request, credential);

		if (initiator != REASON_NO_CREDENTIAL)
			reason = initiator;
	}
	return reason;
}

static enum reason kerberos_acquire(const struct acquire_request *request, struct package_credential **made)
{
	struct kerberos_credential *credential = memory_allocate(sizeof(*credential));
	enum reason reason;

	if (!credential)
		return REASON_OUT_OF_MEMORY;
	*credential = (struct kerberos_credential) {
		.base.package = &kerberos_package,
		.kdc_milliseconds = request->kerberos.kdc_milliseconds,
		.packages = request->packages,
	};
	reason = fill(request, credential);
	if (reason == REASON_OK)
		*made = &credential->base;
	else
		kerberos_free_credential(&credential->base);
	return reason;
}

/* --- Contexts */

enum reason kerberos_make_context(const struct kerberos_credential *credential, enum role role,
				  struct kerberos_context **made)
{
	struct kerberos_context *context = memory_allocate(sizeof(*context));

	*made = context;
	if (!context)
		return REASON_OUT_OF_MEMORY;
	*context = (struct kerberos_context) {
		.base.package = &kerberos_package,
		.credential = credential,
		.role = role,
		.step = STEP_AP_REQ,
		.gss = GSS_C_NO_CONTEXT,
		.ticket_credential = GSS_C_NO_CREDENTIAL,
		.service = GSS_C_NO_NAME,
		.forwarded = GSS_C_NO_CREDENTIAL,
		.iakerb.transcript = writer_growing(),
		.iakerb.search = {
			.milliseconds = credential ? credential->kdc_milliseconds : 0,
			.packages = credential ? credential->packages : NULL,
		},
	};
	return REASON_OK;
}

static enum reason kerberos_new_context(const struct package_credential *base, enum role role,
					struct package_context **made)
{
	const struct kerberos_credential *credential = (const struct kerberos_credential *)base;
	struct kerberos_context *context;
	enum reason reason;

	if (!(role == ROLE_INITIATE ? credential->initiate : credential->accept))
		return REASON_NO_CREDENTIAL;
	reason = kerberos_make_context(credential, role, &context);
	if (reason == REASON_OK)
		*made = &context->base;
	return reason;
}

static void free_tickets(struct kerberos_context *context)
{
	OM_uint32 minor;

	(void)gss_release_cred(&minor, &context->ticket_credential);
	library_release_name(&context->service);
	tickets_close(context);
	library_free_context(&context->krb5);
}

static void kerberos_free_context(struct package_context *base)
{
	struct kerberos_context *context = (struct kerberos_context *)base;
	OM_uint32 minor;

	if (!context)
		return;
	(void)gss_delete_sec_context(&minor, &context->gss, GSS_C_NO_BUFFER);
	(void)gss_release_cred(&minor, &context->forwarded);
	free_tickets(context);
	secret_wipe(&context->session_key);
	secret_wipe(&context->ticket);
	secret_wipe(&context->client);
	writer_wipe(&context->iakerb.transcript);
	secret_wipe(&context->target);
	secret_wipe(&context->user);
	secret_wipe(&context->domain);
	account_wipe(&context->account);
	memory_free(context);
}

SECURITY_STATUS kerberos_run_step(struct kerberos_context *context,
				  const struct kerberos_step_rule rules[STEP_COUNT], struct leg *leg)
{
	const struct kerberos_step_rule *rule = &rules[context->step];
	SECURITY_STATUS status;

	if (!rule->run)
		return leg_refuse(leg, rule->name, REASON_OUT_OF_SEQUENCE, NULL);
	if (leg->input.size > KERBEROS_INPUT_MAX)
		status = leg_refuse(leg, rule->name, REASON_TOKEN_TOO_BIG, NULL);
	else
		status = rule->run(context, rule->name, leg);
	if (!status_failed(status) && !writer_ok(leg->output))
		status = leg_refuse(leg, rule->name, REASON_OUT_OF_MEMORY, NULL);
	if (status_failed(status)) {
		context->step = STEP_REFUSED;
		return status;
	}
	leg->consumed = leg->input.size;
	if (status == SEC_E_OK) {
		context->step = STEP_DONE;
		leg->reached = context->reached;
		leg->expiry = context->expiry;
		leg->can_seal = context->reached & FLAG_CONFIDENTIALITY;
	}
	return status;
}

/* --- What is known once the exchange is over */

static const struct encryption {
	krb5_enctype number;
	uint32_t bits, checksum_number;
	const char *encryption, *checksum;
} encryptions[] = {
	{ ENCTYPE_AES256_CTS_HMAC_SHA1_96, 256, CKSUMTYPE_HMAC_SHA1_96_AES256, "AES256-CTS-HMAC-SHA1-96",
	  "HMAC-SHA1-96" },
	{ ENCTYPE_AES128_CTS_HMAC_SHA1_96, 128, CKSUMTYPE_HMAC_SHA1_96_AES128, "AES128-CTS-HMAC-SHA1-96",
	  "HMAC-SHA1-96" },
	{ ENCTYPE_AES256_CTS_HMAC_SHA384_192, 256, CKSUMTYPE_HMAC_SHA384_192_AES256,
	  "AES256-CTS-HMAC-SHA384-192", "HMAC-SHA384-192" },
	{ ENCTYPE_AES128_CTS_HMAC_SHA256_128, 128, CKSUMTYPE_HMAC_SHA256_128_AES128,
	  "AES128-CTS-HMAC-SHA256-128", "HMAC-SHA256-128" },
};

static const struct encryption *encryption_of(krb5_enctype number)
{
	for (size_t i = 0; i < COUNT_OF(encryptions); i++)
		if (encryptions[i].number == number)
			return &encryptions[i];
	return NULL;
}

static void release_set(gss_buffer_set_t *set)
{
	OM_uint32 minor;

	(void)gss_release_buffer_set(&minor, set);
}

/* The key that messages are protected under: MIT gives its bytes, and its type as the last arc of an identifier. */
static enum reason take_session_key(struct kerberos_context *context)
{
	enum { KEY, TYPE, ELEMENTS };
	CLEANUP(release_set) gss_buffer_set_t set = GSS_C_NO_BUFFER_SET;
	OM_uint32 minor;
	struct slice type;

	if (GSS_ERROR(
		    gss_inquire_sec_context_by_oid(&minor, context->gss, GSS_C_INQ_SSPI_SESSION_KEY, &set)) ||
	    set->count < ELEMENTS || set->elements[TYPE].length == 0)
		return REASON_CRYPTO_FAILED;
	type = library_slice(&set->elements[TYPE]);
	context->encryption = type.data[type.size - 1];
	return secret_copy(&context->session_key, library_slice(&set->elements[KEY])) ? REASON_OK
										      : REASON_OUT_OF_MEMORY;
}

static enum reason take_sizes(struct kerberos_context *context)
{
	gss_iov_buffer_desc sealed[] = { { .type = GSS_IOV_BUFFER_TYPE_HEADER },
					 { .type = GSS_IOV_BUFFER_TYPE_DATA, .buffer.length = 1 } };
	gss_iov_buffer_desc mic[] = { { .type = GSS_IOV_BUFFER_TYPE_DATA, .buffer.length = 1 },
				      { .type = GSS_IOV_BUFFER_TYPE_MIC_TOKEN } };
	OM_uint32 minor;
	int state;

	if (GSS_ERROR(gss_wrap_iov_length(&minor, context->gss, 1, GSS_C_QOP_DEFAULT, &state, sealed,
					  COUNT_OF(sealed))) ||
	    GSS_ERROR(gss_get_mic_iov_length(&minor, context->gss, GSS_C_QOP_DEFAULT, mic, COUNT_OF(mic))))
		return REASON_CRYPTO_FAILED;
	context->security_trailer = (uint32_t)sealed[0].buffer.length;
	context->max_signature = (uint32_t)mic[1].buffer.length;
	return REASON_OK;
}

static enum reason take_expiry(struct kerberos_context *context)
{
	OM_uint32 major, minor, lifetime;
	int64_t now = clock_now();

	if (now < 0)
		return REASON_NO_CLOCK;
	major = gss_inquire_context(&minor, context->gss, NULL, NULL, &lifetime, NULL, NULL, NULL, NULL);
	/* It may end while the tokens are on their way. */
	if (GSS_ROUTINE_ERROR(major) == GSS_S_CONTEXT_EXPIRED)
		return REASON_KERBEROS_TICKET_EXPIRED;
	if (GSS_ERROR(major))
		return REASON_CRYPTO_FAILED;
	context->expiry = lifetime == GSS_C_INDEFINITE ? 0 : now + lifetime * CLOCK_TICKS_PER_SECOND;
	return REASON_OK;
}

enum reason kerberos_take_keys(struct kerberos_context *context)
{
	enum reason reason = take_session_key(context);

	/* RC4 and DES: other layouts of messages, and weak. */
	if (reason == REASON_OK && !encryption_of(context->encryption))
		return REASON_KERBEROS_ENCRYPTION;
	return reason == REASON_OK ? take_sizes(context) : reason;
}

SECURITY_STATUS kerberos_finish(struct kerberos_context *context, const char *step, struct leg *leg,
				OM_uint32 gss_flags)
{
	enum reason reason = kerberos_take_keys(context);

	if (reason == REASON_KERBEROS_ENCRYPTION)
		return leg_refuse(leg, step, reason, "the session key is of type %d", context->encryption);
	if (reason == REASON_OK)
		reason = take_expiry(context);
	if (reason != REASON_OK)
		return leg_refuse(leg, step, reason, NULL);
	context->reached = reached(gss_flags);
	return SEC_E_OK;
}

static void query_key_info(const struct kerberos_context *context, union attribute_value *value)
{
	const struct encryption *encryption = encryption_of(context->encryption);

	value->key_info.signature = encryption->checksum;
	value->key_info.encryption = encryption->encryption;
	value->key_info.bits = encryption->bits;
	value->key_info.signature_number = encryption->checksum_number;
	value->key_info.encryption_number = (uint32_t)encryption->number;
}

void kerberos_claimed_names(const struct kerberos_context *context, union attribute_value *value)
{
	bool own = context->role == ROLE_INITIATE && context->credential;

	value->names.user = secret_slice(own ? &context->credential->user : &context->user);
	value->names.domain = secret_slice(own ? &context->credential->domain : &context->domain);
}

/* A ticket that is evidence lasts as long as the logon with it. */
static enum reason query_client_tickets(const struct kerberos_context *context, int64_t *expiry)
{
	if (context->forwarded != GSS_C_NO_CREDENTIAL)
		return forwarding_expiry(context, expiry);
	*expiry = context->expiry;
	return context->ticket.size ? REASON_OK : REASON_NO_CREDENTIAL;
}

static enum reason kerberos_query(const struct package_context *base, enum attribute attribute,
				  union attribute_value *value)
{
	const struct kerberos_context *context = (const struct kerberos_context *)base;
	bool server = context->role == ROLE_ACCEPT, done = context->step == STEP_DONE;

	switch (attribute) {
	case ATTRIBUTE_SIZES:
		value->sizes.max_token = KERBEROS_MAX_TOKEN;
		value->sizes.max_signature = context->max_signature;
		value->sizes.block = 0;
		value->sizes.security_trailer = context->security_trailer;
		return done ? REASON_OK : REASON_OUT_OF_SEQUENCE;
	case ATTRIBUTE_CLAIMED_NAMES:
		kerberos_claimed_names(context, value);
		return REASON_OK;
	case ATTRIBUTE_TARGET_NAME:
		value->bytes = secret_slice(&context->target);
		return server ? REASON_OK : REASON_UNSUPPORTED;
	case ATTRIBUTE_SESSION_KEY:
		value->bytes = secret_slice(&context->session_key);
		return done ? REASON_OK : REASON_OUT_OF_SEQUENCE;
	case ATTRIBUTE_KEY_INFO:
		if (!done)
			return REASON_OUT_OF_SEQUENCE;
		query_key_info(context, value);
		return REASON_OK;
	case ATTRIBUTE_CLIENT_TICKETS:
		return server && done ? query_client_tickets(context, &value->expiry) : REASON_NO_CREDENTIAL;
	case ATTRIBUTE_ACCOUNT:
		if (!server)
			return REASON_UNSUPPORTED;
		value->account = &context->account;
		return done ? REASON_OK : REASON_OUT_OF_SEQUENCE;
	default:
		return REASON_UNSUPPORTED;
	}
}

const struct security_package kerberos_package = {
	.name = MICROSOFT_KERBEROS_NAME_A,
	.comment = "Microsoft Kerberos V1.0",
	/* What Windows shows, without datagrams, which are not built. */
	.capabilities = SECPKG_FLAG_INTEGRITY | SECPKG_FLAG_PRIVACY | SECPKG_FLAG_TOKEN_ONLY |
			SECPKG_FLAG_CONNECTION | SECPKG_FLAG_MULTI_REQUIRED | SECPKG_FLAG_EXTENDED_ERROR |
			SECPKG_FLAG_IMPERSONATION | SECPKG_FLAG_ACCEPT_WIN32_NAME | SECPKG_FLAG_NEGOTIABLE |
			SECPKG_FLAG_GSS_COMPATIBLE | SECPKG_FLAG_LOGON | SECPKG_FLAG_MUTUAL_AUTH |
			SECPKG_FLAG_DELEGATION | SECPKG_FLAG_READONLY_WITH_CHECKSUM |
			SECPKG_FLAG_RESTRICTED_TOKENS | SECPKG_FLAG_APPCONTAINER_CHECKS |
			SECPKG_FLAG_APPLY_LOOPBACK,
	.rpc_id = KERBEROS_RPC_ID,
	.max_token = KERBEROS_MAX_TOKEN,
	.acquire = kerberos_acquire,
	.new_context = kerberos_new_context,
	.initiate = kerberos_initiate,
	.accept = kerberos_accept,
	.seal = kerberos_seal,
	.open = kerberos_open,
	.sign = kerberos_sign,
	.verify = kerberos_verify,
	.pack = kerberos_pack,
	.unpack = kerberos_unpack,
	.query = kerberos_query,
	.free_context = kerberos_free_context,
	.free_credential = kerberos_free_credential,
};
