/* The server's side: MS-CSSP 3.1.5, in the order of docs/decisions.md 6. */
#include "base/trace.h"
#include "base/utf16.h"
#include "credssp/context.h"
#include "credssp/ts_credentials.h"
#include "crypto/digest.h"

static enum reason accept_nego_tokens(struct credssp_context *context, struct credssp_turn *turn)
{
	bool can_seal;
	enum reason reason = credssp_log_on(context, turn, &can_seal);

	turn->again = !context->logged_on;
	return reason;
}

static enum reason check_proof(struct credssp_context *context, struct slice pub_key_auth)
{
	LOCAL_WRITER(memory);
	LOCAL_WRITER(expected);
	enum reason reason = credssp_proof(context, CLIENT_TO_SERVER, &expected);
	struct slice plain;

	if (reason == REASON_OK)
		reason = credssp_open_blob(context, pub_key_auth, &memory, &plain);
	if (reason != REASON_OK)
		return reason;
	return crypto_equal(plain, writer_slice(&expected)) ? REASON_OK : REASON_KEY_BINDING_WRONG;
}

static enum reason verify_pub_key_auth(struct credssp_context *context, struct credssp_turn *turn)
{
	LOCAL_WRITER(proof);
	enum reason reason;

	if (credssp_version(context) >= CREDSSP_VERSION_NONCE && !context->nonce_known)
		return REASON_CREDSSP_NONCE;
	reason = check_proof(context, turn->request->pub_key_auth);
	if (reason == REASON_OK)
		reason = credssp_proof(context, SERVER_TO_CLIENT, &proof);
	if (reason == REASON_OK)
		reason = credssp_seal_blob(context, writer_slice(&proof), turn->pub_key_auth);
	if (reason != REASON_OK)
		return reason;
	turn->send |= HAS_PUB_KEY_AUTH;
	context->proof_sent = true;
	return REASON_OK;
}

/* Three empty texts: a client that was told not to delegate (MS-CSSP 3.1.5). No blank password. */
static bool delegates_nothing(const struct ts_credentials *credentials)
{
	return credentials->type == DELEGATED_PASSWORD && credentials->user.size == 0 &&
	       credentials->domain.size == 0 && credentials->password.size == 0;
}

static enum reason check_smart_card(const struct delegated_question *question, const struct host_names *names)
{
	if (question->user.size == 0) /* no hint: the program learns of the card, and decides */
		return REASON_OK;
	return same_user(question, names) ? REASON_OK : REASON_NOT_THE_SAME_USER;
}

/* docs/decisions.md 5: the same user, and where the authority can tell, the account's own password. */
static enum reason check_credentials(const struct credssp_context *context,
				     const struct ts_credentials *credentials)
{
	struct authority *authority = context->credential->authority;
	union attribute_value account, sent;
	struct delegated_question question = {
		.user = utf16_without_nuls(credentials->user),
		.domain = utf16_without_nuls(credentials->domain),
		.password = utf16_without_nuls(credentials->password),
	};
	const struct security_package *package = context->logon->package;

	if (credentials->type == DELEGATED_REMOTE_GUARD)
		return REASON_REMOTE_GUARD;
	if (package->query(context->logon, ATTRIBUTE_ACCOUNT, &account) != REASON_OK ||
	    package->query(context->logon, ATTRIBUTE_CLAIMED_NAMES, &sent) != REASON_OK ||
	    !(authority || account.account->by_ticket))
		return REASON_AUTHORITY_FAILED;
	question.account = account.account;
	question.sent_user = sent.names.user;
	question.sent_domain = sent.names.domain;
	if (credentials->type == DELEGATED_SMART_CARD)
		return check_smart_card(&question, context->credential->names);
	if (account.account->by_ticket) /* the authority of passwords knows nothing of it */
		return same_user(&question, context->credential->names) ? REASON_OK
									: REASON_NOT_THE_SAME_USER;
	return authority->class->check_delegated(authority, &question);
}

/* Some clients end each text with a NUL (rdesktop). */
static enum reason keep_credentials(struct credssp_delegated *delegated,
				    const struct ts_credentials *credentials)
{
	if (!secret_copy(&delegated->user, utf16_without_nuls(credentials->user)) ||
	    !secret_copy(&delegated->domain, utf16_without_nuls(credentials->domain)) ||
	    !secret_copy(&delegated->password, utf16_without_nuls(credentials->password)))
		return REASON_OUT_OF_MEMORY;
	delegated->type = credentials->type;
	return REASON_OK;
}

static enum reason receive_ts_credentials(struct credssp_context *context, struct credssp_turn *turn)
{
	LOCAL_WRITER(memory);
	struct ts_credentials credentials;
	struct slice plain;
	enum reason reason = credssp_open_blob(context, turn->request->auth_info, &memory, &plain);

	if (reason != REASON_OK)
		return reason;
	if (!ts_credentials_parse(plain, &credentials))
		return REASON_CREDENTIALS_MALFORMED;
	if (delegates_nothing(&credentials)) {
		trace("authInfo", REASON_OK, "the logon is complete, nothing was delegated");
		return REASON_OK;
	}
	reason = check_credentials(context, &credentials);
	if (reason == REASON_OK)
		reason = keep_credentials(&context->delegated, &credentials);
	if (reason == REASON_OK)
		trace("authInfo", REASON_OK, "the logon is complete, a %s was delegated",
		      credentials.type == DELEGATED_PASSWORD ? "password" : "smart card");
	return reason;
}

static const struct credssp_step_rule server_steps[STEP_COUNT] = {
	/* clang-format off */
	/* name, must carry, may carry, run, next */
	[STEP_NEGO_TOKENS]  = { "negoTokens", HAS_NEGO_TOKENS,  HAS_PUB_KEY_AUTH | HAS_CLIENT_NONCE,
				accept_nego_tokens, STEP_PUB_KEY_AUTH },
	[STEP_PUB_KEY_AUTH] = { "pubKeyAuth", HAS_PUB_KEY_AUTH, HAS_CLIENT_NONCE,
				verify_pub_key_auth, STEP_AUTH_INFO },
	[STEP_AUTH_INFO]    = { "authInfo",   HAS_AUTH_INFO,    HAS_CLIENT_NONCE,
				receive_ts_credentials, STEP_DONE },
	[STEP_DONE]         = { .name = "done" },
	[STEP_REFUSED]      = { .name = "refused" },
	/* clang-format on */
};

SECURITY_STATUS credssp_accept(struct package_context *base, struct leg *leg)
{
	return credssp_run((struct credssp_context *)base, server_steps, leg);
}
