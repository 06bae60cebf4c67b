#include "account/account_line.h"

#include "base/byte_reader.h"
#include "base/memory.h"
#include "base/utf8.h"
#include "crypto/digest.h"

enum {
	FIELDS_MAX = 7,
	NO_FIELD = FIELDS_MAX, /* an index that finds an empty field */
	HASH_DIGITS = 2 * NT_HASH_SIZE,
};

struct line_fields {
	struct slice at[FIELDS_MAX + 1];
	size_t count;
};

/* Which field is what. The user is always the first. */
struct line_form {
	bool (*rest_is_right)(const struct line_fields *);
	size_t domain, lm_hash, nt_hash, flags;
};

/* A seventh field with colons in it is refused as one that is not empty. */
static struct line_fields split(struct slice line)
{
	struct line_fields fields = { .count = 0 };
	struct byte_reader in = reader_of(line);

	while (fields.count < FIELDS_MAX - 1 && reader_until(&in, ':', &fields.at[fields.count]))
		fields.count++;
	fields.at[fields.count++] = reader_rest(&in);
	return fields;
}

/* --- Names --- */

/* A backslash would make DOMAIN\user of a user; controls hide a name from whoever reads the file. */
static bool has_only_name_characters(struct slice text)
{
	struct byte_reader in = reader_of(text);
	size_t units = 0;
	uint32_t code;

	while (!reader_empty(&in)) {
		if (!utf8_read(&in, &code) || code < ' ' || (code >= 0x7F && code < 0xA0) || code == '\\' ||
		    code == ':')
			return false;
		units += code > 0xFFFF ? 2 : 1;
	}
	return units <= ACCOUNT_NAME_MAX;
}

bool account_user_is_writable(struct slice user)
{
	return user.size > 0 && user.data[0] != '#' && has_only_name_characters(user);
}

bool account_domain_is_writable(struct slice domain)
{
	return has_only_name_characters(domain);
}

/* --- Hashes --- */

static bool is_filled_with(struct slice text, uint8_t filler)
{
	struct byte_reader in = reader_of(text);
	uint8_t byte = filler;

	while (byte == filler && reader_u8(&in, &byte))
		continue;
	return byte == filler;
}

/* What smbpasswd, pwdump and others write where there is no hash; its size was checked. */
static bool says_no_password(struct slice text)
{
	struct byte_reader in = reader_of(text);

	if (!reader_expect(&in, "NO PASSWORD", sizeof("NO PASSWORD") - 1))
		in = reader_of(text);
	return is_filled_with(reader_rest(&in), 'X') || is_filled_with(reader_rest(&in), '*');
}

static bool digit_value(uint8_t digit, uint8_t *value)
{
	if (digit >= '0' && digit <= '9')
		*value = (uint8_t)(digit - '0');
	else if (digit >= 'a' && digit <= 'f')
		*value = (uint8_t)(digit - 'a' + 10);
	else if (digit >= 'A' && digit <= 'F')
		*value = (uint8_t)(digit - 'A' + 10);
	else
		return false;
	return true;
}

static bool parse_digits(struct slice text, uint8_t hash[NT_HASH_SIZE])
{
	struct byte_reader in = reader_of(text);
	uint8_t pair[2], high, low;

	for (size_t i = 0; i < NT_HASH_SIZE; i++) {
		if (!reader_copy(&in, pair, sizeof(pair)) || !digit_value(pair[0], &high) ||
		    !digit_value(pair[1], &low))
			return false;
		hash[i] = (uint8_t)(high << 4 | low);
	}
	return reader_empty(&in);
}

/* False: neither a hash nor one of the ways to say that there is none. */
static bool parse_hash(struct slice text, uint8_t hash[NT_HASH_SIZE], bool *present)
{
	*present = false;
	if (text.size == 0 || (text.size == HASH_DIGITS && says_no_password(text)))
		return true;
	*present = parse_digits(text, hash);
	return *present;
}

static void write_hash(struct byte_writer *out, const uint8_t nt_hash[NT_HASH_SIZE])
{
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; i < NT_HASH_SIZE; i++) {
		writer_u8(out, (uint8_t)digits[nt_hash[i] >> 4]);
		writer_u8(out, (uint8_t)digits[nt_hash[i] & 0xF]);
	}
}

/* --- Flags of smbpasswd(5) --- */

static bool flags_have(struct slice flags, const char *wanted)
{
	struct byte_reader in = reader_of(flags);
	uint8_t flag;

	while (reader_u8(&in, &flag))
		if (flag && strchr(wanted, flag))
			return true;
	return false;
}

static bool flags_are_well_formed(struct slice flags)
{
	struct byte_reader in = reader_of(flags);
	struct slice letters;
	uint8_t letter;

	if (!reader_expect(&in, "[", 1) || !reader_until(&in, ']', &letters) || !reader_empty(&in))
		return false;
	in = reader_of(letters);
	while (reader_u8(&in, &letter))
		if (!letter || !strchr("UNDHTMWSLXI ", letter))
			return false;
	return true;
}

static enum reason state_of(struct slice flags, bool has_hash)
{
	if (!has_hash || flags_have(flags, "N"))
		return REASON_NO_PASSWORD_SET;
	if (flags_have(flags, "D"))
		return REASON_ACCOUNT_DISABLED;
	if (flags_have(flags, "L"))
		return REASON_ACCOUNT_LOCKED;
	return flags_have(flags, "WSI") ? REASON_ACCOUNT_OF_MACHINE : REASON_OK;
}

/* --- The three forms --- */

static bool nothing_is_left(const struct line_fields *fields)
{
	return fields->count == 3;
}

