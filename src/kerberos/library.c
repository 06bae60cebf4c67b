#include "kerberos/library.h"

void library_release_buffer(gss_buffer_t buffer)
{
	OM_uint32 minor;

	(void)gss_release_buffer(&minor, buffer);
}

void library_release_name(gss_name_t *name)
{
	OM_uint32 minor;

	(void)gss_release_name(&minor, name);
}

void library_free_context(krb5_context *context)
{
	if (*context)
		krb5_free_context(*context);
	*context = NULL;
}

void library_free_principal(struct library_principal *principal)
{
	if (principal->value)
		krb5_free_principal(principal->context, principal->value);
	principal->value = NULL;
}
