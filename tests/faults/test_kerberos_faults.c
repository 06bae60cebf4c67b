/*
 * Logons by tickets (faults/logon.h), MIT's own allocations included: right tickets and such of another key, alone, in
 * Negotiate and in CREDSSP. Keytab and tickets are files, which MIT reads anew for each logon.
 */
#include "faults/logon.h"
#include "faults/malloc_faults.h"
#include "support/hex.h"
#include "support/kerberos_realm.h"

#include "credssp/credssp.h"
#include "kerberos/kdc_places.h"
#include "kerberos/kerberos.h"
#include "negotiate/negotiate.h"
#include "ntlm/ntlm.h"
#include "schannel/schannel.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

const struct security_package *const logon_packages[] = { &schannel_package, &negotiate_package,
							  &kerberos_package, &ntlm_package, NULL };

static struct kerberos_request keys, tickets, wrong_tickets;

static int set_up(void **state)
{
	struct kerberos_ticket ticket = kerberos_ticket();

	kerberos_realm_start("  http_anchors = FILE:/anchors\n");
	keys = kerberos_accept_request().kerberos;
	tickets = kerberos_initiate_request(kerberos_cache(&ticket)).kerberos;
	ticket.other_key = true;
	wrong_tickets = kerberos_initiate_request(kerberos_cache(&ticket)).kerberos;
	return logons_set_up(state);
}

static const struct logon logons[] = {
	{ .package = &kerberos_package, .keys = &keys, .tickets = &tickets },
	{ .package = &kerberos_package,
	  .keys = &keys,
	  .tickets = &wrong_tickets,
	  .refusal = SEC_E_MESSAGE_ALTERED },
	{ .package = &negotiate_package, .keys = &keys, .tickets = &tickets },
	{ .package = &negotiate_package,
	  .keys = &keys,
	  .tickets = &wrong_tickets,
	  .refusal = SEC_E_MESSAGE_ALTERED },
	{ .package = &credssp_package, .keys = &keys, .tickets = &tickets, .tls_1_3 = true },
	{ .package = &credssp_package,
	  .keys = &keys,
	  .tickets = &wrong_tickets,
	  .tls_1_3 = true,
	  .refusal = SEC_E_MESSAGE_ALTERED },
};

/* MIT krb5 1.20 frees what it never had, and reads what it did not get, in about one of fifteen such failures. */
static const char *const fragile[] = { "/libkrb5", "/libgssapi_krb5", "/libk5crypto", "/libcom_err" };

static void mallocs(const struct logon *logon)
{
	every_malloc_apart(logon, fragile, COUNT_OF(fragile));
}

#define FOR_EACH(what) \
	FOR_EACH_LOGON(what, 0, kerberos) \
	FOR_EACH_LOGON(what, 1, a_refused_kerberos) \
	FOR_EACH_LOGON(what, 2, negotiate) \
	FOR_EACH_LOGON(what, 3, a_refused_negotiate) \
	FOR_EACH_LOGON(what, 4, credssp) \
	FOR_EACH_LOGON(what, 5, a_refused_credssp)
FOR_EACH(our_allocations)
FOR_EACH(draws)
FOR_EACH(readings)
/* In CREDSSP they are OpenSSL's beside, which faults/test_faults.c breaks. */
FOR_EACH_LOGON(mallocs, 0, kerberos)
FOR_EACH_LOGON(mallocs, 1, a_refused_kerberos)
FOR_EACH_LOGON(mallocs, 2, negotiate)
FOR_EACH_LOGON(mallocs, 3, a_refused_negotiate)

/* Whom a KDC proxy must be signed by: what cannot be read is not the same as nothing, which is the machine's trust. */
static void a_setting_that_cannot_be_read_is_not_left_out(void **state)
{
	enum { WRONG, RIGHT, NOT_REACHED };
	int status = 0;

	(void)state;
	for (long n = 1; !WIFEXITED(status) || WEXITSTATUS(status) != NOT_REACHED; n++) {
		pid_t child = fork(); /* MIT may crash */
		krb5_context krb5;
		char value[64];
		bool read;

		assert_true(child >= 0);
		if (child == 0) {
			(void)signal(SIGSEGV, SIG_DFL);
			(void)signal(SIGABRT, SIG_DFL);
			if (krb5_init_context(&krb5))
				_exit(WRONG);
			malloc_faults_begin(n, false);
			read = kdc_places_setting(krb5, KERBEROS_REALM, "http_anchors", value, sizeof(value));
			if (!malloc_faults_end())
				_exit(read ? NOT_REACHED : WRONG);
			_exit(!read || strcmp(value, "FILE:/anchors") == 0 ? RIGHT : WRONG);
		}
		assert_int_equal(waitpid(child, &status, 0), child);
		assert_false(WIFEXITED(status) && WEXITSTATUS(status) == WRONG);
	}
}

#define CASES(what) \
	cmocka_unit_test(what##_in_kerberos), cmocka_unit_test(what##_in_a_refused_kerberos), \
		cmocka_unit_test(what##_in_negotiate), cmocka_unit_test(what##_in_a_refused_negotiate), \
		cmocka_unit_test(what##_in_credssp), cmocka_unit_test(what##_in_a_refused_credssp)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASES(our_allocations),
		CASES(draws),
		CASES(readings),
		cmocka_unit_test(mallocs_in_kerberos),
		cmocka_unit_test(mallocs_in_a_refused_kerberos),
		cmocka_unit_test(mallocs_in_negotiate),
		cmocka_unit_test(mallocs_in_a_refused_negotiate),
		cmocka_unit_test(a_setting_that_cannot_be_read_is_not_left_out),
	};

	return cmocka_run_group_tests(tests, set_up, logons_tear_down);
}
