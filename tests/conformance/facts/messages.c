/* MakeSignature, VerifySignature, EncryptMessage, DecryptMessage of NTLM and Negotiate. */
#include "logon.h"

#define WINE         "Wine ntlm.c, testSignSeal"
#define PAGE_ENCRYPT "page EncryptMessage (NTLM)"
#define PAGE_DECRYPT "page DecryptMessage (NTLM)"

static const char words[] = "Hello, world!";
enum { WORDS = sizeof(words) - 1, SIGNATURE = 16 };

/* A message of a TOKEN and DATA, or of what a fact makes of it. */
struct parts {
	unsigned char signature[64], data[64];
	SecBuffer buffers[4];
	SecBufferDesc list;
};

static struct parts one, two;
static struct logon logon;
static struct side client;

static void fill(struct parts *parts)
{
	memset(parts->signature, UNTOUCHED, sizeof(parts->signature));
	memcpy(parts->data, words, WORDS);
	parts->buffers[0] = (SecBuffer) { SIGNATURE, SECBUFFER_TOKEN, parts->signature };
	parts->buffers[1] = (SecBuffer) { WORDS, SECBUFFER_DATA, parts->data };
	parts->list = (SecBufferDesc) { SECBUFFER_VERSION, 2, parts->buffers };
}

/* A client that is done, and a message for it. Runs everywhere. */
static PCtxtHandle alone(void)
{
	ntlm_client_run(&client);
	fill(&one);
	return &client.context;
}

/* Both ends of a logon, and a message. */
static void both_of(const char *package)
{
	logon_run(&logon, package);
	fill(&one);
	fill(&two);
}

static void both(void)
{
	both_of("NTLM");
}

/* --- MakeSignature */

FACT(failure, a_signature_needs_a_token, WINE)
{
	PCtxtHandle context = alone();

	one.buffers[0].BufferType = SECBUFFER_DATA;
	EXPECT_STATUS(MakeSignature(context, 0, &one.list, 0), SEC_E_INVALID_TOKEN);
	side_end(&client);
}

FACT(state, a_signature_has_sixteen_bytes_and_begins_with_its_version, WINE "; MS-NLMP 2.2.2.9")
{
	EXPECT_OK(MakeSignature(alone(), 0, &one.list, 0));
	EXPECT_NUMBER(one.buffers[0].cbBuffer, SIGNATURE);
	EXPECT(memcmp(one.signature, "\1\0\0\0", 4) == 0);
	side_end(&client);
}

FACT(state, a_signature_leaves_the_data_as_they_are, "page MakeSignature")
{
	EXPECT_OK(MakeSignature(alone(), 0, &one.list, 0));
	EXPECT(memcmp(one.data, words, WORDS) == 0);
	EXPECT_NUMBER(one.buffers[1].cbBuffer, WORDS);
	side_end(&client);
}

FACT(state, a_signature_of_all_data_and_the_number_changes_each_time, "MS-NLMP 2.2.2.9, SeqNum; " WINE)
{
	PCtxtHandle context = alone();

	fill(&two);
	EXPECT_OK(MakeSignature(context, 0, &one.list, 0));
	EXPECT_OK(MakeSignature(context, 0, &two.list, 0));
	EXPECT(memcmp(one.signature, two.signature, SIGNATURE) != 0);
	EXPECT_NUMBER(two.signature[12], one.signature[12] + 1);
	side_end(&client);
}

FACT(failure, a_signature_with_too_little_room_is_refused,
     "page MakeSignature; status SEC_E_BUFFER_TOO_SMALL")
{
	PCtxtHandle context = alone();

	one.buffers[0].cbBuffer = SIGNATURE - 1;
	EXPECT_STATUS(MakeSignature(context, 0, &one.list, 0), SEC_E_BUFFER_TOO_SMALL);
	EXPECT_NUMBER(one.signature[0], UNTOUCHED);
	side_end(&client);
}

FACT(state, a_signature_of_no_data_can_be_made, "page MakeSignature, pMessage")
{
	PCtxtHandle context = alone();

	one.list.cBuffers = 1;
	EXPECT_EITHER(MakeSignature(context, 0, &one.list, 0), SEC_E_OK, SEC_E_INVALID_TOKEN);
	side_end(&client);
}

FACT(failure, a_signature_of_null_is_refused, "page MakeSignature, pMessage")
{
	EXPECT(MakeSignature(alone(), 0, NULL, 0) < 0);
	side_end(&client);
}

