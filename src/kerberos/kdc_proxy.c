#include "kerberos/kdc_proxy.h"

#include "base/trace.h"
#include "base/utf16.h"
#include "kerberos/http_response.h"
#include "kerberos/kdc_places.h"
#include "kerberos/kdc_proxy_message.h"
#include "kerberos/kdc_socket.h"

#include <opensspi/schannel.h>

#define STEP "KDC proxy"

enum { READ_SIZE = 16 * 1024, PATH_SIZE = 1024 };

/* --- Whom to believe */

/* krb5.conf(5), http_anchors: FILE:PATH. The other forms, and more than one, are refused rather than left out. */
static bool read_anchors(krb5_context krb5, const char *realm, char value[PATH_SIZE], const char **file)
{
	static const char form[] = "FILE:";

	*file = NULL;
	if (!kdc_places_setting(krb5, realm, "http_anchors", value, PATH_SIZE))
		return false;
	if (strncmp(value, form, strlen(form)) == 0)
		*file = value + strlen(form);
	return !value[0] || *file;
}

struct package_credential *kdc_proxy_credential(krb5_context krb5, const char *realm,
						const struct security_package *const *packages,
						enum reason *reason)
{
	const struct security_package *tls = packages ? package_find(packages, SCHANNEL_NAME_A) : NULL;
	struct acquire_request request = { .initiate = true, .policy = policy_default, .packages = packages };
	struct package_credential *credential = NULL;
	char anchors[PATH_SIZE];

	*reason = REASON_KDC_PROXY_UNTRUSTED;
	if (!tls || !read_anchors(krb5, realm, anchors, &request.trusted_file)) {
		trace(STEP, *reason, "%s",
		      tls ? "krb5.conf: http_anchors is to be one FILE:PATH" : "there is no TLS here");
		return NULL;
	}
	request.trust_system = !request.trusted_file;
	*reason = tls->acquire(&request, &credential);
	if (*reason != REASON_OK && *reason != REASON_OUT_OF_MEMORY)
		*reason = REASON_KDC_PROXY_UNTRUSTED; /* the file cannot be read; it is traced */
	return credential;
}

/* --- TLS */

struct tunnel {
	int fd;
	int64_t deadline;
	struct package_context *tls;
	struct byte_writer records; /* that have come, as far as they were not used */
	bool ended;
};

static void free_tunnel(struct tunnel *tunnel)
{
	package_context_free(tunnel->tls);
	writer_wipe(&tunnel->records);
}

/* The end is no failure here: TLS and HTTP know what was missing. */
static enum reason receive(struct tunnel *tunnel)
{
	size_t before = tunnel->records.size;
	uint8_t *place = writer_extend(&tunnel->records, READ_SIZE);
	ssize_t got;

	if (!place)
		return REASON_OUT_OF_MEMORY;
	got = kdc_socket_receive(tunnel->fd, (struct span) { place, READ_SIZE }, tunnel->deadline);
	writer_truncate(&tunnel->records, before + (got > 0 ? (size_t)got : 0));
	tunnel->ended = got == 0;
	return got < 0 ? REASON_KERBEROS_NO_KDC : REASON_OK;
}

static enum reason send_records(struct tunnel *tunnel, const struct byte_writer *records)
{
	if (!writer_ok(records))
		return REASON_OUT_OF_MEMORY;
	return kdc_socket_send(tunnel->fd, writer_slice(records), tunnel->deadline) ? REASON_OK
										    : REASON_KERBEROS_NO_KDC;
}

/* What TLS refused, and traced, as it counts for who asked. */
static enum reason refuse_tls(enum reason reason, const struct kdc_place *proxy)
{
	switch (reason) {
	case REASON_OUT_OF_MEMORY:
		return reason;
	case REASON_SERVER_UNTRUSTED:
	case REASON_SERVER_NAME:
	case REASON_SERVER_EXPIRED:
	case REASON_BAD_TARGET:
		trace(STEP, REASON_KDC_PROXY_UNTRUSTED, "https://%s:%s: %s", proxy->host, proxy->port,
		      reason_sentence(reason));
		return REASON_KDC_PROXY_UNTRUSTED;
	default:
		trace(STEP, REASON_KDC_PROXY_REFUSED, "https://%s:%s speaks no TLS that is taken here: %s",
		      proxy->host, proxy->port, reason_sentence(reason));
		return REASON_KDC_PROXY_REFUSED;
	}
}

