/* opensspi account add|remove|list|check: the account file from which `accept` and libopensspi let people in. */
#include "options.h"
#include "password.h"
#include "status_name.h"
#include "text.h"
#include "verb.h"

#include <opensspi.h>
#include <stdio.h>

#define DEFAULT_FILE "/var/lib/opensspi/accounts"

enum { NAME_SIZE = 512 };

struct account {
	const char *file;
	bool json;
	char domain[NAME_SIZE];
	const char *user;
};

/* "[DOMAIN\]USER": what stands in front of the first backslash is the domain. */
static bool split_name(const char *name, struct account *account)
{
	const char *backslash = strchr(name, '\\');
	size_t size = backslash ? (size_t)(backslash - name) : 0;

	account->user = backslash ? backslash + 1 : name;
	if (size >= sizeof(account->domain) || !account->user[0])
		return false;
	memcpy(account->domain, name, size);
	account->domain[size] = '\0';
	return true;
}

/* What the library answered, as an exit status; the sentence goes to standard error. */
static enum exit_status conclude(const struct account *account, SECURITY_STATUS status, const char *reason)
{
	if (status == SEC_E_OK)
		return EXIT_DONE;
	complain("%s: %s", account->file, reason ? reason : status_name(status));
	switch (status) {
	case SEC_E_LOGON_DENIED:
		return EXIT_DENIED;
	case SEC_E_INVALID_TOKEN:
		return EXIT_USAGE;
	default:
		return EXIT_TROUBLE;
	}
}

/* --- The actions ------------------------------------------------------------------------------------------- */

static enum exit_status add(const struct account *account)
{
	CLEANUP(password_wipe) char password[PASSWORD_SIZE], again[PASSWORD_SIZE];
	const char *reason = NULL;
	SECURITY_STATUS status;

	if (!password_read("Password: ", password))
		return EXIT_USAGE;
	if (password_is_asked_for()) {
		if (!password_read("The same again: ", again))
			return EXIT_USAGE;
		if (strcmp(password, again) != 0) {
			complain("the two are not the same; nothing was changed");
			return EXIT_USAGE;
		}
	}
	status = OpensspiAccountSet(account->file, account->domain, account->user, password, &reason);
	return conclude(account, status, reason);
}

static enum exit_status check(const struct account *account)
{
	CLEANUP(password_wipe) char password[PASSWORD_SIZE];
	const char *reason = NULL;
	SECURITY_STATUS status;

	if (!password_read("Password: ", password))
		return EXIT_USAGE;
	status = OpensspiAccountCheck(account->file, account->domain, account->user, password, &reason);
	if (status == SEC_E_OK)
		(void)puts("this name and password log on");
	return conclude(account, status, reason);
}

static enum exit_status remove_account(const struct account *account)
{
	const char *reason = NULL;
	SECURITY_STATUS status =
		OpensspiAccountRemove(account->file, account->domain, account->user, &reason);

	return conclude(account, status, reason);
}

struct listing {
	struct byte_writer out;
	bool json;
};

static void write_account(void *argument, const char *domain, const char *user, const char *unusable)
{
	struct listing *listing = argument;
	struct byte_writer *out = &listing->out;

	if (listing->json) {
		json_open(out, '{');
		json_member(out, "domain", domain);
		json_member(out, "user", user);
		json_member(out, "unusable", unusable);
		json_close(out, '}');
		return;
	}
	if (out->size)
		text_say(out, "\n");
	if (domain[0]) {
		text_plain(out, domain);
		text_say(out, "\\");
	}
	text_plain(out, user);
	if (unusable) {
		text_say(out, "    cannot log on: ");
		text_say(out, unusable);
	}
}

static void wipe_listing(struct listing *listing)
{
	writer_wipe(&listing->out);
}

static enum exit_status list(const struct account *account)
{
	CLEANUP(wipe_listing) struct listing listing = { writer_growing(), account->json };
	const char *reason = NULL;
	SECURITY_STATUS status;

	if (account->json)
		json_open(&listing.out, '[');
	status = OpensspiAccountList(account->file, write_account, &listing, &reason);
	if (account->json)
		json_close(&listing.out, ']');
	if (status == SEC_E_OK && listing.out.size)
		print_line(&listing.out);
	return conclude(account, status, reason);
}

/* ----------------------------------------------------------------------------------------------------------- */

static const struct action {
	const char *name;
	bool takes_user;
	enum exit_status (*run)(const struct account *account);
} actions[] = {
	{ "add", true, add },
	{ "remove", true, remove_account },
	{ "list", false, list },
	{ "check", true, check },
};

static const struct action *find_action(const char *name)
{
	for (size_t i = 0; i < COUNT_OF(actions); i++)
		if (strcmp(actions[i].name, name) == 0)
			return &actions[i];
	return NULL;
}

enum exit_status account_verb(int count, char **words)
{
	struct account account = { .file = DEFAULT_FILE };
	const struct option options[] = {
		{ .name = "--file",
		  .argument = "FILE",
		  .text = &account.file,
		  .help = "the account file (" DEFAULT_FILE ")" },
		{ "--json", .help = "list: one array of objects", .set = &account.json },
	};
	const struct usage usage = {
		"account add|remove|check|list [--file FILE] [--json] [[DOMAIN\\]USER]", options,
		COUNT_OF(options), 2,
		"  add        makes the account or gives it a new password\n"
		"  remove     takes it out of the file\n"
		"  check      says whether this name and password would log on\n"
		"  list       names the accounts, and why one cannot log on\n\n"
		"Without a domain the account serves every domain. The password is asked for, or read as one "
		"line from\n"
		"standard input, never from the command line. Exit status: 0 done, 1 wrong words or a name "
		"or password that\n"
		"cannot be, 2 trouble with the file, 3 no such account or not its password."
	};
	const struct action *action;
	enum exit_status ended;
	size_t operands;

	if (!options_read(&usage, count, words, &operands, &ended))
		return ended;
	action = operands ? find_action(words[0]) : NULL;
	if (!action) {
		complain("account wants add, remove, check or list; usage: opensspi %s", usage.synopsis);
		return EXIT_USAGE;
	}
	if (operands != (action->takes_user ? 2 : 1) ||
	    (action->takes_user && !split_name(words[1], &account))) {
		complain("account %s %s; usage: opensspi %s", action->name,
			 action->takes_user ? "wants one [DOMAIN\\]USER" : "takes no user", usage.synopsis);
		return EXIT_USAGE;
	}
	return action->run(&account);
}
