#include "faults/logon.h"

#include "faults/malloc_faults.h"
#include "support/hex.h"
#include "support/seams.h"

#include "credssp/credssp.h"

#include <dlfcn.h>
#include <execinfo.h>
#include <pthread.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

enum { HANG_SECONDS = 300 };

struct outcome {
	SECURITY_STATUS server, client;
	bool delegated; /* the right password came out at the server */
	bool by_kerberos;
	/* The server's context, where its package can; of no such package REASON_UNSUPPORTED. */
	enum reason moved;
};

struct party {
	const struct security_package *package;
	struct package_credential *credential;
	struct package_context *context;
	struct byte_writer output;
	uint32_t requested;
	SECURITY_STATUS status;
};

static struct test_authority authority, long_authority, realm_authority;
static struct authority_class movable;
static struct certificate *certificate;
static struct slice right_password, wrong_password, target;

int logons_set_up(void **state)
{
	(void)state;
	authority = test_authority_of("User", "Domain", "Password");
	long_authority = test_authority_of(test_long_name(), test_long_name(), "Password");
	realm_authority = test_authority_of("alice", "EXAMPLE.TEST", "Password");
	/* A context tells another process who let its client in, by one of a few words. */
	movable = *authority.base.class;
	movable.name = "callback";
	authority.base.class = long_authority.base.class = realm_authority.base.class = &movable;
	target = u16("TERMSRV/server.example.test");
	right_password = u16("Password");
	wrong_password = u16("password");
	alarm(HANG_SECONDS);
	return certificate_self_signed("server.test", CERTIFICATE_P256, &certificate) != REASON_OK;
}

int logons_tear_down(void **state)
{
	(void)state;
	certificate_free(certificate);
	return 0;
}

static SECURITY_STATUS status_of(enum reason reason)
{
	return reason == REASON_OK ? SEC_I_CONTINUE_NEEDED : reason_status(reason);
}

static void start(struct party *party, const struct logon *logon, enum role role)
{
	struct test_authority *accounts = logon->keys         ? &realm_authority
					  : logon->long_names ? &long_authority
							      : &authority;
	struct acquire_request request = {
		.accept = role == ROLE_ACCEPT,
		.initiate = role == ROLE_INITIATE,
		.authority = &accounts->base,
		.certificate = role == ROLE_ACCEPT ? certificate : NULL,
		.has_identity = role == ROLE_INITIATE,
		.user = accounts->user,
		.domain = accounts->domain,
		.password = logon->refusal ? wrong_password : right_password,
		.names = logon->long_names ? test_long_host_names() : test_host_names(),
		.policy = policy_default,
		.always_spnego = logon->spnego,
		.packages = logon_packages,
	};
	enum reason reason;

	if (logon->keys)
		request.kerberos = role == ROLE_ACCEPT ? *logon->keys : *logon->tickets;
	request.policy.ntlm_delegation = true;
	request.policy.tls_1_2 = !logon->tls_1_3;
	request.policy.tls_1_3 = logon->tls_1_3;
	*party = (struct party) { .package = logon->package, .output = writer_growing() };
	party->requested = role == ROLE_ACCEPT ? FLAG_EXTENDED_ERROR
					       : FLAG_DELEGATE | FLAG_CONFIDENTIALITY |
							 (logon->keys ? FLAG_MUTUAL_AUTH : 0);
	reason = logon->package->acquire(&request, &party->credential);
	if (reason == REASON_OK)
		reason = logon->package->new_context(party->credential, role, &party->context);
	party->status = status_of(reason);
}

static void step(struct party *party, struct slice input, leg_function *run)
{
	struct leg leg = {
		.input = input, .target = target, .requested = party->requested, .output = &party->output
	};

	writer_wipe(&party->output);
	party->status = run(party->context, &leg);
	if (!status_failed(party->status) && !writer_ok(&party->output))
		party->status = SEC_E_INSUFFICIENT_MEMORY; /* as src/sspi does */
}

static bool may_go_on(const struct party *a, const struct party *b)
{
	return !status_failed(a->status) && !status_failed(b->status) &&
	       (a->status != SEC_E_OK || b->status != SEC_E_OK);
}

static void exchange(struct party *client, struct party *server)
{
	step(client, slice_of(NULL, 0), client->package->initiate);
	while (may_go_on(client, server) && client->output.size) {
		step(server, writer_slice(&client->output), server->package->accept);
		if (!may_go_on(client, server) || !server->output.size)
			return;
		step(client, writer_slice(&server->output), client->package->initiate);
	}
}

static void end(struct party *party)
{
	package_context_free(party->context);
	package_credential_free(party->credential);
	writer_wipe(&party->output);
}

