#include "support/test_authority.h"

#include "base/utf16.h"
#include "crypto/digest.h"
#include "support/hex.h"

static bool knows(const struct test_authority *authority, const struct ntlm_question *question)
{
	return utf16_equal_folded(question->user, authority->user) &&
	       (authority->domain.size == 0 || utf16_equal_folded(question->domain, authority->domain));
}

static enum reason judge(const struct test_authority *authority, const struct ntlm_question *question,
			 struct ntlm_answer *answer)
{
	if (authority->verdict != REASON_OK)
		return authority->verdict;
	if (!knows(authority, question))
		return REASON_UNKNOWN_USER;
	switch (ntlm_check_response(authority->nt_hash, question->user, question->domain, question->challenge,
				    question->response, answer->session_base_key)) {
	case NTLM_RESPONSE_RIGHT:
		break;
	case NTLM_RESPONSE_WRONG:
		return REASON_WRONG_PASSWORD;
	default:
		return REASON_OUT_OF_MEMORY;
	}
	answer->account.authority = authority->base.class->name;
	answer->account.local = authority->domain.size == 0;
	return secret_copy(&answer->account.user, authority->user) &&
			       secret_copy(&answer->account.domain, authority->domain)
		       ? REASON_OK
		       : REASON_OUT_OF_MEMORY;
}

static void ask_ntlm(struct authority *base, const struct ntlm_question *question, struct ntlm_answer *answer)
{
	struct test_authority *authority = (struct test_authority *)base;

	authority->asked++;
	answer->verdict = judge(authority, question, answer);
	answer->ntstatus = answer->verdict == REASON_OK ? 0 : authority->ntstatus;
}

/* The plain case only; who is the same user is the business of src/authority and its tests. */
static enum reason check_delegated(struct authority *base, const struct delegated_question *question)
{
	struct test_authority *authority = (struct test_authority *)base;
	uint8_t hash[NT_HASH_SIZE];

	authority->asked_delegated++;
	if (authority->delegated_verdict != REASON_OK)
		return authority->delegated_verdict;
	if (!utf16_equal_folded(question->user, secret_slice(&question->account->user)) ||
	    !(question->domain.size == 0 || utf16_equal_folded(question->domain, question->sent_domain)))
		return REASON_NOT_THE_SAME_USER;
	ntlm_nt_hash(question->password, hash);
	return crypto_equal(slice_of(hash, sizeof(hash)), slice_of(authority->nt_hash, NT_HASH_SIZE))
		       ? REASON_OK
		       : REASON_DELEGATED_PASSWORD_WRONG;
}

/* It lies on a test's stack. */
static void free_nothing(struct authority *base)
{
	(void)base;
}

struct test_authority test_authority_of(const char *user, const char *domain, const char *password)
{
	static const struct authority_class test_class = {
		.name = "test",
		.ask_ntlm = ask_ntlm,
		.check_delegated = check_delegated,
		.free = free_nothing,
	};
	struct test_authority authority = {
		.base.class = &test_class,
		.user = u16(user),
		.domain = u16(domain),
	};

	ntlm_nt_hash(u16(password), authority.nt_hash);
	return authority;
}

/* UTF-16LE on the compiler's side; the tests run on little-endian machines. */
#define NAME(text) \
	{ \
		(uint8_t *)(uintptr_t)(u"" text), sizeof(u"" text) - sizeof(u"") \
	}

const struct host_names *test_host_names(void)
{
	static const struct host_names names = {
		.netbios_computer = NAME("SERVER"),
		.netbios_domain = NAME("DOMAIN"),
		.dns_computer = NAME("server.domain.test"),
		.dns_domain = NAME("domain.test"),
	};

	return &names;
}

const struct host_names *test_workgroup_names(void)
{
	static const struct host_names names = {
		.netbios_computer = NAME("LONELY"),
		.netbios_domain = NAME("LONELY"),
		.dns_computer = NAME("lonely"),
	};

	return &names;
}

const char *test_long_name(void)
{
	static char name[600 + 1];

	memset(name, 'x', sizeof(name) - 1);
	return name;
}

const struct host_names *test_long_host_names(void)
{
	static struct host_names names;
	struct slice name = u16(test_long_name());

	names.netbios_computer = names.netbios_domain = names.dns_computer = names.dns_domain =
		(struct secret) { (uint8_t *)(uintptr_t)name.data, name.size };
	return &names;
}
