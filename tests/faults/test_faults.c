/* Logons by passwords: right and wrong ones, alone, in Negotiate and in CREDSSP (faults/logon.h). */
#include "faults/logon.h"
#include "support/hex.h"

#include "credssp/credssp.h"
#include "negotiate/negotiate.h"
#include "ntlm/ntlm.h"
#include "schannel/schannel.h"

const struct security_package *const logon_packages[] = { &schannel_package, &negotiate_package,
							  &ntlm_package, NULL };

static const struct logon logons[] = {
	{ .package = &credssp_package, .tls_1_3 = true },
	{ .package = &credssp_package, .tls_1_3 = true, .refusal = SEC_E_LOGON_DENIED },
	{ .package = &credssp_package, .spnego = true },
	{ .package = &credssp_package, .spnego = true, .refusal = SEC_E_LOGON_DENIED },
	{ .package = &negotiate_package, .spnego = true },
	{ .package = &negotiate_package, .spnego = true, .refusal = SEC_E_LOGON_DENIED },
	{ .package = &ntlm_package },
	{ .package = &ntlm_package, .refusal = SEC_E_LOGON_DENIED },
	/* Their tokens fit no LOCAL_WRITER. */
	{ .package = &credssp_package, .spnego = true, .tls_1_3 = true, .long_names = true },
};

/*
 * What OpenSSL 3.0 holds on to after a failure of its own, by the function that asked for it: methods in its caches,
 * which live as long as the process and are filled anew after they were dropped. The last four fetch theirs from the
 * provider of a key.
 */
static const char *const known_leaks[] = {
	/* clang-format off */
	"EVP_CIPHER_fetch", "EVP_KDF_fetch", "EVP_KEYEXCH_fetch", "EVP_KEYMGMT_fetch", "EVP_MAC_fetch", "EVP_MD_fetch",
	"EVP_RAND_fetch", "EVP_SIGNATURE_fetch",
	"EVP_DigestSignInit_ex", "EVP_DigestVerifyInit_ex", "EVP_PKEY_derive_init_ex", "EVP_PKEY_derive_set_peer_ex",
	/* clang-format on */
};

static void mallocs(const struct logon *logon)
{
	every_malloc(logon, known_leaks, COUNT_OF(known_leaks));
}

#define FOR_EACH(what) \
	FOR_EACH_LOGON(what, 0, credssp) \
	FOR_EACH_LOGON(what, 1, a_refused_credssp) \
	FOR_EACH_LOGON(what, 2, credssp_with_spnego) \
	FOR_EACH_LOGON(what, 3, a_refused_credssp_with_spnego) \
	FOR_EACH_LOGON(what, 4, negotiate) \
	FOR_EACH_LOGON(what, 5, a_refused_negotiate) \
	FOR_EACH_LOGON(what, 6, ntlm) \
	FOR_EACH_LOGON(what, 7, a_refused_ntlm)
FOR_EACH(our_allocations)
FOR_EACH(draws)
FOR_EACH(readings)
FOR_EACH(mallocs)
FOR_EACH_LOGON(our_allocations, 8, credssp_with_long_names)

#define CASES(what) \
	cmocka_unit_test(what##_in_credssp), cmocka_unit_test(what##_in_a_refused_credssp), \
		cmocka_unit_test(what##_in_credssp_with_spnego), \
		cmocka_unit_test(what##_in_a_refused_credssp_with_spnego), \
		cmocka_unit_test(what##_in_negotiate), cmocka_unit_test(what##_in_a_refused_negotiate), \
		cmocka_unit_test(what##_in_ntlm), cmocka_unit_test(what##_in_a_refused_ntlm)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASES(our_allocations), cmocka_unit_test(our_allocations_in_credssp_with_long_names),
		CASES(draws),           CASES(readings),
		CASES(mallocs),
	};

	return cmocka_run_group_tests(tests, logons_set_up, logons_tear_down);
}
