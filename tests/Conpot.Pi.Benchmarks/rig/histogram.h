/* Latencies in 64 steps per power of two (an error of at most 1.6 %), as HdrHistogram keeps them. */
#ifndef HISTOGRAM_H
#define HISTOGRAM_H

#include <stdint.h>

enum { STEPS = 64, STEP_BITS = 6, BUCKETS = (64 - STEP_BITS + 1) * STEPS };

struct histogram { uint64_t count, longest, buckets[BUCKETS]; };

static inline void histogram_add(struct histogram *h, uint64_t ns)
{
    int shift = ns < STEPS ? 0 : 63 - __builtin_clzll(ns) - STEP_BITS;
    int index = ns < STEPS ? (int)ns : (shift + 1) * STEPS + (int)((ns >> shift) - STEPS);
    h->buckets[index]++;
    h->count++;
    if (ns > h->longest)
        h->longest = ns;
}

/* Microseconds below which `share` (0..1) of the values lie; the upper edge of the bucket, never above the longest. */
static inline double histogram_at(const struct histogram *h, double share)
{
    uint64_t wanted = (uint64_t)(share * (double)h->count + 0.5), seen = 0;
    for (int i = 0; i < BUCKETS && h->count > 0; i++) {
        seen += h->buckets[i];
        if (seen < wanted || seen == 0)
            continue;
        int shift = i < STEPS ? 0 : i / STEPS - 1;
        uint64_t edge = i < STEPS ? (uint64_t)i : (((uint64_t)(i % STEPS) + STEPS + 1) << shift) - 1;
        return (double)(edge < h->longest ? edge : h->longest) / 1000.0;
    }
    return (double)h->longest / 1000.0;
}

#endif
