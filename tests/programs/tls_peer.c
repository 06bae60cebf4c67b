/*
 * One TLS connection through the public interface alone, for TLS peers of other projects:
 *
 *	tls_peer accept|connect OPTION=VALUE...
 *
 * port=N (connect), cert=PEM (with its key), trust=PEM, host=NAME, tls=1.2|1.3, alpn=NAME,NAME, ask=1 (accept: a client
 * certificate), map=FILE, and what is done: echo=1; line=TEXT, which is to come back; say=TEXT, to which anything may
 * come; or send=BYTES and receive=BYTES of a pattern, in both directions at once; sizes go 1, 16383, 16384, 0 and at
 * random. close=1: this side says close_notify first; else the peer does. accept listens on a free port of 127.0.0.1,
 * which it prints. Each line is NAME=VALUE; the last is "done=1".
 */
#include <opensspi.h>

#include <arpa/inet.h>
#include <pthread.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
	INPUT_MAX = 64 * 1024,
	TOKEN_MAX = 32 * 1024,
	MESSAGE_MAX = 16384,
	PATTERN = 65536,
	WAIT_SECONDS = 60
};

struct settings {
	const char *port, *cert, *trust, *host, *tls, *alpn, *map, *line, *say;
	uint64_t send, receive;
	bool accept, ask, echo, close;
};

struct peer {
	struct settings settings;
	int socket;
	CredHandle credential;
	CtxtHandle context;
	SecPkgContext_StreamSizes sizes;
	uint8_t input[INPUT_MAX]; /* what came and is not used yet */
	uint32_t size;
	pthread_mutex_t sending; /* what is sealed goes out in its order; taken before `lock` */
	pthread_mutex_t lock;    /* a call of the library, and `due` */
	bool due;                /* SEC_I_RENEGOTIATE was said, and the call that it wants was not made yet */
};

static void fail(const char *what, SECURITY_STATUS status)
{
	OPENSSPI_DESCRIPTION *description = NULL;

	(void)OpensspiDescribeContext(NULL, &description);
	printf("failed=%s\nstatus=%08x\nreason=%s\n", what, (unsigned)status,
	       description ? description->Reason : "");
	exit(1);
}

/* --- Settings */

static bool take_setting(struct settings *settings, const char *name, const char *value)
{
	const struct {
		const char *name;
		const char **text;
	} texts[] = {
		{ "port", &settings->port }, { "cert", &settings->cert }, { "trust", &settings->trust },
		{ "host", &settings->host }, { "tls", &settings->tls },   { "alpn", &settings->alpn },
		{ "map", &settings->map },   { "line", &settings->line }, { "say", &settings->say },
	};
	const struct {
		const char *name;
		bool *flag;
	} flags[] = { { "ask", &settings->ask }, { "echo", &settings->echo }, { "close", &settings->close } };

	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++)
		if (strcmp(texts[i].name, name) == 0) {
			*texts[i].text = value;
			return true;
		}
	for (size_t i = 0; i < sizeof(flags) / sizeof(*flags); i++)
		if (strcmp(flags[i].name, name) == 0) {
			*flags[i].flag = strcmp(value, "1") == 0;
			return true;
		}
	if (strcmp(name, "send") == 0)
		settings->send = strtoull(value, NULL, 10);
	else if (strcmp(name, "receive") == 0)
		settings->receive = strtoull(value, NULL, 10);
	else
		return false;
	return true;
}

static void take_settings(struct settings *settings, int count, char **arguments)
{
	settings->accept = count > 1 && strcmp(arguments[1], "accept") == 0;
	for (int i = 2; i < count; i++) {
		char *equals = strchr(arguments[i], '=');

		if (equals)
			*equals = 0;
		if (!equals || !take_setting(settings, arguments[i], equals + 1)) {
			fprintf(stderr, "tls_peer: what is %s?\n", arguments[i]);
			exit(2);
		}
	}
}

/* --- Bytes of the socket */

