// 3x3 convolutions of channels-last maps by Winograd's F(4x4, 3x3), for a frozen
// network: a tile of 4x4 results costs 36 multiplications a pair of channels, not 144.
//
// Knows memory and arithmetic. Refuses to know torch, Python and who asked: it has a
// plain C interface (at the end), so it compiles in seconds and fits any torch.
//
// Source: Lavin and Gray 2016, section 4; other points than theirs, see `A` and `B`.
//
// One source for every CPU: vectors are as wide as the compiler's target allows, by the
// vector extensions of GCC and Clang. Run and measured: AVX2, float32.
// Run, not measured: AVX-512; bfloat16, with the instruction of AVX512-BF16 and without;
// NEON (in an emulator); vectors of other widths than the CPU's, made by the compiler.

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <new>
#include <thread>
#include <vector>
// The instruction takes 16 lanes: none is there for narrower vectors.
#if defined(__AVX512BF16__) && defined(__AVX512F__) && !defined(WINOGRAD_EMULATE_BF16)
#define WINOGRAD_BF16_INSTRUCTION
#include <immintrin.h>
#endif

namespace {

// ---------------------------------------------------------------- vectors

// A block of products is ROWS tiles by VECTORS vectors of channels, kept in registers:
// of 32 registers 24 (AVX-512, NEON), of 16 twelve (AVX2), the rest hold operands.
#if defined(__AVX512F__)
constexpr int LANES = 16, VECTORS = 2, ROWS = 12;
#elif defined(__AVX__)
constexpr int LANES = 8, VECTORS = 2, ROWS = 6;
#else
constexpr int LANES = 4, VECTORS = 4, ROWS = 6;
#endif
constexpr int PANEL = LANES * VECTORS;  // output channels that are computed together

typedef float Vector __attribute__((vector_size(LANES * 4)));
typedef uint32_t Words __attribute__((vector_size(LANES * 4)));
typedef uint16_t Halves __attribute__((vector_size(LANES * 2)));
typedef uint8_t Bytes __attribute__((vector_size(LANES)));

struct BFloat16 {
    uint16_t bits;  // the upper half of a float's
};

template <class Value>
inline Value read(const void* from) {
    Value value;
    std::memcpy(&value, from, sizeof value);  // one unaligned load
    return value;
}

inline Vector load(const float* from) { return read<Vector>(from); }

inline Vector load(const BFloat16* from) {
    return (Vector)(__builtin_convertvector(read<Halves>(from), Words) << 16);
}

inline void store(float* to, Vector value) { std::memcpy(to, &value, sizeof value); }

// Rounds to nearest, ties to even, as torch does; a NaN stays one.
inline void store(BFloat16* to, Vector value) {
    const Words bits = (Words)value;
    const Words rounded = (bits + 0x7fff + ((bits >> 16) & 1)) >> 16;
    const Words kept = value == value ? rounded : (bits >> 16) | 0x40;
    const Halves halves = __builtin_convertvector(kept, Halves);
    std::memcpy(to, &halves, sizeof halves);
}

constexpr size_t LINE_BYTES = 64;  // of the caches

// ---------------------------------------------------------------- threads

typedef void (*Region)(void*);
typedef void (*RunRegion)(Region, void*, unsigned threads, unsigned flags);

struct Team {
    int threads;
    RunRegion run;  // torch's own GOMP_parallel, so that one pool of threads serves both
};

// Call work(item, slot) once for each item; a slot serves one thread at a time. Right
// with any number of threads that turn up, also one.
template <class Work>
void share(int64_t items, const Team& team, const Work& work) {
    struct Shared {
        const Work& work;
        const int64_t items;
        std::atomic<int64_t> next{0};
        std::atomic<int> slots{0};
    } shared{work, items};
    const Region region = [](void* pointer) {
        Shared& mine = *static_cast<Shared*>(pointer);
        const int slot = mine.slots++;
        for (int64_t item; (item = mine.next++) < mine.items;) mine.work(item, slot);
    };
    const int threads = int(std::min<int64_t>(team.threads, items));
    if (threads <= 1) return region(&shared);
    if (team.run) return team.run(region, &shared, unsigned(threads), 0);
    std::vector<std::thread> helpers;
    try {
        helpers.reserve(size_t(threads));
        while (int(helpers.size()) < threads - 1) helpers.emplace_back(region, &shared);
    } catch (...) {
        // No more threads to be had: those that are here do it all.
    }
    region(&shared);
    for (std::thread& helper : helpers) helper.join();
}

// ---------------------------------------------------------------- the task

template <class Stored>
struct Task {
    const Stored* maps;     // (count, height, width, in), or halved: see spread_places
    const Stored* mask;     // like maps or null: where it is <= 0 the maps count as 0
    const Stored* kernels;  // (36, out / PANEL, in, PANEL), transformed; pairs: see below
    const float* bias;      // (out) or null
    Stored* result;         // (count, height, width, out), or halved: see pool_places
    int64_t height, width, in, out;
    int64_t padding;        // zeros around the maps: 1, or 2 where they are smaller by 2
    bool rectify;           // the result is max(0, .)
    // Where in its 2x2 block, 0 to 3 by rows, each largest value was; NOWHERE if none
    // was positive. Like the halved maps or null.
    const uint8_t* spread_places;  // maps have a value a block, it counts at its place
    uint8_t* pool_places;          // written: the result is the largest of each block

