// Full-batch gradient descent on two-layer ReLU autoencoders, one pass over the weights a step.
//
// For u(x) = f A relu(W^T x) with residual E = X - f A Phi, Z = W^T X, Phi = relu(Z), and R = eta f E, a step is
//     V = 1[Z > 0] o (R^T A),    W += X V^T,    A += R Phi^T (joint),    W += R Phi^T (tied: A is W).
// Everything but E is separate for each neuron. So a pass takes a block of neurons from memory once: it forms V
// from the old weights, updates them, notes how far they have moved, and adds the new weights' share to the next
// A Phi. From one pass to the next go E, of d n numbers, which neurons are active on which samples, a bit each,
// and, where A moves, Phi: kept while a network stays in a cache, formed again from W where it comes from memory.
//
// Order of summation. Vectors hold LANES neurons; the neurons of a chunk are summed lane by lane, then over the
// lanes, then chunk by chunk, whatever the number of threads: results depend on the shape alone. Every sum is a
// tree over its terms with at most as many additions on any path as there are terms, so the usual bounds
// gamma_k hold with k the number of terms; a fused multiply-add only removes roundings. No flag reorders
// arithmetic or assumes finite numbers: NaN and infinities travel as IEEE 754 says.
//
// Storage. Blocks of neurons one after the other, in each [coordinate][vector][lane]; the tail is padded with
// neurons at zero, which are inactive and contribute exact zeros. A network is brought there by the thread that
// trains it, and back: copies of a whole batch would touch new memory, which takes as long as many steps.
//
// Speed. The product of a tile stays in registers until it is used up, so that V is never stored. For small d the
// loops over coordinates are unrolled (SPECIAL). For larger d, where a pass over a wide network waits for memory,
// each block is asked for while one before it is at work. Every bit of the result is the same for every choice.

#include <algorithm>
#include <atomic>
#include <cmath>
#include <cstdint>
#include <limits>
#include <type_traits>
#include <vector>

#if defined(_OPENMP)
#include <omp.h>
#endif
#if defined(__linux__)
#include <sys/mman.h>
#endif

#include "lanes.hpp"