static bool delegated_right(const struct party *server)
{
	union attribute_value value;

	return server->package->query(server->context, ATTRIBUTE_DELEGATED, &value) == REASON_OK &&
	       slice_equal(value.delegated.password, right_password);
}

static bool is_by_kerberos(const struct party *server)
{
	union attribute_value value;

	return server->package->query(server->context, ATTRIBUTE_ACCOUNT, &value) == REASON_OK &&
	       value.account->by_ticket;
}

static enum reason move(struct party *server)
{
	CLEANUP(writer_wipe) struct byte_writer packed = writer_growing();
	struct package_context *made = NULL;
	enum reason reason;

	if (!server->package->pack)
		return REASON_UNSUPPORTED;
	reason = server->package->pack(server->context, false, &packed);
	if (reason == REASON_OK && !writer_ok(&packed))
		reason = REASON_OUT_OF_MEMORY;
	if (reason == REASON_OK)
		reason = server->package->unpack(writer_slice(&packed), ROLE_ACCEPT, logon_packages, &made);
	package_context_free(made);
	return reason;
}

static struct outcome run(const struct logon *logon)
{
	struct party client, server;
	struct outcome outcome;

	start(&client, logon, ROLE_INITIATE);
	start(&server, logon, ROLE_ACCEPT);
	if (may_go_on(&client, &server))
		exchange(&client, &server);
	outcome = (struct outcome) { .server = server.status, .client = client.status };
	if (server.status == SEC_E_OK) {
		outcome.delegated = delegated_right(&server);
		outcome.by_kerberos = is_by_kerberos(&server);
		outcome.moved = move(&server);
	}
	end(&client);
	end(&server);
	return outcome;
}

static void assert_never_wrong(const struct logon *logon, const struct outcome *outcome)
{
	assert_false(logon->refusal && outcome->server == SEC_E_OK);
	if (outcome->server != SEC_E_OK)
		return;
	assert_int_equal(outcome->by_kerberos, logon->keys != NULL);
	assert_true(outcome->delegated || logon->package != &credssp_package);
}

static void assert_undisturbed(const struct logon *logon)
{
	struct outcome outcome = run(logon);

	assert_int_equal(outcome.server, logon->refusal);
	assert_never_wrong(logon, &outcome);
	if (logon->refusal)
		return;
	assert_int_equal(outcome.client, SEC_E_OK);
	assert_int_equal(outcome.moved, logon->package->pack ? REASON_OK : REASON_UNSUPPORTED);
}

/* --- Our own allocations, random numbers and clock: the error has its own status */

struct seam {
	void (*break_at)(long n);
	bool (*failed)(void);
	SECURITY_STATUS status;
};

/* Where only the errorCode or the reject could not be made, the refusal stands. */
static bool is_told(const struct logon *logon, const struct outcome *outcome, SECURITY_STATUS status)
{
	return outcome->server == status || outcome->client == status ||
	       (status == SEC_E_INSUFFICIENT_MEMORY && outcome->moved == REASON_OUT_OF_MEMORY) ||
	       (logon->refusal && outcome->server == logon->refusal);
}

static void every_call_of(const struct seam *seam, const struct logon *logon)
{
	long alive = seam_blocks_alive();
	bool reached = true;

	for (long n = 1; reached; n++) {
		struct outcome outcome;

		seam->break_at(n);
		outcome = run(logon);
		reached = seam->failed();
		seam->break_at(0);
		assert_never_wrong(logon, &outcome);
		assert_true(!reached || is_told(logon, &outcome, seam->status));
		assert_int_equal(seam_blocks_alive(), alive);
	}
	assert_undisturbed(logon);
}

void our_allocations(const struct logon *logon)
{
	static const struct seam seam = { seam_fail_allocation, seam_allocation_failed,
					  SEC_E_INSUFFICIENT_MEMORY };

	every_call_of(&seam, logon);
}

void draws(const struct logon *logon)
{
	static const struct seam seam = { seam_fail_draw, seam_draw_failed, SEC_E_INTERNAL_ERROR };

	every_call_of(&seam, logon);
}

void readings(const struct logon *logon)
{
	static const struct seam seam = { seam_fail_clock, seam_clock_failed, SEC_E_INTERNAL_ERROR };

	every_call_of(&seam, logon);
}

/* --- Every malloc of the process */

struct faulty_run {
	const struct logon *logon;
	long n;
	bool name_callers;
	struct outcome outcome;
};

static void *run_in_thread(void *argument)
{
	struct faulty_run *faulty = argument;

	malloc_faults_begin(faulty->n, faulty->name_callers);
	faulty->outcome = run(faulty->logon);
	return NULL;
}

