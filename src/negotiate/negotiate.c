#include "negotiate/negotiate.h"

#include "base/memory.h"
#include "negotiate/context.h"
#include "negotiate/neg_token_init.h"

#include <opensspi/sspi.h>

enum {
	NEGOTIATE_MAX_TOKEN = 48256, /* what Windows says */
	NEGOTIATE_RPC_ID = 9,        /* RPC_C_AUTHN_GSS_NEGOTIATE */
	/* What is taken: a Kerberos token with a large PAC, and its frame. */
	NEGOTIATE_INPUT_MAX = 128 * 1024,
};

bool negotiate_same_package(enum mechanism a, enum mechanism b)
{
	return a == b ||
	       (a != MECHANISM_NTLM && b != MECHANISM_NTLM && a != MECHANISM_NONE && b != MECHANISM_NONE);
}

bool negotiate_names_others(struct slice mech_types, enum mechanism mechanism)
{
	struct byte_reader list = mech_types_reader(mech_types);
	struct slice oid;

	while (mech_types_next(&list, &oid)) {
		enum mechanism other = mechanism_of(oid);

		if (other != MECHANISM_NONE && !negotiate_same_package(other, mechanism))
			return true;
	}
	return false;
}

/* --- Credentials */

/* One credential for a package, under each of its object identifiers. */
static enum reason acquire_inner(struct negotiate_credential *credential,
				 const struct acquire_request *request, enum mechanism first,
				 enum mechanism last)
{
	const char *name = mechanism_package(first);
	const struct security_package *package = package_find(request->packages, name);
	struct package_credential *inner = NULL;
	enum reason reason;

	if (!package || !package_is_listed(request->package_list, name))
		return REASON_OK;
	reason = package->acquire(request, &inner);
	if (reason == REASON_NO_CREDENTIAL)
		return REASON_OK; /* another mechanism may have one */
	if (reason != REASON_OK)
		return reason;
	for (int i = (int)first; i <= (int)last; i++)
		credential->inner[i] = inner;
	return REASON_OK;
}

static void negotiate_free_credential(struct package_credential *base)
{
	struct negotiate_credential *credential = (struct negotiate_credential *)base;

	package_credential_free(credential->inner[MECHANISM_KERBEROS]);
	package_credential_free(credential->inner[MECHANISM_NTLM]);
	memory_free(credential);
}

static enum reason negotiate_acquire(const struct acquire_request *request, struct package_credential **made)
{
	struct negotiate_credential *credential = memory_allocate(sizeof(*credential));
	enum reason reason;

	if (!credential)
		return REASON_OUT_OF_MEMORY;
	*credential = (struct negotiate_credential) {
		.base.package = &negotiate_package,
		.initiate = request->initiate,
		.accept = request->accept,
		.always_spnego = request->always_spnego,
	};
	reason = acquire_inner(credential, request, MECHANISM_KERBEROS_MICROSOFT, MECHANISM_KERBEROS);
	/* A client's tickets could be had through a server too: not built. */
	if (request->kerberos.relays && !request->initiate)
		credential->inner[MECHANISM_IAKERB] = credential->inner[MECHANISM_KERBEROS];
	/* Where Kerberos can stand alone, NTLM that is switched off is not even named. It acts on nobody's behalf. */
	if (reason == REASON_OK && !(request->initiate && request->kerberos.on_behalf_of) &&
	    (request->policy.ntlm || !credential->inner[MECHANISM_KERBEROS]))
		reason = acquire_inner(credential, request, MECHANISM_NTLM, MECHANISM_NTLM);
	if (reason == REASON_OK && !credential->inner[MECHANISM_KERBEROS] &&
	    !credential->inner[MECHANISM_NTLM])
		reason = REASON_NO_CREDENTIAL;
	if (reason == REASON_OK)
		*made = &credential->base;
	else
		negotiate_free_credential(&credential->base);
	return reason;
}

/* --- Contexts */

static void negotiate_free_context(struct package_context *base)
{
	struct negotiate_context *context = (struct negotiate_context *)base;

	package_context_free(context->inner);
	secret_wipe(&context->mech_types);
	memory_free(context);
}

static enum reason negotiate_new_context(const struct package_credential *base, enum role role,
					 struct package_context **made)
{
	const struct negotiate_credential *credential = (const struct negotiate_credential *)base;
	struct negotiate_context *context;

	if (!(role == ROLE_INITIATE ? credential->initiate : credential->accept))
		return REASON_NO_CREDENTIAL;
	context = memory_allocate(sizeof(*context));
	if (!context)
		return REASON_OUT_OF_MEMORY;
	*context = (struct negotiate_context) {
		.base.package = &negotiate_package,
		.credential = credential,
		.role = role,
		.mechanism = MECHANISM_NONE,
	};
	*made = &context->base;
	return REASON_OK;
}

enum reason negotiate_choose(struct negotiate_context *context, enum mechanism mechanism)
{
	struct package_credential *credential =
		mechanism == MECHANISM_NONE ? NULL : context->credential->inner[mechanism];

	if (!credential)
		return REASON_NO_CREDENTIAL;
	package_context_free(context->inner);
	context->inner = NULL;
	context->inner_done = false;
	context->mechanism = mechanism;
	return credential->package->new_context(credential, context->role, &context->inner);
}

enum reason negotiate_run_inner(struct negotiate_context *context, struct leg *leg, struct slice token,
				struct byte_writer *output)
{
	const struct security_package *package = context->inner->package;
	struct leg inner = *leg;
	SECURITY_STATUS status;