static bool sam_rest_is_right(const struct line_fields *fields)
{
	return fields->at[4].size == 0 && fields->at[5].size == 0 && fields->at[6].size == 0;
}

static bool smbpasswd_rest_is_right(const struct line_fields *fields)
{
	struct byte_reader number = reader_of(fields->at[1]), changed = reader_of(fields->at[5]);
	uint8_t digit;

	if (reader_empty(&number))
		return false;
	while (reader_u8(&number, &digit))
		if (digit < '0' || digit > '9')
			return false;
	return flags_are_well_formed(fields->at[4]) && reader_expect(&changed, "LCT-", 4) &&
	       fields->at[6].size == 0;
}

/* user:domain:NT-hash */
static const struct line_form own_form = {
	.rest_is_right = nothing_is_left,
	.domain = 1,
	.lm_hash = NO_FIELD,
	.nt_hash = 2,
	.flags = NO_FIELD,
};
/* user:domain:LM-hash:NT-hash::: */
static const struct line_form sam_form = {
	.rest_is_right = sam_rest_is_right,
	.domain = 1,
	.lm_hash = 2,
	.nt_hash = 3,
	.flags = NO_FIELD,
};
/* user:number:LM-hash:NT-hash:[flags]:LCT-time: */
static const struct line_form smbpasswd_form = {
	.rest_is_right = smbpasswd_rest_is_right,
	.domain = NO_FIELD,
	.lm_hash = 2,
	.nt_hash = 3,
	.flags = 4,
};

static const struct line_form *form_of(const struct line_fields *fields)
{
	struct byte_reader fifth = reader_of(fields->at[4]);

	if (fields->count == 3)
		return &own_form;
	if (fields->count != FIELDS_MAX)
		return NULL;
	return reader_expect(&fifth, "[", 1) ? &smbpasswd_form : &sam_form;
}

bool account_line_parse(struct slice line, struct account_entry *entry)
{
	struct line_fields fields = split(line);
	const struct line_form *form = form_of(&fields);
	uint8_t lm_hash[NT_HASH_SIZE]; /* read for its form alone */
	bool has_lm_hash, has_nt_hash, parsed;

	*entry = (struct account_entry) { .line = line, .state = REASON_NO_PASSWORD_SET };
	if (!form || !form->rest_is_right(&fields))
		return false;
	entry->user = fields.at[0];
	entry->domain = fields.at[form->domain];
	parsed = account_user_is_writable(entry->user) && account_domain_is_writable(entry->domain) &&
		 parse_hash(fields.at[form->lm_hash], lm_hash, &has_lm_hash) &&
		 parse_hash(fields.at[form->nt_hash], entry->nt_hash, &has_nt_hash);
	memory_wipe(lm_hash, sizeof(lm_hash));
	if (parsed)
		entry->state = state_of(fields.at[form->flags], has_nt_hash);
	return parsed;
}

void account_line_write(struct byte_writer *out, struct slice user, struct slice domain,
			const uint8_t nt_hash[NT_HASH_SIZE])
{
	writer_bytes(out, user);
	writer_u8(out, ':');
	writer_bytes(out, domain);
	writer_u8(out, ':');
	write_hash(out, nt_hash);
	writer_u8(out, '\n');
}

/* An LM hash belongs to the old password. */
static void write_no_lm_hash(struct byte_writer *out, size_t size)
{
	for (size_t i = 0; i < size; i++)
		writer_u8(out, 'X');
}

static void write_flags(struct byte_writer *out, struct slice flags)
{
	struct byte_reader in = reader_of(flags);
	uint8_t flag;

	while (reader_u8(&in, &flag))
		writer_u8(out, flag == 'N' ? ' ' : flag);
}

void account_line_write_changed(struct byte_writer *out, const struct account_entry *entry,
				const uint8_t nt_hash[NT_HASH_SIZE])
{
	struct line_fields fields = split(entry->line);
	const struct line_form *form = form_of(&fields);

	if (!form) { /* no entry of account_line_parse */
		out->failed = true;
		return;
	}
	for (size_t i = 0; i < fields.count; i++) {
		if (i > 0)
			writer_u8(out, ':');
		if (i == form->nt_hash)
			write_hash(out, nt_hash);
		else if (i == form->lm_hash)
			write_no_lm_hash(out, fields.at[i].size);
		else if (i == form->flags)
			write_flags(out, fields.at[i]);
		else
			writer_bytes(out, fields.at[i]);
	}
	writer_u8(out, '\n');
}

/* --- Entries --- */

void account_entry_wipe(struct account_entry *entry)
{
	memory_wipe(entry, sizeof(*entry));
	entry->state = REASON_NO_PASSWORD_SET;
}

enum reason account_entry_state(const struct account_entry *entry, bool empty_passwords)
{
	uint8_t empty[NT_HASH_SIZE];

	ntlm_nt_hash(slice_of(NULL, 0), empty);
	if (entry->state == REASON_OK && !empty_passwords &&
	    crypto_equal(slice_of(entry->nt_hash, NT_HASH_SIZE), slice_of(empty, sizeof(empty))))
		return REASON_EMPTY_PASSWORD;
	return entry->state;
}

enum reason account_entry_check(const struct account_entry *entry, const uint8_t nt_hash[NT_HASH_SIZE],
				bool empty_passwords)
{
	if (entry->state == REASON_NO_PASSWORD_SET)
		return REASON_NO_PASSWORD_SET;
	if (!crypto_equal(slice_of(entry->nt_hash, NT_HASH_SIZE), slice_of(nt_hash, NT_HASH_SIZE)))
		return REASON_WRONG_PASSWORD;
	return account_entry_state(entry, empty_passwords);
}
