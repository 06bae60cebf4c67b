/*
 * ExportSecurityContext and ImportSecurityContext. The block is a nonce and the packed context, sealed under the key
 * file of OpensspiConfigure; the package's name and the version of the packed form are sealed with it.
 */
#include "sspi/export.h"

#include "base/byte_reader.h"
#include "base/private_file.h"
#include "crypto/aead.h"
#include "crypto/random.h"
#include "sspi/configuration.h"
#include "sspi/context_buffer.h"
#include "sspi/lists_lock.h"
#include "sspi/package_info.h"
#include "sspi/packages.h"
#include "sspi/token.h"

#include <opensspi/sspi.h>

/* Of the packed form, packages included: whoever changes that form counts on. */
enum { FORM_VERSION = 2 };
/* More than any: its names have 16-bit sizes in the protocol. */
enum { BLOCK_MAX = 1 << 20 };

#define KNOWN_FLAGS ((uint32_t)(SECPKG_CONTEXT_EXPORT_RESET_NEW | SECPKG_CONTEXT_EXPORT_DELETE_OLD))

/* --- The packed form --- */

enum reason context_pack(const struct context *context, bool reset, struct byte_writer *out)
{
	const struct security_package *package = context->inner->package;
	enum reason reason;

	if (!package->pack)
		return REASON_UNSUPPORTED;
	writer_u8(out, (uint8_t)context->role);
	writer_u32le(out, context->requested);
	writer_u32le(out, context->reached);
	writer_u64le(out, (uint64_t)context->start);
	writer_u64le(out, (uint64_t)context->expiry);
	writer_counted(out, secret_slice(&context->target));
	writer_counted(out, context_computer(context));
	reason = package->pack(context->inner, reset, out);
	return reason == REASON_OK && !writer_ok(out) ? REASON_OUT_OF_MEMORY : reason;
}

static bool take_role(struct byte_reader *in, enum role *role)
{
	bool accepts;

	if (!reader_bool(in, &accepts))
		return false;
	*role = accepts ? ROLE_ACCEPT : ROLE_INITIATE;
	return true;
}

static enum reason fill(const struct security_package *package, struct byte_reader *in,
			struct context *context)
{
	uint64_t start, expiry;
	enum reason reason;

	if (!reader_u32le(in, &context->requested) || !reader_u32le(in, &context->reached) ||
	    !reader_u64le(in, &start) || !reader_u64le(in, &expiry))
		return REASON_BAD_TOKEN;
	context->start = (int64_t)start;
	context->expiry = (int64_t)expiry;
	reason = secret_read_text(in, &context->target);
	if (reason == REASON_OK)
		reason = secret_read_text(in, &context->computer);
	if (reason != REASON_OK)
		return reason;
	return package->unpack(reader_rest(in), context->role, all_packages, &context->inner);
}

enum reason context_unpack(const struct security_package *package, struct slice packed, struct context **made)
{
	struct byte_reader in = reader_of(packed);
	struct context *context;
	enum reason reason;
	enum role role;

	if (!package->unpack)
		return REASON_UNSUPPORTED;
	if (!take_role(&in, &role))
		return REASON_BAD_TOKEN;
	context = context_start(role);
	if (!context)
		return REASON_OUT_OF_MEMORY;
	reason = fill(package, &in, context);
	if (reason == REASON_OK) {
		context->state = CONTEXT_FINISHED;
		*made = context;
	} else {
		context_free(context);
	}
	return reason;
}

/* --- The seal --- */

/* Read anew for each call, so that it lies in memory no longer than that. */
static enum reason read_key(const char *step, struct byte_writer *key)
{
	CLEANUP(configuration_wipe) struct configuration configuration = { 0 };
	enum reason reason = configuration_read(&configuration);
	const char *path = configuration_path(&configuration.context_key_file);