static void open_socket(struct peer *peer)
{
	struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	struct timeval wait = { .tv_sec = WAIT_SECONDS };
	socklen_t size = sizeof(address);
	int listener = socket(AF_INET, SOCK_STREAM, 0);

	peer->socket = listener;
	if (!peer->settings.accept) {
		address.sin_port = htons((uint16_t)strtoul(peer->settings.port, NULL, 10));
		if (connect(peer->socket, (struct sockaddr *)&address, sizeof(address)))
			fail("connect", 0);
	} else {
		if (bind(listener, (struct sockaddr *)&address, sizeof(address)) || listen(listener, 1) ||
		    getsockname(listener, (struct sockaddr *)&address, &size))
			fail("listen", 0);
		printf("port=%u\n", ntohs(address.sin_port));
		peer->socket = accept(listener, NULL, NULL);
		close(listener);
		if (peer->socket < 0)
			fail("accept", 0);
	}
	(void)setsockopt(peer->socket, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof(wait));
	(void)setsockopt(peer->socket, SOL_SOCKET, SO_SNDTIMEO, &wait, sizeof(wait));
}

static bool send_bytes(const struct peer *peer, const void *bytes, size_t size)
{
	const uint8_t *at = bytes;

	while (size) {
		ssize_t done = send(peer->socket, at, size, MSG_NOSIGNAL);

		if (done <= 0)
			return false;
		at += done;
		size -= (size_t)done;
	}
	return true;
}

/* False: the peer closed the connection. */
static bool receive_more(struct peer *peer)
{
	ssize_t got = recv(peer->socket, peer->input + peer->size, sizeof(peer->input) - peer->size, 0);

	if (got <= 0)
		return false;
	peer->size += (uint32_t)got;
	return true;
}

static void keep_tail(struct peer *peer, uint32_t extra)
{
	memmove(peer->input, peer->input + peer->size - extra, extra);
	peer->size = extra;
}

/* --- The handshake */

static void acquire(struct peer *peer)
{
	const struct settings *settings = &peer->settings;
	PCCERT_CONTEXT certificate = NULL;
	SCHANNEL_CRED schannel = { .dwVersion = SCHANNEL_CRED_VERSION };
	OPENSSPI_OPTIONS options = {
		.Magic = OPENSSPI_OPTIONS_MAGIC,
		.Size = sizeof(options),
		.AuthData = &schannel,
		.TrustedCertificateFile = settings->trust,
		.CertificateMapFile = settings->map,
	};
	SECURITY_STATUS status = SEC_E_OK;

	if (settings->cert)
		status = OpensspiCertificateFromPem(settings->cert, settings->cert, &certificate);
	if (status != SEC_E_OK)
		fail("certificate", status);
	schannel.cCreds = certificate ? 1 : 0;
	schannel.paCred = &certificate;
	if (settings->tls)
		schannel.grbitEnabledProtocols = strcmp(settings->tls, "1.2") == 0
							 ? SP_PROT_TLS1_2_CLIENT | SP_PROT_TLS1_2_SERVER
							 : SP_PROT_TLS1_3_CLIENT | SP_PROT_TLS1_3_SERVER;
	status = AcquireCredentialsHandle(NULL, (char *)(uintptr_t)UNISP_NAME,
					  settings->accept ? SECPKG_CRED_INBOUND : SECPKG_CRED_OUTBOUND, NULL,
					  &options, NULL, NULL, &peer->credential, NULL);
	if (status != SEC_E_OK)
		fail("acquire", status);
	if (certificate)
		(void)CertFreeCertificateContext(certificate);
}

/* SEC_APPLICATION_PROTOCOLS of "a,b" in `to`; its size. */
static uint32_t write_protocols(const char *names, uint8_t to[256])
{
	uint32_t size = 10, all, extension = SecApplicationProtocolNegotiationExt_ALPN;
	uint16_t list;

	while (names && *names) {
		size_t length = strcspn(names, ",");

		to[size++] = (uint8_t)length;
		memcpy(to + size, names, length);
		size += (uint32_t)length;
		names += length + (names[length] == ',');
	}
	all = size - 4;
	list = (uint16_t)(size - 10);
	memcpy(to, &all, 4);
	memcpy(to + 4, &extension, 4);
	memcpy(to + 8, &list, 2);
	return list ? size : 0;
}

