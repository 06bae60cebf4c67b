/*
 * What both roles do with bytes: TLS first, then one TSRequest after the other through the rows of the role's
 * table (MS-CSSP 3.1.5). A TSRequest ends where a TLS record ends (docs/decisions.md 12).
 */
#include "asn1/der_reader.h"
#include "base/memory.h"
#include "base/trace.h"
#include "credssp/context.h"
#include "crypto/digest.h"

/* What a message is about; the nonce and the version are attributes of the whole exchange. */
#define MESSAGE_FIELDS (HAS_NEGO_TOKENS | HAS_AUTH_INFO | HAS_PUB_KEY_AUTH | HAS_ERROR_CODE)

uint32_t credssp_version(const struct credssp_context *context)
{
	uint32_t own = context->credential->policy.credssp_version;

	return context->peer_version < own ? context->peer_version : own;
}

/* --- Sending */

static enum reason send_ts_request(struct credssp_context *context, const struct ts_request *request,
				   struct byte_writer *output)
{
	LOCAL_WRITER(token);
	struct span data;
	struct message message = { .data = &data, .data_count = 1, .output = output };

	ts_request_write(&token, request);
	if (!writer_ok(&token))
		return REASON_OUT_OF_MEMORY;
	data = (struct span) { token.data, token.size };
	return status_failed(context->stream->package->seal(context->stream, &message)) ? message.reason
											: REASON_OK;
}

static enum reason send_answer(struct credssp_context *context, const struct credssp_turn *turn,
			       struct byte_writer *output)
{
	struct ts_request answer = {
		.version = context->credential->policy
				   .credssp_version, /* our highest, never the one agreed on */
		.fields = turn->send,
		.nego_token = writer_slice(turn->nego_token),
		.pub_key_auth = writer_slice(turn->pub_key_auth),
		.auth_info = writer_slice(turn->auth_info),
		.client_nonce = slice_of(context->nonce, sizeof(context->nonce)),
	};

	return turn->send & MESSAGE_FIELDS ? send_ts_request(context, &answer, output) : REASON_OK;
}

/* 2.2.1: version 3 brought errorCode, 5 again does not know it. After our pubKeyAuth the client reads no more
 * of them. */
static bool may_send_error_code(const struct credssp_context *context, const struct leg *leg)
{
	uint32_t version = credssp_version(context);

	return context->role == ROLE_ACCEPT && leg->requested & FLAG_EXTENDED_ERROR &&
	       context->version_known && !context->proof_sent && version >= CREDSSP_VERSION_ERROR_CODE &&
	       version != CREDSSP_VERSION_NO_ERROR_CODE;
}

/* Refuses for good. The one output is the errorCode. */
static SECURITY_STATUS refuse_request(struct credssp_context *context, const char *step, struct leg *leg,
				      enum reason reason)
{
	SECURITY_STATUS status = leg_refuse(leg, step, reason, NULL);
	struct ts_request answer = {
		.version = context->credential->policy.credssp_version,
		.fields = HAS_ERROR_CODE,
		.error_code = leg->ntstatus ? leg->ntstatus : reason_ntstatus(reason),
	};

	if (may_send_error_code(context, leg) && send_ts_request(context, &answer, leg->output) != REASON_OK)
		trace(step, REASON_CRYPTO_FAILED, "the errorCode could not be sent");
	return status;
}

/* --- One TSRequest */

static enum reason check_version(struct credssp_context *context, uint32_t version)
{
	const struct policy *policy = &context->credential->policy;
	uint32_t lowest =
		context->role == ROLE_ACCEPT ? policy->credssp_client_min : policy->credssp_server_min;

	if (context->version_known)
		return version == context->peer_version ? REASON_OK : REASON_CREDSSP_VERSION_CHANGED;
	context->peer_version = version;
	context->version_known = true;
	return credssp_version(context) < lowest ? REASON_CREDSSP_VERSION_REFUSED : REASON_OK;
}

/* 2.2.1: where a server says why it refuses, nothing else in the message counts. */
static enum reason check_error_code(const struct credssp_context *context, struct credssp_turn *turn)
{
	if (context->role != ROLE_INITIATE || !(turn->left & HAS_ERROR_CODE))
		return REASON_OK;
	turn->ntstatus = turn->request->error_code;
	return REASON_PEER_ERROR_CODE;
}

/* The client repeats its nonce as it likes, and a server may echo it; it never changes. */
static enum reason check_nonce(struct credssp_context *context, const struct ts_request *request)
{
	struct slice nonce = request->client_nonce;

	if (!(request->fields & HAS_CLIENT_NONCE))
		return REASON_OK;
	if (nonce.size != sizeof(context->nonce))
		return REASON_CREDSSP_NONCE;
	if (context->nonce_known)
		return crypto_equal(nonce, slice_of(context->nonce, sizeof(context->nonce)))
			       ? REASON_OK
			       : REASON_CREDSSP_NONCE;
	memcpy(context->nonce, nonce.data, sizeof(context->nonce));
	context->nonce_known = true;
	return REASON_OK;
}

