#include "kerberos/kdc_socket.h"

#include "base/byte_reader.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

int milliseconds_until(int64_t deadline)
{
	int64_t now = clock_now(), left = (deadline - now) / TICKS_PER_MILLISECOND;

	if (now < 0 || left < 0)
		return 0;
	return left < INT_MAX ? (int)left : INT_MAX;
}

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

int kdc_socket_connect(const struct addrinfo *address, int64_t deadline)
{
	int fd = socket(address->ai_family, address->ai_socktype | SOCK_CLOEXEC | SOCK_NONBLOCK,
			address->ai_protocol);

	if (fd >= 0 && !connected(fd, address, deadline))
		kdc_socket_close(&fd);
	return fd;
}

bool kdc_socket_send(int fd, struct slice bytes, int64_t deadline)
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

/* The time counts for who sends without a pause, too. */
ssize_t kdc_socket_receive(int fd, struct span to, int64_t deadline)
{
	while (milliseconds_until(deadline) > 0) {
		ssize_t got = recv(fd, to.data, to.size, 0);

		if (got >= 0 || (errno != EAGAIN && errno != EINTR))
			return got;
		if (!wait_for(fd, POLLIN, deadline))
			break;
	}
	return -1;
}

bool kdc_socket_receive_all(int fd, struct span to, int64_t deadline)
{
	while (to.size) {
		ssize_t got = kdc_socket_receive(fd, to, deadline);

		if (got <= 0)
			return false;
		to = span_skip(to, (size_t)got);
	}
	return true;
}

void kdc_socket_close(int *fd)
{
	if (*fd >= 0)
		(void)close(*fd);
	*fd = -1;
}
