#include "crypto/digest.h"

#include "base/memory.h"
#include "crypto/rc4.h"
#include "support/hex.h"

/* The bytes of `letter`, so many times. */
static struct slice repeated(uint8_t letter, size_t count)
{
	static uint8_t bytes[128];

	assert_true(count <= sizeof(bytes));
	memset(bytes, letter, count);
	return slice_of(bytes, count);
}

static struct slice text(const char *letters)
{
	return slice_of(letters, strlen(letters));
}

static void md4_gives_the_values_of_rfc_1320(void **state)
{
	const struct {
		const char *message, *digest;
	} vectors[] = { /* A.5 */
			{ "", "31d6cfe0d16ae931b73c59d7e0c089c0" },
			{ "a", "bde52cb31de33e46245e05fbdbd6fb24" },
			{ "abc", "a448017aaf21d8525fc10ae87aa6729d" },
			{ "message digest", "d9130a8164549fe818874806e1c7014b" },
			{ "abcdefghijklmnopqrstuvwxyz", "d79e1c308aa5bbcdeea8ed63df412da9" },
			{ "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789",
			  "043f8582f241db351ce627e153e7f0e4" },
			{ "12345678901234567890123456789012345678901234567890123456789012345678901234567890",
			  "e33b4ddc9c38f2199c3e7b164fcc0536" }
	};
	uint8_t digest[MD4_SIZE];

	(void)state;
	for (size_t i = 0; i < COUNT_OF(vectors); i++) {
		crypto_md4(text(vectors[i].message), digest);
		assert_bytes(slice_of(digest, sizeof(digest)), hex(vectors[i].digest));
	}
}

static void md5_gives_the_values_of_rfc_1321(void **state)
{
	const struct {
		const char *message, *digest;
	} vectors[] = { /* A.5 */
			{ "", "d41d8cd98f00b204e9800998ecf8427e" },
			{ "a", "0cc175b9c0f1b6a831c399e269772661" },
			{ "abc", "900150983cd24fb0d6963f7d28e17f72" },
			{ "message digest", "f96b697d7cb7938d525a2f31aaf161d0" },
			{ "abcdefghijklmnopqrstuvwxyz", "c3fcd3d76192e4007dfb496cca67e13b" },
			{ "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789",
			  "d174ab98d277d9f5a5611c2c9f419d9f" },
			{ "12345678901234567890123456789012345678901234567890123456789012345678901234567890",
			  "57edf4a22be3c955ac49da2e2107b67a" }
	};
	uint8_t digest[MD5_SIZE];

	(void)state;
	for (size_t i = 0; i < COUNT_OF(vectors); i++) {
		struct slice message = text(vectors[i].message);

		crypto_md5(&message, 1, digest);
		assert_bytes(slice_of(digest, sizeof(digest)), hex(vectors[i].digest));
	}
}

/*
 * The three of RFC 2104's appendix, and of RFC 2202 section 2 the keys that are as long as and longer than a
 * block.
 */
static void hmac_md5_gives_the_values_of_rfc_2104_and_2202(void **state)
{
	uint8_t mac[MD5_SIZE];

	(void)state;
	crypto_hmac_md5(hex("0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b"), (struct slice[]) { text("Hi There") }, 1,
			mac);
	assert_bytes(slice_of(mac, sizeof(mac)), hex("9294727a3638bb1c13f48ef8158bfc9d"));
	crypto_hmac_md5(text("Jefe"), (struct slice[]) { text("what do ya want for nothing?") }, 1, mac);
	assert_bytes(slice_of(mac, sizeof(mac)), hex("750c783e6ab0b503eaa86e310a5db738"));
	crypto_hmac_md5(hex("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"), (struct slice[]) { repeated(0xDD, 50) }, 1,
			mac);
	assert_bytes(slice_of(mac, sizeof(mac)), hex("56be34521d144c88dbb8c733f0e8b3f6"));
	crypto_hmac_md5(repeated(0xAA, 80),
			(struct slice[]) { text("Test Using Larger Than Block-Size Key - Hash Key First") },
			1, mac);
	assert_bytes(slice_of(mac, sizeof(mac)), hex("6b1ab7fe4bd7bf8f0b62e6ce61b9d0cd"));
	crypto_hmac_md5(repeated(0xAA, 80),
			(struct slice[]) { text("Test Using Larger Than Block-Size Key and Larger "
						"Than One Block-Size Data") },
			1, mac);
	assert_bytes(slice_of(mac, sizeof(mac)), hex("6f630fad67cda0ee1fb1f562db3aa53e"));
}

