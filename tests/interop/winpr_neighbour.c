/*
 * Our function tables in a process where libwinpr2 stands before us and exports the same names: winpr_neighbour
 * LIBRARY. It is loaded here, unless it was preloaded, which is as good as being linked.
 */
#include "library/freerdp_calls.h"
#include "support/hex.h"

#include <dlfcn.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* The names that libwinpr2 exports, too. */
static const char *const names[] = {
	"AcceptSecurityContext",
	"AcquireCredentialsHandleA",
	"AcquireCredentialsHandleW",
	"ApplyControlToken",
	"CompleteAuthToken",
	"DecryptMessage",
	"DeleteSecurityContext",
	"EncryptMessage",
	"EnumerateSecurityPackagesA",
	"EnumerateSecurityPackagesW",
	"ExportSecurityContext",
	"FreeContextBuffer",
	"FreeCredentialsHandle",
	"ImpersonateSecurityContext",
	"ImportSecurityContextA",
	"ImportSecurityContextW",
	"InitSecurityInterfaceA",
	"InitSecurityInterfaceW",
	"InitializeSecurityContextA",
	"InitializeSecurityContextW",
	"MakeSignature",
	"QueryContextAttributesA",
	"QueryContextAttributesW",
	"QueryCredentialsAttributesA",
	"QueryCredentialsAttributesW",
	"QuerySecurityContextToken",
	"QuerySecurityPackageInfoA",
	"QuerySecurityPackageInfoW",
	"RevertSecurityContext",
	"SetContextAttributesA",
	"SetContextAttributesW",
	"VerifySignature",
};

static void *winpr, *ours;
static PSecurityFunctionTableA table;

static const void *base_of(const void *address)
{
	Dl_info info;

	assert_int_not_equal(dladdr(address, &info), 0);
	return info.dli_fbase;
}

static const void *base_of_library(void *library)
{
	return base_of(dlsym(library, "InitSecurityInterfaceA"));
}

/* Whoever asks for one of the names by itself gets libwinpr2's: else this program shows nothing. */
static void the_names_are_winprs(void **state)
{
	(void)state;
	assert_ptr_not_equal(base_of_library(winpr), base_of_library(ours));
	for (size_t i = 0; i < COUNT(names); i++) {
		void *symbol = dlsym(RTLD_DEFAULT, names[i]);

		if (!symbol)
			fail_msg("nobody exports %s", names[i]);
		assert_ptr_equal(base_of(symbol), base_of_library(winpr));
	}
}

/* All but dwVersion are pointers. Returns how many are not NULL. */
static size_t members_in(const void *members, size_t size, const void *base)
{
	const void *member;
	size_t found = 0;

	for (size_t at = sizeof(member); at < size; at += sizeof(member)) {
		memcpy(&member, (const uint8_t *)members + at, sizeof(member));
		if (!member)
			continue;
		assert_ptr_equal(base_of(member), base);
		found++;
	}
	return found;
}

static void every_member_of_both_tables_is_ours(void **state)
{
	INIT_SECURITY_INTERFACE_W init;
	void *symbol = dlsym(ours, "InitSecurityInterfaceW");

	(void)state;
	memcpy(&init, &symbol, sizeof(init));
	assert_true(members_in(table, sizeof(*table), base_of_library(ours)) >= 28);
	assert_true(members_in(init(), sizeof(SecurityFunctionTableW), base_of_library(ours)) >= 28);
}

/* Takes the pages of libwinpr2 where these functions begin away, or gives them back. */
static void allow_winpr(int protection)
{
	uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);

	for (size_t i = 0; i < COUNT(names); i++) {
		uintptr_t address = (uintptr_t)dlsym(winpr, names[i]);

		assert_int_equal(mprotect((void *)(address & ~(page - 1)), page, protection), 0);
	}
}

