// Sums over neurons S[(i,p),(j,q)] = sum_r D_ri D_rj a_rp a_rq, D = 1[z_ri > 0], for pairs i <= j and p <= q.
//
// Derivation (the method of the four Russians). D is binary. For two blocks a, b of L <= 4 samples a table has a
// row for each of the 4^L patterns (A, B) that a neuron may have on them, and each neuron adds its products
// Q_r = (a_rp a_rq), p <= q, to the row of its pattern: one addition for a row where the pairs of samples ask for
// many. The sum for i in a and j in b is that of the rows with i in A and j in B; pairs within a come from the rows
// summed over B. All pairs of blocks cover all pairs of samples; the pairs within a block are taken once.
// A row of neurons that are inactive on both blocks is never read: what is not finite shows exactly in the entries
// whose two samples have a neuron active that is not.
//
// Order of summation. The neurons of a chunk one after the other into the tables, these by halves, then chunk by chunk;
// of a single pair of blocks all neurons are one chunk. Every addition joins the sums of disjoint groups of neurons, so
// no term meets more of them that round than there are other terms: with its product, gamma_k with k the number of
// neurons holds for each entry relative to the sum of absolute values; whole numbers are exact. Each column (p, q) is
// summed by one thread, and sizes alone decide the blocks and chunks: results are the same for every number of threads.
//
// Storage. Codes, a byte for each block and neuron; the columns in tiles of vectors so narrow that a table stays in
// the first cache; Q of a tile for a chunk of neurons in the second, for all pairs of blocks.
//
// Speed. A neuron, a pair of blocks and a vector of columns cost one load, one addition and one store. Where d numbers
// fit into two vectors Q is made by shuffles, and with a single pair of blocks it is not stored.

#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "lanes.hpp"
#include "neurons.hpp"

