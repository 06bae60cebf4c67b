/* A request through a KDC proxy: KDC-PROXY-MESSAGE in an HTTP POST in TLS (MS-KKDCP 2.1). */
#ifndef OPENSSPI_KERBEROS_KDC_PROXY_H
#define OPENSSPI_KERBEROS_KDC_PROXY_H

#include "kerberos/kdc.h"
#include "package/kdc_place.h"
#include "package/package.h"

/*
 * TLS as a client that believes nobody but whom the realm's http_anchors in krb5.conf name, or where it has none, whom
 * the machine trusts. NULL and a reason: KDC_PROXY_UNTRUSTED, which is traced; OUT_OF_MEMORY.
 */
struct package_credential *kdc_proxy_credential(krb5_context krb5, const char *realm,
						const struct security_package *const *packages,
						enum reason *reason);

/*
 * On a connection to the proxy; nothing goes out before it has proved its name. Appends the KDC's answer.
 * KDC_PROXY_UNTRUSTED, KDC_PROXY_REFUSED; KERBEROS_NO_KDC: it says nothing in time; OUT_OF_MEMORY. What is not the last
 * two is traced.
 */
NODISCARD enum reason kdc_proxy_ask(int fd, const struct kdc_place *proxy,
				    const struct package_credential *credential, const char *realm,
				    struct slice request, int64_t deadline, struct byte_writer *answer);

#endif
