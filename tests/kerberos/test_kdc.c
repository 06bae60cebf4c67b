/* A KDC that is not there, says nothing, or says nonsense: what it costs, and what is told. */
#include "base/clock.h"
#include "kerberos/kdc.h"
#include "kerberos/kdc_socket.h"
#include "kerberos/kerberos.h"
#include "support/captured_trace.h"
#include "support/hex.h"
#include "support/kerberos_realm.h"
#include "support/seams.h"

#include <arpa/inet.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

static struct side client;

/* A KDC of ours: the socket listens; nobody accepts, so that the kernel does and no more. */
static int listen_somewhere(unsigned *port)
{
	struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t size = sizeof(address);
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	assert_true(fd >= 0);
	assert_int_equal(bind(fd, (struct sockaddr *)&address, size), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &size), 0);
	assert_int_equal(listen(fd, 8), 0);
	*port = ntohs(address.sin_port);
	return fd;
}

static void use_kdcs(const char *first, unsigned first_port, const char *second, unsigned second_port)
{
	char lines[256];

	(void)snprintf(lines, sizeof(lines), "  kdc = %s:%u\n  kdc = %s:%u\n", first, first_port, second,
		       second_port);
	kerberos_realm_start(lines);
}

static int64_t milliseconds(void)
{
	struct timespec now;

	assert_int_equal(clock_gettime(CLOCK_MONOTONIC, &now), 0);
	return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* The first leg of a client with a password; how long it took. */
static int64_t log_on(uint32_t limit, SECURITY_STATUS *status)
{
	struct acquire_request request = test_initiate_request("alice", KERBEROS_REALM, "Passw0rd!");
	int64_t before = milliseconds();

	request.kerberos.kdc_milliseconds = limit;
	side_start(&client, &kerberos_package, &request, ROLE_INITIATE);
	client.leg.target = u16(KERBEROS_TARGET);
	*status = side_step(&client, slice_of(NULL, 0));
	assert_int_equal(side_output(&client).size, 0);
	side_end(&client);
	return milliseconds() - before;
}

static void a_kdc_that_accepts_and_never_answers_costs_the_time_that_was_given(void **state)
{
	unsigned port;
	int fd = listen_somewhere(&port);
	SECURITY_STATUS status;
	int64_t took;

	(void)state;
	use_kdcs("127.0.0.1", port, "127.0.0.1", port);
	took = log_on(600, &status);
	assert_int_equal(status, SEC_E_NO_AUTHENTICATING_AUTHORITY);
	assert_in_range(took, 300, 1500);
	(void)close(fd);
}

static void where_nobody_listens_nothing_is_waited_for(void **state)
{
	unsigned port;
	int fd = listen_somewhere(&port);
	SECURITY_STATUS status;

	(void)state;
	(void)close(fd);
	use_kdcs("127.0.0.1", port, "tcp/127.0.0.1", port);
	assert_in_range(log_on(60000, &status), 0, 5000);
	assert_int_equal(status, SEC_E_NO_AUTHENTICATING_AUTHORITY);
}

static void a_realm_without_a_kdc_is_told(void **state)
{
	SECURITY_STATUS status;

	(void)state;
	kerberos_realm_start("");
	captured_trace_start();
	assert_in_range(log_on(60000, &status), 0, 5000);
	assert_int_equal(status, SEC_E_NO_AUTHENTICATING_AUTHORITY);
	assert_int_equal(captured_trace_count("krb5.conf names no KDC of the realm " KERBEROS_REALM), 1);
	captured_trace_stop();
}

static void what_is_no_place_of_a_kdc_is_passed_over(void **state)
{
	SECURITY_STATUS status;

	(void)state;
	kerberos_realm_start("  kdc = https://localhost/KdcProxy\n  kdc = udp/127.0.0.1\n  kdc = [::1\n"
			     "  kdc = 127.0.0.1:\n");
	captured_trace_start();
	assert_in_range(log_on(60000, &status), 0, 5000);
	assert_int_equal(status, SEC_E_NO_AUTHENTICATING_AUTHORITY);
	assert_int_equal(captured_trace_count("is no KDC by TCP"), 3);
	captured_trace_stop();
}

/* --- Answers */

struct answerer {
	int fd;
	struct slice answer;
};

/* Reads what comes and answers each client with the same. */
static void *answer(void *argument)
{
	const struct answerer *answerer = argument;
	struct pollfd waited = { .fd = answerer->fd, .events = POLLIN };
	uint8_t request[4096];

	while (poll(&waited, 1, 1000) == 1) {
		int fd = accept(answerer->fd, NULL, NULL);

		if (fd < 0)
			break;
		if (recv(fd, request, sizeof(request), 0) > 0)
			(void)!write(fd, answerer->answer.data, answerer->answer.size);
		(void)close(fd);
	}
	return NULL;
}

static enum reason ask_within(uint32_t limit, struct slice given, struct byte_writer *got)
{
	struct answerer answerer = { .answer = given };
	struct kdc_search search = { .milliseconds = limit };
	krb5_context context;
	pthread_t thread;
	unsigned port;
	enum reason reason;

	answerer.fd = listen_somewhere(&port);
	use_kdcs("127.0.0.1", port, "127.0.0.1", port);
	assert_int_equal(pthread_create(&thread, NULL, answer, &answerer), 0);
	assert_int_equal(krb5_init_context(&context), 0);
	reason = kdc_ask(context, KERBEROS_REALM, SLICE_LITERAL("request"), &search, got);
	krb5_free_context(context);
	(void)shutdown(answerer.fd, SHUT_RDWR);
	(void)pthread_join(thread, NULL);
	(void)close(answerer.fd);
	return reason;
}

static enum reason ask(struct slice given, struct byte_writer *got)
{
	return ask_within(2000, given, got);
}

static void an_answer_comes_as_it_was_sent(void **state)
{
	CLEANUP(writer_wipe) struct byte_writer got = writer_growing();

	(void)state;
	assert_int_equal(ask(hex("00000003 616263"), &got), REASON_OK);
	assert_bytes(writer_slice(&got), SLICE_LITERAL("abc"));
}

static void a_limit_may_be_as_long_as_its_type_has_room_for(void **state)
{
	static const uint32_t limits[] = { INT32_MAX, (uint32_t)INT32_MAX + 5000, UINT32_MAX };

	(void)state;
	for (size_t i = 0; i < COUNT_OF(limits); i++) {
		CLEANUP(writer_wipe) struct byte_writer got = writer_growing();

		assert_int_equal(ask_within(limits[i], hex("00000003 616263"), &got), REASON_OK);
	}
}

/* Who sends faster than it is read would be read for ever. */
static void what_comes_behind_the_time_is_not_taken(void **state)
{
	uint8_t room[4];
	struct span to = { room, sizeof(room) };
	int pair[2];

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, pair), 0);
	assert_int_equal(write(pair[1], "data", 4), 4);
	assert_int_equal(kdc_socket_receive(pair[0], to, clock_now()), -1);
	assert_int_equal(kdc_socket_receive(pair[0], to, clock_now() + CLOCK_TICKS_PER_SECOND), 4);
	(void)close(pair[0]);
	(void)close(pair[1]);
}

