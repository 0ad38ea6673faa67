// Eigen as this folder uses it; included by sources and tests, never by another header.
//
// Without vector instructions a sum has one order of terms on every platform, so that the same
// matrix gives the same bits. MPL2 parts alone. Cost: its headers are slow to compile.
#pragma once

#define EIGEN_DONT_VECTORIZE  // NOLINT: Eigen reads these
#define EIGEN_MPL2_ONLY       // NOLINT

#include <Eigen/Cholesky>
#include <Eigen/LU>