    int64_t tiles_down() const { return (height + 3) / 4; }
    int64_t tiles_across() const { return (width + 3) / 4; }
    int64_t maps_height() const { return height + 2 - 2 * padding; }
    int64_t maps_width() const { return width + 2 - 2 * padding; }
    int64_t blocks_down() const { return (height + 1) / 2; }
    int64_t blocks_across() const { return (width + 1) / 2; }
};

constexpr uint32_t NOWHERE = 4;

// Where a tile's results begin; its inputs begin one row and one column before.
struct Corner {
    int64_t image, top, left;
};

template <class Stored>
inline Corner corner_of(const Task<Stored>& task, int64_t tile) {
    const int64_t across = task.tiles_across(), whole = across * task.tiles_down();
    const int64_t in_image = tile % whole;
    return {tile / whole, in_image / across * 4, in_image % across * 4};
}

// ---------------------------------------------------------------- transforms

// The points are 0, ±A, ±B and infinity. Lavin and Gray take A = 1, B = 2; these, also
// exact in binary, make half the rounding error (by search; the idea is from Barabasz
// et al. 2020, "Error analysis and improving the accuracy of Winograd convolution").
// `packing.py` has the same points.
constexpr float A = 5.f / 8, B = 3.f / 2;
constexpr float A2 = A * A, B2 = B * B;

// One column or row of B^T d B.
inline void transform_input(const Vector d[6], Vector v[6]) {
    const Vector even_a = d[4] - B2 * d[2], odd_a = d[3] - B2 * d[1];
    const Vector even_b = d[4] - A2 * d[2], odd_b = d[3] - A2 * d[1];
    v[0] = A2 * B2 * d[0] + (d[4] - (A2 + B2) * d[2]);
    v[1] = even_a + A * odd_a;
    v[2] = even_a - A * odd_a;
    v[3] = even_b + B * odd_b;
    v[4] = even_b - B * odd_b;
    v[5] = A2 * B2 * d[1] + (d[5] - (A2 + B2) * d[3]);
}

// One column or row of A^T m A.
inline void transform_product(const Vector m[6], Vector y[4]) {
    const Vector sum_a = m[1] + m[2], difference_a = m[1] - m[2];
    const Vector sum_b = m[3] + m[4], difference_b = m[3] - m[4];
    y[0] = m[0] + (sum_a + sum_b);
    y[1] = A * difference_a + B * difference_b;
    y[2] = A2 * sum_a + B2 * sum_b;
    y[3] = m[5] + (A * A2 * difference_a + B * B2 * difference_b);
}

// Channels that are gathered at once: 36 pixels of them fit in the first cache.
constexpr int64_t CHUNK = 64;

// Copy some channels of a tile's 6x6 pixels, zeros outside the maps. Pixel by pixel: all
// rows of a map may lie in the same few places of the caches (its width times its
// channels is often a power of two), so what was fetched once must be used up at once.
template <class Stored>
void gather(const Task<Stored>& task, const Corner& corner, int64_t channel,
            int64_t channels, float patch[36][CHUNK]) {
    for (int i = 0; i < 36; i++) {
        const int64_t y = corner.top - task.padding + i / 6;
        const int64_t x = corner.left - task.padding + i % 6;
        if (y < 0 || y >= task.maps_height() || x < 0 || x >= task.maps_width()) {
            std::memset(patch[i], 0, size_t(channels) * sizeof(float));
            continue;
        }
        const int64_t at =
            ((corner.image * task.maps_height() + y) * task.maps_width() + x) * task.in +
            channel;
        for (int64_t c = 0; c < channels; c += LANES) {
            Vector value = load(task.maps + at + c);
            // As torch's threshold_backward: a NaN in the mask lets pass.
            if (task.mask) value = load(task.mask + at + c) <= 0.f ? Vector{} : value;
            store(patch[i] + c, value);
        }
    }
}

// The same where the maps have one value a 2x2 block: zeros but at its place.
template <class Stored>
void spread(const Task<Stored>& task, const Corner& corner, int64_t channel,
            int64_t channels, float patch[36][CHUNK]) {
    for (int i = 0; i < 16; i++) {
        // The tile is two blocks wide; beside it one column of each neighbour is seen.
        const int row = i / 4 * 2 - 1, column = i % 4 * 2 - 1;  // of the patch
        const int64_t y = corner.top / 2 - 1 + i / 4, x = corner.left / 2 - 1 + i % 4;
        const bool is_there = y >= 0 && y < task.blocks_down() && x >= 0 &&
                              x < task.blocks_across();
        const int64_t at =
            ((corner.image * task.blocks_down() + y) * task.blocks_across() + x) *
                task.in + channel;
        for (int64_t c = 0; c < channels; c += LANES) {
            const Vector value = is_there ? load(task.maps + at + c) : Vector{};
            const Words place =
                is_there ? __builtin_convertvector(
                               read<Bytes>(task.spread_places + at + c), Words)
                         : Words{};
            for (uint32_t each = 0; each < NOWHERE; each++) {
                const int r = row + int(each / 2), q = column + int(each % 2);
                if (r < 0 || r > 5 || q < 0 || q > 5) continue;
                store(patch[r * 6 + q] + c, place == each ? value : Vector{});
            }
        }
    }
}

// Transform a tile's 6x6 pixels; `to` has 36 rows of channels, `stride` apart.
template <class Stored>
void input_tile(const Task<Stored>& task, int64_t tile, Stored* to, int64_t stride) {
    const Corner corner = corner_of(task, tile);
    alignas(LINE_BYTES) float patch[36][CHUNK];
    for (int64_t first = 0; first < task.in; first += CHUNK) {
        const int64_t channels = std::min(CHUNK, task.in - first);
        if (task.spread_places) spread(task, corner, first, channels, patch);
        else gather(task, corner, first, channels, patch);
        for (int64_t c = 0; c < channels; c += LANES) {
            Vector columns[6][6];  // [column][transformed row]
            for (int column = 0; column < 6; column++) {
                Vector d[6];
                for (int row = 0; row < 6; row++) d[row] = load(patch[row * 6 + column] + c);
                transform_input(d, columns[column]);
            }
            for (int row = 0; row < 6; row++) {
                Vector d[6], v[6];
                for (int column = 0; column < 6; column++) d[column] = columns[column][row];
                transform_input(d, v);
                for (int column = 0; column < 6; column++)
                    store(to + (row * 6 + column) * stride + first + c, v[column]);
            }
        }
    }
}

// Write the largest of each 2x2 block of a tile's results and where it was, the first
// of equal ones, as torch's max_pool2d; a NaN is the largest.
template <class Stored>
void pool(const Task<Stored>& task, const Corner& corner, int64_t channel,
          const Vector values[4][4]) {
    for (int i = 0; i < 4; i++) {
        const int64_t y = corner.top + i / 2 * 2, x = corner.left + i % 2 * 2;
        if (y >= task.height || x >= task.width) continue;
        Vector largest = values[i / 2 * 2][i % 2 * 2];
        Words place{};
        for (uint32_t each = 1; each < 4; each++) {
            if (y + each / 2 >= task.height || x + each % 2 >= task.width) continue;
            const Vector value = values[i / 2 * 2 + each / 2][i % 2 * 2 + each % 2];
            const auto is_larger = (value > largest) | (value != value);
            largest = is_larger ? value : largest;
            place = is_larger ? Words{} + each : place;
        }
        place = largest <= 0.f ? Words{} + NOWHERE : place;
        const int64_t at = ((corner.image * task.blocks_down() + y / 2) *
                                task.blocks_across() + x / 2) * task.out + channel;
        store(task.result + at, largest);
        const Bytes bytes = __builtin_convertvector(place, Bytes);
        std::memcpy(task.pool_places + at, &bytes, sizeof bytes);
    }
}

// Write a tile's results, those inside the maps, from 36 rows of products.
template <class Stored>
void output_tile(const Task<Stored>& task, int64_t tile, const float* from,
                 int64_t stride) {
    const Corner corner = corner_of(task, tile);
    const int64_t rows = std::min<int64_t>(4, task.height - corner.top);
    const int64_t columns = std::min<int64_t>(4, task.width - corner.left);
    Stored* const to = task.result + ((corner.image * task.height + corner.top) *
                                          task.width + corner.left) * task.out;
    for (int64_t channel = 0; channel < task.out; channel += LANES) {
        Vector halves[6][4];  // [column][transformed row]
        for (int column = 0; column < 6; column++) {
            Vector m[6];
            for (int row = 0; row < 6; row++)
                m[row] = load(from + (row * 6 + column) * stride + channel);
            transform_product(m, halves[column]);
        }
        const Vector bias = task.bias ? load(task.bias + channel) : Vector{};
        Vector values[4][4];
        for (int row = 0; row < 4; row++) {
            Vector m[6];
            for (int column = 0; column < 6; column++) m[column] = halves[column][row];
            transform_product(m, values[row]);
            for (Vector& value : values[row]) {
                value = value + bias;
                // In this order a NaN stays one, as in torch.relu.
                if (task.rectify) value = 0.f > value ? Vector{} : value;
            }
        }
        if (task.pool_places) {
            pool(task, corner, channel, values);
            continue;
        }
        for (int64_t row = 0; row < rows; row++)
            for (int64_t column = 0; column < columns; column++)
                store(to + (row * task.width + column) * task.out + channel,
                      values[row][column]);
    }
}

// ---------------------------------------------------------------- products

// float32: one row of a panel times one input channel.
struct Float32Products {
    typedef float Stored;
    static constexpr int DEPTH = 1;  // input channels a step
    static Vector kernel(const float* from) { return load(from); }
    static float input(const float* from) { return *from; }
    static Vector add(Vector sum, float input, Vector kernel) {
        return sum + input * kernel;
    }
};

// bfloat16: channels come in pairs, kernels as (36, out / PANEL, in / 2, PANEL, 2).
struct BFloat16Products {
    typedef BFloat16 Stored;
    static constexpr int DEPTH = 2;
    static Words kernel(const BFloat16* from) { return read<Words>(from); }
    static uint32_t input(const BFloat16* from) { return read<uint32_t>(from); }
    // Add the products of a pair, the second first, as VDPBF16PS does.
    static Vector add(Vector sum, uint32_t pair, Words kernels) {
#ifdef WINOGRAD_BF16_INSTRUCTION
        return (Vector)_mm512_dpbf16_ps((__m512)sum,
                                        (__m512bh)_mm512_set1_epi32(int(pair)),
                                        (__m512bh)kernels);
#else
        const float first = read_bits(pair << 16);
        const float second = read_bits(pair & 0xffff0000u);
        sum = sum + second * (Vector)(kernels & 0xffff0000u);
        return sum + first * (Vector)(kernels << 16);
#endif
    }
    static float read_bits(uint32_t bits) { return read<float>(&bits); }
};

// Input channels between two visits to the sums: their panel of kernels, 16 KiB on
// AVX2, stays in the first cache while all tiles pass by.
constexpr int64_t DEEPEST = 256;

// Add a block of products: `rows` tiles by one panel of channels.
template <class Products, int rows>
void multiply_block(const typename Products::Stored* inputs, int64_t in,
                    const typename Products::Stored* kernels, float* sums, int64_t out,
                    int64_t depth, bool is_first) {
    Vector block[rows][VECTORS];
#pragma GCC unroll 16
    for (int row = 0; row < rows; row++)
#pragma GCC unroll 4
        for (int each = 0; each < VECTORS; each++)
            block[row][each] =
                is_first ? Vector{} : load(sums + row * out + each * LANES);
#pragma GCC unroll 4
    for (int64_t k = 0; k < depth; k += Products::DEPTH) {
        decltype(Products::kernel(kernels)) kernel[VECTORS];
#pragma GCC unroll 4
        for (int each = 0; each < VECTORS; each++)
            kernel[each] = Products::kernel(kernels + k * PANEL +
                                            each * LANES * Products::DEPTH);
#pragma GCC unroll 16
        for (int row = 0; row < rows; row++) {
            const auto input = Products::input(inputs + row * in + k);
#pragma GCC unroll 4
            for (int each = 0; each < VECTORS; each++)
                block[row][each] = Products::add(block[row][each], input, kernel[each]);
        }
    }
#pragma GCC unroll 16
    for (int row = 0; row < rows; row++)
#pragma GCC unroll 4
        for (int each = 0; each < VECTORS; each++)
            store(sums + row * out + each * LANES, block[row][each]);
}

// What is left of a block: fewer tiles.
template <class Products, int rows, class... Arguments>
void multiply_rest(int64_t tiles, Arguments... arguments) {
    if (tiles == rows) return multiply_block<Products, rows>(arguments...);
    if constexpr (rows > 1) multiply_rest<Products, rows - 1>(tiles, arguments...);
}

// One of the 36 matrix products: (tiles, in) by panels `first` to `last` of kernels.
template <class Products>
void multiply(const typename Products::Stored* inputs, int64_t tiles, int64_t in,
              const typename Products::Stored* kernels, float* sums, int64_t out,
              int64_t first, int64_t last) {
    for (int64_t k = 0; k < in; k += DEEPEST) {
        const int64_t depth = std::min(DEEPEST, in - k);
        for (int64_t panel = first; panel < last; panel++) {
            const auto* panel_kernels = kernels + (panel * in + k) * PANEL;
            for (int64_t tile = 0; tile < tiles; tile += ROWS)
                multiply_rest<Products, ROWS>(
                    std::min<int64_t>(ROWS, tiles - tile), inputs + tile * in + k, in,
                    panel_kernels, sums + tile * out + panel * PANEL, out, depth,
                    k == 0);
        }
    }
}

// ---------------------------------------------------------------- a convolution

template <class Value>
std::unique_ptr<Value[], void (*)(void*)> allocate(int64_t count) {
    const size_t bytes = size_t(count) * sizeof(Value);
    void* memory =
        std::aligned_alloc(LINE_BYTES, (bytes + LINE_BYTES - 1) / LINE_BYTES * LINE_BYTES);
    if (!memory) throw std::bad_alloc();
    return {static_cast<Value*>(memory), std::free};
}

// The working memory of a block of tiles: 36 matrices of inputs, 36 of products.
template <class Stored>
struct Block {
    int64_t input_stride, product_stride;
    std::unique_ptr<Stored[], void (*)(void*)> inputs;
    std::unique_ptr<float[], void (*)(void*)> products;

