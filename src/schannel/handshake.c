/* Legs: the handshake, and what is due behind it. */
#include "authority/account_map.h"
#include "base/trace.h"
#include "schannel/application_protocol.h"
#include "schannel/known_bytes.h"
#include "schannel/openssl_error.h"
#include "schannel/peer_trust.h"
#include "schannel/record.h"

#include <opensspi/schannel.h>

enum {
	/*
	 * RFC 8446 4.6.3: who was asked for a KeyUpdate sends its own in front of its next record. Header, 5
	 * octets of message, type, tag.
	 */
	KEY_UPDATE_RECORD_SIZE = TLS_RECORD_HEADER_SIZE + 5 + INNER_TYPE_SIZE + TAG_SIZE,
};

/* --- What is known when it is over */

static enum reason keep_certificates(struct schannel_context *context)
{
	if (context->role == ROLE_INITIATE && !context->peer)
		return REASON_TLS_FAILED;
	if (context->peer) {
		context->peer_der = certificate_encode(context->peer);
		if (!context->peer_der.data)
			return REASON_OUT_OF_MEMORY;
	}
	return REASON_OK;
}

static size_t write_bindings(uint8_t to[BINDINGS_MAX], const char *prefix, struct slice bytes)
{
	struct byte_writer out = writer_fixed(to, BINDINGS_MAX);

	writer_bytes(&out, slice_of(prefix, strlen(prefix)));
	writer_bytes(&out, bytes);
	return bytes.size && writer_ok(&out) ? out.size : 0;
}

/* RFC 5929 3: the first Finished of the handshake, the client's, since no session is resumed. TLS 1.3 has none. */
static void keep_unique(struct schannel_context *context)
{
	uint8_t finished[64];
	size_t size = context->role == ROLE_INITIATE
			      ? SSL_get_finished(context->ssl, finished, sizeof(finished))
			      : SSL_get_peer_finished(context->ssl, finished, sizeof(finished));

	if (SSL_version(context->ssl) == TLS1_2_VERSION && size <= sizeof(finished))
		context->unique_size =
			write_bindings(context->unique, "tls-unique:", slice_of(finished, size));
}

/* RFC 5929 4. */
static void keep_end_point(struct schannel_context *context)
{
	uint8_t digest[64];
	size_t size = certificate_end_point(schannel_server_certificate(context), digest);

	context->end_point_size =
		write_bindings(context->end_point, "tls-server-end-point:", slice_of(digest, size));
}

/* Nobody is known unless the store has verified the certificate and something names the account. */
static enum reason find_account(struct schannel_context *context, const char *step)
{
	const struct schannel_credential *credential = context->credential;
	const struct slice der = slice_of(context->peer_der.data, context->peer_der.size);
	LOCAL_WRITER(name);
	enum reason reason = REASON_UNKNOWN_USER;

	if (context->role == ROLE_INITIATE || !context->peer || !context->peer_verified)
		return REASON_OK;
	if (credential->account_map.size)
		reason = account_map_look_up((const char *)credential->account_map.data, der,
					     &context->account);
	else if (credential->names_count && certificate_principal_name(context->peer, &name))
		reason = account_of_principal(writer_slice(&name), &context->account);
	context->has_account = reason == REASON_OK;
	if (reason == REASON_OUT_OF_MEMORY)
		return reason;
	if (reason != REASON_OK)
		trace(step, reason, "the client's certificate stands for no account: %s",
		      reason_sentence(reason));
	return REASON_OK;
}

/* RFC 6066 4: a client may ask for short records. */
static uint32_t longest_plaintext(const SSL *ssl)
{
	unsigned mode = SSL_SESSION_get_max_fragment_length(SSL_get0_session(ssl));

	return mode >= TLSEXT_max_fragment_length_512 && mode <= TLSEXT_max_fragment_length_4096
		       ? 256u << mode
		       : TLS_PLAINTEXT_MAX;
}

static enum reason establish(struct schannel_context *context, const char *step)
{
	bool tls_1_3 = SSL_version(context->ssl) == TLS1_3_VERSION;
	const SSL_CIPHER *cipher = SSL_get_current_cipher(context->ssl);
	bool explicit_nonce = !tls_1_3 && SSL_CIPHER_get_cipher_nid(cipher) != NID_chacha20_poly1305;
	enum reason reason = keep_certificates(context);

