/* NegTokenInit (RFC 4178 4.2.1) and NegTokenInit2 (MS-SPNG 2.2.1): the first token. Slices point into the token. */
#ifndef OPENSSPI_NEGOTIATE_NEG_TOKEN_INIT_H
#define OPENSSPI_NEGOTIATE_NEG_TOKEN_INIT_H

#include "base/byte_reader.h"
#include "base/byte_writer.h"

struct neg_token_init {
	struct slice mech_types; /* MechTypeList: the whole SEQUENCE, what mechListMIC is made over */
	bool has_mech_token;
	struct slice mech_token;
	struct slice mech_list_mic; /* empty: none */
};

/* With its GSS framing (RFC 2743 3.1). reqFlags and negHints are unprotected and not looked into. */
NODISCARD bool neg_token_init_parse(struct slice token, struct neg_token_init *init);
void neg_token_init_write(struct byte_writer *out, const struct neg_token_init *init);

/* The next object identifier of a MechTypeList that was parsed: its contents octets. False: the list is over. */
NODISCARD bool mech_types_next(struct byte_reader *in, struct slice *oid);
/* A reader at the first one. */
struct byte_reader mech_types_reader(struct slice mech_types);

#endif
