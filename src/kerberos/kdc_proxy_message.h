/* KDC-PROXY-MESSAGE (MS-KKDCP 2.2.2): a Kerberos message on its way through a proxy, and its answer. */
#ifndef OPENSSPI_KERBEROS_KDC_PROXY_MESSAGE_H
#define OPENSSPI_KERBEROS_KDC_PROXY_MESSAGE_H

#include "base/byte_writer.h"

void kdc_proxy_message_write(struct byte_writer *out, struct slice message, struct slice realm);
/* The Kerberos message lies in the token. Nothing is left behind either. */
NODISCARD bool kdc_proxy_message_parse(struct slice token, struct slice *message);

#endif
