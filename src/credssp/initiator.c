/* The client's side: MS-CSSP 3.1.5. No credential leaves before the server has proved its key. */
#include "base/trace.h"
#include "credssp/context.h"
#include "credssp/key_binding.h"
#include "credssp/ts_credentials.h"
#include "crypto/random.h"

/* The nonce goes with the first message already, so that every later one can repeat it. */
static enum reason begin(struct credssp_context *context, struct credssp_turn *turn)
{
	enum reason reason;

	if (!random_bytes(context->nonce, sizeof(context->nonce)))
		return REASON_NO_RANDOM;
	context->nonce_known = true;
	turn->send |= HAS_CLIENT_NONCE;
	reason = credssp_log_on(context, turn);
	turn->again = false; /* the answer is the next row's */
	return reason;
}

static enum reason server_binding(const struct credssp_context *context, enum key_binding direction,
				  uint8_t hash[SHA256_SIZE])
{
	union attribute_value key;
	enum reason reason = context->stream->package->query(context->stream, ATTRIBUTE_PUBLIC_KEY, &key);

	if (reason != REASON_OK)
		return reason;
	return credssp_key_binding(direction, slice_of(context->nonce, sizeof(context->nonce)), key.bytes,
				   hash)
		       ? REASON_OK
		       : REASON_CRYPTO_FAILED;
}

static enum reason prove_key(struct credssp_context *context, struct credssp_turn *turn)
{
	uint8_t hash[SHA256_SIZE];
	enum reason reason = server_binding(context, CLIENT_TO_SERVER, hash);

	turn->send |= HAS_PUB_KEY_AUTH;
	return reason == REASON_OK
		       ? credssp_seal_blob(context, slice_of(hash, sizeof(hash)), &turn->pub_key_auth)
		       : reason;
}

static enum reason continue_nego_tokens(struct credssp_context *context, struct credssp_turn *turn)
{
	enum reason reason = credssp_log_on(context, turn);

	turn->send |= HAS_CLIENT_NONCE;
	return reason == REASON_OK && !turn->again ? prove_key(context, turn) : reason;
}

static enum reason verify_server_proof(struct credssp_context *context, const struct credssp_turn *turn)
{
	CLEANUP(writer_wipe) struct byte_writer memory = writer_growing();
	uint8_t expected[SHA256_SIZE];
	struct slice plain;
	enum reason reason = server_binding(context, SERVER_TO_CLIENT, expected);

	if (reason == REASON_OK)
		reason = credssp_open_blob(context, turn->request->pub_key_auth, &memory, &plain);
	if (reason != REASON_OK)
		return reason;
	return crypto_equal(plain, slice_of(expected, sizeof(expected))) ? REASON_OK
									 : REASON_KEY_BINDING_WRONG;
}

/* design.md decision 10: NTLM proves no server, so somebody must vouch for its certificate. */
static bool may_delegate(const struct credssp_credential *credential)
{
	return credential->server_is_pinned || credential->policy.ntlm_delegation;
}

static enum reason send_ts_credentials(struct credssp_context *context, struct credssp_turn *turn)
{
	CLEANUP(writer_wipe) struct byte_writer plain = writer_growing();
	const struct credssp_credential *credential = context->credential;
	struct ts_credentials credentials = { .type = DELEGATED_PASSWORD };
	bool delegate = turn->requested & FLAG_DELEGATE;

	if (delegate && !may_delegate(credential))
		return REASON_DELEGATION_NTLM_ONLY;
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
	turn->send |= HAS_AUTH_INFO | HAS_CLIENT_NONCE;
	return credssp_seal_blob(context, writer_slice(&plain), &turn->auth_info);
}

static enum reason delegate(struct credssp_context *context, struct credssp_turn *turn)
{
	enum reason reason = verify_server_proof(context, turn);

	if (reason != REASON_OK)
		return reason;
	trace("pubKeyAuth", REASON_OK, "the server proved its key");
	return send_ts_credentials(context, turn);
}

static const struct credssp_step_rule client_steps[STEP_COUNT] = {
	/* clang-format off */
	/* name, must carry, may carry, run, next */
	[STEP_START]        = { "start",      0,                0,                begin,    STEP_NEGO_TOKENS },
	[STEP_NEGO_TOKENS]  = { "negoTokens", HAS_NEGO_TOKENS,  HAS_CLIENT_NONCE, continue_nego_tokens,
				STEP_PUB_KEY_AUTH },
	[STEP_PUB_KEY_AUTH] = { "pubKeyAuth", HAS_PUB_KEY_AUTH, HAS_CLIENT_NONCE, delegate, STEP_DONE },
	[STEP_DONE]         = { .name = "done" },
	[STEP_REFUSED]      = { .name = "refused" },
	/* clang-format on */
};

SECURITY_STATUS credssp_initiate(struct package_context *base, struct leg *leg)
{
	return credssp_run((struct credssp_context *)base, client_steps, leg);
}
