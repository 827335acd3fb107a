/* Order statistics, of at least one value. */
#ifndef REFERENCE_STATISTICS_H
#define REFERENCE_STATISTICS_H

#include <stddef.h>
#include <stdint.h>

/* Sorts the values. */
double median(double *values, size_t count);

void sort_samples(uint32_t *samples, size_t count);

/* The nearest-rank percentile of sorted samples, 0 < percent <= 100. */
uint32_t percentile(const uint32_t *sorted, size_t count, unsigned percent);

#endif