	if (reason == REASON_OK)
		reason = find_account(context, step);
	if (reason == REASON_OK && context->role == ROLE_INITIATE && !application_protocol_is_ours(context))
		reason = REASON_APPLICATION_PROTOCOL;
	if (reason != REASON_OK)
		return reason;
	keep_unique(context);
	keep_end_point(context);
	context->header_size = TLS_RECORD_HEADER_SIZE + (explicit_nonce ? GCM_EXPLICIT_NONCE_SIZE : 0);
	context->trailer_size = TAG_SIZE + (tls_1_3 ? INNER_TYPE_SIZE + KEY_UPDATE_RECORD_SIZE : 0);
	context->longest = longest_plaintext(context->ssl);
	context->established = true;
	return REASON_OK;
}

static void tell_reached(const struct schannel_context *context, struct leg *leg)
{
	leg->reached = FLAG_STREAM | FLAG_CONFIDENTIALITY | FLAG_REPLAY_DETECT | FLAG_SEQUENCE_DETECT;
	if (context->role == ROLE_INITIATE)
		leg->reached |= FLAG_SUPPLIED_CREDS;
	else if (context->peer)
		leg->reached |= FLAG_MUTUAL_AUTH;
	leg->can_seal = true;
}

/* --- One step of OpenSSL's */

static SECURITY_STATUS finish_handshake(struct schannel_context *context, const char *step, struct leg *leg)
{
	/* TLS 1.2 lets a peer put more into the record of its Finished; it would come up in front of the first data. */
	enum reason reason = SSL_has_pending(context->ssl) ? REASON_BAD_TOKEN : establish(context, step);

	openssl_errors_clear();
	if (reason != REASON_OK)
		return leg_refuse(leg, step, reason, NULL);
	tell_reached(context, leg);
	trace(step, REASON_OK, "%s with %s is established", SSL_get_version(context->ssl),
	      SSL_get_cipher_name(context->ssl));
	return SEC_E_OK;
}

static SECURITY_STATUS refuse_handshake(struct schannel_context *context, const char *step, struct leg *leg)
{
	struct openssl_error failure =
		openssl_error_take(writer_ok(leg->output) ? REASON_TLS_FAILED : REASON_OUT_OF_MEMORY, step);

	if (failure.reason == REASON_SERVER_UNTRUSTED) {
		failure.reason = peer_trust_reason(context);
		failure.status = reason_status(failure.reason);
		(void)keep_certificates(context); /* for who asks what it was */
	}
	leg->reason = failure.reason;
	return failure.status;
}

/* One record, or for a client's first words none. */
static SECURITY_STATUS advance(struct schannel_context *context, const char *step, struct leg *leg,
			       struct slice record)
{
	size_t written = leg->output->size;
	int result, error;

	openssl_errors_clear();
	context->started = true;
	context->memory = (struct memory_bio) { .input = reader_of(record), .output = leg->output };
	result = SSL_do_handshake(context->ssl);
	error = SSL_get_error(context->ssl, result);
	context->memory = (struct memory_bio) { 0 };
	if (!writer_ok(leg->output) ||
	    (result != 1 && error != SSL_ERROR_WANT_READ && error != SSL_ERROR_WANT_X509_LOOKUP))
		return refuse_handshake(context, step, leg);
	if (result == 1) {
		SECURITY_STATUS status = finish_handshake(context, step, leg);

		if (status_failed(status))
			writer_truncate(leg->output, written); /* our Finished is no error token */
		return status;
	}
	openssl_errors_clear(); /* a call that worked may leave something, too */
	if (error == SSL_ERROR_WANT_READ)
		return SEC_I_CONTINUE_NEEDED;
	trace(step, REASON_OK, "the server asks for a certificate; the credential has none");
	return SEC_I_INCOMPLETE_CREDENTIALS;
}

static SECURITY_STATUS take_records(struct schannel_context *context, const char *step, struct leg *leg,
				    struct byte_reader *in)
{
	size_t written = leg->output->size;
	SECURITY_STATUS status;
	struct slice record;

