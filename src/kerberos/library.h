/* MIT's objects behind CLEANUP, and its texts. */
#ifndef OPENSSPI_KERBEROS_LIBRARY_H
#define OPENSSPI_KERBEROS_LIBRARY_H

#include "base/byte_writer.h"
#include "base/slice.h"

#include <gssapi/gssapi.h>
#include <krb5.h>

void library_release_buffer(gss_buffer_t buffer);
void library_release_name(gss_name_t *name);
void library_free_context(krb5_context *context);

/* An object of the krb5 library goes back to the context that it came from. */
struct library_principal {
	krb5_context context;
	krb5_principal value;
};
void library_free_principal(struct library_principal *principal);

static inline gss_buffer_desc library_buffer(struct slice bytes)
{
	return (gss_buffer_desc) { bytes.size, (void *)(uintptr_t)bytes.data };
}

static inline struct slice library_slice(const gss_buffer_desc *buffer)
{
	return slice_of(buffer->value, buffer->length);
}

static inline struct slice library_text(const krb5_data *data)
{
	return slice_of(data->data, data->length);
}

#endif
