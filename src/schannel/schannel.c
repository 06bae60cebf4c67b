#include "schannel/schannel.h"

#include "base/memory.h"
#include "base/trace.h"
#include "crypto/digest.h"
#include "schannel/memory_bio.h"
#include "schannel/record.h"
#include "schannel/server_trust.h"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <opensspi/schannel.h>

enum {
	SCHANNEL_MAX_TOKEN = 24576, /* what Windows says */
	SCHANNEL_RPC_ID = 14,       /* RPC_C_AUTHN_GSS_SCHANNEL */
	/* What a record carries around its plaintext: explicit nonce (RFC 5288 3), tag, inner type (RFC 8446 5.2). */
	GCM_EXPLICIT_NONCE_SIZE = 8,
	TAG_SIZE = 16,
	INNER_TYPE_SIZE = 1,
	/*
	 * RFC 8446 4.6.3: who was asked for a KeyUpdate sends its own in front of its next record. Header, 5
	 * octets of message, type, tag.
	 */
	KEY_UPDATE_RECORD_SIZE = TLS_RECORD_HEADER_SIZE + 5 + INNER_TYPE_SIZE + TAG_SIZE,
};

/* Ephemeral keys and authenticated encryption only; the cheapest first. */
#define TLS_1_2_CIPHERS \
	"ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:" \
	"ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384:" \
	"ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305"
#define TLS_1_3_CIPHERS "TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256"
#define TLS_GROUPS      "X25519:P-256:P-384"

struct schannel_credential {
	struct package_credential base;
	SSL_CTX *server, *client;    /* NULL: not for this direction */
	struct span certificate_der; /* the server's, for all its contexts */
	struct server_trust trust;   /* the client's */
};

struct schannel_context {
	struct package_context base;
	const struct schannel_credential *credential;
	enum role role;
	SSL *ssl;
	struct memory_bio memory;
	bool started, established, refused, closed;
	X509 *certificate;            /* the server's, of this connection */
	struct slice certificate_der; /* the credential's, or the peer's */
	struct span peer_der;         /* initiator */
	uint32_t header_size, trailer_size;
};

/* --- Errors */

struct failure {
	enum reason reason;
	SECURITY_STATUS status;
};

/* The reasons of OpenSSL that a person can do something about. */
static enum reason reason_of(int ssl_reason, enum reason otherwise)
{
	switch (ssl_reason) {
	case SSL_R_UNSUPPORTED_PROTOCOL:
	case SSL_R_WRONG_SSL_VERSION:
	case SSL_R_VERSION_TOO_LOW:
		return REASON_TLS_VERSION;
	case SSL_R_NO_SHARED_CIPHER:
	case SSL_R_NO_CIPHERS_AVAILABLE:
		return REASON_TLS_CIPHER;
	case SSL_R_CERTIFICATE_VERIFY_FAILED:
		return REASON_SERVER_UNTRUSTED;
	default:
		return otherwise;
	}
}

/* SSL's reasons from SSL_AD_REASON_OFFSET on are a peer's alerts; other libraries number theirs at will. */
static bool is_alert(unsigned long error, uint8_t *alert)
{
	int number = ERR_GET_REASON(error) - SSL_AD_REASON_OFFSET;

	*alert = (uint8_t)number;
	return ERR_GET_LIB(error) == ERR_LIB_SSL && number >= 0 && number <= UINT8_MAX;
}

/*
 * What OpenSSL says about the call that just failed; `otherwise` if that is nothing in particular. The queue is the
 * thread's: it is left empty, or a program's own calls would trip over it.
 */
static struct failure take_failure(enum reason otherwise, const char *step)
{
	unsigned long error = ERR_peek_last_error(), earlier;
	const char *text = ERR_reason_error_string(error);
	struct failure failure = { .reason = otherwise };
	uint8_t alert;

	if (ERR_GET_LIB(error) == ERR_LIB_SSL)
		failure.reason = reason_of(ERR_GET_REASON(error), otherwise);
	if (is_alert(error, &alert))
		failure.reason = REASON_TLS_ALERT;
	while ((earlier = ERR_get_error()))
		if (ERR_GET_REASON(earlier) == ERR_R_MALLOC_FAILURE)
			failure.reason = REASON_OUT_OF_MEMORY;
	failure.status = failure.reason == REASON_TLS_ALERT ? reason_status_of_alert(alert)
							    : reason_status(failure.reason);
	trace(step, failure.reason, "%s: %s", reason_sentence(failure.reason),
	      text ? text : "no more is known");
	return failure;
}