	inner.input = token;
	inner.output = output;
	status = (context->role == ROLE_ACCEPT ? package->accept : package->initiate)(context->inner, &inner);
	leg->ntstatus = inner.ntstatus;
	if (status_failed(status)) /* inside SPNEGO nothing is incomplete */
		return inner.reason == REASON_INCOMPLETE || inner.reason == REASON_OK ? REASON_BAD_TOKEN
										      : inner.reason;
	if (!writer_ok(output))
		return REASON_OUT_OF_MEMORY;
	if (inner.consumed != token.size)
		return REASON_BAD_TOKEN;
	if (status == SEC_E_OK) {
		context->inner_done = true;
		context->reached = inner.reached;
		context->can_seal = inner.can_seal;
		context->expiry = inner.expiry;
	}
	return REASON_OK;
}

SECURITY_STATUS negotiate_run_raw(struct negotiate_context *context, const char *step, struct leg *leg)
{
	LOCAL_WRITER(token);
	enum reason reason = negotiate_run_inner(context, leg, leg->input, &token);

	writer_bytes(leg->output,
		     writer_slice(&token)); /* of a failure, an error token if it was asked for */
	if (reason != REASON_OK)
		return leg_refuse(leg, step, reason, NULL);
	context->step = context->inner_done ? STEP_DONE : STEP_RAW;
	return context->inner_done ? SEC_E_OK : SEC_I_CONTINUE_NEEDED;
}

SECURITY_STATUS negotiate_run_step(struct negotiate_context *context,
				   const struct negotiate_step_rule rules[STEP_COUNT], struct leg *leg)
{
	const struct negotiate_step_rule *rule = &rules[context->step];
	SECURITY_STATUS status;

	if (!rule->run)
		return leg_refuse(leg, rule->name, REASON_OUT_OF_SEQUENCE, NULL);
	if (leg->input.size > NEGOTIATE_INPUT_MAX)
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
	leg->can_seal = context->inner_done && context->can_seal;
	if (status == SEC_E_OK) {
		leg->reached = context->reached;
		leg->expiry = context->expiry;
	}
	return status;
}

/* --- Messages and attributes are the mechanism's */

static const struct security_package *inner_package(const struct package_context *base)
{
	static const struct security_package none = { 0 };
	const struct negotiate_context *context = (const struct negotiate_context *)base;

	return context->inner_done && context->step != STEP_REFUSED ? context->inner->package : &none;
}

static SECURITY_STATUS pass_on(struct package_context *base, message_function *run, const char *step,
			       struct message *message)
{
	if (!run)
		return message_refuse(message, step, REASON_OUT_OF_SEQUENCE);
	return run(((struct negotiate_context *)base)->inner, message);
}

static SECURITY_STATUS negotiate_seal(struct package_context *base, struct message *message)
{
	return pass_on(base, inner_package(base)->seal, "seal", message);
}

static SECURITY_STATUS negotiate_open(struct package_context *base, struct message *message)
{
	return pass_on(base, inner_package(base)->open, "open", message);
}

static SECURITY_STATUS negotiate_sign(struct package_context *base, struct message *message)
{
	return pass_on(base, inner_package(base)->sign, "sign", message);
}

static SECURITY_STATUS negotiate_verify(struct package_context *base, struct message *message)
{
	return pass_on(base, inner_package(base)->verify, "verify", message);
}

static enum reason negotiate_query(const struct package_context *base, enum attribute attribute,
				   union attribute_value *value)
{
	const struct negotiate_context *context = (const struct negotiate_context *)base;

	if (attribute == ATTRIBUTE_INNER) {
		value->inner.context = context->inner;
		value->inner.name = context->inner ? context->inner->package->name : NULL;
		return REASON_OK;
	}
	/* Who was let in, and under which key, counts once the peer's MIC has been seen too. */
	if (context->step != STEP_DONE &&
	    (attribute == ATTRIBUTE_ACCOUNT || attribute == ATTRIBUTE_SESSION_KEY))
		return REASON_OUT_OF_SEQUENCE;
	return context->inner ? context->inner->package->query(context->inner, attribute, value)
			      : REASON_OUT_OF_SEQUENCE;
}

const struct security_package negotiate_package = {
	.name = NEGOSSP_NAME_A,
	.comment = "Microsoft Package Negotiator",
	/* The number Windows shows. */
	.capabilities = SECPKG_FLAG_INTEGRITY | SECPKG_FLAG_PRIVACY | SECPKG_FLAG_CONNECTION |
			SECPKG_FLAG_MULTI_REQUIRED | SECPKG_FLAG_EXTENDED_ERROR | SECPKG_FLAG_IMPERSONATION |
			SECPKG_FLAG_ACCEPT_WIN32_NAME | SECPKG_FLAG_NEGOTIABLE | SECPKG_FLAG_GSS_COMPATIBLE |
			SECPKG_FLAG_LOGON | SECPKG_FLAG_RESTRICTED_TOKENS | SECPKG_FLAG_APPCONTAINER_CHECKS,
	.rpc_id = NEGOTIATE_RPC_ID,
	.max_token = NEGOTIATE_MAX_TOKEN,
	.refused_flags = FLAG_DCE_STYLE, /* SPNEGO's last word has no place in three legs */
	.acquire = negotiate_acquire,
	.new_context = negotiate_new_context,
	.initiate = negotiate_initiate,
	.accept = negotiate_accept,
	.seal = negotiate_seal,
	.open = negotiate_open,
	.sign = negotiate_sign,
	.verify = negotiate_verify,
	.pack = negotiate_pack,
	.unpack = negotiate_unpack,
	.query = negotiate_query,
	.free_context = negotiate_free_context,
	.free_credential = negotiate_free_credential,
};