    // A line more between two matrices: 36 that are a power of two apart would share
    // the same few places of the cache.
    Block(int64_t tiles, int64_t in, int64_t out)
        : input_stride(tiles * in + int64_t(LINE_BYTES / sizeof(Stored))),
          product_stride(tiles * out + int64_t(LINE_BYTES / sizeof(float))),
          inputs(allocate<Stored>(36 * input_stride)),
          products(allocate<float>(36 * product_stride)) {}
};

template <class Products>
struct Convolution {
    typedef typename Products::Stored Stored;
    const Task<Stored>& task;
    const Team& team;

    void input(Block<Stored>& block, int64_t tile, int64_t at) const {
        Stored* to = block.inputs.get() + at * task.in;
        input_tile(task, tile, to, block.input_stride);
    }

    void products(Block<Stored>& block, int64_t tiles, int64_t matrix, int64_t first,
                  int64_t last) const {
        multiply<Products>(block.inputs.get() + matrix * block.input_stride, tiles,
                           task.in, task.kernels + matrix * task.in * task.out,
                           block.products.get() + matrix * block.product_stride,
                           task.out, first, last);
    }

    void output(Block<Stored>& block, int64_t tile, int64_t at) const {
        output_tile(task, tile, block.products.get() + at * task.out,
                    block.product_stride);
    }

