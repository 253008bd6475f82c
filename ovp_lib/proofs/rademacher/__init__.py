"""Rademacher complexities: the calculus of Appendix A.6, and the classes of Lemmas B.5, 6.10, 6.12.

The empirical complexity of a class F on points x_1, ..., x_N is

    R(X; F) = (1/N) E_xi sup_{f in F} sum_i xi_i f(x_i)

without absolute values, with independent fair signs xi. Where the supremum has a closed form, it is
computed for each draw of xi; small classes are enumerated, signs and all.
"""
