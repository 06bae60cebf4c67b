#include "verdict.h"

#include "base/compiler.h"
#include "status_name.h"
#include "text.h"

static const struct end_row {
	const char *word, *sentence;
	SECURITY_STATUS status;
} ends[] = { [END_BY_LIBRARY] = { 0 },
#define END_ROW(name, word, status, sentence) [END_##name] = { word, sentence, status },
	     END_LIST(END_ROW)
#undef END_ROW
};

static const OPENSSPI_DESCRIPTION nothing_known;

static const OPENSSPI_DESCRIPTION *description_of(const struct verdict *verdict)
{
	return verdict->description ? verdict->description : &nothing_known;
}

/* NULL: AcceptSecurityContext was never called. */
static const char *status_of(const struct verdict *verdict)
{
	if (verdict->end != END_BY_LIBRARY && ends[verdict->end].status != SEC_I_CONTINUE_NEEDED)
		return status_name(ends[verdict->end].status);
	return verdict->has_status ? status_name(verdict->status) : NULL;
}

static const char *word_of(const struct verdict *verdict)
{
	return verdict->end == END_BY_LIBRARY ? description_of(verdict)->Reason : ends[verdict->end].word;
}

/* Who authenticates: CREDSSP and Negotiate themselves never do. */
static const char *package_of(const struct verdict *verdict)
{
	const OPENSSPI_DESCRIPTION *known = description_of(verdict);
	bool has_inner = known->Package && (strcmp(known->Package, CREDSSP_NAME_A) == 0 ||
					    strcmp(known->Package, NEGOSSP_NAME_A) == 0);

	return has_inner ? known->InnerPackage : known->Package;
}

static bool is_granted(const struct verdict *verdict)
{
	return verdict->end == END_BY_LIBRARY && verdict->has_status && verdict->status == SEC_E_OK;
}

/* NULL: it did not come to that. */
static const char *credentials_of(const struct verdict *verdict)
{
	if (!is_granted(verdict))
		return NULL;
	switch (description_of(verdict)->Delegated) {
	case OpensspiDelegatedPassword:
		return "password";
	case OpensspiDelegatedSmartCard:
		return "smart-card";
	case OpensspiDelegatedRemoteGuard:
		return "remote-guard";
	case OpensspiDelegatedNone:
		break;
	}
	return "none";
}

static void write_group_sids(struct byte_writer *out, const OPENSSPI_TOKEN *token)
{
	if (!token || !token->GroupSidCount) {
		json_member(out, "group_sids", NULL);
		return;
	}
	json_name(out, "group_sids");
	json_open(out, '[');
	for (uint32_t i = 0; i < token->GroupSidCount; i++)
		json_string(out, token->GroupSids[i]);
	json_close(out, ']');
}

void verdict_write_json(struct byte_writer *out, const struct verdict *verdict)
{
	const OPENSSPI_DESCRIPTION *known = description_of(verdict);

	json_open(out, '{');
	json_member(out, "peer", verdict->peer);
	json_member(out, "status", status_of(verdict));
	json_member(out, "reason", word_of(verdict));
	json_member(out, "package", package_of(verdict));
	json_member(out, "user", known->User);
	json_member(out, "domain", known->Domain);
	json_member(out, "user_sid", verdict->token ? verdict->token->UserSid : NULL);
	write_group_sids(out, verdict->token);
	json_name(out, "credssp_version");
	if (known->CredSspVersion)
		json_number(out, known->CredSspVersion);
	else
		json_string(out, NULL);
	json_member(out, "tls", known->TlsVersion);
	json_member(out, "credentials", credentials_of(verdict));
	json_member(out, "delegated_user", is_granted(verdict) ? known->DelegatedUser : NULL);
	json_name(out, "server_cpu_us");
	json_number(out, verdict->cpu_microseconds);
	json_close(out, '}');
}

static void write_account(struct byte_writer *out, const char *domain, const char *user)
{
	if (domain && domain[0]) {
		text_plain(out, domain);
		text_say(out, "\\");
	}
	text_plain(out, user ? user : "somebody unnamed");
}

/* "over CredSSP 6 and TLS 1.3" */
static void write_channel(struct byte_writer *out, const OPENSSPI_DESCRIPTION *known)
{
	if (!known->CredSspVersion)
		return;
	text_say(out, " over CredSSP ");
	text_number(out, known->CredSspVersion);
	if (known->TlsVersion) {
		text_say(out, " and TLS ");
		text_say(out, known->TlsVersion);
	}
}

static void write_granted(struct byte_writer *out, const struct verdict *verdict)
{
	const OPENSSPI_DESCRIPTION *known = description_of(verdict);
	const char *package = package_of(verdict);

	text_say(out, " logged on as ");
	write_account(out, known->Domain, known->User);
	text_say(out, " by ");
	text_say(out, package ? package : "an unknown package");
	write_channel(out, known);
	if (known->Delegated == OpensspiDelegatedNone)
		return;
	text_say(out, ", and delegated the ");
	text_say(out, credentials_of(verdict));
	if (known->DelegatedUser) {
		text_say(out, " of ");
		write_account(out, known->DelegatedDomain, known->DelegatedUser);
	}
}

static void write_refused(struct byte_writer *out, const struct verdict *verdict)
{
	const OPENSSPI_DESCRIPTION *known = description_of(verdict);
	const char *sentence = verdict->end == END_BY_LIBRARY ? known->Sentence : ends[verdict->end].sentence;
	const char *status = status_of(verdict), *word = word_of(verdict);

	text_say(out, " is not logged on: ");
	text_say(out, sentence ? sentence : "the library refused it without a reason");
	text_say(out, " (");
	text_say(out, word ? word : "no reason");
	if (status) {
		text_say(out, ", ");
		text_say(out, status);
	}
	text_say(out, ")");
}

void verdict_write_plain(struct byte_writer *out, const struct verdict *verdict)
{
	text_say(out, verdict->peer);
	if (is_granted(verdict))
		write_granted(out, verdict);
	else
		write_refused(out, verdict);
	text_say(out, "; ");
	text_number(out, verdict->cpu_microseconds);
	text_say(out, " us of processor time");
}