	for (;;) {
		enum tls_record taken = tls_record_take(in, &record, &leg->missing);

		if (taken == TLS_RECORD_BAD)
			return leg_refuse(leg, step, REASON_BAD_TOKEN, "these bytes are no TLS record");
		if (taken == TLS_RECORD_SHORT) {
			leg->consumed = leg->input.size - in->size;
			return leg->consumed ? SEC_I_CONTINUE_NEEDED
					     : leg_refuse(leg, step, REASON_INCOMPLETE, NULL);
		}
		status = advance(context, step, leg, record);
		if (status != SEC_I_CONTINUE_NEEDED || leg->output->size > written) {
			leg->consumed = leg->input.size - in->size;
			return status;
		}
	}
}

/*
 * Behind SEC_I_INCOMPLETE_CREDENTIALS. Callers bring the same input once more, as Microsoft's sample does, or what the
 * EXTRA told, or nothing.
 */
static SECURITY_STATUS resume(struct schannel_context *context, const char *step, struct leg *leg)
{
	struct byte_reader in = reader_of(leg->input);
	SECURITY_STATUS status;

	known_bytes_skip(&context->known, &in);
	leg->consumed = leg->input.size - in.size;
	status = advance(context, step, leg, slice_of(NULL, 0));
	return status == SEC_I_CONTINUE_NEEDED && leg->output->size == 0 && in.size
		       ? take_records(context, step, leg, &in)
		       : status;
}

static SECURITY_STATUS shake_hands(struct schannel_context *context, const char *step, struct leg *leg)
{
	struct byte_reader in = reader_of(leg->input);
	bool speaks_first = context->role == ROLE_INITIATE && !context->started && leg->input.size == 0;
	SECURITY_STATUS status;

	if (context->known.size)
		return resume(context, step, leg);
	status = speaks_first ? advance(context, step, leg, leg->input)
			      : take_records(context, step, leg, &in);
	if (status == SEC_I_INCOMPLETE_CREDENTIALS &&
	    !known_bytes_keep(&context->known, slice_of(leg->input.data, leg->consumed)))
		return leg_refuse(leg, step, REASON_CRYPTO_FAILED, NULL);
	return status;
}

static enum reason prepare(struct schannel_context *context, const struct leg *leg)
{
	enum reason reason = peer_trust_begin(context, leg);

	if (reason == REASON_OK)
		reason = application_protocol_take(context, leg->protocols);
	context->supplied_only = leg->requested & FLAG_SUPPLIED_CREDS;
	/* A client that shows none is let in: pfContextAttr tells, as on Windows. */
	if (!context->started && context->role == ROLE_ACCEPT && leg->requested & FLAG_MUTUAL_AUTH)
		SSL_set_verify(context->ssl, SSL_VERIFY_PEER, NULL);
	return reason;
}

static SECURITY_STATUS run(struct schannel_context *context, const char *step, struct leg *leg)
{
	enum reason reason =
		context->refused || context->established ? REASON_OUT_OF_SEQUENCE : prepare(context, leg);

	return reason == REASON_OK ? shake_hands(context, step, leg) : leg_refuse(leg, step, reason, NULL);
}

/* --- Behind the handshake */

/* OpenSSL would send a KeyUpdate that it owes with the next record; here it goes out now. */
static bool send_owed(struct schannel_context *context)
{
	if (SSL_get_key_update_type(context->ssl) == SSL_KEY_UPDATE_NONE)
		return true;
	return SSL_key_update(context->ssl, SSL_KEY_UPDATE_NOT_REQUESTED) == 1 &&
	       SSL_do_handshake(context->ssl) == 1;
}

static bool send_close(struct schannel_context *context)
{
	if (!context->closing || context->shut)
		return true;
	context->shut = SSL_shutdown(context->ssl) >= 0;
	return context->shut;
}

/*
 * RFC 8446 6.1: who gives up before the handshake is over may say so. OpenSSL would not; a client that has not sent
 * its Finished still speaks in the clear.
 */
static SECURITY_STATUS close_early(struct schannel_context *context, struct leg *leg)
{
	static const uint8_t close_notify[] = { 21, 3, 3, 0, 2, SSL3_AL_WARNING, SSL_AD_CLOSE_NOTIFY };

	context->closing = false;
	writer_bytes(leg->output, slice_of(close_notify, sizeof(close_notify)));
	return SEC_E_OK;
}

