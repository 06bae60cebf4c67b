#include "sspi/callback_authority.h"

#include "base/memory.h"
#include "base/trace.h"
#include "base/utf16.h"
#include "crypto/digest.h"

struct callback_authority {
	struct authority base;
	OPENSSPI_NTLM_CALLBACK *ntlm;
	OPENSSPI_PASSWORD_CALLBACK *password; /* may be NULL */
	void *argument;
	void (*free_argument)(void *argument); /* may be NULL */
	const struct host_names *names;
};

/* NTLM's fields are at most 64 KiB long. */
static bool fits(struct slice bytes)
{
	return bytes.size <= UINT32_MAX;
}

static void verdict_wipe(OPENSSPI_NTLM_VERDICT *verdict)
{
	memory_wipe(verdict, sizeof(*verdict));
}

/* A key of zeros is one that the callback forgot; anybody could sign with it. */
static bool has_session_key(const OPENSSPI_NTLM_VERDICT *verdict)
{
	static const uint8_t zeros[NTLM_KEY_SIZE];

	return !crypto_equal(slice_of(verdict->SessionKey, NTLM_KEY_SIZE), slice_of(zeros, sizeof(zeros)));
}

/* Callbacks may return what OpensspiNtlmAnswer returned: a refusal there is a refusal, the rest are failures. */
static enum reason judge(SECURITY_STATUS returned, const OPENSSPI_NTLM_VERDICT *verdict)
{
	if (returned == SEC_E_LOGON_DENIED)
		return REASON_AUTHORITY_REFUSED;
	if (returned == SEC_E_INSUFFICIENT_MEMORY)
		return REASON_OUT_OF_MEMORY;
	if (returned != SEC_E_OK)
		return REASON_AUTHORITY_FAILED;
	if (verdict->Status != SEC_E_OK)
		return REASON_AUTHORITY_REFUSED;
	return has_session_key(verdict) ? REASON_OK : REASON_AUTHORITY_FAILED;
}

/* The program knows no other spelling than the client's. */
static enum reason name_account(const struct callback_authority *authority,
				const struct ntlm_question *question, struct account *account)
{
	struct slice user = utf16_without_nuls(question->user), domain = utf16_without_nuls(question->domain);

	if (!secret_copy(&account->user, user) || !secret_copy(&account->domain, domain))
		return REASON_OUT_OF_MEMORY;
	account->local = domain_is_this_machine(domain, authority->names);
	account->authority = authority->base.class->name;
	return REASON_OK;
}

/* MS-ERREF 2.3: the two top bits are the severity. A refused peer must never read success. */
static uint32_t error_or_none(uint32_t ntstatus)
{
	return ntstatus >> 30 == 3 ? ntstatus : 0;
}

static void ask_ntlm(struct authority *base, const struct ntlm_question *question, struct ntlm_answer *answer)
{
	const struct callback_authority *authority = (const struct callback_authority *)base;
	OPENSSPI_NTLM_QUESTION asked = {
		.Size = sizeof(asked),
		.User = question->user.data,
		.UserSize = (uint32_t)question->user.size,
		.Domain = question->domain.data,
		.DomainSize = (uint32_t)question->domain.size,
		.Response = question->response.data,
		.ResponseSize = (uint32_t)question->response.size,
	};
	CLEANUP(verdict_wipe)
	OPENSSPI_NTLM_VERDICT verdict = { .Size = sizeof(verdict), .Status = SEC_E_LOGON_DENIED };
	SECURITY_STATUS returned;

	if (!fits(question->user) || !fits(question->domain) || !fits(question->response))
		return; /* the answer was a refusal from the start */
	memcpy(asked.ServerChallenge, question->challenge, sizeof(asked.ServerChallenge));
	returned = authority->ntlm(authority->argument, &asked, &verdict);
	answer->verdict = judge(returned, &verdict);
	trace("callback", answer->verdict, "the NTLM callback returned %08x with the verdict %08x",
	      (unsigned)returned, (unsigned)verdict.Status);
	if (answer->verdict == REASON_OK)
		answer->verdict = name_account(authority, question, &answer->account);
	if (answer->verdict == REASON_OK)
		memcpy(answer->session_base_key, verdict.SessionKey, sizeof(answer->session_base_key));
	else
		answer->ntstatus = error_or_none(verdict.NtStatus);
}

static enum reason check_delegated(struct authority *base, const struct delegated_question *question)
{
	const struct callback_authority *authority = (const struct callback_authority *)base;
	struct slice user = secret_slice(&question->account->user),
		     domain = secret_slice(&question->account->domain);
	SECURITY_STATUS returned;

	if (!same_user(question, authority->names))
		return REASON_NOT_THE_SAME_USER;
	if (!authority->password)
		return REASON_OK;
	if (!fits(question->password))
		return REASON_DELEGATED_PASSWORD_WRONG;
	returned = authority->password(authority->argument, user.data, (uint32_t)user.size, domain.data,
				       (uint32_t)domain.size, question->password.data,
				       (uint32_t)question->password.size);
	trace("callback", returned == SEC_E_OK ? REASON_OK : REASON_DELEGATED_PASSWORD_WRONG,
	      "the password callback returned %08x", (unsigned)returned);
	return returned == SEC_E_OK ? REASON_OK : REASON_DELEGATED_PASSWORD_WRONG;
}

static void free_authority(struct authority *base)
{
	struct callback_authority *authority = (struct callback_authority *)base;

	if (authority->free_argument)
		authority->free_argument(authority->argument);
	memory_free(authority);
}

static const struct authority_class callback_class = {
	.name = "callback",
	.ask_ntlm = ask_ntlm,
	.check_delegated = check_delegated,
	.free = free_authority,
};

struct authority *callback_authority_new(const OPENSSPI_OPTIONS *options, const struct host_names *names)
{
	struct callback_authority *authority = memory_allocate(sizeof(*authority));

	if (!authority)
		return NULL;
	*authority = (struct callback_authority) {
		.base.class = &callback_class,
		.ntlm = options->NtlmCallback,
		.password = options->PasswordCallback,
		.argument = options->CallbackArgument,
		.free_argument = options->CallbackFree,
		.names = names,
	};
	return &authority->base;
}
