#include "credssp/ts_credentials.h"

#include "asn1/der_reader.h"
#include "asn1/der_writer.h"

static bool read_text(struct byte_reader *in, uint8_t tag, struct slice *text)
{
	return der_read_explicit_octets(in, tag, text) && text->size % 2 == 0;
}

static bool read_optional_text(struct byte_reader *in, uint8_t tag, struct slice *text)
{
	uint8_t found;

	return !der_peek(in, &found) || found != tag || read_text(in, tag, text);
}

static bool read_password_creds(struct byte_reader *in, struct ts_credentials *credentials)
{
	return read_text(in, DER_CONTEXT(0), &credentials->domain) &&
	       read_text(in, DER_CONTEXT(1), &credentials->user) &&
	       read_text(in, DER_CONTEXT(2), &credentials->password);
}

/* [1] TSCspDataDetail, 2.2.1.2.2.1. What it says of card and provider has no use here, only its form is
 * looked at. */
static bool read_csp_data(struct byte_reader *in)
{
	struct byte_reader wrapper, detail;
	struct slice name;
	uint32_t key_spec;

	if (!der_read(in, DER_CONTEXT(1), &wrapper) || !der_read(&wrapper, DER_SEQUENCE, &detail) ||
	    !reader_empty(&wrapper) || !der_read_explicit_u32(&detail, DER_CONTEXT(0), &key_spec))
		return false;
	for (uint8_t tag = DER_CONTEXT(1); tag <= DER_CONTEXT(4); tag++)
		if (!read_optional_text(&detail, tag, &name))
			return false;
	return reader_empty(&detail);
}

static bool read_smart_card_creds(struct byte_reader *in, struct ts_credentials *credentials)
{
	return read_text(in, DER_CONTEXT(0), &credentials->pin) && read_csp_data(in) &&
	       read_optional_text(in, DER_CONTEXT(2), &credentials->user) &&
	       read_optional_text(in, DER_CONTEXT(3), &credentials->domain);
}

/* TSRemoteGuardPackageCred, 2.2.1.2.3.1. */
static bool read_package_cred(struct byte_reader *in, struct slice *package, struct slice *buffer)
{
	struct byte_reader fields;

	return der_read(in, DER_SEQUENCE, &fields) && read_text(&fields, DER_CONTEXT(0), package) &&
	       der_read_explicit_octets(&fields, DER_CONTEXT(1), buffer) && reader_empty(&fields);
}

static bool read_remote_guard_creds(struct byte_reader *in, struct ts_credentials *credentials)
{
	struct byte_reader wrapper, list;
	struct slice package, buffer;

	if (!der_read(in, DER_CONTEXT(0), &wrapper) ||
	    !read_package_cred(&wrapper, &credentials->package, &credentials->buffer) ||
	    !reader_empty(&wrapper))
		return false;
	if (reader_empty(in))
		return true; /* supplementalCreds is optional */
	if (!der_read(in, DER_CONTEXT(1), &wrapper) || !der_read(&wrapper, DER_SEQUENCE, &list) ||
	    !reader_empty(&wrapper))
		return false;
	while (!reader_empty(&list))
		if (!read_package_cred(&list, &package, &buffer))
			return false;
	return true;
}

static bool read_kind(struct byte_reader *in, struct ts_credentials *credentials)
{
	switch (credentials->type) {
	case DELEGATED_PASSWORD:
		return read_password_creds(in, credentials);
	case DELEGATED_SMART_CARD:
		return read_smart_card_creds(in, credentials);
	case DELEGATED_REMOTE_GUARD:
		return read_remote_guard_creds(in, credentials);
	default:
		return false;
	}
}

bool ts_credentials_parse(struct slice token, struct ts_credentials *credentials)
{
	struct byte_reader in = der_reader_of_ber_lengths(token), fields, kind, inside;
	struct slice encoded;
	uint32_t type;

	*credentials = (struct ts_credentials) { 0 };
	if (!der_read(&in, DER_SEQUENCE, &fields) || !reader_empty(&in) ||
	    !der_read_explicit_u32(&fields, DER_CONTEXT(0), &type) ||
	    !der_read_explicit_octets(&fields, DER_CONTEXT(1), &encoded) || !reader_empty(&fields))
		return false;
	kind = der_reader_of_ber_lengths(encoded);
	credentials->type = (enum delegated_type)type;
	return der_read(&kind, DER_SEQUENCE, &inside) && reader_empty(&kind) &&
	       read_kind(&inside, credentials) && reader_empty(&inside);
}

void ts_credentials_write(struct byte_writer *out, const struct ts_credentials *credentials)
{
	size_t sequence = der_open(out, DER_SEQUENCE), wrapper, octets, kind;

	der_write_explicit_u32(out, DER_CONTEXT(0), DELEGATED_PASSWORD);
	wrapper = der_open(out, DER_CONTEXT(1));
	octets = der_open(out, DER_OCTET_STRING);
	kind = der_open(out, DER_SEQUENCE);
	der_write_explicit_octets(out, DER_CONTEXT(0), credentials->domain);
	der_write_explicit_octets(out, DER_CONTEXT(1), credentials->user);
	der_write_explicit_octets(out, DER_CONTEXT(2), credentials->password);
	der_close(out, kind);
	der_close(out, octets);
	der_close(out, wrapper);
	der_close(out, sequence);
}
