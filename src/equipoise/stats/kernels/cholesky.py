"""Small symmetric systems solved inside kernels (numba's own linear algebra would load scipy)."""

from __future__ import annotations

import numpy as np
from numba import njit


@njit(cache=True)
def factor(matrix, floor, root):
    """Cholesky's lower triangle `root` of a symmetric `matrix` [p, p], of which only the lower triangle is read.

    Returns False, with `root` unfinished, where a pivot (what is left of a variance after the rows before it) is not
    above `floor`, or is missing.
    """
    p = matrix.shape[0]
    for j in range(p):
        for k in range(j + 1):
            left = matrix[j, k]
            for m in range(k):
                left -= root[j, m] * root[k, m]
            if k < j:
                root[j, k] = left / root[k, k]
            elif left > floor:
                root[j, j] = np.sqrt(left)
            else:
                return False
    return True


@njit(cache=True)
def solve_factored(root, right, out):
    """`out` [p] with matrix times `out` equal to `right`, from the `root` of the matrix."""
    p = right.size
    for j in range(p):
        left = right[j]
        for k in range(j):
            left -= root[j, k] * out[k]
        out[j] = left / root[j, j]
    for i in range(p):
        j = p - 1 - i
        left = out[j]
        for k in range(j + 1, p):
            left -= root[k, j] * out[k]
        out[j] = left / root[j, j]


@njit(cache=True)
def solve(information, score, step):
    """`step` [p] with `information` times `step` equal to `score`; False where it is not positive definite."""
    root = np.empty_like(information)
    if not factor(information, 0.0, root):
        return False
    solve_factored(root, score, step)
    return True


@njit(cache=True)
def inverse(information, out):
    """The inverse of a positive definite `information` in `out` [p, p]; False where it is not positive definite."""
    p = information.shape[0]
    root, unit, column = np.empty_like(information), np.zeros(p), np.empty(p)
    if not factor(information, 0.0, root):
        return False
    for j in range(p):
        unit[:] = 0.0
        unit[j] = 1.0
        solve_factored(root, unit, column)
        for k in range(j, p):
            out[k, j] = column[k]
            out[j, k] = column[k]
    return True


@njit(cache=True)
def scaled_estimates(beta, information, deviation):
    """Coefficients [p] and covariance [p, p] of covariates as given, from those of standardized ones.

    `information` must be positive definite; `deviation` are the standard deviations of the covariates.
    """
    p = beta.size
    coef, covariance = np.empty(p), np.full((p, p), np.nan)
    inverse(information, covariance)
    for j in range(p):
        coef[j] = beta[j] / deviation[j]
        for k in range(p):
            covariance[j, k] /= deviation[j] * deviation[k]
    return coef, covariance