    // Each thread works blocks of its own, which its second cache holds.
    void run_apart(int64_t first, int64_t last, int64_t size) const {
        std::vector<Block<Stored>> blocks;
        for (int slot = 0; slot < team.threads; slot++)
            blocks.emplace_back(size, task.in, task.out);
        share((last - first + size - 1) / size, team, [&](int64_t item, int slot) {
            Block<Stored>& block = blocks[size_t(slot)];
            const int64_t begin = first + item * size;
            const int64_t tiles = std::min(size, last - begin);
            for (int64_t i = 0; i < tiles; i++) input(block, begin + i, i);
            for (int64_t i = 0; i < 36; i++)
                products(block, tiles, i, 0, task.out / PANEL);
            for (int64_t i = 0; i < tiles; i++) output(block, begin + i, i);
        });
    }

    // All threads work on one big block, so that big kernels are read but once.
    void run_together(int64_t first, int64_t last, int64_t size) const {
        Block<Stored> block(std::min(size, last - first), task.in, task.out);
        const int64_t panels = task.out / PANEL;
        const int64_t wanted = std::max<int64_t>(1, int64_t(team.threads) * 8 / 36);
        const int64_t width = (panels + wanted - 1) / wanted;
        const int64_t parts = (panels + width - 1) / width;
        for (int64_t begin = first; begin < last; begin += size) {
            const int64_t tiles = std::min(size, last - begin);
            share(tiles, team, [&](int64_t i, int) { input(block, begin + i, i); });
            share(36 * parts, team, [&](int64_t i, int) {
                const int64_t panel = i % parts * width;
                products(block, tiles, i / parts, panel,
                         std::min(panel + width, panels));
            });
            share(tiles, team, [&](int64_t i, int) { output(block, begin + i, i); });
        }
    }
};

// Kernels up to this size are read again by every thread for every block of its own,
// from the third cache. Bigger ones fill that cache, which others use, too, and leave
// room for few tiles in a block, so that each value read is multiplied but six times:
// from 256 to 256 channels (9 MiB) one shared block takes half the time.
constexpr int64_t SMALL_KERNELS_BYTES = 6 << 20;
// Working memory of a thread's own block (within the second cache) and of a block that
// all threads share (within the third).
constexpr int64_t OWN_BLOCK_BYTES = 448 << 10, SHARED_BLOCK_BYTES = 16 << 20;

// Return how many tiles make a block: as many as `bytes` hold, in blocks of one size.
int64_t tiles_a_block(int64_t tiles, int64_t tile_bytes, int64_t bytes) {
    const int64_t most = std::max<int64_t>(1, bytes / tile_bytes / ROWS) * ROWS;
    const int64_t blocks = (tiles + most - 1) / most;
    return ((tiles + blocks - 1) / blocks + ROWS - 1) / ROWS * ROWS;
}

template <class Products>
void convolve(const Task<typename Products::Stored>& task, int64_t first, int64_t last,
              const Team& team) {
    typedef typename Products::Stored Stored;
    const Convolution<Products> convolution{task, team};
    const int64_t tiles = last - first;
    const int64_t tile_bytes =
        36 * (task.in * int64_t(sizeof(Stored)) + task.out * int64_t(sizeof(float)));
    const int64_t own = tiles_a_block(tiles, tile_bytes, OWN_BLOCK_BYTES);
    const int64_t kernels_bytes = 36 * task.in * task.out * int64_t(sizeof(Stored));
    if (kernels_bytes <= SMALL_KERNELS_BYTES && tiles >= own * team.threads)
        return convolution.run_apart(first, last, own);
    convolution.run_together(
        first, last, tiles_a_block(tiles, tile_bytes, SHARED_BLOCK_BYTES));
}

}  // namespace

