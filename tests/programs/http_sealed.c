#include "programs/http_sealed.h"

#include "base/byte_reader.h"
#include "programs/http_message.h"
#include "programs/http_record.h"

#include <stdio.h>

#define BOUNDARY       "--Encrypted Boundary"
#define ORIGINAL       "\tOriginalContent: type=application/soap+xml;charset=UTF-8;Length="
#define OCTET_STREAM   "\tContent-Type: application/octet-stream\r\n"
#define RECORD_OPTIMAL 16384 /* MS-WSMV 2.2.9.1.3: no part of CredSSP's holds more */

enum { TLS_HEADER = 5, TLS_LENGTH = 3 };

struct http_sealed_form {
	const char *protocol;
	size_t part_max; /* 0: one part holds all */
	bool (*open)(CtxtHandle *context, struct byte_reader *in, size_t size, struct byte_writer *text);
	bool (*seal)(CtxtHandle *context, struct slice text, struct byte_writer *out);
};

/* --- Negotiate and Kerberos: the length of the token, the token, the data --------------------------------------- */

static bool open_message(CtxtHandle *context, struct byte_reader *in, size_t size, struct byte_writer *text)
{
	CLEANUP(writer_wipe) struct byte_writer data = writer_growing();
	CLEANUP(writer_wipe) struct byte_writer token = writer_growing();
	struct slice sealed, signature;
	SecBuffer buffers[2];
	SecBufferDesc list = { SECBUFFER_VERSION, COUNT_OF(buffers), buffers };
	uint32_t quality = SECQOP_WRAP_NO_ENCRYPT;

	if (!reader_counted(in, &signature) || !reader_take(in, size, &sealed))
		return false;
	writer_bytes(&token, signature);
	writer_bytes(&data, sealed);
	if (!writer_ok(&token) || !writer_ok(&data))
		return false;
	buffers[0] = (SecBuffer) { (uint32_t)token.size, SECBUFFER_TOKEN, token.data };
	buffers[1] = (SecBuffer) { (uint32_t)data.size, SECBUFFER_DATA, data.data };
	if (DecryptMessage(context, &list, 0, &quality) != SEC_E_OK || quality == SECQOP_WRAP_NO_ENCRYPT)
		return false;
	writer_bytes(text, slice_of(buffers[1].pvBuffer, buffers[1].cbBuffer));
	return writer_ok(text);
}

static bool seal_message(CtxtHandle *context, struct slice text, struct byte_writer *out)
{
	CLEANUP(writer_wipe) struct byte_writer data = writer_growing();
	CLEANUP(writer_wipe) struct byte_writer token = writer_growing();
	SecPkgContext_Sizes sizes;
	SecBuffer buffers[2];
	SecBufferDesc list = { SECBUFFER_VERSION, COUNT_OF(buffers), buffers };

	if (QueryContextAttributesA(context, SECPKG_ATTR_SIZES, &sizes) != SEC_E_OK)
		return false;
	writer_zeros(&token, sizes.cbSecurityTrailer);
	writer_bytes(&data, text);
	if (!writer_ok(&token) || !writer_ok(&data))
		return false;
	buffers[0] = (SecBuffer) { (uint32_t)token.size, SECBUFFER_TOKEN, token.data };
	buffers[1] = (SecBuffer) { (uint32_t)data.size, SECBUFFER_DATA, data.data };
	if (EncryptMessage(context, 0, &list, 0) != SEC_E_OK)
		return false;
	writer_counted(out, slice_of(buffers[0].pvBuffer, buffers[0].cbBuffer));
	writer_bytes(out, slice_of(buffers[1].pvBuffer, buffers[1].cbBuffer));
	return writer_ok(out);
}

/* --- CredSSP: the length of the record's trailer, the record ------------------------------------------------------ */

static bool take_record(struct byte_reader *in, struct slice *record)
{
	struct byte_reader head = *in;
	uint16_t length;

	return reader_skip(&head, TLS_LENGTH) && reader_u16be(&head, &length) &&
	       reader_take(in, (size_t)TLS_HEADER + length, record);
}

/* Whole records, until they have held all of the part. */
static bool open_records(CtxtHandle *context, struct byte_reader *in, size_t size, struct byte_writer *text)
{
	size_t end = text->size + size;
	struct slice record;
	uint32_t trailer;

	if (!reader_u32le(in, &trailer))
		return false;
	while (text->size < end) {
		CLEANUP(writer_wipe) struct byte_writer copy = writer_growing();

		if (!take_record(in, &record))
			return false;
		writer_bytes(&copy, record);
		if (!writer_ok(&copy) || http_record_open(context, &copy, text) != SEC_E_OK)
			return false;
	}
	return text->size == end;
}