/* What libraries keep for a thread, OpenSSL's pools and MIT's texts of errors, is given back when it ends. */
static struct outcome run_with_fault(const struct logon *logon, long n, bool name_callers, bool *reached)
{
	struct faulty_run faulty = { .logon = logon, .n = n, .name_callers = name_callers };
	pthread_t thread;

	assert_int_equal(pthread_create(&thread, NULL, run_in_thread, &faulty), 0);
	assert_int_equal(pthread_join(thread, NULL), 0);
	*reached = malloc_faults_end();
	return faulty.outcome;
}

void every_malloc(const struct logon *logon, const char *const *known, size_t known_count)
{
	bool reached = true;
	size_t leaks = 0;
	long n;

	assert_undisturbed(logon); /* what is kept for good is there from now on */
	for (n = 1; reached; n++) {
		struct outcome outcome = run_with_fault(logon, n, false, &reached);

		assert_never_wrong(logon, &outcome);
		if (malloc_faults_leaked()) {
			(void)run_with_fault(logon, n, true, &reached);
			leaks += malloc_faults_leaks(known, known_count);
		}
		if (n % 50 == 1)
			assert_undisturbed(logon);
	}
	assert_undisturbed(logon);
	print_message("# %ld calls of malloc and its kin failed, one a logon\n", n - 2);
	assert_int_equal(leaks, 0);
}

/* --- Every malloc, each in a process of its own */

enum verdict { RIGHT = 1, NOT_REACHED, WRONG, LEAKED, CRASHED_IN_LIBRARY, CRASHED };

static const char *const *fragile;
static size_t fragile_count;

/* glibc's frames, and those of malloc and its kin, are somebody's who called them. */
static bool is_called(const Dl_info *info)
{
	static const char *const names[] = { "malloc", "calloc", "realloc", "free" };

	if (strstr(info->dli_fname, "/libc.so"))
		return true;
	for (size_t i = 0; i < COUNT_OF(names); i++)
		if (info->dli_sname && strcmp(info->dli_sname, names[i]) == 0)
			return true;
	return false;
}

static void tell_crash(int number)
{
	enum { FRAMES_MAX = 64 };
	void *frames[FRAMES_MAX];
	int depth, i = 1; /* behind this function's own */
	Dl_info info = { 0 };

	(void)number;
	(void)malloc_faults_end();
	depth = backtrace(frames, FRAMES_MAX);
	while (i < depth && dladdr(frames[i], &info) && is_called(&info))
		i++;
	for (size_t k = 0; i < depth && k < fragile_count; k++)
		if (strstr(info.dli_fname, fragile[k]))
			_exit(CRASHED_IN_LIBRARY);
	backtrace_symbols_fd(frames, depth, 2);
	_exit(CRASHED);
}

/* A fallback from a library that failed to NTLM is right, where the password is. */
static enum verdict judge(const struct logon *logon, long n)
{
	long alive = seam_blocks_alive();
	bool reached;
	struct outcome outcome = run_with_fault(logon, n, false, &reached);

	if (outcome.server == SEC_E_OK &&
	    (logon->refusal || (logon->package == &credssp_package && !outcome.delegated)))
		return WRONG;
	if (seam_blocks_alive() != alive)
		return LEAKED;
	return reached ? RIGHT : NOT_REACHED;
}

static enum verdict verdict_apart(const struct logon *logon, long n)
{
	static const int signals[] = { SIGSEGV, SIGBUS, SIGABRT };
	int status = -1;
	pid_t child = fork();

	if (child == 0) {
		for (size_t i = 0; i < COUNT_OF(signals); i++)
			(void)signal(signals[i], tell_crash);
		alarm(HANG_SECONDS);
		_exit(judge(logon, n));
	}
	assert_true(child > 0 && waitpid(child, &status, 0) == child);
	return WIFEXITED(status) ? (enum verdict)WEXITSTATUS(status) : CRASHED;
}

void every_malloc_apart(const struct logon *logon, const char *const *libraries, size_t library_count)
{
	enum verdict verdict = RIGHT;
	size_t crashes = 0, errors = 0;
	void *frame;
	long n;

	fragile = libraries;
	fragile_count = library_count;
	(void)backtrace(&frame, 1); /* which allocates the first time */
	assert_undisturbed(logon);
	for (n = 1; verdict != NOT_REACHED; n++) {
		verdict = verdict_apart(logon, n);
		crashes += verdict == CRASHED_IN_LIBRARY;
		if (verdict == WRONG || verdict == LEAKED || verdict == CRASHED) {
			print_message("# call %ld: verdict %d\n", n, (int)verdict);
			errors++;
		}
	}
	print_message(
		"# %ld calls of malloc and its kin failed, one a process; %zu times a library crashed\n",
		n - 2, crashes);
	assert_int_equal(errors, 0);
}
