/* SEC_WINNT_AUTH_IDENTITY in its forms: where the parts of one lie, and how one is made of parts. */
#ifndef OPENSSPI_SSPI_IDENTITY_H
#define OPENSSPI_SSPI_IDENTITY_H

#include "base/byte_writer.h"
#include "base/reason.h"
#include "base/secret.h"
#include "base/trace.h"

#include <opensspi/sspi.h>

/*
 * Bytes. A UNICODE_STRING, and EX2, hold no longer text; an EX2 has four such parts and its header, the rest is for
 * those who pad. What AcquireCredentialsHandle takes is less.
 */
enum { IDENTITY_TEXT_MAX = UINT16_MAX, IDENTITY_BLOCK_MAX = 5 * IDENTITY_TEXT_MAX };

enum identity_form { IDENTITY_PLAIN, IDENTITY_EX, IDENTITY_EX2 };

/* The slices point into the identity. One with `data` NULL: there is no such part; with size 0: it is empty. */
struct identity {
	enum identity_form form;
	uint32_t flags;
	bool wide; /* UTF-16LE, else UTF-8 */
	struct slice user, domain, password, package_list;
	bool no_password;   /* EX2: what `password` holds are packed credentials of another type, */
	GUID packed_type;   /* this one */
	struct slice block; /* EX2: all of it */
};

/* Believes the lengths it finds. BAD_CREDENTIAL_DATA: none of the forms, or broken; UNSUPPORTED: encrypted. Traced. */
NODISCARD enum reason identity_read(const void *data, struct identity *identity);
/* The same of bytes that came from somebody else: what identity_marshal writes. */
NODISCARD enum reason identity_unmarshal(struct slice bytes, struct identity *identity);
bool identity_is_encrypted(const void *data);
/* A part as UTF-16LE. BAD_CREDENTIAL_DATA (traced), OUT_OF_MEMORY. */
NODISCARD enum reason identity_text(const struct identity *identity, struct slice part, struct secret *text);
/* Its package list, without NULs at the end, which some callers count. One inside would hide what lies behind it. */
NODISCARD enum reason identity_package_list(const struct identity *identity, struct secret *list);

/*
 * An identity for SspiFreeAuthIdentity: EX2 is copied as a block, of the others an EX is made, in their alphabet. NULL:
 * no memory.
 */
NODISCARD void *identity_make(const struct identity *identity);
/* The same, where an EX2's list (all else is as in the block) is another one. */
NODISCARD void *identity_make_listed(const struct identity *identity, struct slice package_list);
/* Bytes without pointers, as Windows writes them. */
void identity_marshal(const struct identity *identity, struct byte_writer *bytes);

/* Says in the trace what of an identity is refused, and gives the reason back. */
#define identity_refuse(reason, sentence) \
	(trace_enabled() ? trace_write("identity", (reason), __FILE__, __LINE__, "%s", (sentence)) \
			 : (void)0, \
	 (reason))

#endif
