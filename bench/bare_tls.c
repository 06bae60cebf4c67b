#include "bare_tls.h"

#include "samples.h"

/* As src/schannel/schannel.c has them. */
#define TLS_1_2_CIPHERS \
	"ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:" \
	"ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384:" \
	"ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305"
#define TLS_1_3_CIPHERS "TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256"
#define TLS_GROUPS      "X25519:P-256:P-384"

static SSL_CTX *settings_of(const SSL_METHOD *method, int version)
{
	SSL_CTX *settings = SSL_CTX_new(method);

	must(settings && SSL_CTX_set_min_proto_version(settings, version) &&
		     SSL_CTX_set_max_proto_version(settings, version) &&
		     SSL_CTX_set_cipher_list(settings, TLS_1_2_CIPHERS) &&
		     SSL_CTX_set_ciphersuites(settings, TLS_1_3_CIPHERS) &&
		     SSL_CTX_set1_groups_list(settings, TLS_GROUPS) && SSL_CTX_set_num_tickets(settings, 0),
	     "OpenSSL's settings");
	SSL_CTX_set_options(settings, SSL_OP_NO_TICKET | SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION |
					      SSL_OP_CIPHER_SERVER_PREFERENCE);
	SSL_CTX_set_mode(settings, SSL_MODE_RELEASE_BUFFERS);
	SSL_CTX_set_session_cache_mode(settings, SSL_SESS_CACHE_OFF);
	return settings;
}

SSL_CTX *bare_server_settings(int version, const struct server_files *files)
{
	SSL_CTX *settings = settings_of(TLS_server_method(), version);

	must(SSL_CTX_use_certificate(settings, files->certificate) == 1 &&
		     SSL_CTX_use_PrivateKey(settings, files->key) == 1,
	     "the server's certificate");
	return settings;
}

SSL_CTX *bare_client_settings(int version)
{
	return settings_of(TLS_client_method(), version);
}

void bare_start(struct bare_end *end, SSL_CTX *settings, bool is_server)
{
	uint64_t before = thread_nanoseconds();

	*end = (struct bare_end) { .ssl = SSL_new(settings),
				   .in = BIO_new(BIO_s_mem()),
				   .out = BIO_new(BIO_s_mem()) };
	must(end->ssl && end->in && end->out, "an SSL object");
	SSL_set_bio(end->ssl, end->in, end->out);
	if (is_server)
		SSL_set_accept_state(end->ssl);
	else
		SSL_set_connect_state(end->ssl);
	end->nanoseconds = nanoseconds_since(before);
}

void bare_stop(struct bare_end *end)
{
	uint64_t before = thread_nanoseconds();

	SSL_free(end->ssl);
	end->ssl = NULL;
	end->nanoseconds += nanoseconds_since(before);
}

static void take(struct bare_end *end, struct bare_end *peer)
{
	char *bytes;
	long size = BIO_get_mem_data(peer->out, &bytes);

	must(size <= 0 || BIO_write(end->in, bytes, (int)size) == size, "memory");
	(void)BIO_reset(peer->out);
}

bool bare_step(struct bare_end *end, struct bare_end *peer)
{
	uint64_t before = thread_nanoseconds();
	int result;

	take(end, peer);
	result = SSL_do_handshake(end->ssl);
	must(result == 1 || SSL_get_error(end->ssl, result) == SSL_ERROR_WANT_READ, "a handshake");
	end->nanoseconds += nanoseconds_since(before);
	return result == 1;
}

void bare_shake_hands(struct bare_end *client, struct bare_end *server)
{
	bool client_done = false, server_done = false;

	while (!client_done || !server_done) {
		client_done = client_done || bare_step(client, server);
		server_done = server_done || bare_step(server, client);
	}
}

void bare_write(struct bare_end *end, const void *bytes, size_t size)
{
	uint64_t before = thread_nanoseconds();

	must(SSL_write(end->ssl, bytes, (int)size) == (int)size, "SSL_write");
	end->nanoseconds += nanoseconds_since(before);
}

void bare_read(struct bare_end *end, struct bare_end *peer, void *bytes, size_t size)
{
	uint64_t before = thread_nanoseconds();

	take(end, peer);
	must(SSL_read(end->ssl, bytes, (int)size) == (int)size, "SSL_read");
	end->nanoseconds += nanoseconds_since(before);
}
