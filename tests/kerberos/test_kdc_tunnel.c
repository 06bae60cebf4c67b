/* A whole exchange with a KDC proxy: TLS, HTTP and the message, with a server in another process. */
#include "kerberos/kdc.h"
#include "kerberos/kdc_places.h"
#include "schannel/schannel.h"
#include "support/captured_trace.h"
#include "support/hex.h"
#include "support/kerberos_realm.h"
#include "support/seams.h"
#include "support/test_ca.h"

#include <arpa/inet.h>
#include <openssl/ssl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

static const struct security_package *const packages[] = { &schannel_package, NULL };
static const struct security_package *const no_packages[] = { NULL };

static struct server {
	int fd;
	unsigned port;
	pid_t process;
} server;

/* Reads what comes, says the same to everybody, a record of TLS for each octet, and closes. */
static void serve(const char *pem, int version, struct slice answer)
{
	SSL_CTX *settings = SSL_CTX_new(TLS_server_method());
	char request[8192];

	(void)signal(SIGPIPE, SIG_IGN);
	if (SSL_CTX_use_certificate_file(settings, pem, SSL_FILETYPE_PEM) != 1 ||
	    SSL_CTX_use_PrivateKey_file(settings, pem, SSL_FILETYPE_PEM) != 1 ||
	    SSL_CTX_set_min_proto_version(settings, version) != 1 ||
	    SSL_CTX_set_max_proto_version(settings, version) != 1)
		return;
	for (;;) {
		int fd = accept(server.fd, NULL, NULL);
		SSL *ssl = SSL_new(settings);

		(void)SSL_set_fd(ssl, fd);
		if (SSL_accept(ssl) == 1 && SSL_read(ssl, request, sizeof(request)) > 0) {
			for (size_t i = 0; i < answer.size; i++)
				(void)SSL_write(ssl, answer.data + i, 1);
			(void)SSL_shutdown(ssl);
		}
		SSL_free(ssl);
		(void)close(fd);
	}
}

static void start(const char *host, int version, struct slice answer)
{
	struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t size = sizeof(address);
	const char *pem = test_ca_issue(&(struct test_ca_wish) { .name = host, .host = host });
	char lines[1024];

	(void)snprintf(lines, sizeof(lines), "  http_anchors = FILE:%s\n", test_ca_file());
	kerberos_realm_start(lines);
	server.fd = socket(AF_INET, SOCK_STREAM, 0);
	assert_int_equal(bind(server.fd, (struct sockaddr *)&address, size), 0);
	assert_int_equal(getsockname(server.fd, (struct sockaddr *)&address, &size), 0);
	assert_int_equal(listen(server.fd, 8), 0);
	server.port = ntohs(address.sin_port);
	server.process = fork();
	assert_true(server.process >= 0);
	if (server.process == 0) {
		serve(pem, version, answer);
		_exit(1);
	}
	(void)close(server.fd);
}

static int stop(void **state)
{
	(void)state;
	if (server.process > 0) {
		(void)kill(server.process, SIGKILL);
		(void)waitpid(server.process, NULL, 0);
	}
	server.process = 0;
	return 0;
}

static enum reason ask_by(const struct security_package *const *known, const char *host,
			  struct byte_writer *answer)
{
	struct kdc_proxy proxy = { .only = true };
	struct kdc_search search = { .milliseconds = 5000, .proxy = &proxy, .packages = known };
	krb5_context krb5;
	enum reason reason;
	char text[128];

	(void)snprintf(text, sizeof(text), "%s:%u", host, server.port);
	assert_true(kdc_place_read_proxy(text, &proxy.place));
	assert_int_equal(krb5_init_context(&krb5), 0);
	reason = kdc_ask(krb5, KERBEROS_REALM, SLICE_LITERAL("request"), &search, answer);
	krb5_free_context(krb5);
	return reason;
}

static enum reason ask(struct byte_writer *answer)
{
	return ask_by(packages, "localhost", answer);
}

