/* Connections and messages on them: four bytes of length, then so many bytes. */
#ifndef OPENSSPI_TESTS_CONFORMANCE_SAMPLES_SOCKETS_H
#define OPENSSPI_TESTS_CONFORMANCE_SAMPLES_SOCKETS_H

#ifdef _WIN32
#include <winsock2.h>

#include <windows.h>
#else
#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>
typedef int SOCKET;
#define INVALID_SOCKET (-1)
#define closesocket    close
#endif

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MESSAGE_MAX = 16 * 1024 };

static inline void start_sockets(void)
{
#ifdef _WIN32
	WSADATA data;

	(void)WSAStartup(MAKEWORD(2, 2), &data);
#endif
}

static inline int transfer(SOCKET socket, char *bytes, uint32_t size, int sending)
{
	while (size > 0) {
		int done = sending ? (int)send(socket, bytes, size, 0) : (int)recv(socket, bytes, size, 0);

		if (done <= 0)
			return 0;
		bytes += done;
		size -= (uint32_t)done;
	}
	return 1;
}

static inline int send_message(SOCKET socket, void *bytes, uint32_t size)
{
	char length[4];

	memcpy(length, &size, sizeof(length));
	return transfer(socket, length, sizeof(length), 1) && transfer(socket, bytes, size, 1);
}

/* The size, or 0: nothing whole came. */
static inline uint32_t receive_message(SOCKET socket, void *bytes)
{
	char length[4];
	uint32_t size;

	if (!transfer(socket, length, sizeof(length), 0))
		return 0;
	memcpy(&size, length, sizeof(size));
	return size <= MESSAGE_MAX && transfer(socket, bytes, size, 0) ? size : 0;
}

#endif
