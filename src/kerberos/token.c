#include "kerberos/token.h"

#include "asn1/der_reader.h"

/* RFC 4120 5.10: tags, and the messages' own types. */
enum { AUTHENTICATOR = 2, AP_REQ = 14, AP_REP = 15, KRB_ERROR = 30 };
#define AP_REQ_TICKET        DER_CONTEXT(3) /* 5.5.1 */
#define AP_REQ_AUTHENTICATOR DER_CONTEXT(4)
#define ENCRYPTED_CIPHER     DER_CONTEXT(2) /* 5.2.9 */
#define AUTHENTICATOR_CKSUM  DER_CONTEXT(3) /* 5.5.1 */
#define AUTHENTICATOR_CTIME  DER_CONTEXT(5)
#define AUTHENTICATOR_SUBKEY DER_CONTEXT(6)
#define ERROR_STIME          DER_CONTEXT(4) /* 5.9.1 */
#define ERROR_DATA           DER_CONTEXT(12)

enum { PROTOCOL_VERSION = 5 };

static const uint8_t mechanism_oid[] = { 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x12, 0x01, 0x02, 0x02 };

/* RFC 4121 4.1: what TOK_ID promises must be what follows, by its tag and by the type that it names. */
static const struct {
	uint16_t id;
	uint8_t type;
	enum kerberos_token token;
} framed[] = {
	{ 0x0100, AP_REQ, TOKEN_AP_REQ },
	{ 0x0200, AP_REP, TOKEN_AP_REP },
	{ 0x0300, KRB_ERROR, TOKEN_KRB_ERROR },
};

/* What every message begins with (RFC 4120 5.5): MIT does not look at the type, which nothing covers. */
static bool is_message(struct byte_reader body, uint32_t type)
{
	struct byte_reader fields;
	uint32_t version, found;

	return der_read(&body, DER_SEQUENCE, &fields) && reader_empty(&body) &&
	       der_read_explicit_u32(&fields, DER_CONTEXT(0), &version) && version == PROTOCOL_VERSION &&
	       der_read_explicit_u32(&fields, DER_CONTEXT(1), &found) && found == type;
}

static enum kerberos_token read_frame(struct byte_reader frame, struct byte_reader *body)
{
	struct byte_reader oid;
	uint16_t id;
	uint8_t tag;

	if (!der_read(&frame, DER_OBJECT_IDENTIFIER, &oid) ||
	    !slice_equal(reader_rest(&oid), slice_of(mechanism_oid, sizeof(mechanism_oid))) ||
	    !reader_u16be(&frame, &id) || !der_read_any(&frame, &tag, body) || !reader_empty(&frame))
		return TOKEN_NONE;
	for (size_t i = 0; i < COUNT_OF(framed); i++)
		if (framed[i].id == id && DER_APPLICATION(framed[i].type) == tag &&
		    is_message(*body, framed[i].type))
			return framed[i].token;
	return TOKEN_NONE;
}

static enum kerberos_token read_token(struct slice token, struct byte_reader *body)
{
	struct byte_reader in = reader_of(token), contents;
	uint8_t tag;

	if (!der_read_any(&in, &tag, &contents) || !reader_empty(&in))
		return TOKEN_NONE;
	*body = contents;
	switch (tag) {
	case DER_APPLICATION(0):
		return read_frame(contents, body);
	case DER_APPLICATION(AP_REQ):
		return is_message(contents, AP_REQ) ? TOKEN_BARE_AP_REQ : TOKEN_NONE;
	case DER_APPLICATION(AP_REP):
		return is_message(contents, AP_REP) ? TOKEN_BARE_AP_REP : TOKEN_NONE;
	default:
		return TOKEN_NONE;
	}
}

enum kerberos_token kerberos_token_of(struct slice token)
{
	struct byte_reader body;

	return read_token(token, &body);
}

/* --- What an AP-REQ has in it */

/* The field of a sequence, wherever it stands. */
static bool find(struct byte_reader fields, uint8_t wanted, struct byte_reader *field)
{
	uint8_t tag;

	while (der_read_any(&fields, &tag, field))
		if (tag == wanted)
			return true;
	return false;
}

static bool find_in_ap_req(struct slice token, uint8_t wanted, struct byte_reader *field)
{
	struct byte_reader body, fields;
	enum kerberos_token kind = read_token(token, &body);

	return (kind == TOKEN_AP_REQ || kind == TOKEN_BARE_AP_REQ) &&
	       der_read(&body, DER_SEQUENCE, &fields) && find(fields, wanted, field);
}

bool kerberos_ticket_of(struct slice token, struct slice *ticket)
{
	struct byte_reader field;

	if (!find_in_ap_req(token, AP_REQ_TICKET, &field))
		return false;
	*ticket = reader_rest(&field);
	return true;
}

