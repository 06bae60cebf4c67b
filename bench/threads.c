/*
 * Whole logons, both sides, a second by the wall clock: by one thread, and by two threads that share the credentials;
 * and bare handshakes in the same way, and work that shares nothing, which says what the machine gives a second thread.
 * The server's CPU a logon says what sharing costs. threads [ROUNDS]
 */
#include "bare_tls.h"
#include "logon.h"
#include "samples.h"

#include <pthread.h>

enum { USUAL_ROUNDS = 20, RUNS_A_ROUND = 50, THREADS_MAX = 2 };

struct shared {
	SSL_CTX *server, *client;
	struct logon_credentials credentials;
};

struct worker {
	struct shared *shared;
	pthread_barrier_t *start;
	uint64_t nanoseconds; /* of the server */
};

static void *run_bare(void *argument)
{
	struct worker *worker = argument;

	(void)pthread_barrier_wait(worker->start);
	for (int i = 0; i < RUNS_A_ROUND; i++) {
		struct bare_end client, server;

		bare_start(&client, worker->shared->client, false);
		bare_start(&server, worker->shared->server, true);
		bare_shake_hands(&client, &server);
		bare_stop(&client);
		bare_stop(&server);
		worker->nanoseconds += server.nanoseconds;
	}
	return NULL;
}

static void *run_ours(void *argument)
{
	struct worker *worker = argument;
	struct logon logon;

	logon_make_room(&logon);
	(void)pthread_barrier_wait(worker->start);
	for (int i = 0; i < RUNS_A_ROUND; i++) {
		logon_start(&logon, &worker->shared->credentials);
		logon_run(&logon);
		logon_end(&logon);
		worker->nanoseconds += logon.server.nanoseconds;
	}
	logon_free_room(&logon);
	return NULL;
}

static void *run_alone(void *argument)
{
	enum { STEPS = 1000000 };
	struct worker *worker = argument;
	volatile uint32_t number = 0;

	(void)pthread_barrier_wait(worker->start);
	for (int i = 0; i < RUNS_A_ROUND; i++) {
		uint64_t before = thread_nanoseconds();

		for (uint32_t step = 0; step < STEPS; step++)
			number = number + step;
		worker->nanoseconds += nanoseconds_since(before);
	}
	return NULL;
}

static void measure(struct shared *shared, const char *name, void *(*run)(void *), unsigned count, bool tell)
{
	struct worker workers[THREADS_MAX];
	pthread_t threads[THREADS_MAX];
	pthread_barrier_t start;
	uint64_t began, server = 0;

	must(pthread_barrier_init(&start, NULL, count + 1) == 0, "a barrier");
	for (unsigned i = 0; i < count; i++) {
		workers[i] = (struct worker) { .shared = shared, .start = &start };
		must(pthread_create(&threads[i], NULL, run, &workers[i]) == 0, "a thread");
	}
	(void)pthread_barrier_wait(&start);
	began = wall_nanoseconds();
	for (unsigned i = 0; i < count; i++) {
		(void)pthread_join(threads[i], NULL);
		server += workers[i].nanoseconds;
	}
	(void)pthread_barrier_destroy(&start);
	if (!tell)
		return;
	sample(1e9 * count * RUNS_A_ROUND / (double)(wall_nanoseconds() - began), "%s, %u, a second", name,
	       count);
	sample((double)server / (count * RUNS_A_ROUND) / 1000, "%s, %u, server CPU", name, count);
}

int main(int count, char **arguments)
{
	static const struct logon_settings settings = { .package = CREDSSP_NAME_A,
							.tls_version = TLS1_3_VERSION };
	unsigned rounds = rounds_of(count, arguments, USUAL_ROUNDS);
	struct server_files files;
	struct shared shared;

	server_files_make(&files, KEY_P256);
	shared.server = bare_server_settings(TLS1_3_VERSION, &files);
	shared.client = bare_client_settings(TLS1_3_VERSION);
	logon_acquire(&shared.credentials, &settings, &files);
	for (unsigned i = 0; i < 1 + rounds; i++)
		for (unsigned threads = 1; threads <= THREADS_MAX; threads++) {
			measure(&shared, "nothing shared", run_alone, threads, i > 0);
			measure(&shared, "bare", run_bare, threads, i > 0);
			measure(&shared, "CREDSSP", run_ours, threads, i > 0);
		}
	logon_release(&shared.credentials);
	SSL_CTX_free(shared.client);
	SSL_CTX_free(shared.server);
	server_files_remove(&files);
	return 0;
}
