#include "support/tls_peer.h"

#include "base/byte_reader.h"
#include "support/hex.h"

#include <openssl/err.h>

const struct certificate *test_certificate(enum certificate_key_type type)
{
	static struct certificate *made[3];

	if (!made[type])
		assert_int_equal(certificate_self_signed("server.domain.test", type, &made[type]), REASON_OK);
	return made[type];
}

static void keep_alert(const SSL *ssl, int where, int alert)
{
	if ((where & SSL_CB_READ_ALERT) == SSL_CB_READ_ALERT)
		SSL_set_ex_data((SSL *)(uintptr_t)ssl, 0, (void *)(intptr_t)alert);
}

int tls_peer_alert(const struct tls_peer *peer)
{
	return (int)(intptr_t)SSL_get_ex_data(peer->ssl, 0);
}

static void begin(struct tls_peer *peer, const SSL_METHOD *method, int version)
{
	*peer = (struct tls_peer) { .settings = SSL_CTX_new(method), .sent = writer_growing() };
	assert_non_null(peer->settings);
	assert_int_equal(SSL_CTX_set_min_proto_version(peer->settings, version), 1);
	assert_int_equal(SSL_CTX_set_max_proto_version(peer->settings, version), 1);
	SSL_CTX_set_info_callback(peer->settings, keep_alert);
}

void tls_peer_client(struct tls_peer *peer, int version)
{
	begin(peer, TLS_client_method(), version);
}

void tls_peer_server(struct tls_peer *peer, int version, enum certificate_key_type type)
{
	begin(peer, TLS_server_method(), version);
	assert_int_equal(SSL_CTX_use_certificate(peer->settings, certificate_x509(test_certificate(type))),
			 1);
	assert_int_equal(SSL_CTX_use_PrivateKey(peer->settings, certificate_key(test_certificate(type))), 1);
}

void tls_peer_end(struct tls_peer *peer)
{
	SSL_free(peer->ssl);
	SSL_CTX_free(peer->settings);
	writer_wipe(&peer->sent);
	ERR_clear_error();
	*peer = (struct tls_peer) { 0 };
}

/* The SSL object is made late, so that a test can change the settings. */
static void need_ssl(struct tls_peer *peer)
{
	if (peer->ssl)
		return;
	peer->ssl = SSL_new(peer->settings);
	assert_non_null(peer->ssl);
	SSL_set_bio(peer->ssl, BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
	if (SSL_CTX_get_ssl_method(peer->settings) == TLS_server_method())
		SSL_set_accept_state(peer->ssl);
	else
		SSL_set_connect_state(peer->ssl);
}

static void feed(struct tls_peer *peer, struct slice bytes)
{
	need_ssl(peer);
	ERR_clear_error();
	if (bytes.size)
		assert_int_equal(BIO_write(SSL_get_rbio(peer->ssl), bytes.data, (int)bytes.size), bytes.size);
}

int tls_peer_step(struct tls_peer *peer, struct slice bytes)
{
	feed(peer, bytes);
	return SSL_get_error(peer->ssl, SSL_do_handshake(peer->ssl));
}

void tls_peer_write(struct tls_peer *peer, struct slice plain)
{
	ERR_clear_error();
	assert_int_equal(SSL_write(peer->ssl, plain.data, (int)plain.size), plain.size);
}

int tls_peer_read(struct tls_peer *peer, struct slice bytes, struct byte_writer *plain)
{
	uint8_t piece[4096];
	int size;

	feed(peer, bytes);
	while ((size = SSL_read(peer->ssl, piece, sizeof(piece))) > 0)
		writer_bytes(plain, slice_of(piece, (size_t)size));
	return SSL_get_error(peer->ssl, size);
}

struct slice tls_peer_take(struct tls_peer *peer)
{
	char *data;
	long size = BIO_get_mem_data(SSL_get_wbio(peer->ssl), &data);

	writer_wipe(&peer->sent);
	peer->sent = writer_growing();
	writer_bytes(&peer->sent, slice_of(data, (size_t)size));
	assert_true(writer_ok(&peer->sent));
	(void)BIO_reset(SSL_get_wbio(peer->ssl));
	return writer_slice(&peer->sent);
}

/* Steps until the whole input is taken; a side that has something to say is heard first. */
static SECURITY_STATUS step_all(struct side *side, struct slice input)
{
	struct byte_reader in = reader_of(input);
	SECURITY_STATUS status;

	do {
		status = side_step(side, reader_rest(&in));
		assert_true(status == SEC_E_OK || status == SEC_I_CONTINUE_NEEDED);
		assert_true(reader_skip(&in, side->leg.consumed));
	} while (!reader_empty(&in) && side_output(side).size == 0);
	assert_true(reader_empty(&in));
	return status;
}

void tls_peer_connect(struct tls_peer *peer, struct side *side)
{
	SECURITY_STATUS status = SEC_I_CONTINUE_NEEDED;
	int error = SSL_ERROR_WANT_READ;

	if (side->role == ROLE_INITIATE)
		status = side_step(side, slice_of(NULL, 0));
	for (int flights = 0; flights < 4; flights++) {
		struct slice sent;

		if (error == SSL_ERROR_WANT_READ)
			error = tls_peer_step(peer, side_output(side));
		sent = tls_peer_take(peer);
		if (status == SEC_I_CONTINUE_NEEDED)
			status = step_all(side, sent);
		if (status == SEC_E_OK && error == SSL_ERROR_NONE)
			return;
	}
	fail_msg("no end after 4 flights: status %08x, SSL_get_error %d", (unsigned)status, error);
}