/* In a process of its own: whether a call by name, which is libwinpr2's, ends it. */
static bool a_call_of_winpr_is_noticed(void)
{
	SECURITY_STATUS (*free_buffer)(void *);
	void *symbol = dlsym(RTLD_DEFAULT, "FreeContextBuffer");
	int status = 0;
	pid_t child = fork();

	assert_true(child >= 0);
	if (child == 0) {
		setrlimit(RLIMIT_CORE, &(struct rlimit) { 0, 0 });
		signal(SIGSEGV, SIG_DFL);
		memcpy(&free_buffer, &symbol, sizeof(free_buffer));
		free_buffer(NULL);
		_exit(0);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	return WIFSIGNALED(status) && WTERMSIG(status) == SIGSEGV;
}

typedef SECURITY_STATUS seal_function(PCtxtHandle, uint32_t, PSecBufferDesc, uint32_t);
typedef SECURITY_STATUS unseal_function(PCtxtHandle, PSecBufferDesc, uint32_t, uint32_t *);

/* Names of ours that call others of ours. */
static void seal_and_unseal(struct freerdp_side *from, struct freerdp_side *to)
{
	uint8_t token[64], data[] = "data";
	SecBuffer buffers[] = { { from->sizes.cbSecurityTrailer, SECBUFFER_TOKEN, token },
				{ sizeof(data), SECBUFFER_DATA, data } };
	SecBufferDesc message = { SECBUFFER_VERSION, 2, buffers };
	void *seal_symbol = dlsym(ours, "SealMessage"), *unseal_symbol = dlsym(ours, "UnsealMessage");
	unseal_function *unseal;
	seal_function *seal;

	memcpy(&seal, &seal_symbol, sizeof(seal));
	memcpy(&unseal, &unseal_symbol, sizeof(unseal));
	assert_true(from->sizes.cbSecurityTrailer <= sizeof(token));
	assert_int_equal(seal(&from->context, 0, &message, from->sent++), SEC_E_OK);
	assert_string_not_equal(data, "data");
	assert_int_equal(unseal(&to->context, &message, to->received++, NULL), SEC_E_OK);
	assert_string_equal(data, "data");
}

static void list_packages(void)
{
	PSecPkgInfoA packages;
	uint32_t count;

	assert_int_equal(table->EnumerateSecurityPackagesA(&count, &packages), SEC_E_OK);
	assert_int_equal(table->FreeContextBuffer(packages), SEC_E_OK);
}

static void a_logon_calls_nothing_of_winpr(void **state)
{
	struct freerdp_identity alice = freerdp_identity(FREERDP_PASSWORD);
	OPENSSPI_OPTIONS options = freerdp_server_options(NULL);
	struct freerdp_side client, server;

	(void)state;
	assert_false(a_call_of_winpr_is_noticed());
	allow_winpr(PROT_NONE);
	assert_true(a_call_of_winpr_is_noticed());
	list_packages();
	assert_int_equal(freerdp_start(&client, table, false, &alice), SEC_E_OK);
	assert_int_equal(freerdp_start(&server, table, true, &options), SEC_E_OK);
	assert_true(freerdp_log_on(&client, &server));
	for (uint32_t i = 0; i < 64; i++) {
		freerdp_send(&client, &server, 32);
		freerdp_send(&server, &client, 32);
	}
	seal_and_unseal(&client, &server);
	freerdp_end(&client);
	freerdp_end(&server);
	allow_winpr(PROT_READ | PROT_EXEC);
	assert_false(a_call_of_winpr_is_noticed());
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_names_are_winprs),
		cmocka_unit_test(every_member_of_both_tables_is_ours),
		cmocka_unit_test(a_logon_calls_nothing_of_winpr),
	};

	winpr = dlopen("libwinpr2.so.2", RTLD_NOW | RTLD_GLOBAL);
	ours = winpr && argc == 2 ? dlopen(argv[1], RTLD_NOW | RTLD_LOCAL) : NULL;
	if (!ours) {
		fprintf(stderr, "winpr_neighbour LIBRARY: %s\n", argc == 2 ? dlerror() : "one argument");
		return 2;
	}
	table = freerdp_table(argv[1]);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
