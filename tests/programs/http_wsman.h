/* A WS-Management service that knows three requests, for clients that want one behind their logon (MS-WSMV). */
#ifndef OPENSSPI_TESTS_PROGRAMS_HTTP_WSMAN_H
#define OPENSSPI_TESTS_PROGRAMS_HTTP_WSMAN_H

#include "base/byte_writer.h"

/*
 * Appends the answer to an envelope and returns the status of HTTP: to Identify who is logged on, to one with a
 * urn:opensspi:fault a fault, to every other its own urn:opensspi:text.
 */
unsigned http_wsman_answer(struct slice request, const char *who, struct byte_writer *answer);

#endif
