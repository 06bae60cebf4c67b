/* What MIT would ask KDCs by itself goes through kdc_ask, within our time. */
#ifndef OPENSSPI_KERBEROS_KDC_HOOK_H
#define OPENSSPI_KERBEROS_KDC_HOOK_H

#include "kerberos/kdc.h"

struct kdc_hook {
	krb5_context krb5;
	struct kdc_search *search;
	enum reason reason; /* of the last question that had no answer */
};

/* `hook` holds krb5 and search, and stays where it is until kdc_hook_end. */
void kdc_hook_begin(struct kdc_hook *hook);
/* What became of MIT's call between the two, which gave `code`: traced, if it failed. */
NODISCARD enum reason kdc_hook_end(const struct kdc_hook *hook, const char *step, krb5_error_code code);

/* kdc_ask with MIT's texts; `answer` is emptied first. */
NODISCARD enum reason kdc_ask_realm(krb5_context context, const krb5_data *realm, const krb5_data *request,
				    struct kdc_search *search, struct byte_writer *answer);

#endif
