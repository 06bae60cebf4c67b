/*
 * A fact is one thing that a program written for Windows may rely on. Facts use what Windows' own SDK offers and
 * nothing else, so that the same files, unchanged, are compiled against our headers and against Windows': once without
 * UNICODE (A) and once with it (W). What a machine has beside SSPI is behind host.h. docs/conformance.md.
 */
#ifndef OPENSSPI_TESTS_CONFORMANCE_FACTS_FACTS_H
#define OPENSSPI_TESTS_CONFORMANCE_FACTS_FACTS_H

#define SECURITY_WIN32
#define SCHANNEL_USE_BLACKLISTS
#ifdef _WIN32
#include <windows.h>

#include <subauth.h> /* UNICODE_STRING, which schannel.h wants */
#endif
#include <credssp.h>
#include <schannel.h>
#include <security.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#ifdef UNICODE
typedef SEC_WCHAR text;
#define T(ascii)  u##ascii
#define TEXT_FLAG SEC_WINNT_AUTH_IDENTITY_UNICODE
typedef unsigned short text_of_identity;
#else
typedef SEC_CHAR text;
#define T(ascii)  ascii
#define TEXT_FLAG SEC_WINNT_AUTH_IDENTITY_ANSI
typedef unsigned char text_of_identity;
#endif

/* TimeStamp is a number here and a union there. */
#ifdef _WIN32
#define TIME_VALUE(time) ((int64_t)(time).QuadPart)
#else
#define TIME_VALUE(time) ((int64_t)(time))
#endif

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

/* What a fact is about. Values: sizes, offsets and constants, which count as one fact together. */
enum kind { value, state, failure, behaviour };

struct fact {
	const char *name; /* a sentence */
	const char *citation;
	enum kind kind;
	void (*run)(void);
	struct fact *next;
};

void fact_add(struct fact *fact);

/* FACT(kind, name, "page or observation") { ... }: a fact that is written is on the list. */
#define FACT(kind, name, citation) \
	static void name(void); \
	__attribute__((constructor)) static void add_##name(void) \
	{ \
		static struct fact fact = { #name, citation, kind, name, NULL }; \
		fact_add(&fact); \
	} \
	static void name(void)

/* Each ends the process, and the fact has failed, when it does not hold. */
void expect_true(bool good, const char *said, const char *file, int line);
void expect_status(SECURITY_STATUS status, SECURITY_STATUS wanted, const char *said, const char *file,
		   int line);
void expect_either(SECURITY_STATUS status, SECURITY_STATUS one, SECURITY_STATUS other, const char *said,
		   const char *file, int line);
void expect_number(uint64_t number, uint64_t wanted, const char *said, const char *file, int line);

#define EXPECT(condition)               expect_true((condition), #condition, __FILE__, __LINE__)
#define EXPECT_STATUS(call, wanted)     expect_status((call), (wanted), #call, __FILE__, __LINE__)
#define EXPECT_EITHER(call, one, other) expect_either((call), (one), (other), #call, __FILE__, __LINE__)
#define EXPECT_NUMBER(number, wanted) \
	expect_number((uint64_t)(number), (uint64_t)(wanted), #number, __FILE__, __LINE__)
#define EXPECT_OK(call) EXPECT_STATUS(call, SEC_E_OK)

/* Ends the process: this machine lacks what the fact is about. Never called where the library is ours. */
void not_run(const char *why);

/* Strings of text and ASCII. */
size_t text_length(const text *string);
bool text_is(const text *string, const char *ascii);
/* A copy that may be written to, as the parameters of SSPI are not const; good until the process ends. */
text *text_of(const char *ascii);

#endif
