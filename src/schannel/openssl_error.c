#include "schannel/openssl_error.h"

#include "base/trace.h"

#include <openssl/err.h>
#include <openssl/ssl.h>

/* The reasons of OpenSSL that a person can do something about. */
static enum reason reason_of(int ssl_reason, enum reason otherwise)
{
	switch (ssl_reason) {
	case SSL_R_UNSUPPORTED_PROTOCOL:
	case SSL_R_WRONG_SSL_VERSION:
	case SSL_R_VERSION_TOO_LOW:
		return REASON_TLS_VERSION;
	case SSL_R_NO_SHARED_CIPHER:
	case SSL_R_NO_CIPHERS_AVAILABLE:
		return REASON_TLS_CIPHER;
	case SSL_R_CERTIFICATE_VERIFY_FAILED:
		return REASON_SERVER_UNTRUSTED;
	case SSL_R_NO_APPLICATION_PROTOCOL:
		return REASON_APPLICATION_PROTOCOL;
	default:
		return otherwise;
	}
}

/* SSL's reasons from SSL_AD_REASON_OFFSET on are a peer's alerts; other libraries number theirs at will. */
static bool is_alert(unsigned long error, uint8_t *alert)
{
	int number = ERR_GET_REASON(error) - SSL_AD_REASON_OFFSET;

	*alert = (uint8_t)number;
	return ERR_GET_LIB(error) == ERR_LIB_SSL && number >= 0 && number <= UINT8_MAX;
}

struct openssl_error openssl_error_take(enum reason otherwise, const char *step)
{
	unsigned long error = ERR_peek_last_error(), earlier;
	const char *text = ERR_reason_error_string(error);
	struct openssl_error failure = { .reason = otherwise };
	uint8_t alert;

	if (ERR_GET_LIB(error) == ERR_LIB_SSL)
		failure.reason = reason_of(ERR_GET_REASON(error), otherwise);
	if (is_alert(error, &alert))
		failure.reason = REASON_TLS_ALERT;
	while ((earlier = ERR_get_error()))
		if (ERR_GET_REASON(earlier) == ERR_R_MALLOC_FAILURE)
			failure.reason = REASON_OUT_OF_MEMORY;
	failure.status = failure.reason == REASON_TLS_ALERT ? reason_status_of_alert(alert)
							    : reason_status(failure.reason);
	trace(step, failure.reason, "%s: %s", reason_sentence(failure.reason),
	      text ? text : "no more is known");
	return failure;
}

/* ERR_clear_error goes over all the queue's places, also where nothing lies in them: it costs as much as a MAC. */
void openssl_errors_clear(void)
{
	if (ERR_peek_error())
		ERR_clear_error();
}
