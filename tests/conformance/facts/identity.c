/* The Sspi functions that make, take apart and compare identities. Their text is UTF-16 in every program. */
#include "host.h"

#define WINE   "Wine secur32.c, test_SspiEncodeStringsAsAuthIdentity"
#define ENCODE "page SspiEncodeStringsAsAuthIdentity"

typedef const SEC_WCHAR *wide;

static const SEC_WCHAR user[] = u"username", domain[] = u"domainname", password[] = u"password";

static PSEC_WINNT_AUTH_IDENTITY_OPAQUE identity_from(wide a, wide b, wide c)
{
	PSEC_WINNT_AUTH_IDENTITY_OPAQUE identity = NULL;

	EXPECT_OK(SspiEncodeStringsAsAuthIdentity(a, b, c, &identity));
	EXPECT(identity);
	return identity;
}

static bool same(wide a, wide b)
{
	size_t i = 0;

	while (a[i] && a[i] == b[i])
		i++;
	return a[i] == b[i];
}

static void is_made_of(wide a, wide b, wide c)
{
	SspiFreeAuthIdentity(identity_from(a, b, c));
}

/* Takes an identity apart. */
struct texts {
	wide user, domain, password;
};

static struct texts texts_of(PSEC_WINNT_AUTH_IDENTITY_OPAQUE identity)
{
	struct texts texts = { NULL, domain, NULL };

	EXPECT_OK(SspiEncodeAuthIdentityAsStrings(identity, &texts.user, &texts.domain, &texts.password));
	return texts;
}

static void free_texts(struct texts *texts)
{
	SspiLocalFree((void *)(uintptr_t)texts->user);
	SspiLocalFree((void *)(uintptr_t)texts->domain);
	SspiLocalFree((void *)(uintptr_t)texts->password);
}

/* --- Making and taking apart */

FACT(failure, an_identity_of_nothing_is_an_invalid_token, WINE)
{
	PSEC_WINNT_AUTH_IDENTITY_OPAQUE identity;

	EXPECT_STATUS(SspiEncodeStringsAsAuthIdentity(NULL, NULL, NULL, &identity), SEC_E_INVALID_TOKEN);
}

FACT(failure, an_identity_of_nothing_into_nothing_is_an_invalid_token, WINE)
{
	EXPECT_STATUS(SspiEncodeStringsAsAuthIdentity(NULL, NULL, NULL, NULL), SEC_E_INVALID_TOKEN);
}

FACT(failure, an_identity_of_nothing_leaves_the_pointer_alone, WINE)
{
	static char before;
	PSEC_WINNT_AUTH_IDENTITY_OPAQUE identity = &before;

	EXPECT_STATUS(SspiEncodeStringsAsAuthIdentity(NULL, NULL, NULL, &identity), SEC_E_INVALID_TOKEN);
	EXPECT(identity == &before);
}

FACT(behaviour, an_identity_may_be_a_password_alone, WINE)
{
	is_made_of(NULL, NULL, password);
}

FACT(behaviour, an_identity_may_lack_the_user, WINE)
{
	is_made_of(NULL, domain, password);
}

FACT(behaviour, an_identity_may_lack_the_domain, WINE)
{
	is_made_of(user, NULL, password);
}

FACT(behaviour, an_identity_may_be_a_user_alone, WINE)
{
	is_made_of(user, NULL, NULL);
}

FACT(behaviour, an_identity_gives_its_texts_back, WINE)
{
	PSEC_WINNT_AUTH_IDENTITY_OPAQUE identity = identity_from(user, domain, password);
	struct texts texts = texts_of(identity);

	EXPECT(same(texts.user, user) && same(texts.domain, domain) && same(texts.password, password));
	free_texts(&texts);
	SspiFreeAuthIdentity(identity);
}