/* One call with what there is; sends its token. `first` says that there is no context yet. */
static SECURITY_STATUS call(struct peer *peer, bool first)
{
	static uint8_t token[TOKEN_MAX], protocols[256];
	const struct settings *settings = &peer->settings;
	uint32_t protocols_size = write_protocols(settings->alpn, protocols), attributes = 0;
	SecBuffer in[] = { { peer->size, SECBUFFER_TOKEN, peer->input },
			   { 0, SECBUFFER_EMPTY, NULL },
			   { protocols_size, SECBUFFER_APPLICATION_PROTOCOLS, protocols } };
	SecBuffer out[] = { { sizeof(token), SECBUFFER_TOKEN, token } };
	SecBufferDesc in_list = { SECBUFFER_VERSION, protocols_size ? 3 : 2, in };
	SecBufferDesc out_list = { SECBUFFER_VERSION, 1, out };
	CtxtHandle *context = first ? NULL : &peer->context;
	SECURITY_STATUS status;

	if (settings->accept)
		status = AcceptSecurityContext(&peer->credential, context, &in_list,
					       ASC_REQ_EXTENDED_ERROR | ASC_REQ_STREAM |
						       (settings->ask ? ASC_REQ_MUTUAL_AUTH : 0),
					       0, &peer->context, &out_list, &attributes, NULL);
	else
		status = InitializeSecurityContext(&peer->credential, context,
						   (char *)(uintptr_t)settings->host,
						   ISC_REQ_EXTENDED_ERROR | ISC_REQ_STREAM, 0, 0, &in_list, 0,
						   &peer->context, &out_list, &attributes, NULL);
	if (status == SEC_E_INCOMPLETE_MESSAGE)
		return status;
	if (out[0].cbBuffer && !send_bytes(peer, token, out[0].cbBuffer) && status >= 0)
		fail("send", status);
	if (status >= 0 && status != SEC_I_INCOMPLETE_CREDENTIALS)
		keep_tail(peer, in[1].BufferType == SECBUFFER_EXTRA ? in[1].cbBuffer : 0);
	return status;
}

static void shake_hands(struct peer *peer)
{
	bool first = true;
	SECURITY_STATUS status = SEC_I_CONTINUE_NEEDED;

	while (status != SEC_E_OK) {
		bool speaks_first = first && !peer->settings.accept;
		bool needs_more = status == SEC_E_INCOMPLETE_MESSAGE || !peer->size;

		if (!speaks_first && needs_more && status != SEC_I_INCOMPLETE_CREDENTIALS &&
		    !receive_more(peer))
			fail("handshake closed", status);
		status = call(peer, first);
		if (status < 0 && status != SEC_E_INCOMPLETE_MESSAGE)
			fail("handshake", status);
		if (status == SEC_I_INCOMPLETE_CREDENTIALS)
			printf("asked=1\n");
		first = first && status == SEC_E_INCOMPLETE_MESSAGE;
	}
}

static void tell(const struct peer *peer)
{
	CtxtHandle context = peer->context;
	SecPkgContext_ApplicationProtocol protocol;
	SecPkgContext_CipherInfo cipher;
	SecPkgContext_NamesA names;
	PCCERT_CONTEXT remote;

	if (QueryContextAttributesA(&context, SECPKG_ATTR_CIPHER_INFO, &cipher) == SEC_E_OK)
		printf("protocol=%04x\nsuite=%04x\n", cipher.dwProtocol, cipher.dwCipherSuite);
	if (QueryContextAttributesA(&context, SECPKG_ATTR_APPLICATION_PROTOCOL, &protocol) == SEC_E_OK)
		printf("alpn=%.*s\n", protocol.ProtocolIdSize, protocol.ProtocolId);
	if (QueryContextAttributesA(&context, SECPKG_ATTR_NAMES, &names) == SEC_E_OK) {
		printf("name=%s\n", names.sUserName);
		(void)FreeContextBuffer(names.sUserName);
	}
	if (QueryContextAttributesA(&context, SECPKG_ATTR_REMOTE_CERT_CONTEXT, &remote) == SEC_E_OK) {
		printf("certificate=1\n");
		(void)CertFreeCertificateContext(remote);
	}
}

/* --- Messages */

/* What both sides send: the line, or bytes that tell where they belong. */
static uint8_t pattern_at(const struct peer *peer, uint64_t index)
{
	uint64_t i = index % PATTERN;

	return peer->settings.line ? (uint8_t)peer->settings.line[index] : (uint8_t)(i ^ i >> 8);
}