	if (reason != REASON_OK)
		return reason;
	if (!path) {
		trace(step, REASON_UNSUPPORTED, "OpensspiConfigure was given no ContextKeyFile");
		return REASON_UNSUPPORTED;
	}
	reason = private_file_read(
		&(struct private_file) {
			.step = step,
			.path = path,
			.max = AEAD_KEY_SIZE,
			.missing = REASON_CONTEXT_KEY_FILE,
			.unsafe = REASON_CONTEXT_KEY_FILE,
			.too_big = REASON_CONTEXT_KEY_FILE,
		},
		key);
	if (reason == REASON_OK && key->size != AEAD_KEY_SIZE) {
		trace(step, REASON_CONTEXT_KEY_FILE, "%s: has %zu bytes, not 32", path, key->size);
		return REASON_CONTEXT_KEY_FILE;
	}
	return reason;
}

static void write_associated(struct byte_writer *out, const struct security_package *package)
{
	writer_bytes(out, SLICE_LITERAL("OpenSSPI context"));
	writer_u8(out, FORM_VERSION);
	writer_bytes(out, slice_of(package->name, strlen(package->name)));
}

static enum reason seal_context(const struct context *context, bool reset, struct byte_writer *block)
{
	LOCAL_WRITER(key);
	LOCAL_WRITER(associated);
	LOCAL_WRITER(packed);
	uint8_t nonce[AEAD_NONCE_SIZE];
	enum reason reason = read_key("export", &key);

	if (reason == REASON_OK)
		reason = context_pack(context, reset, &packed);
	if (reason != REASON_OK)
		return reason;
	if (!random_bytes(nonce, sizeof(nonce)))
		return REASON_NO_RANDOM;
	write_associated(&associated, context->inner->package);
	writer_bytes(block, slice_of(nonce, sizeof(nonce)));
	return aead_seal(key.data, nonce, writer_slice(&associated), writer_slice(&packed), block);
}

/* Nothing of the block is looked at before its seal was found right. */
static enum reason open_block(const struct security_package *package, struct slice block,
			      uint8_t nonce[AEAD_NONCE_SIZE], struct context **made)
{
	LOCAL_WRITER(key);
	LOCAL_WRITER(associated);
	CLEANUP(secret_wipe) struct secret packed = { 0 };
	struct byte_reader in = reader_of(block);
	enum reason reason = read_key("import", &key);

	if (reason != REASON_OK)
		return reason;
	if (block.size > BLOCK_MAX || !reader_copy(&in, nonce, AEAD_NONCE_SIZE))
		return REASON_CONTEXT_BLOCK;
	write_associated(&associated, package);
	reason = aead_open(key.data, nonce, writer_slice(&associated), reader_rest(&in), &packed);
	if (reason == REASON_OK)
		reason = context_unpack(package, secret_slice(&packed), made);
	return reason == REASON_MESSAGE_ALTERED || reason == REASON_BAD_TOKEN ? REASON_CONTEXT_BLOCK : reason;
}

/* --- Export --- */

static enum reason export_context(struct context *context, uint32_t flags, PSecBuffer packed, HANDLE *token)
{
	CLEANUP(writer_wipe) struct byte_writer block = writer_growing();
	enum reason reason;
	void *made;

	if (flags & ~KNOWN_FLAGS)
		return REASON_UNSUPPORTED;
	if (!packed)
		return REASON_NULL_ARGUMENT;
	if (packed->BufferType != SECBUFFER_EMPTY)
		return REASON_BAD_BUFFERS;
	if (!context->inner->package->pack)
		return REASON_UNSUPPORTED;
	reason = seal_context(context, flags & SECPKG_CONTEXT_EXPORT_RESET_NEW, &block);
	if (reason != REASON_OK)
		return reason;
	made = context_buffer_copy(writer_slice(&block));
	if (!made)
		return REASON_OUT_OF_MEMORY;
	reason = token ? token_of_context(context, token) : REASON_OK;
	if (reason != REASON_OK) {
		(void)FreeContextBuffer(made);
		return reason;
	}
	packed->pvBuffer = made;
	packed->cbBuffer = (uint32_t)block.size;
	context->exported = true;
	trace("export", REASON_OK, "its messages go on where it is imported");
	return REASON_OK;
}

