/* The client's side: MS-CSSP 3.1.5. No credential leaves before the server has proved its key. */
#include "base/trace.h"
#include "credssp/context.h"
#include "credssp/ts_credentials.h"
#include "crypto/digest.h"
#include "crypto/random.h"

/* In every message; a server of versions 2 to 4 knows no such field, so it gets none once that is known. */
static void repeat_nonce(const struct credssp_context *context, struct credssp_turn *turn)
{
	uint32_t version = context->version_known ? credssp_version(context)
						  : context->credential->policy.credssp_version;

	if (version >= CREDSSP_VERSION_NONCE)
		turn->send |= HAS_CLIENT_NONCE;
}

/* The nonce goes with the first message already, before the server's version is known. */
static enum reason begin(struct credssp_context *context, struct credssp_turn *turn)
{
	bool can_seal;

	if (!random_bytes(context->nonce, sizeof(context->nonce)))
		return REASON_NO_RANDOM;
	context->nonce_known = true;
	repeat_nonce(context, turn);
	return credssp_log_on(context, turn, &can_seal);
}

static enum reason prove_key(struct credssp_context *context, struct credssp_turn *turn)
{
	LOCAL_WRITER(proof);
	enum reason reason = credssp_proof(context, CLIENT_TO_SERVER, &proof);

	turn->send |= HAS_PUB_KEY_AUTH;
	return reason == REASON_OK ? credssp_seal_blob(context, writer_slice(&proof), turn->pub_key_auth)
				   : reason;
}

/* pubKeyAuth goes beside the last token of ours, even where the server's mechListMIC is still due (MS-CSSP 3.1.5). */
static enum reason continue_nego_tokens(struct credssp_context *context, struct credssp_turn *turn)
{
	bool can_seal = false;
	enum reason reason = credssp_log_on(context, turn, &can_seal);

	repeat_nonce(context, turn);
	if (reason != REASON_OK)
		return reason;
	turn->again = !can_seal;
	return can_seal ? prove_key(context, turn) : REASON_OK;
}

static enum reason verify_server_proof(struct credssp_context *context, const struct credssp_turn *turn)
{
	LOCAL_WRITER(memory);
	LOCAL_WRITER(expected);
	enum reason reason = credssp_proof(context, SERVER_TO_CLIENT, &expected);
	struct slice plain;

	if (reason == REASON_OK)
		reason = credssp_open_blob(context, turn->request->pub_key_auth, &memory, &plain);
	if (reason != REASON_OK)
		return reason;
	return crypto_equal(plain, writer_slice(&expected)) ? REASON_OK : REASON_KEY_BINDING_WRONG;
}

/* docs/decisions.md 10: NTLM proves no server, so somebody must vouch for its certificate. Kerberos has proved it. */
static bool is_server_proved(const struct credssp_context *context)
{
	const struct credssp_credential *credential = context->credential;

	return context->mutual || credential->server_is_judged || credential->policy.ntlm_delegation;
}

static enum reason send_ts_credentials(struct credssp_context *context, struct credssp_turn *turn)
{
	LOCAL_WRITER(plain);
	const struct credssp_credential *credential = context->credential;
	struct ts_credentials credentials = { .type = DELEGATED_PASSWORD };
	/* Who logs on by a ticket may have no password to give. */
	bool delegate = turn->requested & FLAG_DELEGATE && credential->user.size;

	if (delegate && !is_server_proved(context))
		return REASON_DELEGATION_NTLM_ONLY;
	if (turn->requested & FLAG_MUTUAL_AUTH && !is_server_proved(context))
		return REASON_SERVER_NOT_PROVED;
	if (delegate) {
		credentials.domain = secret_slice(&credential->domain);
		credentials.user = secret_slice(&credential->user);
		credentials.password = secret_slice(&credential->password);
	}
	ts_credentials_write(&plain, &credentials);
	if (!writer_ok(&plain))
		return REASON_OUT_OF_MEMORY;
	if (delegate)
		context->delegated.type = DELEGATED_PASSWORD;
	turn->send |= HAS_AUTH_INFO;
	repeat_nonce(context, turn);
	return credssp_seal_blob(context, writer_slice(&plain), turn->auth_info);
}

/* The server's last word in the logon, its mechListMIC: verified before its proof. No proof stands in for it. */
static enum reason finish_logon(struct credssp_context *context, struct credssp_turn *turn)
{
	bool can_seal;

	/* One word, and only where it is due. */
	if (!(turn->left & HAS_NEGO_TOKENS) == !context->logged_on)
		return REASON_UNEXPECTED_MESSAGE;
	if (context->logged_on)
		return REASON_OK;
	turn->left &= ~(unsigned)HAS_NEGO_TOKENS;
	return credssp_log_on(context, turn, &can_seal);
}

static enum reason delegate(struct credssp_context *context, struct credssp_turn *turn)
{
	bool was_logged_on = context->logged_on;
	enum reason reason = finish_logon(context, turn);

	if (reason == REASON_OK && !context->logged_on)
		reason = REASON_UNEXPECTED_MESSAGE;
	if (reason == REASON_OK && !was_logged_on && !(turn->left & HAS_PUB_KEY_AUTH)) {
		turn->again = true; /* the MIC came alone: the proof follows */
		return REASON_OK;
	}
	if (reason == REASON_OK && !(turn->left & HAS_PUB_KEY_AUTH))
		reason = REASON_KEY_BINDING_MISSING;
	if (reason == REASON_OK)
		reason = verify_server_proof(context, turn);
	if (reason != REASON_OK)
		return reason;
	turn->left &= ~(unsigned)HAS_PUB_KEY_AUTH;
	trace("pubKeyAuth", REASON_OK, "the server proved its key");
	return send_ts_credentials(context, turn);
}

static const struct credssp_step_rule client_steps[STEP_COUNT] = {
	/* clang-format off */
	/* name, must carry, may carry, run, next */
	[STEP_START]        = { "start",      0,                0,                begin,    STEP_NEGO_TOKENS },
	[STEP_NEGO_TOKENS]  = { "negoTokens", HAS_NEGO_TOKENS,  HAS_CLIENT_NONCE, continue_nego_tokens,
				STEP_PUB_KEY_AUTH },
	/* The server's mechListMIC may come beside its proof, or in a message before it. */
	[STEP_PUB_KEY_AUTH] = { "pubKeyAuth", 0, HAS_NEGO_TOKENS | HAS_PUB_KEY_AUTH | HAS_CLIENT_NONCE, delegate,
				STEP_DONE },
	[STEP_DONE]         = { .name = "done" },
	[STEP_REFUSED]      = { .name = "refused" },
	/* clang-format on */
};

SECURITY_STATUS credssp_initiate(struct package_context *base, struct leg *leg)
{
	return credssp_run((struct credssp_context *)base, client_steps, leg);
}