namespace {

constexpr int ACROSS = BYTES == 64 ? 4 : 2;  // vectors of neurons in a block
constexpr int GROUP = 16;      // blocks, of ACROSS vectors, whose Phi is kept until it is multiplied with A
constexpr int CHUNK = 256;     // blocks in a chunk: what one thread sums by itself
constexpr int AHEAD = 2;       // blocks between the one at work and the one asked for; asking past the end is harmless
constexpr int NEAR = 2;        // how near: the second cache, for the first is full of the blocks at work
constexpr int PAGE = 1 << 21;  // bytes of a large page
constexpr int DOWN = 5;        // rows of a register tile, at most
constexpr int SPECIAL = 5;     // dimensions up to which the loops over coordinates are unrolled

enum Regime { WEAK = 0, JOINT = 1, TIED = 2 };

template <class T> struct Shape {
    Size m, d, n;
    int regime;
    bool keeps;  // Phi from one pass to the next
    Size vectors() const { return rounded_up(m, LANES<T> * ACROSS) / LANES<T>; }
    Size blocks() const { return vectors() / ACROSS; }
    Size chunks() const { return up(blocks(), CHUNK); }
};

// Which lanes are active, Z > 0, and the value there, 0 elsewhere. A NaN counts as active, and so it is seen.
#if defined(__AVX512F__)
template <class T> using Mask = std::conditional_t<sizeof(T) == 8, __mmask8, __mmask16>;

template <class T> INLINE Mask<T> active(Vector<T> z) {
    if constexpr (sizeof(T) == 8) return _mm512_cmp_pd_mask(__m512d(z), __m512d{}, _CMP_NLE_UQ);
    else return _mm512_cmp_ps_mask(__m512(z), __m512{}, _CMP_NLE_UQ);
}
template <class T> INLINE Vector<T> keep(Mask<T> on, Vector<T> value) {
    if constexpr (sizeof(T) == 8) return Vector<T>(_mm512_maskz_mov_pd(on, __m512d(value)));
    else return Vector<T>(_mm512_maskz_mov_ps(on, __m512(value)));
}
template <class T> INLINE Vector<T> fused(T c, Vector<T> in, Vector<T> sum) {
    if constexpr (sizeof(T) == 8) return Vector<T>(_mm512_fmadd_pd(_mm512_set1_pd(c), __m512d(in), __m512d(sum)));
    else return Vector<T>(_mm512_fmadd_ps(_mm512_set1_ps(c), __m512(in), __m512(sum)));
}
template <class T> INLINE Vector<T> kept_fused(Mask<T> on, T c, Vector<T> in, Vector<T> sum) {
    if constexpr (sizeof(T) == 8)
        return Vector<T>(_mm512_maskz_fmadd_pd(on, _mm512_set1_pd(c), __m512d(in), __m512d(sum)));
    else return Vector<T>(_mm512_maskz_fmadd_ps(on, _mm512_set1_ps(c), __m512(in), __m512(sum)));
}
template <class T> INLINE Vector<T> first(T c, Vector<T> in) { return c * in; }
#else
template <class T> using Mask = Vector<Bits<T>>;

template <class T> INLINE Mask<T> active(Vector<T> z) { return ~Mask<T>(z <= 0); }
template <class T> INLINE Vector<T> keep(Mask<T> on, Vector<T> value) { return Vector<T>(on & Mask<T>(value)); }
template <class T> INLINE Vector<T> fused(T c, Vector<T> in, Vector<T> sum) { return sum + c * in; }
template <class T> INLINE Vector<T> kept_fused(Mask<T> on, T c, Vector<T> in, Vector<T> sum) {
    return keep<T>(on, fused<T>(c, in, sum));
}
// Added to a zero, so that a compiler has no choice which of the first two products it rounds.
template <class T> INLINE Vector<T> first(T c, Vector<T> in) { return fused<T>(c, in, Vector<T>{}); }
#endif

// ROWS x ACROSS sums in registers: sum[i][g] += sum_j c[i * si + j * sj] in[j][g].
template <class T, int ROWS> using Tile = Vector<T>[ROWS][ACROSS];

template <class T, int ROWS>
INLINE void add_product(Tile<T, ROWS>& sum, const T* c, Size si, Size sj, Size terms, const Vector<T>* in) {
    for (Size j = 0; j < terms; ++j)
        for (int i = 0; i < ROWS; ++i)
            for (int g = 0; g < ACROSS; ++g) sum[i][g] = fused<T>(c[i * si + j * sj], in[j * ACROSS + g], sum[i][g]);
}

// The same from nothing.
template <class T, int ROWS>
INLINE void product(Tile<T, ROWS>& sum, const T* c, Size si, Size sj, Size terms, const Vector<T>* in) {
    for (int i = 0; i < ROWS; ++i)
        for (int g = 0; g < ACROSS; ++g) sum[i][g] = terms > 0 ? first<T>(c[i * si], in[g]) : Vector<T>{};
    add_product<T, ROWS>(sum, c + sj, si, sj, terms - 1, in + ACROSS);
}

// Phi = relu(X^T w), and where it is active. near (ACROSS), or null: the smallest |z| of each lane so far. A NaN is
// passed over: it is active, and shows in the residual.
template <class T, int ROWS>
INLINE void activate(const T* X, Size n, Size d, const Vector<T>* w, Vector<T>* Phi, Mask<T>* on, Vector<T>* near) {
    Tile<T, ROWS> z;
    product<T, ROWS>(z, X, 1, n, d, w);
    if (near != nullptr)
        for (int i = 0; i < ROWS; ++i)
            for (int g = 0; g < ACROSS; ++g) {
                const Vector<T> size = z[i][g] < 0 ? -z[i][g] : z[i][g];
                near[g] = size < near[g] ? size : near[g];
            }
    for (int i = 0; i < ROWS; ++i)
        for (int g = 0; g < ACROSS; ++g) {
            on[i * ACROSS + g] = active<T>(z[i][g]);
            Phi[i * ACROSS + g] = keep<T>(on[i * ACROSS + g], z[i][g]);
        }
}

// w += X V^T with V = 1[Z > 0] o (R^T a), for ROWS samples. FETCH: and what the block AHEAD needs is asked for.
template <class T, int ROWS, bool FETCH>
INLINE void encode(const T* X, const T* R, Size n, Size d, const Vector<T>* a, const Mask<T>* on, Vector<T>* w,
                   const Vector<T>* start) {
    Tile<T, ROWS> v;
    product<T, ROWS>(v, R, 1, n, d - 1, a);
    for (int i = 0; i < ROWS; ++i)
        for (int g = 0; g < ACROSS; ++g)
            v[i][g] = kept_fused<T>(on[i * ACROSS + g], R[i + (d - 1) * n], a[(d - 1) * ACROSS + g], v[i][g]);
    const Size ahead = AHEAD * d * ACROSS;
    for (Size j = 0; j < d; ++j, X += n, w += ACROSS, a += ACROSS, start += ACROSS) {
        for (int g = 0; FETCH && g < ACROSS; ++g) {
            __builtin_prefetch(w + ahead + g, 1, NEAR);
            __builtin_prefetch(a + ahead + g, 0, NEAR);
            __builtin_prefetch(start + ahead + g, 0, NEAR);
        }
        Vector<T> sum[ACROSS];
        for (int g = 0; g < ACROSS; ++g) sum[g] = w[g];
        for (int i = 0; i < ROWS; ++i)
            for (int g = 0; g < ACROSS; ++g) sum[g] += X[i] * v[i][g];
        for (int g = 0; g < ACROSS; ++g) w[g] = sum[g];
    }
}

// a += R Phi^T, for ROWS coordinates.
template <class T, int ROWS> INLINE void decode(const T* R, Size n, const Vector<T>* Phi, Vector<T>* a) {
    Tile<T, ROWS> sum;
    for (int i = 0; i < ROWS; ++i)
        for (int g = 0; g < ACROSS; ++g) sum[i][g] = a[i * ACROSS + g];
    add_product<T, ROWS>(sum, R, n, 1, n, Phi);
    for (int i = 0; i < ROWS; ++i)
        for (int g = 0; g < ACROSS; ++g) a[i * ACROSS + g] = sum[i][g];
}

// sum[j][i] += sum_g a[j][g] Phi[i][g], lane by lane, over `count` blocks, for JS coordinates and IS samples.
template <class T, int JS, int IS>
INLINE void corner(const Vector<T>* a, const Vector<T>* Phi, Size d, Size n, Size count, Vector<T>* sum) {
    Vector<T> acc[JS][IS] = {};
    for (Size block = 0; block < count; ++block, a += d * ACROSS, Phi += n * ACROSS)
        for (int g = 0; g < ACROSS; ++g)
            for (int j = 0; j < JS; ++j)
                for (int i = 0; i < IS; ++i) acc[j][i] += a[j * ACROSS + g] * Phi[i * ACROSS + g];
    for (int j = 0; j < JS; ++j)
        for (int i = 0; i < IS; ++i) sum[j * n + i] += acc[j][i];
}

// How 0..count is cut into as few nearly equal pieces of at most DOWN as there can be: the first `longer` of them
// have one more than `size`.
struct Cut {
    Size pieces, size, longer;
    explicit Cut(Size count) : pieces(up(count, DOWN)), size(count / pieces), longer(count % pieces) {}
};

// Runs step.template operator()<SIZE>(first) over the pieces, SIZE known to the compiler.
template <class Step> INLINE void tiles(const Cut& cut, Step step) {
    for (Size p = 0, first = 0, size; p < cut.pieces; ++p, first += size) {
        size = cut.size + (p < cut.longer);
        switch (size) {
            case 1: step.template operator()<1>(first); break;
            case 2: step.template operator()<2>(first); break;
            case 3: step.template operator()<3>(first); break;
            case 4: step.template operator()<4>(first); break;
            default: step.template operator()<DOWN>(first);
        }
    }
}

// What one thread needs beside the weights.
template <class T> struct Scratch {
    Memory<T> memory;
    Vector<T>*Phi, *old, *sum;
    explicit Scratch(const Shape<T>& s)
        : Phi(memory.take((s.n * GROUP + s.d) * ACROSS + s.d * s.n)), old(Phi + s.n * GROUP * ACROSS),
          sum(old + s.d * ACROSS) {}
};

// One network in packed storage: A is W where they are tied; Phi, or null; where its neurons are active.
template <class T> struct Weights {
    Vector<T>*W, *A, *start, *Phi;
    Mask<T>* on;
};

// One step of one block.
template <class T, bool FETCH>
INLINE void step(int regime, Size d, Size n, const Cut& samples, const Cut& coordinates, const T* X, const T* R,
                 Vector<T>* w, Vector<T>* a, Mask<T>* on, const Vector<T>* Phi, Vector<T>* old,
                 const Vector<T>* start) {
    if (regime == TIED) std::copy(w, w + d * ACROSS, old);
    const Vector<T>* from = regime == TIED ? old : a;
    // In all copies of a pass: left to the compiler, one or another of them pays for calls.
    tiles(samples, [&]<int I>(Size i) __attribute__((always_inline)) {
        encode<T, I, FETCH>(X + i, R + i, n, d, from, on + i * ACROSS, w, start);
    });
    if (regime != WEAK)
        tiles(coordinates, [&]<int J>(Size j) { decode<T, J>(R + j * n, n, Phi, a + j * ACROSS); });
}

// The larger of `farthest` and the squared movements in a block, as bits: squares are ordered as their bits are,
// with NaN last.
template <class T>
INLINE Vector<Bits<T>> farther(Vector<Bits<T>> farthest, Size d, const Vector<T>* w, const Vector<T>* w0) {
    for (int g = 0; g < ACROSS; ++g) {
        Vector<T> moved{};
        for (Size j = 0; j < d; ++j) {
            const Vector<T> gap = w[j * ACROSS + g] - w0[j * ACROSS + g];
            moved += gap * gap;
        }
        const auto bits = Vector<Bits<T>>(moved);
        farthest = bits > farthest ? bits : farthest;
    }
    return farthest;
}

// The smallest of the first `count` numbers in the lanes.
template <class T> T nearest(const Vector<T>* near, Size count) {
    T least = std::numeric_limits<T>::infinity();
    for (Size r = 0; r < count; ++r) least = std::min(least, near[r / LANES<T>][r % LANES<T>]);
    return least;
}

// One chunk of one pass: with R a step, without it none; then its share of A Phi (d, n), of the movement, and of the
// smallest |z|, unless `closest` is null.
// ANEW: where neurons are active, and Phi, are not known from the pass before.
// D is d where that is known to the compiler, else 0: then blocks are long enough to be worth asking for early.
template <class T, int D>
T pass(const Shape<T>& s, Size chunk, const T* X, const T* R, bool anew, const Weights<T>& weights,
       Scratch<T>& scratch, T* share, T* closest) {
    const Size d = D ? D : s.d, n = s.n, last = std::min(s.blocks(), (chunk + 1) * CHUNK);
    const Cut samples(n), coordinates(d);
    Vector<Bits<T>> farthest{};
    Vector<T> near[ACROSS], tail[ACROSS];
    for (int g = 0; g < ACROSS; ++g) near[g] = tail[g] = Vector<T>{} + std::numeric_limits<T>::infinity();
    std::fill(scratch.sum, scratch.sum + d * n, Vector<T>{});
    for (Size first = chunk * CHUNK; first < last; first += GROUP) {
        const Size count = std::min<Size>(GROUP, last - first);
        const Vector<T>* A = weights.A + first * ACROSS * d;
        Vector<T>* group = weights.Phi == nullptr ? scratch.Phi : weights.Phi + first * ACROSS * n;
        for (Size block = first; block < first + count; ++block) {
            const Size at = block * ACROSS * d;
            Vector<T>*w = weights.W + at, *a = weights.A + at, *Phi = group + (block - first) * ACROSS * n;
            const Vector<T>* start = weights.start + at;
            Mask<T>* on = weights.on + block * ACROSS * n;
            const auto activate_all = [&](Vector<T>* near) {
                tiles(samples, [&]<int I>(Size i) {
                    activate<T, I>(X + i, n, d, w, Phi + i * ACROSS, on + i * ACROSS, near);
                });
            };
            if (R != nullptr) {
                if (anew) activate_all(nullptr);
                step<T, D == 0>(s.regime, d, n, samples, coordinates, X, R, w, a, on, Phi, scratch.old, start);
            }
            farthest = farther<T>(farthest, d, w, start);
            // The lanes beyond the last neuron hold zeros.
            const bool full = (block + 1) * ACROSS * LANES<T> <= s.m;
            activate_all(closest == nullptr ? nullptr : full ? near : tail);
        }
        tiles(coordinates, [&]<int J>(Size j) {
            tiles(samples, [&]<int I>(Size i) {
                corner<T, J, I>(A + j * ACROSS, group + i * ACROSS, d, n, count, scratch.sum + j * n + i);
            });
        });
    }
    for (Size e = 0; e < d * n; ++e) {
        T total = 0;
        for (int lane = 0; lane < LANES<T>; ++lane) total += scratch.sum[e][lane];
        share[e] = total;
    }
    if (closest != nullptr) {
        const Size wide = ACROSS * LANES<T>;
        *closest = std::min(nearest<T>(near, wide), nearest<T>(tail, s.m % wide));
    }
    T most = 0;
    for (int lane = 0; lane < LANES<T>; ++lane) {
        const T moved = Vector<T>(farthest)[lane];
        if (!(moved <= most) && most == most) most = moved;
    }
    return most;
}

// Brings a chunk of neuron-major weights (m, d) into packed storage, or BACK.
template <class T, bool BACK> void move(const Shape<T>& s, Size chunk, T* plain, Vector<T>* packed) {
    constexpr Size wide = ACROSS * LANES<T>;
    const Cut coordinates(s.d);
    for (Size block = chunk * CHUNK; block < std::min(s.blocks(), (chunk + 1) * CHUNK); ++block) {
        T *p = plain + block * wide * s.d, *q = reinterpret_cast<T*>(packed + block * ACROSS * s.d);
        const Size neurons = std::min(wide, s.m - block * wide);
        if (!BACK && neurons < wide) std::fill(q, q + wide * s.d, T(0));
        tiles(coordinates, [&]<int J>(Size first) {
            for (Size neuron = 0; neuron < neurons; ++neuron)
                for (Size j = first; j < first + J; ++j)
                    if constexpr (BACK) p[neuron * s.d + j] = q[j * wide + neuron];
                    else q[j * wide + neuron] = p[neuron * s.d + j];
        });
    }
}

template <class T>
using Pass = T (*)(const Shape<T>&, Size, const T*, const T*, bool, const Weights<T>&, Scratch<T>&, T*, T*);

// The pass that is specialised for d, or the one for every d.
template <class T, int D = SPECIAL> Pass<T> pass_for(Size d) {
    if constexpr (D == 0) return pass<T, 0>;
    else return d == D ? pass<T, D> : pass_for<T, D - 1>(d);
}

// E = X - f sum of shares and R = eta f E; writes the two records of a step.
template <class T>
void residual(const Shape<T>& s, const T* X, T factor, T rate, const std::vector<T>& shares, const std::vector<T>& most,
              T* R, T* norm, T* movement) {
    T squares = 0, largest = 0;
    for (Size e = 0; e < s.d * s.n; ++e) {
        T total = 0;
        for (Size chunk = 0; chunk < s.chunks(); ++chunk) total += shares[chunk * s.d * s.n + e];
        const T error = X[e] - factor * total;
        squares += error * error;
        R[e] = rate * error;
    }
    for (T value : most)
        if (!(value <= largest) && largest == largest) largest = value;
    *norm = std::sqrt(squares);
    *movement = std::sqrt(largest);
}

// Neuron-major weights (batch, m, d), as the caller has them: read, and written where they move, maybe in place.
template <class T> struct Plain {
    const T *W, *A, *start;
    T *trained_W, *trained_A;
};

template <class T> struct Job {
    Shape<T> shape;
    Size batch, rows, threads, slots;
    bool started;       // whether a step lies before row 0 too
    const T *X, *rate;  // (d, n); (batch,): eta f
    T factor;           // f
    Plain<T> plain;
    char* memory;        // `slots` times Slot::bytes
    T* R;                // (batch, d n): what the next step takes
    T *norm, *movement, *closest;  // (rows, batch); closest may be null

    bool held() const { return slots == batch; }  // each network stays in its slot from call to call
};

// Memory for one network in packed storage.
template <class T> struct Slot {
    Size weights, Phi, on;  // bytes

    explicit Slot(const Shape<T>& s)
        : weights(s.vectors() * s.d * sizeof(Vector<T>)), Phi(s.keeps ? s.vectors() * s.n * sizeof(Vector<T>) : 0),
          on(rounded_up(s.vectors() * s.n * sizeof(Mask<T>), BYTES)) {}
    // Whole pages: what two threads write must not lie in lines that a processor fetches together.
    Size bytes() const { return rounded_up(3 * weights + Phi + on, 4096); }

    Weights<T> in(char* memory, const Shape<T>& s) const {
        const auto at = [&](Size offset) { return reinterpret_cast<Vector<T>*>(memory + offset); };
        return {at(0), at(s.regime == TIED ? 0 : weights), at(2 * weights), s.keeps ? at(3 * weights) : nullptr,
                reinterpret_cast<Mask<T>*>(memory + 3 * weights + Phi)};
    }
};

// What the chunks of one network add up to: their shares of A Phi, their largest movements and smallest |z|.
template <class T> struct Parts {
    std::vector<T> shares, most, least;
    explicit Parts(const Shape<T>& s) : shares(s.chunks() * s.d * s.n), most(s.chunks()), least(s.chunks()) {}
};

// Network b in a slot, its chunks shared by `threads` workers of which this is number `me`; `meet` is called by all.
template <class T, class Meet>
void train(const Job<T>& job, Size b, Size slot, Size me, Size threads, Parts<T>& parts, Meet meet) {
    const Shape<T>& s = job.shape;
    const Pass<T> pass = pass_for<T>(s.d);
    const Slot<T> sizes(s);
    const Weights<T> weights = sizes.in(job.memory + slot * sizes.bytes(), s);
    const Plain<T>& plain = job.plain;
    const Size at = b * s.m * s.d;
    const bool packed = job.started && job.held(), forgets = s.regime != WEAK && !s.keeps;
    const auto chunks = [&](auto work) {
        for (Size chunk = me; chunk < s.chunks(); chunk += threads) work(chunk);
    };
    if (!packed)
        chunks([&](Size chunk) {
            move<T, false>(s, chunk, const_cast<T*>(plain.W) + at, weights.W);
            if (s.regime != TIED) move<T, false>(s, chunk, const_cast<T*>(plain.A) + at, weights.A);
            move<T, false>(s, chunk, const_cast<T*>(plain.start) + at, weights.start);
        });
    Scratch<T> scratch(s);
    T* R = job.R + b * s.d * s.n;
    for (Size k = 0; k < job.rows; ++k) {
        const T* step = k > 0 || job.started ? R : nullptr;
        const bool anew = forgets || (k == 0 && !packed);
        chunks([&](Size chunk) {
            T* share = &parts.shares[chunk * s.d * s.n];
            T* least = job.closest == nullptr ? nullptr : &parts.least[chunk];
            parts.most[chunk] = pass(s, chunk, job.X, step, anew, weights, scratch, share, least);
        });
        meet();
        const Size row = k * job.batch + b;
        if (me == 0 && job.closest != nullptr)
            job.closest[row] = *std::min_element(parts.least.begin(), parts.least.end());
        if (me == 0)
            residual<T>(s, job.X, job.factor, job.rate[b], parts.shares, parts.most, R, job.norm + row,
                        job.movement + row);
        meet();
    }
    chunks([&](Size chunk) {
        move<T, true>(s, chunk, plain.trained_W + at, weights.W);
        if (s.regime == JOINT) move<T, true>(s, chunk, plain.trained_A + at, weights.A);
    });
}

// Runs work(me, all) for me = 0..all-1 at the same time, all <= threads. The workers are those of OpenMP, torch's own:
// after torch has used them they go on looking for work for a while, and others would have to share its processors.
template <class Work> void together(Size threads, Work work) {
#if defined(_OPENMP)
    if (threads > 1) {
#pragma omp parallel num_threads(int(threads))
        work(Size(omp_get_thread_num()), Size(omp_get_num_threads()));
        return;
    }
#endif
    work(0, 1);
}

// Waits for all workers.
void meet() {
#pragma omp barrier
}

// Each network by one thread, or all threads for each. As many networks at the same time as there are slots.
template <class T> void descend(const Job<T>& job) {
    const Shape<T>& s = job.shape;
    if (job.batch >= job.threads || s.chunks() == 1) {
        // Neighbours by the same thread: their R and records share lines of the cache.
        const Size some = std::max<Size>(1, job.batch / (8 * job.threads)), shares = up(job.batch, some);
        std::atomic<Size> next{0};
        together(std::min({job.threads, job.slots, shares}), [&](Size me, Size) {
            Parts<T> parts(s);
            for (Size share; (share = next++) < shares;)
                for (Size b = share * some; b < std::min(job.batch, (share + 1) * some); ++b)
                    train<T>(job, b, job.held() ? b : me, 0, 1, parts, [] {});
        });
    } else {
        Parts<T> parts(s);
        together(std::min(job.threads, s.chunks()), [&](Size me, Size all) {
            for (Size b = 0; b < job.batch; ++b)
                train<T>(job, b, job.held() ? b : 0, me, all, parts, [] { meet(); });
        });
    }
}

// found (m,): how many additions lie at most on the way from the product of each neuron to A Phi: over the vectors of its
// group that are not before it, over the groups of a chunk, over the lanes, over the chunks. The first of a chain is an
// addition to zero, and counted too.
template <class T> void depths(Size m, Size* found) {
    const Shape<T> s{m, 1, 1, WEAK, false};
    for (Size r = 0; r < m; ++r) {
        const Size vector = r / LANES<T>, block = vector / ACROSS, group = block / GROUP;
        const Size end = std::min((group + 1) * GROUP, s.blocks()), chunk = block / CHUNK;
        const Size groups = up(std::min((chunk + 1) * CHUNK, s.blocks()), GROUP) - group;
        found[r] = end * ACROSS - vector + groups + LANES<T> + s.chunks();
    }
}

// Asks for large pages: a first touch of many small ones takes as long as some steps.
void use_large_pages(void* memory, Size bytes) {
#if defined(MADV_HUGEPAGE)
    const auto address = reinterpret_cast<std::uintptr_t>(memory), page = std::uintptr_t(4096);
    const auto first = (address + page - 1) / page * page, last = (address + bytes) / page * page;
    if (last > first + PAGE) madvise(reinterpret_cast<void*>(first), last - first, MADV_HUGEPAGE);
#else
    (void)memory, (void)bytes;
#endif
}

}  // namespace

#define EXPORT(T, suffix) \
    extern "C" void use_large_pages_##suffix(void* memory, Size bytes) { use_large_pages(memory, bytes); } \
    extern "C" void depths_##suffix(Size m, Size* found) { depths<T>(m, found); } \
    extern "C" Size slot_bytes_##suffix(Size m, Size d, Size n, int regime, int keeps) { \
        return Slot<T>({m, d, n, regime, keeps != 0}).bytes(); \
    } \
    extern "C" void descend_##suffix(Size batch, Size m, Size d, Size n, int regime, int keeps, Size rows, \
                                     int started, Size threads, Size slots, const T* X, const T* rate, T factor, \
                                     const T* W, const T* A, const T* start, T* trained_W, T* trained_A, \
                                     char* memory, T* R, T* norm, T* movement, T* closest) { \
        descend<T>({{m, d, n, regime, keeps != 0}, batch, rows, threads, slots, started != 0, X, rate, factor, \
                    {W, A, start, trained_W, trained_A}, memory, R, norm, movement, closest}); \
    }

EXPORT(double, float64)
EXPORT(float, float32)
