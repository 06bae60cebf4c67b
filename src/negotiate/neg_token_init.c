#include "negotiate/neg_token_init.h"

#include "asn1/der_reader.h"
#include "asn1/der_writer.h"
#include "negotiate/mechanism.h"

enum {
	GSS_FRAME = DER_APPLICATION(0),
	MECH_TYPES = DER_CONTEXT(0),
	REQ_FLAGS = DER_CONTEXT(1),
	MECH_TOKEN = DER_CONTEXT(2),
	MECH_LIST_MIC = DER_CONTEXT(3), /* NegTokenInit; NegTokenInit2 has its negHints there */
	MECH_LIST_MIC_2 = DER_CONTEXT(4),
	/* Nobody has more; each costs a comparison or two. */
	MECH_TYPES_MAX = 32,
};

struct byte_reader mech_types_reader(struct slice mech_types)
{
	struct byte_reader in = reader_of(mech_types), list;

	return der_read(&in, DER_SEQUENCE, &list) ? list : reader_of(slice_of(NULL, 0));
}

bool mech_types_next(struct byte_reader *in, struct slice *oid)
{
	struct byte_reader contents;

	if (!der_read(in, DER_OBJECT_IDENTIFIER, &contents))
		return false;
	*oid = reader_rest(&contents);
	return true;
}

static bool is_list_of_oids(struct slice mech_types)
{
	struct byte_reader list = mech_types_reader(mech_types);
	struct slice oid;
	int count = 0;

	while (mech_types_next(&list, &oid))
		count++;
	return reader_empty(&list) && count > 0 && count <= MECH_TYPES_MAX;
}

static bool read_mech_types(struct byte_reader *in, struct slice *mech_types)
{
	struct byte_reader wrapper, contents;
	uint8_t tag;

	if (!der_read(in, MECH_TYPES, &wrapper))
		return false;
	*mech_types = reader_rest(&wrapper);
	return der_read_any(&wrapper, &tag, &contents) && tag == DER_SEQUENCE && reader_empty(&wrapper) &&
	       is_list_of_oids(*mech_types);
}

/* [3] is mechListMIC or negHints, as the tag inside says (MS-SPNG 2.2.1). */
static bool read_optional(struct byte_reader *in, uint8_t tag, struct neg_token_init *init)
{
	struct byte_reader contents, inside = reader_of(slice_of(NULL, 0));
	uint8_t inner = 0;

	switch (tag) {
	case MECH_TOKEN:
		init->has_mech_token = true;
		return der_read_explicit_octets(in, tag, &init->mech_token);
	case MECH_LIST_MIC_2:
		return der_read_explicit_octets(in, tag, &init->mech_list_mic);
	case MECH_LIST_MIC:
		inside = *in;
		if (der_read(&inside, tag, &contents) && der_peek(&contents, &inner) &&
		    inner == DER_OCTET_STRING)
			return der_read_explicit_octets(in, tag, &init->mech_list_mic);
		return der_read(in, tag, &contents);
	default:
		return tag == REQ_FLAGS && der_read(in, tag, &contents);
	}
}

bool neg_token_init_parse(struct slice token, struct neg_token_init *init)
{
	struct byte_reader in = reader_of(token), frame, mechanism, choice, fields;
	uint8_t tag, last = MECH_TYPES;

	*init = (struct neg_token_init) { 0 };
	if (!der_read(&in, GSS_FRAME, &frame) || !reader_empty(&in) ||
	    !der_read(&frame, DER_OBJECT_IDENTIFIER, &mechanism) ||
	    !slice_equal(reader_rest(&mechanism), SPNEGO_OID) || !der_read(&frame, DER_CONTEXT(0), &choice) ||
	    !reader_empty(&frame) || !der_read(&choice, DER_SEQUENCE, &fields) || !reader_empty(&choice) ||
	    !read_mech_types(&fields, &init->mech_types))
		return false;
	for (; der_peek(&fields, &tag); last = tag)
		if (tag <= last || !read_optional(&fields, tag, init))
			return false;
	return true;
}

void neg_token_init_write(struct byte_writer *out, const struct neg_token_init *init)
{
	size_t frame = der_open(out, GSS_FRAME), choice, fields, mech_types;

	der_write(out, DER_OBJECT_IDENTIFIER, SPNEGO_OID);
	choice = der_open(out, DER_CONTEXT(0));
	fields = der_open(out, DER_SEQUENCE);
	mech_types = der_open(out, MECH_TYPES);
	writer_bytes(out, init->mech_types);
	der_close(out, mech_types);
	if (init->has_mech_token)
		der_write_explicit_octets(out, MECH_TOKEN, init->mech_token);
	if (init->mech_list_mic.size)
		der_write_explicit_octets(out, MECH_LIST_MIC, init->mech_list_mic);
	der_close(out, fields);
	der_close(out, choice);
	der_close(out, frame);
}