FACT(state, signatures_may_cover_many_buffers_in_any_order, WINE ", more than one buffer")
{
	static char header[] = "Header Test";
	PCtxtHandle context = alone();

	one.buffers[3] = one.buffers[0];
	one.buffers[0] =
		(SecBuffer) { sizeof(header), SECBUFFER_DATA | SECBUFFER_READONLY_WITH_CHECKSUM, header };
	one.buffers[2] = one.buffers[0];
	one.list.cBuffers = 4;
	EXPECT_OK(MakeSignature(context, 0, &one.list, 0));
	EXPECT(memcmp(one.signature, "\1\0\0\0", 4) == 0 && memcmp(header, "Header Test", 12) == 0);
	side_end(&client);
}

/* --- VerifySignature */

FACT(state, the_peers_signature_verifies, "page VerifySignature; " WINE)
{
	both();
	EXPECT_OK(MakeSignature(&logon.client.context, 0, &one.list, 0));
	EXPECT_OK(VerifySignature(&logon.server.context, &one.list, 0, NULL));
	EXPECT_OK(MakeSignature(&logon.server.context, 0, &two.list, 0));
	EXPECT_OK(VerifySignature(&logon.client.context, &two.list, 0, NULL));
	logon_end(&logon);
}

FACT(failure, a_signature_that_is_none_says_altered, WINE)
{
	PCtxtHandle context = alone();
	ULONG qop = 0xDEADBEEF;

	memset(one.signature, 0, SIGNATURE); /* of the right version, and with the number that is due */
	one.signature[0] = 1;
	EXPECT_STATUS(VerifySignature(context, &one.list, 0, &qop), SEC_E_MESSAGE_ALTERED);
	side_end(&client);
}

FACT(failure, verifying_leaves_the_quality_alone, WINE ": qop is not changed")
{
	PCtxtHandle context = alone();
	ULONG qop = 0xDEADBEEF;

	EXPECT(VerifySignature(context, &one.list, 0, &qop) < 0);
	EXPECT_NUMBER(qop, 0xDEADBEEF);
	side_end(&client);
}

FACT(failure, data_that_were_altered_say_so, "page VerifySignature, SEC_E_MESSAGE_ALTERED")
{
	both();
	EXPECT_OK(MakeSignature(&logon.client.context, 0, &one.list, 0));
	one.data[3] ^= 1;
	EXPECT_STATUS(VerifySignature(&logon.server.context, &one.list, 0, NULL), SEC_E_MESSAGE_ALTERED);
	logon_end(&logon);
}

FACT(failure, ones_own_signature_does_not_verify,
     "MS-NLMP 3.4.5.2: each direction has its own key; page VerifySignature")
{
	PCtxtHandle context = alone();

	EXPECT_OK(MakeSignature(context, 0, &one.list, 0));
	EXPECT_STATUS(VerifySignature(context, &one.list, 0, NULL), SEC_E_MESSAGE_ALTERED);
	side_end(&client);
}

FACT(failure, a_signature_verifies_once, "page VerifySignature, SEC_E_OUT_OF_SEQUENCE, SEC_E_MESSAGE_ALTERED")
{
	both();
	EXPECT_OK(MakeSignature(&logon.client.context, 0, &one.list, 0));
	EXPECT_OK(VerifySignature(&logon.server.context, &one.list, 0, NULL));
	EXPECT_EITHER(VerifySignature(&logon.server.context, &one.list, 0, NULL), SEC_E_OUT_OF_SEQUENCE,
		      SEC_E_MESSAGE_ALTERED);
	logon_end(&logon);
}

FACT(failure, signatures_verify_in_their_order,
     "page VerifySignature, SEC_E_OUT_OF_SEQUENCE, SEC_E_MESSAGE_ALTERED")
{
	both();
	EXPECT_OK(MakeSignature(&logon.client.context, 0, &one.list, 0));
	EXPECT_OK(MakeSignature(&logon.client.context, 0, &two.list, 0));
	EXPECT_EITHER(VerifySignature(&logon.server.context, &two.list, 0, NULL), SEC_E_OUT_OF_SEQUENCE,
		      SEC_E_MESSAGE_ALTERED);
	logon_end(&logon);
}

FACT(failure, verifying_needs_a_token, "page VerifySignature, SEC_E_INVALID_TOKEN")
{
	PCtxtHandle context = alone();

	one.buffers[0].BufferType = SECBUFFER_DATA;
	EXPECT_STATUS(VerifySignature(context, &one.list, 0, NULL), SEC_E_INVALID_TOKEN);
	side_end(&client);
}

