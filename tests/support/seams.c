#include "support/seams.h"

#include "base/clock.h"
#include "base/memory.h"
#include "crypto/random.h"

#include <openssl/rand.h>
#include <stdatomic.h>
#include <stdlib.h>

static _Atomic int64_t the_time = SEAM_TIME;
static struct slice script;
static atomic_bool random_fails;
static atomic_long fail_at, allocations, alive;
static atomic_long failing_draw, draws, failing_reading, readings;
static void (*_Atomic on_allocation)(void);
static void (*_Atomic on_free)(const void *);

void seam_set_time(int64_t filetime)
{
	the_time = filetime;
}

int64_t clock_now(void)
{
	return ++readings == failing_reading ? -1 : (int64_t)the_time;
}

void seam_script_random(struct slice bytes)
{
	script = bytes;
}

void seam_fail_random(bool fail)
{
	random_fails = fail;
}

bool random_bytes(uint8_t *to, size_t size)
{
	if (++draws == failing_draw || random_fails)
		return false;
	if (script.size >= size && script.size) {
		memcpy(to, script.data, size);
		script.data += size;
		script.size -= size;
		return true;
	}
	return RAND_bytes(to, (int)size) == 1;
}

void seam_fail_draw(long n)
{
	failing_draw = n ? draws + n : 0;
}

bool seam_draw_failed(void)
{
	return failing_draw && draws >= failing_draw;
}

void seam_fail_clock(long n)
{
	failing_reading = n ? readings + n : 0;
}

bool seam_clock_failed(void)
{
	return failing_reading && readings >= failing_reading;
}

bool seam_allocation_failed(void)
{
	return fail_at && allocations >= fail_at;
}

void seam_fail_allocation(long n)
{
	fail_at = n ? allocations + n : 0;
}

void seam_on_allocation(void (*hook)(void))
{
	on_allocation = hook;
}

void seam_on_free(void (*hook)(const void *block))
{
	on_free = hook;
}

long seam_allocations(void)
{
	return allocations;
}

long seam_blocks_alive(void)
{
	return alive;
}

void *memory_allocate(size_t size)
{
	void (*hook)(void) = on_allocation;
	void *block;

	if (hook)
		hook();
	if (++allocations == fail_at)
		return NULL;
	block = calloc(1, size ? size : 1);
	if (block)
		alive++;
	return block;
}

void memory_free(void *block)
{
	void (*hook)(const void *) = on_free;

	if (hook && block)
		hook(block);
	if (block)
		alive--;
	free(block);
}