namespace {

constexpr int FOLD = 4;  // operations for a row of a table beside those for its neurons

using Code = std::uint8_t;

template <class T> using Loose __attribute__((vector_size(BYTES), aligned(sizeof(T)), may_alias)) = T;

constexpr Size pairs(Size count) { return count * (count + 1) / 2; }
constexpr Size place(Size i, Size j, Size count) { return i * (2 * count - i - 1) / 2 + j; }

// n samples in `blocks` >= 2 blocks of `wide` <= 4, and d outputs; absent samples of the last blocks are never active.
// Few neurons do not pay for large tables: a row costs FOLD times as much as to add a neuron.
template <class T> struct Shape {
    Size n, d, wide, blocks;
    Shape(Size n, Size d, Size neurons) : n(n), d(d), wide(4), blocks(std::max<Size>(2, up(n, 4))) {
        for (Size count = blocks + 1; count <= std::max<Size>(2, n); ++count)
            if (cost(count, neurons) < cost(blocks, neurons)) blocks = count;
        wide = up(n, blocks);
    }
    Size cost(Size count, Size neurons) const {
        return pairs(count - 1) * (neurons + FOLD * (Size(1) << 2 * up(n, count)));
    }
    Size vectors() const { return up(pairs(d), LANES<T>); }
    Size words() const { return up(n, 64); }
    Size chunk() const { return wide < 4 ? 256 : 4096; }
    double work(Size neurons) const {
        return double(neurons) * (vectors() * (2 + pairs(blocks - 1)) + d * up(n, LANES<T>));
    }
};

// The codes of one neuron: its pattern, block by block.
template <class T> INLINE void encode(const Shape<T>& s, const Word* words, Code* codes, Size stride) {
    const Size n = s.n, wide = s.wide, blocks = s.blocks;  // a store of a byte may be one to s
    const Word mask = (1 << wide) - 1;
    if (n <= 64) {
        Word bits = words[0];
        for (Size b = 0; b < blocks; ++b, bits >>= wide, codes += stride) *codes = bits & mask;
        return;
    }
    for (Size b = 0, i = 0; b < blocks; ++b, i += wide, codes += stride) {
        Word bits = i < n ? words[i / 64] >> i % 64 : 0;
        if (i % 64 + wide > 64 && (i / 64 + 1) * 64 < n) bits |= words[i / 64 + 1] << (64 - i % 64);
        *codes = bits & mask;
    }
}

// Q of vectors [first, first + V) of the columns for `count` neurons: left_p right_q.
template <class T, int V> void products(const T* left, const T* right, Size d, Size first, Size count, Vector<T>* Q) {
    constexpr Size lanes = LANES<T>;
    T* out = reinterpret_cast<T*>(Q);
    for (Size r = 0; r < count; ++r, left += d, right += d, out += V * lanes) {
        Size at = -first * lanes;  // where the row of p begins
        for (Size p = 0; p < d; at += d - p, ++p)
            for (Size q = std::max<Size>(p, p - at); q < std::min(d, p + V * lanes - at); ++q)
                out[at + q - p] = left[p] * right[q];
        for (; at < V * lanes; ++at)
            if (at >= 0) out[at] = 0;
    }
}

// The same by shuffles, for d numbers that fit into WIDE <= 2 vectors: emit(r, Q). The last rows, whose loads would
// pass the end, are left to the loop above. Returns how many it made.
template <class T, int V, int WIDE, class Emit>
INLINE Size shuffled(const T* left, const T* right, Size d, Size first, Size count, Emit emit) {
    using Index = Vector<Bits<T>>;
    constexpr Size lanes = LANES<T>;
    Index P[V], R[V];
    for (Size k = 0, p = 0, q = 0; k < (first + V) * lanes; ++k, ++q) {
        if (q == d) q = std::min(++p, d - 1);
        if (k < first * lanes) continue;
        P[k / lanes - first][k % lanes] = std::min(p, d - 1), R[k / lanes - first][k % lanes] = q;
    }
    const Size most = std::max<Size>(0, count - up(WIDE * lanes, d));
    for (Size r = 0; r < most; ++r, left += d, right += d) {
        const auto* a = reinterpret_cast<const Loose<T>*>(left);
        const auto* b = reinterpret_cast<const Loose<T>*>(right);
        const Vector<T> a0 = a[0], a1 = a[WIDE - 1], b0 = b[0], b1 = b[WIDE - 1];
        Vector<T> Q[V];
        for (int v = 0; v < V; ++v)
            if constexpr (WIDE == 1) Q[v] = __builtin_shuffle(a0, P[v]) * __builtin_shuffle(b0, R[v]);
            else Q[v] = __builtin_shuffle(a0, a1, P[v]) * __builtin_shuffle(b0, b1, R[v]);
        emit(r, Q);
    }
    return most;
}

template <class T, int V, class Emit>
INLINE Size shuffled(const T* left, const T* right, Size d, Size first, Size count, Emit emit) {
    if (d <= LANES<T>) return shuffled<T, V, 1>(left, right, d, first, count, emit);
    return d <= 2 * LANES<T> ? shuffled<T, V, 2>(left, right, d, first, count, emit) : 0;
}

// What of a row w of 2^L sums has bit i, for each i, and their total in w[0]; w is used up. TOTAL: w[0] counts.
template <class V, int L, bool TOTAL> INLINE V halve(V* w, V* with) {
    for (int i = L - 1; i >= 0; --i) {
        const int half = 1 << i;
        V sum = w[half];
        for (int k = 1; k < half; ++k) sum += w[half + k];
        with[i] = sum;
        for (int k = TOTAL ? 0 : 1; k < half; ++k) w[k] += w[half + k];
    }
    return w[0];
}

// The pairs i <= j of one block, from the sums of its patterns; pattern 0 is not read.
template <class V, int L, class Emit> INLINE void within(const V* sums, Emit emit) {
    for (int i = 0; i < L; ++i)
        for (int j = i; j < L; ++j) {
            const int both = 1 << i | 1 << j;
            V sum = sums[both];
            for (int A = both + 1; A < 1 << L; ++A)
                if ((A & both) == both) sum += sums[A];
            emit(i, j, sum);
        }
}

// A column of vectors of a table, [A][B] of `stride`: emit(i, j, sum) for its pairs, j counted on from L for block b.
template <class T, int L, class Emit>
void fold(const Vector<T>* table, Size stride, bool within_a, bool within_b, Emit emit) {
    constexpr int N = 1 << L;
    Vector<T> total[N], with[L][N], row[N], found[L];
    for (int A = 1; A < N; ++A) {
        for (int B = 0; B < N; ++B) row[B] = table[(A * N + B) * stride];
        total[A] = halve<Vector<T>, L, true>(row, found);
        for (int j = 0; j < L; ++j) with[j][A] = found[j];
    }
    for (int j = 0; j < L; ++j) {
        halve<Vector<T>, L, false>(with[j], found);
        for (int i = 0; i < L; ++i) emit(i, L + j, found[i]);
    }
    if (within_a) within<Vector<T>, L>(total, emit);
    if (!within_b) return;
    for (int B = 1; B < N; ++B) {
        row[B] = table[B * stride];
        for (int A = 1; A < N; ++A) row[B] += table[(A * N + B) * stride];
    }
    within<Vector<T>, L>(row, [&](int i, int j, Vector<T> sum) { emit(L + i, L + j, sum); });
}

// `count` neurons with decoders left, right (count, d), equal up to sign, and codes (blocks, count).
template <class T> struct Neurons {
    Size count;
    const T *left, *right;
    const Code* codes;
};

// Vectors [first, first + V) of the columns of S (pairs of samples, vectors), += over all neurons. The table of a
// single pair of blocks stays from chunk to chunk, and products by shuffles go into it at once.
template <class T, int L, int V> void tile(const Shape<T>& s, const Neurons<T>& all, Size first, Vector<T>* S) {
    static thread_local Memory<T> memory;
    constexpr Size rows = Size(1) << 2 * L;
    const Size chunk = std::min(s.chunk(), all.count), d = s.d, vectors = s.vectors();
    const bool single = s.blocks == 2;
    Vector<T>*table = memory.take((rows + chunk) * V), *Q = table + rows * V;
    const auto fold_into = [&](Size a, Size b) {
        const bool last = b + 1 == s.blocks;
        for (int v = 0; v < V; ++v)
            fold<T, L>(table + v, V, b == a + 1, last && b == a + 1, [&](int i, int j, Vector<T> sum) {
                const Size left = a * L + i, right = j < L ? a * L + j : b * L + j - L;
                if (left < s.n && right < s.n) S[place(left, right, s.n) * vectors + first + v] += sum;
            });
    };
    std::fill(table, table + rows * V, Vector<T>{});
    for (Size from = 0; from < all.count; from += chunk) {
        const Size count = std::min(chunk, all.count - from);
        const T *left = all.left + from * d, *right = all.right + from * d;
        const Code *A = all.codes + from, *B = A + all.count;
        const auto add = [=](Size r, const Vector<T>* q) {
            Vector<T>* row = table + (A[r] << L | B[r]) * V;
            for (int v = 0; v < V; ++v) row[v] += q[v];
        };
        const auto hold = [=](Size r, const Vector<T>* q) {
            for (int v = 0; v < V; ++v) Q[r * V + v] = q[v];
        };
        const Size done = single ? shuffled<T, V>(left, right, d, first, count, add)
                                 : shuffled<T, V>(left, right, d, first, count, hold);
        products<T, V>(left + done * d, right + done * d, d, first, count - done, Q + done * V);
        for (Size a = 0; a < s.blocks; ++a)
            for (Size b = a + 1; b < s.blocks; ++b) {
                A = all.codes + a * all.count + from, B = all.codes + b * all.count + from;
                for (Size r = single ? done : 0; r < count; ++r) {
                    Vector<T>* row = table + (A[r] << L | B[r]) * V;
                    for (int v = 0; v < V; ++v) row[v] += Q[r * V + v];
                }
                if (single) continue;
                fold_into(a, b);
                std::fill(table, table + rows * V, Vector<T>{});
            }
    }
    if (single) fold_into(0, 1);
}

template <class T, int L>
void tile(const Shape<T>& s, const Neurons<T>& all, Size first, Size last, Vector<T>* S) {
    switch (last - first) {
        case 1: return tile<T, L, 1>(s, all, first, S);
        case 2: return tile<T, L, 2>(s, all, first, S);
        case 3: if constexpr (L < 4) return tile<T, L, 3>(s, all, first, S); [[fallthrough]];
        case 4: if constexpr (L < 4) return tile<T, L, 4>(s, all, first, S);
    }
}

// S (pairs of samples, vectors of columns) of all neurons.
template <class T> void sum_up(const Shape<T>& s, const Neurons<T>& all, Size threads, Vector<T>* S) {
    const Size vectors = s.vectors(), most = s.wide < 4 ? 4 : 2;
    const Size tiles = std::max(up(vectors, most), std::min(threads, vectors));
    std::fill(S, S + pairs(s.n) * vectors, Vector<T>{});
    if (all.count == 0) return;
    each(tiles, threads, [&](Size t) {
        const Size first = vectors * t / tiles, last = vectors * (t + 1) / tiles;
        switch (s.wide) {
            case 1: return tile<T, 1>(s, all, first, last, S);
            case 2: return tile<T, 2>(s, all, first, last, S);
            case 3: return tile<T, 3>(s, all, first, last, S);
            default: return tile<T, 4>(s, all, first, last, S);
        }
    });
}

// The sums of `all` in memory that is the vectors' own: (pairs of samples, vectors).
template <class T> struct Sums {
    Memory<T> memory;
    Vector<T>* S;
    Sums(const Shape<T>& s, const Neurons<T>& all, Size threads) : S(memory.take(pairs(s.n) * s.vectors())) {
        sum_up<T>(s, all, threads, S);
    }
    const T* numbers() const { return reinterpret_cast<const T*>(S); }
};

// <x_i, x_j> / (m d) for i <= j.
template <class T> std::vector<T> inner(const T* X, Size d, Size n, Size m) {
    std::vector<T> found(pairs(n));
    for (Size i = 0; i < n; ++i)
        for (Size j = i; j < n; ++j) {
            T sum = 0;
            for (Size k = 0; k < d; ++k) sum += X[k * n + i] * X[k * n + j];
            found[place(i, j, n)] = sum / T(m * d);
        }
    return found;
}

}  // namespace
