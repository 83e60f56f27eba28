// Full-batch gradient descent on two-layer ReLU autoencoders, one pass over the weights a step.
//
// For u(x) = f A relu(W^T x) with residual E = X - f A Phi, Z = W^T X, Phi = relu(Z), and R = eta f E, a step is
//     V = 1[Z > 0] o (R^T A),    W += X V^T,    A += R Phi^T (joint),    W += R Phi^T (tied: A is W).
// Everything but E is separate for each neuron. So a pass takes a group of neurons from memory once: it forms
// Z, Phi and V from the old weights, updates them, notes how far they have moved, and adds the new weights'
// share to the next A Phi. Only E, of d n numbers, crosses from one pass to the next.
//
// Order of summation. Vectors hold LANES neurons; the neurons of a chunk are summed lane by lane, then over the
// lanes, then chunk by chunk, whatever the number of threads: results depend on the shape alone. Every sum is a
// tree over its terms with at most as many additions on any path as there are terms, so the usual bounds
// gamma_k hold with k the number of terms; a fused multiply-add only removes roundings. No flag reorders
// arithmetic or assumes finite numbers: NaN and infinities travel as IEEE 754 says.
//
// Storage. Groups of neurons one after the other, in each [coordinate][vector][lane]; the tail is padded with
// neurons at zero, which are inactive and contribute exact zeros.

#include <algorithm>
#include <atomic>
#include <barrier>
#include <cmath>
#include <cstdint>
#include <thread>
#include <vector>

