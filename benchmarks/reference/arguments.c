#include "arguments.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void refuse_argument(const char *flag, const char *format, ...) {
    fprintf(stderr, "%s: %s: ", program_invocation_short_name, flag);
    va_list values;
    va_start(values, format);
    vfprintf(stderr, format, values);
    va_end(values);
    fputc('\n', stderr);
    exit(EXIT_USAGE);
}

long parse_integer(const char *flag, const char *text, long least, long most) {
    char *end = NULL;
    errno = 0;
    const long value = strtol(text, &end, 10);
    /* strtol skips blanks and signs: only digits are taken here. */
    if (strspn(text, "0123456789") != strlen(text) || end == text || errno != 0 || value < least || value > most) {
        refuse_argument(flag, "expected an integer from %ld to %ld, not '%s'", least, most, text);
    }
    return value;
}

double parse_number(const char *flag, const char *text, double least, double most) {
    char *end = NULL;
    errno = 0;
    const double value = strtod(text, &end);
    /* strtod takes hexadecimal, infinity and NaN: only decimal fractions are taken here. */
    if (strspn(text, "0123456789.") != strlen(text) || end == text || *end != '\0' || errno != 0 || value < least ||
        value > most) {
        refuse_argument(flag, "expected a number from %g to %g, not '%s'", least, most, text);
    }
    return value;
}