// ---------------------------------------------------------------- for the outside

#define WINOGRAD_API __attribute__((visibility("default")))

extern "C" {

// Channels must come in multiples of this.
WINOGRAD_API int winograd_panel() { return PANEL; }

// Whether bfloat16 is multiplied by an instruction of the CPU's own.
WINOGRAD_API int winograd_has_bf16_instruction() {
#ifdef WINOGRAD_BF16_INSTRUCTION
    return 1;
#else
    return 0;
#endif
}

// What `winograd_convolve` is told; all sizes in elements.
struct WinogradTask {
    const void* maps;
    const void* mask;
    const void* kernels;
    const float* bias;
    void* result;
    int64_t height, width, in, out;
    int64_t first_tile, last_tile;  // of count * ceil(height / 4) * ceil(width / 4)
    RunRegion run_region;           // null: threads of our own
    int32_t threads;
    int32_t rectify;
    int32_t bfloat16;               // else float32
    const uint8_t* spread_places;
    uint8_t* pool_places;
    int64_t padding;
};

// Returns 0, or 1 if memory is short; then the result is not written in full.
WINOGRAD_API int winograd_convolve(const WinogradTask* asked) {
    const Team team{std::max(1, int(asked->threads)), asked->run_region};
    const auto run = [&](auto products) {
        typedef decltype(products) Products;
        typedef typename Products::Stored Stored;
        const Task<Stored> task{static_cast<const Stored*>(asked->maps),
                                static_cast<const Stored*>(asked->mask),
                                static_cast<const Stored*>(asked->kernels),
                                asked->bias,
                                static_cast<Stored*>(asked->result),
                                asked->height, asked->width, asked->in, asked->out,
                                asked->padding,
                                asked->rectify != 0,
                                asked->spread_places, asked->pool_places};
        convolve<Products>(task, asked->first_tile, asked->last_tile, team);
    };
    try {
        if (asked->bfloat16) run(BFloat16Products{});
        else run(Float32Products{});
    } catch (const std::bad_alloc&) {
        return 1;
    }
    return 0;
}
}
