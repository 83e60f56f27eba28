// Products with the encoder's tangent kernel where it is too large to be formed.
//
// For V (n, d), entry (i, p) of m d H_W V is
//     sum_r a_rp D_ri sum_j <x_i, x_j> D_rj <a_r, v_j>,
// four products of matrices: Y = D o (A V^T), Y X^T, D o (Y X^T X), and what A^T makes of that. A group of neurons goes
// through all four while what lies between them is in the second cache.
//
// Order of summation. Each product is summed in ascending order, the last one group by group, then part by part, which
// the number of neurons alone decides: results are the same for every number of threads. What is not finite is left out
// where D is 0.
//
// Speed. A tile of ROWS rows and two vectors of columns stays in registers while it is summed.

#include <algorithm>
#include <cstdint>
#include <cstring>

#include "lanes.hpp"
#include "neurons.hpp"

namespace {

constexpr int ROWS = BYTES == 64 ? 8 : 6;  // of a product at a time, two vectors each: as many as the registers hold

// A matrix (rows, columns) in panels: two vectors of columns, row after row, so that a panel passes through the first
// cache in one go. Entry (k, c) is at from[k * row + c * column]; what is beyond the columns is zero.
template <class T> struct Panels {
    Size rows, count;
    Memory<T> memory;
    Vector<T>* at;
    Panels(const T* from, Size rows, Size columns, Size row, Size column)
        : rows(rows), count(up(columns, 2 * LANES<T>)), at(memory.take(2 * rows * count)) {
        T* to = reinterpret_cast<T*>(at);
        for (Size c = 0; c < count * 2 * LANES<T>; c += 2 * LANES<T>)
            for (Size k = 0; k < rows; ++k)
                for (Size e = c; e < c + 2 * LANES<T>; ++e) *to++ = e < columns ? from[k * row + e * column] : T(0);
    }
};

// Two vectors of columns of R rows of a product: emit(r, both). Row r of the left factor is left[r * row + k * step].
template <class T, int R, class Emit>
INLINE void rows_by_panel(const T* left, Size row, Size step, Size steps, const Vector<T>* panel, Emit emit) {
    Vector<T> sum[R][2] = {};
    for (Size k = 0; k < steps; ++k)
        for (int r = 0; r < R; ++r)
            for (int v = 0; v < 2; ++v) sum[r][v] += left[r * row + k * step] * panel[2 * k + v];
    for (int r = 0; r < R; ++r) emit(r, sum[r]);
}

// A product of `count` rows: emit(r, panel, its two vectors).
template <class T, class Emit>
INLINE void multiply(const T* left, Size row, Size step, Size count, const Panels<T>& with, Emit emit) {
    for (Size p = 0; p < with.count; ++p) {
        const Size steps = with.rows;
        const Vector<T>* panel = with.at + 2 * p * steps;
        const auto from = [&](Size at) { return [&, at](Size r, const Vector<T>* sum) { emit(at + r, p, sum); }; };
        Size r = 0;
        for (; r + ROWS <= count; r += ROWS) rows_by_panel<T, ROWS>(left + r * row, row, step, steps, panel, from(r));
        for (; r < count; ++r) rows_by_panel<T, 1>(left + r * row, row, step, steps, panel, from(r));
    }
}

// Those of `count` numbers, two vectors at most, whose byte is 1; the others are zero, whatever they were.
template <class T> INLINE void keep_active(const Vector<T>* z, const std::uint8_t* bytes, Size count, T* to) {
#if defined(__AVX512BW__)
    const Word bits = packed(bytes, count);
    if constexpr (sizeof(T) == 8) {
        _mm512_store_pd(to, _mm512_maskz_mov_pd(bits, __m512d(z[0])));
        _mm512_store_pd(to + 8, _mm512_maskz_mov_pd(bits >> 8, __m512d(z[1])));
    } else {
        _mm512_store_ps(to, _mm512_maskz_mov_ps(bits, __m512(z[0])));
        _mm512_store_ps(to + 16, _mm512_maskz_mov_ps(bits >> 16, __m512(z[1])));
    }
#else
    std::uint8_t on[2 * LANES<T>] = {};
    std::memcpy(on, bytes, count);
    Bits<T> kept[2 * LANES<T>];
    std::memcpy(kept, z, sizeof kept);
    for (int e = 0; e < 2 * LANES<T>; ++e) kept[e] &= -Bits<T>(on[e]);
    std::memcpy(to, kept, sizeof kept);
#endif
}

// H = m d H_W V (n, d) of V (n, d); D (m, n), bytes 0 or 1.
template <class T>
void product(Size m, Size d, Size n, Size threads, const T* A, const T* X, const std::uint8_t* D, const T* V, T* H) {
    constexpr Size group = 64 / ROWS * ROWS, pair = 2 * LANES<T>;
    const Panels<T> given(V, d, n, 1, d), samples(X, d, n, n, 1), turned(X, n, d, 1, n);
    const Size wide = pair * given.count + LANES<T>, thin = pair * turned.count;  // odd: no power of two apart
    const Parts parts(m);
    static thread_local Memory<T> memory;
    T* const shares = reinterpret_cast<T*>(memory.take(parts.count * n * thin / LANES<T>));
    std::fill_n(shares, parts.count * n * thin, T(0));
    each(parts.count, double(m) * d * given.count < ALONE ? 1 : threads, [&](Size part) {
        static thread_local Memory<T> own;
        T* const w = reinterpret_cast<T*>(own.take(group * (wide + thin) / LANES<T>));
        T *const moved = w + group * wide, *const share = shares + part * n * thin;
        const Size end = std::min(m, (part + 1) * parts.size);
        for (Size from = part * parts.size; from < end; from += group) {
            const Size many = std::min(group, end - from);
            const auto active = [&](Size r, Size p, const Vector<T>* sum) {
                const Size at = p * pair;
                keep_active<T>(sum, D + (from + r) * n + at, std::min(pair, n - at), w + r * wide + at);
            };
            multiply<T>(A + from * d, d, 1, many, given, active);
            multiply<T>(w, wide, 1, many, turned, [&](Size r, Size p, const Vector<T>* sum) {
                std::copy_n(sum, 2, reinterpret_cast<Vector<T>*>(moved + r * thin + p * pair));
            });
            multiply<T>(moved, thin, 1, many, samples, active);
            const Panels<T> decoder(A + from * d, many, d, d, 1);
            multiply<T>(w, 1, wide, n, decoder, [&](Size i, Size p, const Vector<T>* sum) {
                auto* to = reinterpret_cast<Vector<T>*>(share + i * thin + p * pair);
                to[0] += sum[0], to[1] += sum[1];
            });
        }
    });
    for (Size part = 1; part < parts.count; ++part)
        for (Size e = 0; e < n * thin; ++e) shares[e] += shares[part * n * thin + e];
    for (Size i = 0; i < n; ++i) std::copy_n(shares + i * thin, d, H + i * d);
}

}  // namespace

#define EXPORT(T, suffix) \
    extern "C" void product_##suffix(Size m, Size d, Size n, Size threads, const T* A, const T* X, \
                                     const std::uint8_t* D, const T* V, T* H) { \
        product<T>(m, d, n, threads, A, X, D, V, H); \
    }

EXPORT(double, float64)
EXPORT(float, float32)