static enum reason run_rows(struct credssp_context *context, const struct credssp_step_rule rules[STEP_COUNT],
			    struct credssp_turn *turn)
{
	enum reason reason;

	do {
		const struct credssp_step_rule *rule = &rules[context->step];
		unsigned known = rule->must_carry | rule->may_carry;

		if (!rule->run || (turn->left & rule->must_carry) != rule->must_carry || turn->left & ~known)
			return REASON_UNEXPECTED_MESSAGE;
		turn->again = false;
		reason = rule->run(context, turn);
		if (reason != REASON_OK)
			return reason;
		turn->left &= ~rule->must_carry;
		if (!turn->again)
			context->step = rule->next;
	} while (!turn->again && turn->left & MESSAGE_FIELDS);
	return turn->left & MESSAGE_FIELDS ? REASON_UNEXPECTED_MESSAGE : REASON_OK;
}

static enum reason work_on(struct credssp_context *context, const struct credssp_step_rule rules[STEP_COUNT],
			   struct credssp_turn *turn, struct byte_writer *output)
{
	enum reason reason = run_rows(context, rules, turn);

	return reason == REASON_OK ? send_answer(context, turn, output) : reason;
}

/* `request` is NULL where the initiator begins. */
static SECURITY_STATUS take_turn(struct credssp_context *context,
				 const struct credssp_step_rule rules[STEP_COUNT], struct leg *leg,
				 const struct ts_request *request)
{
	static const struct ts_request nothing = { 0 };
	LOCAL_WRITER(nego_token);
	LOCAL_WRITER(pub_key_auth);
	LOCAL_WRITER(auth_info);
	struct credssp_turn turn = {
		.request = request ? request : &nothing,
		.left = request ? request->fields : 0,
		.requested = leg->requested,
		.target = leg->target,
		.kdc_proxy = leg->kdc_proxy,
		.nego_token = &nego_token,
		.pub_key_auth = &pub_key_auth,
		.auth_info = &auth_info,
	};
	enum reason reason = check_error_code(context, &turn);

	if (reason == REASON_OK && request)
		reason = check_version(context, request->version);
	if (reason == REASON_OK)
		reason = check_nonce(context, turn.request);
	if (reason == REASON_OK)
		reason = work_on(context, rules, &turn, leg->output);
	leg->ntstatus = turn.ntstatus;
	if (reason != REASON_OK)
		return refuse_request(context, rules[context->step].name, leg, reason);
	return context->step == STEP_DONE ? SEC_E_OK : SEC_I_CONTINUE_NEEDED;
}

/* --- Bytes */

/* Whether `plain` holds a TSRequest: KNOWN with its size, SHORT, or what is wrong with it. */
static enum reason measure(const struct byte_writer *plain, bool *whole)
{
	struct byte_reader in = der_reader_of_ber_lengths(writer_slice(plain));
	size_t size = 0;
	enum der_length length = der_element_size(&in, &size);

	*whole = false;
	if (plain->size && plain->data[0] != DER_SEQUENCE)
		return REASON_NO_TS_REQUEST;
	if (length == DER_LENGTH_BAD)
		return REASON_BAD_TOKEN;
	if (size > TS_REQUEST_MAX || plain->size > TS_REQUEST_MAX)
		return REASON_TOKEN_TOO_BIG;
	if (length == DER_LENGTH_SHORT)
		return REASON_OK;
	*whole = plain->size >= size;
	return plain->size > size ? REASON_BAD_TOKEN
				  : REASON_OK; /* nothing may lie behind it in its record */
}

/* The stream's own failure, with the alert that OpenSSL may have left; there is no errorCode in a broken stream. */
static SECURITY_STATUS refuse_stream(struct leg *leg, const struct message *message, SECURITY_STATUS status)
{
	if (message->reason == REASON_TLS_CLOSED)
		return leg_refuse(leg, "TLS open", REASON_PEER_CLOSED, NULL);
	leg->reason = message->reason; /* the stream package has traced it */
	return status_failed(status) ? status : SEC_E_INTERNAL_ERROR;
}

/* Opens records from `rest` until a TSRequest is whole. SEC_I_CONTINUE_NEEDED: the records ended before that.
 */
static SECURITY_STATUS take_records(struct credssp_context *context, struct leg *leg, struct span rest)
{
	bool whole = false;
	enum reason reason = REASON_OK;

	while (reason == REASON_OK && !whole) {
		struct span data = rest;
		struct message message = { .data = &data, .data_count = 1, .output = leg->output };
		SECURITY_STATUS status;

		if (rest.size == 0 && leg->consumed)
			return SEC_I_CONTINUE_NEEDED;
		status = context->stream->package->open(context->stream, &message);
		if (status == SEC_E_INCOMPLETE_MESSAGE && leg->consumed)
			return SEC_I_CONTINUE_NEEDED;
		leg->missing = message.missing;
		if (status == SEC_E_INCOMPLETE_MESSAGE)
			return leg_refuse(leg, "TLS open", REASON_INCOMPLETE, NULL);
		if (status != SEC_E_OK)
			return refuse_stream(leg, &message, status);
		leg->consumed += message.consumed;
		rest = span_skip(rest, message.consumed);
		writer_bytes(&context->plain, slice_of(data.data, data.size));
		reason = writer_ok(&context->plain) ? measure(&context->plain, &whole) : REASON_OUT_OF_MEMORY;
	}
	return reason == REASON_OK ? SEC_E_OK : refuse_request(context, "TSRequest", leg, reason);
}

