#include "agents/networks/product.h"

#include <gtest/gtest.h>

namespace cairn::agents {
namespace {

template <class Scalar>
class Product : public testing::Test {};
using Scalars = testing::Types<float, double>;
TYPED_TEST_SUITE(Product, Scalars);

template <class Scalar>
using ProductMatrix = Eigen::Matrix<Scalar, Eigen::Dynamic, Eigen::Dynamic>;

TYPED_TEST(Product, AgreesWithEigenAtEverySizeNearARegister) {
  using Scalar = TypeParam;
  for (const int rows : {1, 2, 3, 4, 7, 8, 15, 16, 17, 31, 48, 64, 67, 130})
    for (const int cols : {1, 2, 5, 6, 7, 12, 13})
      for (const int depth : {1, 3, 64}) {
        const ProductMatrix<Scalar> a = ProductMatrix<Scalar>::Random(rows, depth),
                                    b = ProductMatrix<Scalar>::Random(depth, cols);
        const ProductMatrix<Scalar> bt = b.transpose(), init = ProductMatrix<Scalar>::Random(rows, cols);
        const Scalar tolerance = 200 * std::numeric_limits<Scalar>::epsilon();
        ProductMatrix<Scalar> c(rows, cols);
        multiply<Scalar>(rows, cols, depth, a.data(), rows, {b.data(), 1, depth}, nullptr, 0, c.data(), rows);
        EXPECT_LT((c - a * b).cwiseAbs().maxCoeff(), tolerance);
        multiply<Scalar>(rows, cols, depth, a.data(), rows, {bt.data(), cols, 1}, init.data(), 0, c.data(), rows);
        EXPECT_LT((c - a * b - init.col(0).replicate(1, cols)).cwiseAbs().maxCoeff(), tolerance);
        c = init;
        multiply<Scalar>(rows, cols, depth, a.data(), rows, {b.data(), 1, depth}, c.data(), rows, c.data(), rows);
        EXPECT_LT((c - a * b - init).cwiseAbs().maxCoeff(), tolerance);

        ProductMatrix<Scalar> turned(depth, rows);  // rows x depth row-major, as memory
        transpose<Scalar>(depth, rows, a.data(), turned.data());
        EXPECT_EQ(turned, a.transpose());
        multiply_narrow<Scalar>(rows, cols, depth, turned.data(), depth, b.data(), depth, init.data(), c.data(), rows);
        EXPECT_LT((c - a * b - init.col(0).replicate(1, cols)).cwiseAbs().maxCoeff(), tolerance);
      }
}

}  // namespace
}  // namespace cairn::agents