SECURITY_STATUS SEC_ENTRY ExportSecurityContext(PCtxtHandle phContext, uint32_t fFlags,
						PSecBuffer pPackedContext, HANDLE *pToken)
{
	CLEANUP(context_leave) struct context_visit visit = { 0 };
	enum reason reason = context_enter_messages(phContext, &visit);

	if (reason == REASON_OK)
		reason = export_context(visit.context, fFlags, pPackedContext, pToken);
	if (reason != REASON_OK)
		return fail("export", reason, NULL);
	if (fFlags & SECPKG_CONTEXT_EXPORT_DELETE_OLD)
		handle_close(phContext, HANDLE_CONTEXT);
	return SEC_E_OK;
}

/* --- Import --- */

/*
 * Two contexts of one block would use one key stream twice. The last so many that this process imported are known by
 * their nonces; other processes cannot be known here.
 */
enum { REMEMBERED = 1024 };

static struct {
	uint8_t nonces[REMEMBERED][AEAD_NONCE_SIZE];
	size_t count, next;
} imported; /* under the lists' lock */

static bool is_known(const uint8_t nonce[AEAD_NONCE_SIZE])
{
	for (size_t i = 0; i < imported.count; i++)
		if (memcmp(imported.nonces[i], nonce, AEAD_NONCE_SIZE) == 0)
			return true;
	return false;
}

/* False: it was remembered before. */
static bool remember(const uint8_t nonce[AEAD_NONCE_SIZE])
{
	bool known;

	lists_lock();
	known = is_known(nonce);
	if (!known) {
		memcpy(imported.nonces[imported.next], nonce, AEAD_NONCE_SIZE);
		imported.next = (imported.next + 1) % REMEMBERED;
		imported.count += imported.count < REMEMBERED;
	}
	lists_unlock();
	return !known;
}

static enum reason check_import(const struct security_package *package, const SecBuffer *packed,
				const CtxtHandle *handle)
{
	if (!package)
		return REASON_UNKNOWN_PACKAGE;
	if (!packed || !packed->pvBuffer || !handle)
		return REASON_NULL_ARGUMENT;
	return package->unpack ? REASON_OK : REASON_UNSUPPORTED;
}

/* The handle is open before the block is remembered: for want of memory the import may be tried again. */
static SECURITY_STATUS import_context(const struct security_package *package, const SecBuffer *packed,
				      PCtxtHandle handle)
{
	uint8_t nonce[AEAD_NONCE_SIZE];
	struct context *context = NULL;
	enum reason reason = check_import(package, packed, handle);
	SecHandle opened;

	if (reason == REASON_OK)
		reason = open_block(package, slice_of(packed->pvBuffer, packed->cbBuffer), nonce, &context);
	if (reason != REASON_OK)
		return fail("import", reason, NULL);
	if (!handle_open(HANDLE_CONTEXT, context, context_free, &opened)) {
		context_free(context);
		return fail("import", REASON_OUT_OF_MEMORY, NULL);
	}
	if (!remember(nonce)) {
		handle_close(&opened, HANDLE_CONTEXT);
		return fail("import", REASON_CONTEXT_IMPORTED, NULL);
	}
	trace("import", REASON_OK, "a context of %s goes on here as number %llu", package->name,
	      (unsigned long long)context->number);
	*handle = opened;
	return SEC_E_OK;
}

/* A token is nothing that a context needs: it can make its user's own. */
SECURITY_STATUS SEC_ENTRY ImportSecurityContextA(SEC_CHAR *pszPackage, PSecBuffer pPackedContext,
						 HANDLE Token, PCtxtHandle phContext)
{
	(void)Token;
	return import_context(pszPackage ? package_find(public_packages, pszPackage) : NULL, pPackedContext,
			      phContext);
}

SECURITY_STATUS SEC_ENTRY ImportSecurityContextW(SEC_WCHAR *pszPackage, PSecBuffer pPackedContext,
						 HANDLE Token, PCtxtHandle phContext)
{
	(void)Token;
	return import_context(pszPackage ? package_find_wide(public_packages, pszPackage) : NULL,
			      pPackedContext, phContext);
}
