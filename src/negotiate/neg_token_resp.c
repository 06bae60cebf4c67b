#include "negotiate/neg_token_resp.h"

#include "asn1/der_reader.h"
#include "asn1/der_writer.h"

enum {
	NEG_TOKEN_RESP = DER_CONTEXT(1),
	NEG_STATE = DER_CONTEXT(0),
	SUPPORTED_MECH = DER_CONTEXT(1),
	RESPONSE_TOKEN = DER_CONTEXT(2),
	MECH_LIST_MIC = DER_CONTEXT(3),
};

static bool read_neg_state(struct byte_reader *in, enum neg_state *neg_state)
{
	struct byte_reader wrapper, contents;
	uint8_t value;

	if (!der_read(in, NEG_STATE, &wrapper) || !der_read(&wrapper, DER_ENUMERATED, &contents) ||
	    !reader_empty(&wrapper) || !reader_u8(&contents, &value) || !reader_empty(&contents) ||
	    value > NEG_REQUEST_MIC)
		return false;
	*neg_state = (enum neg_state)value;
	return true;
}

static bool read_supported_mech(struct byte_reader *in, struct slice *mech)
{
	struct byte_reader wrapper, oid;

	if (!der_read(in, SUPPORTED_MECH, &wrapper) || !der_read(&wrapper, DER_OBJECT_IDENTIFIER, &oid) ||
	    !reader_empty(&wrapper) || reader_empty(&oid))
		return false;
	*mech = reader_rest(&oid);
	return true;
}

static bool read_field(struct byte_reader *in, uint8_t tag, struct neg_token_resp *resp)
{
	switch (tag) {
	case NEG_STATE:
		return read_neg_state(in, &resp->neg_state);
	case SUPPORTED_MECH:
		return read_supported_mech(in, &resp->supported_mech);
	case RESPONSE_TOKEN:
		return der_read_explicit_octets(in, tag, &resp->response_token);
	case MECH_LIST_MIC:
		return der_read_explicit_octets(in, tag, &resp->mech_list_mic);
	default:
		return false;
	}
}

bool neg_token_resp_parse(struct slice token, struct neg_token_resp *resp)
{
	struct byte_reader in = reader_of(token), choice, fields;
	uint8_t tag, last = 0;

	*resp = (struct neg_token_resp) { .neg_state = NEG_ABSENT };
	if (!der_read(&in, NEG_TOKEN_RESP, &choice) || !reader_empty(&in) ||
	    !der_read(&choice, DER_SEQUENCE, &fields) || !reader_empty(&choice))
		return false;
	for (; der_peek(&fields, &tag); last = tag)
		if (tag <= last || !read_field(&fields, tag, resp))
			return false;
	return true;
}

void neg_token_resp_write(struct byte_writer *out, const struct neg_token_resp *resp)
{
	size_t choice = der_open(out, NEG_TOKEN_RESP), fields = der_open(out, DER_SEQUENCE), wrapper;
	uint8_t neg_state = (uint8_t)resp->neg_state;

	if (resp->neg_state != NEG_ABSENT) {
		wrapper = der_open(out, NEG_STATE);
		der_write(out, DER_ENUMERATED, slice_of(&neg_state, sizeof(neg_state)));
		der_close(out, wrapper);
	}
	if (resp->supported_mech.size) {
		wrapper = der_open(out, SUPPORTED_MECH);
		der_write(out, DER_OBJECT_IDENTIFIER, resp->supported_mech);
		der_close(out, wrapper);
	}
	if (resp->response_token.size)
		der_write_explicit_octets(out, RESPONSE_TOKEN, resp->response_token);
	if (resp->mech_list_mic.size)
		der_write_explicit_octets(out, MECH_LIST_MIC, resp->mech_list_mic);
	der_close(out, fields);
	der_close(out, choice);
}
