/*
 * "Is this right, and who is that?" A package asks an authority; the authority gives a verdict, a session key and
 * facts, never a hash or a password (docs/decisions.md 4). A verdict starts as failure. An authority that cannot
 * answer refuses.
 */
#ifndef OPENSSPI_AUTHORITY_AUTHORITY_H
#define OPENSSPI_AUTHORITY_AUTHORITY_H

#include "base/byte_writer.h"
#include "base/compiler.h"
#include "base/reason.h"
#include "base/secret.h"
#include "base/slice.h"
#include "crypto/ntlm_v2.h"
#include "policy/policy.h"

/* What a directory says of one of its users. Text is UTF-16LE; what is not said is empty. */
struct directory_user {
	struct secret name, netbios_domain, dns_domain; /* the names that it has there */
	struct secret principal_name;                   /* its UPN */
	struct secret sid, group_sids; /* MS-DTYP 2.4.2.2; those of groups one behind the other */
};

/* Who somebody is, in the authority's own spelling. Text is UTF-16LE. */
struct account {
	struct secret user, domain; /* canonical; the domain is empty where the authority knows none */
	struct directory_user directory;
	bool local;     /* of this machine: `.` and the machine's names are its domain too */
	bool by_ticket; /* let in by a ticket: nobody here can tell whether a delegated password is its own */
	const char *authority; /* one of a few static words */
};

void directory_user_wipe(struct directory_user *user);
void account_wipe(struct account *account);
/* For another process of the same version. BAD_TOKEN: these bytes are no account; OUT_OF_MEMORY. */
void account_pack(const struct account *account, struct byte_writer *out);
NODISCARD enum reason account_unpack(struct byte_reader *in, struct account *account);

/* What an AUTHENTICATE_MESSAGE claims. Borrowed. */
struct ntlm_question {
	struct slice user, domain;
	uint8_t challenge[NTLM_CHALLENGE_SIZE];
	struct slice response; /* NtChallengeResponse, NTLMv2 */
};

struct ntlm_answer {
	enum reason verdict; /* REASON_OK or why not; start with ntlm_answer_start */
	uint32_t ntstatus;   /* for errorCode; 0: the reason's own */
	uint8_t session_base_key[NTLM_KEY_SIZE];
	struct account account; /* only with REASON_OK */
};

static inline struct ntlm_answer ntlm_answer_start(void)
{
	return (struct ntlm_answer) { .verdict = REASON_AUTHORITY_FAILED };
}

void ntlm_answer_wipe(struct ntlm_answer *answer);

/* The credentials a client delegates after it logged on (MS-CSSP 2.2.1.2.1). Borrowed. */
struct delegated_question {
	const struct account *account;       /* who logged on */
	struct slice sent_user, sent_domain; /* as the client spelt it when it logged on */
	struct slice user, domain, password; /* what it delegates */
};

struct authority;

/* The same by a ticket: kerberos/acceptance.h says what is in them. */
struct kerberos_question;
struct kerberos_answer;

struct authority_class {
	const char *name; /* one of a few static words */
	void (*ask_ntlm)(struct authority *, const struct ntlm_question *, struct ntlm_answer *);
	/* NULL: knows no tickets. */
	void (*ask_kerberos)(struct authority *, const struct kerberos_question *, struct kerberos_answer *);
	/*
	 * Whether the delegated names mean the same account and the password is its own, as far as this authority can
	 * tell (docs/decisions.md 5). The name rule itself is same_user's; an authority adds what it knows.
	 */
	enum reason (*check_delegated)(struct authority *, const struct delegated_question *);
	void (*free)(struct authority *);
};

/* First member of each authority's own struct. Shared by all contexts of a credential: the calls are thread-safe. */
struct authority {
	const struct authority_class *class;
};

static inline void authority_free(struct authority *authority)
{
	if (authority)
		authority->class->free(authority);
}

/* This machine's and domain's names, UTF-16LE: shown in a CHALLENGE, and the aliases of the same-user rule. */
struct host_names {
	struct secret netbios_computer, netbios_domain, dns_computer, dns_domain, dns_tree;
};

void host_names_wipe(struct host_names *names);

/*
 * The account file at `path`, read anew at each question, so nothing of it stays in memory and a change counts at
 * once. `names` must outlive the authority. NULL: no memory.
 */
struct authority *account_file_authority_new(const char *path, const struct policy *policy,
					     const struct host_names *names);

/* Whether it is a name of this machine as a domain of accounts: none, `.`, or its NetBIOS or DNS name. */
NODISCARD bool domain_is_this_machine(struct slice domain, const struct host_names *names);

/*
 * Whether the delegated names mean the account that logged on, by names alone (docs/accounts.md):
 * (a) the same names as at the logon, or the account's own; (b) its user, without a domain or with an alias of its
 * domain, or the names that a directory gives it; (c) user@domain of the same, or the directory's UPN.
 */
NODISCARD bool same_user(const struct delegated_question *question, const struct host_names *names);
/* For accounts that others differ from in case only: form (a), to the letter. */
NODISCARD bool same_user_exactly(const struct delegated_question *question);

#endif
