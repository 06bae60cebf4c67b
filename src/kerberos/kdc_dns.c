#include "kerberos/kdc_dns.h"

#include "base/byte_reader.h"
#include "base/trace.h"
#include "crypto/random.h"
#include "kerberos/kdc_socket.h"

#include <arpa/nameser.h>
#include <netinet/in.h>
#include <resolv.h>

#define STEP "DNS"

enum {
	RECORDS_MAX = 32, /* further ones are not looked at */
	ANSWER_SIZE = 4096,
	MILLISECONDS_PER_SECOND = 1000,
};

/* --- An answer */

struct record {
	uint16_t priority, weight, port;
	char host[KDC_HOST_SIZE];
};

static bool is_host(const char *name)
{
	return name[0] &&
	       !name[strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789.-_")];
}

/* RFC 2782: the root as a host says that there is none. */
static bool read_record(ns_msg *answer, int index, struct record *record)
{
	struct byte_reader in;
	ns_rr rr;

	if (ns_parserr(answer, ns_s_an, index, &rr) != 0 || ns_rr_type(rr) != ns_t_srv ||
	    ns_rr_class(rr) != ns_c_in)
		return false;
	in = reader_of(slice_of(ns_rr_rdata(rr), ns_rr_rdlen(rr)));
	return reader_u16be(&in, &record->priority) && reader_u16be(&in, &record->weight) &&
	       reader_u16be(&in, &record->port) && record->port &&
	       ns_name_uncompress(ns_msg_base(*answer), ns_msg_end(*answer), in.data, record->host,
				  sizeof(record->host)) >= 0 &&
	       is_host(record->host) && strcmp(record->host, ".") != 0;
}

/* --- Their order */

/* RFC 2782: among those of one priority each is drawn with the chance that its weight gives it. */
static size_t draw(const struct record *records, const size_t *order, size_t count)
{
	uint32_t sum = 0, drawn = 0, passed = 0;

	for (size_t i = 0; i < count; i++)
		sum += records[order[i]].weight + 1U; /* a weight of 0 has a small chance */
	if (!random_bytes((uint8_t *)&drawn, sizeof(drawn)))
		return 0;
	for (size_t i = 0; i < count; i++) {
		passed += records[order[i]].weight + 1U;
		if (drawn % sum < passed)
			return i;
	}
	return 0;
}

static void swap(size_t *a, size_t *b)
{
	size_t kept = *a;

	*a = *b;
	*b = kept;
}

/* The records by priority, lower ones in front. */
static void sort(const struct record *records, size_t *order, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		order[i] = i;
		for (size_t j = i; j && records[order[j]].priority < records[order[j - 1]].priority; j--)
			swap(&order[j], &order[j - 1]);
	}
	for (size_t i = 0; i < count; i++) {
		size_t same = 1;

		while (i + same < count && records[order[i + same]].priority == records[order[i]].priority)
			same++;
		swap(&order[i], &order[i + draw(records, order + i, same)]);
	}
}

static void write_port(uint16_t port, char text[KDC_PORT_SIZE])
{
	char digits[sizeof("65535")];
	size_t count = 0;

	for (unsigned left = port; left; left /= 10)
		digits[count++] = (char)('0' + left % 10);
	for (size_t i = 0; i < count; i++)
		text[i] = digits[count - 1 - i];
	text[count] = 0;
}

static size_t read_records(struct slice bytes, struct record records[RECORDS_MAX])
{
	size_t count = 0;
	ns_msg answer;

	if (!bytes.size || ns_initparse(bytes.data, (int)bytes.size, &answer) != 0)
		return 0;
	for (int i = 0; i < ns_msg_count(answer, ns_s_an) && count < RECORDS_MAX; i++)
		count += read_record(&answer, i, &records[count]);
	return count;
}

bool kdc_dns_read(struct slice answer, struct kdc_places *places)
{
	struct record records[RECORDS_MAX];
	size_t order[RECORDS_MAX], count = read_records(answer, records);

	sort(records, order, count);
	for (size_t i = 0; i < count; i++) {
		const struct record *record = &records[order[i]];
		struct kdc_place place = { 0 };

		memcpy(place.host, record->host, sizeof(record->host));
		write_port(record->port, place.port);
		if (!kdc_places_add(places, &place))
			break;
	}
	return count > 0;
}

/* --- A question */

/*
 * glibc waits `retrans` seconds for each name server and in each of `retry` rounds. What TCP takes it does not limit:
 * what a truncated answer has must do.
 */
static void limit(struct __res_state *state, int milliseconds)
{
	int seconds = milliseconds / MILLISECONDS_PER_SECOND;

	state->options |= RES_IGNTC | RES_USE_EDNS0;
	state->retry = seconds >= 2 * state->nscount ? 2 : 1;
	if (state->nscount > seconds)
		state->nscount = seconds ? seconds : 1;
	state->retrans = seconds / (state->retry * state->nscount);
	if (state->retrans < 1)
		state->retrans = 1;
}

/* The answer's size; 0: none, or there is no such name. */
static size_t ask(const char *name, int64_t deadline, struct span answer)
{
	struct __res_state state = { 0 };
	int size;

	if (res_ninit(&state) != 0)
		return 0;
	limit(&state, milliseconds_until(deadline) / 2);
	size = res_nquery(&state, name, ns_c_in, ns_t_srv, answer.data, (int)answer.size);
	res_nclose(&state);
	return size > 0 && (size_t)size <= answer.size ? (size_t)size : 0;
}

void kdc_dns_find(const char *realm, int64_t deadline, struct kdc_places *places)
{
	uint8_t answer[ANSWER_SIZE];
	LOCAL_WRITER(name);

	if (!is_host(realm) || !strchr(realm, '.')) {
		trace(STEP, REASON_KERBEROS_NO_KDC,
		      "krb5.conf names no KDC of the realm %s, and DNS is not asked for such a name", realm);
		return;
	}
	writer_bytes(&name, SLICE_LITERAL("_kerberos._tcp."));
	writer_bytes(&name, slice_of(realm, strlen(realm) + 1));
	if (!writer_ok(&name))
		return;
	if (!kdc_dns_read(slice_of(answer, ask((const char *)name.data, deadline,
					       (struct span) { answer, sizeof(answer) })),
			  places))
		trace(STEP, REASON_KERBEROS_NO_KDC, "neither krb5.conf nor DNS (%s) names a KDC",
		      (const char *)name.data);
}