/* One leg, and what it has to say. */
static enum reason run_leg(struct tunnel *tunnel, const struct kdc_place *proxy, struct slice target,
			   SECURITY_STATUS *status)
{
	LOCAL_WRITER(output);
	struct leg leg = {
		.input = writer_slice(&tunnel->records),
		.target = target,
		.requested = FLAG_SUPPLIED_CREDS | FLAG_EXTENDED_ERROR,
		.output = &output,
	};
	enum reason reason;

	*status = tunnel->tls->package->initiate(tunnel->tls, &leg);
	reason = send_records(tunnel, &output);
	if (*status == SEC_E_INCOMPLETE_MESSAGE)
		return REASON_OK;
	if (status_failed(*status))
		return refuse_tls(leg.reason, proxy);
	writer_drop_front(&tunnel->records, leg.consumed);
	return reason;
}

/* Ends with the proxy's name proved, or not at all. */
static enum reason shake_hands(struct tunnel *tunnel, const struct kdc_place *proxy)
{
	LOCAL_WRITER(target);
	SECURITY_STATUS status = SEC_I_CONTINUE_NEEDED;
	enum reason reason = REASON_OK;
	bool is_address = strchr(proxy->host, ':');

	if (!utf16_from_utf8(&target, is_address ? SLICE_LITERAL("[") : slice_of(NULL, 0)) ||
	    !utf16_from_utf8(&target, slice_of(proxy->host, strlen(proxy->host))) || !writer_ok(&target))
		return REASON_OUT_OF_MEMORY;
	reason = run_leg(tunnel, proxy, writer_slice(&target), &status);
	while (reason == REASON_OK && status != SEC_E_OK) {
		if (!tunnel->records.size || status == SEC_E_INCOMPLETE_MESSAGE)
			reason = receive(tunnel);
		if (reason == REASON_OK && tunnel->ended)
			reason = refuse_tls(REASON_PEER_CLOSED, proxy);
		if (reason == REASON_OK)
			reason = run_leg(tunnel, proxy, writer_slice(&target), &status);
	}
	return reason;
}

/* --- HTTP */

static void write_text(struct byte_writer *out, const char *text)
{
	writer_bytes(out, slice_of(text, strlen(text)));
}

static void write_number(struct byte_writer *out, size_t number)
{
	if (number > 9)
		write_number(out, number / 10);
	writer_u8(out, (uint8_t)('0' + number % 10));
}

/* HTTP/1.0, whose answers are one piece and end the connection. */
static void write_post(struct byte_writer *out, const struct kdc_place *proxy, struct slice body)
{
	bool is_address = strchr(proxy->host, ':');

	write_text(out, "POST /");
	write_text(out, proxy->path);
	write_text(out, " HTTP/1.0\r\nHost: ");
	write_text(out, is_address ? "[" : "");
	write_text(out, proxy->host);
	write_text(out, is_address ? "]:" : ":");
	write_text(out, proxy->port);
	write_text(out,
		   "\r\nContent-Type: application/kerberos\r\nCache-Control: no-cache\r\nContent-Length: ");
	write_number(out, body.size);
	write_text(out, "\r\n\r\n");
	writer_bytes(out, body);
}

static enum reason send_request(struct tunnel *tunnel, const struct kdc_place *proxy, const char *realm,
				struct slice request)
{
	LOCAL_WRITER(body);
	LOCAL_WRITER(post);
	LOCAL_WRITER(records);
	struct span data;
	struct message message = { .data = &data, .data_count = 1, .output = &records };

