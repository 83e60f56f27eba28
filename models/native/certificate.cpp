// What the contraction certificate of models/certificate/contraction.py needs of the neurons, at a point and in a ball
// around it.
//
// Of a point: the norms of the encoders and decoders, U = A^T Phi and G = Phi^T Phi, summed part by part.
//
// Of a ball: neuron r moves by radius_r at most, so z_ri keeps its sign unless |z_ri| is small. An entry (r, i) where
// z_ri may vanish is unstable. The neurons without an unstable entry make a kernel H, the others a kernel P from the
// entries that are active for sure, a kernel R from those that may be active, and the unstable ones a block for each
// sample,
//     Q_i = sum_r kappa_r a_r a_r^T / (m d),    kappa_r = min(unstable entries of r * square, most),
// over the neurons r where sample i is unstable; models/certificate/ball_sums.py has what follows from them. H, P
// and R are sums by patterns (patterns.hpp), times <x_i, x_j> / (m d).

#include <algorithm>
#include <cmath>
#include <vector>

#include "patterns.hpp"

namespace {

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
template <class T> void eight_norms(const T* rows, Size d, T* found) {
    T sum[8] = {};
    for (Size p = 0; p < d; ++p)
        for (Size r = 0; r < 8; ++r) sum[r] += rows[r * d + p] * rows[r * d + p];
    for (Size r = 0; r < 8; ++r) found[r] = std::sqrt(sum[r]);
}

// What is left of the eights goes through the same code, among zeros: a loop of its own may be compiled to round in
// another way (GCC 12 for AVX-512 multiplies it in vectors and does not fuse), and a norm would depend on its place.
template <class T> void norms(const T* rows, Size count, Size d, T* found) {
    const Size whole = count / 8 * 8, left = count - whole;
    for (Size first = 0; first < whole; first += 8) eight_norms(rows + first * d, d, found + first);
    if (left == 0) return;
    std::vector<T> last(8 * d);
    T own[8];
    std::copy_n(rows + whole * d, left * d, last.data());
    eight_norms(last.data(), d, own);
    std::copy_n(own, left, found + whole);
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
    void patterns(const Data<T>& data, Size r, const Vector<T>* z, Word* active, Word* unstable) const {
        const T off = slack[r], most = radius[r];
        for (Size v = 0, left = data.n; left > 0; left -= 64) {
            Word on = 0, far = 0;
            for (Size shift = 0; shift < 64 && v < data.across; ++v, shift += LANES<T>) {
                const Vector<T> size = z[v] < 0 ? -z[v] : z[v];
                on |= above<T>(z[v]) << shift;
                far |= above<T>(size * near - off - most) << shift;
            }
            *active++ = on;
            *unstable++ = ~far & (left < 64 ? (Word(1) << left) - 1 : ~Word(0));
        }
    }
};

// Q (n, pairs of outputs) += kappa / (m d) a a^T for each unstable sample of one neuron; returns their number.
template <class T>
Size add_unstable(const Word* unstable, Size n, const T* a, Size d, Size m, T square, T most, T* products, T* Q) {
    Size count = 0, columns = 0;
    for (Size i = 0; i < n; ++i) count += unstable[i / 64] >> i % 64 & 1;
    const T weight = std::min(T(count) * square, most) / T(m * d);
    for (Size p = 0; p < d; ++p)
        for (Size q = p; q < d; ++q) products[columns++] = weight * a[p] * a[q];
    for (Size i = 0; i < n; ++i)
        if (unstable[i / 64] >> i % 64 & 1)
            for (Size k = 0; k < columns; ++k) Q[i * columns + k] += products[k];
    return count;
}

// out (pairs of samples, pairs of outputs) = S o factor, S in rows of `stride`.
template <class T> void scaled(Size n, Size d, const T* S, Size stride, const T* factor, T* out) {
    for (Size e = 0; e < pairs(n); ++e, S += stride, out += pairs(d))
        for (Size k = 0; k < pairs(d); ++k) out[k] = S[k] * factor[e];
}

// The patterns of all neurons: active entries without the unstable ones, and the unstable ones, (m, words) each.
struct Patterns {
    Size words;
    std::vector<Word> active, unstable;
    template <class T>
    Patterns(const Shape<T>& s, const Data<T>& data, Size m, Size threads, const T* W, const Reach<T>& reach)
        : words(s.words()), active(m * words), unstable(m * words) {
        const Parts parts(m);
        each(parts.count, threads, [&](Size part) {
            parts.visit<T>(part, data, W, [&](Size from, Size many, const Vector<T>* z) {
                for (Size r = from; r < from + many; ++r, z += data.across)
                    reach.patterns(data, r, z, &active[r * words], &unstable[r * words]);
            });
        });
        for (Size w = 0; w < m * words; ++w) active[w] &= ~unstable[w];
    }
    bool hit(Size r) const {
        return std::any_of(&unstable[r * words], &unstable[r * words] + words, [](Word word) { return word != 0; });
    }
};

// H, P and R (pairs of samples, pairs of outputs): the encoder's kernel of the neurons without an unstable entry, that
// of the others from their other entries, and that of these from all that are active or unstable. Q (n, pairs of outputs): sum_r kappa_r a_r a_r^T / (m d) over the neurons where
// sample i is unstable, kappa_r = min(unstable entries of r * square, most). Returns the number of unstable entries.
template <class T>
Size split(const Shape<T>& s, const Data<T>& data, const T* factor, Size m, Size threads, const T* W, const T* A,
           const Reach<T>& reach, T square, T most, T* H, T* P, T* R, T* Q) {
    const Size n = s.n, d = s.d;
    Patterns found(s, data, m, threads, W, reach);
    std::vector<Size> hit;
    std::vector<Code> codes(s.blocks * m);
    for (Size r = 0; r < m; ++r)
        if (found.hit(r)) hit.push_back(r);
        else encode<T>(s, &found.active[r * found.words], codes.data() + r, m);
    const Size count = hit.size();
    const Shape<T> few(n, d, count);
    std::vector<Code> others(few.blocks * count), possible(few.blocks * count);
    std::vector<T> own(count * d), products(pairs(d));
    std::fill(Q, Q + n * pairs(d), T(0));
    Size total = 0;
    for (Size k = 0; k < count; ++k) {
        std::copy_n(A + hit[k] * d, d, &own[k * d]);
        total += add_unstable(&found.unstable[hit[k] * found.words], n, &own[k * d], d, m, square, most,
                              products.data(), Q);
        Word* unstable = &found.unstable[hit[k] * found.words];
        encode<T>(few, &found.active[hit[k] * found.words], others.data() + k, count);
        for (Size w = 0; w < found.words; ++w) unstable[w] |= found.active[hit[k] * found.words + w];
        encode<T>(few, unstable, possible.data() + k, count);
    }
    const Sums<T> clear(s, {m, A, A, codes.data()}, threads);
    scaled(n, d, clear.numbers(), s.vectors() * LANES<T>, factor, H);
    const Sums<T> rest(few, {count, own.data(), own.data(), others.data()}, threads);
    scaled(n, d, rest.numbers(), s.vectors() * LANES<T>, factor, P);
    const Sums<T> most_of_them(few, {count, own.data(), own.data(), possible.data()}, threads);
    scaled(n, d, most_of_them.numbers(), s.vectors() * LANES<T>, factor, R);
    return total;
}

// The same of each network: slack, radius (batch, m), unstable (batch,) entries.
template <class T>
void balls(Size batch, Size m, Size d, Size n, Size threads, const T* W, const T* A, const T* X, const T* slack,
           const T* radius, T near, T square, T most, T* H, T* P, T* R, T* Q, Size* unstable) {
    const Shape<T> s(n, d, m);
    const Data<T> data(X, d, n);
    const std::vector<T> factor = inner(X, d, n, m);
    const Size size = pairs(n) * pairs(d);
    networks(batch, threads, s.work(m), [&](Size b, Size inside) {
        const Reach<T> reach{slack + b * m, radius + b * m, near};
        unstable[b] = split(s, data, factor.data(), m, inside, W + b * m * d, A + b * m * d, reach, square, most,
                         H + b * size, P + b * size, R + b * size, Q + b * n * pairs(d));
    });
}

}  // namespace

// Certificates are decided in float64.
extern "C" void sizes_float64(Size batch, Size m, Size d, Size n, Size threads, const double* W, const double* A,
                              const double* X, double* w, double* a, double* U, double* G) {
    sizes(batch, m, d, n, threads, W, A, X, w, a, U, G);
}

extern "C" void balls_float64(Size batch, Size m, Size d, Size n, Size threads, const double* W, const double* A,
                              const double* X, const double* slack, const double* radius, double near, double square,
                              double most, double* H, double* P, double* R, double* Q, Size* unstable) {
    balls(batch, m, d, n, threads, W, A, X, slack, radius, near, square, most, H, P, R, Q, unstable);
}