static void behind_the_time_nobody_is_asked(void **state)
{
	CLEANUP(writer_wipe) struct byte_writer got = writer_growing();
	struct kdc_search search = { .milliseconds = 2000, .deadline = clock_now() };
	krb5_context krb5;
	unsigned port;
	int fd = listen_somewhere(&port);

	(void)state;
	use_kdcs("127.0.0.1", port, "127.0.0.1", port);
	assert_int_equal(krb5_init_context(&krb5), 0);
	assert_int_equal(kdc_ask(krb5, KERBEROS_REALM, SLICE_LITERAL("request"), &search, &got),
			 REASON_KERBEROS_NO_KDC);
	krb5_free_context(krb5);
	assert_int_equal(poll(&(struct pollfd) { .fd = fd, .events = POLLIN }, 1, 0), 0);
	(void)close(fd);
}

static void an_answer_that_ends_early_or_is_too_long_is_none(void **state)
{
	static const char *const answers[] = { "000000", "00000003 6162", "00000000", "00040001 61",
					       "ffffffff 61" };

	(void)state;
	for (size_t i = 0; i < COUNT_OF(answers); i++) {
		CLEANUP(writer_wipe) struct byte_writer got = writer_growing();

		assert_int_equal(ask(hex(answers[i]), &got), REASON_KERBEROS_NO_KDC);
		assert_int_equal(got.size, 0);
	}
}

static void nonsense_from_a_kdc_is_a_refusal(void **state)
{
	struct answerer answerer = { .answer = hex("00000003 616263") };
	SECURITY_STATUS status;
	pthread_t thread;
	unsigned port;

	(void)state;
	answerer.fd = listen_somewhere(&port);
	use_kdcs("127.0.0.1", port, "127.0.0.1", port);
	assert_int_equal(pthread_create(&thread, NULL, answer, &answerer), 0);
	(void)log_on(2000, &status);
	assert_true(status_failed(status));
	(void)shutdown(answerer.fd, SHUT_RDWR);
	(void)pthread_join(thread, NULL);
	(void)close(answerer.fd);
}

static void without_a_clock_nobody_is_asked(void **state)
{
	unsigned port;
	int fd = listen_somewhere(&port);
	SECURITY_STATUS status;

	(void)state;
	use_kdcs("127.0.0.1", port, "127.0.0.1", port);
	seam_fail_clock(1);
	(void)log_on(60000, &status);
	seam_fail_clock(0);
	assert_int_equal(status, SEC_E_INTERNAL_ERROR);
	(void)close(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_kdc_that_accepts_and_never_answers_costs_the_time_that_was_given),
		cmocka_unit_test(where_nobody_listens_nothing_is_waited_for),
		cmocka_unit_test(a_realm_without_a_kdc_is_told),
		cmocka_unit_test(what_is_no_place_of_a_kdc_is_passed_over),
		cmocka_unit_test(an_answer_comes_as_it_was_sent),
		cmocka_unit_test(a_limit_may_be_as_long_as_its_type_has_room_for),
		cmocka_unit_test(what_comes_behind_the_time_is_not_taken),
		cmocka_unit_test(behind_the_time_nobody_is_asked),
		cmocka_unit_test(an_answer_that_ends_early_or_is_too_long_is_none),
		cmocka_unit_test(nonsense_from_a_kdc_is_a_refusal),
		cmocka_unit_test(without_a_clock_nobody_is_asked),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
