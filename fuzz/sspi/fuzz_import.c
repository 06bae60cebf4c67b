/*
 * Covers sspi/export.c: context_unpack, ImportSecurityContextA; ntlm/packed_context.c: ntlm_unpack;
 * negotiate/packed_context.c: negotiate_unpack; base/byte_reader.c: reader_counted, reader_bool; crypto/rc4.c:
 * rc4_load. The first byte chooses the package, and whether the rest is a sealed block or what lies inside the seal. No
 * block of the fuzzer's may be taken; a packed form that is taken must be packed again to the same bytes, and what it
 * made must answer queries and messages.
 */
#include "base/byte_reader.h"
#include "base/compiler.h"
#include "negotiate/negotiate.h"
#include "ntlm/ntlm.h"
#include "sspi/export.h"
#include "support/scratch.h"
#include "support/seams.h"

#include <opensspi/opensspi.h>

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { NEGOTIATE = 1, SEALED = 2, SIGNATURE_SIZE = 16 };

static void require(bool true_always)
{
	if (!true_always)
		abort();
}

static void configure(void)
{
	static const uint8_t key[32] = "a key of tests";
	static OPENSSPI_CONFIGURATION configuration = { .Size = sizeof(configuration) };

	if (configuration.ContextKeyFile)
		return;
	configuration.ContextKeyFile = scratch_write("key", slice_of(key, sizeof(key)), 0600);
	require(OpensspiConfigure(&configuration) == SEC_E_OK);
}

static void import_block(const char *package, struct slice block)
{
	SecBuffer packed = { (uint32_t)block.size, SECBUFFER_EMPTY, (void *)(uintptr_t)block.data };
	CtxtHandle context;

	configure();
	require(ImportSecurityContextA((SEC_CHAR *)(uintptr_t)package, &packed, NULL, &context) ==
		(block.data ? SEC_E_NOT_OWNER : SEC_E_INTERNAL_ERROR));
}

static void ask_everything(const struct context *context)
{
	union attribute_value value;

	for (enum attribute i = ATTRIBUTE_SIZES; i <= ATTRIBUTE_ISSUERS; i++)
		if (context->inner->package->query(context->inner, i, &value) == REASON_OK &&
		    i == ATTRIBUTE_ACCOUNT)
			require(value.account->authority != NULL);
}

static void use(struct context *context)
{
	const struct security_package *package = context->inner->package;
	uint8_t token[SIGNATURE_SIZE], text[8] = "message";
	struct span data = { text, sizeof(text) };
	struct message message = { .header = { token, sizeof(token) }, .data = &data, .data_count = 1 };

	(void)package->sign(context->inner, &message);
	(void)package->seal(context->inner, &message);
	(void)package->open(context->inner, &message);
	(void)package->verify(context->inner, &message);
}

static void unpack(const struct security_package *package, struct slice packed)
{
	CLEANUP(writer_wipe) struct byte_writer again = writer_growing();
	struct context *context;

	if (context_unpack(package, packed, &context) != REASON_OK)
		return;
	require(context_pack(context, false, &again) == REASON_OK);
	require(slice_equal(writer_slice(&again), packed));
	ask_everything(context);
	use(context);
	context_free(context);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct byte_reader in = reader_of(slice_of(data, size));
	const struct security_package *package;
	uint8_t options;

	if (!reader_u8(&in, &options))
		return 0;
	package = options & NEGOTIATE ? &negotiate_package : &ntlm_package;
	if (options & SEALED)
		import_block(package->name, reader_rest(&in));
	else
		unpack(package, reader_rest(&in));
	return 0;
}
