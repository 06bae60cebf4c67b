#include "sspi/handle_table.h"

#include "base/memory.h"
#include "sspi/lists_lock.h"

#include <stdatomic.h>
#include <stddef.h>

/* The word of a slot, from the lowest bit: how many calls are inside, what it holds (0: nothing), dead, generation. */
#define PIN_ONE          UINT64_C(1)
#define PIN_MASK         UINT64_C(0xFFFFFF)
#define KIND_SHIFT       24
#define KIND_MASK        (UINT64_C(3) << KIND_SHIFT)
#define DEAD             (UINT64_C(1) << 26)
#define GENERATION_SHIFT 32

/*
 * A handle: dwLower is the mark and the slot's index, dwUpper the generation and the kind. The mark and the first
 * generation keep small numbers, pointers and zeroed memory from naming anything; no word is ever all ones. On 32-bit
 * machines the mark is shorter, and a slot is used up earlier.
 */
#if UINTPTR_MAX == UINT64_MAX
#define MARK           ((ULONG_PTR)0x4F535350 << INDEX_BITS) /* "OSSP" */
#define INDEX_BITS     32
#define GENERATION_MAX UINT32_MAX
#define SEGMENTS       24
#else
#define MARK           ((ULONG_PTR)0x4F53 << INDEX_BITS)
#define INDEX_BITS     16 /* a HANDLE has room for as much, and for the generation */
#define GENERATION_MAX UINT16_MAX
#define SEGMENTS       10 /* as many as the index has bits for */
#endif
#define INDEX_MASK (((ULONG_PTR)1 << INDEX_BITS) - 1)
#define KIND_BITS  8

/* Segment s holds FIRST_SEGMENT << s slots. */
enum { FIRST_SEGMENT = 64 };
#define NO_SLOT UINT32_MAX

struct handle_slot {
	_Atomic uint64_t word;
	/* Written while nobody can pin the slot. */
	void *object;
	void (*destroy)(void *);
	uint32_t index;
	uint32_t next_free; /* under the lock */
};

static _Atomic(struct handle_slot *) segments[SEGMENTS];
static uint32_t first_free = NO_SLOT, used; /* under the lock */

/* --- Slots */

static unsigned segment_of(uint32_t index)
{
	return 31u - (unsigned)__builtin_clz(index / FIRST_SEGMENT + 1);
}

static uint32_t first_of(unsigned segment)
{
	return (uint32_t)FIRST_SEGMENT * ((UINT32_C(1) << segment) - 1);
}

static struct handle_slot *slot_at(uint32_t index)
{
	unsigned segment = segment_of(index);
	struct handle_slot *slots =
		segment < SEGMENTS ? atomic_load_explicit(&segments[segment], memory_order_acquire) : NULL;

	return slots ? &slots[index - first_of(segment)] : NULL;
}

/* Under the lock. */
static struct handle_slot *new_slot(void)
{
	unsigned segment = segment_of(used);
	struct handle_slot *slot;

	if (segment >= SEGMENTS)
		return NULL;
	if (used == first_of(segment)) {
		struct handle_slot *slots = memory_allocate(sizeof(*slots) * FIRST_SEGMENT << segment);

		if (!slots)
			return NULL;
		atomic_store_explicit(&segments[segment], slots, memory_order_release);
	}
	slot = slot_at(used);
	slot->index = used++;
	atomic_store_explicit(&slot->word, UINT64_C(1) << GENERATION_SHIFT, memory_order_relaxed);
	return slot;
}

static struct handle_slot *take_slot(void)
{
	struct handle_slot *slot;

	lists_lock();
	slot = first_free == NO_SLOT ? new_slot() : slot_at(first_free);
	if (slot && slot->index == first_free)
		first_free = slot->next_free;
	lists_unlock();
	return slot;
}

/* A slot whose generations are used up is never taken again: an old handle must not come to life. */
static void give_back(struct handle_slot *slot)
{
	uint64_t generation = atomic_load_explicit(&slot->word, memory_order_relaxed) >> GENERATION_SHIFT;

	if (generation == GENERATION_MAX)
		return;
	atomic_store_explicit(&slot->word, (generation + 1) << GENERATION_SHIFT, memory_order_release);
	lists_lock();
	slot->next_free = first_free;
	first_free = slot->index;
	lists_unlock();
}

