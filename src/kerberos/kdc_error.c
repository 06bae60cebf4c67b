#include "kerberos/kdc_error.h"

#include "asn1/der_reader.h"
#include "kerberos/token.h"

/* MS-KILE 2.2.2, KERB-ERROR-DATA; Samba sends a list of them, METHOD-DATA (RFC 4120 5.9.1) with PA-PW-SALT in it. */
#define DATA_TYPE  DER_CONTEXT(1)
#define DATA_VALUE DER_CONTEXT(2)
enum { TYPE_EXTENDED = 3 };
/* MS-KILE 2.2.1, KERB-EXT-ERROR: Status, Reserved and Flags. */
enum { RESERVED_SIZE = 4, FLAG_IS_SET = 1 };

static bool read_extended(struct slice value, uint32_t *ntstatus)
{
	struct byte_reader in = reader_of(value);
	uint32_t flags;

	/* A salt may lie there as well: no text has the bits of an error (MS-ERREF 2.3). */
	return reader_u32le(&in, ntstatus) && reader_skip(&in, RESERVED_SIZE) && reader_u32le(&in, &flags) &&
	       reader_empty(&in) && flags & FLAG_IS_SET && *ntstatus >> 30 == 3;
}

static bool read_data(struct byte_reader fields, uint32_t *ntstatus)
{
	uint32_t type;
	struct slice value;

	return der_read_explicit_u32(&fields, DATA_TYPE, &type) && type == TYPE_EXTENDED &&
	       der_read_explicit_octets(&fields, DATA_VALUE, &value) && reader_empty(&fields) &&
	       read_extended(value, ntstatus);
}

uint32_t kdc_error_ntstatus(struct slice message)
{
	struct slice data;
	struct byte_reader in, elements, fields;
	uint32_t ntstatus;

	if (!kerberos_error_data(message, &data))
		return 0;
	in = reader_of(data);
	if (!der_read(&in, DER_SEQUENCE, &elements) || !reader_empty(&in))
		return 0;
	if (read_data(elements, &ntstatus))
		return ntstatus;
	while (der_read(&elements, DER_SEQUENCE, &fields))
		if (read_data(fields, &ntstatus))
			return ntstatus;
	return 0;
}

enum reason kdc_error_reason(uint32_t ntstatus)
{
	switch (ntstatus) {
	case NTSTATUS_ACCOUNT_DISABLED:
		return REASON_ACCOUNT_DISABLED;
	case NTSTATUS_ACCOUNT_EXPIRED:
		return REASON_ACCOUNT_EXPIRED;
	case NTSTATUS_ACCOUNT_LOCKED_OUT:
		return REASON_ACCOUNT_LOCKED;
	case NTSTATUS_ACCOUNT_RESTRICTION:
	case NTSTATUS_INVALID_LOGON_HOURS:
	case NTSTATUS_INVALID_WORKSTATION:
	case NTSTATUS_LOGON_TYPE_NOT_GRANTED:
	case NTSTATUS_AUTHENTICATION_FIREWALL_FAILED:
		return REASON_ACCOUNT_RESTRICTED;
	case NTSTATUS_PASSWORD_EXPIRED:
	case NTSTATUS_PASSWORD_MUST_CHANGE:
		return REASON_PASSWORD_EXPIRED;
	default:
		return REASON_OK;
	}
}
