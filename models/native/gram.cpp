// Sums over neurons S[(i,p),(j,q)] = sum_r D_ri D_rj a_rp a_rq, D = 1[z_ri > 0], and what is made of them: the
// encoder's tangent kernel S o <x_i, x_j> / (m d), and its change from one encoder to the next. Beside it the
// decoder's kernel, Phi^T Phi / (m d) on the diagonals of the blocks, from the same preactivations; products of the
// encoder's kernel with a vector where that kernel is too large to be formed; and what the contraction certificate needs
// of the neurons: norms, A^T Phi and Phi^T Phi of a point; of a ball around it the sums S of two kinds of neurons.
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
// neurons holds for each entry relative to the sum of absolute values; whole numbers are exact. A change has two terms
// for each neuron that changed. Each column (p, q) is summed by one thread, and sizes alone decide the blocks and
// chunks: results are the same for every number of threads. z is summed over j in ascending order, fused where the
// machine can, as in descent.cpp.
//
// Storage. Codes, a byte for each block and neuron; the columns in tiles of vectors so narrow that a table stays in
// the first cache; Q of a tile for a chunk of neurons in the second, for all pairs of blocks.
//
// Speed. A neuron, a pair of blocks and a vector of columns cost one load, one addition and one store. Where d numbers
// fit into two vectors Q is made by shuffles, and with a single pair of blocks it is not stored.

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <memory>
#include <type_traits>
#include <vector>

#if defined(__AVX512F__)
#include <immintrin.h>
#endif

#define INLINE [[gnu::always_inline]] inline