static bool may_close_early(const struct schannel_context *context)
{
	uint8_t nothing;

	return context->role == ROLE_INITIATE && context->started && !context->established &&
	       SSL_get_finished(context->ssl, &nothing, 0) == 0;
}

/* What was told by SEC_I_RENEGOTIATE was consumed then; here it is answered, and left out of the input. */
static SECURITY_STATUS run_due(struct schannel_context *context, const char *step, struct leg *leg)
{
	struct byte_reader in = reader_of(leg->input);
	bool sent;

	known_bytes_skip(&context->known, &in);
	leg->consumed = leg->input.size - in.size;
	writer_bytes(leg->output, writer_slice(&context->owed));
	openssl_errors_clear();
	context->memory = (struct memory_bio) { .output = leg->output };
	sent = send_owed(context) && send_close(context);
	context->memory = (struct memory_bio) { 0 };
	openssl_errors_clear();
	if (!sent || !writer_ok(leg->output))
		return leg_refuse(leg, step,
				  writer_ok(leg->output) ? REASON_TLS_FAILED : REASON_OUT_OF_MEMORY, NULL);
	writer_wipe(&context->owed);
	context->handshake_due = false;
	tell_reached(context, leg);
	return SEC_E_OK;
}

enum reason schannel_control(struct package_context *base, struct slice token)
{
	struct schannel_context *context = (struct schannel_context *)base;
	struct byte_reader in = reader_of(token);
	uint32_t number;

	if (!reader_u32_native(&in, &number) || number != SCHANNEL_SHUTDOWN)
		return REASON_UNSUPPORTED;
	if (context->refused || (!context->established && !may_close_early(context)))
		return REASON_OUT_OF_SEQUENCE;
	context->closing = true;
	return REASON_OK;
}

/* The server was, or is to be, judged by the first credential: another one's own demands would go unheard. */
static bool judges_no_stricter(const struct peer_trust *other, const struct schannel_context *context)
{
	const struct peer_trust *own = &context->credential->of_servers;

	if (other->pinned_certificate.size)
		return slice_equal(secret_slice(&other->pinned_certificate),
				   secret_slice(&own->pinned_certificate));
	return !other->by_store || context->judge == JUDGE_STORE || context->judge == JUDGE_PIN;
}

enum reason schannel_adopt(struct package_context *base, const struct package_credential *other)
{
	struct schannel_context *context = (struct schannel_context *)base;
	const struct schannel_credential *credential = (const struct schannel_credential *)other;
	enum reason reason;

	if (!context->known.size || !credential->client ||
	    !judges_no_stricter(&credential->of_servers, context))
		return REASON_OTHER_CREDENTIAL;
	if (!credential->count)
		return REASON_OK;
	reason = schannel_show(context->ssl, credential->certificates[0]);
	openssl_errors_clear();
	if (reason == REASON_OK)
		context->own = credential->certificates[0];
	return reason;
}

/* --- */

/* A refused leg leaves an alert, and that for those only who asked for error tokens. */
static SECURITY_STATUS run_leg(struct schannel_context *context, const char *step, struct leg *leg)
{
	bool due = context->established && !context->refused && (context->handshake_due || context->closing);
	bool was_established = context->established;
	size_t written = leg->output->size;
	SECURITY_STATUS status;

	if (!context->established && context->closing && !context->refused)
		return close_early(context, leg);
	status = due ? run_due(context, step, leg) : run(context, step, leg);
	openssl_errors_clear();
	if (!status_failed(status) || leg->reason == REASON_INCOMPLETE || (was_established && !due))
		return status;
	context->refused = true;
	if (!(leg->requested & FLAG_EXTENDED_ERROR))
		writer_truncate(leg->output, written);
	return status;
}

SECURITY_STATUS schannel_accept(struct package_context *base, struct leg *leg)
{
	return run_leg((struct schannel_context *)base, "TLS accept", leg);
}

SECURITY_STATUS schannel_initiate(struct package_context *base, struct leg *leg)
{
	return run_leg((struct schannel_context *)base, "TLS connect", leg);
}
