/* The compiler attributes the house uses, each behind one name. */
#ifndef OPENSSPI_BASE_COMPILER_H
#define OPENSSPI_BASE_COMPILER_H

#define NODISCARD                __attribute__((warn_unused_result))
#define PRINTF_LIKE(text, first) __attribute__((format(printf, text, first)))

/* Calls `function(&variable)` wherever the variable's scope is left. */
#define CLEANUP(function) __attribute__((cleanup(function)))

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

#endif