static bool seal_record(CtxtHandle *context, struct slice text, struct byte_writer *out)
{
	CLEANUP(writer_wipe) struct byte_writer record = writer_growing();
	uint32_t trailer;

	if (!http_record_seal(context, text, &record, &trailer))
		return false;
	writer_u32le(out, trailer);
	writer_bytes(out, writer_slice(&record));
	return writer_ok(out);
}

/* --- Parts ------------------------------------------------------------------------------------------------------ */

static const struct http_sealed_form forms[] = {
	{ "application/HTTP-SPNEGO-session-encrypted", 0, open_message, seal_message },
	{ "application/HTTP-Kerberos-session-encrypted", 0, open_message, seal_message },
	{ "application/HTTP-CredSSP-session-encrypted", RECORD_OPTIMAL, open_records, seal_record },
};

const struct http_sealed_form *http_sealed_form(struct slice content_type)
{
	for (size_t i = 0; i < COUNT_OF(forms); i++)
		if (memmem(content_type.data, content_type.size, forms[i].protocol,
			   strlen(forms[i].protocol)))
			return &forms[i];
	return NULL;
}

static bool expect_text(struct byte_reader *in, const char *text)
{
	return reader_expect(in, text, strlen(text));
}

static bool read_length(struct byte_reader *in, size_t *length)
{
	uint8_t digit;

	for (*length = 0; reader_u8(in, &digit) && digit >= '0' && digit <= '9';)
		*length = *length * 10 + (size_t)(digit - '0');
	return digit == '\r' && expect_text(in, "\n");
}

/* Both of its halves: how long the text is, and the text. */
static bool open_part(const struct http_sealed_form *form, CtxtHandle *context, struct byte_reader *in,
		      struct byte_writer *text)
{
	size_t length;

	return expect_text(in, "\r\n\tContent-Type: ") && expect_text(in, form->protocol) &&
	       expect_text(in, "\r\n" ORIGINAL) && read_length(in, &length) &&
	       expect_text(in, BOUNDARY "\r\n" OCTET_STREAM) &&
	       (!form->part_max || length <= form->part_max) && form->open(context, in, length, text) &&
	       expect_text(in, BOUNDARY);
}

bool http_sealed_open(const struct http_sealed_form *form, CtxtHandle *context, struct slice body,
		      struct byte_writer *text)
{
	struct byte_reader in = reader_of(body);

	if (!expect_text(&in, BOUNDARY))
		return false;
	do {
		if (!open_part(form, context, &in, text))
			return false;
	} while (!expect_text(&in, "--\r\n"));
	return reader_empty(&in);
}

void http_sealed_write_type(const struct http_sealed_form *form, size_t size, struct byte_writer *out)
{
	http_write_text(out, "Content-Type: multipart/");
	http_write_text(out, form->part_max && size > form->part_max ? "x-multi-encrypted" : "encrypted");
	http_write_text(out, ";protocol=\"");
	http_write_text(out, form->protocol);
	http_write_text(out, "\";boundary=\"Encrypted Boundary\"\r\n");
}

static bool write_part(const struct http_sealed_form *form, CtxtHandle *context, struct slice text,
		       struct byte_writer *body)
{
	char line[sizeof(ORIGINAL) + 24];

	http_write_text(body, BOUNDARY "\r\n\tContent-Type: ");
	http_write_text(body, form->protocol);
	(void)snprintf(line, sizeof(line), "\r\n" ORIGINAL "%zu", text.size);
	http_write_text(body, line);
	http_write_text(body, "\r\n" BOUNDARY "\r\n" OCTET_STREAM);
	return form->seal(context, text, body);
}

bool http_sealed_write(const struct http_sealed_form *form, CtxtHandle *context, struct slice text,
		       struct byte_writer *body)
{
	struct byte_reader left = reader_of(text);
	struct slice part;

	do {
		size_t size = form->part_max && left.size > form->part_max ? form->part_max : left.size;

		if (!reader_take(&left, size, &part) || !write_part(form, context, part, body))
			return false;
	} while (!reader_empty(&left));
	http_write_text(body, BOUNDARY "--\r\n");
	return writer_ok(body);
}