/* --- EncryptMessage, DecryptMessage */

FACT(state, ntlm_encrypts_in_place_and_signs, WINE ", crypt trailer")
{
	EXPECT_OK(EncryptMessage(alone(), 0, &one.list, 0));
	EXPECT(memcmp(one.signature, "\1\0\0\0", 4) == 0);
	EXPECT(memcmp(one.data, words, WORDS) != 0);
	EXPECT_NUMBER(one.buffers[1].cbBuffer, WORDS);
	side_end(&client);
}

FACT(state, what_one_side_encrypts_the_other_decrypts, PAGE_ENCRYPT "; " PAGE_DECRYPT)
{
	both();
	EXPECT_OK(EncryptMessage(&logon.client.context, 0, &one.list, 0));
	EXPECT_OK(DecryptMessage(&logon.server.context, &one.list, 0, NULL));
	EXPECT(memcmp(one.data, words, WORDS) == 0);
	EXPECT_OK(EncryptMessage(&logon.server.context, 0, &two.list, 0));
	EXPECT_OK(DecryptMessage(&logon.client.context, &two.list, 0, NULL));
	EXPECT(memcmp(two.data, words, WORDS) == 0);
	logon_end(&logon);
}

FACT(state, negotiate_encrypts_and_decrypts_as_ntlm, "page EncryptMessage (Negotiate)")
{
	both_of("Negotiate");
	EXPECT_OK(EncryptMessage(&logon.client.context, 0, &one.list, 0));
	EXPECT(memcmp(one.data, words, WORDS) != 0);
	EXPECT_OK(DecryptMessage(&logon.server.context, &one.list, 0, NULL));
	EXPECT(memcmp(one.data, words, WORDS) == 0);
	logon_end(&logon);
}

FACT(state, decrypting_tells_the_quality, PAGE_DECRYPT ", pfQOP")
{
	ULONG qop = 0;

	both();
	EXPECT_OK(EncryptMessage(&logon.client.context, 0, &one.list, 0));
	EXPECT_OK(DecryptMessage(&logon.server.context, &one.list, 0, &qop));
	EXPECT_NUMBER(qop, 0);
	logon_end(&logon);
}

FACT(failure, encrypting_needs_a_token,
     WINE ", for MakeSignature; page EncryptMessage (General), SEC_E_INVALID_TOKEN")
{
	PCtxtHandle context = alone();

	one.buffers[0].BufferType = SECBUFFER_DATA;
	EXPECT_STATUS(EncryptMessage(context, 0, &one.list, 0), SEC_E_INVALID_TOKEN);
	EXPECT(memcmp(one.data, words, WORDS) == 0);
	side_end(&client);
}

FACT(failure, encrypting_with_too_little_room_is_refused,
     "page EncryptMessage (General), SEC_E_BUFFER_TOO_SMALL")
{
	PCtxtHandle context = alone();

	one.buffers[0].cbBuffer = SIGNATURE - 1;
	EXPECT_STATUS(EncryptMessage(context, 0, &one.list, 0), SEC_E_BUFFER_TOO_SMALL);
	EXPECT(memcmp(one.data, words, WORDS) == 0);
	side_end(&client);
}

FACT(failure, encrypting_with_an_unknown_quality_is_refused,
     "page EncryptMessage (General), SEC_E_QOP_NOT_SUPPORTED")
{
	EXPECT_STATUS(EncryptMessage(alone(), 0x1234, &one.list, 0), SEC_E_QOP_NOT_SUPPORTED);
	side_end(&client);
}

FACT(failure, signing_with_an_unknown_quality_is_refused, "page MakeSignature, SEC_E_QOP_NOT_SUPPORTED")
{
	EXPECT_STATUS(MakeSignature(alone(), 0x1234, &one.list, 0), SEC_E_QOP_NOT_SUPPORTED);
	side_end(&client);
}

FACT(state, wrap_no_encrypt_signs_only, PAGE_ENCRYPT ", fQOP, SECQOP_WRAP_NO_ENCRYPT")
{
	EXPECT_OK(EncryptMessage(alone(), SECQOP_WRAP_NO_ENCRYPT, &one.list, 0));
	EXPECT(memcmp(one.data, words, WORDS) == 0);
	EXPECT(memcmp(one.signature, "\1\0\0\0", 4) == 0);
	side_end(&client);
}

