#include "kerberos/kdc_hook.h"

#include "kerberos/failure.h"
#include "kerberos/library.h"

#include <errno.h>

enum reason kdc_ask_realm(krb5_context context, const krb5_data *realm, const krb5_data *request,
			  struct kdc_search *search, struct byte_writer *answer)
{
	LOCAL_WRITER(name);

	writer_bytes(&name, library_text(realm));
	writer_u8(&name, 0);
	writer_truncate(answer, 0);
	if (!writer_ok(&name) || !writer_ok(answer))
		return REASON_OUT_OF_MEMORY;
	return kdc_ask(context, (const char *)name.data, library_text(request), search, answer);
}

static krb5_error_code answer_for_mit(krb5_context context, void *data, const krb5_data *realm,
				      const krb5_data *request, krb5_data **other_request, krb5_data **reply)
{
	LOCAL_WRITER(answer);
	struct kdc_hook *hook = data;
	krb5_data copied;

	(void)other_request;
	hook->reason = kdc_ask_realm(context, realm, request, hook->search, &answer);
	if (hook->reason != REASON_OK)
		return hook->reason == REASON_OUT_OF_MEMORY ? ENOMEM : KRB5_KDC_UNREACH;
	copied = (krb5_data) { .data = (char *)answer.data, .length = (unsigned)answer.size };
	return krb5_copy_data(context, &copied, reply);
}

void kdc_hook_begin(struct kdc_hook *hook)
{
	hook->reason = REASON_OK;
	krb5_set_kdc_send_hook(hook->krb5, answer_for_mit, hook);
}

enum reason kdc_hook_end(const struct kdc_hook *hook, const char *step, krb5_error_code code)
{
	enum reason reason = hook->reason;

	krb5_set_kdc_send_hook(hook->krb5, NULL, NULL);
	if (!code)
		return REASON_OK;
	if (reason == REASON_OK)
		reason = kerberos_reason(code);
	kerberos_trace(step, reason, hook->krb5, code);
	return reason;
}
