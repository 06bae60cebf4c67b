#include "authority/account_map.h"

#include "account/account_line.h"
#include "account/account_storage.h"
#include "base/utf16.h"

/* --- Names */

/* The text in front of the first (last) `mark` and behind it; false if there is none. */
static bool split(struct slice text, char mark, bool last, struct slice *front, struct slice *back)
{
	for (size_t i = 0; i < text.size; i++) {
		size_t at = last ? text.size - 1 - i : i;

		if (text.data[at] == (uint8_t)mark)
			return slice_part(text, 0, at, front) &&
			       slice_part(text, at + 1, text.size - at - 1, back);
	}
	return false;
}

static bool copy_as_utf16(struct secret *to, struct slice utf8)
{
	LOCAL_WRITER(utf16);

	return utf16_from_utf8(&utf16, utf8) && secret_copy(to, writer_slice(&utf16));
}

static enum reason name_account(struct slice user, struct slice domain, const char *authority,
				struct account *account)
{
	if (!account_user_is_writable(user) || !account_domain_is_writable(domain))
		return REASON_UNKNOWN_USER;
	if (!copy_as_utf16(&account->user, user) || !copy_as_utf16(&account->domain, domain)) {
		account_wipe(account);
		return REASON_OUT_OF_MEMORY;
	}
	account->local = domain.size == 0;
	account->authority = authority;
	return REASON_OK;
}

enum reason account_of_principal(struct slice name, struct account *account)
{
	struct slice user, domain;

	if (!split(name, '@', true, &user, &domain) || domain.size == 0)
		return REASON_UNKNOWN_USER;
	return name_account(user, domain, "certificate", account);
}

/* --- Lines */

static bool is_blank(uint8_t byte)
{
	return byte == ' ' || byte == '\t' || byte == '\r';
}

static struct slice trimmed(struct slice text)
{
	struct byte_reader in = reader_of(text), ahead = in;
	uint8_t byte;

	while (reader_u8(&ahead, &byte) && is_blank(byte))
		in = ahead;
	text = reader_rest(&in);
	while (text.size && is_blank(text.data[text.size - 1]))
		text.size--;
	return text;
}

static bool read_digit(struct byte_reader *in, uint8_t *digit)
{
	uint8_t letter;

	if (!reader_u8(in, &letter))
		return false;
	if (letter >= '0' && letter <= '9')
		*digit = (uint8_t)(letter - '0');
	else if ((letter | 0x20) >= 'a' && (letter | 0x20) <= 'f')
		*digit = (uint8_t)((letter | 0x20) - 'a' + 10);
	else
		return false;
	return true;
}

/* Hexadecimal; a colon may stand between two octets, as openssl prints it. */
static bool read_fingerprint(struct byte_reader *in, uint8_t fingerprint[SHA256_SIZE])
{
	uint8_t high, low;

	for (size_t i = 0; i < SHA256_SIZE; i++) {
		bool colon = i > 0 && in->size && in->data[0] == ':';

		if (colon && !reader_skip(in, 1))
			return false;
		if (!read_digit(in, &high) || !read_digit(in, &low))
			return false;
		fingerprint[i] = (uint8_t)(high << 4 | low);
	}
	return true;
}

struct map_line {
	uint8_t fingerprint[SHA256_SIZE];
	struct slice user, domain;
};

/* False: it is no line of the form. */
static bool parse_line(struct slice line, struct map_line *parsed)
{
	struct byte_reader in = reader_of(line);
	struct slice name;

	if (!read_fingerprint(&in, parsed->fingerprint) || reader_empty(&in) || !is_blank(in.data[0]))
		return false;
	name = trimmed(reader_rest(&in));
	parsed->user = name;
	parsed->domain = slice_of(NULL, 0);
	if (!split(name, '\\', false, &parsed->domain, &parsed->user))
		(void)split(name, '@', true, &parsed->user, &parsed->domain);
	return account_user_is_writable(parsed->user) && account_domain_is_writable(parsed->domain);
}

/* The next line that is neither empty nor a comment; false at the end. */
static bool next_line(struct byte_reader *in, struct slice *line)
{
	while (!reader_empty(in)) {
		if (!reader_until(in, '\n', line) && !reader_take(in, in->size, line))
			return false;
		*line = trimmed(*line);
		if (line->size && line->data[0] != '#')
			return true;
	}
	return false;
}

/* The whole file is read: one line that is wrong makes it doubtful. */
enum reason account_map_find(struct slice text, const uint8_t fingerprint[SHA256_SIZE],
			     struct account *account)
{
	struct byte_reader in = reader_of(text);
	struct map_line line, found;
	size_t count = 0;
	struct slice next;

	while (next_line(&in, &next)) {
		if (!parse_line(next, &line))
			return REASON_ACCOUNT_FILE_MALFORMED;
		if (memcmp(line.fingerprint, fingerprint, SHA256_SIZE) != 0)
			continue;
		found = line;
		count++;
	}
	if (count != 1)
		return count ? REASON_ACCOUNT_FILE_MALFORMED : REASON_UNKNOWN_USER;
	return name_account(found.user, found.domain, "account-map", account);
}

enum reason account_map_look_up(const char *path, struct slice der, struct account *account)
{
	LOCAL_WRITER(text);
	uint8_t fingerprint[SHA256_SIZE];
	enum reason reason = account_storage_read(path, &text);

	if (reason != REASON_OK)
		return reason;
	if (!crypto_sha256(&der, 1, fingerprint))
		return REASON_CRYPTO_FAILED;
	return account_map_find(writer_slice(&text), fingerprint, account);
}