FACT(failure, encrypted_data_that_were_altered_say_so,
     PAGE_DECRYPT "; page DecryptMessage (General), SEC_E_MESSAGE_ALTERED")
{
	both();
	EXPECT_OK(EncryptMessage(&logon.client.context, 0, &one.list, 0));
	one.data[0] ^= 1;
	EXPECT_STATUS(DecryptMessage(&logon.server.context, &one.list, 0, NULL), SEC_E_MESSAGE_ALTERED);
	logon_end(&logon);
}

FACT(failure, a_decrypted_message_does_not_decrypt_again,
     "page DecryptMessage (General), SEC_E_OUT_OF_SEQUENCE, SEC_E_MESSAGE_ALTERED")
{
	both();
	EXPECT_OK(EncryptMessage(&logon.client.context, 0, &one.list, 0));
	two = one;
	two.buffers[0].pvBuffer = two.signature;
	two.buffers[1].pvBuffer = two.data;
	two.list.pBuffers = two.buffers;
	EXPECT_OK(DecryptMessage(&logon.server.context, &one.list, 0, NULL));
	EXPECT_EITHER(DecryptMessage(&logon.server.context, &two.list, 0, NULL), SEC_E_OUT_OF_SEQUENCE,
		      SEC_E_MESSAGE_ALTERED);
	logon_end(&logon);
}

FACT(state, a_whole_message_decrypts_from_a_stream_buffer,
     PAGE_DECRYPT ", SECBUFFER_STREAM and SECBUFFER_DATA")
{
	static unsigned char whole[128];

	both();
	EXPECT_OK(EncryptMessage(&logon.client.context, 0, &one.list, 0));
	memcpy(whole, one.signature, SIGNATURE);
	memcpy(whole + SIGNATURE, one.data, WORDS);
	one.buffers[0] = (SecBuffer) { SIGNATURE + WORDS, SECBUFFER_STREAM, whole };
	one.buffers[1] = (SecBuffer) { 0, SECBUFFER_DATA, NULL };
	EXPECT_OK(DecryptMessage(&logon.server.context, &one.list, 0, NULL));
	EXPECT_NUMBER(one.buffers[1].cbBuffer, WORDS);
	EXPECT(memcmp(one.buffers[1].pvBuffer, words, WORDS) == 0);
	logon_end(&logon);
}

FACT(state, data_of_a_stream_buffer_point_into_it, PAGE_DECRYPT ": pvBuffer is set")
{
	static unsigned char whole[128];

	both();
	EXPECT_OK(EncryptMessage(&logon.client.context, 0, &one.list, 0));
	memcpy(whole, one.signature, SIGNATURE);
	memcpy(whole + SIGNATURE, one.data, WORDS);
	one.buffers[0] = (SecBuffer) { SIGNATURE + WORDS, SECBUFFER_STREAM, whole };
	one.buffers[1] = (SecBuffer) { 0, SECBUFFER_DATA, NULL };
	EXPECT_OK(DecryptMessage(&logon.server.context, &one.list, 0, NULL));
	EXPECT(one.buffers[1].pvBuffer == whole + SIGNATURE);
	logon_end(&logon);
}

FACT(failure, a_stream_buffer_shorter_than_a_signature_is_refused,
     PAGE_DECRYPT ", SEC_E_INCOMPLETE_MESSAGE, SEC_E_INVALID_TOKEN")
{
	static unsigned char whole[8];
	PCtxtHandle context = alone();

	one.buffers[0] = (SecBuffer) { sizeof(whole), SECBUFFER_STREAM, whole };
	one.buffers[1] = (SecBuffer) { 0, SECBUFFER_DATA, NULL };
	EXPECT(DecryptMessage(context, &one.list, 0, NULL) < 0);
	side_end(&client);
}

FACT(state, read_only_data_take_no_part, "page EncryptMessage (NTLM): SECBUFFER_READONLY is not processed")
{
	static char aside[] = "aside";

	both();
	one.buffers[2] = (SecBuffer) { sizeof(aside), SECBUFFER_DATA | SECBUFFER_READONLY, aside };
	one.list.cBuffers = 3;
	EXPECT_OK(EncryptMessage(&logon.client.context, 0, &one.list, 0));
	EXPECT(strcmp(aside, "aside") == 0);
	aside[0] = 'A';
	EXPECT_OK(DecryptMessage(&logon.server.context, &one.list, 0, NULL));
	EXPECT(memcmp(one.data, words, WORDS) == 0);
	logon_end(&logon);
}

