/*
 * One whole NTLM exchange, both roles, contexts made and deleted: how many allocations it takes, and under callgrind,
 * which counts while measured_exchange runs, how many instructions. ntlm [ROUNDS]
 */
#include "allocations.h"
#include "logon.h"
#include "samples.h"

#include <openssl/ssl.h>

enum { USUAL_ROUNDS = 10 };

static void exchange(struct logon *logon, struct logon_credentials *credentials)
{
	logon_start(logon, credentials);
	logon_run(logon);
	logon_end(logon);
}

/* By its name callgrind knows when to count. */
__attribute__((noinline)) void measured_exchange(struct logon *logon, struct logon_credentials *credentials);

void measured_exchange(struct logon *logon, struct logon_credentials *credentials)
{
	exchange(logon, credentials);
}

int main(int count, char **arguments)
{
	static const struct logon_settings settings = { .package = NTLMSP_NAME_A, .callback = true };
	unsigned rounds = rounds_of(count, arguments, USUAL_ROUNDS);
	struct logon_credentials credentials;
	struct server_files files;
	struct logon logon;

	server_files_make(&files, KEY_P256);
	logon_acquire(&credentials, &settings, &files);
	logon_make_room(&logon);
	exchange(&logon, &credentials); /* OpenSSL draws its seed */
	for (unsigned i = 0; i < rounds; i++) {
		long before = allocations_made();

		measured_exchange(&logon, &credentials);
		sample((double)(allocations_made() - before), "NTLM, allocations");
	}
	sample(rounds, "NTLM, rounds");
	logon_free_room(&logon);
	logon_release(&credentials);
	server_files_remove(&files);
	return 0;
}