/* A message, sealed and sent; *due says that the context waits for a call. */
static SECURITY_STATUS seal_and_send(struct peer *peer, SecBufferDesc *list, bool *due)
{
	SECURITY_STATUS status;

	pthread_mutex_lock(&peer->sending);
	pthread_mutex_lock(&peer->lock);
	status = EncryptMessage(&peer->context, 0, list, 0);
	*due = peer->due;
	pthread_mutex_unlock(&peer->lock);
	for (int i = 0; i < 3 && status == SEC_E_OK; i++)
		if (!send_bytes(peer, list->pBuffers[i].pvBuffer, list->pBuffers[i].cbBuffer))
			status = SEC_E_CONTEXT_EXPIRED;
	pthread_mutex_unlock(&peer->sending);
	return status;
}

/* False: the peer has closed. */
static bool send_message(struct peer *peer, const uint8_t *text, uint32_t size)
{
	static uint8_t block[64 + MESSAGE_MAX + 64];
	SECURITY_STATUS status;
	bool due;

	do {
		SecBuffer buffers[] = {
			{ peer->sizes.cbHeader, SECBUFFER_STREAM_HEADER, block },
			{ size, SECBUFFER_DATA, block + 64 },
			{ peer->sizes.cbTrailer, SECBUFFER_STREAM_TRAILER, block + 64 + MESSAGE_MAX },
			{ 0, SECBUFFER_EMPTY, NULL },
		};
		SecBufferDesc list = { SECBUFFER_VERSION, 4, buffers };

		memcpy(block + 64, text, size);
		status = seal_and_send(peer, &list, &due);
		if (status == SEC_E_CONTEXT_EXPIRED && due)
			sched_yield();
	} while (status == SEC_E_CONTEXT_EXPIRED && due);
	if (status != SEC_E_OK && status != SEC_E_CONTEXT_EXPIRED)
		fail("encrypt", status);
	return status == SEC_E_OK;
}

/* 1, 16383, 16384, 0, and at random, the same in every run. */
static uint32_t next_size(unsigned turn)
{
	static const uint32_t sizes[] = { 1, 16383, 16384, 0 };
	static uint32_t random = 1;

	if (turn % 8 < 4)
		return sizes[turn % 8];
	random = random * 1664525 + 1013904223;
	return (random >> 8) % (MESSAGE_MAX + 1);
}

static void *send_pattern(void *argument)
{
	static uint8_t text[MESSAGE_MAX];
	struct peer *peer = argument;
	uint64_t sent = 0;

	for (unsigned turn = 0; sent < peer->settings.send; turn++) {
		uint64_t left = peer->settings.send - sent;
		uint32_t size = next_size(turn);

		size = size > left ? (uint32_t)left : size;
		for (uint32_t i = 0; i < size; i++)
			text[i] = pattern_at(peer, sent + i);
		if (!send_message(peer, text, size))
			break;
		sent += size;
	}
	printf("sent=%llu\n", (unsigned long long)sent);
	return NULL;
}

static bool is_pattern(const struct peer *peer, const uint8_t *text, uint32_t size, uint64_t from)
{
	for (uint32_t i = 0; i < size; i++)
		if (text[i] != pattern_at(peer, from + i))
			return false;
	return true;
}

static SECURITY_STATUS open_message(struct peer *peer, SecBuffer buffers[4])
{
	SecBufferDesc list = { SECBUFFER_VERSION, 4, buffers };
	SECURITY_STATUS status;

	buffers[0] = (SecBuffer) { peer->size, SECBUFFER_DATA, peer->input };
	for (int i = 1; i < 4; i++)
		buffers[i] = (SecBuffer) { 0, SECBUFFER_EMPTY, NULL };
	pthread_mutex_lock(&peer->lock);
	status = DecryptMessage(&peer->context, &list, 0, NULL);
	peer->due = status == SEC_I_RENEGOTIATE;
	pthread_mutex_unlock(&peer->lock);
	return status;
}

