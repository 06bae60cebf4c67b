/*
 * Covers sspi/identity.c, sspi/identity_block.c, sspi/auth_identity.c, sspi/credential_manager.c and
 * sspi/supplied_identity.c: the bytes are unmarshalled, and what they gave is validated, copied, compared, turned into
 * texts, marshalled again (the same from then on), robbed of a package, acquired with, wiped and freed.
 */
#include "base/compiler.h"

#include <opensspi/opensspi.h>

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const SEC_WCHAR package[] = { 'N', 'T', 'L', 'M', 0 };

static void require(bool true_always)
{
	if (!true_always)
		abort();
}

/* Refused, or made; what is made is a new identity and no broken one. */
static void exclude(void *identity)
{
	PSEC_WINNT_AUTH_IDENTITY_OPAQUE without = NULL;
	CredHandle credential;

	if (SspiExcludePackage(identity, package, &without) != SEC_E_OK) {
		require(!without);
		return;
	}
	require(SspiValidateAuthIdentity(without) == SspiValidateAuthIdentity(identity));
	require(AcquireCredentialsHandleA(NULL, (char *)(uintptr_t) "NTLM", SECPKG_CRED_OUTBOUND, NULL,
					  without, NULL, NULL, &credential, NULL) != SEC_E_OK);
	SspiFreeAuthIdentity(without);
}

static void acquire(void *identity)
{
	CredHandle credential;

	if (AcquireCredentialsHandleA(NULL, (char *)(uintptr_t) "NTLM", SECPKG_CRED_OUTBOUND, NULL, identity,
				      NULL, NULL, &credential, NULL) != SEC_E_OK)
		return;
	require(SspiValidateAuthIdentity(identity) == SEC_E_OK);
	require(FreeCredentialsHandle(&credential) == SEC_E_OK);
}

static void read_texts(void *identity)
{
	const SEC_WCHAR *texts[3] = { NULL, NULL, NULL };
	const SEC_WCHAR *target = NULL, *user = NULL;
	uint32_t type, size;
	uint8_t *blob = NULL;

	if (SspiEncodeAuthIdentityAsStrings(identity, &texts[0], &texts[1], &texts[2]) == SEC_E_OK)
		require(SspiValidateAuthIdentity(identity) != SEC_E_INTERNAL_ERROR);
	for (size_t i = 0; i < COUNT_OF(texts); i++)
		SspiLocalFree((void *)(uintptr_t)texts[i]);
	if (SspiPrepareForCredWrite(identity, NULL, &type, &target, &user, &blob, &size) == SEC_E_OK)
		require(target && user && blob);
	SspiLocalFree((void *)(uintptr_t)target);
	SspiLocalFree((void *)(uintptr_t)user);
	SspiLocalFree(blob);
}

static void copy(void *identity)
{
	PSEC_WINNT_AUTH_IDENTITY_OPAQUE same = NULL;
	BOOLEAN same_user = 0, same_identity = 0;

	require(SspiCopyAuthIdentity(identity, &same) == SEC_E_OK);
	if (SspiCompareAuthIdentities(identity, same, &same_user, &same_identity) == SEC_E_OK)
		require(same_user && same_identity);
	SspiFreeAuthIdentity(same);
}

/* After the first time the bytes are the same for ever. */
static void marshal_again(void *identity)
{
	PSEC_WINNT_AUTH_IDENTITY_OPAQUE same = NULL;
	char *first = NULL, *second = NULL;
	uint32_t size_of_first, size_of_second;

	require(SspiMarshalAuthIdentity(identity, &size_of_first, &first) == SEC_E_OK);
	require(SspiUnmarshalAuthIdentity(size_of_first, first, &same) == SEC_E_OK);
	require(SspiMarshalAuthIdentity(same, &size_of_second, &second) == SEC_E_OK);
	require(size_of_first == size_of_second && memcmp(first, second, size_of_first) == 0);
	SspiFreeAuthIdentity(same);
	SspiLocalFree(first);
	SspiLocalFree(second);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	PSEC_WINNT_AUTH_IDENTITY_OPAQUE identity = NULL;

	if (SspiUnmarshalAuthIdentity((uint32_t)size, (char *)(uintptr_t)data, &identity) != SEC_E_OK) {
		require(!identity);
		return 0;
	}
	require(!SspiIsAuthIdentityEncrypted(identity));
	copy(identity);
	read_texts(identity);
	marshal_again(identity);
	exclude(identity);
	acquire(identity);
	SspiZeroAuthIdentity(identity);
	marshal_again(identity);
	SspiFreeAuthIdentity(identity);
	return 0;
}