/* --- Fork */

/* Pins of the forking thread itself are taken off in the child as well; those of other threads never are. */
void handle_table_doom_pinned(void)
{
	for (uint32_t i = 0; i < used; i++) {
		struct handle_slot *slot = slot_at(i);

		if (atomic_load_explicit(&slot->word, memory_order_relaxed) & PIN_MASK)
			atomic_fetch_or_explicit(&slot->word, DEAD, memory_order_relaxed);
	}
}

/* --- Handles */

bool handle_open(enum handle_kind kind, void *object, void (*destroy)(void *), SecHandle *handle)
{
	struct handle_slot *slot;
	ULONG_PTR generation;

	slot = take_slot();
	if (!slot)
		return false;
	slot->object = object;
	slot->destroy = destroy;
	generation = (ULONG_PTR)(atomic_load_explicit(&slot->word, memory_order_relaxed) >> GENERATION_SHIFT);
	handle->dwLower = MARK | slot->index;
	handle->dwUpper = generation << KIND_BITS | kind;
	atomic_store_explicit(&slot->word,
			      (uint64_t)generation << GENERATION_SHIFT | (uint64_t)kind << KIND_SHIFT,
			      memory_order_release);
	return true;
}

/* What the word of a live slot is that this handle names, pins aside. */
static bool expected_word(const SecHandle *handle, enum handle_kind kind, uint64_t *word)
{
	ULONG_PTR generation = handle->dwUpper >> KIND_BITS;

	if ((handle->dwLower & ~INDEX_MASK) != MARK || generation > GENERATION_MAX ||
	    handle->dwUpper != (generation << KIND_BITS | kind))
		return false;
	*word = (uint64_t)generation << GENERATION_SHIFT | (uint64_t)kind << KIND_SHIFT;
	return true;
}

/* Adds a pin, and DEAD if asked, in one step, so that nobody comes in between. */
static bool enter(const SecHandle *handle, enum handle_kind kind, uint64_t with, struct handle_pin *pin)
{
	struct handle_slot *slot;
	uint64_t expected, word;

	*pin = (struct handle_pin) { 0 };
	if (!handle || !expected_word(handle, kind, &expected))
		return false;
	slot = slot_at((uint32_t)(handle->dwLower & INDEX_MASK));
	if (!slot)
		return false;
	word = atomic_load_explicit(&slot->word, memory_order_relaxed);
	do {
		if ((word & ~PIN_MASK) != expected || (word & PIN_MASK) == PIN_MASK)
			return false;
	} while (!atomic_compare_exchange_weak_explicit(&slot->word, &word, (word + PIN_ONE) | with,
							memory_order_acq_rel, memory_order_relaxed));
	*pin = (struct handle_pin) { slot, slot->object };
	return true;
}

bool handle_pin(const SecHandle *handle, enum handle_kind kind, struct handle_pin *pin)
{
	return enter(handle, kind, 0, pin);
}

void handle_unpin(struct handle_pin *pin)
{
	struct handle_slot *slot = pin->slot;
	uint64_t word;

	if (!slot)
		return;
	*pin = (struct handle_pin) { 0 };
	word = atomic_fetch_sub_explicit(&slot->word, PIN_ONE, memory_order_acq_rel) - PIN_ONE;
	if (!(word & DEAD) || word & PIN_MASK)
		return;
	slot->destroy(slot->object);
	give_back(slot);
}

bool handle_close(const SecHandle *handle, enum handle_kind kind)
{
	struct handle_pin pin;
	bool closed = enter(handle, kind, DEAD, &pin);

	handle_unpin(&pin);
	return closed;
}

/* --- HANDLE */

HANDLE handle_to_word(const SecHandle *handle)
{
	ULONG_PTR word = handle->dwUpper >> KIND_BITS << INDEX_BITS | (handle->dwLower & INDEX_MASK);

	return (HANDLE)word; /* NOLINT: looked up, never followed */
}

SecHandle handle_of_word(HANDLE word, enum handle_kind kind)
{
	return (SecHandle) {
		.dwLower = MARK | ((ULONG_PTR)word & INDEX_MASK),
		.dwUpper = (ULONG_PTR)word >> INDEX_BITS << KIND_BITS | kind,
	};
}
