#include "kerberos/kdc_proxy_message.h"

#include "asn1/der_reader.h"
#include "asn1/der_writer.h"

enum {
	TAG_KERB_MESSAGE = DER_CONTEXT(0),
	TAG_TARGET_DOMAIN = DER_CONTEXT(1),
	TAG_DCLOCATOR_HINT = DER_CONTEXT(2),
};

/* dclocator-hint is for who has looked for a domain controller already. */
void kdc_proxy_message_write(struct byte_writer *out, struct slice message, struct slice realm)
{
	size_t whole = der_open(out, DER_SEQUENCE);
	size_t field = der_open(out, TAG_KERB_MESSAGE), octets = der_open(out, DER_OCTET_STRING);

	writer_u32be(out, (uint32_t)message.size); /* RFC 4120 7.2.2 */
	writer_bytes(out, message);
	der_close(out, octets);
	der_close(out, field);
	field = der_open(out, TAG_TARGET_DOMAIN);
	der_write(out, DER_GENERAL_STRING, realm);
	der_close(out, field);
	der_close(out, whole);
}

/* Of an answer the first field alone counts. */
static bool skip_rest(struct byte_reader *in)
{
	struct byte_reader unused;
	uint8_t tag;

	for (uint8_t known = TAG_TARGET_DOMAIN; known <= TAG_DCLOCATOR_HINT; known++)
		if (der_peek(in, &tag) && tag == known && !der_read(in, known, &unused))
			return false;
	return reader_empty(in);
}

bool kdc_proxy_message_parse(struct slice token, struct slice *message)
{
	struct byte_reader in = reader_of(token), fields, framed;
	struct slice octets;
	uint32_t size;

	if (!der_read(&in, DER_SEQUENCE, &fields) || !reader_empty(&in) ||
	    !der_read_explicit_octets(&fields, TAG_KERB_MESSAGE, &octets) || !skip_rest(&fields))
		return false;
	framed = reader_of(octets);
	if (!reader_u32be(&framed, &size) || size == 0 || size != framed.size)
		return false;
	*message = reader_rest(&framed);
	return true;
}
