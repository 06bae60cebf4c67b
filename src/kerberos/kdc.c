#include "kerberos/kdc.h"

#include "base/byte_reader.h"
#include "base/clock.h"
#include "base/trace.h"

#include <errno.h>
#include <netdb.h>
#include <poll.h>
#include <profile.h>
#include <sys/socket.h>
#include <unistd.h>

#define STEP "KDC"

enum {
	NAME_SIZE = 256,
	ANSWER_MAX = 256 * 1024, /* a ticket with a large PAC */
	LENGTH_SIZE = sizeof(uint32_t),
	TICKS_PER_MILLISECOND = CLOCK_TICKS_PER_SECOND / 1000,
};

static int milliseconds_until(int64_t deadline)
{
	int64_t now = clock_now();

	return now < 0 || now >= deadline ? 0 : (int)((deadline - now) / TICKS_PER_MILLISECOND);
}

/* --- One connection (RFC 4120 7.2.2: the length in four bytes, big endian, then the message) */

static bool wait_for(int fd, short events, int64_t deadline)
{
	struct pollfd waited = { .fd = fd, .events = events };
	int ready;

	do
		ready = poll(&waited, 1, milliseconds_until(deadline));
	while (ready < 0 && errno == EINTR);
	return ready == 1;
}

static bool connected(int fd, const struct addrinfo *address, int64_t deadline)
{
	int error = 0;
	socklen_t size = sizeof(error);

	if (connect(fd, address->ai_addr, address->ai_addrlen) == 0)
		return true;
	return errno == EINPROGRESS && wait_for(fd, POLLOUT, deadline) &&
	       getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size) == 0 && error == 0;
}

static bool send_all(int fd, struct slice bytes, int64_t deadline)
{
	struct byte_reader left = reader_of(bytes);

	while (!reader_empty(&left)) {
		ssize_t sent = send(fd, left.data, left.size, MSG_NOSIGNAL);

		if (sent < 0 && errno != EAGAIN && errno != EINTR)
			return false;
		if (sent > 0 ? !reader_skip(&left, (size_t)sent) : !wait_for(fd, POLLOUT, deadline))
			return false;
	}
	return true;
}

static bool receive_all(int fd, struct span to, int64_t deadline)
{
	while (to.size) {
		ssize_t got = recv(fd, to.data, to.size, 0);

		if (got == 0 || (got < 0 && errno != EAGAIN && errno != EINTR))
			return false;
		if (got > 0)
			to = span_skip(to, (size_t)got);
		else if (!wait_for(fd, POLLIN, deadline))
			return false;
	}
	return true;
}

static bool receive_answer(int fd, int64_t deadline, struct byte_writer *answer)
{
	uint8_t length[LENGTH_SIZE];
	size_t size = 0;
	uint8_t *place;

	if (!receive_all(fd, (struct span) { length, sizeof(length) }, deadline))
		return false;
	for (size_t i = 0; i < sizeof(length); i++)
		size = size << 8 | length[i];
	if (!size || size > ANSWER_MAX)
		return false;
	place = writer_extend(answer, size);
	if (place && receive_all(fd, (struct span) { place, size }, deadline))
		return true;
	writer_truncate(answer, answer->size - (place ? size : 0));
	return false;
}

static bool ask_address(const struct addrinfo *address, struct slice message, int64_t deadline,
			struct byte_writer *answer)
{
	int fd = socket(address->ai_family, address->ai_socktype | SOCK_CLOEXEC | SOCK_NONBLOCK,
			address->ai_protocol);
	bool answered;

	if (fd < 0)
		return false;
	answered = connected(fd, address, deadline) && send_all(fd, message, deadline) &&
		   receive_answer(fd, deadline, answer);
	(void)close(fd);
	return answered;
}

/* --- Where the KDCs are */

struct place {
	char host[NAME_SIZE], port[NAME_SIZE];
};

static bool copy_part(char to[NAME_SIZE], const char *from, size_t size)
{
	if (size == 0 || size >= NAME_SIZE)
		return false;
	memcpy(to, from, size);
	to[size] = 0;
	return true;
}

