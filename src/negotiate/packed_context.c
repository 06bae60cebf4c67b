/* A finished context as bytes: which mechanism, and the mechanism's own bytes behind it. */
#include "base/byte_reader.h"
#include "base/memory.h"
#include "negotiate/context.h"
#include "negotiate/negotiate.h"

enum reason negotiate_pack(struct package_context *base, bool reset, struct byte_writer *out)
{
	const struct negotiate_context *context = (const struct negotiate_context *)base;

	if (context->step != STEP_DONE)
		return REASON_OUT_OF_SEQUENCE;
	if (!context->inner->package->pack)
		return REASON_UNSUPPORTED;
	writer_u8(out, (uint8_t)context->mechanism);
	return context->inner->package->pack(context->inner, reset, out);
}

static enum reason fill(struct byte_reader *in, const struct security_package *const *packages,
			struct negotiate_context *context)
{
	const struct security_package *package;
	uint8_t mechanism;

	if (!reader_u8(in, &mechanism) || mechanism >= MECHANISM_COUNT)
		return REASON_BAD_TOKEN;
	context->mechanism = (enum mechanism)mechanism;
	package = package_find(packages, mechanism_package(context->mechanism));
	return package && package->unpack
		       ? package->unpack(reader_rest(in), context->role, packages, &context->inner)
		       : REASON_UNSUPPORTED;
}

enum reason negotiate_unpack(struct slice packed, enum role role,
			     const struct security_package *const *packages, struct package_context **made)
{
	struct negotiate_context *context = memory_allocate(sizeof(*context));
	struct byte_reader in = reader_of(packed);
	enum reason reason;

	if (!context)
		return REASON_OUT_OF_MEMORY;
	*context = (struct negotiate_context) {
		.base.package = &negotiate_package,
		.role = role,
		.step = STEP_DONE,
		.inner_done = true,
	};
	reason = fill(&in, packages, context);
	if (reason == REASON_OK)
		*made = &context->base;
	else
		package_context_free(&context->base);
	return reason;
}
