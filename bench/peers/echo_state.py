"""NARMA-10 by an echo state network written with NumPy alone: the figure that docs/memory.md sets beside ours.

Eigenvalues are NumPy's, the readout is numpy.linalg.solve; sizes, scales and data are those of the page.
"""

import numpy as np

steps, train, washout, units = 4000, 2500, 200, 200


def narma10(random):
    u = 0.5 * random.random(steps)
    y = np.zeros(steps + 1)
    for t in range(9, steps):
        y[t + 1] = 0.3 * y[t] + 0.05 * y[t] * y[t - 9 : t + 1].sum() + 1.5 * u[t] * u[t - 9] + 0.1
    return u, y[1:]


def nrmse(seed):
    random = np.random.default_rng(seed)
    u, y = narma10(random)
    w_in = 0.1 * (2 * random.random((units, 2)) - 1)
    w = np.where(random.random((units, units)) < 0.1, 2 * random.random((units, units)) - 1, 0.0)
    w *= 0.95 / np.abs(np.linalg.eigvals(w)).max()
    h, rows = np.zeros(units), []
    for value in u:
        h = np.tanh(w_in @ [1.0, value] + w @ h)
        rows.append(np.concatenate(([1.0, value], h)))
    x = np.array(rows)
    fitted = x[washout:train]
    readout = np.linalg.solve(fitted.T @ fitted + 1e-8 * np.eye(x.shape[1]), fitted.T @ y[washout:train])
    asked = y[train:]
    return np.sqrt(((x[train:] @ readout - asked) ** 2).mean() / asked.var())


found = np.array([nrmse(seed) for seed in range(10)])
print(f"NRMSE {found.mean():.3f} ({found.min():.3f} to {found.max():.3f}) over 10 seeds")