namespace {

#if defined(__AVX512F__)
constexpr int BYTES = 64;
#elif defined(__AVX__)
constexpr int BYTES = 32;
#else
constexpr int BYTES = 16;
#endif
constexpr int CLOSE = 128;         // neurons whose preactivations are held at a time
constexpr int ROWS = BYTES == 64 ? 8 : 6;  // of a product at a time, two vectors each: as many as the registers hold
constexpr int FOLD = 4;            // operations for a row of a table beside those for its neurons
constexpr double ALONE = 1 << 18;  // vector operations below which one thread does it all: waking others costs more

using Size = std::int64_t;
using Code = std::uint8_t;
using Word = std::uint64_t;

template <class T> using Vector __attribute__((vector_size(BYTES), aligned(BYTES), may_alias)) = T;
template <class T> using Loose __attribute__((vector_size(BYTES), aligned(sizeof(T)), may_alias)) = T;
template <class T> using Bits = std::conditional_t<sizeof(T) == 8, std::int64_t, std::int32_t>;
template <class T> constexpr int LANES = BYTES / sizeof(T);

Size up(Size count, Size step) { return (count + step - 1) / step; }
Size pairs(Size count) { return count * (count + 1) / 2; }
Size place(Size i, Size j, Size count) { return i * (2 * count - i - 1) / 2 + j; }

// Runs work(item) for item = 0..count-1.
template <class Work> void each(Size count, Size threads, Work work) {
#if defined(_OPENMP)
#pragma omp parallel for num_threads(int(threads)) schedule(dynamic) if (threads > 1 && count > 1)
#endif
    for (Size item = 0; item < count; ++item) work(item);
}

// Aligned memory that grows and stays with its thread: fresh pages for every call would cost more than the sums.
template <class T> class Memory {
    std::unique_ptr<char[]> bytes;
    Size held = 0;

  public:
    Vector<T>* take(Size vectors) {
        if (vectors > held) bytes.reset(new char[(vectors + 1) * BYTES]), held = vectors;
        const auto address = reinterpret_cast<std::uintptr_t>(bytes.get());
        return reinterpret_cast<Vector<T>*>(up(Size(address), BYTES) * BYTES);
    }
};

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
    std::vector<char> bytes;
    Vector<T>* X;
    Data(const T* from, Size d, Size n) : d(d), n(n), across(up(n, LANES<T>)), bytes((d * across + 1) * BYTES) {
        X = reinterpret_cast<Vector<T>*>(up(Size(reinterpret_cast<std::uintptr_t>(bytes.data())), BYTES) * BYTES);
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

// H (nd, nd), sample-major: S o factor_ij; S in rows of `stride`.
template <class T> void spread(Size n, Size d, const T* S, Size stride, const T* factor, Size threads, T* H) {
    each(n, threads, [&](Size i) {
        std::vector<T> held(d * d);
        for (Size j = i; j < n; ++j) {
            const T *row = S + place(i, j, n) * stride, scale = factor[place(i, j, n)];
            for (Size p = 0; p < d; row += d - p, ++p) {
                for (Size q = p; q < d; ++q) held[p * d + q] = row[q - p] * scale;
                for (Size q = p + 1; q < d; ++q) held[q * d + p] = held[p * d + q];
            }
            for (Size p = 0; p < d; ++p) {
                std::copy_n(&held[p * d], d, H + ((i * d + p) * n + j) * d);
                std::copy_n(&held[p * d], d, H + ((j * d + p) * n + i) * d);
            }
        }
    });
}

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

// sum[i][v] += sum_r phi[r][i] phi[r][v] for I samples and one vector.
template <class T, int I>
INLINE void add_squares(const Vector<T>* phi, Size across, Size count, Vector<T>* sum, Size i, Size v) {
    Vector<T> acc[I] = {};
    for (Size r = 0; r < count; ++r)
        for (int k = 0; k < I; ++k)
            acc[k] += reinterpret_cast<const T*>(phi + r * across)[i + k] * phi[r * across + v];
    for (int k = 0; k < I; ++k) sum[(i + k) * across + v] += acc[k];
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

// Phi^T Phi (n, across), only i <= j, += over `many` neurons; z becomes Phi.
template <class T> void add_phi(const Data<T>& data, Size many, Vector<T>* z, Vector<T>* sum) {
    const Size n = data.n, across = data.across;
    for (Size e = 0; e < many * across; ++e) z[e] = z[e] <= 0 ? Vector<T>{} : z[e];
    for (Size v = 0; v < across; ++v) {
        Size i = 0;
        for (; i + 5 <= n; i += 5) add_squares<T, 5>(z, across, many, sum, i, v);
        for (; i < n; ++i) add_squares<T, 1>(z, across, many, sum, i, v);
    }
}

// Codes (blocks, m) of all neurons, those not kept inactive; keep (m,), or null for all. Phi^T Phi of each part of the
// neurons (parts, n, across). Null: not wanted.
template <class T>
void look(const Shape<T>& s, const Data<T>& data, const Parts& parts, const T* W, const bool* keep, Size threads,
          Code* codes, Vector<T>* squares) {
    const Size share = data.n * data.across;
    each(parts.count, threads, [&](Size part) {
        std::vector<Word> words(s.words());
        if (squares != nullptr) std::fill_n(squares + part * share, share, Vector<T>{});
        parts.visit<T>(part, data, W, [&](Size from, Size many, Vector<T>* z) {
            for (Size r = 0; r < many && codes != nullptr; ++r) {
                const bool kept = keep == nullptr || keep[from + r];
                for (Size w = 0; w < s.words(); ++w) words[w] = kept ? data.word(z + r * data.across, w) : 0;
                encode<T>(s, words.data(), codes + from + r, parts.m);
            }
            if (squares != nullptr) add_phi<T>(data, many, z, squares + part * share);
        });
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

// Calls work(b, threads) for each network, `cost` of vector operations each: side by side, or each by all threads.
template <class Work> void networks(Size batch, Size threads, double cost, Work work) {
    const Size useful = cost * double(batch) < ALONE ? 1 : threads, apart = batch >= useful ? useful : 1;
    each(batch, apart, [&](Size b) { work(b, apart > 1 ? 1 : useful); });
}

// H (nd, nd) += the decoder's kernel, from Phi^T Phi of each part.
template <class T> void add_decoder(const Data<T>& data, const Parts& parts, Vector<T>* squares, T* H) {
    const Size d = data.d, n = data.n, share = n * data.across;
    for (Size e = share; e < parts.count * share; ++e) squares[e % share] += squares[e];
    for (Size i = 0; i < n; ++i)
        for (Size j = i; j < n; ++j) {
            const T found = reinterpret_cast<const T*>(squares + i * data.across)[j] / T(parts.m * d);
            for (Size p = 0; p < d; ++p) {
                T& entry = H[((i * d + p) * n + j) * d + p];
                entry += found;
                H[((j * d + p) * n + i) * d + p] = entry;
            }
        }
}

// H (batch, nd, nd): the encoder's kernel, none where A is null, and with `both` the decoder's.
template <class T>
void kernel(Size batch, Size m, Size d, Size n, Size threads, bool both, const T* W, const T* A, const T* X,
            const bool* keep, T* H) {
    const Shape<T> s(n, d, m);
    const Data<T> data(X, d, n);
    const Parts parts(m);
    const std::vector<T> factor = inner(X, d, n, m);
    const double cost = (A != nullptr ? s.work(m) : 0) + (both ? double(m) * data.across * (d + n) : 0);
    networks(batch, threads, cost, [&](Size b, Size inside) {
        const Size to = b * m * d;
        std::vector<Code> codes(A != nullptr ? s.blocks * m : 0);
        Memory<T> memory;
        Vector<T>* squares = both ? memory.take(parts.count * n * data.across) : nullptr;
        T* own = H + b * n * d * n * d;
        look<T>(s, data, parts, W + to, keep == nullptr ? nullptr : keep + b * m, inside,
                A != nullptr ? codes.data() : nullptr, squares);
        if (A != nullptr) {
            const Sums<T> sums(s, {m, A + to, A + to, codes.data()}, inside);
            spread<T>(n, d, sums.numbers(), s.vectors() * LANES<T>, factor.data(), inside, own);
        } else {
            std::fill_n(own, n * d * n * d, T(0));
        }
        if (both) add_decoder<T>(data, parts, squares, own);
    });
}

// What the contraction certificate of models/contraction.py needs of the neurons. First the sums of a point.

// sum[k][v] += sum_r left[r][k] z[r][v] for K columns of `left`, in rows of `stride`, and one vector.
template <class T, int K>
INLINE void add_columns(const T* left, Size stride, const Vector<T>* z, Size across, Size count, Vector<T>* sum) {
    Vector<T> acc[K] = {};
    for (Size r = 0; r < count; ++r)
        for (int k = 0; k < K; ++k) acc[k] += left[r * stride + k] * z[r * across];
    for (int k = 0; k < K; ++k) sum[k * across] += acc[k];
}

// sum (columns, across) += left^T z for left (count, columns) in rows of `stride` and z (count, across).
template <class T>
void add_product(const T* left, Size stride, Size columns, const Vector<T>* z, Size across, Size count,
                 Vector<T>* sum) {
    for (Size v = 0; v < across; ++v, ++z, ++sum) {
        Size k = 0;
        for (; k + 5 <= columns; k += 5) add_columns<T, 5>(left + k, stride, z, across, count, sum + k * across);
        for (; k < columns; ++k) add_columns<T, 1>(left + k, stride, z, across, count, sum + k * across);
    }
}

// Eight rows at a time: the sum of one is a chain of additions that wait for each other.
template <class T> void norms(const T* rows, Size count, Size d, T* found) {
    constexpr Size most = 8;
    for (Size first = 0; first < count; first += most) {
        const Size many = std::min(most, count - first);
        const T* own = rows + first * d;
        T sum[most] = {};
        if (many == most)
            for (Size p = 0; p < d; ++p)
                for (Size r = 0; r < most; ++r) sum[r] += own[r * d + p] * own[r * d + p];
        else
            for (Size r = 0; r < many; ++r)
                for (Size p = 0; p < d; ++p) sum[r] += own[r * d + p] * own[r * d + p];
        for (Size r = 0; r < many; ++r) found[first + r] = std::sqrt(sum[r]);
    }
}

// w, a (batch, m): norms of the encoders and decoders. U (batch, d, n) = A^T Phi; G (batch, n, n) = Phi^T Phi, or null.
template <class T>
void sizes(Size batch, Size m, Size d, Size n, Size threads, const T* W, const T* A, const T* X, T* w, T* a, T* U,
           T* G) {
    const Data<T> data(X, d, n);
    const Parts parts(m);
    const Size across = data.across, columns = d + (G == nullptr ? 0 : n), width = columns * across * LANES<T>;
    norms(W, batch * m, d, w);
    norms(A, batch * m, d, a);
    networks(batch, threads, double(m) * across * (d + columns), [&](Size b, Size inside) {
        std::vector<T> shares(parts.count * width);
        each(parts.count, inside, [&](Size part) {
            static thread_local Memory<T> memory;
            Vector<T>* sum = memory.take(columns * across);
            std::fill(sum, sum + columns * across, Vector<T>{});
            parts.visit<T>(part, data, W + b * m * d, [&](Size from, Size many, Vector<T>* z) {
                for (Size e = 0; e < many * across; ++e) z[e] = z[e] <= 0 ? Vector<T>{} : z[e];
                add_product<T>(A + (b * m + from) * d, d, d, z, across, many, sum);
                const T* phi = reinterpret_cast<const T*>(z);
                if (G != nullptr) add_product<T>(phi, across * LANES<T>, n, z, across, many, sum + d * across);
            });
            std::copy_n(reinterpret_cast<const T*>(sum), width, shares.data() + part * width);
        });
        for (Size part = 1; part < parts.count; ++part)
            for (Size e = 0; e < width; ++e) shares[e] += shares[part * width + e];
        for (Size k = 0; k < columns; ++k)
            std::copy_n(&shares[k * across * LANES<T>], n, k < d ? U + (b * d + k) * n : G + (b * n + k - d) * n);
    });
}

// Where a path may lead: neuron r moves by radius[r] at most, and its z_ri can vanish from |z_ri| near - slack[r] on,
// which leaves room for rounding.
template <class T> struct Reach {
    const T *slack, *radius;
    T near;
    // The patterns of one neuron: its active entries, and those that may vanish.
    void patterns(const Data<T>& data, Size r, const Vector<T>* z, Word* active, Word* stuck) const {
        const T off = slack[r], most = radius[r];
        for (Size v = 0, left = data.n; left > 0; left -= 64) {
            Word on = 0, far = 0;
            for (Size shift = 0; shift < 64 && v < data.across; ++v, shift += LANES<T>) {
                const Vector<T> size = z[v] < 0 ? -z[v] : z[v];
                on |= above<T>(z[v]) << shift;
                far |= above<T>(size * near - off - most) << shift;
            }
            *active++ = on;
            *stuck++ = ~far & (left < 64 ? (Word(1) << left) - 1 : ~Word(0));
        }
    }
};

// Q (n, pairs of outputs) += kappa / (m d) a a^T for each stuck sample of one neuron; returns their number.
template <class T>
Size add_stuck(const Word* stuck, Size n, const T* a, Size d, Size m, T square, T most, T* products, T* Q) {
    Size count = 0, columns = 0;
    for (Size i = 0; i < n; ++i) count += stuck[i / 64] >> i % 64 & 1;
    const T weight = std::min(T(count) * square, most) / T(m * d);
    for (Size p = 0; p < d; ++p)
        for (Size q = p; q < d; ++q) products[columns++] = weight * a[p] * a[q];
    for (Size i = 0; i < n; ++i)
        if (stuck[i / 64] >> i % 64 & 1)
            for (Size k = 0; k < columns; ++k) Q[i * columns + k] += products[k];
    return count;
}

// out (pairs of samples, pairs of outputs) = S o factor, S in rows of `stride`.
template <class T> void scaled(Size n, Size d, const T* S, Size stride, const T* factor, T* out) {
    for (Size e = 0; e < pairs(n); ++e, S += stride, out += pairs(d))
        for (Size k = 0; k < pairs(d); ++k) out[k] = S[k] * factor[e];
}

// The patterns of all neurons: active entries without the stuck ones, and the stuck ones, (m, words) each.
struct Patterns {
    Size words;
    std::vector<Word> active, stuck;
    template <class T>
    Patterns(const Shape<T>& s, const Data<T>& data, Size m, Size threads, const T* W, const Reach<T>& reach)
        : words(s.words()), active(m * words), stuck(m * words) {
        const Parts parts(m);
        each(parts.count, threads, [&](Size part) {
            parts.visit<T>(part, data, W, [&](Size from, Size many, const Vector<T>* z) {
                for (Size r = from; r < from + many; ++r, z += data.across)
                    reach.patterns(data, r, z, &active[r * words], &stuck[r * words]);
            });
        });
        for (Size w = 0; w < m * words; ++w) active[w] &= ~stuck[w];
    }
    bool hit(Size r) const {
        return std::any_of(&stuck[r * words], &stuck[r * words] + words, [](Word word) { return word != 0; });
    }
};

// H and P (pairs of samples, pairs of outputs): the encoder's kernel of the neurons without a stuck entry, and that of
// the others from their other entries. Q (n, pairs of outputs): sum_r kappa_r a_r a_r^T / (m d) over the neurons where
// sample i is stuck, kappa_r = min(stuck entries of r * square, most). Returns the number of stuck entries.
template <class T>
Size split(const Shape<T>& s, const Data<T>& data, const T* factor, Size m, Size threads, const T* W, const T* A,
           const Reach<T>& reach, T square, T most, T* H, T* P, T* Q) {
    const Size n = s.n, d = s.d;
    const Patterns found(s, data, m, threads, W, reach);
    std::vector<Size> hit;
    std::vector<Code> codes(s.blocks * m);
    for (Size r = 0; r < m; ++r)
        if (found.hit(r)) hit.push_back(r);
        else encode<T>(s, &found.active[r * found.words], codes.data() + r, m);
    const Size count = hit.size();
    const Shape<T> few(n, d, count);
    std::vector<Code> others(few.blocks * count);
    std::vector<T> own(count * d), products(pairs(d));
    std::fill(Q, Q + n * pairs(d), T(0));
    Size total = 0;
    for (Size k = 0; k < count; ++k) {
        std::copy_n(A + hit[k] * d, d, &own[k * d]);
        total += add_stuck(&found.stuck[hit[k] * found.words], n, &own[k * d], d, m, square, most, products.data(), Q);
        encode<T>(few, &found.active[hit[k] * found.words], others.data() + k, count);
    }
    const Sums<T> clear(s, {m, A, A, codes.data()}, threads);
    scaled(n, d, clear.numbers(), s.vectors() * LANES<T>, factor, H);
    const Sums<T> rest(few, {count, own.data(), own.data(), others.data()}, threads);
    scaled(n, d, rest.numbers(), s.vectors() * LANES<T>, factor, P);
    return total;
}

// The same of each network: slack, radius (batch, m), stuck (batch,) entries.
template <class T>
void balls(Size batch, Size m, Size d, Size n, Size threads, const T* W, const T* A, const T* X, const T* slack,
           const T* radius, T near, T square, T most, T* H, T* P, T* Q, Size* stuck) {
    const Shape<T> s(n, d, m);
    const Data<T> data(X, d, n);
    const std::vector<T> factor = inner(X, d, n, m);
    const Size size = pairs(n) * pairs(d);
    networks(batch, threads, s.work(m), [&](Size b, Size inside) {
        const Reach<T> reach{slack + b * m, radius + b * m, near};
        stuck[b] = split(s, data, factor.data(), m, inside, W + b * m * d, A + b * m * d, reach, square, most,
                         H + b * size, P + b * size, Q + b * n * pairs(d));
    });
}

// Neurons whose pattern is another one: r for what they add now, ~r for what is taken out; with that pattern.
struct Moves {
    std::vector<Size> neurons;
    std::vector<Word> patterns;
    Size changed = 0;
    void note(Size neuron, const std::vector<Word>& pattern) {
        Word any = 0;
        for (const Word word : pattern) any |= word;
        if (any == 0) return;
        neurons.push_back(neuron);
        for (const Word word : pattern) patterns.push_back(word);
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

// The moves of one part, and `pattern` (m, n), bytes 0 or 1, brought up to date.
template <class T>
Moves compare(const Data<T>& data, const Parts& parts, Size part, const T* W, std::uint8_t* pattern) {
    Moves moves;
    const Size n = data.n;
    std::vector<Word> now(up(n, 64)), before(up(n, 64));
    parts.visit<T>(part, data, W, [&](Size from, Size many, const Vector<T>* z) {
        for (Size r = 0; r < many; ++r) {
            std::uint8_t* own = pattern + (from + r) * n;
            bool same = true;
            for (Size w = 0; w < Size(now.size()); ++w) {
                now[w] = data.word(z + r * data.across, w);
                before[w] = packed(own + 64 * w, std::min<Size>(64, n - 64 * w));
                same &= now[w] == before[w];
            }
            if (same) continue;
            moves.note(~(from + r), before);
            moves.note(from + r, now);
            ++moves.changed;
            for (Size i = 0; i < n; ++i) own[i] = now[i / 64] >> i % 64 & 1;
        }
    });
    return moves;
}

// S (pairs of samples, pairs of outputs) += what the neurons whose pattern changed add now, less what they added
// before; H (nd, nd) from it. Returns how many changed.
template <class T>
Size follow(Size m, Size d, Size n, Size threads, const T* W, const T* A, const T* X, std::uint8_t* pattern, T* S,
            T* H) {
    const Data<T> data(X, d, n);
    const Parts parts(m);
    std::vector<Moves> moved(parts.count);
    each(parts.count, double(m) * d * data.across < ALONE ? 1 : threads,
         [&](Size part) { moved[part] = compare<T>(data, parts, part, W, pattern); });
    Size count = 0, changed = 0, at = 0;
    for (const Moves& moves : moved) count += moves.neurons.size(), changed += moves.changed;
    const Shape<T> s(n, d, count);
    static thread_local Memory<T> memory;
    std::vector<Code> codes(s.blocks * count);
    T* const left = reinterpret_cast<T*>(memory.take(up(2 * count * d, LANES<T>)));
    T* const right = left + count * d;
    for (const Moves& moves : moved)
        for (Size k = 0; k < Size(moves.neurons.size()); ++k, ++at) {
            const Size r = moves.neurons[k];
            const T* from = A + (r < 0 ? ~r : r) * d;
            for (Size p = 0; p < d; ++p) right[at * d + p] = from[p], left[at * d + p] = r < 0 ? -from[p] : from[p];
            encode<T>(s, &moves.patterns[k * s.words()], codes.data() + at, count);
        }
    const Size useful = s.work(count) < ALONE ? 1 : threads, columns = pairs(d);
    const Sums<T> sums(s, {count, left, right, codes.data()}, useful);
    for (Size e = 0; e < pairs(n); ++e)
        for (Size k = 0; k < columns; ++k)
            S[e * columns + k] += sums.numbers()[e * s.vectors() * LANES<T> + k];
    spread<T>(n, d, S, columns, inner(X, d, n, m).data(), useful, H);
    return changed;
}

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

// sum_r D_ri a_rp sum_j D_rj <x_i, x_j> <a_r, v_j> (n, d) of V (n, d); D (m, n), bytes 0 or 1. A group of neurons goes
// through all four products while what lies between them is in the second cache.
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
    extern "C" void kernel_##suffix(Size batch, Size m, Size d, Size n, Size threads, Size both, const T* W, \
                                    const T* A, const T* X, const bool* keep, T* H) { \
        kernel<T>(batch, m, d, n, threads, both != 0, W, A, X, keep, H); \
    } \
    extern "C" void sizes_##suffix(Size batch, Size m, Size d, Size n, Size threads, const T* W, const T* A, \
                                   const T* X, T* w, T* a, T* U, T* G) { \
        sizes<T>(batch, m, d, n, threads, W, A, X, w, a, U, G); \
    } \
    extern "C" void balls_##suffix(Size batch, Size m, Size d, Size n, Size threads, const T* W, const T* A, \
                                   const T* X, const T* slack, const T* radius, T near, T square, T most, T* H, \
                                   T* P, T* Q, Size* stuck) { \
        balls<T>(batch, m, d, n, threads, W, A, X, slack, radius, near, square, most, H, P, Q, stuck); \
    } \
    extern "C" void product_##suffix(Size m, Size d, Size n, Size threads, const T* A, const T* X, \
                                     const std::uint8_t* D, const T* V, T* H) { \
        product<T>(m, d, n, threads, A, X, D, V, H); \
    } \
    extern "C" Size follow_##suffix(Size m, Size d, Size n, Size threads, const T* W, const T* A, const T* X, \
                                    std::uint8_t* pattern, T* S, T* H) { \
        return follow<T>(m, d, n, threads, W, A, X, pattern, S, H); \
    }

EXPORT(double, float64)
EXPORT(float, float32)
