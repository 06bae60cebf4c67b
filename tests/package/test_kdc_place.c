/* Where KDCs and their proxies are, as krb5.conf, SSPI's callers and our options write it. */
#include "package/kdc_place.h"
#include "support/hex.h"

#include <string.h>

static const struct {
	const char *text, *host, *port;
} kdcs[] = {
	{ "kdc.example.test", "kdc.example.test", "88" },
	{ "kdc.example.test:750", "kdc.example.test", "750" },
	{ "kdc:kerberos", "kdc", "kerberos" },
	{ "tcp/kdc:88", "kdc", "88" },
	{ "127.0.0.1", "127.0.0.1", "88" },
	{ "[::1]", "::1", "88" },
	{ "[fe80::1]:89", "fe80::1", "89" },
};

static const struct {
	const char *text, *host, *port, *path;
	bool is_address; /* of the form with https:// */
} proxies[] = {
	{ "https://localhost/kdc", "localhost", "443", "kdc", true },
	{ "HTTPS://localhost/a/b?c=d", "localhost", "443", "a/b?c=d", true },
	{ "https://localhost", "localhost", "443", "KdcProxy", true },
	{ "https://localhost/", "localhost", "443", "", true },
	{ "https://localhost:8443/KdcProxy", "localhost", "8443", "KdcProxy", true },
	{ "https://[::1]:8443/x", "::1", "8443", "x", true },
	{ "https://[::1]/x", "::1", "443", "x", true },
	{ "p.example.test", "p.example.test", "443", "KdcProxy", false },
	{ "p:8443", "p", "8443", "KdcProxy", false },
	{ "p:8443:kdc/proxy", "p", "8443", "kdc/proxy", false },
	{ "[::1]:8443:x", "::1", "8443", "x", false },
};

static void a_kdc_is_a_host_and_a_port(void **state)
{
	struct kdc_place place;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(kdcs); i++) {
		assert_true(kdc_place_read(kdcs[i].text, &place));
		assert_false(place.is_proxy);
		assert_string_equal(place.host, kdcs[i].host);
		assert_string_equal(place.port, kdcs[i].port);
	}
}

static void a_proxy_is_an_address_or_what_windows_programs_write(void **state)
{
	struct kdc_place place;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(proxies); i++) {
		assert_true(kdc_place_read_proxy(proxies[i].text, &place));
		assert_true(place.is_proxy);
		assert_string_equal(place.host, proxies[i].host);
		assert_string_equal(place.port, proxies[i].port);
		assert_string_equal(place.path, proxies[i].path);
		if (proxies[i].is_address) { /* krb5.conf has these too */
			assert_true(kdc_place_read(proxies[i].text, &place));
			assert_true(place.is_proxy);
			assert_string_equal(place.path, proxies[i].path);
		}
	}
}

static void what_is_neither_is_refused(void **state)
{
	static const char *const none[] = {
		"",
		":88",
		"kdc:",
		"[::1",
		"[]:88",
		"[::1]88",
		"kdc host",
		"kdc/x",
		"udp/kdc",
		"http://localhost/KdcProxy",
		"https://",
		"https:///KdcProxy",
		"https://localhost@localhost/KdcProxy",
		"https://localhost:/x",
		"https://localhost:443a/x",
		"https://localhost:https/x",
		"https://localhost/a b",
		"https://localhost/a\r\nHost: q",
		"https://localhost\n/a",
		"https://localhost:443:x",
		"kdc\r\n",
	};
	struct kdc_place place;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(none); i++) {
		assert_false(kdc_place_read(none[i], &place));
		assert_false(kdc_place_read_proxy(none[i], &place));
	}
	assert_false(kdc_place_read_proxy("p:443:a b", &place));
	assert_false(kdc_place_read_proxy("p/x", &place));
}

static void no_part_is_longer_than_its_place(void **state)
{
	char text[KDC_HOST_SIZE + KDC_PATH_SIZE + 16];
	struct kdc_place place;

	(void)state;
	memset(text, 'a', sizeof(text));
	text[KDC_HOST_SIZE - 1] = 0;
	assert_true(kdc_place_read(text, &place) && kdc_place_read_proxy(text, &place));
	text[KDC_HOST_SIZE - 1] = 'a';
	text[KDC_HOST_SIZE] = 0;
	assert_false(kdc_place_read(text, &place) || kdc_place_read_proxy(text, &place));
	memset(text, 'a', sizeof(text));
	memcpy(text, "p:1:", 4);
	text[4 + KDC_PATH_SIZE - 1] = 0;
	assert_true(kdc_place_read_proxy(text, &place));
	text[4 + KDC_PATH_SIZE - 1] = 'a';
	text[4 + KDC_PATH_SIZE] = 0;
	assert_false(kdc_place_read_proxy(text, &place));
	assert_false(kdc_place_read("kdc:123456789012345678901234567890123", &place));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_kdc_is_a_host_and_a_port),
		cmocka_unit_test(a_proxy_is_an_address_or_what_windows_programs_write),
		cmocka_unit_test(what_is_neither_is_refused),
		cmocka_unit_test(no_part_is_longer_than_its_place),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
