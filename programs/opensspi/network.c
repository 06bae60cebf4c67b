#include "network.h"

#include "base/byte_reader.h"
#include "verb.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum {
	BACKLOG = 64,
	RECEIVE_SIZE = 16384,
	END_MILLISECONDS = 2000,
	PORT_SIZE = 6,
	HOST_SIZE = NI_MAXHOST,
};

int64_t network_now(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

int64_t network_deadline(int64_t milliseconds)
{
	return network_now() + milliseconds;
}

/* True: the socket is ready, or broken, which the next call on it will tell. */
static bool wait_for(int connection, short what, int64_t deadline)
{
	struct pollfd poll_on = { .fd = connection, .events = what };
	int64_t left;

	while ((left = deadline - network_now()) > 0)
		if (poll(&poll_on, 1, left > INT32_MAX ? INT32_MAX : (int)left) > 0)
			return true;
	return false;
}

/* --- Addresses -------------------------------------------------------------------------------------------- */

struct place {
	char host[HOST_SIZE], port[PORT_SIZE];
};

static bool copy_text(char *to, size_t capacity, struct slice from)
{
	if (from.size >= capacity || from.size == 0)
		return false;
	memcpy(to, from.data, from.size);
	to[from.size] = '\0';
	return true;
}

static bool is_port(const char *text)
{
	unsigned port = 0;

	for (; *text >= '0' && *text <= '9'; text++)
		port = port * 10 + (unsigned)(*text - '0');
	return !*text && port <= UINT16_MAX;
}

/* A host with colons of its own stands in brackets. */
static bool read_place(const char *where, struct place *place)
{
	const char *colon = strrchr(where, ':');
	struct slice host = slice_of(where, colon ? (size_t)(colon - where) : 0);

	if (!colon || !copy_text(place->port, sizeof(place->port), slice_of(colon + 1, strlen(colon + 1))) ||
	    !is_port(place->port))
		return false;
	if (host.size > 2 && where[0] == '[' && host.data[host.size - 1] == ']')
		host = slice_of(where + 1, host.size - 2);
	else if (memchr(where, ':', host.size) || memchr(where, '[', host.size))
		return false;
	return copy_text(place->host, sizeof(place->host), host);
}

bool network_is_address(const char *where)
{
	struct place place;

	return read_place(where, &place);
}

static void free_addresses(struct addrinfo **addresses)
{
	if (*addresses)
		freeaddrinfo(*addresses);
}

/* NULL: `addresses` are found; else the reason why not. */
static const char *look_up(const char *where, int flags, struct addrinfo **addresses)
{
	const struct addrinfo hints = { .ai_flags = flags | AI_NUMERICSERV,
					.ai_family = AF_UNSPEC,
					.ai_socktype = SOCK_STREAM };
	struct place place;
	int error;

	if (!read_place(where, &place))
		return "it is not of the form ADDRESS:PORT";
	error = getaddrinfo(place.host, place.port, &hints, addresses);
	return error ? gai_strerror(error) : NULL;
}

static void write_address(const struct sockaddr_storage *address, socklen_t size,
			  char text[NETWORK_ADDRESS_SIZE])
{
	char host[INET6_ADDRSTRLEN + 8], port[PORT_SIZE];

	if (getnameinfo((const struct sockaddr *)address, size, host, sizeof(host), port, sizeof(port),
			NI_NUMERICHOST | NI_NUMERICSERV) != 0)
		(void)snprintf(text, NETWORK_ADDRESS_SIZE, "unknown");
	else
		(void)snprintf(text, NETWORK_ADDRESS_SIZE, strchr(host, ':') ? "[%s]:%s" : "%s:%s", host,
			       port);
}

/* --- Connections ------------------------------------------------------------------------------------------ */

static int open_socket(const struct addrinfo *address)
{
	return socket(address->ai_family, address->ai_socktype | SOCK_NONBLOCK | SOCK_CLOEXEC,
		      address->ai_protocol);
}

/* Closes and keeps errno for the caller's sentence. */
static int close_failed(int opened)
{
	int error = errno;

	(void)close(opened);
	errno = error;
	return -1;
}

static int listen_at(const struct addrinfo *address, char text[NETWORK_ADDRESS_SIZE])
{
	const int yes = 1;
	struct sockaddr_storage bound = { 0 };
	socklen_t size = sizeof(bound);
	int listener = open_socket(address);

	if (listener < 0)
		return -1;
	(void)setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes));
	if (bind(listener, address->ai_addr, address->ai_addrlen) != 0 || listen(listener, BACKLOG) != 0 ||
	    getsockname(listener, (struct sockaddr *)&bound, &size) != 0)
		return close_failed(listener);
	write_address(&bound, size, text);
	return listener;
}