namespace {

#if defined(__AVX512F__)
constexpr int BYTES = 64, ACROSS = 4;
#elif defined(__AVX__)
constexpr int BYTES = 32, ACROSS = 2;
#else
constexpr int BYTES = 16, ACROSS = 2;
#endif
constexpr int GROUP = 16;     // vectors in a group, a multiple of ACROSS
constexpr int CHUNK = 64;     // groups in a chunk: what one thread sums by itself
constexpr int DOWN = 5;       // rows of a register tile, at most

using Size = std::int64_t;
enum Regime { WEAK = 0, JOINT = 1, TIED = 2 };

template <class T> using Vector __attribute__((vector_size(BYTES), aligned(BYTES), may_alias)) = T;
template <class T> constexpr int LANES = BYTES / sizeof(T);

Size rounded_up(Size count, Size step) { return (count + step - 1) / step * step; }

template <class T> struct Shape {
    Size m, d, n;
    int regime;
    Size vectors() const { return rounded_up(m, LANES<T> * ACROSS) / LANES<T>; }
    Size groups() const { return (vectors() + GROUP - 1) / GROUP; }
    Size chunks() const { return (groups() + CHUNK - 1) / CHUNK; }
    Size vectors_in(Size group) const { return std::min<Size>(GROUP, vectors() - group * GROUP); }
    Size weights() const { return vectors() * d; }  // in vectors
};

// ROWS x ACROSS sums in registers: sum[i][g] += sum_j c[i * si + j * sj] in[j][g].
template <class T, int ROWS> using Tile = Vector<T>[ROWS][ACROSS];

template <class T, int ROWS>
inline void add_product(Tile<T, ROWS>& sum, const T* c, Size si, Size sj, Size terms, const Vector<T>* in, Size stride) {
    for (Size j = 0; j < terms; ++j)
        for (int i = 0; i < ROWS; ++i)
            for (int g = 0; g < ACROSS; ++g) sum[i][g] += c[i * si + j * sj] * in[j * stride + g];
}

template <class T> inline Vector<T> where_active(Vector<T> z, Vector<T> value) {
    return z <= 0 ? Vector<T>{} : value;  // a NaN counts as active, and so it is seen
}

// Phi = relu(X^T w).
template <class T, int ROWS>
inline void activate(const T* X, Size n, Size d, const Vector<T>* w, Vector<T>* Phi, Size stride) {
    Tile<T, ROWS> z{};
    add_product<T, ROWS>(z, X, 1, n, d, w, stride);
    for (int i = 0; i < ROWS; ++i)
        for (int g = 0; g < ACROSS; ++g) Phi[i * stride + g] = where_active<T>(z[i][g], z[i][g]);
}

// V = 1[Z > 0] o (R^T a) and, where it is asked for, Phi.
template <class T, int ROWS>
inline void backward(const T* X, const T* R, Size n, Size d, const Vector<T>* w, const Vector<T>* a, Vector<T>* V,
                     Vector<T>* Phi, Size stride) {
    Tile<T, ROWS> z{}, v{};
    add_product<T, ROWS>(z, X, 1, n, d, w, stride);
    add_product<T, ROWS>(v, R, 1, n, d, a, stride);
    for (int i = 0; i < ROWS; ++i)
        for (int g = 0; g < ACROSS; ++g) {
            V[i * stride + g] = where_active<T>(z[i][g], v[i][g]);
            if (Phi != nullptr) Phi[i * stride + g] = where_active<T>(z[i][g], z[i][g]);
        }
}

// w += C in, for C (rows, terms).
template <class T, int ROWS>
inline void update(const T* C, Size terms, const Vector<T>* in, Vector<T>* w, Size stride) {
    Tile<T, ROWS> sum;
    for (int i = 0; i < ROWS; ++i)
        for (int g = 0; g < ACROSS; ++g) sum[i][g] = w[i * stride + g];
    add_product<T, ROWS>(sum, C, terms, 1, terms, in, stride);
    for (int i = 0; i < ROWS; ++i)
        for (int g = 0; g < ACROSS; ++g) w[i * stride + g] = sum[i][g];
}

// sum[j][i] += sum_g left[j][g] right[i][g], lane by lane, for a JS x IS block.
template <class T, int JS, int IS>
inline void corner(const Vector<T>* left, const Vector<T>* right, Size stride, Vector<T>* sum, Size n) {
    Vector<T> acc[JS][IS] = {};
    for (Size g = 0; g < stride; ++g)
        for (int j = 0; j < JS; ++j)
            for (int i = 0; i < IS; ++i) acc[j][i] += left[j * stride + g] * right[i * stride + g];
    for (int j = 0; j < JS; ++j)
        for (int i = 0; i < IS; ++i) sum[j * n + i] += acc[j][i];
}

// Calls step(first, size) for nearly equal pieces of at most `most` of 0..count.
template <class Step> inline void pieces(Size count, Size most, Step step) {
    const Size parts = (count + most - 1) / most;
    for (Size p = 0; p < parts; ++p) {
        const Size first = count * p / parts;
        step(first, count * (p + 1) / parts - first);
    }
}

// Runs step.template operator()<SIZE>(first) over pieces of at most 5, with SIZE known to the compiler.
template <class Step> inline void tiles(Size count, Size most, Step step) {
    pieces(count, most, [&](Size first, Size size) {
        switch (size) {
            case 1: return step.template operator()<1>(first);
            case 2: return step.template operator()<2>(first);
            case 3: return step.template operator()<3>(first);
            case 4: return step.template operator()<4>(first);
            default: return step.template operator()<5>(first);
        }
    });
}

template <class T>
void correlate(const Vector<T>* left, const Vector<T>* right, Size d, Size n, Size stride, Vector<T>* sum) {
    tiles(d, DOWN - 1, [&]<int JS>(Size j) {
        tiles(n, DOWN, [&]<int IS>(Size i) {
            if constexpr (JS < DOWN) corner<T, JS, IS>(left + j * stride, right + i * stride, stride, sum + j * n + i, n);
        });
    });
}

// What one thread needs beside the weights.
template <class T> struct Scratch {
    std::vector<char> bytes;
    Vector<T>*Phi, *V, *sum;
    explicit Scratch(const Shape<T>& s) : bytes((2 * s.n * GROUP + s.d * s.n + 1) * sizeof(Vector<T>)) {
        const auto address = reinterpret_cast<std::uintptr_t>(bytes.data());
        Phi = reinterpret_cast<Vector<T>*>(rounded_up(Size(address), BYTES));
        V = Phi + s.n * GROUP;
        sum = V + s.n * GROUP;
    }
};

// One chunk of one pass: with R a step, without it none; then its share of A Phi (d, n) and of the movement.
template <class T>
T pass(const Shape<T>& s, Size chunk, const T* X, const T* R, Vector<T>* W, Vector<T>* A, const Vector<T>* start,
       Scratch<T>& scratch, T* share) {
    Vector<T>*Phi = scratch.Phi, *V = scratch.V, *sum = scratch.sum, farthest{};
    std::fill(sum, sum + s.d * s.n, Vector<T>{});
    const Size last = std::min(s.groups(), (chunk + 1) * CHUNK);
    for (Size group = chunk * CHUNK; group < last; ++group) {
        const Size stride = s.vectors_in(group), at = group * GROUP * s.d;
        Vector<T>*w = W + at, *a = s.regime == TIED ? w : A + at;
        const Vector<T>* w0 = start + at;
        if (R != nullptr) {
            Vector<T>* active = s.regime == WEAK ? nullptr : Phi;
            for (Size g = 0; g < stride; g += ACROSS) {
                tiles(s.n, DOWN / 2 + 1, [&]<int I>(Size i) {
                    backward<T, I>(X + i, R + i, s.n, s.d, w + g, a + g, V + i * stride + g,
                                   active == nullptr ? nullptr : active + i * stride + g, stride);
                });
                tiles(s.d, DOWN, [&]<int J>(Size j) { update<T, J>(X + j * s.n, s.n, V + g, w + j * stride + g, stride); });
                if (s.regime != WEAK)
                    tiles(s.d, DOWN, [&]<int J>(Size j) { update<T, J>(R + j * s.n, s.n, Phi + g, a + j * stride + g, stride); });
            }
        }
        for (Size g = 0; g < stride; ++g) {
            Vector<T> moved{};
            for (Size j = 0; j < s.d; ++j) {
                const Vector<T> gap = w[j * stride + g] - w0[j * stride + g];
                moved += gap * gap;
            }
            const Vector<T> larger = moved <= farthest ? farthest : moved;  // takes a NaN
            farthest = farthest != farthest ? farthest : larger;            // and keeps it
        }
        for (Size g = 0; g < stride; g += ACROSS)
            tiles(s.n, DOWN, [&]<int I>(Size i) { activate<T, I>(X + i, s.n, s.d, w + g, Phi + i * stride + g, stride); });
        correlate<T>(a, Phi, s.d, s.n, stride, sum);
    }
    for (Size e = 0; e < s.d * s.n; ++e) {
        T total = 0;
        for (int lane = 0; lane < LANES<T>; ++lane) total += sum[e][lane];
        share[e] = total;
    }
    T most = 0;
    for (int lane = 0; lane < LANES<T>; ++lane)
        if (!(farthest[lane] <= most) && most == most) most = farthest[lane];
    return most;
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

template <class T> struct Job {
    Shape<T> shape;
    Size batch, rows, threads;
    const T *X, *rate;  // (d, n); (batch,): eta f
    T factor;           // f
    T *W, *A;           // packed, batch after batch
    const T* start;     // packed
    T* R;               // (batch, d n): what the next step takes
    T *norm, *movement;  // (rows, batch)
    int started;        // whether a step lies before row 0 too
};

template <class T> Vector<T>* packed(T* weights, const Shape<T>& s, Size b) {
    return weights == nullptr ? nullptr : reinterpret_cast<Vector<T>*>(weights) + b * s.weights();
}

// Network b, its chunks shared by `threads` workers of which this is number `me`; `meet` is called by all.
template <class T, class Meet>
void follow(const Job<T>& job, Size b, Size me, Size threads, std::vector<T>& shares, std::vector<T>& most, Meet meet) {
    const Shape<T>& s = job.shape;
    Scratch<T> scratch(s);
    T* R = job.R + b * s.d * s.n;
    Vector<T>*W = packed(job.W, s, b), *A = packed(job.A, s, b);
    const Vector<T>* start = packed(const_cast<T*>(job.start), s, b);
    for (Size k = 0; k < job.rows; ++k) {
        const T* step = k > 0 || job.started ? R : nullptr;
        for (Size chunk = me; chunk < s.chunks(); chunk += threads)
            most[chunk] = pass<T>(s, chunk, job.X, step, W, A, start, scratch, &shares[chunk * s.d * s.n]);
        meet();
        const Size row = k * job.batch + b;
        if (me == 0)
            residual<T>(s, job.X, job.factor, job.rate[b], shares, most, R, job.norm + row, job.movement + row);
        meet();
    }
}

template <class T> void descend(const Job<T>& job) {
    const Shape<T>& s = job.shape;
    const auto room = [&] { return std::vector<T>(s.chunks() * s.d * s.n); };
    std::vector<std::thread> others;
    if (job.batch >= job.threads || s.chunks() == 1) {  // a network a thread
        std::atomic<Size> next{0};
        const auto work = [&] {
            auto shares = room();
            std::vector<T> most(s.chunks());
            for (Size b; (b = next++) < job.batch;) follow<T>(job, b, 0, 1, shares, most, [] {});
        };
        for (Size t = 1; t < std::min(job.threads, job.batch); ++t) others.emplace_back(work);
        work();
    } else {  // a network by all threads
        auto shares = room();
        std::vector<T> most(s.chunks());
        const Size threads = std::min(job.threads, s.chunks());
        std::barrier<> together(threads);
        const auto work = [&](Size me) {
            for (Size b = 0; b < job.batch; ++b)
                follow<T>(job, b, me, threads, shares, most, [&] { together.arrive_and_wait(); });
        };
        for (Size t = 1; t < threads; ++t) others.emplace_back(work, t);
        work(0);
    }
    for (auto& other : others) other.join();
}

// Calls move(plain, packed) for the place of every weight in (m, d) and in packed storage.
template <class T, class Move> void places(const Shape<T>& s, Move move) {
    for (Size group = 0; group < s.groups(); ++group) {
        const Size first = group * GROUP * LANES<T>, stride = s.vectors_in(group) * LANES<T>;
        const Size lanes = std::min(stride, s.m - first);
        for (Size j = 0; j < s.d; ++j)
            for (Size lane = 0; lane < lanes; ++lane) move((first + lane) * s.d + j, first * s.d + j * stride + lane);
    }
}

}  // namespace

#define EXPORT(T, suffix) \
    extern "C" Size packed_size_##suffix(Size m, Size d) { \
        return Shape<T>{m, d, 0, 0}.weights() * LANES<T>; \
    } \
    extern "C" void pack_##suffix(Size batch, Size m, Size d, const T* plain, T* to) { \
        const Shape<T> s{m, d, 0, 0}; \
        for (Size b = 0; b < batch; ++b, plain += m * d, to += s.weights() * LANES<T>) \
            places<T>(s, [&](Size p, Size q) { to[q] = plain[p]; }); \
    } \
    extern "C" void unpack_##suffix(Size batch, Size m, Size d, T* plain, const T* from) { \
        const Shape<T> s{m, d, 0, 0}; \
        for (Size b = 0; b < batch; ++b, plain += m * d, from += s.weights() * LANES<T>) \
            places<T>(s, [&](Size p, Size q) { plain[p] = from[q]; }); \
    } \
    extern "C" void descend_##suffix(Size batch, Size m, Size d, Size n, int regime, Size rows, int started, \
                                     Size threads, const T* X, const T* rate, T factor, T* W, T* A, const T* start, \
                                     T* R, T* norm, T* movement) { \
        descend<T>({{m, d, n, regime}, batch, rows, threads, X, rate, factor, W, A, start, R, norm, movement, started}); \
    }

EXPORT(double, float64)
EXPORT(float, float32)
