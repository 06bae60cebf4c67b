/* What SECPKG_ATTR_CREDS_2 gives back, and the other logon structures of its kind. */
#ifndef OPENSSPI_NTSECAPI_H
#define OPENSSPI_NTSECAPI_H

#include <stdint.h>

/* Lengths in bytes. */
typedef struct _UNICODE_STRING {
	uint16_t Length, MaximumLength;
	uint16_t *Buffer;
} UNICODE_STRING, *PUNICODE_STRING, SECURITY_STRING, *PSECURITY_STRING;

typedef enum _KERB_LOGON_SUBMIT_TYPE {
	KerbInteractiveLogon = 2,
	KerbCertificateLogon = 13,
} KERB_LOGON_SUBMIT_TYPE;

/* Packed in one block by CREDS_2: each Buffer holds the offset of the text from the block's start, not a pointer. */
typedef struct _KERB_INTERACTIVE_LOGON {
	KERB_LOGON_SUBMIT_TYPE MessageType;
	UNICODE_STRING LogonDomainName, UserName, Password;
} KERB_INTERACTIVE_LOGON, *PKERB_INTERACTIVE_LOGON;

#define KERB_CERTIFICATE_LOGON_FLAG_CHECK_DUPLICATES     0x1
#define KERB_CERTIFICATE_LOGON_FLAG_USE_CERTIFICATE_INFO 0x2

/* A smart card. Packed like the one above; CspDataLength counts characters, as its page says. Not given back yet. */
typedef struct _KERB_CERTIFICATE_LOGON {
	KERB_LOGON_SUBMIT_TYPE MessageType;
	UNICODE_STRING DomainName, UserName, Pin;
	uint32_t Flags, CspDataLength;
	uint8_t *CspData;
} KERB_CERTIFICATE_LOGON, *PKERB_CERTIFICATE_LOGON;

#endif