/* ERR_clear_error goes over all the queue's places, also where nothing lies in them: it costs as much as a MAC. */
static void clear_errors(void)
{
	if (ERR_peek_error())
		ERR_clear_error();
}

/* --- Credentials */

static SSL_CTX *new_ssl_context(const SSL_METHOD *method, const struct policy *policy)
{
	SSL_CTX *ssl = SSL_CTX_new(method);

	if (!ssl)
		return NULL;
	SSL_CTX_set_options(ssl, SSL_OP_NO_TICKET | SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION |
					 SSL_OP_CIPHER_SERVER_PREFERENCE);
	SSL_CTX_set_mode(ssl, SSL_MODE_RELEASE_BUFFERS);
	SSL_CTX_set_session_cache_mode(ssl, SSL_SESS_CACHE_OFF);
	if (SSL_CTX_set_min_proto_version(ssl, policy->tls_1_2 ? TLS1_2_VERSION : TLS1_3_VERSION) != 1 ||
	    SSL_CTX_set_max_proto_version(ssl, policy->tls_1_3 ? TLS1_3_VERSION : TLS1_2_VERSION) != 1 ||
	    SSL_CTX_set_cipher_list(ssl, TLS_1_2_CIPHERS) != 1 ||
	    SSL_CTX_set_ciphersuites(ssl, TLS_1_3_CIPHERS) != 1 ||
	    SSL_CTX_set1_groups_list(ssl, TLS_GROUPS) != 1 || SSL_CTX_set_num_tickets(ssl, 0) != 1) {
		SSL_CTX_free(ssl);
		return NULL;
	}
	return ssl;
}

static enum reason use_certificate(struct schannel_credential *credential,
				   const struct certificate *certificate)
{
	SSL_CTX *ssl = credential->server;
	X509 *above;

	clear_errors();
	if (SSL_CTX_use_certificate(ssl, certificate_x509(certificate)) != 1 ||
	    SSL_CTX_use_PrivateKey(ssl, certificate_key(certificate)) != 1)
		return take_failure(REASON_CERTIFICATE_UNUSABLE, "acquire").reason;
	for (size_t i = 0; (above = certificate_chain(certificate, i)); i++)
		if (SSL_CTX_add1_chain_cert(ssl, above) != 1)
			return take_failure(REASON_CERTIFICATE_UNUSABLE, "acquire").reason;
	credential->certificate_der = certificate_encode(certificate_x509(certificate));
	return credential->certificate_der.data ? REASON_OK : REASON_OUT_OF_MEMORY;
}

static void schannel_free_credential(struct package_credential *base)
{
	struct schannel_credential *credential = (struct schannel_credential *)base;

	if (!credential)
		return;
	SSL_CTX_free(credential->server);
	SSL_CTX_free(credential->client);
	certificate_free_der(credential->certificate_der);
	server_trust_wipe(&credential->trust);
	memory_free(credential);
}

static enum reason fill_credential(struct schannel_credential *credential,
				   const struct acquire_request *request)
{
	enum reason reason = REASON_OK;

	if (!request->policy.tls_1_2 && !request->policy.tls_1_3)
		return REASON_UNSUPPORTED;
	if (request->initiate) {
		credential->client = new_ssl_context(TLS_client_method(), &request->policy);
		reason = credential->client
				 ? server_trust_set_up(&credential->trust, credential->client, request)
				 : REASON_OUT_OF_MEMORY;
	}
	if (reason != REASON_OK)
		return reason;
	if (!request->accept)
		return REASON_OK;
	if (!request->certificate)
		return REASON_NO_CREDENTIAL;
	credential->server = new_ssl_context(TLS_server_method(), &request->policy);
	return credential->server ? use_certificate(credential, request->certificate) : REASON_OUT_OF_MEMORY;
}

static enum reason schannel_acquire(const struct acquire_request *request, struct package_credential **made)
{
	struct schannel_credential *credential = memory_allocate(sizeof(*credential));
	enum reason reason;

	if (!credential)
		return REASON_OUT_OF_MEMORY;
	credential->base.package = &schannel_package;
	reason = fill_credential(credential, request);
	clear_errors();
	if (reason == REASON_OK)
		*made = &credential->base;
	else
		schannel_free_credential(&credential->base);
	return reason;
}

