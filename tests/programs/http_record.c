#include "programs/http_record.h"

enum { RECORD_BUFFERS = 4 };

SECURITY_STATUS http_record_open(CtxtHandle *context, struct byte_writer *records, struct byte_writer *text)
{
	SecBuffer buffers[RECORD_BUFFERS] = { { (uint32_t)records->size, SECBUFFER_DATA, records->data } };
	SecBufferDesc list = { SECBUFFER_VERSION, RECORD_BUFFERS, buffers };
	SECURITY_STATUS status = DecryptMessage(context, &list, 0, NULL);
	uint32_t extra = buffers[3].BufferType == SECBUFFER_EXTRA ? buffers[3].cbBuffer : 0;

	if (status != SEC_E_OK)
		return status;
	writer_bytes(text, slice_of(buffers[1].pvBuffer, buffers[1].cbBuffer));
	writer_drop_front(records, records->size - extra);
	return writer_ok(text) ? SEC_E_OK : SEC_E_INSUFFICIENT_MEMORY;
}

bool http_record_seal(CtxtHandle *context, struct slice text, struct byte_writer *records, uint32_t *trailer)
{
	CLEANUP(writer_wipe) struct byte_writer record = writer_growing();
	SecPkgContext_StreamSizes sizes;
	SecBuffer buffers[RECORD_BUFFERS] = { 0 };
	SecBufferDesc list = { SECBUFFER_VERSION, RECORD_BUFFERS, buffers };

	if (QueryContextAttributesA(context, SECPKG_ATTR_STREAM_SIZES, &sizes) != SEC_E_OK)
		return false;
	writer_zeros(&record, sizes.cbHeader);
	writer_bytes(&record, text);
	writer_zeros(&record, sizes.cbTrailer);
	if (!writer_ok(&record))
		return false;
	buffers[0] = (SecBuffer) { sizes.cbHeader, SECBUFFER_STREAM_HEADER, record.data };
	buffers[1] = (SecBuffer) { (uint32_t)text.size, SECBUFFER_DATA, record.data + sizes.cbHeader };
	buffers[2] = (SecBuffer) { sizes.cbTrailer, SECBUFFER_STREAM_TRAILER,
				   record.data + sizes.cbHeader + text.size };
	if (EncryptMessage(context, 0, &list, 0) != SEC_E_OK)
		return false;
	*trailer = buffers[2].cbBuffer;
	writer_bytes(records, slice_of(record.data, sizes.cbHeader + text.size + *trailer));
	return writer_ok(records);
}
