// Full-batch gradient descent of descent.cpp in double-double arithmetic, weak or joint, one network at a time.
//
// A number is the unevaluated sum of two doubles, high + low with high = fl(high + low). Joldes, Muller, Popescu, "Tight
// and rigorous error bounds for basic building blocks of double-word arithmetic", ACM TOMS 44 (2017), prove for the
// algorithms below, with u = 2^-53 and barring underflow and overflow, relative errors of at most
//     add          3 u^2 / (1 - 4 u)    (AccurateDWPlusDW)
//     times        5 u^2                (DWTimesDW3)
// so that each is off by less than 8 u^2, whatever the signs.
//
// Long sums of products are compensated instead, in less than half of the operations, after Ogita, Rump, Oishi,
// "Accurate sum and dot product", SIAM J. Sci. Comput. 26 (2005): the high parts are added one after the other, and
// what each product and each addition loses is gathered in `low`. Let M = |a| + sum_j |x_j y_j| for a sum of K products
// that begins with a. A product, exact but for x.low y.low, is gathered in at most three roundings of numbers below
// 3 u |x y|: off by 10 u^2 |x y| at most. An addition of high parts loses at most u M. So the numbers that are gathered
// add up to (K + 3) u M at most, in sums of which none has gone through more than K + 1 further ones, and the whole is off
// by at most
//     ((K + 1) (K + 3) + 11) u^2 M  <=  K (K + 24) u^2 M,
// the terms in u^3 within the rest. This is the bound gamma_K of ordinary arithmetic with the unit (K + 24) u^2, which
// exceeds 8 u^2, in place of u: with the longest of the sums for K, all bounds of ordinary arithmetic hold with it.
//
// They need every operation rounded as it is written: a compiler that fuses a product into a sum that follows breaks
// them. So contraction is off in this file, and fused operations are asked for by name.
//
// Order of summation: the vectors of neurons one after the other, then the lanes. Storage as in descent.cpp: vectors hold
// LANES neurons, the tail is padded with zeros.

#if defined(__clang__)
#pragma clang fp contract(off)
#elif defined(__GNUC__)
#pragma GCC optimize("fp-contract=off")
#endif

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "lanes.hpp"

