/* What a program's own authority needs, so that no program writes NTLMv2. */
#include "base/memory.h"
#include "base/utf16.h"
#include "crypto/ntlm_v2.h"
#include "sspi/text.h"

#include <opensspi/opensspi.h>

static SECURITY_STATUS check(const OPENSSPI_NTLM_QUESTION *question, const uint8_t nt_hash[NT_HASH_SIZE],
			     uint8_t session_key[NTLM_KEY_SIZE])
{
	switch (ntlm_check_response(nt_hash, slice_of(question->User, question->UserSize),
				    slice_of(question->Domain, question->DomainSize),
				    question->ServerChallenge,
				    slice_of(question->Response, question->ResponseSize), session_key)) {
	case NTLM_RESPONSE_RIGHT:
		return SEC_E_OK;
	case NTLM_RESPONSE_UNCHECKED:
		return SEC_E_INSUFFICIENT_MEMORY;
	default:
		return SEC_E_LOGON_DENIED;
	}
}

SECURITY_STATUS OpensspiNtlmAnswer(const OPENSSPI_NTLM_QUESTION *question, const uint8_t nt_hash[16],
				   OPENSSPI_NTLM_VERDICT *verdict)
{
	if (!verdict || verdict->Size < sizeof(*verdict))
		return SEC_E_INVALID_TOKEN;
	verdict->Status = SEC_E_INVALID_TOKEN;
	memory_wipe(verdict->SessionKey, sizeof(verdict->SessionKey));
	if (question && question->Size >= sizeof(*question) && nt_hash)
		verdict->Status = check(question, nt_hash, verdict->SessionKey);
	return verdict->Status;
}

SECURITY_STATUS OpensspiNtHash(const char *password, uint8_t nt_hash[16])
{
	CLEANUP(writer_wipe) struct byte_writer utf16 = writer_growing();

	if (!nt_hash)
		return SEC_E_INVALID_TOKEN;
	memory_wipe(nt_hash, NT_HASH_SIZE);
	if (!password)
		return SEC_E_INVALID_TOKEN;
	if (!utf16_from_utf8(&utf16, text_narrow(password)))
		return writer_ok(&utf16) ? SEC_E_INVALID_TOKEN : SEC_E_INSUFFICIENT_MEMORY;
	ntlm_nt_hash(writer_slice(&utf16), nt_hash);
	return SEC_E_OK;
}
