#include "kerberos/kdc_places.h"

#include "base/trace.h"
#include "kerberos/kdc_dns.h"

#include <profile.h>

#define STEP "KDC"

static void release_profile(profile_t *profile)
{
	if (*profile)
		profile_release(*profile);
}

static void free_values(char ***values)
{
	if (*values)
		profile_free_list(*values);
}

/* For want of memory MIT's profile_get_values leaves a value out, and says nothing. */
static bool is_missing(profile_t profile, const char *realm, const char *name)
{
	char *value = NULL;
	bool missing = !profile_get_string(profile, "realms", realm, name, NULL, &value) && !value;

	profile_release_string(value);
	return missing;
}

/* A list that ends with NULL; NULL: there is none. False: it cannot be read. */
static bool read_values(krb5_context krb5, const char *realm, const char *name, char ***values)
{
	CLEANUP(release_profile) profile_t profile = NULL;
	const char *names[] = { "realms", realm, name, NULL };
	long code;

	*values = NULL;
	if (krb5_get_profile(krb5, &profile))
		return false;
	code = profile_get_values(profile, names, values);
	return code == PROF_NO_SECTION || code == PROF_NO_RELATION ? is_missing(profile, realm, name) : !code;
}

bool kdc_places_setting(krb5_context krb5, const char *realm, const char *name, char *value, size_t room)
{
	CLEANUP(free_values) char **values = NULL;

	value[0] = 0;
	if (!read_values(krb5, realm, name, &values))
		return false;
	if (!values || !values[0])
		return true;
	if (values[1] || strlen(values[0]) >= room)
		return false;
	memcpy(value, values[0], strlen(values[0]) + 1);
	return true;
}

/* Both names are MIT's; without either DNS is asked. */
static bool may_ask_dns(krb5_context krb5)
{
	CLEANUP(release_profile) profile_t profile = NULL;
	int usual = 1, wanted = 0;

	return !krb5_get_profile(krb5, &profile) &&
	       !profile_get_boolean(profile, "libdefaults", "dns_fallback", NULL, usual, &usual) &&
	       !profile_get_boolean(profile, "libdefaults", "dns_lookup_kdc", NULL, usual, &wanted) && wanted;
}

bool kdc_places_add(struct kdc_places *places, const struct kdc_place *place)
{
	if (places->count == KDC_PLACES_MAX)
		return false;
	places->list[places->count++] = *place;
	return true;
}

static void add_configured(char *const *values, struct kdc_places *places)
{
	struct kdc_place place;

	for (; *values; values++)
		if (!kdc_place_read(*values, &place))
			trace(STEP, REASON_KERBEROS_NO_KDC, "%s is no KDC by TCP, and no proxy", *values);
		else if (!kdc_places_add(places, &place))
			return;
}

static void find_kdcs(krb5_context krb5, const char *realm, const struct kdc_search *search,
		      struct kdc_places *places)
{
	CLEANUP(free_values) char **values = NULL;

	if (!read_values(krb5, realm, "kdc", &values))
		trace(STEP, REASON_KERBEROS_NO_KDC, "krb5.conf cannot be read");
	else if (values && values[0])
		add_configured(values, places);
	else if (may_ask_dns(krb5))
		kdc_dns_find(realm, search->deadline, places);
	else
		trace(STEP, REASON_KERBEROS_NO_KDC, "krb5.conf names no KDC of the realm %s", realm);
}

void kdc_places_find(krb5_context krb5, const char *realm, const struct kdc_search *search,
		     struct kdc_places *places)
{
	places->count = 0;
	if (!search->proxy || !search->proxy->only)
		find_kdcs(krb5, realm, search, places);
	if (search->proxy && !kdc_places_add(places, &search->proxy->place))
		places->list[KDC_PLACES_MAX - 1] = search->proxy->place;
}