/* krb5.conf: HOST, HOST:PORT, [ADDRESS]:PORT; tcp/ in front of them changes nothing here. URLs are proxies. */
static bool read_place(const char *text, struct place *place)
{
	static const char usual_port[] = "88", tcp[] = "tcp/";
	const char *colon, *end;

	if (strncmp(text, tcp, strlen(tcp)) == 0)
		text += strlen(tcp);
	if (strchr(text, '/'))
		return false;
	end = text[0] == '[' ? strchr(text, ']') : NULL;
	if (text[0] == '[' && !end)
		return false;
	colon = strchr(end ? end : text, ':');
	if (!end)
		end = colon ? colon : text + strlen(text);
	else
		text++;
	return copy_part(place->host, text, (size_t)(end - text)) &&
	       (colon ? copy_part(place->port, colon + 1, strlen(colon + 1))
		      : copy_part(place->port, usual_port, strlen(usual_port)));
}

static void free_addresses(struct addrinfo **addresses)
{
	if (*addresses)
		freeaddrinfo(*addresses);
}

/* A KDC that accepts and never answers costs its share of the time that is left, not all of it. */
static bool ask_place(const struct place *place, struct slice message, int64_t deadline, size_t places_left,
		      struct byte_writer *answer)
{
	static const struct addrinfo hints = { .ai_socktype = SOCK_STREAM, .ai_flags = AI_ADDRCONFIG };
	CLEANUP(free_addresses) struct addrinfo *addresses = NULL;
	int64_t share = (int64_t)milliseconds_until(deadline) / (int64_t)places_left * TICKS_PER_MILLISECOND;
	int64_t until = clock_now() + share;

	if (getaddrinfo(place->host, place->port, &hints, &addresses) != 0)
		return false;
	for (const struct addrinfo *address = addresses; address; address = address->ai_next)
		if (ask_address(address, message, until, answer))
			return true;
	return false;
}

static void free_values(char ***values)
{
	if (*values)
		profile_free_list(*values);
}

static void release_profile(profile_t *profile)
{
	if (*profile)
		profile_release(*profile);
}

/* A list that ends with NULL, or NULL. */
static char **configured_places(krb5_context context, const char *realm)
{
	CLEANUP(release_profile) profile_t profile = NULL;
	const char *names[] = { "realms", realm, "kdc", NULL };
	char **values = NULL;

	if (krb5_get_profile(context, &profile) || profile_get_values(profile, names, &values))
		return NULL;
	return values;
}

static bool start_time(struct kdc_time *time)
{
	int64_t now = clock_now();

	if (!time->deadline)
		time->deadline = now + (int64_t)time->milliseconds * TICKS_PER_MILLISECOND;
	return now >= 0;
}

static enum reason ask_places(char **places, size_t count, struct slice message, int64_t deadline,
			      struct byte_writer *answer)
{
	for (size_t i = 0; i < count; i++) {
		struct place place;

		if (!read_place(places[i], &place)) {
			trace(STEP, REASON_KERBEROS_NO_KDC, "%s is no KDC by TCP", places[i]);
			continue;
		}
		if (ask_place(&place, message, deadline, count - i, answer))
			return REASON_OK;
		if (!writer_ok(answer))
			return REASON_OUT_OF_MEMORY;
		trace(STEP, REASON_KERBEROS_NO_KDC, "%s does not answer", places[i]);
	}
	return REASON_KERBEROS_NO_KDC;
}

enum reason kdc_ask(krb5_context context, const char *realm, struct slice request, struct kdc_time *time,
		    struct byte_writer *answer)
{
	CLEANUP(free_values) char **places = configured_places(context, realm);
	LOCAL_WRITER(message);
	size_t count = 0;

	while (places && places[count])
		count++;
	if (!count) {
		trace(STEP, REASON_KERBEROS_NO_KDC, "krb5.conf names no KDC of the realm %s", realm);
		return REASON_KERBEROS_NO_KDC;
	}
	writer_u32be(&message, (uint32_t)request.size);
	writer_bytes(&message, request);
	if (!writer_ok(&message))
		return REASON_OUT_OF_MEMORY;
	if (!start_time(time))
		return REASON_NO_CLOCK;
	return ask_places(places, count, writer_slice(&message), time->deadline, answer);
}