/* What SEC_I_RENEGOTIATE wants: its token goes out behind what was sealed before, and in front of what comes after. */
static void call_that_is_due(struct peer *peer, uint32_t extra)
{
	SECURITY_STATUS status;

	keep_tail(peer, extra);
	pthread_mutex_lock(&peer->sending);
	pthread_mutex_lock(&peer->lock);
	status = call(peer, false);
	peer->due = false;
	pthread_mutex_unlock(&peer->lock);
	pthread_mutex_unlock(&peer->sending);
	if (status != SEC_E_OK)
		fail("due", status);
}

static void take_text(struct peer *peer, const SecBuffer *data, uint64_t *received)
{
	static uint8_t text[MESSAGE_MAX];

	if (peer->settings.echo) {
		memcpy(text, data->pvBuffer, data->cbBuffer);
		if (!send_message(peer, text, data->cbBuffer))
			fail("echo", SEC_E_CONTEXT_EXPIRED);
	} else if (peer->settings.receive && !is_pattern(peer, data->pvBuffer, data->cbBuffer, *received)) {
		fail("pattern", 0);
	}
	*received += data->cbBuffer;
}

/* Until the peer closes, or, if this side does, everything has come. */
static void receive_messages(struct peer *peer)
{
	uint64_t received = 0;
	unsigned told = 0;

	while (!peer->settings.close || received < peer->settings.receive) {
		SecBuffer buffers[4];
		SECURITY_STATUS status = peer->size ? open_message(peer, buffers) : SEC_E_INCOMPLETE_MESSAGE;

		if (status == SEC_E_INCOMPLETE_MESSAGE) {
			if (!receive_more(peer)) {
				printf("cut=1\n");
				break;
			}
			continue;
		}
		if (status == SEC_I_RENEGOTIATE) {
			call_that_is_due(peer,
					 buffers[3].BufferType == SECBUFFER_EXTRA ? buffers[3].cbBuffer : 0);
			told++;
			continue;
		}
		if (status == SEC_I_CONTEXT_EXPIRED) {
			printf("closed=1\n");
			break;
		}
		if (status != SEC_E_OK)
			fail("decrypt", status);
		take_text(peer, &buffers[1], &received);
		keep_tail(peer, buffers[3].BufferType == SECBUFFER_EXTRA ? buffers[3].cbBuffer : 0);
	}
	printf("received=%llu\nrenegotiate=%u\n", (unsigned long long)received, told);
}

static void shut_down(struct peer *peer)
{
	uint32_t number = SCHANNEL_SHUTDOWN;
	SecBuffer buffer = { sizeof(number), SECBUFFER_TOKEN, &number };
	SecBufferDesc list = { SECBUFFER_VERSION, 1, &buffer };
	SECURITY_STATUS status = ApplyControlToken(&peer->context, &list);

	peer->size = 0;
	if (status == SEC_E_OK)
		status = call(peer, false);
	if (status != SEC_E_OK)
		fail("shutdown", status);
}

int main(int count, char **arguments)
{
	static struct peer peer = {
		.sending = PTHREAD_MUTEX_INITIALIZER,
		.lock = PTHREAD_MUTEX_INITIALIZER,
	};
	pthread_t sender;

	setvbuf(stdout, NULL, _IOLBF, 0);
	take_settings(&peer.settings, count, arguments);
	if (peer.settings.line)
		peer.settings.send = peer.settings.receive = strlen(peer.settings.line);
	else if (peer.settings.say)
		peer.settings.send = strlen(peer.settings.line = peer.settings.say);
	acquire(&peer);
	open_socket(&peer);
	shake_hands(&peer);
	tell(&peer);
	if (QueryContextAttributesA(&peer.context, SECPKG_ATTR_STREAM_SIZES, &peer.sizes) != SEC_E_OK)
		fail("sizes", 0);
	if (pthread_create(&sender, NULL, send_pattern, &peer))
		fail("thread", 0);
	receive_messages(&peer);
	pthread_join(sender, NULL);
	shut_down(&peer);
	shutdown(peer.socket, SHUT_WR);
	while (receive_more(&peer))
		peer.size = 0;
	(void)DeleteSecurityContext(&peer.context);
	(void)FreeCredentialsHandle(&peer.credential);
	close(peer.socket);
	printf("done=1\n");
	return 0;
}
