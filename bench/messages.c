/*
 * EncryptMessage and DecryptMessage of 16 KiB on a CREDSSP context beside SSL_write and SSL_read in memory, in turn.
 * messages [ROUNDS]
 */
#include "bare_tls.h"
#include "logon.h"
#include "samples.h"

enum {
	USUAL_ROUNDS = 200,
	WARM_UP_ROUNDS = 10,
	MESSAGES_A_ROUND = 16,
	MESSAGE_SIZE = 16384,
	AROUND_MAX = 256
};
/*
 * How fast AES-GCM is depends on how two buffers lie to each other within a page: each message of a round lies
 * elsewhere.
 */
enum { SHIFT = 272, ROOM = MESSAGE_SIZE + AROUND_MAX + MESSAGES_A_ROUND * SHIFT };

struct bench {
	const char *name;
	struct bare_end client, server;
	struct logon logon;
	SecPkgContext_StreamSizes sizes;
	uint8_t plain[ROOM], record[ROOM];
};

static size_t encrypt(struct bench *bench, uint8_t *record)
{
	SecPkgContext_StreamSizes sizes = bench->sizes;
	SecBuffer list[] = {
		{ sizes.cbHeader, SECBUFFER_STREAM_HEADER, record },
		{ MESSAGE_SIZE, SECBUFFER_DATA, record + sizes.cbHeader },
		{ sizes.cbTrailer, SECBUFFER_STREAM_TRAILER, record + sizes.cbHeader + MESSAGE_SIZE },
		{ 0, SECBUFFER_EMPTY, NULL },
	};
	SecBufferDesc message = { SECBUFFER_VERSION, 4, list };

	must(EncryptMessage(&bench->logon.server.context, 0, &message, 0) == SEC_E_OK, "EncryptMessage");
	return list[0].cbBuffer + list[1].cbBuffer + list[2].cbBuffer;
}

static void decrypt(struct bench *bench, uint8_t *record, size_t size)
{
	SecBuffer list[] = {
		{ (uint32_t)size, SECBUFFER_DATA, record },
		{ 0, SECBUFFER_EMPTY, NULL },
		{ 0, SECBUFFER_EMPTY, NULL },
		{ 0, SECBUFFER_EMPTY, NULL },
	};
	SecBufferDesc message = { SECBUFFER_VERSION, 4, list };

	must(DecryptMessage(&bench->logon.client.context, &message, 0, NULL) == SEC_E_OK &&
		     list[1].BufferType == SECBUFFER_DATA && list[1].cbBuffer == MESSAGE_SIZE,
	     "DecryptMessage");
}

static void ours(struct bench *bench, size_t shift, double *write, double *read)
{
	uint64_t before = thread_nanoseconds(), between;
	size_t size = encrypt(bench, bench->record + shift);

	between = thread_nanoseconds();
	decrypt(bench, bench->record + shift, size);
	*write += (double)nanoseconds_between(before, between);
	*read += (double)nanoseconds_since(between);
}

static void theirs(struct bench *bench, size_t shift, double *write, double *read)
{
	bench->server.nanoseconds = bench->client.nanoseconds = 0;
	bare_write(&bench->server, bench->plain + shift, MESSAGE_SIZE);
	bare_read(&bench->client, &bench->server, bench->record + shift, MESSAGE_SIZE);
	*write += (double)bench->server.nanoseconds;
	*read += (double)bench->client.nanoseconds;
}

static void run_round(struct bench *bench, bool tell)
{
	double bare_write = 0, bare_read = 0, our_write = 0, our_read = 0;

	for (int i = 0; i < MESSAGES_A_ROUND; i++) {
		theirs(bench, (size_t)i * SHIFT, &bare_write, &bare_read);
		ours(bench, (size_t)i * SHIFT, &our_write, &our_read);
	}
	if (!tell)
		return;
	sample(bare_write / MESSAGES_A_ROUND / 1000, "%s, SSL_write", bench->name);
	sample(our_write / MESSAGES_A_ROUND / 1000, "%s, EncryptMessage", bench->name);
	sample(bare_read / MESSAGES_A_ROUND / 1000, "%s, SSL_read", bench->name);
	sample(our_read / MESSAGES_A_ROUND / 1000, "%s, DecryptMessage", bench->name);
}

static void measure(const char *name, int version, struct server_files *files, unsigned rounds)
{
	static struct bench bench;
	SSL_CTX *server = bare_server_settings(version, files), *client = bare_client_settings(version);
	struct logon_credentials credentials;

	bench = (struct bench) { .name = name };
	bare_start(&bench.client, client, false);
	bare_start(&bench.server, server, true);
	bare_shake_hands(&bench.client, &bench.server);
	logon_acquire(&credentials,
		      &(struct logon_settings) { .package = CREDSSP_NAME_A, .tls_version = version }, files);
	logon_make_room(&bench.logon);
	logon_start(&bench.logon, &credentials);
	logon_run(&bench.logon);
	must(QueryContextAttributesA(&bench.logon.server.context, SECPKG_ATTR_STREAM_SIZES, &bench.sizes) ==
			     SEC_E_OK &&
		     bench.sizes.cbHeader + bench.sizes.cbTrailer <= AROUND_MAX,
	     "the sizes of a record");
	for (unsigned i = 0; i < WARM_UP_ROUNDS + rounds; i++)
		run_round(&bench, i >= WARM_UP_ROUNDS);
	logon_end(&bench.logon);
	logon_free_room(&bench.logon);
	logon_release(&credentials);
	bare_stop(&bench.client);
	bare_stop(&bench.server);
	SSL_CTX_free(server);
	SSL_CTX_free(client);
}

int main(int count, char **arguments)
{
	unsigned rounds = rounds_of(count, arguments, USUAL_ROUNDS);
	struct server_files files;

	server_files_make(&files, KEY_P256);
	measure("TLS 1.3", TLS1_3_VERSION, &files, rounds);
	measure("TLS 1.2", TLS1_2_VERSION, &files, rounds);
	server_files_remove(&files);
	return 0;
}
