#include "support/side.h"

#include "support/hex.h"

enum { SIGNATURE_SIZE = 16 };

struct acquire_request test_accept_request(struct test_authority *authority)
{
	return (struct acquire_request) {
		.accept = true,
		.authority = &authority->base,
		.names = test_host_names(),
		.policy = policy_default,
	};
}

struct acquire_request test_initiate_request(const char *user, const char *domain, const char *password)
{
	return (struct acquire_request) {
		.initiate = true,
		.has_identity = true,
		.user = u16(user),
		.domain = u16(domain),
		.password = u16(password),
		.names = test_host_names(),
		.policy = policy_default,
	};
}

void side_start(struct side *side, const struct security_package *package,
		const struct acquire_request *request, enum role role)
{
	*side = (struct side) { .package = package, .output = writer_growing() };
	assert_int_equal(package->acquire(request, &side->credential), REASON_OK);
	side_restart(side, role);
}

void side_restart(struct side *side, enum role role)
{
	package_context_free(side->context);
	writer_wipe(&side->output);
	side->context = NULL;
	side->role = role;
	assert_int_equal(side->package->new_context(side->credential, role, &side->context), REASON_OK);
}

/* What one leg answered must not be taken for the next one's. */
static void begin_leg(struct side *side, struct slice input)
{
	writer_wipe(&side->output);
	side->leg = (struct leg) {
		.input = input,
		.target = side->leg.target,
		.bindings = side->leg.bindings,
		.bindings_form = side->leg.bindings_form,
		.requested = side->leg.requested,
		.output = &side->output,
	};
}

SECURITY_STATUS side_step(struct side *side, struct slice input)
{
	begin_leg(side, input);
	return side->role == ROLE_INITIATE ? side->package->initiate(side->context, &side->leg)
					   : side->package->accept(side->context, &side->leg);
}

struct slice side_output(const struct side *side)
{
	return writer_slice(&side->output);
}

void side_end(struct side *side)
{
	package_context_free(side->context);
	package_credential_free(side->credential);
	writer_wipe(&side->output);
	*side = (struct side) { 0 };
}

SECURITY_STATUS side_seal(struct side *side, struct slice plain, struct byte_writer *blob)
{
	struct span header, data;
	struct message message = { .data = &data, .data_count = 1 };

	writer_zeros(blob, SIGNATURE_SIZE);
	writer_bytes(blob, plain);
	assert_true(writer_ok(blob));
	header = (struct span) { blob->data, SIGNATURE_SIZE };
	data = (struct span) { blob->data + SIGNATURE_SIZE, plain.size };
	message.header = header;
	return side->package->seal(side->context, &message);
}

SECURITY_STATUS side_open(struct side *side, struct slice blob, struct byte_writer *memory,
			  struct slice *plain)
{
	struct span data;
	struct message message = { .data = &data, .data_count = 1 };
	SECURITY_STATUS status;

	writer_bytes(memory, blob);
	assert_true(writer_ok(memory));
	data = (struct span) { memory->data, memory->size };
	status = side->package->open(side->context, &message);
	*plain = slice_of(data.data, data.size);
	return status;
}
