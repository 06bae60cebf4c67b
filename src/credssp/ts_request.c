#include "credssp/ts_request.h"

#include "asn1/der_reader.h"
#include "asn1/der_writer.h"

enum { LAST_KNOWN_TAG = DER_CONTEXT(5), LAST_CONTEXT_TAG = DER_CONTEXT(30) };

/* [1] SEQUENCE OF SEQUENCE { negoToken [0] OCTET STRING }. Everybody sends one element; which of several
 * counts, nobody says. */
static bool read_nego_tokens(struct byte_reader *in, struct slice *nego_token)
{
	struct byte_reader wrapper, list, element;

	return der_read(in, DER_CONTEXT(1), &wrapper) && der_read(&wrapper, DER_SEQUENCE, &list) &&
	       reader_empty(&wrapper) && der_read(&list, DER_SEQUENCE, &element) && reader_empty(&list) &&
	       der_read_explicit_octets(&element, DER_CONTEXT(0), nego_token) && reader_empty(&element);
}

static bool read_field(struct byte_reader *in, uint8_t tag, struct ts_request *request)
{
	struct byte_reader unknown;

	request->fields |= tag <= LAST_KNOWN_TAG ? 1u << (tag - DER_CONTEXT(0)) : 0;
	switch (tag) {
	case DER_CONTEXT(1):
		return read_nego_tokens(in, &request->nego_token);
	case DER_CONTEXT(2):
		return der_read_explicit_octets(in, tag, &request->auth_info);
	case DER_CONTEXT(3):
		return der_read_explicit_octets(in, tag, &request->pub_key_auth);
	case DER_CONTEXT(4):
		return der_read_explicit_ntstatus(in, tag, &request->error_code);
	case DER_CONTEXT(5):
		return der_read_explicit_octets(in, tag, &request->client_nonce);
	default:
		return der_read_any(in, &tag, &unknown);
	}
}

bool ts_request_parse(struct slice token, struct ts_request *request)
{
	struct byte_reader in = der_reader_of_ber_lengths(token), fields; /* rdesktop's are not minimal */
	uint8_t tag, last = DER_CONTEXT(0);

	*request = (struct ts_request) { 0 };
	if (!der_read(&in, DER_SEQUENCE, &fields) || !reader_empty(&in) ||
	    !der_read_explicit_u32(&fields, DER_CONTEXT(0), &request->version))
		return false;
	for (; der_peek(&fields, &tag); last = tag)
		if (tag <= last || tag > LAST_CONTEXT_TAG || !read_field(&fields, tag, request))
			return false; /* out of order, twice, of another class, or malformed */
	return true;
}

static void write_nego_tokens(struct byte_writer *out, struct slice nego_token)
{
	size_t wrapper = der_open(out, DER_CONTEXT(1)), list = der_open(out, DER_SEQUENCE),
	       element = der_open(out, DER_SEQUENCE);

	der_write_explicit_octets(out, DER_CONTEXT(0), nego_token);
	der_close(out, element);
	der_close(out, list);
	der_close(out, wrapper);
}

void ts_request_write(struct byte_writer *out, const struct ts_request *request)
{
	size_t sequence = der_open(out, DER_SEQUENCE);

	der_write_explicit_u32(out, DER_CONTEXT(0), request->version);
	if (request->fields & HAS_NEGO_TOKENS)
		write_nego_tokens(out, request->nego_token);
	if (request->fields & HAS_AUTH_INFO)
		der_write_explicit_octets(out, DER_CONTEXT(2), request->auth_info);
	if (request->fields & HAS_PUB_KEY_AUTH)
		der_write_explicit_octets(out, DER_CONTEXT(3), request->pub_key_auth);
	if (request->fields & HAS_ERROR_CODE)
		der_write_explicit_ntstatus(out, DER_CONTEXT(4), request->error_code);
	if (request->fields & HAS_CLIENT_NONCE)
		der_write_explicit_octets(out, DER_CONTEXT(5), request->client_nonce);
	der_close(out, sequence);
}
