/*
 * Which account a client's certificate stands for. The certificate is verified; nothing here doubts it. Nobody is
 * guessed: an account is the one that a line of a file, or the certificate's user principal name, names.
 */
#ifndef OPENSSPI_AUTHORITY_ACCOUNT_MAP_H
#define OPENSSPI_AUTHORITY_ACCOUNT_MAP_H

#include "authority/authority.h"
#include "crypto/digest.h"

/*
 * The account beside the certificate's SHA-256 in the file at `path`, which must be as safe as an account file.
 * UNKNOWN_USER: no line has it; ACCOUNT_FILE_MALFORMED: a line is none, or two name the certificate; the reasons of
 * account_storage_read. docs/schannel.md has the form.
 */
NODISCARD enum reason account_map_look_up(const char *path, struct slice der, struct account *account);
/* The same in a file's text. */
NODISCARD enum reason account_map_find(struct slice text, const uint8_t fingerprint[SHA256_SIZE],
				       struct account *account);
/* user@domain, UTF-8. UNKNOWN_USER: it is not of that form. */
NODISCARD enum reason account_of_principal(struct slice name, struct account *account);

#endif
