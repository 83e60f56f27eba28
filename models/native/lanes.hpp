// What the compiled files share: vectors as wide as the machine has them, aligned memory, a loop for several threads.
//
// A vector holds LANES numbers, and an operation on it is the same one on each lane: rounding is that of each number by
// itself. Numbers in vectors lie at multiples of BYTES; Memory gives such places.
//
// All is in an anonymous namespace: each file that includes this has its own, and the compiler sees all that calls it.

#pragma once

#include <cstdint>
#include <memory>
#include <type_traits>

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
constexpr double ALONE = 1 << 18;  // vector operations below which one thread does it all: waking others costs more

using Size = std::int64_t;

template <class T> using Vector __attribute__((vector_size(BYTES), aligned(BYTES), may_alias)) = T;
template <class T> using Bits = std::conditional_t<sizeof(T) == 8, std::uint64_t, std::uint32_t>;
template <class T> constexpr int LANES = BYTES / sizeof(T);

// How many steps cover the count, and how far they go.
constexpr Size up(Size count, Size step) { return (count + step - 1) / step; }
constexpr Size rounded_up(Size count, Size step) { return up(count, step) * step; }

// Memory for vectors, not set to anything. It grows and stays: kept for a thread it saves the fresh pages of every
// call, which would cost more than many a sum.
template <class T> class Memory {
    std::unique_ptr<char[]> bytes;
    Size held = 0;

  public:
    Vector<T>* take(Size vectors) {
        if (vectors > held) bytes.reset(new char[(vectors + 1) * BYTES]), held = vectors;
        const auto address = reinterpret_cast<std::uintptr_t>(bytes.get());
        return reinterpret_cast<Vector<T>*>(rounded_up(Size(address), BYTES));
    }
};

// Runs work(item) for item = 0..count-1.
template <class Work> void each(Size count, Size threads, Work work) {
#if defined(_OPENMP)
#pragma omp parallel for num_threads(int(threads)) schedule(dynamic) if (threads > 1 && count > 1)
#endif
    for (Size item = 0; item < count; ++item) work(item);
}

}  // namespace