int network_listen(const char *where, char address[NETWORK_ADDRESS_SIZE])
{
	CLEANUP(free_addresses) struct addrinfo *addresses = NULL;
	const char *trouble = look_up(where, AI_PASSIVE, &addresses);
	int listener = trouble ? -1 : listen_at(addresses, address);

	if (listener < 0)
		complain("cannot listen on %s: %s", where, trouble ? trouble : strerrordesc_np(errno));
	return listener;
}

static void send_at_once(int connection)
{
	const int yes = 1;

	(void)setsockopt(connection, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof(yes));
}

int network_accept(int listener, char peer[NETWORK_ADDRESS_SIZE])
{
	struct sockaddr_storage from = { 0 };
	socklen_t size = sizeof(from);
	struct pollfd poll_on = { .fd = listener, .events = POLLIN };
	int connection;

	(void)poll(&poll_on, 1, -1);
	connection = accept4(listener, (struct sockaddr *)&from, &size, SOCK_NONBLOCK | SOCK_CLOEXEC);
	if (connection < 0)
		return -1;
	send_at_once(connection);
	write_address(&from, size, peer);
	return connection;
}

static int connect_to(const struct addrinfo *address, int64_t deadline)
{
	int connection = open_socket(address), error = 0;
	socklen_t size = sizeof(error);

	if (connection < 0)
		return -1;
	if (connect(connection, address->ai_addr, address->ai_addrlen) != 0) {
		if (errno != EINPROGRESS)
			return close_failed(connection);
		if (!wait_for(connection, POLLOUT, deadline))
			error = ETIMEDOUT;
		else
			(void)getsockopt(connection, SOL_SOCKET, SO_ERROR, &error, &size);
		if (error) {
			errno = error;
			return close_failed(connection);
		}
	}
	send_at_once(connection);
	return connection;
}

int network_connect(const char *where, int64_t deadline, const char **trouble)
{
	CLEANUP(free_addresses) struct addrinfo *addresses = NULL;
	int connection = -1;

	*trouble = look_up(where, 0, &addresses);
	for (struct addrinfo *address = addresses; address && connection < 0; address = address->ai_next)
		connection = connect_to(address, deadline);
	if (connection < 0 && !*trouble)
		*trouble = strerrordesc_np(errno);
	return connection;
}

/* --- Bytes ------------------------------------------------------------------------------------------------ */

static bool try_again(void)
{
	return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR;
}

enum network network_receive(int connection, int64_t deadline, struct byte_writer *in)
{
	size_t before = in->size;
	uint8_t *room = writer_extend(in, RECEIVE_SIZE);
	ssize_t count = -1;

	if (!room)
		return NETWORK_CLOSED;
	do {
		if (!wait_for(connection, POLLIN, deadline)) {
			writer_truncate(in, before);
			return NETWORK_TIMEOUT;
		}
		count = recv(connection, room, RECEIVE_SIZE, 0);
	} while (count < 0 && try_again());
	writer_truncate(in, before + (count > 0 ? (size_t)count : 0));
	return count > 0 ? NETWORK_DONE : NETWORK_CLOSED;
}

enum network network_send(int connection, int64_t deadline, struct slice bytes)
{
	struct byte_reader left = reader_of(bytes);

	while (!reader_empty(&left)) {
		ssize_t count = send(connection, left.data, left.size, MSG_NOSIGNAL);

		if (count >= 0 ? !reader_skip(&left, (size_t)count) : !try_again())
			return NETWORK_CLOSED;
		if (count < 0 && !wait_for(connection, POLLOUT, deadline))
			return NETWORK_TIMEOUT;
	}
	return NETWORK_DONE;
}

void network_end(int connection)
{
	CLEANUP(writer_wipe) struct byte_writer dropped = writer_growing();
	int64_t deadline = network_deadline(END_MILLISECONDS);

	if (shutdown(connection, SHUT_WR) == 0)
		while (network_receive(connection, deadline, &dropped) == NETWORK_DONE)
			writer_truncate(&dropped, 0);
	(void)close(connection);
}