/* Around "kdc". */
#define MESSAGE "\x30\x0b\xa0\x09\x04\x07\0\0\0\003kdc"
#define SLICE_TEXT(text) \
	{ \
		(const uint8_t *)(text), sizeof(text) - 1 \
	}
static const struct slice good = SLICE_TEXT("HTTP/1.1 200 OK\r\nContent-Length: 13\r\n\r\n" MESSAGE);
static const struct slice endless = SLICE_TEXT("HTTP/1.1 200 OK\r\n\r\n" MESSAGE);
static const struct slice busy = SLICE_TEXT("HTTP/1.0 503 No\r\n\r\n");

static void an_answer_comes_through_the_tunnel(void **state)
{
	const struct slice answers[] = { good, endless };

	(void)state;
	for (int version = TLS1_2_VERSION; version <= TLS1_3_VERSION; version++)
		for (size_t i = 0; i < COUNT_OF(answers); i++) {
			CLEANUP(writer_wipe) struct byte_writer answer = writer_growing();

			start("localhost", version, answers[i]);
			assert_int_equal(ask(&answer), REASON_OK);
			assert_bytes(writer_slice(&answer), SLICE_LITERAL("kdc"));
			(void)stop(NULL);
		}
}

static void an_error_is_told_with_its_number(void **state)
{
	CLEANUP(writer_wipe) struct byte_writer answer = writer_growing();

	(void)state;
	start("localhost", TLS1_3_VERSION, busy);
	captured_trace_start();
	assert_int_equal(ask(&answer), REASON_KDC_PROXY_REFUSED);
	assert_int_equal(captured_trace_count("answers with the HTTP status 503"), 1);
	captured_trace_stop();
	assert_int_equal(answer.size, 0);
}

static void who_shows_another_name_is_not_asked(void **state)
{
	CLEANUP(writer_wipe) struct byte_writer answer = writer_growing();

	(void)state;
	start("other.test", TLS1_3_VERSION, good);
	captured_trace_start();
	assert_int_equal(ask(&answer), REASON_KDC_PROXY_UNTRUSTED);
	assert_true(captured_trace_count("certificate is for another name") > 0);
	captured_trace_stop();
}

static void without_tls_no_proxy_is_asked(void **state)
{
	CLEANUP(writer_wipe) struct byte_writer answer = writer_growing();

	(void)state;
	start("localhost", TLS1_3_VERSION, good);
	assert_int_equal(ask_by(no_packages, "localhost", &answer), REASON_KDC_PROXY_UNTRUSTED);
	assert_int_equal(ask_by(NULL, "localhost", &answer), REASON_KDC_PROXY_UNTRUSTED);
}

/* Until one goes well: each failing allocation is told, or makes the proxy untrusted, and leaves nothing behind. */
static void without_memory_nothing_is_left(void **state)
{
	enum reason reason = REASON_OUT_OF_MEMORY;
	long before;

	(void)state;
	start("localhost", TLS1_3_VERSION, good);
	before = seam_blocks_alive();
	for (long n = 1; reason != REASON_OK; n++) {
		struct byte_writer answer = writer_growing();

		assert_true(n < 1000);
		seam_fail_allocation(n);
		reason = ask(&answer);
		assert_int_equal(seam_allocation_failed(), reason != REASON_OK);
		seam_fail_allocation(0);
		assert_int_equal(answer.size, reason == REASON_OK ? 3 : 0);
		if (reason != REASON_OK)
			assert_int_equal(reason, REASON_OUT_OF_MEMORY);
		writer_wipe(&answer);
		assert_int_equal(seam_blocks_alive(), before);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(an_answer_comes_through_the_tunnel, stop),
		cmocka_unit_test_teardown(an_error_is_told_with_its_number, stop),
		cmocka_unit_test_teardown(who_shows_another_name_is_not_asked, stop),
		cmocka_unit_test_teardown(without_tls_no_proxy_is_asked, stop),
		cmocka_unit_test_teardown(without_memory_nothing_is_left, stop),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
