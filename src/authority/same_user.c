#include "authority/authority.h"
#include "base/utf16.h"

struct names {
	struct slice user, domain;
};

typedef bool equal_function(struct slice, struct slice);

/* DOMAIN\user, in place of a user or beside the same domain. False: beside another one. */
static bool split(struct slice user, struct slice domain, struct names *names)
{
	struct slice whole = utf16_without_nuls(user), in_front;
	size_t length = utf16_length(whole), backslash = utf16_find(whole, '\\');

	*names = (struct names) { whole, utf16_without_nuls(domain) };
	if (backslash == length)
		return true;
	in_front = utf16_part(whole, 0, backslash);
	if (names->domain.size && !utf16_equal_folded(names->domain, in_front))
		return false;
	*names = (struct names) { utf16_part(whole, backslash + 1, length), in_front };
	return true;
}

static bool are_equal(const struct names *a, const struct names *b, equal_function *equal)
{
	return equal(a->user, b->user) && equal(a->domain, b->domain);
}

static bool is_name(struct slice domain, const struct secret *name)
{
	return name->size && utf16_equal_folded(domain, secret_slice(name));
}

bool domain_is_this_machine(struct slice domain, const struct host_names *names)
{
	static const uint8_t dot[] = { '.', 0 };

	return domain.size == 0 || slice_equal(domain, slice_of(dot, sizeof(dot))) ||
	       is_name(domain, &names->netbios_computer) || is_name(domain, &names->dns_computer);
}

/* A machine in no domain shows its own name in the domain's place; a DNS domain of it is none of accounts. */
static bool is_machines_domain(struct slice domain, const struct host_names *names)
{
	bool member = !utf16_equal_folded(secret_slice(&names->netbios_domain),
					  secret_slice(&names->netbios_computer));

	return member && (is_name(domain, &names->netbios_domain) || is_name(domain, &names->dns_domain));
}

static bool is_domain_of(const struct account *account, struct slice domain, const struct host_names *names)
{
	struct slice own = secret_slice(&account->domain);

	if (utf16_equal_folded(domain, own))
		return true;
	if (account->local && domain_is_this_machine(domain, names))
		return true;
	return is_machines_domain(own, names) && is_machines_domain(domain, names);
}

/* A directory speaks for no account of this machine, nor, where another realm's, for one of this machine's domain. */
static bool may_name(const struct delegated_question *question, struct slice domain,
		     const struct host_names *names)
{
	return !domain_is_this_machine(domain, names) &&
	       (!is_machines_domain(domain, names) ||
		is_machines_domain(utf16_without_nuls(question->sent_domain), names));
}

/* As the directory itself names the user: whom a rule of this machine makes another account has these names as well. */
static bool is_user_of_directory(const struct delegated_question *question, const struct names *delegated,
				 const struct host_names *names)
{
	const struct directory_user *user = &question->account->directory;

	return is_name(delegated->user, &user->name) &&
	       (is_name(delegated->domain, &user->netbios_domain) ||
		is_name(delegated->domain, &user->dns_domain)) &&
	       may_name(question, delegated->domain, names);
}

/* Form (a). */
static bool has_the_names(const struct delegated_question *question, const struct names *delegated,
			  equal_function *equal)
{
	struct names sent,
		own = { secret_slice(&question->account->user), secret_slice(&question->account->domain) };

	if (are_equal(delegated, &own, equal))
		return true;
	return split(question->sent_user, question->sent_domain, &sent) && are_equal(delegated, &sent, equal);
}

/* Form (b). */
static bool has_the_user(const struct delegated_question *question, const struct names *delegated,
			 const struct host_names *names)
{
	const struct account *account = question->account;

	if (is_user_of_directory(question, delegated, names))
		return true;
	return utf16_equal_folded(delegated->user, secret_slice(&account->user)) &&
	       (delegated->domain.size == 0 || is_domain_of(account, delegated->domain, names));
}

/* Form (c). */
static bool has_the_upn(const struct delegated_question *question, const struct names *delegated,
			const struct host_names *names)
{
	size_t length = utf16_length(delegated->user), at = utf16_find_last(delegated->user, '@');
	struct names halves = { utf16_part(delegated->user, 0, at),
				utf16_part(delegated->user, at + 1, length) };

	if (delegated->domain.size || !halves.domain.size)
		return false;
	return (is_name(delegated->user, &question->account->directory.principal_name) &&
		may_name(question, halves.domain, names)) ||
	       has_the_user(question, &halves, names);
}

bool same_user(const struct delegated_question *question, const struct host_names *names)
{
	struct names delegated;

	if (!split(question->user, question->domain, &delegated) || delegated.user.size == 0)
		return false;
	return has_the_names(question, &delegated, utf16_equal_folded) ||
	       has_the_user(question, &delegated, names) || has_the_upn(question, &delegated, names);
}

bool same_user_exactly(const struct delegated_question *question)
{
	struct names delegated;

	return split(question->user, question->domain, &delegated) && delegated.user.size &&
	       has_the_names(question, &delegated, slice_equal);
}
