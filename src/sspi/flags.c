#include "sspi/flags.h"

#include <opensspi/sspi.h>

/* RET bits have the numbers of the REQ bits, wherever both exist. */
static const struct {
	uint32_t flag, initiate, accept;
} table[] = {
	{ FLAG_DELEGATE, ISC_REQ_DELEGATE, ASC_REQ_DELEGATE },
	{ FLAG_MUTUAL_AUTH, ISC_REQ_MUTUAL_AUTH, ASC_REQ_MUTUAL_AUTH },
	{ FLAG_REPLAY_DETECT, ISC_REQ_REPLAY_DETECT, ASC_REQ_REPLAY_DETECT },
	{ FLAG_SEQUENCE_DETECT, ISC_REQ_SEQUENCE_DETECT, ASC_REQ_SEQUENCE_DETECT },
	{ FLAG_CONFIDENTIALITY, ISC_REQ_CONFIDENTIALITY, ASC_REQ_CONFIDENTIALITY },
	{ FLAG_CONNECTION, ISC_REQ_CONNECTION, ASC_REQ_CONNECTION },
	{ FLAG_EXTENDED_ERROR, ISC_REQ_EXTENDED_ERROR, ASC_REQ_EXTENDED_ERROR },
	{ FLAG_STREAM, ISC_REQ_STREAM, ASC_REQ_STREAM },
	{ FLAG_INTEGRITY, ISC_REQ_INTEGRITY, ASC_REQ_INTEGRITY },
	{ FLAG_IDENTIFY, ISC_REQ_IDENTIFY, ASC_REQ_IDENTIFY },
	{ FLAG_MANUAL_VALIDATION, ISC_REQ_MANUAL_CRED_VALIDATION, 0 },
	{ FLAG_ALLOW_MISSING_BINDINGS, 0, ASC_REQ_ALLOW_MISSING_BINDINGS },
	{ FLAG_REQUIRE_BINDINGS, 0, ASC_REQ_PROXY_BINDINGS },
	{ FLAG_DCE_STYLE, ISC_REQ_USE_DCE_STYLE, ASC_REQ_USE_DCE_STYLE },
	{ FLAG_SUPPLIED_CREDS, ISC_REQ_USE_SUPPLIED_CREDS, 0 },
	{ FLAG_UNVERIFIED_TARGET, ISC_REQ_UNVERIFIED_TARGET_NAME, 0 },
};

/*
 * What was asked and not reached is told by pfContextAttr and is no error. These would change what goes over the wire
 * or who is let in: a dialogue prompt, datagrams, an anonymous logon, a session ticket, an accept without a token.
 */
static const uint32_t refused_of_initiator =
	ISC_REQ_PROMPT_FOR_CREDS | ISC_REQ_DATAGRAM | ISC_REQ_NULL_SESSION;
static const uint32_t refused_of_acceptor = ASC_REQ_SESSION_TICKET | ASC_REQ_DATAGRAM | ASC_REQ_NO_TOKEN;

/*
 * By SECBUFFER_FLAGS, above bit 31. That there will be no authentication behind the handshake is so in any case; the
 * others ask for TLS without records, for verdicts that come later, or for sessions.
 */
static const uint64_t without_effect = ISC_REQ_NO_POST_HANDSHAKE_AUTH;

static uint32_t bit(enum role role, size_t row)
{
	return role == ROLE_INITIATE ? table[row].initiate : table[row].accept;
}

bool flags_requested(enum role role, uint32_t bits, uint32_t *flags)
{
	*flags = 0;
	if (bits & (role == ROLE_INITIATE ? refused_of_initiator : refused_of_acceptor))
		return false;
	for (size_t i = 0; i < COUNT_OF(table); i++)
		if (bits & bit(role, i))
			*flags |= table[i].flag;
	if (role == ROLE_INITIATE && bits & ISC_REQ_NO_INTEGRITY)
		*flags &= ~(uint32_t)FLAG_INTEGRITY;
	return true;
}

bool flags_extended(enum role role, uint64_t bits)
{
	return !(bits & ~(role == ROLE_INITIATE ? without_effect : 0));
}

uint32_t flags_reached(enum role role, uint32_t flags)
{
	uint32_t bits = 0;

	for (size_t i = 0; i < COUNT_OF(table); i++)
		if (flags & table[i].flag)
			bits |= bit(role, i);
	return bits;
}
