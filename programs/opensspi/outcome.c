#include "outcome.h"

#include "base/compiler.h"
#include "base/slice.h"
#include "status_name.h"

static const struct {
	const char *word, *sentence;
	SECURITY_STATUS status;
	enum exit_status exit_status;
} ends[] = { [INITIATION_BY_LIBRARY] = { 0 },
#define END_ROW(name, word, status, exit_status, sentence) \
	[INITIATION_##name] = { word, sentence, status, exit_status },
	     INITIATION_END_LIST(END_ROW)
#undef END_ROW
};

static const char *const meanings[] = {
	[EXIT_DONE] = "logged-on", [EXIT_USAGE] = "usage",         [EXIT_TROUBLE] = "network",
	[EXIT_DENIED] = "refused", [EXIT_UNTRUSTED] = "untrusted", [EXIT_PROTOCOL] = "protocol",
};

/* The library's words that are not a broken protocol, which is all the rest. */
static const struct {
	const char *word;
	enum exit_status exit_status;
} words[] = {
	{ "bad-target", EXIT_USAGE },
	{ "out-of-memory", EXIT_TROUBLE },
	{ "no-random", EXIT_TROUBLE },
	{ "no-clock", EXIT_TROUBLE },
	{ "crypto-failed", EXIT_TROUBLE },
	{ "peer-error-code", EXIT_DENIED },
	{ "negotiation-rejected", EXIT_DENIED },
	/* Kerberos: of the KDC, or of a server that could not take the ticket. */
	{ "kerberos-no-service", EXIT_USAGE },
	{ "kerberos-no-kdc", EXIT_TROUBLE },
	{ "kdc-proxy-untrusted", EXIT_TROUBLE },
	{ "kdc-proxy-refused", EXIT_TROUBLE },
	{ "kerberos-files", EXIT_TROUBLE },
	{ "wrong-password", EXIT_DENIED },
	{ "unknown-user", EXIT_DENIED },
	{ "account-disabled", EXIT_DENIED },
	{ "account-expired", EXIT_DENIED },
	{ "account-locked", EXIT_DENIED },
	{ "account-restricted", EXIT_DENIED },
	{ "password-expired", EXIT_DENIED },
	{ "kerberos-no-ticket", EXIT_DENIED },
	{ "kerberos-ticket-expired", EXIT_DENIED },
	{ "kerberos-skew", EXIT_DENIED },
	{ "kerberos-no-key", EXIT_DENIED },
	{ "kerberos-key-version", EXIT_DENIED },
	{ "kerberos-wrong-key", EXIT_DENIED },
	{ "kerberos-encryption", EXIT_DENIED },
	{ "kerberos-refused", EXIT_DENIED },
	{ "kerberos-replay", EXIT_DENIED },
	{ "kerberos-other-service", EXIT_DENIED },
	/* The certificate, the version and the proof. Of what a server sends only that is sealed. */
	{ "kerberos-not-mutual", EXIT_UNTRUSTED },
	{ "server-not-proved", EXIT_UNTRUSTED },
	{ "server-untrusted", EXIT_UNTRUSTED },
	{ "server-name", EXIT_UNTRUSTED },
	{ "server-expired", EXIT_UNTRUSTED },
	{ "credssp-version-refused", EXIT_UNTRUSTED },
	{ "key-binding-wrong", EXIT_UNTRUSTED },
	{ "key-binding-missing", EXIT_UNTRUSTED },
	{ "message-altered", EXIT_UNTRUSTED },
	{ "wrong-sequence-number", EXIT_UNTRUSTED },
	{ "mech-list-mic-missing", EXIT_UNTRUSTED },
	{ "mech-list-mic-wrong", EXIT_UNTRUSTED },
	{ "delegation-ntlm-only", EXIT_UNTRUSTED },
};

static bool is_word(const char *word, const char *other)
{
	return slice_equal(slice_of(word, strlen(word)), slice_of(other, strlen(other)));
}

/*
 * An alert (MS-RDPBCGR 5.4.5.2.2) or an RDP PDU in answer to who logs on is a refusal; before, the server is out of
 * order.
 */
static bool may_be_refusal(const char *word)
{
	return is_word(word, "tls-alert") || is_word(word, "no-ts-request");
}

static enum exit_status judge(const struct initiation *initiation, const OPENSSPI_DESCRIPTION *known,
			      const char *word)
{
	if (initiation->status == SEC_E_OK)
		return EXIT_DONE;
	if (initiation->status == SEC_E_LOGON_DENIED && is_word(word, "tls-alert"))
		return EXIT_DENIED;
	if (may_be_refusal(word) && initiation_has_answered(initiation, known))
		return EXIT_DENIED;
	for (size_t i = 0; i < COUNT_OF(words); i++)
		if (is_word(words[i].word, word))
			return words[i].exit_status;
	return EXIT_PROTOCOL;
}

static struct outcome of_library(const struct initiation *initiation, const OPENSSPI_DESCRIPTION *known)
{
	const char *word = known && known->Reason ? known->Reason : "out-of-memory";

	return (struct outcome) {
		.exit_status = judge(initiation, known, word),
		.status = status_name(initiation->status),
		.word = word,
		.sentence = known && known->Sentence ? known->Sentence : "no memory was left",
	};
}

static struct outcome of_end(const struct initiation *initiation, enum initiation_end end)
{
	const char *last = initiation->has_status ? status_name(initiation->status) : NULL;

	return (struct outcome) {
		.exit_status = ends[end].exit_status,
		.status = ends[end].status == SEC_I_CONTINUE_NEEDED ? last : status_name(ends[end].status),
		.word = ends[end].word,
		.sentence = ends[end].sentence,
	};
}

/* In good order, by TLS, or in none. */
static bool is_closed(const struct initiation *initiation, const OPENSSPI_DESCRIPTION *known)
{
	if (initiation->end != INITIATION_BY_LIBRARY)
		return initiation->end == INITIATION_CLOSED;
	return known && known->Reason &&
	       (is_word(known->Reason, "tls-closed") || is_word(known->Reason, "peer-closed"));
}

/* A server that ends the connection before it has heard who logs on is out of order; afterwards that is its answer. */
struct outcome outcome_of(const struct initiation *initiation, const OPENSSPI_DESCRIPTION *known)
{
	enum initiation_end end = initiation->end;
	struct outcome outcome;

	if (is_closed(initiation, known))
		end = initiation_has_answered(initiation, known) ? INITIATION_CLOSED_AFTER_ANSWER
								 : INITIATION_CLOSED;
	outcome = end == INITIATION_BY_LIBRARY ? of_library(initiation, known) : of_end(initiation, end);
	outcome.meaning = meanings[outcome.exit_status];
	return outcome;
}
