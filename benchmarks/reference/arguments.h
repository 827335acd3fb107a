/* Command-line values: parsed strictly, refused in one line that names the flag, with exit code 2. */
#ifndef REFERENCE_ARGUMENTS_H
#define REFERENCE_ARGUMENTS_H

enum exit_code { EXIT_DONE = 0, EXIT_NEGATIVE = 1, EXIT_USAGE = 2 };

/* Prints "PROGRAM: FLAG: MESSAGE" on stderr and exits with EXIT_USAGE. */
_Noreturn void refuse_argument(const char *flag, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* A decimal integer from `least` to `most`, the whole of `text`. */
long parse_integer(const char *flag, const char *text, long least, long most);

/* A decimal number from `least` to `most`, the whole of `text`. */
double parse_number(const char *flag, const char *text, double least, double most);

#endif
