#include "agents/networks/product.h"

#include <type_traits>

#pragma GCC diagnostic ignored "-Wignored-attributes"  // of packets as template arguments: they are not lost

// Written on Eigen's packet layer, which gives the widest registers that the build's instruction set has.
namespace cairn::agents {

namespace {

using Eigen::Index;
namespace packet = Eigen::internal;

template <class Scalar>
using Widest = typename packet::packet_traits<Scalar>::type;
template <class Packet>
constexpr int width = packet::unpacket_traits<Packet>::size;
template <class Packet>
using Half = typename packet::unpacket_traits<Packet>::half;

// A tile of C is held in registers while depth runs: 4 x 6 of 32 registers, 2 x 6 of 16, which leaves room for a column
// of A and a broadcast element of B, and hides the latency of the multiply-add.
constexpr int tile_columns = 6;
constexpr int tile_packets = EIGEN_ARCH_DEFAULT_NUMBER_OF_REGISTERS >= 32 ? 4 : 2;

template <class Scalar>
struct Product {
  Index rows, cols, depth;
  const Scalar* a;
  Index a_stride;
  Strided<Scalar> b;
  const Scalar* init;
  Index init_stride;
  Scalar* c;
  Index c_stride;
};

template <class Packet, int Rows, int Cols, class Scalar>
void tile(const Product<Scalar>& p, Index row, Index col) {
  Packet sum[Rows][Cols];  // unrolled throughout, or the compiler keeps it in memory
  if (p.init) {
    const Scalar* init = p.init + col * p.init_stride + row;
#pragma GCC unroll 8
    for (int j = 0; j < Cols; ++j)
#pragma GCC unroll 8
      for (int i = 0; i < Rows; ++i) sum[i][j] = packet::ploadu<Packet>(init + j * p.init_stride + i * width<Packet>);
  } else {
#pragma GCC unroll 8
    for (int j = 0; j < Cols; ++j)
#pragma GCC unroll 8
      for (int i = 0; i < Rows; ++i) sum[i][j] = packet::pset1<Packet>(Scalar(0));
  }
  const Scalar* a = p.a + row;
  const Scalar* b = p.b.data + col * p.b.col_stride;
  const Index a_stride = p.a_stride, b_row = p.b.row_stride, b_col = p.b.col_stride;
  for (Index k = p.depth; k > 0; --k, a += a_stride, b += b_row) {
    Packet left[Rows];
#pragma GCC unroll 8
    for (int i = 0; i < Rows; ++i) left[i] = packet::ploadu<Packet>(a + i * width<Packet>);
#pragma GCC unroll 8
    for (int j = 0; j < Cols; ++j) {
      const auto right = packet::pset1<Packet>(b[j * b_col]);
#pragma GCC unroll 8
      for (int i = 0; i < Rows; ++i) sum[i][j] = packet::pmadd(left[i], right, sum[i][j]);
    }
  }
  Scalar* c = p.c + col * p.c_stride + row;
#pragma GCC unroll 8
  for (int j = 0; j < Cols; ++j)
#pragma GCC unroll 8
    for (int i = 0; i < Rows; ++i) packet::pstoreu(c + j * p.c_stride + i * width<Packet>, sum[i][j]);
}

template <class Packet, int Rows, int Cols, class Scalar>
void last_columns(const Product<Scalar>& p, Index row, Index col) {
  if constexpr (Cols > 0) {
    if (p.cols - col == Cols)
      tile<Packet, Rows, Cols>(p, row, col);
    else
      last_columns<Packet, Rows, Cols - 1>(p, row, col);
  }
}

template <class Packet, int Rows, class Scalar>
void row_block(const Product<Scalar>& p, Index row) {
  Index col = 0;
  for (; col + tile_columns <= p.cols; col += tile_columns) tile<Packet, Rows, tile_columns>(p, row, col);
  last_columns<Packet, Rows, tile_columns - 1>(p, row, col);
}

template <class Packet, int Rows, class Scalar>
Index row_blocks(const Product<Scalar>& p, Index row) {
  for (; row + Rows * width<Packet> <= p.rows; row += Rows * width<Packet>) row_block<Packet, Rows>(p, row);
  return row;
}

// What is left of the rows goes through ever narrower registers.
template <class Packet, class Scalar>
void last_rows(const Product<Scalar>& p, Index row) {
  row = row_blocks<Packet, 1>(p, row);
  if constexpr (!std::is_same_v<Half<Packet>, Packet>)
    last_rows<Half<Packet>>(p, row);
  else if constexpr (!std::is_same_v<Packet, Scalar>)
    last_rows<Scalar>(p, row);
}

}  // namespace

template <class Scalar>
void multiply(Index rows, Index cols, Index depth, const Scalar* a, Index a_stride, Strided<Scalar> b,
              const Scalar* init, Index init_stride, Scalar* c, Index c_stride) {
  using Packet = Widest<Scalar>;
  const Product<Scalar> p{rows, cols, depth, a, a_stride, b, init, init_stride, c, c_stride};
  Index row = row_blocks<Packet, tile_packets>(p, 0);
  if constexpr (tile_packets > 2) row = row_blocks<Packet, 2>(p, row);
  last_rows<Packet>(p, row);
}

template <class Scalar>
void multiply_narrow(Index rows, Index cols, Index depth, const Scalar* a, Index a_stride, const Scalar* b,
                     Index b_stride, const Scalar* init, Scalar* c, Index c_stride) {
  using Packet = Widest<Scalar>;
  const Index whole = depth - depth % width<Packet>;
  const auto dots = [&]<int Rows>(Index row, Index col) {  // `Rows` at once, for as many independent chains
    const Scalar* left = a + row * a_stride;
    const Scalar* right = b + col * b_stride;
    Packet sum[Rows];
    Scalar rest[Rows];
#pragma GCC unroll 4
    for (int i = 0; i < Rows; ++i)
      sum[i] = packet::pset1<Packet>(Scalar(0)), rest[i] = init ? init[row + i] : Scalar(0);
    for (Index k = 0; k < whole; k += width<Packet>) {
      const Packet x = packet::ploadu<Packet>(right + k);
#pragma GCC unroll 4
      for (int i = 0; i < Rows; ++i) sum[i] = packet::pmadd(packet::ploadu<Packet>(left + i * a_stride + k), x, sum[i]);
    }
    for (Index k = whole; k < depth; ++k)
      for (int i = 0; i < Rows; ++i) rest[i] += left[i * a_stride + k] * right[k];
#pragma GCC unroll 4
    for (int i = 0; i < Rows; ++i) c[col * c_stride + row + i] = rest[i] + packet::predux(sum[i]);
  };
  for (Index col = 0; col < cols; ++col) {
    Index row = 0;
    for (; row + 4 <= rows; row += 4) dots.template operator()<4>(row, col);
    for (; row < rows; ++row) dots.template operator()<1>(row, col);
  }
}

template <class Scalar>
Index narrow_rows() {
  return width<Widest<Scalar>>;
}

template <class Scalar>
void transpose(Index rows, Index cols, const Scalar* from, Scalar* to) {
  using Packet = Widest<Scalar>;
  constexpr Index side = width<Packet>;
  const Index whole_rows = rows - rows % side, whole_cols = cols - cols % side;
  for (Index row = 0; row < whole_rows; row += side)
    for (Index col = 0; col < whole_cols; col += side) {
      packet::PacketBlock<Packet, side> block;
      for (Index i = 0; i < side; ++i) block.packet[i] = packet::ploadu<Packet>(from + (row + i) * cols + col);
      packet::ptranspose(block);
      for (Index i = 0; i < side; ++i) packet::pstoreu(to + (col + i) * rows + row, block.packet[i]);
    }
  for (Index row = 0; row < rows; ++row)
    for (Index col = row < whole_rows ? whole_cols : 0; col < cols; ++col)
      to[col * rows + row] = from[row * cols + col];
}

template void multiply(Index, Index, Index, const float*, Index, Strided<float>, const float*, Index, float*, Index);
template void multiply(Index, Index, Index, const double*, Index, Strided<double>, const double*, Index, double*,
                       Index);
template void multiply_narrow(Index, Index, Index, const float*, Index, const float*, Index, const float*, float*,
                              Index);
template void multiply_narrow(Index, Index, Index, const double*, Index, const double*, Index, const double*, double*,
                              Index);
template Index narrow_rows<float>();
template Index narrow_rows<double>();
template void transpose(Index, Index, const float*, float*);
template void transpose(Index, Index, const double*, double*);

}  // namespace cairn::agents