FACT(behaviour, a_domain_that_is_not_there_comes_back_as_null, WINE)
{
	PSEC_WINNT_AUTH_IDENTITY_OPAQUE identity = identity_from(user, NULL, password);
	struct texts texts = texts_of(identity);

	EXPECT(same(texts.user, user) && !texts.domain && same(texts.password, password));
	free_texts(&texts);
	SspiFreeAuthIdentity(identity);
}

FACT(state, texts_outlive_their_identity, WINE ": SspiZeroAuthIdentity before the texts are freed")
{
	PSEC_WINNT_AUTH_IDENTITY_OPAQUE identity = identity_from(user, domain, password);
	struct texts texts = texts_of(identity);

	SspiZeroAuthIdentity(identity);
	SspiFreeAuthIdentity(identity);
	EXPECT(same(texts.user, user) && same(texts.password, password));
	free_texts(&texts);
}

FACT(behaviour, a_made_identity_acquires_a_credential,
     ENCODE "; page AcquireCredentialsHandle (Negotiate): PSEC_WINNT_AUTH_IDENTITY_OPAQUE")
{
	PSEC_WINNT_AUTH_IDENTITY_OPAQUE identity = identity_from(user, domain, password);
	CredHandle credential;

	EXPECT_OK(AcquireCredentialsHandle(NULL, text_of("Negotiate"), SECPKG_CRED_OUTBOUND, NULL, identity,
					   NULL, NULL, &credential, NULL));
	SspiFreeAuthIdentity(identity);
	EXPECT_OK(FreeCredentialsHandle(&credential));
}

FACT(behaviour, freeing_no_identity_does_nothing, "page SspiFreeAuthIdentity; page SspiLocalFree")
{
	SspiFreeAuthIdentity(NULL);
	SspiLocalFree(NULL);
}

/* --- Copies and comparisons */

FACT(behaviour, a_copy_has_the_same_texts, "page SspiCopyAuthIdentity")
{
	PSEC_WINNT_AUTH_IDENTITY_OPAQUE identity = identity_from(user, domain, password), copy = NULL;
	struct texts texts;

	EXPECT_OK(SspiCopyAuthIdentity(identity, &copy));
	EXPECT(copy && copy != identity);
	SspiFreeAuthIdentity(identity);
	texts = texts_of(copy);
	EXPECT(same(texts.user, user) && same(texts.domain, domain) && same(texts.password, password));
	free_texts(&texts);
	SspiFreeAuthIdentity(copy);
}

static void compare(wide user_b, wide password_b, bool same_user, bool same_identity)
{
	PSEC_WINNT_AUTH_IDENTITY_OPAQUE a = identity_from(user, domain, password);
	PSEC_WINNT_AUTH_IDENTITY_OPAQUE b = identity_from(user_b, domain, password_b);
	BOOLEAN users = 7, identities = 7;

	EXPECT_OK(SspiCompareAuthIdentities(a, b, &users, &identities));
	EXPECT_NUMBER(!!users, same_user);
	EXPECT_NUMBER(!!identities, same_identity);
	SspiFreeAuthIdentity(a);
	SspiFreeAuthIdentity(b);
}

FACT(behaviour, equal_identities_are_the_same, "page SspiCompareAuthIdentities")
{
	compare(user, password, true, true);
}

FACT(behaviour, another_password_is_another_identity_of_the_same_user, "page SspiCompareAuthIdentities")
{
	compare(user, u"another", true, false);
}

FACT(behaviour, another_user_is_another_identity, "page SspiCompareAuthIdentities")
{
	compare(u"another", password, false, false);
}

FACT(behaviour, a_made_identity_is_valid, "page SspiValidateAuthIdentity")
{
	PSEC_WINNT_AUTH_IDENTITY_OPAQUE identity = identity_from(user, domain, password);

	EXPECT_OK(SspiValidateAuthIdentity(identity));
	SspiFreeAuthIdentity(identity);
}

FACT(failure, no_identity_is_not_valid, "page SspiValidateAuthIdentity")
{
	EXPECT(SspiValidateAuthIdentity(NULL) < 0);
}

