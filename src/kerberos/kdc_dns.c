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
	RECORDS_MAX = 512, /* more do not fit into an answer that is taken */
	ANSWER_MAX = 16 * 1024,
	MILLISECONDS_PER_SECOND = 1000,
};

/* --- An answer */

struct record {
	uint16_t priority, weight;
	int index; /* in the answer */
};

static bool is_host(const char *name)
{
	return name[0] &&
	       !name[strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789.-_")];
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

/* RFC 2782: the root as a host says that there is none. */
static bool read_record(ns_msg *answer, struct record *record, struct kdc_place *place)
{
	struct byte_reader in;
	uint16_t port;
	ns_rr rr;

	*place = (struct kdc_place) { 0 };
	if (ns_parserr(answer, ns_s_an, record->index, &rr) != 0 || ns_rr_type(rr) != ns_t_srv ||
	    ns_rr_class(rr) != ns_c_in)
		return false;
	in = reader_of(slice_of(ns_rr_rdata(rr), ns_rr_rdlen(rr)));
	if (!reader_u16be(&in, &record->priority) || !reader_u16be(&in, &record->weight) ||
	    !reader_u16be(&in, &port) || !port ||
	    ns_name_uncompress(ns_msg_base(*answer), ns_msg_end(*answer), in.data, place->host,
			       sizeof(place->host)) != (int)in.size)
		return false;
	write_port(port, place->port);
	return is_host(place->host) && strcmp(place->host, ".") != 0;
}

static size_t read_records(ns_msg *answer, struct record records[RECORDS_MAX])
{
	struct kdc_place place;
	size_t count = 0;

	for (int i = 0; i < ns_msg_count(*answer, ns_s_an) && count < RECORDS_MAX; i++) {
		records[count].index = i;
		count += read_record(answer, &records[count], &place);
	}
	return count;
}

/* --- Their order */

/* RFC 2782: among those of one priority each is drawn with the chance that its weight gives it. */
static size_t draw(const struct record *records, size_t count)
{
	uint32_t sum = 0, drawn = 0, passed = 0;

	for (size_t i = 0; i < count; i++)
		sum += records[i].weight + 1U; /* a weight of 0 has a small chance */
	if (!random_bytes((uint8_t *)&drawn, sizeof(drawn)))
		return 0;
	for (size_t i = 0; i < count; i++) {
		passed += records[i].weight + 1U;
		if (drawn % sum < passed)
			return i;
	}
	return 0;
}

static void swap(struct record *a, struct record *b)
{
	struct record kept = *a;

	*a = *b;
	*b = kept;
}

/* By priority, lower ones in front; as far as they are looked at, by weight too. */
static void sort(struct record *records, size_t count)
{
	for (size_t i = 0; i < count; i++)
		for (size_t j = i; j && records[j].priority < records[j - 1].priority; j--)
			swap(&records[j], &records[j - 1]);
	for (size_t i = 0; i < count && i < KDC_PLACES_MAX; i++) {
		size_t same = 1;

		while (i + same < count && records[i + same].priority == records[i].priority)
			same++;
		swap(&records[i], &records[i + draw(records + i, same)]);
	}
}

bool kdc_dns_read(struct slice bytes, struct kdc_places *places)
{
	struct record records[RECORDS_MAX];
	struct kdc_place place;
	size_t count;
	ns_msg answer;

	if (!bytes.size || ns_initparse(bytes.data, (int)bytes.size, &answer) != 0)
		return false;
	count = read_records(&answer, records);
	sort(records, count);
	for (size_t i = 0; i < count; i++)
		if (!read_record(&answer, &records[i], &place) || !kdc_places_add(places, &place))
			break;
	return count > 0;
}

/* --- A question */

/* glibc waits `retrans` seconds for each name server and in each of `retry` rounds, and has no limit for TCP. */
static void limit(struct __res_state *state, int milliseconds)
{
	int seconds = milliseconds / MILLISECONDS_PER_SECOND;

	state->options |= RES_IGNTC;
	state->retry = seconds >= 2 * state->nscount ? 2 : 1;
	if (state->nscount > seconds)
		state->nscount = seconds ? seconds : 1;
	state->retrans = seconds / (state->retry * state->nscount);
	if (state->retrans < 1)
		state->retrans = 1;
}

static bool is_truncated(struct slice answer)
{
	ns_msg message;

	return answer.size && ns_initparse(answer.data, (int)answer.size, &message) == 0 &&
	       ns_msg_getflag(message, ns_f_tc);
}

/* The first name server's address, where glibc keeps it: of either family in the second place, once it was used. */
static struct addrinfo first_server(struct __res_state *state)
{
	struct sockaddr_in6 *used = state->_u._ext.nsaddrs[0];
	struct sockaddr *address = used ? (struct sockaddr *)used : (struct sockaddr *)&state->nsaddr_list[0];
	bool is_ipv6 = address->sa_family == AF_INET6;

	return (struct addrinfo) {
		.ai_family = address->sa_family,
		.ai_socktype = SOCK_STREAM,
		.ai_addr = address,
		.ai_addrlen = is_ipv6 ? sizeof(struct sockaddr_in6) : sizeof(struct sockaddr_in),
	};
}

/* RFC 1035 4.2.2: the length in two bytes in front, both ways. The answer's size; 0: none, or it is too long. */
static size_t exchange(int fd, struct slice query, int64_t deadline, struct span answer)
{
	uint8_t length[sizeof(uint16_t)];
	struct byte_reader in = reader_of(slice_of(length, sizeof(length)));
	LOCAL_WRITER(message);
	uint16_t size;

	writer_u16be(&message, (uint16_t)query.size);
	writer_bytes(&message, query);
	if (!writer_ok(&message) || !kdc_socket_send(fd, writer_slice(&message), deadline) ||
	    !kdc_socket_receive_all(fd, (struct span) { length, sizeof(length) }, deadline) ||
	    !reader_u16be(&in, &size) || size > answer.size ||
	    !kdc_socket_receive_all(fd, (struct span) { answer.data, size }, deadline))
		return 0;
	return size;
}

static size_t ask_by_tcp(struct __res_state *state, struct slice query, int64_t deadline, struct span answer)
{
	struct addrinfo address = first_server(state);
	CLEANUP(kdc_socket_close) int fd = kdc_socket_connect(&address, deadline);

	return fd >= 0 ? exchange(fd, query, deadline, answer) : 0;
}

static bool ask(struct __res_state *state, const char *name, int64_t deadline, struct kdc_places *places)
{
	uint8_t query[NS_PACKETSZ], by_udp[NS_PACKETSZ], by_tcp[ANSWER_MAX];
	int query_size =
		res_nmkquery(state, ns_o_query, name, ns_c_in, ns_t_srv, NULL, 0, NULL, query, sizeof(query));
	int size = query_size > 0 ? res_nsend(state, query, query_size, by_udp, sizeof(by_udp)) : 0;
	struct slice answer = slice_of(by_udp, size > 0 ? (size_t)size : 0);
	size_t longer;

	if (answer.size > sizeof(by_udp))
		return false;
	longer = is_truncated(answer) ? ask_by_tcp(state, slice_of(query, (size_t)query_size), deadline,
						   (struct span) { by_tcp, sizeof(by_tcp) })
				      : 0;
	return kdc_dns_read(slice_of(by_tcp, longer), places) || kdc_dns_read(answer, places);
}

/* --- Addresses */

/* glibc's state of this thread, which is the caller's too. */
struct addrinfo *kdc_dns_addresses(const struct kdc_place *place, int64_t deadline)
{
	static const struct addrinfo hints = { .ai_socktype = SOCK_STREAM, .ai_flags = AI_ADDRCONFIG };
	struct __res_state *state = &_res, kept;
	struct addrinfo *addresses = NULL;

	if (!(state->options & RES_INIT) && res_ninit(state) != 0)
		return NULL;
	kept = *state;
	limit(state, milliseconds_until(deadline) / 2);
	if (strchr(place->host, '.'))
		state->options &= ~RES_DNSRCH; /* each domain of resolv.conf would have that time again */
	if (getaddrinfo(place->host, place->port, &hints, &addresses) != 0)
		addresses = NULL;
	state->options = kept.options;
	state->retry = kept.retry;
	state->retrans = kept.retrans;
	state->nscount = kept.nscount;
	return addresses;
}

void kdc_dns_find(const char *realm, int64_t deadline, struct kdc_places *places)
{
	struct __res_state state = { 0 };
	LOCAL_WRITER(name);
	bool found;

	if (!is_host(realm) || !strchr(realm, '.')) {
		trace(STEP, REASON_KERBEROS_NO_KDC,
		      "krb5.conf names no KDC of the realm %s, and DNS is not asked for such a name", realm);
		return;
	}
	writer_bytes(&name, SLICE_LITERAL("_kerberos._tcp."));
	writer_bytes(&name, slice_of(realm, strlen(realm) + 1));
	if (!writer_ok(&name) || res_ninit(&state) != 0)
		return;
	limit(&state, milliseconds_until(deadline) / 2);
	found = ask(&state, (const char *)name.data, deadline, places);
	res_nclose(&state);
	if (!found)
		trace(STEP, REASON_KERBEROS_NO_KDC, "neither krb5.conf nor DNS (%s) names a KDC",
		      (const char *)name.data);
}