	kdc_proxy_message_write(&body, request, slice_of(realm, strlen(realm)));
	write_post(&post, proxy, writer_slice(&body));
	if (!writer_ok(&body) || !writer_ok(&post))
		return REASON_OUT_OF_MEMORY;
	data = (struct span) { post.data, post.size };
	if (status_failed(tunnel->tls->package->seal(tunnel->tls, &message)))
		return refuse_tls(message.reason, proxy);
	return send_records(tunnel, &records);
}

/* Opens what is whole of the records that have come. */
static enum reason open_records(struct tunnel *tunnel, const struct kdc_place *proxy,
				struct byte_writer *plain)
{
	while (tunnel->records.size) {
		LOCAL_WRITER(owed); /* an answer to a KeyUpdate would go out with what is not sent any more */
		struct span data = { tunnel->records.data, tunnel->records.size };
		struct message message = { .data = &data, .data_count = 1, .output = &owed };
		SECURITY_STATUS status = tunnel->tls->package->open(tunnel->tls, &message);

		if (status == SEC_E_INCOMPLETE_MESSAGE)
			return REASON_OK;
		if (message.reason == REASON_TLS_CLOSED) {
			tunnel->ended = true;
			return REASON_OK;
		}
		if (status != SEC_E_OK)
			return refuse_tls(message.reason, proxy);
		writer_bytes(plain, slice_of(data.data, data.size));
		if (!writer_ok(plain))
			return REASON_OUT_OF_MEMORY;
		writer_drop_front(&tunnel->records, message.consumed);
	}
	return REASON_OK;
}

static enum reason refuse_answer(const struct kdc_place *proxy, const struct http_response *response)
{
	if (response && response->status != HTTP_OK)
		trace(STEP, REASON_KDC_PROXY_REFUSED, "https://%s:%s/%s answers with the HTTP status %u",
		      proxy->host, proxy->port, proxy->path, response->status);
	else
		trace(STEP, REASON_KDC_PROXY_REFUSED, "https://%s:%s/%s answers with something else than %s",
		      proxy->host, proxy->port, proxy->path, response ? "a KDC's message" : "HTTP");
	return REASON_KDC_PROXY_REFUSED;
}

static enum reason take_response(const struct kdc_place *proxy, const struct http_response *response,
				 struct byte_writer *answer)
{
	struct slice message;

	if (response->status != HTTP_OK || !kdc_proxy_message_parse(response->body, &message))
		return refuse_answer(proxy, response);
	writer_bytes(answer, message);
	return writer_ok(answer) ? REASON_OK : REASON_OUT_OF_MEMORY;
}

static enum reason receive_answer(struct tunnel *tunnel, const struct kdc_place *proxy,
				  struct byte_writer *answer)
{
	CLEANUP(writer_wipe) struct byte_writer plain = writer_growing();
	struct http_response response;
	enum reason reason = REASON_OK;

	for (;;) {
		reason = open_records(tunnel, proxy, &plain);
		if (reason != REASON_OK)
			return reason;
		switch (http_response_read(writer_slice(&plain), tunnel->ended, &response)) {
		case HTTP_WHOLE:
			return take_response(proxy, &response, answer);
		case HTTP_BAD:
			return refuse_answer(proxy, NULL);
		case HTTP_SHORT:
			break;
		}
		reason = receive(tunnel);
		if (reason != REASON_OK)
			return reason;
	}
}

enum reason kdc_proxy_ask(int fd, const struct kdc_place *proxy, const struct package_credential *credential,
			  const char *realm, struct slice request, int64_t deadline,
			  struct byte_writer *answer)
{
	CLEANUP(free_tunnel)
	struct tunnel tunnel = { .fd = fd, .deadline = deadline, .records = writer_growing() };
	enum reason reason = credential->package->new_context(credential, ROLE_INITIATE, &tunnel.tls);

	if (reason == REASON_OK)
		reason = shake_hands(&tunnel, proxy);
	if (reason == REASON_OK)
		reason = send_request(&tunnel, proxy, realm, request);
	return reason == REASON_OK ? receive_answer(&tunnel, proxy, answer) : reason;
}
