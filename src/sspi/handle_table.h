/*
 * Handles are looked up, not trusted (docs/decisions.md 2). A slot is one atomic word (generation, kind, dead, pins)
 * and an object; slots are never freed, so any two words may be asked about from any thread at any time.
 *
 * A call pins what it works on. A closed handle is dead at once; its object goes when the last pin is taken off.
 * After fork the child may use every object that no other thread was inside of at that moment. The others are doomed:
 * their handles are dead and their memory stays, because nobody can tell how far that thread had come.
 */
#ifndef OPENSSPI_SSPI_HANDLE_TABLE_H
#define OPENSSPI_SSPI_HANDLE_TABLE_H

#include "base/compiler.h"

#include <opensspi/sspi.h>

#include <stdbool.h>

enum handle_kind { HANDLE_CREDENTIAL = 1, HANDLE_CONTEXT = 2, HANDLE_TOKEN = 3 };

struct handle_slot;

/* Keeps an object alive. */
struct handle_pin {
	struct handle_slot *slot; /* NULL: nothing is pinned */
	void *object;
};

/* `destroy` is called with `object` once, when the handle is closed and no pin is left. False: no memory. */
NODISCARD bool handle_open(enum handle_kind kind, void *object, void (*destroy)(void *), SecHandle *handle);
/* False: the handle (NULL too) names nothing of this kind that is alive. */
NODISCARD bool handle_pin(const SecHandle *handle, enum handle_kind kind, struct handle_pin *pin);
/* One that pins nothing is taken. */
void handle_unpin(struct handle_pin *pin);
/* False as handle_pin; also for the second of two. */
bool handle_close(const SecHandle *handle, enum handle_kind kind);

/* A handle in the one word of a HANDLE, never 0 or -1. The kind is not in it: who reads it says what it must be. */
HANDLE handle_to_word(const SecHandle *handle);
SecHandle handle_of_word(HANDLE word, enum handle_kind kind);

/* In the child of fork, by lists_lock.c, which holds the lock. */
void handle_table_doom_pinned(void);

#endif
