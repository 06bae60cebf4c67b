/* What a client that knows a password asks an authority: a right NTLMv2 response over a fixed challenge. */
#ifndef OPENSSPI_TESTS_SUPPORT_NTLM_QUESTION_H
#define OPENSSPI_TESTS_SUPPORT_NTLM_QUESTION_H

#include "authority/authority.h"

/* UTF-16LE; the response is kept until the program ends. */
struct ntlm_question ntlm_question_with_hash(struct slice user, struct slice domain,
					     const uint8_t nt_hash[NT_HASH_SIZE]);
/* ASCII. */
struct ntlm_question ntlm_question_of(const char *user, const char *domain, const char *password);
/* The SessionBaseKey that belongs to its response. */
void ntlm_question_key(const struct ntlm_question *question, const uint8_t nt_hash[NT_HASH_SIZE],
		       uint8_t key[NTLM_KEY_SIZE]);

#endif