/* --- Bytes on a wire */

FACT(behaviour, an_identity_goes_through_bytes, "pages SspiMarshalAuthIdentity, SspiUnmarshalAuthIdentity")
{
	PSEC_WINNT_AUTH_IDENTITY_OPAQUE identity = identity_from(user, domain, password), back = NULL;
	BOOLEAN users, identities;
	char *bytes = NULL;
	ULONG size = 0;

	EXPECT_OK(SspiMarshalAuthIdentity(identity, &size, &bytes));
	EXPECT(size > 0 && bytes);
	EXPECT_OK(SspiUnmarshalAuthIdentity(size, bytes, &back));
	EXPECT_OK(SspiCompareAuthIdentities(identity, back, &users, &identities));
	EXPECT(users && identities);
	SspiLocalFree(bytes);
	SspiFreeAuthIdentity(back);
	SspiFreeAuthIdentity(identity);
}

FACT(failure, bytes_cut_short_are_no_identity,
     "page SspiUnmarshalAuthIdentity: the one that knows the size; header sspi.h, "
     "SEC_WINNT_AUTH_IDENTITY_EX2")
{
	PSEC_WINNT_AUTH_IDENTITY_OPAQUE identity = identity_from(user, domain, password), back = NULL;
	char *bytes = NULL;
	ULONG size = 0;

	EXPECT_OK(SspiMarshalAuthIdentity(identity, &size, &bytes));
	for (ULONG cut = 0; cut <= size / 2; cut++)
		EXPECT(SspiUnmarshalAuthIdentity(cut, bytes, &back) < 0);
	SspiLocalFree(bytes);
	SspiFreeAuthIdentity(identity);
}

FACT(failure, bytes_of_another_version_are_no_identity,
     "page SspiUnmarshalAuthIdentity; header sspi.h, SEC_WINNT_AUTH_IDENTITY_VERSION_2")
{
	PSEC_WINNT_AUTH_IDENTITY_OPAQUE identity = identity_from(user, domain, password), back = NULL;
	char *bytes = NULL;
	ULONG size = 0;

	EXPECT_OK(SspiMarshalAuthIdentity(identity, &size, &bytes));
	bytes[0] ^= 0x55;
	EXPECT(SspiUnmarshalAuthIdentity(size, bytes, &back) < 0);
	SspiLocalFree(bytes);
	SspiFreeAuthIdentity(identity);
}

/* --- Encryption in place */

FACT(behaviour, a_made_identity_is_not_encrypted, "page SspiIsAuthIdentityEncrypted")
{
	PSEC_WINNT_AUTH_IDENTITY_OPAQUE identity = identity_from(user, domain, password);

	EXPECT(!SspiIsAuthIdentityEncrypted(identity));
	SspiFreeAuthIdentity(identity);
}

/* Windows encrypts under secrets of its own, which other machines have not. */
FACT(state, an_identity_is_encrypted_and_decrypted_or_stays_as_it_is,
     "pages SspiEncryptAuthIdentity, SspiDecryptAuthIdentity; status SEC_E_UNSUPPORTED_FUNCTION")
{
	PSEC_WINNT_AUTH_IDENTITY_OPAQUE identity = identity_from(user, domain, password);
	SECURITY_STATUS status = SspiEncryptAuthIdentity(identity);
	struct texts texts;

	EXPECT_EITHER(status, SEC_E_OK, SEC_E_UNSUPPORTED_FUNCTION);
	EXPECT_NUMBER(!!SspiIsAuthIdentityEncrypted(identity), status == SEC_E_OK);
	EXPECT_STATUS(SspiDecryptAuthIdentity(identity), status);
	EXPECT(!SspiIsAuthIdentityEncrypted(identity));
	texts = texts_of(identity);
	EXPECT(same(texts.password, password));
	free_texts(&texts);
	SspiFreeAuthIdentity(identity);
}