/* FIPS 180-4's examples, as NIST publishes them. */
static void sha256_gives_the_values_of_fips_180(void **state)
{
	const struct {
		const char *message, *digest;
	} vectors[] = { { "", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855" },
			{ "abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad" },
			{ "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
			  "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1" } };
	uint8_t digest[SHA256_SIZE];

	(void)state;
	for (size_t i = 0; i < COUNT_OF(vectors); i++) {
		struct slice message = text(vectors[i].message);

		assert_true(crypto_sha256(&message, 1, digest));
		assert_bytes(slice_of(digest, sizeof(digest)), hex(vectors[i].digest));
	}
}

static void pieces_are_digested_as_if_they_were_joined(void **state)
{
	const struct slice nothing = { NULL, 0 }, whole[] = { text("abc") },
			   pieces[] = { nothing, text("a"), nothing, text("bc"), nothing };
	uint8_t one[SHA256_SIZE], many[SHA256_SIZE];

	(void)state;
	crypto_md5(whole, 1, one);
	crypto_md5(pieces, COUNT_OF(pieces), many);
	assert_bytes(slice_of(many, MD5_SIZE), slice_of(one, MD5_SIZE));
	crypto_hmac_md5(text("key"), whole, 1, one);
	crypto_hmac_md5(text("key"), pieces, COUNT_OF(pieces), many);
	assert_bytes(slice_of(many, MD5_SIZE), slice_of(one, MD5_SIZE));
	assert_true(crypto_sha256(whole, 1, one));
	assert_true(crypto_sha256(pieces, COUNT_OF(pieces), many));
	assert_bytes(slice_of(many, SHA256_SIZE), slice_of(one, SHA256_SIZE));
}

static void nothing_has_a_digest_too(void **state)
{
	uint8_t digest[SHA256_SIZE];

	(void)state;
	crypto_md4(slice_of(NULL, 0), digest);
	assert_bytes(slice_of(digest, MD4_SIZE), hex("31d6cfe0d16ae931b73c59d7e0c089c0"));
	crypto_md5(NULL, 0, digest);
	assert_bytes(slice_of(digest, MD5_SIZE), hex("d41d8cd98f00b204e9800998ecf8427e"));
	assert_true(crypto_sha256(NULL, 0, digest));
	assert_bytes(slice_of(digest, SHA256_SIZE),
		     hex("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"));
	crypto_hmac_md5(slice_of(NULL, 0), NULL, 0, digest);
	assert_bytes(slice_of(digest, MD5_SIZE), hex("74e6f7298a9c2d168935f58c001bad88"));
}

static void equal_means_the_same_size_and_every_byte(void **state)
{
	uint8_t a[16] = { 0 }, b[16] = { 0 };

	(void)state;
	assert_true(crypto_equal(slice_of(a, 16), slice_of(b, 16)));
	for (size_t i = 0; i < sizeof(b); i++)
		for (unsigned bit = 0; bit < 8; bit++) {
			b[i] = (uint8_t)(1u << bit);
			assert_false(crypto_equal(slice_of(a, 16), slice_of(b, 16)));
			b[i] = 0;
		}
	assert_false(crypto_equal(slice_of(a, 16), slice_of(b, 15)));
	assert_false(crypto_equal(slice_of(NULL, 0), slice_of(b, 1)));
	assert_true(crypto_equal(slice_of(NULL, 0), slice_of(b, 0)));
	assert_true(crypto_equal(slice_of(NULL, 0), slice_of(NULL, 0)));
}

/* The vectors that Wikipedia and most libraries carry; RFC 6229 2 "key 0x0102030405" for offset 0. */
static void rc4_gives_the_known_streams(void **state)
{
	struct rc4 rc4;
	uint8_t out[16];

	(void)state;
	rc4_start(&rc4, text("Key"));
	rc4_crypt(&rc4, out, (const uint8_t *)"Plaintext", 9);
	assert_bytes(slice_of(out, 9), hex("bbf316e8d940af0ad3"));
	memset(out, 0, sizeof(out));
	rc4_start(&rc4, hex("0102030405"));
	rc4_crypt(&rc4, out, out, sizeof(out)); /* in place */
	assert_bytes(slice_of(out, 16), hex("b2396305f03dc027ccc3524a0a1118a8"));
}

/* MS-SPNG 3.2.5.1 puts the key stream back after the mechListMIC. */
static void a_copied_rc4_goes_on_from_its_own_position(void **state)
{
	struct rc4 rc4, kept;
	uint8_t stream[16] = { 0 }, again[8] = { 0 };

	(void)state;
	rc4_start(&rc4, hex("0102030405"));
	rc4_crypt(&rc4, stream, stream, 8);
	kept = rc4;
	rc4_crypt(&rc4, stream + 8, stream + 8, 8);
	rc4_crypt(&rc4, NULL, NULL, 0);
	rc4_crypt(&kept, again, again, 8);
	assert_bytes(slice_of(again, 8), slice_of(stream + 8, 8));
	assert_bytes(slice_of(stream, 16), hex("b2396305f03dc027ccc3524a0a1118a8"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(md4_gives_the_values_of_rfc_1320),
		cmocka_unit_test(md5_gives_the_values_of_rfc_1321),
		cmocka_unit_test(hmac_md5_gives_the_values_of_rfc_2104_and_2202),
		cmocka_unit_test(sha256_gives_the_values_of_fips_180),
		cmocka_unit_test(pieces_are_digested_as_if_they_were_joined),
		cmocka_unit_test(nothing_has_a_digest_too),
		cmocka_unit_test(equal_means_the_same_size_and_every_byte),
		cmocka_unit_test(rc4_gives_the_known_streams),
		cmocka_unit_test(a_copied_rc4_goes_on_from_its_own_position),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
