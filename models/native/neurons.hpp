// Many neurons on few samples: their preactivations z = W X, and on which samples each is active.
//
// D_ri = 1[z_ri > 0] is a bit, bit i of the pattern of neuron r; NaN is not active. Neurons come CLOSE at a time, so
// that their z stays in a near cache until it is used up, and in parts that threads take.
//
// Order of summation. z_ri = sum_j w_rj x_ji is summed over j in ascending order, fused where the machine can, as in
// descent.cpp. What is summed over neurons is summed over those that are held, then over those of a part, then part by
// part. The number of neurons alone decides the parts: results are the same for every number of threads.

#pragma once

#include <algorithm>

#include "lanes.hpp"

namespace {

constexpr int CLOSE = 128;  // neurons whose preactivations are held at a time

using Word = std::uint64_t;

// The bits of the lanes above zero; NaN is not.
template <class T> INLINE Word above(Vector<T> z) {
#if defined(__AVX512F__)
    if constexpr (sizeof(T) == 8) return _mm512_cmp_pd_mask(__m512d(z), __m512d{}, _CMP_GT_OQ);
    else return _mm512_cmp_ps_mask(__m512(z), __m512{}, _CMP_GT_OQ);
#else
    Word bits = 0;
    const auto on = z > 0;
    for (int lane = 0; lane < LANES<T>; ++lane) bits |= Word(on[lane] & 1) << lane;
    return bits;
#endif
}

// z (R neurons, V vectors of samples) = w X, X in V vectors of `across`.
template <class T, int R, int V>
INLINE void preactivate(const T* w, Size d, const Vector<T>* X, Size across, Vector<T>* z) {
    Vector<T> sum[R][V] = {};
    for (Size j = 0; j < d; ++j)
        for (int r = 0; r < R; ++r)
            for (int v = 0; v < V; ++v) sum[r][v] += w[r * d + j] * X[j * across + v];
    for (int r = 0; r < R; ++r)
        for (int v = 0; v < V; ++v) z[r * across + v] = sum[r][v];
}

template <class T, int R> void preactivate(const T* w, Size d, const Vector<T>* X, Size across, Vector<T>* z) {
    Size v = 0;
    for (; v + 2 <= across; v += 2) preactivate<T, R, 2>(w, d, X + v, across, z + v);
    if (v < across) preactivate<T, R, 1>(w, d, X + v, across, z + v);
}

// X (d, n) in vectors, padded with zeros.
template <class T> struct Data {
    Size d, n, across;
    Memory<T> memory;
    Vector<T>* X;
    Data(const T* from, Size d, Size n) : d(d), n(n), across(up(n, LANES<T>)), X(memory.take(d * across)) {
        std::fill_n(X, d * across, Vector<T>{});
        for (Size j = 0; j < d; ++j)
            std::copy(from + j * n, from + (j + 1) * n, reinterpret_cast<T*>(X + j * across));
    }
    Size vectors() const { return CLOSE * across; }
    // z (count, across) of at most CLOSE neurons.
    void product(const T* W, Size count, Vector<T>* z) const {
        Size r = 0;
        for (; r + 8 <= count; r += 8) preactivate<T, 8>(W + r * d, d, X, across, z + r * across);
        for (; r < count; ++r) preactivate<T, 1>(W + r * d, d, X, across, z + r * across);
    }
    // Samples 64 w to 64 w + 63 of the pattern of a neuron.
    INLINE Word word(const Vector<T>* z, Size w) const {
        constexpr Size many = 64 / LANES<T>;
        Word bits = 0;
        for (Size v = w * many; v < std::min(across, (w + 1) * many); ++v)
            bits |= above<T>(z[v]) << (v - w * many) * LANES<T>;
        return bits;
    }
};

// Bytes 0 or 1 as bits.
INLINE Word packed(const std::uint8_t* bytes, Size count) {
    Word bits = 0;
#if defined(__AVX512BW__)
    const __m512i found = _mm512_maskz_loadu_epi8(~Word(0) >> (64 - count), bytes);
    bits = _mm512_test_epi8_mask(found, found);
#else
    for (Size i = 0; i < count; ++i) bits |= Word(bytes[i]) << i;
#endif
    return bits;
}

// Parts of the neurons that threads take; their number depends on m alone.
struct Parts {
    Size m, size, count;
    explicit Parts(Size m) : m(m), size(std::max<Size>(1024, up(up(m, 64), CLOSE) * CLOSE)), count(up(m, size)) {}
    // work(r, z) with the preactivations z of `many` neurons from r on, for all of one part.
    template <class T, class Work> void visit(Size part, const Data<T>& data, const T* W, Work work) const {
        static thread_local Memory<T> memory;
        Vector<T>* z = memory.take(data.vectors());
        const Size end = std::min(m, (part + 1) * size);
        for (Size r = part * size; r < end; r += CLOSE) {
            const Size many = std::min<Size>(CLOSE, end - r);
            data.product(W + r * data.d, many, z);
            work(r, many, z);
        }
    }
};

// Calls work(b, threads) for each network, `cost` of vector operations each: side by side, or each by all threads.
template <class Work> void networks(Size batch, Size threads, double cost, Work work) {
    const Size useful = cost * double(batch) < ALONE ? 1 : threads, apart = batch >= useful ? useful : 1;
    each(batch, apart, [&](Size b) { work(b, apart > 1 ? 1 : useful); });
}

}  // namespace
