# SPDX-License-Identifier: Apache-2.0
"""The parts of ./bench: what is measured (rows), by whom (contenders), how (measure) and how it is
shown (report)."""
