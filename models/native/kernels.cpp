// Tangent kernels of the encoder and of the decoder, and how the encoder's changes from one encoder to the next.
//
// With D = 1[z_ri > 0], z = W X and Phi = relu(z),
//     H_W[(i,p),(j,q)] = S[(i,p),(j,q)] <x_i, x_j> / (m d),    S[(i,p),(j,q)] = sum_r D_ri D_rj a_rp a_rq,
//     H_A[(i,p),(j,q)] = 1[p = q] sum_r phi_ri phi_rj / (m d).
// S is summed by patterns (patterns.hpp). Both kernels come from the same z, taken once.
//
// Change. Where the pattern of a neuron goes from D to D', S changes by D'_ri D'_rj a_rp a_rq - D_ri D_rj a_rp a_rq:
// two terms, as of two neurons, the second with -a_r for its left factor. All other neurons cost no more than their z.
// So gamma_k holds for the change with k twice the number of neurons whose pattern changed.

#include <algorithm>
#include <cstdint>
#include <vector>

#include "patterns.hpp"

namespace {

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

// sum[i][v] += sum_r phi[r][i] phi[r][v] for I samples and one vector.
template <class T, int I>
INLINE void add_squares(const Vector<T>* phi, Size across, Size count, Vector<T>* sum, Size i, Size v) {
    Vector<T> acc[I] = {};
    for (Size r = 0; r < count; ++r)
        for (int k = 0; k < I; ++k)
            acc[k] += reinterpret_cast<const T*>(phi + r * across)[i + k] * phi[r * across + v];
    for (int k = 0; k < I; ++k) sum[(i + k) * across + v] += acc[k];
}

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
Size update(Size m, Size d, Size n, Size threads, const T* W, const T* A, const T* X, std::uint8_t* pattern, T* S,
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

}  // namespace

#define EXPORT(T, suffix) \
    extern "C" void kernel_##suffix(Size batch, Size m, Size d, Size n, Size threads, Size both, const T* W, \
                                    const T* A, const T* X, const bool* keep, T* H) { \
        kernel<T>(batch, m, d, n, threads, both != 0, W, A, X, keep, H); \
    } \
    extern "C" Size update_##suffix(Size m, Size d, Size n, Size threads, const T* W, const T* A, const T* X, \
                                    std::uint8_t* pattern, T* S, T* H) { \
        return update<T>(m, d, n, threads, W, A, X, pattern, S, H); \
    }

EXPORT(double, float64)
EXPORT(float, float32)