FACT(state, read_only_data_with_checksum_are_signed_and_stay, WINE ", SECBUFFER_READONLY_WITH_CHECKSUM")
{
	static char header[] = "Header Test";

	both();
	one.buffers[2] =
		(SecBuffer) { sizeof(header), SECBUFFER_DATA | SECBUFFER_READONLY_WITH_CHECKSUM, header };
	one.list.cBuffers = 3;
	EXPECT_OK(EncryptMessage(&logon.client.context, 0, &one.list, 0));
	EXPECT(strcmp(header, "Header Test") == 0);
	header[0] = 'h';
	EXPECT_STATUS(DecryptMessage(&logon.server.context, &one.list, 0, NULL), SEC_E_MESSAGE_ALTERED);
	logon_end(&logon);
}

FACT(state, an_empty_message_can_be_encrypted,
     "page EncryptMessage, Remarks: success with empty data is normal")
{
	both();
	one.buffers[1].cbBuffer = 0;
	EXPECT_OK(EncryptMessage(&logon.client.context, 0, &one.list, 0));
	EXPECT_OK(DecryptMessage(&logon.server.context, &one.list, 0, NULL));
	logon_end(&logon);
}

FACT(state, signing_and_sealing_may_take_turns, "MS-NLMP 3.4.3: one sequence number for both")
{
	both();
	EXPECT_OK(EncryptMessage(&logon.client.context, 0, &one.list, 0));
	EXPECT_OK(MakeSignature(&logon.client.context, 0, &two.list, 0));
	EXPECT_OK(DecryptMessage(&logon.server.context, &one.list, 0, NULL));
	EXPECT_OK(VerifySignature(&logon.server.context, &two.list, 0, NULL));
	logon_end(&logon);
}

/* --- Before the end, and after */

/* A client that waits for the CHALLENGE. */
static PCtxtHandle waiting(void)
{
	static struct side nobody;

	client_start(&client, "NTLM");
	side_call(&client, &nobody);
	EXPECT_STATUS(client.status, SEC_I_CONTINUE_NEEDED);
	fill(&one);
	return &client.context;
}

FACT(state, an_unfinished_context_encrypts_nothing,
     "page EncryptMessage, SEC_E_INVALID_HANDLE; observed: NTLM")
{
	EXPECT(EncryptMessage(waiting(), 0, &one.list, 0) < 0);
	EXPECT(memcmp(one.data, words, WORDS) == 0);
	side_end(&client);
}

FACT(state, an_unfinished_context_decrypts_nothing,
     "page DecryptMessage, SEC_E_INVALID_HANDLE; observed: NTLM")
{
	EXPECT(DecryptMessage(waiting(), &one.list, 0, NULL) < 0);
	EXPECT(memcmp(one.data, words, WORDS) == 0);
	side_end(&client);
}

FACT(state, an_unfinished_context_signs_nothing, "page MakeSignature, SEC_E_INVALID_HANDLE; observed: NTLM")
{
	EXPECT(MakeSignature(waiting(), 0, &one.list, 0) < 0);
	EXPECT_NUMBER(one.signature[0], UNTOUCHED);
	side_end(&client);
}

FACT(state, an_unfinished_context_verifies_nothing,
     "page VerifySignature, SEC_E_INVALID_HANDLE; observed: NTLM")
{
	EXPECT(VerifySignature(waiting(), &one.list, 0, NULL) < 0);
	side_end(&client);
}

FACT(state, who_asked_for_nothing_seals_nothing,
     "page EncryptMessage: ISC_REQ_CONFIDENTIALITY; Wine ntlm.c, testSignSeal: SEC_E_UNSUPPORTED_FUNCTION "
     "since Windows Vista")
{
	host_needs_accounts();
	logon_start(&logon, "NTLM");
	logon.client.request = logon.server.request = 0;
	logon_go_on(&logon);
	EXPECT_OK(logon.client.status);
	fill(&one);
	EXPECT_STATUS(EncryptMessage(&logon.client.context, 0, &one.list, 0), SEC_E_UNSUPPORTED_FUNCTION);
	logon_end(&logon);
}

FACT(state, messages_are_told_apart_by_their_context, "MS-NLMP 3.4.5.1: each logon has its own session key")
{
	static struct logon other;

	both();
	logon_run(&other, "NTLM");
	EXPECT_OK(EncryptMessage(&logon.client.context, 0, &one.list, 0));
	EXPECT_STATUS(DecryptMessage(&other.server.context, &one.list, 0, NULL), SEC_E_MESSAGE_ALTERED);
	logon_end(&logon);
	logon_end(&other);
}
