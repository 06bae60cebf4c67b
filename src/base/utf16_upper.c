/*
 * The rows hold Microsoft's table, not today's Unicode: a name that Windows folds one way must not be folded another
 * way here. Dotless i, long s, sharp s, final sigma and the micro sign stay as they are, because none comes back from
 * its upper case; so does every letter younger than Unicode 5.1 (Cherokee's small ones, for one).
 */
#include "base/compiler.h"
#include "base/utf16.h"

static const struct upper_row {
	uint16_t first, last, step, upper;
} rows[] = {
#include "base/utf16_upper_table.inc"
};

uint16_t utf16_upper(uint16_t unit)
{
	size_t low = 0, high = COUNT_OF(rows);

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		const struct upper_row *row = &rows[middle];

		if (unit < row->first)
			high = middle;
		else if (unit > row->last)
			low = middle + 1;
		else if ((unit - row->first) % row->step)
			return unit;
		else
			return (uint16_t)(unit - row->first + row->upper);
	}
	return unit;
}
