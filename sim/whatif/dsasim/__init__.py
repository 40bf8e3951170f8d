# SPDX-License-Identifier: GPL-2.0
"""Experiments with dsasim: comparison with silicon, fitting, sweeps."""