static SEC_WINNT_AUTH_IDENTITY_W encrypted(void)
{
	static unsigned short bytes[16];
	SEC_WINNT_AUTH_IDENTITY_W identity = { 0 };

	identity.User = identity.Password = bytes;
	identity.UserLength = identity.PasswordLength = COUNT_OF(bytes);
	identity.Flags = SEC_WINNT_AUTH_IDENTITY_UNICODE | SEC_WINNT_AUTH_IDENTITY_FLAGS_PROCESS_ENCRYPTED;
	return identity;
}

FACT(behaviour, an_identity_is_encrypted_by_its_flags,
     "page SspiIsAuthIdentityEncrypted; page SEC_WINNT_AUTH_IDENTITY, Flags")
{
	SEC_WINNT_AUTH_IDENTITY_W identity = encrypted();

	EXPECT(SspiIsAuthIdentityEncrypted(&identity));
}

FACT(failure, an_encrypted_identity_gives_no_texts,
     "page SspiEncodeAuthIdentityAsStrings: STATUS_INVALID_PARAMETER")
{
	SEC_WINNT_AUTH_IDENTITY_W identity = encrypted();
	struct texts texts = { 0 };

	EXPECT_NUMBER((uint32_t)SspiEncodeAuthIdentityAsStrings(&identity, &texts.user, &texts.domain,
								&texts.password),
		      0xC000000D);
}

/* --- Names */

FACT(behaviour, a_package_can_be_excluded, "page SspiExcludePackage: a new identity, the old one stays")
{
	PSEC_WINNT_AUTH_IDENTITY_OPAQUE identity = identity_from(user, domain, password), without = NULL;
	struct texts texts;

	EXPECT_OK(SspiExcludePackage(identity, u"NTLM", &without));
	EXPECT(without && without != identity);
	texts = texts_of(without);
	EXPECT(same(texts.user, user));
	free_texts(&texts);
	SspiFreeAuthIdentity(without);
	SspiFreeAuthIdentity(identity);
}

static void host_of(wide target, wide wanted)
{
	SEC_WCHAR *host = NULL;

	EXPECT_OK(SspiGetTargetHostName(target, &host));
	EXPECT(same(host, wanted));
	SspiLocalFree(host);
}

FACT(behaviour, the_host_of_a_service_principal_name_is_its_second_part, "page SspiGetTargetHostName")
{
	host_of(u"TERMSRV/server.test", u"server.test");
}

FACT(behaviour, the_host_of_a_name_has_no_port,
     "page SspiGetTargetHostName; page Name Formats for Unique SPNs")
{
	host_of(u"HTTP/server.test:8080", u"server.test");
}

FACT(behaviour, credentials_are_written_under_their_target, "page SspiPrepareForCredWrite")
{
	PSEC_WINNT_AUTH_IDENTITY_OPAQUE identity = identity_from(user, domain, password);
	wide target = NULL, name = NULL;
	unsigned char *blob = NULL;
	ULONG type = 0, size = 0;

	EXPECT_OK(SspiPrepareForCredWrite(identity, u"server.test", &type, &target, &name, &blob, &size));
	EXPECT(target && name && size > 0 && blob);
	EXPECT(same(target, u"server.test"));
	SspiLocalFree((void *)(uintptr_t)target);
	SspiLocalFree((void *)(uintptr_t)name);
	SspiLocalFree(blob);
	SspiFreeAuthIdentity(identity);
}

FACT(behaviour, credentials_are_read_under_their_target, "page SspiPrepareForCredRead")
{
	PSEC_WINNT_AUTH_IDENTITY_OPAQUE identity = identity_from(user, domain, password);
	wide target = NULL;
	ULONG type = 0;

	EXPECT_OK(SspiPrepareForCredRead(identity, u"server.test", &type, &target));
	EXPECT(type > 0 && same(target, u"server.test"));
	SspiLocalFree((void *)(uintptr_t)target);
	SspiFreeAuthIdentity(identity);
}
