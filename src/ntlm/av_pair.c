#include "ntlm/av_pair.h"

#include "crypto/digest.h"

bool ntlm_av_pair_read(struct byte_reader *in, uint16_t *id, struct slice *value)
{
	struct byte_reader ahead = *in;
	uint16_t size;

	if (!reader_u16le(&ahead, id) || !reader_u16le(&ahead, &size) || !reader_take(&ahead, size, value))
		return false;
	*in = ahead;
	return true;
}

/* Those that somebody here looks into. */
static bool has_its_size(uint16_t id, struct slice value)
{
	switch (id) {
	case MSV_AV_EOL:
		return value.size == 0;
	case MSV_AV_FLAGS:
		return value.size == sizeof(uint32_t);
	case MSV_AV_TIMESTAMP:
		return value.size == sizeof(uint64_t);
	case MSV_AV_CHANNEL_BINDINGS:
		return value.size == MD5_SIZE;
	default:
		return true;
	}
}

bool ntlm_av_pairs_read(struct byte_reader *in, struct slice *pairs)
{
	struct byte_reader ahead = *in;
	struct slice value;
	size_t size = 0;
	uint16_t id;

	while (ntlm_av_pair_read(&ahead, &id, &value) && has_its_size(id, value)) {
		if (id == MSV_AV_EOL) {
			*pairs = slice_of(in->data, size);
			*in = ahead;
			return true;
		}
		size = in->size - ahead.size;
	}
	return false;
}

bool ntlm_av_pairs_find(struct slice pairs, enum ntlm_av_id wanted, struct slice *value)
{
	struct byte_reader in = reader_of(pairs);
	uint16_t id;

	while (ntlm_av_pair_read(&in, &id, value))
		if (id == wanted)
			return true;
	*value = slice_of(NULL, 0);
	return false;
}

uint32_t ntlm_av_flags(struct slice pairs)
{
	struct byte_reader in;
	struct slice value;
	uint32_t flags;

	(void)ntlm_av_pairs_find(pairs, MSV_AV_FLAGS, &value);
	in = reader_of(value);
	return reader_u32le(&in, &flags) ? flags : 0;
}

void ntlm_av_pair_write(struct byte_writer *out, uint16_t id, struct slice value)
{
	if (value.size > UINT16_MAX) {
		out->failed = true;
		return;
	}
	writer_u16le(out, id);
	writer_u16le(out, (uint16_t)value.size);
	writer_bytes(out, value);
}