namespace {

using Lanes = Vector<double>;
constexpr int WIDE = LANES<double>;
constexpr int TILE = 4;  // sums that go on side by side: one alone waits for its own last addition

INLINE double fused(double a, double b, double c) { return __builtin_fma(a, b, c); }
INLINE Lanes fused(Lanes a, Lanes b, Lanes c) {
#if defined(__AVX512F__)
    return Lanes(_mm512_fmadd_pd(__m512d(a), __m512d(b), __m512d(c)));
#else
    for (int lane = 0; lane < WIDE; ++lane) a[lane] = __builtin_fma(a[lane], b[lane], c[lane]);
    return a;
#endif
}

template <class V> struct Pair { V high, low; };

// a + b exactly, for |a| >= |b| or a = 0.
template <class V> INLINE Pair<V> ordered_sum(V a, V b) {
    const V sum = a + b, back = sum - a;
    return {sum, b - back};
}

// a + b exactly.
template <class V> INLINE Pair<V> exact_sum(V a, V b) {
    const V sum = a + b, back = sum - a;
    return {sum, (a - (sum - back)) + (b - back)};
}

template <class V> INLINE Pair<V> add(Pair<V> x, Pair<V> y) {
    const Pair<V> s = exact_sum(x.high, y.high), t = exact_sum(x.low, y.low);
    const Pair<V> v = ordered_sum(s.high, s.low + t.high);
    return ordered_sum(v.high, t.low + v.low);
}

template <class V> INLINE Pair<V> times(Pair<V> x, Pair<V> y) {
    const V high = x.high * y.high, rest = fused(x.high, y.high, -high);
    const V cross = fused(x.low, y.high, fused(x.high, y.low, x.low * y.low));
    return ordered_sum(high, rest + cross);
}

// A sum of products under way: high + low.
template <class V> INLINE void gather(Pair<V>& sum, V product, V rest) {
    const Pair<V> s = exact_sum(sum.high, product);
    sum = {s.high, sum.low + (s.low + rest)};
}

// sum += x y
template <class V> INLINE void gather(Pair<V>& sum, Pair<V> x, V y) {
    const V product = x.high * y;
    gather(sum, product, fused(x.low, y, fused(x.high, y, -product)));
}
template <class V> INLINE void gather(Pair<V>& sum, Pair<V> x, Pair<V> y) {
    const V product = x.high * y.high;
    gather(sum, product, fused(x.low, y.high, fused(x.high, y.low, fused(x.high, y.high, -product))));
}

// The number that a sum has come to. After cancellation low may be the larger part.
template <class V> INLINE Pair<V> gathered(Pair<V> sum) { return exact_sum(sum.high, sum.low); }

INLINE Lanes every(double x) { return Lanes{} + x; }
INLINE Pair<Lanes> every(Pair<double> x) { return {every(x.high), every(x.low)}; }

using Double = Pair<double>;
using Number = Pair<Lanes>;

// Runs work.template operator()<SIZE>(first) over 0..count in tiles.
template <class Work> INLINE void tiles(Size count, Work work) {
    Size first = 0;
    for (; first + TILE <= count; first += TILE) work.template operator()<TILE>(first);
    switch (count - first) {
        case 1: work.template operator()<1>(first); break;
        case 2: work.template operator()<2>(first); break;
        case 3: work.template operator()<3>(first); break;
        default: break;
    }
}

// The weights of LANES neurons, and what they were before the first step.
struct Block {
    Number *W, *A, *start, *Phi;
};

struct Problem {
    Size m, d, n;
    bool joint;
    const double* X;
    Size blocks() const { return up(m, WIDE); }
    Size numbers() const { return 3 * d + n; }
};

// W += X V^T with V = 1[Z > 0] o (R^T A), and A += R Phi^T.
void step(const Problem& p, const Block& block, const Double* R, Number* V) {
    const Size d = p.d, n = p.n;
    tiles(n, [&]<int I>(Size i) {
        Number sum[I] = {};
        for (Size q = 0; q < d; ++q)
            for (int k = 0; k < I; ++k) gather(sum[k], block.A[q], every(R[q * n + i + k]));
        for (int k = 0; k < I; ++k) {
            const auto off = block.Phi[i + k].high == 0;
            const Number all = gathered(sum[k]);
            V[i + k] = {off ? Lanes{} : all.high, off ? Lanes{} : all.low};
        }
    });
    tiles(d, [&]<int J>(Size j) {
        Number sum[J];
        for (int k = 0; k < J; ++k) sum[k] = block.W[j + k];
        for (Size i = 0; i < n; ++i)
            for (int k = 0; k < J; ++k) gather(sum[k], V[i], every(p.X[(j + k) * n + i]));
        for (int k = 0; k < J; ++k) block.W[j + k] = gathered(sum[k]);
    });
    if (!p.joint) return;
    tiles(d, [&]<int J>(Size j) {
        Number sum[J];
        for (int k = 0; k < J; ++k) sum[k] = block.A[j + k];
        for (Size i = 0; i < n; ++i)
            for (int k = 0; k < J; ++k) gather(sum[k], block.Phi[i], every(R[(j + k) * n + i]));
        for (int k = 0; k < J; ++k) block.A[j + k] = gathered(sum[k]);
    });
}

// Phi = relu(Z), the smallest |Z|, rounded to double, of the first `neurons` lanes; the share of A Phi goes to the sums U.
double activate(const Problem& p, const Block& block, Size neurons, Number* U) {
    const Size d = p.d, n = p.n;
    Lanes near = every(std::numeric_limits<double>::infinity());
    tiles(n, [&]<int I>(Size i) {
        Number z[I] = {};
        for (Size j = 0; j < d; ++j)
            for (int k = 0; k < I; ++k) gather(z[k], block.W[j], every(p.X[j * n + i + k]));
        for (int k = 0; k < I; ++k) {
            z[k] = gathered(z[k]);
            const auto off = z[k].high <= 0;  // a NaN is active, and shows in the residual
            const Lanes size = z[k].high < 0 ? -z[k].high : z[k].high;
            near = size < near ? size : near;
            block.Phi[i + k] = {off ? Lanes{} : z[k].high, off ? Lanes{} : z[k].low};
        }
    });
    for (Size q = 0; q < d; ++q)
        for (Size i = 0; i < n; ++i) gather(U[q * n + i], block.A[q], block.Phi[i]);
    double least = std::numeric_limits<double>::infinity();
    for (Size lane = 0; lane < std::min<Size>(neurons, WIDE); ++lane) least = std::min(least, near[lane]);
    return least;
}

// The largest squared way of a neuron, rounded to double; NaN wins.
double farthest(const Problem& p, const Block& block, double most) {
    Lanes moved{};
    for (Size j = 0; j < p.d; ++j) {
        const Number &now = block.W[j], &then = block.start[j];
        const Lanes gap = (now.high - then.high) + (now.low - then.low);
        moved += gap * gap;
    }
    for (int lane = 0; lane < WIDE; ++lane)
        if (!(moved[lane] <= most) && most == most) most = moved[lane];
    return most;
}

// Brings plain weights (2, m, d), high parts first, into blocks, or BACK.
template <bool BACK> void move(const Problem& p, double* plain, Size block, Number* packed) {
    for (Size lane = 0; lane < std::min<Size>(WIDE, p.m - block * WIDE); ++lane)
        for (Size j = 0; j < p.d; ++j) {
            double* high = plain + (block * WIDE + lane) * p.d + j;
            double* low = high + p.m * p.d;
            if (BACK) *high = packed[j].high[lane], *low = packed[j].low[lane];
            else packed[j].high[lane] = *high, packed[j].low[lane] = *low;
        }
}

// E = X - f U and R = eta f E; returns ||E||, rounded to double.
double residual(const Problem& p, const Number* U, Double factor, Double rate, Double* R) {
    double squares = 0;
    for (Size e = 0; e < p.d * p.n; ++e) {
        Double total{};
        for (int lane = 0; lane < WIDE; ++lane)
            total = add(total, gathered(Double{U[e].high[lane], U[e].low[lane]}));
        const Double part = times(total, factor);
        const Double error = add(Double{p.X[e], 0.0}, Double{-part.high, -part.low});
        squares += error.high * error.high;
        R[e] = times(error, rate);
    }
    return std::sqrt(squares);
}

void descend(const Problem& p, Size rows, Double factor, Double rate, double* W, double* A, double* norm,
             double* movement, double* closest) {
    Memory<double> memory, sums;
    Number* numbers = reinterpret_cast<Number*>(memory.take(2 * p.blocks() * p.numbers()));
    Number* U = reinterpret_cast<Number*>(sums.take(2 * (p.d * p.n + p.n)));
    std::fill(numbers, numbers + p.blocks() * p.numbers(), Number{});
    std::vector<Double> R(p.d * p.n);
    const auto block = [&](Size b) {
        Number* at = numbers + b * p.numbers();
        return Block{at, at + p.d, at + 2 * p.d, at + 3 * p.d};
    };
    for (Size b = 0; b < p.blocks(); ++b) {
        move<false>(p, W, b, block(b).W);
        move<false>(p, A, b, block(b).A);
        std::copy(block(b).W, block(b).W + p.d, block(b).start);
    }
    for (Size k = 0; k < rows; ++k) {
        double least = std::numeric_limits<double>::infinity(), most = 0;
        std::fill(U, U + p.d * p.n, Number{});
        for (Size b = 0; b < p.blocks(); ++b) {
            if (k > 0) step(p, block(b), R.data(), U + p.d * p.n);
            least = std::min(least, activate(p, block(b), p.m - b * WIDE, U));
            most = farthest(p, block(b), most);
        }
        norm[k] = residual(p, U, factor, rate, R.data());
        movement[k] = std::sqrt(most);
        closest[k] = least;
    }
    for (Size b = 0; b < p.blocks(); ++b) {
        move<true>(p, W, b, block(b).W);
        move<true>(p, A, b, block(b).A);
    }
}

}  // namespace

// W, A (2, m, d), high parts and low parts, are moved by rows - 1 steps. X (d, n). factor, rate: 1 / s and eta / s, high
// and low part. norm, movement, closest (rows,): ||E||, the largest way of a neuron from here, the smallest |z|.
extern "C" void precise_float64(Size m, Size d, Size n, int joint, Size rows, const double* X, const double* factor,
                                const double* rate, double* W, double* A, double* norm, double* movement,
                                double* closest) {
    descend({m, d, n, joint != 0, X}, rows, {factor[0], factor[1]}, {rate[0], rate[1]}, W, A, norm, movement, closest);
}

// How many additions lie at most between the product of one neuron and A Phi.
extern "C" Size precise_depth_float64(Size m) { return up(m, WIDE) + WIDE; }
