/* What the three messages have in common: MS-NLMP 2.2, "All integers little-endian". */
#ifndef OPENSSPI_NTLM_WIRE_H
#define OPENSSPI_NTLM_WIRE_H

#include "base/byte_reader.h"
#include "base/byte_writer.h"

/* The signature counts its NUL. */
#define NTLMSSP_SIGNATURE slice_of("NTLMSSP", sizeof("NTLMSSP"))

/* MessageType. */
enum { NTLM_NEGOTIATE_MESSAGE = 1, NTLM_CHALLENGE_MESSAGE = 2, NTLM_AUTHENTICATE_MESSAGE = 3 };

/* Where the payload fields may begin (2.2.1), and the sizes in front. */
enum {
	NTLM_VERSION_SIZE = 8,
	NTLM_MIC_SIZE = 16,
	NTLM_MIC_OFFSET = 72,
	NTLM_AUTHENTICATE_PAYLOAD = NTLM_MIC_OFFSET + NTLM_MIC_SIZE,
};

/* NegotiateFlags, 2.2.2.5. */
enum {
	NTLM_UNICODE = 0x1,
	NTLM_OEM = 0x2,
	NTLM_REQUEST_TARGET = 0x4,
	NTLM_SIGN = 0x10,
	NTLM_SEAL = 0x20,
	NTLM_LM_KEY = 0x80,
	NTLM_NTLM = 0x200,
	NTLM_ANONYMOUS = 0x800,
	NTLM_ALWAYS_SIGN = 0x8000,
	NTLM_TARGET_TYPE_DOMAIN = 0x10000,
	NTLM_TARGET_TYPE_SERVER = 0x20000,
	NTLM_EXTENDED_SESSIONSECURITY = 0x80000,
	NTLM_IDENTIFY = 0x100000,
	NTLM_TARGET_INFO = 0x800000,
	NTLM_VERSION = 0x2000000,
	NTLM_128 = 0x20000000,
	NTLM_KEY_EXCH = 0x40000000,
};
#define NTLM_56 UINT32_C(0x80000000)

/* Signature and MessageType. */
NODISCARD bool ntlm_expect_header(struct byte_reader *in, uint32_t type);
void ntlm_write_header(struct byte_writer *out, uint32_t type);

/* Reads length, maximum length (ignored) and offset at `in` and finds the field in the whole message. */
NODISCARD bool ntlm_read_field(struct byte_reader *in, struct slice message, struct slice *field);

/* Leaves the place for a field's description; ntlm_write_payload appends its bytes and fills the place in. */
size_t ntlm_reserve_field(struct byte_writer *out);
void ntlm_write_payload(struct byte_writer *out, size_t start, size_t reserved, struct slice payload);

/*
 * OEM characters, the text of clients that do not know NTLM_UNICODE. Nobody says which code page is meant, so what is
 * not ASCII is not understood: false; and '?' stands for it in what we write, which nobody compares.
 */
NODISCARD bool ntlm_utf16_from_oem(struct byte_writer *out, struct slice oem);
void ntlm_oem_from_utf16(struct byte_writer *out, struct slice utf16);

/* 2.2.2.10, for debugging only: Windows 10, so that peers which look at it take their newest ways. */
void ntlm_write_version(struct byte_writer *out);

#endif