static SECURITY_STATUS receive_ts_request(struct credssp_context *context,
					  const struct credssp_step_rule rules[STEP_COUNT], struct leg *leg)
{
	LOCAL_WRITER(records);
	struct ts_request request;
	struct slice rest;
	SECURITY_STATUS status;

	if (!slice_part(leg->input, leg->consumed, leg->input.size - leg->consumed, &rest))
		return leg_refuse(leg, "TSRequest", REASON_CRYPTO_FAILED, NULL);
	writer_bytes(&records, rest); /* opened in place, and the input is read only */
	if (!writer_ok(&records))
		return leg_refuse(leg, "TSRequest", REASON_OUT_OF_MEMORY, NULL);
	status = take_records(context, leg, (struct span) { records.data, records.size });
	if (status != SEC_E_OK)
		return status;
	if (ts_request_parse(writer_slice(&context->plain), &request))
		status = take_turn(context, rules, leg, &request);
	else
		status = refuse_request(context, "TSRequest", leg, REASON_BAD_TOKEN);
	writer_wipe(&context->plain);
	return status;
}

static SECURITY_STATUS shake_hands(struct credssp_context *context, struct leg *leg)
{
	const struct security_package *package = context->stream->package;
	struct leg tls = *leg;
	SECURITY_STATUS status;

	/* That a certificate is right is the caller's to say (MS-CSSP 3.1.5, and the page of
	 * InitializeSecurityContext). */
	tls.requested |= FLAG_MANUAL_VALIDATION;
	/* Who the client is, the logon inside says: no certificate is asked for, and none is looked for. */
	tls.requested &= ~(uint32_t)FLAG_MUTUAL_AUTH;
	tls.requested |= FLAG_SUPPLIED_CREDS;
	tls.protocols = slice_of(NULL, 0);
	status = (context->role == ROLE_ACCEPT ? package->accept : package->initiate)(context->stream, &tls);
	leg->consumed = tls.consumed;
	leg->missing = tls.missing;
	leg->reason = tls.reason;
	leg->ntstatus = tls.ntstatus;
	context->stream_established = status == SEC_E_OK;
	return status;
}

static SECURITY_STATUS run(struct credssp_context *context, const struct credssp_step_rule rules[STEP_COUNT],
			   struct leg *leg)
{
	size_t written = leg->output->size;
	SECURITY_STATUS status;

	if (context->stream_established)
		return receive_ts_request(context, rules, leg);
	status = shake_hands(context, leg);
	if (status != SEC_E_OK)
		return status;
	if (context->role == ROLE_INITIATE) {
		status = take_turn(context, rules, leg, NULL);
		if (status_failed(status))
			writer_truncate(leg->output, written); /* our Finished is no error token */
		return status;
	}
	if (leg->output->size > written || leg->consumed == leg->input.size)
		return SEC_I_CONTINUE_NEEDED;
	return receive_ts_request(context, rules, leg);
}

static uint32_t reached(const struct credssp_context *context)
{
	uint32_t flags = FLAG_STREAM | FLAG_CONNECTION | FLAG_CONFIDENTIALITY | FLAG_INTEGRITY |
			 FLAG_REPLAY_DETECT | FLAG_SEQUENCE_DETECT;

	if (context->mutual)
		flags |= FLAG_MUTUAL_AUTH;
	if (context->identify)
		flags |= FLAG_IDENTIFY;
	return context->delegated.type == DELEGATED_NONE ? flags : flags | FLAG_DELEGATE;
}

/* What ApplyControlToken asked for is the stream's to say. */
static SECURITY_STATUS run_control(struct credssp_context *context, struct leg *leg)
{
	const struct security_package *package = context->stream->package;

	context->control_due = false;
	return (context->role == ROLE_ACCEPT ? package->accept : package->initiate)(context->stream, leg);
}

SECURITY_STATUS credssp_run(struct credssp_context *context, const struct credssp_step_rule rules[STEP_COUNT],
			    struct leg *leg)
{
	SECURITY_STATUS status;

	if (context->step == STEP_DONE && context->control_due) {
		status = run_control(context, leg);
		leg->reached = reached(context);
		return status;
	}
	if (!rules[context->step].run)
		return leg_refuse(leg, rules[context->step].name, REASON_OUT_OF_SEQUENCE, NULL);
	status = run(context, rules, leg);
	if (status == SEC_E_INCOMPLETE_MESSAGE)
		return status;
	if (status_failed(status)) {
		context->step = STEP_REFUSED;
		writer_wipe(&context->plain);
	}
	if (status == SEC_E_OK)
		leg->reached = reached(context);
	return status;
}
