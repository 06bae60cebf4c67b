/*
 * Covers authority/account_map.c: account_map_find, account_of_principal. The input is a file, and the same as a
 * principal's name. Whoever is found has a user, and nobody is found where the answer is no.
 */
#include "authority/account_map.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool true_always)
{
	if (!true_always)
		abort();
}

/* 00 01 02 ... 1f, as in the seeds. */
static void fill(uint8_t fingerprint[SHA256_SIZE])
{
	for (uint8_t i = 0; i < SHA256_SIZE; i++)
		fingerprint[i] = i;
}

static void check(enum reason reason, struct account *account)
{
	require((reason == REASON_OK) == (account->user.size > 0));
	require(reason == REASON_OK || account->domain.size == 0);
	require(account->user.size % 2 == 0 && account->domain.size % 2 == 0);
	account_wipe(account);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t fingerprint[SHA256_SIZE];
	struct account account = { 0 };

	fill(fingerprint);
	check(account_map_find(slice_of(data, size), fingerprint, &account), &account);
	account = (struct account) { 0 };
	check(account_of_principal(slice_of(data, size), &account), &account);
	return 0;
}
