/* Text of strangers made fit to be printed: names come from peers and need not even be UTF-8. */
#ifndef OPENSSPI_PROGRAMS_OPENSSPI_TEXT_H
#define OPENSSPI_PROGRAMS_OPENSSPI_TEXT_H

#include "base/byte_writer.h"

/* A sentence of ours. */
void text_say(struct byte_writer *out, const char *sentence);
/* For people: control characters, which could move a terminal's cursor, and what is no UTF-8 become U+FFFD. */
void text_plain(struct byte_writer *out, const char *text);
void text_number(struct byte_writer *out, uint64_t value);

/*
 * JSON (RFC 8259). Commas are put where they are due. NULL becomes null; what is no UTF-8 becomes U+FFFD.
 *   json_open(out, '{'), json_name(out, "peer"), json_string(out, text), json_close(out, '}')
 */
void json_open(struct byte_writer *out, char bracket);
void json_close(struct byte_writer *out, char bracket);
void json_name(struct byte_writer *out, const char *name);
void json_string(struct byte_writer *out, const char *text);
void json_number(struct byte_writer *out, uint64_t value);
/* One member of an object. */
void json_member(struct byte_writer *out, const char *name, const char *text);

#endif