/* --- Contexts */

static void schannel_free_context(struct package_context *base)
{
	struct schannel_context *context = (struct schannel_context *)base;

	if (!context)
		return;
	SSL_free(context->ssl);
	X509_free(context->certificate);
	certificate_free_der(context->peer_der);
	memory_free(context);
}

static enum reason schannel_new_context(const struct package_credential *base, enum role role,
					struct package_context **made)
{
	const struct schannel_credential *credential = (const struct schannel_credential *)base;
	SSL_CTX *ssl = role == ROLE_ACCEPT ? credential->server : credential->client;
	struct schannel_context *context;
	BIO *bio;

	if (!ssl)
		return REASON_NO_CREDENTIAL;
	context = memory_allocate(sizeof(*context));
	if (!context)
		return REASON_OUT_OF_MEMORY;
	*context = (struct schannel_context) {
		.base.package = &schannel_package,
		.credential = credential,
		.role = role,
		.ssl = SSL_new(ssl),
	};
	bio = context->ssl ? memory_bio_new(&context->memory) : NULL;
	clear_errors();
	if (!bio) {
		schannel_free_context(&context->base);
		return REASON_OUT_OF_MEMORY;
	}
	SSL_set_bio(context->ssl, bio, bio);
	if (role == ROLE_ACCEPT)
		SSL_set_accept_state(context->ssl);
	else
		SSL_set_connect_state(context->ssl);
	*made = &context->base;
	return REASON_OK;
}

/* --- Handshake */

/* The server's, which a client knows from its verification on. */
static enum reason keep_certificate(struct schannel_context *context)
{
	struct span of_server = context->credential->certificate_der;

	if (context->role == ROLE_ACCEPT) {
		context->certificate = SSL_get_certificate(context->ssl);
		if (context->certificate)
			X509_up_ref(context->certificate);
		context->certificate_der = slice_of(of_server.data, of_server.size);
	} else if (context->certificate) {
		context->peer_der = certificate_encode(context->certificate);
		context->certificate_der = slice_of(context->peer_der.data, context->peer_der.size);
	}
	if (!context->certificate)
		return REASON_TLS_FAILED;
	return context->certificate_der.data ? REASON_OK : REASON_OUT_OF_MEMORY;
}

static enum reason establish(struct schannel_context *context)
{
	bool tls_1_3 = SSL_version(context->ssl) == TLS1_3_VERSION;
	const SSL_CIPHER *cipher = SSL_get_current_cipher(context->ssl);
	bool explicit_nonce = !tls_1_3 && SSL_CIPHER_get_cipher_nid(cipher) != NID_chacha20_poly1305;
	enum reason reason = keep_certificate(context);

	if (reason != REASON_OK)
		return reason;
	context->header_size = TLS_RECORD_HEADER_SIZE + (explicit_nonce ? GCM_EXPLICIT_NONCE_SIZE : 0);
	context->trailer_size = TAG_SIZE + (tls_1_3 ? INNER_TYPE_SIZE + KEY_UPDATE_RECORD_SIZE : 0);
	context->established = true;
	return REASON_OK;
}

static SECURITY_STATUS finish_handshake(struct schannel_context *context, const char *step, struct leg *leg)
{
	enum reason reason = establish(context);

	clear_errors();
	if (reason != REASON_OK)
		return leg_refuse(leg, step, reason, NULL);
	leg->reached = FLAG_STREAM | FLAG_CONFIDENTIALITY | FLAG_INTEGRITY | FLAG_REPLAY_DETECT |
		       FLAG_SEQUENCE_DETECT;
	leg->can_seal = true;
	trace(step, REASON_OK, "%s with %s is established", SSL_get_version(context->ssl),
	      SSL_get_cipher_name(context->ssl));
	return SEC_E_OK;
}