/* EncryptedData, 5.2.9; the number of the key between both is for services. */
bool kerberos_authenticator_of(struct slice token, uint32_t *encryption, struct slice *cipher)
{
	struct byte_reader field, fields, data, octets;

	if (!find_in_ap_req(token, AP_REQ_AUTHENTICATOR, &field) ||
	    !der_read(&field, DER_SEQUENCE, &fields) ||
	    !der_read_explicit_u32(&fields, DER_CONTEXT(0), encryption) ||
	    !find(fields, ENCRYPTED_CIPHER, &data) || !der_read(&data, DER_OCTET_STRING, &octets))
		return false;
	*cipher = reader_rest(&octets);
	return true;
}

/* --- Times */

static bool read_digits(struct byte_reader *in, unsigned count, int64_t *number)
{
	uint8_t digit;

	*number = 0;
	for (unsigned i = 0; i < count; i++) {
		if (!reader_u8(in, &digit) || digit < '0' || digit > '9')
			return false;
		*number = *number * 10 + (digit - '0');
	}
	return true;
}

/* Days since 1970-01-01 of a day of the Gregorian calendar. */
static int64_t days_of(int64_t year, int64_t month, int64_t day)
{
	int64_t shifted = year - (month <= 2), in_year = (month + 9) % 12; /* a year that begins in March */

	return 365 * shifted + shifted / 4 - shifted / 100 + shifted / 400 + (153 * in_year + 2) / 5 + day -
	       1 - 719468;
}

/* RFC 4120 5.2.3: YYYYMMDDHHMMSSZ. */
static bool read_time(struct byte_reader in, int64_t *seconds)
{
	int64_t year, month, day, hour, minute, second;

	if (!read_digits(&in, 4, &year) || !read_digits(&in, 2, &month) || !read_digits(&in, 2, &day) ||
	    !read_digits(&in, 2, &hour) || !read_digits(&in, 2, &minute) || !read_digits(&in, 2, &second) ||
	    !reader_expect(&in, "Z", 1) || !reader_empty(&in) || year < 1 || month < 1 || month > 12)
		return false;
	*seconds = ((days_of(year, month, day) * 24 + hour) * 60 + minute) * 60 + second;
	return true;
}

static bool find_time(struct byte_reader fields, uint8_t wanted, int64_t *seconds)
{
	enum { GENERALIZED_TIME = 0x18 };
	struct byte_reader field, time;

	return find(fields, wanted, &field) && der_read(&field, GENERALIZED_TIME, &time) &&
	       read_time(time, seconds);
}

/* --- What an authenticator has in it */

static bool read_authenticator(struct slice authenticator, struct byte_reader *fields)
{
	struct byte_reader in = reader_of(authenticator), body;

	return der_read(&in, DER_APPLICATION(AUTHENTICATOR), &body) && der_read(&body, DER_SEQUENCE, fields);
}

bool kerberos_authenticator_time(struct slice authenticator, int64_t *seconds)
{
	struct byte_reader fields;

	return read_authenticator(authenticator, &fields) && find_time(fields, AUTHENTICATOR_CTIME, seconds);
}

/* Checksum and EncryptionKey (5.2.9) have the same form: a type, and octets. */
static bool find_typed(struct slice authenticator, uint8_t wanted, uint32_t *type, struct slice *octets)
{
	struct byte_reader fields, field, typed;

	return read_authenticator(authenticator, &fields) && find(fields, wanted, &field) &&
	       der_read(&field, DER_SEQUENCE, &typed) &&
	       der_read_explicit_u32(&typed, DER_CONTEXT(0), type) &&
	       der_read_explicit_octets(&typed, DER_CONTEXT(1), octets);
}

bool kerberos_authenticator_checksum(struct slice authenticator, struct slice *checksum)
{
	enum { GSSAPI = 0x8003 };
	uint32_t type;

	return find_typed(authenticator, AUTHENTICATOR_CKSUM, &type, checksum) && type == GSSAPI;
}

bool kerberos_authenticator_subkey(struct slice authenticator, uint32_t *type, struct slice *key)
{
	return find_typed(authenticator, AUTHENTICATOR_SUBKEY, type, key);
}

/* --- What a KRB-ERROR has in it; a server's has a frame, a KDC's has none */

static bool read_error(struct slice message, struct byte_reader *fields)
{
	struct byte_reader in = reader_of(message), body;

	if (read_token(message, &body) != TOKEN_KRB_ERROR &&
	    !(der_read(&in, DER_APPLICATION(KRB_ERROR), &body) && reader_empty(&in) &&
	      is_message(body, KRB_ERROR)))
		return false;
	return der_read(&body, DER_SEQUENCE, fields);
}

bool kerberos_error_time(struct slice message, int64_t *seconds)
{
	struct byte_reader fields;

	return read_error(message, &fields) && find_time(fields, ERROR_STIME, seconds);
}

bool kerberos_error_data(struct slice message, struct slice *data)
{
	struct byte_reader fields, field, octets;

	if (!read_error(message, &fields) || !find(fields, ERROR_DATA, &field) ||
	    !der_read(&field, DER_OCTET_STRING, &octets))
		return false;
	*data = reader_rest(&octets);
	return true;
}
