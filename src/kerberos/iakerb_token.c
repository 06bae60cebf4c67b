#include "kerberos/iakerb_token.h"

#include "asn1/der_reader.h"
#include "asn1/der_writer.h"
#include "kerberos/context.h"

enum { IAKERB_PROXY = 0x0501 };
enum { UTF8_STRING = 0x0c };
#define HEADER_TARGET_REALM DER_CONTEXT(1)

static const uint8_t iakerb_oid[] = { 0x2b, 0x06, 0x01, 0x05, 0x02, 0x05 }; /* 1.3.6.1.5.2.5 */

#define IAKERB_OID   slice_of(iakerb_oid, sizeof(iakerb_oid))
#define KERBEROS_OID slice_of(kerberos_mechanism->elements, kerberos_mechanism->length)

/* --- Frames (RFC 2743 3.1) */

static bool read_frame(struct slice token, struct slice wanted, struct byte_reader *body)
{
	struct byte_reader in = reader_of(token), frame, oid;

	if (!der_read(&in, DER_APPLICATION(0), &frame) || !reader_empty(&in) ||
	    !der_read(&frame, DER_OBJECT_IDENTIFIER, &oid) || !slice_equal(reader_rest(&oid), wanted))
		return false;
	*body = frame;
	return true;
}

static bool reframe(struct slice token, struct slice from, struct slice to, struct byte_writer *out)
{
	struct byte_reader body;
	size_t frame;

	if (!read_frame(token, from, &body))
		return false;
	frame = der_open(out, DER_APPLICATION(0));
	der_write(out, DER_OBJECT_IDENTIFIER, to);
	writer_bytes(out, reader_rest(&body));
	der_close(out, frame);
	return true;
}

bool iakerb_unframe(struct slice token, struct byte_writer *kerberos)
{
	return reframe(token, IAKERB_OID, KERBEROS_OID, kerberos);
}

bool iakerb_frame(struct slice kerberos, struct byte_writer *token)
{
	return reframe(kerberos, KERBEROS_OID, IAKERB_OID, token);
}

/* --- IAKERB-PROXY */

static bool read_proxy(struct slice token, struct byte_reader *body)
{
	uint16_t id;

	return read_frame(token, IAKERB_OID, body) && reader_u16be(body, &id) && id == IAKERB_PROXY;
}

bool iakerb_is_proxy(struct slice token)
{
	struct byte_reader body;

	return read_proxy(token, &body);
}

/* IAKERB-HEADER; a cookie would be our own, and of what may follow nothing is needed. */
bool iakerb_proxy_parse(struct slice token, struct iakerb_proxy *proxy)
{
	struct byte_reader body, header, field, realm;

	if (!read_proxy(token, &body) || !der_read(&body, DER_SEQUENCE, &header) ||
	    !der_read(&header, HEADER_TARGET_REALM, &field) || !der_read(&field, UTF8_STRING, &realm) ||
	    !reader_empty(&field))
		return false;
	proxy->target_realm = reader_rest(&realm);
	proxy->message = reader_rest(&body);
	return true;
}

void iakerb_proxy_write(struct byte_writer *out, const struct iakerb_proxy *proxy)
{
	size_t frame = der_open(out, DER_APPLICATION(0)), header, field;

	der_write(out, DER_OBJECT_IDENTIFIER, IAKERB_OID);
	writer_u16be(out, IAKERB_PROXY);
	header = der_open(out, DER_SEQUENCE);
	field = der_open(out, HEADER_TARGET_REALM);
	der_write(out, UTF8_STRING, proxy->target_realm);
	der_close(out, field);
	der_close(out, header);
	writer_bytes(out, proxy->message);
	der_close(out, frame);
}

/* --- KRB-FINISHED */

/* RFC 4121 4.1.1: the extensions stand behind the channel bindings, the flags and a ticket that was forwarded. */
static bool skip_to_extensions(struct byte_reader *in)
{
	enum { BINDINGS_SIZE = 16, DELEGATES = 1 };
	uint32_t size, flags;
	uint16_t option, forwarded;

	if (!reader_u32le(in, &size) || size != BINDINGS_SIZE || !reader_skip(in, size) ||
	    !reader_u32le(in, &flags))
		return false;
	return !(flags & DELEGATES) ||
	       (reader_u16le(in, &option) && reader_u16le(in, &forwarded) && reader_skip(in, forwarded));
}

static bool parse_finished(struct slice bytes, struct iakerb_finished *finished)
{
	struct byte_reader in = reader_of(bytes), fields, mic, checksum;

	return der_read(&in, DER_SEQUENCE, &fields) && reader_empty(&in) &&
	       der_read(&fields, DER_CONTEXT(1), &mic) && reader_empty(&fields) &&
	       der_read(&mic, DER_SEQUENCE, &checksum) && reader_empty(&mic) &&
	       der_read_explicit_u32(&checksum, DER_CONTEXT(0), &finished->checksum_type) &&
	       der_read_explicit_octets(&checksum, DER_CONTEXT(1), &finished->checksum) &&
	       reader_empty(&checksum);
}

bool iakerb_finished_find(struct slice checksum, struct iakerb_finished *finished)
{
	enum { GSS_EXTS_FINISHED = 2 };
	struct byte_reader in = reader_of(checksum);
	uint32_t type, size;
	struct slice bytes;

	if (!skip_to_extensions(&in))
		return false;
	while (reader_u32be(&in, &type) && reader_u32be(&in, &size) && reader_take(&in, size, &bytes))
		if (type == GSS_EXTS_FINISHED)
			return parse_finished(bytes, finished);
	return false;
}
