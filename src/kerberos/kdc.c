#include "kerberos/kdc.h"

#include "base/byte_reader.h"
#include "base/trace.h"
#include "kerberos/kdc_dns.h"
#include "kerberos/kdc_places.h"
#include "kerberos/kdc_proxy.h"
#include "kerberos/kdc_socket.h"

#define STEP "KDC"

enum {
	ANSWER_MAX = 256 * 1024, /* a ticket with a large PAC */
	LENGTH_SIZE = sizeof(uint32_t),
};

/* A request on its way. */
struct errand {
	krb5_context krb5;
	const char *realm;
	struct slice request;
	struct kdc_search *search;
	struct byte_writer *answer;
};

/* --- By TCP (RFC 4120 7.2.2: the length in four bytes, big endian, then the message) */

static bool receive_answer(int fd, int64_t deadline, struct byte_writer *answer)
{
	uint8_t length[LENGTH_SIZE];
	struct byte_reader in = reader_of(slice_of(length, sizeof(length)));
	uint32_t size;
	uint8_t *place;

	if (!kdc_socket_receive_all(fd, (struct span) { length, sizeof(length) }, deadline) ||
	    !reader_u32be(&in, &size) || !size || size > ANSWER_MAX)
		return false;
	place = writer_extend(answer, size);
	if (place && kdc_socket_receive_all(fd, (struct span) { place, size }, deadline))
		return true;
	writer_truncate(answer, answer->size - (place ? size : 0));
	return false;
}

static enum reason ask_kdc(int fd, const struct errand *errand, int64_t deadline)
{
	LOCAL_WRITER(message);

	writer_u32be(&message, (uint32_t)errand->request.size);
	writer_bytes(&message, errand->request);
	if (!writer_ok(&message))
		return REASON_OUT_OF_MEMORY;
	if (kdc_socket_send(fd, writer_slice(&message), deadline) &&
	    receive_answer(fd, deadline, errand->answer))
		return REASON_OK;
	return writer_ok(errand->answer) ? REASON_KERBEROS_NO_KDC : REASON_OUT_OF_MEMORY;
}

/* --- One place after the other */

static void free_credential(struct package_credential **credential)
{
	package_credential_free(*credential);
}

static enum reason ask_proxy(int fd, const struct errand *errand, const struct kdc_place *proxy,
			     int64_t deadline)
{
	enum reason reason;
	CLEANUP(free_credential)
	struct package_credential *credential =
		kdc_proxy_credential(errand->krb5, errand->realm, errand->search->packages, &reason);

	return credential ? kdc_proxy_ask(fd, proxy, credential, errand->realm, errand->request, deadline,
					  errand->answer)
			  : reason;
}

static enum reason ask_address(const struct errand *errand, const struct kdc_place *place,
			       const struct addrinfo *address, int64_t deadline)
{
	CLEANUP(kdc_socket_close) int fd = kdc_socket_connect(address, deadline);

	if (fd < 0)
		return REASON_KERBEROS_NO_KDC;
	return place->is_proxy ? ask_proxy(fd, errand, place, deadline) : ask_kdc(fd, errand, deadline);
}

static void free_addresses(struct addrinfo **addresses)
{
	if (*addresses)
		freeaddrinfo(*addresses);
}

/* A KDC that accepts and never answers costs its share of the time that is left, not all of it. */
static enum reason ask_place(const struct errand *errand, const struct kdc_place *place, size_t places_left)
{
	int64_t share = (int64_t)milliseconds_until(errand->search->deadline) / (int64_t)places_left *
			TICKS_PER_MILLISECOND;
	int64_t until = clock_now() + share;
	CLEANUP(free_addresses) struct addrinfo *addresses = kdc_dns_addresses(place, until);
	enum reason reason = REASON_KERBEROS_NO_KDC;

	for (const struct addrinfo *address = addresses; address && reason == REASON_KERBEROS_NO_KDC;
	     address = address->ai_next)
		reason = ask_address(errand, place, address, until);
	if (reason == REASON_KERBEROS_NO_KDC)
		trace(STEP, reason, "%s:%s does not answer", place->host, place->port);
	return reason;
}

/* What a proxy did wrong says more than that others are silent. */
static enum reason ask_places(const struct errand *errand, const struct kdc_places *places)
{
	enum reason worst = REASON_KERBEROS_NO_KDC;

	/* Behind the time each name would be looked up for a second more. */
	for (size_t i = 0; i < places->count && milliseconds_until(errand->search->deadline); i++) {
		enum reason reason = ask_place(errand, &places->list[i], places->count - i);

		if (reason == REASON_OK || reason == REASON_OUT_OF_MEMORY)
			return reason;
		if (worst == REASON_KERBEROS_NO_KDC)
			worst = reason;
	}
	return worst;
}

enum reason kdc_search_begin(struct kdc_search *search)
{
	int64_t now = clock_now();

	if (!search->deadline)
		search->deadline = now + (int64_t)search->milliseconds * TICKS_PER_MILLISECOND;
	return now >= 0 ? REASON_OK : REASON_NO_CLOCK;
}

enum reason kdc_ask(krb5_context krb5, const char *realm, struct slice request, struct kdc_search *search,
		    struct byte_writer *answer)
{
	const struct errand errand = { krb5, realm, request, search, answer };
	struct kdc_places places;
	enum reason reason = kdc_search_begin(search);

	if (reason != REASON_OK)
		return reason;
	if (!milliseconds_until(search->deadline))
		return REASON_KERBEROS_NO_KDC;
	kdc_places_find(krb5, realm, search, &places);
	return ask_places(&errand, &places);
}
