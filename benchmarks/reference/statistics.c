#include "statistics.h"

#include <stdlib.h>

static int compare_doubles(const void *left, const void *right) {
    const double a = *(const double *)left;
    const double b = *(const double *)right;
    return (a > b) - (a < b);
}

static int compare_samples(const void *left, const void *right) {
    const uint32_t a = *(const uint32_t *)left;
    const uint32_t b = *(const uint32_t *)right;
    return (a > b) - (a < b);
}

double median(double *values, size_t count) {
    qsort(values, count, sizeof *values, compare_doubles);
    const size_t middle = count / 2;
    return count % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
}

void sort_samples(uint32_t *samples, size_t count) {
    qsort(samples, count, sizeof *samples, compare_samples);
}

uint32_t percentile(const uint32_t *sorted, size_t count, unsigned percent) {
    const size_t rank = (count * percent + 99) / 100;
    return sorted[rank - 1];
}
