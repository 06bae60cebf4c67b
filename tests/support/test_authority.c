#include "support/test_authority.h"

#include "base/utf16.h"
#include "crypto/digest.h"
#include "support/hex.h"

#include <pthread.h>

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

struct secret test_name(const char *text)
{
	struct slice name = u16(text);

	return (struct secret) { (uint8_t *)(uintptr_t)name.data, name.size };
}

static struct host_names in_domain, in_workgroup;
static pthread_once_t named_once = PTHREAD_ONCE_INIT;

static void name_hosts(void)
{
	in_domain = (struct host_names) {
		.netbios_computer = test_name("SERVER"),
		.netbios_domain = test_name("DOMAIN"),
		.dns_computer = test_name("server.domain.test"),
		.dns_domain = test_name("domain.test"),
	};
	in_workgroup = (struct host_names) {
		.netbios_computer = test_name("LONELY"),
		.netbios_domain = test_name("LONELY"),
		.dns_computer = test_name("lonely"),
	};
}

const struct host_names *test_host_names(void)
{
	(void)pthread_once(&named_once, name_hosts);
	return &in_domain;
}

const struct host_names *test_workgroup_names(void)
{
	(void)pthread_once(&named_once, name_hosts);
	return &in_workgroup;
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

	names.netbios_computer = names.netbios_domain = names.dns_computer = names.dns_domain =
		test_name(test_long_name());
	return &names;
}
