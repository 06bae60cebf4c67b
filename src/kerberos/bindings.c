#include "kerberos/bindings.h"

#include "base/byte_reader.h"
#include "kerberos/library.h"

static bool read_part(struct byte_reader *in, gss_buffer_desc *part)
{
	uint32_t size;
	struct slice bytes;

	if (!reader_u32le(in, &size) || !reader_take(in, size, &bytes))
		return false;
	*part = library_buffer(bytes);
	return true;
}

bool bindings_read(struct slice form, struct gss_channel_bindings_struct *bindings)
{
	struct byte_reader in = reader_of(form);

	return reader_u32le(&in, &bindings->initiator_addrtype) &&
	       read_part(&in, &bindings->initiator_address) &&
	       reader_u32le(&in, &bindings->acceptor_addrtype) &&
	       read_part(&in, &bindings->acceptor_address) && read_part(&in, &bindings->application_data) &&
	       reader_empty(&in);
}