static SECURITY_STATUS refuse_handshake(struct schannel_context *context, const char *step, struct leg *leg)
{
	struct failure failure =
		take_failure(writer_ok(leg->output) ? REASON_TLS_FAILED : REASON_OUT_OF_MEMORY, step);

	if (failure.reason == REASON_SERVER_UNTRUSTED) {
		failure.reason = server_trust_reason(context->ssl);
		failure.status = reason_status(failure.reason);
		(void)keep_certificate(context); /* for who asks what it was */
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

	clear_errors();
	context->started = true;
	context->memory = (struct memory_bio) { .input = reader_of(record), .output = leg->output };
	result = SSL_do_handshake(context->ssl);
	error = SSL_get_error(context->ssl, result);
	context->memory = (struct memory_bio) { 0 };
	if (!writer_ok(leg->output) || (result != 1 && error != SSL_ERROR_WANT_READ))
		return refuse_handshake(context, step, leg);
	if (result == 1) {
		SECURITY_STATUS status = finish_handshake(context, step, leg);

		if (status_failed(status))
			writer_truncate(leg->output, written); /* our Finished is no error token */
		return status;
	}
	clear_errors(); /* a call that worked may leave something, too */
	return SEC_I_CONTINUE_NEEDED;
}

static SECURITY_STATUS shake_hands(struct schannel_context *context, const char *step, struct leg *leg)
{
	struct byte_reader in = reader_of(leg->input);
	size_t written = leg->output->size;
	SECURITY_STATUS status;
	struct slice record;

	for (;;) {
		enum tls_record taken = tls_record_take(&in, &record, &leg->missing);

		if (taken == TLS_RECORD_BAD)
			return leg_refuse(leg, step, REASON_BAD_TOKEN, "these bytes are no TLS record");
		if (taken == TLS_RECORD_SHORT) {
			leg->consumed = leg->input.size - in.size;
			return leg->consumed ? SEC_I_CONTINUE_NEEDED
					     : leg_refuse(leg, step, REASON_INCOMPLETE, NULL);
		}
		status = advance(context, step, leg, record);
		if (status != SEC_I_CONTINUE_NEEDED || leg->output->size > written) {
			leg->consumed = leg->input.size - in.size;
			return status;
		}
	}
}

/* Who can neither judge the server's certificate nor wants to look at it himself gets no connection to it. */
static enum reason may_connect(struct schannel_context *context, const struct leg *leg)
{
	const struct server_trust *trust = &context->credential->trust;

	if (context->role == ROLE_ACCEPT)
		return REASON_OK;
	if (!server_trust_judges(trust) && !(leg->requested & FLAG_MANUAL_VALIDATION))
		return REASON_SERVER_UNTRUSTED;
	return context->started
		       ? REASON_OK
		       : server_trust_expect(trust, context->ssl, leg->target, &context->certificate);
}

static SECURITY_STATUS run(struct schannel_context *context, const char *step, struct leg *leg)
{
	bool speaks_first = context->role == ROLE_INITIATE && !context->started && leg->input.size == 0;
	enum reason reason;

	if (context->refused || context->established)
		return leg_refuse(leg, step, REASON_OUT_OF_SEQUENCE, NULL);
	reason = may_connect(context, leg);
	if (reason != REASON_OK)
		return leg_refuse(leg, step, reason, NULL);
	return speaks_first ? advance(context, step, leg, leg->input) : shake_hands(context, step, leg);
}

/* A refused leg leaves an alert, and that for those only who asked for error tokens. */
static SECURITY_STATUS run_leg(struct schannel_context *context, const char *step, struct leg *leg)
{
	size_t written = leg->output->size;
	SECURITY_STATUS status = run(context, step, leg);

	if (status_failed(status) && leg->reason != REASON_INCOMPLETE && !context->established) {
		context->refused = true;
		if (!(leg->requested & FLAG_EXTENDED_ERROR))
			writer_truncate(leg->output, written);
	}
	return status;
}

static SECURITY_STATUS schannel_accept(struct package_context *base, struct leg *leg)
{
	return run_leg((struct schannel_context *)base, "TLS accept", leg);
}

static SECURITY_STATUS schannel_initiate(struct package_context *base, struct leg *leg)
{
	return run_leg((struct schannel_context *)base, "TLS connect", leg);
}

/* --- Messages */

/* OpenSSL failed: there is no telling what the peer still understands. */
static SECURITY_STATUS refuse_message(struct schannel_context *context, const char *step,
				      struct message *message, enum reason otherwise)
{
	struct failure failure = take_failure(otherwise, step);

	context->refused = true;
	message->reason = failure.reason;
	return failure.status;
}

static enum reason check_call(const struct schannel_context *context)
{
	if (!context->established || context->refused)
		return REASON_OUT_OF_SEQUENCE;
	return context->closed ? REASON_CONTEXT_CLOSED : REASON_OK;
}

/* One write, however long: records of at most 16 KiB one after another. */
static SECURITY_STATUS write_records(struct schannel_context *context, struct message *message,
				     struct byte_writer *output)
{
	struct span data = message->data[0];
	size_t written = 0;
	int result;

	clear_errors();
	context->memory = (struct memory_bio) { .output = output };
	result = SSL_write_ex(context->ssl, data.data, data.size, &written);
	context->memory = (struct memory_bio) { 0 };
	if (result == 1 && written == data.size) {
		clear_errors();
		return SEC_E_OK;
	}
	return refuse_message(context, "TLS seal", message,
			      writer_ok(output) ? REASON_CRYPTO_FAILED : REASON_OUT_OF_MEMORY);
}

/*
 * What goes out is cut into the three buffers of EncryptMessage in the order in which they are sent. Mostly that
 * is a record's header, its body and its trailer; with a KeyUpdate in front the cuts fall elsewhere, and the
 * trailer is longer.
 */
static enum reason distribute(struct slice records, struct message *message)
{
	struct byte_reader in = reader_of(records);

	if (!reader_copy(&in, message->header.data, message->header.size) ||
	    !reader_copy(&in, message->data[0].data, message->data[0].size) ||
	    in.size > message->trailer.size)
		return REASON_CRYPTO_FAILED; /* not of the size that was announced */
	message->trailer.size = in.size;
	return reader_copy(&in, message->trailer.data, in.size) ? REASON_OK : REASON_CRYPTO_FAILED;
}

static SECURITY_STATUS seal_record(struct schannel_context *context, struct message *message)
{
	LOCAL_WRITER(records);
	enum reason reason = REASON_OK;
	SECURITY_STATUS status;

	if (message->data[0].size > TLS_PLAINTEXT_MAX)
		reason = REASON_BAD_BUFFERS;
	else if (message->header.size < context->header_size || message->trailer.size < context->trailer_size)
		reason = REASON_BUFFER_TOO_SMALL;
	if (reason != REASON_OK)
		return message_refuse(message, "TLS seal", reason);
	writer_reserve(&records, context->header_size + message->data[0].size + context->trailer_size);
	if (!writer_ok(&records)) /* nothing was sealed yet: the context lives on */
		return message_refuse(message, "TLS seal", REASON_OUT_OF_MEMORY);
	status = write_records(context, message, &records);
	if (status != SEC_E_OK)
		return status;
	message->header.size = context->header_size;
	reason = distribute(writer_slice(&records), message);
	return reason == REASON_OK ? SEC_E_OK : refuse_message(context, "TLS seal", message, reason);
}

static SECURITY_STATUS schannel_seal(struct package_context *base, struct message *message)
{
	struct schannel_context *context = (struct schannel_context *)base;
	enum reason reason = check_call(context);

	if (reason == REASON_OK && (message->data_count != 1 || message->data[0].size == 0))
		reason = REASON_BAD_BUFFERS;
	if (reason != REASON_OK)
		return message_refuse(message, "TLS seal", reason);
	return message->output ? write_records(context, message, message->output)
			       : seal_record(context, message);
}

/* Plaintext is never longer than what protected it, so it finds room where the record's body lay. */
static SECURITY_STATUS open_record(struct schannel_context *context, struct message *message,
				   struct slice record, struct span *plain)
{
	uint8_t nowhere; /* for a record without a body, which OpenSSL refuses by an alert */
	size_t read = 0;
	int result, error;

	clear_errors();
	context->memory = (struct memory_bio) { .input = reader_of(record), .output = message->output };
	result = SSL_read_ex(context->ssl, plain->size ? plain->data : &nowhere,
			     plain->size ? plain->size : 1, &read);
	error = SSL_get_error(context->ssl, result);
	context->memory = (struct memory_bio) { 0 };
	plain->size = plain->size ? read : 0;
	switch (error) {
	case SSL_ERROR_NONE:
	case SSL_ERROR_WANT_READ: /* a ticket, a KeyUpdate, an empty record: nothing for the caller */
		clear_errors();
		return SEC_E_OK;
	case SSL_ERROR_ZERO_RETURN:
		context->closed = true;
		return message_refuse(message, "TLS open", REASON_TLS_CLOSED);
	default:
		return refuse_message(context, "TLS open", message, REASON_TLS_RECORD);
	}
}

static SECURITY_STATUS schannel_open(struct package_context *base, struct message *message)
{
	struct schannel_context *context = (struct schannel_context *)base;
	struct span whole = message->data_count == 1 ? message->data[0] : (struct span) { 0 };
	struct byte_reader in = reader_of(slice_of(whole.data, whole.size));
	enum reason reason = check_call(context);
	SECURITY_STATUS status = SEC_E_OK;
	struct slice record;

	if (reason == REASON_OK && message->data_count != 1)
		reason = REASON_BAD_BUFFERS;
	if (reason != REASON_OK)
		return message_refuse(message, "TLS open", reason);
	message->data[0].size = 0;
	while (status == SEC_E_OK && message->data[0].size == 0) {
		enum tls_record taken = tls_record_take(&in, &record, &message->missing);

		if (taken == TLS_RECORD_BAD) {
			context->refused = true;
			return message_refuse(message, "TLS open", REASON_TLS_RECORD);
		}
		if (taken == TLS_RECORD_SHORT && message->consumed == 0) {
			message->data[0] = whole;
			return message_refuse(message, "TLS open", REASON_INCOMPLETE);
		}
		if (taken == TLS_RECORD_SHORT)
			break;
		message->consumed = whole.size - in.size;
		message->data[0] = (struct span) {
			whole.data + message->consumed - record.size + TLS_RECORD_HEADER_SIZE,
			record.size - TLS_RECORD_HEADER_SIZE,
		};
		status = open_record(context, message, record, &message->data[0]);
	}
	return status;
}

/* --- Attributes */

static enum reason schannel_query(const struct package_context *base, enum attribute attribute,
				  union attribute_value *value)
{
	const struct schannel_context *context = (const struct schannel_context *)base;
	bool of_refused = attribute == ATTRIBUTE_REMOTE_CERTIFICATE && context->certificate_der.data;

	if (!context->established && !of_refused)
		return REASON_OUT_OF_SEQUENCE;
	switch (attribute) {
	case ATTRIBUTE_STREAM_SIZES:
		value->stream_sizes.header = context->header_size;
		value->stream_sizes.trailer = context->trailer_size;
		value->stream_sizes.maximum_message = TLS_PLAINTEXT_MAX;
		return REASON_OK;
	case ATTRIBUTE_PUBLIC_KEY:
		value->bytes = certificate_public_key(context->certificate);
		return REASON_OK;
	case ATTRIBUTE_LOCAL_CERTIFICATE:
	case ATTRIBUTE_REMOTE_CERTIFICATE:
		if ((attribute == ATTRIBUTE_LOCAL_CERTIFICATE) != (context->role == ROLE_ACCEPT))
			return REASON_NO_CREDENTIAL; /* clients show none */
		value->bytes = context->certificate_der;
		return REASON_OK;
	case ATTRIBUTE_TLS:
		value->tls.protocol = (uint16_t)SSL_version(context->ssl);
		value->tls.version = value->tls.protocol == TLS1_3_VERSION ? "1.3" : "1.2";
		value->tls.cipher = SSL_CIPHER_standard_name(SSL_get_current_cipher(context->ssl));
		value->tls.cipher_bits = (uint32_t)SSL_get_cipher_bits(context->ssl, NULL);
		return REASON_OK;
	default:
		return REASON_UNSUPPORTED;
	}
}

const struct security_package schannel_package = {
	.name = SCHANNEL_NAME_A,
	.comment = "Schannel Security Package",
	/* The number Windows shows. */
	.capabilities = SECPKG_FLAG_INTEGRITY | SECPKG_FLAG_PRIVACY | SECPKG_FLAG_CONNECTION |
			SECPKG_FLAG_MULTI_REQUIRED | SECPKG_FLAG_EXTENDED_ERROR | SECPKG_FLAG_IMPERSONATION |
			SECPKG_FLAG_ACCEPT_WIN32_NAME | SECPKG_FLAG_STREAM | SECPKG_FLAG_MUTUAL_AUTH |
			SECPKG_FLAG_APPCONTAINER_PASSTHROUGH,
	.rpc_id = SCHANNEL_RPC_ID,
	.max_token = SCHANNEL_MAX_TOKEN,
	.stream = true,
	.refused_flags = FLAG_DCE_STYLE | FLAG_REQUIRE_BINDINGS,
	.acquire = schannel_acquire,
	.new_context = schannel_new_context,
	.initiate = schannel_initiate,
	.accept = schannel_accept,
	.seal = schannel_seal,
	.open = schannel_open,
	.query = schannel_query,
	.free_context = schannel_free_context,
	.free_credential = schannel_free_credential,
};
