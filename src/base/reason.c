#include "base/reason.h"

#include "base/compiler.h"

#include <stddef.h>

static const struct {
	const char *word, *sentence;
	SECURITY_STATUS status;
	uint32_t ntstatus;
} reasons[REASON_COUNT] = {
#define REASON_ROW(name, word, status, ntstatus, sentence) \
	[REASON_##name] = { word, sentence, status, ntstatus },
	REASON_LIST(REASON_ROW)
#undef REASON_ROW
};

/* Anything outside the list is an internal error, never a success. */
SECURITY_STATUS reason_status(enum reason reason)
{
	return (unsigned)reason < REASON_COUNT ? reasons[reason].status : SEC_E_INTERNAL_ERROR;
}

uint32_t reason_ntstatus(enum reason reason)
{
	return (unsigned)reason < REASON_COUNT ? reasons[reason].ntstatus : NTSTATUS_INTERNAL_ERROR;
}

const char *reason_word(enum reason reason)
{
	return (unsigned)reason < REASON_COUNT ? reasons[reason].word : "internal";
}

const char *reason_sentence(enum reason reason)
{
	return (unsigned)reason < REASON_COUNT ? reasons[reason].sentence : "an internal error";
}

/* Alerts: RFC 8446 6.2 and RFC 5246 7.2. The mapping: Microsoft's "Schannel Error Codes for TLS and SSL Alerts". */
SECURITY_STATUS reason_status_of_alert(uint8_t alert)
{
	static const struct {
		uint8_t alert;
		SECURITY_STATUS status;
	} table[] = {
		/* clang-format off */
		{ 20, SEC_E_MESSAGE_ALTERED },        { 21, SEC_E_DECRYPT_FAILURE },
		{ 30, SEC_E_MESSAGE_ALTERED },        { 42, SEC_E_CERT_UNKNOWN },
		{ 43, SEC_E_CERT_UNKNOWN },           { 44, CRYPT_E_REVOKED },
		{ 45, SEC_E_CERT_EXPIRED },           { 46, SEC_E_CERT_UNKNOWN },
		{ 48, SEC_E_UNTRUSTED_ROOT },         { 49, SEC_E_LOGON_DENIED },
		{ 51, SEC_E_DECRYPT_FAILURE },        { 70, SEC_E_UNSUPPORTED_FUNCTION },
		{ 71, SEC_E_ALGORITHM_MISMATCH },     { 80, SEC_E_INTERNAL_ERROR },
		{ 90, SEC_E_UNFINISHED_CONTEXT_DELETED }, { 120, SEC_E_APPLICATION_PROTOCOL_MISMATCH },
		/* clang-format on */
	};

	for (size_t i = 0; i < COUNT_OF(table); i++)
		if (table[i].alert == alert)
			return table[i].status;
	return SEC_E_ILLEGAL_MESSAGE;
}
